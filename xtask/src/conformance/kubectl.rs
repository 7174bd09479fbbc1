//! The chapter and each command by every kubectl: what two specs of `e2e/specs` play, and Playwright's report of it.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::{Check, Client, Verdict};
use crate::places::Places;
use crate::server::Server;
use crate::{build, kubectl, process, web};

/// The specs: the chapter's tests are checks; the other's checks are its tests' annotations.
const SPECS: [&str; 2] = ["specs/kubectl.spec.ts", "specs/kubectl-commands.spec.ts"];

/// Playwright's report of the last run of every release, and that of a later one of some.
const REPORTS: [&str; 2] = ["conformance-kubectl.json", "conformance-kubectl-some.json"];

/// Plays it by some releases.
pub fn play(places: &Places, server: &Server, minors: &[&str]) -> Result<Vec<Client>> {
    kubectl::bring_all(places)?;
    let folder = places.in_clone("e2e");
    web::install(&folder)?;
    let reports = REPORTS.map(|name| places.in_cache(name));
    let report = if minors.len() == kubectl::ALL.len() { &reports[0] } else { &reports[1] };
    // What is older than a run of all is of no use.
    for old in reports.iter().filter(|old| *old == report || report == &reports[0]) {
        let _ = std::fs::remove_file(old);
    }
    let mut command = process::command(folder.join("node_modules/.bin/playwright"));
    command
        .current_dir(&folder)
        .args(["test", "--reporter=list,json"])
        .args(SPECS)
        .env("PODGROUND_LONG", "1")
        .env("PODGROUND_BIN", build::binary(places))
        .env("PODGROUND_URL", format!("http://{}", server.address()))
        .env("PODGROUND_KUBECTLS", kubectl::list(places, minors))
        .env("PLAYWRIGHT_JSON_OUTPUT_NAME", report);
    // It ends with 1 when a test has failed, which the report says better.
    let ended = process::show(&mut command);
    let text = std::fs::read_to_string(report).with_context(|| format!("Playwright left no report: {ended:?}"))?;
    let clients = read(&serde_json::from_str(&text)?);
    for minor in minors {
        let name = format!("kubectl v1.{minor}");
        let areas = clients.iter().filter(|client| client.area().is_some_and(|(client, _)| client == name)).count();
        ensure!(clients.iter().any(|client| client.name == name), "{name} did not play the chapter");
        ensure!(areas > 0, "{name} did not play the commands");
    }
    Ok(clients)
}

/// What the last runs found, of every release; nothing when not every one has been played.
pub fn last(places: &Places) -> Option<Vec<Client>> {
    let [all, some] = REPORTS.map(|name| std::fs::read_to_string(places.in_cache(name)));
    let mut clients = read(&serde_json::from_str(&all.ok()?).ok()?);
    let later = some.ok().and_then(|text| serde_json::from_str(&text).ok()).map(|report| read(&report));
    for client in later.unwrap_or_default() {
        if let Some(old) = clients.iter_mut().find(|old| old.name == client.name) {
            *old = client;
        }
    }
    Some(clients)
}

/// A suite of a file is a kubectl, a test of it a check; where a test has annotations, these are its checks, by area.
fn read(report: &Value) -> Vec<Client> {
    let list = |value: &Value, name: &str| value[name].as_array().cloned().unwrap_or_default();
    let mut clients: Vec<Client> = Vec::new();
    for suite in list(report, "suites").iter().flat_map(|file| list(file, "suites")) {
        let name = text(&suite["title"]);
        let name = name.split(',').next().unwrap_or_default();
        for spec in list(&suite, "specs") {
            let rows = list(&spec["tests"][0], "annotations");
            let rows = rows.iter().filter(|row| row["type"] == "command");
            let rows: Vec<Value> =
                rows.filter_map(|row| serde_json::from_str(row["description"].as_str()?).ok()).collect();
            let mut add = |name: String, check| match clients.iter_mut().find(|client| client.name == name) {
                Some(client) => client.checks.push(check),
                None => clients.push(Client { name, checks: vec![check] }),
            };
            if rows.is_empty() {
                add(name.to_owned(), Check { title: text(&spec["title"]), verdict: verdict(&spec) });
            }
            for row in rows {
                add(format!("{name}: {}", text(&row["area"])), command(&row));
            }
        }
    }
    clients
}

/// A command's line in a document's table.
fn command(row: &Value) -> Check {
    let title = text(&row["title"]).replace('|', "\\|").replace('\n', " ");
    // What is in brackets is no command, but what commands need.
    let title = if title.starts_with('(') { title } else { format!("`{title}`") };
    let verdict = match (row["failed"].as_str(), row["deviates"].as_str()) {
        (Some(why), _) => Verdict::Failed(why.lines().take(4).collect::<Vec<_>>().join(" ")),
        (None, Some(reason)) => Verdict::Deviates(reason.to_owned()),
        (None, None) => Verdict::Passed,
    };
    Check { title, verdict }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn verdict(spec: &Value) -> Verdict {
    let result = &spec["tests"][0]["results"][0];
    match result["status"].as_str() {
        Some("passed") => Verdict::Passed,
        Some("skipped") | None => Verdict::Failed("not tried, since one before it failed".to_owned()),
        Some(_) => {
            let message = result["error"]["message"].as_str().unwrap_or("no message");
            Verdict::Failed(message.lines().take(4).collect::<Vec<_>>().join(" "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_report_becomes_clients() {
        let spec = |status: &str| json!({"title": status, "tests": [{"results": [{"status": status, "error": {"message": "a\nb"}}]}]});
        let report = json!({"suites": [{"suites": [{"title": "kubectl v1.35", "specs": [spec("passed"), spec("failed"), spec("skipped")]}]}]});
        let clients = read(&report);
        assert_eq!((clients.len(), clients[0].name.as_str()), (1, "kubectl v1.35"));
        let verdicts: Vec<_> = clients[0].checks.iter().map(|check| &check.verdict).collect();
        assert_eq!(verdicts[0], &Verdict::Passed);
        assert_eq!(verdicts[1], &Verdict::Failed("a b".into()));
        assert!(matches!(verdicts[2], Verdict::Failed(why) if why.starts_with("not tried")));
        let row = |row: Value| json!({"type": "command", "description": row.to_string()});
        let rows = [
            json!({"area": "get", "title": "kubectl get a | b"}),
            json!({"area": "get", "title": "(files)", "failed": "x"}),
            json!({"area": "set", "title": "kubectl set", "deviates": "since"}),
        ];
        let spec =
            json!({"title": "all", "tests": [{"annotations": rows.map(row), "results": [{"status": "failed"}]}]});
        let report = json!({"suites": [{"suites": [{"title": "kubectl v1.35, command by command", "specs": [spec]}]}]});
        let clients = read(&report);
        let found: Vec<_> = clients.iter().map(|client| (client.name.as_str(), client.checks.clone())).collect();
        let check = |title: &str, verdict| Check { title: title.into(), verdict };
        let get = vec![check("`kubectl get a \\| b`", Verdict::Passed), check("(files)", Verdict::Failed("x".into()))];
        let set = vec![check("`kubectl set`", Verdict::Deviates("since".into()))];
        assert_eq!(found, [("kubectl v1.35: get", get), ("kubectl v1.35: set", set)]);
    }
}
