//! Fingerprints of the models on screen, computed while the person is still choosing, so that saving need not.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use jobs::{Context, Switch};

/// The at most one thread that reads ahead.
#[derive(Default)]
pub struct Ahead(Mutex<Option<Arc<Switch>>>);

impl Ahead {
    /// Reads `models` in the background instead of what was read before; known ones cost nothing.
    ///
    /// Without a thread to spare nothing is read: saving computes what is missing.
    pub fn read(&self, models: Vec<PathBuf>, cx: Context) {
        self.replace(Some(Arc::clone(&cx.control)));
        drop(thread::Builder::new().name("ahead".into()).spawn(move || jobs::fingerprint(&models, &cx)));
    }

    /// Leaves the disk to somebody else.
    pub fn stop(&self) {
        self.replace(None);
    }

    fn replace(&self, next: Option<Arc<Switch>>) {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = std::mem::replace(&mut *slot, next) {
            before.cancel();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_anew_and_stopping_end_what_was_read_before() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let ahead = Ahead::default();
        let switches: Vec<Arc<Switch>> = (0..2).map(|_| Arc::new(Switch::new())).collect();
        for switch in &switches {
            ahead.read(vec![], Context { control: Arc::clone(switch), ..Context::new(folder.path()) });
        }
        assert_eq!(switches.iter().map(|switch| switch.is_cancelled()).collect::<Vec<_>>(), [true, false]);
        ahead.stop();
        assert!(switches[1].is_cancelled());
    }
}
