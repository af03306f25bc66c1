//! From a skill pack to an ordinary model: θ_t = θ_0 + r_t · m_t ⊙ change (Wang et al. 2024, arXiv:2405.07813, equation 5;
//! with r_t of Huang et al. 2024, arXiv:2405.17461).

use std::ops::Range;

use checkpoint::pack::{Bits, IndexSkill, Mask, Pack, PackError};
use checkpoint::{Sink, Source, Target, file_order};
use half::slice::HalfFloatSliceExt;
use kernels::{Float, scan_not_finite};
use protocol::forecast::TensorCounts;
use protocol::model::TensorSpec;
use protocol::recipe::OutputDtype;

use crate::Error;
use crate::plan::{Plan, SHARD_BYTES, Step, Work};
use crate::prepare::Needs;
use crate::rows::{first_not_finite, read_row};
use crate::run::{Advance, Control, Outcome};

/// Elements of one chunk: whole bytes of bits.
const CHUNK: u64 = 1 << 20;
/// Bytes of all buffers for one chunk: base, its decoding, change, its decoding, result; and a frame of bits.
const MEMORY: u64 = 5 * 4 * CHUNK + (4 << 20);

/// Where a tensor of the restored model comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// The base, and the change where the mask is set.
    Mixed,
    /// The base alone.
    Base,
    /// The private part of the skill.
    Head,
}

/// The model of one skill, decided: which tensors there will be, and where each comes from.
pub struct Restoration<'a> {
    pack: &'a Pack,
    mask: Mask<'a>,
    base: &'a dyn Source,
    head: Option<&'a dyn Source>,
    rescaler: Option<f32>,
    origins: Vec<Origin>,
    plan: Plan,
}

impl<'a> Restoration<'a> {
    /// Decides the model of `skill`; looks at headers only. `base` has the names of [`Pack::rename`].
    ///
    /// # Errors
    /// [`Error::Pack`] if the tensors of base, mask and head are not those that the pack speaks of.
    pub fn new(
        pack: &'a Pack,
        skill: &IndexSkill,
        base: &'a dyn Source,
        head: Option<&'a dyn Source>,
    ) -> Result<Self, Error> {
        let mask = pack.mask(skill)?;
        let mut parts = Vec::new();
        for spec in pack.body() {
            parts.push((of_base(pack, base, &spec.name, Some(&spec.shape))?, Origin::Mixed));
        }
        for name in &pack.index().contents.copied {
            parts.push((of_base(pack, base, name, None)?, Origin::Base));
        }
        let private = head.into_iter().flat_map(|head| head.entries());
        parts.extend(private.map(|entry| (retyped(&entry.spec, pack.index().contents.dtype), Origin::Head)));
        parts.sort_by(|a, b| file_order(&a.0, &b.0));
        if let Some(pair) = parts.windows(2).find(|pair| pair[0].0.name == pair[1].0.name) {
            return Err(fault(pack, &format!("{:?} comes twice", pair[0].0.name)));
        }
        let rescaler = skill.rescaler.map(|factor| factor as f32);
        let (specs, origins): (Vec<TensorSpec>, Vec<Origin>) = parts.into_iter().unzip();
        let plan = plan(specs, &origins, base);
        Ok(Self { pack, mask, base, head, rescaler, origins, plan })
    }

    /// The plan of what is written, for the output folder and for [`crate::verify()`]; not for [`crate::run()`].
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Adds metadata to the header of the restored model.
    pub fn describe(&mut self, key: &str, value: String) {
        self.plan.targets.iter_mut().for_each(|target| drop(target.metadata.insert(key.to_owned(), value.clone())));
    }

    /// Reads, adds and writes everything, and finishes the sink.
    ///
    /// # Order
    /// Tensors reach the sink in the order of the plan. The same pack and base give the same bytes everywhere: there is
    /// one addition, and where there is a rescaler one product before it, both in F32 and rounded to nearest.
    ///
    /// # Errors
    /// [`Error::Cancelled`] within one chunk after [`Control::proceed`] says so; [`Error::InputNotFinite`],
    /// [`Error::OutputNotFinite`]; [`Error::Pack`] for bits or numbers that are not as they should be; what sources and
    /// sink say.
    pub fn run(&self, sink: &mut dyn Sink, control: &dyn Control) -> Result<Outcome, Error> {
        let mut outcome = Outcome { peak_bytes: self.plan.memory, ..Outcome::default() };
        let mut buffers = Buffers::default();
        let mut done = 0;
        for at in 0..self.plan.steps.len() {
            let step = &self.plan.steps[at];
            let mut checksum = crc32fast::Hasher::new();
            let mut bits = self.bits(at)?;
            for span in spans(step.spec.elements()) {
                if !control.proceed() {
                    return Err(Error::Cancelled);
                }
                self.fill(at, span, bits.as_mut(), &mut buffers)?;
                checksum.update(&buffers.result);
                sink.write(0, &step.spec.name, &buffers.result)?;
                done += buffers.result.len() as u64;
                outcome.chunks += 1;
                control.advanced(self.advance(at, done));
            }
            bits.map_or(Ok(()), Bits::end)?;
            outcome.checksums.push(checksum.finalize());
        }
        sink.finish()?;
        Ok(outcome)
    }

    fn advance(&self, at: usize, done: u64) -> Advance<'_> {
        let (part, parts) = (self.plan.steps[at].spec.name.as_str(), self.plan.steps.len());
        Advance { done, total: self.plan.writes, part, part_at: at + 1, parts }
    }

    /// The bits of a tensor that is under the mask.
    fn bits(&self, at: usize) -> Result<Option<Bits<'_>>, Error> {
        let name = &self.plan.steps[at].spec.name;
        Ok(if self.origins[at] == Origin::Mixed { Some(self.mask.bits(name)?) } else { None })
    }

    /// The elements `span` of the restored tensor, as bytes of its type.
    fn fill(&self, at: usize, span: Range<u64>, bits: Option<&mut Bits>, buffers: &mut Buffers) -> Result<(), Error> {
        let spec = &self.plan.steps[at].spec;
        let source = match self.origins[at] {
            Origin::Head => self.head.ok_or(Error::Stopped("reading"))?,
            _ => self.base,
        };
        let Some(bits) = bits else { return copied(source, spec, span, buffers) };
        let count = (span.end - span.start) as usize;
        buffers.row.resize(kernels::row_bytes(count, Float::F32), 0);
        read_row(source, &spec.name, Float::F32, span.clone(), &mut buffers.row, &mut buffers.scratch)?;
        buffers.bits.resize(count.div_ceil(8), 0);
        bits.read(&mut buffers.bits)?;
        self.pack.change(&spec.name, span, &mut buffers.change)?;
        buffers.values.clear();
        buffers.values.extend(buffers.row.as_chunks::<4>().0[..count].iter().map(|&four| f32::from_le_bytes(four)));
        add(&mut buffers.values, &buffers.change, &buffers.bits, self.rescaler);
        self.encode(spec, source, buffers)
    }

    /// The numbers in the type of the output, if it can hold them.
    fn encode(&self, spec: &TensorSpec, source: &dyn Source, buffers: &mut Buffers) -> Result<(), Error> {
        let float = Float::try_from(spec.dtype)?;
        let count = buffers.values.len();
        encode(float, &buffers.values, &mut buffers.result);
        if scan_not_finite(float, &buffers.result, count) == 0 {
            return Ok(());
        }
        let tensor = spec.name.clone();
        match first_not_finite(&buffers.row, Float::F32, count) {
            Some(_) => Err(Error::InputNotFinite { place: source.place().to_owned(), tensor }),
            None => Err(Error::OutputNotFinite { tensor, dtype: spec.dtype }),
        }
    }
}

/// What one chunk needs; used again for the next.
#[derive(Default)]
struct Buffers {
    row: Vec<u8>,
    scratch: Vec<u8>,
    bits: Vec<u8>,
    change: Vec<f32>,
    values: Vec<f32>,
    result: Vec<u8>,
}

fn fault(pack: &Pack, details: &str) -> Error {
    let place = pack.folder().display().to_string();
    PackError::Damaged { place, file: checkpoint::pack::INDEX_FILE.to_owned(), details: details.to_owned() }.into()
}

/// The tensor that the base has under this name, in the type of the output.
fn of_base(pack: &Pack, base: &dyn Source, name: &str, shape: Option<&Vec<u64>>) -> Result<TensorSpec, Error> {
    let fits = |spec: &&TensorSpec| shape.is_none_or(|shape| *shape == spec.shape && spec.dtype.is_mixable());
    let found = base.find(name).map(|entry| &entry.spec).filter(fits);
    let spec = found.ok_or_else(|| fault(pack, &format!("the base has no {name:?} of this shape")))?;
    Ok(retyped(spec, pack.index().contents.dtype))
}

fn retyped(spec: &TensorSpec, wished: OutputDtype) -> TensorSpec {
    let dtype = if spec.dtype.is_mixable() { wished.of(spec.dtype) } else { spec.dtype };
    TensorSpec { dtype, ..spec.clone() }
}

/// One folder with these tensors; `origins` says which of them are under the mask.
fn plan(specs: Vec<TensorSpec>, origins: &[Origin], base: &dyn Source) -> Plan {
    let count = |wanted: Origin| origins.iter().filter(|&&origin| origin == wanted).count() as u64;
    let tensors =
        TensorCounts { merged: count(Origin::Mixed), copied: count(Origin::Base), private: count(Origin::Head) };
    let body = specs.iter().filter(|spec| base.find(&spec.name).is_some());
    let parameters = body.map(TensorSpec::elements).sum();
    let writes: u64 = specs.iter().map(TensorSpec::bytes).sum();
    // What is not mixed by a kernel counts as a copy: it is only looked at afterwards.
    let step =
        |spec: &TensorSpec| Step { spec: spec.clone(), targets: vec![0], work: Work::Copy { source: 0, chunk: CHUNK } };
    let steps = specs.iter().map(step).collect();
    let target = Target {
        stem: "model".to_owned(),
        tensors: specs,
        metadata: [("format".to_owned(), "pt".to_owned())].into(),
        shard_bytes: SHARD_BYTES,
        ..Target::default()
    };
    Plan {
        targets: vec![target],
        skills: vec![None],
        steps,
        reads: writes,
        ahead: 0,
        writes,
        memory: MEMORY,
        in_flight: 1,
        tensors,
        parameters,
        needs: Needs::default(),
    }
}

fn spans(elements: u64) -> impl Iterator<Item = Range<u64>> {
    (0..elements.div_ceil(CHUNK)).map(move |at| at * CHUNK..elements.min((at + 1) * CHUNK))
}

/// Elements of a tensor that is not under the mask: as they are, or in the type of the output.
fn copied(source: &dyn Source, spec: &TensorSpec, span: Range<u64>, buffers: &mut Buffers) -> Result<(), Error> {
    let entry = source.find(&spec.name).ok_or(Error::Stopped("reading"))?;
    let (own, count) = (entry.spec.dtype, (span.end - span.start) as usize);
    if own == spec.dtype {
        buffers.result.resize(count * own.bytes() as usize, 0);
        return Ok(source.read(entry, span.start * own.bytes(), &mut buffers.result)?);
    }
    buffers.row.resize(kernels::row_bytes(count, Float::F32), 0);
    read_row(source, &spec.name, Float::F32, span, &mut buffers.row, &mut buffers.scratch)?;
    buffers.values.clear();
    buffers.values.extend(buffers.row.as_chunks::<4>().0[..count].iter().map(|&four| f32::from_le_bytes(four)));
    encode(Float::try_from(spec.dtype)?, &buffers.values, &mut buffers.result);
    Ok(())
}

/// Adds the change where the bit is set and there is one; elsewhere every number keeps its bits, the sign of a zero
/// included.
fn add(values: &mut [f32], change: &[f32], bits: &[u8], rescaler: Option<f32>) {
    for ((values, change), &bits) in values.chunks_mut(8).zip(change.chunks(8)).zip(bits) {
        for (at, (value, change)) in values.iter_mut().zip(change).enumerate() {
            let change = rescaler.map_or(*change, |factor| factor * change);
            let is_changed = bits & (0x80 >> at) != 0 && change != 0.0;
            *value = if is_changed { *value + change } else { *value };
        }
    }
}

/// Numbers as little-endian bytes of a type: nearest, ties to even.
fn encode(float: Float, values: &[f32], bytes: &mut Vec<u8>) {
    bytes.clear();
    match float {
        Float::F32 => bytes.extend(values.iter().flat_map(|value| value.to_le_bytes())),
        Float::F16 => halves::<half::f16>(values, bytes, half::f16::to_le_bytes),
        Float::BF16 => halves::<half::bf16>(values, bytes, half::bf16::to_le_bytes),
    }
}

fn halves<H: Copy + Default>(values: &[f32], bytes: &mut Vec<u8>, packed: fn(H) -> [u8; 2])
where
    [H]: HalfFloatSliceExt,
{
    const STRETCH: usize = 512;
    let mut stretch = [H::default(); STRETCH];
    for values in values.chunks(STRETCH) {
        let some = &mut stretch[..values.len()];
        some.convert_from_f32_slice(values);
        bytes.extend(some.iter().flat_map(|&half| packed(half)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::model::Dtype;

    #[test]
    fn numbers_without_a_bit_keep_theirs_and_the_first_bit_is_the_highest() {
        let mut values = [1.0, -0.0, 2.0, -0.0, 1.0, 1.0, 1.0, 1.0, 5.0, -0.0];
        let change = [0.5, 0.0, 7.0, 0.0, 7.0, 7.0, 7.0, 7.0, 0.25, 7.0];
        add(&mut values, &change, &[0b1101_0000, 0b1000_0000], None);
        assert_eq!(values, [1.5, -0.0, 2.0, 0.0, 1.0, 1.0, 1.0, 1.0, 5.25, -0.0]);
        assert!(values[9].is_sign_negative() && values[1].is_sign_negative(), "a zero keeps its sign");
        let mut values = [1.0f32; 8];
        add(&mut values, &[0.5; 8], &[0b0000_0001], Some(1.125));
        assert_eq!((values[6], values[7]), (1.0, 1.5625));
    }

    #[test]
    fn numbers_are_rounded_to_even() {
        let mut bytes = Vec::new();
        encode(Float::BF16, &[1.0 + 0.5f32.powi(8), 1.0 + 3.0 * 0.5f32.powi(8)], &mut bytes);
        assert_eq!(bytes, [0x80, 0x3f, 0x82, 0x3f]);
        encode(Float::F16, &[1.0, 70_000.0], &mut bytes);
        assert_eq!(bytes, [0x00, 0x3c, 0x00, 0x7c]);
    }

    #[test]
    fn types_change_only_where_numbers_can_be_mixed() {
        let spec = |dtype| TensorSpec::new("x", dtype, [1]);
        assert_eq!(retyped(&spec(Dtype::F32), OutputDtype::BF16).dtype, Dtype::BF16);
        assert_eq!(retyped(&spec(Dtype::F32), OutputDtype::Same).dtype, Dtype::F32);
        assert_eq!(retyped(&spec(Dtype::I64), OutputDtype::BF16).dtype, Dtype::I64);
    }
}
