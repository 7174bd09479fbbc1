//! What containers are called and how they call others: hostname, `/etc/hosts`, DNS (`kubelet_pods.go`,
//! `network/dns`). Pure.

use std::net::IpAddr;

use k8s_openapi::api::core::v1::Pod;

/// The domain of a cluster's names.
const CLUSTER_DOMAIN: &str = "cluster.local";

/// What `/etc/resolv.conf` is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dns {
    /// `nameserver`
    pub servers: Vec<String>,
    /// `search`
    pub searches: Vec<String>,
    /// `options`
    pub options: Vec<String>,
}

/// The Pod's hostname: its own, or its name, 63 letters at most.
pub fn hostname(pod: &Pod) -> String {
    let own = pod.spec.as_ref().and_then(|s| s.hostname.clone()).filter(|h| !h.is_empty());
    let name = own.or_else(|| pod.metadata.name.clone()).unwrap_or_default();
    let short: String = name.chars().take(63).collect();
    short.trim_end_matches(['-', '.']).to_owned()
}

/// `/etc/hosts`, as the kubelet manages it.
///
/// There is no cluster DNS: the one service that every Pod may call, the API at `api_server`, is named here.
pub fn hosts(pod: &Pod, ip: &str, api_server: Option<IpAddr>) -> String {
    let host = hostname(pod);
    let mut out = String::from(
        "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n\
         fe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n",
    );
    if let Some(address) = api_server {
        let long = format!("kubernetes.default.svc.{CLUSTER_DOMAIN}");
        out.push_str(&format!("{address}\t{long} kubernetes.default.svc kubernetes.default kubernetes\n"));
    }
    let spec = pod.spec.as_ref();
    let namespace = pod.metadata.namespace.as_deref().unwrap_or_default();
    match spec.and_then(|s| s.subdomain.as_deref()).filter(|s| !s.is_empty()) {
        Some(sub) => out.push_str(&format!("{ip}\t{host}.{sub}.{namespace}.svc.{CLUSTER_DOMAIN}\t{host}\n")),
        None => out.push_str(&format!("{ip}\t{host}\n")),
    }
    let aliases = spec.and_then(|s| s.host_aliases.as_ref()).into_iter().flatten();
    let mut aliases = aliases.peekable();
    if aliases.peek().is_some() {
        out.push_str("\n# Entries added by HostAliases.\n");
    }
    for alias in aliases {
        out.push_str(&format!("{}\t{}\n", alias.ip, alias.hostnames.as_deref().unwrap_or_default().join("\t")));
    }
    out
}

/// The Pod's DNS settings. `None` leaves the engine's: there is no cluster DNS to point to, so `ClusterFirst` means
/// the node's own resolver, with `dnsConfig` added.
pub fn dns(pod: &Pod) -> Option<Dns> {
    let spec = pod.spec.as_ref()?;
    let config = spec.dns_config.as_ref();
    if config.is_none() && spec.dns_policy.as_deref() != Some("None") {
        return None;
    }
    let mut dns = Dns::default();
    if let Some(config) = config {
        dns.servers = config.nameservers.clone().unwrap_or_default();
        dns.searches = config.searches.clone().unwrap_or_default();
        let options = config.options.iter().flatten().filter_map(|o| {
            let name = o.name.clone()?;
            Some(o.value.as_ref().map_or(name.clone(), |value| format!("{name}:{value}")))
        });
        dns.options = options.collect();
    }
    Some(dns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pod(spec: serde_json::Value) -> Pod {
        let mut spec = spec;
        spec["containers"] = json!([]);
        serde_json::from_value(json!({"metadata": {"name": "p", "namespace": "ns"}, "spec": spec})).unwrap()
    }

    #[test]
    fn hosts_files() {
        let tail = |spec| hosts(&pod(spec), "10.42.1.2", None).split_once("allrouters\n").unwrap().1.to_owned();
        assert_eq!(tail(json!({})), "10.42.1.2\tp\n");
        assert_eq!(
            tail(
                json!({"hostname": "h", "subdomain": "s", "hostAliases": [{"ip": "1.2.3.4", "hostnames": ["a", "b"]}]})
            ),
            "10.42.1.2\th.s.ns.svc.cluster.local\th\n\n# Entries added by HostAliases.\n1.2.3.4\ta\tb\n"
        );
    }

    #[test]
    fn the_api_has_its_name() {
        let hosts = hosts(&pod(json!({})), "10.42.1.2", Some("10.42.0.1".parse().unwrap()));
        assert!(hosts.contains("\n10.42.0.1\tkubernetes.default.svc.cluster.local kubernetes.default.svc "), "{hosts}");
    }

    #[test]
    fn resolver() {
        assert_eq!(dns(&pod(json!({}))), None);
        let config = json!({"dnsPolicy": "None", "dnsConfig": {"nameservers": ["8.8.8.8"],
            "searches": ["default.svc.cluster.local"], "options": [{"name": "ndots", "value": "2"}, {"name": "edns0"}]}});
        let text = |list: &[&str]| list.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>();
        let expected = Dns {
            servers: text(&["8.8.8.8"]),
            searches: text(&["default.svc.cluster.local"]),
            options: text(&["ndots:2", "edns0"]),
        };
        assert_eq!(dns(&pod(config)), Some(expected));
    }
}
