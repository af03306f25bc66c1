//! y = f(x + bias): what follows a matrix product, in one pass over memory.

use candle_core::{CpuStorage, CustomOp2, CustomOp3, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use super::curve::{Curve, ForCurve, wide, with_curve};
use super::views::{column_sums, rows_at_once, slice, view};
use crate::net::Activation;

/// Adds a row to every row of a matrix and applies a function; none: leaves it at the sum.
pub struct BiasThen(pub Option<Activation>);

struct Forward<'a> {
    x: &'a [f32],
    bias: &'a [f32],
}

impl ForCurve for Forward<'_> {
    type Out = Vec<f32>;

    fn run<C: Curve>(self) -> Vec<f32> {
        let Self { x, bias } = self;
        let mut y = vec![0.0; x.len()];
        let piece = bias.len() * rows_at_once(bias.len());
        y.par_chunks_mut(piece).zip(x.par_chunks(piece)).for_each(|(y, x)| {
            wide(
                #[inline(always)]
                || {
                    for (y, x) in y.chunks_exact_mut(bias.len()).zip(x.chunks_exact(bias.len())) {
                        for ((y, x), bias) in y.iter_mut().zip(x).zip(bias) {
                            *y = C::value(x + bias);
                        }
                    }
                },
            );
        });
        y
    }
}

struct Backward<'a> {
    x: &'a [f32],
    bias: &'a [f32],
    grad: &'a [f32],
}

impl ForCurve for Backward<'_> {
    type Out = Vec<f32>;

    fn run<C: Curve>(self) -> Vec<f32> {
        let Self { x, bias, grad } = self;
        let mut out = vec![0.0; x.len()];
        let piece = bias.len() * rows_at_once(bias.len());
        out.par_chunks_mut(piece).zip(x.par_chunks(piece)).zip(grad.par_chunks(piece)).for_each(|((out, x), grad)| {
            let width = bias.len();
            wide(
                #[inline(always)]
                || {
                    let rows = out.chunks_exact_mut(width).zip(x.chunks_exact(width)).zip(grad.chunks_exact(width));
                    for ((out, x), grad) in rows {
                        for (((out, x), bias), grad) in out.iter_mut().zip(x).zip(bias).zip(grad) {
                            *out = grad * C::slope(x + bias);
                        }
                    }
                },
            );
        });
        out
    }
}

impl CustomOp2 for BiasThen {
    fn name(&self) -> &'static str {
        "bias-then"
    }

    fn cpu_fwd(&self, x: &CpuStorage, at: &Layout, bias: &CpuStorage, bias_at: &Layout) -> Result<(CpuStorage, Shape)> {
        let work = Forward { x: slice(x, at)?, bias: slice(bias, bias_at)? };
        Ok((CpuStorage::F32(with_curve(self.0, work)), at.shape().clone()))
    }

    fn bwd(&self, x: &Tensor, bias: &Tensor, _: &Tensor, grad: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let grad = grad.contiguous()?;
        let width = bias.elem_count();
        let work = Backward { x: &view(x)?, bias: &view(bias)?, grad: &view(&grad)? };
        let into = with_curve(self.0, work);
        let sums = Tensor::from_vec(column_sums(&into, width), bias.shape(), bias.device())?;
        Ok((Some(Tensor::from_vec(into, x.shape(), x.device())?), Some(sums)))
    }
}

/// y = x + bias + kept: the end of a block's branch; operands `x`, `bias`, `kept`.
pub struct BiasAdd;

impl CustomOp3 for BiasAdd {
    fn name(&self) -> &'static str {
        "bias-add"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        at: &Layout,
        bias: &CpuStorage,
        bias_at: &Layout,
        kept: &CpuStorage,
        kept_at: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (x, bias, kept) = (slice(x, at)?, slice(bias, bias_at)?, slice(kept, kept_at)?);
        let width = bias.len();
        let piece = width * rows_at_once(width);
        let mut y = vec![0.0; x.len()];
        y.par_chunks_mut(piece).zip(x.par_chunks(piece)).zip(kept.par_chunks(piece)).for_each(|((y, x), kept)| {
            wide(
                #[inline(always)]
                || {
                    let rows = y.chunks_exact_mut(width).zip(x.chunks_exact(width)).zip(kept.chunks_exact(width));
                    for ((y, x), kept) in rows {
                        for (((y, x), bias), kept) in y.iter_mut().zip(x).zip(bias).zip(kept) {
                            *y = x + bias + kept;
                        }
                    }
                },
            );
        });
        Ok((CpuStorage::F32(y), at.shape().clone()))
    }

    fn bwd(
        &self,
        _: &Tensor,
        bias: &Tensor,
        _: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let grad = grad.contiguous()?;
        let sums = column_sums(&view(&grad)?, bias.elem_count());
        let sums = Tensor::from_vec(sums, bias.shape(), bias.device())?;
        Ok((Some(grad.clone()), Some(sums), Some(grad)))
    }
}
