//! How far a job is, as a whole and in squares.

use protocol::event::{Phase, Progress};

/// Weight of each phase in the whole: writing is nearly all of it, checking reads everything once more.
const WEIGHTS: [(Phase, f64); 4] =
    [(Phase::Reserve, 0.02), (Phase::Write, 0.78), (Phase::Verify, 0.18), (Phase::Publish, 0.02)];
/// Most squares in the picture of a running save: four rows of forty.
pub const SQUARES: u64 = 160;
/// Squares in a row.
pub const ROW: u64 = 40;

/// Share of the phase itself, 0 to 1.
pub fn share(progress: &Progress) -> f64 {
    if progress.total == 0 { 0.0 } else { (progress.done as f64 / progress.total as f64).clamp(0.0, 1.0) }
}

/// Share of the whole job, 0 to 1; grows through the phases and never falls.
pub fn whole(progress: &Progress) -> f64 {
    let before: f64 = WEIGHTS.iter().filter(|(phase, _)| *phase < progress.phase).map(|(_, weight)| weight).sum();
    let own = WEIGHTS.iter().find(|(phase, _)| *phase == progress.phase).map_or(0.0, |(_, weight)| *weight);
    before + own * share(progress)
}

/// Share of a measurement, 0 to 1: reading comes first and is the smaller part.
pub fn of_measuring(progress: &Progress) -> f64 {
    const READING: f64 = 0.2;
    match progress.phase {
        Phase::Load => READING * share(progress),
        _ => READING + (1.0 - READING) * share(progress),
    }
}

/// The quarter that was reached between two shares, if one was: 25, 50, 75 or 100.
pub fn quarter(before: f64, now: f64) -> Option<u32> {
    let quarters = |share: f64| (share * 4.0 + 1e-9).floor() as u32;
    (quarters(now) > quarters(before)).then(|| quarters(now) * 25)
}

/// How many squares stand for `parts`, and how many parts one square stands for.
pub fn squares(parts: u64) -> (u64, u64) {
    let each = parts.div_ceil(SQUARES).max(1);
    (parts.div_ceil(each), each)
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::event::Unit;

    fn at(phase: Phase, done: u64) -> Progress {
        Progress { phase, done, total: 100, unit: Unit::Bytes, seconds_left: None, part: None, part_at: 0, parts: 0 }
    }

    #[test]
    fn the_whole_grows_through_the_phases_up_to_one() {
        let mut last = -1.0;
        for phase in Phase::SAVING {
            for done in [0, 50, 100] {
                let now = whole(&at(phase, done));
                assert!(now >= last, "{phase:?} at {done}");
                last = now;
            }
        }
        assert!((last - 1.0).abs() < 1e-12);
        assert_eq!(share(&Progress { total: 0, ..at(Phase::Write, 5) }), 0.0);
    }

    #[test]
    fn a_measurement_reads_first() {
        let shares = [at(Phase::Load, 0), at(Phase::Load, 100), at(Phase::Measure, 50), at(Phase::Measure, 100)];
        let found = shares.map(|news| (of_measuring(&news) * 100.0).round());
        assert_eq!(found, [0.0, 20.0, 60.0, 100.0]);
    }

    #[test]
    fn quarters_are_told_once() {
        assert_eq!(quarter(0.2, 0.3), Some(25));
        assert_eq!(quarter(0.3, 0.4), None);
        assert_eq!(quarter(0.4, 0.8), Some(75));
        assert_eq!(quarter(0.9, 1.0), Some(100));
    }

    #[test]
    fn few_parts_have_a_square_each_and_many_share() {
        assert_eq!(squares(70), (70, 1));
        assert_eq!(squares(160), (160, 1));
        assert_eq!(squares(590), (148, 4));
        assert_eq!(squares(0), (0, 1));
    }
}
