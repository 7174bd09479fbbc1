//! What watches cost that have nothing to say.

use std::time::Duration;

use anyhow::Context;

use super::resident;
use crate::http::{Address, Connection};

/// How many are kept.
pub const COUNT: usize = 1000;
/// How long the server has to become quiet.
const SETTLE: Duration = Duration::from_secs(3);

/// Megabytes that a thousand idle watches cost, a connection each.
pub fn idle(server: &Address, pid: u32) -> anyhow::Result<f64> {
    let path = "/sandboxes/default/api/v1/namespaces/default/configmaps?watch=1&allowWatchBookmarks=true";
    let before = resident(pid)?;
    let open = |_| Connection::open(server)?.lines(path).context("a thousand connections need `ulimit -n` above that");
    let watches = (0..COUNT).map(open).collect::<anyhow::Result<Vec<_>>>()?;
    std::thread::sleep(SETTLE);
    let after = resident(pid)?;
    drop(watches);
    Ok(after - before)
}
