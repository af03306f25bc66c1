//! The loop that tints: draw, mix, ask, compare, step.

use std::collections::HashMap;

use protocol::tint::{Objective, TintSettings, TintWay};
use rayon::prelude::*;

use super::mixture::{Changes, mixed, slopes};
use super::objective::{Teacher, Visit};
use super::order;
use super::state::{Slot, State};
use crate::Error;
use crate::engine::{Engine, Gradients, Head};
use crate::net::{Array, Batch, Network};

/// Learning rate of the weights of a common body.
pub const RATE_BODY: f64 = 1e-4;

/// Examples, made ready when they are asked for.
pub trait Feed: Sync {
    /// Examples of a skill side by side; `items` are their places among those that its teacher heard.
    ///
    /// # Errors
    /// Why they cannot be shown.
    fn batch(&self, skill: usize, items: &[usize]) -> Result<Batch, Error>;
}

/// A skill that learns.
#[derive(Debug, Clone)]
pub struct Pupil {
    /// The specialist's head: where a private head starts, and what stays where another layer is private.
    pub head: Head,
    /// What the specialist answers.
    pub teacher: Teacher,
    /// Where the private layer starts: tensors of the head, or of the body.
    pub layer: Vec<(String, Array)>,
}

/// What does not change while a tint runs.
pub struct Course<'a> {
    /// Base and changes.
    pub changes: &'a dyn Changes,
    /// The body.
    pub network: Network,
    /// Which experts of the recipe have examples, and so a coefficient that learns.
    pub learns: Vec<bool>,
    /// The skills with examples.
    pub pupils: Vec<Pupil>,
    /// Their examples.
    pub feed: &'a dyn Feed,
    /// How.
    pub settings: TintSettings,
}

/// What a round came to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Round {
    /// Mean loss of each skill; `None` where no example took part.
    pub loss: Vec<Option<f64>>,
    /// Examples that took part.
    pub used: usize,
    /// Examples that were shown.
    pub shown: usize,
}

/// A tint that can go on.
pub struct Trainer<'a> {
    course: Course<'a>,
    engine: Box<dyn Engine + 'a>,
    /// What was learnt.
    pub state: State,
    /// Place of each tensor's coefficients.
    rows: HashMap<String, usize>,
    /// Names of the body's tensors, each once.
    body: Vec<String>,
    /// Learning rate of the layers of each skill.
    rates: Vec<f64>,
}

impl<'a> Trainer<'a> {
    /// A tint before its first round. `start` gives the coefficients of a tensor of the body, one for each expert, or
    /// `None` where it stays the base's.
    ///
    /// # Errors
    /// What [`Changes`] says.
    pub fn new(
        course: Course<'a>,
        engine: Box<dyn Engine + 'a>,
        start: impl Fn(&str) -> Option<Vec<f32>>,
    ) -> Result<Self, Error> {
        let mut body: Vec<String> = course.network.parameters().into_iter().map(str::to_owned).collect();
        body.sort();
        body.dedup();
        let (coefficients, rows) = coefficients(&body, &course, start)?;
        let layers = course.pupils.iter().map(|pupil| layers(&course, pupil)).collect();
        let rates = course.pupils.iter().map(|pupil| layer_rate(&course, pupil)).collect();
        let visits = vec![0; course.pupils.len()];
        let mut trainer = Self {
            state: State { coefficients, layers, visits, ..State::default() },
            course,
            engine,
            rows,
            body,
            rates,
        };
        if trainer.course.settings.way == TintWay::Body {
            let names = trainer.body.iter().filter(|name| trainer.rows.contains_key(*name));
            let slots = names.map(|name| Ok(Slot::new(name, trainer.merged(name)?)));
            trainer.state.body = slots.collect::<Result<_, Error>>()?;
        }
        Ok(trainer)
    }

    /// Goes on from a state that was kept.
    ///
    /// # Errors
    /// [`Error::State`] if it is of another tint.
    pub fn resume(&mut self, state: State) -> Result<(), Error> {
        if !self.state.is_like(&state) || state.visits.len() != self.state.visits.len() {
            return Err(Error::State { fault: "it trains other tensors".into() });
        }
        self.state = state;
        Ok(())
    }

    /// One round: every skill is visited once.
    ///
    /// # Errors
    /// [`Error::NotFinite`] if a number is none any more; what engine, feed and changes say. The state is then not to be
    /// used.
    pub fn round(&mut self) -> Result<Round, Error> {
        let count = self.course.pupils.len();
        let mut round = Round { loss: vec![None; count], ..Round::default() };
        let is_summed = self.is_entropy_alone();
        let mut sum = self.no_slopes();
        for skill in order::skills(count, self.course.settings.seed, self.state.round) {
            // AdaMerging: two batches of half the size, and one step for all of them.
            for _ in 0..if is_summed { 2 } else { 1 } {
                let (visit, gradients) = self.visit(skill)?;
                round.used += visit.used;
                round.shown += visit.shown;
                round.loss[skill] = visit.loss.or(round.loss[skill]);
                match gradients {
                    Some(gradients) if is_summed => add(&mut sum, self.coefficient_slopes(&gradients)?),
                    Some(gradients) => self.step(skill, &gradients)?,
                    None => self.state.empty += 1,
                }
            }
        }
        if is_summed {
            self.step_coefficients(&sum);
        }
        self.state.round += 1;
        if self.state.is_finite() { Ok(round) } else { Err(Error::NotFinite) }
    }

    /// Gives the engine the weights that a skill has now; the skill's head.
    ///
    /// # Errors
    /// What engine and changes say.
    pub fn turn_to(&mut self, skill: usize) -> Result<Head, Error> {
        let weight = |name: &String| Ok((name.clone(), self.weight(skill, name)?));
        let weights = self.body.par_iter().map(weight).collect::<Result<Vec<_>, Error>>()?;
        self.engine.set(weights)?;
        let own = self.state.layers[skill].iter().filter(|slot| !self.is_of_body(&slot.name));
        self.course.pupils[skill].head.with(own.map(|slot| (slot.name.as_str(), &slot.values)))
    }

    /// The engine, with the weights of the last turn.
    pub fn engine(&self) -> &dyn Engine {
        self.engine.as_ref()
    }

    /// One visit of the first skill without any consequence: how long it takes is told by a clock.
    ///
    /// # Errors
    /// As [`Trainer::round`].
    pub fn try_out(&mut self) -> Result<(), Error> {
        let (_, gradients) = self.visit(0)?;
        self.state.visits[0] -= 1;
        gradients.map_or(Ok(vec![]), |gradients| self.coefficient_slopes(&gradients)).map(drop)
    }

    /// Numbers that are trained.
    pub fn trained(&self) -> u64 {
        let all = self.state.trained();
        let rows = self.state.coefficients.iter().map(|slot| slot.values.values.len() as u64).sum::<u64>();
        if self.trains_coefficients() { all } else { all - rows }
    }

    fn trains_coefficients(&self) -> bool {
        !matches!(self.course.settings.way, TintWay::Layers | TintWay::Body)
    }

    /// Coefficients of a tensor, one for each expert; `None` where the tensor stays the base's.
    pub fn coefficients(&self, name: &str) -> Option<&[f32]> {
        let row = *self.rows.get(name)?;
        self.state.coefficients.get(row).map(|slot| slot.values.values.as_slice())
    }

    /// Names of the tensors that are mixed.
    pub fn mixed_names(&self) -> impl Iterator<Item = &str> {
        self.body.iter().map(String::as_str).filter(|name| self.rows.contains_key(*name))
    }

    /// Whether coefficients alone are trained, by entropy, with one step a round.
    fn is_entropy_alone(&self) -> bool {
        matches!(self.course.settings.way, TintWay::Adamerging | TintWay::AdamergingTask)
    }

    fn is_of_body(&self, name: &str) -> bool {
        self.body.binary_search_by(|own| own.as_str().cmp(name)).is_ok()
    }

    /// A tensor of the body as all skills have it, as the coefficients say.
    fn merged(&self, name: &str) -> Result<Array, Error> {
        match self.coefficients(name) {
            Some(row) => mixed(self.course.changes, name, row),
            None => self.course.changes.base(name),
        }
    }

    fn weight(&self, skill: usize, name: &str) -> Result<Array, Error> {
        let mut own = self.state.layers[skill].iter().chain(&self.state.body);
        match own.find(|slot| slot.name == name) {
            Some(slot) => Ok(slot.values.clone()),
            // A layer that is private and not trained.
            None => match self.course.pupils[skill].layer.iter().find(|(own, _)| own == name) {
                Some((_, start)) => Ok(start.clone()),
                None => self.merged(name),
            },
        }
    }

    /// Shows a skill its next examples; gradients unless no example takes part.
    fn visit(&mut self, skill: usize) -> Result<(Visit, Option<Gradients>), Error> {
        let TintSettings { batch, seed, .. } = self.course.settings;
        let batch = if self.is_entropy_alone() { batch.div_ceil(2) } else { batch } as usize;
        let examples = self.course.pupils[skill].teacher.answers.len();
        let items = order::examples(examples, batch, seed, skill, self.state.visits[skill]);
        let visit = self.show(skill, &items)?;
        self.state.visits[skill] += 1;
        Ok(visit)
    }

    /// Shows a skill these examples; gradients unless no example takes part.
    fn show(&mut self, skill: usize, items: &[usize]) -> Result<(Visit, Option<Gradients>), Error> {
        let TintSettings { objective, filter, .. } = self.course.settings;
        let objective = if self.is_entropy_alone() { Objective::Entropy } else { objective };
        let head = self.turn_to(skill)?;
        let teacher = &self.course.pupils[skill].teacher;
        let shown = self.course.feed.batch(skill, items)?;
        let mut visit = Visit { loss: None, used: 0, shown: items.len() };
        let gradients = self.engine.gradients(&shown, &head, &mut |logits| {
            let (judged, slope) = teacher.judge(logits, items, objective, filter)?;
            visit = judged;
            Ok(slope)
        })?;
        let gradients = (visit.used > 0).then_some(gradients);
        Ok((visit, gradients))
    }

    /// Shows a skill these examples and takes one step; what a round does for every skill.
    ///
    /// # Errors
    /// As [`Trainer::round`].
    pub fn learn_from(&mut self, skill: usize, items: &[usize]) -> Result<Visit, Error> {
        let (visit, gradients) = self.show(skill, items)?;
        match gradients {
            Some(gradients) => self.step(skill, &gradients)?,
            None => self.state.empty += 1,
        }
        Ok(visit)
    }

    /// The derivative of the loss of these examples with respect to the coefficients, row by row as in the state.
    ///
    /// # Errors
    /// As [`Trainer::round`].
    pub fn slopes_of(&mut self, skill: usize, items: &[usize]) -> Result<(Visit, Vec<Vec<f64>>), Error> {
        let (visit, gradients) = self.show(skill, items)?;
        let slopes = gradients.map_or_else(|| Ok(self.no_slopes()), |gradients| self.coefficient_slopes(&gradients))?;
        Ok((visit, slopes))
    }

    /// One step of everything that this visit trains.
    fn step(&mut self, skill: usize, gradients: &Gradients) -> Result<(), Error> {
        if self.trains_coefficients() {
            let slopes = self.coefficient_slopes(gradients)?;
            self.step_coefficients(&slopes);
        }
        step_all(&mut self.state.layers[skill], gradients, self.rates[skill]);
        step_all(&mut self.state.body, gradients, RATE_BODY);
        Ok(())
    }

    /// The derivative of the loss with respect to every coefficient, row by row.
    fn coefficient_slopes(&self, gradients: &Gradients) -> Result<Vec<Vec<f64>>, Error> {
        let one = |(name, gradient): (&String, &Array)| match self.rows.get(name) {
            Some(&row) => Ok(Some((row, slopes(self.course.changes, name, gradient, &self.course.learns)?))),
            None => Ok(None),
        };
        let found = gradients.body.par_iter().map(one).collect::<Result<Vec<_>, Error>>()?;
        let mut sums = self.no_slopes();
        for (row, slopes) in found.into_iter().flatten() {
            sums[row].iter_mut().zip(slopes).for_each(|(sum, slope)| *sum += slope);
        }
        Ok(sums)
    }

    fn no_slopes(&self) -> Vec<Vec<f64>> {
        vec![vec![0.0; self.course.learns.len()]; self.state.coefficients.len()]
    }

    /// One step of all coefficients; they stay from 0 to 1, where their gradient counts.
    fn step_coefficients(&mut self, slopes: &[Vec<f64>]) {
        let rate = self.course.settings.rate;
        for (slot, slopes) in self.state.coefficients.iter_mut().zip(slopes) {
            let slopes: Vec<f32> = slopes.iter().map(|&slope| slope as f32).collect();
            slot.step(&slopes, rate);
            slot.values.values.iter_mut().for_each(|value| *value = value.clamp(0.0, 1.0));
        }
    }
}

/// Adds slopes to sums.
fn add(sums: &mut [Vec<f64>], slopes: Vec<Vec<f64>>) {
    for (sums, slopes) in sums.iter_mut().zip(slopes) {
        sums.iter_mut().zip(slopes).for_each(|(sum, slope)| *sum += slope);
    }
}

/// One step of all slots that the gradients speak of; a head's tensor is looked for first.
fn step_all(slots: &mut [Slot], gradients: &Gradients, rate: f64) {
    for slot in slots {
        if let Some(gradient) = gradients.head.get(&slot.name).or_else(|| gradients.body.get(&slot.name)) {
            slot.step(&gradient.values, rate);
        }
    }
}

/// Rows of coefficients, and which tensor has which.
type Rows = (Vec<Slot>, HashMap<String, usize>);

fn coefficients(body: &[String], course: &Course, start: impl Fn(&str) -> Option<Vec<f32>>) -> Result<Rows, Error> {
    let is_private = |name: &str| course.pupils.iter().any(|pupil| pupil.layer.iter().any(|(own, _)| own == name));
    let (mut slots, mut rows) = (Vec::new(), HashMap::new());
    for name in body.iter().filter(|name| !is_private(name)) {
        let Some(row) = start(name) else { continue };
        // Task-wise all tensors have the row of the first.
        let is_new = course.settings.way != TintWay::AdamergingTask || slots.is_empty();
        if is_new {
            slots.push(Slot::new(name, Array::new([row.len()], row)?));
        }
        rows.insert(name.clone(), slots.len() - 1);
    }
    Ok((slots, rows))
}

/// The layers of a pupil that are trained.
fn layers(course: &Course, pupil: &Pupil) -> Vec<Slot> {
    let is_trained = matches!(course.settings.way, TintWay::Tint | TintWay::Layers | TintWay::Body);
    let all = pupil.layer.iter().filter(|_| is_trained);
    all.map(|(name, start)| Slot::new(name, start.clone())).collect()
}

/// 1e-2 where the rows of the layer's weights have length 100, as those of CLIP's heads, 1e-3 where they have length 1: Adam
/// moves every number by about the rate, whatever its size.
fn layer_rate(course: &Course, pupil: &Pupil) -> f64 {
    course.settings.layer_rate.unwrap_or_else(|| (1e-3 * row_length(&pupil.layer).sqrt()).clamp(1e-4, 1e-2))
}

/// Mean length of the rows of all matrices among these; 1 without any.
fn row_length(tensors: &[(String, Array)]) -> f64 {
    let matrices = tensors.iter().filter(|(_, tensor)| tensor.shape.len() == 2);
    let length = |row: &[f32]| row.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt();
    let lengths: Vec<f64> = matrices.flat_map(|(_, tensor)| tensor.rows().map(length)).collect();
    if lengths.is_empty() { 1.0 } else { lengths.iter().sum::<f64>() / lengths.len() as f64 }
}
