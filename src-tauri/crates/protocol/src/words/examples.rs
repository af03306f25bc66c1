//! What is said about examples: why they cannot be used, and why single ones are left out.

use crate::failure::{Action, FailureCode, Problem, Subject, Weight};
use crate::measure::ExampleKind;
use crate::score::{Metric, Part, SkillScore};

use super::format;
use super::problems::short;

/// A problem about the examples at `place`: the mix itself is not affected.
fn about(code: FailureCode, place: &str, title: String, why: String, remedy: &str) -> Problem {
    Problem {
        code,
        subject: Some(Subject::File(place.to_owned())),
        weight: Weight::Stop,
        title,
        why: format!("{why} Mixing works without examples; only the scores of this skill need them."),
        remedy: remedy.to_owned(),
        actions: vec![Action::ChooseAnotherFile, Action::Remove { place: place.to_owned() }],
        details: None,
    }
}

/// Nothing that can be measured. `skipped`: how many things were looked at and left out.
pub fn no_examples(place: &str, skipped: usize) -> Problem {
    let looked = match skipped {
        0 => "It holds no pictures and no table of texts.".to_owned(),
        number => {
            format!(
                "{} looked at, none can be used.",
                capital(&format::counted(number as u64, "file was", "files were"))
            )
        }
    };
    about(
        FailureCode::NoExamples,
        place,
        format!("No examples in “{}”", short(place)),
        looked,
        "Choose a folder of pictures with one subfolder per label, or a table with the columns text and label.",
    )
}

/// All examples have the same label.
pub fn one_label(place: &str, label: &str) -> Problem {
    about(
        FailureCode::OneLabel,
        place,
        format!("All examples of “{}” have the same label", short(place)),
        format!("Every one is labelled “{label}”, so a model that always gives this answer would seem perfect."),
        "Put the examples of each label in a subfolder of its own, or all of them in one folder without subfolders.",
    )
}

/// Labels that are not among the answers of the specialist. `known` are its answers.
pub fn labels_unknown(place: &str, unknown: &[String], known: &[String]) -> Problem {
    let (they, are) = if unknown.len() == 1 { ("label", "is") } else { ("labels", "are") };
    let knows = if known.is_empty() { "no names".to_owned() } else { some(known) };
    let why =
        format!("The {they} {} {are} not among the answers of this specialist, which knows {knows}.", some(unknown));
    about(
        FailureCode::LabelsUnknown,
        place,
        format!("“{}” has labels that the specialist does not know", short(place)),
        why,
        "Rename the labels as the specialist does, number them from 0, or choose examples of its own skill.",
    )
}

/// The file cannot be opened as what its name says.
pub fn unreadable(place: &str, details: String) -> Problem {
    let problem = about(
        FailureCode::ExamplesUnreadable,
        place,
        format!("The examples in “{}” cannot be read", short(place)),
        "The file is not built as its name says, or it is damaged.".into(),
        "Save or download the examples again.",
    );
    problem.with_details(details)
}

/// A file of another kind than those that can hold examples.
pub fn unknown_kind(place: &str) -> Problem {
    about(
        FailureCode::ExamplesUnreadable,
        place,
        format!("“{}” does not hold examples", short(place)),
        "Examples are folders of pictures, zip files of such folders, tables (CSV, TSV, JSON lines) or arrays.".into(),
        "Choose one of these.",
    )
}

/// A table without a column of texts. `columns` are those it has.
pub fn no_text_column(place: &str, columns: &[String]) -> Problem {
    about(
        FailureCode::ExamplesUnreadable,
        place,
        format!("“{}” has no column of texts", short(place)),
        format!("Its columns are {}.", some(columns)),
        "Name the column with the texts “text” and the one with the labels “label”.",
    )
}

/// A packed file that tries to leave its place.
pub fn path_trick(place: &str, name: &str) -> Problem {
    about(
        FailureCode::ExamplesUnreadable,
        place,
        format!("“{}” was packed in an unsafe way", short(place)),
        format!("The name “{name}” in it points outside, so the file was left alone."),
        "Unpack it with a program that you trust, and choose the folder.",
    )
}

/// More than fits in memory, or a file that unpacks to far more than it should.
pub fn too_large(place: &str, limit_bytes: u64) -> Problem {
    about(
        FailureCode::ExamplesUnreadable,
        place,
        format!("“{}” is too large", short(place)),
        format!("Opened, it takes more than {}.", format::bytes(limit_bytes)),
        "Unpack it and choose the folder, or take fewer examples: a few hundred are enough for a score.",
    )
}

/// How pictures are to be prepared cannot be followed. `what` names the setting.
pub fn preparation_unknown(place: &str, what: &str) -> Problem {
    let mut problem = about(
        FailureCode::ExamplesUnreadable,
        place,
        format!("“{}” prepares pictures in a way that is not known", short(place)),
        format!("The setting “{what}” in its file preprocessor_config.json cannot be followed."),
        "Use a model of the same family with the usual settings.",
    );
    problem.actions = vec![Action::Dismiss];
    problem
}

/// A model whose family cannot be run, or not in this form. `details` say which.
pub fn cannot_run(place: &str, name: &str, details: String) -> Problem {
    let problem = about(
        FailureCode::CannotRun,
        place,
        format!("“{name}” can be mixed, but not run here"),
        "Tincture runs ViT, DeiT, CLIP, BERT, RoBERTa, DistilBERT and MiniLM so far; this model is built in another way."
            .into(),
        "Mix it without a score.",
    );
    Problem { weight: Weight::Notice, actions: vec![Action::Dismiss], ..problem.with_details(details) }
}

/// A model of a known family without the file that says how it is built.
pub fn no_settings(place: &str, name: &str) -> Problem {
    let problem = about(
        FailureCode::CannotRun,
        place,
        format!("“{name}” can be mixed, but not run here"),
        "The file config.json, which says how the model is built, is not beside its weights.".into(),
        "Put the model’s own config.json beside its weights, or drop the whole folder.",
    );
    Problem { weight: Weight::Notice, actions: vec![Action::Dismiss], ..problem }
}

/// Examples for a skill that the mix does not have. `known` are those it has.
pub fn unknown_skill(skill: &str, known: &[String]) -> Problem {
    Problem {
        code: FailureCode::NoExamples,
        subject: Some(Subject::Skill(skill.to_owned())),
        weight: Weight::Stop,
        title: format!("There is no skill “{skill}” in this mix"),
        why: format!("Its skills are {}.", some(known)),
        remedy: "Name one of them.".into(),
        actions: vec![Action::Dismiss],
        details: None,
    }
}

/// Labels that are numbers, for answers that have names: a notice. `label` is taken as `answer`, for one.
pub fn labels_by_number(place: &str, label: &str, answer: &str) -> Problem {
    let problem = about(
        FailureCode::LabelsUnknown,
        place,
        "The labels are taken by their numbers".into(),
        format!("The specialist’s answers have names, the labels are numbers: “{label}” is taken as “{answer}”."),
        "If that is not what you mean, choose examples of the specialist’s own skill.",
    );
    Problem { weight: Weight::Notice, actions: vec![Action::Dismiss], ..problem }
}

/// One model alone can only be compared with labels.
pub fn labels_needed(place: &str) -> Problem {
    let problem = about(
        FailureCode::NoExamples,
        place,
        format!("The examples in “{}” have no labels", short(place)),
        "Without labels a mix is compared with its specialists, and here is one model alone.".into(),
        "Put the examples of each label in a subfolder of its own, or measure a mix.",
    );
    Problem { actions: vec![Action::Dismiss], ..problem }
}

/// No skill has examples.
pub fn nothing_given() -> Problem {
    Problem {
        code: FailureCode::NoExamples,
        subject: None,
        weight: Weight::Stop,
        title: "There are no examples yet".into(),
        why: "Scores are made on examples, and no skill of this mix has any.".into(),
        remedy: "Add examples to at least one specialist.".into(),
        actions: vec![Action::Dismiss],
        details: None,
    }
}

/// A file that was to be shown to the models is no picture.
pub fn no_picture(place: &str) -> Problem {
    Problem {
        code: FailureCode::ExamplesUnreadable,
        subject: Some(Subject::File(place.to_owned())),
        weight: Weight::Stop,
        title: format!("“{}” cannot be shown to the models", short(place)),
        why: "It is not a PNG, JPEG, WebP, BMP or GIF picture, it is damaged, or it is far too large.".into(),
        remedy: "Choose another picture.".into(),
        actions: vec![Action::Dismiss],
        details: None,
    }
}

/// A model that has no head, and nothing of which one could be made.
pub fn no_head(place: &str, name: &str) -> Problem {
    let problem = about(
        FailureCode::NoHead,
        place,
        format!("“{name}” has no part that gives answers"),
        "It turns an example into numbers and stops there. With labelled examples Tincture makes the missing part of \
         them; with CLIP, of the names of the labels."
            .into(),
        "Add examples with labels, or put a file head.safetensors beside the model.",
    );
    Problem { actions: vec![Action::Dismiss], ..problem }
}

/// A head that belongs to another model. `takes` and `gives` are how many numbers head and model have for an example.
pub fn head_misfit(place: &str, name: &str, takes: usize, gives: usize) -> Problem {
    let problem = about(
        FailureCode::NoHead,
        place,
        format!("The part of “{name}” that gives answers does not fit"),
        format!("It takes {takes} numbers for an example, and the model gives {gives}."),
        "Put the file head.safetensors that belongs to this model beside it.",
    );
    Problem { actions: vec![Action::Dismiss], ..problem }
}

/// A model that reads texts, without the list of its words.
pub fn tokenizer_missing(place: &str, name: &str) -> Problem {
    let problem = about(
        FailureCode::TokenizerMissing,
        place,
        format!("“{name}” has no word list"),
        "It reads texts, and the file that cuts texts into its words is not beside it.".into(),
        "Copy tokenizer.json from the page of the model, or of its starting model, into its folder.",
    );
    Problem { actions: vec![Action::Dismiss], ..problem }
}

/// Examples of another kind than the model takes.
pub fn other_kind(place: &str, name: &str, takes: ExampleKind) -> Problem {
    let kind = match takes {
        ExampleKind::Pictures => "pictures",
        ExampleKind::Texts => "texts",
        ExampleKind::Numbers => "rows of numbers",
    };
    about(
        FailureCode::ExamplesUnreadable,
        place,
        format!("“{}” is not what “{name}” takes", short(place)),
        format!("“{name}” takes {kind}."),
        "Choose examples of the specialist’s own kind.",
    )
}

/// The part of the examples that is to be measured holds none.
pub fn part_empty(place: &str, part: Part) -> Problem {
    about(
        FailureCode::NoExamples,
        place,
        format!("Too few examples in “{}”", short(place)),
        format!("None of them falls into the part “{}”.", part.name()),
        "Add more examples: some hundred make a score worth comparing.",
    )
}

/// The answers of a model are not numbers.
pub fn not_finite(place: &str, name: &str) -> Problem {
    let problem = about(
        FailureCode::OutputNotFinite,
        place,
        format!("The answers of “{name}” went out of range"),
        "At these strengths its numbers grow too large to compute with.".into(),
        "Lower the strengths.",
    );
    Problem { actions: vec![Action::Dismiss], ..problem }
}

/// A word list that is there and cannot be followed. `details` say which file, and what.
pub fn word_list_unreadable(place: &str, name: &str, details: String) -> Problem {
    let problem = about(
        FailureCode::TokenizerMissing,
        place,
        format!("The word list of “{name}” cannot be read"),
        "The files that cut texts into its words are damaged, or of a kind that is not known.".into(),
        "Copy tokenizer.json from the page of the model, or of its starting model, into its folder.",
    );
    Problem { actions: vec![Action::Dismiss], ..problem.with_details(details) }
}

/// A word list with more words than the model has; `highest` is the number of the last one.
pub fn word_list_too_long(place: &str, name: &str, highest: u32, words: u64) -> Problem {
    let problem = about(
        FailureCode::TokenizerMissing,
        place,
        format!("The word list beside “{name}” belongs to another model"),
        format!(
            "It numbers its words up to {}, and the model has {}.",
            format::grouped(u64::from(highest)),
            format::counted(words, "word", "words")
        ),
        "Copy tokenizer.json from the page of the model, or of its starting model, into its folder.",
    );
    Problem { actions: vec![Action::Dismiss], ..problem }
}

/// What a card says of its examples: how many, how many labels, how many were left out.
pub fn summary(examples: usize, labels: Option<usize>, skipped: usize) -> String {
    let mut parts = vec![format::counted(examples as u64, "example", "examples")];
    parts.push(match labels {
        Some(labels) => format::counted(labels as u64, "label", "labels"),
        None => "no labels".to_owned(),
    });
    if skipped > 0 {
        parts.push(format!("{} left out", format::grouped(skipped as u64)));
    }
    parts.join(", ")
}

/// How a score was made: on what, and how sure it is.
pub fn made(score: &SkillScore, part: Part) -> String {
    let against = match score.metric {
        Metric::Accuracy => "with the labels",
        Metric::Agreement => "with the specialist’s answers",
    };
    let counted = match score.available > score.examples {
        true => format!("{} of {}", format::grouped(score.examples), counted_examples(score.available)),
        false => counted_examples(score.examples),
    };
    let [low, high] = score.interval.map(format::percent);
    format!("Compared {against} on {counted} of the part “{}”; 95 % interval: {low} to {high}.", part.name())
}

fn counted_examples(number: u64) -> String {
    format::counted(number, "example", "examples")
}

/// Why a file is left out: its name is that of something else.
pub fn not_a_picture() -> String {
    "not a picture".into()
}

/// Why a picture is left out: it cannot be opened.
pub fn broken_picture() -> String {
    "the picture cannot be opened".into()
}

/// Why a picture is left out: it is far larger than pictures are.
pub fn huge_picture() -> String {
    "the picture is too large".into()
}

/// Why a picture is left out: pictures of the other labels are in subfolders.
pub fn outside_labels() -> String {
    "lies in no label’s folder".into()
}

/// Why a file is left out: the system does not let it be read.
pub fn not_readable() -> String {
    "cannot be read".into()
}

/// Why a line is left out: it is not built as the others.
pub fn broken_line() -> String {
    "the line cannot be read".into()
}

/// Why a line is left out: it has no text.
pub fn no_text() -> String {
    "no text".into()
}

/// Why an example is left out: the model takes texts.
pub fn not_a_text() -> String {
    "not a text".into()
}

/// Why a line is left out: the others have labels.
pub fn no_label() -> String {
    "no label".into()
}

/// The name of a line, counted from 1.
pub fn line(number: u64) -> String {
    format!("line {number}")
}

/// The name of an example in an array, counted from 0 as programs do.
pub fn entry(index: usize) -> String {
    format!("entry {index}")
}

/// Up to four names in quotes, and how many more.
fn some(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(4).map(|name| format!("“{name}”")).collect();
    match names.len().saturating_sub(4) {
        0 => format::list(&shown),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_labels_that_are_not_known_are_named() {
        let names: Vec<String> = ["Rose", "Tulip", "Oak", "Elm", "Fir"].map(str::to_owned).to_vec();
        let why = labels_unknown("/m/x", &names[..1], &names).why;
        assert!(why.contains("label “Rose” is not") && why.contains("“Elm” and 1 more"), "{why}");
        let why = labels_unknown("/m/x", &names[..2], &[]).why;
        assert!(why.contains("labels “Rose” and “Tulip” are not") && why.contains("no names"), "{why}");
    }

    #[test]
    fn a_card_says_what_there_is() {
        assert_eq!(summary(200, Some(10), 0).replace('\u{202f}', " "), "200 examples, 10 labels");
        assert_eq!(summary(1, None, 3).replace('\u{202f}', " "), "1 example, no labels, 3 left out");
    }

    #[test]
    fn an_empty_folder_and_one_of_broken_files_read_differently() {
        assert!(no_examples("/m/x", 0).why.contains("no pictures"));
        let why = no_examples("/m/x", 12).why;
        assert!(why.starts_with("12 files were looked at"), "{why}");
    }
}
