//! From a path in an object to what the table says about it: completion, explain and the editor's marks ask this.

use super::{Definition, Field, Type, definition};
use crate::api::field::{Path, Segment};

/// What the table says about one place in an object.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// The field whose value, or part of whose value, stands there; `None` for the whole object.
    pub field: Option<&'static Field>,
    /// What stands there.
    pub ty: &'static Type,
}

/// What stands at `path` in an object of type `root`. A map's entries may be named as fields or as keys.
///
/// `None` when the path leads outside of the type, or when it is empty.
pub fn at(root: &'static Definition, path: &Path) -> Option<Place> {
    let mut within = Some(root);
    let mut place: Option<Place> = None;
    for segment in &path.0 {
        let next = match (place.map(|p| p.ty), segment) {
            (None | Some(Type::Object(_)), Segment::Field(name) | Segment::Key(name)) => {
                let field = within?.field(name)?;
                Place { field: Some(field), ty: &field.ty }
            }
            (Some(Type::Array(item)), Segment::Index(_)) => Place { ty: item, ..place? },
            (Some(Type::Map(item)), Segment::Field(_) | Segment::Key(_)) => Place { ty: item, ..place? },
            (Some(any @ Type::Any), _) => Place { ty: any, ..place? },
            _ => return None,
        };
        within = match next.ty {
            Type::Object(name) => definition(name),
            _ => None,
        };
        place = Some(next);
    }
    place
}

#[cfg(test)]
mod tests {
    use super::super::for_kind;
    use super::*;

    fn check(path: Path, expected: Option<Type>) {
        let found = at(for_kind("v1", "Pod").unwrap(), &path).map(|place| place.ty.clone());
        assert_eq!(found, expected, "{path}");
    }

    #[test]
    fn paths_lead_into_lists_and_maps() {
        let env = Path::new("spec").child("containers").index(0).child("env").index(3);
        check(env.child("value"), Some(Type::String));
        check(env.child("nothing"), None);
        check(env.clone(), Some(Type::Object("io.k8s.api.core.v1.EnvVar")));
        check(Path::new("metadata").child("labels").key("a"), Some(Type::String));
        check(Path::new("spec").child("containers").child("name"), None);
        check(Path::root(), None);
    }
}
