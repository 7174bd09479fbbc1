//! A request told to other tools: curl, kubectl, Python. Pure.

use serde_json::Value;

/// What a recipe repeats.
pub struct Recipe<'a> {
    /// `http://127.0.0.1:8080`
    pub origin: &'a str,
    /// The path of the sandbox's API: `/sandboxes/default`.
    pub root: &'a str,
    /// `GET`
    pub method: &'a str,
    /// The path on the server, with the root.
    pub path: &'a str,
    /// The request's headers.
    pub headers: &'a [(String, String)],
    /// The request's body; empty for none.
    pub body: &'a str,
}

impl Recipe<'_> {
    /// A curl command.
    pub fn curl(&self) -> String {
        let mut words = vec!["curl".to_owned()];
        if self.method != "GET" {
            words.push(format!("-X {}", self.method));
        }
        words.extend(self.headers.iter().map(|(name, value)| format!("-H {}", quoted(&format!("{name}: {value}")))));
        if !self.body.is_empty() {
            words.push(format!("--data-binary {}", quoted(self.body)));
        }
        words.push(quoted(&format!("{}{}", self.origin, self.path)));
        words.join(" ")
    }

    /// A `kubectl … --raw` command; kubectl has none that patches.
    pub fn kubectl(&self) -> Option<String> {
        let verb = match self.method {
            "GET" => "get",
            "POST" => "create",
            "PUT" => "replace",
            "DELETE" => "delete",
            _ => return None,
        };
        let command = format!("kubectl {verb} --raw {}", quoted(self.path.strip_prefix(self.root)?));
        Some(match self.body {
            "" => command,
            body => format!("{command} -f - <<'EOF'\n{}\nEOF", body.trim_end()),
        })
    }

    /// A Python program of its standard library.
    pub fn python(&self) -> String {
        // JSON's way to write text is also Python's.
        let text = |text: &str| Value::from(text).to_string();
        let mut lines = vec!["import urllib.request\n".to_owned(), "request = urllib.request.Request(".to_owned()];
        lines.push(format!("    {},", text(&format!("{}{}", self.origin, self.path))));
        lines.push(format!("    method={},", text(self.method)));
        if !self.headers.is_empty() {
            let headers: Vec<String> = self.headers.iter().map(|(n, v)| format!("{}: {}", text(n), text(v))).collect();
            lines.push(format!("    headers={{{}}},", headers.join(", ")));
        }
        if !self.body.is_empty() {
            lines.push(format!("    data={}.encode(),", text(self.body)));
        }
        lines
            .push(")\nwith urllib.request.urlopen(request) as answer:\n    print(answer.read().decode())\n".to_owned());
        lines.join("\n")
    }
}

/// One word for a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe<'a>(method: &'a str, headers: &'a [(String, String)], body: &'a str) -> Recipe<'a> {
        Recipe { origin: "http://h", root: "/sandboxes/s", method, path: "/sandboxes/s/api/v1/pods?a=b", headers, body }
    }

    #[test]
    fn recipes() {
        let get = recipe("GET", &[], "");
        assert_eq!(get.curl(), "curl 'http://h/sandboxes/s/api/v1/pods?a=b'");
        assert_eq!(get.kubectl().as_deref(), Some("kubectl get --raw '/api/v1/pods?a=b'"));
        let headers = [("content-type".to_owned(), "application/json".to_owned())];
        let post = recipe("POST", &headers, "{\"a\":\"it's\"}");
        assert_eq!(
            post.curl(),
            "curl -X POST -H 'content-type: application/json' --data-binary '{\"a\":\"it'\\''s\"}' 'http://h/sandboxes/s/api/v1/pods?a=b'"
        );
        assert_eq!(
            post.kubectl().as_deref(),
            Some("kubectl create --raw '/api/v1/pods?a=b' -f - <<'EOF'\n{\"a\":\"it's\"}\nEOF")
        );
        assert!(post.python().contains("data=\"{\\\"a\\\":\\\"it's\\\"}\".encode(),"));
        assert_eq!(recipe("PATCH", &headers, "{}").kubectl(), None);
    }
}
