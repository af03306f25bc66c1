//! Every sentence a person reads, in the window, on the command line and in the model card.
//!
//! | Module | Holds |
//! |---|---|
//! | [`format`] | numbers with their units |
//! | [`problems`] | what is wrong, why, what to do |
//! | [`sentence`] | the true sentence about a mix |
//! | [`screen`] | titles, labels and hints of the window |
//! | [`verdict`] | can these models be mixed? |
//! | [`card`] | the model card |
//! | [`checks`] | what the checks after saving found |
//! | [`examples`] | what is wrong with examples |
//! | [`masks`] | what keep-masks remove, and how they were chosen |
//! | [`pack`] | skill packs |
//! | [`statistics`] | which skills fight, and the table of it |
//! | [`terminal`] | what the command line says |
//! | [`tinting`] | what the job and the command line say about a tint |
//! | [`trading`] | what the job and the command line say about trade-offs |
//! | [`window`] | the system's dialogs, and output folders |

pub mod card;
pub mod checks;
pub mod engines;
pub mod examples;
pub mod format;
pub mod mask_report;
pub mod masks;
pub mod measured;
pub mod pack;
pub mod problems;
pub mod screen;
pub mod sentence;
pub mod statistics;
pub mod terminal;
pub mod tinting;
pub mod trading;
pub mod verdict;
pub mod window;
