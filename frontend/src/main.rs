//! Podground's web app. Shows, edits and asks; every Kubernetes rule it follows comes from `shared`.

mod console;
mod js;
mod locales;
mod net;
mod panes;
mod signal;
mod state;
mod ui;

fn main() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(ui::app::show_page);
}
