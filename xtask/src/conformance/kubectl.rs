//! The chapter by every kubectl: what `e2e/specs/kubectl.spec.ts` plays, and Playwright's report of it.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::{Check, Client, Verdict};
use crate::places::Places;
use crate::server::Server;
use crate::{kubectl, process, web};

/// Plays it.
pub fn play(places: &Places, server: &Server) -> Result<Vec<Client>> {
    kubectl::bring_all(places)?;
    let folder = places.in_clone("e2e");
    web::install(&folder)?;
    let report = places.in_cache("conformance-kubectl.json");
    let _ = std::fs::remove_file(&report);
    let mut command = process::command(folder.join("node_modules/.bin/playwright"));
    command
        .current_dir(&folder)
        .args(["test", "--reporter=list,json", "specs/kubectl.spec.ts"])
        .env("PODGROUND_URL", format!("http://{}", server.address()))
        .env("PODGROUND_KUBECTLS", kubectl::list(places, &kubectl::ALL))
        .env("PLAYWRIGHT_JSON_OUTPUT_NAME", &report);
    // It ends with 1 when a test has failed, which the report says better.
    let ended = process::show(&mut command);
    let text = std::fs::read_to_string(&report).with_context(|| format!("Playwright left no report: {ended:?}"))?;
    let clients = read(&serde_json::from_str(&text)?);
    ensure!(clients.len() == kubectl::ALL.len(), "{} of {} kubectl were played", clients.len(), kubectl::ALL.len());
    Ok(clients)
}

/// A suite of the file is a kubectl, a test of it a check.
fn read(report: &Value) -> Vec<Client> {
    let list = |value: &Value, name: &str| value[name].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let suites = list(report, "suites").iter().flat_map(|file| list(file, "suites")).collect::<Vec<_>>();
    let checks = |suite: &Value| {
        list(suite, "specs").iter().map(|spec| Check { title: text(&spec["title"]), verdict: verdict(spec) }).collect()
    };
    suites.iter().map(|suite| Client { name: text(&suite["title"]), checks: checks(suite) }).collect()
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
    }
}
