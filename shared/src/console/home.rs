//! Paths as the files API wants them: below the learner's home.

/// The learner's home on `master`, which the files API serves.
pub const HOME: &str = "/root";

/// A path below the home, seen from `directory`; `None` for what is outside of it.
pub fn below_home(directory: &str, path: &str) -> Option<String> {
    let path = path.strip_prefix("~/").map_or_else(|| path.to_owned(), |rest| format!("{HOME}/{rest}"));
    let whole = if path.starts_with('/') { path } else { format!("{directory}/{path}") };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    match parts.as_slice() {
        ["root", rest @ ..] => Some(rest.join("/")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_outside_is_not_served() {
        let cases = [
            ("/root", "a.yaml", Some("a.yaml")),
            ("/root/d", "../a/./b", Some("a/b")),
            ("/tmp", "~/a", Some("a")),
            ("/tmp", "/root", Some("")),
            ("/tmp", "a", None),
            ("/root", "../../etc/passwd", None),
        ];
        for (directory, path, below) in cases {
            assert_eq!(below_home(directory, path).as_deref(), below, "{directory} {path}");
        }
    }
}
