//! The real window, driven as a person drives it: with clicks and keys on controls found by their spoken names.
//!
//! Needs a display, `WebKitWebDriver`, and the built app in `TINCTURE_APP`; `cargo verify` provides all three.
//! Pictures of every view are written to the folder `TINCTURE_SHOTS`, if that is set.

mod hand;
mod keyboard;
mod masking;
mod measuring;
mod mouse;
mod names;
mod native;
mod person;
mod saved;
mod tinting;
mod trading;
