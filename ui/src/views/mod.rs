//! The screens.

pub mod cross;
pub mod done;
pub mod inspector;
pub mod layers;
pub mod mix;
pub mod mix_ups;
pub mod models;
pub mod pack;
pub mod save;
pub mod saving;
pub mod scores;
pub mod start;
pub mod trying;
