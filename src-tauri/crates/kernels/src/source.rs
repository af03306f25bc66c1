//! The text of the shaders: the only file that includes them.

use std::sync::LazyLock;

/// One WGSL file with the preludes and family files that it uses, in order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source {
    /// Stem of the file.
    pub(crate) name: &'static str,
    /// Folder of the file and of its host.
    #[cfg_attr(not(test), allow(dead_code, reason = "compared with the Host line by a test"))]
    pub(crate) folder: &'static str,
    /// The file alone.
    pub(crate) file: &'static str,
    uses: &'static [Shared],
}

/// What several kernels share: a prelude, or the bindings and the arithmetic of a family.
#[derive(Debug, Clone, Copy)]
struct Shared {
    #[cfg_attr(not(test), allow(dead_code, reason = "compared with the Uses line by a test"))]
    name: &'static str,
    file: &'static str,
}

impl Source {
    /// What it uses and the file, as the driver gets them.
    pub(crate) fn text(&self) -> String {
        self.uses.iter().map(|shared| shared.file).chain([self.file]).collect::<Vec<_>>().join("\n")
    }
}

/// The shared file of this name.
macro_rules! shared {
    ($name:literal) => {
        Shared { name: $name, file: include_str!(concat!("../../../../shaders/", $name, ".wgsl")) }
    };
}

/// The kernel of this folder and name, with the shared files that it uses, in order.
macro_rules! kernel {
    ($folder:literal, $name:literal, $($uses:ident),+) => {
        Source {
            name: $name,
            folder: $folder,
            file: include_str!(concat!("../../../../shaders/", $folder, "/", $name, ".wgsl")),
            uses: &[$($uses),+],
        }
    };
}

const GRID: Shared = shared!("prelude/grid");
const DTYPE: Shared = shared!("prelude/dtype");
const ROWS: Shared = shared!("family/rows");
const CHANGES: Shared = shared!("family/changes");
const ELEMENTS: Shared = shared!("family/elements");

pub(crate) const WEIGHTED_SUM: Source = kernel!("merge", "weighted_sum", GRID, DTYPE, ROWS, ELEMENTS);
pub(crate) const ADD_CHANGES: Source = kernel!("merge", "add_changes", GRID, DTYPE, ROWS, ELEMENTS);
pub(crate) const ELECT_CHANGES: Source = kernel!("merge", "elect_changes", GRID, DTYPE, ROWS, CHANGES, ELEMENTS);
pub(crate) const CONSENSUS: Source = kernel!("mask", "consensus", GRID, DTYPE, ROWS, CHANGES, ELEMENTS);
pub(crate) const KEEP: Source = kernel!("mask", "keep", GRID, DTYPE, ROWS, CHANGES, ELEMENTS);
pub(crate) const KEEP_MASKS: Source = kernel!("mask", "keep_masks", GRID, DTYPE, ROWS, CHANGES);
pub(crate) const TALLY_MASKS: Source = kernel!("mask", "tally_masks", GRID, DTYPE, ROWS, CHANGES);
pub(crate) const GRAM: Source = kernel!("measure", "gram", GRID, DTYPE);
pub(crate) const MAGNITUDES: Source = kernel!("measure", "magnitudes", GRID, DTYPE, ROWS, CHANGES);

#[cfg(test)]
pub(crate) const READ_ME: &str = include_str!("../../../../shaders/README.md");

/// Invocations in one group: the constant `WG` of `prelude/grid.wgsl`, so that the number stands in one place.
pub(crate) fn group_size() -> u32 {
    static SIZE: LazyLock<u32> = LazyLock::new(|| {
        let after = GRID.file.split_once("const WG: u32 = ").map(|(_, after)| after);
        let digits = after.and_then(|after| after.split_once('u')).map(|(digits, _)| digits);
        digits
            .and_then(|digits| digits.parse().ok())
            .expect("grid.wgsl declares WG; a test compares it with the parsed shader")
    });
    *SIZE
}

/// All kernels, in the order of the table in the read-me.
#[cfg(test)]
pub(crate) const ALL: [Source; 9] =
    [WEIGHTED_SUM, ADD_CHANGES, ELECT_CHANGES, CONSENSUS, KEEP, KEEP_MASKS, TALLY_MASKS, GRAM, MAGNITUDES];

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    const LABELS: [&str; 8] = ["Formula", "Source", "Shapes", "Work", "Numbers", "Limits", "Host", "Uses"];

    /// The lines of the header that say something, without the comment sign.
    fn header(source: &Source) -> Vec<&'static str> {
        let lines = source.file.lines().map_while(|line| line.strip_prefix("//"));
        lines.filter_map(|line| line.strip_prefix(' ')).collect()
    }

    fn labels_of(lines: &[&'static str]) -> Vec<&'static str> {
        lines.iter().skip(1).filter(|line| !line.starts_with(' ')).filter_map(|line| line.split(' ').next()).collect()
    }

    #[test]
    fn headers_say_what_and_then_the_eight_labels_in_order() {
        for source in ALL {
            let lines = header(&source);
            assert!(lines[0].starts_with(&format!("{}: ", source.name)), "{}", lines[0]);
            assert_eq!(labels_of(&lines), LABELS);
        }
    }

    #[test]
    fn headers_name_their_host_file_and_their_preludes() {
        for source in ALL {
            let lines = header(&source);
            let after = |label: &str| lines.iter().find_map(|line| line.strip_prefix(label)).unwrap().trim();
            assert_eq!(after("Host"), format!("kernels/src/{}/{}.rs", source.folder, source.name));
            assert_eq!(after("Uses"), source.uses.iter().map(|shared| shared.name).collect::<Vec<_>>().join(", "));
        }
    }

    /// The module of some shared files, and nothing else.
    fn parse(files: &[Shared]) -> naga::Module {
        naga::front::wgsl::parse_str(&files.iter().map(|shared| shared.file).collect::<Vec<_>>().join("\n")).unwrap()
    }

    #[test]
    fn preludes_declare_neither_bindings_nor_overrides_nor_entry_points() {
        for prelude in [GRID, DTYPE] {
            let module = parse(&[prelude]);
            assert!(module.entry_points.is_empty() && module.global_variables.is_empty(), "{}", prelude.name);
            assert!(module.overrides.is_empty(), "{}", prelude.name);
        }
    }

    #[test]
    fn families_declare_bindings_and_overrides_but_no_entry_points() {
        let cases: [(&[Shared], usize, usize); 4] = [
            (&[GRID, DTYPE, ROWS], 2, 1),
            (&[GRID, DTYPE, ROWS, CHANGES], 3, 1),
            (&[GRID, DTYPE, ROWS, ELEMENTS], 4, 2),
            (&[GRID, DTYPE, ROWS, CHANGES, ELEMENTS], 5, 2),
        ];
        for (files, bindings, overrides) in cases {
            let module = parse(files);
            assert!(module.entry_points.is_empty());
            assert_eq!((module.global_variables.len(), module.overrides.len()), (bindings, overrides));
        }
    }

    #[test]
    fn a_family_is_shared_by_three_kernels_or_more() {
        for family in [ROWS, CHANGES, ELEMENTS] {
            let users = ALL.iter().filter(|source| source.uses.iter().any(|shared| shared.name == family.name));
            assert!(users.count() >= 3, "{}", family.name);
        }
    }
}
