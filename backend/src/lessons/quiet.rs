//! A console that nobody sits at: gathers what a command prints.

use shared::api::Timestamp;
use shared::kubectl::{Console, FileError, Input, Size};

/// For commands that neither read files nor ask for the time: `logs` and `exec`.
#[derive(Debug, Default)]
pub struct Quiet {
    /// What was printed to standard output.
    pub out: Vec<u8>,
}

impl Console for Quiet {
    fn out(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    fn err(&mut self, _: &[u8]) {}

    async fn read_file(&mut self, _: &str) -> Result<Vec<u8>, FileError> {
        Err(FileError::NotFound)
    }

    async fn write_file(&mut self, _: &str, _: &[u8]) -> Result<(), FileError> {
        Err(FileError::Other("nothing is written here".to_owned()))
    }

    async fn list_dir(&mut self, _: &str) -> Result<Vec<String>, FileError> {
        Err(FileError::NotFound)
    }

    async fn input(&mut self) -> Input {
        std::future::pending().await
    }

    async fn interrupted(&self) {
        std::future::pending().await
    }

    fn terminal(&self) -> Option<Size> {
        None
    }

    fn now(&self) -> Timestamp {
        Timestamp::default()
    }

    async fn sleep(&self, _: u64) {
        std::future::pending().await
    }
}
