//! Writes change, masks and heads of a pack into a folder in the making.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::path::Path;

use protocol::model::{Dtype, TensorSpec};
use protocol::recipe::ChangeType;
use protocol::report::WrittenFile;

use super::frame::{self, Frame};
use super::growing::{Growing, Grown, room};
use super::{PackError, numbers};
use crate::shards::mistake;
use crate::{Error, Output, Source, file_order};

/// The file of the change.
pub const CHANGE_FILE: &str = "change.safetensors";
/// The file of its scales, where it is stored as whole numbers.
pub const SCALES_FILE: &str = "scales.safetensors";
/// Bytes copied at once.
const PIECE: u64 = 1 << 20;

/// What a pack will hold, known before it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PackPlan {
    /// How the change is stored.
    pub change: ChangeType,
    /// Names and shapes of the tensors under the masks, in the order in which they will come; their types do not count.
    pub body: Vec<TensorSpec>,
    /// File name of each skill, without ending.
    pub slugs: Vec<String>,
    /// The private tensors of each skill, as its specialist has them.
    pub heads: Vec<Vec<TensorSpec>>,
    /// Metadata of every header.
    pub metadata: BTreeMap<String, String>,
}

impl PackPlan {
    /// The file of a skill's mask.
    pub fn mask_file(&self, skill: usize) -> String {
        format!("masks/{}.safetensors", self.slugs[skill])
    }

    /// The file of a skill's private tensors, if it has any.
    pub fn head_file(&self, skill: usize) -> Option<String> {
        (!self.heads[skill].is_empty()).then(|| format!("heads/{}.safetensors", self.slugs[skill]))
    }

    /// How often every tensor has to come: whole numbers need the largest of every row first.
    pub fn passes(&self) -> usize {
        if self.change == ChangeType::Int8 { 2 } else { 1 }
    }

    /// Memory of the writer in bytes: one frame and one megabyte for each mask, and a few more.
    pub fn memory(&self) -> u64 {
        let rows = self.body.iter().map(|spec| numbers::rows(&spec.shape)).max().unwrap_or(0);
        self.slugs.len() as u64 * (frame::FRAME_MEMORY + PIECE) + 3 * PIECE + 8 * rows
    }

    /// Every weight file with its size: exact for change, scales and heads, the largest possible for masks.
    pub fn files(&self) -> Vec<(String, u64)> {
        let size = |specs: &[TensorSpec]| {
            room(specs, &self.metadata) as u64 + specs.iter().map(TensorSpec::bytes).sum::<u64>()
        };
        let skills = 0..self.slugs.len();
        let change = [(CHANGE_FILE.to_owned(), size(&self.change_specs()))];
        let scales = self.scale_specs().map(|specs| (SCALES_FILE.to_owned(), size(&specs)));
        let masks = skills.clone().map(|skill| (self.mask_file(skill), size(&self.largest_masks())));
        let heads = skills.filter_map(|skill| Some((self.head_file(skill)?, size(&self.heads[skill]))));
        change.into_iter().chain(scales).chain(masks).chain(heads).collect()
    }

    fn change_specs(&self) -> Vec<TensorSpec> {
        let dtype = numbers::stored(self.change);
        self.body.iter().map(|spec| TensorSpec { dtype, ..spec.clone() }).collect()
    }

    fn scale_specs(&self) -> Option<Vec<TensorSpec>> {
        (self.change == ChangeType::Int8).then(|| self.body.iter().map(scale_spec).collect())
    }

    fn largest_masks(&self) -> Vec<TensorSpec> {
        self.body.iter().map(|spec| mask_spec(&spec.name, largest_frame(spec))).collect()
    }
}

fn scale_spec(spec: &TensorSpec) -> TensorSpec {
    TensorSpec::new(&spec.name, Dtype::F32, [if spec.elements() == 0 { 0 } else { numbers::rows(&spec.shape) }])
}

fn mask_spec(name: &str, bytes: u64) -> TensorSpec {
    TensorSpec::new(name, Dtype::U8, [bytes])
}

fn largest_frame(spec: &TensorSpec) -> u64 {
    if spec.elements() == 0 { 0 } else { frame::most(frame::packed(spec.elements())) }
}

/// A span of one tensor of the body, on its way into a pack.
#[derive(Debug, Clone)]
pub struct PackChunk<'a> {
    /// Name of the tensor.
    pub tensor: &'a str,
    /// Its elements; whole bytes of bits unless it is the last.
    pub span: Range<u64>,
    /// Which pass over the tensor, from 0.
    pub pass: usize,
    /// The combined change \[n\], little-endian F32.
    pub change: &'a [u8],
    /// The packed mask of every skill, most significant bit first \[T\]\[ceil(n / 8)\].
    pub masks: &'a [&'a [u8]],
}

/// Writes a pack, tensor by tensor, and keeps no more of it in memory than one chunk.
pub struct PackWriter {
    plan: PackPlan,
    change: Growing,
    scales: Option<Growing>,
    masks: Vec<Growing>,
    frames: Vec<Frame>,
    /// Weights that each mask keeps so far.
    kept: Vec<u64>,
    done: Vec<Grown>,
    /// The tensor that is due, the pass over it, and the element of that.
    tensor: usize,
    pass: usize,
    at: u64,
    /// Largest magnitude of every row in the first pass, scale of every row in the second.
    of_rows: Vec<f32>,
}

impl PackWriter {
    /// Creates the files of change and masks.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::BadName`].
    pub fn create(output: &mut Output, plan: PackPlan) -> Result<Self, Error> {
        let meta = || plan.metadata.clone();
        let change = Growing::create(output, CHANGE_FILE, &plan.change_specs(), meta())?;
        let scales = match plan.scale_specs() {
            Some(specs) => Some(Growing::create(output, SCALES_FILE, &specs, meta())?),
            None => None,
        };
        let largest = plan.largest_masks();
        let masks =
            (0..plan.slugs.len()).map(|skill| Growing::create(output, &plan.mask_file(skill), &largest, meta()));
        let masks = masks.collect::<Result<Vec<_>, _>>()?;
        let kept = vec![0; masks.len()];
        let (frames, done, of_rows) = (Vec::new(), Vec::new(), Vec::new());
        let mut writer = Self { plan, change, scales, masks, frames, kept, done, tensor: 0, pass: 0, at: 0, of_rows };
        writer.skip_empty()?;
        Ok(writer)
    }

    /// Takes the next chunk; gives the number of elements that do not fit into the type of the stored change.
    ///
    /// # Order
    /// Tensors in the order of [`PackPlan::body`]; each comes [`PackPlan::passes`] times, its elements in order. Tensors
    /// without elements do not come.
    ///
    /// # Errors
    /// [`Error::OutOfStep`] if another chunk is due, [`Error::Io`].
    pub fn take(&mut self, chunk: &PackChunk) -> Result<u64, Error> {
        let spec = self.expect(chunk)?;
        let row = numbers::row_length(&spec);
        if chunk.pass == 0 && self.plan.passes() == 2 {
            if self.at == 0 {
                self.of_rows = vec![0.0; numbers::rows(&spec.shape) as usize];
            }
            numbers::raise(&mut self.of_rows, chunk.change, chunk.span.clone(), row);
            self.step(chunk.span.end, &spec)?;
            return Ok(0);
        }
        if self.at == 0 {
            self.begin(&spec)?;
        }
        let unfit = self.write_change(chunk, row)?;
        self.write_masks(chunk)?;
        if chunk.span.end == spec.elements() {
            self.close(&spec)?;
        }
        self.step(chunk.span.end, &spec)?;
        Ok(unfit)
    }

    /// The tensor that is due, if this chunk is.
    fn expect(&self, chunk: &PackChunk) -> Result<TensorSpec, Error> {
        let count = chunk.span.end - chunk.span.start;
        let due = self.plan.body.get(self.tensor).filter(|due| {
            let whole = chunk.span.end == due.elements() || chunk.span.end.is_multiple_of(8);
            due.name == chunk.tensor && chunk.pass == self.pass && chunk.span.start == self.at && whole && count > 0
        });
        let fits = chunk.change.len() as u64 == 4 * count
            && chunk.masks.len() == self.masks.len()
            && chunk.masks.iter().all(|bits| bits.len() as u64 == frame::packed(count))
            && due.is_some_and(|due| chunk.span.end <= due.elements());
        due.filter(|_| fits).cloned().ok_or_else(|| self.out_of_step(chunk.tensor, chunk.span.start))
    }

    fn out_of_step(&self, name: &str, found: u64) -> Error {
        let next = self.plan.body.get(self.tensor).map(|spec| spec.name.clone()).unwrap_or_default();
        Error::OutOfStep { target: 0, name: name.to_owned(), found, next, expected: self.at }
    }

    /// Opens the frames of a tensor, and writes its scales.
    fn begin(&mut self, spec: &TensorSpec) -> Result<(), Error> {
        let bytes = frame::packed(spec.elements());
        let frames = self.masks.iter().map(|_| Frame::begin(bytes)).collect::<io::Result<_>>();
        self.frames = frames.map_err(Error::in_memory)?;
        let Some(scales) = &mut self.scales else { return Ok(()) };
        self.of_rows.iter_mut().for_each(|most| *most = numbers::scale(*most));
        let bytes: Vec<u8> = self.of_rows.iter().flat_map(|scale| scale.to_le_bytes()).collect();
        scales.write(&bytes)?;
        scales.close(scale_spec(spec))
    }

    fn write_change(&mut self, chunk: &PackChunk, row: u64) -> Result<u64, Error> {
        match self.plan.change {
            ChangeType::F32 => self.change.write(chunk.change).map(|()| 0),
            ChangeType::F16 => {
                let (halves, unfit) = numbers::to_halves(chunk.change);
                self.change.write(&halves).map(|()| unfit)
            }
            ChangeType::Int8 => {
                let whole = numbers::to_whole(&self.of_rows, chunk.change, chunk.span.clone(), row);
                self.change.write(&whole).map(|()| 0)
            }
        }
    }

    fn write_masks(&mut self, chunk: &PackChunk) -> Result<(), Error> {
        let count = chunk.span.end - chunk.span.start;
        for (skill, bits) in chunk.masks.iter().enumerate() {
            let mut bits = bits.to_vec();
            if let (Some(last), 1..) = (bits.last_mut(), count % 8) {
                *last &= !(0xff >> (count % 8));
            }
            self.kept[skill] += bits.iter().map(|byte| u64::from(byte.count_ones())).sum::<u64>();
            let ready = self.frames[skill].push(&bits).map_err(Error::in_memory)?;
            self.masks[skill].write(&ready)?;
        }
        Ok(())
    }

    /// Ends the frames of a tensor.
    fn close(&mut self, spec: &TensorSpec) -> Result<(), Error> {
        for (mask, frame) in self.masks.iter_mut().zip(self.frames.drain(..)) {
            mask.write(&frame.end().map_err(Error::in_memory)?)?;
            let bytes = mask.open_bytes();
            mask.close(mask_spec(&spec.name, bytes))?;
        }
        self.change.close(TensorSpec { dtype: numbers::stored(self.plan.change), ..spec.clone() })
    }

    /// Notes what was taken, and goes on to the next pass or tensor where one ends.
    fn step(&mut self, end: u64, spec: &TensorSpec) -> Result<(), Error> {
        self.at = end;
        if end < spec.elements() {
            return Ok(());
        }
        (self.at, self.pass) = (0, self.pass + 1);
        if self.pass == self.plan.passes() {
            (self.pass, self.tensor) = (0, self.tensor + 1);
            self.skip_empty()?;
        }
        Ok(())
    }

    /// Notes the tensors without elements that are due.
    fn skip_empty(&mut self) -> Result<(), Error> {
        while let Some(spec) = self.plan.body.get(self.tensor).filter(|spec| spec.elements() == 0).cloned() {
            if let Some(scales) = &mut self.scales {
                scales.close(scale_spec(&spec))?;
            }
            self.close_empty(&spec)?;
            self.tensor += 1;
        }
        Ok(())
    }

    fn close_empty(&mut self, spec: &TensorSpec) -> Result<(), Error> {
        self.masks.iter_mut().try_for_each(|mask| mask.close(mask_spec(&spec.name, 0)))?;
        self.change.close(TensorSpec { dtype: numbers::stored(self.plan.change), ..spec.clone() })
    }

    /// Copies the private tensors of a skill; false if `go_on`, which gets the bytes of each piece, said so.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Changed`].
    pub fn head(
        &mut self,
        output: &mut Output,
        skill: usize,
        source: &dyn Source,
        go_on: &mut dyn FnMut(u64) -> bool,
    ) -> Result<bool, Error> {
        let Some(file) = self.plan.head_file(skill) else { return Ok(true) };
        let mut specs = self.plan.heads[skill].clone();
        specs.sort_by(file_order);
        let mut head = Growing::create(output, &file, &specs, self.plan.metadata.clone())?;
        for spec in specs {
            if !copy(&mut head, source, &spec, go_on)? {
                return Ok(false);
            }
            head.close(spec)?;
        }
        self.done.push(head.finish()?);
        Ok(true)
    }

    /// After the last chunk and head: completes all files and flushes them to disk.
    ///
    /// # Errors
    /// [`Error::OutOfStep`] if tensors are missing, [`Error::Io`].
    pub fn finish(mut self) -> Result<PackWritten, Error> {
        if self.tensor < self.plan.body.len() {
            return Err(self.out_of_step("", 0));
        }
        let files = [self.change].into_iter().chain(self.scales).chain(self.masks);
        self.done.extend(files.map(Growing::finish).collect::<Result<Vec<_>, _>>()?);
        Ok(PackWritten { kept: self.kept, files: self.done })
    }
}

/// Copies one tensor; false if it was stopped.
fn copy(
    into: &mut Growing,
    source: &dyn Source,
    spec: &TensorSpec,
    go_on: &mut dyn FnMut(u64) -> bool,
) -> Result<bool, Error> {
    let lost = || Error::writing(Path::new(source.place()), mistake("a private tensor is not where it was"));
    let entry = source.find(&spec.name).filter(|entry| entry.spec == *spec).ok_or_else(lost)?;
    let mut piece = Vec::new();
    for at in (0..spec.bytes()).step_by(PIECE as usize) {
        piece.resize(PIECE.min(spec.bytes() - at) as usize, 0);
        source.read(entry, at, &mut piece)?;
        into.write(&piece)?;
        if !go_on(piece.len() as u64) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackWritten {
    /// Weights that the mask of each skill keeps.
    pub kept: Vec<u64>,
    files: Vec<Grown>,
}

impl PackWritten {
    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// Bytes of the files of masks.
    pub fn mask_bytes(&self) -> u64 {
        self.files.iter().filter(|file| file.relative.starts_with("masks/")).map(|file| file.bytes).sum()
    }

    /// Reads everything back from the folder in the making, compares it with what was written, and hashes it.
    ///
    /// `go_on` gets the bytes of each piece; the answer is `None` if it said `false`.
    ///
    /// # Errors
    /// [`PackError::Damaged`] for the first file that reads back differently, [`PackError::File`].
    pub fn read_back(
        &self,
        partial: &Path,
        go_on: &mut dyn FnMut(u64) -> bool,
    ) -> Result<Option<Vec<WrittenFile>>, PackError> {
        let mut found = Vec::new();
        for file in &self.files {
            let Some((data, whole)) = super::growing::hash_twice(&partial.join(&file.relative), file.room, go_on)?
            else {
                return Ok(None);
            };
            if data != (file.bytes, file.sha256.clone()) {
                return Err(PackError::damaged(partial, &file.relative, "it reads back differently"));
            }
            found.push(WrittenFile { path: file.relative.clone(), bytes: file.bytes, sha256: whole });
        }
        Ok(Some(found))
    }
}
