//! Attention of all heads as one operation: no copies between layouts, examples spread over all cores.

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor};
use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::curve::exp;
use super::matrix::Matrix;
use super::views::{column_sums, slice, view};
use crate::net::Sight;

/// Score of what must not be seen: e to its power is 0 beside any other.
const UNSEEN: f32 = -1e30;

/// Operands: queries, keys and values side by side `[b, n, 3d]`, and their biases `[3d]`. Result: `[b, n, d]`.
pub struct Attend {
    pub heads: usize,
    pub sight: Sight,
    /// For every token of every example whether it is there; none: all are.
    pub mask: Option<Arc<[bool]>>,
}

/// One head of one example, and room for its steps.
#[derive(Default)]
struct Room {
    query: Matrix,
    key: Matrix,
    value: Matrix,
    turned: Matrix,
    /// Scores, then shares: every row sums to 1.
    shares: Matrix,
    out: Matrix,
    more: Matrix,
    last: Matrix,
}

/// What all heads of one example have in common.
#[derive(Clone, Copy)]
struct Example<'a> {
    /// `[n, 3d]`.
    joined: &'a [f32],
    bias: &'a [f32],
    mask: Option<&'a [bool]>,
    heads: usize,
    sight: Sight,
}

impl Example<'_> {
    /// d.
    fn width(self) -> usize {
        self.bias.len() / 3
    }

    /// Numbers of one head.
    fn depth(self) -> usize {
        self.width() / self.heads
    }

    fn scale(self) -> f32 {
        1.0 / (self.depth() as f32).sqrt()
    }

    /// Queries (part 0, scaled), keys (1) or values (2) of a head, with their bias.
    #[inline(always)]
    fn load(self, part: usize, head: usize, into: &mut Matrix) {
        let (start, depth) = (part * self.width() + head * self.depth(), self.depth());
        let scale = if part == 0 { self.scale() } else { 1.0 };
        into.reset(self.joined.len() / self.bias.len(), depth);
        for (at, row) in self.joined.chunks_exact(self.bias.len()).enumerate() {
            let inputs = row[start..][..depth].iter().zip(&self.bias[start..][..depth]);
            into.row_mut(at).iter_mut().zip(inputs).for_each(|(into, (x, bias))| *into = (x + bias) * scale);
        }
    }

    /// Fills queries, keys, values and shares of a head.
    #[inline(always)]
    fn prepare<S: Simd>(self, simd: S, head: usize, room: &mut Room) {
        self.load(0, head, &mut room.query);
        self.load(1, head, &mut room.key);
        self.load(2, head, &mut room.value);
        room.turned.transpose_of(&room.key);
        room.shares.product_of(simd, &room.query, &room.turned);
        for at in 0..room.shares.rows {
            self.share(at, room.shares.row_mut(at));
        }
    }

    /// Scores of one token become shares.
    #[inline(always)]
    fn share(self, token: usize, scores: &mut [f32]) {
        if self.sight == Sight::Backwards {
            scores[token + 1..].fill(UNSEEN);
        }
        if let Some(mask) = self.mask {
            scores.iter_mut().zip(mask).filter(|(_, is_there)| !**is_there).for_each(|(score, _)| *score = UNSEEN);
        }
        let largest = lanes(scores, UNSEEN, |most, score| if score > most { score } else { most });
        scores.iter_mut().for_each(|score| *score = exp(*score - largest));
        let scale = 1.0 / lanes(scores, 0.0, |sum, score| sum + score);
        scores.iter_mut().for_each(|score| *score *= scale);
    }

    /// Output of one example, `[n, d]`.
    #[inline(always)]
    fn forward<S: Simd>(self, simd: S, room: &mut Room, y: &mut [f32]) {
        for head in 0..self.heads {
            self.prepare(simd, head, room);
            room.out.product_of(simd, &room.shares, &room.value);
            for (at, row) in y.chunks_exact_mut(self.width()).enumerate() {
                row[head * self.depth()..][..self.depth()].copy_from_slice(room.out.row(at));
            }
        }
    }

    /// Gradient of the joined operand of one example, `[n, 3d]`; `grad` is that of the output, `[n, d]`.
    #[inline(always)]
    fn backward<S: Simd>(self, simd: S, room: &mut Room, grad: &[f32], into: &mut [f32]) {
        for head in 0..self.heads {
            self.prepare(simd, head, room);
            self.load_grad(head, grad, &mut room.out);
            // Values: sharesᵀ · grad.
            room.turned.transpose_of(&room.shares);
            room.more.product_of(simd, &room.turned, &room.out);
            self.store(2, head, 1.0, &room.more, into);
            // Scores: shares · (grad · valuesᵀ − its mean under the shares).
            room.turned.transpose_of(&room.value);
            room.more.product_of(simd, &room.out, &room.turned);
            for at in 0..room.more.rows {
                through_shares(room.shares.row(at), room.more.row_mut(at));
            }
            room.last.product_of(simd, &room.more, &room.key);
            self.store(0, head, self.scale(), &room.last, into);
            // Queries are scaled already.
            room.turned.transpose_of(&room.more);
            room.last.product_of(simd, &room.turned, &room.query);
            self.store(1, head, 1.0, &room.last, into);
        }
    }

    #[inline(always)]
    fn load_grad(self, head: usize, grad: &[f32], into: &mut Matrix) {
        into.reset(grad.len() / self.width(), self.depth());
        for (at, row) in grad.chunks_exact(self.width()).enumerate() {
            into.row_mut(at).copy_from_slice(&row[head * self.depth()..][..self.depth()]);
        }
    }

    #[inline(always)]
    fn store(self, part: usize, head: usize, scale: f32, from: &Matrix, into: &mut [f32]) {
        let start = part * self.width() + head * self.depth();
        for (at, row) in into.chunks_exact_mut(self.bias.len()).enumerate() {
            row[start..][..self.depth()].iter_mut().zip(from.row(at)).for_each(|(into, from)| *into = from * scale);
        }
    }
}

/// Numbers folded in 16 lanes, so that it can be done in vectors and the order is the same everywhere.
#[inline(always)]
fn lanes(values: &[f32], start: f32, fold: impl Fn(f32, f32) -> f32) -> f32 {
    let (chunks, rest) = values.as_chunks::<16>();
    let mut lanes = [start; 16];
    for chunk in chunks {
        lanes.iter_mut().zip(chunk).for_each(|(lane, &value)| *lane = fold(*lane, value));
    }
    lanes.iter().chain(rest).fold(start, |folded, &value| fold(folded, value))
}

/// The gradient of shares becomes that of scores.
#[inline(always)]
fn through_shares(shares: &[f32], grad: &mut [f32]) {
    shares.iter().zip(&mut *grad).for_each(|(share, grad)| *grad *= share);
    let mean = lanes(grad, 0.0, |sum, value| sum + value);
    shares.iter().zip(grad).for_each(|(share, grad)| *grad -= share * mean);
}

/// The forward pass of one example.
struct Forward<'a>(Example<'a>, &'a mut Room, &'a mut [f32]);

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.0.forward(simd, self.1, self.2);
    }
}

/// The backward pass of one example.
struct Backward<'a>(Example<'a>, &'a mut Room, &'a [f32], &'a mut [f32]);

impl WithSimd for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.0.backward(simd, self.1, self.2, self.3);
    }
}

impl Attend {
    fn example<'a>(&'a self, at: usize, joined: &'a [f32], bias: &'a [f32]) -> Example<'a> {
        let tokens = joined.len() / bias.len();
        let mask = self.mask.as_deref().map(|mask| &mask[at * tokens..][..tokens]);
        Example { joined, bias, mask, heads: self.heads, sight: self.sight }
    }

    fn forward(&self, joined: &[f32], bias: &[f32], tokens: usize) -> Vec<f32> {
        let width = bias.len();
        let mut y = vec![0.0; joined.len() / 3];
        let examples = y.par_chunks_mut(tokens * width / 3).zip(joined.par_chunks(tokens * width)).enumerate();
        examples.for_each_init(Room::default, |room, (at, (y, joined))| {
            pulp::Arch::new().dispatch(Forward(self.example(at, joined, bias), room, y));
        });
        y
    }

    fn backward(&self, joined: &[f32], bias: &[f32], grad: &[f32], tokens: usize) -> Vec<f32> {
        let width = bias.len();
        let mut into = vec![0.0; joined.len()];
        let inputs = joined.par_chunks(tokens * width).zip(grad.par_chunks(tokens * width / 3));
        let examples = into.par_chunks_mut(tokens * width).zip(inputs).enumerate();
        examples.for_each_init(Room::default, |room, (at, (into, (joined, grad)))| {
            pulp::Arch::new().dispatch(Backward(self.example(at, joined, bias), room, grad, into));
        });
        into
    }
}

impl CustomOp2 for Attend {
    fn name(&self) -> &'static str {
        "attention"
    }

    fn cpu_fwd(&self, x: &CpuStorage, at: &Layout, bias: &CpuStorage, bias_at: &Layout) -> Result<(CpuStorage, Shape)> {
        let (examples, tokens, width) = at.shape().dims3()?;
        let y = self.forward(slice(x, at)?, slice(bias, bias_at)?, tokens);
        Ok((CpuStorage::F32(y), (examples, tokens, width / 3).into()))
    }

    fn bwd(&self, x: &Tensor, bias: &Tensor, _: &Tensor, grad: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let grad = grad.contiguous()?;
        let into = self.backward(&view(x)?, &view(bias)?, &view(&grad)?, x.dim(1)?);
        let sums = Tensor::from_vec(column_sums(&into, bias.elem_count()), bias.shape(), bias.device())?;
        Ok((Some(Tensor::from_vec(into, x.shape(), x.device())?), Some(sums)))
    }
}
