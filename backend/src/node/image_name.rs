//! Names of images: whether one is a name at all, and its default tag (`distribution/reference`). Pure.

/// The name with the tag `latest` where it has neither tag nor digest.
///
/// # Errors
/// Go's words for what is not a name.
pub fn normalized(name: &str) -> Result<String, String> {
    let invalid = || {
        let quoted = format!("{name:?}");
        format!(
            "Failed to apply default image tag {quoted}: couldn't parse image name {quoted}: invalid reference format"
        )
    };
    let (rest, digest) = match name.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (name, None),
    };
    // A colon behind the last slash begins the tag; one before it belongs to the host's port.
    let slash = rest.rfind('/').map_or(0, |at| at + 1);
    let (path, tag) = match rest[slash..].split_once(':') {
        Some((last, tag)) => (&rest[..slash + last.len()], Some(tag)),
        None => (rest, None),
    };
    let mut parts: Vec<&str> = path.split('/').collect();
    if parts.len() > 1 && (parts[0].contains(['.', ':']) || parts[0] == "localhost") {
        let host = parts.remove(0);
        let (host, port) = host.split_once(':').unwrap_or((host, "0"));
        let good = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
        if host.is_empty() || !host.chars().all(good) || port.is_empty() || !port.chars().all(|c| c.is_ascii_digit()) {
            return Err(invalid());
        }
    }
    if path.len() > 255 || !parts.iter().all(|part| is_component(part)) {
        return Err(invalid());
    }
    if tag.is_some_and(|t| !is_tag(t)) || digest.is_some_and(|d| !is_digest(d)) {
        return Err(invalid());
    }
    Ok(if tag.is_none() && digest.is_none() { format!("{name}:latest") } else { name.to_owned() })
}

/// Lower-case letters and digits, joined by `.`, `_`, `__` or dashes.
fn is_component(part: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let ends = part.chars().next().is_some_and(plain) && part.chars().next_back().is_some_and(plain);
    let joined =
        part.split(plain).all(|joint| matches!(joint, "" | "." | "_" | "__") || joint.chars().all(|c| c == '-'));
    ends && joined
}

fn is_tag(tag: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    tag.len() <= 128 && tag.starts_with(word) && tag.chars().all(|c| word(c) || c == '.' || c == '-')
}

fn is_digest(digest: &str) -> bool {
    digest.split_once(':').is_some_and(|(algorithm, hex)| {
        !algorithm.is_empty() && hex.len() >= 32 && hex.chars().all(|c| c.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let digest = format!("sha256:{}", "0".repeat(64));
        for (name, expected) in [
            ("nginx", "nginx:latest"),
            ("nginx:1.27-alpine", "nginx:1.27-alpine"),
            ("k8s.gcr.io/busybox", "k8s.gcr.io/busybox:latest"),
            ("localhost:5000/a/b", "localhost:5000/a/b:latest"),
            ("curlimages/curl", "curlimages/curl:latest"),
            ("a__b/c-d.e_f", "a__b/c-d.e_f:latest"),
        ] {
            assert_eq!(normalized(name).as_deref(), Ok(expected));
        }
        assert_eq!(normalized(&format!("nginx@{digest}")).unwrap(), format!("nginx@{digest}"));
        for name in ["", "Nginx", "a//b", "nginx:", "nginx:-x", "-a", "a b", "nginx@sha256:1", "host:x/a", "a..b"] {
            assert!(normalized(name).is_err(), "{name}");
        }
        assert_eq!(
            normalized("Nginx").unwrap_err(),
            "Failed to apply default image tag \"Nginx\": couldn't parse image name \"Nginx\": invalid reference format"
        );
    }
}
