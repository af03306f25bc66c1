//! What lies beside the weights: settings, word lists, licence. Read as text or copied, never executed.

use std::path::{Path, PathBuf};

use crate::names::{self, INDEX};
use crate::read;
use crate::resolve::{self, Weights};

/// Longest `config.json` that is read.
const MAX_CONFIG: u64 = 4 << 20;

/// Longest README.md that is searched for a licence.
const MAX_CARD: u64 = 1 << 20;

/// Largest companion; word lists of the largest models have some 30 MB.
const MAX_COMPANION: u64 = 64 << 20;

/// Beginnings, in small letters, of JSON files that speak of one training or one mix, not of the model.
const PRIVATE: [&str; 13] = [
    "trainer_",
    "training_",
    "train_",
    "eval_",
    "all_results",
    "predict_",
    "test_results",
    "optimizer",
    "scheduler",
    "recipe",
    "report",
    "run_",
    "wandb",
];

/// Beginnings, in small letters, of the files that hold a licence.
const LICENCES: [&str; 5] = ["license", "licence", "copying", "notice", "use_policy"];

/// What was found beside the weights.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    /// The object in `config.json`.
    pub config: Option<serde_json::Value>,
    /// Bytes read for settings and card.
    pub config_bytes: u64,
    /// Files to copy.
    pub companions: Vec<PathBuf>,
    /// Licence that the card names.
    pub licence: Option<String>,
}

/// Looks beside the weights; what cannot be read is left out, since the weights alone can be mixed.
pub(crate) fn look(weights: &Weights) -> Beside {
    let Some(folder) = weights.files.first().map(|file| resolve::folder_of(file)) else { return Beside::default() };
    let names = resolve::files_in(&folder).unwrap_or_default();
    let mut beside = Beside::default();
    if let Some(bytes) = text(&folder, "config.json", MAX_CONFIG) {
        beside.config_bytes += bytes.len() as u64;
        beside.config = serde_json::from_slice(&bytes).ok().filter(serde_json::Value::is_object);
    }
    // Other models in the same folder would make it a guess whose card and word list these are.
    let is_only = |groups: Vec<Weights>| groups.len() == 1 && groups[0].files == weights.files;
    let alone = weights.root == folder || resolve::groups(&folder, &names).is_ok_and(is_only);
    if alone {
        let card = text(&folder, "README.md", MAX_CARD).unwrap_or_default();
        beside.config_bytes += card.len() as u64;
        beside.licence = licence(&String::from_utf8_lossy(&card));
        let is_small = |path: &PathBuf| std::fs::metadata(path).is_ok_and(|about| about.len() <= MAX_COMPANION);
        let chosen = names.iter().filter(|name| is_companion(name)).map(|name| folder.join(name));
        beside.companions = chosen.filter(|path| is_small(path) && names::stays_in(&folder, path)).collect();
    }
    beside
}

/// A small file that is really in the folder.
fn text(folder: &Path, name: &str, most: u64) -> Option<Vec<u8>> {
    let path = folder.join(name);
    names::stays_in(folder, &path).then(|| read::small(&path, most).ok().flatten()).flatten()
}

/// Whether a file of this name belongs to the model and is neither weights nor a program.
pub(crate) fn is_companion(name: &str) -> bool {
    let name = name.to_lowercase();
    let begins = |all: &[&str]| all.iter().any(|front| name.starts_with(front));
    let ending = names::ending(Path::new(&name));
    match ending.as_str() {
        "json" => !name.ends_with(".index.json") && !name.ends_with(INDEX) && !begins(&PRIVATE),
        "model" | "tiktoken" | "jinja" => true,
        "txt" => begins(&LICENCES) || ["vocab", "merges"].iter().any(|word| name.contains(word)),
        "" | "md" => begins(&LICENCES),
        _ => false,
    }
}

/// The licence in the front matter of a model card: `license: mit`, or the first of a list, or the name of another.
fn licence(card: &str) -> Option<String> {
    let mut lines = card.trim_start_matches('\u{feff}').lines();
    lines.next().filter(|line| line.trim_end() == "---")?;
    let front: Vec<&str> = lines.take_while(|line| line.trim_end() != "---").collect();
    let named =
        value(&front, "license_name:").filter(|_| value(&front, "license:").is_none_or(|plain| plain == "other"));
    named.or_else(|| value(&front, "license:"))
}

/// The value of a key of the front matter, or the first item of its list.
fn value(front: &[&str], key: &str) -> Option<String> {
    let at = front.iter().position(|line| line.starts_with(key))?;
    let same_line = front[at][key.len()..].trim();
    let next = || front.get(at + 1).and_then(|line| line.trim_start().strip_prefix("- "));
    let plain = if same_line.is_empty() { next()? } else { same_line };
    let plain = plain.split(" #").next().unwrap_or(plain).trim().trim_matches(['"', '\'', '[', ']']).trim();
    (!plain.is_empty()).then(|| plain.chars().take(100).collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    #[test]
    fn licences_are_read_from_the_front_matter_only() {
        let cases = [
            ("---\nlicense: mit\n---\n", Some("mit")),
            ("---\ntags:\n- x\nlicense: \"apache-2.0\" # as before\n---\n", Some("apache-2.0")),
            ("---\nlicense:\n- cc-by-4.0\n- mit\n---\n", Some("cc-by-4.0")),
            ("---\nlicense: other\nlicense_name: our-terms\n---\n", Some("our-terms")),
            ("---\nlicense:\n---\n", None),
            ("# Card\nlicense: mit\n", None),
            ("---\ntags: x\n---\nlicense: mit\n", None),
            ("", None),
        ];
        for (card, expected) in cases {
            assert_eq!(licence(card).as_deref(), expected, "{card}");
        }
    }

    #[test]
    fn companions_are_settings_word_lists_and_licences() {
        let copied = [
            "config.json",
            "tokenizer.json",
            "tokenizer.model",
            "vocab.txt",
            "merges.txt",
            "qwen.tiktoken",
            "LICENSE",
            "LICENSE.txt",
            "NOTICE.md",
            "preprocessor_config.json",
            "chat_template.jinja",
        ];
        let left = [
            "README.md",
            "modeling_x.py",
            "model.safetensors",
            "model.safetensors.index.json",
            "pytorch_model.bin.index.json",
            "trainer_state.json",
            "training_args.bin",
            "recipe.json",
            "notes.txt",
            "all_results.json",
            "run.sh",
        ];
        assert!(copied.iter().all(|name| is_companion(name)), "{copied:?}");
        assert!(!left.iter().any(|name| is_companion(name)), "{left:?}");
    }
}
