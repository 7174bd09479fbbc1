//! What names, keys and ports must look like: `k8s.io/apimachinery/pkg/util/validation` and `pkg/api/validation`,
//! by hand-written matchers (no regular expressions: these run several times for every object created).
//!
//! Every function returns the broken rules in Kubernetes' words; an empty list means valid and allocates nothing.

const LABEL_FMT: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const LABEL_MSG: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
const SUBDOMAIN_MSG: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
const UNDERSCORE_MSG: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const QUALIFIED_MSG: &str =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const QUALIFIED_FMT: &str = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const LABEL_VALUE_MSG: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const CONFIG_KEY_MSG: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";
const ENV_MSG: &str =
    "a valid environment variable name must consist only of printable ASCII characters other than '='";
const HEADER_MSG: &str = "a valid HTTP header must consist of alphanumeric characters or '-'";

/// A rule on the name of a kind: the value, and whether it is a `generateName` prefix.
pub(crate) type NameRule = fn(&str, bool) -> Vec<String>;

/// `metadata.name` of most kinds.
pub(crate) fn subdomain_name(name: &str, prefix: bool) -> Vec<String> {
    dns1123_subdomain(&masked(name, prefix))
}

/// `metadata.name` of namespaces.
pub(crate) fn label_name(name: &str, prefix: bool) -> Vec<String> {
    dns1123_label(&masked(name, prefix))
}

/// A `generateName` may end in `-`: the random part follows.
fn masked(name: &str, prefix: bool) -> std::borrow::Cow<'_, str> {
    match name.strip_suffix('-') {
        Some(rest) if prefix && name.len() > 1 => format!("{rest}a").into(),
        _ => name.into(),
    }
}

fn pattern_error(msg: &str, fmt: &str, examples: &[&str]) -> String {
    let mut text = format!("{msg} (e.g. ");
    for (at, example) in examples.iter().enumerate() {
        if at > 0 {
            text.push_str(" or ");
        }
        text.push_str(&format!("'{example}', "));
    }
    text.push_str(&format!("regex used for validation is '{fmt}')"));
    text
}

/// `must be no more than N bytes`
pub(crate) fn max_length(length: usize) -> String {
    format!("must be no more than {length} bytes")
}

/// `must be between A and B, inclusive`
pub(crate) fn inclusive_range(low: i64, high: i64) -> String {
    format!("must be between {low} and {high}, inclusive")
}

fn lower(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

/// Starts and ends with `edge`, and has only `edge` or `inner` in between.
fn framed(text: &str, edge: fn(u8) -> bool, inner: &[u8]) -> bool {
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { return false };
    edge(*first) && edge(*last) && bytes.iter().all(|byte| edge(*byte) || inner.contains(byte))
}

/// An RFC 1123 label: container, volume and namespace names.
pub(crate) fn dns1123_label(value: &str) -> Vec<String> {
    let mut broken = Vec::new();
    if value.len() > 63 {
        broken.push(max_length(63));
    }
    if !framed(value, lower, b"-") {
        // With dots it would have been a subdomain: the same message, Kubernetes says no more.
        broken.push(pattern_error(LABEL_MSG, LABEL_FMT, &["my-name", "123-abc"]));
    }
    broken
}

/// An RFC 1123 subdomain: most object names.
pub(crate) fn dns1123_subdomain(value: &str) -> Vec<String> {
    let mut broken = Vec::new();
    if value.len() > 253 {
        broken.push(max_length(253));
    }
    if !value.split('.').all(|label| framed(label, lower, b"-")) {
        let fmt = format!("{LABEL_FMT}(\\.{LABEL_FMT})*");
        broken.push(pattern_error(SUBDOMAIN_MSG, &fmt, &["example.com"]));
    }
    broken
}

/// A DNS search path: a subdomain in which `_` may stand too (since v1.34).
pub(crate) fn dns1123_subdomain_underscore(value: &str) -> Vec<String> {
    let mut broken = Vec::new();
    if value.len() > 253 {
        broken.push(max_length(253));
    }
    let edge = |byte: u8| lower(byte) || byte == b'_';
    let label = |label: &str| framed(label, edge, b"-") && label.as_bytes().last().is_some_and(|byte| lower(*byte));
    if !value.split('.').all(label) {
        let fmt = "[a-z0-9_]([-_a-z0-9]*[a-z0-9])?";
        broken.push(pattern_error(UNDERSCORE_MSG, &format!("{fmt}(\\.{fmt})*"), &["example.com"]));
    }
    broken
}

fn qualified(part: &str) -> bool {
    framed(part, |byte| byte.is_ascii_alphanumeric(), b"-_.")
}

/// `[prefix/]name`: label keys, annotation keys, finalizers, condition types, resource names.
pub(crate) fn qualified_name(value: &str) -> Vec<String> {
    let examples = ["MyName", "my.name", "123-abc"];
    let mut broken = Vec::new();
    let mut parts = value.split('/');
    let name = match (parts.next(), parts.next(), parts.next()) {
        (Some(name), None, _) => name,
        (Some(prefix), Some(name), None) => {
            if prefix.is_empty() {
                broken.push("prefix part must be non-empty".to_owned());
            } else {
                broken.extend(dns1123_subdomain(prefix).iter().map(|rule| format!("prefix part {rule}")));
            }
            name
        }
        _ => {
            broken.push(format!(
                "a qualified name {} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
                pattern_error(QUALIFIED_MSG, QUALIFIED_FMT, &examples)
            ));
            return broken;
        }
    };
    if name.is_empty() {
        broken.push("name part must be non-empty".to_owned());
    } else if name.len() > 63 {
        broken.push(format!("name part {}", max_length(63)));
    }
    if !qualified(name) {
        broken.push(format!("name part {}", pattern_error(QUALIFIED_MSG, QUALIFIED_FMT, &examples)));
    }
    broken
}

/// The value of a label.
pub(crate) fn label_value(value: &str) -> Vec<String> {
    let mut broken = Vec::new();
    if value.len() > 63 {
        broken.push(max_length(63));
    }
    if !value.is_empty() && !qualified(value) {
        broken.push(pattern_error(LABEL_VALUE_MSG, &format!("({QUALIFIED_FMT})?"), &["MyValue", "my_value", "12345"]));
    }
    broken
}

/// The name of an environment variable: printable ASCII without `=` (relaxed for good in v1.34).
pub(crate) fn env_name(value: &str) -> Vec<String> {
    let mut broken = Vec::new();
    if value.is_empty() {
        broken.push("environment variable name must be non-empty".to_owned());
    }
    if !value.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'=') {
        broken.push(ENV_MSG.to_owned());
    }
    broken
}

/// A key of a ConfigMap or Secret: it becomes a file name.
pub(crate) fn config_key(value: &str) -> Vec<String> {
    let mut broken = Vec::new();
    if value.len() > 253 {
        broken.push(max_length(253));
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if value.is_empty() || !value.bytes().all(allowed) {
        broken.push(pattern_error(CONFIG_KEY_MSG, "[-._a-zA-Z0-9]+", &["key.name", "KEY_NAME", "key-name"]));
    }
    if value == "." || value == ".." {
        broken.push(format!("must not be '{value}'"));
    } else if value.starts_with("..") {
        broken.push("must not start with '..'".to_owned());
    }
    broken
}

/// The name of a port (IANA service name).
pub(crate) fn port_name(value: &str) -> Vec<String> {
    let mut broken = Vec::new();
    if value.len() > 15 {
        broken.push(max_length(15));
    }
    if value.is_empty() || !value.bytes().all(|byte| lower(byte) || byte == b'-') {
        broken.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)".to_owned());
    }
    if !value.bytes().any(|byte| byte.is_ascii_lowercase()) {
        broken.push("must contain at least one letter (a-z)".to_owned());
    }
    if value.contains("--") {
        broken.push("must not contain consecutive hyphens".to_owned());
    }
    if value.starts_with('-') || value.ends_with('-') {
        broken.push("must not begin or end with a hyphen".to_owned());
    }
    broken
}

/// A port number.
pub(crate) fn port_number(port: i64) -> Option<String> {
    (!(1..=65535).contains(&port)).then(|| inclusive_range(1, 65535))
}

/// A user or group id.
pub(crate) fn id_number(id: i64) -> Option<String> {
    let max = i64::from(i32::MAX);
    (!(0..=max).contains(&id)).then(|| inclusive_range(0, max))
}

/// The name of an HTTP header.
pub(crate) fn http_header(value: &str) -> Option<String> {
    let valid = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (!valid).then(|| pattern_error(HEADER_MSG, "[-A-Za-z0-9]+", &["X-Header-Name"]))
}

/// An IP address.
pub(crate) fn ip(value: &str) -> Option<String> {
    let valid = value.parse::<std::net::IpAddr>().is_ok();
    (!valid).then(|| "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)".to_owned())
}

/// A subnet: an address, a slash and the length of the prefix.
pub(crate) fn cidr(value: &str) -> Option<String> {
    let valid = value.split_once('/').is_some_and(|(address, length)| {
        let bits = match address.parse::<std::net::IpAddr>() {
            Ok(std::net::IpAddr::V4(_)) => 32,
            Ok(std::net::IpAddr::V6(_)) => 128,
            Err(_) => return false,
        };
        length.parse::<u8>().is_ok_and(|length| length <= bits)
    });
    (!valid).then(|| "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rule: fn(&str) -> Vec<String>, value: &str, broken: &[&str]) {
        assert_eq!(rule(value), broken, "{value:?}");
    }

    #[test]
    fn names_are_judged_in_kubernetes_words() {
        let label = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
        let subdomain = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
        let name_part = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
        let value = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
        let key = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
        check(dns1123_label, "web-1", &[]);
        for bad in ["", "Web", "a.b", "-a", "a-", "a_b", "\u{ac00}"] {
            check(dns1123_label, bad, &[label]);
        }
        check(dns1123_label, &"a".repeat(64), &["must be no more than 63 bytes"]);
        check(dns1123_subdomain, "a.b-c.0", &[]);
        for bad in ["", "A", "a..b", ".a", "a.", "a.-b", "my_pod"] {
            check(dns1123_subdomain, bad, &[subdomain]);
        }
        for good in ["app", "App.kubernetes.io/name", "example.com/x_y", "0"] {
            check(qualified_name, &good.replace("App.", "app."), &[]);
        }
        check(qualified_name, "a b", &[name_part]);
        check(qualified_name, "/x", &["prefix part must be non-empty"]);
        check(qualified_name, "x/", &["name part must be non-empty", name_part]);
        check(label_value, "", &[]);
        check(label_value, "v1.2_x", &[]);
        check(label_value, "a b", &[value]);
        check(config_key, "game.properties", &[]);
        check(config_key, "a/b", &[key]);
        check(config_key, "..", &["must not be '..'"]);
        check(config_key, "..x", &["must not start with '..'"]);
        check(env_name, "MY VAR", &[]);
        check(env_name, "A=B", &[ENV_MSG]);
        check(port_name, "http-web", &[]);
        check(port_name, "80", &["must contain at least one letter (a-z)"]);
        check(port_name, "-a--b", &["must not contain consecutive hyphens", "must not begin or end with a hyphen"]);
        assert!(subdomain_name("web-", true).is_empty());
        assert_eq!(subdomain_name("web-", false).len(), 1);
    }
}
