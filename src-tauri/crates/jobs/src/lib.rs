//! The use cases of Tincture, one function each; the window and the command line sit on top of this crate as equals.
//!
//! | Function | Job |
//! |---|---|
//! | [`inspect`] | what was dropped, can it be mixed, which one is the base |
//! | [`forecast`] | what a mix will need and write |
//! | [`mix`] | recipe in, checked model folder out |
//! | [`open_pack`], [`unpack`] | what is in a skill pack, and the model of one of its skills |
//! | [`Gauge`] | scores of mixes on a person's own examples, and what models answer to one thing |
//! | [`tint_into`], [`Gauge::tint`] | a mix that tunes itself on examples |
//! | [`trade_into`], [`Gauge::explore`] | which mixes there are to choose from: some measured, the rest expected |
//! | [`look_at_examples`], [`holds_examples`] | what examples there are, and whether a specialist can be measured on them |
//! | [`statistics`] | which skills fight: their changes compared layer by layer |
//! | [`count_masks`], [`change_sizes`] | how many weights every skill needs, layer by layer |
//! | [`read_recipe`] | a recipe file with its paths made absolute |
//! | [`fingerprint`] | hashes of models, ahead of a mix |
//! | [`devices`], [`machine`] | engines, free memory, free space |
//! | [`sample`] | the bundled sample, unpacked |
//! | [`store`] | projects, kept between two starts |
//!
//! Everything outside comes in through [`Context`]: folders, events, control, the clock.
//! Every failure leaves as a [`protocol::failure::Failure`], converted in one place, `failure.rs`.

mod context;
mod control;
mod failure;
mod forecast;
mod inspect;
mod kept;
mod machine;
mod masks;
mod measure;
mod mix;
mod pack;
mod prepared;
mod rates;
mod recipe;
pub mod sample;
mod statistics;
pub mod store;
mod teller;
mod tinting;
mod trading;

pub use context::{Context, app_folder};
pub use control::Switch;
pub use forecast::forecast;
pub use inspect::{BaseChoice, inspect, model_id};
pub use kept::write_text;
pub use machine::{devices, engine_wish, free_memory, free_space, machine};
pub use masks::{change_sizes, count_masks};
pub use measure::{
    Gauge, Seen, candidates, forget_tint, forget_trade, holds_examples, is_model, look_at_examples, measure_model,
    recipe_of, same_skills, tint_key, trade_key,
};
pub use mix::{fingerprint, mix};
pub use pack::{is_pack, open_pack, unpack};
pub use recipe::{read_recipe, recipe_text};
pub use statistics::statistics;
pub use tinting::{TintedFolder, tint_into};
pub use trading::{TradedFolder, trade_into};
