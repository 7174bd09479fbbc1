//! Many Pods: all at once against raw Docker, at rest, and how soon a watcher sees what happened to a container.

use std::time::{Duration, Instant, SystemTime};

use anyhow::Context;
use serde_json::Value;

use super::load::median;
use super::pods::{self, PODS};
use super::raw::RawDocker;
use crate::http::{Address, Connection};

/// How long the server is looked at while nothing happens.
const REST: Duration = Duration::from_secs(20);
/// Kernel ticks in a second, as `/proc/PID/stat` counts (`getconf CLK_TCK`, 100 on Linux).
const TICKS: f64 = 100.0;

/// Milliseconds until `count` Pods that were asked for at once are all Ready.
pub fn at_once(server: &Address, prefix: &str, count: usize) -> anyhow::Result<f64> {
    let started = Instant::now();
    together(count, |n| pods::create_and_wait(server, &format!("{prefix}-{n}")).map(drop))?;
    Ok(started.elapsed().as_secs_f64() * 1000.0)
}

/// Removes Pods of [`at_once`].
pub fn remove(server: &Address, prefix: &str, count: usize) -> anyhow::Result<()> {
    together(count, |n| pods::delete_and_wait(server, &format!("{prefix}-{n}")).map(drop))
}

/// Milliseconds until `count` containers run that were asked for at once, `waiting` of them in pause containers that
/// were there before.
pub fn raw_at_once(socket: &str, run: &str, count: usize, waiting: usize) -> anyhow::Result<f64> {
    let mut docker = RawDocker::open(socket, run)?;
    let names: Vec<_> = (0..count).map(|_| docker.name()).collect();
    together(waiting, |n| docker.again()?.pause(&names[n]))?;
    let started = Instant::now();
    together(count, |n| {
        let mut own = docker.again()?;
        if n >= waiting {
            own.pause(&names[n])?;
        }
        own.app(&names[n], "busybox:latest", &pods::COMMAND)
    })?;
    let took = started.elapsed().as_secs_f64() * 1000.0;
    together(count, |n| docker.again()?.stop(&names[n]).map(drop))?;
    Ok(took)
}

fn together(count: usize, work: impl Fn(usize) -> anyhow::Result<()> + Sync) -> anyhow::Result<()> {
    std::thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> = (0..count).map(|n| scope.spawn(move || work(n))).collect();
        threads.into_iter().try_for_each(|t| t.join().map_err(|_| anyhow::anyhow!("a client panicked"))?)
    })
}

/// The share of one core, in percent, that a process uses while nothing is asked of it.
pub fn at_rest(pid: u32) -> anyhow::Result<f64> {
    let (before, started) = (ticks(pid)?, Instant::now());
    std::thread::sleep(REST);
    Ok((ticks(pid)? - before) / TICKS / started.elapsed().as_secs_f64() * 100.0)
}

/// Ticks of processor time that a process has used (`proc(5)`, fields 14 and 15 of `stat`).
fn ticks(pid: u32) -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, fields) = stat.rsplit_once(") ").context("no stat")?;
    let fields: Vec<f64> = fields.split(' ').skip(11).take(2).map_while(|field| field.parse().ok()).collect();
    Ok(fields.iter().sum())
}

/// Milliseconds from the engine's own time of a container's death to the watch event that tells it: the median over
/// the containers of `count` Pods of [`at_once`], killed one after the other.
pub fn seen_after(server: &Address, socket: &str, prefix: &str, count: usize) -> anyhow::Result<f64> {
    let mut docker = Connection::open(&Address::Unix(socket.to_owned()))?;
    let mut times = Vec::new();
    for n in 0..count {
        let name = format!("{prefix}-{n}");
        let pod = Connection::open(server)?.json("GET", &format!("{PODS}/{name}"), &Value::Null)?;
        let id = pod.pointer("/status/containerStatuses/0/containerID").and_then(Value::as_str).context("no id")?;
        let id = id.trim_start_matches("docker://").to_owned();
        docker.request("POST", &format!("/containers/{id}/kill"), &[])?;
        pods::wait(server, &name, &pod, |event| {
            event.pointer("/object/status/containerStatuses/0").is_some_and(|status| {
                [status.pointer("/state/terminated"), status.pointer("/lastState/terminated")]
                    .into_iter()
                    .flatten()
                    .any(|end| end["containerID"].as_str().is_some_and(|text| text.ends_with(&id)))
            })
        })?;
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs_f64();
        let since = format!("since={:.0}&until={:.0}", now - 10.0, now + 1.0);
        let filters = format!("filters=%7B%22container%22%3A%5B%22{id}%22%5D%2C%22event%22%3A%5B%22die%22%5D%7D");
        let event = docker.request("GET", &format!("/events?{since}&{filters}"), &[])?;
        let event: Value = serde_json::from_slice(&event).context("the engine tells no death")?;
        let died = event["timeNano"].as_f64().context("no time")? / 1e9;
        times.push((now - died) * 1000.0);
    }
    Ok(median(times))
}
