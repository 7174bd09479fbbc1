//! A container's ports: names, numbers, protocols, and host ports that no two containers may share.

use std::collections::HashSet;

use serde_json::Value;

use super::super::at::{At, Errors};
use super::super::names;
use super::super::read::{int, list, text};

/// The ports of one container.
pub(super) fn ports(container: &Value, at: &At, errors: &mut Errors) {
    let at = at.child("ports");
    let mut seen = HashSet::new();
    for (index, port) in list(container, "ports").iter().enumerate() {
        let at = at.index(index);
        let name = text(port, "name");
        if !name.is_empty() {
            let broken = names::port_name(name);
            if broken.is_empty() && !seen.insert(name) {
                errors.duplicate(&at.child("name"), name);
            }
            errors.invalid_all(&at.child("name"), name, broken);
        }
        match int(port, "containerPort").unwrap_or(0) {
            0 => errors.required(&at.child("containerPort"), ""),
            number => number_in_range(number, &at.child("containerPort"), errors),
        }
        match int(port, "hostPort").unwrap_or(0) {
            0 => {}
            number => number_in_range(number, &at.child("hostPort"), errors),
        }
        match text(port, "protocol") {
            "" => errors.required(&at.child("protocol"), ""),
            "TCP" | "UDP" | "SCTP" => {}
            other => errors.not_supported(&at.child("protocol"), other, &["SCTP", "TCP", "UDP"]),
        }
    }
}

fn number_in_range(number: i64, at: &At, errors: &mut Errors) {
    if let Some(broken) = names::port_number(number) {
        errors.invalid(at, number, broken);
    }
}

/// Every host port once, by protocol and host address.
pub(super) fn host_port_conflicts(containers: &[Value], at: &At, errors: &mut Errors) {
    let mut taken = HashSet::new();
    for (index, container) in containers.iter().enumerate() {
        let at = at.index(index);
        let at = at.child("ports");
        for (index, port) in list(container, "ports").iter().enumerate() {
            let number = int(port, "hostPort").unwrap_or(0);
            if number == 0 {
                continue;
            }
            let (protocol, address) = (text(port, "protocol"), text(port, "hostIP"));
            if !taken.insert((protocol, address, number)) {
                errors.duplicate(&at.index(index).child("hostPort"), format!("{protocol}/{address}/{number}"));
            }
        }
    }
}
