//! A look at examples before anything is measured.

use std::fs;
use std::path::Path;

use checkpoint::Checkpoint;
use learn::examples::{SPLIT_SEED, are_by_number, split};
use protocol::failure::{Failure, Problem};
use protocol::measure::ExamplesCard;
use protocol::score::Part;
use protocol::words::examples as words;
use protocol::words::problems::short;

use super::skill::{Opened, kind_of};
use super::voice::Home;
use crate::{failure, model_id};

/// Endings of files that hold many examples and never a model.
const COLLECTIONS: [&str; 8] = ["zip", "csv", "tsv", "tab", "jsonl", "ndjson", "npz", "npy"];
/// Endings of pictures, of which a folder of examples consists.
const PICTURES: [&str; 6] = ["png", "jpg", "jpeg", "webp", "bmp", "gif"];
/// Endings of files that belong to a model, of whatever kind.
const OF_MODELS: [&str; 7] = ["safetensors", "bin", "pt", "pth", "ckpt", "gguf", "pkl"];
/// Entries of a folder that are looked at.
const MOST_ENTRIES: usize = 2_000;
/// Folders in folders.
const DEPTH: usize = 3;

/// What the examples at `path` are, and whether the specialist at `model` can be measured on them; the model at `base`
/// helps out with settings and word lists.
///
/// # Errors
/// Why they cannot be used at all. What only keeps this specialist from being measured is among the card's problems.
pub fn look_at_examples(path: &Path, model: &Path, base: Option<&Path>) -> Result<ExamplesCard, Failure> {
    failure::guarded(|| look(path, model, base))
}

fn look(path: &Path, model: &Path, base: Option<&Path>) -> Result<ExamplesCard, Failure> {
    let examples = learn::examples::Examples::open(path).map_err(|error| Failure::from(error.problem()))?;
    let parts = split(&examples, SPLIT_SEED);
    let count = |part| parts.items(part).len() as u64;
    let place = path.display().to_string();
    Ok(ExamplesCard {
        id: model_id(path),
        name: short(&place).to_owned(),
        kind: kind_of(examples.kind()),
        examples: examples.items.len() as u64,
        parts: Part::ALL.map(count),
        problems: spoken_against(path, model, base).into_iter().collect(),
        labels: examples.labels,
        skipped: examples.skipped,
        place,
    })
}

/// What keeps a specialist from being asked about examples.
fn spoken_against(path: &Path, model: &Path, base: Option<&Path>) -> Option<Problem> {
    let own = match Checkpoint::open(model) {
        Ok(own) => own,
        Err(error) => return Some(failure::file(&error)),
    };
    // A base that cannot be opened is told where the models are; here it only cannot help.
    let base = base.and_then(|base| Checkpoint::open(base).ok());
    let home = Home { own: &own, base: base.as_ref() };
    let private: Vec<String> = learn::net::detect(own.config(), &super::models::specs(&own))
        .map(|network| network.head_parameters().iter().map(|name| (*name).to_owned()).collect())
        .unwrap_or_default();
    match Opened::new(home, &own, &private, path) {
        Ok(opened) => by_number(&opened),
        Err(refusal) => Failure::from(refusal).problems.pop(),
    }
}

/// A word of caution where labels are taken by their numbers.
fn by_number(opened: &Opened) -> Option<Problem> {
    let labels = opened.examples.labels.as_deref().filter(|labels| are_by_number(labels, &opened.voice.answers))?;
    let label = labels.first()?;
    let answer = opened.voice.answers.get(label.parse::<usize>().ok()?)?;
    Some(words::labels_by_number(&opened.examples.place, label, answer))
}

/// Whether what lies at `path` is examples and no model: judged by endings, nothing is opened.
pub fn holds_examples(path: &Path) -> bool {
    if path.is_dir() {
        let mut left = MOST_ENTRIES;
        return !any(path, &OF_MODELS, DEPTH, &mut left) && {
            left = MOST_ENTRIES;
            any(path, &PICTURES, DEPTH, &mut left)
        };
    }
    ending(path).is_some_and(|ending| COLLECTIONS.iter().chain(&PICTURES).any(|known| *known == ending))
}

fn ending(path: &Path) -> Option<String> {
    Some(path.extension()?.to_str()?.to_lowercase())
}

/// Whether a file with one of these endings lies in a folder; looks at `left` entries at most.
fn any(folder: &Path, endings: &[&str], depth: usize, left: &mut usize) -> bool {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries {
        if *left == 0 {
            return false;
        }
        *left -= 1;
        let path = entry.path();
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder && depth > 0 && any(&path, endings, depth - 1, left) {
            return true;
        }
        if !is_folder && ending(&path).is_some_and(|ending| endings.contains(&ending.as_str())) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_examples_and_models_are_not() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let make = |path: &str| {
            let path = home.path().join(path);
            fs::create_dir_all(path.parent().expect("inside the folder")).expect("a writable folder");
            fs::write(&path, b"").expect("a writable folder");
        };
        let of_models = ["model/model.safetensors", "model/picture.png", "y.safetensors"];
        of_models.into_iter().chain(["flowers/learn/rose/1.PNG", "notes/a.txt", "x.csv", "one.gif"]).for_each(make);
        let is = |name: &str| holds_examples(&home.path().join(name));
        assert!(is("flowers") && is("x.csv") && is("one.gif"));
        assert!(!is("model") && !is("notes") && !is("y.safetensors") && !is("gone"));
    }
}
