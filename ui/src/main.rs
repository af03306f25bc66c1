//! The front end: what people see in the window.
//!
//! Compiled to WASM for the window. On other targets only [`shape`] is built, for its tests.
#![cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "the screens that use it need a browser engine"))]

mod shape;

#[cfg(target_arch = "wasm32")]
mod actions;
#[cfg(target_arch = "wasm32")]
mod app;
#[cfg(target_arch = "wasm32")]
mod bridge;
#[cfg(all(target_arch = "wasm32", feature = "fake"))]
mod bridge_fake;
#[cfg(target_arch = "wasm32")]
mod conflicts;
#[cfg(target_arch = "wasm32")]
mod examples;
#[cfg(target_arch = "wasm32")]
mod exporting;
#[cfg(target_arch = "wasm32")]
mod masking;
#[cfg(target_arch = "wasm32")]
mod measuring;
#[cfg(target_arch = "wasm32")]
mod mending;
#[cfg(target_arch = "wasm32")]
mod opening;
#[cfg(target_arch = "wasm32")]
mod packs;
#[cfg(target_arch = "wasm32")]
mod page;
#[cfg(target_arch = "wasm32")]
mod parts;
#[cfg(target_arch = "wasm32")]
mod saving;
#[cfg(target_arch = "wasm32")]
mod signals;
#[cfg(target_arch = "wasm32")]
mod store;
#[cfg(target_arch = "wasm32")]
mod tinting;
#[cfg(target_arch = "wasm32")]
mod trades;
#[cfg(target_arch = "wasm32")]
mod trading;
#[cfg(target_arch = "wasm32")]
mod trying;
#[cfg(target_arch = "wasm32")]
mod views;

#[cfg(target_arch = "wasm32")]
fn main() {
    leptos::mount::mount_to_body(app::App);
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {}

#[cfg(test)]
mod page_rules;
