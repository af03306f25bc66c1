//! The text of the shaders: the only file that includes them.

use std::sync::LazyLock;

/// One WGSL file with the preludes that it uses, in order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source {
    /// Stem of the file.
    pub(crate) name: &'static str,
    /// Folder of the file and of its host.
    #[cfg_attr(not(test), allow(dead_code, reason = "compared with the Host line by a test"))]
    pub(crate) folder: &'static str,
    /// The file alone.
    pub(crate) file: &'static str,
    uses: &'static [Prelude],
}

#[derive(Debug, Clone, Copy)]
struct Prelude {
    #[cfg_attr(not(test), allow(dead_code, reason = "compared with the Uses line by a test"))]
    name: &'static str,
    file: &'static str,
}

impl Source {
    /// Preludes and file, as the driver gets them.
    pub(crate) fn text(&self) -> String {
        self.uses.iter().map(|prelude| prelude.file).chain([self.file]).collect::<Vec<_>>().join("\n")
    }
}

const GRID: Prelude = Prelude { name: "prelude/grid", file: include_str!("../../../../shaders/prelude/grid.wgsl") };
const DTYPE: Prelude = Prelude { name: "prelude/dtype", file: include_str!("../../../../shaders/prelude/dtype.wgsl") };

const CHANGES: Prelude =
    Prelude { name: "family/changes", file: include_str!("../../../../shaders/family/changes.wgsl") };
const ELEMENTS: Prelude =
    Prelude { name: "family/elements", file: include_str!("../../../../shaders/family/elements.wgsl") };

pub(crate) const WEIGHTED_SUM: Source = Source {
    name: "weighted_sum",
    folder: "merge",
    file: include_str!("../../../../shaders/merge/weighted_sum.wgsl"),
    uses: &[GRID, DTYPE],
};

pub(crate) const ADD_CHANGES: Source = Source {
    name: "add_changes",
    folder: "merge",
    file: include_str!("../../../../shaders/merge/add_changes.wgsl"),
    uses: &[GRID, DTYPE],
};

pub(crate) const GRAM: Source = Source {
    name: "gram",
    folder: "measure",
    file: include_str!("../../../../shaders/measure/gram.wgsl"),
    uses: &[GRID, DTYPE],
};

pub(crate) const ELECT_CHANGES: Source = Source {
    name: "elect_changes",
    folder: "merge",
    file: include_str!("../../../../shaders/merge/elect_changes.wgsl"),
    uses: &[GRID, DTYPE, CHANGES, ELEMENTS],
};

pub(crate) const CONSENSUS: Source = Source {
    name: "consensus",
    folder: "mask",
    file: include_str!("../../../../shaders/mask/consensus.wgsl"),
    uses: &[GRID, DTYPE, CHANGES, ELEMENTS],
};

pub(crate) const KEEP: Source = Source {
    name: "keep",
    folder: "mask",
    file: include_str!("../../../../shaders/mask/keep.wgsl"),
    uses: &[GRID, DTYPE, CHANGES, ELEMENTS],
};

pub(crate) const KEEP_MASKS: Source = Source {
    name: "keep_masks",
    folder: "mask",
    file: include_str!("../../../../shaders/mask/keep_masks.wgsl"),
    uses: &[GRID, DTYPE, CHANGES],
};

pub(crate) const TALLY_MASKS: Source = Source {
    name: "tally_masks",
    folder: "mask",
    file: include_str!("../../../../shaders/mask/tally_masks.wgsl"),
    uses: &[GRID, DTYPE, CHANGES],
};

pub(crate) const MAGNITUDES: Source = Source {
    name: "magnitudes",
    folder: "measure",
    file: include_str!("../../../../shaders/measure/magnitudes.wgsl"),
    uses: &[GRID, DTYPE, CHANGES],
};

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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    const ALL: [Source; 9] =
        [WEIGHTED_SUM, ADD_CHANGES, ELECT_CHANGES, CONSENSUS, KEEP, KEEP_MASKS, TALLY_MASKS, GRAM, MAGNITUDES];
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
            assert_eq!(after("Uses"), source.uses.iter().map(|prelude| prelude.name).collect::<Vec<_>>().join(", "));
        }
    }

    #[test]
    fn families_declare_no_entry_point() {
        for prelude in [CHANGES, ELEMENTS] {
            assert!(!prelude.file.contains("@compute"), "{}", prelude.name);
        }
    }

    #[test]
    fn preludes_declare_neither_bindings_nor_entry_points() {
        for prelude in [GRID, DTYPE] {
            let module = naga::front::wgsl::parse_str(prelude.file).unwrap();
            assert!(module.entry_points.is_empty() && module.global_variables.is_empty(), "{}", prelude.name);
        }
    }
}
