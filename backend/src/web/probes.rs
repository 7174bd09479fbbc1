//! `/playground/v1/sandboxes/{sandbox}/probes`: each probe's result as it comes, a JSON text over a WebSocket. Nothing of
//! what was before; who falls behind misses some.

use std::sync::Arc;

use axum::extract::ws::{Message, WebSocket};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::node::ProbeResult;

/// Tells a client the results of one sandbox, until it goes.
pub async fn tell(mut socket: WebSocket, sandbox: String, mut results: Receiver<Arc<ProbeResult>>) {
    loop {
        let result = tokio::select! {
            result = results.recv() => result,
            said = socket.recv() => match said {
                Some(Ok(_)) => continue,
                Some(Err(_)) | None => return,
            },
        };
        let sent = match result {
            Ok(result) if result.sandbox == sandbox => {
                socket.send(Message::Text(result.value.to_string().into())).await
            }
            Ok(_) | Err(RecvError::Lagged(_)) => Ok(()),
            Err(RecvError::Closed) => return,
        };
        if sent.is_err() {
            return;
        }
    }
}
