//! `kubectl cp`: files through `tar` in the container.

use super::super::context::path_of;
use super::super::stream::{Sink, Streams, session};
use super::super::tar::{self, Entry};
use super::super::{Console, Context, Error, FileError, Transport, container};
use super::exec;
use crate::api::kind::known;

/// One side of a copy.
struct Place {
    /// Empty for a local file.
    pod: String,
    namespace: String,
    path: String,
}

pub(super) async fn run<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>) -> Result<(), Error> {
    let [from, to] = ctx.flags.args.as_slice() else {
        return Err(Error::text("source and destination are required"));
    };
    let (from, to) = (place(from, &ctx.namespace)?, place(to, &ctx.namespace)?);
    match (from.pod.is_empty(), to.pod.is_empty()) {
        (true, true) => Err(Error::text("one of src or dest must be a remote file specification")),
        (false, false) => Err(Error::text("one of src or dest must be a local file specification")),
        (false, true) => download(ctx, &from, &to.path).await,
        (true, false) => upload(ctx, &from.path, &to).await,
    }
}

/// `file`, `pod:file`, `namespace/pod:file`.
fn place(text: &str, namespace: &str) -> Result<Place, Error> {
    let wrong = || Error::text("filespec must match the canonical format: [[namespace/]pod:]file/path");
    let Some((pod, path)) = text.split_once(':') else {
        return Ok(Place { pod: String::new(), namespace: String::new(), path: text.to_owned() });
    };
    if path.is_empty() || pod.is_empty() {
        return Err(wrong());
    }
    let (namespace, pod) = match pod.split('/').collect::<Vec<_>>().as_slice() {
        [pod] => (namespace, *pod),
        [namespace, pod] => (*namespace, *pod),
        _ => return Err(wrong()),
    };
    Ok(Place { pod: pod.to_owned(), namespace: namespace.to_owned(), path: path.to_owned() })
}

/// Runs a command in the container. What it has to say goes to standard output on the way here, as kubectl has it, to
/// standard error on the way there, and nowhere where it only answers a question.
async fn command<C: Console, T: Transport>(
    ctx: &mut Context<'_, C, T>,
    place: &Place,
    words: &[&str],
    input: Option<&[u8]>,
) -> Result<Vec<u8>, Error> {
    let pod = ctx.get(&path_of(known("pods"), &place.namespace, &place.pod, ""), &[]).await?;
    let (container, note) = container::choice(ctx, &pod)?;
    let mut said = note.map(|note| note + "\n").unwrap_or_default();
    let words: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
    let streams = Streams { stdin: input.is_some(), ..Streams::default() };
    let path = exec::path(&place.namespace, &place.pod, "exec", &container, streams, &words);
    let mut sink = Sink::default();
    let ended = session(ctx, &path, streams, input, Some(&mut sink)).await;
    said.push_str(&String::from_utf8_lossy(&sink.err));
    match (words[0].as_str(), input) {
        ("test", _) => {}
        (_, None) => ctx.out(said),
        (_, Some(_)) => ctx.console.err(said.as_bytes()),
    }
    ended.map(|()| sink.out)
}

fn base(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

async fn download<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>, from: &Place, to: &str) -> Result<(), Error> {
    let archive = command(ctx, from, &["tar", "cf", "-", &from.path], None).await?;
    let entries = tar::unpack(&archive).ok_or_else(|| Error::text("unexpected end of the archive"))?;
    // tar leaves the leading slash out.
    let root = from.path.trim_start_matches('/').trim_end_matches('/');
    // Into a directory that exists, under the file's own name.
    let to = match ctx.console.read_file(to).await {
        Err(FileError::IsDirectory) => format!("{}/{}", to.trim_end_matches('/'), base(&from.path)),
        _ => to.to_owned(),
    };
    for Entry { path, bytes } in entries {
        let path = path.trim_start_matches('/');
        let Some(inner) = path.strip_prefix(root) else { continue };
        // A name of the container's choosing must not lead out of the destination.
        if inner.split('/').any(|part| part == "..") {
            ctx.complain(format!("warning: file {path:?} is outside target destination, skipping"));
            continue;
        }
        if let Some(bytes) = bytes {
            let target = format!("{to}{inner}");
            let written = ctx.console.write_file(&target, &bytes).await;
            written.map_err(|e| Error::text(format!("open {target}: {e}")))?;
        }
    }
    Ok(())
}

async fn upload<C: Console, T: Transport>(ctx: &mut Context<'_, C, T>, from: &str, to: &Place) -> Result<(), Error> {
    let target = to.path.trim_end_matches('/');
    // Into a directory that exists, under the file's own name.
    let into = command(ctx, to, &["test", "-d", &to.path], None).await.is_ok();
    let target = if into { format!("{target}/{}", base(from)) } else { target.to_owned() };
    let (directory, name) = target.rsplit_once('/').unwrap_or((".", &target));
    let directory = if directory.is_empty() { "/" } else { directory };
    let mut entries = Vec::new();
    let mut pending = vec![(from.trim_end_matches('/').to_owned(), name.to_owned())];
    while let Some((path, name)) = pending.pop() {
        match ctx.console.read_file(&path).await {
            Ok(bytes) => entries.push(Entry { path: name, bytes: Some(bytes) }),
            Err(FileError::IsDirectory) => {
                let names = ctx.console.list_dir(&path).await.map_err(|e| Error::text(format!("{path}: {e}")))?;
                let inner = |n: &String| n.trim_end_matches('/').to_owned();
                pending.extend(
                    names.iter().rev().map(|n| (format!("{path}/{}", inner(n)), format!("{name}/{}", inner(n)))),
                );
                entries.push(Entry { path: format!("{name}/"), bytes: None });
            }
            Err(FileError::NotFound) => {
                return Err(Error::text(format!("{from} doesn't exist in local filesystem")));
            }
            Err(error) => return Err(Error::text(format!("{path}: {error}"))),
        }
    }
    let archive = tar::pack(&entries);
    command(ctx, to, &["tar", "-xmf", "-", "-C", directory], Some(&archive)).await.map(|_| ())
}
