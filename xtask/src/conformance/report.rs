//! `docs/fidelity.md`: per client and version what passes, and each known deviation with its reason.

use std::fmt::Write;

use super::{Check, Client, Verdict};

const HEAD: &str = "# What clients see

Written by `cargo xtask conformance`; do not edit. Each client below is as its makers ship it, and talked to a server
that ran real containers. ✓ passed, ✗ failed, ~ deviates from a cluster, or is not in that release: the last table names
the reason.
";

/// What no check of a client shows, since every client sees it alike: who, what, why.
const STANDING: [&str; 3] = [
    "| all | Services, ReplicaSets, Deployments, Jobs and custom resources are unknown kinds | not served, and discovery names nothing that is not served |",
    "| kubectl | `explain` describes every field of Pods and of the other kinds in sentences of its own | Kubernetes' documentation is not copied |",
    "| all | on this machine the API is plain HTTP, and its kubeconfig says `insecure-skip-tls-verify` | loopback only, without credentials; within sandboxes it is TLS with a token |",
];

/// The document.
pub fn document(clients: &[Client]) -> String {
    let (kubectl, libraries): (Vec<&Client>, Vec<&Client>) =
        clients.iter().partition(|client| client.name.starts_with("kubectl "));
    let mut text = HEAD.to_owned();
    let area = |client: &Client| client.area().map_or("", |(_, area)| area).to_owned();
    // The chapter first.
    let mut areas: Vec<String> = vec![String::new()];
    for client in &kubectl {
        if !areas.contains(&area(client)) {
            areas.push(area(client));
        }
    }
    for name in areas {
        let of_area: Vec<&Client> = kubectl.iter().copied().filter(|client| area(client) == name).collect();
        table(&name, &of_area, &mut text);
    }
    for library in libraries {
        let _ = write!(text, "\n## {}\n\n", library.name);
        for check in &library.checks {
            let _ = writeln!(text, "- {} {}", mark(check), check.title);
        }
    }
    let all = || clients.iter().flat_map(|client| client.checks.iter().map(move |check| (client, check)));
    // Who deviates alike is in one row.
    let mut alike: Vec<(Vec<&str>, &str, &str)> = Vec::new();
    for (client, check) in all() {
        let Verdict::Deviates(reason) = &check.verdict else { continue };
        let name = client.area().map_or(client.name.as_str(), |(name, _)| name);
        match alike.iter_mut().find(|(_, title, why)| (*title, *why) == (check.title.as_str(), reason.as_str())) {
            Some((names, ..)) => names.push(name.trim_start_matches("kubectl ")),
            None => alike.push((vec![name], &check.title, reason)),
        }
    }
    let deviations = alike.iter().map(|(names, title, why)| format!("| {} | {title} | {why} |", names.join(", ")));
    let deviations: Vec<String> = STANDING.map(str::to_owned).into_iter().chain(deviations).collect();
    text.push_str("\n## Known deviations\n\n| client | what | why |\n|---|---|---|\n");
    let _ = writeln!(text, "{}", deviations.join("\n"));
    let failures: Vec<String> = all()
        .filter_map(|(client, check)| match &check.verdict {
            Verdict::Failed(why) => Some(format!("- {}, {}: {why}", client.name, check.title)),
            _ => None,
        })
        .collect();
    if !failures.is_empty() {
        let _ = write!(text, "\n## Failures\n\n{}\n", failures.join("\n"));
    }
    text
}

/// Releases as columns, checks as rows.
fn table(area: &str, clients: &[&Client], text: &mut String) {
    let Some(first) = clients.first() else { return };
    let name = |client: &Client| client.area().map_or(client.name.clone(), |(name, _)| name.to_owned());
    let versions: Vec<String> = clients.iter().map(|client| name(client).replace("kubectl ", "")).collect();
    let heading = if area.is_empty() { "## kubectl".to_owned() } else { format!("### {area}") };
    let _ = write!(text, "\n{heading}\n\n| | {} |\n|---|{}\n", versions.join(" | "), "---|".repeat(versions.len()));
    for (at, check) in first.checks.iter().enumerate() {
        let marks: Vec<&str> = clients.iter().map(|client| client.checks.get(at).map_or("", mark)).collect();
        let _ = writeln!(text, "| {} | {} |", check.title, marks.join(" | "));
    }
}

fn mark(check: &Check) -> &'static str {
    match check.verdict {
        Verdict::Passed => "✓",
        Verdict::Deviates(_) => "~",
        Verdict::Failed(_) => "✗",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_every_client_and_every_reason() {
        let check = |title: &str, verdict| Check { title: title.into(), verdict };
        let kubectl = |name: &str, verdict| Client { name: name.into(), checks: vec![check("exec", verdict)] };
        let clients = [
            kubectl("kubectl v1.34", Verdict::Passed),
            kubectl("kubectl v1.35", Verdict::Failed("hangs".into())),
            kubectl("kubectl v1.34: pods", Verdict::Deviates("old".into())),
            kubectl("kubectl v1.35: pods", Verdict::Deviates("old".into())),
            Client { name: "Python 1".into(), checks: vec![check("top", Verdict::Deviates("no metrics".into()))] },
        ];
        let text = document(&clients);
        for line in [
            "| | v1.34 | v1.35 |",
            "| exec | ✓ | ✗ |",
            "### pods",
            "| exec | ~ | ~ |",
            "| kubectl v1.34, v1.35 | exec | old |",
            "## Python 1",
            "- ~ top",
            "| Python 1 | top | no metrics |",
            "- kubectl v1.35, exec: hangs",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
    }
}
