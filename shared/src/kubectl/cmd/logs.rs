//! `kubectl logs`: one container's output, or several side by side.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use super::super::context::{JSON, path_of, request};
use super::super::race::{First, race};
use super::super::{Body, Console, Context, Error, Transport, container, target};
use crate::api::{Timestamp, kind::known, object};

const NO_POD: &str = "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\n\
    POD or TYPE/NAME is a required argument for the logs command";

/// One container whose output is wanted.
struct Source {
    pod: String,
    container: String,
    /// `[pod/x/c] `, or empty.
    prefix: String,
}

pub(super) async fn run<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    check(ctx)?;
    let sources = sources(ctx).await?;
    let follow = ctx.flags.is("follow");
    let limit = ctx.flags.number("max-log-requests", 5);
    if follow && sources.len() > usize::try_from(limit).unwrap_or(0) {
        return Err(Error::text(format!(
            "you are attempting to follow {} log streams, but maximum allowed concurrency is {limit}, use \
             --max-log-requests to increase the limit",
            sources.len()
        )));
    }
    if follow && sources.len() > 1 {
        return side_by_side(ctx, &sources).await;
    }
    for source in &sources {
        let mut body = open(ctx, source).await?;
        let mut lines = Lines::new(&source.prefix);
        loop {
            match race(body.next(), ctx.console.interrupted()).await {
                First::Left(Some(piece)) => lines.print(ctx.console, &piece?),
                First::Left(None) => break,
                First::Right(()) => return Err(Error::exit(130)),
            }
        }
        lines.finish(ctx.console);
    }
    Ok(())
}

fn check<C: Console, T: Transport>(ctx: &Context<'_, C, T>) -> Result<(), Error> {
    let (flags, selected) = (&ctx.flags, ctx.flags.given("selector"));
    match flags.args.len() {
        0 if !selected => return Err(ctx.usage(NO_POD)),
        0 => {}
        _ if selected => return Err(ctx.usage("only a selector (-l) or a POD name is allowed")),
        1 | 2 => {}
        _ => return Err(ctx.usage(NO_POD)),
    }
    if flags.args.len() == 2 && flags.given("container") {
        return Err(ctx.usage("only one of -c or an inline [CONTAINER] arg is allowed"));
    }
    if flags.is("all-containers") && flags.given("container") {
        return Err(Error::text("--all-containers=true should not be specified with container name"));
    }
    if flags.given("since") && flags.given("since-time") {
        return Err(Error::text("at most one of `sinceTime` or `sinceSeconds` may be specified"));
    }
    if flags.given("tail") && flags.number("tail", -1) < -1 {
        return Err(Error::text("--tail must be greater than or equal to -1"));
    }
    if flags.given("since") && flags.duration("since", 0) <= 0 {
        return Err(Error::text("--since must be greater than 0"));
    }
    if flags.given("since-time") && Timestamp::parse(flags.text("since-time")).is_none() {
        let text = flags.text("since-time");
        return Err(Error::text(format!(
            "parsing time {text:?} as \"2006-01-02T15:04:05Z07:00\": cannot parse {text:?} as \"2006\""
        )));
    }
    Ok(())
}

async fn sources<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<Vec<Source>, Error> {
    let namespace = ctx.namespace.clone();
    let mut pods = Vec::new();
    match ctx.flags.args.clone().as_slice() {
        [] => {
            let selector = ctx.flags.text("selector").to_owned();
            let path = path_of(known("pods"), &namespace, "", "");
            let list = ctx.call(request("GET", &path, &[("labelSelector", &selector)], JSON)).await?;
            pods.extend_from_slice(object::list(&list, "/items"));
            if pods.is_empty() {
                ctx.complain(format!("No resources found in {namespace} namespace."));
            }
        }
        [name, rest @ ..] => {
            let missing = |error: Error| match error.status() {
                Some(status) if status.is("NotFound") => {
                    Error::text(format!("error from server (NotFound): {} in namespace {namespace:?}", status.message))
                }
                _ => error,
            };
            let pod = target::pod(ctx, &[name], "get the logs from").await.map_err(missing)?;
            let name = object::name(&pod);
            match rest {
                [wanted] if container::all(&pod).contains(wanted) => {
                    return Ok(vec![source(ctx, name, wanted.clone())]);
                }
                [wanted] => return Err(Error::text(format!("container {wanted} is not valid for pod {name}"))),
                _ => pods.push(pod),
            }
        }
    }
    let mut sources = Vec::new();
    for pod in &pods {
        let name = object::name(pod).to_owned();
        let containers = match ctx.flags.is("all-containers") {
            true => container::all(pod),
            false => vec![container::chosen(ctx, pod)?],
        };
        sources.extend(containers.into_iter().map(|container| source(ctx, &name, container)));
    }
    Ok(sources)
}

fn source<C: Console, T: Transport>(ctx: &Context<'_, C, T>, pod: &str, container: String) -> Source {
    let prefix = if ctx.flags.is("prefix") { format!("[pod/{pod}/{container}] ") } else { String::new() };
    Source { pod: pod.to_owned(), container, prefix }
}

async fn open<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>, source: &Source) -> Result<T::Body, Error> {
    let flags = &ctx.flags;
    // With a selector, ten lines of each; -1 is everything.
    let tail = match flags.given("tail") {
        true => flags.number("tail", -1),
        false if flags.given("selector") => 10,
        false => -1,
    };
    let texts = [
        ("limitBytes", flags.number("limit-bytes", 0), 0),
        ("sinceSeconds", (flags.duration("since", 0) + 999) / 1000, 0),
        ("tailLines", tail, -1),
    ];
    let texts = texts.map(|(name, value, off)| (name, (value != off).then(|| value.to_string())));
    let mut query = vec![("container", source.container.clone())];
    query.extend(flags.is("follow").then(|| ("follow", "true".to_owned())));
    query.extend(flags.is("previous").then(|| ("previous", "true".to_owned())));
    query.extend(texts.into_iter().filter_map(|(name, value)| value.map(|value| (name, value))));
    query.extend(flags.given("since-time").then(|| ("sinceTime", flags.text("since-time").to_owned())));
    query.extend(flags.is("timestamps").then(|| ("timestamps", "true".to_owned())));
    query.sort();
    let query: Vec<(&str, &str)> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let path = path_of(known("pods"), &ctx.namespace, &source.pod, "log");
    Ok(ctx.open(request("GET", &path, &query, "*/*")).await?.body)
}

/// Follows several containers, whoever speaks first.
async fn side_by_side<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>, sources: &[Source]) -> Result<(), Error> {
    let mut open_bodies: Vec<(T::Body, Lines<'_>)> = Vec::new();
    for source in sources {
        open_bodies.push((open(ctx, source).await?, Lines::new(&source.prefix)));
    }
    while !open_bodies.is_empty() {
        let piece = {
            let next = next_of(&mut open_bodies);
            race(next, ctx.console.interrupted()).await
        };
        match piece {
            First::Right(()) => return Err(Error::exit(130)),
            First::Left((at, Some(piece))) => open_bodies[at].1.print(ctx.console, &piece?),
            First::Left((at, None)) => open_bodies.remove(at).1.finish(ctx.console),
        }
    }
    Ok(())
}

type Piece = Option<Result<Vec<u8>, super::super::TransportError>>;

async fn next_of<B: Body>(bodies: &mut [(B, Lines<'_>)]) -> (usize, Piece) {
    let mut pending: Vec<_> = bodies.iter_mut().map(|(body, _)| Box::pin(body.next())).collect();
    poll_fn(|cx| {
        for (at, body) in pending.iter_mut().enumerate() {
            if let Poll::Ready(piece) = pin!(body).poll(cx) {
                return Poll::Ready((at, piece));
            }
        }
        Poll::Pending
    })
    .await
}

/// Puts a prefix before each line; without one, bytes pass as they come.
struct Lines<'a> {
    prefix: &'a str,
    pending: Vec<u8>,
}

impl<'a> Lines<'a> {
    fn new(prefix: &'a str) -> Self {
        Self { prefix, pending: Vec::new() }
    }

    fn print(&mut self, console: &mut impl Console, piece: &[u8]) {
        if self.prefix.is_empty() {
            return console.out(piece);
        }
        self.pending.extend_from_slice(piece);
        while let Some(end) = self.pending.iter().position(|b| *b == b'\n') {
            let line: Vec<u8> = self.pending.drain(..=end).collect();
            console.out(&[self.prefix.as_bytes(), &line].concat());
        }
    }

    fn finish(&mut self, console: &mut impl Console) {
        if !self.pending.is_empty() {
            console.out(&[self.prefix.as_bytes(), &self.pending].concat());
        }
    }
}
