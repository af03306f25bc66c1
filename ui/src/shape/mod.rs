//! What the screens show, worked out without a browser: pure functions with tests.
//!
//! | Module | Works out |
//! |---|---|
//! | [`draft`] | edits of the project: taking models in, strengths, names, roles |
//! | [`drop`] | the drop whose layers have the areas of a mix's proportions |
//! | [`history`] | undo and redo |
//! | [`naming`] | names for skills and files |
//! | [`part`] | a tensor's name in words |
//! | [`progress`] | how far a job is |
//! | [`strength`] | positions and stops of a strength slider |
//! | [`tree`] | the files of a forecast as a tree |

pub mod draft;
pub mod drop;
pub mod history;
pub mod naming;
pub mod part;
pub mod progress;
pub mod strength;
pub mod tree;
