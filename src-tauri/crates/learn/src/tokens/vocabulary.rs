//! Word lists of older models, put into the form of `tokenizer.json`.
//!
//! Sources of the rules: WordPiece and its preparation, Devlin et al. 2019 (arXiv 1810.04805); byte-level BPE, Radford
//! et al. 2019 (GPT-2), as RoBERTa uses it (1907.11692); CLIP's BPE with a mark at the end of words, Radford et al. 2021
//! (2103.00020).

use serde_json::{Map, Value, json};

use super::settings::{Role, Settings};

/// Longer words are not cut into pieces but unknown as a whole.
const WORD_LETTERS: usize = 100;

const UNKNOWN: Role = ("unk_token", "[UNK]");
const BEGIN: Role = ("cls_token", "[CLS]");
const END: Role = ("sep_token", "[SEP]");
const BERT: [Role; 5] = [UNKNOWN, BEGIN, END, ("pad_token", "[PAD]"), ("mask_token", "[MASK]")];

const ROBERTA_BEGIN: Role = ("cls_token", "<s>");
const ROBERTA_END: Role = ("sep_token", "</s>");
const ROBERTA: [Role; 7] = [
    ROBERTA_BEGIN,
    ROBERTA_END,
    ("bos_token", "<s>"),
    ("eos_token", "</s>"),
    ("unk_token", "<unk>"),
    ("pad_token", "<pad>"),
    ("mask_token", "<mask>"),
];

const CLIP_UNKNOWN: Role = ("unk_token", "<|endoftext|>");
const CLIP_BEGIN: Role = ("bos_token", "<|startoftext|>");
const CLIP_END: Role = ("eos_token", "<|endoftext|>");
const CLIP: [Role; 4] = [CLIP_BEGIN, CLIP_END, CLIP_UNKNOWN, ("pad_token", "<|endoftext|>")];
/// What CLIP takes for a word: its special tokens, endings after an apostrophe, letters, single digits, other signs.
const CLIP_WORDS: &str = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+";

/// BERT's `vocab.txt`: a token a line, numbered from 0.
///
/// # Errors
/// In words for the fold, as everywhere here.
pub fn word_pieces(list: &str, settings: &Settings) -> Result<Value, String> {
    let list = list.strip_suffix('\n').unwrap_or(list);
    let numbered = list.split('\n').zip(0u32..);
    let vocabulary: Map<String, Value> =
        numbered.map(|(token, id)| (token.trim_end_matches('\r').to_owned(), id.into())).collect();
    let lowers = settings.flag("do_lower_case").unwrap_or(true);
    let [begin, end] = [BEGIN, END].map(|role| numbered_token(role, settings, &vocabulary));
    Ok(json!({
        "added_tokens": settings.added_tokens(&BERT, &vocabulary)?,
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": true,
            "handle_chinese_chars": settings.flag("tokenize_chinese_chars").unwrap_or(true),
            "strip_accents": settings.flag("strip_accents"),
            "lowercase": lowers,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "BertProcessing", "sep": end?, "cls": begin?},
        "model": {
            "type": "WordPiece",
            "unk_token": settings.token(UNKNOWN),
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": WORD_LETTERS,
            "vocab": vocabulary,
        },
    }))
}

/// `vocab.json` and `merges.txt` as RoBERTa reads them: bytes, a space being part of the word that it precedes.
pub fn byte_pairs(vocabulary: Map<String, Value>, merges: &str, settings: &Settings) -> Result<Value, String> {
    let [begin, end] = [ROBERTA_BEGIN, ROBERTA_END].map(|role| numbered_token(role, settings, &vocabulary));
    let prefixes = settings.flag("add_prefix_space").unwrap_or(false);
    Ok(json!({
        "added_tokens": settings.added_tokens(&ROBERTA, &vocabulary)?,
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": prefixes, "trim_offsets": true, "use_regex": true},
        "post_processor": {
            "type": "RobertaProcessing",
            "sep": end?,
            "cls": begin?,
            "trim_offsets": true,
            "add_prefix_space": prefixes,
        },
        "model": pairs_model(vocabulary, merges, None, ""),
    }))
}

/// `vocab.json` and `merges.txt` as CLIP reads them: small letters, a mark at the end of every word.
pub fn clip_pairs(vocabulary: Map<String, Value>, merges: &str, settings: &Settings) -> Result<Value, String> {
    let [begin, end] = [CLIP_BEGIN, CLIP_END].map(|role| numbered_token(role, settings, &vocabulary));
    let words = json!({"type": "Split", "pattern": {"Regex": CLIP_WORDS}, "behavior": "Removed", "invert": true});
    let bytes = json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true});
    Ok(json!({
        "added_tokens": settings.added_tokens(&CLIP, &vocabulary)?,
        "normalizer": {
            "type": "Sequence",
            "normalizers": [
                {"type": "NFC"},
                {"type": "Replace", "pattern": {"Regex": r"\s+"}, "content": " "},
                {"type": "Lowercase"},
            ],
        },
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [words, bytes]},
        "post_processor": {
            "type": "RobertaProcessing",
            "sep": end?,
            "cls": begin?,
            "trim_offsets": false,
            "add_prefix_space": false,
        },
        "model": pairs_model(vocabulary, merges, Some(settings.token(CLIP_UNKNOWN)), "</w>"),
    }))
}

fn pairs_model(vocabulary: Map<String, Value>, merges: &str, unknown: Option<String>, word_end: &str) -> Value {
    let lines = merges.lines().filter(|line| !line.starts_with("#version") && !line.trim().is_empty());
    json!({
        "type": "BPE",
        "unk_token": unknown,
        "continuing_subword_prefix": "",
        "end_of_word_suffix": word_end,
        "fuse_unk": false,
        "vocab": vocabulary,
        "merges": lines.collect::<Vec<&str>>(),
    })
}

/// The token of a role with its number.
fn numbered_token(role: Role, settings: &Settings, vocabulary: &Map<String, Value>) -> Result<Value, String> {
    let token = settings.token(role);
    let id = vocabulary.get(&token).ok_or_else(|| format!("the word list lacks the token {token:?}"))?;
    Ok(json!([token, id]))
}
