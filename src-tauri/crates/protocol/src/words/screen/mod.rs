//! Titles, labels and hints of the window.
//!
//! | Module | Holds the words of |
//! |---|---|
//! | [`confusion`] | which answers a mix mixes up |
//! | [`cross`] | every model on every skill |
//! | [`done`] | a save that is done |
//! | [`examples`] | examples of the specialists |
//! | [`frame`] | frame around every screen |
//! | [`layers`] | which skills fight |
//! | [`masks`] | keep-masks layer by layer |
//! | [`measuring`] | a measurement that runs |
//! | [`mix`] | the step Mix |
//! | [`models`] | the step Models |
//! | [`parameters`] | more methods, and the settings of a method |
//! | [`popover`] | help and settings |
//! | [`save`] | the step Save |
//! | [`saving`] | a save that runs |
//! | [`scores`] | scores of a mix |
//! | [`start`] | the start screen |
//! | [`tint`] | the step Tint |
//! | [`trade`] | the step Trade-offs |
//! | [`trade_axes`] | marks on the axes of that map |
//! | [`trade_map`] | the map of the step Trade-offs |
//! | [`trying`] | one picture or sentence shown to the models |

use super::format;

pub mod confusion;
pub mod cross;
pub mod done;
pub mod examples;
pub mod frame;
pub mod layers;
pub mod masks;
pub mod measuring;
pub mod mix;
pub mod models;
pub mod pack;
pub mod parameters;
pub mod popover;
pub mod save;
pub mod saving;
pub mod scores;
pub mod start;
pub mod tint;
pub mod trade;
pub mod trade_axes;
pub mod trade_map;
pub mod trying;

/// `about 20 s`, or `under 1 s`.
fn about(seconds: f64) -> String {
    let said = format::seconds(seconds);
    if seconds < 0.5 { said } else { format!("about {said}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_share_the_unit_of_the_whole() {
        let plain = |text: String| text.replace('\u{202f}', " ");
        assert_eq!(plain(saving::amount(1_074_000_000, 1_704_000_000)), "1 074 of 1 704 MB");
        assert_eq!(plain(saving::amount(900_000, 7_400_000)), "0.9 of 7.4 MB");
        assert_eq!(plain(saving::amount(0, 20_000)), "0 of 20 kB");
    }

    #[test]
    fn a_drag_tells_what_it_carries() {
        let plain = |text: String| text.replace('\u{202f}', " ");
        assert_eq!(plain(frame::carried(1, 2)), "2 folders, 1 file");
        assert_eq!(plain(frame::carried(2, 0)), "2 files");
        assert_eq!(plain(frame::carried(0, 1)), "1 folder");
    }

    #[test]
    fn short_times_are_not_rounded_to_about() {
        assert_eq!(about(0.2), "under 1\u{202f}s");
        assert_eq!(about(20.0), "about 20\u{202f}s");
    }

    #[test]
    fn dates_get_shorter_the_nearer_they_are() {
        assert_eq!(start::when(0, (11, 2), 23, 10, None), "Today, 11:02");
        assert_eq!(start::when(1, (11, 2), 22, 10, None), "Yesterday");
        assert_eq!(start::when(5, (11, 2), 18, 10, None), "18 November");
        assert_eq!(start::when(400, (11, 2), 18, 10, Some(2025)), "18 November 2025");
    }

    #[test]
    fn strengths_are_listed_with_one_unit() {
        assert_eq!(save::strengths("Balanced", &[0.42, 0.3], false), "Balanced, strengths 42, 30\u{202f}%");
    }
}
