//! What the inspector shows of a Pod.

use crate::locales::Texts;

/// A part of the inspector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Facet {
    /// Facts, containers, conditions.
    Status,
    /// Why it is as it is.
    Why,
    /// Events about it.
    Events,
    /// What its containers print.
    Logs,
    /// The whole object.
    Yaml,
}

impl Facet {
    /// Its name in tests.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Status => "facet-status",
            Self::Why => "why",
            Self::Events => "facet-events",
            Self::Logs => "facet-logs",
            Self::Yaml => "facet-yaml",
        }
    }

    /// Its name for people.
    pub const fn name(self, texts: &Texts) -> &'static str {
        match self {
            Self::Status => texts.status,
            Self::Why => texts.why,
            Self::Events => texts.events,
            Self::Logs => texts.logs,
            Self::Yaml => "YAML",
        }
    }
}
