//! What containers are called and how they call others: hostname, `/etc/hosts`, DNS (`kubelet_pods.go`,
//! `network/dns`). Pure.

use std::net::IpAddr;

use k8s_openapi::api::core::v1::Pod;

/// The domain of a cluster's names.
const CLUSTER_DOMAIN: &str = "cluster.local";

/// The engine's resolver, as containers reach it: names of containers on the network, and what the host resolves.
const ENGINE_RESOLVER: &str = "127.0.0.11";

/// What a host name may have, for the kernel (`HOST_NAME_MAX`).
const LONGEST: usize = 64;

fn text(field: Option<&String>) -> Option<&str> {
    field.map(String::as_str).filter(|text| !text.is_empty())
}

/// The Pod's hostname: its own, or its name, 63 letters at most.
fn short(pod: &Pod) -> String {
    let spec = pod.spec.as_ref();
    if let Some(given) = text(spec.and_then(|s| s.hostname_override.as_ref())) {
        return given.to_owned();
    }
    let name = text(spec.and_then(|s| s.hostname.as_ref())).or(pod.metadata.name.as_deref()).unwrap_or_default();
    let short: String = name.chars().take(63).collect();
    short.trim_end_matches(['-', '.']).to_owned()
}

/// The hostname with the domain that `subdomain` gives it, if it does.
fn qualified(pod: &Pod) -> Option<String> {
    let spec = pod.spec.as_ref()?;
    let sub = text(spec.subdomain.as_ref()).filter(|_| text(spec.hostname_override.as_ref()).is_none())?;
    let namespace = pod.metadata.namespace.as_deref().unwrap_or_default();
    Some(format!("{}.{sub}.{namespace}.svc.{CLUSTER_DOMAIN}", short(pod)))
}

/// What the kernel calls the Pod: its hostname; with its domain where `setHostnameAsFQDN` wants that.
pub fn hostname(pod: &Pod) -> String {
    let whole = pod.spec.as_ref().is_some_and(|s| s.set_hostname_as_fqdn == Some(true));
    qualified(pod).filter(|_| whole).unwrap_or_else(|| short(pod))
}

/// Why the Pod cannot have its hostname.
pub fn too_long(pod: &Pod) -> Option<String> {
    let (name, long) = (hostname(pod), |length| length > LONGEST);
    long(name.len()).then(|| {
        format!(
            "Failed to construct FQDN from Pod hostname and cluster domain, FQDN {name} is too long ({LONGEST} \
             characters is the max, {} characters requested)",
            name.len()
        )
    })
}

/// `/etc/hosts`, as the kubelet manages it.
///
/// There is no cluster DNS: the one service that every Pod may call, the API at `api_server`, is named here.
pub fn hosts(pod: &Pod, ip: &str, api_server: Option<IpAddr>) -> String {
    let host = short(pod);
    let mut out = String::from(
        "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n\
         fe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n",
    );
    if let Some(address) = api_server {
        let long = format!("kubernetes.default.svc.{CLUSTER_DOMAIN}");
        out.push_str(&format!("{address}\t{long} kubernetes.default.svc kubernetes.default kubernetes\n"));
    }
    let spec = pod.spec.as_ref();
    match qualified(pod) {
        Some(long) => out.push_str(&format!("{ip}\t{long}\t{host}\n")),
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

/// `/etc/resolv.conf`, where the Pod's differs from the engine's; `None` where the engine's serves.
///
/// There is no cluster DNS to point to, so `ClusterFirst` means the engine's resolver, with `dnsConfig` added to it;
/// `None` means `dnsConfig` alone.
pub fn resolv_conf(pod: &Pod) -> Option<String> {
    let spec = pod.spec.as_ref()?;
    let alone = spec.dns_policy.as_deref() == Some("None");
    if spec.dns_config.is_none() && !alone {
        return None;
    }
    let config = spec.dns_config.clone().unwrap_or_default();
    let own = (!alone).then(|| ENGINE_RESOLVER.to_owned());
    let servers = own.into_iter().chain(config.nameservers.into_iter().flatten());
    let mut lines: Vec<String> = servers.take(3).map(|server| format!("nameserver {server}")).collect();
    let searches = config.searches.unwrap_or_default();
    if !searches.is_empty() {
        lines.insert(0, format!("search {}", searches.join(" ")));
    }
    let options = config.options.iter().flatten().filter_map(|option| {
        let name = option.name.clone()?;
        Some(option.value.as_ref().map_or(name.clone(), |value| format!("{name}:{value}")))
    });
    let options: Vec<String> = options.collect();
    if !options.is_empty() {
        lines.push(format!("options {}", options.join(" ")));
    }
    lines.push(String::new());
    Some(lines.join("\n"))
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
    fn the_kernels_name() {
        let whole = |spec: serde_json::Value| {
            let mut spec = spec;
            spec["setHostnameAsFQDN"] = true.into();
            pod(spec)
        };
        assert_eq!(hostname(&pod(json!({"subdomain": "s"}))), "p");
        assert_eq!(hostname(&whole(json!({"subdomain": "s"}))), "p.s.ns.svc.cluster.local");
        assert_eq!(hostname(&whole(json!({}))), "p");
        assert_eq!(hostname(&pod(json!({"hostname": "h", "subdomain": "s", "hostnameOverride": "a.b"}))), "a.b");
        assert_eq!(too_long(&pod(json!({"subdomain": "s".repeat(60)}))), None);
        assert_eq!(
            too_long(&whole(json!({"subdomain": "s".repeat(42)}))).as_deref(),
            Some(
                "Failed to construct FQDN from Pod hostname and cluster domain, FQDN \
                 p.ssssssssssssssssssssssssssssssssssssssssss.ns.svc.cluster.local is too long (64 characters is the \
                 max, 65 characters requested)"
            )
        );
    }

    #[test]
    fn the_api_has_its_name() {
        let hosts = hosts(&pod(json!({})), "10.42.1.2", Some("10.42.0.1".parse().unwrap()));
        assert!(hosts.contains("\n10.42.0.1\tkubernetes.default.svc.cluster.local kubernetes.default.svc "), "{hosts}");
    }

    #[test]
    fn resolver() {
        assert_eq!(resolv_conf(&pod(json!({}))), None);
        let config = json!({"nameservers": ["8.8.8.8", "8.8.4.4"], "searches": ["default.svc.cluster.local"],
            "options": [{"name": "ndots", "value": "2"}, {"name": "edns0"}]});
        assert_eq!(
            resolv_conf(&pod(json!({"dnsPolicy": "None", "dnsConfig": config}))).as_deref(),
            Some("search default.svc.cluster.local\nnameserver 8.8.8.8\nnameserver 8.8.4.4\noptions ndots:2 edns0\n")
        );
        assert_eq!(
            resolv_conf(&pod(json!({"dnsPolicy": "ClusterFirst", "dnsConfig": {"searches": ["a"]}}))).as_deref(),
            Some("search a\nnameserver 127.0.0.11\n")
        );
    }
}
