//! A drag of the system, with a real pointer.
//!
//! Dialogs are not driven here: what is typed while the system's dialog is still filling itself gets lost now and then.

use std::path::{Path, PathBuf};

use protocol::words::screen::{examples, frame, models, start, trying};

use crate::hand::{DragSource, point, xdotool};
use crate::person::Person;

/// A place within the bundled sample.
fn sample(place: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../src-tauri/sample").join(place)
}

/// Drags files to a place of the window until all of `said` stands there, and lets them go.
///
/// Where they came from has to stay until they have arrived.
#[must_use]
fn drag(person: &Person, files: &[&Path], to: (i32, i32), said: &[&str]) -> DragSource {
    let source = DragSource::show(files);
    point(DragSource::MIDDLE.0, DragSource::MIDDLE.1);
    xdotool(&["mousedown", "1"]);
    let mut off = 60;
    // The pointer keeps moving, as a hand does, until the page says what it carries.
    person.window.until(said[0], || {
        off = if off > 0 { off - 4 } else { 60 };
        point(to.0, to.1 + off);
    });
    let text = person.window.text().expect("a page");
    assert!(said.iter().all(|said| text.contains(said)), "{text}");
    xdotool(&["mouseup", "1"]);
    source
}

/// The sample's models, dropped on a new mix.
fn with_models() -> Person {
    let person = Person::new();
    person.click(start::NEW);
    person.can(models::CHOOSE_FILES);
    let source =
        drag(&person, &[&sample("base"), &sample("experts")], (500, 400), &[&frame::carried(0, 2), frame::LET_GO]);
    person.can(models::MIX_THESE);
    person.see(&models::lead(4, true));
    drop(source);
    person
}

#[test]
fn folders_dropped_on_the_window_are_added() {
    let person = with_models();
    assert_eq!(person.complaints(), [""; 0], "nothing went wrong unseen");
}

#[test]
fn examples_dropped_beside_the_cards_find_the_skill_of_their_name() {
    let person = with_models();
    person.can(&examples::add_for("Optdigits"));
    let archives = [sample("examples/optdigits.zip"), sample("examples/letters_latin.zip")];
    let source = drag(&person, &[&archives[0], &archives[1]], (500, 660), &[&frame::carried(2, 0)]);
    person.see(examples::ADDED);
    person.see(&examples::count(400));
    person.see(&examples::count(600));
    drop(source);
    assert_eq!(person.complaints(), [""; 0], "nothing went wrong unseen");
}

#[test]
fn a_picture_dropped_on_try_it_is_answered_by_mix_and_specialists() {
    let person = Person::new();
    person.click(start::SAMPLE);
    person.click(models::MIX_THESE);
    person.can(trying::CHOOSE);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("gray.bmp");
    std::fs::write(&file, bitmap(32, 90)).expect("a writable folder");
    let place = person.window.observe(PANEL).expect("a page");
    let at = |axis: &str| place[axis].as_f64().expect("a number") as i32;
    let source = drag(&person, &[&file], (at("x"), at("y")), &[trying::LET_GO]);
    person.see(trying::DIFFERENT);
    person.can(trying::CLEAR);
    drop(source);
    assert_eq!(person.complaints(), [""; 0], "nothing went wrong unseen");
}

/// Brings the panel into view and says where its middle is.
const PANEL: &str = "const panel = document.querySelector('[data-drop=\"trying\"]'); \
    panel.scrollIntoView({ block: 'end' }); const box = panel.getBoundingClientRect(); \
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };";

/// A picture of one gray, as a BMP file of 24 bits.
fn bitmap(side: u32, gray: u8) -> Vec<u8> {
    let row = (side * 3).next_multiple_of(4);
    let mut bytes = b"BM".to_vec();
    let words = [54 + row * side, 0, 54, 40, side, side, 1 | 24 << 16, 0, row * side, 0, 0, 0, 0];
    bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
    bytes.extend(std::iter::repeat_n(gray, (row * side) as usize));
    bytes
}
