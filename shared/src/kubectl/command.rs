//! The commands: their names and flags. What they do is in `cmd/`.

/// One command.
#[derive(Debug)]
pub struct Command {
    /// `get`, `create configmap`
    pub name: &'static str,
    /// Other last words for it.
    pub aliases: &'static [&'static str],
    /// Texts of flags, see [`super::flags`].
    pub flags: &'static [&'static str],
}

const PRINT: &str = "allow-missing-template-keys? o:output= show-managed-fields? template=";
const FILES: &str = "f:filename* k:kustomize= R:recursive?";
const DRY_RUN: &str = "dry-run%unchanged";
const SELECT: &str = "l:selector=";
const MANAGER: &str = "field-manager= validate%strict";
const DATA: &str = "append-hash? from-env-file* from-file* from-literal+ save-config?";
const STREAM: &str = "c:container= pod-running-timeout~ q:quiet? i:stdin? t:tty?";
const DELETE: &str = "cascade%background force? grace-period# timeout~ wait?";

macro_rules! command {
    ($name:literal, [$($alias:literal),*], [$($flags:expr),*]) => {
        Command { name: $name, aliases: &[$($alias),*], flags: &[$($flags),*] }
    };
}

/// Every command, in the order of kubectl's own list.
pub static COMMANDS: &[Command] = &[
    command!("create", [], [PRINT, FILES, DRY_RUN, SELECT, MANAGER, "edit? raw= save-config? windows-line-endings?"]),
    command!("create configmap", ["cm"], [PRINT, DRY_RUN, MANAGER, DATA]),
    command!("create namespace", ["ns"], [PRINT, DRY_RUN, MANAGER, "save-config?"]),
    command!("create secret", [], []),
    command!("create secret generic", [], [PRINT, DRY_RUN, MANAGER, DATA, "type="]),
    command!("create serviceaccount", ["sa"], [PRINT, DRY_RUN, MANAGER, "save-config?"]),
    command!(
        "run",
        [],
        [
            PRINT,
            FILES,
            DRY_RUN,
            DELETE,
            "annotations+ attach? command? env+ expose? field-manager= image= image-pull-policy= l:labels= leave-stdin-open? override-type= overrides= pod-running-timeout~ port= privileged? q:quiet? restart= rm? save-config? i:stdin? t:tty?"
        ]
    ),
    command!("explain", [], ["api-version= o:output= recursive?"]),
    command!(
        "get",
        [],
        [
            PRINT,
            FILES,
            SELECT,
            "A:all-namespaces? chunk-size# field-selector= ignore-not-found? L:label-columns* no-headers? output-watch-events? raw= server-print? show-kind? show-labels? sort-by= subresource= w:watch? watch-only?"
        ]
    ),
    command!("edit", [], [PRINT, FILES, MANAGER, "output-patch? save-config? subresource= windows-line-endings?"]),
    command!(
        "delete",
        [],
        [
            FILES,
            DRY_RUN,
            SELECT,
            DELETE,
            "all? A:all-namespaces? field-selector= ignore-not-found? i:interactive? now? o:output= raw="
        ]
    ),
    command!("cluster-info", [], []),
    command!("top", [], []),
    command!(
        "top node",
        ["nodes", "no"],
        [SELECT, "no-headers? show-capacity? show-swap? sort-by= use-protocol-buffers?"]
    ),
    command!(
        "top pod",
        ["pods", "po"],
        [
            SELECT,
            "A:all-namespaces? containers? field-selector= no-headers? show-swap? sort-by= sum? use-protocol-buffers?"
        ]
    ),
    command!("cordon", [], [DRY_RUN, SELECT]),
    command!("uncordon", [], [DRY_RUN, SELECT]),
    command!(
        "drain",
        [],
        [
            DRY_RUN,
            SELECT,
            "chunk-size# delete-emptydir-data? disable-eviction? force? grace-period# ignore-daemonsets? pod-selector= skip-wait-for-delete-timeout# timeout~"
        ]
    ),
    command!("taint", [], [PRINT, DRY_RUN, SELECT, MANAGER, "all? overwrite?"]),
    command!("describe", [], [FILES, SELECT, "A:all-namespaces? chunk-size# show-events?"]),
    command!(
        "logs",
        [],
        [
            SELECT,
            "all-containers? all-pods? c:container= f:follow? ignore-errors? insecure-skip-tls-verify-backend? limit-bytes# max-log-requests# pod-running-timeout~ prefix? p:previous? since~ since-time= tail# timestamps?"
        ]
    ),
    command!("attach", [], [STREAM]),
    command!("exec", [], [STREAM, "f:filename*"]),
    command!("port-forward", [], ["address* pod-running-timeout~"]),
    command!("cp", [], ["c:container= no-preserve? retries#"]),
    command!("auth", [], []),
    command!("auth can-i", [], ["A:all-namespaces? list? no-headers? q:quiet? subresource="]),
    command!("auth whoami", [], [PRINT]),
    command!(
        "debug",
        [],
        [
            "arguments-only? attach? c:container= copy-to= custom= env+ f:filename* image= image-pull-policy= keep-annotations? keep-init-containers? keep-labels? keep-liveness? keep-readiness? keep-startup? profile= q:quiet? replace? same-node? set-image+ share-processes? i:stdin? target= t:tty?"
        ]
    ),
    command!("events", [], [PRINT, "A:all-namespaces? chunk-size# for= no-headers? types* w:watch?"]),
    command!(
        "diff",
        [],
        [
            FILES,
            SELECT,
            "concurrency# field-manager= force-conflicts? prune? prune-allowlist+ server-side? show-managed-fields?"
        ]
    ),
    command!(
        "apply",
        [],
        [
            PRINT,
            FILES,
            DRY_RUN,
            SELECT,
            MANAGER,
            DELETE,
            "all? force-conflicts? openapi-patch? overwrite? prune? prune-allowlist+ server-side? subresource="
        ]
    ),
    command!("patch", [], [PRINT, FILES, DRY_RUN, "field-manager= local? p:patch= patch-file= subresource= type="]),
    command!("replace", [], [PRINT, FILES, DRY_RUN, MANAGER, DELETE, "raw= save-config? subresource="]),
    command!(
        "wait",
        [],
        [PRINT, SELECT, "f:filename* R:recursive? all? A:all-namespaces? field-selector= for+ local? timeout~"]
    ),
    command!(
        "label",
        [],
        [
            PRINT,
            FILES,
            DRY_RUN,
            SELECT,
            "all? A:all-namespaces? field-manager= field-selector= list? local? overwrite? resource-version="
        ]
    ),
    command!(
        "annotate",
        [],
        [
            PRINT,
            FILES,
            DRY_RUN,
            SELECT,
            "all? A:all-namespaces? field-manager= field-selector= list? local? overwrite? resource-version="
        ]
    ),
    command!(
        "api-resources",
        [],
        ["api-group= cached? categories* namespaced? no-headers? o:output= show-managed-fields? sort-by= verbs*"]
    ),
    command!("api-versions", [], []),
    // For completion: they are about the shell's kubeconfig, so the shell's kubectl runs them.
    command!("config", [], []),
    command!("config current-context", [], []),
    command!("config delete-context", [], []),
    command!("config get-clusters", [], []),
    command!("config get-contexts", [], ["no-headers? o:output="]),
    command!("config get-users", [], []),
    command!("config rename-context", [], []),
    command!("config set", [], ["set-raw-bytes?"]),
    command!("config set-context", [], ["current?"]),
    command!("config unset", [], []),
    command!("config use-context", [], []),
    command!("config view", [], [PRINT, "flatten? merge? minify? raw?"]),
    command!("version", [], ["client? o:output="]),
    command!("options", [], []),
];

/// The command that `words` begin with, and what is left of them. Flags may stand between: cobra looks past them.
pub fn find(words: &[String]) -> Option<(&'static Command, Vec<String>)> {
    let (mut name, mut found) = (String::new(), None);
    let mut rest = words.to_vec();
    while let Some(at) = first_argument(&rest, found) {
        let word = rest[at].clone();
        let Some(command) = COMMANDS.iter().find(|c| {
            let (parent, last) = c.name.rsplit_once(' ').unwrap_or(("", c.name));
            parent == name && (last == word || c.aliases.contains(&word.as_str()))
        }) else {
            break;
        };
        name = command.name.to_owned();
        found = Some(command);
        rest.remove(at);
    }
    found.map(|command| (command, rest))
}

/// Where the first word stands that is neither a flag nor a flag's value.
pub(super) fn first_argument(words: &[String], command: Option<&Command>) -> Option<usize> {
    let mut at = 0;
    while at < words.len() {
        let word = words[at].as_str();
        let takes = |fits: &dyn Fn(&super::flags::Flag<'_>) -> bool| {
            let own = command.map_or(&[][..], |c| c.flags);
            let mut texts = own.iter().copied().chain([super::flags::GLOBAL]);
            texts.any(|t| super::flags::declared(t).any(|f| fits(&f) && f.takes_value()))
        };
        let skip = match word.strip_prefix("--") {
            Some("") => return None,
            Some(long) => !long.contains('=') && takes(&|f| f.name == long),
            None if word.len() == 2 && word.starts_with('-') => takes(&|f| f.short == word.chars().nth(1)),
            None if word.starts_with('-') && word.len() > 1 => false,
            None => return Some(at),
        };
        at += if skip { 2 } else { 1 };
    }
    None
}

/// Commands that a mistyped word may have meant: cobra's distance of two, and prefixes.
pub fn suggestions(word: &str) -> Vec<&'static str> {
    let word = word.to_lowercase();
    let near = |name: &&str| !name.contains(' ') && (distance(&word, name) <= 2 || name.starts_with(&word));
    COMMANDS.iter().map(|c| c.name).filter(near).collect()
}

fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let next = (diagonal + usize::from(x != *y)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = row[j + 1];
            row[j + 1] = next;
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_found_past_flags() {
        for (line, expected) in [
            ("get pods", "get | pods"),
            ("-n x get pods", "get | -n x pods"),
            ("create cm x --from-literal a=b", "create configmap | x --from-literal a=b"),
            ("create -n x secret generic s", "create secret generic | -n x s"),
            ("create -f x.yaml", "create | -f x.yaml"),
            ("create -f secret", "create | -f secret"),
            ("exec p -- get pods", "exec | p -- get pods"),
        ] {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            let (command, rest) = find(&words).unwrap();
            assert_eq!(format!("{} | {}", command.name, rest.join(" ")), expected, "{line}");
        }
        assert!(find(&["foo".to_owned()]).is_none());
        assert_eq!(suggestions("gett"), ["get"]);
        assert_eq!(suggestions("foo"), ["top"]);
    }
}
