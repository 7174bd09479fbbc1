//! The binary: reads the command line and hands over.

use clap::Parser;
use podground::config::{Cli, Command};

#[tokio::main]
async fn main() -> anyhow::Result<std::process::ExitCode> {
    match Cli::parse().command {
        Command::Serve(serve) => {
            tracing_subscriber::fmt()
                .with_env_filter(
                    tracing_subscriber::EnvFilter::try_from_env("PODGROUND_LOG").unwrap_or_else(|_| "info".into()),
                )
                .with_writer(std::io::stderr)
                .init();
            podground::app::serve(serve).await?;
            Ok(std::process::ExitCode::SUCCESS)
        }
        Command::Lesson(lesson) => podground::lessons::run(lesson).await,
        Command::Kubectl { args } => Ok(podground::kubectl_native::run(&args).await),
    }
}
