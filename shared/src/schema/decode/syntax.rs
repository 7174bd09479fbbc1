//! What Go's JSON scanner says about text that is not JSON. Runs only on text that is already known to be wrong.

/// The scanner's message; `None` for text that the scanner would take (a number out of range, too deep).
pub fn error(text: &[u8]) -> Option<String> {
    let mut scanner = Scanner { text, at: 0 };
    scanner.value(0).and_then(|()| scanner.top_level_end()).err()
}

type Scan = Result<(), String>;

struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
}

impl Scanner<'_> {
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

    fn value(&mut self, depth: usize) -> Scan {
        if depth > 10_000 {
            return Err("exceeded max depth".to_owned());
        }
        self.space();
        match self.peek()? {
            b'{' => self.members(depth),
            b'[' => self.elements(depth),
            b'"' => self.string(),
            b't' => self.literal(b"true"),
            b'f' => self.literal(b"false"),
            b'n' => self.literal(b"null"),
            b'-' | b'0'..=b'9' => self.number(),
            other => self.bad(other, "looking for beginning of value"),
        }
    }

    fn members(&mut self, depth: usize) -> Scan {
        self.at += 1;
        self.space();
        if self.peek()? == b'}' {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.space();
            match self.peek()? {
                b'"' => self.string()?,
                other => return self.bad(other, "looking for beginning of object key string"),
            }
            self.space();
            match self.peek()? {
                b':' => self.at += 1,
                other => return self.bad(other, "after object key"),
            }
            self.value(depth + 1)?;
            self.space();
            match self.peek()? {
                b',' => self.at += 1,
                b'}' => break,
                other => return self.bad(other, "after object key:value pair"),
            }
        }
        self.at += 1;
        Ok(())
    }

    fn elements(&mut self, depth: usize) -> Scan {
        self.at += 1;
        self.space();
        if self.peek()? == b']' {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.value(depth + 1)?;
            self.space();
            match self.peek()? {
                b',' => self.at += 1,
                b']' => break,
                other => return self.bad(other, "after array element"),
            }
        }
        self.at += 1;
        Ok(())
    }

    fn string(&mut self) -> Scan {
        self.at += 1;
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' => {
                    self.at += 1;
                    match self.peek()? {
                        b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"' => {}
                        b'u' => {
                            for _ in 0..4 {
                                self.at += 1;
                                match self.peek()? {
                                    digit if digit.is_ascii_hexdigit() => {}
                                    other => return self.bad(other, "in \\u hexadecimal character escape"),
                                }
                            }
                        }
                        other => return self.bad(other, "in string escape code"),
                    }
                }
                control @ 0..0x20 => return self.bad(control, "in string literal"),
                _ => {}
            }
            self.at += 1;
        }
        self.at += 1;
        Ok(())
    }

    fn literal(&mut self, word: &[u8]) -> Scan {
        let name = String::from_utf8_lossy(word);
        for expected in word {
            match self.peek()? {
                found if found == *expected => self.at += 1,
                other => return self.bad(other, &format!("in literal {name} (expecting '{}')", char::from(*expected))),
            }
        }
        Ok(())
    }

    fn digits(&mut self, context: &str) -> Scan {
        match self.peek()? {
            b'0'..=b'9' => {}
            other => return self.bad(other, context),
        }
        while matches!(self.text.get(self.at), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Scan {
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
        Ok(())
    }

    fn top_level_end(&mut self) -> Scan {
        self.space();
        match self.text.get(self.at) {
            Some(other) => self.bad(*other, "after top-level value"),
            None => Ok(()),
        }
    }
}
