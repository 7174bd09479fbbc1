//! What the panes know together: settings, files, the cluster as it is, what is selected.

mod cluster;
mod facet;
mod files;
mod probes;
mod progress;
mod timeline;

use std::collections::BTreeMap;

use futures::channel::mpsc::UnboundedSender;
use leptos::prelude::*;

pub use cluster::{Cluster, PodView, state_of};
pub use facet::Facet;
pub use files::{Failed, Files};
pub use probes::{Tick, Ticks};
pub use progress::Progress;
pub use timeline::{Happening, Timeline};

use crate::console::session::Event;
use crate::locales::{Language, Texts};
use crate::net::transport::PageTransport;
use crate::signal::RwSignal;
use crate::ui::flow::effect;
use crate::ui::splitter::Sizes;
use crate::ui::theme::Theme;
use crate::ui::tour::Tour;
use crate::ui::{confirm, forget, remember, remembered};

/// The panes that a phone shows one at a time.
pub const PANES: [&str; 4] = ["lesson", "editor", "console", "cluster"];

/// A port that kubectl forwards: a tab of the console pane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// The console that forwards it.
    pub console: u32,
    /// The local port, by which the tab is called.
    pub port: u16,
    /// Where the Pod's port answers.
    pub address: String,
}

/// The app's state. Everything in it is a signal, so it is copied freely.
#[derive(Clone, Copy)]
pub struct App {
    /// The page's language.
    pub language: RwSignal<Language>,
    /// Light or dark.
    pub theme: Theme,
    /// Sizes of the panes.
    pub sizes: Sizes,
    /// Whether the server answers.
    pub online: RwSignal<bool>,
    /// The pane that a phone shows.
    pub pane: RwSignal<&'static str>,
    /// The tab of the console pane: `console`, `console 2`, a node's name, or `:8080`.
    pub tab: RwSignal<String>,
    /// Files of the learner's home.
    pub files: Files,
    /// What was done in the lessons.
    pub progress: Progress,
    /// Nodes, Pods, Events.
    pub cluster: Cluster,
    /// The Pod whose drawer is open: namespace and name.
    pub selected: RwSignal<Option<(String, String)>>,
    /// What its drawer shows.
    pub facet: RwSignal<Facet>,
    /// Whether the drawer of HTTP exchanges is open.
    pub http: RwSignal<bool>,
    /// What has happened.
    pub timeline: Timeline,
    /// Whether its drawer is open.
    pub timeline_open: RwSignal<bool>,
    /// The first visit's tour.
    pub tour: Tour,
    /// Lines that wait until what runs in the console has ended.
    pub waiting: RwSignal<Vec<String>>,
    /// What `kubectl port-forward` forwards.
    pub previews: RwSignal<Vec<Preview>>,
    /// kubectl's way to the API server.
    pub transport: PageTransport,
    /// The ways into the consoles that are there. Lessons and buttons use the first one, which stays.
    pub consoles: StoredValue<BTreeMap<u32, UnboundedSender<Event>>, LocalStorage>,
    /// Whether terminals can be read by a screen reader.
    pub reader: RwSignal<bool>,
    /// How many lines the first console has run, and the exit code of the last.
    pub ended: RwSignal<(u32, i32)>,
    /// A node, and what a lesson types in its terminal.
    pub errand: RwSignal<Option<(String, String)>>,
}

impl App {
    /// The state at the start: what this browser remembers, else what it prefers.
    pub fn new() -> Self {
        let prefers = web_sys::window().and_then(|w| w.navigator().language()).unwrap_or_default();
        let language = Language::of(&remembered("language").unwrap_or(prefers));
        let app = Self {
            language: RwSignal::new(language),
            theme: Theme::new(),
            sizes: Sizes::new(),
            online: RwSignal::new(true),
            pane: RwSignal::new(PANES[0]),
            tab: RwSignal::new("console".to_owned()),
            files: Files::new(),
            progress: Progress::load(),
            cluster: Cluster::new(),
            selected: RwSignal::new(None),
            facet: RwSignal::new(Facet::Status),
            http: RwSignal::new(false),
            timeline: Timeline::new(),
            timeline_open: RwSignal::new(false),
            tour: Tour::new(),
            waiting: RwSignal::new(Vec::new()),
            previews: RwSignal::new(Vec::new()),
            transport: PageTransport { commands: RwSignal::new(Vec::new()) },
            consoles: StoredValue::new_local(BTreeMap::new()),
            reader: RwSignal::new(remembered("reader").is_some()),
            ended: RwSignal::new((0, 0)),
            errand: RwSignal::new(None),
        };
        effect(move || set_root("data-theme", if app.theme.is_dark() { "dark" } else { "light" }));
        // One drawer at a time.
        effect(move || {
            if app.http.get() {
                app.timeline_open.set(false);
                app.selected.set(None);
            }
        });
        effect(move || {
            if app.timeline_open.get() {
                app.http.set(false);
                app.selected.set(None);
            }
        });
        effect(move || {
            if app.selected.get().is_some() {
                app.http.set(false);
                app.timeline_open.set(false);
            }
        });
        effect(move || set_root("lang", app.language.get().code()));
        effect(move || set_root("data-reader", if app.reader.get() { "on" } else { "off" }));
        app
    }

    /// The page's texts, in its present language.
    pub fn texts(&self) -> &'static Texts {
        self.language.get().texts()
    }

    /// Switches the language, and remembers it.
    pub fn switch_language(&self) {
        self.language.update(|l| *l = l.other());
        remember("language", self.language.get_untracked().code());
    }

    /// Opens a new text under a name; asks first where that would lose edits.
    pub fn propose(&self, path: &str, text: &str) {
        if !self.files.would_lose(path, text) || confirm(untrack(|| self.texts()).replace_sure) {
            self.files.propose(path, text);
        }
    }

    /// Runs a line in the console, where the user sees it.
    pub fn run(&self, line: &str) {
        self.tab.set("console".to_owned());
        self.pane.set("console");
        self.tell(1, Event::Run(line.to_owned()));
    }

    /// Tells a console that what is shown of its forwarded port has connected.
    pub fn connected(&self, console: u32, port: u16) {
        self.tell(console, Event::Connected(port));
    }

    /// Ends what runs in a console, as Ctrl-C does.
    pub fn interrupt(&self, console: u32) {
        self.tell(console, Event::Keys("\x03".to_owned()));
    }

    fn tell(&self, console: u32, event: Event) {
        self.consoles.with_value(|all| all.get(&console).map(|console| console.unbounded_send(event)));
    }

    /// Ends a console and what runs in it.
    pub fn close_console(&self, console: u32) {
        if let Some(console) = self.consoles.try_update_value(|all| all.remove(&console)).flatten() {
            console.close_channel();
        }
        self.previews.update(|all| all.retain(|preview| preview.console != console));
    }

    /// Whether a word of a terminal's output is a Pod's name; opens its drawer where that is wanted.
    pub fn pod_named(&self, word: &str, open: bool) -> bool {
        let found = self.cluster.pods.with_untracked(|pods| pods.keys().find(|(_, name)| name == word).cloned());
        let known = found.is_some();
        if open && known {
            self.selected.set(found);
        }
        known
    }

    /// Lets terminals be read by a screen reader, or not any more.
    pub fn switch_reader(&self) {
        self.reader.update(|on| *on = !*on);
        match self.reader.get_untracked() {
            true => remember("reader", "on"),
            false => forget("reader"),
        }
    }

    /// Types lines in a node's terminal, where the user sees it.
    pub fn type_on(&self, node: &str, lines: &str) {
        self.tab.set(node.to_owned());
        self.pane.set("console");
        self.errand.set(Some((node.to_owned(), format!("{}\r", lines.replace('\n', "\r")))));
    }
}

fn set_root(attribute: &str, value: &str) {
    let root = web_sys::window().and_then(|w| w.document()).and_then(|d| d.document_element());
    if let Some(root) = root {
        let _ = root.set_attribute(attribute, value);
    }
}
