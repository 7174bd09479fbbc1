//! xterm.js and CodeMirror behind their thin wrappers (`static/js`).

use js_sys::{Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlElement;

use crate::ui::pause;

#[wasm_bindgen]
extern "C" {
    /// `import()`, which only JavaScript has.
    #[wasm_bindgen(js_name = podgroundImport)]
    fn podground_import(address: &str) -> Promise;

    /// A terminal of `static/js/terminal.js`.
    pub type Terminal;
    #[wasm_bindgen(method)]
    pub fn write(this: &Terminal, data: &Uint8Array);
    #[wasm_bindgen(method)]
    pub fn focus(this: &Terminal);
    #[wasm_bindgen(method)]
    pub fn reset(this: &Terminal);
    #[wasm_bindgen(method)]
    pub fn columns(this: &Terminal) -> u16;
    #[wasm_bindgen(method)]
    pub fn rows(this: &Terminal) -> u16;

    /// An editor of `static/js/editor.js`.
    pub type Editor;
    #[wasm_bindgen(method)]
    pub fn open(this: &Editor, path: &str, text: &str);
    #[wasm_bindgen(method)]
    pub fn mark(this: &Editor, problems: &str);
    #[wasm_bindgen(method)]
    pub fn change(this: &Editor, changes: &str);
    #[wasm_bindgen(method)]
    pub fn go(this: &Editor, offset: usize);
}

fn document() -> Option<web_sys::Document> {
    web_sys::window()?.document()
}

/// The address that the page gives for a widget.
fn address(widget: &str) -> Option<String> {
    document()?.query_selector(&format!("meta[name=\"podground-{widget}\"]")).ok()??.get_attribute("content")
}

/// Loads a widget's module. While the server is away it is asked again and again: under another address, since a browser
/// may remember that a module could not be loaded.
pub async fn import_widget(widget: &str) -> Result<JsValue, JsValue> {
    let address = address(widget).ok_or_else(|| JsValue::from_str("the page names no such widget"))?;
    let mut from = address.clone();
    for again in 1_u32.. {
        match JsFuture::from(podground_import(&from)).await {
            Ok(module) => return Ok(module),
            Err(_) => pause(1000).await,
        }
        from = format!("{address}?{again}");
    }
    Err(JsValue::NULL)
}

/// Adds a widget's stylesheet to the page, once.
pub fn stylesheet(widget: &str) {
    let id = format!("style-{widget}");
    let Some((document, address)) = document().zip(address(widget)) else { return };
    if document.get_element_by_id(&id).is_some() {
        return;
    }
    if let (Ok(link), Some(head)) = (document.create_element("link"), document.head()) {
        link.set_id(&id);
        let _ = link.set_attribute("rel", "stylesheet");
        let _ = link.set_attribute("href", &address);
        let _ = head.append_child(&link);
    }
}

fn call(module: &JsValue, name: &str, arguments: &[&JsValue]) -> Result<JsValue, JsValue> {
    let function: Function = Reflect::get(module, &name.into())?.dyn_into()?;
    function.apply(&JsValue::NULL, &arguments.iter().copied().cloned().collect::<js_sys::Array>())
}

/// Makes a terminal in `host`. What is typed goes to `data`, a new size to `size`; `link` is asked of each word that is
/// pointed at whether it leads somewhere, and told when it is clicked.
pub async fn terminal(
    host: &HtmlElement,
    label: &str,
    data: impl Fn(String) + 'static,
    size: impl Fn(u16, u16) + 'static,
    link: impl Fn(String, bool) -> bool + 'static,
) -> Result<Terminal, JsValue> {
    stylesheet("terminal-css");
    let module = import_widget("terminal").await?;
    // They live as long as the page: terminals are hidden, not removed.
    let data = Closure::<dyn Fn(String)>::new(data).into_js_value();
    let size = Closure::<dyn Fn(u16, u16)>::new(size).into_js_value();
    let link = Closure::<dyn Fn(String, bool) -> bool>::new(link).into_js_value();
    Ok(call(&module, "createTerminal", &[host, &label.into(), &data, &size, &link])?.unchecked_into())
}

/// Makes an editor in `host`. Its text goes to `change` whenever it changes, `save` is called by Ctrl-S, and `assist`
/// is asked what fits at an offset of the text (`complete`) or what is there (`hint`).
pub async fn editor(
    host: &HtmlElement,
    label: &str,
    change: impl Fn(String) + 'static,
    save: impl Fn() + 'static,
    assist: fn(&str, &str, usize) -> String,
) -> Result<Editor, JsValue> {
    let module = import_widget("editor").await?;
    let change = Closure::<dyn Fn(String)>::new(change).into_js_value();
    let save = Closure::<dyn Fn()>::new(save).into_js_value();
    let assist = Closure::<dyn Fn(String, String, usize) -> String>::new(move |what: String, text: String, at| {
        assist(&what, &text, at)
    })
    .into_js_value();
    Ok(call(&module, "createEditor", &[host, &label.into(), &change, &save, &assist])?.unchecked_into())
}
