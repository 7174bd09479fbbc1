//! `docs/pods.md` is what this table and the rules of admission say. `UPDATE_DOCS=1` writes it.

#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};
use shared::schema::definition;
use shared::validation::admission::forbidden;
use shared::validation::without_effect::{self, WithoutEffect};

/// What becomes of a field.
enum Field {
    /// It does what Kubernetes says; with a remark where there is one.
    Honoured(&'static str),
    /// Accepted, and nothing comes of it: the server warns, and says why.
    Without,
    /// This value of it is refused at the door; the message is admission's own.
    Refused(Value),
}

use Field::{Honoured, Refused, Without};

fn pod() -> Vec<(&'static str, Field)> {
    vec![
        ("activeDeadlineSeconds", Honoured("")),
        ("affinity", Honoured("a `namespaceSelector` that is not empty matches nothing")),
        ("automountServiceAccountToken", Honoured("")),
        ("containers", Honoured("")),
        ("dnsConfig", Honoured("")),
        ("dnsPolicy", Honoured("there is no cluster DNS: `ClusterFirst` is the engine's resolver")),
        ("enableServiceLinks", Without),
        ("ephemeralContainers", Honoured("")),
        ("hostAliases", Honoured("")),
        ("hostIPC", Refused(json!({"hostIPC": true}))),
        ("hostNetwork", Refused(json!({"hostNetwork": true}))),
        ("hostPID", Refused(json!({"hostPID": true}))),
        ("hostUsers", Refused(json!({"hostUsers": false}))),
        ("hostname", Honoured("")),
        ("hostnameOverride", Honoured("")),
        ("imagePullSecrets", Honoured("")),
        ("initContainers", Honoured("")),
        ("nodeName", Honoured("")),
        ("nodeSelector", Honoured("")),
        ("os", Without),
        ("overhead", Honoured("counted by scheduler and quota")),
        ("preemptionPolicy", Honoured("")),
        ("priority", Honoured("orders the scheduler's queue; lower ones make room for higher ones")),
        ("priorityClassName", Honoured("")),
        ("readinessGates", Honoured("")),
        ("resourceClaims", Without),
        ("resources", Honoured("counted by the scheduler; no cgroup of the Pod's own caps it")),
        ("restartPolicy", Honoured("")),
        ("runtimeClassName", Without),
        ("schedulerName", Honoured("")),
        ("schedulingGates", Honoured("")),
        ("securityContext", Honoured("but for `seLinuxOptions`, `windowsOptions` and change policies; see below")),
        ("serviceAccount", Honoured("")),
        ("serviceAccountName", Honoured("")),
        ("setHostnameAsFQDN", Honoured("")),
        ("shareProcessNamespace", Honoured("")),
        ("subdomain", Honoured("in `/etc/hosts`")),
        ("terminationGracePeriodSeconds", Honoured("")),
        ("tolerations", Honoured("")),
        ("topologySpreadConstraints", Honoured("")),
        ("volumes", Honoured("hostPath, emptyDir, configMap, secret, downwardAPI, projected; others never mount")),
        ("workloadRef", Without),
    ]
}

fn container() -> Vec<(&'static str, Field)> {
    vec![
        ("args", Honoured("")),
        ("command", Honoured("")),
        ("env", Honoured("")),
        ("envFrom", Honoured("")),
        ("image", Honoured("")),
        ("imagePullPolicy", Honoured("images built here in place of a registry's are never pulled")),
        ("lifecycle", Honoured("")),
        ("livenessProbe", Honoured("")),
        ("name", Honoured("")),
        ("ports", Honoured("`hostPort` leads to the Pod from the node's own address; not for SCTP")),
        ("readinessProbe", Honoured("")),
        ("resizePolicy", Honoured("CPU and memory of a running Pod change through `pods/resize`")),
        ("resources", Honoured("CPU and memory by cgroup; a Pod that takes more `ephemeral-storage` is evicted")),
        ("restartPolicy", Honoured("")),
        ("restartPolicyRules", Honoured("")),
        ("securityContext", Honoured("but for `seLinuxOptions` and `windowsOptions`; see below")),
        ("startupProbe", Honoured("")),
        ("stdin", Honoured("")),
        ("stdinOnce", Honoured("")),
        ("terminationMessagePath", Honoured("")),
        ("terminationMessagePolicy", Honoured("")),
        ("tty", Honoured("")),
        ("volumeDevices", Without),
        ("volumeMounts", Honoured("")),
        ("workingDir", Honoured("")),
    ]
}

const HEAD: &str = "# What becomes of a Pod's fields

Written by `UPDATE_DOCS=1 cargo test -p shared --test pods_doc`; the same test fails when it is out of date. Every field
of v1.35 is here. Unknown and invalid ones are Kubernetes' own business and refused in its words. Whoever sets one that
is without effect is told so in a `Warning` header.

Nodes evict nothing for want of memory, disk or process numbers: a node is a container, and those conditions are always
`False`.
";

/// What admission says of a value.
fn refusal(spec: &Value) -> String {
    let found = forbidden(&json!({"spec": spec}));
    assert!(!found.is_empty(), "admission takes {spec}");
    found.iter().map(|error| format!("`{error}`")).collect::<Vec<_>>().join("; ")
}

fn section(out: &mut String, title: &str, type_name: &str, rows: &[(&str, Field)], without: &[WithoutEffect]) {
    let fields: Vec<&str> = definition(type_name).unwrap().fields.iter().map(|field| field.name).collect();
    let named: Vec<&str> = rows.iter().map(|(name, _)| *name).collect();
    assert_eq!(named, fields, "{type_name}: the schema's fields, in its order");
    let warned = rows.iter().filter(|(_, field)| matches!(field, Without)).count();
    assert_eq!(warned, without.len(), "{type_name}: what the server warns of");
    let _ = write!(out, "\n## {title}\n\n| field | | |\n|---|---|---|\n");
    for (name, field) in rows {
        let (verdict, why) = match field {
            Honoured(why) => ("honoured", (*why).to_owned()),
            Without => ("without effect", without.iter().find(|(field, _)| field == name).unwrap().1.to_owned()),
            Refused(value) => ("refused", format!("`{value}`: {}", refusal(value))),
        };
        let _ = writeln!(out, "| `{name}` | {verdict} | {why} |");
    }
}

#[test]
fn the_page_says_what_the_code_says() {
    let mut page = HEAD.to_owned();
    section(&mut page, "PodSpec", "io.k8s.api.core.v1.PodSpec", &pod(), without_effect::OF_POD);
    let in_container = |context: &Value| json!({"containers": [{"name": "c", "securityContext": context}]});
    section(&mut page, "Container", "io.k8s.api.core.v1.Container", &container(), without_effect::OF_CONTAINER);
    page += "\nSecurity contexts are honoured (`runAsUser`, `runAsGroup`, `runAsNonRoot`, `fsGroup`, `supplementalGroups`,\n\
        `readOnlyRootFilesystem`, `allowPrivilegeEscalation`, `capabilities`, `sysctls` of `net.*`). Refused are also:\n\n";
    for context in [
        json!({"privileged": true}),
        json!({"procMount": "Unmasked"}),
        json!({"seccompProfile": {"type": "Unconfined"}}),
        json!({"appArmorProfile": {"type": "Unconfined"}}),
        json!({"capabilities": {"add": ["SYS_ADMIN"]}}),
    ] {
        let _ = writeln!(page, "- `{context}`: {}", refusal(&in_container(&context)));
    }
    let sysctl = json!({"sysctls": [{"name": "kernel.shm_rmid_forced", "value": "1"}]});
    let _ = writeln!(page, "- `{sysctl}`: {}", refusal(&json!({"securityContext": sysctl})));
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/pods.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&file, &page).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap_or_default(), page, "run this test with UPDATE_DOCS=1");
}
