//! Native drags over the window, told to the page without their paths.

use std::path::PathBuf;
use std::sync::Arc;

use protocol::command::{DRAG_EVENT, DragState};
use tauri::{DragDropEvent, Emitter, Manager, Runtime, Window, WindowEvent};

use crate::shell::Shell;

/// Passes drags on to the page.
pub fn watch<R: Runtime>(window: &Window<R>, event: &WindowEvent) {
    let WindowEvent::DragDrop(drag) = event else {
        return;
    };
    if let Some(state) = state(&window.state::<Arc<Shell>>(), drag) {
        // A page that is not there yet misses a drag, nothing else.
        let _ = window.emit_to(window.label(), DRAG_EVENT, state);
    }
}

/// What the page hears about `drag`; nothing while it only moves.
fn state(shell: &Shell, drag: &DragDropEvent) -> Option<DragState> {
    match drag {
        DragDropEvent::Enter { paths, .. } => Some(over(paths)),
        DragDropEvent::Drop { paths, .. } => Some(DragState::Dropped { added: shell.added(paths) }),
        DragDropEvent::Leave => Some(DragState::Left),
        _ => None,
    }
}

fn over(paths: &[PathBuf]) -> DragState {
    let folders = paths.iter().filter(|path| path.is_dir()).count();
    DragState::Over { files: paths.len() - folders, folders }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_folders_are_counted_apart() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let file = home.path().join("model.safetensors");
        std::fs::write(&file, "").expect("a writable folder");
        let counted = over(&[file, home.path().to_owned(), home.path().to_owned()]);
        assert_eq!(counted, DragState::Over { files: 1, folders: 2 });
    }
}
