//! `podground lesson …`: lessons checked, played and imported. The format is `shared::lesson`'s.

mod console;
mod files;
mod import;
mod lint;
mod play;
mod quiet;
mod server;
mod shell;
mod stage;
mod step;

use std::process::ExitCode;

use crate::config::Lesson;

/// Runs one of the commands.
///
/// # Errors
/// What cannot be read, written or started; what is wrong with a lesson is printed, and the exit code.
pub async fn run(lesson: Lesson) -> anyhow::Result<ExitCode> {
    let well = match lesson {
        Lesson::Lint { paths } => lint::run(&paths)?,
        Lesson::Import { scenario, out } => import::run(&scenario, &out)?,
        Lesson::Test(test) => play::run(&test).await?,
    };
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
