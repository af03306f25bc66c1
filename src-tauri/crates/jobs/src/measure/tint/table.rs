//! The table of results: every way on the judge part, each with its error bar.

use std::path::Path;

use learn::engine::Head;
use learn::net::{Array, weights_of};
use learn::score::{accuracy, agreement};
use protocol::event::{JobEvent, Phase};
use protocol::failure::Failure;
use protocol::measure::Wish;
use protocol::recipe::Recipe;
use protocol::score::{Measured, Part, References, Scores, SkillScore};
use protocol::tint::{TintRow, TintRowKind, TintScore, TintSettings, TintWay, TintWish, Tinted};

use super::super::faults;
use super::lesson::{Lesson, Taught};
use super::surgery;
use super::training::{Listener, Trained};
use crate::Context;
use crate::measure::Gauge;
use crate::teller::Teller;

/// Rates of AdaMerging: coefficients alone.
const ADAMERGING_RATE: f64 = TintSettings::RATE_ALONE;

/// A way that is trained for comparison.
struct Rival {
    kind: TintRowKind,
    way: TintWay,
    rate: Option<f64>,
}

/// What is trained beside the tint, the cheapest first.
const RIVALS: [Rival; 2] = [
    Rival { kind: TintRowKind::Heads, way: TintWay::Layers, rate: None },
    Rival { kind: TintRowKind::Adamerging, way: TintWay::Adamerging, rate: Some(ADAMERGING_RATE) },
];

/// Mixes that need no training.
const PLAIN: [(TintRowKind, &str); 3] =
    [(TintRowKind::Average, "average"), (TintRowKind::TaskArithmetic, "task_arithmetic"), (TintRowKind::Emr, "emr")];

/// A table that grows, and who hears of its rows.
pub(super) struct Table<'a> {
    pub tinted: &'a mut Tinted,
    pub wish: &'a TintWish,
    pub cx: &'a Context,
    pub teller: &'a Teller<'a>,
}

impl Table<'_> {
    /// Measures the result and what it is compared with. Comparisons end when it is enough; what is known by then stays.
    ///
    /// # Errors
    /// Cancelled; what ends a measurement.
    pub fn fill(&mut self, gauge: &mut Gauge, taught: &Taught, place: &Path) -> Result<(), Failure> {
        let rounds = if self.wish.settings.compare { u64::from(self.wish.settings.rounds) } else { 0 };
        self.teller.begin(Phase::Compare, rounds * RIVALS.len() as u64);
        self.result(gauge)?;
        if !self.wish.settings.compare {
            return Ok(());
        }
        for (kind, method) in PLAIN {
            if self.is_enough() {
                return Ok(());
            }
            let scores = self.scores(gauge, &plain(&self.wish.recipe, method))?;
            self.add(of_scores(kind, &scores));
        }
        self.surgery(gauge, taught)?;
        // Heads that are in no model's files cannot be kept, so there is no recipe with tuned ones.
        let has_heads = gauge.skills.iter().all(|skill| !skill.voice.network.head.is_empty());
        let can_be = |rival: &&Rival| has_heads || rival.way != TintWay::Layers;
        for rival in RIVALS.iter().filter(|rival| rival.way != self.wish.settings.way).filter(can_be) {
            if self.is_enough() {
                return Ok(());
            }
            if !self.rival(rival, gauge, taught, place)? {
                return Ok(());
            }
        }
        Ok(())
    }

    fn is_enough(&self) -> bool {
        self.cx.control.takes_enough()
    }

    /// The rows that every tint has: starting model, start, result, specialists.
    fn result(&mut self, gauge: &mut Gauge) -> Result<(), Failure> {
        // A trained body is no recipe: its row was measured where it was trained.
        std::mem::take(&mut self.tinted.rows).into_iter().for_each(|row| self.add(row));
        let start = self.scores(gauge, &self.wish.recipe.clone())?;
        self.add(of_scores(TintRowKind::Start, &start));
        self.references(&start);
        if self.wish.settings.way != TintWay::Body {
            let recipe = self.tinted.recipe.clone();
            let scores = self.scores(gauge, &recipe)?;
            self.add(of_scores(TintRowKind::Tinted, &scores));
        }
        Ok(())
    }

    /// Starting model and specialists, which were measured with the start.
    fn references(&mut self, start: &Scores) {
        let of = |value: fn(&References) -> Option<Measured>| -> Option<Vec<TintScore>> {
            start.skills.iter().map(|skill| Some(score_of(skill, value(&skill.references)?))).collect()
        };
        let (base, experts) = (of(|all| all.base), of(|all| all.expert));
        base.into_iter().for_each(|scores| self.add(row(TintRowKind::Base, scores)));
        experts.into_iter().for_each(|scores| self.add(row(TintRowKind::Experts, scores)));
    }

    fn scores(&self, gauge: &mut Gauge, recipe: &Recipe) -> Result<Scores, Failure> {
        let (examples, part) = (self.wish.examples.clone(), Part::Judge);
        let wish = Wish { recipe: recipe.clone(), examples, part, most: None, cross: false, whole: false };
        Ok(gauge.weigh(&wish, self.cx, false)?.scores)
    }

    fn add(&mut self, mut row: TintRow) {
        row.transductive = row.method.learns() && self.wish.settings.part == row.part;
        (self.cx.events)(JobEvent::TintRow { row: Box::new(row.clone()) });
        self.tinted.rows.retain(|other| other.method != row.method);
        self.tinted.rows.push(row);
        self.tinted.rows.sort_by_key(|row| row.method);
    }

    /// Trains another way from the same start with the same visits; false if it was ended before, which leaves no row.
    fn rival(&mut self, rival: &Rival, gauge: &mut Gauge, taught: &Taught, place: &Path) -> Result<bool, Failure> {
        let own = &self.wish.settings;
        let rate = rival.rate.unwrap_or(own.rate);
        let settings = TintSettings { way: rival.way, rate, layer: Default::default(), ..own.clone() };
        // Its layers are needed for measuring only.
        let place = place.join("compared");
        let outcome = {
            let lesson = Lesson::new(gauge, &self.wish.recipe, &settings, taught, self.teller)?;
            let listener = Listener { cx: self.cx, keep: None, resume: false, phase: Phase::Compare };
            let trained = lesson.train(&listener, self.teller)?;
            if trained.is_ended {
                return Ok(false);
            }
            lesson.outcome(trained, &place)?
        };
        let scores = self.scores(gauge, &outcome.recipe);
        // What cannot be removed costs a few kilobytes.
        let _ = std::fs::remove_dir_all(&place);
        let scores = scores?;
        self.add(of_scores(rival.kind, &scores));
        Ok(true)
    }

    fn surgery(&mut self, gauge: &mut Gauge, taught: &Taught) -> Result<(), Failure> {
        let lesson = Lesson::new(gauge, &self.wish.recipe, &self.wish.settings, taught, self.teller)?;
        if let Some(scores) = surgery::scores(&lesson, self.teller)? {
            self.add(row(TintRowKind::Surgery, scores));
        }
        Ok(())
    }
}

/// The row of a trained body, which is no recipe: measured with the weights that training left.
///
/// # Errors
/// Cancelled; a network that does not run.
pub(super) fn of_body(lesson: &Lesson, trained: &Trained) -> Result<TintRow, Failure> {
    let room = lesson.room()?;
    let mut trainer = lesson.trainer(&room)?;
    trainer.state = trained.state.clone();
    let mut scores = Vec::new();
    for (at, skill) in lesson.skills.iter().enumerate() {
        let fault = |error: learn::Error| Failure::from(skill.fault(&error));
        let head = trainer.turn_to(at).map_err(fault)?;
        let (items, _) = skill.items(Part::Judge, None);
        let (features, items) = skill.features(trainer.engine(), &items, lesson.teller, false)?;
        scores.extend(judged(lesson, at, &features, &items, &head)?);
    }
    Ok(row(TintRowKind::Body, scores))
}

/// The score of features of the judge part \[n, d\] behind a head; `None` without examples.
///
/// # Errors
/// A network that does not run, answers that are not numbers.
pub(super) fn judged(
    lesson: &Lesson,
    at: usize,
    features: &Array,
    items: &[usize],
    head: &Head,
) -> Result<Option<TintScore>, Failure> {
    let skill = lesson.skills[at];
    let fault = |error: learn::Error| Failure::from(skill.fault(&error));
    if items.is_empty() {
        return Ok(None);
    }
    let logits = head.apply(features).map_err(fault)?;
    let counted = match skill.targets(items) {
        Some(targets) => accuracy(&logits.values, head.classes(), &targets),
        None => {
            let source = lesson.models.expert(skill.expert);
            let net = learn::engine::CandleNet::load(&skill.voice.network, weights_of(source)).map_err(fault)?;
            let (own, _) = skill.features(&net, items, lesson.teller, false)?;
            let own_head = skill.voice.head(weights_of(source)).map_err(fault)?;
            agreement(&logits.values, &own_head.apply(&own).map_err(fault)?.values, head.classes())
        }
    };
    let tally = counted.map_err(|error| faults::score(&skill.examples.place, &skill.voice.name, &error))?;
    let name = lesson.start.experts[skill.expert].skill.clone();
    Ok(tally.value().map(|value| TintScore {
        skill: name,
        metric: tally.metric,
        value,
        examples: tally.examples,
        interval: learn::score::interval(tally.correct, tally.examples),
    }))
}

/// A recipe of the same models with another method and its defaults.
fn plain(recipe: &Recipe, method: &str) -> Recipe {
    let mut recipe = recipe.clone();
    recipe.method.name = method.to_owned();
    recipe.method.parameters.clear();
    recipe.scopes = None;
    recipe.experts.iter_mut().for_each(|expert| (expert.strength, expert.layer) = (None, None));
    recipe
}

fn score_of(skill: &SkillScore, value: Measured) -> TintScore {
    let correct = (value.value() * skill.examples as f64).round() as u64;
    TintScore {
        skill: skill.skill.clone(),
        metric: skill.metric,
        value,
        examples: skill.examples,
        interval: learn::score::interval(correct, skill.examples),
    }
}

fn of_scores(kind: TintRowKind, scores: &Scores) -> TintRow {
    row(kind, scores.skills.iter().map(|skill| score_of(skill, skill.value)).collect())
}

/// A row with mean, worst, and the margin of the mean: the skills' own margins, which are independent of each other.
fn row(method: TintRowKind, skills: Vec<TintScore>) -> TintRow {
    let count = skills.len().max(1) as f64;
    let values = || skills.iter().map(|score| score.value.value());
    let margin = |score: &TintScore| ((score.interval[1] - score.interval[0]) / 2.0).powi(2);
    TintRow {
        method,
        part: Part::Judge,
        transductive: false,
        mean: values().sum::<f64>() / count,
        worst: values().reduce(f64::min).unwrap_or(0.0),
        margin: skills.iter().map(margin).sum::<f64>().sqrt() / count,
        skills,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::score::Metric;

    fn score(correct: u64, examples: u64) -> TintScore {
        TintScore {
            skill: "a".into(),
            metric: Metric::Accuracy,
            value: Measured::share(correct, examples).expect("at most all"),
            examples,
            interval: learn::score::interval(correct, examples),
        }
    }

    #[test]
    fn the_margin_of_a_mean_shrinks_with_the_number_of_skills() {
        let one = row(TintRowKind::Start, vec![score(50, 100)]);
        let four = row(TintRowKind::Start, vec![score(50, 100); 4]);
        assert!((one.margin - 0.096).abs() < 0.002, "{}", one.margin);
        assert!((four.margin - one.margin / 2.0).abs() < 1e-12);
        let mixed = row(TintRowKind::Start, vec![score(50, 100), score(90, 100)]);
        assert_eq!((mixed.mean, mixed.worst), (0.7, 0.5));
    }

    #[test]
    fn plain_mixes_carry_nothing_of_the_mix_on_screen() {
        let mut recipe = Recipe::new("consensus", Some("/b"), &[("a", "/a")]);
        recipe.experts[0].strength = Some(0.9);
        recipe.experts[0].layer = Some("/l".into());
        recipe.method.parameters.insert("k".into(), 2.into());
        assert_eq!(plain(&recipe, "emr"), Recipe::new("emr", Some("/b"), &[("a", "/a")]));
    }
}
