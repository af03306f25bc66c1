//! Measuring models that read: texts through word lists, heads out of means and out of names.
//!
//! The tiny models are those of the crate `learn`, whose numbers are compared with transformers there.

use std::fs;
use std::path::{Path, PathBuf};

use jobs::{Context, Gauge, Seen, look_at_examples, measure_model};
use protocol::failure::FailureCode as Code;
use protocol::measure::{ExampleKind, Given};
use protocol::recipe::Recipe;
use protocol::score::Part;

use crate::support::failed;

fn tiny(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../learn/tests/texts").join(name)
}

struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn cx(&self) -> Context {
        Context { engine: "cpu".into(), ..Context::new(self.at("app")) }
    }

    /// A copy of a tiny model without some of its files.
    fn without(&self, name: &str, left_out: &[&str]) -> PathBuf {
        let folder = self.at(name);
        fs::create_dir_all(&folder).expect("a writable folder");
        for entry in fs::read_dir(tiny(name)).expect("a folder of the repository").flatten() {
            let file = entry.file_name().to_string_lossy().into_owned();
            if !left_out.contains(&file.as_str()) {
                fs::copy(entry.path(), folder.join(file)).expect("a writable folder");
            }
        }
        folder
    }

    /// A table of texts of two kinds, each with words of its own that the tiny models know.
    fn table(&self, labels: [&str; 2]) -> Given {
        let words = [["quick", "brown", "fox"], ["jumps", "lazy", "dog"]];
        let line = |at: usize| {
            let own = words[at % 2];
            let (a, b, c) = (own[at / 2 % 3], own[at / 6 % 3], own[at / 18 % 3]);
            format!("\"{a} {b} {c}\",{}\n", labels[at % 2])
        };
        let text: String = (0..60).map(line).collect();
        fs::write(self.at("texts.csv"), format!("text,label\n{text}")).expect("a writable folder");
        Given { skill: "Words".into(), path: self.at("texts.csv").display().to_string() }
    }

    /// Pictures of two grays in folders of these names.
    fn pictures(&self, names: [&str; 2]) -> Given {
        for (name, gray) in names.into_iter().zip([20, 230]) {
            let folder = self.at("pictures").join(name);
            fs::create_dir_all(&folder).expect("a writable folder");
            for at in 0..10u8 {
                fs::write(folder.join(format!("{at}.bmp")), crate::support::bitmap(8, gray + at)).expect("writable");
            }
        }
        Given { skill: "Grays".into(), path: self.at("pictures").display().to_string() }
    }
}

#[test]
fn texts_are_classified_by_models_that_read() {
    let desk = Desk::new();
    let given = desk.table(["0", "1"]);
    for name in ["bert", "distilbert", "roberta"] {
        let measured = measure_model(&tiny(name), std::slice::from_ref(&given), Part::Learn, None, &desk.cx());
        let score = measured.expect("texts for a model that reads").scores.skills.remove(0);
        assert!(score.examples >= 30, "{name}: {score:?}");
        assert_eq!((score.available, score.skipped.len()), (score.examples, 0), "{name}");
    }
    let card = look_at_examples(&desk.at("texts.csv"), &tiny("bert"), None).expect("a table");
    assert_eq!((card.kind, card.problems.len()), (ExampleKind::Texts, 0), "{:?}", card.problems);
}

#[test]
fn a_model_without_its_word_list_says_what_is_missing() {
    let desk = Desk::new();
    let given = desk.table(["0", "1"]);
    let bare = desk.without("bert", &["tokenizer.json", "vocab.txt"]);
    let refused = measure_model(&bare, &[given], Part::Learn, None, &desk.cx());
    assert_eq!(failed(refused), [Code::TokenizerMissing]);
    let card = look_at_examples(&desk.at("texts.csv"), &bare, None).expect("the table itself is fine");
    assert_eq!(card.problems.iter().map(|problem| problem.code).collect::<Vec<_>>(), [Code::TokenizerMissing]);
}

#[test]
fn a_sentence_embedding_gets_its_head_from_the_learn_part() {
    let desk = Desk::new();
    let given = desk.table(["plants", "traffic"]);
    let score = |part| {
        let measured = measure_model(&tiny("sentence"), std::slice::from_ref(&given), part, None, &desk.cx());
        measured.expect("labels to make a head of").scores.skills.remove(0)
    };
    // No word of one kind is in the other, which even a random embedding tells apart.
    let judged = score(Part::Judge);
    assert!(judged.value.value() > 0.7, "{judged:?}");
    assert_eq!(judged.labels, ["plants", "traffic"]);
    let turned = desk.table(["traffic", "plants"]);
    assert_eq!(turned.path, given.path);
    let after = score(Part::Judge);
    assert!(after.value.value() > 0.7, "the head follows the labels: {after:?}");
}

#[test]
fn clip_answers_with_the_names_of_the_folders() {
    let desk = Desk::new();
    let given = desk.pictures(["red_flower", "street-sign"]);
    let measured = measure_model(&tiny("clip"), std::slice::from_ref(&given), Part::Learn, None, &desk.cx());
    let score = measured.expect("names to make a head of").scores.skills.remove(0);
    assert_eq!(score.examples, 12);
    assert!(score.labels.iter().all(|label| ["red_flower", "street-sign"].contains(&label.as_str())));
    let bare = desk.without("clip", &["tokenizer.json", "vocab.json", "merges.txt"]);
    let refused = measure_model(&bare, &[given], Part::Learn, None, &desk.cx());
    assert_eq!(failed(refused), [Code::TokenizerMissing]);
}

#[test]
fn a_head_in_a_file_of_its_own_is_taken() {
    let desk = Desk::new();
    let given = desk.pictures(["0", "1"]);
    let folder = desk.without("clip", &["tokenizer.json", "vocab.json", "merges.txt"]);
    let with_head = |width: usize| {
        let head = crate::support::Model::default().tensor("weight", &[2, width], 3);
        fs::write(folder.join("head.safetensors"), head.bytes()).expect("a writable folder");
        measure_model(&folder.join("model.safetensors"), std::slice::from_ref(&given), Part::Learn, None, &desk.cx())
    };
    let width = projection(&folder.join("model.safetensors"));
    assert_eq!(with_head(width).expect("a head").scores.skills[0].examples, 12);
    assert_eq!(failed(with_head(width + 1)), [Code::NoHead], "a head of another width is told");
}

/// Numbers of a feature vector of a CLIP model.
fn projection(file: &Path) -> usize {
    let bytes = fs::read(file).expect("a readable file");
    let file = safetensors::SafeTensors::deserialize(&bytes).expect("the format's own library reads it");
    file.tensor("visual_projection.weight").expect("an image tower").shape()[0]
}

#[test]
fn one_sentence_is_shown_to_a_mix_that_reads() {
    let desk = Desk::new();
    let place = tiny("bert").display().to_string();
    let recipe = Recipe::new("average", None, &[("One", &place), ("Two", &place)]);
    let seen = Seen::Text("good flowers".into());
    let answers = Gauge::new().answer(&recipe, &[], &seen, &desk.cx()).expect("a sentence");
    assert_eq!((answers.skills.len(), answers.problems.len(), answers.picture), (2, 0, None));
    assert!(
        answers.skills.iter().all(|skill| skill.agree() && skill.mix == skill.expert),
        "a mix of equals is the same"
    );
    let gone = Gauge::new().answer(&recipe, &[], &Seen::Picture(desk.at("gone.png")), &desk.cx());
    assert_eq!(failed(gone), [Code::CannotRead]);
}
