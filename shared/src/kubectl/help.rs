//! Help texts: what there is, in a line each.

use super::command::{COMMANDS, Command};
use super::flags::{Flag, GLOBAL, declared};
use crate::printers::tabwriter;

/// Every command.
pub fn all() -> String {
    let lines: String = COMMANDS.iter().filter(|c| !c.name.contains(' ')).map(line).collect();
    format!(
        "kubectl controls the Kubernetes cluster manager.\n\nCommands:\n{}\nUsage:\n  kubectl [flags] [options]\n\n\
         Use \"kubectl <command> --help\" for more information about a given command.\n\
         Use \"kubectl options\" for a list of global command-line options (applies to all commands).\n",
        tabwriter::align(&lines, 0, 2)
    )
}

/// One command.
pub fn of(command: &Command) -> String {
    let prefix = format!("{} ", command.name);
    let below: String = COMMANDS.iter().filter(|c| c.name.starts_with(&prefix)).map(line).collect();
    let mut text = format!("{}.\n\n", command.about);
    if !below.is_empty() {
        text.extend(["Available Commands:\n", &tabwriter::align(&below, 0, 2), "\n"]);
    }
    let options: String = command.flags.iter().copied().flat_map(declared).map(option).collect();
    if !options.is_empty() {
        text.extend(["Options:\n", &options, "\n"]);
    }
    text.extend(["Usage:\n  kubectl ", command.name, if command.usage.is_empty() { "" } else { " " }, command.usage]);
    text.push_str(
        " [options]\n\nUse \"kubectl options\" for a list of global command-line options (applies to all commands).\n",
    );
    text
}

/// The flags of every command.
pub fn options() -> String {
    let options: String = declared(GLOBAL).filter(|f| f.name != "help").map(option).collect();
    format!("The following options can be passed to any command:\n\n{options}")
}

fn line(command: &Command) -> String {
    let last = command.name.rsplit(' ').next().unwrap_or_default();
    format!("  {last}\t{}\n", command.about)
}

fn option(flag: Flag<'_>) -> String {
    match flag.short {
        Some(short) => format!("    -{short}, --{}\n", flag.name),
        None => format!("    --{}\n", flag.name),
    }
}
