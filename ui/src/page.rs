//! The page itself: focus, clipboard, theme, calendar, pixels, what lies where.

use std::time::Duration;

use js_sys::{Date, Reflect};
use leptos::prelude::{document, set_timeout, window};
use protocol::measure::Picture;
use protocol::model::ModelId;
use wasm_bindgen::{Clamped, JsCast};
use web_sys::{CanvasRenderingContext2d, Element, HtmlCanvasElement, HtmlElement, ImageData};

use crate::shape::picture::pixels;
use crate::signals::Spot;

/// Where the theme is remembered.
const THEME: &str = "tincture-theme";

/// Mark of the panel that shows things to the models; the mark of a card is the id of its model.
pub const TRYING: &str = "trying";

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

/// Moves the focus to the title of a view that takes the place of another within a step.
pub fn arrive_anew() {
    set_timeout(|| focus("h1"), Duration::ZERO);
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

/// Moves the focus among the elements that match, around the ends.
pub fn focus_next(selector: &str, forward: bool) {
    let Ok(all) = document().query_selector_all(selector) else { return };
    let elements: Vec<HtmlElement> =
        (0..all.length()).filter_map(|at| all.item(at)?.dyn_into::<HtmlElement>().ok()).collect();
    let here = focused().and_then(|focused| elements.iter().position(|one| Element::from(one.clone()) == focused));
    let count = elements.len();
    let next = match (here, forward) {
        (Some(at), true) => (at + 1) % count.max(1),
        (Some(at), false) => (at + count - 1) % count.max(1),
        (None, _) => 0,
    };
    if let Some(element) = elements.get(next) {
        let _ = element.focus();
    }
}

/// Scrolls one region, and nothing around it, so that an element in it stands at its top.
pub fn reveal(region: &str, selector: &str) {
    if let (Some(region), Some(element)) = (find(region), find(selector)) {
        region.set_scroll_top(element.offset_top() - region.offset_top() - 12);
    }
}

/// Moves the focus to the first or the last of the elements that match.
pub fn focus_end(selector: &str, last: bool) {
    let Ok(all) = document().query_selector_all(selector) else { return };
    let at = if last { all.length().saturating_sub(1) } else { 0 };
    if let Some(element) = all.item(at).and_then(|node| node.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
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

/// Whether Enter presses what has the focus.
pub fn is_on_button() -> bool {
    focused().is_some_and(|element| element.matches("button, a, summary, [role=button]").unwrap_or(false))
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

/// What lies at a point of the page, in pixels from its top left corner, for something that is let go there.
pub fn spot((x, y): (f64, f64)) -> Spot {
    let hit = document().element_from_point(x as f32, y as f32);
    let place = hit.and_then(|element| element.closest("[data-drop]").ok().flatten());
    match place.and_then(|element| element.get_attribute("data-drop")) {
        Some(name) if name == TRYING => Spot::Trying,
        Some(model) => Spot::Card(ModelId(model)),
        None => Spot::Window,
    }
}

/// Draws a small picture; nothing where its pixels are not as many as it says.
pub fn draw(canvas: &HtmlCanvasElement, picture: &Picture) {
    let Some(pixels) = pixels(picture) else { return };
    canvas.set_width(picture.width);
    canvas.set_height(picture.height);
    let context = canvas.get_context("2d").ok().flatten();
    let context = context.and_then(|context| context.dyn_into::<CanvasRenderingContext2d>().ok());
    let image = ImageData::new_with_u8_clamped_array_and_sh(Clamped(&pixels), picture.width, picture.height);
    if let (Some(context), Ok(image)) = (context, image) {
        let _ = context.put_image_data(&image, 0.0, 0.0);
    }
}

/// Where a pointer is inside the element that listens, as shares of its width and height.
pub fn inside(event: &web_sys::PointerEvent) -> Option<(f64, f64)> {
    let element: Element = event.current_target()?.dyn_into().ok()?;
    let frame = element.get_bounding_client_rect();
    if frame.width() <= 0.0 || frame.height() <= 0.0 {
        return None;
    }
    let x = (f64::from(event.client_x()) - frame.left()) / frame.width();
    let y = (f64::from(event.client_y()) - frame.top()) / frame.height();
    Some((x, y))
}

/// Lets the element that listens hear of a pressed pointer until it is let go, wherever it goes.
pub fn hold_pointer(event: &web_sys::PointerEvent) {
    let element = event.current_target().and_then(|target| target.dyn_into::<Element>().ok());
    if let Some(element) = element {
        // A pointer that is gone already cannot be held.
        let _ = element.set_pointer_capture(event.pointer_id());
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

/// Whether the system asks for as little motion as possible.
pub fn wants_no_motion() -> bool {
    let query = window().match_media("(prefers-reduced-motion: reduce)").ok().flatten();
    query.is_some_and(|query| query.matches())
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
