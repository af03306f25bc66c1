//! What the checks after saving found, in words.

use super::format;

/// Every part was found again.
pub fn opens(parts: u64) -> String {
    format!("with its own settings, {} of {} parts", format::grouped(parts), format::grouped(parts))
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
