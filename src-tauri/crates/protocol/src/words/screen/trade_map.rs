//! The map of trade-offs: chart of two skills, table.
#![allow(missing_docs, reason = "each text is its own description")]
