//! The kernels that reduce a model to a few numbers.
//!
//! Sums are kept for every block of [`BLOCK`] elements, whatever the pieces in which the elements come.

pub(crate) mod gram;
pub(crate) mod magnitudes;

use crate::cpu::BLOCK;
use crate::engine::expect_length;
use crate::{Error, Float, row_bytes};

/// One piece of work: the rows of a base and of experts, to be measured.
///
/// # Shapes
/// x holds `sources` rows, each `row_bytes(elements, input)` bytes long, packed as for [`crate::Apply`]:
/// the base first, then the experts.
///
/// # Order
/// A tensor that is cut into pieces of whole blocks gives the blocks of the whole, bit for bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measure {
    /// Rows of x; at least 1.
    pub sources: usize,
    /// Elements in each row.
    pub elements: usize,
    /// Number type of x.
    pub input: Float,
}

impl Measure {
    /// Elements of a block; the last of a tensor may be shorter.
    pub const BLOCK: usize = BLOCK;

    /// Bytes of x.
    pub fn x_bytes(&self) -> usize {
        self.sources * row_bytes(self.elements, self.input)
    }

    /// Rows of experts.
    pub fn experts(&self) -> usize {
        self.sources.saturating_sub(1)
    }

    /// Numbers that [`Gram::blocks`] holds for one block.
    pub fn sums(&self) -> usize {
        pairs(self.experts()) + 1
    }

    /// Refuses an x whose length does not belong to this work.
    pub(crate) fn check(&self, x: &[u8]) -> Result<(), Error> {
        if self.sources == 0 {
            return Err(Error::NoSources { kernel: gram::SOURCE.name });
        }
        expect_length("x", self.x_bytes(), x.len())
    }
}

/// How the changes of the experts lie to each other, block by block.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Gram {
    /// For each block in order: the inner products of the changes of experts i and j, i ≤ j, in the order
    /// (0, 0), (0, 1), …, (1, 1), …; then the squared length of the base.
    ///
    /// A block that holds elements which are not finite sums to nothing meaningful.
    pub blocks: Vec<Vec<f64>>,
    /// Elements of each row that are NaN or infinite; padding is not counted.
    pub not_finite: Vec<u64>,
}

impl Gram {
    /// Whether every sum is a number. Sums of finite rows always are on the processor, and on a card as long as they
    /// stay below the limit in the shader's header.
    pub fn is_finite(&self) -> bool {
        self.blocks.iter().flatten().all(|sum| sum.is_finite())
    }
}

/// Pairs i ≤ j of so many.
pub(crate) fn pairs(count: usize) -> usize {
    count * (count + 1) / 2
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use std::mem::{offset_of, size_of};

    use naga::{AddressSpace, ShaderStage, StorageAccess, TypeInner};

    use super::gram::{Params, SLICE, SOURCE, TILE};
    use super::*;
    use crate::source;

    fn parse() -> naga::Module {
        naga::front::wgsl::parse_str(&SOURCE.text())
            .unwrap_or_else(|error| panic!("{}", error.emit_to_string(&SOURCE.text())))
    }

    #[test]
    fn the_kernel_is_valid_with_its_preludes_and_refused_without() {
        let mut validator =
            naga::valid::Validator::new(naga::valid::ValidationFlags::all(), naga::valid::Capabilities::empty());
        validator.validate(&parse()).unwrap_or_else(|error| panic!("{error:?}"));
        assert!(naga::front::wgsl::parse_str(SOURCE.file).is_err());
    }

    #[test]
    fn the_shader_has_one_entry_point_of_the_group_size() {
        let module = parse();
        assert_eq!(module.entry_points.len(), 1);
        let entry = &module.entry_points[0];
        assert_eq!((entry.name.as_str(), entry.stage), ("main", ShaderStage::Compute));
        assert_eq!(entry.workgroup_size, [source::group_size(), 1, 1]);
    }

    #[test]
    fn the_parameters_lie_alike_in_the_shader_and_here() {
        let here = [
            ("elements", offset_of!(Params, elements)),
            ("sources", offset_of!(Params, sources)),
            ("row_words", offset_of!(Params, row_words)),
            ("slices", offset_of!(Params, slices)),
            ("groups", offset_of!(Params, groups)),
            ("grid_width", offset_of!(Params, grid_width)),
        ];
        assert!(size_of::<Params>() <= 64);
        let module = parse();
        let (_, params) = module.types.iter().find(|(_, ty)| ty.name.as_deref() == Some("Params")).unwrap();
        let TypeInner::Struct { members, span } = &params.inner else { panic!("Params is no struct") };
        assert_eq!(*span as usize, size_of::<Params>());
        let there: Vec<_> = members.iter().map(|m| (m.name.as_deref().unwrap(), m.offset as usize)).collect();
        assert_eq!(there, here);
        let is_word = |m: &naga::StructMember| module.types[m.ty].inner == TypeInner::Scalar(naga::Scalar::U32);
        assert!(members.iter().all(is_word));
    }

    #[test]
    fn slices_and_tiles_are_as_large_there_as_here_and_slices_make_blocks() {
        let module = parse();
        let constant = |name: &str| {
            let (_, found) = module.constants.iter().find(|(_, c)| c.name.as_deref() == Some(name)).unwrap();
            match module.global_expressions[found.init] {
                naga::Expression::Literal(naga::Literal::U32(value)) => value as usize,
                ref other => panic!("{name} is {other:?}"),
            }
        };
        assert_eq!((2 * constant("SLICE"), constant("TILE")), (SLICE, TILE));
        assert_eq!(BLOCK % SLICE, 0, "a slice would reach into two blocks");
    }

    #[test]
    fn the_bindings_are_those_of_the_convention_without_a_table() {
        let read = AddressSpace::Storage { access: StorageAccess::LOAD };
        let write = AddressSpace::Storage { access: StorageAccess::LOAD | StorageAccess::STORE };
        let module = parse();
        let bound = module.global_variables.iter().filter(|(_, global)| global.binding.is_some());
        let mut found: Vec<_> = bound
            .map(|(_, global)| {
                let binding = global.binding.unwrap();
                (binding.group, binding.binding, global.name.clone().unwrap(), global.space)
            })
            .collect();
        found.sort_by_key(|&(group, binding, ..)| (group, binding));
        let named = |binding, name: &str, space| (0, binding, name.to_owned(), space);
        let convention = [
            named(0, "params", AddressSpace::Uniform),
            named(1, "x", read),
            named(3, "y", write),
            named(4, "tally", write),
        ];
        assert_eq!(found, convention);
    }

    #[test]
    fn what_a_group_shares_fits_the_least_that_cards_have() {
        let module = parse();
        let mut layouter = naga::proc::Layouter::default();
        layouter.update(module.to_ctx()).unwrap();
        let shared = module.global_variables.iter().filter(|(_, global)| global.space == AddressSpace::WorkGroup);
        let bytes: u32 = shared.map(|(_, global)| layouter[global.ty].size).sum();
        // The default of maxComputeWorkgroupStorageSize: https://www.w3.org/TR/webgpu/#limits
        assert!((1..=16_384).contains(&bytes), "{bytes}");
    }

    #[test]
    fn the_only_override_is_the_number_type_without_default() {
        let module = parse();
        let found: Vec<_> = module.overrides.iter().map(|(_, o)| (o.name.clone().unwrap(), o.init.is_some())).collect();
        assert_eq!(found, [("IN_DTYPE".to_owned(), false)]);
    }

    #[test]
    fn the_read_me_lists_the_kernel() {
        let row = "| `gram` | `measure/gram.wgsl` | `kernels/src/measure/gram.rs` |";
        let line = source::READ_ME.lines().find(|line| line.starts_with(row)).unwrap();
        let what = SOURCE.file.lines().next().unwrap().split_once(": ").unwrap().1;
        assert!(line.contains(what.trim_end_matches('.')), "{line}");
        assert!(line.ends_with("| none |"), "{line}");
    }
}
