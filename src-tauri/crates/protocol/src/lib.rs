//! What the window, the command line and the core say to each other.
//!
//! Plain data and pure functions only: this crate also compiles to WASM, opens no file and reads no clock.
//!
//! | Module | Holds |
//! |---|---|
//! | [`model`] | models as seen from their headers: tensors, cards, the inspection with its verdict |
//! | [`recipe`] | the one thing a person edits and a job starts from |
//! | [`methods`] | the declarative half of the table of methods |
//! | [`settings`] | the parameters of a recipe's method, defaults filled in |
//! | [`check`] | what is wrong with a recipe, before anything is read |
//! | [`forecast`] | what a mix will need and write |
//! | [`engine`] | the engines of a machine |
//! | [`event`] | what a running job says |
//! | [`report`] | what was written, and how it was checked |
//! | [`score`] | what was measured on examples, and how sure it is |
//! | [`measure`] | measurements: what is asked for, and what comes back |
//! | [`tint`] | a mix that tunes itself on examples: what is asked for, and what comes back |
//! | [`trade`] | which mixes there are to choose from: measured ones, and what is expected between them |
//! | [`statistics`] | which skills fight: sizes of their changes and cosines between them, layer by layer |
//! | [`masks`] | keep-masks counted: how many weights every skill needs, layer by layer |
//! | [`mask_report`] | what `mask-stats` tells of them |
//! | [`pack`] | skill packs: what is in one, and how large it is |
//! | [`export`] | tables and drawings of scores, as texts that other programs open |
//! | [`failure`] | problems, each with a code, a subject and words |
//! | [`command`] | the requests of the window and their replies |
//! | [`project`] | what is kept between two starts |
//! | [`words`] | every sentence a person reads |

pub mod check;
pub mod command;
pub mod engine;
pub mod event;
pub mod export;
pub mod failure;
pub mod forecast;
pub mod mask_report;
pub mod masks;
pub mod measure;
pub mod methods;
pub mod model;
pub mod pack;
pub mod project;
pub mod recipe;
pub mod report;
pub mod score;
pub mod settings;
pub mod statistics;
pub mod tint;
pub mod trade;
pub mod words;

/// Version of every line and file that other programs read; raised when a field changes its meaning.
pub const VERSION: u32 = 1;
