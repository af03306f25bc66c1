//! Whole jobs through `jobs`, on both engines, on tiny generated models, on golden cases made by numpy, and on the
//! bundled sample.
//!
//! | Module | What holds |
//! |---|---|
//! | [`golden`] | results equal numpy's to the bit on the processor, within the header's bound elsewhere |
//! | [`sample`] | the sample from drop to saved model; hashes of every mixed tensor; inputs untouched |
//! | [`folders`] | what lies in each folder, in both layouts |
//! | [`broken`] | every broken file gets its text, in the window's inspection and on the command line |
//! | [`endings`] | cancel, no space, forbidden folders: nothing is left behind |
//! | [`layers`] | private layers of a recipe: saved to the byte, measured, refused where they do not fit |
//! | [`lost`] | a graphics card that goes away half-way changes nothing |
//! | [`statistics`] | which skills of the sample fight, as numpy says |
//! | [`masks`] | keep-masks of the sample as numpy counts them, and every mix made with them |
//! | [`memory`] | memory does not grow with the models |

#[path = "../support/mod.rs"]
mod support;

mod broken;
mod endings;
mod folders;
mod golden;
mod layers;
mod lost;
mod masks;
#[cfg(target_os = "linux")]
mod memory;
mod sample;
mod statistics;
