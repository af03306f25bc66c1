//! Reads model files and writes new ones; nothing else in Tincture touches them.
//!
//! | Name | What it is for |
//! |---|---|
//! | [`find`] | what a dropped path holds |
//! | [`Checkpoint`] | a model on disk, opened by its headers; a [`Source`] |
//! | [`MemorySource`] | the same in memory |
//! | [`Overlay`] | a private layer over a model |
//! | [`Target`], [`files_of`], [`file_order`] | what will be written where, before anything is |
//! | [`Output`] | a folder in the making; a [`Sink`] |
//! | [`pack`] | skill packs, written and read |
//! | [`MemorySink`], [`DigestSink`] | sinks without a disk |
//! | [`sha256`] | the hash of a file |
//!
//! Files are read by position, never mapped; inputs are never written to; nothing in a file is ever executed.

mod beside;
mod checkpoint;
mod digest;
mod error;
mod find;
mod header;
mod layout;
mod names;
mod output;
mod overlay;
pub mod pack;
mod read;
mod resolve;
mod shards;
mod sink;
mod sniff;
mod source;
#[doc(hidden)]
pub mod testing;

pub use checkpoint::Checkpoint;
pub use digest::sha256;
pub use error::{Error, Kind};
pub use find::{Found, find};
pub use layout::{Target, file_order, files_of, small_file};
pub use output::Output;
pub use overlay::{Overlay, Unfit};
pub use sink::{DigestSink, MemorySink, Sink};
pub use source::{Entry, MemorySource, Source};
