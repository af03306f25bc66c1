//! A mix with its scores: measured, or estimated. Two types on purpose, so that no code shows one as the other.

use crate::Error;
use crate::error::{check_finite, check_length};

/// A mix whose scores were measured on examples.
///
/// Strengths \[k\] in the order of the specialists, scores \[t\] in the order of the skills, higher is better, and the
/// number of examples behind every score \[t\].
///
/// It never turns into an [`Estimate`]:
/// ```compile_fail
/// let measured = front::Measured::new(vec![1.0], vec![0.9], vec![200])?;
/// let estimate: front::Estimate = measured.into();
/// # Ok::<(), front::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    coefficients: Vec<f64>,
    scores: Vec<f64>,
    examples: Vec<u32>,
}

impl Measured {
    /// # Errors
    /// No strengths or scores, numbers that are not finite, a list of examples of another length, a score without
    /// examples.
    pub fn new(coefficients: Vec<f64>, scores: Vec<f64>, examples: Vec<u32>) -> Result<Self, Error> {
        check_point(&coefficients, &scores)?;
        if examples.len() != scores.len() {
            let (expected, found) = (scores.len(), examples.len());
            return Err(Error::WrongLength { what: "examples", expected, found });
        }
        if examples.contains(&0) {
            return Err(Error::Empty { what: "examples" });
        }
        Ok(Self { coefficients, scores, examples })
    }

    /// Strengths \[k\].
    pub fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }

    /// Scores \[t\].
    pub fn scores(&self) -> &[f64] {
        &self.scores
    }

    /// Number of examples behind every score \[t\].
    pub fn examples(&self) -> &[u32] {
        &self.examples
    }

    /// One standard error of a score that is a share of right answers, √(s·(1−s)/n); 0 for scores outside 0 to 1.
    ///
    /// # Panics
    /// If there is no such skill.
    pub fn standard_error(&self, skill: usize) -> f64 {
        let score = self.scores[skill];
        (score * (1.0 - score)).max(0.0).sqrt() / f64::from(self.examples[skill]).sqrt()
    }

    /// The score less and plus one standard error; a share of right answers stays in 0 to 1.
    ///
    /// # Panics
    /// If there is no such skill.
    pub fn band(&self, skill: usize) -> (f64, f64) {
        let (score, error) = (self.scores[skill], self.standard_error(skill));
        if error > 0.0 { ((score - error).max(0.0), (score + error).min(1.0)) } else { (score, score) }
    }
}

/// A mix whose scores a [`crate::Surrogate`] predicts; nobody measured them.
///
/// Strengths \[k\], values \[t\] and, where held-out mixes could tell, half the width of the band \[t\].
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    coefficients: Vec<f64>,
    values: Vec<f64>,
    misses: Option<Vec<f64>>,
}

impl Estimate {
    /// An estimate that was written down, and is read again. Only for what was an estimate before.
    ///
    /// # Errors
    /// No strengths or values, numbers that are not finite, misses of another length.
    pub fn restored(coefficients: Vec<f64>, values: Vec<f64>, misses: Option<Vec<f64>>) -> Result<Self, Error> {
        check_point(&coefficients, &values)?;
        if let Some(misses) = &misses {
            check_length("misses", misses, values.len())?;
            check_finite("miss", 0, misses)?;
        }
        Ok(Self { coefficients, values, misses })
    }

    /// Strengths \[k\].
    pub fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }

    /// Predicted scores \[t\].
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Half the width of the band of every skill \[t\]; `None` while too few mixes were measured to tell.
    pub fn misses(&self) -> Option<&[f64]> {
        self.misses.as_deref()
    }
}

/// A mix to choose, and how its scores are known.
#[derive(Debug, Clone, PartialEq)]
pub enum Point {
    /// Measured on examples.
    Measured(Measured),
    /// Predicted.
    Estimate(Estimate),
}

impl Point {
    /// Strengths \[k\].
    pub fn coefficients(&self) -> &[f64] {
        match self {
            Point::Measured(measured) => measured.coefficients(),
            Point::Estimate(estimate) => estimate.coefficients(),
        }
    }

    /// Scores, measured or predicted \[t\].
    pub fn values(&self) -> &[f64] {
        match self {
            Point::Measured(measured) => measured.scores(),
            Point::Estimate(estimate) => estimate.values(),
        }
    }

    /// Half the width of the widest band over the skills: standard errors of a measured mix, misses of an estimate,
    /// infinity where nothing is known.
    pub fn widest_band(&self) -> f64 {
        match self {
            Point::Measured(measured) => {
                (0..measured.scores.len()).map(|skill| measured.standard_error(skill)).fold(0.0, f64::max)
            }
            Point::Estimate(estimate) => {
                estimate.misses().map_or(f64::INFINITY, |misses| misses.iter().copied().fold(0.0, f64::max))
            }
        }
    }
}

fn check_point(coefficients: &[f64], values: &[f64]) -> Result<(), Error> {
    if coefficients.is_empty() {
        return Err(Error::Empty { what: "strengths" });
    }
    if values.is_empty() {
        return Err(Error::Empty { what: "scores" });
    }
    check_finite("strength", 0, coefficients)?;
    check_finite("score", 0, values)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    #[test]
    fn a_score_that_is_not_a_number_is_refused_with_its_place() {
        let error = Measured::new(vec![0.1], vec![0.5, f64::NAN], vec![10, 10]).unwrap_err();
        assert!(matches!(error, Error::NotFinite { what: "score", column: 1, .. }), "{error:?}");
        assert!(Measured::new(vec![f64::INFINITY], vec![0.5], vec![10]).is_err());
        assert!(Measured::new(vec![0.1], vec![0.5], vec![0]).is_err());
        assert!(Measured::new(vec![0.1], vec![0.5], vec![1, 2]).is_err());
        assert!(Measured::new(vec![], vec![0.5], vec![1]).is_err());
        assert!(Estimate::restored(vec![0.1], vec![0.5], Some(vec![0.1, 0.2])).is_err());
    }

    #[test]
    fn the_standard_error_is_that_of_a_share() {
        // √(0.874·0.126/200) = 0.023465…, the "87.4 %, 200 examples, ±2.3" of the screen.
        let measured = Measured::new(vec![0.3], vec![0.874], vec![200]).unwrap();
        assert!((measured.standard_error(0) - 0.023_465).abs() < 1e-6, "{}", measured.standard_error(0));
        assert_eq!(measured.band(0), (0.874 - measured.standard_error(0), 0.874 + measured.standard_error(0)));
        let few = Measured::new(vec![0.3], vec![0.9], vec![2]).unwrap();
        assert_eq!(few.band(0).1, 1.0, "no share is above 1");
    }

    #[test]
    fn the_widest_band_of_an_estimate_without_misses_is_infinite() {
        let estimate = |misses| Point::Estimate(Estimate::restored(vec![0.3], vec![0.8, 0.7], misses).unwrap());
        assert_eq!(estimate(None).widest_band(), f64::INFINITY);
        assert_eq!(estimate(Some(vec![0.01, 0.03])).widest_band(), 0.03);
    }
}
