//! The table of all mixes: its columns, and the order of its rows.

use protocol::trade::{TradeMap, TradePoint};

use super::trade_floors::Cloud;
use super::trade_named::{self, Known, Line};

/// Up to this many skills measured scores and estimates have columns of their own.
const APART: usize = 3;

/// What a column shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// Name of the mix.
    Mix,
    /// How it is known.
    Known,
    /// Score of a skill, as it is known.
    Score(usize),
    /// Score of a skill, where it was measured.
    Measured(usize),
    /// What was expected of a skill.
    Estimate(usize),
    /// The weakest share.
    Worst,
}

/// The columns for so many skills.
pub fn columns(skills: usize) -> Vec<Column> {
    let own = |skill: usize| match skills <= APART {
        true => vec![Column::Measured(skill), Column::Estimate(skill)],
        false => vec![Column::Score(skill)],
    };
    let scores = (0..skills).flat_map(own);
    [Column::Mix, Column::Known].into_iter().chain(scores).chain([Column::Worst]).collect()
}

/// A mix with all that the table shows of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Which it is.
    pub point: TradePoint,
    /// Its scores.
    pub lines: Vec<Line>,
    /// The weakest share.
    pub worst: f64,
}

impl Row {
    /// Whether it was measured.
    pub fn is_measured(&self) -> bool {
        matches!(self.point, TradePoint::Measured(_))
    }

    /// The number that a column sorts by; `None` sorts last.
    fn key(&self, column: Column) -> Option<f64> {
        let line = |skill: usize| self.lines.get(skill);
        match column {
            Column::Mix => Some(match self.point {
                TradePoint::Measured(at) => at as f64,
                TradePoint::Estimate(at) => 1e6 + at as f64,
            }),
            Column::Known => Some(f64::from(u8::from(self.is_measured()))),
            Column::Score(skill) => line(skill).map(|line| line.value),
            Column::Measured(skill) => line(skill).filter(|_| self.is_measured()).map(|line| line.value),
            Column::Estimate(skill) => line(skill).and_then(expected),
            Column::Worst => Some(self.worst),
        }
    }
}

/// What was expected of a score, also of one that was measured since.
pub fn expected(line: &Line) -> Option<f64> {
    match line.known {
        Known::Measured { expected, .. } => expected,
        Known::Estimate(_) => Some(line.value),
    }
}

/// All mixes, the measured ones first.
pub fn rows(map: &TradeMap) -> Vec<Row> {
    let one = |point: TradePoint| {
        let lines = trade_named::lines(map, point);
        let worst = lines.iter().map(|line| line.share).fold(f64::INFINITY, f64::min);
        Row { point, lines, worst }
    };
    map.points().map(one).filter(|row| !row.lines.is_empty()).collect()
}

/// Sorts rows by a column; those without a number there come last, either way.
pub fn sort(rows: &mut [Row], column: Column, is_rising: bool) {
    rows.sort_by(|one, other| match (one.key(column), other.key(column)) {
        (Some(one), Some(other)) if is_rising => one.total_cmp(&other),
        (Some(one), Some(other)) => other.total_cmp(&one),
        (one, other) => other.is_some().cmp(&one.is_some()),
    });
}

/// Whether a column that is chosen for sorting begins with its smallest number.
pub fn begins_rising(column: Column) -> bool {
    column == Column::Mix
}

/// Step of the colour of a cell, 0 to 7, on the scale of a cloud.
pub fn step(cloud: &Cloud, share: f64) -> usize {
    let part = (share - cloud.low) / (1.0f64.max(cloud.low + 0.05) - cloud.low);
    ((part * 8.0).floor().max(0.0) as usize).min(7)
}

/// The cell of a grid that a key leads to.
pub fn neighbour(key: &str, (row, column): (usize, usize), rows: usize, columns: usize) -> Option<(usize, usize)> {
    let (last_row, last_column) = (rows.checked_sub(1)?, columns.checked_sub(1)?);
    Some(match key {
        "ArrowUp" => (row.saturating_sub(1), column),
        "ArrowDown" => ((row + 1).min(last_row), column),
        "ArrowLeft" => (row, column.saturating_sub(1)),
        "ArrowRight" => (row, (column + 1).min(last_column)),
        "Home" => (row, 0),
        "End" => (row, last_column),
        "PageUp" => (0, column),
        "PageDown" => (last_row, column),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::trade_named::tests::map;
    use super::*;
    use protocol::score::Estimate;

    #[test]
    fn few_skills_have_columns_of_their_own_for_estimates() {
        assert_eq!(columns(2).len(), 7);
        assert_eq!(columns(8).len(), 11);
        assert!(columns(4).contains(&Column::Score(3)));
    }

    #[test]
    fn rows_are_sorted_by_any_column_and_what_is_not_known_comes_last() {
        let mut map = map(2);
        map.measured[2].expected = Some(vec![Estimate::new(0.99), Estimate::new(0.5)]);
        let mut all = rows(&map);
        assert_eq!(all.len(), 6);
        sort(&mut all, Column::Measured(0), false);
        assert_eq!(all[0].point, TradePoint::Measured(1));
        assert!(!all[5].is_measured());
        sort(&mut all, Column::Estimate(0), false);
        assert_eq!(all[0].point, TradePoint::Measured(2), "the estimate of what was measured counts");
        assert_eq!(all[0].lines.first().and_then(expected), Some(0.99));
        sort(&mut all, Column::Estimate(0), true);
        assert_eq!(all[0].point, TradePoint::Estimate(2));
        assert!(all[5].is_measured() && all[4].is_measured());
        sort(&mut all, Column::Mix, begins_rising(Column::Mix));
        assert_eq!(all[0].point, TradePoint::Measured(0));
        sort(&mut all, Column::Worst, false);
        assert_eq!(all[0].point, TradePoint::Estimate(1));
    }

    #[test]
    fn keys_walk_the_grid_and_stop_at_its_edges() {
        let to = |key, from| neighbour(key, from, 3, 4);
        assert_eq!(to("ArrowDown", (2, 1)), Some((2, 1)));
        assert_eq!(
            (to("End", (1, 0)), to("Home", (1, 3)), to("PageDown", (0, 2))),
            (Some((1, 3)), Some((1, 0)), Some((2, 2)))
        );
        assert_eq!((to("x", (0, 0)), neighbour("End", (0, 0), 0, 4)), (None, None));
    }

    #[test]
    fn cells_are_tinted_on_the_scale_of_the_cloud() {
        let cloud = Cloud { low: 0.8, high: 1.0, ..Cloud::default() };
        assert_eq!([0.5, 0.8, 0.9, 0.999, 1.2].map(|share| step(&cloud, share)), [0, 0, 4, 7, 7]);
    }
}
