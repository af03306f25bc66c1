//! The files that will be written.

use leptos::prelude::*;
use protocol::forecast::PlannedFile;
use protocol::words::format;

use super::icons::icon;
use crate::shape::tree::{Line, lines};

/// The file tree of an output.
#[component]
pub fn FileTree(
    /// Name of the output folder.
    #[prop(into)]
    name: Signal<String>,
    /// Its files.
    #[prop(into)]
    files: Signal<Vec<PlannedFile>>,
) -> impl IntoView {
    let all = Memo::new(move |_| files.with(|files| lines(&name.get(), files)));
    let first = Memo::new(move |_| {
        all.with(|all| all.iter().find(|line| line.depth == 1 && line.folder).map(|line| line.name.clone()))
    });
    // Folders of several skills hold the same files: one stands open as an example.
    let open = RwSignal::new(None::<String>);
    let is_open = move |within: &str| open.get().or_else(|| first.get()).is_some_and(|open| open == within);
    let shown = move || {
        let visible = |line: &Line| line.depth < 2 || is_open(&line.within);
        let line = |line: Line| {
            let here = is_open(&line.within);
            line_of(line, here, open)
        };
        all.get().into_iter().filter(visible).map(line).collect_view()
    };
    view! { <ul class="tree">{shown}</ul> }
}

fn line_of(line: Line, is_open: bool, open: RwSignal<Option<String>>) -> impl IntoView {
    let symbol = match (line.folder, line.name.ends_with(".tincture") || line.name.starts_with("recipe")) {
        (true, _) => "folder",
        (false, true) => "drop",
        (false, false) => "file",
    };
    let size = if line.bytes > 0 { format::bytes(line.bytes) } else { String::new() };
    let class = format!("in-{}", line.depth.min(3));
    if line.depth == 1 && line.folder {
        let name = line.name.clone();
        let toggle = move |_| open.set(Some(if is_open { String::new() } else { name.clone() }));
        let sign = if is_open { "down" } else { "next" };
        return view! {
            <li class=class>{icon(symbol)}<button type="button" class="tree-folder" aria-expanded=is_open.to_string() on:click=toggle>
                <span class="clip">{line.name}</span>{icon(sign)}</button><span class="v">{size}</span></li>
        }
        .into_any();
    }
    view! { <li class=class>{icon(symbol)}<span class="clip">{line.name}</span><span class="v">{size}</span></li> }
        .into_any()
}
