//! Positions, stops and typed values of a strength slider.

use protocol::methods::{MethodRow, StrengthKind};

/// Right end of every slider: half more than as trained.
pub const MOST: f64 = 1.5;
/// A dragged handle this close to a stop lands on it.
const PULL: f64 = 0.0125;

/// A mark under the track.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stop {
    /// Strength.
    pub at: f64,
    /// Whether its number is written under the last slider.
    pub named: bool,
}

/// The stops of a method: ends, half and whole; for coefficients also 30 %, as the paper proposes.
pub fn stops(method: &MethodRow) -> Vec<Stop> {
    let mut found = vec![Stop { at: 0.0, named: true }];
    if method.strength == StrengthKind::Coefficient {
        found.push(Stop { at: 0.3, named: true });
    }
    found.extend([0.5, 1.0, MOST].map(|at| Stop { at, named: true }));
    found
}

/// Where a strength stands on the track, 0 to 1.
pub fn position(strength: f64) -> f64 {
    (strength / MOST).clamp(0.0, 1.0)
}

/// A value of the track in whole percent; with `pull`, values near a stop land on it.
pub fn land(value: f64, stops: &[Stop], pull: bool) -> f64 {
    let whole = (value * 100.0).round() / 100.0;
    let near = stops.iter().find(|stop| pull && (stop.at - value).abs() <= PULL);
    near.map_or(whole, |stop| stop.at).clamp(0.0, MOST)
}

/// The next stop above or below.
pub fn next_stop(strength: f64, stops: &[Stop], up: bool) -> f64 {
    let beyond = |stop: &&Stop| if up { stop.at > strength + 1e-9 } else { stop.at < strength - 1e-9 };
    let found = if up { stops.iter().find(beyond) } else { stops.iter().rev().find(beyond) };
    found.map_or(if up { MOST } else { 0.0 }, |stop| stop.at)
}

/// A key on the slider: the new strength, or `None` if the key does nothing here.
pub fn by_key(key: &str, shift: bool, strength: f64, stops: &[Stop]) -> Option<f64> {
    let step = if shift { 0.1 } else { 0.01 };
    let moved = match key {
        "ArrowRight" | "ArrowUp" => strength + step,
        "ArrowLeft" | "ArrowDown" => strength - step,
        "Home" => 0.0,
        "End" => MOST,
        "PageUp" => return Some(next_stop(strength, stops, true)),
        "PageDown" => return Some(next_stop(strength, stops, false)),
        _ => return None,
    };
    Some(((moved * 1000.0).round() / 1000.0).clamp(0.0, MOST))
}

/// A typed strength: `40`, `40 %`, `40,5` and `0.4` are all understood; a plain number up to 1.5 with a
/// decimal mark is a share, everything else percent.
pub fn typed(text: &str) -> Option<f64> {
    let percent = text.contains('%');
    let plain: String =
        text.chars().filter(|letter| !letter.is_whitespace() && *letter != '%').collect::<String>().replace(',', ".");
    let value: f64 = plain.parse().ok().filter(|value: &f64| value.is_finite())?;
    let share = if !percent && plain.contains('.') && value <= MOST { value } else { value / 100.0 };
    (0.0..=MOST).contains(&share).then_some(share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::methods;

    fn balanced() -> Vec<Stop> {
        stops(methods::find("task_arithmetic").expect("in the table"))
    }

    #[test]
    fn the_papers_coefficient_is_a_stop_and_not_for_averages() {
        assert!(balanced().iter().any(|stop| stop.at == 0.3));
        assert!(stops(methods::find("average").expect("in the table")).iter().all(|stop| stop.at != 0.3));
    }

    #[test]
    fn dragging_lands_on_near_stops_and_nothing_else_does() {
        assert_eq!(land(0.508, &balanced(), true), 0.5);
        assert_eq!(land(0.508, &balanced(), false), 0.51);
        assert_eq!(land(0.42, &balanced(), true), 0.42);
        assert_eq!(land(7.0, &balanced(), true), MOST);
    }

    #[test]
    fn keys_step_and_jump() {
        let stops = balanced();
        assert_eq!(by_key("ArrowRight", false, 0.4, &stops), Some(0.41));
        assert_eq!(by_key("ArrowLeft", true, 0.05, &stops), Some(0.0));
        assert_eq!(by_key("PageUp", false, 0.25, &stops), Some(0.3));
        assert_eq!(by_key("PageDown", false, 0.3, &stops), Some(0.0));
        assert_eq!(by_key("End", false, 0.3, &stops), Some(MOST));
        assert_eq!(by_key("a", false, 0.3, &stops), None);
    }

    #[test]
    fn typed_numbers_are_percent_unless_they_are_shares() {
        for (text, share) in
            [("40", 0.4), ("40 %", 0.4), ("40,5%", 0.405), ("0.4", 0.4), ("1", 0.01), ("150", 1.5), ("1.0 %", 0.01)]
        {
            let found = typed(text).expect("understood");
            assert!((found - share).abs() < 1e-12, "{text} became {found}");
        }
        for text in ["", "x", "-1", "151", "NaN", "inf"] {
            assert_eq!(typed(text), None, "{text}");
        }
    }
}
