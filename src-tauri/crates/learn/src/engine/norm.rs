//! Layer norm, and division of a row by its length.

use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use super::curve::wide;
use super::views::{column_sums, rows_at_once, slice, view};

/// y = (x − mean) / √(variance + ε) · weight + bias, row by row; operands `x`, `weight`, `bias`.
pub struct LayerNorm(pub f32);

/// Lanes of a sum: enough for vector instructions, and the same order on every machine.
const LANES: usize = 16;

/// Sum of `f` over two rows of equal length.
#[inline(always)]
fn sum(a: &[f32], b: &[f32], f: impl Fn(f32, f32) -> f32) -> f32 {
    let mut lanes = [0.0_f32; LANES];
    let (a, b) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in a.0.iter().zip(b.0) {
        for at in 0..LANES {
            lanes[at] += f(a[at], b[at]);
        }
    }
    let rest: f32 = a.1.iter().zip(b.1).map(|(&a, &b)| f(a, b)).sum();
    lanes.iter().sum::<f32>() + rest
}

/// Mean, and the inverse of the standard deviation.
#[inline(always)]
fn moments(x: &[f32], epsilon: f32) -> (f32, f32) {
    let count = x.len() as f32;
    let mean = sum(x, x, |x, _| x) / count;
    let variance = sum(x, x, |x, _| (x - mean) * (x - mean)) / count;
    (mean, 1.0 / (variance + epsilon).sqrt())
}

#[inline(always)]
fn forward_row(x: &[f32], weight: &[f32], bias: &[f32], epsilon: f32, y: &mut [f32]) {
    let (mean, scale) = moments(x, epsilon);
    for (((y, x), weight), bias) in y.iter_mut().zip(x).zip(weight).zip(bias) {
        *y = (x - mean) * scale * weight + bias;
    }
}

/// With n = (x − mean) · scale and g = grad · weight: dx = scale · (g − mean(g) − n · mean(g n)).
///
/// `into` gets dx, `share` grad · n, whose column sums are the gradient of the weight.
#[inline(always)]
fn backward_row(x: &[f32], weight: &[f32], grad: &[f32], epsilon: f32, into: &mut [f32], share: &mut [f32]) {
    let (mean, scale) = moments(x, epsilon);
    for (((into, share), (x, weight)), grad) in into.iter_mut().zip(&mut *share).zip(x.iter().zip(weight)).zip(grad) {
        *share = grad * ((x - mean) * scale);
        *into = grad * weight;
    }
    let count = x.len() as f32;
    let middle = sum(into, into, |g, _| g) / count;
    let along = sum(into, x, |g, x| g * ((x - mean) * scale)) / count;
    for (into, x) in into.iter_mut().zip(x) {
        *into = scale * (*into - middle - (x - mean) * scale * along);
    }
}

impl LayerNorm {
    /// Gradient of `x`, and grad · n.
    fn backward(&self, x: &[f32], weight: &[f32], grad: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let width = weight.len();
        let piece = width * rows_at_once(width);
        let (mut into, mut share) = (vec![0.0; x.len()], vec![0.0; x.len()]);
        let outs = into.par_chunks_mut(piece).zip(share.par_chunks_mut(piece));
        outs.zip(x.par_chunks(piece).zip(grad.par_chunks(piece))).for_each(|((into, share), (x, grad))| {
            let outs = into.chunks_exact_mut(width).zip(share.chunks_exact_mut(width));
            let rows = outs.zip(x.chunks_exact(width).zip(grad.chunks_exact(width)));
            wide(
                #[inline(always)]
                || {
                    for ((into, share), (x, grad)) in rows {
                        backward_row(x, weight, grad, self.0, into, share);
                    }
                },
            );
        });
        (into, share)
    }
}

impl CustomOp3 for LayerNorm {
    fn name(&self) -> &'static str {
        "layer-norm"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        at: &Layout,
        weight: &CpuStorage,
        weight_at: &Layout,
        bias: &CpuStorage,
        bias_at: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (x, weight, bias) = (slice(x, at)?, slice(weight, weight_at)?, slice(bias, bias_at)?);
        let width = weight.len();
        let piece = width * rows_at_once(width);
        let mut y = vec![0.0; x.len()];
        y.par_chunks_mut(piece).zip(x.par_chunks(piece)).for_each(|(y, x)| {
            let rows = y.chunks_exact_mut(width).zip(x.chunks_exact(width));
            wide(
                #[inline(always)]
                || {
                    for (y, x) in rows {
                        forward_row(x, weight, bias, self.0, y);
                    }
                },
            );
        });
        Ok((CpuStorage::F32(y), at.shape().clone()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let grad = grad.contiguous()?;
        let grad = view(&grad)?;
        let width = weight.elem_count();
        let (into, share) = self.backward(&view(x)?, &view(weight)?, &grad);
        let device = x.device();
        Ok((
            Some(Tensor::from_vec(into, x.shape(), device)?),
            Some(Tensor::from_vec(column_sums(&share, width), weight.shape(), device)?),
            Some(Tensor::from_vec(column_sums(&grad, width), bias.shape(), device)?),
        ))
    }
}
