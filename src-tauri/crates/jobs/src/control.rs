//! Pause and cancel: the two things a person can do to a running job.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Runs,
    Paused,
    Cancelled,
}

/// Pause, continue, cancel; shared between the job and whoever watches it.
///
/// Cancelling is final: a new job needs a new switch.
#[derive(Debug)]
pub struct Switch {
    state: Mutex<State>,
    changed: Condvar,
    is_enough: AtomicBool,
}

impl Default for Switch {
    fn default() -> Self {
        Self::new()
    }
}

impl Switch {
    /// A switch that lets the job run.
    pub fn new() -> Self {
        Self { state: Mutex::new(State::Runs), changed: Condvar::new(), is_enough: AtomicBool::new(false) }
    }

    /// Holds the job before its next piece of work.
    pub fn pause(&self) {
        self.turn(State::Runs, State::Paused);
    }

    /// Lets a paused job go on.
    pub fn resume(&self) {
        self.turn(State::Paused, State::Runs);
    }

    /// Ends the job before its next piece of work, paused or not.
    pub fn cancel(&self) {
        *self.lock() = State::Cancelled;
        self.changed.notify_all();
    }

    /// Lets a job that gets better and better, paused or not, end with the best it has so far.
    pub fn finish(&self) {
        self.is_enough.store(true, Ordering::Relaxed);
        self.resume();
    }

    /// Whether [`Switch::finish`] was called since this was last asked.
    pub(crate) fn takes_enough(&self) -> bool {
        self.is_enough.swap(false, Ordering::Relaxed)
    }

    /// Whether [`Switch::cancel`] was called.
    pub fn is_cancelled(&self) -> bool {
        *self.lock() == State::Cancelled
    }

    /// Waits while paused; then says whether the job goes on.
    pub(crate) fn goes_on(&self) -> bool {
        let state = self.lock();
        let state =
            self.changed.wait_while(state, |state| *state == State::Paused).unwrap_or_else(PoisonError::into_inner);
        *state != State::Cancelled
    }

    fn turn(&self, from: State, to: State) {
        let mut state = self.lock();
        if *state == from {
            *state = to;
            self.changed.notify_all();
        }
    }

    // A state is one word, so a panic elsewhere cannot leave it half-written.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn a_paused_job_waits_until_it_is_resumed() {
        let switch = Arc::new(Switch::new());
        assert!(switch.goes_on());
        switch.pause();
        let job = std::thread::spawn({
            let switch = Arc::clone(&switch);
            move || switch.goes_on()
        });
        switch.resume();
        assert!(job.join().expect("the waiting thread does not panic"));
    }

    #[test]
    fn enough_is_told_once_and_wakes_a_paused_job() {
        let switch = Switch::new();
        assert!(!switch.takes_enough());
        switch.pause();
        switch.finish();
        assert!(switch.goes_on() && switch.takes_enough() && !switch.takes_enough());
    }

    #[test]
    fn cancel_ends_a_paused_job_and_is_final() {
        let switch = Switch::new();
        switch.pause();
        switch.cancel();
        switch.resume();
        assert!(!switch.goes_on());
        assert!(switch.is_cancelled());
    }
}
