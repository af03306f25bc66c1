//! Strengths by layer and skill while they learn: blocks that stand together, arrows, how a cell moved.

use protocol::tint::TintGrid;

/// Most columns of blocks; what lies outside the blocks has one more.
const MOST_COLUMNS: usize = 12;
/// Most moments of the history of a cell; when there are more, every second is forgotten.
const MOST_MOMENTS: usize = 160;
/// A change below a point of a hundred has no arrow.
const WORTH_AN_ARROW: f64 = 0.01;
/// Steps of the colour scale that are used: the first is kept for "nothing".
const STEPS: f64 = 7.0;

/// Some neighbouring blocks, or everything outside the blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Places in the lists of the grid.
    pub members: Vec<usize>,
    /// First block; none outside the blocks.
    pub first: Option<u64>,
    /// Last block.
    pub last: Option<u64>,
}

/// One skill in one column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// Mean strength at the start.
    pub start: f64,
    /// Mean strength now.
    pub now: f64,
}

/// Where a strength went since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    /// It rose by a point of a hundred or more.
    Up,
    /// It fell by as much.
    Down,
    /// Neither.
    Hardly,
}

impl Cell {
    /// Where it went.
    pub fn moved(self) -> Moved {
        match self.now - self.start {
            change if change >= WORTH_AN_ARROW - 1e-9 => Moved::Up,
            change if change <= 1e-9 - WORTH_AN_ARROW => Moved::Down,
            _ => Moved::Hardly,
        }
    }
}

/// Blocks in order, as evenly together as at most twelve columns allow; what lies outside them comes last.
pub fn columns(groups: &[Option<u64>]) -> Vec<Column> {
    let of = |is_block: bool| (0..groups.len()).filter(move |&at| groups[at].is_some() == is_block);
    let (blocks, outside): (Vec<usize>, Vec<usize>) = (of(true).collect(), of(false).collect());
    let each = blocks.len().div_ceil(MOST_COLUMNS).max(1);
    let together = |members: &[usize]| Column {
        members: members.to_vec(),
        first: members.first().and_then(|&at| groups[at]),
        last: members.last().and_then(|&at| groups[at]),
    };
    let mut found: Vec<Column> = blocks.chunks(each).map(together).collect();
    if !outside.is_empty() {
        found.push(Column { members: outside, first: None, last: None });
    }
    found
}

fn mean(values: &[f64], members: &[usize]) -> f64 {
    let known: Vec<f64> = members.iter().filter_map(|&at| values.get(at).copied()).collect();
    known.iter().sum::<f64>() / known.len().max(1) as f64
}

/// Cells by skill and column.
pub fn cells(grid: &TintGrid, columns: &[Column]) -> Vec<Vec<Cell>> {
    let row = |(start, now): (&Vec<f64>, &Vec<f64>)| {
        let cell = |column: &Column| Cell { start: mean(start, &column.members), now: mean(now, &column.members) };
        columns.iter().map(cell).collect()
    };
    grid.start.iter().zip(&grid.now).map(row).collect()
}

/// Lowest and highest strength of the rows that learn.
pub fn range(cells: &[Vec<Cell>], learns: &[bool]) -> (f64, f64) {
    let rows = cells.iter().zip(learns).filter(|(_, learns)| **learns);
    let all = rows.flat_map(|(row, _)| row.iter().map(|cell| cell.now)).filter(|now| now.is_finite());
    let ends = all.fold(None, |ends: Option<(f64, f64)>, now| {
        Some(ends.map_or((now, now), |(low, high)| (low.min(now), high.max(now))))
    });
    ends.unwrap_or((0.0, 0.0))
}

/// Step of the colour scale, 1 to 7; the middle one where all are alike.
pub fn shade(now: f64, (low, high): (f64, f64)) -> usize {
    if high - low < WORTH_AN_ARROW || !now.is_finite() {
        return 3;
    }
    1 + (((now - low) / (high - low) * STEPS) as usize).min(STEPS as usize - 1)
}

/// What every cell was at some rounds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Moments {
    /// Round, and strengths by skill and column.
    all: Vec<(u32, Vec<Vec<f64>>)>,
}

impl Moments {
    /// Remembers the strengths of a round.
    pub fn push(&mut self, round: u32, cells: &[Vec<Cell>]) {
        self.all.retain(|(before, _)| *before < round);
        if self.all.is_empty() {
            self.all.push((0, cells.iter().map(|row| row.iter().map(|cell| cell.start).collect()).collect()));
        }
        self.all.push((round, cells.iter().map(|row| row.iter().map(|cell| cell.now).collect()).collect()));
        if self.all.len() > MOST_MOMENTS {
            let last = self.all.len() - 1;
            let mut at = 0;
            self.all.retain(|_| {
                at += 1;
                (at - 1) % 2 == 0 || at - 1 == last
            });
        }
    }

    /// How a cell moved: round and strength.
    pub fn of(&self, skill: usize, column: usize) -> Vec<(f64, f64)> {
        let one = |(round, rows): &(u32, Vec<Vec<f64>>)| Some((f64::from(*round), *rows.get(skill)?.get(column)?));
        self.all.iter().filter_map(one).collect()
    }
}

/// A way of a cell as shares of width and height, on a scale of its own that is at least four points high.
pub fn spark(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let last = points.last().map_or(1.0, |point| point.0).max(1.0);
    let low = points.iter().map(|point| point.1).fold(f64::INFINITY, f64::min);
    let high = points.iter().map(|point| point.1).fold(f64::NEG_INFINITY, f64::max);
    let middle = (low + high) / 2.0;
    let height = (high - low).max(4.0 * WORTH_AN_ARROW);
    points.iter().map(|&(round, now)| (round / last, 0.5 + (now - middle) / height)).collect()
}

/// The cell beside this one that a key goes to.
pub fn neighbour(key: &str, (row, column): (usize, usize), rows: &[usize], columns: usize) -> Option<(usize, usize)> {
    let at = rows.iter().position(|other| *other == row)?;
    let row_at = |at: usize| rows.get(at).copied().unwrap_or(row);
    Some(match key {
        "ArrowRight" => (row, (column + 1).min(columns.saturating_sub(1))),
        "ArrowLeft" => (row, column.saturating_sub(1)),
        "ArrowDown" => (row_at(at + 1), column),
        "ArrowUp" => (row_at(at.saturating_sub(1)), column),
        "Home" => (row, 0),
        "End" => (row, columns.saturating_sub(1)),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(groups: &[Option<u64>]) -> Vec<(Option<u64>, Option<u64>)> {
        columns(groups).iter().map(|column| (column.first, column.last)).collect()
    }

    #[test]
    fn few_blocks_have_a_column_each_and_many_stand_together() {
        let few: Vec<Option<u64>> = (0..4).map(Some).collect();
        assert_eq!(named(&few), [(Some(0), Some(0)), (Some(1), Some(1)), (Some(2), Some(2)), (Some(3), Some(3))]);
        let many: Vec<Option<u64>> = (0..24).map(Some).collect();
        assert_eq!((named(&many).len(), named(&many)[11]), (12, (Some(22), Some(23))));
        let mut around = many;
        around.insert(0, None);
        let found = columns(&around);
        assert_eq!(found.len(), MOST_COLUMNS + 1);
        assert_eq!(found.iter().map(|column| column.members.len()).sum::<usize>(), 25);
        assert_eq!(found.last().map(|column| (column.first, column.members.clone())), Some((None, vec![0])));
        assert_eq!(columns(&[]), []);
    }

    fn grid() -> TintGrid {
        TintGrid {
            groups: vec![None, Some(0), Some(1)],
            start: vec![vec![0.3, 0.3, 0.3], vec![0.25, 0.25, 0.25]],
            now: vec![vec![0.4, 0.305, 0.2], vec![0.25, 0.25, 0.25]],
        }
    }

    #[test]
    fn arrows_begin_at_one_point() {
        let grid = grid();
        let cells = cells(&grid, &columns(&grid.groups));
        let moved: Vec<Moved> = cells[0].iter().map(|cell| cell.moved()).collect();
        assert_eq!(moved, [Moved::Hardly, Moved::Down, Moved::Up]);
        assert_eq!(Cell { start: 0.3, now: 0.31 }.moved(), Moved::Up);
        assert_eq!(Cell { start: 0.3, now: 0.3099 }.moved(), Moved::Hardly);
    }

    #[test]
    fn a_column_is_the_mean_of_its_blocks() {
        let column = Column { members: vec![1, 2], first: Some(0), last: Some(1) };
        let found = cells(&grid(), &[column]);
        assert!((found[0][0].now - 0.2525).abs() < 1e-12 && (found[0][0].start - 0.3).abs() < 1e-12);
    }

    #[test]
    fn colours_go_from_the_lowest_to_the_highest_that_learns() {
        let grid = grid();
        let cells = cells(&grid, &columns(&grid.groups));
        let ends = range(&cells, &[true, false]);
        assert_eq!(ends, (0.2, 0.4));
        assert_eq!([0.2, 0.3, 0.4].map(|now| shade(now, ends)), [1, 4, 7]);
        assert_eq!(shade(0.25, (0.25, 0.25)), 3);
        assert_eq!(range(&cells, &[false, false]), (0.0, 0.0));
    }

    #[test]
    fn the_way_of_a_cell_begins_at_its_start_and_stays_short() {
        let grid = grid();
        let cells = cells(&grid, &columns(&grid.groups));
        let mut moments = Moments::default();
        for round in 1..2_000 {
            moments.push(round, &cells);
        }
        let way = moments.of(0, 2);
        assert!(way.len() <= MOST_MOMENTS && way.len() > MOST_MOMENTS / 3, "{}", way.len());
        assert_eq!((way[0], way.last().copied()), ((0.0, 0.3), Some((1_999.0, 0.4))));
        assert!(moments.of(9, 0).is_empty());
        let spark = spark(&way);
        let end = spark[spark.len() - 1];
        assert!(spark[0].0 == 0.0 && end.0 == 1.0 && (end.1 - 1.0).abs() < 1e-9, "{end:?}");
    }

    #[test]
    fn keys_walk_over_the_rows_that_learn() {
        let go = |key, at| neighbour(key, at, &[0, 2], 3);
        assert_eq!(go("ArrowDown", (0, 1)), Some((2, 1)), "the row that stays is passed over");
        assert_eq!(go("ArrowDown", (2, 1)), Some((2, 1)));
        assert_eq!(go("ArrowUp", (2, 1)), Some((0, 1)));
        assert_eq!((go("ArrowLeft", (0, 0)), go("End", (0, 0))), (Some((0, 0)), Some((0, 2))));
        assert_eq!((go("x", (0, 0)), go("End", (1, 0))), (None, None));
    }
}
