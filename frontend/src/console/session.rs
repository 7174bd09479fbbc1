//! A console session: reads lines, runs them here or in the shell, prints, and reads on. One task.

use std::cell::RefCell;
use std::rc::Rc;

use futures::channel::mpsc::{self, UnboundedReceiver, UnboundedSender};
use futures::future::{Either, select};
use futures::{FutureExt, StreamExt};
use shared::console::{HOME, Piece, is_unfinished, plain_kubectl};
use shared::kubectl::{self, Input, Size};

use super::host::{Host, Output};
use super::line::{Line, Wish};
use super::screen::Screen;
use super::shell::Shell;
use crate::net::transport::PageTransport;
use crate::signal::RwSignal;
use crate::state::{App, Preview};

/// How many lines of history are kept.
const HISTORY: usize = 300;

/// What reaches a console from outside.
#[derive(Debug)]
pub enum Event {
    /// Keys.
    Keys(String),
    /// The terminal's new size.
    Size(u16, u16),
    /// A line that a lesson or a button wants run, as if it were typed.
    Run(String),
    /// What is shown of a forwarded port has connected: its local port.
    Connected(u16),
}

/// Told of each line how it ended.
type Ended = Box<dyn Fn(&str, i32)>;

/// A console.
pub struct Session {
    screen: Screen,
    transport: PageTransport,
    line: Line,
    /// Keys that were typed and not read yet.
    typed: String,
    shell: Option<Shell>,
    directory: String,
    /// How the last line ended, where it ran here: the shell's `$?` for the next one.
    code: i32,
    /// Told how a line ended.
    ended: Ended,
    /// Lines that lessons and buttons want run, while something else runs.
    waiting: RwSignal<Vec<String>>,
    /// What all consoles forward.
    previews: RwSignal<Vec<Preview>>,
    /// Which of them this is.
    number: u32,
    shell_lost: &'static str,
}

impl Session {
    /// A console on a screen.
    pub fn new(
        number: u32,
        screen: Screen,
        app: App,
        history: Vec<String>,
        waiting: RwSignal<Vec<String>>,
        ended: impl Fn(&str, i32) + 'static,
    ) -> Self {
        Self {
            screen,
            transport: app.transport,
            line: Line::new(history),
            typed: String::new(),
            shell: None,
            directory: HOME.to_owned(),
            code: 0,
            ended: Box::new(ended),
            waiting,
            previews: app.previews,
            number,
            shell_lost: app.language.get_untracked().texts().shell_lost,
        }
    }

    fn prompt(&self) -> String {
        let place = match self.directory.strip_prefix(HOME) {
            Some("") => "~".to_owned(),
            Some(below) if below.starts_with('/') => format!("~{below}"),
            _ => self.directory.clone(),
        };
        format!("\x1b[32mroot@master\x1b[0m:\x1b[34m{place}\x1b[0m# ")
    }

    /// Reads and runs lines until the events end. `save` gets the history after each.
    pub async fn run(mut self, mut events: UnboundedReceiver<Event>, save: impl Fn(&[String])) {
        loop {
            let prompt = self.prompt();
            let Some(command) = self.read(&prompt, &mut events).await else {
                // Nobody comes back to the shell: it is not left to wait for that.
                self.shell.map(|shell| shell.type_keys("\x03\x04"));
                return;
            };
            if command.trim().is_empty() {
                continue;
            }
            self.line.remember(&command);
            let history = self.line.history();
            save(&history[history.len().saturating_sub(HISTORY)..]);
            let code = self.execute(&command, &mut events).await;
            (self.ended)(&command, code);
        }
    }

    /// Reads one command, of one line or of several. `None` when the page is gone.
    async fn read(&mut self, prompt: &str, events: &mut UnboundedReceiver<Event>) -> Option<String> {
        let mut command = String::new();
        self.line.set_columns(self.screen.size().0);
        let drawn = self.line.start(prompt);
        self.screen.fresh_line();
        self.screen.print(drawn.as_bytes());
        loop {
            let keys = match std::mem::take(&mut self.typed) {
                rest if !rest.is_empty() => rest,
                _ => match self.next(events).await? {
                    Event::Keys(keys) => keys,
                    Event::Size(columns, _) => {
                        self.line.set_columns(columns);
                        continue;
                    }
                    Event::Connected(_) => continue,
                    Event::Run(line) => {
                        // Half a command stands there: it is given up, the line is no part of it.
                        if !command.is_empty() {
                            command.clear();
                            let drawn = self.line.start(prompt);
                            self.screen.print(format!("^C\r\n{drawn}").as_bytes());
                        }
                        format!("\x15{}\r", line.replace('\n', "\r"))
                    }
                },
            };
            let (out, wish, rest) = self.line.feed(&keys);
            self.screen.print(out.as_bytes());
            self.typed = rest;
            match wish {
                None => {}
                Some(Wish::Cancel) => return Some(String::new()),
                Some(Wish::Clear) => {
                    self.screen.print(b"\x1b[2J\x1b[H");
                    let drawn = self.line.redraw_fresh();
                    self.screen.print(drawn.as_bytes());
                }
                Some(Wish::Complete) => self.complete().await,
                Some(Wish::Run(line)) => {
                    command.push_str(&line);
                    if !is_unfinished(&command) {
                        return Some(command);
                    }
                    command.push('\n');
                    let drawn = self.line.start("> ");
                    self.screen.print(drawn.as_bytes());
                }
            }
        }
    }

    /// What had to wait, else what comes.
    async fn next(&self, events: &mut UnboundedReceiver<Event>) -> Option<Event> {
        let waited = self.waiting.try_update(|lines| (!lines.is_empty()).then(|| lines.remove(0)));
        match waited.flatten() {
            Some(line) => Some(Event::Run(line)),
            None => events.next().await,
        }
    }

    /// One candidate is put in; several are listed, and what they share is put in.
    async fn complete(&mut self) {
        let (text, cursor) = self.line.text();
        let namespace = self.namespace().await;
        let found = kubectl::complete(&text, cursor, &namespace, &self.transport).await;
        let Some(first) = found.first() else { return };
        if found.len() == 1 {
            let space = if first.text.ends_with(['/', '=']) { "" } else { " " };
            let drawn = self.line.complete(first.from, &format!("{}{space}", first.text));
            return self.screen.print(drawn.as_bytes());
        }
        let shared = found.iter().fold(first.text.clone(), |shared, c| {
            shared.chars().zip(c.text.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
        });
        if shared.len() > cursor - first.from {
            let drawn = self.line.complete(first.from, &shared);
            return self.screen.print(drawn.as_bytes());
        }
        let words: Vec<&str> = found.iter().take(60).map(|c| c.text.as_str()).collect();
        self.screen.print_text(format!("\n{}\n", words.join("  ")).as_bytes());
        let drawn = self.line.redraw_fresh();
        self.screen.print(drawn.as_bytes());
    }

    async fn execute(&mut self, command: &str, events: &mut UnboundedReceiver<Event>) -> i32 {
        match plain_kubectl(command) {
            // Its editor is the shell's.
            Some(arguments) if arguments.first().is_some_and(|word| word == "edit") => {
                self.in_shell(command, events).await
            }
            Some(arguments) => {
                self.transport.begin(command);
                self.code = self.kubectl(&arguments, events).await;
                self.code
            }
            None if command.trim() == "clear" => {
                self.screen.print(b"\x1b[2J\x1b[3J\x1b[H");
                0
            }
            None => self.in_shell(command, events).await,
        }
    }

    /// The namespace of commands that name none. It is the shell's, where others may have changed it: it is asked.
    async fn namespace(&mut self) -> String {
        if let Some(shell) = &mut self.shell
            && !shell.look().await
        {
            self.lose_shell();
        }
        self.open_shell().await;
        let told = self.shell.as_ref().map(|shell| shell.namespace.clone()).filter(|told| !told.is_empty());
        told.unwrap_or_else(|| "default".to_owned())
    }

    /// Runs kubectl in the page. Keys go to it; in raw mode as they are, else by lines, with Ctrl-C and Ctrl-D.
    async fn kubectl(&mut self, arguments: &[String], events: &mut UnboundedReceiver<Event>) -> i32 {
        let (input, incoming) = mpsc::unbounded();
        let incoming = Rc::new(RefCell::new(incoming));
        let (interrupt, interrupts) = mpsc::unbounded();
        let (connected, connections) = mpsc::unbounded();
        let namespace = self.namespace().await;
        let mut host = Host {
            output: Output::Screen(self.screen.clone()),
            input: incoming.clone(),
            interrupts: Rc::new(RefCell::new(interrupts)),
            connections: Rc::new(RefCell::new(connections)),
            directory: self.directory.clone(),
            namespace,
            previews: self.previews,
            number: self.number,
        };
        let running = kubectl::run(arguments, &mut host, &self.transport).fuse();
        let mut running = std::pin::pin!(running);
        let mut cooked = String::new();
        let code = loop {
            match select(&mut running, events.next()).await {
                Either::Left((code, _)) => break code,
                Either::Right((None, _)) => break 130,
                Either::Right((Some(Event::Size(width, height)), _)) => {
                    let _ = input.unbounded_send(Input::Resize(Size { width, height }));
                }
                Either::Right((Some(Event::Run(line)), _)) => self.waiting.update(|lines| lines.push(line)),
                Either::Right((Some(Event::Connected(port)), _)) => drop(connected.unbounded_send(port)),
                Either::Right((Some(Event::Keys(keys)), _)) if self.screen.is_raw() => {
                    let _ = input.unbounded_send(Input::Data(keys.into_bytes()));
                }
                Either::Right((Some(Event::Keys(keys)), _)) => {
                    cook(&self.screen, &keys, &mut cooked, &input, &interrupt);
                }
            }
        };
        self.screen.set_raw(false);
        // What it did not read is the next line's.
        while let Some(Some(unread)) = incoming.borrow_mut().next().now_or_never() {
            if let Input::Data(bytes) = unread {
                self.typed.push_str(&String::from_utf8_lossy(&bytes));
            }
        }
        self.typed.push_str(&cooked);
        code
    }

    async fn open_shell(&mut self) {
        if self.shell.is_none() {
            let (columns, rows) = self.screen.size();
            self.shell = Shell::open(columns, rows).await;
        }
    }

    fn lose_shell(&mut self) {
        self.shell = None;
        self.directory = HOME.to_owned();
        self.screen.print_text(format!("{}\n", self.shell_lost).as_bytes());
    }

    /// Runs a command in the shell, which has the keys and the screen until it has ended.
    async fn in_shell(&mut self, command: &str, events: &mut UnboundedReceiver<Event>) -> i32 {
        let (columns, rows) = self.screen.size();
        self.open_shell().await;
        let Some(shell) = &mut self.shell else {
            self.lose_shell();
            return 1;
        };
        shell.resize(columns, rows);
        match std::mem::take(&mut self.code) {
            0 => shell.run(command),
            code => shell.run(&format!("(exit {code})\n{command}")),
        };
        let mut begun = false;
        loop {
            let piece = match select(Box::pin(shell.next()), events.next()).await {
                Either::Left((piece, _)) => Ok(piece),
                Either::Right((event, waiting)) => {
                    drop(waiting);
                    Err(event)
                }
            };
            match piece {
                Ok(Some(Piece::Output(bytes))) if begun => self.screen.print(&bytes),
                // What the shell echoes of the line it was given.
                Ok(Some(Piece::Output(_))) => {}
                Ok(Some(Piece::Begin)) => begun = true,
                Ok(Some(Piece::End(end))) => {
                    self.directory = end.directory;
                    self.typed.push_str(&end.keys);
                    return end.code;
                }
                Ok(None) => {
                    self.lose_shell();
                    return 1;
                }
                Err(None) => return 1,
                Err(Some(Event::Keys(keys))) => drop(shell.type_keys(&keys)),
                // Whatever runs has the keys: vim would take the line for text.
                Err(Some(Event::Run(line))) => self.waiting.update(|lines| lines.push(line)),
                Err(Some(Event::Size(columns, rows))) => shell.resize(columns, rows),
                Err(Some(Event::Connected(_))) => {}
            }
        }
    }
}

/// Keys as a terminal's own line discipline treats them: echo, backspace, whole lines, Ctrl-C, Ctrl-D.
fn cook(
    screen: &Screen,
    keys: &str,
    line: &mut String,
    input: &UnboundedSender<Input>,
    interrupt: &UnboundedSender<()>,
) {
    for key in keys.chars() {
        match key {
            '\x03' => {
                screen.print(b"^C\r\n");
                let _ = interrupt.unbounded_send(());
                let _ = input.unbounded_send(Input::Interrupt);
            }
            '\x04' if line.is_empty() => drop(input.unbounded_send(Input::End)),
            '\r' | '\n' => {
                screen.print(b"\r\n");
                line.push('\n');
                let _ = input.unbounded_send(Input::Data(std::mem::take(line).into_bytes()));
            }
            '\x7f' => {
                if line.pop().is_some() {
                    screen.print(b"\x08 \x08");
                }
            }
            key if key.is_control() => {}
            key => {
                line.push(key);
                screen.print(key.to_string().as_bytes());
            }
        }
    }
}
