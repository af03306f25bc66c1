//! A map in the making: what is measured so far, and what becomes of it.

use front::{Band, Expectation, Measured, Search, hypervolume, non_dominated};
use protocol::event::JobEvent;
use protocol::failure::Failure;
use protocol::measure::{CrossTable, SkillProblem, Subject};
use protocol::recipe::Recipe;
use protocol::score::{Estimate, Measured as Score, Scores};
use protocol::trade::{FRONT_POINTS, TradeBand, TradeEstimate, TradeMap, TradeMix, TradeSkill, TradeVolume, TradeWish};
use protocol::words::problems;

use super::guide::{Guide, bug};
use super::ledger::{Header, Ledger, Reference, Row};
use crate::Context;

/// Estimates keep this distance from measured mixes, as a share of the largest strength: there the measured one stands.
const BESIDE: f64 = 0.01;

/// What is explored, and what is known of it.
pub(super) struct Survey {
    pub wish: TradeWish,
    /// The recipe whose strengths are varied.
    pub start: Recipe,
    problems: Vec<SkillProblem>,
    pub ledger: Ledger,
}

impl Survey {
    /// A survey that goes on from what the ledger holds.
    pub fn new(wish: &TradeWish, start: Recipe, problems: Vec<SkillProblem>, ledger: Ledger) -> Self {
        Self { wish: wish.clone(), start, problems, ledger }
    }

    /// What is measured, for the search.
    ///
    /// # Errors
    /// Counts that are no score.
    pub fn points(&self) -> Result<Vec<Measured>, Failure> {
        self.ledger.rows.iter().map(point).collect()
    }

    /// Tells what is known before the next mix: skills, references, mixes of an earlier start.
    ///
    /// # Errors
    /// As [`Survey::map`].
    pub fn tell_beginning(&self, cx: &Context) -> Result<(), Failure> {
        let begun = Some(Box::new(self.bare()?));
        self.tell(begun, None, cx);
        Ok(())
    }

    /// Writes a mix down, and tells it.
    ///
    /// # Errors
    /// A ledger that cannot be written.
    pub fn take(&mut self, row: Row, cx: &Context) -> Result<(), Failure> {
        let mix = mix(&row)?;
        self.ledger.add(row)?;
        self.tell(None, Some(Box::new(mix)), cx);
        Ok(())
    }

    fn tell(&self, begun: Option<Box<TradeMap>>, mix: Option<Box<TradeMix>>, cx: &Context) {
        let measured = u32::try_from(self.ledger.rows.len()).unwrap_or(u32::MAX);
        (cx.events)(JobEvent::TradeGrew { measured, budget: self.budget(), begun, mix });
    }

    fn budget(&self) -> u32 {
        self.wish.settings.mixes(self.start.experts.len())
    }

    /// The plan for the skills that are measured.
    ///
    /// # Errors
    /// A ledger that was not begun.
    pub fn guide(&self) -> Result<Guide, Failure> {
        Guide::new(&self.wish, self.header()?.skills.len())
    }

    fn header(&self) -> Result<&Header, Failure> {
        self.ledger.header.as_ref().ok_or_else(|| problems::bug("a ledger without a header".into()).into())
    }

    /// What is measured, without a front.
    fn bare(&self) -> Result<TradeMap, Failure> {
        let header = self.header()?;
        Ok(TradeMap {
            specialists: header.specialists.clone(),
            skills: header.skills.iter().map(skill).collect::<Result<_, _>>()?,
            search: self.wish.settings.search,
            most_strength: self.wish.settings.most_strength,
            budget: self.budget(),
            measured: self.ledger.rows.iter().map(mix).collect::<Result<_, _>>()?,
            front: Vec::new(),
            hypervolume: None,
            seconds: self.ledger.rows.iter().map(|row| row.seconds).sum(),
            problems: self.problems.clone(),
        })
    }

    /// The whole map: what is measured, and what is expected along the front.
    ///
    /// # Errors
    /// A ledger without mixes.
    pub fn map(&self) -> Result<TradeMap, Failure> {
        let mut map = self.bare()?;
        let points = self.points()?;
        if points.is_empty() {
            return Ok(map);
        }
        let expectation = self.guide()?.expectation(&points)?;
        for (at, skill) in map.skills.iter_mut().enumerate() {
            skill.typical_miss = expectation.typical_misses()[at];
            skill.band = band(expectation.band(at));
        }
        map.front = front_of(&expectation, &points, &self.wish)?;
        map.hypervolume = volume(&map)?;
        Ok(map)
    }
}

/// Estimates along the front that no measured mix beats, and that are not beside one.
fn front_of(expectation: &Expectation, points: &[Measured], wish: &TradeWish) -> Result<Vec<TradeEstimate>, Failure> {
    let search = Search { most: FRONT_POINTS, seed: wish.settings.seed, ..Search::default() };
    let all = expectation.front(&search).map_err(bug)?;
    let measured = points.iter().map(|one| one.scores().to_vec());
    let rows: Vec<Vec<f64>> = measured.chain(all.iter().map(|one| one.values().to_vec())).collect();
    let kept = non_dominated(&rows).map_err(bug)?;
    let far = |one: &front::Estimate| {
        points.iter().all(|point| {
            let pairs = one.coefficients().iter().zip(point.coefficients());
            pairs.map(|(x, y)| (x - y).abs()).fold(0.0, f64::max) > BESIDE * wish.settings.most_strength
        })
    };
    let chosen = kept.into_iter().filter(|at| *at >= points.len()).map(|at| &all[at - points.len()]);
    Ok(chosen.filter(|one| far(one)).map(estimate).collect())
}

fn estimate(one: &front::Estimate) -> TradeEstimate {
    TradeEstimate {
        strengths: one.coefficients().to_vec(),
        values: one.values().iter().map(|value| Estimate::new(*value)).collect(),
        misses: one.misses().map(<[f64]>::to_vec),
    }
}

/// Hypervolume above the starting model (`design` of the field: what it can do is no gain of a mix).
fn volume(map: &TradeMap) -> Result<Option<TradeVolume>, Failure> {
    let base: Option<Vec<f64>> = map.skills.iter().map(|skill| skill.base.map(Score::value)).collect();
    let Some(base) = base.filter(|base| base.len() <= front::VOLUME_SKILLS) else { return Ok(None) };
    let measured: Vec<Vec<f64>> =
        map.measured.iter().map(|mix| mix.scores.iter().map(|score| score.value()).collect()).collect();
    let expected = map.front.iter().map(|one| one.values.iter().map(|value| value.value()).collect::<Vec<f64>>());
    // Volumes of many estimates in many skills take long, and say little more than those that lie farthest apart.
    let most = if base.len() > 4 { 40 } else { FRONT_POINTS };
    let step = map.front.len().div_ceil(most).max(1);
    let all: Vec<Vec<f64>> = measured.iter().cloned().chain(expected.step_by(step)).collect();
    let of = |rows: &[Vec<f64>]| hypervolume(rows, &base).map(|volume| volume + 0.0).map_err(bug);
    Ok(Some(TradeVolume { measured: of(&measured)?, estimated: of(&all)? }))
}

fn band(band: Band) -> TradeBand {
    match band {
        Band::Good => TradeBand::Good,
        Band::Fair => TradeBand::Fair,
        Band::Rough => TradeBand::Rough,
    }
}

fn share(correct: u64, examples: u64) -> Result<Score, Failure> {
    Score::share(correct, examples).ok_or_else(|| problems::bug(format!("{correct} of {examples} right")).into())
}

fn mix(row: &Row) -> Result<TradeMix, Failure> {
    let scores = row.counts.iter().map(|&[correct, examples]| share(correct, examples)).collect::<Result<_, _>>()?;
    let expected = row.expected.as_ref().map(|all| all.iter().map(|value| Estimate::new(*value)).collect());
    Ok(TradeMix { strengths: row.strengths.clone(), scores, expected })
}

fn point(row: &Row) -> Result<Measured, Failure> {
    let scores = row.counts.iter().map(|&[correct, examples]| share(correct, examples).map(Score::value));
    let examples = row.counts.iter().map(|count| u32::try_from(count[1]).unwrap_or(u32::MAX)).collect();
    Measured::new(row.strengths.clone(), scores.collect::<Result<_, _>>()?, examples).map_err(bug)
}

fn skill(one: &Reference) -> Result<TradeSkill, Failure> {
    let of = |correct: u64| share(correct, one.examples);
    Ok(TradeSkill {
        skill: one.skill.clone(),
        specialist: one.specialist,
        metric: one.metric,
        examples: one.examples,
        expert: of(one.expert)?,
        base: one.base.map(of).transpose()?,
        equal: of(one.equal)?,
        alone: one.alone.iter().map(|correct| correct.map(of).transpose()).collect::<Result<_, _>>()?,
        typical_miss: None,
        band: TradeBand::Rough,
    })
}

/// What the method's own mix was measured with becomes the header of a ledger.
///
/// # Errors
/// A specialist that was not measured.
pub(super) fn header(scores: &Scores, cross: &CrossTable, start: &Recipe) -> Result<Header, Failure> {
    let specialists: Vec<String> = start.experts.iter().map(|expert| expert.skill.clone()).collect();
    let reference = |skill: &protocol::score::SkillScore| -> Result<Reference, Failure> {
        let count = |value: Score| (value.value() * skill.examples as f64).round() as u64;
        let column = cross.skills.iter().position(|name| *name == skill.skill);
        let row = |name: &String| {
            let row = cross.rows.iter().find(|row| row.model == Subject::Expert(name.clone()))?;
            row.scores.get(column?).copied().flatten().map(count)
        };
        let missing = || problems::bug(format!("no score of the specialist for {}", skill.skill));
        Ok(Reference {
            skill: skill.skill.clone(),
            specialist: specialists.iter().position(|name| *name == skill.skill).unwrap_or_default(),
            metric: skill.metric,
            examples: skill.examples,
            expert: count(skill.references.expert.ok_or_else(missing)?),
            base: skill.references.base.map(count),
            equal: skill.correct,
            alone: specialists.iter().map(row).collect(),
        })
    };
    let skills = scores.skills.iter().map(reference).collect::<Result<_, _>>()?;
    Ok(Header::new(specialists, skills))
}
