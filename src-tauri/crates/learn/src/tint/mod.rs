//! Tint: coefficients of every tensor and one private layer per skill, trained together on examples without labels.
//!
//! ```text
//! coefficients ──▶ mixture ──▶ weights ──▶ engine ──▶ logits ──▶ objective ◀── teacher (asked once)
//!       ▲              ▲                     │                      │
//!     adam ◀── inner products ◀── gradients ◀┴──────── slope ◀──────┘
//! ```
//!
//! Source: Model Tinting, later SyMerge, arXiv:2412.19098; implemented from the paper. On the same loop run AdaMerging
//! (arXiv:2310.02575), heads alone, coefficients alone, and plain fine-tuning as a control. The seam is
//! [`crate::engine::Engine`]: everything above it exists once.
//!
//! What our loop does otherwise: coefficients are brought back into 0 to 1 after every step (a coefficient outside would
//! get no gradient any more), a visit without an example that takes part is skipped and counted, and the learning rate
//! of a layer follows the length of its rows.

mod adam;
mod mixture;
mod objective;
mod order;
mod state;
mod surgery;
mod trainer;

pub use adam::Moments;
pub use mixture::{Changes, Resident, mixed};
pub use objective::{Teacher, Visit};
pub use order::examples as drawn;
pub use state::{Slot, State, file_of};
pub use surgery::Adapter;
pub use trainer::{Course, Feed, Pupil, Round, Trainer};
