//! Batches of texts as a model takes them: cut into tokens in parallel, each text once.

use std::sync::{Arc, OnceLock};

use protocol::score::Skipped;
use protocol::words::examples as words;
use rayon::prelude::*;

use super::{Content, Examples};
use crate::tokens::{Sentence, Tokenizer, pad};

/// Texts of one place for one model.
///
/// What was cut is kept: at most [`Tokenizer::longest`] numbers for a text, so about as much memory as the texts.
#[derive(Debug)]
pub struct Texts {
    examples: Arc<Examples>,
    tokenizer: Tokenizer,
    kept: Vec<OnceLock<Result<Sentence, String>>>,
}

/// Texts side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct Sentences {
    /// What the network takes; `None` if the batch is empty.
    pub batch: Option<crate::net::Batch>,
    /// The item of each row, in the order that was asked for; skipped ones are absent.
    pub items: Vec<usize>,
    /// Items that turned out to be unusable.
    pub skipped: Vec<Skipped>,
}

impl Texts {
    /// These texts for the network of this tokenizer.
    pub fn new(examples: Arc<Examples>, tokenizer: Tokenizer) -> Self {
        let kept = examples.items.iter().map(|_| OnceLock::new()).collect();
        Self { examples, tokenizer, kept }
    }

    /// The examples.
    pub fn examples(&self) -> &Examples {
        &self.examples
    }

    /// The items with these indices, filled up to the longest of them. The same call gives the same batch.
    ///
    /// Pictures, numbers, texts without tokens and indices that do not exist are left out and named.
    pub fn batch(&self, items: &[usize]) -> Sentences {
        let rows: Vec<Result<&Sentence, String>> = items.par_iter().map(|&item| self.sentence(item)).collect();
        let (mut kept, mut found, mut skipped) = (Vec::new(), Vec::new(), Vec::new());
        for (&item, row) in items.iter().zip(rows) {
            match row {
                Ok(sentence) => {
                    kept.push(item);
                    found.push(sentence);
                }
                Err(why) => skipped.push(Skipped { file: self.name(item), why }),
            }
        }
        Sentences { batch: pad(&found, self.tokenizer.padding()).ok(), items: kept, skipped }
    }

    /// The same items in groups for [`Self::batch`], texts of about equal length together, the shortest first.
    ///
    /// A group holds at most `tokens` tokens with its padding, but one item at least; unusable ones come first. The
    /// groups depend on the set of items, not on their order, and what a network says of a text not on its group.
    pub fn groups(&self, items: &[usize], tokens: usize) -> Vec<Vec<usize>> {
        let length = |&item: &usize| (self.sentence(item).map_or(0, |sentence| sentence.ids.len()), item);
        let mut order: Vec<(usize, usize)> = items.par_iter().map(length).collect();
        order.sort_unstable();
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for (length, item) in order {
            match groups.last_mut() {
                // Lengths grow, so this one would be that of the whole group.
                Some(group) if length * (group.len() + 1) <= tokens => group.push(item),
                _ => groups.push(vec![item]),
            }
        }
        groups
    }

    fn name(&self, item: usize) -> String {
        self.examples.items.get(item).map_or_else(|| words::entry(item), |item| item.name.clone())
    }

    fn sentence(&self, item: usize) -> Result<&Sentence, String> {
        let content = &self.examples.items.get(item).ok_or_else(words::not_a_text)?.content;
        let made = || match content {
            Content::Text(text) => self.tokenizer.encode(text).map_err(|_| words::no_text()),
            _ => Err(words::not_a_text()),
        };
        self.kept[item].get_or_init(made).as_ref().map_err(Clone::clone)
    }
}

impl Sentences {
    /// The rows as a network takes them; leaves none behind.
    ///
    /// # Errors
    /// [`crate::Error::Batch`] if there are none.
    pub fn take(&mut self) -> Result<crate::net::Batch, crate::Error> {
        self.batch.take().ok_or_else(|| crate::Error::Batch { fault: "no sentences".into() })
    }
}
