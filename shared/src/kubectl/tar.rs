//! Just enough of the tar format (ustar, with GNU and pax long names) for `kubectl cp`.

/// One file or directory of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The path inside the archive.
    pub path: String,
    /// The content; `None` for a directory.
    pub bytes: Option<Vec<u8>>,
}

const BLOCK: usize = 512;

/// Writes an archive.
pub fn pack(entries: &[Entry]) -> Vec<u8> {
    let mut out = Vec::new();
    for entry in entries {
        let size = entry.bytes.as_ref().map_or(0, Vec::len);
        if entry.path.len() > 100 {
            // GNU's long name: an entry whose content is the next entry's name.
            out.extend(header("././@LongLink", entry.path.len() + 1, b'L'));
            content(&mut out, &[entry.path.as_bytes(), &[0]].concat());
        }
        out.extend(header(&entry.path, size, if entry.bytes.is_some() { b'0' } else { b'5' }));
        content(&mut out, entry.bytes.as_deref().unwrap_or_default());
    }
    out.extend([0; BLOCK * 2]);
    out
}

fn content(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(bytes);
    out.resize(out.len().next_multiple_of(BLOCK), 0);
}

fn header(path: &str, size: usize, ty: u8) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    let mut put = |at: usize, text: &[u8], room: usize| {
        let length = text.len().min(room);
        block[at..at + length].copy_from_slice(&text[..length]);
    };
    put(0, path.as_bytes(), 100);
    put(100, if ty == b'5' { b"0000755\0" } else { b"0000644\0" }, 8);
    put(108, b"0000000\0", 8);
    put(116, b"0000000\0", 8);
    put(124, format!("{size:011o}\0").as_bytes(), 12);
    put(136, b"00000000000\0", 12);
    put(148, b"        ", 8);
    put(156, &[ty], 1);
    put(257, b"ustar\x0000", 8);
    let sum: u32 = block.iter().map(|b| u32::from(*b)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

/// Reads an archive; `None` where it is cut off or is none. Links and devices are left out.
pub fn unpack(mut bytes: &[u8]) -> Option<Vec<Entry>> {
    let mut entries = Vec::new();
    let mut long = None;
    while bytes.len() >= BLOCK {
        let (block, rest) = bytes.split_at(BLOCK);
        if block.iter().all(|b| *b == 0) {
            return Some(entries);
        }
        let size = octal(&block[124..136])?;
        let content = rest.get(..size)?;
        bytes = rest.get(size.next_multiple_of(BLOCK)..).unwrap_or_default();
        let name = || {
            let (name, prefix) = (text(&block[..100]), text(&block[345..500]));
            let ustar = &block[257..262] == b"ustar" && !prefix.is_empty();
            if ustar { format!("{prefix}/{name}") } else { name }
        };
        match block[156] {
            b'L' => long = Some(text(content)),
            b'x' => long = pax_path(content).or(long),
            b'5' => entries.push(Entry { path: long.take().unwrap_or_else(name), bytes: None }),
            b'0' | 0 | b'7' => {
                entries.push(Entry { path: long.take().unwrap_or_else(name), bytes: Some(content.to_vec()) });
            }
            _ => long = None,
        }
    }
    None
}

fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

fn octal(bytes: &[u8]) -> Option<usize> {
    usize::from_str_radix(text(bytes).trim(), 8).ok()
}

/// The path of a pax header: records `LENGTH path=VALUE\n`.
fn pax_path(content: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(content);
    text.lines().find_map(|line| line.split_once(" path=").map(|(_, path)| path.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        let long = "d/".repeat(80) + "x";
        let entries = [
            Entry { path: "d/".into(), bytes: None },
            Entry { path: "d/a".into(), bytes: Some(b"hello".to_vec()) },
            Entry { path: long, bytes: Some(vec![7; 1000]) },
        ];
        assert_eq!(unpack(&pack(&entries)).as_deref(), Some(&entries[..]));
        assert_eq!(unpack(b"tar: nope\n"), None);
        assert_eq!(unpack(&pack(&entries)[..700]), None);
    }
}
