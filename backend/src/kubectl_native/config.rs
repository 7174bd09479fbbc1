//! Where commands go: a kubeconfig's current context, or `--server` and `--token`.

use std::path::PathBuf;

use base64::Engine;
use serde_json::Value;

/// One server, and who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// `http://127.0.0.1:8080/sandboxes/default`
    pub server: String,
    /// A bearer token.
    pub token: Option<String>,
    /// PEM certificates that sign the server's; the system's are never asked.
    pub certificates: Vec<u8>,
    /// Whether any certificate will do.
    pub insecure: bool,
    /// The context's namespace.
    pub namespace: Option<String>,
}

/// Reads flags, then `$KUBECONFIG` or `~/.kube/config`.
pub fn target(args: &[String]) -> Result<Target, String> {
    let flag = |long: &str, short: Option<&str>| value_of(args, long, short);
    let path = flag("--kubeconfig", None).or_else(|| std::env::var("KUBECONFIG").ok().filter(|p| !p.is_empty()));
    let mut target = match path.map(PathBuf::from).or_else(home_config) {
        Some(path) => {
            let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
            of_kubeconfig(&text, flag("--context", None).as_deref()).map_err(|e| format!("{}: {e}", path.display()))?
        }
        None => Target { server: "http://localhost:8080".to_owned(), ..Target::default() },
    };
    if let Some(server) = flag("--server", Some("-s")) {
        target.server = if server.contains("://") { server } else { format!("http://{server}") };
    }
    target.server = target.server.trim_end_matches('/').to_owned();
    target.token = flag("--token", None).or(target.token);
    target.insecure |= args.iter().any(|a| a == "--insecure-skip-tls-verify");
    Ok(target)
}

fn home_config() -> Option<PathBuf> {
    let path = PathBuf::from(std::env::var_os("HOME")?).join(".kube/config");
    path.exists().then_some(path)
}

fn value_of(args: &[String], long: &str, short: Option<&str>) -> Option<String> {
    let mut words = args.iter().take_while(|a| *a != "--");
    while let Some(word) = words.next() {
        if let Some(value) = word.strip_prefix(long).and_then(|rest| rest.strip_prefix('=')) {
            return Some(value.to_owned());
        }
        if word == long || Some(word.as_str()) == short {
            return words.next().cloned();
        }
    }
    None
}

fn of_kubeconfig(text: &str, context: Option<&str>) -> Result<Target, String> {
    let config: Value = serde_yaml::from_str(text).map_err(|e| e.to_string())?;
    let named = |list: &str, name: &str, what: &str| {
        let found = config[list].as_array().into_iter().flatten().find(|entry| entry["name"] == name);
        found.map(|entry| entry[what].clone()).unwrap_or_default()
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let current = context.map_or_else(|| text(&config["current-context"]), str::to_owned);
    let context = named("contexts", &current, "context");
    if context.is_null() && !current.is_empty() {
        return Err(format!("context was not found for specified context: {current}"));
    }
    let cluster = named("clusters", &text(&context["cluster"]), "cluster");
    let user = named("users", &text(&context["user"]), "user");
    let mut certificates = match cluster["certificate-authority-data"].as_str() {
        Some(data) => base64::engine::general_purpose::STANDARD.decode(data).map_err(|e| e.to_string())?,
        None => Vec::new(),
    };
    if let Some(path) = cluster["certificate-authority"].as_str() {
        certificates = std::fs::read(path).map_err(|e| format!("unable to read certificate-authority {path}: {e}"))?;
    }
    let token = match user["tokenFile"].as_str() {
        Some(path) => Some(std::fs::read_to_string(path).map_err(|e| format!("{path}: {e}"))?.trim().to_owned()),
        None => user["token"].as_str().map(str::to_owned),
    };
    Ok(Target {
        server: match text(&cluster["server"]) {
            server if server.is_empty() => "http://localhost:8080".to_owned(),
            server => server,
        },
        token,
        certificates,
        insecure: cluster["insecure-skip-tls-verify"].as_bool().unwrap_or_default(),
        namespace: context["namespace"].as_str().map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kubeconfigs() {
        let text = "current-context: c\ncontexts: [{name: c, context: {cluster: k, user: u, namespace: n}}]\n\
            clusters: [{name: k, cluster: {server: 'https://10.0.0.1:6443/', certificate-authority-data: YQ==}}]\n\
            users: [{name: u, user: {token: t}}]\n";
        let target = of_kubeconfig(text, None).unwrap();
        assert_eq!(target.server, "https://10.0.0.1:6443/");
        assert_eq!((target.token.as_deref(), target.namespace.as_deref()), (Some("t"), Some("n")));
        assert_eq!(target.certificates, b"a");
        assert!(of_kubeconfig(text, Some("x")).is_err());
        let args = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(value_of(&args("get -s x:1 pods"), "--server", Some("-s")).as_deref(), Some("x:1"));
        assert_eq!(value_of(&args("exec p -- -s x"), "--server", Some("-s")), None);
    }
}
