//! What the checks after saving found, in words.

use super::format;

/// What a word list holds.
pub const WORDS: &str = "words";
/// What a head answers with.
pub const LABELS: &str = "labels";

/// Every part was found again; `settings`: its settings lie beside it and agree.
pub fn opens(parts: u64, settings: bool) -> String {
    let count = format!("{0} of {0} parts", format::grouped(parts));
    if settings { format!("with its own settings, {count}") } else { count }
}

/// The settings speak of another number of things than the model has.
pub fn contradiction(what: &str, told: u64, is: u64) -> String {
    format!("its settings speak of {} {what}, the model has {}", format::grouped(told), format::grouped(is))
}

/// The sizes are as expected.
pub fn sizes(bytes: u64) -> String {
    format!("{0} expected, {0} written", format::bytes(bytes))
}

/// How many numbers were looked at.
pub fn numbers(count: u64) -> String {
    format!("{} weights", format::count(count))
}

/// The input that the result is closest to, and the relative distance.
pub fn closest(name: &str, distance: f64) -> String {
    if distance > 0.0 {
        format!("closest: {name}, {} apart", format::small_percent(distance))
    } else {
        format!("the same as {name}")
    }
}
