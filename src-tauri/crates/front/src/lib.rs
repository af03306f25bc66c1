//! Trade-offs between skills: which mixes to measure, what they say about the others, which of them are best.
//!
//! ```text
//! Bounds ─▶ design ─▶ mixes ─▶ (the caller measures) ─▶ Measured ─▶ fit ─▶ Surrogate ─▶ front ─▶ Estimate
//!                       ▲                                                   │             │
//!                       └───────── next_mixes, worth_measuring ◀───────────┴─────────────┤
//!                                                  candidates · knee · remaining ◀────────┘
//! ```
//!
//! The product goes the shorter way: [`Exploration`] names the next mix, [`Expectation`] stands where the quadratics do.
//!
//! Pure: no clock, no files, no order that depends on addresses; the same in the core and in the window (WASM).
//! Everything random comes from a seed. Numbers are f64; a mix is its strengths \[k\] in the order of the specialists,
//! scores are \[t\] in the order of the skills, and **higher is better everywhere**: a loss is turned into a score where
//! it is made. NaN and infinity never enter; they are refused with their place.
//!
//! Source of the method: MAP, arXiv:2406.07529. Each module names the sources of its parts.

mod adapt;
mod bayes;
mod bounds;
mod curve;
mod design;
mod dominance;
mod error;
mod expect;
mod explore;
mod fit;
mod floors;
mod gain;
mod kriging;
mod matrix;
mod nested;
mod niche;
mod pick;
mod point;
mod quadratic;
mod random;
mod reference;
mod search;
mod surrogate;
mod vary;
mod volume;

pub use bounds::Bounds;
pub use curve::{Curve, Knee, Place};
pub use design::{Effort, design};
pub use dominance::{dominates, non_dominated};
pub use error::Error;
pub use expect::Expectation;
pub use explore::{Exploration, Proposal, Way};
pub use floors::{Reach, Remaining, remaining, settle, stoppers};
pub use gain::worth_measuring;
pub use nested::{Nested, PAIR_MIXES, Pair, nested_mixes, pair_design};
pub use pick::{Candidate, Name, best_for, candidates, preferred, shares};
pub use point::{Estimate, Measured, Point};
pub use quadratic::{Link, Quadratic, unknowns};
pub use search::{Search, search};
pub use surrogate::{Band, Skill, Surrogate, fit};
pub use volume::{
    VOLUME_SKILLS, contributions, generational_distance, hypervolume, inverted_generational_distance, volume_share,
    win_rate,
};
