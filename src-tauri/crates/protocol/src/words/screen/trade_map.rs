//! The map of trade-offs: chart of two skills, table.
#![allow(missing_docs, reason = "each text is its own description")]

use crate::score::Metric;
use crate::words::format;

pub const MEASURED: &str = "Measured";
pub const ESTIMATE: &str = "Estimate";
pub const MISS: &str = "typical miss";
pub const BEATEN: &str = "beaten in every skill";
pub const EQUAL: &str = "Equal mix";
pub const FULL: &str = "Show the whole range";
pub const ZOOM: &str = "Show the part that matters";
pub const EVEN: &str = "Even";
pub const BEND: &str = "Best bend";
pub const TABLE: &str = "All mixes";
pub const MIX: &str = "Mix";
pub const KNOWN: &str = "Known";
pub const WORST: &str = "Worst share";
pub const SORT_HINT: &str = "Click a column to sort by it.";

/// `Signs, % correct`.
pub fn axis(skill: &str, metric: Metric) -> String {
    match metric {
        Metric::Accuracy => format!("{skill}, % correct"),
        Metric::Agreement => format!("{skill}, % as the specialist"),
    }
}

/// `Axes start at 70 %`, each where both differ; nothing where both start at 0.
pub fn axes_start(across: f64, up: f64) -> String {
    match (across, up) {
        (0.0, 0.0) => String::new(),
        (x, y) if (x - y).abs() < 1e-9 => format!("Axes start at {}", format::percent(x)),
        (x, y) => format!("Axes start at {} across and {} up", format::percent(x), format::percent(y)),
    }
}

/// What lies outside the part that is shown.
pub fn outside(count: usize) -> String {
    match count {
        0 => String::new(),
        count => format!("{} outside", format::counted(count as u64, "mix", "mixes")),
    }
}

pub fn alone(skill: &str) -> String {
    format!("{skill} alone")
}

/// `Starting model 71, 44`.
pub fn start(across: f64, up: f64) -> String {
    format!("Starting model {:.0}, {:.0}", 100.0 * across, 100.0 * up)
}

pub fn more(skill: &str) -> String {
    format!("More {skill}")
}

pub fn best_for(skill: &str) -> String {
    format!("Best for {skill}")
}

/// What the slider is between.
pub fn between(up: &str, across: &str) -> String {
    format!("Between {up} and {across}")
}

/// Name of the field beside the slider.
pub fn typed(skill: &str) -> String {
    format!("{skill} in percent")
}

/// What the bend costs, in two lines: `past here, +1 Flowers`, `costs 2.5 Signs`.
pub fn bend(across: &str, up: &str, price: f64) -> [String; 2] {
    [format!("past here, +1 {across}"), format!("costs {price:.1} {up}")]
}

/// The same as a sentence.
pub fn bend_said(across: &str, up: &str, price: f64) -> String {
    format!("{BEND}: past here, +1 point of {across} costs {price:.1} points of {up}.")
}

/// What a drawing shows, for people who do not see it.
pub fn drawing(across: &str, up: &str, measured: usize, estimates: usize) -> String {
    format!(
        "{} measured and {} by {across} and {up}. The table says the same.",
        format::counted(measured as u64, "mix", "mixes"),
        format::counted(estimates as u64, "estimate", "estimates"),
    )
}

/// A point beside the selected one in the drawing: `87.4 and ~91, estimate`.
pub fn pair(across: &str, up: &str, measured: bool) -> String {
    format!("{across} and {up}, {}", known(measured).to_lowercase())
}

pub fn known(measured: bool) -> &'static str {
    if measured { MEASURED } else { ESTIMATE }
}

/// A mix in the table.
pub fn row(at: usize, measured: bool) -> String {
    if measured { format!("{MIX} {at}") } else { format!("{ESTIMATE} {at}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_say_where_they_start_unless_that_is_zero() {
        assert_eq!(axes_start(0.0, 0.0), "");
        assert_eq!(axes_start(0.7, 0.7), "Axes start at 70\u{202f}%");
        assert!(axes_start(0.7, 0.0).contains("across") && axes_start(0.7, 0.0).contains("0\u{202f}%"));
    }

    #[test]
    fn the_bend_is_said_twice_alike() {
        let [first, second] = bend("Flowers", "Signs", 2.46);
        assert_eq!((first.as_str(), second.as_str()), ("past here, +1 Flowers", "costs 2.5 Signs"));
        assert!(bend_said("Flowers", "Signs", 2.46).contains("costs 2.5 points of Signs"));
    }

    #[test]
    fn nothing_outside_is_no_word() {
        assert_eq!(
            (outside(0).as_str(), outside(1).as_str(), outside(3).as_str()),
            ("", "1 mix outside", "3 mixes outside")
        );
    }
}
