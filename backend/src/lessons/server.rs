//! A server of one's own: on a free port, with data in a temporary directory; gone with all it made.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use shared::kubectl::{Request, Transport};
use tokio::process::{Child, Command};

use crate::kubectl_native::config::Target;
use crate::kubectl_native::transport::Http;

/// How long it may take until it is ready, or has ended.
const PATIENCE: Duration = Duration::from_secs(90);

/// A running `podground serve --ephemeral`.
pub struct Server {
    /// `http://127.0.0.1:43210`
    pub address: String,
    child: Child,
    data_dir: PathBuf,
}

impl Server {
    /// Starts one, and waits until it is ready.
    ///
    /// # Errors
    /// When it does not become ready: what it wrote.
    pub async fn start(time_scale: f64) -> anyhow::Result<Self> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let listen = format!("127.0.0.1:{port}");
        let data_dir = std::env::temp_dir().join(format!("podground-lesson-{}-{port}", std::process::id()));
        std::fs::create_dir_all(&data_dir)?;
        let output = std::fs::File::create(log(&data_dir))?;
        let child = Command::new(std::env::current_exe()?)
            .args(["serve", "--ephemeral", "--listen", &listen, "--time-scale", &time_scale.to_string(), "--data-dir"])
            .arg(&data_dir)
            .stdout(Stdio::null())
            .stderr(output)
            .spawn()
            .context("starting a server")?;
        let mut server = Self { address: format!("http://{listen}"), child, data_dir };
        match server.ready().await {
            Ok(()) => Ok(server),
            Err(error) => {
                let written = std::fs::read_to_string(log(&server.data_dir)).unwrap_or_default();
                server.end().await?;
                Err(error.context(format!("the server wrote:\n{written}")))
            }
        }
    }

    async fn ready(&mut self) -> anyhow::Result<()> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        let http = Http::new(&Target { server: self.address.clone(), ..Target::default() });
        loop {
            let request = Request { method: "GET", path: "/readyz".to_owned(), ..Request::default() };
            if http.send(request).await.is_ok_and(|answer| answer.status == 200) {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended with {status}");
            }
            if tokio::time::Instant::now() > deadline {
                bail!("the server was not ready in {} seconds", PATIENCE.as_secs());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Ends it; it removes its containers, networks and mounts. Then its data goes.
    ///
    /// # Errors
    /// When it does not end, or its data cannot be removed.
    pub async fn end(mut self) -> anyhow::Result<()> {
        if let Some(pid) =
            self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw)
        {
            rustix::process::kill_process(pid, rustix::process::Signal::TERM).context("ending the server")?;
        }
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        ended.with_context(|| format!("the server does not end; its data are in {}", self.data_dir.display()))??;
        crate::node::clear_directory(self.data_dir).await.map_err(anyhow::Error::msg)
    }
}

fn log(data_dir: &Path) -> PathBuf {
    data_dir.join("server.log")
}
