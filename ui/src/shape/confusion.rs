//! Which answers are mixed up, as a heat map and as a list.

use protocol::score::SkillScore;

use super::heat;

/// Most classes that a heat map shows.
pub const MOST: usize = 50;
/// Up to this many classes, cells print their numbers.
pub const PRINTED: usize = 16;

/// Two answers that are mixed up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MixUp {
    /// The label, or what the specialist answers.
    pub asked: String,
    /// What the mix answers.
    pub answered: String,
    /// How often.
    pub times: u64,
}

/// A heat map of some classes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Map {
    /// Names of the classes that are shown, in the order of the head.
    pub labels: Vec<String>,
    /// How often class \[row\] was answered as class \[column\].
    pub counts: Vec<Vec<u64>>,
    /// How many classes there are in all.
    pub all: usize,
}

/// The heat map of a score: all classes, or those that are mixed up most where there are too many.
pub fn map(score: &SkillScore) -> Map {
    let all = score.labels.len();
    let mut shown: Vec<usize> = (0..all).collect();
    if all > MOST {
        let wrong = |class: usize| {
            let own = count(score, class, class);
            let row: u64 = (0..all).map(|other| count(score, class, other)).sum();
            let column: u64 = (0..all).map(|other| count(score, other, class)).sum();
            row + column - 2 * own
        };
        shown.sort_by_key(|&class| std::cmp::Reverse(wrong(class)));
        shown.truncate(MOST);
        shown.sort_unstable();
    }
    Map {
        labels: shown.iter().map(|&class| score.labels[class].clone()).collect(),
        counts: shown.iter().map(|&row| shown.iter().map(|&column| count(score, row, column)).collect()).collect(),
        all,
    }
}

fn count(score: &SkillScore, row: usize, column: usize) -> u64 {
    score.confusion.get(row).and_then(|row| row.get(column)).copied().unwrap_or(0)
}

impl Map {
    /// How often a class was asked for, within what is shown.
    pub fn row_total(&self, row: usize) -> u64 {
        self.counts.get(row).map_or(0, |row| row.iter().sum())
    }

    /// Steps of the colour scale: each row by its own share, so that rare classes are as easy to read as common ones.
    pub fn steps(&self) -> Vec<Vec<usize>> {
        let row = |(at, counts): (usize, &Vec<u64>)| {
            let total = self.row_total(at);
            counts.iter().map(|&count| heat::step_from_one(count, total)).collect()
        };
        self.counts.iter().enumerate().map(row).collect()
    }

    /// The cell that a key leads to; `None` if the key does nothing here.
    pub fn walk(&self, (row, column): (usize, usize), key: &str, far: bool) -> Option<(usize, usize)> {
        let last = self.labels.len().checked_sub(1)?;
        let cell = match key {
            "ArrowUp" => (row.saturating_sub(1), column),
            "ArrowDown" => ((row + 1).min(last), column),
            "ArrowLeft" => (row, column.saturating_sub(1)),
            "ArrowRight" => (row, (column + 1).min(last)),
            "Home" if far => (0, 0),
            "End" if far => (last, last),
            "Home" => (row, 0),
            "End" => (row, last),
            "PageUp" => (0, column),
            "PageDown" => (last, column),
            _ => return None,
        };
        Some(cell)
    }
}

/// What is mixed up, most often first; at most `most`.
pub fn mix_ups(score: &SkillScore, most: usize) -> Vec<MixUp> {
    let mut found: Vec<MixUp> = Vec::new();
    for (row, asked) in score.labels.iter().enumerate() {
        for (column, answered) in score.labels.iter().enumerate().filter(|(column, _)| *column != row) {
            let times = count(score, row, column);
            if times > 0 {
                found.push(MixUp { asked: asked.clone(), answered: answered.clone(), times });
            }
        }
    }
    // Equal counts stay in the order of the head.
    found.sort_by_key(|mix_up| std::cmp::Reverse(mix_up.times));
    found.truncate(most);
    found
}

/// Answers that are as they should be.
pub fn right(score: &SkillScore) -> u64 {
    (0..score.labels.len()).map(|class| count(score, class, class)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::board::tests::score;

    fn clothes() -> SkillScore {
        let labels = ["boot", "sneaker", "sandal"].map(str::to_owned).to_vec();
        let confusion = vec![vec![20, 12, 0], vec![3, 40, 3], vec![0, 0, 22]];
        SkillScore { labels, confusion, ..score("Clothes", 82) }
    }

    #[test]
    fn the_most_frequent_mix_up_comes_first() {
        let found = mix_ups(&clothes(), 2);
        let brief: Vec<(&str, &str, u64)> =
            found.iter().map(|one| (one.asked.as_str(), one.answered.as_str(), one.times)).collect();
        assert_eq!(brief, [("boot", "sneaker", 12), ("sneaker", "boot", 3)]);
        assert_eq!(mix_ups(&clothes(), 9).len(), 3);
        assert_eq!(right(&clothes()), 82);
    }

    #[test]
    fn rows_are_coloured_by_their_own_share() {
        let steps = map(&clothes()).steps();
        assert_eq!(steps[2], [0, 0, 7]);
        assert!(steps[0][1] > steps[1][0] && steps[1][0] > 0, "{steps:?}");
    }

    #[test]
    fn of_many_classes_those_that_are_mixed_up_are_shown() {
        let classes = 60;
        let mut confusion = vec![vec![0; classes]; classes];
        (0..classes).for_each(|class| confusion[class][class] = 5);
        confusion[58][59] = 2;
        confusion[3][58] = 1;
        let labels: Vec<String> = (0..classes).map(|class| format!("c{class:02}")).collect();
        let map = map(&SkillScore { labels, confusion, ..score("Many", 90) });
        assert_eq!((map.labels.len(), map.all), (MOST, 60));
        for name in ["c03", "c58", "c59"] {
            assert!(map.labels.iter().any(|label| label == name), "{name}");
        }
        let mut sorted = map.labels.clone();
        sorted.sort_unstable();
        assert_eq!(map.labels, sorted, "the order of the head stays");
        let at = |name: &str| map.labels.iter().position(|label| label == name).expect("shown");
        assert_eq!(map.counts[at("c58")][at("c59")], 2);
    }

    #[test]
    fn keys_walk_and_stop_at_the_edge() {
        let map = map(&clothes());
        assert_eq!(map.walk((0, 0), "ArrowUp", false), Some((0, 0)));
        assert_eq!(map.walk((0, 0), "ArrowRight", false), Some((0, 1)));
        assert_eq!(map.walk((2, 1), "ArrowDown", false), Some((2, 1)));
        assert_eq!(map.walk((1, 1), "End", false), Some((1, 2)));
        assert_eq!(map.walk((1, 1), "Home", true), Some((0, 0)));
        assert_eq!(map.walk((1, 1), "a", false), None);
        let none = Map { labels: vec![], counts: vec![], all: 0 };
        assert_eq!(none.walk((0, 0), "Home", false), None);
    }

    #[test]
    fn a_confusion_without_counts_is_empty_and_not_a_panic() {
        let broken = SkillScore { labels: vec!["a".into(), "b".into()], ..score("x", 1) };
        assert_eq!(map(&broken).counts, [[0, 0], [0, 0]]);
        assert_eq!(mix_ups(&broken, 5), []);
    }
}
