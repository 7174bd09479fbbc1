//! What becomes of an object when another is applied to it: what the other states goes in, what its applier stated
//! before and states no more goes out.

use serde_json::{Map, Value};

use super::set::Set;
use super::shape::Shape;

/// `live` with everything in it that `applied` states.
pub fn merge(shape: Shape, live: Option<Value>, applied: &Value) -> Value {
    match (shape, live, applied) {
        (Shape::Fields(_) | Shape::Entries(_), Some(Value::Object(mut fields)), Value::Object(stated)) => {
            for (name, value) in stated {
                let before = fields.remove(name);
                fields.insert(name.clone(), merge(shape.child(name), before, value));
            }
            Value::Object(fields)
        }
        (Shape::Keyed(..) | Shape::Values, Some(Value::Array(list)), Value::Array(stated)) => {
            match (shape.steps(&list), shape.steps(stated)) {
                (Ok(old), Ok(new)) => Value::Array(merge_lists(shape, (list, &old), (stated, &new))),
                _ => applied.clone(),
            }
        }
        (Shape::Fields(_) | Shape::Entries(_) | Shape::Keyed(..) | Shape::Values, Some(live), Value::Null) => live,
        _ => applied.clone(),
    }
}

/// The applied order holds among the applied elements; the others stay before what they stood before.
fn merge_lists(
    shape: Shape,
    (mut live, live_steps): (Vec<Value>, &[String]),
    (applied, steps): (&[Value], &[String]),
) -> Vec<Value> {
    let mut merged = Vec::new();
    let mut rest = steps.iter().zip(applied).peekable();
    let mut take = |step: &String, value: &Value| {
        let before = live_steps.iter().position(|s| s == step).map(|at| std::mem::take(&mut live[at]));
        merge(shape.element(), before, value)
    };
    let mut done: Vec<&String> = Vec::new();
    let mut others = Vec::new();
    for (at, step) in live_steps.iter().enumerate() {
        match steps.contains(step) {
            false => others.push((merged.len(), at)),
            true if done.contains(&step) => {}
            true => {
                // Everything up to this one in the applied order.
                for (next, value) in rest.by_ref() {
                    merged.push(take(next, value));
                    done.push(next);
                    if next == step {
                        break;
                    }
                }
            }
        }
    }
    for (step, value) in rest {
        merged.push(take(step, value));
    }
    for (before, at) in others.into_iter().rev() {
        merged.insert(before, std::mem::take(&mut live[at]));
    }
    merged
}

/// Takes out of `value` what `last` had, unless it is in `owned`. Gives whether the value itself goes, which it does
/// when it is stated no more and nothing in it is anybody else's. What the server filled in there is nobody's, and goes
/// too (structured-merge-diff's `Updater.prune`).
pub fn prune(shape: Shape, value: &mut Value, last: &Set, owned: &Set) -> bool {
    let none = Set::default();
    match (shape, &mut *value) {
        _ if owned.is_empty() => true,
        (Shape::Fields(_) | Shape::Entries(_), Value::Object(fields)) => {
            prune_fields(shape, fields, last, owned, &[]);
            false
        }
        (Shape::Keyed(keys, _), Value::Array(list)) => {
            list.retain_mut(|element| {
                let Some(step) = shape.step(element) else { return true };
                let Some(last) = last.children.get(&step) else { return true };
                let owned = owned.children.get(&step).unwrap_or(&none);
                if let (element_shape @ Shape::Fields(_), Value::Object(fields)) = (shape.element(), element) {
                    prune_fields(element_shape, fields, last, owned, keys);
                }
                !owned.is_empty()
            });
            false
        }
        (Shape::Values, Value::Array(list)) => {
            list.retain(|element| {
                let step = shape.step(element).unwrap_or_default();
                !last.children.contains_key(&step) || owned.children.contains_key(&step)
            });
            false
        }
        _ => false,
    }
}

fn prune_fields(shape: Shape, fields: &mut Map<String, Value>, last: &Set, owned: &Set, keep: &[&str]) {
    let none = Set::default();
    for (step, last) in &last.children {
        let Some(name) = step.strip_prefix("f:").filter(|name| !keep.contains(name)) else { continue };
        let owned = owned.children.get(step).unwrap_or(&none);
        if let Some(value) = fields.get_mut(name)
            && prune(shape.child(name), value, last, owned)
        {
            fields.remove(name);
        }
    }
}
