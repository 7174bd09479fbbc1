//! `pods/log`: a container's log as text, cut and dated as asked.

use crate::clock::now;
use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::{BufMut, Bytes, BytesMut};
use futures::{Stream, StreamExt};
use shared::api::{FieldError, Path, Status, Timestamp, object};

use super::query::Query;
use super::{Target, container};
use crate::node::access::LogRequest;
use crate::runtime::{LogLine, RuntimeError};

/// Answers with the log, for as long as it goes on.
pub async fn serve(target: &Target, query: &Query) -> Result<Response, Status> {
    let name = object::name(&target.pod);
    let options = Options::read(name, query, now())?;
    let container = container::choose(&target.pod, query.text("container"))?;
    let node = target.pod.pointer("/spec/nodeName").and_then(serde_json::Value::as_str).unwrap_or_default();
    if node.is_empty() {
        // As the API server has it: no node, no log, no error.
        return Ok(text(Body::empty()));
    }
    let lines = target.nodes.logs(&target.sandbox, &target.pod, &container, options.request).await?;
    Ok(text(Body::from_stream(body(lines, options.timestamps, options.limit))))
}

fn text(body: Body) -> Response {
    ([(header::CONTENT_TYPE, "text/plain")], body).into_response()
}

#[derive(Debug, PartialEq)]
struct Options {
    request: LogRequest,
    timestamps: bool,
    limit: Option<u64>,
}

impl Options {
    /// `PodLogOptions`, with the API server's rules (`validation.ValidatePodLogOptions`).
    fn read(pod: &str, query: &Query, now: Timestamp) -> Result<Self, Status> {
        let (tail, limit) = (query.number("tailLines")?, query.number("limitBytes")?);
        let (seconds, time) = (query.number("sinceSeconds")?, query.text("sinceTime"));
        let mut errors = Vec::new();
        let field = Path::new;
        if let Some(tail) = tail.filter(|n| *n < 0) {
            errors.push(FieldError::invalid(&field("tailLines"), tail, "must be greater than or equal to 0"));
        }
        if let Some(limit) = limit.filter(|n| *n < 1) {
            errors.push(FieldError::invalid(&field("limitBytes"), limit, "must be greater than 0"));
        }
        if seconds.is_some() && time.is_some() {
            let why = "at most one of `sinceTime` or `sinceSeconds` may be specified";
            errors.push(FieldError::forbidden(&Path::root(), why));
        } else if let Some(seconds) = seconds.filter(|n| *n < 1) {
            errors.push(FieldError::invalid(&field("sinceSeconds"), seconds, "must be greater than 0"));
        }
        if !errors.is_empty() {
            return Err(invalid(pod, &errors));
        }
        let since = match (seconds, time) {
            (Some(seconds), _) => Some(now.plus_seconds(-seconds)),
            (None, Some(time)) => {
                let wrong =
                    || Status::bad_request(format!("parsing time {}: not RFC 3339", shared::api::field::quote(time)));
                Some(Timestamp::parse(time).ok_or_else(wrong)?)
            }
            (None, None) => None,
        };
        Ok(Self {
            request: LogRequest {
                follow: query.flag("follow"),
                previous: query.flag("previous"),
                tail: tail.and_then(|n| usize::try_from(n).ok()),
                since,
            },
            timestamps: query.flag("timestamps"),
            limit: limit.and_then(|n| u64::try_from(n).ok()),
        })
    }
}

fn invalid(pod: &str, errors: &[FieldError]) -> Status {
    let all: Vec<String> = errors.iter().map(ToString::to_string).collect();
    let all = match all.as_slice() {
        [one] => one.clone(),
        all => format!("[{}]", all.join(", ")),
    };
    Status::failure(422, "Invalid", format!("PodLogOptions \"{pod}\" is invalid: {all}"))
}

/// The lines as bytes. A line that came in pieces has its time in front once.
fn body(
    lines: impl Stream<Item = Result<LogLine, RuntimeError>>,
    timestamps: bool,
    limit: Option<u64>,
) -> impl Stream<Item = Result<Bytes, RuntimeError>> {
    // Of both streams: whether the last piece left its line open.
    let start = ([false; 2], limit.unwrap_or(u64::MAX));
    lines.scan(start, move |(open, left), line| {
        let bytes = line.map(|line| {
            let open = &mut open[usize::from(line.stderr)];
            let dated = timestamps && !std::mem::replace(open, line.bytes.last() != Some(&b'\n'));
            let mut bytes = match dated {
                false => line.bytes,
                true => {
                    let mut whole = BytesMut::with_capacity(line.time.len() + 1 + line.bytes.len());
                    whole.put_slice(line.time.as_bytes());
                    whole.put_u8(b' ');
                    whole.put_slice(&line.bytes);
                    whole.freeze()
                }
            };
            bytes.truncate(usize::try_from(*left).unwrap_or(usize::MAX));
            bytes
        });
        let more = *left > 0;
        *left -= bytes.as_ref().map_or(0, |b| b.len() as u64);
        std::future::ready(more.then_some(bytes))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn dated_and_cut() {
        let lines = || {
            let line = |time: &str, stderr, bytes: &'static str| {
                Ok(LogLine { time: time.to_owned(), stderr, bytes: Bytes::from_static(bytes.as_bytes()) })
            };
            futures::stream::iter([
                line("T1", false, "one\n"),
                line("T2", false, "lo"),
                line("T3", true, "err\n"),
                line("T4", false, "ng\n"),
                line("T5", false, "last\n"),
            ])
        };
        let cases = [
            (false, None, "one\nloerr\nng\nlast\n"),
            (true, None, "T1 one\nT2 loT3 err\nng\nT5 last\n"),
            (false, Some(5), "one\nl"),
            (false, Some(4), "one\n"),
            (true, Some(9), "T1 one\nT2"),
        ];
        for (timestamps, limit, expected) in cases {
            let pieces: Vec<_> = body(lines(), timestamps, limit).map(Result::unwrap).collect().await;
            assert_eq!(String::from_utf8(pieces.concat()).unwrap(), expected, "{timestamps} {limit:?}");
        }
    }

    #[test]
    fn options() {
        let now = Timestamp::from_seconds(1000);
        let read = |query: &str| Options::read("p", &Query::parse(query), now).map_err(|s| s.message);
        let found =
            read("follow=true&tailLines=2&sinceSeconds=300&limitBytes=9&timestamps=true&previous=true").unwrap();
        let request =
            LogRequest { follow: true, previous: true, tail: Some(2), since: Some(Timestamp::from_seconds(700)) };
        assert_eq!(found, Options { request, timestamps: true, limit: Some(9) });
        let found = read("sinceTime=1970-01-01T00:00:05Z").unwrap();
        assert_eq!(found.request.since, Some(Timestamp::from_seconds(5)));
        let invalid = "PodLogOptions \"p\" is invalid:";
        for (query, expected) in [
            ("tailLines=-1", format!("{invalid} tailLines: Invalid value: -1: must be greater than or equal to 0")),
            ("limitBytes=0", format!("{invalid} limitBytes: Invalid value: 0: must be greater than 0")),
            ("tailLines=x", "strconv.ParseInt: parsing \"x\": invalid syntax".to_owned()),
            ("sinceTime=now", "parsing time \"now\": not RFC 3339".to_owned()),
        ] {
            assert_eq!(read(query), Err(expected), "{query}");
        }
    }
}
