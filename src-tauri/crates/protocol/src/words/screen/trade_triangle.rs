//! The map of three skills: preference triangle with linked sliders.
#![allow(missing_docs, reason = "each text is its own description")]
