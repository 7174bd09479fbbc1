//! What the command line says. Reads nothing but arguments and their environment variables.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// A Kubernetes Pod playground that runs real containers.
#[derive(Debug, Parser)]
#[command(name = "podground", version)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands of the binary.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the web page and the Kubernetes API until SIGTERM.
    Serve(Serve),
    /// Run a kubectl command with the console's own engine.
    #[command(disable_help_flag = true)]
    Kubectl {
        /// The arguments, as kubectl takes them.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Check, play and import lessons.
    #[command(subcommand)]
    Lesson(Lesson),
}

/// What can be done with lessons; docs/lessons.md describes their format.
#[derive(Debug, Subcommand)]
pub enum Lesson {
    /// Say what is wrong with lessons, by file and line.
    Lint {
        /// Lessons, or folders of them; folders named by languages (en, ko) are held against each other.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
    },
    /// Play every lesson's solution on a fresh sandbox, with real containers: every check must turn from red to green.
    Test(LessonTest),
    /// Make a lesson of a Killercoda scenario; says what cannot be carried over.
    Import {
        /// The scenario's folder, with its index.json.
        scenario: PathBuf,
        /// The folder to write the lesson to.
        #[arg(short, long)]
        out: PathBuf,
    },
}

/// How to play lessons.
#[derive(Clone, Debug, Args)]
pub struct LessonTest {
    /// A lesson or a folder of them; of folders named by languages the first is played, the others are compared with it.
    pub path: PathBuf,
    /// A running server, such as http://127.0.0.1:8080; without it one is started, and ended with all it made.
    #[arg(long)]
    pub server: Option<String>,
    /// Kubernetes' waiting times are divided by this on a server that is started.
    #[arg(long, default_value_t = 1.0, value_parser = positive)]
    pub time_scale: f64,
    /// How many lessons are played at once, each on a sandbox of its own.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=16))]
    pub jobs: u8,
}

/// How to serve.
#[derive(Clone, Debug, Args)]
pub struct Serve {
    /// Address and port to serve the page and the APIs on.
    #[arg(long, default_value = "127.0.0.1:8080", env = "PODGROUND_LISTEN")]
    pub listen: SocketAddr,
    /// Where objects, keys and sandboxes are kept.
    #[arg(long, default_value_os_t = default_data_dir(), env = "PODGROUND_DATA_DIR")]
    pub data_dir: PathBuf,
    /// The Docker Engine's address; its usual socket when not given.
    #[arg(long, env = "PODGROUND_DOCKER")]
    pub docker: Option<String>,
    /// Kubernetes' waiting times (back-off, probe periods) are divided by this: for lessons and tests.
    #[arg(long, default_value_t = 1.0, env = "PODGROUND_TIME_SCALE", value_parser = positive)]
    pub time_scale: f64,
    /// Remove every sandbox with its containers and files when the server ends.
    #[arg(long)]
    pub ephemeral: bool,
    /// CPUs that each node offers.
    #[arg(long, default_value = "2", env = "PODGROUND_NODE_CPU", value_parser = quantity)]
    pub node_cpu: String,
    /// Memory that each node offers.
    #[arg(long, default_value = "4Gi", env = "PODGROUND_NODE_MEMORY", value_parser = quantity)]
    pub node_memory: String,
}

fn default_data_dir() -> PathBuf {
    let home = std::env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share")))
        .unwrap_or_else(|| PathBuf::from("."));
    home.join("podground")
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() && number > 0.0 => Ok(number),
        _ => Err("must be a number above 0".to_owned()),
    }
}

fn quantity(text: &str) -> Result<String, String> {
    match shared::api::Quantity::parse(text) {
        Ok(quantity) if quantity.sign().is_gt() => Ok(text.to_owned()),
        Ok(_) => Err("must be above 0".to_owned()),
        Err(rule) => Err(rule.to_owned()),
    }
}
