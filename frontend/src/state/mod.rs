//! What the panes know together: settings, files, the cluster as it is, what is selected.

mod cluster;
mod facet;
mod files;
mod progress;
mod timeline;

use futures::channel::mpsc::UnboundedSender;
use leptos::prelude::*;

pub use cluster::{Cluster, PodView, state_of};
pub use facet::Facet;
pub use files::{Failed, Files};
pub use progress::Progress;
pub use timeline::{Happening, Timeline};

use crate::console::session::Event;
use crate::locales::{Language, Texts};
use crate::net::transport::PageTransport;
use crate::ui::flow::effect;
use crate::ui::splitter::Sizes;
use crate::ui::theme::Theme;
use crate::ui::tour::Tour;
use crate::ui::{confirm, remember, remembered};

/// The panes that a phone shows one at a time.
pub const PANES: [&str; 4] = ["lesson", "editor", "console", "cluster"];

/// A port that kubectl forwards: a tab of the console pane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
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
    /// The tab of the console pane: `console`, a node's name, or `:8080`.
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
    /// The way into the console, once it is there.
    pub console: StoredValue<Option<UnboundedSender<Event>>, LocalStorage>,
    /// How many lines the console has run, and the exit code of the last.
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
            console: StoredValue::new_local(None),
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
        self.tell(Event::Run(line.to_owned()));
    }

    /// Ends what runs in the console, as Ctrl-C does.
    pub fn interrupt(&self) {
        self.tell(Event::Keys("\x03".to_owned()));
    }

    fn tell(&self, event: Event) {
        self.console.with_value(|console| {
            if let Some(console) = console {
                let _ = console.unbounded_send(event);
            }
        });
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
