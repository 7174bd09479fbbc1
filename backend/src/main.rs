//! The binary: reads the command line and hands over.

use clap::Parser;
use podground::config::{Cli, Command};

/// What a request costs is mostly making and dropping trees of JSON, and what is kept is small texts of every age: the
/// system's allocator takes twice as long for the first, and gives next to nothing of the second back.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

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
