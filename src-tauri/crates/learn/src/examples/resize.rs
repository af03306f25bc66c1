//! Resizing as Pillow does it, to the byte.
//!
//! Two passes, rows first; each output pixel is a weighted sum of the input pixels under a filter that is stretched
//! when the picture shrinks. Weights are rounded to 22 bits after the point, sums to bytes after each pass. Source: the
//! algorithm of Pillow's `Image.resize` (documented under *Filters*), here for three bytes a pixel.

use std::f64::consts::PI;

use super::Rgb;

/// Bits after the point: 32, less 8 for the pixel and 2 for the sum of weights beyond 1.
const BITS: u32 = 22;

/// A filter, by the number that settings give it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// 0: the pixel under the middle.
    Nearest,
    /// 1: a windowed sinc of radius 3.
    Lanczos,
    /// 2: a triangle of radius 1.
    Bilinear,
    /// 3: Keys' cubic with a = -0.5, radius 2.
    Bicubic,
    /// 4: the mean of the pixels under the output pixel.
    Box,
    /// 5: a windowed sinc of radius 1.
    Hamming,
}

impl Filter {
    /// The filter of a setting `resample`.
    pub fn of_setting(number: u64) -> Option<Self> {
        use Filter::{Bicubic, Bilinear, Box, Hamming, Lanczos, Nearest};
        [Nearest, Lanczos, Bilinear, Bicubic, Box, Hamming].get(usize::try_from(number).ok()?).copied()
    }

    /// Radius in input pixels.
    fn radius(self) -> f64 {
        match self {
            Filter::Nearest | Filter::Box => 0.5,
            Filter::Bilinear | Filter::Hamming => 1.0,
            Filter::Bicubic => 2.0,
            Filter::Lanczos => 3.0,
        }
    }

    /// Weight at a distance from the middle.
    fn weight(self, at: f64) -> f64 {
        let x = at.abs();
        match self {
            Filter::Nearest | Filter::Box => f64::from(u8::from(at > -0.5 && at <= 0.5)),
            Filter::Bilinear => (1.0 - x).max(0.0),
            Filter::Bicubic if x < 1.0 => ((-0.5 + 2.0) * x - (-0.5 + 3.0)) * x * x + 1.0,
            Filter::Bicubic if x < 2.0 => (((x - 5.0) * x + 8.0) * x - 4.0) * -0.5,
            Filter::Lanczos if (-3.0..3.0).contains(&at) => sinc(at) * sinc(at / 3.0),
            Filter::Hamming if x == 0.0 => 1.0,
            Filter::Hamming if x < 1.0 => (PI * x).sin() / (PI * x) * (0.54 + 0.46 * (PI * x).cos()),
            _ => 0.0,
        }
    }
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { (x * PI).sin() / (x * PI) }
}

/// The picture in this size, both at least 1.
pub(super) fn resize(picture: &Rgb, width: usize, height: usize, filter: Filter) -> Rgb {
    if (picture.width, picture.height) == (width, height) {
        return picture.clone();
    }
    if filter == Filter::Nearest {
        return nearest(picture, width, height);
    }
    let rows = if picture.width == width { picture.clone() } else { narrowed(picture, width, filter) };
    if rows.height == height { rows } else { lowered(&rows, height, filter) }
}

/// The input pixels under an output pixel: the first, and their weights in fixed point.
struct Span {
    first: usize,
    weights: Vec<i32>,
}

fn spans(from: usize, to: usize, filter: Filter) -> Vec<Span> {
    let scale = from as f64 / to as f64;
    let stretch = scale.max(1.0);
    let radius = filter.radius() * stretch;
    (0..to).map(|at| span((at as f64 + 0.5) * scale, radius, 1.0 / stretch, from, filter)).collect()
}

fn span(middle: f64, radius: f64, shrink: f64, from: usize, filter: Filter) -> Span {
    let first = (middle - radius + 0.5).max(0.0) as usize;
    let end = ((middle + radius + 0.5).max(0.0) as usize).min(from);
    let weights: Vec<f64> = (first..end).map(|at| filter.weight((at as f64 - middle + 0.5) * shrink)).collect();
    let sum: f64 = weights.iter().fold(0.0, |sum, weight| sum + weight);
    let share = |weight: f64| if sum == 0.0 { weight } else { weight / sum };
    Span { first, weights: weights.into_iter().map(|weight| fixed(share(weight))).collect() }
}

/// Rounded away from zero at the half, as C casts do it.
fn fixed(weight: f64) -> i32 {
    let scaled = weight * f64::from(1u32 << BITS);
    (if weight < 0.0 { scaled - 0.5 } else { scaled + 0.5 }) as i32
}

fn byte(sum: i32) -> u8 {
    (sum >> BITS).clamp(0, 255) as u8
}

/// The half that makes cutting off a rounding.
const HALF: i32 = 1 << (BITS - 1);

fn narrowed(picture: &Rgb, width: usize, filter: Filter) -> Rgb {
    let spans = spans(picture.width, width, filter);
    let mut bytes = Vec::with_capacity(width * picture.height * 3);
    for row in picture.bytes.chunks_exact(picture.width * 3) {
        for span in &spans {
            let mut sums = [HALF; 3];
            for (pixel, weight) in row[span.first * 3..].as_chunks::<3>().0.iter().zip(&span.weights) {
                for (sum, &value) in sums.iter_mut().zip(pixel) {
                    *sum += i32::from(value) * weight;
                }
            }
            bytes.extend(sums.map(byte));
        }
    }
    Rgb { width, height: picture.height, bytes }
}

fn lowered(picture: &Rgb, height: usize, filter: Filter) -> Rgb {
    let stride = picture.width * 3;
    let mut bytes = Vec::with_capacity(stride * height);
    let mut sums = vec![HALF; stride];
    for span in spans(picture.height, height, filter) {
        sums.fill(HALF);
        for (row, weight) in picture.bytes[span.first * stride..].chunks_exact(stride).zip(&span.weights) {
            for (sum, &value) in sums.iter_mut().zip(row) {
                *sum += i32::from(value) * weight;
            }
        }
        bytes.extend(sums.iter().map(|&sum| byte(sum)));
    }
    Rgb { width: picture.width, height, bytes }
}

fn nearest(picture: &Rgb, width: usize, height: usize) -> Rgb {
    let columns = places(picture.width, width);
    let mut bytes = Vec::with_capacity(width * height * 3);
    for row in places(picture.height, height) {
        let row = &picture.bytes[row * picture.width * 3..];
        columns.iter().for_each(|&column| bytes.extend_from_slice(&row[column * 3..column * 3 + 3]));
    }
    Rgb { width, height, bytes }
}

/// The input pixel under the middle of each output pixel. Steps are added up, as Pillow does, so that roundings agree.
fn places(from: usize, to: usize) -> Vec<usize> {
    let step = from as f64 / to as f64;
    let mut at = step * 0.5;
    let next = |_| {
        let place = (at as usize).min(from - 1);
        at += step;
        place
    };
    (0..to).map(next).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    #[test]
    fn weights_of_every_pixel_add_up_to_one() {
        for number in 1..6 {
            let filter = Filter::of_setting(number).unwrap();
            for (from, to) in [(32, 224), (100, 7), (5, 5), (1, 9), (9, 1)] {
                for span in spans(from, to, filter) {
                    // Each weight is rounded by at most half a unit.
                    let sum: i32 = span.weights.iter().sum();
                    assert!((sum - (1 << BITS)).abs() <= span.weights.len() as i32, "{filter:?} {from} {to}");
                    assert!(span.first + span.weights.len() <= from && !span.weights.is_empty());
                }
            }
        }
    }

    #[test]
    fn a_flat_picture_stays_flat_and_the_same_size_stays_the_same() {
        let flat = Rgb::new(9, 5, vec![77; 9 * 5 * 3]).unwrap();
        for number in 0..6 {
            let filter = Filter::of_setting(number).unwrap();
            assert!(resize(&flat, 4, 13, filter).bytes.iter().all(|&value| value == 77));
            assert_eq!(resize(&flat, 9, 5, filter), flat);
        }
        assert_eq!(Filter::of_setting(6), None);
    }

    #[test]
    fn half_the_size_is_the_mean_of_pairs_for_the_box() {
        let picture = Rgb::new(4, 1, [10, 20, 30, 50].iter().flat_map(|&value| [value; 3]).collect()).unwrap();
        assert_eq!(resize(&picture, 2, 1, Filter::Box).bytes, [15, 15, 15, 40, 40, 40]);
        assert_eq!(resize(&picture, 2, 1, Filter::Nearest).bytes, [20, 20, 20, 50, 50, 50]);
    }
}
