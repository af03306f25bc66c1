//! What holds for every front, quadratic and search; known answers where there are any.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod chain;
mod dominance;
mod draw;
mod floors;
mod recovery;
mod search;
mod volume;
