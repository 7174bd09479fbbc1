//! The page's texts, in each language a value of one struct: a text that is missing does not compile.

mod en;
mod ko;

use shared::manifest::Title;

/// A language of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Korean.
    Korean,
}

impl Language {
    /// The language's code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Korean => "ko",
        }
    }

    /// The language of a code or of a browser's `ko-KR`.
    pub fn of(code: &str) -> Self {
        if code.starts_with("ko") { Self::Korean } else { Self::English }
    }

    /// The other one.
    pub const fn other(self) -> Self {
        match self {
            Self::English => Self::Korean,
            Self::Korean => Self::English,
        }
    }

    /// Its texts.
    pub const fn texts(self) -> &'static Texts {
        match self {
            Self::English => &en::TEXTS,
            Self::Korean => &ko::TEXTS,
        }
    }

    /// What a fix does, in a few words.
    pub fn fix(self, title: &Title) -> String {
        if self == Self::English {
            return title.to_string();
        }
        match title {
            Title::Quote => "따옴표로 감싸기".to_owned(),
            Title::Unquote => "따옴표 없애기".to_owned(),
            Title::Replace(text) => format!("{text:?}(으)로 바꾸기"),
            Title::ReplaceSpaces => "모두 일반 공백으로 바꾸기".to_owned(),
            Title::TabToSpaces => "탭을 공백으로 바꾸기".to_owned(),
            Title::Rename(name) => format!("{name}(으)로 이름 바꾸기"),
        }
    }
}

/// Every text of the page.
pub struct Texts {
    pub tagline: &'static str,
    pub switch_language: &'static str,
    pub switch_theme: &'static str,
    pub http: &'static str,
    pub http_about: &'static str,
    pub reset: &'static str,
    pub reset_sure: &'static str,
    pub offline: &'static str,
    pub lesson: &'static str,
    pub editor: &'static str,
    pub console: &'static str,
    pub cluster: &'static str,
    pub files: &'static str,
    pub new_file: &'static str,
    pub new_file_name: &'static str,
    pub save: &'static str,
    pub apply: &'static str,
    pub delete: &'static str,
    pub delete_sure: &'static str,
    pub replace_sure: &'static str,
    pub no_file: &'static str,
    pub nodes_starting: &'static str,
    pub no_pods: &'static str,
    pub unscheduled: &'static str,
    pub close: &'static str,
    pub status: &'static str,
    pub conditions: &'static str,
    pub containers: &'static str,
    pub events: &'static str,
    pub no_events: &'static str,
    pub why: &'static str,
    pub logs: &'static str,
    pub shell: &'static str,
    pub describe: &'static str,
    pub run: &'static str,
    pub open: &'static str,
    pub choose_lesson: &'static str,
    pub no_lesson: &'static str,
    pub do_step: &'static str,
    pub reset_step: &'static str,
    pub quiz_check: &'static str,
    pub quiz_right: &'static str,
    pub quiz_wrong: &'static str,
    pub quiz_several: &'static str,
    pub welcome: &'static str,
    pub restarts: &'static str,
    pub shell_lost: &'static str,
    pub terminal_ended: &'static str,
    pub terminal_afresh: &'static str,
    pub read_only: &'static str,
    pub problems: &'static str,
    pub http_empty: &'static str,
    pub streamed: &'static str,
    pub new_console: &'static str,
    pub reader: &'static str,
    pub reload: &'static str,
    pub stop: &'static str,
    pub copied: &'static str,
    pub waiting: &'static str,
    pub forget: &'static str,
    pub close_sure: &'static str,
    pub not_opened: &'static str,
    pub not_removed: &'static str,
    pub open_files: &'static str,
    pub unsaved: &'static str,
    pub templates: &'static str,
    pub format: &'static str,
    pub diff: &'static str,
    pub diff_about: &'static str,
    pub share: &'static str,
    pub share_about: &'static str,
    pub lesson_width: &'static str,
    pub cluster_width: &'static str,
    pub editor_height: &'static str,
    pub pod_keys: &'static str,
    pub previous: &'static str,
    pub scheduling: &'static str,
    pub not_scheduled_here: &'static str,
    pub chosen: &'static str,
    pub unsuitable: &'static str,
    pub score: &'static str,
    pub next_restart: &'static str,
    pub suitable: &'static str,
    pub timeline: &'static str,
    pub export: &'static str,
    pub tour: &'static str,
    pub tour_next: &'static str,
    pub tour_done: &'static str,
    pub tour_skip: &'static str,
    pub tour_lesson: &'static str,
    pub tour_editor: &'static str,
    pub tour_console: &'static str,
    pub tour_cluster: &'static str,
}
