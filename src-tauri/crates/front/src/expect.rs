//! What is expected of mixes that nobody measured, and how far off that typically is.
//!
//! Stands where MAP (arXiv:2406.07529) has one quadratic per skill; why, with figures, is in the study of fronts.

use crate::error::{check_length, check_rows};
use crate::kriging::{Kriging, scaled};
use crate::quadratic::Link;
use crate::search::{Search, search};
use crate::surrogate::Band;
use crate::{Bounds, Error, Estimate, Measured};

/// Fewest mixes left out in turn of which a typical miss can be told.
const ENOUGH: usize = 3;

/// The expected scores of every mix in a box.
#[derive(Debug, Clone)]
pub struct Expectation {
    skills: Vec<Kriging>,
    /// Per skill: mean distance between score and what the other mixes said, and the deviation they said it with.
    typical: Vec<Option<(f64, f64)>>,
    bounds: Bounds,
    mixes: Vec<Vec<f64>>,
}

impl Expectation {
    /// From measured mixes in `bounds`; `links` \[t\] in the order of the skills. The same input gives the same numbers.
    ///
    /// # Errors
    /// No mixes, mixes outside the box, lists of different lengths, scores outside their link.
    pub fn new(points: &[Measured], links: &[Link], bounds: &Bounds) -> Result<Self, Error> {
        if points.is_empty() {
            return Err(Error::Empty { what: "measured mixes" });
        }
        let mixes: Vec<Vec<f64>> = points.iter().map(|point| point.coefficients().to_vec()).collect();
        check_rows("strengths", &mixes)?;
        for point in points {
            check_length("strengths", point.coefficients(), bounds.axes())?;
            check_length("scores", point.scores(), links.len())?;
            point.scores().iter().zip(links).try_for_each(|(score, link)| link.check(*score))?;
        }
        let skills: Vec<Kriging> =
            links.iter().enumerate().map(|(skill, &link)| Kriging::of(points, skill, link, bounds)).collect();
        let typical = skills.iter().enumerate().map(|(skill, own)| typical(own, points, skill)).collect();
        Ok(Self { skills, typical, bounds: bounds.clone(), mixes })
    }

    /// Mean distance between the score of a measured mix and what all others say about it \[t\]; `None` while too few
    /// mixes of several specialists were measured. A mix of at most one specialist lies at the border, where leaving it
    /// out asks for more than any estimate on screen does; it is never left out.
    pub fn typical_misses(&self) -> Vec<Option<f64>> {
        self.typical.iter().map(|typical| typical.map(|(miss, _)| miss)).collect()
    }

    /// What the typical miss of a skill is worth.
    pub fn band(&self, skill: usize) -> Band {
        Band::of(self.typical.get(skill).copied().flatten().map(|(miss, _)| miss))
    }

    /// Whether `mix` lies in the box that strengths are taken from.
    pub fn holds(&self, mix: &[f64]) -> bool {
        self.bounds.holds(mix)
    }

    /// Expected scores \[t\] of a mix in the box, with half the width of their bands.
    ///
    /// # Errors
    /// Another number of strengths, a mix outside the box.
    pub fn estimate(&self, mix: &[f64]) -> Result<Estimate, Error> {
        check_length("strengths", mix, self.bounds.axes())?;
        if !self.bounds.holds(mix) {
            let out = (0..mix.len())
                .find(|&axis| mix[axis] < self.bounds.least()[axis] || mix[axis] > self.bounds.most()[axis]);
            let axis = out.unwrap_or(0);
            let (least, most) = (self.bounds.least()[axis], self.bounds.most()[axis]);
            return Err(Error::OutOfRange { what: "strength", value: mix[axis], least, most });
        }
        let row = scaled(&self.bounds, mix);
        let values = self.skills.iter().map(|skill| skill.value(&row)).collect();
        let misses =
            self.skills.iter().zip(&self.typical).map(|(skill, typical)| miss(skill, *typical, &row)).collect();
        Estimate::restored(mix.to_vec(), values, misses)
    }

    /// Writes expected scores \[t\] of a mix in the box.
    pub(crate) fn write_values(&self, mix: &[f64], values: &mut [f64]) {
        let row = scaled(&self.bounds, mix);
        values.iter_mut().zip(&self.skills).for_each(|(value, skill)| *value = skill.value(&row));
    }

    /// Deviation of the scores of a mix, summed over the skills: how little is known about it.
    pub(crate) fn doubt(&self, mix: &[f64]) -> f64 {
        let row = scaled(&self.bounds, mix);
        self.skills.iter().map(|skill| skill.deviation(&row)).sum()
    }

    /// Estimates along the front of the whole box, sorted as [`search`] does.
    ///
    /// # Errors
    /// What [`search`] refuses.
    pub fn front(&self, settings: &Search) -> Result<Vec<Estimate>, Error> {
        let score = |mix: &[f64], scores: &mut [f64]| self.write_values(mix, scores);
        let mixes = search(score, self.skills.len(), &self.bounds, &self.mixes, settings)?;
        mixes.iter().map(|mix| self.estimate(mix)).collect()
    }
}

/// Mean miss and mean deviation over the mixes of several specialists, each as the others have it.
fn typical(kriging: &Kriging, points: &[Measured], skill: usize) -> Option<(f64, f64)> {
    let is_inner = |point: &Measured| point.coefficients().iter().filter(|strength| **strength != 0.0).count() > 1;
    let inner: Vec<usize> =
        (0..points.len()).filter(|&at| is_inner(&points[at]) || points[at].coefficients().len() == 1).collect();
    if inner.len() < ENOUGH {
        return None;
    }
    let each = inner.iter().map(|&at| {
        let score = points[at].scores()[skill];
        let (value, deviation) = kriging.left_out(at, score);
        ((score - value).abs(), deviation)
    });
    let (miss, deviation) = each.fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    Some((miss / inner.len() as f64, deviation / inner.len() as f64))
}

/// The typical miss, wider where less is known than about the mixes that were left out, by at most a factor of three.
fn miss(skill: &Kriging, typical: Option<(f64, f64)>, row: &[f64]) -> Option<f64> {
    typical.map(|(miss, deviation)| miss * (skill.deviation(row) / deviation.max(1e-9)).clamp(1.0, 3.0))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    fn scores(mix: &[f64]) -> Vec<f64> {
        vec![0.9 - 0.5 * (mix[0] - 0.8).powi(2), 0.8 - 0.6 * (mix[1] - 0.3).powi(2)]
    }

    fn points(sides: usize) -> Vec<Measured> {
        let share = |at: usize| at as f64 / (sides - 1) as f64;
        let mixes = (0..sides * sides).map(|at| vec![share(at % sides), share(at / sides)]);
        mixes.map(|mix| Measured::new(mix.clone(), scores(&mix), vec![100_000; 2]).unwrap()).collect()
    }

    fn expectation(sides: usize) -> Expectation {
        let bounds = Bounds::same(2, 0.0, 1.0).unwrap();
        Expectation::new(&points(sides), &[Link::Sigmoid; 2], &bounds).unwrap()
    }

    #[test]
    fn the_front_is_where_both_scores_are_best() {
        // Each skill hangs on one strength only, so a single mix is best in both.
        let front = expectation(5).front(&Search::default()).unwrap();
        for estimate in &front {
            let scores = scores(estimate.coefficients());
            assert!(scores[0] > 0.85 && scores[1] > 0.75, "{scores:?} of at most 0.9 and 0.8");
        }
    }

    #[test]
    fn the_typical_miss_is_told_from_enough_mixes_on() {
        assert_eq!(expectation(2).typical_misses(), [None, None], "one inner mix only");
        assert_eq!(expectation(2).band(0), Band::Rough);
        let misses = expectation(4).typical_misses();
        assert!(misses.iter().all(|miss| miss.unwrap() < 0.02), "{misses:?}");
        assert!(expectation(4).estimate(&[0.5, 0.5]).unwrap().misses().is_some());
        assert_eq!(expectation(4).band(9), Band::Rough, "a skill that there is not");
    }

    #[test]
    fn what_lies_outside_is_no_estimate() {
        let expectation = expectation(3);
        assert!(expectation.estimate(&[1.2, 0.0]).is_err() && expectation.estimate(&[0.1]).is_err());
        assert!(expectation.estimate(&[f64::NAN, 0.0]).is_err() && expectation.holds(&[1.0, 0.0]));
        let bounds = Bounds::same(2, 0.0, 1.0).unwrap();
        assert!(Expectation::new(&[], &[Link::Sigmoid; 2], &bounds).is_err());
        assert!(Expectation::new(&points(2), &[Link::Sigmoid], &bounds).is_err());
    }
}
