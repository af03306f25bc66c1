//! Tests that look at the shaders themselves: what they declare, beside what the host believes.

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use std::mem::{offset_of, size_of};

    use naga::{AddressSpace, ShaderStage, StorageAccess, TypeInner};

    use crate::change::{HEAD, Rule};
    use crate::measure::{gram, magnitudes};
    use crate::merge::{Coefficients, Kernel, Params};
    use crate::source::{self, ALL, Source};
    use crate::{Float, cpu, mask};

    fn parse(source: Source) -> naga::Module {
        let text = source.text();
        naga::front::wgsl::parse_str(&text).unwrap_or_else(|error| panic!("{}", error.emit_to_string(&text)))
    }

    /// Does it to all kernels.
    fn each(check: impl Fn(Source, naga::Module)) {
        ALL.into_iter().for_each(|source| check(source, parse(source)));
    }

    fn is_gram(source: Source) -> bool {
        source.name == gram::SOURCE.name
    }

    /// The kernel of the table that writes elements from this source.
    fn kernel(source: Source) -> Option<Kernel> {
        Kernel::ALL.into_iter().find(|kernel| kernel.name() == source.name)
    }

    /// The value of a constant, a number without sign.
    fn constant(module: &naga::Module, name: &str) -> usize {
        let (_, found) = module.constants.iter().find(|(_, constant)| constant.name.as_deref() == Some(name)).unwrap();
        match module.global_expressions[found.init] {
            naga::Expression::Literal(naga::Literal::U32(value)) => value as usize,
            ref other => panic!("{name} is {other:?}"),
        }
    }

    #[test]
    fn all_kernels_that_write_elements_are_looked_at() {
        assert_eq!(ALL.into_iter().filter_map(kernel).collect::<Vec<_>>(), Kernel::ALL);
    }

    #[test]
    fn every_kernel_is_valid_with_what_it_uses_and_refused_without() {
        each(|source, module| {
            let mut validator =
                naga::valid::Validator::new(naga::valid::ValidationFlags::all(), naga::valid::Capabilities::empty());
            validator.validate(&module).unwrap_or_else(|error| panic!("{}: {error:?}", source.name));
            assert!(naga::front::wgsl::parse_str(source.file).is_err(), "{}", source.name);
        });
    }

    #[test]
    fn every_shader_has_one_entry_point_of_the_group_size() {
        each(|source, module| {
            assert_eq!(module.entry_points.len(), 1, "{}", source.name);
            let entry = &module.entry_points[0];
            assert_eq!((entry.name.as_str(), entry.stage), ("main", ShaderStage::Compute));
            assert_eq!(entry.workgroup_size, [source::group_size(), 1, 1]);
        });
    }

    /// Names and places of the parameters here, and how many bytes they take.
    fn parameters(source: Source) -> (Vec<(&'static str, usize)>, usize) {
        if is_gram(source) {
            let here = vec![
                ("elements", offset_of!(gram::Params, elements)),
                ("sources", offset_of!(gram::Params, sources)),
                ("row_words", offset_of!(gram::Params, row_words)),
                ("slices", offset_of!(gram::Params, slices)),
                ("groups", offset_of!(gram::Params, groups)),
                ("grid_width", offset_of!(gram::Params, grid_width)),
            ];
            return (here, size_of::<gram::Params>());
        }
        let here = vec![
            ("elements", offset_of!(Params, elements)),
            ("sources", offset_of!(Params, sources)),
            ("row_words", offset_of!(Params, row_words)),
            ("grid_width", offset_of!(Params, grid_width)),
        ];
        (here, size_of::<Params>())
    }

    #[test]
    fn the_parameters_lie_alike_in_the_shaders_and_here() {
        each(|source, module| {
            let (here, bytes) = parameters(source);
            assert!(bytes <= 64);
            let (_, params) = module.types.iter().find(|(_, ty)| ty.name.as_deref() == Some("Params")).unwrap();
            let TypeInner::Struct { members, span } = &params.inner else { panic!("Params is no struct") };
            assert_eq!(*span as usize, bytes);
            let there: Vec<_> = members.iter().map(|m| (m.name.as_deref().unwrap(), m.offset as usize)).collect();
            assert_eq!(there, here, "{}", source.name);
            let is_word = |m: &naga::StructMember| module.types[m.ty].inner == TypeInner::Scalar(naga::Scalar::U32);
            assert!(members.iter().all(is_word));
        });
    }

    #[test]
    fn the_bindings_are_those_of_the_convention() {
        let read = AddressSpace::Storage { access: StorageAccess::LOAD };
        let write = AddressSpace::Storage { access: StorageAccess::LOAD | StorageAccess::STORE };
        let convention = [
            ("params", 0, AddressSpace::Uniform),
            ("x", 1, read),
            ("c", 2, read),
            ("y", 3, write),
            ("tally", 4, write),
        ];
        each(|source, module| {
            let mut found: Vec<_> = module
                .global_variables
                .iter()
                .filter_map(|(_, global)| global.binding.map(|at| (global.name.as_deref().unwrap(), at, global.space)))
                .inspect(|(_, at, _)| assert_eq!(at.group, 0))
                .map(|(name, at, space)| (name, at.binding, space))
                .collect();
            found.sort_by_key(|&(_, binding, _)| binding);
            // The only kernel without a table.
            let expected: Vec<_> =
                convention.into_iter().filter(|&(name, ..)| name != "c" || !is_gram(source)).collect();
            assert_eq!(found, expected, "{}", source.name);
        });
    }

    #[test]
    fn overrides_are_the_number_types_without_default() {
        each(|source, module| {
            let mut found: Vec<_> =
                module.overrides.iter().map(|(_, o)| (o.name.as_deref().unwrap(), o.init.is_some())).collect();
            found.sort_unstable();
            let expected = [("IN_DTYPE", false), ("OUT_DTYPE", false)];
            let count = if kernel(source).is_some() { 2 } else { 1 };
            assert_eq!(found, expected[..count], "{}", source.name);
        });
    }

    #[test]
    fn what_a_group_shares_fits_the_least_that_cards_have() {
        let shared = |source: Source| {
            let module = parse(source);
            let mut layouter = naga::proc::Layouter::default();
            layouter.update(module.to_ctx()).unwrap();
            let shared = module.global_variables.iter().filter(|(_, global)| global.space == AddressSpace::WorkGroup);
            shared.map(|(_, global)| layouter[global.ty].size).sum::<u32>()
        };
        // The default of maxComputeWorkgroupStorageSize: https://www.w3.org/TR/webgpu/#limits
        assert!(ALL.into_iter().all(|source| shared(source) <= 16_384));
        let sharing: Vec<_> = ALL.into_iter().filter(|&source| shared(source) > 0).map(|source| source.name).collect();
        assert_eq!(sharing, ["tally_masks", "gram"]);
    }

    #[test]
    fn number_types_and_rules_have_the_same_constants_there_and_here() {
        each(|_, module| {
            for float in Float::ALL {
                assert_eq!(constant(&module, &format!("{float:?}")), float.code() as usize);
            }
        });
        let module = parse(source::KEEP);
        for (name, rule) in [("SUM", Rule::Sum), ("TIES", Rule::Ties), ("ELECT", Rule::Elect)] {
            assert_eq!(constant(&module, name), rule.code() as usize);
        }
        assert_eq!(constant(&module, "HEAD"), HEAD);
    }

    #[test]
    fn slices_tiles_and_counters_are_as_many_there_as_here() {
        let gram = parse(source::GRAM);
        assert_eq!((2 * constant(&gram, "SLICE"), constant(&gram, "TILE")), (gram::SLICE, gram::TILE));
        assert_eq!(cpu::BLOCK % gram::SLICE, 0, "a slice would reach into two blocks");
        let tally = parse(source::TALLY_MASKS);
        let here = (mask::tally_masks::SLICE, mask::tally_masks::ROOM);
        assert_eq!((2 * constant(&tally, "SLICE"), constant(&tally, "ROOM")), here);
        assert_eq!(constant(&parse(source::MAGNITUDES), "BINS"), magnitudes::BINS);
    }

    #[test]
    fn the_read_me_lists_the_kernels() {
        let listed: Vec<_> = source::READ_ME.lines().filter(|line| line.starts_with("| `")).collect();
        assert_eq!(listed.len(), ALL.len());
        for (line, source) in listed.into_iter().zip(ALL) {
            let (name, folder) = (source.name, source.folder);
            let row = format!("| `{name}` | `{folder}/{name}.wgsl` | `kernels/src/{folder}/{name}.rs` |");
            assert!(line.starts_with(&row), "{line}");
            let coefficients = match kernel(source).map(|kernel| kernel.row().coefficients) {
                Some(Coefficients::OneEach) => "S",
                Some(Coefficients::OneEachExpert) => "S − 1",
                None if is_gram(source) => "none",
                Some(Coefficients::Table) | None => "table",
            };
            assert!(line.ends_with(&format!("| {coefficients} |")), "{line}");
            let what = source.file.lines().next().unwrap().split_once(": ").unwrap().1;
            assert!(line.contains(what.trim_end_matches('.')), "{line}");
        }
    }
}
