//! One named case for each way in which a model can be broken.

use std::path::Path;

use checkpoint::{Checkpoint, Error, Kind, Source};

use crate::{everything, put, small_file};

/// The facts of an error on one line, without places.
fn facts(error: &Error) -> String {
    match error {
        Error::Damaged { outside, details, .. } => format!("damaged outside={outside}: {details}"),
        Error::NotComplete { arrived, promised, .. } => format!("{arrived} of {promised}"),
        Error::Placeholder { size, promised, .. } => format!("placeholder {size} {promised:?}"),
        Error::WrongKind { kind, .. } => format!("{kind:?}"),
        Error::NothingFound { seen, .. } => format!("nothing among {seen}"),
        Error::ShardMissing { part, parts, file, .. } => format!("{part} of {parts}: {file}"),
        Error::UnknownDtype { dtype, parts, .. } => format!("{parts} of {dtype}"),
        Error::Changed { gone, .. } => format!("changed gone={gone}"),
        other => format!("{other:?}"),
    }
}

fn refusal(path: &Path) -> String {
    match Checkpoint::open(path) {
        Ok(model) => format!("opened with {} tensors", model.entries().len()),
        Err(error) => facts(&error),
    }
}

/// A file of this header text and this many bytes after it.
fn with_header(json: &str, body: usize) -> Vec<u8> {
    [&(json.len() as u64).to_le_bytes(), json.as_bytes(), &vec![1; body]].concat()
}

fn tensor(name: &str, dtype: &str, shape: &str, begin: u64, end: u64) -> String {
    format!(r#""{name}":{{"dtype":"{dtype}","shape":{shape},"data_offsets":[{begin},{end}]}}"#)
}

/// A header of these tensors.
fn header(tensors: &[String]) -> String {
    format!("{{{}}}", tensors.join(","))
}

/// Opens a file of these bytes for each case, and compares the beginning of the answer.
fn check(cases: &[(&str, Vec<u8>, &str)]) {
    let folder = tempfile::tempdir().unwrap();
    for (case, bytes, expected) in cases {
        let refusal = refusal(&put(folder.path(), "model.safetensors", bytes));
        assert!(refusal.starts_with(expected), "{case}: {refusal:?} instead of {expected:?}");
    }
}

fn f32(name: &str, begin: u64, end: u64) -> String {
    tensor(name, "F32", "[2]", begin, end)
}

/// A file of these tensors.
fn of(tensors: &[String], body: usize) -> Vec<u8> {
    with_header(&header(tensors), body)
}

#[test]
fn sound_files_are_opened() {
    let one = header(&[f32("a", 0, 8)]);
    check(&[
        ("one tensor", with_header(&one, 8), "opened with 1"),
        ("none", with_header("{}", 0), "opened with 0"),
        ("padded", with_header(&format!("{one}      "), 8), "opened with 1"),
        ("null metadata", with_header(r#"{"__metadata__":null}"#, 0), "opened with 0"),
        ("no elements", of(&[tensor("a", "F32", "[0,3]", 0, 0)], 0), "opened with 1"),
        ("wide numbers", of(&[tensor("a", "U64", "[]", 0, 8)], 8), "opened with 1"),
        ("small numbers", of(&[tensor("a", "F8_E4M3", "[3]", 0, 3)], 3), "opened with 1"),
        ("not in order of names", of(&[f32("b", 8, 16), f32("a", 0, 8)], 16), "opened with 2"),
    ]);
}

#[test]
fn files_of_the_wrong_length_are_told_with_both_sizes() {
    let whole = small_file(&["a"]);
    let (end, size) = (whole.len() - 24, whole.len());
    let sizes = [format!("20 of {end}"), format!("{} of {size}", size - 5), format!("{end} of {size}")];
    let too_long = [&whole[..], &[0]].concat();
    let endless = |length: u64, text: &str| [&length.to_le_bytes()[..], text.as_bytes()].concat();
    check(&[
        ("empty", vec![], "0 of 8"),
        ("tiny", vec![1, 2, 3], "3 of 8"),
        ("length only", endless(100, ""), "8 of 108"),
        ("cut within the header", whole[..20].to_vec(), &sizes[0]),
        ("cut within the tensors", whole[..size - 5].to_vec(), &sizes[1]),
        ("cut before the tensors", whole[..end].to_vec(), &sizes[2]),
        ("trailing byte", too_long, "damaged outside=false: 1 bytes follow"),
        ("huge header", endless(200_000_000, "{}"), "damaged outside=false: a header of 200000000 bytes"),
        ("endless header", endless(u64::MAX, "{}"), "damaged outside=false: a header of 18446744073709551615"),
        ("beyond the file", endless(500, "xxxx"), "damaged outside=true: the header ends at byte 508 of 12"),
    ]);
}

#[test]
fn headers_that_are_no_plain_object_are_damaged() {
    let one = header(&[f32("a", 0, 8)]);
    let invalid = [&8u64.to_le_bytes()[..], b"{\"\xff\xff\":1}"].concat();
    let twice = one.replace("\"shape\"", "\"dtype\":\"F32\",\"shape\"");
    let bad = |start: &'static str| format!("damaged outside=false: {start}");
    let [eof, kind, again, field] = ["EOF", "invalid type", "comes twice", "duplicate field"].map(bad);
    let [utf8, after, lacks] = ["the header is not UTF-8", "trailing", "missing field"].map(bad);
    let again = |name: &str| again.replace("comes", &format!("{name:?} comes"));
    check(&[
        ("not JSON", with_header("{\"a\":", 0), &eof),
        ("no object", with_header("[1,2]  ", 0), &kind),
        ("no header", with_header("", 8), &eof),
        ("not UTF-8", invalid, &utf8),
        ("two objects", with_header(&format!("{one}{{}}"), 8), &after),
        ("name twice", of(&[f32("a", 0, 8), f32("a", 0, 8)], 8), &again("a")),
        ("field twice", with_header(&twice, 8), &field),
        ("metadata twice", with_header(r#"{"__metadata__":{},"__metadata__":{}}"#, 0), &again("__metadata__")),
        ("key twice", with_header(r#"{"__metadata__":{"k":"1","k":"2"}}"#, 0), &again("k")),
        ("not text", with_header(r#"{"__metadata__":{"k":1}}"#, 0), &kind),
        ("field missing", with_header(r#"{"a":{"dtype":"F32","shape":[2]}}"#, 8), &lacks),
    ]);
}

#[test]
fn impossible_sizes_are_damaged() {
    let one = header(&[f32("a", 0, 8)]);
    let offset = |end: &str| with_header(&one.replace("[0,8]", &format!("[0,{end}]")), 8);
    let shaped = |shape: &str| of(&[tensor("a", "F32", shape, 0, 8)], 8);
    let many = format!("[{}1]", "1,".repeat(70));
    let beyond = "damaged outside=true: tensor \"a\": bytes 0 to 18446744073709551615";
    check(&[
        ("negative", shaped("[-2]"), "damaged outside=false: invalid value"),
        ("a fraction", shaped("[2.0]"), "damaged outside=false: invalid type"),
        ("overflow", shaped("[4294967296,4294967296]"), "damaged outside=false: tensor \"a\": F32 of shape"),
        ("overflow in bytes", shaped("[4611686018427387904]"), "damaged outside=false: tensor \"a\": F32 of shape"),
        ("too many dimensions", shaped(&many), "damaged outside=false: invalid length"),
        ("beyond 64 bits", offset("18446744073709551616"), "damaged outside=false: invalid type"),
        ("beyond any file", offset("18446744073709551615"), beyond),
        ("unknown type", of(&[tensor("a", "Q7", "[2]", 0, 8), tensor("b", "Q7", "[2]", 8, 16)], 16), "2 of Q7"),
    ]);
}

#[test]
fn tensors_out_of_place_are_damaged() {
    let b = |rest: &str| format!("damaged outside=false: tensor \"b\": {rest}");
    let a = |rest: &str| format!("damaged outside=false: tensor \"a\": {rest}");
    check(&[
        ("hole", of(&[f32("a", 0, 8), f32("b", 12, 20)], 20), &b("begins at byte 12 and leaves a hole: 8 is due")),
        ("hole at the front", of(&[f32("a", 4, 12)], 12), &a("begins at byte 4 and leaves a hole: 0 is due")),
        ("overlap", of(&[f32("a", 0, 8), f32("b", 4, 12)], 12), &b("begins at byte 4 and overlaps another")),
        ("same place", of(&[f32("a", 0, 8), f32("b", 0, 8)], 8), &b("begins at byte 0 and overlaps another")),
        ("backwards", of(&[f32("a", 8, 0)], 8), &a("ends at byte 0, before it begins at 8")),
        ("too short", of(&[f32("a", 0, 4)], 4), &a("has 4 bytes, but its shape needs 8")),
    ]);
}

#[test]
fn other_kinds_are_told_by_their_first_bytes() {
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab\nsize 4932\n";
    let placeholder = format!("placeholder {} Some(4932)", pointer.len());
    let text = |text: &str| text.as_bytes().to_vec();
    check(&[
        ("pickle in an archive", b"PK\x03\x04\x14\0\0\0archive/data.pkl".to_vec(), "Pickle"),
        ("pickle", b"\x80\x04\x95\x10\0\0\0\0\0\0\0}".to_vec(), "Pickle"),
        ("GGUF", b"GGUF\x03\0\0\0\0\0\0\0".to_vec(), "Gguf { original: \"model.safetensors\" }"),
        ("pointer", text(pointer), &placeholder),
        ("web page", text("<!doctype html><title>Sign in</title>"), "WebPage"),
        ("refusal", text("Access to model meta/x is restricted."), "WebPage"),
        ("some text", text("Dear all, the model is on its way."), "damaged outside=false: a header of"),
    ]);
}

#[test]
fn other_files_are_told_apart_without_the_usual_ending() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&str, Vec<u8>, &str); 5] = [
        ("notes.txt", b"Dear all, the model is on its way.".to_vec(), "NotAModel"),
        ("photo.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), "NotAModel"),
        ("photos.zip", b"PK\x03\x04 photos and no model".to_vec(), "NotAModel"),
        ("model.pt", b"PK\x03\x04 photos and no model".to_vec(), "Pickle"),
        ("model.crdownload", small_file(&["a"])[..60].to_vec(), "60 of"),
    ];
    for (name, bytes, expected) in cases {
        let refusal = refusal(&put(folder.path(), name, bytes));
        assert!(refusal.starts_with(expected), "{name}: {refusal}");
    }
    assert_eq!(refusal(&folder.path().join("none.safetensors")), "changed gone=true");
}

/// A model of three shards with this index.
fn sharded(folder: &Path, index: &str) {
    for part in 1..=3 {
        let name = format!("model-0000{part}-of-00003.safetensors");
        put(folder, &name, small_file(&[["a", "b", "c"][part - 1]]));
    }
    put(folder, "model.safetensors.index.json", index);
}

fn index(files: [&str; 3]) -> String {
    let [a, b, c] = files;
    format!(r#"{{"metadata":{{"total_size":72}},"weight_map":{{"a":"{a}","b":"{b}","c":"{c}"}}}}"#)
}

const SHARDS: [&str; 3] =
    ["model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors", "model-00003-of-00003.safetensors"];

#[test]
fn broken_and_tricky_indexes_are_refused() {
    let [first, second, _] = SHARDS;
    let cases = [
        ("sound", index(SHARDS), "opened with 3 tensors"),
        (
            "upwards",
            index([first, second, "../x.safetensors"]),
            "damaged outside=true: \"../x.safetensors\" is not the plain",
        ),
        ("absolute", index([first, second, "/tmp/x.safetensors"]), "damaged outside=true"),
        ("deeper", index([first, second, "sub/x.safetensors"]), "damaged outside=true"),
        ("backslash", index([first, second, "sub\\\\x.safetensors"]), "damaged outside=true"),
        ("other file", index([first, second, "config.json"]), "damaged outside=true"),
        ("empty name", index([first, second, ""]), "damaged outside=true"),
        (
            "absent shard",
            index([first, second, "model-00009-of-00010.safetensors"]),
            "9 of 10: model-00009-of-00010.safetensors",
        ),
        ("absent file", index([first, second, "more.safetensors"]), "0 of 3: more.safetensors"),
        (
            "tensor elsewhere",
            index([second, first, SHARDS[2]]),
            "damaged outside=false: the index promises tensor \"a\"",
        ),
        ("no shards", r#"{"weight_map":{}}"#.into(), "damaged outside=false: names no files"),
        ("no map", "{}".into(), "damaged outside=false: missing field"),
        ("map of numbers", r#"{"weight_map":{"a":1}}"#.into(), "damaged outside=false: invalid type"),
        ("name twice", index(SHARDS).replace("\"b\"", "\"a\""), "damaged outside=false: \"a\" comes twice"),
        ("not JSON", "{".into(), "damaged outside=false: EOF"),
        ("pointer", "version https://git-lfs.github.com/spec/v1\nsize 12\n".into(), "placeholder 51 Some(12)"),
    ];
    for (case, index, expected) in cases {
        let folder = tempfile::tempdir().unwrap();
        sharded(folder.path(), &index);
        let refusal = refusal(folder.path());
        assert!(refusal.starts_with(expected), "{case}: {refusal:?} instead of {expected:?}");
    }
}

#[cfg(unix)]
#[test]
fn links_that_leave_the_folder_are_refused_in_indexes_and_not_copied() {
    let outside = tempfile::tempdir().unwrap();
    let secret = put(outside.path(), "secret", "{}");
    let shard = put(outside.path(), "shard.safetensors", small_file(&["c"]));
    let folder = tempfile::tempdir().unwrap();
    sharded(folder.path(), &index(SHARDS));
    put(folder.path(), "config.json", "{}");
    std::os::unix::fs::symlink(&secret, folder.path().join("tokenizer.json")).unwrap();
    let model = Checkpoint::open(folder.path()).unwrap();
    assert_eq!(model.companions(), [folder.path().join("config.json")]);
    std::fs::remove_file(folder.path().join(SHARDS[2])).unwrap();
    std::os::unix::fs::symlink(&shard, folder.path().join(SHARDS[2])).unwrap();
    let refusal = refusal(folder.path());
    assert!(refusal.starts_with("damaged outside=true") && refusal.ends_with("leads out of the folder"), "{refusal}");
}

#[cfg(unix)]
#[test]
fn download_caches_made_of_links_are_read() {
    let cache = tempfile::tempdir().unwrap();
    let folder = cache.path().join("snapshots/0123");
    for (name, body) in SHARDS.iter().zip([["a"], ["b"], ["c"]]) {
        put(cache.path(), &format!("blobs/{name}"), small_file(&body));
        std::fs::create_dir_all(&folder).unwrap();
        std::os::unix::fs::symlink(format!("../../blobs/{name}"), folder.join(name)).unwrap();
    }
    put(&folder, "model.safetensors.index.json", index(SHARDS));
    assert_eq!(refusal(&folder), "opened with 3 tensors");
}

#[test]
fn missing_shards_are_told_by_number_without_an_index_too() {
    let folder = tempfile::tempdir().unwrap();
    sharded(folder.path(), "");
    std::fs::remove_file(folder.path().join("model.safetensors.index.json")).unwrap();
    assert_eq!(refusal(folder.path()), "opened with 3 tensors");
    std::fs::remove_file(folder.path().join(SHARDS[1])).unwrap();
    assert_eq!(refusal(folder.path()), format!("2 of 3: {}", SHARDS[1]));
    assert_eq!(
        refusal(&folder.path().join(SHARDS[2])),
        format!("2 of 3: {}", SHARDS[1]),
        "a shard stands for the model"
    );
}

#[test]
fn a_tensor_in_two_shards_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "m-1-of-2.safetensors", small_file(&["a", "b"]));
    put(folder.path(), "m-2-of-2.safetensors", small_file(&["b", "c"]));
    assert_eq!(refusal(folder.path()), "damaged outside=false: tensor \"b\" is in another file as well");
}

#[cfg(unix)]
#[test]
fn pipes_are_refused_without_waiting_for_a_writer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    let refusal = Checkpoint::open(&path).unwrap_err();
    assert!(matches!(refusal, Error::Io { writing: false, .. }), "{refusal:?}");
}

#[test]
fn a_folder_of_pickles_is_a_pickle_unless_safetensors_lie_beside() {
    let folder = tempfile::tempdir().unwrap();
    let pickle = put(folder.path(), "pytorch_model.bin", b"PK\x03\x04 archive/data.pkl");
    match Checkpoint::open(folder.path()).unwrap_err() {
        Error::WrongKind { place, kind: Kind::Pickle } => assert_eq!(Path::new(&place), pickle),
        other => panic!("{other:?}"),
    }
    put(folder.path(), "model.safetensors", small_file(&["a"]));
    let before = everything(folder.path());
    assert_eq!(refusal(folder.path()), "opened with 1 tensors");
    assert_eq!(everything(folder.path()), before);
}
