//! Texts as a model reads them: cut into tokens, the numbers of its word list, with its special tokens around them.
//!
//! | Name | What it is for |
//! |---|---|
//! | [`Tokenizer`] | cuts texts, as the files beside a model say |
//! | [`Sentence`] | one text as numbers |
//! | [`pad`] | sentences as a batch |
//!
//! `tokenizer.json` counts where there is one. Older models have `vocab.txt` (BERT), or `vocab.json` and `merges.txt`
//! (RoBERTa, CLIP); these are put into its form. Word lists of SentencePiece (`*.model`) are not read.

mod error;
mod files;
mod sentence;
mod settings;
mod vocabulary;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use checkpoint::Checkpoint;
use protocol::measure::ExampleKind;
use rayon::prelude::*;
use serde_json::Value;
use tokenizers::{PostProcessor, TruncationDirection, TruncationParams, TruncationStrategy};

use crate::net::{Batch, Input, Network, Op, Pool};
use files::unreadable;

pub use error::Error;
pub use sentence::{Sentence, pad};

/// Most bytes of a text that are looked at, 500 for each of 512 tokens; cutting takes some thirty times as much memory.
const TEXT_BYTES: usize = 256 << 10;
/// What every tokenizer has to cut before it is used: words, a sign that no list has, nothing.
const TRIALS: [&str; 3] = ["A word, 1 more.", "\u{13000}", ""];

/// Cuts texts into the tokens of one network.
///
/// What `tokenizer.json` says about padding and length is replaced: padding goes to the end and has the number that the
/// network expects; of long texts the special tokens stay, and the bound is the network's, or a smaller one in
/// `tokenizer_config.json` or `sentence_bert_config.json`.
#[derive(Debug, Clone)]
pub struct Tokenizer {
    cutter: tokenizers::Tokenizer,
    padding: u32,
    longest: usize,
    cuts_beginning: bool,
    has_kinds: bool,
}

impl Tokenizer {
    /// The tokenizer of the model in a folder, or of the weights in that file.
    ///
    /// # Errors
    /// [`Error::Missing`] if there is none; the other variants if it cannot be followed or belongs to another network.
    pub fn open(folder: &Path, network: &Network) -> Result<Self, Error> {
        let folder = if folder.is_file() { folder.parent().unwrap_or(folder) } else { folder };
        let place = folder.display().to_string();
        Self::from_files(&place, |name| files::read(&folder.join(name), &place), network)
    }

    /// The tokenizer among the companions of a model; what may belong to another model is none of them.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn of(model: &Checkpoint, network: &Network) -> Result<Self, Error> {
        let place = model.root().display().to_string();
        let named = |name: &str| model.companions().iter().find(|path| path.file_name() == Some(name.as_ref()));
        Self::from_files(&place, |name| named(name).map_or(Ok(None), |path| files::read(path, &place)), network)
    }

    /// A tokenizer from files that `file` gives by name, `None` where there is none; errors name `place`.
    ///
    /// # Errors
    /// As [`Self::open`], and what `file` says.
    pub fn from_files(
        place: &str,
        file: impl Fn(&str) -> Result<Option<String>, Error>,
        network: &Network,
    ) -> Result<Self, Error> {
        let other = |takes| Err(Error::OtherKind { place: place.to_owned(), takes });
        let (longest, words, padding) = match network.input {
            Input::Tokens { longest, words, padding } => (longest, words, padding),
            Input::Pictures { .. } => return other(ExampleKind::Pictures),
            Input::Vectors { .. } => return other(ExampleKind::Numbers),
        };
        let settings = files::settings(place, &file)?;
        let form = files::form(place, &file, network.family, &settings)?;
        let mut tokenizer = Self {
            cutter: parsed(form).map_err(|fault| unreadable(place, fault))?,
            padding,
            longest: settings.longest().map_or(longest, |told| told.min(longest)),
            cuts_beginning: settings.cuts_beginning(),
            has_kinds: network.body.iter().any(|op| matches!(op, Op::Kinds(_))),
        };
        tokenizer.bound().map_err(|fault| unreadable(place, fault))?;
        let highest = tokenizer.highest().map_err(|fault| unreadable(place, fault))?;
        if highest as usize >= words {
            return Err(Error::TooLong { place: place.to_owned(), highest, words });
        }
        tokenizer.check_end(network).map_err(|fault| unreadable(place, fault))?;
        Ok(tokenizer)
    }

    /// Most tokens of a sentence, special tokens included.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// The number that fills up short sentences.
    pub fn padding(&self) -> u32 {
        self.padding
    }

    /// One text as numbers. Of a huge text 256 KiB are looked at.
    ///
    /// # Errors
    /// [`crate::Error::Batch`] if nothing of it is a token.
    pub fn encode(&self, text: &str) -> Result<Sentence, crate::Error> {
        let sentence = self.cut(text).map_err(|fault| crate::Error::Batch { fault })?;
        if sentence.ids.is_empty() {
            return Err(crate::Error::Batch { fault: "a text without tokens".into() });
        }
        Ok(sentence)
    }

    /// Texts side by side, filled up to the longest of them.
    ///
    /// # Errors
    /// As [`Self::encode`]; [`crate::Error::Batch`] if there are none.
    pub fn batch(&self, texts: &[&str]) -> Result<Batch, crate::Error> {
        let sentences: Result<Vec<Sentence>, crate::Error> = texts.par_iter().map(|text| self.encode(text)).collect();
        pad(&sentences?.iter().collect::<Vec<&Sentence>>(), self.padding)
    }

    /// As [`Self::encode`], without the promise that there is a token.
    fn cut(&self, text: &str) -> Result<Sentence, String> {
        let text = self.part(text);
        // A word list that contradicts itself makes the library break down where it could refuse.
        let found = catch_unwind(AssertUnwindSafe(|| self.cutter.encode_fast(text, true)));
        let found = found.map_err(|_| CONTRADICTION.to_owned())?.map_err(|fault| fault.to_string())?;
        let kinds = found.get_type_ids();
        let differs = self.has_kinds && kinds.iter().any(|&kind| kind != 0);
        Ok(Sentence { ids: found.get_ids().to_vec(), kinds: differs.then(|| kinds.to_vec()) })
    }

    /// The part of a text that is looked at.
    fn part<'a>(&self, text: &'a str) -> &'a str {
        if self.cuts_beginning {
            &text[text.ceil_char_boundary(text.len().saturating_sub(TEXT_BYTES))..]
        } else {
            &text[..text.floor_char_boundary(TEXT_BYTES)]
        }
    }

    /// Sets the bound of length, in place of what the file says.
    fn bound(&mut self) -> Result<(), String> {
        let special = self.cutter.get_post_processor().map_or(0, |around| around.added_tokens(false));
        // The library subtracts without looking.
        if self.longest <= special {
            return Err(format!("{special} special tokens in sentences of at most {}", self.longest));
        }
        let direction = if self.cuts_beginning { TruncationDirection::Left } else { TruncationDirection::Right };
        let strategy = TruncationStrategy::LongestFirst;
        let bound = TruncationParams { direction, max_length: self.longest, strategy, stride: 0 };
        self.cutter.with_padding(None).with_truncation(Some(bound)).map_err(|fault| fault.to_string())?;
        Ok(())
    }

    /// The largest number that it gives, after a trial of what it does.
    fn highest(&self) -> Result<u32, String> {
        let trials = TRIALS.map(|trial| self.cut(trial)).into_iter().collect::<Result<Vec<Sentence>, String>>()?;
        let tried = trials.into_iter().flat_map(|sentence| sentence.ids);
        let listed = self.cutter.get_vocab(true).into_values();
        Ok(listed.chain(tried).chain([self.padding]).max().unwrap_or(0))
    }

    /// Whether sentences hold the token that the network takes for their end, if it looks for one.
    fn check_end(&self, network: &Network) -> Result<(), String> {
        let ids = self.cut(TRIALS[0])?.ids;
        let sought = network.body.iter().find_map(|op| match op {
            Op::Pool(Pool::AtToken(end)) if !ids.contains(end) => Some(end),
            _ => None,
        });
        sought.map_or(Ok(()), |end| Err(format!("sentences end with the token {:?} instead of {end}", ids.last())))
    }
}

const CONTRADICTION: &str = "the word list contradicts itself";

fn parsed(form: Value) -> Result<tokenizers::Tokenizer, String> {
    let cutter = catch_unwind(|| serde_json::from_value::<tokenizers::Tokenizer>(form));
    let cutter = cutter.map_err(|_| CONTRADICTION.to_owned())?;
    cutter.map_err(|fault| format!("tokenizer.json: {fault}"))
}
