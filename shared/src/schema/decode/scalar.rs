//! The types that are one JSON value.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::super::Type;
use super::Class;
use crate::api::quantity::Quantity;
use crate::api::time::Timestamp;

/// Why a value is not of the type.
pub enum Wrong {
    /// It is another JSON type, or a number that does not fit.
    Type,
    /// The type's own reader says so.
    Text(Class, String),
}

/// Checks one value that is not null, and makes it canonical.
pub fn decode(ty: &Type, value: &mut Value) -> Result<(), Wrong> {
    match (ty, &*value) {
        (Type::Any, _)
        | (Type::String, Value::String(_))
        | (Type::Boolean, Value::Bool(_))
        | (Type::Number, Value::Number(_)) => Ok(()),
        (Type::Int64, Value::Number(n)) if n.is_i64() => Ok(()),
        (Type::Int32, Value::Number(n)) if n.as_i64().is_some_and(|n| i32::try_from(n).is_ok()) => Ok(()),
        (Type::IntOrString, Value::String(_)) => Ok(()),
        (Type::IntOrString, Value::Number(n)) if n.as_i64().is_some_and(|n| i32::try_from(n).is_ok()) => Ok(()),
        (Type::Bytes, Value::String(text)) => {
            base64_error(text).map_or(Ok(()), |message| Err(Wrong::Text(Class::Type, message)))
        }
        (Type::Quantity, _) => quantity(value),
        (Type::Time, Value::String(text)) => match Timestamp::parse(text).filter(|_| is_go_time(text)) {
            Some(time) => replace(value, &Timestamp::from_seconds(time.seconds()).to_string()),
            None => Err(Wrong::Text(Class::Fatal, time_error(text, LAYOUT))),
        },
        (Type::MicroTime, Value::String(text)) => {
            match Timestamp::parse(text).filter(|_| is_go_time(text) && text.get(19..20) == Some(".")) {
                Some(time) => replace(value, &time.rfc3339_micro()),
                None => Err(Wrong::Text(Class::Fatal, time_error(text, MICRO_LAYOUT))),
            }
        }
        _ => Err(Wrong::Type),
    }
}

fn replace(value: &mut Value, canonical: &str) -> Result<(), Wrong> {
    if value != canonical {
        *value = Value::from(canonical);
    }
    Ok(())
}

/// A quantity reads the raw JSON without its quotes: numbers are as good as strings.
fn quantity(value: &mut Value) -> Result<(), Wrong> {
    let parsed = match &*value {
        Value::String(text) => Quantity::parse(text.trim()).map_err(|_| quantity_error(text.trim())),
        other => Quantity::parse(&other.to_string()).map_err(|_| quantity_error(&other.to_string())),
    };
    match parsed {
        Ok(quantity) => replace(value, &quantity.to_string()),
        Err(message) => Err(Wrong::Text(Class::Fatal, message.to_owned())),
    }
}

/// Which of the three errors of apimachinery's `resource.ParseQuantity` a text gets that is not a quantity.
fn quantity_error(text: &str) -> &'static str {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let suffix = unsigned.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let number = &unsigned[..unsigned.len() - suffix.len()];
    let exponent = suffix.trim_start_matches(|c| "eEinumkKMGTP".contains(c));
    let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if number.is_empty() || number.matches('.').count() > 1 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        crate::api::quantity::PARSE_ERROR
    } else if number == "." {
        "unable to parse numeric part of quantity"
    } else {
        "unable to parse quantity's suffix"
    }
}

/// The offset is where Go's decoder stops: the first byte outside of the alphabet, or the first of a short group.
fn base64_error(text: &str) -> Option<String> {
    // Go skips line breaks.
    let joined: String;
    let text = match text.contains(['\r', '\n']) {
        true => {
            joined = text.replace(['\r', '\n'], "");
            &joined
        }
        false => text,
    };
    let at = match STANDARD.decode(text) {
        Ok(_) | Err(base64::DecodeError::InvalidLastSymbol(..)) => return None,
        Err(base64::DecodeError::InvalidByte(at, _)) => at,
        Err(base64::DecodeError::InvalidLength(_) | base64::DecodeError::InvalidPadding) => text.len() / 4 * 4,
    };
    Some(format!("illegal base64 data at input byte {at}"))
}

const LAYOUT: &str = "2006-01-02T15:04:05Z07:00";
const MICRO_LAYOUT: &str = "2006-01-02T15:04:05.000000Z07:00";

/// Go wants a capital T and Z.
fn is_go_time(text: &str) -> bool {
    text.as_bytes().get(10) == Some(&b'T') && !text.ends_with('z')
}

/// `parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"`
fn time_error(text: &str, layout: &str) -> String {
    const PARTS: [(&str, usize, i64, i64); 11] = [
        ("2006", 4, 0, 9999),
        ("-", 0, 0, 0),
        ("01", 2, 1, 12),
        ("-", 0, 0, 0),
        ("02", 2, 1, 31),
        ("T", 0, 0, 0),
        ("15", 2, 0, 23),
        (":", 0, 0, 0),
        ("04", 2, 0, 59),
        (":", 0, 0, 0),
        ("05", 2, 0, 59),
    ];
    const NAMES: [(&str, &str); 5] =
        [("01", "month"), ("02", "day"), ("15", "hour"), ("04", "minute"), ("05", "second")];
    let quoted = crate::api::field::quote(text);
    let head = format!("parsing time {quoted}");
    let cannot = |rest: &str, part: &str| {
        format!("{head} as \"{layout}\": cannot parse {} as \"{part}\"", crate::api::field::quote(rest))
    };
    let mut rest = text;
    for (part, digits, least, most) in PARTS {
        if digits == 0 {
            let Some(after) = rest.strip_prefix(part) else { return cannot(rest, part) };
            rest = after;
            continue;
        }
        let Some((number, after)) =
            rest.split_at_checked(digits).filter(|(n, _)| n.bytes().all(|b| b.is_ascii_digit()))
        else {
            return cannot(rest, part);
        };
        if !(least..=most).contains(&number.parse().unwrap_or(-1)) {
            let name = NAMES.iter().find(|(p, _)| *p == part).map_or("year", |(_, name)| name);
            return format!("{head}: {name} out of range");
        }
        rest = after;
    }
    if layout == MICRO_LAYOUT {
        match rest.get(..7).filter(|f| f.starts_with('.') && f[1..].bytes().all(|b| b.is_ascii_digit())) {
            Some(_) => rest = &rest[7..],
            None => return cannot(rest, ".000000"),
        }
    } else if let Some(fraction) = rest.strip_prefix('.') {
        rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    match Timestamp::parse(&format!("2006-01-02T15:04:05{rest}")) {
        Some(_) if !rest.ends_with('z') => format!("{head}: day out of range"),
        _ => match rest.strip_prefix('Z').filter(|extra| !extra.is_empty()) {
            Some(extra) => format!("{head}: extra text: {}", crate::api::field::quote(extra)),
            None => cannot(rest, "Z07:00"),
        },
    }
}
