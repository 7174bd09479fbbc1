//! The differences of two texts as `diff -u` writes them.

const AROUND: usize = 3;

/// The hunks, without the file names; empty for equal texts.
pub fn diff(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let edits = edits(&old, &new);
    let mut out = String::new();
    let mut at = 0;
    while let Some(first) = (at..edits.len()).find(|i| edits[*i].0 != ' ') {
        let start = first.saturating_sub(AROUND).max(at);
        // A hunk ends where more than twice the context is equal.
        let (mut end, mut equal) = (first, 0);
        while end < edits.len() && equal <= 2 * AROUND {
            equal = if edits[end].0 == ' ' { equal + 1 } else { 0 };
            end += 1;
        }
        end -= equal.saturating_sub(AROUND);
        hunk(&edits, start, end, &mut out);
        at = end;
    }
    out
}

fn hunk(edits: &[(char, &str)], start: usize, end: usize, out: &mut String) {
    let count = |from: usize, to: usize, not: char| edits[from..to].iter().filter(|(sign, _)| *sign != not).count();
    let range = |not: char| {
        let (before, inside) = (count(0, start, not), count(start, end, not));
        let first = if inside == 0 { before } else { before + 1 };
        if inside == 1 { first.to_string() } else { format!("{first},{inside}") }
    };
    out.push_str(&format!("@@ -{} +{} @@\n", range('+'), range('-')));
    for (sign, line) in &edits[start..end] {
        out.extend([sign.to_string().as_str(), line, "\n"]);
    }
}

/// The shortest way from one to the other, by the longest common subsequence.
fn edits<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<(char, &'a str)> {
    let mut common = vec![vec![0u32; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] = match old[i] == new[j] {
                true => common[i + 1][j + 1] + 1,
                false => common[i + 1][j].max(common[i][j + 1]),
            };
        }
    }
    let (mut i, mut j, mut edits) = (0, 0, Vec::new());
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            edits.push((' ', old[i]));
            (i, j) = (i + 1, j + 1);
        } else if i < old.len() && (j == new.len() || common[i + 1][j] >= common[i][j + 1]) {
            edits.push(('-', old[i]));
            i += 1;
        } else {
            edits.push(('+', new[j]));
            j += 1;
        }
    }
    edits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hunks() {
        assert_eq!(diff("a\nb\n", "a\nb\n"), "");
        assert_eq!(diff("", "a\nb\n"), "@@ -0,0 +1,2 @@\n+a\n+b\n");
        assert_eq!(diff("a\nb\nc\n", "a\nx\nc\n"), "@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n");
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n";
        let new = "1\nx\n3\n4\n5\n6\n7\n8\n9\n10\n11\ny\n";
        let expected = "@@ -1,5 +1,5 @@\n 1\n-2\n+x\n 3\n 4\n 5\n@@ -9,4 +9,4 @@\n 9\n 10\n 11\n-12\n+y\n";
        assert_eq!(diff(old, new), expected);
    }
}
