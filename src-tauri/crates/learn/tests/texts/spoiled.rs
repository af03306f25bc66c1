//! Word lists that are missing, damaged or of another model.

use learn::net::Input;
use learn::tokens::{Error, Tokenizer};
use protocol::failure::FailureCode;
use serde_json::{Value, json};

use crate::model::{Model, NAMES};

/// A tokenizer of a folder whose `tokenizer.json` is changed.
fn changed(model: &Model, change: impl Fn(&mut Value)) -> Result<Tokenizer, Error> {
    model.changed(|name, text| {
        if name != "tokenizer.json" {
            return Some(text);
        }
        let mut told = serde_json::from_str(&text).unwrap();
        change(&mut told);
        Some(told.to_string())
    })
}

#[test]
fn a_model_without_word_list_says_so_and_where() {
    let folder = tempfile::tempdir().unwrap();
    let model = Model::read("bert");
    std::fs::copy(model.folder.join("tokenizer_config.json"), folder.path().join("tokenizer_config.json")).unwrap();
    // The list of SentencePiece is none that is read; half of a pair of files is none either.
    std::fs::write(folder.path().join("sentencepiece.bpe.model"), "x").unwrap();
    std::fs::write(folder.path().join("vocab.json"), "{}").unwrap();
    let missing = Tokenizer::open(folder.path(), &model.network).unwrap_err();
    assert!(matches!(&missing, Error::Missing { folder: place } if *place == folder.path().display().to_string()));
    let problem = missing.problem("Reviews");
    assert_eq!(problem.code, FailureCode::TokenizerMissing);
    assert!(problem.title.contains("“Reviews”") && problem.remedy.contains("tokenizer.json"), "{problem:?}");
}

#[test]
fn a_list_that_is_longer_than_the_table_is_refused() {
    for name in NAMES {
        let mut model = Model::read(name);
        let Input::Tokens { longest, words, padding } = model.network.input else { panic!("{name} takes texts") };
        model.network.input = Input::Tokens { longest, words: words - 1, padding };
        let refused = Tokenizer::of(&model.checkpoint, &model.network).unwrap_err();
        let Error::TooLong { highest, words: rows, .. } = refused else { panic!("{name}: {refused}") };
        assert_eq!((highest as usize, rows), (words - 1, words - 1), "{name}");
        assert!(refused.problem("Reviews").why.contains("up to"));
    }
}

#[test]
fn special_tokens_behind_the_table_are_refused_too() {
    let far = changed(&Model::read("roberta"), |told| told["post_processor"]["sep"][1] = json!(70_000));
    assert!(matches!(far, Err(Error::TooLong { highest: 70_000, .. })));
}

#[test]
fn a_network_of_pictures_has_no_tokenizer() {
    let model = Model::read("clip");
    let specs: Vec<_> = checkpoint::Source::entries(&model.checkpoint).iter().map(|entry| entry.spec.clone()).collect();
    let network = learn::net::detect(model.checkpoint.config(), &specs).unwrap();
    let refused = Tokenizer::of(&model.checkpoint, &network).unwrap_err();
    assert!(matches!(refused, Error::OtherKind { .. }));
    assert!(refused.problem("CLIP").why.contains("pictures"));
}

#[test]
fn what_cannot_be_followed_is_named() {
    let bert = Model::read("bert");
    let details = |found: Result<Tokenizer, Error>| match found {
        Err(Error::Unreadable { details, .. }) => details,
        other => panic!("{other:?}"),
    };
    let with = |name: &str, content: &str| {
        let file = |wanted: &str| match wanted {
            "tokenizer.json" if name != wanted => None,
            _ if name == wanted => Some(content.to_owned()),
            _ => bert.file(wanted),
        };
        details(Tokenizer::from_files("x", |name| Ok(file(name)), &bert.network))
    };
    assert!(with("tokenizer.json", "{").contains("tokenizer.json"));
    assert!(with("tokenizer_config.json", "[]").contains("tokenizer_config.json"));
    assert!(with("vocab.txt", "a\nb\n[UNK]\n[CLS]\n").contains("[SEP]"));
    assert!(with("added_tokens.json", "{\"<new>\": 999}").contains("999 instead of"));
    assert!(with("tokenizer_config.json", "{\"model_max_length\": 2}").contains("2 special tokens"));
    assert!(details(changed(&bert, |told| told["model"]["unk_token"] = json!("[NONE]"))).contains("UNK"));
    let roberta = Model::read("roberta");
    let file = |name: &str| if name == "merges.txt" { Some("a b c d\n".into()) } else { roberta.file(name) };
    let old = |name: &str| Ok(if name == "tokenizer.json" { None } else { file(name) });
    assert!(details(Tokenizer::from_files("x", old, &roberta.network)).contains("erge"));
}

#[test]
fn a_file_that_is_no_text_is_refused() {
    let model = Model::read("bert");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("tokenizer.json"), b"\xff\xfe").unwrap();
    let refused = Tokenizer::open(folder.path(), &model.network).unwrap_err();
    assert!(matches!(&refused, Error::Unreadable { details, .. } if details.starts_with("tokenizer.json")));
    assert_eq!(refused.problem("Reviews").code, FailureCode::TokenizerMissing);
}

#[test]
fn damaged_word_lists_are_refused_or_opened_but_never_stop_the_program() {
    let mut refused = 0;
    for name in ["bert", "roberta", "clip"] {
        let model = Model::read(name);
        let whole = model.file("tokenizer.json").unwrap();
        let signs: Vec<char> = whole.chars().collect();
        for at in (0..signs.len()).step_by(61) {
            for sign in ['"', '9', '}'] {
                let mut spoiled = signs.clone();
                spoiled[at] = sign;
                let spoiled: String = spoiled.into_iter().collect();
                let found =
                    model.changed(|name, text| Some(if name == "tokenizer.json" { spoiled.clone() } else { text }));
                match found {
                    Ok(tokenizer) => drop(tokenizer.encode(model.texts()[11])),
                    Err(_) => refused += 1,
                }
            }
        }
    }
    assert!(refused > 400, "only {refused} were refused");
}

#[test]
fn a_list_that_names_a_token_it_does_not_have_is_refused() {
    let found = changed(&Model::read("bert"), |told| {
        told["post_processor"]["special_tokens"] = json!({});
    });
    assert!(matches!(found, Err(Error::Unreadable { .. })), "{found:?}");
}

#[test]
fn of_huge_texts_the_beginning_is_looked_at_or_the_end() {
    let model = Model::read("bert");
    let spaces = " ".repeat(3 << 20);
    let huge = format!("dog{spaces}é fox");
    let begins = model.tokenizer().encode(&huge).unwrap();
    assert_eq!(begins, model.tokenizer().encode("dog").unwrap());
    let ends = model.old_tokenizer(&json!({"truncation_side": "left"})).encode(&huge).unwrap();
    assert_eq!(ends, model.tokenizer().encode("é fox").unwrap());
}
