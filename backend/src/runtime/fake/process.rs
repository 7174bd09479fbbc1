//! A process of the fake: carries out its steps, in tokio's time.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWrite};
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::UnboundedReceiverStream;

use super::script::Step;
use crate::runtime::{ExitStatus, Output, Result, RuntimeError, Session, SessionControl};

/// Signals that the fake knows by name.
pub fn signal(name: &str) -> i32 {
    match name.trim_start_matches("SIG") {
        "HUP" => HUP,
        "INT" => 2,
        "QUIT" => 3,
        "KILL" => KILL,
        "TERM" => TERM,
        _ => 0,
    }
}

const HUP: i32 = 1;
const KILL: i32 = 9;
const TERM: i32 = 15;

/// Whoever listens to a process.
type Listeners = Arc<Mutex<Vec<mpsc::UnboundedSender<Output>>>>;

/// A running process, as others see it.
#[derive(Clone)]
pub struct Process {
    signals: mpsc::UnboundedSender<i32>,
    exit: watch::Receiver<Option<i32>>,
    listeners: Listeners,
    stdin: Arc<Mutex<Option<mpsc::Sender<Bytes>>>>,
}

/// Gives a file's bytes.
pub type Files = Box<dyn Fn(&str) -> Option<Bytes> + Send + Sync>;

/// How a process is set up.
pub struct Setup {
    pub steps: Vec<Step>,
    /// Process 1 of a container has no default actions for signals.
    pub first: bool,
    pub stdin: bool,
    pub tty: bool,
    pub files: Files,
    /// Hears everything that is printed, before anybody else.
    pub printed: Box<dyn Fn(&Output) + Send + Sync>,
}

impl Process {
    /// Starts it. `ended` is told its exit code before anybody who waits is.
    pub fn start(
        setup: Setup,
        listener: Option<mpsc::UnboundedSender<Output>>,
        ended: impl FnOnce(i32) + Send + 'static,
    ) -> Self {
        let (signals, received) = mpsc::unbounded_channel();
        let (exit, exited) = watch::channel(None);
        let listeners: Listeners = Arc::new(Mutex::new(listener.into_iter().collect()));
        let (stdin, input) = mpsc::channel(16);
        let stdin = Arc::new(Mutex::new(setup.stdin.then_some(stdin)));
        let process = Self { signals, exit: exited, listeners: listeners.clone(), stdin };
        tokio::spawn(async move {
            let code = Running { setup: &setup, listeners: listeners.clone(), received, input, trap: None }.run().await;
            ended(code);
            listeners.lock().unwrap_or_else(PoisonError::into_inner).clear();
            exit.send_replace(Some(code));
        });
        process
    }

    /// Sends a signal.
    pub fn kill(&self, signal: i32) {
        let _ = self.signals.send(signal);
    }

    /// Its streams. `owned` is for exec: hanging up reaches it, and its input ends with the client's.
    pub fn session(&self, stdin: bool, output: mpsc::UnboundedReceiver<Output>, owned: bool) -> Session {
        let control = Control { process: self.clone(), owned };
        let stdin = stdin.then(|| self.stdin(owned));
        Session { stdin, output: UnboundedReceiverStream::new(output).map(Ok).boxed(), control: Arc::new(control) }
    }

    /// Listens from now on.
    pub fn listen(&self) -> mpsc::UnboundedReceiver<Output> {
        let (sender, receiver) = mpsc::unbounded_channel();
        // One that has ended lets nobody wait.
        if self.exit.borrow().is_none() {
            self.listeners.lock().unwrap_or_else(PoisonError::into_inner).push(sender);
        }
        receiver
    }

    fn stdin(&self, once: bool) -> Box<dyn AsyncWrite + Send + Unpin> {
        let (near, mut far) = tokio::io::duplex(4096);
        let stdin = self.stdin.clone();
        let input = stdin.lock().unwrap_or_else(PoisonError::into_inner).clone();
        tokio::spawn(async move {
            let mut buffer = bytes::BytesMut::new();
            while let Ok(1..) = far.read_buf(&mut buffer).await {
                let Some(input) = &input else { continue };
                if input.send(buffer.split().freeze()).await.is_err() {
                    return;
                }
            }
            if once {
                stdin.lock().unwrap_or_else(PoisonError::into_inner).take();
            }
        });
        Box::new(near)
    }

    /// Lets a container's input end with its first client's.
    pub fn session_once(&self, stdin: bool, output: mpsc::UnboundedReceiver<Output>) -> Session {
        let session = self.session(false, output, false);
        Session { stdin: stdin.then(|| self.stdin(true)), ..session }
    }
}

struct Control {
    process: Process,
    owned: bool,
}

#[async_trait]
impl SessionControl for Control {
    async fn resize(&self, _columns: u16, _rows: u16) -> Result<()> {
        Ok(())
    }

    async fn hangup(&self) {
        if self.owned {
            self.process.kill(HUP);
        }
    }

    async fn wait(&self) -> Result<ExitStatus> {
        let mut exit = self.process.exit.clone();
        let lost = |_| RuntimeError::Engine("the process is lost".to_owned());
        let code = *exit.wait_for(Option::is_some).await.map_err(lost)?;
        Ok(ExitStatus { code: code.unwrap_or_default() })
    }
}

struct Running<'a> {
    setup: &'a Setup,
    listeners: Listeners,
    received: mpsc::UnboundedReceiver<i32>,
    input: mpsc::Receiver<Bytes>,
    trap: Option<i32>,
}

impl Running<'_> {
    async fn run(mut self) -> i32 {
        let mut last = 0;
        for step in &self.setup.steps {
            // What is already here comes before what is next.
            tokio::task::yield_now().await;
            while let Ok(signal) = self.received.try_recv() {
                if let Some(code) = self.caught(signal) {
                    return code;
                }
            }
            match step {
                Step::Print { stderr, text } => self.print(*stderr, Bytes::from(text.clone())),
                Step::Sleep(time) => {
                    let over = tokio::time::sleep(time.unwrap_or(std::time::Duration::from_secs(u32::MAX.into())));
                    tokio::pin!(over);
                    loop {
                        tokio::select! {
                            () = &mut over => break,
                            Some(signal) = self.received.recv() => if let Some(code) = self.caught(signal) {
                                return code;
                            },
                        }
                    }
                }
                Step::Cat => loop {
                    tokio::select! {
                        bytes = self.input.recv() => match bytes {
                            Some(bytes) => self.print(false, bytes),
                            None => break,
                        },
                        Some(signal) = self.received.recv() => if let Some(code) = self.caught(signal) {
                            return code;
                        },
                    }
                },
                Step::CatFile(path) => match (self.setup.files)(path) {
                    Some(bytes) => self.print(false, bytes),
                    None => {
                        self.print(true, Bytes::from(format!("cat: can't open '{path}': No such file or directory\n")));
                        last = 1;
                    }
                },
                Step::Trap(code) => self.trap = Some(*code),
                Step::Code(code) => last = *code,
                Step::Exit(code) => return code.unwrap_or(last),
            }
        }
        last
    }

    fn caught(&self, signal: i32) -> Option<i32> {
        match (signal, self.trap) {
            (KILL, _) => Some(128 + KILL),
            (TERM, Some(code)) => Some(code),
            (1.., _) if !self.setup.first => Some(128 + signal),
            _ => None,
        }
    }

    fn print(&self, stderr: bool, bytes: Bytes) {
        let output = match (stderr, self.setup.tty) {
            (_, true) => Output::Stdout(Bytes::from(String::from_utf8_lossy(&bytes).replace('\n', "\r\n"))),
            (true, false) => Output::Stderr(bytes),
            (false, false) => Output::Stdout(bytes),
        };
        (self.setup.printed)(&output);
        let mut listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.retain(|listener| listener.send(output.clone()).is_ok());
    }
}
