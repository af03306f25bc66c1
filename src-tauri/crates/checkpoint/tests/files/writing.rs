//! The output folder: equal to the library's files, complete or not there.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use checkpoint::testing::FullDisk;
use checkpoint::{Checkpoint, Error, MemorySink, Output, Sink, Source, Target, file_order, files_of};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use protocol::model::{Dtype, TensorSpec};
use safetensors::SafeTensors;
use safetensors::tensor::TensorView;

use crate::{bytes, everything, put};

/// The same cases in every run.
const SEED: u64 = 20_261;

fn target(tensors: &[(&str, Dtype, &[u64])]) -> Target {
    let tensors = tensors.iter().map(|(name, dtype, shape)| TensorSpec::new(*name, *dtype, *shape)).collect();
    Target { stem: "model".into(), tensors, ..Target::default() }
}

/// Three tensors of 24, 6 and 32 bytes.
fn three() -> Target {
    target(&[("w", Dtype::F32, &[2, 3]), ("half", Dtype::BF16, &[3]), ("ids", Dtype::I64, &[4])])
}

fn in_order(target: &Target) -> Vec<TensorSpec> {
    let mut tensors = target.tensors.clone();
    tensors.sort_by(file_order);
    tensors
}

/// Writes all tensors of one target in pieces of this size.
fn fill_with(sink: &mut dyn Sink, at: usize, target: &Target, piece: usize) -> Result<(), Error> {
    for spec in in_order(target) {
        for part in bytes(&spec.name, spec.bytes() as usize).chunks(piece) {
            sink.write(at, &spec.name, part)?;
        }
    }
    Ok(())
}

fn publish(folder: &Path, target: &Target, piece: usize) -> std::path::PathBuf {
    let mut output = Output::create(folder, vec![target.clone()]).unwrap();
    fill_with(&mut output, 0, target, piece).unwrap();
    output.finish().unwrap();
    output.publish().unwrap()
}

/// The file that the library writes for the same target.
fn by_library(target: &Target) -> Vec<u8> {
    let bodies: Vec<Vec<u8>> = target.tensors.iter().map(|spec| bytes(&spec.name, spec.bytes() as usize)).collect();
    let views = target.tensors.iter().zip(&bodies).map(|(spec, body)| {
        let dtype = serde_json::from_str(&format!("{:?}", spec.dtype.name())).unwrap();
        let shape = spec.shape.iter().map(|&size| size as usize).collect();
        (spec.name.as_str(), TensorView::new(dtype, shape, body).unwrap())
    });
    let metadata: HashMap<String, String> = target.metadata.clone().into_iter().collect();
    safetensors::serialize(views, (!metadata.is_empty()).then_some(metadata)).unwrap()
}

fn targets() -> impl Strategy<Value = Target> {
    let tensor = (0..Dtype::ALL.len(), proptest::collection::vec(0u64..5, 0..4));
    let tensors = proptest::collection::btree_map("[a-zA-Z0-9.\"\\\\é\n]{1,9}", tensor, 0..9);
    let metadata = proptest::collection::btree_map("[a-z]{1,4}", "[a-z\"é\t]{0,9}", 0..2);
    (tensors, metadata).prop_map(|(tensors, metadata)| {
        let spec = |(name, (dtype, shape))| TensorSpec { name, dtype: Dtype::ALL[dtype], shape };
        let tensors = tensors.into_iter().map(spec).collect();
        Target { stem: "model".into(), tensors, metadata, ..Target::default() }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, rng_seed: RngSeed::Fixed(SEED), ..ProptestConfig::default() })]

    #[test]
    fn files_equal_the_librarys_byte_for_byte(target in targets(), piece in 1usize..40) {
        let parent = tempfile::tempdir().unwrap();
        let folder = publish(&parent.path().join("mix"), &target, piece);
        let ours = std::fs::read(folder.join("model.safetensors")).unwrap();
        prop_assert_eq!(&ours, &by_library(&target));
        prop_assert_eq!(files_of(&target), [("model.safetensors".to_owned(), ours.len() as u64)]);
    }

    #[test]
    fn shards_read_back_as_one_model(target in targets(), shard_bytes in 1u64..200) {
        let parent = tempfile::tempdir().unwrap();
        let target = Target { shard_bytes, ..target };
        let folder = publish(&parent.path().join("mix"), &target, 16);
        for (name, size) in files_of(&target) {
            prop_assert_eq!(std::fs::metadata(folder.join(name)).unwrap().len(), size);
        }
        let model = Checkpoint::open(&folder).unwrap();
        let mut specs = target.tensors.clone();
        specs.sort_by(|a, b| a.name.cmp(&b.name));
        prop_assert_eq!(model.entries().iter().map(|entry| entry.spec.clone()).collect::<Vec<_>>(), specs);
        prop_assert_eq!(model.metadata(), &target.metadata);
        prop_assert_eq!(model.files().len(), files_of(&target).len().max(2) - 1);
        for entry in model.entries() {
            let mut read = vec![0; entry.spec.bytes() as usize];
            model.read(entry, 0, &mut read).unwrap();
            prop_assert_eq!(read, bytes(&entry.spec.name, entry.spec.bytes() as usize));
        }
    }
}

#[test]
fn one_changed_byte_would_show() {
    let mut other = by_library(&three());
    let last = other.len() - 1;
    other[last] ^= 1;
    let parent = tempfile::tempdir().unwrap();
    let folder = publish(&parent.path().join("mix"), &three(), 7);
    assert_ne!(std::fs::read(folder.join("model.safetensors")).unwrap(), other);
}

#[test]
fn several_metadata_keys_are_sorted_and_the_library_reads_them() {
    let parent = tempfile::tempdir().unwrap();
    let metadata = BTreeMap::from([("b", "2"), ("a", "1"), ("c", "3")].map(|(k, v)| (k.to_owned(), v.to_owned())));
    let target = Target { metadata, ..three() };
    let file = std::fs::read(publish(&parent.path().join("mix"), &target, 9).join("model.safetensors")).unwrap();
    assert!(file[8..].starts_with(br#"{"__metadata__":{"a":"1","b":"2","c":"3"},"ids""#));
    let (_, header) = SafeTensors::read_metadata(&file).unwrap();
    assert_eq!(header.metadata().as_ref().unwrap().len(), 3);
}

#[test]
fn large_and_small_writes_and_several_targets_mix() {
    let parent = tempfile::tempdir().unwrap();
    let big = target(&[("a", Dtype::F32, &[900_000]), ("b", Dtype::F32, &[3])]);
    let head = Target { folder: "heads/latin".into(), ..three() };
    let mut output = Output::create(&parent.path().join("mix"), vec![big.clone(), head.clone()]).unwrap();
    let body = bytes("a", 3_600_000);
    let heads = in_order(&head);
    for (at, piece) in [0..10, 10..2_000_000, 2_000_000..2_000_003, 2_000_003..3_600_000].into_iter().enumerate() {
        output.write(0, "a", &body[piece]).unwrap();
        if let Some(spec) = heads.get(at) {
            output.write(1, &spec.name, &bytes(&spec.name, spec.bytes() as usize)).unwrap();
        }
    }
    output.write(0, "b", &bytes("b", 12)).unwrap();
    let folder = output.publish().unwrap();
    assert_eq!(std::fs::read(folder.join("model.safetensors")).unwrap(), by_library(&big));
    assert_eq!(std::fs::read(folder.join("heads/latin/model.safetensors")).unwrap(), by_library(&head));
}

#[test]
fn bytes_out_of_step_are_refused() {
    let cases: [(&str, usize, &str, usize); 6] = [
        ("the right ones", 0, "ids", 32),
        ("another tensor", 0, "w", 1),
        ("an unknown tensor", 0, "x", 1),
        ("too many", 0, "ids", 33),
        ("another target", 1, "ids", 1),
        ("none", 0, "ids", 0),
    ];
    for (case, at, name, count) in cases {
        let parent = tempfile::tempdir().unwrap();
        let mut output = Output::create(&parent.path().join("mix"), vec![three()]).unwrap();
        let taken = output.write(at, name, &vec![0; count]);
        let is_right = ["the right ones", "none"].contains(&case);
        assert_eq!(taken.is_ok(), is_right, "{case}: {taken:?}");
        assert!(is_right || matches!(taken, Err(Error::OutOfStep { .. })), "{case}: {taken:?}");
    }
}

#[test]
fn nothing_incomplete_is_published() {
    let parent = tempfile::tempdir().unwrap();
    let mut output = Output::create(&parent.path().join("mix"), vec![three()]).unwrap();
    output.write(0, "ids", &[0; 32]).unwrap();
    output.write(0, "w", &[0; 23]).unwrap();
    match output.finish().unwrap_err() {
        Error::OutOfStep { target: 0, next, expected: 23, .. } => assert_eq!(next, "w"),
        other => panic!("{other:?}"),
    }
    assert!(matches!(output.publish(), Err(Error::OutOfStep { .. })));
    assert_eq!(everything(parent.path()), []);
}

#[test]
fn a_dropped_output_leaves_nothing() {
    let parent = tempfile::tempdir().unwrap();
    let mut output = Output::create(&parent.path().join("mix"), vec![three()]).unwrap();
    output.text("README.md", "half").unwrap();
    fill_with(&mut output, 0, &three(), 5).unwrap();
    output.finish().unwrap();
    let partial = output.partial().to_owned();
    assert!(partial.starts_with(parent.path()) && partial.join("model.safetensors").is_file());
    let hidden =
        std::fs::read_dir(parent.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(hidden.collect::<Vec<_>>()[0].starts_with(".mix.partial-"));
    drop(output);
    assert_eq!(everything(parent.path()), []);
}

#[test]
fn a_published_folder_holds_what_was_written_and_nothing_else() {
    let parent = tempfile::tempdir().unwrap();
    let from = put(parent.path(), "elsewhere/tokenizer.json", "{\"a\":1}");
    let mut output = Output::create(&parent.path().join("mix"), vec![three()]).unwrap();
    output.text("README.md", "first").unwrap();
    output.text("README.md", "second").unwrap();
    output.copy(&from, "heads/latin/tokenizer.json").unwrap();
    fill_with(&mut output, 0, &three(), 8).unwrap();
    let folder = output.publish().unwrap();
    assert_eq!(folder, parent.path().join("mix"));
    let mut inside: Vec<String> = everything(&folder)
        .iter()
        .filter(|(_, contents)| contents.is_some())
        .map(|(path, _)| path.strip_prefix(&folder).unwrap().display().to_string())
        .collect();
    inside.sort();
    assert_eq!(inside, ["README.md", "heads/latin/tokenizer.json", "model.safetensors"]);
    assert_eq!(std::fs::read_to_string(folder.join("README.md")).unwrap(), "second");
    assert_eq!(std::fs::read(folder.join("heads/latin/tokenizer.json")).unwrap(), std::fs::read(&from).unwrap());
    let beside: Vec<_> = std::fs::read_dir(parent.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(beside.len(), 2, "{beside:?}");
}

#[cfg(unix)]
#[test]
fn a_published_folder_has_the_usual_permissions() {
    use std::os::unix::fs::PermissionsExt;
    let parent = tempfile::tempdir().unwrap();
    let usual = parent.path().join("usual");
    std::fs::create_dir(&usual).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode();
    let folder = publish(&parent.path().join("mix"), &three(), 8);
    assert_eq!(mode(&folder), mode(&usual));
    assert_eq!(mode(&folder.join("model.safetensors")), mode(&put(&usual, "file", "x")));
}

#[test]
fn an_empty_folder_is_replaced_and_a_full_one_never() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("mix");
    std::fs::create_dir(&folder).unwrap();
    publish(&folder, &three(), 8);
    let before = everything(parent.path());
    for taken in [folder, put(parent.path(), "file", "x")] {
        let refusal = Output::create(&taken, vec![three()]).unwrap_err();
        assert!(matches!(refusal, Error::NameTaken { .. }), "{refusal:?}");
    }
    std::fs::remove_file(parent.path().join("file")).unwrap();
    assert_eq!(everything(parent.path()), before);
}

#[test]
fn a_name_taken_meanwhile_loses_nothing() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("mix");
    let mut output = Output::create(&folder, vec![three()]).unwrap();
    fill_with(&mut output, 0, &three(), 8).unwrap();
    put(&folder, "theirs", "x");
    assert!(matches!(output.publish_as(&folder), Err(Error::NameTaken { .. })));
    let free = output.publish_as(&parent.path().join("mix 2")).unwrap();
    drop(output);
    assert_eq!(std::fs::read(free.join("model.safetensors")).unwrap(), by_library(&three()));
    assert_eq!(everything(&folder), [(folder.join("theirs"), Some(b"x".to_vec()))]);
    let third = parent.path().join("third");
    let mut output = Output::create(&third, vec![three()]).unwrap();
    fill_with(&mut output, 0, &three(), 8).unwrap();
    put(parent.path(), "third", "a file this time");
    assert!(matches!(output.publish(), Err(Error::NameTaken { .. })));
    assert_eq!(std::fs::read_to_string(third).unwrap(), "a file this time");
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    let parent = tempfile::tempdir().unwrap();
    let from = put(parent.path(), "from", "x");
    let before = everything(parent.path());
    let mut output = Output::create(&parent.path().join("mix"), vec![three()]).unwrap();
    for name in ["../x", "/tmp/x", "a/../../x", "", "a\\b", "model.safetensors"] {
        assert!(matches!(output.text(name, "x"), Err(Error::BadName { .. })), "{name}");
        assert!(matches!(output.copy(&from, name), Err(Error::BadName { .. })), "{name}");
    }
    drop(output);
    let with = |folder: &str, stem: &str| Target { folder: folder.into(), stem: stem.into(), ..three() };
    let twice = target(&[("a", Dtype::F32, &[1]), ("a", Dtype::F16, &[1])]);
    let cases = [
        vec![with("..", "model")],
        vec![with("", "../model")],
        vec![with("/tmp", "model")],
        vec![with("", "model"), with("", "Model")],
        vec![twice],
    ];
    for targets in cases {
        let refusal = Output::create(&parent.path().join("mix"), targets).unwrap_err();
        assert!(matches!(refusal, Error::BadName { .. }), "{refusal:?}");
    }
    assert!(matches!(Output::create(Path::new("/"), vec![]), Err(Error::BadName { .. } | Error::NameTaken { .. })));
    assert_eq!(everything(parent.path()), before);
}

#[test]
fn places_in_headers_are_filled_before_publishing() {
    let parent = tempfile::tempdir().unwrap();
    let metadata = BTreeMap::from([("parents".to_owned(), "a:0000,b:1111".to_owned())]);
    let target = Target { metadata: metadata.clone(), shard_bytes: 32, ..three() };
    let mut output =
        Output::create(&parent.path().join("mix"), vec![target.clone(), Target { folder: "x".into(), ..three() }])
            .unwrap();
    fill_with(&mut output, 0, &target, 8).unwrap();
    fill_with(&mut output, 1, &three(), 8).unwrap();
    output.finish().unwrap();
    for (key, old, new) in [("parents", "0000", "too long"), ("parents", "9999", "1234"), ("none", "0000", "1234")] {
        assert!(matches!(output.fill(key, old, new), Err(Error::Io { writing: true, .. })), "{key} {old} {new}");
    }
    output.fill("parents", "0000", "cafe").unwrap();
    let folder = output.publish().unwrap();
    let model = Checkpoint::open(&folder).unwrap();
    assert_eq!(model.metadata()["parents"], "a:cafe,b:1111");
    assert_eq!(model.files().len(), 2);
    for file in model.files() {
        let contents = std::fs::read(file).unwrap();
        let (_, header) = SafeTensors::read_metadata(&contents).unwrap();
        assert_eq!(header.metadata().as_ref().unwrap()["parents"], "a:cafe,b:1111");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_and_leaves_nothing() {
    let parent = tempfile::tempdir().unwrap();
    let mut output = Output::create(&parent.path().join("mix"), vec![three()]).unwrap();
    let file = output.partial().join("model.safetensors");
    std::fs::remove_file(&file).unwrap();
    std::os::unix::fs::symlink("/dev/full", &file).unwrap();
    let full = fill_with(&mut output, 0, &three(), 8).and_then(|()| output.finish()).unwrap_err();
    assert!(full.is_disk_full(), "{full:?}");
    drop(output);
    assert_eq!(everything(parent.path()), []);
}

#[test]
fn the_full_disk_of_tests_fails_at_its_byte() {
    let mut sink = FullDisk::after(62, MemorySink::new());
    fill_with(&mut sink, 0, &three(), 8).unwrap();
    let mut sink = FullDisk::after(61, MemorySink::new());
    let full = fill_with(&mut sink, 0, &three(), 8).unwrap_err();
    assert!(full.is_disk_full(), "{full:?}");
    assert_eq!(sink.into_inner().bytes(0, "ids").map(<[u8]>::len), Some(32));
}

#[cfg(target_os = "linux")]
#[test]
fn forbidden_and_missing_folders_are_told_apart() {
    // Not even the system's administrator may make folders here.
    let refusal = Output::create(Path::new("/sys/mix"), vec![three()]).unwrap_err();
    assert!(refusal.is_forbidden(), "{refusal:?}");
    let missing = Output::create(Path::new("/no such folder/mix"), vec![three()]).unwrap_err();
    assert!(matches!(missing, Error::Io { writing: true, .. }) && !missing.is_forbidden(), "{missing:?}");
}

#[test]
fn only_what_dead_runs_left_is_cleaned() {
    let parent = tempfile::tempdir().unwrap();
    let live = Output::create(&parent.path().join("mix"), vec![three()]).unwrap();
    let outer = live.partial().parent().unwrap();
    let dead = parent.path().join(".mix.partial-deadDEAD");
    put(&dead, "model/model.safetensors", "half");
    std::fs::copy(outer.join("lock"), dead.join("lock")).unwrap();
    let strangers = [".mix.partial-strange1/lock", "mix.partial-deadDEAD/lock", ".mix.partial-x/lock", ".other/lock"];
    for place in strangers {
        put(parent.path(), place, "not ours");
    }
    assert_eq!(Output::clean_leftovers(parent.path()), 1);
    assert!(!dead.exists() && live.partial().exists());
    assert!(strangers.iter().all(|place| parent.path().join(place).exists()));
    assert_eq!(Output::clean_leftovers(parent.path()), 0);
    assert_eq!(Output::clean_leftovers(Path::new("/no such folder")), 0);
}
