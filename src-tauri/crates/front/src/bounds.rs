//! The box that strengths are taken from.

use crate::Error;
use crate::error::{check_finite, check_length, check_range};

/// Least and most of every strength, in the order of the specialists. At least one strength; least < most.
#[derive(Debug, Clone, PartialEq)]
pub struct Bounds {
    least: Vec<f64>,
    most: Vec<f64>,
}

impl Bounds {
    /// # Errors
    /// Lists of different lengths or without numbers, numbers that are not finite, a least that is not below its most.
    pub fn new(least: Vec<f64>, most: Vec<f64>) -> Result<Self, Error> {
        if least.is_empty() {
            return Err(Error::Empty { what: "strengths" });
        }
        check_length("most of the strengths", &most, least.len())?;
        check_finite("least of the strengths", 0, &least)?;
        check_finite("most of the strengths", 0, &most)?;
        for (&low, &high) in least.iter().zip(&most) {
            check_range("width of a strength", high - low, f64::MIN_POSITIVE, f64::MAX)?;
        }
        Ok(Self { least, most })
    }

    /// The same `least` and `most` for all of `axes` strengths.
    ///
    /// # Errors
    /// As [`Bounds::new`].
    pub fn same(axes: usize, least: f64, most: f64) -> Result<Self, Error> {
        Self::new(vec![least; axes], vec![most; axes])
    }

    /// The smallest box around `mixes`, widened about its middle by `factor`.
    pub(crate) fn around<R: AsRef<[f64]>>(mixes: &[R], factor: f64) -> Result<Self, Error> {
        let axes = mixes.first().map_or(0, |mix| mix.as_ref().len());
        let column = |axis: usize| mixes.iter().map(move |mix| mix.as_ref()[axis]);
        let least: Vec<f64> = (0..axes).map(|axis| column(axis).fold(f64::INFINITY, f64::min)).collect();
        let most: Vec<f64> = (0..axes).map(|axis| column(axis).fold(f64::NEG_INFINITY, f64::max)).collect();
        // A strength that never changed leaves its quadratic open.
        let is_flat = least.iter().zip(&most).any(|(low, high)| low >= high);
        if is_flat { Err(Error::Undetermined) } else { Ok(Self::new(least, most)?.widened(factor)) }
    }

    /// The box about the same middle, `factor` times as wide.
    pub(crate) fn widened(&self, factor: f64) -> Self {
        let grow = |axis: usize| (factor - 1.0) / 2.0 * self.width(axis);
        let least = self.least.iter().enumerate().map(|(axis, low)| low - grow(axis)).collect();
        let most = self.most.iter().enumerate().map(|(axis, high)| high + grow(axis)).collect();
        Self { least, most }
    }

    /// The part that both boxes have; an empty part is refused.
    pub(crate) fn shared(&self, other: &Self) -> Result<Self, Error> {
        check_length("strengths", &other.least, self.axes())?;
        let least = self.least.iter().zip(&other.least).map(|(x, y)| x.max(*y)).collect();
        let most = self.most.iter().zip(&other.most).map(|(x, y)| x.min(*y)).collect();
        Self::new(least, most)
    }

    /// Number of strengths.
    pub fn axes(&self) -> usize {
        self.least.len()
    }

    /// Least of every strength.
    pub fn least(&self) -> &[f64] {
        &self.least
    }

    /// Most of every strength.
    pub fn most(&self) -> &[f64] {
        &self.most
    }

    /// Width of one strength, above 0.
    pub(crate) fn width(&self, axis: usize) -> f64 {
        self.most[axis] - self.least[axis]
    }

    /// Whether `mix` has the right length and lies in the box, its border included, up to rounding.
    pub fn holds(&self, mix: &[f64]) -> bool {
        let is_inside = |(axis, &strength): (usize, &f64)| {
            let slack = 1e-12 * self.width(axis);
            (self.least[axis] - slack..=self.most[axis] + slack).contains(&strength)
        };
        mix.len() == self.axes() && mix.iter().enumerate().all(is_inside)
    }

    /// The nearest mix in the box.
    pub(crate) fn clamp(&self, mix: &[f64]) -> Vec<f64> {
        mix.iter().enumerate().map(|(axis, strength)| strength.clamp(self.least[axis], self.most[axis])).collect()
    }

    /// The mix at shares of the widths: 0 is the least, 1 the most.
    pub(crate) fn at(&self, share: impl Fn(usize) -> f64) -> Vec<f64> {
        (0..self.axes()).map(|axis| self.least[axis] + share(axis) * self.width(axis)).collect()
    }

    /// Largest difference over the strengths, as a share of the box's width.
    pub(crate) fn distance(&self, x: &[f64], y: &[f64]) -> f64 {
        let differences = x.iter().zip(y).enumerate().map(|(axis, (x, y))| (x - y).abs() / self.width(axis));
        differences.fold(0.0, f64::max)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    #[test]
    fn a_box_that_is_none_is_refused() {
        for (least, most) in [(0.5, 0.5), (1.0, 0.0), (f64::NAN, 1.0), (0.0, f64::INFINITY)] {
            assert!(Bounds::same(2, least, most).is_err(), "{least} {most}");
        }
        assert_eq!(Bounds::same(0, 0.0, 1.0), Err(Error::Empty { what: "strengths" }));
        assert!(Bounds::new(vec![0.0], vec![1.0, 1.0]).is_err());
    }

    #[test]
    fn inside_and_outside_are_told_apart() {
        let bounds = Bounds::same(2, 0.0, 0.5).unwrap();
        assert!(bounds.holds(&[0.0, 0.5]));
        for mix in [&[0.0, 0.51][..], &[-0.01, 0.0], &[0.1], &[f64::NAN, 0.1]] {
            assert!(!bounds.holds(mix), "{mix:?}");
        }
        assert_eq!(bounds.clamp(&[-1.0, 2.0]), [0.0, 0.5]);
    }

    #[test]
    fn the_box_around_mixes_touches_them_and_widens_about_its_middle() {
        let around = Bounds::around(&[[0.0, 0.2], [1.0, 0.4]], 1.1).unwrap();
        for (found, expected) in around.least().iter().chain(around.most()).zip([-0.05, 0.19, 1.05, 0.41]) {
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
        assert_eq!(Bounds::around(&[[0.0, 0.2], [1.0, 0.2]], 1.0), Err(Error::Undetermined));
    }
}
