//! What `kubectl explain` says of each type and field: sentences of our own, beside the structure in `shared::schema`.
//!
//! They are kept here, and not in the table, because the page's WASM has the table in it and no use for them. A file
//! for each family of kinds, in lines of
//! ```text
//! @PACKAGE                 the types below belong to it
//! TYPE: TEXT               what the type is
//! TYPE < OTHER: TEXT       a type whose fields are those of another, but for what is said here
//!  FIELD: TEXT             what a field of it does
//!    TEXT                  more of the line above
//! ```
//! The types of the package `*` are for what every kind and every list of a kind has. What is accepted without effect
//! is not written here: `shared::validation::without_effect` knows it, and why.

use std::collections::HashMap;

use shared::schema::Definition;
use shared::validation::without_effect::{OF_CONTAINER, OF_POD};

const FILES: &[&str] = &[
    include_str!("access.txt"),
    include_str!("container.txt"),
    include_str!("meta.txt"),
    include_str!("node.txt"),
    include_str!("objects.txt"),
    include_str!("pod.txt"),
    include_str!("scheduling.txt"),
    include_str!("security.txt"),
    include_str!("storage.txt"),
    include_str!("volumes.txt"),
];

/// All descriptions, as long as documents are made of them.
pub struct Descriptions {
    types: HashMap<String, Described>,
}

/// One type's.
#[derive(Default)]
struct Described {
    text: String,
    fields: HashMap<&'static str, String>,
    /// The type in whose place it stands.
    like: Option<String>,
}

impl Descriptions {
    /// Reads them.
    pub fn read() -> Self {
        let mut all = Self { types: HashMap::new() };
        FILES.iter().for_each(|file| all.add(file));
        let accepted = [("io.k8s.api.core.v1.PodSpec", OF_POD), ("io.k8s.api.core.v1.Container", OF_CONTAINER)];
        for (name, fields) in accepted {
            let Some(described) = all.types.get_mut(name) else { continue };
            for (field, why) in fields {
                if let Some(text) = described.fields.get_mut(field) {
                    text.push_str(&format!(" In Podground it is accepted without effect: {why}."));
                }
            }
        }
        all
    }

    /// What a type is, by its full name.
    pub fn of_type(&self, name: &str) -> Option<&str> {
        self.types.get(name).map(|described| described.text.as_str())
    }

    /// What a field of a type does.
    pub fn of_field(&self, definition: &Definition, field: &str) -> Option<&str> {
        let own = self.types.get(definition.name);
        let like = own.and_then(|described| described.like.as_ref()).and_then(|name| self.types.get(name));
        let of_all = definition.group_version.and_then(|_| self.types.get(of_kind(definition)));
        [own, like, of_all].into_iter().flatten().find_map(|described| described.fields.get(field).map(String::as_str))
    }

    fn add(&mut self, file: &'static str) {
        let (mut package, mut name, mut field) = ("", String::new(), None);
        for line in file.lines().filter(|line| !line.starts_with('#')) {
            if let Some(found) = line.strip_prefix('@') {
                package = found;
                continue;
            }
            if let Some(more) = line.strip_prefix("   ") {
                let Some(described) = self.types.get_mut(&name) else { continue };
                let text = field.and_then(|field| described.fields.get_mut(field)).unwrap_or(&mut described.text);
                text.push(' ');
                text.push_str(more);
                continue;
            }
            let Some((head, text)) = line.split_once(": ") else { continue };
            if let Some(of_type) = head.strip_prefix(' ') {
                field = Some(of_type);
                self.types.entry(name.clone()).or_default().fields.insert(of_type, text.to_owned());
            } else {
                let (own, like) = head.split_once(" < ").map_or((head, None), |(own, like)| (own, Some(like)));
                name = format!("{package}.{own}");
                field = None;
                let described = Described {
                    text: text.to_owned(),
                    fields: HashMap::new(),
                    like: like.map(|like| format!("{package}.{like}")),
                };
                self.types.insert(name.clone(), described);
            }
        }
    }
}

/// Where the fields stand that all kinds, or all lists, have.
fn of_kind(definition: &Definition) -> &'static str {
    if definition.short.ends_with("List") { "*.KindList" } else { "*.Kind" }
}

#[cfg(test)]
mod tests;
