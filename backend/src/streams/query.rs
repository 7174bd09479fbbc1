//! A URL's query, read as the API server converts it into an options object.

use shared::api::Status;

/// Names and values in order.
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads a query without its question mark.
    pub fn parse(text: &str) -> Self {
        Self(form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// The first value of a name; `None` when it is missing or empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str()).filter(|v| !v.is_empty())
    }

    /// All values of a name.
    pub fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(n, _)| n == name).map(|(_, value)| value.clone()).collect()
    }

    /// Whether a name is given and neither `false` nor `0`
    /// (`k8s.io/apimachinery/pkg/runtime.Convert_Slice_string_To_bool`).
    pub fn flag(&self, name: &str) -> bool {
        let value = self.0.iter().find(|(n, _)| n == name).map(|(_, value)| value.to_ascii_lowercase());
        value.is_some_and(|v| v != "false" && v != "0")
    }

    /// A whole number.
    ///
    /// # Errors
    /// 400 in Go's words.
    pub fn number(&self, name: &str) -> Result<Option<i64>, Status> {
        let wrong = |value: &str| {
            Status::bad_request(format!(
                "strconv.ParseInt: parsing {}: invalid syntax",
                shared::api::field::quote(value)
            ))
        };
        self.text(name).map(|value| value.parse().map_err(|_| wrong(value))).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        let query =
            Query::parse("command=sh&command=-c&command=echo+a%26b&stdin=true&tty=0&stdout=False&x=&tail=5&bad=5x");
        assert_eq!(query.all("command"), ["sh", "-c", "echo a&b"]);
        for (name, expected) in [("stdin", true), ("tty", false), ("stdout", false), ("stderr", false), ("x", true)] {
            assert_eq!(query.flag(name), expected, "{name}");
        }
        assert_eq!((query.text("x"), query.text("tail"), query.text("none")), (None, Some("5"), None));
        assert_eq!((query.number("tail"), query.number("none")), (Ok(Some(5)), Ok(None)));
        assert_eq!(query.number("bad").unwrap_err().message, "strconv.ParseInt: parsing \"5x\": invalid syntax");
    }
}
