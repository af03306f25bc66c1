//! Undo and redo: whole states, because a state is small.

/// How many steps can be taken back.
const DEPTH: usize = 200;

/// States before and after the current one.
#[derive(Debug, Clone)]
pub struct History<T> {
    past: Vec<T>,
    future: Vec<T>,
    /// What the newest entry belongs to, while it is still going on.
    open: Option<String>,
}

impl<T> Default for History<T> {
    fn default() -> Self {
        Self { past: Vec::new(), future: Vec::new(), open: None }
    }
}

impl<T> History<T> {
    /// Remembers `before`, the state that is about to change.
    /// Changes with the same `gesture` that follow each other become one entry, until [`History::settle`].
    pub fn remember(&mut self, before: T, gesture: Option<&str>) {
        let continued = gesture.is_some() && self.open.as_deref() == gesture;
        self.open = gesture.map(str::to_owned);
        self.future.clear();
        if continued {
            return;
        }
        if self.past.len() == DEPTH {
            self.past.remove(0);
        }
        self.past.push(before);
    }

    /// The state before the gesture that is still going on, if it is this one.
    pub fn began(&self, gesture: &str) -> Option<&T> {
        self.past.last().filter(|_| self.open.as_deref() == Some(gesture))
    }

    /// Ends a gesture: the next change is an entry of its own.
    pub fn settle(&mut self) {
        self.open = None;
    }

    /// The state before; `now` can be brought back with [`History::redo`].
    pub fn undo(&mut self, now: T) -> Option<T> {
        self.settle();
        let before = self.past.pop()?;
        self.future.push(now);
        Some(before)
    }

    /// The state that was undone last.
    pub fn redo(&mut self, now: T) -> Option<T> {
        self.settle();
        let after = self.future.pop()?;
        self.past.push(now);
        Some(after)
    }

    /// Whether there is something to undo.
    pub fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    /// Whether there is something to redo.
    pub fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undo_and_redo_walk_through_the_same_states() {
        let mut history = History::default();
        history.remember(1, None);
        history.remember(2, None);
        assert_eq!(history.undo(3), Some(2));
        assert_eq!(history.undo(2), Some(1));
        assert_eq!(history.undo(1), None);
        assert_eq!(history.redo(1), Some(2));
        assert_eq!(history.redo(2), Some(3));
        assert!(!history.can_redo() && history.can_undo());
    }

    #[test]
    fn one_drag_is_one_entry_and_the_next_drag_another() {
        let mut history = History::default();
        for value in 0..5 {
            history.remember(value, Some("strength a"));
        }
        assert_eq!(history.past, [0]);
        assert_eq!((history.began("strength a"), history.began("strength b")), (Some(&0), None));
        history.settle();
        assert_eq!(history.began("strength a"), None);
        history.remember(5, Some("strength a"));
        history.remember(6, Some("strength b"));
        assert_eq!(history.past, [0, 5, 6]);
    }

    #[test]
    fn a_new_change_forgets_what_was_undone() {
        let mut history = History::default();
        history.remember(1, None);
        history.undo(2);
        history.remember(1, None);
        assert!(!history.can_redo());
    }
}
