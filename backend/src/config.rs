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
