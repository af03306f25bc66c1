//! Small pieces of the screens.

pub mod compare;
pub mod drop;
pub mod example_cell;
pub mod fit;
pub mod frame;
pub mod heat;
pub mod icons;
pub mod job_bar;
pub mod menu;
pub mod method_card;
pub mod model_card;
pub mod parameter;
pub mod popover;
pub mod problem_card;
pub mod score_bar;
pub mod strength_slider;
pub mod tree;
pub mod whose;
