//! Where a terminal's cursor stands after output: at the left edge, or behind something. Pure.

/// Leaving the alternate screen puts the cursor back where the command was entered: at the start of a line.
const LEAVE: &[u8] = b"\x1b[?1049l";

/// Whether the cursor stands at the left edge after `bytes`, when it did `before` them. Escape sequences that begin in
/// one call and end in another are not known for what they are; at worst a line is left empty.
pub fn ends_left(before: bool, bytes: &[u8]) -> bool {
    let (mut left, mut bytes) = (before, bytes);
    while let [first, rest @ ..] = bytes {
        bytes = match first {
            0x1b if bytes.starts_with(LEAVE) => {
                left = true;
                &bytes[LEAVE.len()..]
            }
            0x1b if rest.first() == Some(&b'[') => {
                let end = rest.iter().skip(1).position(|b| (0x40..=0x7e).contains(b));
                end.map_or(&[][..], |end| &rest[end + 2..])
            }
            0x1b => rest.get(1..).unwrap_or_default(),
            b'\n' | b'\r' => {
                left = true;
                rest
            }
            0..=0x1f => rest,
            _ => {
                left = false;
                rest
            }
        };
    }
    left
}

#[cfg(test)]
mod tests {
    use super::ends_left;

    #[test]
    fn what_was_printed_last_decides() {
        for (text, expected) in [
            ("here", false),
            ("here\r\n", true),
            ("\x1b[1mhere\r\n\x1b[0m", true),
            ("\n\x1b[32m", true),
            ("a\x1b[?1049l\x1b[23;0;0t", true),
            ("\r\n50%", false),
            ("a\x07", false),
            ("\x1b[", true),
            ("", true),
        ] {
            assert_eq!(ends_left(true, text.as_bytes()), expected, "{text:?}");
        }
        assert!(!ends_left(false, b"\x1b[0m"));
    }
}
