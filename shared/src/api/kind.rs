//! The kinds that a sandbox serves, as one table: discovery, routing and kubectl's names all read it.

/// One resource of the API.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// API group; empty for the core group.
    pub group: &'static str,
    /// Version within the group.
    pub version: &'static str,
    /// The kind's name: `Pod`.
    pub kind: &'static str,
    /// The resource's name in paths: `pods`.
    pub plural: &'static str,
    /// What kubectl accepts for one: `pod`.
    pub singular: &'static str,
    /// kubectl's short names: `po`.
    pub short_names: &'static [&'static str],
    /// Whether objects live in a namespace.
    pub namespaced: bool,
    /// `all` for what `kubectl get all` lists.
    pub categories: &'static [&'static str],
    /// The verbs served on the resource itself.
    pub verbs: &'static [&'static str],
    /// Subresources, with the verbs served on each and the kind each one carries.
    pub subresources: &'static [Subresource],
}

/// A part of an object with its own path: `pods/log`.
#[derive(Debug, PartialEq, Eq)]
pub struct Subresource {
    /// The last part of the path: `log`.
    pub name: &'static str,
    /// The kind of the body, as discovery names it.
    pub kind: &'static str,
    /// Group and version of that kind, where they differ from the resource's own (`policy/v1`).
    pub group_version: Option<(&'static str, &'static str)>,
    /// The verbs served on it.
    pub verbs: &'static [&'static str],
}

const ALL_VERBS: &[&str] = &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
const CREATE: &[&str] = &["create"];
const OBJECT: &[&str] = &["get", "patch", "update"];
const STREAM: &[&str] = &["create", "get"];
/// What is measured, not stored.
const MEASURED: &[&str] = &["get", "list"];

/// The group of what containers use.
pub const METRICS: &str = "metrics.k8s.io";

const fn sub(name: &'static str, kind: &'static str, verbs: &'static [&'static str]) -> Subresource {
    Subresource { name, kind, group_version: None, verbs }
}

const fn core(kind: &'static str, plural: &'static str, singular: &'static str) -> Kind {
    Kind {
        group: "",
        version: "v1",
        kind,
        plural,
        singular,
        short_names: &[],
        namespaced: true,
        categories: &[],
        verbs: ALL_VERBS,
        subresources: &[],
    }
}

/// Every resource served, core group first, sorted by group and plural as discovery sorts them.
pub static KINDS: &[Kind] = &[
    Kind { verbs: CREATE, ..core("Binding", "bindings", "binding") },
    Kind { short_names: &["cm"], ..core("ConfigMap", "configmaps", "configmap") },
    Kind { short_names: &["ev"], ..core("Event", "events", "event") },
    Kind { short_names: &["limits"], ..core("LimitRange", "limitranges", "limitrange") },
    Kind {
        short_names: &["ns"],
        namespaced: false,
        verbs: &["create", "delete", "get", "list", "patch", "update", "watch"],
        subresources: &[sub("finalize", "Namespace", &["update"]), sub("status", "Namespace", OBJECT)],
        ..core("Namespace", "namespaces", "namespace")
    },
    Kind {
        short_names: &["no"],
        namespaced: false,
        subresources: &[sub("status", "Node", OBJECT)],
        ..core("Node", "nodes", "node")
    },
    Kind {
        short_names: &["po"],
        categories: &["all"],
        subresources: &[
            sub("attach", "PodAttachOptions", STREAM),
            sub("binding", "Binding", CREATE),
            sub("ephemeralcontainers", "Pod", OBJECT),
            Subresource { name: "eviction", kind: "Eviction", group_version: Some(("policy", "v1")), verbs: CREATE },
            sub("exec", "PodExecOptions", STREAM),
            sub("log", "Pod", &["get"]),
            sub("portforward", "PodPortForwardOptions", STREAM),
            sub("resize", "Pod", OBJECT),
            sub("status", "Pod", OBJECT),
        ],
        ..core("Pod", "pods", "pod")
    },
    core("PodTemplate", "podtemplates", "podtemplate"),
    Kind {
        short_names: &["quota"],
        subresources: &[sub("status", "ResourceQuota", OBJECT)],
        ..core("ResourceQuota", "resourcequotas", "resourcequota")
    },
    core("Secret", "secrets", "secret"),
    Kind {
        short_names: &["sa"],
        subresources: &[Subresource {
            name: "token",
            kind: "TokenRequest",
            group_version: Some(("authentication.k8s.io", "v1")),
            verbs: CREATE,
        }],
        ..core("ServiceAccount", "serviceaccounts", "serviceaccount")
    },
    Kind {
        group: "authentication.k8s.io",
        namespaced: false,
        verbs: CREATE,
        ..core("SelfSubjectReview", "selfsubjectreviews", "selfsubjectreview")
    },
    Kind {
        group: "authorization.k8s.io",
        namespaced: false,
        verbs: CREATE,
        ..core("SelfSubjectAccessReview", "selfsubjectaccessreviews", "selfsubjectaccessreview")
    },
    Kind {
        group: "authorization.k8s.io",
        namespaced: false,
        verbs: CREATE,
        ..core("SelfSubjectRulesReview", "selfsubjectrulesreviews", "selfsubjectrulesreview")
    },
    Kind { group: "coordination.k8s.io", ..core("Lease", "leases", "lease") },
    Kind { group: "events.k8s.io", short_names: &["ev"], ..core("Event", "events", "event") },
    Kind { group: METRICS, version: "v1beta1", namespaced: false, verbs: MEASURED, ..core("NodeMetrics", "nodes", "") },
    Kind { group: METRICS, version: "v1beta1", verbs: MEASURED, ..core("PodMetrics", "pods", "") },
    Kind {
        group: "scheduling.k8s.io",
        short_names: &["pc"],
        namespaced: false,
        ..core("PriorityClass", "priorityclasses", "priorityclass")
    },
];

impl Kind {
    /// `v1`, `apps/v1`.
    pub fn api_version(&self) -> String {
        match self.group {
            "" => self.version.to_owned(),
            group => format!("{group}/{}", self.version),
        }
    }

    /// `pods`, `leases.coordination.k8s.io`: how error messages name the resource.
    pub fn qualified_plural(&self) -> String {
        match self.group {
            "" => self.plural.to_owned(),
            group => format!("{}.{group}", self.plural),
        }
    }

    /// The subresource of that name.
    pub fn subresource(&self, name: &str) -> Option<&'static Subresource> {
        self.subresources.iter().find(|s| s.name == name)
    }
}

/// The kind behind a path's group, version and resource.
pub fn by_resource(group: &str, version: &str, plural: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|k| k.plural == plural && k.group == group && k.version == version)
}

/// The kind that an object names in `apiVersion` and `kind`.
pub fn by_kind(api_version: &str, kind: &str) -> Option<&'static Kind> {
    let (group, version) = split_api_version(api_version);
    KINDS.iter().find(|k| k.kind == kind && k.group == group && k.version == version)
}

/// The kind that a kubectl user names: plural, singular, short name or kind in any case, with or without the group.
pub fn by_name(word: &str) -> Option<&'static Kind> {
    let word = word.to_ascii_lowercase();
    let (name, group) = match word.split_once('.') {
        Some((name, group)) => (name, Some(group)),
        None => (word.as_str(), None),
    };
    let fits_group = |k: &&Kind| match group {
        None => true,
        Some(group) => {
            group == k.group
                || group.strip_prefix(k.version).is_some_and(|g| g.strip_prefix('.').unwrap_or(g) == k.group)
        }
    };
    KINDS.iter().filter(fits_group).find(|k| k.plural == name || k.singular == name || k.short_names.contains(&name))
}

/// Group and version of an `apiVersion`: `("apps", "v1")`, `("", "v1")`.
pub fn split_api_version(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}

/// The one kind with this resource name in the core group: for code that names a kind it knows is served.
///
/// # Panics
/// When the table lacks it: a mistake in this program, found by the first test that runs the code.
pub fn known(plural: &str) -> &'static Kind {
    match KINDS.iter().find(|k| k.plural == plural) {
        Some(kind) => kind,
        None => panic!("no kind named {plural} in the table"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_that_kubectl_takes_finds_its_kind() {
        for word in ["po", "pod", "pods", "Pod", "pods.v1", "pods.v1."] {
            assert_eq!(by_name(word).map(|k| k.kind), Some("Pod"), "{word}");
        }
        assert_eq!(by_name("leases.coordination.k8s.io").map(|k| k.kind), Some("Lease"));
        assert_eq!(by_name("leases.v1.coordination.k8s.io").map(|k| k.kind), Some("Lease"));
        assert_eq!(by_name("pods.metrics.k8s.io").map(|k| k.kind), Some("PodMetrics"));
        assert_eq!(by_name("deployments"), None);
        assert_eq!(by_kind("v1", "Pod").map(|k| k.plural), Some("pods"));
        assert_eq!(by_kind("apps/v1", "Pod"), None);
    }
}
