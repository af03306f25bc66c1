//! Memory does not grow with the models: the peak of a process of its own, told by the system (Linux).

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::models::Seeded;
use crate::support::{jobs as job, scratch};

/// Names the folder in which the child mixes.
const FOLDER: &str = "TINCTURE_TEST_MIX_IN";
/// Makes the child keep a whole input in memory while it mixes.
const GREEDY: &str = "TINCTURE_TEST_KEEP_AN_INPUT";
/// What the child says before its figures.
const MARK: &str = "peak and forecast:";
/// Elements of one tensor: 48 MiB, larger than any chunk, so that chunks have their full size in every model.
const ELEMENTS: u64 = 12 << 20;
const MIB: u64 = 1 << 20;

/// Writes a model of `tensors` large tensors, piece by piece; a block of seeded numbers over and over.
fn write_model(path: &Path, tensors: u64, seed: u64) {
    let bytes = ELEMENTS * 4;
    let entry = |at: u64| {
        format!(
            "\"layer.{at}.weight\":{{\"dtype\":\"F32\",\"shape\":[{ELEMENTS}],\"data_offsets\":[{},{}]}}",
            at * bytes,
            (at + 1) * bytes
        )
    };
    let header = format!("{{{}}}", (0..tensors).map(entry).collect::<Vec<_>>().join(","));
    let block: Vec<u8> = Seeded(seed).values(1 << 18, 0.1).iter().flat_map(|value| value.to_le_bytes()).collect();
    let mut file = BufWriter::new(File::create(path).expect("a scratch file can be made"));
    file.write_all(&crate::support::format::with_header(&header, &[])).expect("space for the models");
    for _ in 0..tensors * bytes / block.len() as u64 {
        file.write_all(&block).expect("space for the models");
    }
    file.flush().expect("space for the models");
}

/// Highest memory of this process so far, in bytes.
fn own_peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux tells about every process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("it tells the peak");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number of kB") * 1024
}

/// The child's part: mixes what lies in the folder that its parent names, and tells its peak.
/// Without a parent it has nothing to do.
#[test]
fn child_mixes_and_tells_its_peak() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    let models = ["a", "b"].map(|name| folder.join(format!("{name}.safetensors")));
    let recipe = job::recipe("task_arithmetic", Some(&folder.join("base.safetensors")), &models);
    let before = own_peak();
    let kept = std::env::var_os(GREEDY).map(|_| fs::read(folder.join("base.safetensors")).expect("an input"));
    let report = job::mix(&recipe, &folder.join("out"), &job::context(&folder, "cpu"));
    assert!(report.memory.peak <= report.memory.forecast, "{:?}", report.memory);
    println!("\n{MARK} {} {}", own_peak() - before, report.memory.forecast);
    drop(kept);
}

/// Peak above the start and forecast of a mix of three models with so many tensors.
fn mixed(tensors: u64, is_greedy: bool) -> (u64, u64) {
    let scratch = scratch::folder();
    for (name, seed) in [("base", 1), ("a", 2), ("b", 3)] {
        write_model(&scratch.path().join(format!("{name}.safetensors")), tensors, seed);
    }
    let mut command = Command::new(std::env::current_exe().expect("this program has a place"));
    command.args(["--exact", "memory::child_mixes_and_tells_its_peak", "--nocapture"]);
    if is_greedy {
        command.env(GREEDY, "yes");
    }
    let output = command.env(FOLDER, scratch.path()).output().expect("this program starts again");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let figures = text.lines().find_map(|line| line.strip_prefix(MARK)).unwrap_or_else(|| panic!("no figures: {text}"));
    let mut numbers = figures.split_whitespace().map(|number| number.parse().expect("two numbers"));
    (numbers.next().expect("the peak"), numbers.next().expect("the forecast"))
}

/// Whether a peak is more than noise above another.
fn grew(from: u64, to: u64) -> bool {
    to > from + 40 * MIB
}

// Three inputs of 50 MB against three of 400 MB: what is in memory is chunks.
#[test]
fn memory_stays_under_the_forecast_and_does_not_grow_with_the_models() {
    let (small, small_forecast) = mixed(1, false);
    let (large, forecast) = mixed(8, false);
    println!("peak {} and {} MiB, forecast {} MiB", small / MIB, large / MIB, forecast / MIB);
    assert_eq!(small_forecast, forecast, "the plan's memory depends on chunks only");
    assert!(!grew(small, large), "{} MiB became {} MiB", small / MIB, large / MIB);
    // Threads, headers and hashing need something beside the buffers, whatever the size of the models.
    assert!(large < forecast + 16 * MIB, "{} MiB against a forecast of {} MiB", large / MIB, forecast / MIB);
    // The control: one input that is kept in memory is seen.
    let (greedy, _) = mixed(1, true);
    assert!(grew(small, greedy), "{} MiB, with an input in memory {} MiB", small / MIB, greedy / MIB);
}
