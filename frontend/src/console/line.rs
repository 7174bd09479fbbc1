//! The line editor: keys in, what to print out. Pure; knows the screen's width, draws with the usual escapes.

/// What the user wants, besides editing.
#[derive(Debug, PartialEq, Eq)]
pub enum Wish {
    /// Run the line.
    Run(String),
    /// Complete what stands before the cursor.
    Complete,
    /// Give the line up.
    Cancel,
    /// Clear the screen.
    Clear,
}

/// A line being typed, with history.
pub struct Line {
    prompt: String,
    text: Vec<char>,
    cursor: usize,
    columns: usize,
    /// Rows from the prompt's to the cursor's, as drawn last.
    row: usize,
    history: Vec<String>,
    /// Where in the history; its length for the line being typed.
    at: usize,
    draft: String,
}

impl Line {
    /// An empty line with this history, oldest first.
    pub fn new(history: Vec<String>) -> Self {
        let at = history.len();
        Self { prompt: String::new(), text: vec![], cursor: 0, columns: 80, row: 0, history, at, draft: String::new() }
    }

    /// The history, oldest first.
    pub fn history(&self) -> &[String] {
        &self.history
    }

    /// The text, and how many bytes of it stand before the cursor.
    pub fn text(&self) -> (String, usize) {
        let before: String = self.text[..self.cursor].iter().collect();
        (self.text.iter().collect(), before.len())
    }

    /// Sets the screen's width.
    pub fn set_columns(&mut self, columns: u16) {
        self.columns = usize::from(columns.max(10));
    }

    /// Starts a new line: what to print.
    pub fn start(&mut self, prompt: &str) -> String {
        self.prompt = prompt.to_owned();
        self.text.clear();
        self.cursor = 0;
        self.row = 0;
        self.at = self.history.len();
        self.draw()
    }

    /// Draws the line anew below whatever was printed meanwhile.
    pub fn redraw_fresh(&mut self) -> String {
        self.row = 0;
        self.draw()
    }

    /// Takes the typed keys: what to print, and what is wanted. Keys behind a wish are not read.
    pub fn feed(&mut self, keys: &str) -> (String, Option<Wish>, String) {
        let mut rest = keys;
        while !rest.is_empty() {
            let (key, after) = next_key(rest);
            rest = after;
            match self.press(key) {
                None => {}
                Some(wish) => {
                    let mut out = self.draw();
                    if matches!(wish, Wish::Run(_) | Wish::Cancel) {
                        out.push_str(&self.leave(matches!(wish, Wish::Cancel)));
                    }
                    return (out, Some(wish), rest.to_owned());
                }
            }
        }
        (self.draw(), None, String::new())
    }

    /// Puts `word` in the place of what begins `from` bytes into the text and ends at the cursor.
    pub fn complete(&mut self, from: usize, word: &str) -> String {
        let (text, cursor) = self.text();
        let start = text.get(..from.min(cursor)).map_or(self.cursor, |t| t.chars().count());
        self.text.splice(start..self.cursor, word.chars());
        self.cursor = start + word.chars().count();
        self.draw()
    }

    fn press(&mut self, key: &str) -> Option<Wish> {
        match key {
            "\r" | "\n" => return Some(self.finish()),
            "\t" => return Some(Wish::Complete),
            "\x03" => {
                self.text.clear();
                self.cursor = 0;
                return Some(Wish::Cancel);
            }
            "\x0c" => return Some(Wish::Clear),
            "\x7f" | "\x08" if self.cursor > 0 => {
                self.cursor -= 1;
                self.text.remove(self.cursor);
            }
            "\x1b[3~" | "\x04" if self.cursor < self.text.len() => drop(self.text.remove(self.cursor)),
            "\x1b[D" | "\x02" => self.cursor = self.cursor.saturating_sub(1),
            "\x1b[C" | "\x06" => self.cursor = (self.cursor + 1).min(self.text.len()),
            "\x1b[H" | "\x1bOH" | "\x01" => self.cursor = 0,
            "\x1b[F" | "\x1bOF" | "\x05" => self.cursor = self.text.len(),
            "\x1b[1;5D" | "\x1bb" => self.cursor = self.word_before(),
            "\x1b[1;5C" | "\x1bf" => self.cursor = self.word_behind(),
            "\x1b[A" | "\x10" => self.recall(self.at.saturating_sub(1)),
            "\x1b[B" | "\x0e" => self.recall(self.at + 1),
            "\x15" => drop(self.text.drain(..std::mem::take(&mut self.cursor))),
            "\x0b" => self.text.truncate(self.cursor),
            "\x17" => {
                let start = self.word_before();
                self.text.drain(start..self.cursor);
                self.cursor = start;
            }
            key if key.starts_with('\x1b') => {}
            key => {
                for c in key.chars().filter(|c| !c.is_control()) {
                    self.text.insert(self.cursor, c);
                    self.cursor += 1;
                }
            }
        }
        None
    }

    fn finish(&mut self) -> Wish {
        self.cursor = self.text.len();
        Wish::Run(self.text.iter().collect())
    }

    /// Remembers a whole command, of one line or of several.
    pub fn remember(&mut self, command: &str) {
        if !command.trim().is_empty() && self.history.last().map(String::as_str) != Some(command) {
            self.history.push(command.to_owned());
        }
        self.at = self.history.len();
    }

    fn recall(&mut self, at: usize) {
        if at > self.history.len() || at == self.at {
            return;
        }
        if self.at == self.history.len() {
            self.draft = self.text.iter().collect();
        }
        self.at = at;
        let text = self.history.get(at).unwrap_or(&self.draft).clone();
        self.text = text.chars().collect();
        self.cursor = self.text.len();
    }

    fn word_before(&self) -> usize {
        let mut at = self.cursor;
        while at > 0 && self.text[at - 1] == ' ' {
            at -= 1;
        }
        while at > 0 && self.text[at - 1] != ' ' {
            at -= 1;
        }
        at
    }

    fn word_behind(&self) -> usize {
        let mut at = self.cursor;
        while at < self.text.len() && self.text[at] == ' ' {
            at += 1;
        }
        while at < self.text.len() && self.text[at] != ' ' {
            at += 1;
        }
        at
    }

    /// From the prompt on: what is there is cleared and drawn, and the cursor put in its place.
    fn draw(&mut self) -> String {
        let text: String = self.text.iter().collect::<String>().replace('\n', "\r\n");
        let mut out = String::new();
        if self.row > 0 {
            out.push_str(&format!("\x1b[{}A", self.row));
        }
        out.push_str("\r\x1b[0J");
        out.push_str(&self.prompt);
        out.push_str(&text);
        let (end_row, end_column) = self.place(self.text.len());
        // At the right edge the terminal waits for the next letter before it goes on: push it.
        if end_column == 0 && end_row > 0 {
            out.push_str(" \r");
        }
        let (row, column) = self.place(self.cursor);
        if end_row > row {
            out.push_str(&format!("\x1b[{}A", end_row - row));
        }
        out.push('\r');
        if column > 0 {
            out.push_str(&format!("\x1b[{column}C"));
        }
        self.row = row;
        out
    }

    /// Row and column of a place in the text, from the prompt's start.
    fn place(&self, end: usize) -> (usize, usize) {
        let (mut row, mut column) = (0, visible(&self.prompt) % self.columns);
        for c in &self.text[..end] {
            let wide = width(*c);
            if *c == '\n' {
                (row, column) = (row + 1, 0);
                continue;
            }
            if column + wide > self.columns {
                (row, column) = (row + 1, 0);
            }
            column += wide;
            if column >= self.columns {
                (row, column) = (row + 1, 0);
            }
        }
        (row, column)
    }

    /// Leaves the line for what comes below it.
    fn leave(&mut self, cancelled: bool) -> String {
        self.row = 0;
        if cancelled { "^C\r\n".to_owned() } else { "\r\n".to_owned() }
    }
}

/// Columns of a text without its escapes.
fn visible(text: &str) -> usize {
    let mut columns = 0;
    let mut escape = false;
    for c in text.chars() {
        match (escape, c) {
            (false, '\x1b') => escape = true,
            (true, c) if c.is_ascii_alphabetic() => escape = false,
            (true, _) => {}
            (false, c) => columns += width(c),
        }
    }
    columns
}

/// Columns of a letter: two for those of East Asia.
fn width(c: char) -> usize {
    let wide = matches!(u32::from(c), 0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f | 0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f300..=0x1faff | 0x20000..=0x3fffd);
    if wide { 2 } else { 1 }
}

/// The first key of what was typed: an escape sequence, or a letter.
fn next_key(keys: &str) -> (&str, &str) {
    let length = if let Some(rest) = keys.strip_prefix("\x1b[") {
        rest.find(|c: char| c.is_ascii_alphabetic() || c == '~').map_or(keys.len(), |at| at + 3)
    } else if keys.starts_with("\x1bO") {
        3
    } else if keys.starts_with('\x1b') {
        keys.char_indices().nth(2).map_or(keys.len(), |(at, _)| at)
    } else {
        keys.char_indices().nth(1).map_or(keys.len(), |(at, _)| at)
    };
    keys.split_at(length.min(keys.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(keys: &str, text: &str, cursor: usize) {
        let mut line = Line::new(vec!["old".into()]);
        line.start("$ ");
        line.feed(keys);
        assert_eq!(line.text(), (text.to_owned(), cursor), "{keys:?}");
    }

    #[test]
    fn keys_edit_the_line() {
        check("abc", "abc", 3);
        check("abc\x1b[D\x7f", "ac", 1);
        check("abc\x01x\x05y", "xabcy", 5);
        check("ab cd\x17", "ab ", 3);
        check("ab cd\x1b[1;5D\x0b", "ab ", 3);
        check("abc\x15", "", 0);
        check("x\x1b[A", "old", 3);
        check("x\x1b[A\x1b[B", "x", 1);
        check("파드\x1b[Dx", "파x드", 4);
        check("a\x1b[3~\x1b[Hb\x1b[3~", "b", 1);
    }

    #[test]
    fn wishes_leave_the_rest_for_later() {
        let mut line = Line::new(vec![]);
        line.start("$ ");
        let (_, wish, rest) = line.feed("ls\rcat");
        assert_eq!((wish, rest.as_str()), (Some(Wish::Run("ls".into())), "cat"));
        line.start("$ ");
        assert_eq!(line.feed("x\x03").1, Some(Wish::Cancel));
        assert_eq!(line.feed("\t").1, Some(Wish::Complete));
    }

    #[test]
    fn completion_replaces_the_word() {
        let mut line = Line::new(vec![]);
        line.start("$ ");
        line.feed("kubectl get po");
        line.complete(12, "pods ");
        assert_eq!(line.text().0, "kubectl get pods ");
    }

    #[test]
    fn long_and_wide_lines_wrap() {
        let mut line = Line::new(vec![]);
        line.set_columns(10);
        line.start("$ ");
        line.feed("12345678");
        assert_eq!(line.place(8), (1, 0));
        line.start("$ ");
        line.feed("1234567파");
        assert_eq!(line.place(8), (1, 2));
    }
}
