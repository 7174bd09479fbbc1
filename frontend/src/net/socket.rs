//! WebSockets: messages in as a stream, out by a call. Dropping one closes it.

use futures::StreamExt;
use futures::channel::{mpsc, oneshot};
use js_sys::{ArrayBuffer, Uint8Array};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{BinaryType, Event, MessageEvent, WebSocket};

/// A message.
#[derive(Debug, PartialEq, Eq)]
pub enum Message {
    /// Bytes.
    Binary(Vec<u8>),
    /// Text.
    Text(String),
}

/// An open WebSocket.
pub struct Socket {
    socket: WebSocket,
    incoming: mpsc::UnboundedReceiver<Message>,
    _handlers: [Closure<dyn FnMut(Event)>; 3],
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        self.socket.set_onopen(None);
        let _ = self.socket.close();
    }
}

impl Socket {
    /// Opens one; `None` when it could not be opened, for which the browser gives no reason.
    pub async fn open(address: &str, protocols: &[&str]) -> Option<Self> {
        let socket = match protocols {
            [] => WebSocket::new(address),
            some => {
                let list: js_sys::Array = some.iter().map(|p| wasm_bindgen::JsValue::from_str(p)).collect();
                WebSocket::new_with_str_sequence(address, &list)
            }
        };
        let socket = socket.ok()?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        let (messages, incoming) = mpsc::unbounded();
        let (opened, wait) = oneshot::channel::<bool>();
        let opened = Rc::new(RefCell::new(Some(opened)));
        let settle = move |opened: &Rc<RefCell<Option<oneshot::Sender<bool>>>>, how: bool| {
            if let Some(opened) = opened.borrow_mut().take() {
                let _ = opened.send(how);
            }
        };
        let on_open = {
            let opened = opened.clone();
            Closure::<dyn FnMut(Event)>::new(move |_| settle(&opened, true))
        };
        let on_message = {
            let messages = messages.clone();
            Closure::<dyn FnMut(Event)>::new(move |event: Event| {
                let data = event.unchecked_into::<MessageEvent>().data();
                let message = match data.dyn_into::<ArrayBuffer>() {
                    Ok(buffer) => Message::Binary(Uint8Array::new(&buffer).to_vec()),
                    Err(other) => Message::Text(other.as_string().unwrap_or_default()),
                };
                let _ = messages.unbounded_send(message);
            })
        };
        let on_close = Closure::<dyn FnMut(Event)>::new(move |_| {
            settle(&opened, false);
            messages.close_channel();
        });
        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        let socket = Self { socket, incoming, _handlers: [on_open, on_message, on_close] };
        wait.await.unwrap_or(false).then_some(socket)
    }

    /// The next message; `None` when the other side has closed.
    pub async fn next(&mut self) -> Option<Message> {
        self.incoming.next().await
    }

    /// Sends bytes.
    pub fn send(&self, bytes: &[u8]) -> bool {
        self.socket.send_with_u8_array(bytes).is_ok()
    }

    /// Sends text.
    pub fn send_text(&self, text: &str) -> bool {
        self.socket.send_with_str(text).is_ok()
    }
}
