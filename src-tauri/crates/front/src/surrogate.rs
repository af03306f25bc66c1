//! One quadratic per skill, fitted to measured mixes, with what held-out mixes say about its misses.
//!
//! Source: MAP, arXiv:2406.07529, section 3 and algorithm 1. Ours, and why: strengths are brought to −1 … 1 before
//! the fit, so that the system is well conditioned; scores count by their number of examples, since the variance of a
//! share of right answers is one over it; the miss comes from mixes left out in turn, so that every one is used.

use crate::error::{check_length, check_rows};
use crate::fit::{Fit, basis_row, basis_rows};
use crate::matrix::{Cholesky, dot};
use crate::quadratic::{Link, Quadratic, unknowns};
use crate::random::Random;
use crate::{Bounds, Error, Estimate, Measured};

/// How far outside the sampled range an estimate may lie, as a share of the range; beyond, a quadratic only guesses.
const REACH: f64 = 1.1;
/// One fifth of the mixes is left out at a time.
const FOLDS: usize = 5;
/// With fewer rows than this many times the unknowns, a fit with a fifth left out says little about the whole one.
const SPARE: f64 = 1.2;

/// What a typical miss is worth; thresholds for scores of 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Band {
    /// At most 0.015, that is 1.5 points.
    Good,
    /// At most 0.04.
    Fair,
    /// More, or unknown: measure before you save.
    Rough,
}

impl Band {
    /// Band of a typical miss; unknown is rough.
    pub fn of(miss: Option<f64>) -> Self {
        match miss {
            Some(miss) if miss <= 0.015 => Band::Good,
            Some(miss) if miss <= 0.04 => Band::Fair,
            _ => Band::Rough,
        }
    }
}

/// The fitted quadratic of one skill.
#[derive(Debug, Clone, PartialEq)]
pub struct Skill {
    quadratic: Quadratic,
    typical_miss: Option<f64>,
    explained: Option<f64>,
    /// The quadratic of strengths brought to −1 … 1.
    scaled: Vec<f64>,
    curvature: Cholesky,
    /// Mean leverage of the mixes that were left out, as seen from the fits without them.
    leverage: f64,
}

impl Skill {
    /// The quadratic of the strengths.
    pub fn quadratic(&self) -> &Quadratic {
        &self.quadratic
    }

    /// Mean distance between score and prediction over mixes that were left out; `None`: too few mixes to leave any
    /// out.
    pub fn typical_miss(&self) -> Option<f64> {
        self.typical_miss
    }

    /// R² over the left-out mixes: 1 is perfect, 0 no better than their mean, below 0 worse.
    pub fn explained(&self) -> Option<f64> {
        self.explained
    }

    /// What the typical miss is worth.
    pub fn band(&self) -> Band {
        Band::of(self.typical_miss)
    }

    /// L⁻¹·J of a basis row: its squared length is the leverage, the variance of the prediction there over the
    /// variance of one measurement.
    pub(crate) fn lever(&self, row: &[f64]) -> Vec<f64> {
        let slope = self.quadratic.link().slope(dot(row, &self.scaled));
        let gradient: Vec<f64> = row.iter().map(|x| slope * x).collect();
        self.curvature.half_solve(&gradient)
    }

    /// The typical miss, wider where the measured mixes say less: miss·√((1+h)/(1+h̄)).
    fn miss_at(&self, row: &[f64]) -> Option<f64> {
        let lever = self.lever(row);
        self.typical_miss.map(|miss| miss * ((1.0 + dot(&lever, &lever)) / (1.0 + self.leverage)).sqrt())
    }
}

/// All skills' quadratics over the box of the measured mixes.
#[derive(Debug, Clone, PartialEq)]
pub struct Surrogate {
    skills: Vec<Skill>,
    sampled: Bounds,
    mixes: Vec<Vec<f64>>,
    middle: Vec<f64>,
    half: Vec<f64>,
}

/// Fits one quadratic per skill. `links` \[t\] in the order of the skills; `seed` decides which mixes are left out
/// together. At least (k+1)(k+2)/2 different mixes for k strengths.
///
/// A mix of at most one specialist is never left out: it lies at a corner, where leaving it out asks for
/// extrapolation, which no estimate on the screen does.
///
/// # Errors
/// Too few different mixes ([`Error::missing`] says how many), mixes that lie on too few lines, lists of different
/// lengths, scores outside their link.
pub fn fit(points: &[Measured], links: &[Link], seed: u64) -> Result<Surrogate, Error> {
    let mixes: Vec<&[f64]> = points.iter().map(Measured::coefficients).collect();
    let axes = check_rows("strengths", &mixes)?;
    check_scores(points, links)?;
    let (found, needed) = (different(&mixes), unknowns(axes));
    if found < needed {
        return Err(Error::TooFewMixes { found, needed });
    }
    let sampled = Bounds::around(&mixes, 1.0)?;
    let (middle, half) = (sampled.at(|_| 0.5), (0..axes).map(|axis| sampled.width(axis) / 2.0).collect::<Vec<_>>());
    let rows = basis_rows(&mixes, &middle, &half);
    let folds = folds(&mixes, needed, seed);
    let fitted = links.iter().enumerate().map(|(skill, &link)| {
        let fit = of_skill(&rows, points, skill, link);
        let scaled = fit.solve().ok_or(Error::Undetermined)?;
        finish(&fit, &folds, scaled, |quadratic| quadratic.unscaled(&middle, &half), axes)
    });
    let skills = fitted.collect::<Result<_, Error>>()?;
    Ok(Surrogate { skills, sampled, mixes: mixes.iter().map(|mix| mix.to_vec()).collect(), middle, half })
}

/// Number of mixes no two of which are equal.
fn different(mixes: &[&[f64]]) -> usize {
    let mut sorted = mixes.to_vec();
    sorted.sort_by(|x, y| order(x, y));
    sorted.dedup_by(|x, y| order(x, y).is_eq());
    sorted.len()
}

fn order(x: &[f64], y: &[f64]) -> std::cmp::Ordering {
    let numbers = x.iter().zip(y).map(|(x, y)| (x + 0.0).total_cmp(&(y + 0.0)));
    numbers.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
}

fn check_scores(points: &[Measured], links: &[Link]) -> Result<(), Error> {
    for point in points {
        check_length("scores", point.scores(), links.len())?;
        point.scores().iter().zip(links).try_for_each(|(score, link)| link.check(*score))?;
    }
    Ok(())
}

fn of_skill<'a>(rows: &'a [Vec<f64>], points: &[Measured], skill: usize, link: Link) -> Fit<'a> {
    let examples = |point: &Measured| f64::from(point.examples()[skill]);
    let mean = points.iter().map(examples).sum::<f64>() / points.len() as f64;
    Fit {
        rows: rows.iter().map(Vec::as_slice).collect(),
        scores: points.iter().map(|point| point.scores()[skill]).collect(),
        weights: points.iter().map(|point| examples(point) / mean).collect(),
        link,
    }
}

fn finish(
    fit: &Fit<'_>,
    folds: &[Vec<usize>],
    scaled: Vec<f64>,
    unscaled: impl Fn(&Quadratic) -> Quadratic,
    axes: usize,
) -> Result<Skill, Error> {
    let left_out = left_out(fit, folds);
    let matrix = fit.curvature(&scaled);
    let curvature = Cholesky::of(&matrix, scaled.len()).ok_or(Error::Undetermined)?;
    let quadratic = unscaled(&Quadratic::new(axes, fit.link, scaled.clone())?);
    let typical_miss = left_out.as_ref().map(|pairs| mean(pairs.iter().map(|(score, value)| (score - value).abs())));
    let explained = left_out.as_deref().and_then(explained);
    let mut skill = Skill { quadratic, typical_miss, explained, scaled, curvature, leverage: 0.0 };
    skill.leverage = mean(folds.iter().flatten().map(|&at| leverage(&skill, fit, at)));
    Ok(skill)
}

/// Leverage h/(1−h) of a row as seen from the fit without it (Sherman and Morrison).
fn leverage(skill: &Skill, fit: &Fit<'_>, at: usize) -> f64 {
    let lever = skill.lever(fit.rows[at]);
    let own = (fit.weights[at] * dot(&lever, &lever)).min(1.0 - 1e-3);
    own / (1.0 - own) / fit.weights[at]
}

/// Which mixes are left out together: a fifth each, or one at a time where they are few; none where there are too few.
fn folds(mixes: &[&[f64]], needed: usize, seed: u64) -> Vec<Vec<usize>> {
    let is_inner = |mix: &[f64]| mix.iter().filter(|strength| **strength != 0.0).count() > 1;
    let mut inner: Vec<usize> = (0..mixes.len()).filter(|&at| is_inner(mixes[at])).collect();
    Random::new(seed).shuffle(&mut inner);
    let kept = mixes.len() - inner.len().div_ceil(FOLDS);
    if kept as f64 >= SPARE * needed as f64 {
        return (0..FOLDS).map(|fold| inner.iter().skip(fold).step_by(FOLDS).copied().collect()).collect();
    }
    if mixes.len() > needed && inner.len() > 1 { inner.into_iter().map(|at| vec![at]).collect() } else { Vec::new() }
}

/// Score and prediction of every mix that was left out once; `None` where nothing was, or a rest leaves terms open.
fn left_out(fit: &Fit<'_>, folds: &[Vec<usize>]) -> Option<Vec<(f64, f64)>> {
    let mut pairs = Vec::new();
    for fold in folds {
        let kept: Vec<usize> = (0..fit.rows.len()).filter(|at| !fold.contains(at)).collect();
        let rest = Fit {
            rows: kept.iter().map(|&at| fit.rows[at]).collect(),
            scores: kept.iter().map(|&at| fit.scores[at]).collect(),
            weights: kept.iter().map(|&at| fit.weights[at]).collect(),
            link: fit.link,
        };
        let terms = rest.solve()?;
        pairs.extend(fold.iter().map(|&at| (fit.scores[at], fit.link.value(dot(fit.rows[at], &terms)))));
    }
    Some(pairs).filter(|pairs| !pairs.is_empty())
}

fn explained(pairs: &[(f64, f64)]) -> Option<f64> {
    let middle = mean(pairs.iter().map(|(score, _)| *score));
    let whole: f64 = pairs.iter().map(|(score, _)| (score - middle).powi(2)).sum();
    let rest: f64 = pairs.iter().map(|(score, value)| (score - value).powi(2)).sum();
    (whole > 0.0).then(|| 1.0 - rest / whole)
}

/// Mean, 0 of nothing.
fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    if count > 0.0 { sum / count } else { 0.0 }
}

impl Surrogate {
    /// The skills \[t\].
    pub fn skills(&self) -> &[Skill] {
        &self.skills
    }

    /// The smallest box around the measured mixes; the search stays inside.
    pub fn sampled(&self) -> &Bounds {
        &self.sampled
    }

    /// The mixes it was fitted to.
    pub(crate) fn mixes(&self) -> &[Vec<f64>] {
        &self.mixes
    }

    /// Basis row of a mix, for [`Skill::lever`].
    pub(crate) fn row(&self, mix: &[f64]) -> Vec<f64> {
        basis_row(mix, &self.middle, &self.half)
    }

    /// Predicted scores \[t\] of a mix that is known to lie inside.
    pub(crate) fn write_values(&self, mix: &[f64], values: &mut [f64]) {
        for (value, skill) in values.iter_mut().zip(&self.skills) {
            *value = skill.quadratic.link().value(skill.quadratic.inner(mix));
        }
    }

    /// What the quadratics say about a mix, with its bands.
    ///
    /// # Errors
    /// Another number of strengths, strengths that are not finite, a mix outside 1.1 times the sampled box: there a
    /// quadratic does not estimate, it guesses.
    pub fn estimate(&self, mix: &[f64]) -> Result<Estimate, Error> {
        check_length("strengths", mix, self.sampled.axes())?;
        let reach = self.sampled.widened(REACH);
        if !reach.holds(mix) {
            let axis = (0..mix.len()).find(|&axis| !(reach.least()[axis]..=reach.most()[axis]).contains(&mix[axis]));
            let axis = axis.unwrap_or(0);
            let (least, most) = (reach.least()[axis], reach.most()[axis]);
            return Err(Error::OutOfRange { what: "strength", value: mix[axis], least, most });
        }
        let mut values = vec![0.0; self.skills.len()];
        self.write_values(mix, &mut values);
        let row = self.row(mix);
        let misses = self.skills.iter().map(|skill| skill.miss_at(&row)).collect();
        Estimate::restored(mix.to_vec(), values, misses)
    }

    /// The band of an estimate, value less and plus miss, inside what the skill's link can give; `None` without misses
    /// or without such a skill.
    pub fn band(&self, estimate: &Estimate, skill: usize) -> Option<(f64, f64)> {
        let (least, most) = self.skills.get(skill)?.quadratic.link().range();
        let (value, miss) = (estimate.values().get(skill)?, estimate.misses()?.get(skill)?);
        Some(((value - miss).max(least), (value + miss).min(most)))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    fn measured(mix: &[f64], score: f64) -> Measured {
        Measured::new(mix.to_vec(), vec![score], vec![100]).unwrap()
    }

    fn grid() -> Vec<Measured> {
        let mixes = (0..16).map(|at| [f64::from(at % 4) / 3.0, f64::from(at / 4) / 3.0]);
        mixes.map(|mix| measured(&mix, 0.5 + 0.2 * mix[0] - 0.3 * mix[1] * mix[1])).collect()
    }

    #[test]
    fn too_few_mixes_are_refused_with_the_number_missing() {
        let few = &grid()[..4];
        assert_eq!(fit(few, &[Link::Sigmoid], 0).unwrap_err().missing(), Some(2));
        // The same mix again is not another mix.
        let again: Vec<Measured> = few.iter().chain(few).cloned().collect();
        assert_eq!(fit(&again, &[Link::Sigmoid], 0).unwrap_err().missing(), Some(2));
    }

    #[test]
    fn mixes_on_a_line_are_refused() {
        let line: Vec<Measured> = (0..9).map(|at| measured(&[0.1 * f64::from(at); 2], 0.5)).collect();
        assert_eq!(fit(&line, &[Link::Identity], 0), Err(Error::Undetermined));
        let flat: Vec<Measured> = (0..9).map(|at| measured(&[0.1 * f64::from(at), 0.5], 0.5)).collect();
        assert_eq!(fit(&flat, &[Link::Identity], 0), Err(Error::Undetermined));
    }

    #[test]
    fn scores_outside_their_link_are_refused() {
        let mut points = grid();
        points[3] = measured(&[1.0, 0.0], 1.5);
        assert!(matches!(fit(&points, &[Link::Sigmoid], 0), Err(Error::OutOfRange { .. })));
        assert!(fit(&points, &[Link::Identity], 0).is_ok());
        assert!(matches!(fit(&points, &[Link::Identity; 2], 0), Err(Error::WrongLength { .. })));
    }

    #[test]
    fn an_estimate_far_outside_is_refused() {
        let surrogate = fit(&grid(), &[Link::Identity], 0).unwrap();
        assert!(surrogate.estimate(&[1.04, -0.04]).is_ok());
        for mix in [&[1.06, 0.5][..], &[0.5, -0.06], &[0.5], &[f64::NAN, 0.5]] {
            assert!(surrogate.estimate(mix).is_err(), "{mix:?}");
        }
    }

    #[test]
    fn without_a_spare_mix_nothing_is_said_about_the_miss() {
        let points = grid();
        let just: Vec<Measured> = [0, 3, 12, 5, 10, 7].map(|at| points[at].clone()).to_vec();
        let surrogate = fit(&just, &[Link::Identity], 0).unwrap();
        assert_eq!(surrogate.skills()[0].typical_miss(), None);
        assert_eq!(surrogate.skills()[0].band(), Band::Rough);
        assert_eq!(surrogate.estimate(&[0.5, 0.5]).unwrap().misses(), None);
    }

    #[test]
    fn bands_end_where_the_screen_says() {
        let cases = [(0.015, Band::Good), (0.0151, Band::Fair), (0.04, Band::Fair), (0.0401, Band::Rough)];
        for (miss, band) in cases {
            assert_eq!(Band::of(Some(miss)), band, "{miss}");
        }
        assert_eq!(Band::of(None), Band::Rough);
    }

    #[test]
    fn corners_are_never_left_out_and_the_rest_exactly_once() {
        let mixes: Vec<Vec<f64>> = grid().iter().map(|point| point.coefficients().to_vec()).collect();
        let mixes: Vec<&[f64]> = mixes.iter().map(Vec::as_slice).collect();
        let mut all: Vec<usize> = folds(&mixes, 6, 1).concat();
        all.sort_unstable();
        assert_eq!(all, [5, 6, 7, 9, 10, 11, 13, 14, 15]);
        assert_eq!(folds(&mixes, 6, 1).len(), FOLDS);
        assert_eq!(folds(&mixes, 13, 1).len(), 9, "one at a time where mixes are few");
        assert!(folds(&mixes, 16, 1).is_empty());
    }
}
