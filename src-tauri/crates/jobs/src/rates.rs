//! How fast mixes ran before, remembered for each engine; only forecasts use it.

use std::collections::BTreeMap;
use std::path::Path;

use crate::kept;

/// Bytes a second (read and written together) until a mix has been measured here.
const FIRST_GUESS: f64 = 400e6;
/// Shorter runs say more about start-up than about speed.
const LEAST_BYTES: u64 = 16 << 20;
/// Weight of the newest run against all before.
const NEWEST: f64 = 0.5;

type Rates = BTreeMap<String, f64>;

/// Expected seconds for reading and writing `bytes` with this engine.
pub(crate) fn seconds(app_folder: &Path, engine: &str, bytes: u64) -> f64 {
    let rates: Rates = kept::load(&file(app_folder)).unwrap_or_default();
    let usable = |rate: &f64| rate.is_finite() && *rate > 0.0;
    bytes as f64 / rates.get(engine).copied().filter(usable).unwrap_or(FIRST_GUESS)
}

/// Remembers a run. A forecast is all that depends on it, so a full disk is no reason to complain.
pub(crate) fn remember(app_folder: &Path, engine: &str, bytes: u64, seconds: f64) {
    if bytes < LEAST_BYTES || seconds <= 0.0 {
        return;
    }
    let path = file(app_folder);
    let mut rates: Rates = kept::load(&path).unwrap_or_default();
    let newest = bytes as f64 / seconds;
    let rate = rates.entry(engine.to_owned()).or_insert(newest);
    *rate += NEWEST * (newest - *rate);
    let _ = kept::keep(&path, &rates);
}

fn file(app_folder: &Path) -> std::path::PathBuf {
    app_folder.join("rates.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_are_remembered_by_engine_and_short_runs_are_not() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let ask = |engine: &str| seconds(folder.path(), engine, 800_000_000);
        assert_eq!(ask("cpu"), 2.0);
        remember(folder.path(), "cpu", 1000, 1.0);
        assert_eq!(ask("cpu"), 2.0);
        remember(folder.path(), "cpu", 100_000_000, 1.0);
        assert_eq!(ask("cpu"), 8.0);
        remember(folder.path(), "cpu", 300_000_000, 1.0);
        assert_eq!(ask("cpu"), 4.0);
        assert_eq!(ask("card"), 2.0);
    }
}
