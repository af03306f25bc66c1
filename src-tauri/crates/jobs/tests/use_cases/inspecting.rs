//! What was dropped, and can it be mixed?

use std::fs;
use std::path::{Path, PathBuf};

use jobs::{BaseChoice, inspect, model_id};
use protocol::failure::FailureCode as Code;
use protocol::model::{CellState, Inspection, RoleReason, Verdict};
use safetensors::Dtype;

use crate::support::{Home, Model, codes};

fn look(home: &Home, names: &[&str]) -> Inspection {
    let paths: Vec<PathBuf> = names.iter().map(|name| home.path(name)).collect();
    inspect(&paths, BaseChoice::Propose, &home.cx())
}

fn row<'a>(found: &'a Inspection, name: &str) -> &'a protocol::model::TableRow {
    found.table.iter().find(|row| row.row == name).unwrap_or_else(|| panic!("no row {name} in {:?}", found.table))
}

#[test]
fn a_base_and_its_specialists_are_ready_to_mix() {
    let home = Home::new();
    home.zoo();
    let found = look(&home, &["models"]);
    assert_eq!((found.verdict, codes(&found)), (Verdict::Ready, vec![]));
    assert_eq!(found.title, "Ready to mix");
    assert!(found.because.starts_with("All three have the same 6 parts. Two specialists"), "{}", found.because);
    let base = found.base().expect("a base");
    assert_eq!((base.name.as_str(), base.role_reason), ("base", RoleReason::NoPrivateParts));
    let flowers = found.experts().next().expect("an expert");
    assert_eq!((flowers.name.as_str(), flowers.skill.as_str(), flowers.labels), ("flowers", "Flowers", Some(3)));
    assert_eq!(flowers.private, ["classifier.bias", "classifier.weight"]);
    assert_eq!((flowers.layers, flowers.width, flowers.words), (Some(2), Some(8), None));
    assert_eq!((flowers.parameters, flowers.tensors), (40 + 2 * (64 + 8) + 3 + 24 + 3, 8));
    let change = flowers.change.expect("it was compared with the base");
    assert!(change > 0.05 && change < 0.2, "a tenth of the numbers' size: {change}");
    assert_eq!(base.change, None);
}

#[test]
fn a_head_that_only_the_base_has_counts_as_nobodys_part() {
    let home = Home::new();
    home.zoo();
    home.save("models/base", &Model::body(1).tensor("enc.pooler.dense.weight", &[8, 8], 9));
    let found = look(&home, &["models"]);
    assert!(found.because.starts_with("All three have the same 6 parts. Two specialists"), "{}", found.because);
    assert_eq!(found.base().expect("a base").private, ["enc.pooler.dense.weight"]);
    assert!(!row(&found, "Parts").differs, "{:?}", row(&found, "Parts"));
}

#[test]
fn the_table_marks_what_differs_and_leaves_out_empty_rows() {
    let home = Home::new();
    home.zoo();
    let found = look(&home, &["models"]);
    let rows: Vec<&str> = found.table.iter().map(|row| row.row.as_str()).collect();
    assert_eq!(rows, ["Family", "Layers", "Width", "Labels", "Parts", "Type"]);
    let labels = row(&found, "Labels");
    assert_eq!(labels.values, ["–", "3", "4"]);
    assert_eq!(labels.states, [CellState::Missing, CellState::Same, CellState::Differs]);
    assert!(labels.differs && !row(&found, "Parts").differs && !row(&found, "Layers").differs);
}

#[test]
fn specialists_without_their_base_leave_a_choice_unless_none_is_wanted() {
    let home = Home::new();
    let base = Model::body(1);
    home.save("a", &base.tuned(10).head(3, 50));
    home.save("b", &base.tuned(20).head(3, 60));
    let found = look(&home, &["a", "b"]);
    assert_eq!((found.verdict, codes(&found)), (Verdict::Choice, vec![Code::NoBase]));
    assert_eq!(found.title, "Can be mixed after 1 choice");
    let without = inspect(&[home.path("a"), home.path("b")], BaseChoice::Without, &home.cx());
    assert_eq!((without.verdict, codes(&without)), (Verdict::Ready, vec![]));
    assert!(without.experts().all(|card| card.private.is_empty()), "heads of one shape are averaged");
}

#[test]
fn the_person_chooses_the_base_over_any_rule() {
    let home = Home::new();
    home.zoo();
    let paths = [home.path("models")];
    let flowers = home.path("models/flowers");
    let chosen = inspect(&paths, BaseChoice::Chosen(model_id(&flowers)), &home.cx());
    let base = chosen.base().expect("the chosen one");
    assert_eq!((base.name.as_str(), base.role_reason), ("flowers", RoleReason::Chosen));
    let gone = inspect(&paths, BaseChoice::Chosen(model_id(Path::new("/elsewhere"))), &home.cx());
    assert_eq!(gone.base().map(|card| card.name.as_str()), Some("base"), "a choice that went away is no choice");
}

#[test]
fn a_parent_named_in_a_card_is_the_base() {
    let home = Home::new();
    let base = Model::body(1);
    home.save("start", &base);
    let named = Model { readme: Some("---\nbase_model: someone/Start\n---\n".into()), ..base.tuned(10) };
    home.save("a", &named);
    let found = look(&home, &["a", "start"]);
    let base = found.base().expect("a base");
    assert_eq!((base.name.as_str(), base.role_reason), ("start", RoleReason::NamedAsParent));
    assert_eq!(found.models[0].name, "start", "the base comes first");
}

#[test]
fn of_three_bodies_the_middle_one_is_the_base_and_of_two_none() {
    let home = Home::new();
    let base = Model::body(1);
    home.save("a", &base.tuned(10));
    home.save("b", &base.tuned(20));
    home.save("m", &base);
    let found = look(&home, &["a", "b", "m"]);
    assert_eq!(found.base().map(|card| (card.name.as_str(), card.role_reason)), Some(("m", RoleReason::Closest)));
    assert_eq!(codes(&look(&home, &["a", "m"])), [Code::NoBase]);
}

#[test]
fn models_of_another_width_are_built_differently() {
    let home = Home::new();
    home.zoo();
    let wide = Model::default()
        .tensor("enc.layer.0.dense.weight", &[9, 9], 1)
        .tensor("enc.layer.0.norm.weight", &[9], 2)
        .tensor("enc.embed.weight", &[5, 9], 3);
    home.save("models/wide", &wide);
    let found = look(&home, &["models"]);
    assert_eq!((found.verdict, codes(&found)[0]), (Verdict::Cannot, Code::BuiltDifferently));
    let width = row(&found, "Width");
    assert_eq!(width.states.iter().filter(|state| **state == CellState::Stops).count(), 1, "{width:?}");
    assert_eq!(found.models.len(), 4, "it is readable, so it has a card");
}

#[test]
fn other_number_types_are_a_notice() {
    let home = Home::new();
    home.zoo();
    home.save("models/birds", &Model::body(1).tuned(30).head(2, 70).typed(Dtype::BF16));
    let found = look(&home, &["models"]);
    assert_eq!((found.verdict, codes(&found)), (Verdict::Ready, vec![Code::NumberTypes]));
    assert!(row(&found, "Type").differs);
}

#[test]
fn a_model_dropped_twice_is_added_once() {
    let home = Home::new();
    home.zoo();
    let found = look(&home, &["models", "models/flowers"]);
    assert_eq!((found.models.len(), codes(&found)), (3, vec![Code::AlreadyAdded]));
}

#[test]
fn two_names_for_the_same_numbers_are_noticed_and_two_heads_on_one_body_are_not() {
    let home = Home::new();
    let tuned = Model::body(1).tuned(10);
    home.save("base", &Model::body(1));
    home.save("a", &tuned.clone().head(3, 50));
    home.save("a copy", &tuned.clone().head(3, 50));
    home.save("b", &tuned.head(3, 60));
    let found = look(&home, &["base", "a", "a copy", "b"]);
    assert_eq!(codes(&found), [Code::SameModel]);
    assert!(found.problems[0].title.contains("“a” and “a copy”"), "{}", found.problems[0].title);
}

#[test]
fn every_kind_of_broken_file_has_its_own_text_and_leaves_the_others_alone() {
    let home = Home::new();
    let whole = fs::read(home.save("whole", &Model::body(1)).join("model.safetensors")).expect("just written");
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 4900000000\n".to_owned();
    let cases: [(&str, Vec<u8>, Code); 7] = [
        ("pickle.bin", b"PK\x03\x04rest of an archive".to_vec(), Code::Pickle),
        ("small.gguf", b"GGUF\x03\0\0\0 and more".to_vec(), Code::Gguf),
        ("pointer.safetensors", pointer.into_bytes(), Code::Placeholder),
        ("page.safetensors", b"<!DOCTYPE html><html></html>".to_vec(), Code::WebPage),
        ("cut.safetensors", whole[..whole.len() - 10].to_vec(), Code::NotComplete),
        ("header.safetensors", [&8u64.to_le_bytes()[..], b"{\"a\": 1}", &[0; 8]].concat(), Code::Damaged),
        ("notes.txt", b"just some words here, quite a few".to_vec(), Code::NotAModel),
    ];
    home.zoo();
    for (name, bytes, code) in cases {
        fs::write(home.path(name), bytes).expect("a writable folder");
        let found = look(&home, &["models", name]);
        assert_eq!((found.verdict, codes(&found)), (Verdict::Cannot, vec![code]), "{name}: {:?}", found.problems);
        assert_eq!(found.models.len(), 3, "{name}");
        fs::remove_file(home.path(name)).expect("just written");
    }
}

#[test]
fn adapters_missing_parts_and_empty_folders_are_told() {
    let home = Home::new();
    home.save("adapter", &Model::default().tensor("layer.0.lora_A.weight", &[2, 8], 1));
    let split = home.save("split", &Model::body(1));
    fs::rename(split.join("model.safetensors"), split.join("model-00001-of-00002.safetensors")).expect("just written");
    fs::create_dir(home.path("empty")).expect("a writable folder");
    for (name, code) in [("adapter", Code::NotAModel), ("split", Code::ShardMissing), ("empty", Code::NothingFound)] {
        let found = look(&home, &[name]);
        assert_eq!((codes(&found), found.models.len()), (vec![code], 0), "{name}: {:?}", found.problems);
    }
    assert!(look(&home, &["adapter"]).problems[0].title.contains("is an adapter"));
}

#[test]
fn one_model_or_none_waits_for_more() {
    let home = Home::new();
    home.zoo();
    let nothing = look(&home, &[]);
    assert_eq!((nothing.verdict, codes(&nothing), nothing.table.len()), (Verdict::Choice, vec![Code::TooFewModels], 0));
    let one = look(&home, &["models/flowers"]);
    assert_eq!((codes(&one), one.because), (vec![Code::TooFewModels], nothing.because));
}

#[test]
fn large_models_cost_no_more_than_headers_and_samples() {
    let home = Home::new();
    let big = Model::default().tensor("enc.layer.0.dense.weight", &[1_000, 1_000], 1);
    home.save("big/base", &big);
    home.save("big/a", &big.tuned(2).head(2, 3));
    let read = look(&home, &["big"]).bytes_read;
    // One body tensor sampled in each, 16 KiB, and the beginning of each file, of 4 MB altogether.
    assert!((2 * 16_384 + 100..2 * 16_384 + 8_192).contains(&read), "{read}");
}
