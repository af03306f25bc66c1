//! Heads for models that bring none: of class names, of means, of a file.
//!
//! | Name | For |
//! |---|---|
//! | [`zero_shot_head`] | CLIP, whose text tower turns class names into the rows of a head |
//! | [`nearest_mean_head`] | any body, from labelled examples |
//! | [`head_of_file`] | a head that was kept in a file of its own |

mod file;
mod nearest;
mod prompts;
mod zero_shot;

pub use file::head_of_file;
pub use nearest::nearest_mean_head;
pub use prompts::{PROMPTS, fill, spoken};
pub use zero_shot::{LOGIT_SCALE, class_features, head_of_features, logit_scale, zero_shot_head};
