//! Help: which commands there are, and their flags. What they are for is told by the real kubectl, in its own sentences:
//! a console asks its shell's ([`super::is_ours`]).

use super::command::{COMMANDS, Command};
use super::flags::{Flag, GLOBAL, declared};

/// Every command.
pub fn all() -> String {
    let names = COMMANDS.iter().map(|c| c.name).filter(|name| !name.contains(' '));
    let lines: String = names.map(|name| format!("  {name}\n")).collect();
    format!("Usage:\n  kubectl [flags] [options]\n\nCommands:\n{lines}")
}

/// One command.
pub fn of(command: &Command) -> String {
    let prefix = format!("{} ", command.name);
    let below = COMMANDS.iter().filter_map(|c| c.name.strip_prefix(&prefix)).filter(|name| !name.contains(' '));
    let below: String = below.map(|name| format!("  {name}\n")).collect();
    let options: String = command.flags.iter().copied().flat_map(declared).map(option).collect();
    let mut text = format!("Usage:\n  kubectl {} [flags] [options]\n", command.name);
    for (title, lines) in [("Available Commands", below), ("Options", options)] {
        if !lines.is_empty() {
            text.extend(["\n", title, ":\n", &lines]);
        }
    }
    text
}

/// The flags of every command.
pub fn options() -> String {
    let options: String = declared(GLOBAL).filter(|f| f.name != "help").map(option).collect();
    format!("The following options can be passed to any command:\n\n{options}")
}

fn option(flag: Flag<'_>) -> String {
    match flag.short {
        Some(short) => format!("    -{short}, --{}\n", flag.name),
        None => format!("    --{}\n", flag.name),
    }
}
