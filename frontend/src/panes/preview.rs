//! A forwarded port as a tab: what the Pod answers, in a frame that may not reach out of itself.

use leptos::prelude::*;
use markup::view;

use crate::state::{App, Preview};
use crate::ui::element::held;
use crate::ui::view::View;

/// The tab's name: `:8080`.
pub fn tab_of(preview: &Preview) -> String {
    format!(":{}", preview.port)
}

/// What tells it from the others.
pub fn key_of(preview: &Preview) -> String {
    format!("{} {}", preview.port, preview.address)
}

/// The frame, its address, and what ends it.
pub fn preview_frame(preview: Preview) -> View {
    let app = expect_context::<App>();
    let frame = held();
    let (tab, address, console, port) = (tab_of(&preview), preview.address, preview.console, preview.port);
    let (title, source) = (tab.clone(), address.clone());
    let reload = move |_| {
        if let Some(frame) = frame.get_untracked() {
            let _ = frame.set_attribute("src", &source);
        }
    };
    view! {
        <div class="fill preview" class:away=move || app.tab.get() != tab>
            <div class="tools">
                <button class="button quiet" aria-label=move || app.texts().reload title=move || app.texts().reload
                    on:click=reload>"↻"</button>
                <a class="grow" href=address.clone() target="_blank" rel="noopener">{address.clone()}</a>
                <button class="button" data-testid="stop-preview" title="Ctrl-C" on:click=move |_| app.interrupt(console)>
                    {move || app.texts().stop}
                </button>
            </div>
            // Its origin is its own, and nothing of this page's.
            <iframe data-testid="preview" node_ref=frame title=title src=address
                on:load=move |_| app.connected(console, port)
                sandbox="allow-scripts allow-forms allow-same-origin allow-popups allow-modals"></iframe>
        </div>
    }
}
