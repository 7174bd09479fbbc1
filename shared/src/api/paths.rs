//! URL paths of resources: what a path names, and the path of what is named. Both ends use it.

/// A resource as a URL path names it (`k8s.io/apiserver/pkg/endpoints/request.RequestInfo`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResourcePath {
    /// API group; empty for the core group.
    pub group: String,
    /// API version.
    pub version: String,
    /// Namespace; empty for cluster scope or for all namespaces.
    pub namespace: String,
    /// Plural resource name.
    pub resource: String,
    /// Object name; empty for the collection.
    pub name: String,
    /// Subresource with everything behind it; empty for the object itself.
    pub subresource: String,
}

impl ResourcePath {
    /// Reads `/api/v1/…` or `/apis/{group}/{version}/…` without query; parts are percent-decoded.
    /// `None` when the path does not name a resource.
    pub fn parse(path: &str) -> Option<Self> {
        let parts: Vec<String> = path.split('/').filter(|p| !p.is_empty()).map(decode).collect::<Option<_>>()?;
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let (group, version, rest) = match parts.as_slice() {
            ["api", version, rest @ ..] => ("", *version, rest),
            ["apis", group, version, rest @ ..] => (*group, *version, rest),
            _ => return None,
        };
        let (namespace, rest) = match rest {
            // `namespaces/x/status` and `namespaces/x/finalize` are parts of the Namespace itself.
            ["namespaces", _, "status" | "finalize"] => ("", rest),
            ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (*namespace, rest),
            rest => ("", rest),
        };
        let (resource, name, subresource) = match rest {
            [resource] => (*resource, "", String::new()),
            [resource, name, subresource @ ..] => (*resource, *name, subresource.join("/")),
            [] => return None,
        };
        Some(Self {
            group: group.to_owned(),
            version: version.to_owned(),
            namespace: namespace.to_owned(),
            resource: resource.to_owned(),
            name: name.to_owned(),
            subresource,
        })
    }

    /// The path; the reverse of [`ResourcePath::parse`].
    pub fn to_path(&self) -> String {
        let mut path = match self.group.as_str() {
            "" => format!("/api/{}", self.version),
            group => format!("/apis/{group}/{}", self.version),
        };
        let mut push = |part: &str| {
            path.push('/');
            path.push_str(&encode(part));
        };
        if !self.namespace.is_empty() {
            push("namespaces");
            push(&self.namespace);
        }
        push(&self.resource);
        if !self.name.is_empty() {
            push(&self.name);
        }
        for part in self.subresource.split('/').filter(|p| !p.is_empty()) {
            push(part);
        }
        path
    }
}

/// Percent-encodes everything but RFC 3986's unreserved characters: for parts of paths and for query values.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// Percent-decodes; `None` for broken escapes or bytes that are not UTF-8. `+` stays `+`.
pub fn decode(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let mut digit = || char::from(bytes.next()?).to_digit(16);
        out.push(u8::try_from(digit()? * 16 + digit()?).ok()?);
    }
    String::from_utf8(out).ok()
}

/// Reads a query string in order; `+` is a space. Broken escapes leave the text as it is.
pub fn query(text: &str) -> Vec<(String, String)> {
    let plain = |part: &str| {
        let spaced = part.replace('+', " ");
        decode(&spaced).unwrap_or(spaced)
    };
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (plain(key), plain(value))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_resources_both_ways() {
        let cases = [
            ("/api/v1/pods", ["", "v1", "", "pods", "", ""]),
            ("/api/v1/namespaces", ["", "v1", "", "namespaces", "", ""]),
            ("/api/v1/namespaces/x", ["", "v1", "", "namespaces", "x", ""]),
            ("/api/v1/namespaces/x/finalize", ["", "v1", "", "namespaces", "x", "finalize"]),
            ("/api/v1/namespaces/x/pods/p/log", ["", "v1", "x", "pods", "p", "log"]),
            (
                "/apis/coordination.k8s.io/v1/namespaces/x/leases/l",
                ["coordination.k8s.io", "v1", "x", "leases", "l", ""],
            ),
            ("/api/v1/namespaces/x/pods/a%3Ab", ["", "v1", "x", "pods", "a:b", ""]),
        ];
        for (path, [group, version, namespace, resource, name, subresource]) in cases {
            let expected = ResourcePath {
                group: group.into(),
                version: version.into(),
                namespace: namespace.into(),
                resource: resource.into(),
                name: name.into(),
                subresource: subresource.into(),
            };
            assert_eq!(ResourcePath::parse(path), Some(expected.clone()), "{path}");
            assert_eq!(expected.to_path(), path);
        }
        for path in ["/", "/api", "/api/v1", "/apis/x", "/apis/x/v1", "/openapi/v3", "/api/v1/pods/%zz"] {
            assert_eq!(ResourcePath::parse(path), None, "{path}");
        }
        assert_eq!(query("a=b+c&d=%3D&e"), [("a", "b c"), ("d", "="), ("e", "")].map(|(k, v)| (k.into(), v.into())));
    }
}
