//! Native drags over the window, told to the page without their paths.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use protocol::command::{DRAG_EVENT, DragState};
use tauri::{DragDropEvent, Emitter, Manager, PhysicalPosition, Runtime, Window, WindowEvent};

use crate::shell::Shell;

/// Least time between two messages about a drag that only moves.
const LEAST: Duration = Duration::from_millis(100);

/// The drag over the window, if there is one: what it carries, and when it was told last.
#[derive(Default)]
pub struct Drag(Mutex<Option<(usize, usize, Instant)>>);

/// Passes drags on to the page.
pub fn watch<R: Runtime>(window: &Window<R>, event: &WindowEvent) {
    let WindowEvent::DragDrop(drag) = event else {
        return;
    };
    let scale = window.scale_factor().unwrap_or(1.0);
    let over = window.state::<Drag>();
    if let Some(state) = state(&window.state::<Arc<Shell>>(), &over, drag, scale) {
        // A page that is not there yet misses a drag, nothing else.
        let _ = window.emit_to(window.label(), DRAG_EVENT, state);
    }
}

/// What the page hears about `drag`; a drag that only moves is told ten times a second.
fn state(shell: &Shell, over: &Drag, drag: &DragDropEvent, scale: f64) -> Option<DragState> {
    match drag {
        DragDropEvent::Enter { paths, position } => Some(over.enters(paths, at(position, scale))),
        DragDropEvent::Over { position } => over.moves(at(position, scale), Instant::now()),
        DragDropEvent::Drop { paths, position } => {
            Some(DragState::Dropped { added: shell.added(paths), at: at(position, scale) })
        }
        DragDropEvent::Leave => Some(DragState::Left),
        _ => None,
    }
}

/// Pixels of the page.
fn at(position: &PhysicalPosition<f64>, scale: f64) -> (f64, f64) {
    (position.x / scale, position.y / scale)
}

impl Drag {
    fn enters(&self, paths: &[PathBuf], at: (f64, f64)) -> DragState {
        let folders = paths.iter().filter(|path| path.is_dir()).count();
        let files = paths.len() - folders;
        *self.slot() = Some((files, folders, Instant::now()));
        DragState::Over { files, folders, at }
    }

    fn moves(&self, at: (f64, f64), now: Instant) -> Option<DragState> {
        let mut slot = self.slot();
        let (files, folders, told) = slot.as_mut()?;
        if now.saturating_duration_since(*told) < LEAST {
            return None;
        }
        *told = now;
        Some(DragState::Over { files: *files, folders: *folders, at })
    }

    fn slot(&self) -> MutexGuard<'_, Option<(usize, usize, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_folders_are_counted_apart() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let file = home.path().join("model.safetensors");
        std::fs::write(&file, "").expect("a writable folder");
        let drag = Drag::default();
        let counted = drag.enters(&[file, home.path().to_owned(), home.path().to_owned()], (3.0, 4.0));
        assert_eq!(counted, DragState::Over { files: 1, folders: 2, at: (3.0, 4.0) });
    }

    #[test]
    fn a_drag_that_moves_is_told_ten_times_a_second_at_most() {
        let drag = Drag::default();
        assert_eq!(drag.moves((1.0, 1.0), Instant::now()), None, "nothing entered");
        drag.enters(&[], (0.0, 0.0));
        let soon = Instant::now() + LEAST * 2;
        assert_eq!(drag.moves((5.0, 6.0), soon), Some(DragState::Over { files: 0, folders: 0, at: (5.0, 6.0) }));
        assert_eq!(drag.moves((7.0, 8.0), soon + LEAST / 2), None);
    }

    #[test]
    fn places_are_told_in_pixels_of_the_page() {
        assert_eq!(at(&PhysicalPosition::new(300.0, 150.0), 1.5), (200.0, 100.0));
    }
}
