//! Models that are as they should be.

use std::path::Path;

use checkpoint::{Checkpoint, Entry, Error, MemorySource, Source, sha256};
use protocol::model::{Dtype, TensorSpec};
use safetensors::Dtype as Their;

use crate::{bytes, everything, library_file, put, small_file};

fn read(source: &dyn Source, entry: &Entry, at: u64, length: usize) -> Vec<u8> {
    let mut into = vec![0; length];
    source.read(entry, at, &mut into).unwrap();
    into
}

fn mixed_file(folder: &Path) -> std::path::PathBuf {
    let tensors = [
        ("layer.10.weight", Their::F32, vec![5, 7]),
        ("layer.2.weight", Their::BF16, vec![3]),
        ("ids", Their::I64, vec![4]),
        ("none", Their::F16, vec![0, 9]),
        ("flag", Their::BOOL, vec![]),
    ];
    put(folder, "model.safetensors", library_file(&tensors, &[("format", "pt")]))
}

#[test]
fn spans_are_read_where_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let model = Checkpoint::open(&mixed_file(folder.path())).unwrap();
    let names: Vec<&str> = model.entries().iter().map(|entry| entry.spec.name.as_str()).collect();
    assert_eq!(names, ["flag", "ids", "layer.10.weight", "layer.2.weight", "none"]);
    for entry in model.entries() {
        let length = entry.spec.bytes() as usize;
        let expected = bytes(&entry.spec.name, length);
        assert_eq!(read(&model, entry, 0, length), expected, "{}", entry.spec.name);
        for at in 0..length {
            assert_eq!(read(&model, entry, at as u64, length - at), expected[at..], "{} from {at}", entry.spec.name);
        }
    }
    let entry = model.find("ids").unwrap();
    assert_ne!(read(&model, entry, 0, 8), read(&model, entry, 8, 8), "else a wrong position would not show");
    assert_eq!(model.find("none").unwrap().spec, TensorSpec::new("none", Dtype::F16, [0, 9]));
    assert!(model.find("layer").is_none());
}

#[test]
fn bytes_beyond_a_tensor_are_not_handed_out() {
    let folder = tempfile::tempdir().unwrap();
    let model = Checkpoint::open(&mixed_file(folder.path())).unwrap();
    let memory = MemorySource::new("memory", vec![(TensorSpec::new("ids", Dtype::I64, [4]), vec![0; 32])]);
    for source in [&model as &dyn Source, &memory] {
        let entry = source.find("ids").unwrap();
        for (at, length) in [(32, 1), (25, 8), (u64::MAX, 1)] {
            let refusal = source.read(entry, at, &mut vec![0; length]).unwrap_err();
            assert!(matches!(refusal, Error::Io { writing: false, .. }), "{at} {length}: {refusal:?}");
        }
        assert!(source.read(entry, 24, &mut [0; 8]).is_ok());
    }
}

#[test]
fn several_threads_read_one_model() {
    let folder = tempfile::tempdir().unwrap();
    let model = Checkpoint::open(&mixed_file(folder.path())).unwrap();
    std::thread::scope(|scope| {
        for entry in model.entries() {
            let model = &model;
            scope.spawn(move || {
                let length = entry.spec.bytes() as usize;
                for _ in 0..50 {
                    assert_eq!(read(model, entry, 0, length), bytes(&entry.spec.name, length));
                }
            });
        }
    });
}

#[test]
fn memory_and_disk_hold_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let model = Checkpoint::open(&mixed_file(folder.path())).unwrap();
    let tensors = model.entries().iter().rev();
    let tensors = tensors.map(|entry| (entry.spec.clone(), bytes(&entry.spec.name, entry.spec.bytes() as usize)));
    let memory = MemorySource::new("memory", tensors.collect());
    let specs = |source: &dyn Source| source.entries().iter().map(|entry| entry.spec.clone()).collect::<Vec<_>>();
    assert_eq!(specs(&memory), specs(&model));
    for (ours, theirs) in memory.entries().iter().zip(model.entries()) {
        let length = ours.spec.bytes() as usize;
        assert_eq!(read(&memory, ours, 0, length), read(&model, theirs, 0, length));
    }
}

#[test]
fn opening_reads_headers_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = put(folder.path(), "model.safetensors", library_file(&[("a", Their::F32, vec![250_000])], &[]));
    let model = Checkpoint::open(folder.path()).unwrap();
    assert_eq!(model.file_bytes(), std::fs::metadata(&path).unwrap().len());
    assert!(model.file_bytes() > 1_000_000 && model.header_bytes() <= 1024, "{} bytes read", model.header_bytes());
    put(folder.path(), "config.json", r#"{"model_type":"vit"}"#);
    let with_config = Checkpoint::open(folder.path()).unwrap();
    assert_eq!(with_config.header_bytes(), model.header_bytes() + 20);
}

#[test]
fn what_lies_beside_is_found() {
    let folder = tempfile::tempdir().unwrap();
    mixed_file(folder.path());
    put(folder.path(), "config.json", r#"{"model_type":"vit"}"#);
    put(folder.path(), "README.md", "---\nlicense: mit\n---\n# Card\n");
    for name in ["tokenizer.json", "vocab.txt", "run.py", "trainer_state.json", ".hidden.json", "LICENSE"] {
        put(folder.path(), name, "x");
    }
    let model = Checkpoint::open(folder.path()).unwrap();
    assert_eq!(model.root(), folder.path());
    assert_eq!(model.config().unwrap()["model_type"], "vit");
    assert_eq!(model.licence().as_deref(), Some("mit"));
    assert_eq!(model.metadata().get("format").map(String::as_str), Some("pt"));
    let names: Vec<_> = model.companions().iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ["config.json", "LICENSE", "tokenizer.json", "vocab.txt"]);
}

#[test]
fn broken_settings_and_strangers_settings_are_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let first = put(folder.path(), "first.safetensors", small_file(&["a"]));
    put(folder.path(), "config.json", "[1]");
    let alone = Checkpoint::open(&first).unwrap();
    assert_eq!((alone.config(), alone.companions().len()), (None, 1));
    put(folder.path(), "second.safetensors", small_file(&["a"]));
    assert!(Checkpoint::open(&first).unwrap().companions().is_empty(), "whose settings they are would be a guess");
}

#[test]
fn licences_in_the_metadata_count_when_no_card_names_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = library_file(&[("a", Their::F32, vec![1])], &[("license", "apache-2.0")]);
    let path = put(folder.path(), "model.safetensors", file);
    assert_eq!(Checkpoint::open(&path).unwrap().licence().as_deref(), Some("apache-2.0"));
}

#[test]
fn shards_are_one_model_in_natural_order() {
    let folder = tempfile::tempdir().unwrap();
    for part in 1..=12 {
        let name = format!("m-{part}-of-12.safetensors");
        let tensor = format!("t{part}");
        put(folder.path(), &name, library_file(&[(&tensor, Their::F32, vec![part])], &[("part", &tensor)]));
    }
    let model = Checkpoint::open(&folder.path().join("m-7-of-12.safetensors")).unwrap();
    let names: Vec<_> = model.files().iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names[..3], ["m-1-of-12.safetensors", "m-2-of-12.safetensors", "m-3-of-12.safetensors"]);
    assert_eq!(names.len(), 12);
    assert_eq!(model.entries().len(), 12);
    assert_eq!(model.metadata()["part"], "t1");
    for entry in model.entries() {
        let length = entry.spec.bytes() as usize;
        assert_eq!(read(&model, entry, 0, length), bytes(&entry.spec.name, length));
    }
}

#[test]
fn changes_after_opening_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = mixed_file(folder.path());
    let model = Checkpoint::open(&path).unwrap();
    model.unchanged().unwrap();
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(model.file_bytes() - 1).unwrap();
    assert!(matches!(model.unchanged(), Err(Error::Changed { gone: false, .. })));
    let entry = model.find("flag").unwrap();
    let refusal = model.read(entry, 0, &mut [0]).unwrap_err();
    assert!(matches!(refusal, Error::Changed { gone: false, .. }), "the last tensor is cut: {refusal:?}");
    file.set_len(model.file_bytes()).unwrap();
    file.set_modified(std::time::UNIX_EPOCH).unwrap();
    assert!(matches!(model.unchanged(), Err(Error::Changed { gone: false, .. })), "same size, other time");
    std::fs::remove_file(&path).unwrap();
    assert!(matches!(model.unchanged(), Err(Error::Changed { gone: true, .. })));
}

#[test]
fn inputs_are_not_modified() {
    let folder = tempfile::tempdir().unwrap();
    let path = mixed_file(folder.path());
    put(folder.path(), "config.json", "{}");
    let state = || (everything(folder.path()), std::fs::metadata(&path).unwrap().modified().unwrap());
    let hash = || sha256(&path, &mut |_| true).unwrap().unwrap();
    let (before, before_hash) = (state(), hash());
    checkpoint::find(folder.path());
    let model = Checkpoint::open(folder.path()).unwrap();
    for entry in model.entries() {
        read(&model, entry, 0, entry.spec.bytes() as usize);
    }
    assert_eq!((state(), hash()), (before, before_hash.clone()));
    put(folder.path(), "model.safetensors", "x");
    assert_ne!(hash(), before_hash);
}
