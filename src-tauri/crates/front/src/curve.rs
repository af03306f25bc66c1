//! The front of two skills as a curve: places along it, and its bend.

use crate::Error;
use crate::error::{check_finite, check_range};
use crate::volume::between;

/// A bend counts as pronounced when it stands this far off the straight line between the curve's ends, measured with
/// both skills brought to 0 … 1 (the most is 0.71). Ours; half of it looks straight to the eye.
const PRONOUNCED: f64 = 0.1;

/// Points of a two-skill front in their order along it, and how far along each lies.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    points: Vec<[f64; 2]>,
    /// Share of the whole length up to each point, 0 to 1.
    along: Vec<f64>,
}

/// Where the slider stands: between point `from` and the next one, at `share` of the way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// Index of the point before.
    pub from: usize,
    /// 0 at that point, 1 at the next.
    pub share: f64,
}

/// The bend of a two-skill front, for the sentence "past here, +1 point of A costs `price` points of B".
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Knee {
    /// Index of the point.
    pub at: usize,
    /// For the first and the second skill: points of the other one that one more point costs past the bend, on average
    /// up to that end of the curve. What it costs on the way to the bend is one over the other price.
    pub prices: [f64; 2],
    /// Distance from the straight line between the ends, both skills brought to 0 … 1.
    pub bulge: f64,
}

impl Curve {
    /// `points` \[n\] in the order along the front: the first skill falls (or rises) all the way. Lengths are Euclidean,
    /// so both skills should have the same unit.
    ///
    /// # Errors
    /// No points, scores that are not finite.
    pub fn new(points: Vec<[f64; 2]>) -> Result<Self, Error> {
        if points.is_empty() {
            return Err(Error::Empty { what: "points of the front" });
        }
        points.iter().enumerate().try_for_each(|(at, point)| check_finite("score", at, point))?;
        let mut along = vec![0.0];
        for pair in points.windows(2) {
            along.push(along[along.len() - 1] + between(&pair[0], &pair[1]));
        }
        let whole = along[along.len() - 1];
        along.iter_mut().for_each(|length| *length = if whole > 0.0 { *length / whole } else { 0.0 });
        Ok(Self { points, along })
    }

    /// The place at `share` of the curve's length; equal steps of it are equal distances on the screen.
    ///
    /// # Errors
    /// A share outside 0 to 1.
    pub fn place(&self, share: f64) -> Result<Place, Error> {
        check_range("place on the curve", share, 0.0, 1.0)?;
        let next = self.along.partition_point(|along| *along <= share).min(self.along.len() - 1);
        let from = next.saturating_sub(1);
        let width = self.along[next] - self.along[from];
        let share = if width > 0.0 { (share - self.along[from]) / width } else { 0.0 };
        Ok(Place { from, share })
    }

    /// Share of the curve's length at which point `at` lies.
    ///
    /// # Errors
    /// A point that there is not.
    pub fn share(&self, at: usize) -> Result<f64, Error> {
        check_range("point of the curve", at as f64, 0.0, self.along.len() as f64 - 1.0)?;
        Ok(self.along[at])
    }

    /// The bend, if the curve has a pronounced one: the point farthest outside the straight line between the ends.
    ///
    /// Source: Das 1999 (Structural Optimization 18:107), the bulge as the mark of a knee.
    pub fn knee(&self) -> Option<Knee> {
        let ([x0, y0], [x1, y1]) = (self.points[0], self.points[self.points.len() - 1]);
        let (width, height) = ((x0 - x1).abs(), (y0 - y1).abs());
        if width <= 0.0 || height <= 0.0 {
            return None;
        }
        let (left, low) = (x0.min(x1), y0.min(y1));
        let share = |point: [f64; 2]| [(point[0] - left) / width, (point[1] - low) / height];
        let bulge = |point: [f64; 2]| (share(point)[0] + share(point)[1] - 1.0) / 2f64.sqrt();
        let better = |x: usize, y: usize| if bulge(self.points[y]) > bulge(self.points[x]) { y } else { x };
        let at = (0..self.points.len()).reduce(better)?;
        let found = bulge(self.points[at]);
        let [x, y] = share(self.points[at]);
        // Gaining the first skill past the bend: the second falls to its least while the first rises to its most.
        let price = |kept: f64, gained: f64, unit: f64| kept / (1.0 - gained) * unit;
        let prices = [price(y, x, height / width), price(x, y, width / height)];
        (found >= PRONOUNCED).then_some(Knee { at, prices, bulge: found })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    fn curve(points: &[[f64; 2]]) -> Curve {
        Curve::new(points.to_vec()).unwrap()
    }

    #[test]
    fn equal_steps_are_equal_distances_and_not_equal_counts() {
        // Lengths 0.3, 0.1: three quarters lie before the second point.
        let curve = curve(&[[0.9, 0.1], [0.6, 0.1], [0.6, 0.2]]);
        assert!((curve.share(1).unwrap() - 0.75).abs() < 1e-15);
        let place = curve.place(0.375).unwrap();
        assert!(place.from == 0 && (place.share - 0.5).abs() < 1e-12, "{place:?}");
        let place = curve.place(0.875).unwrap();
        assert!(place.from == 1 && (place.share - 0.5).abs() < 1e-12, "{place:?}");
        assert_eq!(curve.place(0.0).unwrap(), Place { from: 0, share: 0.0 });
        assert_eq!(curve.place(1.0).unwrap(), Place { from: 1, share: 1.0 });
        assert!(curve.place(1.1).is_err() && curve.place(f64::NAN).is_err() && curve.share(3).is_err());
    }

    #[test]
    fn a_single_point_is_a_place() {
        assert_eq!(curve(&[[0.5, 0.5]]).place(0.7).unwrap(), Place { from: 0, share: 0.0 });
        assert!(Curve::new(vec![]).is_err() && Curve::new(vec![[f64::NAN, 0.0]]).is_err());
    }

    #[test]
    fn the_bend_tells_what_one_more_point_costs() {
        // From (0.80, 0.95) flat to (0.90, 0.92), then steep to (0.94, 0.80): +1 point of the first costs 3 of the
        // second past the bend, 0.3 before it.
        let points = [[0.94, 0.80], [0.90, 0.92], [0.80, 0.95]];
        let check = |points: &[[f64; 2]], prices: [f64; 2]| {
            let knee = curve(points).knee().unwrap();
            assert_eq!(knee.at, 1);
            for (found, expected) in knee.prices.iter().zip(prices) {
                assert!((found - expected).abs() < 1e-12, "{knee:?}");
            }
        };
        check(&points, [3.0, 1.0 / 0.3]);
        // Walked from the other end it is the same bend; with the skills exchanged the prices are.
        check(&[points[2], points[1], points[0]], [3.0, 1.0 / 0.3]);
        check(&points.map(|[x, y]| [y, x]), [1.0 / 0.3, 3.0]);
    }

    #[test]
    fn a_straight_or_hollow_front_has_no_bend() {
        assert_eq!(curve(&[[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]]).knee(), None);
        assert_eq!(curve(&[[1.0, 0.0], [0.3, 0.3], [0.0, 1.0]]).knee(), None);
        assert_eq!(curve(&[[1.0, 0.0]]).knee(), None);
        assert!(curve(&[[1.0, 0.0], [0.6, 0.6], [0.0, 1.0]]).knee().is_some(), "the same, bent outward");
    }
}
