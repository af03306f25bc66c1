//! The program as other programs call it: lines, exit codes, what is left on disk.

mod contract;
mod endings;
mod packs;
mod support;
mod tints;
mod trades;
