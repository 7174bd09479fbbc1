//! DNS settings, host aliases, and ports on the host's network.

use serde_json::Value;

use super::super::at::{At, Errors};
use super::super::names;
use super::super::read::{flag, get, int, list, strings, text};
use super::spec::shown;

const MAX_NAMESERVERS: usize = 3;
const MAX_SEARCHES: usize = 32;
const MAX_SEARCH_CHARS: usize = 2048;

/// `spec.dnsConfig`; with `dnsPolicy: None` it must name a server.
pub(super) fn dns_config(spec: &Value, at: &At, errors: &mut Errors) {
    let at = at.child("dnsConfig");
    let config = get(spec, "dnsConfig");
    if text(spec, "dnsPolicy") == "None" {
        let Some(config) = config else {
            errors.required(&at, "must provide `dnsConfig` when `dnsPolicy` is None");
            return;
        };
        if list(config, "nameservers").is_empty() {
            let why = "must provide at least one DNS nameserver when `dnsPolicy` is None";
            errors.required(&at.child("nameservers"), why);
            return;
        }
    }
    let Some(config) = config else { return };
    let (servers, searches) = (at.child("nameservers"), at.child("searches"));
    if list(config, "nameservers").len() > MAX_NAMESERVERS {
        let why = format!("must not have more than {MAX_NAMESERVERS} nameservers");
        errors.invalid(&servers, shown(config, "nameservers"), why);
    }
    for (index, server) in strings(config, "nameservers").enumerate() {
        if let Some(broken) = names::ip(server) {
            errors.invalid(&servers.index(index), server, broken);
        }
    }
    let count = list(config, "searches").len();
    if count > MAX_SEARCHES {
        let why = format!("must not have more than {MAX_SEARCHES} search paths");
        errors.invalid(&searches, shown(config, "searches"), why);
    }
    let spaces = count.saturating_sub(1);
    if strings(config, "searches").map(str::len).sum::<usize>() + spaces > MAX_SEARCH_CHARS {
        let why =
            format!("must not have more than {MAX_SEARCH_CHARS} characters (including spaces) in the search list");
        errors.invalid(&searches, shown(config, "searches"), why);
    }
    for (index, search) in strings(config, "searches").enumerate().filter(|(_, search)| *search != ".") {
        let search = search.strip_suffix('.').unwrap_or(search);
        errors.invalid_all(&searches.index(index), search, names::dns1123_subdomain_underscore(search));
    }
    for (index, option) in list(config, "options").iter().enumerate() {
        if text(option, "name").is_empty() {
            errors.required(&at.child("options").index(index), "must not be empty");
        }
    }
}

/// `spec.hostAliases`: lines of `/etc/hosts`.
pub(super) fn host_aliases(spec: &Value, at: &At, errors: &mut Errors) {
    let at = at.child("hostAliases");
    for (index, alias) in list(spec, "hostAliases").iter().enumerate() {
        let at = at.index(index);
        let address = text(alias, "ip");
        if let Some(broken) = names::ip(address) {
            errors.invalid(&at.child("ip"), address, broken);
        }
        let hosts = at.child("hostnames");
        for (index, host) in strings(alias, "hostnames").enumerate() {
            errors.invalid_all(&hosts.index(index), host, names::dns1123_subdomain(host));
        }
    }
}

/// On the host's network a port is the host's port.
pub(super) fn host_ports(spec: &Value, at: &At, errors: &mut Errors) {
    if flag(spec, "hostNetwork") != Some(true) {
        return;
    }
    let at = at.child("containers");
    for (index, container) in list(spec, "containers").iter().enumerate() {
        let at = at.index(index);
        let at = at.child("ports");
        for (index, port) in list(container, "ports").iter().enumerate() {
            let host_port = int(port, "hostPort").unwrap_or(0);
            if host_port != int(port, "containerPort").unwrap_or(0) {
                let why = "must match `containerPort` when `hostNetwork` is true";
                errors.invalid(&at.index(index).child("hostPort"), host_port, why);
            }
        }
    }
}
