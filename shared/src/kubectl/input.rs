//! Objects from files: `-f` with files, directories and standard input.

use serde_json::Value;

use super::{Console, Context, Error, FileError, Input, Transport};
use crate::api::{Kind, kind, object};
use crate::schema;

/// One object of a file.
#[derive(Clone, Debug)]
pub struct Item {
    /// The object.
    pub value: Value,
    /// Its kind.
    pub kind: &'static Kind,
    /// Its namespace, or the command's; empty for cluster scope.
    pub namespace: String,
    /// The file as messages name it: `x.yaml`, `STDIN`.
    pub source: String,
}

impl<C: Console, T: Transport> Context<'_, C, T> {
    /// Every object of the files given, with what could not be read. Nothing given is an error.
    pub async fn files(&mut self) -> Result<(Vec<Item>, Vec<Error>), Error> {
        if self.flags.given("kustomize") {
            return Err(Error::text("kustomize is not supported here"));
        }
        let paths = self.flags.list("filename").to_vec();
        let (mut items, mut errors) = (Vec::new(), Vec::new());
        for path in paths {
            for (source, text) in self.texts(&path).await? {
                if let Err(error) = self.items(&source, &text, &mut items) {
                    errors.push(error);
                }
            }
        }
        // What cannot be read is one error, before all others.
        if errors.len() > 1 {
            errors = vec![Error::text(Error::many(errors).sentence())];
        }
        Ok((items, errors))
    }

    /// A file's text, or those of a directory's files.
    async fn texts(&mut self, path: &str) -> Result<Vec<(String, String)>, Error> {
        if path == "-" {
            let mut bytes = Vec::new();
            loop {
                match self.console.input().await {
                    Input::Data(data) => bytes.extend(data),
                    Input::End => break,
                    Input::Interrupt => return Err(Error::exit(130)),
                    Input::Resize(_) => {}
                }
            }
            return Ok(vec![("STDIN".to_owned(), String::from_utf8_lossy(&bytes).into_owned())]);
        }
        if path.starts_with("http://") || path.starts_with("https://") {
            return Err(Error::text(format!("unable to read URL {path:?}: only files can be read here")));
        }
        match self.console.read_file(path).await {
            Ok(bytes) => Ok(vec![(path.to_owned(), String::from_utf8_lossy(&bytes).into_owned())]),
            Err(FileError::NotFound) => Err(Error::text(format!("the path {path:?} does not exist"))),
            Err(FileError::IsDirectory) => self.directory(path).await,
            Err(error) => Err(Error::text(format!("the path {path:?} cannot be accessed: {error}"))),
        }
    }

    async fn directory(&mut self, path: &str) -> Result<Vec<(String, String)>, Error> {
        let recursive = self.flags.is("recursive");
        let mut texts = Vec::new();
        let mut pending = vec![path.trim_end_matches('/').to_owned()];
        while let Some(directory) = pending.pop() {
            let failed = |error: FileError| Error::text(format!("error reading {directory:?}: {error}"));
            let names = self.console.list_dir(&directory).await.map_err(failed)?;
            for name in names {
                let name_only = name.trim_end_matches('/');
                let inner = if directory == "." { name_only.to_owned() } else { format!("{directory}/{name_only}") };
                if name.ends_with('/') {
                    pending.extend(recursive.then_some(inner));
                } else if [".json", ".yaml", ".yml"].iter().any(|end| name.ends_with(end)) {
                    let bytes = self.console.read_file(&inner).await.map_err(failed)?;
                    texts.push((inner, String::from_utf8_lossy(&bytes).into_owned()));
                }
            }
        }
        if texts.is_empty() {
            return Err(Error::text(format!(
                "error reading [{path}]: recognized file extensions are [.json .yaml .yml]"
            )));
        }
        Ok(texts)
    }

    fn items(&self, source: &str, text: &str, items: &mut Vec<Item>) -> Result<(), Error> {
        // What stands in front of a bad document is taken, as kubectl does.
        let (documents, bad) = crate::manifest::read(text);
        for document in documents {
            let list = object::kind(&document).ends_with("List").then(|| document.get("items")).flatten();
            match list.and_then(Value::as_array) {
                Some(list) => list.iter().try_for_each(|item| self.item(source, item.clone(), items))?,
                None => self.item(source, document, items)?,
            }
        }
        bad.map_or(Ok(()), |why| Err(Error::text(format!("error parsing {source}: {why}"))))
    }

    fn item(&self, source: &str, mut value: Value, items: &mut Vec<Item>) -> Result<(), Error> {
        let (version, kind_name) = (object::api_version(&value).to_owned(), object::kind(&value).to_owned());
        let invalid = if self.flags.or("validate", "strict") == "false" { Vec::new() } else { unnamed(&value) };
        if !invalid.is_empty() {
            let all = match invalid.as_slice() {
                [one] => one.clone(),
                many => format!("[{}]", many.join(", ")),
            };
            return Err(Error::text(format!(
                "error validating {source:?}: error validating data: {all}; if you choose to ignore these errors, \
                 turn validation off with --validate=false"
            )));
        }
        let Some(kind) = kind::by_kind(&version, &kind_name) else {
            return Err(Error::text(format!(
                "resource mapping not found for name: {:?} namespace: {:?} from {source:?}: no matches for kind \
                 {kind_name:?} in version {version:?}\nensure CRDs are installed first",
                object::name(&value),
                object::namespace(&value),
            )));
        };
        if let Some(why) = undecodable(&value, kind) {
            return Err(Error::text(format!("unable to decode {source:?}: {why}")));
        }
        let own = object::namespace(&value).to_owned();
        let namespace = match (kind.namespaced, own.as_str()) {
            (false, _) => String::new(),
            (true, "") => {
                if let Some(metadata) = object::metadata_mut(&mut value) {
                    metadata.insert("namespace".to_owned(), self.namespace.as_str().into());
                }
                self.namespace.clone()
            }
            (true, own) if self.enforce_namespace && own != self.namespace => {
                return Err(Error::text(format!(
                    "the namespace from the provided object {own:?} does not match the namespace {:?}. You must pass \
                     '--namespace={own}' to perform this operation.",
                    self.namespace
                )));
            }
            (true, own) => own.to_owned(),
        };
        items.push(Item { value, kind, namespace, source: source.to_owned() });
        Ok(())
    }
}

/// What keeps a value from naming its kind.
fn unnamed(value: &Value) -> Vec<String> {
    if !value.is_object() {
        return vec!["invalid object to validate".to_owned()];
    }
    let problem = |field: &str| match value.get(field) {
        Some(Value::String(text)) if !text.is_empty() => None,
        None | Some(Value::Null | Value::String(_)) => Some(format!("{field} not set")),
        Some(_) => Some(format!("{field} isn't string type")),
    };
    ["apiVersion", "kind"].into_iter().filter_map(problem).collect()
}

/// kubectl itself reads no more of an object than its metadata; this is what it says when it cannot.
fn undecodable(value: &Value, kind: &Kind) -> Option<String> {
    let metadata = value.get("metadata").filter(|m| !m.is_null())?;
    if !metadata.is_object() {
        let what = match metadata {
            Value::Array(_) => "array",
            Value::String(_) => "string",
            Value::Bool(_) => "bool",
            _ => "number",
        };
        return Some(format!(
            "json: cannot unmarshal {what} into Go struct field metadataOnlyObject.metadata of type v1.ObjectMeta"
        ));
    }
    let definition = schema::for_kind(&kind.api_version(), kind.kind)?;
    let (_, errors) = schema::decode::strict(definition, &serde_json::json!({"metadata": metadata}));
    errors.into_iter().find(|e| e.class == schema::decode::Class::Type).map(|e| e.message)
}
