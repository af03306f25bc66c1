//! One walk along a list of operations; every step has a backward pass.

use std::collections::HashMap;
use std::sync::Arc;

use candle_core::{Device, Tensor};

use super::attention::Attend;
use super::back::Saved;
use super::bias::{BiasAdd, BiasThen};
use super::norm::LayerNorm;
use crate::Error;
use crate::net::{Activation, Array, Attention, Batch, Counting, Linear, Op, Pool, Tokens};

/// Tensors of a list of operations.
#[derive(Debug, Clone)]
pub struct Weights {
    by_name: HashMap<String, Tensor>,
    /// Queries, keys and values side by side, by the name of the query's weight: `[3d, d]` and `[3d]`.
    joined: HashMap<String, (Tensor, Tensor)>,
}

impl Weights {
    /// Weights for these operations.
    pub fn new(ops: &[Op], by_name: HashMap<String, Tensor>) -> Result<Self, Error> {
        let mut weights = Self { by_name, joined: HashMap::new() };
        for op in ops {
            if let Op::Attention(attention) = op {
                let joined = weights.join(attention)?;
                weights.joined.insert(attention.query.weight.clone(), joined);
            }
        }
        Ok(weights)
    }

    pub fn get(&self, name: &str) -> Result<&Tensor, Error> {
        self.by_name.get(name).ok_or_else(|| Error::Missing { name: name.into() })
    }

    pub fn all(&self) -> &HashMap<String, Tensor> {
        &self.by_name
    }

    /// Queries, keys and values of an attention side by side.
    pub fn joined(&self, attention: &Attention) -> Result<&(Tensor, Tensor), Error> {
        let name = &attention.query.weight;
        self.joined.get(name).ok_or_else(|| Error::Missing { name: name.clone() })
    }

    fn join(&self, attention: &Attention) -> Result<(Tensor, Tensor), Error> {
        let maps = [&attention.query, &attention.key, &attention.value];
        let weights = maps.iter().map(|map| self.get(&map.weight)).collect::<Result<Vec<_>, Error>>()?;
        let biases = maps.iter().map(|map| self.bias(map)).collect::<Result<Vec<_>, Error>>()?;
        Ok((Tensor::cat(&weights, 0)?, Tensor::cat(&biases, 0)?))
    }

    /// The bias of a map; zeros where it has none.
    pub fn bias(&self, map: &Linear) -> Result<Tensor, Error> {
        match &map.bias {
            Some(name) => Ok(self.get(name)?.clone()),
            None => {
                let weight = self.get(&map.weight)?;
                Ok(Tensor::zeros(weight.dim(0)?, weight.dtype(), weight.device())?)
            }
        }
    }
}

/// A value as a tensor.
pub fn tensor(array: &Array) -> Result<Tensor, Error> {
    Ok(Tensor::from_vec(array.values.clone(), array.shape.clone(), &Device::Cpu)?)
}

/// A tensor as plain numbers.
pub fn array(tensor: &Tensor) -> Result<Array, Error> {
    Array::new(tensor.dims().to_vec(), tensor.flatten_all()?.to_vec1()?)
}

/// What a walk yields.
pub struct Walked {
    /// The last value.
    pub value: Tensor,
    /// Recorded hidden states.
    pub hidden: Vec<Tensor>,
}

/// The state of a walk.
struct Walk<'a> {
    weights: &'a Weights,
    batch: Option<&'a Batch>,
    x: Tensor,
    kept: Vec<Tensor>,
    hidden: Vec<Tensor>,
    /// What the way back needs; `None` where there is no way back.
    tape: Option<Vec<Saved<'a>>>,
}

/// What follows a linear map.
#[derive(Debug, Clone, Copy)]
pub enum Then {
    Nothing,
    Activate(Activation),
    AddKept,
}

/// Walks from a batch to the end of the list.
pub fn from_batch(ops: &[Op], weights: &Weights, batch: &Batch) -> Result<Walked, Error> {
    let end = walk(ops, Walk::new(weights, Some(batch), first(batch)?))?;
    Ok(Walked { value: end.x, hidden: end.hidden })
}

/// Walks from a value to the end of the list.
pub fn from_value(ops: &[Op], weights: &Weights, x: Tensor) -> Result<Tensor, Error> {
    Ok(walk(ops, Walk::new(weights, None, x))?.x)
}

/// Walks from a batch to the end of the list, and tells what the way back needs.
pub fn recorded<'a>(ops: &'a [Op], weights: &'a Weights, batch: &'a Batch) -> Result<(Tensor, Vec<Saved<'a>>), Error> {
    let start = Walk { tape: Some(vec![]), ..Walk::new(weights, Some(batch), first(batch)?) };
    let end = walk(ops, start)?;
    Ok((end.x, end.tape.unwrap_or_default()))
}

/// The same from a value.
pub fn recorded_from<'a>(ops: &'a [Op], weights: &'a Weights, x: Tensor) -> Result<(Tensor, Vec<Saved<'a>>), Error> {
    let end = walk(ops, Walk { tape: Some(vec![]), ..Walk::new(weights, None, x) })?;
    Ok((end.x, end.tape.unwrap_or_default()))
}

/// What the first operation finds.
fn first(batch: &Batch) -> Result<Tensor, Error> {
    match batch {
        Batch::Vectors(rows) => tensor(rows),
        // The first operation reads the batch itself.
        Batch::Pictures(_) | Batch::Tokens(_) => Ok(Tensor::zeros(1, candle_core::DType::F32, &Device::Cpu)?),
    }
}

fn walk<'a>(mut ops: &'a [Op], mut state: Walk<'a>) -> Result<Walk<'a>, Error> {
    while let Some((op, rest)) = ops.split_first() {
        // Two operations in one pass over memory, where one follows the other.
        ops = match (op, rest) {
            (Op::Linear(map), [Op::Activate(activation), rest @ ..]) => {
                state.linear(map, Then::Activate(*activation))?;
                rest
            }
            (Op::Linear(map), [Op::AddKept, rest @ ..]) => {
                state.linear(map, Then::AddKept)?;
                rest
            }
            (Op::Attention(attention), [Op::AddKept, rest @ ..]) => {
                state.attention(attention, Then::AddKept)?;
                rest
            }
            _ => {
                state.step(op)?;
                rest
            }
        };
    }
    Ok(state)
}

impl<'a> Walk<'a> {
    fn new(weights: &'a Weights, batch: Option<&'a Batch>, x: Tensor) -> Self {
        Self { weights, batch, x, kept: vec![], hidden: vec![], tape: None }
    }

    /// Notes what the way back needs; `saved` is only asked where there is one.
    fn note(&mut self, saved: impl FnOnce(&Self) -> Saved<'a>) {
        if self.tape.is_some() {
            let saved = saved(self);
            self.tape.get_or_insert_default().push(saved);
        }
    }

    fn step(&mut self, op: &'a Op) -> Result<(), Error> {
        match op {
            Op::Patches { map, size } => self.patches(map, *size),
            Op::Embed(table) => self.embed(table),
            Op::Kinds(table) => self.kinds(table),
            Op::Prepend(token) => self.prepend(token),
            Op::Positions { table, counting } => self.positions(table, *counting),
            Op::LayerNorm { weight, bias, epsilon } => self.layer_norm(weight, bias, *epsilon),
            Op::Linear(map) => self.linear(map, Then::Nothing),
            Op::Attention(attention) => self.attention(attention, Then::Nothing),
            Op::Activate(activation) => self.activate(*activation),
            Op::Keep => {
                self.kept.push(self.x.clone());
                self.note(|_| Saved::Keep);
                Ok(())
            }
            Op::AddKept => self.add_kept(),
            Op::Record => {
                self.hidden.push(self.x.clone());
                Ok(())
            }
            Op::Pool(pool) => self.pool(*pool),
            Op::Normalise => self.normalise(),
        }
    }

    fn tokens(&self) -> Result<&Tokens, Error> {
        match self.batch {
            Some(Batch::Tokens(tokens)) => Ok(tokens),
            _ => Err(Error::Batch { fault: "sentences are needed".into() }),
        }
    }

    fn patches(&mut self, map: &'a Linear, size: usize) -> Result<(), Error> {
        let Some(Batch::Pictures(pictures)) = self.batch else {
            return Err(Error::Batch { fault: "pictures are needed".into() });
        };
        let (count, squares) = squares(pictures, size)?;
        let inner = squares.len() / count;
        let weight = self.weights.get(&map.weight)?.flatten_from(1)?;
        let rows = Tensor::from_vec(squares, (count, inner), &Device::Cpu)?;
        self.note(|_| Saved::Patches { squares: rows.clone(), map });
        let x = rows.matmul(&weight.t()?)?;
        let x = if map.bias.is_some() { x.apply_op2(&self.weights.bias(map)?, BiasThen(None))? } else { x };
        let examples = pictures.shape.first().copied().unwrap_or(1);
        self.x = x.reshape((examples, count / examples.max(1), weight.dim(0)?))?;
        Ok(())
    }

    fn embed(&mut self, table: &'a str) -> Result<(), Error> {
        let (ids, length) = (self.tokens()?.ids.clone(), self.tokens()?.length);
        self.note(|_| Saved::Rows { table, ids: ids.clone() });
        self.x = self.rows_of(table, ids, length)?;
        Ok(())
    }

    /// Rows of a table, `[b, length, d]`.
    fn rows_of(&self, table: &str, ids: Vec<u32>, length: usize) -> Result<Tensor, Error> {
        let (count, table) = (ids.len(), self.weights.get(table)?);
        let ids = Tensor::from_vec(ids, count, &Device::Cpu)?;
        Ok(table.index_select(&ids, 0)?.reshape((count / length, length, table.dim(1)?))?)
    }

    fn kinds(&mut self, table: &'a str) -> Result<(), Error> {
        let ids = self.tokens()?.kinds.clone().unwrap_or_else(|| vec![0; self.batch.map_or(0, Batch::tokens)]);
        self.note(|_| Saved::Rows { table, ids });
        self.x = match self.tokens()?.kinds.clone() {
            Some(kinds) => (&self.x + self.rows_of(table, kinds, self.tokens()?.length)?)?,
            None => self.x.apply_op2(&self.weights.get(table)?.get(0)?, BiasThen(None))?,
        };
        Ok(())
    }

    fn prepend(&mut self, name: &'a str) -> Result<(), Error> {
        let (examples, _, width) = self.x.dims3()?;
        self.note(|_| Saved::Prepend { token: name });
        let token = self.weights.get(name)?.reshape((1, 1, width))?.broadcast_as((examples, 1, width))?;
        self.x = Tensor::cat(&[&token.contiguous()?, &self.x], 1)?;
        Ok(())
    }

    fn positions(&mut self, table: &'a str, counting: Counting) -> Result<(), Error> {
        let (_, length, width) = self.x.dims3()?;
        self.x = match counting {
            Counting::InOrder => {
                self.note(|_| Saved::Positions { table, length });
                // An example is one long row to which the table is added.
                let rows = self.weights.get(table)?.reshape(((), width))?.narrow(0, 0, length)?.flatten_all()?;
                self.x.apply_op2(&rows, BiasThen(None))?
            }
            Counting::AfterPadding(padding) => {
                let ids = after_padding(&self.tokens()?.ids, length, padding);
                self.note(|_| Saved::Rows { table, ids: ids.clone() });
                (&self.x + self.rows_of(table, ids, length)?)?
            }
        };
        Ok(())
    }

    fn layer_norm(&mut self, weight: &'a str, bias: &'a str, epsilon: f32) -> Result<(), Error> {
        self.note(|state| Saved::LayerNorm { x: state.x.clone(), weight, bias, epsilon });
        let (weight, bias) = (self.weights.get(weight)?, self.weights.get(bias)?);
        fits(weight.elem_count() == self.x.dim(candle_core::D::Minus1)?, "a layer norm of another width")?;
        self.x = self.x.apply_op3(weight, bias, LayerNorm(epsilon))?;
        Ok(())
    }

    fn linear(&mut self, map: &'a Linear, then: Then) -> Result<(), Error> {
        let product = times(&self.x, self.weights.get(&map.weight)?)?;
        self.note(|state| Saved::Linear { x: state.x.clone(), product: product.clone(), map, then });
        self.x = match then {
            Then::Nothing if map.bias.is_none() => product,
            Then::Nothing => product.apply_op2(&self.weights.bias(map)?, BiasThen(None))?,
            Then::Activate(activation) => product.apply_op2(&self.weights.bias(map)?, BiasThen(Some(activation)))?,
            Then::AddKept => product.apply_op3(&self.weights.bias(map)?, &self.pop()?, BiasAdd)?,
        };
        Ok(())
    }

    /// The top of the stack, taken off.
    fn pop(&mut self) -> Result<Tensor, Error> {
        self.kept.pop().ok_or_else(|| Error::Engine { fault: "nothing was kept".into() })
    }

    fn attention(&mut self, attention: &'a Attention, then: Then) -> Result<(), Error> {
        let (weight, bias) = self.weights.joined(attention)?;
        let mask = match self.batch {
            Some(Batch::Tokens(tokens)) if tokens.mask.contains(&false) => Some(Arc::from(tokens.mask.as_slice())),
            _ => None,
        };
        let attend = Attend { heads: attention.heads, sight: attention.sight, mask: mask.clone() };
        let product = times(&self.x, weight)?;
        self.note(|state| Saved::Attend { x: state.x.clone(), product: product.clone(), attention, mask });
        self.x = product.apply_op2(bias, attend)?;
        self.linear(&attention.output, then)
    }

    fn activate(&mut self, activation: Activation) -> Result<(), Error> {
        self.note(|state| Saved::Activate { x: state.x.clone(), activation });
        let nothing = Tensor::zeros(self.x.dim(candle_core::D::Minus1)?, self.x.dtype(), self.x.device())?;
        self.x = self.x.apply_op2(&nothing, BiasThen(Some(activation)))?;
        Ok(())
    }

    fn add_kept(&mut self) -> Result<(), Error> {
        let kept = self.pop()?;
        self.note(|_| Saved::AddKept);
        self.x = (&self.x + kept)?;
        Ok(())
    }

    fn pool(&mut self, pool: Pool) -> Result<(), Error> {
        let (examples, length, width) = self.x.dims3()?;
        self.x = match pool {
            Pool::Mean => self.mean(examples, length)?,
            Pool::First => self.chosen(vec![0; examples], length, width)?,
            Pool::AtLargest => self.chosen(self.places(largest)?, length, width)?,
            Pool::AtToken(token) => {
                let found = |row: &[u32]| row.iter().position(|&id| id == token).unwrap_or(0);
                self.chosen(self.places(found)?, length, width)?
            }
        };
        Ok(())
    }

    /// One place in every sentence.
    fn places(&self, find: impl Fn(&[u32]) -> usize) -> Result<Vec<usize>, Error> {
        let tokens = self.tokens()?;
        Ok(tokens.ids.chunks(tokens.length).map(find).collect())
    }

    /// One token of every example: `[b, d]`.
    fn chosen(&mut self, places: Vec<usize>, length: usize, width: usize) -> Result<Tensor, Error> {
        let rows: Vec<u32> = places.iter().enumerate().map(|(at, place)| (at * length + place) as u32).collect();
        self.note(|_| Saved::Chosen { rows: rows.clone(), length });
        let rows = Tensor::from_vec(rows, places.len(), &Device::Cpu)?;
        Ok(self.x.reshape(((), width))?.index_select(&rows, 0)?)
    }

    /// The mean of the tokens that are there: `[b, d]`.
    fn mean(&mut self, examples: usize, length: usize) -> Result<Tensor, Error> {
        let share = |row: &[bool]| {
            let each = 1.0 / row.iter().filter(|is_there| **is_there).count().max(1) as f32;
            row.iter().map(|&is_there| if is_there { each } else { 0.0 }).collect::<Vec<f32>>()
        };
        let shares: Vec<f32> = self.tokens()?.mask.chunks(length).flat_map(share).collect();
        self.note(|_| Saved::Mean { shares: shares.clone() });
        let shares = Tensor::from_vec(shares, (examples, length, 1), &Device::Cpu)?;
        Ok(self.x.broadcast_mul(&shares)?.sum(1)?)
    }

    fn normalise(&mut self) -> Result<(), Error> {
        self.note(|state| Saved::Normalise { x: state.x.clone() });
        let length = self.x.sqr()?.sum_keepdim(candle_core::D::Minus1)?.sqrt()?;
        self.x = self.x.broadcast_div(&length)?;
        Ok(())
    }
}

fn fits(holds: bool, fault: &str) -> Result<(), Error> {
    if holds { Ok(()) } else { Err(Error::Engine { fault: fault.into() }) }
}

/// `x · weightᵀ` over the last axis.
fn times(x: &Tensor, weight: &Tensor) -> Result<Tensor, Error> {
    let (out, inner) = weight.dims2()?;
    let mut shape = x.dims().to_vec();
    fits(shape.pop() == Some(inner), "a linear map of another width")?;
    shape.push(out);
    Ok(x.reshape(((), inner))?.matmul(&weight.t()?)?.reshape(shape)?)
}

/// Index of the largest number, the first of equals.
fn largest(row: &[u32]) -> usize {
    let most = row.iter().max();
    row.iter().position(|id| Some(id) == most).unwrap_or(0)
}

/// RoBERTa's rows: padding takes its own, others are counted from the next one.
fn after_padding(ids: &[u32], length: usize, padding: u32) -> Vec<u32> {
    let row = |row: &[u32]| {
        let mut seen = padding;
        let place = |&id: &u32| {
            seen += u32::from(id != padding);
            if id == padding { padding } else { seen }
        };
        row.iter().map(place).collect::<Vec<u32>>()
    };
    ids.chunks(length).flat_map(row).collect()
}

/// Pictures cut into squares: their number, and `[squares, channels · size · size]` row by row.
fn squares(pictures: &Array, size: usize) -> Result<(usize, Vec<f32>), Error> {
    let &[examples, channels, height, width] = pictures.shape.as_slice() else {
        return Err(Error::Batch { fault: format!("pictures of the shape {:?}", pictures.shape) });
    };
    let (down, across) = (height / size, width / size);
    let mut out = Vec::with_capacity(examples * channels * down * across * size * size);
    for picture in pictures.values.chunks_exact(channels * height * width) {
        for square in 0..down * across {
            let (top, left) = (square / across * size, square % across * size);
            for line in (0..channels * size).map(|line| line / size * height + top + line % size) {
                out.extend_from_slice(&picture[line * width + left..][..size]);
            }
        }
    }
    Ok((examples * down * across, out))
}
