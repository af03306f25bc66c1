//! Texts in, numbers, logits and heads out: against the folders that `make_texts.py` wrote.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod heads;
mod logits;
mod model;
mod numbers;
mod spoiled;
