//! The fixed split into learn, choose and judge.
//!
//! Within each label the items are put in an order that only seed and key decide; then the parts are dealt out in a
//! repeating pattern that runs on from label to label. So every part has its share of the whole to within one item, and
//! of every label to within two, even where a label has only four items.

use protocol::score::Part::{self, Choose, Judge, Learn};

use super::Examples;
use crate::chance::mixed;

/// The seed that is used unless a person chooses another.
pub const SPLIT_SEED: u64 = 1;

/// 60/20/20.
const PATTERN: [Part; 5] = [Learn, Judge, Learn, Choose, Learn];
/// Where a person has a part *learn* but no *choose*: a quarter of it.
const OWN_PATTERN: [Part; 4] = [Learn, Learn, Choose, Learn];

/// The part of every item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// The seed that the split was made with.
    pub seed: u64,
    /// The part of each item, in the order of [`Examples::items`].
    pub parts: Vec<Part>,
}

impl Split {
    /// Indices of the items of a part, in their order.
    pub fn items(&self, part: Part) -> Vec<usize> {
        (0..self.parts.len()).filter(|&at| self.parts[at] == part).collect()
    }
}

/// Splits the examples; a person's own parts stand, and *choose* is a quarter of *learn* where they have none.
///
/// The result depends on the seed and on keys and labels of the items, not on their order. Equal keys of one label
/// share a part.
pub fn split(examples: &Examples, seed: u64) -> Split {
    let items = &examples.items;
    let has_choose = items.iter().any(|item| item.part == Some(Choose));
    let mut parts: Vec<Part> = items.iter().map(|item| item.part.unwrap_or(Learn)).collect();
    let free: Vec<usize> = (0..items.len()).filter(|&at| items[at].part.is_none()).collect();
    let own: Vec<usize> = (0..items.len()).filter(|&at| items[at].part == Some(Learn) && !has_choose).collect();
    deal(examples, &free, seed, &PATTERN, &mut parts);
    deal(examples, &own, seed, &OWN_PATTERN, &mut parts);
    Split { seed, parts }
}

fn deal(examples: &Examples, items: &[usize], seed: u64, pattern: &[Part], parts: &mut [Part]) {
    let label = |at: usize| examples.items[at].label.and_then(|label| examples.labels.as_ref()?.get(label));
    let key = |at: usize| examples.items[at].key.as_str();
    let mut order: Vec<(Option<&String>, u64, &str, usize)> =
        items.iter().map(|&at| (label(at), chance(seed, key(at)), key(at), at)).collect();
    order.sort_unstable();
    let start = mixed(seed) as usize % pattern.len();
    let mut turn = start;
    for (place, &(label, _, key, at)) in order.iter().enumerate() {
        let is_same = place > 0 && (order[place - 1].0, order[place - 1].2) == (label, key);
        turn += usize::from(place > 0 && !is_same);
        parts[at] = pattern[turn % pattern.len()];
    }
}

/// A number that looks random and depends on seed and key only: FNV-1a, then the finish of SplitMix64.
fn chance(seed: u64, key: &str) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325 ^ mixed(seed);
    mixed(key.bytes().fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::{Content, Item, Labelled, number_labels};

    /// Examples of these labels, `counts` of each; `part` for all.
    fn made(counts: &[(&str, usize)], part: Option<Part>) -> Vec<Labelled> {
        let one = |label: &str, at: usize| {
            let name = format!("{label}/{at:04}.png");
            let item = Item { key: name.clone(), name, label: None, part, content: Content::Text(String::new()) };
            Labelled { item, label: Some(label.to_owned()) }
        };
        counts.iter().flat_map(|&(label, count)| (0..count).map(move |at| one(label, at))).collect()
    }

    fn examples(found: Vec<Labelled>) -> Examples {
        number_labels("x".into(), found, vec![])
    }

    fn count(split: &Split, part: Part) -> usize {
        split.items(part).len()
    }

    #[test]
    fn the_parts_cover_everything_once_and_have_their_shares() {
        let counts: Vec<(String, usize)> = (0..46).map(|label| (format!("l{label}"), 4 + label % 3)).collect();
        let counts: Vec<(&str, usize)> = counts.iter().map(|(label, count)| (label.as_str(), *count)).collect();
        let examples = examples(made(&counts, None));
        let split = split(&examples, 7);
        let mut all: Vec<usize> = Part::ALL.iter().flat_map(|&part| split.items(part)).collect();
        all.sort_unstable();
        assert_eq!(all, (0..examples.items.len()).collect::<Vec<_>>());
        let total = examples.items.len() as f64;
        for (part, share) in [(Learn, 0.6), (Choose, 0.2), (Judge, 0.2)] {
            assert!((count(&split, part) as f64 - share * total).abs() <= 1.0, "{part:?}: {}", count(&split, part));
        }
        for (label, _) in examples.labels.iter().flatten().enumerate() {
            let of_label =
                |part| split.items(part).iter().filter(|&&at| examples.items[at].label == Some(label)).count();
            let total = of_label(Learn) + of_label(Choose) + of_label(Judge);
            assert!((of_label(Learn) as f64 - 0.6 * total as f64).abs() < 2.0);
        }
    }

    #[test]
    fn the_order_of_the_files_does_not_matter_but_the_seed_does() {
        let forward = examples(made(&[("a", 40), ("b", 25)], None));
        let mut turned = made(&[("a", 40), ("b", 25)], None);
        turned.reverse();
        let turned = examples(turned);
        let of = |examples: &Examples, seed| {
            let split = split(examples, seed);
            let mut named: Vec<(String, Part)> =
                examples.items.iter().map(|item| item.name.clone()).zip(split.parts).collect();
            named.sort_unstable();
            named
        };
        assert_eq!(of(&forward, 3), of(&turned, 3));
        assert_ne!(of(&forward, 3), of(&forward, 4));
    }

    #[test]
    fn a_quarter_of_the_own_learn_part_is_for_choosing() {
        let mut found = made(&[("a", 40), ("b", 40)], Some(Learn));
        let mut judge = made(&[("a", 30), ("b", 30)], Some(Judge));
        let judged = judge.len();
        found.append(&mut judge);
        let split = split(&examples(found), 1);
        assert_eq!([Learn, Choose, Judge].map(|part| count(&split, part)), [60, 20, judged]);
    }

    #[test]
    fn own_parts_that_are_complete_stand() {
        let mut found = made(&[("a", 8)], Some(Learn));
        found.append(&mut made(&[("b", 3)], Some(Choose)));
        found.append(&mut made(&[("c", 2)], Some(Judge)));
        let split = split(&examples(found), 1);
        assert_eq!([Learn, Choose, Judge].map(|part| count(&split, part)), [8, 3, 2]);
    }

    #[test]
    fn equal_keys_share_a_part() {
        let mut found = made(&[("a", 50)], None);
        found.append(&mut made(&[("a", 50)], None));
        let split = split(&examples(found), 5);
        assert_eq!(split.parts[..50], split.parts[50..]);
        assert_eq!(count(&split, Judge), 20);
    }
}
