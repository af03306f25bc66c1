//! What the acceptance tests stand on: tiny models, their files, folders that go away, comparers.
//!
//! | Module | Holds |
//! |---|---|
//! | [`format`] | the model format, read and written by an implementation of its own |
//! | [`models`] | tiny seeded models, a base and its fine-tunes |
//! | [`compare`] | equal to the bit, or within the bound of a shader's header |
//! | [`scratch`] | folders that go away, and fingerprints of what lies in one |
//! | [`jobs`] | contexts, recipes and engines for use cases |

pub mod compare;
pub mod format;
pub mod jobs;
pub mod models;
pub mod scratch;
