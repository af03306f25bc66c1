//! The page itself: focus, clipboard, theme, calendar.

use std::time::Duration;

use js_sys::{Date, Reflect};
use leptos::prelude::{document, set_timeout, window};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// Where the theme is remembered.
const THEME: &str = "tincture-theme";

/// Regions that F6 walks through, in order.
const REGIONS: [&str; 4] = [".steps", ".work", ".inspector", ".job-bar"];

/// Gives the focus to the first element that matches.
pub fn focus(selector: &str) {
    if let Some(element) = find(selector) {
        let _ = element.focus();
    }
}

/// Moves the focus to the title of a screen that has just come, so that a screen reader says where one is.
/// Whoever is faster and has gone on to something in the new screen stays there.
pub fn arrive() {
    let move_on = || {
        let is_inside = focused().is_some_and(|element| {
            let region = element.closest(".work, .inspector").ok().flatten();
            region.is_some_and(|region| region != element)
        });
        if !is_inside {
            focus("h1");
        }
    };
    set_timeout(move_on, Duration::ZERO);
}

/// Clicks the first element that matches and can be clicked.
pub fn click(selector: &str) {
    if let Some(element) = find(selector) {
        element.click();
    }
}

fn find(selector: &str) -> Option<HtmlElement> {
    document().query_selector(selector).ok().flatten()?.dyn_into().ok()
}

/// The element that has the focus.
fn focused() -> Option<Element> {
    document().active_element()
}

/// Whether keys go into a text.
pub fn is_typing() -> bool {
    focused().is_some_and(|element| {
        let text_like = element.matches("input:not([type=range]):not([type=radio]):not([type=checkbox]), select");
        text_like.unwrap_or(false)
    })
}

/// Moves the focus to the next region, or the one before.
pub fn next_region(back: bool) {
    let here = focused()
        .and_then(|element| REGIONS.iter().position(|region| element.closest(region).ok().flatten().is_some()));
    let count = REGIONS.len();
    let start = here.map_or(if back { 0 } else { count - 1 }, |at| at);
    for distance in 1..=count {
        let at = if back { (start + count - distance) % count } else { (start + distance) % count };
        if let Some(region) = find(REGIONS[at]) {
            let _ = region.focus();
            return;
        }
    }
}

/// Puts a text on the clipboard. Has to be called while a click is being dealt with.
pub fn copy(text: &str) {
    let clipboard = Reflect::get(&window().navigator(), &"clipboard".into()).ok();
    // Where the engine has no clipboard for pages, there is nothing to call.
    if let Some(clipboard) = clipboard.filter(|found| found.is_object()) {
        let _ = clipboard.unchecked_into::<web_sys::Clipboard>().write_text(text);
    }
}

/// The remembered theme: `light`, `dark`, or `system`.
pub fn theme() -> String {
    let stored = window().local_storage().ok().flatten().and_then(|storage| storage.get_item(THEME).ok().flatten());
    stored.unwrap_or_else(|| "system".into())
}

/// Shows and remembers a theme.
pub fn set_theme(theme: &str) {
    if let Some(storage) = window().local_storage().ok().flatten() {
        let _ = storage.set_item(THEME, theme);
    }
    show_theme(theme);
}

/// Shows a theme.
pub fn show_theme(theme: &str) {
    let Some(root) = document().document_element() else { return };
    let _ = match theme {
        "light" | "dark" => root.set_attribute("data-theme", theme),
        _ => root.remove_attribute("data-theme"),
    };
}

/// Milliseconds of the page's clock.
pub fn now() -> f64 {
    Date::now()
}

/// A moment on the person's own calendar.
#[derive(Debug, Clone, Copy)]
pub struct Day {
    /// When the day began, in milliseconds.
    pub midnight: f64,
    /// Hours and minutes.
    pub time: (u32, u32),
    /// Day of the month, from 1.
    pub day: u32,
    /// Month, from 0.
    pub month: usize,
    /// Year.
    pub year: u32,
}

/// The calendar at a moment given in milliseconds.
pub fn day(milliseconds: f64) -> Day {
    let date = Date::new(&milliseconds.into());
    let (year, month, day) = (date.get_full_year(), date.get_month(), date.get_date());
    let midnight = Date::new_with_year_month_day(year, month as i32, day as i32).get_time();
    Day { midnight, time: (date.get_hours(), date.get_minutes()), day, month: month as usize, year }
}
