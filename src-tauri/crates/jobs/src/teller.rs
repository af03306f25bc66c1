//! What a running job says: progress at most four times a second, warnings at once.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use merge::Advance;
use protocol::event::{JobEvent, Phase, Progress, Unit};
use protocol::failure::Problem;

use crate::Context;

/// Most messages in any second.
const MOST: usize = 4;
const SECOND: Duration = Duration::from_secs(1);
/// Least time between two messages of one phase, which spreads them evenly.
const LEAST: Duration = Duration::from_millis(200);
/// A rest is told from here on: before, it would jump about.
const TOLD_AFTER: Duration = Duration::from_secs(5);
const TOLD_FROM_SHARE: f64 = 0.03;

/// Passes on what a run says.
pub(crate) struct Teller<'a> {
    cx: &'a Context,
    state: Mutex<State>,
}

struct State {
    phase: Phase,
    total: u64,
    done: u64,
    /// When the phase began, moved on by every pause.
    began: Instant,
    /// Times of the last messages, oldest first.
    sent: VecDeque<Instant>,
    warnings: Vec<Problem>,
    /// Spent in pauses.
    waited: Duration,
}

impl<'a> Teller<'a> {
    pub fn new(cx: &'a Context) -> Self {
        let state = State {
            phase: Phase::Reserve,
            total: 0,
            done: 0,
            began: Instant::now(),
            sent: VecDeque::new(),
            warnings: Vec::new(),
            waited: Duration::ZERO,
        };
        Self { cx, state: Mutex::new(state) }
    }

    /// A new phase; `total` is to be done in it, in the unit of the phase.
    pub fn begin(&self, phase: Phase, total: u64) {
        let now = Instant::now();
        let mut state = self.lock();
        (state.phase, state.total, state.done, state.began) = (phase, total, 0, now);
        // The window turns its page by the phases of a tint: none of them goes untold. Those of a save have their messages
        // kept for them.
        if phase > Phase::Measure {
            state.sent.clear();
        }
        self.tell(&mut state, now, Duration::ZERO, None);
    }

    /// Says how far a part of this phase is that begins after `done` of `total` bytes.
    pub fn share(&self, done: u64, total: u64) -> Share<'_> {
        Share { teller: self, done, total }
    }

    /// So much more of this phase is done.
    pub fn count(&self, more: u64) {
        let mut state = self.lock();
        state.done = (state.done + more).min(state.total);
        self.tell(&mut state, Instant::now(), LEAST, None);
    }

    /// What is done and to be done in this phase.
    pub fn reached(&self) -> (u64, u64) {
        let state = self.lock();
        (state.done, state.total)
    }

    /// How long pauses took so far.
    pub fn waited(&self) -> Duration {
        self.lock().waited
    }

    /// Everything that was warned of.
    pub fn warnings(&self) -> Vec<Problem> {
        self.lock().warnings.clone()
    }

    /// Sends the state, unless that would be too often.
    fn tell(&self, state: &mut State, now: Instant, least: Duration, part: Option<Advance>) {
        if !state.may_tell(now, least) {
            return;
        }
        let progress = Progress {
            phase: state.phase,
            done: state.done,
            total: state.total,
            unit: unit(state.phase),
            seconds_left: rest(state.done, state.total, now.saturating_duration_since(state.began)),
            part: part.map(|advance| advance.part.to_owned()),
            part_at: part.map_or(0, |advance| advance.part_at as u64),
            parts: part.map_or(0, |advance| advance.parts as u64),
        };
        (self.cx.events)(JobEvent::Progress(progress));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether a message may go out now; notes it if so.
    ///
    /// Every phase to come has a message left for its beginning, however soon it comes: no phase goes untold.
    fn may_tell(&mut self, now: Instant, least: Duration) -> bool {
        self.sent.retain(|&sent| now.saturating_duration_since(sent) < SECOND);
        let too_soon = self.sent.back().is_some_and(|&last| now.saturating_duration_since(last) < least);
        let to_come = Phase::SAVING.iter().filter(|&&phase| phase > self.phase).count();
        if too_soon || self.sent.len() >= MOST.saturating_sub(to_come) {
            return false;
        }
        self.sent.push_back(now);
        true
    }
}

impl merge::Control for Teller<'_> {
    fn proceed(&self) -> bool {
        let before = Instant::now();
        let goes_on = self.cx.control.goes_on();
        let waited = before.elapsed();
        // What a person pauses for does not count as slowness.
        if waited > LEAST {
            let mut state = self.lock();
            state.began += waited;
            state.waited += waited;
        }
        goes_on
    }

    fn advanced(&self, advance: Advance) {
        let mut state = self.lock();
        state.done = state.done.max(advance.done);
        state.total = advance.total;
        self.tell(&mut state, Instant::now(), LEAST, Some(advance));
    }

    fn warn(&self, problem: Problem) {
        let mut state = self.lock();
        state.warnings.push(problem.clone());
        (self.cx.events)(JobEvent::Warning { problem });
    }
}

fn unit(phase: Phase) -> Unit {
    match phase {
        Phase::Measure | Phase::Teach | Phase::Explore => Unit::Examples,
        Phase::Tint | Phase::Compare => Unit::Rounds,
        Phase::Reserve | Phase::Write | Phase::Verify | Phase::Publish | Phase::Load => Unit::Bytes,
    }
}

/// The part of a longer job that one sweep is.
pub(crate) struct Share<'a> {
    teller: &'a Teller<'a>,
    /// Bytes of the job before it.
    done: u64,
    /// Bytes of the whole job.
    total: u64,
}

impl merge::Control for Share<'_> {
    fn proceed(&self) -> bool {
        merge::Control::proceed(self.teller)
    }

    fn advanced(&self, advance: Advance) {
        let done = (self.done + advance.done).min(self.total);
        merge::Control::advanced(self.teller, Advance { done, total: self.total, ..advance });
    }

    fn warn(&self, problem: Problem) {
        merge::Control::warn(self.teller, problem);
    }
}

/// Asks like its teller, and does not say how far it is: for mixes that are a small part of another job.
pub(crate) struct Quiet<'a>(pub &'a Teller<'a>);

impl merge::Control for Quiet<'_> {
    fn proceed(&self) -> bool {
        self.0.proceed()
    }

    fn warn(&self, problem: Problem) {
        self.0.warn(problem);
    }
}

/// Seconds until the end at the pace so far, once it can be told.
fn rest(done: u64, total: u64, elapsed: Duration) -> Option<f64> {
    let share = done as f64 / total.max(1) as f64;
    (elapsed >= TOLD_AFTER && share >= TOLD_FROM_SHARE).then(|| elapsed.as_secs_f64() * (1.0 - share).max(0.0) / share)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Milliseconds at which messages went out, if one was wished for at every one of them.
    fn sent(state: &mut State, start: Instant, from: u64, until: u64) -> Vec<u64> {
        let at = |at| start + Duration::from_millis(at);
        let begun: Vec<u64> = (from..from + 1).filter(|&now| state.may_tell(at(now), Duration::ZERO)).collect();
        begun.into_iter().chain((from + 1..until).filter(|&now| state.may_tell(at(now), LEAST))).collect()
    }

    #[test]
    fn no_second_holds_more_than_four_messages_and_no_phase_goes_untold() {
        let cx = Context::new("/nowhere");
        for lengths in
            [[1, 1, 1, 1], [1, 5_000, 1, 1], [1, 900, 350, 1], [300, 300, 300, 300], [1, 5_000, 5_000, 5_000]]
        {
            let teller = Teller::new(&cx);
            let mut state = teller.lock();
            let (start, mut from, mut all) = (Instant::now(), 0, Vec::new());
            for (phase, length) in Phase::SAVING.into_iter().zip(lengths) {
                state.phase = phase;
                let told = sent(&mut state, start, from, from + length);
                assert_eq!(told.first(), Some(&from), "{phase:?} of {lengths:?}");
                assert!(length < 5_000 || told.len() >= 10, "messages keep coming: {told:?}");
                all.extend(told);
                from += length;
            }
            for window in all.windows(MOST + 1) {
                assert!(window[MOST] - window[0] >= 1_000, "five within a second: {window:?}");
            }
        }
    }

    #[test]
    fn the_rest_is_told_after_five_seconds_and_three_percent() {
        let at = |done, seconds| rest(done, 100, Duration::from_secs(seconds));
        assert_eq!(at(50, 4), None);
        assert_eq!(at(2, 60), None);
        assert_eq!(at(25, 10), Some(30.0));
        assert_eq!(at(100, 10), Some(0.0));
    }
}
