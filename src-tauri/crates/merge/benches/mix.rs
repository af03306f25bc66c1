//! How long a mix takes beside moving the same bytes, and a comparison beside reading them.
//!
//! For five models of `MIB` MiB each (F32 and BF16, one base and four experts) in the folder given by `BENCH_FOLDER`
//! (default: the system's temporary folder), median of five with the spread, in one run:
//! moving = read every input and write one file of the output's size, flushed; mixing = plan and run into the output,
//! flushed; whole = mixing, then verify with its hashes, the hashes of all inputs, and publish;
//! reading = read every input; comparing = the sweep of statistics over all of them; counting = that of masks for nine
//! selectivities; masking = the sweep that makes change and masks; trimming = the sweeps that find where TIES trims.

use std::error::Error;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use checkpoint::{Checkpoint, Output, Sink, Source, Target, files_of, sha256};
use kernels::{CpuEngine, Engine};
use merge::{Budget, Control, MaskChunk, Models, Prepared, count_masks, masks, plan, prepare, run, statistics, verify};
use protocol::masks::GRID;
use protocol::model::{Dtype, TensorSpec};
use protocol::recipe::Recipe;

const EXPERTS: [&str; 4] = ["one", "two", "three", "four"];
const RUNS: usize = 5;

struct Quiet;

impl Control for Quiet {
    fn proceed(&self) -> bool {
        true
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mib: u64 = std::env::var("MIB").ok().and_then(|text| text.parse().ok()).unwrap_or(256);
    let folder = std::env::var_os("BENCH_FOLDER").map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = tempfile::Builder::new().prefix("mix-bench").tempdir_in(folder)?;
    for dtype in [Dtype::F32, Dtype::BF16] {
        let paths = write_models(folder.path(), dtype, mib)?;
        let moving = measure(|| move_bytes(&paths, folder.path()))?;
        let mixing = measure(|| mix(&paths, folder.path(), false))?;
        let whole = measure(|| mix(&paths, folder.path(), true))?;
        println!("{dtype}, 5 models of {mib} MiB, task arithmetic on the processor");
        show(&[("moving", moving), ("mixing", mixing), ("whole", whole)]);
        let reading = measure(|| read_bytes(&paths, &mut |_, _| Ok(())))?;
        let comparing = measure(|| compare(&paths))?;
        let counting = measure(|| sweep(&paths, count))?;
        let masking = measure(|| sweep(&paths, make_masks))?;
        let trimming = measure(|| sweep(&paths, trim))?;
        show(&[
            ("reading", reading),
            ("comparing", comparing),
            ("counting", counting),
            ("masking", masking),
            ("trimming", trimming),
        ]);
    }
    Ok(())
}

/// Medians with their spread, over the median of the first.
fn show(rows: &[(&str, Vec<Duration>)]) {
    let (first, reference) = (rows[0].0, rows[0].1[RUNS / 2].as_secs_f64());
    for (name, times) in rows {
        let (median, ratio) = (times[RUNS / 2], times[RUNS / 2].as_secs_f64() / reference);
        println!("  {name:9} {median:.2?} ({:.2?} to {:.2?}), {ratio:.2} of {first}", times[0], times[RUNS - 1]);
    }
}

/// Sorted times of five runs after one that is not counted.
fn measure(mut work: impl FnMut() -> Result<(), Box<dyn Error>>) -> Result<Vec<Duration>, Box<dyn Error>> {
    work()?;
    let mut times = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let start = Instant::now();
        work()?;
        times.push(start.elapsed());
    }
    times.sort();
    Ok(times)
}

fn specs(dtype: Dtype, mib: u64) -> Vec<TensorSpec> {
    let rows = (8 << 20) / (1024 * dtype.bytes());
    (0..mib / 8).map(|layer| TensorSpec::new(format!("layer.{layer:03}.weight"), dtype, [rows, 1024])).collect()
}

/// Five models, the base first.
fn write_models(folder: &Path, dtype: Dtype, mib: u64) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let write = |seed: u64| {
        let out = folder.join(format!("{dtype}-{seed}"));
        let target = Target {
            folder: String::new(),
            stem: "model".into(),
            tensors: specs(dtype, mib),
            metadata: [("format".to_owned(), "pt".to_owned())].into(),
            shard_bytes: u64::MAX,
        };
        let mut output = Output::create(&out, vec![target])?;
        for spec in specs(dtype, mib) {
            output.write(0, &spec.name, &numbers(dtype, seed, spec.elements()))?;
        }
        output.finish()?;
        Ok::<PathBuf, Box<dyn Error>>(output.publish()?)
    };
    (0..5).map(write).collect()
}

/// Small numbers around one: bit patterns with a fixed exponent and a counted fraction.
fn numbers(dtype: Dtype, seed: u64, count: u64) -> Vec<u8> {
    let mix = |at: u64| (at + seed * 7_919).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 41;
    match dtype {
        Dtype::BF16 => (0..count).flat_map(|at| (0x3f80u16 | (mix(at) as u16 & 0x7f)).to_le_bytes()).collect(),
        _ => (0..count).flat_map(|at| (0x3f80_0000u32 | (mix(at) as u32 & 0x7f_ffff)).to_le_bytes()).collect(),
    }
}

fn move_bytes(paths: &[PathBuf], folder: &Path) -> Result<(), Box<dyn Error>> {
    let out = folder.join("moved");
    let mut to = File::create(&out)?;
    read_bytes(paths, &mut |model, piece| if model == 0 { to.write_all(piece) } else { Ok(()) })?;
    to.sync_all()?;
    std::fs::remove_file(out)?;
    Ok(())
}

/// Reads every model, and hands its place in the list and each piece on.
fn read_bytes(
    paths: &[PathBuf],
    take: &mut dyn FnMut(usize, &[u8]) -> std::io::Result<()>,
) -> Result<(), Box<dyn Error>> {
    let mut piece = vec![0; 1 << 20];
    for (at, path) in paths.iter().enumerate() {
        let mut from = File::open(path.join("model.safetensors"))?;
        loop {
            let count = from.read(&mut piece)?;
            if count == 0 {
                break;
            }
            take(at, &piece[..count])?;
        }
    }
    Ok(())
}

fn compare(paths: &[PathBuf]) -> Result<(), Box<dyn Error>> {
    let opened: Vec<Checkpoint> = paths.iter().map(|path| Checkpoint::open(path)).collect::<Result<_, _>>()?;
    let experts = EXPERTS.into_iter().zip(opened[1..].iter().map(|model| model as &dyn Source)).collect();
    let models = Models { base: Some(&opened[0]), experts };
    let engine = Box::new(CpuEngine::new());
    let budget = Budget::of(engine.binding_bytes());
    let found = statistics(&models, engine, &budget, &Quiet)?;
    std::hint::black_box(found);
    Ok(())
}

/// Runs one sweep over the opened models.
fn sweep(
    paths: &[PathBuf],
    run: fn(&Models, Box<CpuEngine>, &Budget) -> Result<(), merge::Error>,
) -> Result<(), Box<dyn Error>> {
    let opened: Vec<Checkpoint> = paths.iter().map(|path| Checkpoint::open(path)).collect::<Result<_, _>>()?;
    let experts = EXPERTS.into_iter().zip(opened[1..].iter().map(|model| model as &dyn Source)).collect();
    let engine = Box::new(CpuEngine::new());
    let budget = Budget::of(engine.binding_bytes());
    Ok(run(&Models { base: Some(&opened[0]), experts }, engine, &budget)?)
}

fn recipe(method: &str) -> Recipe {
    Recipe::new(method, Some("base"), &EXPERTS.map(|skill| (skill, skill)))
}

fn count(models: &Models, engine: Box<CpuEngine>, budget: &Budget) -> Result<(), merge::Error> {
    let columns: Vec<Vec<f64>> = GRID.iter().map(|&value| vec![value; EXPERTS.len()]).collect();
    let found = count_masks(models, &recipe("consensus"), &Prepared::default(), engine, budget, &Quiet, &columns)?;
    std::hint::black_box(found);
    Ok(())
}

fn make_masks(models: &Models, engine: Box<CpuEngine>, budget: &Budget) -> Result<(), merge::Error> {
    let mut each = |chunk: MaskChunk| {
        std::hint::black_box((chunk.change, chunk.mask(0)));
        Ok(())
    };
    masks(models, &recipe("tall_masks"), &Prepared::default(), engine, budget, &Quiet, 1, &mut each).map(drop)
}

fn trim(models: &Models, engine: Box<CpuEngine>, budget: &Budget) -> Result<(), merge::Error> {
    std::hint::black_box(prepare(&recipe("ties"), models, engine, budget, &Quiet)?);
    Ok(())
}

fn mix(paths: &[PathBuf], folder: &Path, whole: bool) -> Result<(), Box<dyn Error>> {
    let opened: Vec<Checkpoint> = paths.iter().map(|path| Checkpoint::open(path)).collect::<Result<_, _>>()?;
    let experts = EXPERTS.into_iter().zip(opened[1..].iter().map(|model| model as &dyn Source)).collect();
    let models = Models { base: Some(&opened[0]), experts };
    let recipe = Recipe::new("task_arithmetic", Some("base"), &EXPERTS.map(|skill| (skill, skill)));
    let engine = Box::new(CpuEngine::new());
    let plan = plan(&recipe, &models, &Budget::of(u64::MAX)).map_err(|problems| format!("{problems:?}"))?;
    let mut output = Output::create(&folder.join("mixed"), plan.targets.clone())?;
    let hashes = std::thread::scope(|scope| {
        let hashing = scope.spawn(|| if whole { hash(paths) } else { Ok(()) });
        let outcome = run(&plan, &Prepared::default(), &models, engine, &mut output, &Quiet);
        (outcome, hashing.join())
    });
    let outcome = hashes.0?;
    hashes.1.map_err(|_| "the hashing thread stopped")??;
    if !whole {
        return Ok(());
    }
    let names: Vec<String> = plan.targets.iter().flat_map(files_of).map(|(name, _)| name).collect();
    verify(&plan, &outcome, output.partial(), &names, &models, &Quiet)?;
    std::fs::remove_dir_all(output.publish()?)?;
    Ok(())
}

fn hash(paths: &[PathBuf]) -> Result<(), checkpoint::Error> {
    paths.iter().try_for_each(|path| sha256(&path.join("model.safetensors"), &mut |_| true).map(|_| ()))
}
