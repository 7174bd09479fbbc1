//! The containers of a Pod's screen.

use serde_json::Value;

use super::super::table::{int_at, or, str_at};
use super::writer::{Writer, date, quantity};
use crate::api::{Quantity, object};

pub(super) fn containers(w: &mut Writer, title: &str, specs: &[Value], statuses: &[Value], pod: &Value) {
    w.line(0, format!("{title}:{}", if specs.is_empty() { " <none>" } else { "" }));
    for spec in specs {
        let name = str_at(spec, "/name");
        let status = statuses.iter().find(|s| str_at(s, "/name") == name);
        basics(w, spec, status);
        words(w, "Command", object::list(spec, "/command"));
        words(w, "Args", object::list(spec, "/args"));
        if let Some(status) = status {
            state(w, "State", status.get("state"));
            if status.pointer("/lastState/terminated").is_some_and(|t| !t.is_null()) {
                state(w, "Last State", status.get("lastState"));
            }
            w.field(2, "Ready", if status["ready"] == true { "True" } else { "False" });
            w.field(2, "Restart Count", int_at(status, "/restartCount").to_string());
        }
        resources(w, &spec["resources"], 2);
        for (title, field) in
            [("Liveness", "livenessProbe"), ("Readiness", "readinessProbe"), ("Startup", "startupProbe")]
        {
            if let Some(probe) = spec.get(field).filter(|p| !p.is_null()) {
                w.field(2, title, probe_text(probe));
            }
        }
        env_from(w, object::list(spec, "/envFrom"));
        env(w, spec, pod);
        mounts(w, spec);
    }
}

fn basics(w: &mut Writer, spec: &Value, status: Option<&Value>) {
    w.line(1, [str_at(spec, "/name"), ":"].concat());
    if let Some(status) = status {
        w.field(2, "Container ID", str_at(status, "/containerID"));
    }
    w.field(2, "Image", str_at(spec, "/image"));
    if let Some(status) = status {
        w.field(2, "Image ID", str_at(status, "/imageID"));
    }
    for (title, field) in [("Port", "/containerPort"), ("Host Port", "/hostPort")] {
        let port = |p: &Value| format!("{}/{}", int_at(p, field), str_at(p, "/protocol"));
        let ports: Vec<String> = object::list(spec, "/ports").iter().map(port).collect();
        let several = if ports.len() > 1 { "s" } else { "" };
        w.field(2, &[title, several].concat(), or(&ports.join(", "), "<none>"));
    }
    let profile = str_at(spec, "/securityContext/seccompProfile/type");
    if !profile.is_empty() {
        w.field(2, "SeccompProfile", profile);
        if profile == "Localhost" {
            w.field(3, "LocalhostProfile", str_at(spec, "/securityContext/seccompProfile/localhostProfile"));
        }
    }
}

fn words(w: &mut Writer, title: &str, words: &[Value]) {
    if words.is_empty() {
        return;
    }
    w.line(2, [title, ":"].concat());
    for line in words.iter().filter_map(Value::as_str).flat_map(|word| word.split('\n')) {
        w.line(3, line);
    }
}

fn state(w: &mut Writer, title: &str, state: Option<&Value>) {
    let part = |name: &str| state.and_then(|s| s.get(name)).filter(|s| !s.is_null());
    let optional = |w: &mut Writer, of: &Value, title: &str, field: &str| match str_at(of, field) {
        "" => {}
        text => w.field(3, title, text),
    };
    if let Some(running) = part("running") {
        w.field(2, title, "Running");
        w.field(3, "Started", date(str_at(running, "/startedAt")));
    } else if let Some(ended) = part("terminated").filter(|_| part("waiting").is_none()) {
        w.field(2, title, "Terminated");
        optional(w, ended, "Reason", "/reason");
        optional(w, ended, "Message", "/message");
        w.field(3, "Exit Code", int_at(ended, "/exitCode").to_string());
        if int_at(ended, "/signal") > 0 {
            w.field(3, "Signal", int_at(ended, "/signal").to_string());
        }
        w.field(3, "Started", date(str_at(ended, "/startedAt")));
        w.field(3, "Finished", date(str_at(ended, "/finishedAt")));
    } else {
        w.field(2, title, "Waiting");
        if let Some(waiting) = part("waiting") {
            optional(w, waiting, "Reason", "/reason");
        }
    }
}

/// Limits and requests.
pub(super) fn resources(w: &mut Writer, resources: &Value, level: usize) {
    for (title, field) in [("Limits", "limits"), ("Requests", "requests")] {
        let Some(amounts) = resources.get(field).and_then(Value::as_object).filter(|a| !a.is_empty()) else {
            continue;
        };
        w.line(level, [title, ":"].concat());
        for (name, amount) in amounts {
            w.field(level + 1, name, quantity(amount));
        }
    }
}

fn probe_text(probe: &Value) -> String {
    let number = |field: &str| int_at(probe, field);
    let attributes = format!(
        "delay={}s timeout={}s period={}s #success={} #failure={}",
        number("/initialDelaySeconds"),
        number("/timeoutSeconds"),
        number("/periodSeconds"),
        number("/successThreshold"),
        number("/failureThreshold"),
    );
    let port = |of: &Value| match &of["port"] {
        Value::String(name) => name.clone(),
        number => number.to_string(),
    };
    let part = |name: &str| probe.get(name).filter(|p| !p.is_null());
    let action = if let Some(exec) = part("exec") {
        let words: Vec<&str> = object::list(exec, "/command").iter().filter_map(Value::as_str).collect();
        format!("exec [{}]", words.join(" "))
    } else if let Some(http) = part("httpGet") {
        let (scheme, host) = (str_at(http, "/scheme").to_lowercase(), str_at(http, "/host"));
        let path = str_at(http, "/path");
        let slash = if path.is_empty() || path.starts_with('/') { "" } else { "/" };
        format!("http-get {scheme}://{host}:{}{slash}{path}", port(http))
    } else if let Some(tcp) = part("tcpSocket") {
        format!("tcp-socket {}:{}", str_at(tcp, "/host"), port(tcp))
    } else if let Some(grpc) = part("grpc") {
        format!("grpc <pod>:{} {}", port(grpc), str_at(grpc, "/service"))
    } else {
        "unknown".to_owned()
    };
    format!("{action} {attributes}")
}

fn env_from(w: &mut Writer, sources: &[Value]) {
    if sources.is_empty() {
        return;
    }
    w.line(2, "Environment Variables from:");
    for source in sources {
        let (from, reference) = match source.get("configMapRef").filter(|r| !r.is_null()) {
            Some(reference) => ("ConfigMap", reference),
            None => ("Secret", &source["secretRef"]),
        };
        let prefix = match str_at(source, "/prefix") {
            "" => String::new(),
            prefix => format!(" with prefix '{prefix}'"),
        };
        let optional = reference["optional"] == true;
        w.line(3, format!("{}\t{from}{prefix}\tOptional: {optional}", str_at(reference, "/name")));
    }
}

fn env(w: &mut Writer, spec: &Value, pod: &Value) {
    let variables = object::list(spec, "/env");
    if variables.is_empty() {
        return w.line(2, "Environment:\t<none>");
    }
    w.line(2, "Environment:");
    for variable in variables {
        let name = str_at(variable, "/name");
        let Some(from) = variable.get("valueFrom").filter(|f| !f.is_null()) else {
            for (at, line) in str_at(variable, "/value").split('\n').enumerate() {
                w.line(3, if at == 0 { format!("{name}:\t{line}") } else { format!("\t{line}") });
            }
            continue;
        };
        let part = |name: &str| from.get(name).filter(|p| !p.is_null());
        if let Some(field) = part("fieldRef") {
            let path = str_at(field, "/fieldPath");
            // kubectl's scheme resolves these two and no others.
            let value = match path {
                "metadata.name" => object::name(pod),
                "metadata.namespace" => object::namespace(pod),
                _ => "",
            };
            w.line(3, format!("{name}:\t{value} ({}:{path})", str_at(field, "/apiVersion")));
        } else if let Some(field) = part("resourceFieldRef") {
            let resource = str_at(field, "/resource");
            let value = match resource_value(spec, resource, str_at(field, "/divisor")) {
                0 if matches!(resource, "limits.cpu" | "limits.memory") => "node allocatable".to_owned(),
                value => value.to_string(),
            };
            w.line(3, format!("{name}:\t{value} ({resource})"));
        } else if let Some(key) = part("secretKeyRef") {
            w.line(3, format!("{name}:\t<set to the key {}", key_text(key, "in secret")));
        } else if let Some(key) = part("configMapKeyRef") {
            w.line(3, format!("{name}:\t<set to the key {}", key_text(key, "of config map")));
        }
    }
}

fn key_text(key: &Value, whose: &str) -> String {
    let optional = key["optional"] == true;
    format!("'{}' {whose} '{}'>\tOptional: {optional}", str_at(key, "/key"), str_at(key, "/name"))
}

/// A limit or request in units of the divisor, rounded up; CPU counts in thousandths.
fn resource_value(spec: &Value, resource: &str, divisor: &str) -> i64 {
    let Some((what, name)) = resource.split_once('.') else { return 0 };
    let amount = spec.get("resources").and_then(|r| r.get(what)).and_then(|r| r.get(name)).map(quantity);
    let parse = |text: &str| Quantity::parse(text).unwrap_or(Quantity::milli(0));
    let (amount, divisor) = (parse(amount.as_deref().unwrap_or("0")), parse(divisor));
    // The server writes an absent divisor as 0: it means 1.
    let divisor = if divisor.sign().is_eq() { parse("1") } else { divisor };
    let (amount, divisor) = match name {
        "cpu" => (amount.milli_value(), divisor.milli_value()),
        _ => (amount.value(), divisor.value()),
    };
    match divisor {
        0 => amount,
        divisor => amount / divisor + i64::from(amount % divisor > 0),
    }
}

fn mounts(w: &mut Writer, spec: &Value) {
    let mut mounts: Vec<&Value> = object::list(spec, "/volumeMounts").iter().collect();
    mounts.sort_by_key(|m| str_at(m, "/mountPath"));
    let none = if mounts.is_empty() { "\t<none>" } else { "" };
    w.line(2, ["Mounts:", none].concat());
    for mount in mounts {
        let mut flags = if mount["readOnly"] == true { "ro" } else { "rw" }.to_owned();
        match str_at(mount, "/subPath") {
            "" => {}
            path => flags.push_str(&format!(",path={path:?}")),
        }
        w.line(3, format!("{} from {} ({flags})", str_at(mount, "/mountPath"), str_at(mount, "/name")));
    }
    let mut devices: Vec<&Value> = object::list(spec, "/volumeDevices").iter().collect();
    devices.sort_by_key(|d| str_at(d, "/devicePath"));
    if !devices.is_empty() {
        w.line(2, ["Devices:", none].concat());
    }
    for device in devices {
        w.line(3, format!("{} from {}", str_at(device, "/devicePath"), str_at(device, "/name")));
    }
}
