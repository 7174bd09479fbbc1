//! What a plain scalar means in YAML 1.1, as go-yaml v2 (the fork within sigs.k8s.io/yaml) resolves it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A scalar's value.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// `~`, `null`, nothing.
    Null,
    /// `true`, `yes`, `on`, `y` and their opposites.
    Bool(bool),
    /// `5`, `0644`, `0x1F`, `0b11`, `1_000`.
    Int(i64),
    /// What only fits without a sign.
    Uint(u64),
    /// `1.5`, `1e3`, `.inf`.
    Float(f64),
    /// All else.
    Text(String),
}

/// Resolves a scalar by its tag, or by its look when it is plain. The error is go-yaml's.
pub fn resolve(text: &str, tag: Option<&str>, plain: bool) -> Result<Scalar, String> {
    let short = tag.map(|tag| tag.strip_prefix("tag:yaml.org,2002:").unwrap_or(""));
    let resolved = match short {
        None if !plain => return Ok(Scalar::Text(text.to_owned())),
        None => return Ok(look(text)),
        Some("str" | "timestamp" | "") => return Ok(Scalar::Text(text.to_owned())),
        Some("binary") => {
            let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
            let bytes =
                STANDARD.decode(digits).map_err(|_| "!!binary value contains invalid base64 data".to_owned())?;
            return Ok(Scalar::Text(String::from_utf8_lossy(&bytes).into_owned()));
        }
        Some("null" | "bool" | "int" | "float" | "merge") => look(text),
        Some(_) => return Ok(Scalar::Text(text.to_owned())),
    };
    let found = match (&resolved, short) {
        (Scalar::Int(n), Some("float")) => return Ok(Scalar::Float(*n as f64)),
        (Scalar::Text(t), Some("merge")) if t == "<<" => return Ok(resolved),
        (Scalar::Null, _) => "null",
        (Scalar::Bool(_), _) => "bool",
        (Scalar::Int(_) | Scalar::Uint(_), _) => "int",
        (Scalar::Float(_), _) => "float",
        (Scalar::Text(_), _) => "str",
    };
    match short {
        Some(wanted) if wanted != found => Err(format!("cannot decode !!{found} `{text}` as a !!{wanted}")),
        _ => Ok(resolved),
    }
}

/// What an untagged plain scalar is.
pub fn look(text: &str) -> Scalar {
    word(text).or_else(|| number(text)).unwrap_or_else(|| Scalar::Text(text.to_owned()))
}

fn word(text: &str) -> Option<Scalar> {
    Some(match text {
        "" | "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Scalar::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Scalar::Bool(false),
        ".nan" | ".NaN" | ".NAN" => Scalar::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Scalar::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Scalar::Float(f64::NEG_INFINITY),
        _ => return None,
    })
}

fn number(text: &str) -> Option<Scalar> {
    match text.as_bytes().first()? {
        b'.' => float(text),
        b'0'..=b'9' | b'+' | b'-' => {
            let plain = text.replace('_', "");
            integer(&plain).or_else(|| float(&plain))
        }
        _ => None,
    }
}

/// Go's `strconv.ParseInt(s, 0, 64)`, then `ParseUint`: prefixes `0x`, `0o`, `0b`, and `0` for octal.
fn integer(text: &str) -> Option<Scalar> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let negative = text.starts_with('-');
    let lower = unsigned.to_ascii_lowercase();
    let (digits, radix) = match lower.as_bytes() {
        [b'0', b'x', ..] => (&lower[2..], 16),
        [b'0', b'o', ..] => (&lower[2..], 8),
        [b'0', b'b', ..] => (&lower[2..], 2),
        [b'0', _, ..] => (&lower[1..], 8),
        _ => (lower.as_str(), 10),
    };
    if !digits.bytes().all(|d| d.is_ascii_alphanumeric()) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    let signed = i128::from(magnitude) * if negative { -1 } else { 1 };
    match i64::try_from(signed) {
        Ok(n) => Some(Scalar::Int(n)),
        // ParseUint takes no sign.
        Err(_) if text.len() == unsigned.len() => Some(Scalar::Uint(magnitude)),
        Err(_) => None,
    }
}

/// What is too large for a float is a text.
fn float(text: &str) -> Option<Scalar> {
    crate::api::float::parse(text).filter(|f| f.is_finite()).map(Scalar::Float)
}

/// `12:30:45`: no number to go-yaml, but to other YAML 1.1 readers, so it is quoted on the way out.
pub fn is_base_60(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (parts, fraction) = match unsigned.split_once('.') {
        Some((parts, fraction)) => (parts, fraction),
        None => (unsigned, ""),
    };
    let mut parts = parts.split(':');
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let first = parts.next().is_some_and(|first| is_number(first) && first.as_bytes()[0] != b'_');
    let rest: Vec<&str> = parts.collect();
    let is_sixtieth = |part: &&str| {
        matches!(part.as_bytes(), [d] if d.is_ascii_digit())
            || matches!(part.as_bytes(), [b'0'..=b'5', d] if d.is_ascii_digit())
    };
    first
        && !rest.is_empty()
        && rest.iter().all(is_sixtieth)
        && fraction.bytes().all(|b| b.is_ascii_digit() || b == b'_')
}

/// A date or time that go-yaml would quote to keep it a text: `2001-12-14`, `2001-12-14t21:59:43.10-05:00`.
pub fn is_timestamp(text: &str) -> bool {
    // Source: go-yaml's parseTimestamp: four digits and a dash, then one of four layouts.
    let Some((year, rest)) = text.split_once('-') else { return false };
    let two = |part: &str| (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    let in_range =
        |part: &str, least: u32, most: u32| two(part) && part.parse().is_ok_and(|n| (least..=most).contains(&n));
    if year.len() != 4 || !year.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    let Some((month, rest)) = rest.split_once('-') else { return false };
    let day_end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (day, rest) = rest.split_at(day_end);
    if !in_range(month, 1, 12) || !in_range(day, 1, 31) {
        return false;
    }
    if rest.is_empty() {
        return true;
    }
    let (rest, spaced) = match rest.strip_prefix(['T', 't']) {
        Some(rest) => (rest, false),
        None => match rest.strip_prefix(' ') {
            Some(rest) => (rest, true),
            None => return false,
        },
    };
    let clock_end = rest.find(|c: char| !c.is_ascii_digit() && c != ':' && c != '.').unwrap_or(rest.len());
    let (clock, zone) = rest.split_at(clock_end);
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let parts: Vec<&str> = clock.split(':').collect();
    let clock_fits = matches!(parts[..], [h, m, s] if in_range(h, 0, 23) && in_range(m, 0, 59) && in_range(s, 0, 59));
    let zone_fits = match zone {
        "" => spaced,
        "Z" => true,
        _ => zone
            .strip_prefix(['+', '-'])
            .and_then(|z| z.split_once(':'))
            .is_some_and(|(h, m)| h.len() == 2 && m.len() == 2 && two(h) && two(m)),
    };
    clock_fits && zone_fits && !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_are_yaml_1_1() {
        let text = |t: &str| Scalar::Text(t.to_owned());
        for (source, expected) in [
            ("yes", Scalar::Bool(true)),
            ("n", Scalar::Bool(false)),
            ("nO", text("nO")),
            ("~", Scalar::Null),
            ("", Scalar::Null),
            ("0644", Scalar::Int(420)),
            ("0o644", Scalar::Int(420)),
            ("0x1F", Scalar::Int(31)),
            ("-0b11", Scalar::Int(-3)),
            ("1_000", Scalar::Int(1000)),
            ("08", Scalar::Float(8.0)),
            ("1e3", Scalar::Float(1000.0)),
            ("5.", Scalar::Float(5.0)),
            (".5", Scalar::Float(0.5)),
            ("18446744073709551615", Scalar::Uint(u64::MAX)),
            ("123456789012345678901", Scalar::Float(1.2345678901234568e20)),
            ("1:30", text("1:30")),
            ("2020-01-01", text("2020-01-01")),
            ("1.2.3", text("1.2.3")),
            ("0x", text("0x")),
            ("1e", text("1e")),
            ("-", text("-")),
            ("<<", text("<<")),
            ("_1", text("_1")),
            ("+", text("+")),
            ("0-1", text("0-1")),
        ] {
            assert_eq!(look(source), expected, "{source}");
        }
    }

    #[test]
    fn tags_decide() {
        let check = |source: &str, tag: &str, expected: Result<Scalar, &str>| {
            let tag = format!("tag:yaml.org,2002:{tag}");
            assert_eq!(resolve(source, Some(&tag), true), expected.map_err(str::to_owned), "{source} {tag}");
        };
        check("5", "str", Ok(Scalar::Text("5".to_owned())));
        check("5", "float", Ok(Scalar::Float(5.0)));
        check("aGk=", "binary", Ok(Scalar::Text("hi".to_owned())));
        check("%%%%", "binary", Err("!!binary value contains invalid base64 data"));
        check("x", "int", Err("cannot decode !!str `x` as a !!int"));
        check("5.5", "int", Err("cannot decode !!float `5.5` as a !!int"));
        assert_eq!(resolve("5", Some("!mine"), true), Ok(Scalar::Text("5".to_owned())));
        assert_eq!(resolve("5", None, false), Ok(Scalar::Text("5".to_owned())));
    }
}
