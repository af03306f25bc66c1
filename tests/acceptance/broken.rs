//! Every broken file gets its text: in the inspection of the window, and on the command line.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use jobs::BaseChoice;
use protocol::failure::{FailureCode, Problem};
use protocol::model::{Inspection, Verdict};
use protocol::words::problems;
use serde_json::Value;

use crate::support::format::{self, Tensor, Tensors};
use crate::support::models::{self, Build, Family};
use crate::support::{jobs as job, scratch};

/// A file or folder that is dropped alone, and the problem it is to get; only code and title are compared.
struct Broken {
    dropped: PathBuf,
    expected: Problem,
}

/// Bytes of a good little model.
fn good() -> Vec<u8> {
    format::to_bytes(&models::base(Build::default(), 7))
}

/// Writes `bytes` under a name and gives the place.
fn put(folder: &Path, name: &str, bytes: &[u8]) -> String {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("it lies in the folder")).expect("a scratch folder can be made");
    fs::write(&path, bytes).expect("a scratch file can be written");
    path.to_str().expect("scratch paths are text").to_owned()
}

/// A table of files that are wrong by themselves.
fn files(folder: &Path) -> Vec<Broken> {
    let header = |text: &str| format::with_header(text, &[0; 64]);
    let tensor = |offsets: &str, shape: &str| {
        header(&format!("{{\"w\":{{\"dtype\":\"F32\",\"shape\":{shape},\"data_offsets\":{offsets}}}}}"))
    };
    let cut = good();
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 4900000000\n";
    let page = b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body></body></html>";
    let huge = [&(1u64 << 40).to_le_bytes()[..], b"{}"].concat();
    type Make = fn(&str) -> Problem;
    let damaged: Make = |place| problems::damaged(place, false, String::new());
    let table: Vec<(&str, Vec<u8>, Make)> = vec![
        ("not-json.safetensors", header("{\"w\": nonsense"), damaged),
        ("huge-header.safetensors", huge, damaged),
        (
            "twice.safetensors",
            header(
                "{\"w\":{\"dtype\":\"F32\",\"shape\":[8],\"data_offsets\":[0,32]},\"w\":{\"dtype\":\"F32\",\"shape\":[8],\"data_offsets\":[32,64]}}",
            ),
            damaged,
        ),
        ("wrong-size.safetensors", tensor("[0,64]", "[3]"), damaged),
        ("overflow.safetensors", tensor("[0,64]", "[4294967296,4294967296,16]"), damaged),
        ("backwards.safetensors", tensor("[64,0]", "[16]"), damaged),
        ("hole.safetensors", tensor("[32,64]", "[8]"), damaged),
        ("cut.safetensors", cut[..cut.len() - 100].to_vec(), |place| problems::not_complete(place, 1, 2)),
        ("zip.bin", b"PK\x03\x04archive/data.pkl".to_vec(), |place| problems::pickle(place)),
        ("opcode.pt", b"\x80\x02}q\x00(X\x01\x00\x00\x00wq".to_vec(), |place| problems::pickle(place)),
        ("zip.safetensors", b"PK\x03\x04archive/data.pkl".to_vec(), |place| problems::pickle(place)),
        ("pointer.safetensors", pointer.as_bytes().to_vec(), |place| problems::placeholder(place, 134, None)),
        ("page.safetensors", page.to_vec(), |place| problems::web_page(place)),
        ("model.gguf", b"GGUF\x03\x00\x00\x00".to_vec(), |place| problems::gguf(place, "")),
        ("notes.txt", b"shopping list".to_vec(), |place| problems::not_a_model(place)),
        ("empty.safetensors", vec![], |place| problems::not_complete(place, 0, 8)),
    ];
    let rows = table.into_iter().map(|(name, bytes, make)| {
        let place = put(folder, name, &bytes);
        Broken { expected: make(&place), dropped: place.into() }
    });
    rows.collect()
}

/// A table of folders that are wrong by what is or is not in them.
fn folders(folder: &Path) -> Vec<Broken> {
    let index = r#"{"metadata":{},"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors"}}"#;
    put(folder, "shards/model.safetensors.index.json", index.as_bytes());
    let first = Tensors::from([("a".to_owned(), Tensor::f32(&[2], &[1.0, 2.0]))]);
    put(folder, "shards/model-00001-of-00002.safetensors", &format::to_bytes(&first));
    put(folder, "pictures/one.png", b"\x89PNG");
    let escape = r#"{"metadata":{},"weight_map":{"a":"../notes.txt"}}"#;
    put(folder, "escape/model.safetensors.index.json", escape.as_bytes());
    let place = |name: &str| folder.join(name).to_str().expect("scratch paths are text").to_owned();
    let row = |name: &str, expected: Problem| Broken { dropped: folder.join(name), expected };
    vec![
        row(
            "shards",
            problems::shard_missing(
                &place("shards/model.safetensors.index.json"),
                2,
                2,
                "model-00002-of-00002.safetensors",
            ),
        ),
        row("pictures", problems::nothing_found(&place("pictures"), "")),
        row("escape", problems::damaged(&place("escape/model.safetensors.index.json"), false, String::new())),
        row("nowhere", problems::file_changed(&place("nowhere"), true)),
    ]
}

fn inspected(paths: &[PathBuf]) -> Inspection {
    let scratch = scratch::folder();
    jobs::inspect(paths, BaseChoice::Propose, &job::context(scratch.path(), "cpu"))
}

/// Code and title of every problem.
fn said(problems: &[Problem]) -> Vec<(FailureCode, &str)> {
    problems.iter().map(|problem| (problem.code, problem.title.as_str())).collect()
}

#[test]
fn each_broken_file_gets_its_text() {
    let scratch = scratch::folder();
    let mut faults = Vec::new();
    for broken in files(scratch.path()).into_iter().chain(folders(scratch.path())) {
        let inspection = inspected(std::slice::from_ref(&broken.dropped));
        let expected = (broken.expected.code, broken.expected.title.as_str());
        let found = said(&inspection.problems);
        if found.first() != Some(&expected) || inspection.verdict != Verdict::Cannot {
            faults.push(format!("{}: {found:?} instead of {expected:?}", broken.dropped.display()));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_good_file_gets_none_of_these_texts() {
    let scratch = scratch::folder();
    let place = put(scratch.path(), "good.safetensors", &good());
    let inspection = inspected(&[place.into()]);
    // Alone it cannot be mixed, but nothing is wrong with it.
    assert_eq!(inspection.models.len(), 1);
    assert_eq!(said(&inspection.problems).iter().map(|said| said.0).collect::<Vec<_>>(), [FailureCode::TooFewModels]);
}

#[test]
fn the_command_line_says_the_same_and_ends_with_2() {
    let scratch = scratch::folder();
    let program = job::program();
    for broken in files(scratch.path()).into_iter().chain(folders(scratch.path())) {
        let mut command = Command::new(&program);
        command.args(["inspect", "--json"]).arg(&broken.dropped).env("TINCTURE_HOME", scratch.path().join("home"));
        let output = command.output().expect("the program starts");
        let text = String::from_utf8(output.stdout).expect("JSON is text");
        let last: Value = serde_json::from_str(text.lines().last().unwrap_or("")).expect("the last line is JSON");
        let title = last["problems"][0]["title"].as_str();
        assert_eq!(title, Some(broken.expected.title.as_str()), "{}: {text}", broken.dropped.display());
        assert_eq!(output.status.code(), Some(2), "{}", broken.dropped.display());
    }
}

#[test]
fn models_that_do_not_fit_get_their_texts() {
    let scratch = scratch::folder();
    let folder = scratch.path();
    let small = Family::write(&folder.join("small"), Build::default(), &[0]);
    let deep = Family::write(&folder.join("deep"), Build { layers: 3, ..Build::default() }, &[0]);
    let worded = |name: &str, words| Family::write(&folder.join(name), Build { words, ..Build::default() }, &[0]);
    let (few, many) = (worded("few", 40), worded("many", 42));
    let cases = [
        (vec![small.base.clone(), small.experts[0].clone(), deep.experts[0].clone()], FailureCode::BuiltDifferently),
        (vec![few.base.clone(), few.experts[0].clone(), many.experts[0].clone()], FailureCode::WordLists),
    ];
    for (paths, code) in cases {
        let inspection = inspected(&paths);
        let expected = match code {
            FailureCode::WordLists => problems::word_lists(("a", 1), ("b", 2), "c"),
            _ => problems::built_differently(("a", None, None), ("b", None, None), "c", String::new()),
        };
        assert_eq!(said(&inspection.problems).first(), Some(&(code, expected.title.as_str())));
        assert_eq!(inspection.verdict, Verdict::Cannot);
    }
}

#[test]
fn what_is_worth_knowing_does_not_prevent_a_mix() {
    let scratch = scratch::folder();
    let family = Family::write(scratch.path(), Build::default(), &[0, 0]);
    let twice = [family.all(), vec![family.base.clone()]].concat();
    assert!(said(&inspected(&twice).problems).iter().any(|said| said.0 == FailureCode::AlreadyAdded));
    let copy = scratch.path().join("copy");
    models::save(&copy, &format::read(&family.experts[0].join("model.safetensors")), 0);
    let same = [family.all(), vec![copy]].concat();
    assert!(said(&inspected(&same).problems).iter().any(|said| said.0 == FailureCode::SameModel));
    for paths in [twice, same] {
        assert_ne!(inspected(&paths).verdict, Verdict::Cannot);
    }
}

#[test]
fn numbers_that_are_none_end_the_mix_with_their_texts() {
    let scratch = scratch::folder();
    let family = Family::write(&scratch.path().join("in"), Build::default(), &[0, 0]);
    let cx = job::context(scratch.path(), "cpu");
    let mut recipe = job::recipe("task_arithmetic", Some(&family.base), &family.experts);

    let weights = family.experts[1].join("model.safetensors");
    let mut tensors = format::read(&weights);
    let tensor = tensors.get_mut("norm.weight").expect("every tiny model has it");
    tensor.bytes[..4].copy_from_slice(&f32::NAN.to_le_bytes());
    format::write(&weights, &tensors);
    let failure = jobs::mix(&recipe, &scratch.path().join("out"), &cx).expect_err("an input holds NaN");
    let expected = problems::input_not_finite(family.experts[1].to_str().expect("text"), &["norm.weight".into()]);
    assert_eq!(said(&failure.problems), [(expected.code, expected.title.as_str())]);

    let values = vec![60_000.0; 12];
    tensors.insert("norm.weight".into(), Tensor::f32(&[12], &values));
    format::write(&weights, &tensors);
    recipe.experts[1].strength = Some(1.5);
    recipe.output.dtype = protocol::recipe::OutputDtype::F16;
    let failure = jobs::mix(&recipe, &scratch.path().join("out"), &cx).expect_err("the result leaves the range of F16");
    let expected = problems::output_not_finite(&["norm.weight".into()], protocol::model::Dtype::F16, 0.8);
    assert_eq!(said(&failure.problems), [(expected.code, expected.title.as_str())]);
    assert_eq!(scratch::names(scratch.path()).iter().filter(|name| *name != "app").collect::<Vec<_>>(), ["in"]);
}
