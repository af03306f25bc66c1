//! The at most one running job: its thread, its switch, what it says.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use jobs::Switch;
use protocol::event::JobEvent;
use protocol::failure::Failure;
use protocol::words::problems;

use crate::bug;

/// Where the running job is held.
#[derive(Default)]
pub struct Running(Mutex<Option<Job>>);

struct Job {
    kind: Kind,
    switch: Arc<Switch>,
    thread: Option<JoinHandle<()>>,
}

/// What a job is to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It writes: others wait until it is done.
    Save,
    /// It only looks, and can be asked again: whatever comes next takes its place.
    Look,
}

/// What a job says while it runs.
pub type Tell = Arc<dyn Fn(JobEvent) + Send + Sync>;

impl Running {
    /// Starts `work` on a thread of its own, and tells its end after everything else it said.
    ///
    /// By the time the end is told, the next job may begin. A job that only looks is cancelled and waited for first.
    ///
    /// # Errors
    /// [`protocol::failure::FailureCode::Busy`] while a save runs.
    pub fn begin(
        self: &Arc<Self>,
        kind: Kind,
        tell: Tell,
        work: impl FnOnce(Arc<Switch>, Tell) -> Result<JobEvent, Failure> + Send + 'static,
    ) -> Result<(), Failure> {
        self.stop_looking();
        let mut slot = self.slot();
        if slot.is_some() {
            return Err(problems::busy().into());
        }
        let (running, switch) = (Arc::clone(self), Arc::new(Switch::default()));
        let held = Arc::clone(&switch);
        let thread = thread::Builder::new().name("job".into()).spawn(move || {
            let end = end_of(|| work(Arc::clone(&switch), unfinished(&tell)));
            running.leave(&switch);
            tell(end);
        });
        let thread = thread.map_err(|error| bug::failure(error.to_string()))?;
        *slot = Some(Job { kind, switch: held, thread: Some(thread) });
        Ok(())
    }

    /// Pauses or continues the job, if one runs.
    pub fn set_paused(&self, paused: bool) {
        if let Some(job) = &*self.slot() {
            if paused { job.switch.pause() } else { job.switch.resume() }
        }
    }

    /// Lets the job end with what it has, if one runs; its end is told when it is reached.
    pub fn finish(&self) {
        if let Some(job) = &*self.slot() {
            job.switch.finish();
        }
    }

    /// Cancels the job, if one runs; its end is told when it is reached.
    pub fn cancel(&self) {
        if let Some(job) = &*self.slot() {
            job.switch.cancel();
        }
    }

    /// Cancels the job and waits until it has put everything away.
    pub fn stop(&self) {
        let job = self.slot().take();
        if let Some(job) = job {
            job.switch.cancel();
            // A job that panicked has nothing left to put away.
            let _ = job.thread.map(JoinHandle::join);
        }
    }

    /// Cancels a job that only looks, and waits until it has ended; others go on.
    pub fn stop_looking(&self) {
        let looking = self.slot().take_if(|job| job.kind == Kind::Look);
        if let Some(job) = looking {
            job.switch.cancel();
            let _ = job.thread.map(JoinHandle::join);
        }
    }

    /// The job of this switch has ended; another one may be in its place already.
    fn leave(&self, switch: &Arc<Switch>) {
        self.slot().take_if(|job| Arc::ptr_eq(&job.switch, switch));
    }

    /// A panic cannot leave the slot in disorder: it is set and taken as a whole.
    fn slot(&self) -> MutexGuard<'_, Option<Job>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The last event of a job, whether it ended well, badly or with a panic.
fn end_of(work: impl FnOnce() -> Result<JobEvent, Failure>) -> JobEvent {
    let ended = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(bug::latest()));
    ended.unwrap_or_else(|failure| JobEvent::Failed { failure })
}

/// `tell` without the ends: those are told once, here.
fn unfinished(tell: &Tell) -> Tell {
    let tell = Arc::clone(tell);
    Arc::new(move |event| {
        if !event.is_end() {
            tell(event);
        }
    })
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, channel};

    use protocol::failure::FailureCode as Code;

    use super::*;

    fn listened() -> (Tell, Receiver<JobEvent>) {
        let (send, heard) = channel();
        (Arc::new(move |event| drop(send.send(event))), heard)
    }

    fn code(event: JobEvent) -> Code {
        match event {
            JobEvent::Failed { failure } => failure.problems[0].code,
            other => panic!("no failure: {other:?}"),
        }
    }

    fn cancelled() -> Result<JobEvent, Failure> {
        Err(problems::cancelled().into())
    }

    #[test]
    fn one_job_at_a_time_and_the_next_may_begin_when_the_end_is_told() {
        let (running, (tell, heard)) = (Arc::new(Running::default()), listened());
        let (go, waits) = channel::<()>();
        let work = move |_, _: Tell| waits.recv().map_or_else(|_| cancelled(), |()| cancelled());
        running.begin(Kind::Save, tell.clone(), work).expect("nothing runs yet");
        let refusal = running.begin(Kind::Save, tell.clone(), |_, _| cancelled()).expect_err("one runs");
        assert_eq!(refusal.problems[0].code, Code::Busy);
        go.send(()).expect("the job waits");
        assert_eq!(code(heard.recv().expect("an end")), Code::Cancelled);
        running.begin(Kind::Save, tell, |_, _| cancelled()).expect("the first has told its end");
        assert_eq!(code(heard.recv().expect("an end")), Code::Cancelled);
    }

    #[test]
    fn the_end_is_told_once_and_last() {
        let (running, (tell, heard)) = (Arc::new(Running::default()), listened());
        let work = |_, tell: Tell| {
            tell(JobEvent::Started { engine: "e".into() });
            tell(JobEvent::Failed { failure: problems::busy().into() });
            cancelled()
        };
        running.begin(Kind::Save, tell, work).expect("nothing runs yet");
        assert_eq!(heard.recv().expect("a start"), JobEvent::Started { engine: "e".into() });
        assert_eq!(code(heard.recv().expect("an end")), Code::Cancelled);
        running.stop();
        assert!(heard.try_recv().is_err());
    }

    #[test]
    fn a_panic_is_an_end_too() {
        let (running, (tell, heard)) = (Arc::new(Running::default()), listened());
        running.begin(Kind::Save, tell, |_, _| panic!("on purpose")).expect("nothing runs yet");
        assert_eq!(code(heard.recv().expect("an end")), Code::Bug);
    }

    /// Waits until it is cancelled.
    fn looking(switch: Arc<Switch>, _: Tell) -> Result<JobEvent, Failure> {
        while !switch.is_cancelled() {
            thread::yield_now();
        }
        cancelled()
    }

    #[test]
    fn whatever_comes_next_takes_the_place_of_a_look_and_a_save_keeps_its_own() {
        let (running, (tell, heard)) = (Arc::new(Running::default()), listened());
        running.begin(Kind::Look, tell.clone(), looking).expect("nothing runs yet");
        running.begin(Kind::Look, tell.clone(), looking).expect("the first look makes room");
        assert_eq!(code(heard.recv().expect("the end of the first")), Code::Cancelled);
        let (go, waits) = channel::<()>();
        let work = move |_, _: Tell| waits.recv().map_or_else(|_| cancelled(), |()| cancelled());
        running.begin(Kind::Save, tell.clone(), work).expect("the second look makes room");
        assert_eq!(code(heard.recv().expect("the end of the second")), Code::Cancelled);
        assert!(running.begin(Kind::Look, tell, looking).is_err(), "a save is not disturbed");
        running.stop_looking();
        assert!(heard.try_recv().is_err(), "nor by someone who ends looks");
        go.send(()).expect("the save waits");
        assert_eq!(code(heard.recv().expect("an end")), Code::Cancelled);
    }

    #[test]
    fn leaving_cancels_the_job_and_waits_for_it() {
        let (running, (tell, heard)) = (Arc::new(Running::default()), listened());
        let (seen, put_away) = channel();
        let work = move |switch: Arc<Switch>, _: Tell| {
            while !switch.is_cancelled() {
                thread::yield_now();
            }
            seen.send(()).expect("the test listens");
            cancelled()
        };
        running.begin(Kind::Save, tell, work).expect("nothing runs yet");
        running.stop();
        put_away.try_recv().expect("the job had ended when leaving returned");
        drop(heard);
    }
}
