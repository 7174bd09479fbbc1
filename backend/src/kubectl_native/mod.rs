//! `podground kubectl …`: the console's kubectl as a native command, over a kubeconfig or `--server`.
//!
//! Only the host half: files, terminal, HTTP. What commands do is in `shared::kubectl`.

pub mod config;
mod console;
mod http;
pub mod transport;
mod websocket;

use std::process::ExitCode;

/// Runs one command line and gives its exit code.
pub async fn run(args: &[String]) -> ExitCode {
    let target = match config::target(args) {
        Ok(target) => target,
        Err(message) => {
            eprintln!("error: {message}");
            return ExitCode::FAILURE;
        }
    };
    let transport = transport::Http::new(&target);
    let mut console = console::Terminal::new(&target);
    let code = shared::kubectl::run(args, &mut console, &transport).await;
    console.leave();
    // A read of standard input that nobody waits for would keep the runtime from ending.
    std::process::exit(code);
}
