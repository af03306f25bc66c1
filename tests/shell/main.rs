//! The commands of the window, called as the page calls them, on Tauri's runtime without a window.

mod bench;
mod measuring;
mod packs;
mod path;
mod rules;
mod trading;
