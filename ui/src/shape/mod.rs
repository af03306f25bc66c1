//! What the screens show, worked out without a browser: pure functions with tests.
//!
//! | Module | Works out |
//! |---|---|
//! | [`board`] | scores as they come in: which are true for the mix on screen |
//! | [`confusion`] | which answers are mixed up, as a heat map and as a list |
//! | [`draft`] | edits of the project: taking models in, strengths, names, roles, examples |
//! | [`drop`] | the drop whose layers have the areas of a mix's proportions |
//! | [`heat`] | steps of the colour scale |
//! | [`history`] | undo and redo |
//! | [`layers`] | which skills change which layers, and which pull the same way |
//! | [`masks`] | rows of the keep-masks: which layers stand together, what a threshold removes |
//! | [`matching`] | which specialist dropped examples belong to |
//! | [`naming`] | names for skills and files |
//! | [`parameters`] | the settings of a method as controls |
//! | [`part`] | a tensor's name in words |
//! | [`picture`] | the pixels of a small picture |
//! | [`progress`] | how far a job is |
//! | [`scores`] | the rows of scores: marks of a bar, change since the last mix, table |
//! | [`strength`] | positions and stops of a strength slider |
//! | [`tint`] | a tint as it runs: smoothed objectives, common scales, the rule that nothing is gained |
//! | [`tint_grid`] | strengths by layer while they learn |
//! | [`tinted`] | a mix that is tinted: means of its strengths, taking and removing a tint |
//! | [`trade_axes`] | parallel axes: which lines of a map are drawn, the band of the rest |
//! | [`trade_floors`] | what each skill must have, and what is still within reach |
//! | [`trade_named`] | the named mixes of a map of trade-offs, and what is known of a point |
//! | [`trade_order`] | the order of the axes of a map |
//! | [`trade_rows`] | the table of all mixes of a map |
//! | [`trade_scatter`] | two skills against each other, and the slider along the best mixes |
//! | [`trade_triangle`] | three priorities, and the best mix for each |
//! | [`trade_wish`] | which mix is explored, and what of its map stays when it is renewed |
//! | [`tree`] | the files of a forecast as a tree |

pub mod board;
pub mod confusion;
pub mod draft;
pub mod drop;
pub mod heat;
pub mod history;
pub mod layers;
pub mod masks;
pub mod matching;
pub mod naming;
pub mod parameters;
pub mod part;
pub mod picture;
pub mod progress;
pub mod scores;
pub mod strength;
pub mod tint;
pub mod tint_grid;
pub mod tinted;
pub mod trade_axes;
pub mod trade_floors;
pub mod trade_named;
pub mod trade_order;
pub mod trade_rows;
pub mod trade_scatter;
pub mod trade_triangle;
pub mod trade_wish;
pub mod tree;
