//! What dropped paths hold.

use std::path::Path;

use checkpoint::{Checkpoint, Error, Found, Kind, find};

use crate::{put, small_file};

/// Models below `root`, by their places in it.
fn models(root: &Path, found: &Found) -> Vec<String> {
    let inside = |path: &std::path::PathBuf| path.strip_prefix(root).unwrap().display().to_string();
    found.models.iter().map(inside).collect()
}

fn model(root: &Path, place: &str) {
    put(root, place, small_file(&["a"]));
}

#[test]
fn models_are_found_at_any_depth_in_natural_order() {
    let root = tempfile::tempdir().unwrap();
    for place in ["letters 10/model.safetensors", "letters 2/model.safetensors", "deep/er/one.safetensors"] {
        model(root.path(), place);
    }
    put(root.path(), "pictures/a.png", "x");
    put(root.path(), "pictures/b.JPG", "x");
    put(root.path(), "pictures/c.xyz", "x");
    let found = find(root.path());
    assert_eq!(models(root.path(), &found), ["deep/er", "letters 2", "letters 10"]);
    assert!(found.refused.is_empty(), "{:?}", found.refused);
    assert_eq!(found.seen, "2 pictures and 1 other file");
    for path in found.models {
        assert!(Checkpoint::open(&path).is_ok(), "{}", path.display());
    }
}

#[test]
fn a_folder_stands_for_its_only_model_and_hides_what_is_below() {
    let root = tempfile::tempdir().unwrap();
    model(root.path(), "run/model.safetensors");
    model(root.path(), "run/optimizer.safetensors");
    model(root.path(), "run/adapter_model.safetensors");
    model(root.path(), "run/checkpoint-500/model.safetensors");
    assert_eq!(models(root.path(), &find(root.path())), ["run"]);
    assert_eq!(models(root.path(), &find(&root.path().join("run/model.safetensors"))), ["run"]);
    let adapter = find(&root.path().join("run/adapter_model.safetensors"));
    assert_eq!(models(root.path(), &adapter), ["run/adapter_model.safetensors"]);
}

#[test]
fn files_side_by_side_are_models_of_their_own() {
    let root = tempfile::tempdir().unwrap();
    for place in ["b.safetensors", "a.safetensors", "sub/model.safetensors"] {
        model(root.path(), place);
    }
    assert_eq!(models(root.path(), &find(root.path())), ["a.safetensors", "b.safetensors", "sub"]);
    let refusal = Checkpoint::open(root.path()).unwrap_err();
    assert!(matches!(&refusal, Error::NothingFound { seen, .. } if seen.starts_with("2 models")), "{refusal:?}");
}

#[test]
fn shards_are_one_model_however_they_are_dropped() {
    let root = tempfile::tempdir().unwrap();
    for part in 1..=2 {
        put(root.path(), &format!("big/m-{part}-of-2.safetensors"), small_file(&[["a", "b"][part - 1]]));
    }
    for dropped in ["big", "big/m-1-of-2.safetensors", "big/m-2-of-2.safetensors"] {
        assert_eq!(models(root.path(), &find(&root.path().join(dropped))), ["big"], "{dropped}");
    }
    let index = r#"{"weight_map":{"a":"m-1-of-2.safetensors","b":"m-2-of-2.safetensors"}}"#;
    let index = put(root.path(), "big/m.safetensors.index.json", index);
    assert_eq!(models(root.path(), &find(&index)), ["big"]);
    std::fs::remove_file(root.path().join("big/m-1-of-2.safetensors")).unwrap();
    let found = find(root.path());
    assert!(matches!(found.refused[..], [Error::ShardMissing { part: 1, parts: 2, .. }]), "{:?}", found.refused);
}

#[test]
fn two_sets_of_shards_are_two_models() {
    let root = tempfile::tempdir().unwrap();
    for name in ["x-1-of-2", "x-2-of-2", "y-1-of-2", "y-2-of-2"] {
        put(root.path(), &format!("{name}.safetensors"), small_file(&[name]));
    }
    let found = find(root.path());
    assert_eq!(models(root.path(), &found), ["x-1-of-2.safetensors", "y-1-of-2.safetensors"]);
    let whole = Checkpoint::open(&root.path().join("y-2-of-2.safetensors")).unwrap();
    assert_eq!(whole.root(), found.models[1]);
    assert_eq!(whole.files().len(), 2);
}

#[test]
fn other_kinds_are_refused_by_name() {
    let root = tempfile::tempdir().unwrap();
    put(root.path(), "old/pytorch_model.bin", b"PK\x03\x04 archive/data.pkl");
    put(root.path(), "small/x-7b-Q8_0.gguf", "GGUF\x03\0\0\0");
    model(root.path(), "good/model.safetensors");
    let found = find(root.path());
    assert_eq!(models(root.path(), &found), ["good"]);
    let kinds: Vec<Kind> = found
        .refused
        .into_iter()
        .map(|refusal| match refusal {
            Error::WrongKind { kind, .. } => kind,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(kinds, [Kind::Pickle, Kind::Gguf { original: "x-7b".into() }]);
}

#[test]
fn nothing_found_says_what_was_there() {
    let root = tempfile::tempdir().unwrap();
    let seen = |found: Found| match &found.refused[..] {
        [Error::NothingFound { seen, .. }] if *seen == found.seen => seen.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(seen(find(root.path())), "nothing");
    put(root.path(), "a/b.png", "x");
    assert_eq!(seen(find(root.path())), "1 picture");
    put(root.path(), "c.bin", "some numbers");
    put(root.path(), "d.md", "x");
    assert_eq!(seen(find(root.path())), "1 picture, 1 text and 1 other file");
}

#[test]
fn single_files_are_judged_by_their_first_bytes() {
    let root = tempfile::tempdir().unwrap();
    let note = put(root.path(), "notes.txt", "some words that are no model");
    assert!(matches!(find(&note).refused[..], [Error::WrongKind { kind: Kind::NotAModel, .. }]));
    let page = put(root.path(), "model.html", "<!doctype html>");
    assert!(matches!(find(&page).refused[..], [Error::WrongKind { kind: Kind::WebPage, .. }]));
    let renamed = put(root.path(), "weights.bin", small_file(&["a"]));
    assert_eq!(find(&renamed).models, [renamed]);
    let gone = find(&root.path().join("gone"));
    assert!(matches!(gone.refused[..], [Error::Changed { gone: true, .. }]), "{:?}", gone.refused);
}

#[cfg(unix)]
#[test]
fn links_in_a_circle_end() {
    let root = tempfile::tempdir().unwrap();
    model(root.path(), "a/one/model.safetensors");
    std::os::unix::fs::symlink(root.path(), root.path().join("a/back")).unwrap();
    std::os::unix::fs::symlink(root.path().join("a/one"), root.path().join("again")).unwrap();
    assert_eq!(models(root.path(), &find(root.path())), ["a/one"]);
}

#[test]
fn the_search_ends_at_its_depth() {
    let root = tempfile::tempdir().unwrap();
    model(root.path(), "1/2/3/4/5/6/7/8/model.safetensors");
    model(root.path(), "x/2/3/4/5/6/7/8/9/model.safetensors");
    assert_eq!(models(root.path(), &find(root.path())), ["1/2/3/4/5/6/7/8"]);
}

#[test]
fn folders_in_the_making_are_not_models() {
    let root = tempfile::tempdir().unwrap();
    model(root.path(), ".mix.partial-abcdefgh/model/model.safetensors");
    assert!(find(root.path()).models.is_empty());
}
