//! The map of many skills: floors, parallel axes, grid.
#![allow(missing_docs, reason = "each text is its own description")]
