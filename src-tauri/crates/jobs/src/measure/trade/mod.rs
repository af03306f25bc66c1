//! Trade-offs: mixes are measured one by one where the front is expected to gain most.
//!
//! ```text
//! models, skills (of the gauge) ─▶ Survey: box, references ─▶ the next mix ─▶ measured ─▶ Ledger ─┐
//!                                        ▲                                                        │
//!                                        └──────────────────────── what is known ◀────────────────┘
//! ```
//!
//! Mixes are made in memory by the kernels that a save uses; with models and examples in memory one more mix touches no
//! model file. Every measured mix is a line in the ledger before the next one begins. Only the part for choosing is
//! looked at: what is chosen from a map is judged later, once.

mod bill;
mod choice;
mod guide;
mod ledger;
mod survey;

use std::path::Path;
use std::time::Instant;

use protocol::event::{JobEvent, Phase};
use protocol::failure::Failure;
use protocol::measure::{SkillProblem, Wish};
use protocol::recipe::Recipe;
use protocol::score::{Part, Scores};
use protocol::trade::{TradeForecast, TradeMap, TradeWish};
use protocol::words::{problems, trading as words};

use super::Gauge;
use crate::mix::sha256_of;
use crate::teller::Teller;
use crate::{Context, failure};
use ledger::{Ledger, Row};
use survey::Survey;

pub use choice::{candidates, recipe_of};

impl Gauge {
    /// What exploring a wish, whose paths are absolute, will need; mixes that were measured before are in the file `ledger`.
    ///
    /// # Errors
    /// As [`Gauge::explore`], as far as it can be told before.
    pub fn forecast_trade(&mut self, wish: &TradeWish, ledger: &Path, cx: &Context) -> Result<TradeForecast, Failure> {
        let found = failure::guarded(|| self.bill(wish, ledger, cx));
        self.forget_after_mistakes(found.as_ref().err());
        found
    }

    /// Measures mixes of a wish, whose paths are absolute, until its budget is spent: first those of `first`, then the
    /// most promising. What the file `ledger` holds of the same wish counts as measured.
    ///
    /// Tells [`JobEvent::Started`], progress, and [`JobEvent::TradeGrew`] for every mix.
    ///
    /// # Order
    /// The same wish on the same engine gives the same map, interrupted or not.
    ///
    /// # Errors
    /// A mix without trade-offs; examples that cannot be used; a ledger that cannot be written; cancelled, which leaves
    /// the ledger in place.
    pub fn explore(
        &mut self,
        wish: &TradeWish,
        first: &[Vec<f64>],
        ledger: &Path,
        cx: &Context,
    ) -> Result<TradeMap, Failure> {
        let explored = failure::guarded(|| self.survey(wish, first, ledger, cx));
        self.forget_after_mistakes(explored.as_ref().err());
        explored
    }

    fn survey(
        &mut self,
        wish: &TradeWish,
        first: &[Vec<f64>],
        ledger: &Path,
        cx: &Context,
    ) -> Result<TradeMap, Failure> {
        let teller = Teller::new(cx);
        let engine = self.engine(cx)?;
        (cx.events)(JobEvent::Started { engine });
        let (start, problems) = self.ready(wish, &teller)?;
        let mut survey = Survey::new(wish, start, problems, Ledger::open(ledger, &trade_key(wish))?);
        let known = survey.ledger.rows.len();
        teller.begin(Phase::Explore, self.work(wish, known, survey.ledger.header.is_some()));
        self.measure_references(&mut survey, &teller)?;
        survey.tell_beginning(cx)?;
        let guide = survey.guide()?;
        let mut asked = first.iter();
        while survey.ledger.rows.len() < guide.budget() && !cx.control.takes_enough() {
            let next = match asked.next() {
                Some(mix) => guide.asked(mix, &survey.points()?)?,
                None => guide.next(&survey.points()?)?,
            };
            let Some(next) = next else { break };
            let row = self.one_mix(&survey, next, &teller)?;
            survey.take(row, cx)?;
        }
        survey.map()
    }

    /// Opens models and examples; the recipe whose strengths are varied, and skills that cannot take part.
    fn ready(&mut self, wish: &TradeWish, teller: &Teller) -> Result<(Recipe, Vec<SkillProblem>), Failure> {
        let start = choice::tradeable(&wish.recipe)?;
        self.open_models(&start, teller)?;
        let problems = self.open_skills(&start, &wish.examples, teller)?;
        if self.skills.is_empty() && problems.is_empty() {
            return Err(words::nothing_to_measure().into());
        }
        self.something_to_measure(&asked(wish, &start), &problems)?;
        Ok((start, problems))
    }

    /// Examples that are to be asked: of the mixes that are still to come, and of the references where they are new.
    fn work(&self, wish: &TradeWish, known: usize, has_references: bool) -> u64 {
        let specialists = wish.recipe.experts.len();
        let mixes = (wish.settings.mixes(specialists) as usize).saturating_sub(known) as u64;
        let each = self.each_mix(wish);
        let references = if has_references { 0 } else { each * (specialists as u64 + 2) };
        mixes * each + references
    }

    /// Examples that one mix is asked about.
    fn each_mix(&self, wish: &TradeWish) -> u64 {
        let items = |skill: &super::skill::Skill| skill.items(Part::Choose, wish.settings.most_examples).0.len() as u64;
        self.skills.iter().map(items).sum()
    }

    /// Specialists, starting model and the method's own mix, once for all.
    fn measure_references(&mut self, survey: &mut Survey, teller: &Teller) -> Result<(), Failure> {
        if survey.ledger.header.is_some() {
            return Ok(());
        }
        let wish = Wish { cross: true, ..asked(&survey.wish, &super::body::equal(&survey.start)) };
        let scores = self.scores_of(&wish, teller)?;
        let header = survey::header(&scores, &self.known.cross(&self.skills, &wish), &survey.start)?;
        survey.ledger.begin(header)
    }

    /// Measures one mix.
    fn one_mix(&mut self, survey: &Survey, next: front::Proposal, teller: &Teller) -> Result<Row, Failure> {
        let began = Instant::now();
        let recipe = choice::with_strengths(&survey.start, &next.mix);
        let scores = self.scores_of(&asked(&survey.wish, &recipe), teller)?;
        let counts = scores.skills.iter().map(|skill| [skill.correct, skill.examples]).collect();
        Ok(Row { strengths: next.mix, counts, expected: next.expected, seconds: began.elapsed().as_secs_f64() })
    }

    /// The scores of a mix on every skill, with what else the wish asks for.
    fn scores_of(&mut self, wish: &Wish, teller: &Teller) -> Result<Scores, Failure> {
        self.known.turn_to(&self.skills, wish);
        for task in self.tasks(wish) {
            self.work_off(&task, wish, teller)?;
        }
        self.known.scores(&self.skills, wish).ok_or_else(|| problems::bug("no scores".into()).into())
    }
}

/// What is measured of one mix.
fn asked(wish: &TradeWish, recipe: &Recipe) -> Wish {
    Wish {
        recipe: recipe.clone(),
        examples: wish.examples.clone(),
        part: Part::Choose,
        most: wish.settings.most_examples,
        cross: false,
        whole: false,
    }
}

/// What tells a ledger from another: everything that has a say in what is measured, and in which order. More mixes of the
/// same search go into the same ledger.
pub fn trade_key(wish: &TradeWish) -> String {
    let mut wish = wish.clone();
    wish.settings.budget = 0;
    if let Ok(start) = choice::tradeable(&wish.recipe) {
        wish.recipe = start;
    }
    wish.recipe.experts.iter_mut().for_each(|expert| expert.strength = None);
    wish.recipe.output = Default::default();
    sha256_of(&serde_json::to_string(&wish).unwrap_or_default())
}

/// Removes what was measured for a wish from the file `ledger`.
///
/// # Errors
/// A file that is there and cannot be removed.
pub fn forget_trade(ledger: &Path) -> Result<(), Failure> {
    match std::fs::remove_file(ledger) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(failure::cannot_write(ledger, &error).into()),
        _ => Ok(()),
    }
}
