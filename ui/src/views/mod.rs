//! The screens.

pub mod done;
pub mod inspector;
pub mod mix;
pub mod models;
pub mod save;
pub mod saving;
pub mod start;
