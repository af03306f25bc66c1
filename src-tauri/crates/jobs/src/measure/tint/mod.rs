//! Tint: the mix on screen tunes itself on a person's examples.
//!
//! ```text
//! models, skills (of the gauge) ─▶ Lesson: teachers, layers, changes ─▶ training: rounds, looks, states ─▶ Outcome
//!                                                                                │
//!                              table: every way on the judge part  ◀─────────────┘
//! ```
//!
//! Learn, choose and judge never mix: what trains sees *learn*, which round is kept is decided on *choose*, and the
//! table is of *judge*. The result is a recipe with small layers beside it; it is measured as any mix is.

mod changes;
mod keep;
mod lesson;
mod outcome;
mod room;
mod surgery;
mod table;
mod training;

use std::path::Path;
use std::time::Instant;

use protocol::event::{JobEvent, Phase};
use protocol::failure::Failure;
use protocol::measure::SkillProblem;
use protocol::recipe::Recipe;
use protocol::tint::{TintForecast, TintWay, TintWish, Tinted};
use protocol::words::tinting as words;

use super::Gauge;
use crate::teller::Teller;
use crate::{Context, failure, machine};
use keep::Keep;
use lesson::{Lesson, Taught};
use table::Table;
use training::Listener;

impl Gauge {
    /// What tinting a wish, whose paths are absolute, will need; states are looked for in `place`.
    ///
    /// # Errors
    /// As [`Gauge::tint`], as far as it can be told before.
    pub fn forecast_tint(&mut self, wish: &TintWish, place: &Path, cx: &Context) -> Result<TintForecast, Failure> {
        let found = failure::guarded(|| self.expect(wish, place, cx));
        self.forget_after_mistakes(found.as_ref().err());
        found
    }

    /// Tints a wish, whose paths are absolute. States, and in the end layers, are kept in `place`; with `resume` it goes
    /// on from the state that is there, if it is of the same wish.
    ///
    /// Tells [`JobEvent::Started`], progress, [`JobEvent::Tinting`], [`JobEvent::TintJudged`], [`JobEvent::TintRow`].
    ///
    /// # Order
    /// The same wish on the same machine gives the same bytes, interrupted or not.
    ///
    /// # Errors
    /// A mix that cannot be tinted; examples that cannot be used; cancelled, which leaves the last state in place.
    pub fn tint(&mut self, wish: &TintWish, place: &Path, resume: bool, cx: &Context) -> Result<Tinted, Failure> {
        let tinted = failure::guarded(|| self.tint_all(wish, place, resume, cx));
        self.forget_after_mistakes(tinted.as_ref().err());
        tinted
    }

    fn expect(&mut self, wish: &TintWish, place: &Path, cx: &Context) -> Result<TintForecast, Failure> {
        let teller = Teller::new(cx);
        let problems = self.get_ready(wish, &teller, cx)?;
        let taught = Taught::new(self, wish, problems, Some(wish.settings.batch as usize), &teller)?;
        let lesson = Lesson::new(self, &wish.recipe, &wish.settings, &taught, &teller)?;
        lesson.forecast(place, wish)
    }

    fn tint_all(&mut self, wish: &TintWish, place: &Path, resume: bool, cx: &Context) -> Result<Tinted, Failure> {
        let (teller, before) = (Teller::new(cx), machine::resident());
        (cx.events)(JobEvent::Started { engine: words::PROCESSOR.to_owned() });
        let problems = self.get_ready(wish, &teller, cx)?;
        let began = Instant::now();
        let taught = Taught::new(self, wish, problems, None, &teller)?;
        let mut tinted = self.train(wish, place, resume, &taught, &teller, cx)?;
        tinted.seconds = began.elapsed().saturating_sub(teller.waited()).as_secs_f64();
        let peak = machine::peak().zip(before).map(|(peak, before)| peak.saturating_sub(before));
        tinted.memory.peak = peak;
        // What comparisons warn of is not about the result.
        tinted.warnings = taught.problems.iter().map(|one| one.problem.clone()).chain(teller.warnings()).collect();
        Table { tinted: &mut tinted, wish, cx, teller: &teller }.fill(self, &taught, place)?;
        Ok(tinted)
    }

    fn train(
        &mut self,
        wish: &TintWish,
        place: &Path,
        resume: bool,
        taught: &Taught,
        teller: &Teller,
        cx: &Context,
    ) -> Result<Tinted, Failure> {
        let lesson = Lesson::new(self, &wish.recipe, &wish.settings, taught, teller)?;
        if lesson.settings.layer != wish.settings.layer {
            merge::Control::warn(teller, words::last_block_instead());
        }
        let listener = Listener { cx, keep: Some(Keep::new(place, wish)), resume, phase: Phase::Tint };
        let trained = lesson.train(&listener, teller)?;
        let row = if wish.settings.way == TintWay::Body { Some(table::of_body(&lesson, &trained)?) } else { None };
        let mut tinted = lesson.outcome(trained, place)?;
        tinted.rows.extend(row);
        Ok(tinted)
    }

    /// Opens models and examples; problems of skills that cannot take part.
    fn get_ready(&mut self, wish: &TintWish, teller: &Teller, cx: &Context) -> Result<Vec<SkillProblem>, Failure> {
        self.engine(cx)?;
        let start = tintable(&wish.recipe)?;
        self.open_models(&start, teller)?;
        let problems = self.open_skills(&start, &wish.examples, teller)?;
        if self.skills.is_empty() {
            let mut found: Vec<_> = problems.into_iter().map(|one| one.problem).collect();
            if found.is_empty() {
                found.push(words::nothing_to_learn_from());
            }
            return Err(Failure { problems: found });
        }
        Ok(problems)
    }
}

/// Removes the states that a tint of this wish left in `place`.
pub fn forget_tint(wish: &TintWish, place: &Path) {
    Keep::new(place, wish).forget();
}

/// What tells a tint from another: a name for the folder of its states.
pub fn tint_key(wish: &TintWish) -> String {
    keep::key_of(wish)
}

/// The recipe that a tint of `recipe` starts from: a plain average becomes the sum of changes that it is.
///
/// # Errors
/// Mixes whose strengths do not enter linearly, or that have no starting model.
fn tintable(recipe: &Recipe) -> Result<Recipe, Failure> {
    let mut start = recipe.clone();
    // Layers of an earlier tint are learnt anew from the specialists.
    start.experts.iter_mut().for_each(|expert| expert.layer = None);
    if recipe.base.is_none() {
        return Err(words::no_starting_model().into());
    }
    match recipe.method.name.as_str() {
        "average" => {
            let strengths = recipe.strengths();
            let sum: f64 = strengths.iter().sum();
            start.method.name = "task_arithmetic".to_owned();
            start.experts.iter_mut().zip(strengths).for_each(|(expert, own)| expert.strength = Some(own / sum));
        }
        "tall_masks" | "emr" => return Err(words::no_common_body().into()),
        _ => {}
    }
    Ok(start)
}
