//! Names for people: of a model, from its metadata or place, and of the skill it brings.

use std::collections::BTreeMap;
use std::path::Path;

/// Last parts of a path that say nothing about the model; the folder above is asked instead.
const GENERIC: [&str; 14] = [
    "model",
    "models",
    "checkpoint",
    "final",
    "expert",
    "experts",
    "output",
    "outputs",
    "best",
    "last",
    "weights",
    "pytorch_model",
    "snapshots",
    "merged",
];

/// Metadata keys that hold a title.
const TITLE_KEYS: [&str; 3] = ["name", "title", "modelspec.title"];

/// Name of the model at `root`: the title in its metadata, else its folder's or file's name.
///
/// The settings' `_name_or_path` is not asked: in a fine-tuned model it usually holds the parent's name.
pub(crate) fn name_of(root: &Path, metadata: &BTreeMap<String, String>) -> String {
    let title = TITLE_KEYS.iter().find_map(|&key| metadata.get(key)).map(|title| title.trim());
    match title.filter(|title| !title.is_empty() && title.chars().count() <= 60) {
        Some(title) => title.to_owned(),
        None => telling_part(root),
    }
}

/// Name of the skill of the model at `root`, such as `Letters latin`.
pub(crate) fn skill(root: &Path) -> String {
    let words = telling_part(root).replace(['_', '-'], " ");
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut letters = words.chars();
    letters.next().map_or_else(|| "Skill".to_owned(), |first| first.to_uppercase().chain(letters).collect())
}

/// The last part of the path that is not generic, without the ending of a weight file.
fn telling_part(root: &Path) -> String {
    let parts: Vec<String> = root.iter().rev().map(|part| part.to_string_lossy().into_owned()).collect();
    let stem = |part: &String| part.strip_suffix(".safetensors").unwrap_or(part).to_owned();
    let telling = parts.iter().map(stem).find(|part| !is_generic(part) && part.chars().any(char::is_alphanumeric));
    telling.or_else(|| parts.first().map(stem)).unwrap_or_else(|| "model".to_owned())
}

/// `final`, `checkpoint-500`, `epoch_3`, `model-00001-of-00002`; but not `model2`, which tells one from another.
fn is_generic(part: &str) -> bool {
    const NUMBERED: [&str; 4] = ["checkpoint", "epoch", "step", "model-00001-of"];
    let lower = part.to_lowercase();
    let without = lower.trim_end_matches(|letter: char| letter.is_ascii_digit() || matches!(letter, '-' | '_' | '.'));
    GENERIC.contains(&lower.as_str()) || (without != lower && NUMBERED.contains(&without))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skills_are_the_telling_part_of_the_path_in_words() {
        let cases = [
            ("/zoo/experts/letters_latin", "Letters latin"),
            ("/zoo/flowers/final", "Flowers"),
            ("/zoo/flowers/checkpoint-500", "Flowers"),
            ("/zoo/birds/model.safetensors", "Birds"),
            ("/zoo/street-signs.safetensors", "Street signs"),
            ("/zoo/resnet50", "Resnet50"),
            ("/zoo/model2", "Model2"),
            ("model.safetensors", "Model"),
            ("/été", "Été"),
        ];
        for (path, expected) in cases {
            assert_eq!(skill(Path::new(path)), expected, "{path}");
        }
    }

    #[test]
    fn a_title_in_the_metadata_comes_first() {
        let titled = |title: &str| BTreeMap::from([("name".to_owned(), title.to_owned())]);
        assert_eq!(name_of(Path::new("/m/letters_latin"), &titled("Latin letters")), "Latin letters");
        assert_eq!(name_of(Path::new("/m/letters_latin"), &titled(" ")), "letters_latin");
        assert_eq!(name_of(Path::new("/m/birds/model.safetensors"), &BTreeMap::new()), "birds");
    }
}
