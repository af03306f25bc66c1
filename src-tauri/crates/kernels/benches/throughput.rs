//! How fast the kernels are, beside a plain copy of as many bytes in the same run. Prints, asserts nothing.
//!
//! Bytes are those read plus those written, for kernel and copy alike. Median of five passes, with the extremes.
//! What only measures is set beside a sum over the bytes that it reads, on all cores.
//! Each pass walks over several chunks of 32 MiB, so that little of it is still in a cache.

use std::hint::black_box;
use std::time::Instant;

use kernels::{Apply, Cut, Engine, Float, Kernel, Masking, Measure, Rule, Table, choose, row_bytes};
use rayon::prelude::*;

const SOURCES: usize = 5;
const CHUNK_BYTES: usize = 32 << 20;
const CHUNKS: usize = 8;
const PASSES: usize = 5;
/// Selectivities that masks are counted for at once.
const COLUMNS: usize = 9;

/// Engines are named as arguments, `cpu` and `software` by default.
fn main() {
    let named: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let wishes = if named.is_empty() { vec!["cpu".to_owned(), "software".to_owned()] } else { named };
    let x = values();
    for wish in wishes {
        match choose(&wish) {
            Ok(mut engine) => measure_all(engine.as_mut(), &x),
            Err(error) => println!("{error}"),
        }
    }
}

fn measure_all(engine: &mut dyn Engine, x: &[u8]) {
    println!("{} ({})", engine.card().name, engine.card().driver);
    // The others take a table in place of one coefficient for each row; `merge`'s bench times their sweeps.
    for kernel in [Kernel::WeightedSum, Kernel::AddChanges] {
        for float in Float::ALL {
            measure(engine, kernel, float, x);
        }
    }
    for sources in [SOURCES, 9] {
        for float in Float::ALL {
            measure_masks(engine, sources, float, x);
        }
    }
    for sources in [SOURCES, 14] {
        for float in Float::ALL {
            measure_gram(engine, sources, float, x);
        }
    }
}

/// Bit patterns of ordinary numbers in all three types.
fn values() -> Vec<u8> {
    (0..CHUNK_BYTES * CHUNKS / 2).flat_map(|at| (0x3c00 + (at % 1_021) as u16).to_le_bytes()).collect()
}

/// Measures a kernel that writes elements.
fn measure(engine: &mut dyn Engine, kernel: Kernel, float: Float, x: &[u8]) {
    let elements = CHUNK_BYTES / SOURCES / float.bytes() / 2 * 2;
    let plain = [0.3, 0.25, -0.2, 0.15, 0.1];
    let rule = if kernel == Kernel::Keep { Rule::Sum } else { Rule::Ties };
    let words = table(rule, SOURCES - 1).words();
    let count = kernel.coefficients(SOURCES);
    let coefficients = if count == words.len() { &words[..] } else { &plain[..count] };
    let work = Apply { kernel, sources: SOURCES, elements, input: float, output: float, coefficients };
    let mut y = vec![0; row_bytes(elements, float)];
    let moved = work.x_bytes() + work.y_bytes();
    beside_copies(kernel.name(), float, moved, x, |chunk| {
        engine.apply(&work, &chunk[..work.x_bytes()], &mut y).expect("the engine works");
        black_box(&y);
    });
}

/// A table that trims; the third expert, or what two need, is kept.
fn table(rule: Rule, experts: usize) -> Table<'static> {
    const MOST: usize = 8;
    const CUT: Cut = Cut { threshold: 0x3dcc_cccd, border: 4_000 };
    Table {
        rule,
        is_mean: false,
        number: 2,
        strengths: &[0.3; MOST][..experts],
        selectivity: &[0.4; MOST][..experts],
        cuts: &[CUT; MOST][..experts],
    }
}

/// Measures the writing of masks, and the counting of them for several selectivities.
fn measure_masks(engine: &mut dyn Engine, sources: usize, float: Float, x: &[u8]) {
    let experts = sources - 1;
    // As many elements for each number type: the result takes four bytes each.
    let elements = CHUNK_BYTES / sources / 4 / 64 * 64;
    let work = Masking { sources, elements, input: float, table: table(Rule::Sum, experts) };
    let mut y = vec![0; work.y_bytes()];
    beside_copies(&format!("keep_masks, {experts} skills"), float, work.x_bytes() + work.y_bytes(), x, |chunk| {
        engine.masks(&work, &chunk[..work.x_bytes()], &mut y).expect("the engine works");
        black_box(&y);
    });
    let columns: Vec<f32> = (0..COLUMNS * experts).map(|at| 0.2 + 0.05 * (at / experts) as f32).collect();
    beside_copies(&format!("tally_masks, {experts} skills"), float, work.x_bytes(), x, |chunk| {
        black_box(engine.count_masks(&work, &columns, &chunk[..work.x_bytes()]).expect("the engine works"));
    });
}

/// Prints the speed of some work on chunks of x, and of copies of as many bytes.
fn beside_copies(name: &str, float: Float, moved: usize, x: &[u8], mut work: impl FnMut(&[u8])) {
    let kernel_speed = speeds(moved * CHUNKS, || x.chunks(CHUNK_BYTES).for_each(&mut work));
    let half = (moved / 2).min(CHUNK_BYTES);
    let mut copy = vec![0; half];
    let copy_speed = speeds(2 * half * CHUNKS, || {
        for chunk in x.chunks(CHUNK_BYTES) {
            copy.copy_from_slice(&chunk[..half]);
            black_box(&copy);
        }
    });
    let shared_speed = speeds(2 * half * CHUNKS, || {
        for chunk in x.chunks(CHUNK_BYTES) {
            let parts = copy.par_chunks_mut(1 << 18).zip(chunk.par_chunks(1 << 18));
            parts.for_each(|(to, from)| to.copy_from_slice(&from[..to.len()]));
            black_box(&copy);
        }
    });
    println!(
        "  {name:<21} {:<4} {}   copy, one thread {} (ratio {:.2})   copy, all threads {} (ratio {:.2})",
        format!("{float:?}"),
        show(kernel_speed),
        show(copy_speed),
        kernel_speed[PASSES / 2] / copy_speed[PASSES / 2],
        show(shared_speed),
        kernel_speed[PASSES / 2] / shared_speed[PASSES / 2],
    );
}

fn measure_gram(engine: &mut dyn Engine, sources: usize, float: Float, x: &[u8]) {
    let elements = CHUNK_BYTES / sources / float.bytes() / Measure::BLOCK * Measure::BLOCK;
    let work = Measure { sources, elements, input: float };
    let chunks: Vec<&[u8]> = x.chunks(CHUNK_BYTES).map(|chunk| &chunk[..work.x_bytes()]).collect();
    let read = work.x_bytes() * CHUNKS;
    let gram_speed = speeds(read, || {
        for chunk in &chunks {
            black_box(engine.gram(&work, chunk).expect("the engine works"));
        }
    });
    let read_speed = speeds(read, || {
        for chunk in &chunks {
            black_box(chunk.par_chunks(1 << 18).map(sum_of_bytes).reduce(|| 0, u64::wrapping_add));
        }
    });
    println!(
        "  gram, {:>2} rows {:<4} {}   reading, all threads {} (ratio {:.2})",
        sources,
        format!("{float:?}"),
        show(gram_speed),
        show(read_speed),
        gram_speed[PASSES / 2] / read_speed[PASSES / 2],
    );
}

/// The cheapest thing that touches every byte.
fn sum_of_bytes(bytes: &[u8]) -> u64 {
    bytes.as_chunks::<8>().0.iter().map(|eight| u64::from_le_bytes(*eight)).fold(0, u64::wrapping_add)
}

/// GB/s of each pass, slowest first, after one pass that warms up.
fn speeds(bytes: usize, mut pass: impl FnMut()) -> [f64; PASSES] {
    pass();
    let mut speeds = [(); PASSES].map(|()| {
        let start = Instant::now();
        pass();
        bytes as f64 / start.elapsed().as_secs_f64() / 1e9
    });
    speeds.sort_by(f64::total_cmp);
    speeds
}

fn show(speeds: [f64; PASSES]) -> String {
    format!("{:6.2} GB/s [{:.2} to {:.2}]", speeds[PASSES / 2], speeds[0], speeds[PASSES - 1])
}
