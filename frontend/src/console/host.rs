//! What kubectl sees of the page: the console's screen and keys, the learner's files, the browser's clock.

use std::cell::RefCell;
use std::rc::Rc;

use futures::StreamExt;
use futures::channel::mpsc::{self, UnboundedReceiver};
use shared::api::Timestamp;
use shared::console::{HOME, below_home};
use shared::kubectl::{Console, FileError, Input, Size};

use super::screen::Screen;
use crate::net::{playground, preview_address};
use crate::signal::RwSignal;
use crate::state::Preview;
use crate::ui::pause;

/// A command's console.
pub struct Host {
    /// Where it prints.
    pub output: Output,
    /// What the user types and does while it runs.
    pub input: Rc<RefCell<UnboundedReceiver<Input>>>,
    /// Interrupts, apart from the rest: they are wanted also while no input is read.
    pub interrupts: Rc<RefCell<UnboundedReceiver<()>>>,
    /// Local ports of forwarded connections.
    pub connections: Rc<RefCell<UnboundedReceiver<u16>>>,
    /// Where the console's shell is.
    pub directory: String,
    /// The namespace of commands that name none.
    pub namespace: String,
    /// What all consoles forward.
    pub previews: RwSignal<Vec<Preview>>,
    /// Which of them this is.
    pub number: u32,
}

/// Where a command prints.
pub enum Output {
    /// A terminal's screen.
    Screen(Screen),
    /// Nobody sits there: what goes to standard output is kept.
    Kept(Vec<u8>),
}

impl Host {
    /// For a command that nobody sees. Nothing is typed there.
    pub fn unseen(previews: RwSignal<Vec<Preview>>) -> Self {
        Self {
            output: Output::Kept(Vec::new()),
            input: Rc::new(RefCell::new(mpsc::unbounded().1)),
            interrupts: Rc::new(RefCell::new(mpsc::unbounded().1)),
            connections: Rc::new(RefCell::new(mpsc::unbounded().1)),
            directory: HOME.to_owned(),
            namespace: "default".to_owned(),
            previews,
            number: 0,
        }
    }

    /// A path as the files API wants it; what is outside the home is not served.
    fn resolve(&self, path: &str) -> Result<String, FileError> {
        below_home(&self.directory, path).ok_or_else(|| {
            FileError::Other("only files below /root can be read here; run the command in a node terminal".into())
        })
    }
}

fn refused(refusal: playground::Refusal) -> FileError {
    match refusal.status {
        404 => FileError::NotFound,
        _ => FileError::Other(refusal.message),
    }
}

impl Console for Host {
    fn out(&mut self, bytes: &[u8]) {
        match &mut self.output {
            Output::Screen(screen) => screen.print_text(bytes),
            Output::Kept(kept) => kept.extend_from_slice(bytes),
        }
    }

    fn err(&mut self, bytes: &[u8]) {
        if let Output::Screen(screen) = &self.output {
            screen.print_text(bytes);
        }
    }

    async fn read_file(&mut self, path: &str) -> Result<Vec<u8>, FileError> {
        let path = self.resolve(path)?;
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
        // The files API answers a directory with its listing: look before.
        let found = playground::list(folder).await.map_err(refused)?;
        match found.iter().find(|(n, _)| n == name).map(|(_, kind)| kind.as_str()) {
            Some("directory") => Err(FileError::IsDirectory),
            _ if path.is_empty() => Err(FileError::IsDirectory),
            None => Err(FileError::NotFound),
            Some(_) => playground::read_file(&path).await.map_err(refused),
        }
    }

    async fn write_file(&mut self, path: &str, bytes: &[u8]) -> Result<(), FileError> {
        playground::write_file(&self.resolve(path)?, bytes).await.map_err(refused)
    }

    async fn list_dir(&mut self, path: &str) -> Result<Vec<String>, FileError> {
        let found = playground::list(&self.resolve(path)?).await.map_err(refused)?;
        let mut names: Vec<String> =
            found.into_iter().map(|(name, kind)| if kind == "directory" { name + "/" } else { name }).collect();
        names.sort();
        Ok(names)
    }

    async fn input(&mut self) -> Input {
        let next = {
            let input = self.input.clone();
            std::future::poll_fn(move |context| input.borrow_mut().poll_next_unpin(context)).await
        };
        match next {
            Some(input) => input,
            None => std::future::pending().await,
        }
    }

    async fn interrupted(&self) {
        let interrupts = self.interrupts.clone();
        if std::future::poll_fn(move |context| interrupts.borrow_mut().poll_next_unpin(context)).await.is_none() {
            std::future::pending().await
        }
    }

    async fn connected(&self) -> u16 {
        let connections = self.connections.clone();
        match std::future::poll_fn(move |context| connections.borrow_mut().poll_next_unpin(context)).await {
            Some(port) => port,
            None => std::future::pending().await,
        }
    }

    fn terminal(&self) -> Option<Size> {
        let Output::Screen(screen) = &self.output else { return None };
        let (width, height) = screen.size();
        Some(Size { width, height })
    }

    fn raw(&mut self, on: bool) {
        if let Output::Screen(screen) = &self.output {
            screen.set_raw(on);
        }
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(js_sys::Date::now() as i64)
    }

    async fn sleep(&self, milliseconds: u64) {
        pause(u32::try_from(milliseconds).unwrap_or(u32::MAX)).await;
    }

    fn forward(&mut self, namespace: &str, pod: &str, ports: &[(u16, u16)]) -> bool {
        let mut all = self.previews.get_untracked();
        all.retain(|preview| preview.console != self.number);
        for (port, remote) in ports {
            // Somebody listens there.
            if all.iter().any(|preview| preview.port == *port) {
                return false;
            }
            let address = preview_address(namespace, pod, *remote);
            all.push(Preview { console: self.number, port: *port, address });
        }
        self.previews.set(all);
        true
    }

    fn namespace(&self) -> String {
        self.namespace.clone()
    }

    fn server(&self) -> String {
        format!("{}{}", crate::net::origin(), crate::net::root())
    }
}
