//! `kubectl explain`: the fields of a type, from the schema table.

use super::super::{Console, Context, Error, Transport, target};
use crate::schema::{self, Definition, Field};

pub(super) async fn run<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    let [path] = ctx.flags.args.as_slice() else {
        return Err(match ctx.flags.args.len() {
            0 => ctx.usage(
                "You must specify the type of resource to explain. Use \"kubectl api-resources\" for a complete list \
                 of supported resources.\n",
            ),
            _ => ctx.usage("We accept only this format: explain RESOURCE\n"),
        });
    };
    let mut words = path.split('.');
    let kind = target::kind_named(words.next().unwrap_or_default())?;
    let recursive = ctx.flags.is("recursive");
    let missing = || Error::text(format!("couldn't find resource for \"{}, Kind={}\"", kind.api_version(), kind.kind));
    let mut definition = Some(schema::for_kind(&kind.api_version(), kind.kind).ok_or_else(missing)?);
    let mut field: Option<&'static Field> = None;
    for word in words {
        let found = definition.and_then(|d| d.field(word));
        let Some(found) = found else {
            return Err(Error::text(format!("field {word:?} does not exist")));
        };
        definition = found.ty.object();
        field = Some(found);
    }
    let mut text = String::new();
    if !kind.group.is_empty() {
        text.push_str(&format!("GROUP:      {}\n", kind.group));
    }
    text.push_str(&format!("KIND:       {}\nVERSION:    {}\n\n", kind.kind, kind.version));
    if let Some(field) = field {
        text.push_str(&format!("FIELD: {} <{}>{}\n\n", field.name, field.ty.name(), marks(field)));
    }
    match definition {
        Some(definition) => {
            text.push_str("FIELDS:\n");
            fields(definition, 1, recursive, &mut Vec::new(), &mut text);
        }
        None => text.push_str("DESCRIPTION:\n    <no description available>\n"),
    }
    ctx.out(text + "\n");
    Ok(())
}

fn fields(
    definition: &'static Definition,
    level: usize,
    recursive: bool,
    above: &mut Vec<&'static str>,
    out: &mut String,
) {
    // A type may hold itself (JSONSchemaProps): that is told once.
    if above.contains(&definition.name) {
        return;
    }
    above.push(definition.name);
    for field in definition.fields {
        out.extend(std::iter::repeat_n("  ", level));
        out.push_str(&format!("{}\t<{}>{}\n", field.name, field.ty.name(), marks(field)));
        if !field.enums.is_empty() {
            out.extend(std::iter::repeat_n("  ", level));
            out.push_str(&format!("enum: {}\n", field.enums.join(", ")));
        }
        if let Some(inner) = field.ty.object().filter(|_| recursive) {
            fields(inner, level + 1, recursive, above, out);
        }
    }
    above.pop();
}

fn marks(field: &Field) -> &'static str {
    if field.required { " -required-" } else { "" }
}
