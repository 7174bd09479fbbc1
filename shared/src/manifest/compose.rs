//! From nodes to a JSON value and its positions: aliases, merge keys, keys as texts.
//!
//! The rules are those of sigs.k8s.io/yaml: go-yaml v2 reads into Go values, which then become JSON.

use std::collections::BTreeMap;

use serde_json::{Map, Number, Value};

use super::positions::{Positions, Within, Written};
use super::scalar::{self, Scalar};
use super::tree::{Shape, Tree};
use super::{Span, go_syntax};

/// A key that a mapping has more than once; the last one counts.
#[derive(Debug, PartialEq)]
pub struct DuplicateKey {
    pub name: String,
    pub first: Span,
    pub again: Span,
}

/// Why YAML is no JSON.
#[derive(Debug, PartialEq)]
pub struct Unusable {
    /// go-yaml's or the converter's words: `yaml: anchor 'a' value contains itself`.
    pub message: String,
    pub span: Span,
}

/// The value of a document, where its parts are, and the keys that it repeats.
pub fn compose(tree: &Tree) -> Result<(Value, Positions, Vec<DuplicateKey>), Unusable> {
    let mut composer =
        Composer { tree, path: Vec::new(), duplicates: Vec::new(), made: 0, made_by_alias: 0, aliases: 0 };
    let (value, positions) = composer.node(tree.root)?;
    Ok((value, positions, composer.duplicates))
}

/// Aliases within aliases: past this many parts a document is a bomb, whatever its ratio.
const MAX_PARTS: usize = 1_000_000;
/// Past this many levels of aliases and collections, too.
const MAX_DEPTH: usize = 300;

struct Composer<'a> {
    tree: &'a Tree,
    /// Nodes being composed, to see aliases to what is around them.
    path: Vec<usize>,
    duplicates: Vec<DuplicateKey>,
    made: usize,
    made_by_alias: usize,
    aliases: usize,
}

type Part = (Value, Positions);

impl Composer<'_> {
    fn node(&mut self, at: usize) -> Result<Part, Unusable> {
        let node = &self.tree.nodes[at];
        self.made += 1;
        self.made_by_alias += usize::from(self.aliases > 0);
        if self.is_bomb() || self.path.len() > MAX_DEPTH {
            return Err(Unusable { message: "yaml: document contains excessive aliasing".to_owned(), span: node.span });
        }
        self.path.push(at);
        let part = match &node.shape {
            Shape::Scalar { text, plain, block } => {
                let scalar = scalar::resolve(text, node.tag.as_deref(), *plain)
                    .map_err(|why| Unusable { message: format!("yaml: {why}"), span: node.span })?;
                let value = json(scalar).map_err(|why| Unusable { message: why, span: node.span })?;
                let plain = *plain && node.tag.is_none();
                let written = Written { text: text.clone(), plain, block: *block };
                (value, Positions { value: node.span, scalar: Some(written), ..Positions::default() })
            }
            Shape::Sequence(items) => {
                let parts = items.iter().map(|item| self.node(*item)).collect::<Result<Vec<Part>, _>>()?;
                let (values, elements) = parts.into_iter().unzip();
                let within = Within::Elements(elements);
                (Value::Array(values), Positions { value: node.span, within, ..Positions::default() })
            }
            Shape::Mapping(entries) => self.mapping(entries, node.span)?,
            Shape::Alias(target) => self.alias(*target, node.span)?,
        };
        self.path.pop();
        Ok(part)
    }

    /// Source: go-yaml's `allowedAliasRatio`.
    fn is_bomb(&self) -> bool {
        let allowed = match self.made {
            0..=400_000 => 0.99,
            4_000_000.. => 0.10,
            made => 0.99 - 0.89 * ((made - 400_000) as f64 / 3_600_000.0),
        };
        let ratio = self.made_by_alias as f64 / self.made as f64;
        self.made > MAX_PARTS || self.made_by_alias > 100 && self.made > 1000 && ratio > allowed
    }

    fn alias(&mut self, target: usize, span: Span) -> Result<Part, Unusable> {
        if self.path.contains(&target) {
            let name = self.tree.nodes[target].anchor.as_deref().unwrap_or_default();
            return Err(Unusable { message: format!("yaml: anchor '{name}' value contains itself"), span });
        }
        self.aliases += 1;
        let duplicates = self.duplicates.len();
        let part = self.node(target)?;
        // They are told where the anchor is.
        self.duplicates.truncate(duplicates);
        self.aliases -= 1;
        Ok(part)
    }

    fn mapping(&mut self, entries: &[(usize, usize)], span: Span) -> Result<Part, Unusable> {
        let mut map = Map::new();
        let mut within: BTreeMap<String, Positions> = BTreeMap::new();
        let mut own: BTreeMap<String, Span> = BTreeMap::new();
        for (key, value) in entries {
            let key_node = &self.tree.nodes[*key];
            if matches!(&key_node.shape, Shape::Scalar { text, plain: true, .. } if text == "<<") {
                self.merge(*value, &mut map, &mut within)?;
                continue;
            }
            let key_value = self.node(*key)?.0;
            let (value, mut positions) = self.node(*value)?;
            let name = self.key_name(*key, &key_value, &value)?;
            positions.key = Some(key_node.span);
            if let Some(first) = own.insert(name.clone(), key_node.span) {
                self.duplicates.push(DuplicateKey { name: name.clone(), first, again: key_node.span });
                own.insert(name.clone(), first);
            }
            within.insert(name.clone(), positions);
            map.insert(name, value);
        }
        let within = Within::Entries(within);
        Ok((Value::Object(map), Positions { value: span, within, ..Positions::default() }))
    }

    /// Of several mappings the first one's entries win; of what stood before `<<`, none.
    fn merge(
        &mut self,
        at: usize,
        map: &mut Map<String, Value>,
        within: &mut BTreeMap<String, Positions>,
    ) -> Result<(), Unusable> {
        let span = self.tree.nodes[at].span;
        let refusal =
            || Unusable { message: "yaml: map merge requires map or sequence of maps as the value".to_owned(), span };
        let (value, positions) = self.node(at)?;
        let sources = match (value, positions.within) {
            (Value::Object(entries), places @ Within::Entries(_)) => vec![(entries, places)],
            (Value::Array(items), Within::Elements(places)) => items
                .into_iter()
                .zip(places)
                .rev()
                .map(|(item, place)| match item {
                    Value::Object(entries) => Ok((entries, place.within)),
                    _ => Err(refusal()),
                })
                .collect::<Result<_, _>>()?,
            _ => return Err(refusal()),
        };
        for (entries, places) in sources {
            map.extend(entries);
            if let Within::Entries(places) = places {
                within.extend(places);
            }
        }
        Ok(())
    }

    /// JSON's keys are texts. Source: sigs.k8s.io/yaml's `convertToJSONableObject`.
    fn key_name(&self, at: usize, key: &Value, value: &Value) -> Result<String, Unusable> {
        let mut node = &self.tree.nodes[at];
        let span = node.span;
        if let Shape::Alias(target) = node.shape {
            node = &self.tree.nodes[target];
        }
        let unsupported = |ty: &str, shown: &str| {
            let value = go_syntax::value(value);
            let message = format!("unsupported map key of type: {ty}, key: {shown}, value: {value}");
            Err(Unusable { message, span })
        };
        let Shape::Scalar { text, plain, .. } = &node.shape else {
            return Err(Unusable { message: format!("yaml: invalid map key: {}", go_syntax::value(key)), span });
        };
        match scalar::resolve(text, node.tag.as_deref(), *plain) {
            Ok(Scalar::Text(text)) => Ok(text),
            Ok(Scalar::Bool(on)) => Ok(on.to_string()),
            Ok(Scalar::Int(n)) => Ok(n.to_string()),
            Ok(Scalar::Float(f)) => Ok(go_syntax::short_float(f)),
            Ok(Scalar::Uint(n)) => unsupported("uint64", &format!("{n:#x}")),
            Ok(Scalar::Null) => unsupported("%!s(<nil>)", "<nil>"),
            Err(why) => Err(Unusable { message: format!("yaml: {why}"), span }),
        }
    }
}

/// Whole floats come back from JSON as integers: Go writes `1e3` as `1000`.
fn json(scalar: Scalar) -> Result<Value, String> {
    Ok(match scalar {
        Scalar::Null => Value::Null,
        Scalar::Bool(on) => Value::Bool(on),
        Scalar::Int(n) => Value::from(n),
        Scalar::Uint(n) => Value::from(n),
        Scalar::Float(f) if f.fract() == 0.0 && f.abs() < 9.2e18 => Value::from(f as i64),
        Scalar::Float(f) => match Number::from_f64(f) {
            Some(number) => Value::Number(number),
            None if f.is_nan() => return Err("json: unsupported value: NaN".to_owned()),
            None => return Err(format!("json: unsupported value: {}Inf", if f > 0.0 { '+' } else { '-' })),
        },
        Scalar::Text(text) => Value::String(text),
    })
}
