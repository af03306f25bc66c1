//! Texts as numbers of a word list, alone and side by side.

use crate::Error;
use crate::net::{Batch, Tokens};

/// One text as numbers of a word list, special tokens included, without padding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// The numbers \[n\]; never empty.
    pub ids: Vec<u32>,
    /// The part of a pair that each token belongs to \[n\]; none: all 0.
    pub kinds: Option<Vec<u32>>,
}

/// Sentences side by side, each filled up at its end to the longest one with `padding`.
///
/// # Errors
/// [`Error::Batch`] if there are none.
///
/// # Example
/// ```
/// use learn::net::Batch;
/// use learn::tokens::{Sentence, pad};
/// let sentence = |ids: &[u32]| Sentence { ids: ids.to_vec(), kinds: None };
/// let Batch::Tokens(tokens) = pad(&[&sentence(&[5, 6]), &sentence(&[7])], 1)? else { panic!("sentences") };
/// assert_eq!((tokens.length, tokens.ids, tokens.mask), (2, vec![5, 6, 7, 1], vec![true, true, true, false]));
/// # Ok::<(), learn::Error>(())
/// ```
pub fn pad(sentences: &[&Sentence], padding: u32) -> Result<Batch, Error> {
    let length = sentences.iter().map(|sentence| sentence.ids.len()).max().unwrap_or(0);
    if length == 0 {
        return Err(Error::Batch { fault: "no sentences".into() });
    }
    let ids = sentences.iter().flat_map(|sentence| filled(&sentence.ids, length, padding)).collect();
    let is_there = |sentence: &&Sentence| (0..length).map(|at| at < sentence.ids.len()).collect::<Vec<bool>>();
    let mask = sentences.iter().flat_map(is_there).collect();
    let kinds_of = |sentence: &&Sentence| match &sentence.kinds {
        Some(kinds) => filled(kinds, length, 0),
        None => vec![0; length],
    };
    let has_kinds = sentences.iter().any(|sentence| sentence.kinds.is_some());
    let kinds = has_kinds.then(|| sentences.iter().flat_map(kinds_of).collect());
    Ok(Batch::Tokens(Tokens { length, ids, mask, kinds }))
}

fn filled(numbers: &[u32], length: usize, with: u32) -> Vec<u32> {
    let mut row = numbers.to_vec();
    row.resize(length, with);
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentence(ids: &[u32], kinds: Option<&[u32]>) -> Sentence {
        Sentence { ids: ids.to_vec(), kinds: kinds.map(<[u32]>::to_vec) }
    }

    #[test]
    fn kinds_of_one_sentence_make_the_others_zero() {
        let (plain, pair) = (sentence(&[3, 4, 5], None), sentence(&[6, 7], Some(&[0, 1])));
        let batch = pad(&[&plain, &pair], 9);
        let Ok(Batch::Tokens(tokens)) = batch else { panic!("{batch:?}") };
        assert_eq!(tokens.ids, [3, 4, 5, 6, 7, 9]);
        assert_eq!(tokens.kinds, Some(vec![0, 0, 0, 0, 1, 0]));
        assert_eq!(tokens.mask, [true, true, true, true, true, false]);
    }

    #[test]
    fn no_sentences_are_no_batch() {
        assert!(matches!(pad(&[], 0), Err(Error::Batch { .. })));
    }
}
