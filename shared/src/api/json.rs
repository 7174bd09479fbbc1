//! JSON text to a value, with what Go's scanner says about text that is none.
//!
//! One reader for all that comes as JSON: of a key that an object has more than once the last one wins, as in Go, and
//! who asks is told; floats are the nearest ones; text that is no UTF-8 is mended with U+FFFD, as Go mends it.

use serde_json::{Map, Number, Value};

use super::field::{Path, Segment};
use super::float;

/// As deep as lists and objects may be in one another.
const DEPTH: usize = 128;

/// The one value of a text.
pub fn read(text: &[u8]) -> Result<Value, String> {
    let mut reader = Reader { text, at: 0, noted: None };
    let value = reader.value(0)?;
    reader.top_level_end().map(|()| value)
}

/// The one value of a text, and the places of keys that an object has more than once, in the order of the text.
pub fn read_noting(text: &[u8]) -> Result<(Value, Vec<Path>), String> {
    let mut reader = Reader { text, at: 0, noted: Some(Noted::default()) };
    let value = reader.value(0)?;
    reader.top_level_end()?;
    Ok((value, reader.noted.map(|noted| noted.duplicates).unwrap_or_default()))
}

/// Values one behind the other.
pub fn read_stream(text: &[u8]) -> Result<Vec<Value>, String> {
    let mut reader = Reader { text, at: 0, noted: None };
    let mut values = Vec::new();
    reader.space();
    while reader.at < text.len() {
        values.push(reader.value(0)?);
        reader.space();
    }
    Ok(values)
}

type Read<T> = Result<T, String>;

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    noted: Option<Noted>,
}

#[derive(Default)]
struct Noted {
    path: Vec<Segment>,
    duplicates: Vec<Path>,
}

impl Noted {
    fn duplicate(&mut self, key: &str) {
        let mut path = self.path.clone();
        path.push(Segment::Field(key.to_owned()));
        self.duplicates.push(Path(path));
    }
}

impl Reader<'_> {
    fn peek(&self) -> Result<u8, String> {
        self.text.get(self.at).copied().ok_or_else(|| "unexpected end of JSON input".to_owned())
    }

    fn space(&mut self) {
        while matches!(self.text.get(self.at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn bad<T>(&self, byte: u8, context: &str) -> Result<T, String> {
        let shown = match byte {
            b'\'' => "'\\''".to_owned(),
            b'"' => "'\"'".to_owned(),
            b'\n' => "'\\n'".to_owned(),
            b'\t' => "'\\t'".to_owned(),
            b'\r' => "'\\r'".to_owned(),
            0x20..=0x7e => format!("'{}'", char::from(byte)),
            // Go quotes the byte as a code point of its own.
            0xa1.. if byte != 0xad => format!("'{}'", char::from(byte)),
            0x80.. => format!("'\\u00{byte:02x}'"),
            _ => format!("'\\x{byte:02x}'"),
        };
        Err(format!("invalid character {shown} {context}"))
    }

    fn value(&mut self, depth: usize) -> Read<Value> {
        if depth > DEPTH {
            return Err("exceeded max depth".to_owned());
        }
        self.space();
        match self.peek()? {
            b'{' => self.members(depth),
            b'[' => self.elements(depth),
            b'"' => self.string().map(Value::String),
            b't' => self.literal("true", Value::Bool(true)),
            b'f' => self.literal("false", Value::Bool(false)),
            b'n' => self.literal("null", Value::Null),
            b'-' | b'0'..=b'9' => self.number(),
            other => self.bad(other, "looking for beginning of value"),
        }
    }

    /// A value below a step.
    fn below(&mut self, step: impl FnOnce() -> Segment, depth: usize) -> Read<Value> {
        if let Some(noted) = &mut self.noted {
            noted.path.push(step());
        }
        let value = self.value(depth + 1);
        if let Some(noted) = &mut self.noted {
            noted.path.pop();
        }
        value
    }

    fn members(&mut self, depth: usize) -> Read<Value> {
        let mut map = Map::new();
        self.at += 1;
        self.space();
        if self.peek()? == b'}' {
            self.at += 1;
            return Ok(Value::Object(map));
        }
        loop {
            self.space();
            let key = match self.peek()? {
                b'"' => self.string()?,
                other => return self.bad(other, "looking for beginning of object key string"),
            };
            if let Some(noted) = self.noted.as_mut().filter(|_| map.contains_key(&key)) {
                noted.duplicate(&key);
            }
            self.space();
            match self.peek()? {
                b':' => self.at += 1,
                other => return self.bad(other, "after object key"),
            }
            let value = self.below(|| Segment::Field(key.clone()), depth)?;
            map.insert(key, value);
            self.space();
            match self.peek()? {
                b',' => self.at += 1,
                b'}' => break,
                other => return self.bad(other, "after object key:value pair"),
            }
        }
        self.at += 1;
        Ok(Value::Object(map))
    }

    fn elements(&mut self, depth: usize) -> Read<Value> {
        let mut items = Vec::new();
        self.at += 1;
        self.space();
        if self.peek()? == b']' {
            self.at += 1;
            return Ok(Value::Array(items));
        }
        loop {
            let at = items.len();
            items.push(self.below(|| Segment::Index(at), depth)?);
            self.space();
            match self.peek()? {
                b',' => self.at += 1,
                b']' => break,
                other => return self.bad(other, "after array element"),
            }
        }
        self.at += 1;
        Ok(Value::Array(items))
    }

    fn string(&mut self) -> Read<String> {
        self.at += 1;
        let mut text = String::new();
        let mut from = self.at;
        loop {
            let byte = self.peek()?;
            match byte {
                b'"' | b'\\' => text.push_str(&String::from_utf8_lossy(&self.text[from..self.at])),
                0..0x20 => return self.bad(byte, "in string literal"),
                _ => {}
            }
            self.at += 1;
            if byte == b'"' {
                return Ok(text);
            }
            if byte == b'\\' {
                text.push(self.escape()?);
                from = self.at;
            }
        }
    }

    /// What is behind a backslash. A half of a surrogate pair without its other half is U+FFFD.
    fn escape(&mut self) -> Read<char> {
        let byte = self.peek()?;
        self.at += 1;
        Ok(match byte {
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'\\' | b'/' | b'"' => char::from(byte),
            b'u' => {
                let first = self.hexadecimal()?;
                let behind = self.at;
                let second = match first {
                    0xd800..0xdc00 if self.text[self.at..].starts_with(b"\\u") => {
                        self.at += 2;
                        self.hexadecimal()?
                    }
                    _ => 0,
                };
                if let 0xdc00..0xe000 = second {
                    return Ok(
                        char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)).unwrap_or_default()
                    );
                }
                self.at = behind;
                char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => {
                self.at -= 1;
                return self.bad(byte, "in string escape code");
            }
        })
    }

    fn hexadecimal(&mut self) -> Read<u32> {
        let mut code = 0;
        for _ in 0..4 {
            let byte = self.peek()?;
            match char::from(byte).to_digit(16) {
                Some(digit) => code = 16 * code + digit,
                None => return self.bad(byte, "in \\u hexadecimal character escape"),
            }
            self.at += 1;
        }
        Ok(code)
    }

    fn literal(&mut self, name: &str, value: Value) -> Read<Value> {
        for expected in name.bytes() {
            match self.peek()? {
                found if found == expected => self.at += 1,
                other => return self.bad(other, &format!("in literal {name} (expecting '{}')", char::from(expected))),
            }
        }
        Ok(value)
    }

    fn digits(&mut self, context: &str) -> Read<()> {
        match self.peek()? {
            b'0'..=b'9' => {}
            other => return self.bad(other, context),
        }
        while matches!(self.text.get(self.at), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Read<Value> {
        let from = self.at;
        if self.peek()? == b'-' {
            self.at += 1;
        }
        match self.peek()? {
            b'0' => self.at += 1,
            _ => self.digits("in numeric literal")?,
        }
        if self.text.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits("after decimal point in numeric literal")?;
        }
        if matches!(self.text.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.text.get(self.at), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits("in exponent of numeric literal")?;
        }
        let text = str::from_utf8(&self.text[from..self.at]).unwrap_or_default();
        // There is no other minus zero than the float.
        let whole = match text.parse::<i64>() {
            Ok(0) if text.starts_with('-') => None,
            Ok(number) => Some(Number::from(number)),
            Err(_) => text.parse::<u64>().ok().map(Number::from),
        };
        let number = whole.or_else(|| Number::from_f64(float::parse(text)?));
        number
            .map(Value::Number)
            .ok_or_else(|| format!("json: cannot unmarshal number {text} into Go value of type float64"))
    }

    fn top_level_end(&mut self) -> Read<()> {
        self.space();
        match self.text.get(self.at) {
            Some(other) => self.bad(*other, "after top-level value"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn strings_are_read_as_go_reads_them() {
        for (text, expected) in [
            (r#""""#, ""),
            (r#""a\"b\\\/\b\f\n\r\t""#, "a\"b\\/\u{8}\u{c}\n\r\t"),
            (r#""\u00e9\u20AC x""#, "é€ x"),
            (r#""\ud83d\ude00""#, "😀"),
            (r#""\ud83dx""#, "\u{fffd}x"),
            (r#""\ud83d\u0041""#, "\u{fffd}A"),
            (r#""\ude00""#, "\u{fffd}"),
            ("\"é\"", "é"),
        ] {
            assert_eq!(read(text.as_bytes()), Ok(json!(expected)), "{text}");
        }
        assert_eq!(read(b"\"a\xffb\""), Ok(json!("a\u{fffd}b")));
        assert_eq!(read(br#""\x""#), Err("invalid character 'x' in string escape code".to_owned()));
        assert_eq!(read(br#""\u12g4""#), Err("invalid character 'g' in \\u hexadecimal character escape".to_owned()));
        assert_eq!(read(br#""\ud83d\u12"#), Err("unexpected end of JSON input".to_owned()));
    }

    #[test]
    fn numbers_keep_what_they_are() {
        for text in [
            "0",
            "-1",
            "9223372036854775807",
            "18446744073709551615",
            "0.1",
            "-0",
            "-0.0",
            "1e3",
            "18446744073709551616",
        ] {
            assert_eq!(read(text.as_bytes()).ok(), serde_json::from_str(text).ok(), "{text}");
        }
        assert_eq!(read(b"1e400"), Err("json: cannot unmarshal number 1e400 into Go value of type float64".to_owned()));
    }

    #[test]
    fn depth_has_an_end() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(read(nested(DEPTH).as_bytes()).is_ok());
        assert_eq!(read(nested(100_000).as_bytes()), Err("exceeded max depth".to_owned()));
    }

    #[test]
    fn a_stream_is_read_value_by_value() {
        assert_eq!(read_stream(b" {\"a\":1}{}\n[2] "), Ok(vec![json!({"a": 1}), json!({}), json!([2])]));
        assert_eq!(read_stream(b""), Ok(Vec::new()));
        assert_eq!(read_stream(b"{} x"), Err("invalid character 'x' looking for beginning of value".to_owned()));
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_filter("JSON has no others", |f| f.is_finite()).prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
                prop::collection::btree_map(any::<String>(), inner, 0..4).prop_map(|map| map.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(value in value()) {
            prop_assert_eq!(read(value.to_string().as_bytes()), Ok(value.clone()));
            prop_assert_eq!(read(format!("{value:#}").as_bytes()), Ok(value));
        }

        #[test]
        fn no_text_panics(text in prop::collection::vec(any::<u8>(), 0..20)) {
            let _ = read(&text);
            let _ = read_noting(&[b"{\"a\":\"\\u", &text[..]].concat());
        }
    }
}
