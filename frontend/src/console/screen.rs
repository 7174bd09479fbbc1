//! What a console prints on.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::Uint8Array;
use shared::console::ends_left;

use crate::js::Terminal;

/// The console's screen. Cheap to clone.
#[derive(Clone)]
pub struct Screen {
    terminal: Rc<Terminal>,
    raw: Rc<Cell<bool>>,
    /// Whether the cursor stands at the left edge.
    left: Rc<Cell<bool>>,
}

impl Screen {
    /// The screen of a terminal.
    pub fn new(terminal: Rc<Terminal>) -> Self {
        Self { terminal, raw: Rc::default(), left: Rc::new(Cell::new(true)) }
    }

    /// Prints as it is.
    pub fn print(&self, bytes: &[u8]) {
        self.left.set(ends_left(self.left.get(), bytes));
        self.terminal.write(&Uint8Array::from(bytes));
    }

    /// Prints a program's text: its newlines also go back to the left edge, unless the program minds that itself.
    pub fn print_text(&self, bytes: &[u8]) {
        if self.raw.get() {
            return self.print(bytes);
        }
        let mut out = Vec::with_capacity(bytes.len() + 16);
        for (at, byte) in bytes.iter().enumerate() {
            if *byte == b'\n' && (at == 0 || bytes[at - 1] != b'\r') {
                out.push(b'\r');
            }
            out.push(*byte);
        }
        self.print(&out);
    }

    /// Goes to the next line, unless the cursor stands at the start of one: what was printed last stays.
    pub fn fresh_line(&self) {
        if !self.left.get() {
            self.print(b"\r\n");
        }
    }

    /// Columns and rows.
    pub fn size(&self) -> (u16, u16) {
        (self.terminal.columns(), self.terminal.rows())
    }

    /// Whether keys are passed on as they are typed.
    pub fn is_raw(&self) -> bool {
        self.raw.get()
    }

    /// Passes keys on as they are typed, or not any more.
    pub fn set_raw(&self, on: bool) {
        self.raw.set(on);
    }
}
