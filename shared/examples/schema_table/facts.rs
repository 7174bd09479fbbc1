//! Reads `facts.txt`: what Kubernetes' Go types say and its OpenAPI definitions do not.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// The facts, by `Type.field`.
#[derive(Default)]
pub struct Facts {
    go: BTreeMap<String, String>,
    lists: BTreeMap<String, String>,
    plain: BTreeSet<String>,
    pointers: BTreeSet<String>,
    values: BTreeSet<String>,
    defaults: BTreeMap<String, String>,
    used: RefCell<BTreeSet<String>>,
}

impl Facts {
    /// Reads the file's lines; an error names the line it does not understand.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut facts = Self::default();
        for line in text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')) {
            let bad = || format!("facts.txt: {line}");
            let (word, rest) = line.split_once(' ').ok_or_else(bad)?;
            let fields = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            match word {
                "type" => {
                    let (head, at) = rest.split_once('@').ok_or_else(bad)?;
                    let (name, values) = head.split_once(':').ok_or_else(bad)?;
                    let values = fields(values).join(",");
                    let code = if values.is_empty() { name.to_owned() } else { format!("{name}={values}") };
                    facts.go.extend(fields(at).into_iter().map(|field| (field, code.clone())));
                }
                "list" => {
                    let (name, at) = rest.split_once('@').ok_or_else(bad)?;
                    facts.lists.extend(fields(at).into_iter().map(|field| (field, name.trim().to_owned())));
                }
                "plain" => facts.plain.extend(fields(rest)),
                "pointer" => facts.pointers.extend(fields(rest)),
                "value" => facts.values.extend(fields(rest)),
                "default" => {
                    let (field, value) = rest.split_once(' ').ok_or_else(bad)?;
                    facts.defaults.insert(field.to_owned(), value.to_owned());
                }
                _ => return Err(bad()),
            }
        }
        Ok(facts)
    }

    /// The Go name of a string type, with its values: `RestartPolicy=Always,Never`; empty for `string`.
    pub fn go(&self, field: &str) -> String {
        self.used.borrow_mut().insert(field.to_owned());
        self.go.get(field).cloned().unwrap_or_default()
    }

    /// The Go name of a map type.
    pub fn list(&self, field: &str) -> Option<&str> {
        self.lists.get(field).map(String::as_str)
    }

    /// Whether the field's zero value is kept: numbers and booleans unless plain, strings only where they are pointers.
    pub fn kept(&self, field: &str, ty: &str) -> bool {
        match ty.as_bytes().first() {
            Some(b'b' | b'i' | b'l' | b'n') => !self.plain.contains(field),
            Some(b's') => self.pointers.contains(field),
            _ => false,
        }
    }

    /// Whether the field is a struct and no pointer to one.
    pub fn value(&self, field: &str) -> bool {
        self.values.contains(field)
    }

    /// What an absent field means.
    pub fn absent(&self, field: &str) -> Option<&str> {
        self.defaults.get(field).map(String::as_str)
    }

    /// A fact about a field that no definition has.
    pub fn unused(&self) -> Option<&str> {
        let used = self.used.borrow();
        let named = self.go.keys().chain(self.lists.keys()).chain(&self.plain).chain(&self.pointers);
        named.chain(&self.values).chain(self.defaults.keys()).find(|field| !used.contains(*field)).map(String::as_str)
    }
}
