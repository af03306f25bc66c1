//! Small pieces of the screens.

pub mod compare;
pub mod drop;
pub mod fit;
pub mod frame;
pub mod icons;
pub mod job_bar;
pub mod method_card;
pub mod model_card;
pub mod popover;
pub mod problem_card;
pub mod strength_slider;
pub mod tree;
