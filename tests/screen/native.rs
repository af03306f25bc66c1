//! A drag of the system, with a real pointer.
//!
//! Dialogs are not driven here: what is typed while the system's dialog is still filling itself gets lost now and then.

use std::path::PathBuf;

use protocol::words::screen::{frame, models, start};

use crate::hand::{DragSource, point, xdotool};
use crate::person::Person;

/// A place within the bundled sample.
fn sample(place: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../src-tauri/sample").join(place)
}

#[test]
fn folders_dropped_on_the_window_are_added() {
    let person = Person::new();
    person.click(start::NEW);
    person.can(models::CHOOSE_FILES);
    let source = DragSource::show(&[&sample("base"), &sample("experts")]);
    point(DragSource::MIDDLE.0, DragSource::MIDDLE.1);
    xdotool(&["mousedown", "1"]);
    let carried = frame::carried(0, 2);
    let mut at = 600;
    // The pointer keeps moving, as a hand does, until the page says what it carries.
    person.window.until(&carried, || {
        at = if at > 400 { at - 20 } else { 600 };
        point(at, at);
    });
    assert!(person.window.text().expect("a page").contains(frame::LET_GO));
    xdotool(&["mouseup", "1"]);
    person.can(models::MIX_THESE);
    person.see(&models::lead(4, true));
    drop(source);
    assert_eq!(person.complaints(), [""; 0], "nothing went wrong unseen");
}
