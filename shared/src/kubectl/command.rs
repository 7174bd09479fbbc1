//! The commands: names, flags and one line of help each. What they do is in `cmd/`.

/// One command.
#[derive(Debug)]
pub struct Command {
    /// `get`, `create configmap`
    pub name: &'static str,
    /// Other last words for it.
    pub aliases: &'static [&'static str],
    /// What stands behind the name in its usage line.
    pub usage: &'static str,
    /// One line of help.
    pub about: &'static str,
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
    ($name:literal, [$($alias:literal),*], $usage:literal, $about:literal, [$($flags:expr),*]) => {
        Command { name: $name, aliases: &[$($alias),*], usage: $usage, about: $about, flags: &[$($flags),*] }
    };
}

/// Every command, in the order of kubectl's own list.
pub static COMMANDS: &[Command] = &[
    command!(
        "create",
        [],
        "-f FILENAME",
        "Create a resource from a file or from stdin",
        [PRINT, FILES, DRY_RUN, SELECT, MANAGER, "edit? raw= save-config?"]
    ),
    command!(
        "create configmap",
        ["cm"],
        "NAME [--from-file=[key=]source] [--from-literal=key1=value1]",
        "Create a config map from files, directories or literal values",
        [PRINT, DRY_RUN, MANAGER, DATA]
    ),
    command!("create namespace", ["ns"], "NAME", "Create a namespace", [PRINT, DRY_RUN, MANAGER, "save-config?"]),
    command!("create secret", [], "(generic)", "Create a secret", []),
    command!(
        "create secret generic",
        [],
        "NAME [--type=string] [--from-file=[key=]source] [--from-literal=key1=value1]",
        "Create a secret from files, directories or literal values",
        [PRINT, DRY_RUN, MANAGER, DATA, "type="]
    ),
    command!(
        "create serviceaccount",
        ["sa"],
        "NAME",
        "Create a service account",
        [PRINT, DRY_RUN, MANAGER, "save-config?"]
    ),
    command!(
        "run",
        [],
        "NAME --image=image [--env=\"key=value\"] [--port=port] [--dry-run=server|client] [--overrides=inline-json] [--command] -- [COMMAND] [args...]",
        "Run an image as a Pod",
        [
            PRINT,
            FILES,
            DRY_RUN,
            DELETE,
            "annotations+ attach? command? env+ expose? field-manager= image= image-pull-policy= l:labels= leave-stdin-open? override-type= overrides= pod-running-timeout~ port= privileged? q:quiet? restart= rm? save-config? i:stdin? t:tty?"
        ]
    ),
    command!("explain", [], "TYPE", "Show the fields of a resource", ["api-version= o:output= recursive?"]),
    command!(
        "get",
        [],
        "(TYPE [NAME | -l label] | TYPE/NAME ...)",
        "Show one or many resources",
        [
            PRINT,
            FILES,
            SELECT,
            "A:all-namespaces? chunk-size# field-selector= ignore-not-found? L:label-columns* no-headers? output-watch-events? raw= server-print? show-kind? show-labels? sort-by= subresource= w:watch? watch-only?"
        ]
    ),
    command!(
        "edit",
        [],
        "(RESOURCE/NAME | -f FILENAME)",
        "Edit a resource",
        [PRINT, FILES, MANAGER, "output-patch? save-config? subresource= windows-line-endings?"]
    ),
    command!(
        "delete",
        [],
        "([-f FILENAME] | TYPE [(NAME | -l label | --all)])",
        "Delete resources",
        [
            FILES,
            DRY_RUN,
            SELECT,
            DELETE,
            "all? A:all-namespaces? field-selector= ignore-not-found? i:interactive? now? o:output= raw="
        ]
    ),
    command!("cluster-info", [], "", "Show where the cluster answers", []),
    command!("top", [], "", "Show what nodes and pods use", []),
    command!(
        "top node",
        ["nodes", "no"],
        "[NAME | -l label]",
        "Show what nodes use",
        [SELECT, "no-headers? show-capacity? show-swap? sort-by= use-protocol-buffers?"]
    ),
    command!(
        "top pod",
        ["pods", "po"],
        "[NAME | -l label]",
        "Show what pods use",
        [
            SELECT,
            "A:all-namespaces? containers? field-selector= no-headers? show-swap? sort-by= sum? use-protocol-buffers?"
        ]
    ),
    command!("cordon", [], "NODE", "Keep new pods off a node", [DRY_RUN, SELECT]),
    command!("uncordon", [], "NODE", "Let new pods onto a node again", [DRY_RUN, SELECT]),
    command!(
        "drain",
        [],
        "NODE",
        "Empty a node",
        [
            DRY_RUN,
            SELECT,
            "chunk-size# delete-emptydir-data? disable-eviction? force? grace-period# ignore-daemonsets? pod-selector= skip-wait-for-delete-timeout# timeout~"
        ]
    ),
    command!(
        "taint",
        [],
        "NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N=VAL_N:TAINT_EFFECT_N",
        "Change the taints of nodes",
        [PRINT, DRY_RUN, SELECT, MANAGER, "all? overwrite?"]
    ),
    command!(
        "describe",
        [],
        "(-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)",
        "Show resources with all that belongs to them",
        [FILES, SELECT, "A:all-namespaces? chunk-size# show-events?"]
    ),
    command!(
        "logs",
        [],
        "[-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]",
        "Show a container's output",
        [
            SELECT,
            "all-containers? all-pods? c:container= f:follow? ignore-errors? insecure-skip-tls-verify-backend? limit-bytes# max-log-requests# pod-running-timeout~ prefix? p:previous? since~ since-time= tail# timestamps?"
        ]
    ),
    command!("attach", [], "(POD | TYPE/NAME) -c CONTAINER", "Attach to a running container", [STREAM]),
    command!(
        "exec",
        [],
        "(POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...]",
        "Run a command in a container",
        [STREAM, "f:filename*"]
    ),
    command!(
        "port-forward",
        [],
        "TYPE/NAME [LOCAL_PORT:]REMOTE_PORT [...]",
        "Forward local ports to a pod",
        ["address* pod-running-timeout~"]
    ),
    command!(
        "cp",
        [],
        "<file-spec-src> <file-spec-dest>",
        "Copy files to and from containers",
        ["c:container= no-preserve? retries#"]
    ),
    command!("auth", [], "", "See who you are and what you may do", []),
    command!(
        "auth can-i",
        [],
        "VERB [TYPE | TYPE/NAME | NONRESOURCEURL]",
        "Ask whether an action is allowed",
        ["A:all-namespaces? list? no-headers? q:quiet? subresource="]
    ),
    command!("auth whoami", [], "", "See who you are", [PRINT]),
    command!(
        "debug",
        [],
        "(POD | TYPE[[.VERSION].GROUP]/NAME) [ -- COMMAND [args...] ]",
        "Add a container to a running pod",
        [
            "arguments-only? attach? c:container= copy-to= custom= env+ f:filename* image= image-pull-policy= keep-annotations? keep-init-containers? keep-labels? keep-liveness? keep-readiness? keep-startup? profile= q:quiet? replace? same-node? set-image+ share-processes? i:stdin? target= t:tty?"
        ]
    ),
    command!(
        "events",
        [],
        "[--for TYPE/NAME] [--watch] [--types=Normal,Warning]",
        "List events",
        [PRINT, "A:all-namespaces? chunk-size# for= no-headers? types* w:watch?"]
    ),
    command!(
        "diff",
        [],
        "-f FILENAME",
        "Compare files with what is live",
        [
            FILES,
            SELECT,
            "concurrency# field-manager= force-conflicts? prune? prune-allowlist+ server-side? show-managed-fields?"
        ]
    ),
    command!(
        "apply",
        [],
        "(-f FILENAME | -k DIRECTORY)",
        "Bring resources to what files say",
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
    command!(
        "patch",
        [],
        "(-f FILENAME | TYPE NAME) [-p PATCH|--patch-file FILE]",
        "Change fields of a resource",
        [PRINT, FILES, DRY_RUN, "field-manager= local? p:patch= patch-file= subresource= type="]
    ),
    command!(
        "replace",
        [],
        "-f FILENAME",
        "Replace a resource",
        [PRINT, FILES, DRY_RUN, MANAGER, DELETE, "raw= save-config? subresource="]
    ),
    command!(
        "wait",
        [],
        "([-f FILENAME] | resource.group/resource.name | resource.group [(-l label | --all)]) [--for=delete|--for condition=ready|--for=jsonpath='{}'[=value]]",
        "Wait for a condition",
        [PRINT, SELECT, "f:filename* R:recursive? all? A:all-namespaces? field-selector= for+ local? timeout~"]
    ),
    command!(
        "label",
        [],
        "[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N",
        "Change labels",
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
        "[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N",
        "Change annotations",
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
        "",
        "List the kinds that the server knows",
        ["api-group= cached? categories* namespaced? no-headers? o:output= show-managed-fields? sort-by= verbs*"]
    ),
    command!("api-versions", [], "", "List the versions of the API", []),
    command!("config", [], "SUBCOMMAND", "See and change where commands go", []),
    command!("config current-context", [], "", "Name the current context", []),
    command!("config get-contexts", [], "", "List the contexts", ["no-headers? o:output="]),
    command!(
        "config set-context",
        [],
        "[NAME | --current] [--namespace=namespace]",
        "Change the context",
        ["cluster= current? user="]
    ),
    command!("config view", [], "", "Show the configuration", [PRINT, "flatten? merge? minify? raw?"]),
    command!("version", [], "", "Show the versions of client and server", ["client? o:output="]),
    command!("options", [], "", "List the flags that all commands have", []),
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
