//! Texts become the numbers that transformers gives them.

use learn::net::{Batch, Input};
use learn::tokens::Tokenizer;
use serde_json::{Value, json};

use crate::model::{Model, NAMES, whole};

fn ids(tokenizer: &Tokenizer, texts: &[&str]) -> Vec<Vec<u32>> {
    texts.iter().map(|text| tokenizer.encode(text).unwrap().ids).collect()
}

#[test]
fn numbers_are_those_of_transformers_from_the_new_file_and_from_the_old_ones() {
    for name in NAMES {
        let model = Model::read(name);
        let (texts, expected) = (model.texts(), whole(&model.expected["ids"]));
        assert_eq!(texts.len(), 16);
        let opened = Tokenizer::open(&model.folder, &model.network).unwrap();
        let of_file = Tokenizer::open(&model.folder.join("model.safetensors"), &model.network).unwrap();
        for tokenizer in [model.tokenizer(), opened, of_file, model.old_tokenizer(&json!({}))] {
            let found = ids(&tokenizer, &texts);
            for (at, text) in texts.iter().enumerate() {
                assert_eq!(found[at], expected[at], "{name}: {text:?}");
            }
        }
    }
}

#[test]
fn other_settings_give_the_numbers_of_transformers_under_them() {
    let mut compared = 0;
    for name in NAMES {
        let model = Model::read(name);
        for variant in model.expected["variants"].as_array().unwrap() {
            let found = ids(&model.old_tokenizer(&variant["settings"]), &model.texts());
            assert_eq!(found, whole(&variant["ids"]), "{name} {}", variant["settings"]);
            assert_ne!(found, whole(&model.expected["ids"]), "{name} {}", variant["settings"]);
            compared += 1;
        }
    }
    assert_eq!(compared, 8);
}

#[test]
fn without_small_letters_the_numbers_are_others() {
    for name in ["bert", "clip"] {
        let model = Model::read(name);
        let change = |file: &str, text: String| match file {
            "tokenizer.json" => {
                let capital = text.replace("\"lowercase\":true", "\"lowercase\":false");
                Some(capital.replace("{\"type\":\"Lowercase\"}", "{\"type\":\"NFC\"}"))
            }
            _ => Some(text),
        };
        assert_ne!(ids(&model.changed(change).unwrap(), &model.texts()), whole(&model.expected["ids"]), "{name}");
    }
}

#[test]
fn batches_are_filled_up_at_their_end_with_the_number_that_the_network_expects() {
    for (name, padding) in [("bert", 0), ("distilbert", 0), ("roberta", 1), ("sentence", 0), ("clip", 1)] {
        let model = Model::read(name);
        let expected = whole(&model.expected["ids"]);
        for items in model.batches() {
            let texts: Vec<&str> = items.iter().map(|&item| model.texts()[item]).collect();
            let Ok(Batch::Tokens(tokens)) = model.tokenizer().batch(&texts) else { panic!("{name}") };
            assert_eq!(tokens.length, items.iter().map(|&item| expected[item].len()).max().unwrap());
            assert_eq!(tokens.kinds, None, "no part of a single text is the second of a pair");
            for (row, &item) in items.iter().enumerate() {
                let at = row * tokens.length..(row + 1) * tokens.length;
                let (ids, mask) = (&tokens.ids[at.clone()], &tokens.mask[at]);
                let (there, filled) = ids.split_at(expected[item].len());
                assert_eq!(there, expected[item], "{name}");
                assert!(filled.iter().all(|&id| id == padding), "{name}: {filled:?}");
                assert!(mask.iter().enumerate().all(|(at, &is_there)| is_there == (at < there.len())));
            }
        }
    }
}

#[test]
fn the_smallest_bound_counts_and_special_tokens_stay() {
    let longest = |name: &str| {
        let Input::Tokens { longest, .. } = Model::read(name).network.input else { panic!("{name} takes texts") };
        (longest, Model::read(name).tokenizer().longest())
    };
    assert_eq!([longest("bert"), longest("roberta"), longest("clip")], [(20, 20); 3]);
    // Of 24 positions; sentence_bert_config.json says 12, and tokenizer.json 8.
    assert_eq!(longest("sentence"), (24, 12));
    let model = Model::read("bert");
    let short = model.old_tokenizer(&json!({"model_max_length": 3})).encode("the red fox").unwrap();
    assert_eq!((short.ids.len(), short.ids[0], short.ids[2]), (3, 2, 3));
    let without = model.old_tokenizer(&json!({"model_max_length": 50})).encode("the red fox").unwrap();
    assert!(without.ids.len() > 3 && without.ids[..2] == short.ids[..2]);
}

#[test]
fn kinds_are_given_where_they_differ_and_the_network_has_them() {
    let second = |name: &str| {
        let change = |file: &str, text: String| {
            let mut told: Value = serde_json::from_str(&text).unwrap();
            if file == "tokenizer.json" {
                told["post_processor"]["single"][2]["SpecialToken"]["type_id"] = json!(1);
            }
            Some(told.to_string())
        };
        let model = Model::read(name);
        let change = |file: &str, text: String| if file.ends_with(".json") { change(file, text) } else { Some(text) };
        model.changed(change).unwrap().encode("a dog").unwrap()
    };
    let (bert, distilbert) = (second("bert"), second("distilbert"));
    assert_eq!(bert.ids, distilbert.ids);
    assert_eq!(bert.kinds.map(|kinds| (kinds[0], kinds[kinds.len() - 1])), Some((0, 1)));
    assert_eq!(distilbert.kinds, None, "it has no table of kinds");
}

#[test]
fn tokens_behind_the_end_of_an_old_list_are_read_where_the_network_has_rows_for_them() {
    let model = Model::read("bert");
    let Input::Tokens { words, .. } = model.network.input else { panic!("it takes texts") };
    let file = |name: &str| match name {
        "tokenizer.json" => None,
        // The last word moves behind the end.
        "vocab.txt" => Some(model.file(name)?.lines().take(words - 1).map(|line| format!("{line}\n")).collect()),
        "added_tokens.json" => Some(json!({"<new>": words - 1}).to_string()),
        _ => model.file(name),
    };
    let tokenizer = Tokenizer::from_files("x", |name| Ok(file(name)), &model.network).unwrap();
    assert_eq!(tokenizer.encode("a <new> dog").unwrap().ids[2] as usize, words - 1);
}

#[test]
fn pieces_by_their_scores_are_read_from_the_new_file() {
    let model = Model::read("roberta");
    let folder = model.folder.with_file_name("unigram");
    let expected: Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join("expected.json")).unwrap()).unwrap();
    let tokenizer = Tokenizer::open(&folder, &model.network).unwrap();
    assert_eq!(ids(&tokenizer, &model.texts()), whole(&expected["ids"]));
    assert_ne!(ids(&model.tokenizer(), &model.texts()), whole(&expected["ids"]));
}
