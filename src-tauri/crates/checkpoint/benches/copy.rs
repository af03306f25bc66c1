//! Writing through [`Output`] and reading back, beside a plain copy of the same file in the same run.
//!
//! `cargo bench -p checkpoint` prints median, least and most of five rounds; `TINCTURE_BENCH=folder` chooses the disk.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::Instant;

use checkpoint::{Checkpoint, Error, Output, Sink, Source, Target, file_order, sha256};
use protocol::model::{Dtype, TensorSpec};

/// Tensors of 32 MiB.
const TENSORS: u64 = 16;
const ELEMENTS: u64 = 16 << 20;
const PIECE: usize = 8 << 20;
const ROUNDS: usize = 5;

fn target() -> Target {
    let tensor = |at| TensorSpec::new(format!("layer.{at}.weight"), Dtype::BF16, [ELEMENTS]);
    Target { stem: "model".into(), tensors: (0..TENSORS).map(tensor).collect(), ..Target::default() }
}

fn write(folder: &Path, piece: &[u8]) -> Result<PathBuf, Error> {
    let target = target();
    let mut tensors = target.tensors.clone();
    tensors.sort_by(file_order);
    let mut output = Output::create(folder, vec![target])?;
    for spec in &tensors {
        let mut left = spec.bytes();
        while left > 0 {
            let now = left.min(piece.len() as u64);
            output.write(0, &spec.name, &piece[..now as usize])?;
            left -= now;
        }
    }
    output.publish()
}

fn read(folder: &Path, into: &mut [u8]) -> Result<(), Error> {
    let model = Checkpoint::open(folder)?;
    for entry in model.entries() {
        for at in (0..entry.spec.bytes()).step_by(into.len()) {
            let now = (entry.spec.bytes() - at).min(into.len() as u64);
            model.read(entry, at, &mut into[..now as usize])?;
        }
    }
    Ok(())
}

/// Copies and flushes, as [`Output`] does.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::copy(from, to)?;
    OpenOptions::new().write(true).open(to)?.sync_all()?;
    File::open(to.parent().unwrap_or(to))?.sync_all()
}

fn seconds<T, E: std::fmt::Debug>(work: impl FnOnce() -> Result<T, E>) -> f64 {
    let start = Instant::now();
    work().expect("the disk takes and gives what the bench needs");
    start.elapsed().as_secs_f64()
}

/// Prints one row and gives the median.
fn row(name: &str, mut rounds: Vec<f64>, reference: Option<f64>) -> f64 {
    rounds.sort_by(f64::total_cmp);
    let bytes = (TENSORS * ELEMENTS * 2) as f64;
    let [least, median, most] = [rounds[0], rounds[rounds.len() / 2], rounds[rounds.len() - 1]];
    let ratio = reference.map_or(String::new(), |reference| format!("   {:.2} x the copy", median / reference));
    println!("{name:<28} {median:.3} s ({least:.3} to {most:.3})   {:.2} GB/s{ratio}", bytes / median / 1e9);
    median
}

fn main() {
    let place = std::env::var_os("TINCTURE_BENCH").map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = tempfile::tempdir_in(place).expect("the bench folder can be written to");
    let mut piece: Vec<u8> = (0..PIECE as u64).map(|at| (at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8).collect();
    let [mut copies, mut flushed, mut writes, mut reads, mut hashes] = [const { Vec::new() }; 5];
    for round in 0..ROUNDS {
        let out = folder.path().join(format!("mix {round}"));
        writes.push(seconds(|| write(&out, &piece)));
        reads.push(seconds(|| read(&out, &mut piece)));
        let file = out.join("model.safetensors");
        let plain = folder.path().join("plain");
        copies.push(seconds(|| std::fs::copy(&file, &plain)));
        std::fs::remove_file(&plain).expect("the copy can be removed");
        flushed.push(seconds(|| copy(&file, &plain)));
        hashes.push(seconds(|| sha256(&file, &mut |_| true)));
        std::fs::remove_dir_all(&out).expect("the output can be removed");
        std::fs::remove_file(&plain).expect("the copy can be removed");
    }
    println!("{} MiB, {} MiB at a time, {ROUNDS} rounds", (TENSORS * ELEMENTS * 2) >> 20, PIECE >> 20);
    let unflushed = row("plain copy, not flushed", copies, None);
    let reference = row("plain copy, flushed", flushed, None);
    row("write and publish (flushed)", writes, Some(reference));
    row("read by position", reads, Some(unflushed));
    row("SHA-256", hashes, Some(unflushed));
}
