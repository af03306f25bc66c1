//! The map of trade-offs: charts, sliders, floors, grid and table.
#![allow(missing_docs, reason = "each text is its own description")]

use super::trade::{known_as, number, value};
use crate::score::Metric;
use crate::words::format;

pub const AREA: &str = "Map of mixes";
pub const FULL: &str = "Full range";
pub const FULL_HINT: &str = "Let the axes start at 0";

// Legend.
pub const KEY_MEASURED: &str = "measured";
pub const KEY_ESTIMATE: &str = "estimate";
pub const KEY_MISS: &str = "typical miss";
pub const KEY_BEATEN: &str = "beaten in every skill";
pub const KEY_ALONE: &str = "a specialist alone";
pub const KEY_START: &str = "starting model";
pub const KEY_EQUAL: &str = "equal mix";
pub const KEY_OTHERS: &str = "other mixes";
pub const KEY_FLOOR: &str = "floor";

// Reference marks.
pub const START: &str = "Starting model";
pub const EQUAL: &str = "Equal mix";

// Two skills.
pub const EVEN: &str = "Even";
pub const BEST_BEND: &str = "Best bend";

// Three skills.
pub const CHOOSE_BY: &str = "Choose by";
pub const CHOICES: [&str; 2] = ["Priorities", "Floors"];
pub const PRIORITIES: &str = "What matters more?";
pub const PRIORITIES_HINT: &str = "The three always add up to 100\u{202f}%.";
pub const FLOORS_ASK: &str = "What must each skill have?";
pub const FLOORS_HINT: &str = "The coloured part can still be reached.";
pub const WEAKEST_KEEPS: &str = "weakest skill keeps";
pub const TRIANGLE: &str = "Which skill matters how much";
pub const ELSEWHERE: &str = "The selected mix is best for no priorities.";

// Floors.
pub const FLOORS: &str = "Floors";
pub const OF_SPECIALIST: &str = "% of specialist";
pub const STEP_BACK: &str = "Step back";
pub const CLEAR: &str = "Clear floors";
pub const NO_FLOOR: &str = "no floor";
pub const NOTHING_LEFT: &str = "No mix keeps all floors. Step back, or lower one.";

// Four skills and more.
pub const AXES: &str = "Share of each specialist kept";
pub const GRID: &str = "Mixes, in percent of each specialist";
pub const GROWING: &str = "Floors can be set when the estimates are there.";

// Table.
pub const TABLE: &str = "All mixes";
pub const MIX: &str = "Mix";
pub const KNOWN: &str = "Known by";
pub const WORST: &str = "Worst share";

/// Title of an axis: `Flowers, % correct`.
pub fn axis(skill: &str, metric: Metric) -> String {
    match metric {
        Metric::Accuracy => format!("{skill}, % correct"),
        Metric::Agreement => format!("{skill}, % answered like the specialist"),
    }
}

/// That the axes do not begin at 0; empty where they do.
pub fn axes_start(skills: [&str; 2], low: [f64; 2]) -> String {
    match low {
        [x, y] if x <= 0.0 && y <= 0.0 => String::new(),
        [x, y] if (x - y).abs() < 1e-9 => format!("Axes start at {}", format::percent(x)),
        [x, y] => {
            let all = [(skills[0], x), (skills[1], y)].into_iter().filter(|(_, low)| *low > 0.0);
            let all: Vec<String> = all.map(|(skill, low)| format!("{skill} at {}", format::percent(low))).collect();
            format!("Axes start: {}", all.join(", "))
        }
    }
}

/// Where shares begin on every axis.
pub fn shares_start(low: f64) -> String {
    if low > 0.0 { format!("Axes start at {}", format::percent(low)) } else { String::new() }
}

pub fn alone(skill: &str) -> String {
    format!("{skill} alone")
}

/// A mark beyond the axes with its scores: `Starting model 71, 44`.
pub fn beyond(name: &str, values: &[f64]) -> String {
    let values: Vec<String> = values.iter().map(|value| format!("{:.0}", value * 100.0)).collect();
    format!("{name} {}", values.join(", "))
}

pub fn more(skill: &str) -> String {
    format!("More {skill}")
}

pub fn best_for(skill: &str) -> String {
    format!("Best for {skill}")
}

/// Under the name of the selected point: `~91 and ~88, estimate`.
pub fn in_plot(values: &[f64], measured: bool) -> String {
    let values: Vec<String> = values.iter().map(|value| number(*value, measured)).collect();
    format!("{}, {}", format::list(&values), known_as(measured).to_lowercase())
}

/// A price in points: whole, or with one decimal where it is small.
fn price(points: f64) -> String {
    let tenths = (points * 10.0).round() / 10.0;
    if tenths >= 10.0 || tenths.fract().abs() < 0.05 { format!("{tenths:.0}") } else { format!("{tenths:.1}") }
}

/// The same sentence as [`knee`] in two short lines of the chart.
pub fn knee_lines(gained: &str, lost: &str, points: f64) -> [String; 2] {
    [format!("past here, +1 {gained}"), format!("costs {} {lost}", price(points))]
}

/// `Best bend: past here, +1 point of Signs costs 3 points of Flowers.`
pub fn knee(gained: &str, lost: &str, points: f64) -> String {
    let points = price(points);
    let unit = if points == "1" { "point" } else { "points" };
    format!("{BEST_BEND}: past here, +1 point of {gained} costs {points} {unit} of {lost}.")
}

/// Scores in one line: `Signs 87.4 %, Flowers 90.1 %, measured`.
pub fn scores(skills: &[String], values: &[f64], measured: bool) -> String {
    let pairs = skills.iter().zip(values);
    let all: Vec<String> = pairs.map(|(skill, score)| format!("{skill} {}", value(*score, measured))).collect();
    format!("{}, {}", all.join(", "), known_as(measured).to_lowercase())
}

/// Name of a reference mark with its scores.
pub fn reference(name: &str, skills: &[String], values: &[f64]) -> String {
    format!("{name}: {}", scores(skills, values, true))
}

/// What the slider along the best mixes does.
pub fn along(from: &str, to: &str) -> String {
    format!("Along the best mixes, from {from} to {to}")
}

pub fn wanted(skill: &str) -> String {
    format!("Wanted score for {skill}, in percent")
}

/// Accessible name of a chart: `Flowers against Signs: 12 mixes measured, 40 estimates. Selected: …`
pub fn chart(skills: &[String], measured: usize, estimates: usize, selected: Option<&str>) -> String {
    let what = skills.join(" against ");
    let measured = format!("{} measured", format::counted(measured as u64, "mix", "mixes"));
    let estimates = match estimates {
        0 => String::new(),
        count => format!(", {}", format::counted(count as u64, "estimate", "estimates")),
    };
    let selected = selected.map_or_else(String::new, |said| format!(" Selected: {said}"));
    format!("{what}: {measured}{estimates}.{selected}")
}

/// One sentence on a point: `Even, estimate: Signs ~88 %, Flowers ~91 %. Signs keeps least, 95 % of its specialist.`
pub fn summary(title: &str, skills: &[String], values: &[f64], worst: Option<(usize, f64)>, measured: bool) -> String {
    let pairs = skills.iter().zip(values);
    let all: Vec<String> = pairs.map(|(skill, score)| format!("{skill} {}", value(*score, measured))).collect();
    let least = worst.and_then(|(at, share)| {
        Some(format!(" {} keeps least, {} of its specialist.", skills.get(at)?, format::percent(share)))
    });
    let known = known_as(measured).to_lowercase();
    format!("{title}, {known}: {}.{}", all.join(", "), least.unwrap_or_default())
}

/// A priority as a screen reader says it.
pub fn priority(skill: &str) -> String {
    format!("How much {skill} matters")
}

pub fn lock(skill: &str) -> String {
    format!("Hold {skill} where it is")
}

/// Priorities in one line: `Flowers 45 %, Signs 30 %, Birds 25 %`.
pub fn priorities(skills: &[String], shares: &[u32]) -> String {
    let pairs = skills.iter().zip(shares);
    let all: Vec<String> = pairs.map(|(skill, share)| format!("{skill} {share}\u{202f}%")).collect();
    all.join(", ")
}

/// The handle of the triangle: priorities, and what the best mix for them keeps.
pub fn cell(skills: &[String], shares: &[u32], worst: f64, measured: bool) -> String {
    format!("{}; weakest skill keeps {}", priorities(skills, shares), kept(worst, measured))
}

/// A share that is kept: `94 %` or `~94 %`.
pub fn kept(share: f64, measured: bool) -> String {
    let sign = if measured { "" } else { "~" };
    format!("{sign}{}", format::percent(share))
}

/// Both ends of the colours of the triangle: `72–95 %`.
pub fn from_to(low: f64, high: f64) -> String {
    format!("{:.0}–{}", low * 100.0, format::percent(high))
}

/// Whole percent that are surely reached, so that a floor never reads higher than the most that fits.
fn down(share: f64) -> f64 {
    (share * 100.0 + 1e-6).floor() / 100.0
}

/// A floor beside its slider, without its unit: `≥ 86`.
pub fn at_least(floor: f64) -> String {
    format!("≥\u{202f}{:.0}", down(floor) * 100.0)
}

/// The most that can be reached, without its unit: `≤ 96`.
pub fn at_most(most: f64) -> String {
    format!("≤\u{202f}{:.0}", down(most) * 100.0)
}

pub fn floor_of(skill: &str) -> String {
    format!("Least of {skill}")
}

/// A floor as a screen reader says it: `at least 86 %, 80 to 96 % can be reached`.
pub fn floor_said(floor: Option<f64>, reach: Option<[f64; 2]>) -> String {
    let floor = floor.map_or_else(|| NO_FLOOR.to_owned(), |floor| format!("at least {}", format::percent(down(floor))));
    match reach {
        Some([least, most]) => {
            format!("{floor}, {} to {} can be reached", least_of(least), format::percent(down(most)))
        }
        None => floor,
    }
}

fn least_of(least: f64) -> String {
    format!("{:.0}", least * 100.0)
}

/// Why a floor goes no further: `90 % is the most that fits with Flowers ≥ 92 %.`
pub fn stopped(skill: &str, most: f64, others: &[(String, f64)]) -> String {
    let most = format::percent(down(most));
    if others.is_empty() {
        return format!("{most} is the most any mix reaches for {skill}.");
    }
    let all = others.iter().map(|(name, floor)| format!("{name} ≥ {}", format::percent(down(*floor))));
    format!("{most} is the most that fits with {}.", format::list(&all.collect::<Vec<_>>()))
}

/// `Floors leave 52 of 96 mixes.`
pub fn left(count: usize, all: usize) -> String {
    format!("Floors leave {} of {}.", format::grouped(count as u64), format::counted(all as u64, "mix", "mixes"))
}

/// What remains, by how it is known: `12 measured, 40 estimates`.
pub fn counts(measured: usize, estimates: usize) -> String {
    format!(
        "{} measured, {}",
        format::grouped(measured as u64),
        format::counted(estimates as u64, "estimate", "estimates")
    )
}

pub fn move_left(skill: &str) -> String {
    format!("Move {skill} left")
}

pub fn move_right(skill: &str) -> String {
    format!("Move {skill} right")
}

/// Heard when an axis was moved.
pub fn moved(skill: &str, place: usize) -> String {
    format!("{skill} is axis {} now.", place + 1)
}

/// Name of a line or of a row: `Even, estimate`.
pub fn line(title: &str, measured: bool) -> String {
    format!("{title}, {}", known_as(measured).to_lowercase())
}

/// A cell of the grid: `Even, Signs: ~94 % of specialist, estimate`.
pub fn grid_cell(title: &str, skill: &str, share: f64, measured: bool) -> String {
    let known = known_as(measured).to_lowercase();
    format!("{title}, {skill}: {} of specialist, {known}", kept(share, measured))
}

/// A share without its unit, for cells: `94` or `~94`.
pub fn share_number(share: f64, measured: bool) -> String {
    let sign = if measured { "" } else { "~" };
    format!("{sign}{:.0}", share * 100.0)
}

/// An estimate without a name, in the table: `Between, no. 12`.
pub fn between(at: usize) -> String {
    format!("Between, no. {}", at + 1)
}

/// Column of the scores that were measured.
pub fn measured_column(skill: &str) -> String {
    format!("{skill}, measured")
}

/// Column of what was expected.
pub fn estimate_column(skill: &str) -> String {
    format!("{skill}, estimate")
}

/// Under the name of a column: `200 examples`.
pub fn examples(count: u64) -> String {
    format::counted(count, "example", "examples")
}

/// Under the name of a column of scores that were measured: `measured, 200 examples`.
pub fn measured_on(count: u64) -> String {
    format!("{KEY_MEASURED}, {}", examples(count))
}

/// What sorting a column does.
pub fn sort_by(column: &str) -> String {
    format!("Sort by {column}")
}

/// A measured score in the table: `87.4 ±2.3`.
pub fn exact(value: f64, error: f64) -> String {
    format!("{} ±{}", format::tenths(value), format::tenths(error))
}

/// An estimate in the table: `~88 (86–90)`.
pub fn expected(value: f64, range: Option<[f64; 2]>) -> String {
    let whole = |share: f64| format!("{:.0}", share.clamp(0.0, 1.0) * 100.0);
    match range {
        Some([low, high]) => format!("{} ({}–{})", number(value, false), whole(low), whole(high)),
        None => number(value, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: String) -> String {
        text.replace('\u{202f}', " ")
    }

    fn skills() -> Vec<String> {
        ["Signs", "Flowers"].map(str::to_owned).to_vec()
    }

    #[test]
    fn axes_that_do_not_begin_at_zero_say_so() {
        assert_eq!(plain(axes_start(["A", "B"], [0.7, 0.7])), "Axes start at 70 %");
        assert_eq!(plain(axes_start(["A", "B"], [0.7, 0.0])), "Axes start: A at 70 %");
        assert_eq!(plain(axes_start(["A", "B"], [0.7, 0.6])), "Axes start: A at 70 %, B at 60 %");
        assert_eq!((axes_start(["A", "B"], [0.0, 0.0]), shares_start(0.0)), (String::new(), String::new()));
        assert_eq!(axis("Signs", Metric::Accuracy), "Signs, % correct");
        assert_eq!(beyond(START, &[0.712, 0.44]), "Starting model 71, 44");
    }

    #[test]
    fn the_bend_is_one_sentence_with_a_readable_price() {
        let said = knee("Signs", "Flowers", 3.02);
        assert_eq!(said, "Best bend: past here, +1 point of Signs costs 3 points of Flowers.");
        assert_eq!(knee_lines("Signs", "Flowers", 2.46), ["past here, +1 Signs", "costs 2.5 Flowers"]);
        assert_eq!([price(1.02), price(0.26), price(12.6)], ["1", "0.3", "13"]);
        assert!(knee("Signs", "Flowers", 1.0).contains("costs 1 point of"));
    }

    #[test]
    fn measured_and_expected_points_are_told_apart_by_word_and_number() {
        let said = |measured| plain(summary("Even", &skills(), &[0.874, 0.913], Some((0, 0.95)), measured));
        assert_eq!(
            said(false),
            "Even, estimate: Signs ~87 %, Flowers ~91 %. Signs keeps least, 95 % of its specialist."
        );
        assert!(said(true).starts_with("Even, measured: Signs 87.4 %, Flowers 91.3 %."), "{}", said(true));
        assert_eq!(in_plot(&[0.91, 0.884], false), "~91 and ~88, estimate");
        assert_eq!(plain(scores(&skills(), &[0.874, 0.9], true)), "Signs 87.4 %, Flowers 90.0 %, measured");
        assert_eq!(
            (exact(0.874, 0.023), expected(0.88, Some([0.86, 0.9]))),
            ("87.4 ±2.3".into(), "~88 (86–90)".into())
        );
        assert_eq!(measured_on(200), "measured, 200 examples");
        assert_eq!((expected(0.88, None), between(11)), ("~88".into(), "Between, no. 12".into()));
        assert_eq!((share_number(0.944, true), share_number(0.944, false)), ("94".into(), "~94".into()));
        assert_eq!(plain(grid_cell("Even", "Signs", 0.94, false)), "Even, Signs: ~94 % of specialist, estimate");
    }

    #[test]
    fn a_chart_says_what_it_holds() {
        let all = ["Flowers", "Signs"].map(str::to_owned);
        assert_eq!(chart(&all, 12, 40, None), "Flowers against Signs: 12 mixes measured, 40 estimates.");
        assert_eq!(chart(&all, 1, 0, Some("Even.")), "Flowers against Signs: 1 mix measured. Selected: Even.");
    }

    #[test]
    fn a_floor_that_stops_says_why() {
        let with = [("Flowers".to_owned(), 0.92)];
        assert_eq!(plain(stopped("Signs", 0.904, &with)), "90 % is the most that fits with Flowers ≥ 92 %.");
        assert_eq!(plain(stopped("Signs", 0.97, &[])), "97 % is the most any mix reaches for Signs.");
        assert_eq!(plain(floor_said(Some(0.86), Some([0.8, 0.96]))), "at least 86 %, 80 to 96 % can be reached");
        assert_eq!(floor_said(None, None), NO_FLOOR);
        assert_eq!((plain(at_least(0.86)), plain(at_most(0.969))), ("≥ 86".into(), "≤ 96".into()));
        assert_eq!((plain(at_least(0.955)), plain(at_most(0.955))), ("≥ 95".into(), "≤ 95".into()));
        assert_eq!(left(52, 96), "Floors leave 52 of 96 mixes.");
        assert_eq!(counts(1, 40), "1 measured, 40 estimates");
    }

    #[test]
    fn priorities_are_read_with_what_they_lead_to() {
        let all = ["A", "B", "C"].map(str::to_owned);
        let said = plain(cell(&all, &[45, 30, 25], 0.944, false));
        assert_eq!(said, "A 45 %, B 30 %, C 25 %; weakest skill keeps ~94 %");
        assert_eq!(plain(from_to(0.72, 0.953)), "72–95 %");
    }
}
