//! Thousands of broken headers, with the `safetensors` library as second opinion.

use std::io::Write;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::RngSeed;
use safetensors::SafeTensors;
use safetensors::tensor::TensorInfo;

use super::*;

/// The same cases in every run.
const SEED: u64 = 20_260;

/// One tensor of a header in the making, right or wrong.
#[derive(Debug, Clone)]
struct Draft {
    name: String,
    dtype: &'static str,
    shape: Vec<u64>,
    begin: u64,
    end: u64,
}

/// Tensors one after the other, then some of them pushed out of place.
fn drafts() -> impl Strategy<Value = Vec<Draft>> {
    let dtype =
        prop_oneof![9 => (0..Dtype::ALL.len()).prop_map(|at| Dtype::ALL[at].name()), 1 => Just("F4"), 1 => Just("X")];
    let tensor = ("[a-d]{1,2}", dtype, proptest::collection::vec(0u64..4, 0..3));
    let push =
        prop_oneof![20 => Just((0, 0)), 1 => (-3i64..4, -3i64..4), 1 => Just((i64::MAX, 5)), 1 => Just((0, i64::MAX))];
    (proptest::collection::vec((tensor, push), 0..5), any::<bool>()).prop_map(|(tensors, is_reversed)| {
        let mut at = 0u64;
        let mut drafts: Vec<Draft> = Vec::new();
        for ((name, dtype, shape), (left, right)) in tensors {
            let size = Dtype::parse(dtype).map_or(1, Dtype::bytes);
            let begin = at;
            at += shape.iter().product::<u64>() * size;
            let (begin, end) = (begin.saturating_add_signed(left), at.saturating_add_signed(right));
            drafts.push(Draft { name, dtype, shape, begin, end });
        }
        if is_reversed {
            drafts.reverse();
        }
        drafts
    })
}

fn json_of(drafts: &[Draft]) -> Vec<u8> {
    let tensor = |draft: &Draft| {
        let Draft { name, dtype, shape, begin, end } = draft;
        format!("{name:?}:{{\"dtype\":{dtype:?},\"shape\":{shape:?},\"data_offsets\":[{begin},{end}]}}")
    };
    format!("{{{}}}", drafts.iter().map(tensor).collect::<Vec<_>>().join(",")).into_bytes()
}

/// A file with this header and this many bytes of tensors.
fn file_of(json: &[u8], body: usize) -> Vec<u8> {
    [&(json.len() as u64).to_le_bytes(), json, &vec![7; body]].concat()
}

/// What [`read`] says about a file with these bytes.
fn judge(bytes: &[u8]) -> Result<Header, Error> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    read(Path::new("x.safetensors"), &file, bytes.len() as u64)
}

/// Compares our judgement with the library's.
fn compare(bytes: &[u8]) -> Result<(), TestCaseError> {
    let library = SafeTensors::read_metadata(bytes);
    match (judge(bytes), library) {
        (Ok(ours), Ok((length, theirs))) => {
            prop_assert_eq!(ours.bytes, 8 + length as u64);
            prop_assert_eq!(ours.tensors.len(), theirs.tensors().len());
            for (spec, at) in &ours.tensors {
                let TensorInfo { dtype, shape, data_offsets } = theirs.info(&spec.name).unwrap();
                prop_assert_eq!(spec.dtype.name(), dtype.to_string());
                prop_assert_eq!(&spec.shape, &shape.iter().map(|&size| size as u64).collect::<Vec<_>>());
                prop_assert_eq!(*at, ours.bytes + data_offsets.0 as u64);
                prop_assert_eq!(at + spec.bytes(), ours.bytes + data_offsets.1 as u64);
            }
        }
        (Ok(ours), Err(theirs)) => prop_assert!(false, "we take {:?}, the library says {}", ours, theirs),
        (Err(Error::UnknownDtype { .. }), Ok(_)) => {}
        (Err(Error::Damaged { details, .. }), Ok(_)) if details.contains("comes twice") => {}
        (Err(ours), Ok(_)) => prop_assert!(false, "the library takes it, we say {}", ours),
        (Err(_), Err(_)) => {}
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, rng_seed: RngSeed::Fixed(SEED), ..ProptestConfig::default() })]

    #[test]
    fn tensors_out_of_place_are_judged_like_the_library_does(drafts in drafts(), extra in 0usize..3) {
        let body = drafts.iter().map(|draft| draft.end.min(1000)).max().unwrap_or(0) as usize;
        compare(&file_of(&json_of(&drafts), (body + extra).saturating_sub(1)))?;
        compare(&file_of(&json_of(&drafts), body))?;
    }

    #[test]
    fn flipped_bytes_never_panic_and_are_judged_like_the_library_does(
        at in proptest::collection::vec((0usize..200, any::<u8>()), 1..4),
        cut in 0usize..250,
    ) {
        let json = br#"{"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"a":{"dtype":"F16","shape":[],"data_offsets":[24,26]}}"#;
        let mut bytes = file_of(json, 26);
        prop_assert!(judge(&bytes).is_ok());
        for (at, value) in at {
            let at = at % bytes.len();
            bytes[at] = value;
        }
        compare(&bytes)?;
        compare(&bytes[..cut.min(bytes.len())])?;
    }

    #[test]
    fn accepted_tensors_never_overlap(drafts in drafts()) {
        let body = drafts.iter().map(|draft| draft.end.min(1000)).max().unwrap_or(0);
        if let Ok(header) = judge(&file_of(&json_of(&drafts), body as usize)) {
            let ends = header.tensors.iter().map(|(spec, at)| at + spec.bytes());
            let begins = header.tensors.iter().map(|&(_, at)| at);
            let due: Vec<u64> = std::iter::once(header.bytes).chain(ends).collect();
            prop_assert_eq!(begins.collect::<Vec<_>>(), &due[..due.len() - 1]);
            prop_assert_eq!(due.last().copied(), Some(header.bytes + body));
        }
    }
}

#[test]
fn the_drafts_hold_good_and_bad_headers() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut good = 0;
    for _ in 0..300 {
        let drafts = drafts().new_tree(&mut runner).unwrap().current();
        let body = drafts.iter().map(|draft| draft.end.min(1000)).max().unwrap_or(0);
        good += usize::from(judge(&file_of(&json_of(&drafts), body as usize)).is_ok());
    }
    assert!((30..270).contains(&good), "{good} of 300 are good: the comparison would show little");
}
