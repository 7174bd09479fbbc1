//! fetch(), as kubectl's engine and the panes want it.

use js_sys::{Reflect, Uint8Array};
use shared::kubectl::TransportError;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Headers, ReadableStreamDefaultReader, RequestInit, Response};

/// An answer whose body is still to be read. Dropping it ends the request.
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    response: Response,
    reader: Option<ReadableStreamDefaultReader>,
    abort: AbortController,
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.abort.abort();
    }
}

fn error(value: &JsValue) -> TransportError {
    let text = Reflect::get(value, &"message".into()).ok().and_then(|m| m.as_string());
    TransportError::Other(text.unwrap_or_else(|| "the request failed".to_owned()))
}

/// Sends a request.
///
/// # Errors
/// When no answer comes: the browser does not say why, which mostly means that nobody listens.
pub async fn send(
    method: &str,
    address: &str,
    headers: &[(&str, String)],
    body: Option<&[u8]>,
) -> Result<Answer, TransportError> {
    let abort = AbortController::new().map_err(|e| error(&e))?;
    let init = RequestInit::new();
    init.set_method(method);
    init.set_signal(Some(&abort.signal()));
    if let Some(body) = body {
        init.set_body(&Uint8Array::from(body));
    }
    let list = Headers::new().map_err(|e| error(&e))?;
    for (name, value) in headers {
        list.append(name, value).map_err(|e| error(&e))?;
    }
    init.set_headers(&list);
    let window = web_sys::window().ok_or_else(|| TransportError::Other("no window".to_owned()))?;
    let host = || window.location().host().unwrap_or_default();
    let fetched = JsFuture::from(window.fetch_with_str_and_init(address, &init)).await;
    let response: Response = fetched.map_err(|_| TransportError::Refused(host()))?.unchecked_into();
    Ok(Answer { status: response.status(), headers: read_headers(&response.headers()), response, reader: None, abort })
}

fn read_headers(headers: &Headers) -> Vec<(String, String)> {
    let entries = js_sys::try_iter(headers).ok().flatten();
    entries
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let pair: js_sys::Array = entry.ok()?.unchecked_into();
            Some((pair.get(0).as_string()?, pair.get(1).as_string()?))
        })
        .collect()
}

impl Answer {
    /// The next piece of the body.
    pub async fn next(&mut self) -> Option<Result<Vec<u8>, TransportError>> {
        if self.reader.is_none() {
            self.reader = Some(self.response.body()?.get_reader().unchecked_into());
        }
        let reader = self.reader.as_ref()?;
        let piece = match JsFuture::from(reader.read()).await {
            Ok(piece) => piece,
            Err(found) => return Some(Err(error(&found))),
        };
        if Reflect::get(&piece, &"done".into()).is_ok_and(|done| done.is_truthy()) {
            return None;
        }
        let value = Reflect::get(&piece, &"value".into()).ok()?;
        Some(Ok(Uint8Array::new(&value).to_vec()))
    }

    /// The whole body.
    pub async fn bytes(mut self) -> Result<Vec<u8>, TransportError> {
        let mut all = Vec::new();
        while let Some(piece) = self.next().await {
            all.extend_from_slice(&piece?);
        }
        Ok(all)
    }
}
