//! The rounds of a tint, the looks in between, and which round is kept.

use std::time::{Duration, Instant};

use learn::Error;
use learn::tint::{Round, State, Trainer};
use protocol::event::{JobEvent, Phase};
use protocol::failure::Failure;
use protocol::model::numbered;
use protocol::score::Measured;
use protocol::tint::{JUDGED_EVERY, TintGrid, TintJudged, TintRound};
use protocol::words::{problems, tinting as words};

use super::keep::Keep;
use super::lesson::{Lesson, answers};
use super::room::Room;
use crate::Context;
use crate::teller::Teller;

/// Least time between two messages.
const LEAST: Duration = Duration::from_millis(250);
/// A rest is told from here on.
const TOLD_AFTER: Duration = Duration::from_secs(3);

/// What training came to.
pub(super) struct Trained {
    /// The round that is kept.
    pub best_round: u32,
    /// Rounds done.
    pub rounds: u32,
    /// Whether a person ended it before its last round.
    pub is_ended: bool,
    /// All looks.
    pub judged: Vec<TintJudged>,
    /// Visits without an example that took part.
    pub empty: u64,
    /// Numbers that were trained.
    pub trained: u64,
    /// Coefficients of each mixed tensor, one for each expert.
    pub coefficients: Vec<(String, Vec<f32>)>,
    /// The state of the best round.
    pub state: State,
    /// Strengths at the start and in the end.
    pub grid: Option<TintGrid>,
}

/// Who hears of the rounds, and where states are kept; neither for comparisons.
pub(super) struct Listener<'a> {
    pub cx: &'a Context,
    pub keep: Option<Keep>,
    pub resume: bool,
    pub phase: Phase,
}

impl Listener<'_> {
    /// Whether single rounds and looks are told.
    fn tells(&self) -> bool {
        self.phase == Phase::Tint
    }
}

/// What was not told yet.
struct News {
    told: Instant,
    began: Instant,
    first: u32,
    loss: Vec<(f64, u32)>,
    used: usize,
    shown: usize,
}

/// A run of rounds.
struct Run<'a, 'b> {
    lesson: &'a Lesson<'b>,
    room: &'a Room<'a>,
    trainer: Trainer<'a>,
    best: State,
    judged: Vec<TintJudged>,
    start: Vec<(String, Vec<f32>)>,
    is_ended: bool,
}

impl Lesson<'_> {
    /// Trains until the last round, or until it is enough.
    ///
    /// # Errors
    /// Cancelled; examples, networks or folders that fail.
    pub fn train(&self, listener: &Listener, teller: &Teller) -> Result<Trained, Failure> {
        let room = self.room()?;
        let trainer = self.trainer(&room)?;
        let best = trainer.state.clone();
        let start = coefficients(&trainer);
        let mut run = Run { lesson: self, room: &room, trainer, best, judged: vec![], start, is_ended: false };
        run.resume(listener);
        run.all(listener, teller)?;
        run.end()
    }
}

impl Run<'_, '_> {
    /// Goes on from a kept state, if there is one that fits.
    fn resume(&mut self, listener: &Listener) {
        let kept = listener.keep.as_ref().filter(|_| listener.resume).and_then(Keep::load);
        if let Some((last, judged, best)) = kept.filter(|(last, _, best)| last.is_like(best))
            && self.trainer.resume(last).is_ok()
        {
            (self.judged, self.best) = (judged, best);
        }
    }

    fn all(&mut self, listener: &Listener, teller: &Teller) -> Result<(), Failure> {
        let rounds = self.lesson.settings.rounds;
        let mut news = News::new(self.trainer.state.round, self.lesson.skills.len());
        if listener.tells() {
            teller.begin(listener.phase, u64::from(rounds));
            teller.count(u64::from(self.trainer.state.round));
        }
        if self.judged.is_empty() {
            self.look(listener)?;
        }
        while self.trainer.state.round < rounds {
            match self.trainer.round() {
                Ok(round) => news.add(&round),
                Err(Error::NotFinite) => {
                    merge::Control::warn(teller, words::went_out_of_range(self.best.round));
                    return Ok(());
                }
                Err(Error::Stopped) => return Err(problems::cancelled().into()),
                Err(error) => return Err(self.lesson.skills[0].fault(&error).into()),
            }
            teller.count(1);
            let is_last = self.trainer.state.round == rounds;
            self.tell(listener, teller, &mut news, is_last);
            let is_enough = listener.cx.control.takes_enough();
            if is_last || is_enough || self.trainer.state.round.is_multiple_of(JUDGED_EVERY) {
                self.look(listener)?;
            }
            if is_enough {
                self.is_ended = !is_last;
                return Ok(());
            }
        }
        Ok(())
    }

    /// Scores the state on the part for choosing, and keeps it if it is the best.
    fn look(&mut self, listener: &Listener) -> Result<(), Failure> {
        let mut judged = self.judge()?;
        judged.best = self.judged.iter().all(|before| is_better(&judged, before));
        self.judged.push(judged.clone());
        if judged.best {
            self.best = self.trainer.state.clone();
        }
        if let Some(keep) = &listener.keep {
            if judged.best {
                keep.best(&self.best)?;
            }
            keep.last(&self.trainer.state, &self.judged)?;
        }
        if listener.tells() {
            (listener.cx.events)(JobEvent::TintJudged { judged: Box::new(judged) });
        }
        Ok(())
    }

    fn judge(&mut self) -> Result<TintJudged, Failure> {
        let taught = self.lesson.taught;
        let mut scores = Vec::new();
        for (at, skill) in self.lesson.skills.iter().enumerate() {
            let head = self.trainer.turn_to(at).map_err(|error| Failure::from(skill.fault(&error)))?;
            let logits = self.room.answers(at, self.trainer.engine(), &head)?;
            let right = answers(&logits).iter().zip(&taught.targets[at]).filter(|(own, target)| own == target).count();
            scores.extend(Measured::share(right as u64, taught.targets[at].len() as u64));
        }
        let share = |(correct, targets): (&u64, &Vec<usize>)| Measured::share(*correct, targets.len() as u64);
        let experts = taught.expert_correct.iter().zip(&taught.targets).filter_map(share).collect();
        let values = || scores.iter().map(|score| score.value());
        let mean = values().sum::<f64>() / scores.len().max(1) as f64;
        let worst = values().reduce(f64::min).unwrap_or(0.0);
        let (round, skills) = (self.trainer.state.round, self.lesson.names());
        Ok(TintJudged { round, skills, scores, experts, mean, worst, best: false })
    }

    fn tell(&self, listener: &Listener, teller: &Teller, news: &mut News, is_last: bool) {
        let is_due = news.told.elapsed() >= LEAST || is_last;
        if !listener.tells() || !is_due || news.shown == 0 {
            return;
        }
        let mean = |&(sum, visits): &(f64, u32)| (visits > 0).then(|| sum / f64::from(visits));
        let (round, rounds) = (self.trainer.state.round, self.lesson.settings.rounds);
        let round = TintRound {
            round,
            rounds,
            skills: self.lesson.names(),
            loss: news.loss.iter().map(mean).collect(),
            used_share: news.used as f64 / news.shown as f64,
            empty: self.trainer.state.empty,
            grid: self.grid(&coefficients(&self.trainer)),
            seconds_left: news.rest(round, rounds, teller.waited()),
        };
        news.clear();
        (listener.cx.events)(JobEvent::Tinting { round: Box::new(round) });
    }

    /// Strengths by block; `None` where no coefficient learns.
    fn grid(&self, now: &[(String, Vec<f32>)]) -> Option<TintGrid> {
        let experts = now.first()?.1.len();
        let mut groups: Vec<Option<u64>> = now.iter().map(|(name, _)| block(name)).collect();
        groups.sort_unstable();
        groups.dedup();
        let mean = |all: &[(String, Vec<f32>)], expert: usize, group: Option<u64>| {
            let own = all.iter().filter(|(name, _)| block(name) == group).map(|(_, row)| f64::from(row[expert]));
            let (sum, count) = own.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
            sum / f64::max(count, 1.0)
        };
        let table = |all: &[(String, Vec<f32>)]| -> Vec<Vec<f64>> {
            (0..experts).map(|expert| groups.iter().map(|&group| mean(all, expert, group)).collect()).collect()
        };
        Some(TintGrid { start: table(&self.start), now: table(now), groups })
    }

    fn end(mut self) -> Result<Trained, Failure> {
        let (rounds, empty) = (self.trainer.state.round, self.trainer.state.empty);
        self.trainer.state = self.best.clone();
        let coefficients = coefficients(&self.trainer);
        Ok(Trained {
            best_round: self.best.round,
            is_ended: self.is_ended,
            rounds,
            empty,
            trained: self.trainer.trained(),
            grid: self.grid(&coefficients),
            coefficients,
            judged: self.judged,
            state: self.best,
        })
    }
}

/// The number of the block that a tensor belongs to.
fn block(name: &str) -> Option<u64> {
    numbered(name).map(|(_, number)| number)
}

fn coefficients(trainer: &Trainer) -> Vec<(String, Vec<f32>)> {
    let row = |name: &str| Some((name.to_owned(), trainer.coefficients(name)?.to_vec()));
    trainer.mixed_names().filter_map(row).collect()
}

/// The highest worst score, then the highest mean, then the earliest.
fn is_better(one: &TintJudged, before: &TintJudged) -> bool {
    one.worst.total_cmp(&before.worst).then(one.mean.total_cmp(&before.mean)).is_gt()
}

impl News {
    fn new(first: u32, skills: usize) -> Self {
        let now = Instant::now();
        Self { told: now, began: now, first, loss: vec![(0.0, 0); skills], used: 0, shown: 0 }
    }

    fn add(&mut self, round: &Round) {
        (self.used, self.shown) = (self.used + round.used, self.shown + round.shown);
        for (sum, loss) in self.loss.iter_mut().zip(&round.loss) {
            if let Some(loss) = loss {
                *sum = (sum.0 + loss, sum.1 + 1);
            }
        }
    }

    fn clear(&mut self) {
        *self = Self { began: self.began, first: self.first, ..Self::new(0, self.loss.len()) };
    }

    /// Seconds until the last round at the pace so far.
    fn rest(&self, round: u32, rounds: u32, waited: Duration) -> Option<f64> {
        let took = self.began.elapsed().saturating_sub(waited);
        let done = round.saturating_sub(self.first);
        (took >= TOLD_AFTER && done > 0).then(|| took.as_secs_f64() / f64::from(done) * f64::from(rounds - round))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_score_decides_then_the_mean_then_the_earlier_round() {
        let judged = |worst: f64, mean: f64| TintJudged {
            round: 0,
            skills: vec![],
            scores: vec![],
            experts: vec![],
            mean,
            worst,
            best: false,
        };
        assert!(is_better(&judged(0.6, 0.7), &judged(0.5, 0.9)));
        assert!(is_better(&judged(0.5, 0.8), &judged(0.5, 0.7)));
        assert!(!is_better(&judged(0.5, 0.7), &judged(0.5, 0.7)), "the earlier one stays");
    }
}
