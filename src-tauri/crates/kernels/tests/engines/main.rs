//! Both engines against plain arithmetic in `f64`, against each other, and against the `half` crate.
//!
//! The graphics side runs on the software adapter, or on the card that `TINCTURE_ENGINE` names;
//! `TINCTURE_ENGINE=cpu` leaves it out.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod agreement;
mod gram;
mod halves;
mod limits;
mod magnitudes;
mod masks;
mod pieces;
mod reference;
mod support;
mod tallies;
mod ties;
mod voting;
