//! Names of files: their order for people, their parts, and whether they stay inside a folder.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};

/// Ending of weight files.
pub(crate) const WEIGHTS: &str = ".safetensors";

/// Ending of the lists that say which tensor is in which shard.
pub(crate) const INDEX: &str = ".safetensors.index.json";

/// Order for people: "layer 2" before "layer 10", capitals beside small letters.
pub(crate) fn natural(a: &str, b: &str) -> Ordering {
    let (lower_a, lower_b) = (a.to_lowercase(), b.to_lowercase());
    let (mut rest_a, mut rest_b) = (lower_a.as_str(), lower_b.as_str());
    while let (Some(first_a), Some(first_b)) = (rest_a.chars().next(), rest_b.chars().next()) {
        let order = if first_a.is_ascii_digit() && first_b.is_ascii_digit() {
            by_value(take_digits(&mut rest_a), take_digits(&mut rest_b))
        } else {
            rest_a = &rest_a[first_a.len_utf8()..];
            rest_b = &rest_b[first_b.len_utf8()..];
            first_a.cmp(&first_b)
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    rest_a.len().cmp(&rest_b.len()).then_with(|| a.cmp(b))
}

/// Cuts the digits off the front.
fn take_digits<'a>(rest: &mut &'a str) -> &'a str {
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, after) = rest.split_at(end);
    *rest = after;
    digits
}

/// Numbers of any length, by value; "01" and "1" are equal here.
fn by_value(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// Natural order of the last parts of two paths, then of the whole paths.
pub(crate) fn natural_paths(a: &Path, b: &Path) -> Ordering {
    natural(&last(a), &last(b)).then_with(|| a.cmp(b))
}

/// The last part of a path as text; empty if there is none.
pub(crate) fn last(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The ending after the last dot, in small letters and without the dot; empty if there is none.
pub(crate) fn ending(path: &Path) -> String {
    path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default()
}

/// Whether a name ends like this, capitals or not.
pub(crate) fn ends_with(name: &str, ending: &str) -> bool {
    let at = name.len().checked_sub(ending.len());
    at.and_then(|at| name.get(at..)).is_some_and(|tail| tail.eq_ignore_ascii_case(ending))
}

/// One of several shards, by its name `STEM-00002-of-00003.safetensors`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Part {
    /// What comes before the number.
    pub stem: String,
    /// How many there are.
    pub parts: usize,
    /// Which one, from 1.
    pub part: usize,
    /// Digits of each number.
    pub digits: usize,
}

impl Part {
    /// The part that this name stands for, if it follows the pattern.
    pub(crate) fn of(name: &str) -> Option<Self> {
        let whole = name.get(..name.len().checked_sub(WEIGHTS.len())?).filter(|_| ends_with(name, WEIGHTS))?;
        let (front, parts) = whole.rsplit_once("-of-")?;
        let (stem, part) = front.rsplit_once('-')?;
        let number =
            |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<usize>().ok()).flatten();
        let (digits, part, parts) = (part.len(), number(part)?, number(parts)?);
        // More parts than this are a trick or a slip: the largest known models have some hundreds.
        (part >= 1 && part <= parts && parts <= 99_999).then(|| Self { stem: stem.to_owned(), parts, part, digits })
    }

    /// The file name of part `part` of the same model.
    pub(crate) fn name(&self, part: usize) -> String {
        format!("{}-{part:0digits$}-of-{:0digits$}{WEIGHTS}", self.stem, self.parts, digits = self.digits)
    }
}

/// Whether a name can be one part of a path on every system and does not lead elsewhere.
pub(crate) fn is_plain(name: &str) -> bool {
    const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let is_port = ["com", "lpt"].iter().any(|port| {
        stem.strip_prefix(port).is_some_and(|rest| rest.chars().count() == 1 && rest.chars().all(char::is_numeric))
    });
    !name.is_empty()
        && name.len() <= 255
        && !name.ends_with(['.', ' '])
        && !name.contains(|c: char| c.is_control() || "/\\:*?\"<>|".contains(c))
        && !DEVICES.contains(&stem.as_str())
        && !is_port
}

/// A relative path with `/` between plain names, as a path of this system; `None` if it is not one.
pub(crate) fn relative(path: &str) -> Option<PathBuf> {
    path.split('/').all(is_plain).then(|| path.split('/').collect())
}

/// Whether `path` is a regular file that is really inside `folder`.
///
/// A link may lead elsewhere within the folder, and into the `blobs` folder of a download cache
/// (`blobs/…` beside `snapshots/REVISION/`), because such caches consist of links only.
pub(crate) fn stays_in(folder: &Path, path: &Path) -> bool {
    let (Ok(folder), Ok(real)) = (folder.canonicalize(), path.canonicalize()) else { return false };
    let cache = folder.parent().filter(|above| last(above) == "snapshots").and_then(Path::parent);
    let blobs = cache.map(|cache| cache.join("blobs"));
    real.is_file() && (real.starts_with(&folder) || blobs.is_some_and(|blobs| real.starts_with(blobs)))
}

/// A name from a file, cut to a length that can be shown.
pub(crate) fn shown(name: &str) -> String {
    const MOST: usize = 80;
    if name.chars().count() <= MOST { name.to_owned() } else { name.chars().take(MOST).chain(['…']).collect() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    #[test]
    fn numbers_in_names_count_by_value() {
        let mut names = ["layer 10", "Layer 2", "layer 1", "b", "A", "layer 02", "", "layer"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(names, ["", "A", "b", "layer", "layer 1", "Layer 2", "layer 02", "layer 10"]);
        assert_eq!("layer 10".cmp("layer 2"), Ordering::Less, "byte order differs, else this shows nothing");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, rng_seed: RngSeed::Fixed(20262), ..ProptestConfig::default() })]

        #[test]
        fn natural_order_is_an_order(names in proptest::collection::vec("[aAbé01 .]{0,6}", 3)) {
            let [a, b, c] = [&names[0], &names[1], &names[2]];
            prop_assert_eq!(natural(a, b), natural(b, a).reverse());
            prop_assert_eq!(natural(a, b) == Ordering::Equal, a == b);
            if natural(a, b) != Ordering::Greater && natural(b, c) != Ordering::Greater {
                prop_assert_ne!(natural(a, c), Ordering::Greater);
            }
        }
    }

    #[test]
    fn parts_are_told_by_their_names() {
        let part = Part::of("model-00002-of-00003.safetensors").unwrap();
        assert_eq!((part.stem.as_str(), part.part, part.parts), ("model", 2, 3));
        assert_eq!(part.name(1), "model-00001-of-00003.safetensors");
        for other in ["model.safetensors", "a-4-of-3.safetensors", "a-0-of-3.safetensors", "a-1-of-3.bin", "-of-", "é"]
        {
            assert_eq!(Part::of(other), None, "{other}");
        }
    }

    #[test]
    fn only_plain_relative_paths_are_taken() {
        for path in ["README.md", "heads/latin/model.safetensors", "Größe 2"] {
            assert!(relative(path).is_some(), "{path}");
        }
        let bad =
            ["", "/etc/x", "../x", "a/../b", "a//b", "a/", ".", "a\\b", "C:x", "a\0", "nul", "COM1.txt", "x.", "x "];
        for path in bad {
            assert!(relative(path).is_none(), "{path:?}");
        }
    }
}
