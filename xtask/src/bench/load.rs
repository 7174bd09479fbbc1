//! Closed-loop load: N clients, each with one connection, each sending its next request when the last is answered.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::http::{Address, Connection};

/// A request to send: method, path, body.
pub type Request = (&'static str, String, Vec<u8>);

/// Requests per second that `clients` get through in `window`. `make` builds the n-th request.
pub fn rate(
    address: &Address,
    clients: usize,
    window: Duration,
    make: impl Fn(usize) -> Request + Sync,
) -> anyhow::Result<f64> {
    let next = AtomicUsize::new(0);
    let started = Instant::now();
    let done: usize = std::thread::scope(|scope| {
        let client = || -> anyhow::Result<usize> {
            let mut connection = Connection::open(address)?;
            let mut done = 0;
            while started.elapsed() < window {
                let (method, path, body) = make(next.fetch_add(1, Ordering::Relaxed));
                connection.request(method, &path, &body)?;
                done += 1;
            }
            Ok(done)
        };
        let threads: Vec<_> = (0..clients).map(|_| scope.spawn(client)).collect();
        threads
            .into_iter()
            .map(|t| t.join().map_err(|_| anyhow::anyhow!("a client panicked"))?)
            .sum::<anyhow::Result<usize>>()
    })?;
    Ok(done as f64 / started.elapsed().as_secs_f64())
}

/// As [`rate`], and beside it one more client that gets one path again and again: the milliseconds within which 99 of
/// its 100 requests are answered. That client goes before the others, where the kernel lets it: how long it waits for a
/// processor that the others' threads have is not the server's doing.
pub fn rate_and_p99(
    address: &Address,
    clients: usize,
    window: Duration,
    make: impl Fn(usize) -> Request + Sync,
    path: &str,
) -> anyhow::Result<(f64, f64)> {
    std::thread::scope(|scope| {
        let probe = scope.spawn(|| -> anyhow::Result<Vec<f64>> {
            go_first();
            let mut connection = Connection::open(address)?;
            let (mut times, started) = (Vec::new(), Instant::now());
            while started.elapsed() < window {
                let asked = Instant::now();
                connection.request("GET", path, &[])?;
                times.push(asked.elapsed().as_secs_f64() * 1000.0);
            }
            Ok(times)
        });
        let rate = rate(address, clients, window, make)?;
        let mut times = probe.join().map_err(|_| anyhow::anyhow!("the probe panicked"))??;
        times.sort_by(f64::total_cmp);
        Ok((rate, times.get(times.len() * 99 / 100).copied().unwrap_or(f64::NAN)))
    })
}

/// Gives this thread more of the processors than its peers have.
fn go_first() {
    let thread = rustix::thread::gettid();
    let _ = rustix::process::setpriority_process(Some(thread), -10);
}

/// The middle value.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
