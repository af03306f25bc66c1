//! Every control of every view has a name that can be spoken; on the way, pictures for people to look at.

use std::path::PathBuf;

use protocol::words::screen::{done, frame, mix, models, popover, save, start, tint};
use screen::window::key;

use crate::keyboard::{MOST_TABS, first_slider};
use crate::person::Person;

#[test]
fn every_control_has_a_name_in_the_light_theme() {
    walk(popover::LIGHT);
}

#[test]
fn every_control_has_a_name_in_the_dark_theme() {
    walk(popover::DARK);
}

/// Through all views, looking at each.
fn walk(theme: &str) {
    let person = Person::new();
    person.can(start::SAMPLE);
    choose(&person, theme);
    look(&person, "start", theme);
    person.click(start::NEW);
    person.can(models::CHOOSE_FILES);
    look(&person, "models-empty", theme);
    person.click(frame::BACK_TO_START);
    person.click(start::SAMPLE);
    person.can(models::MIX_THESE);
    look(&person, "models", theme);
    person.click(models::MIX_THESE);
    person.can(mix::SAVE_THIS);
    look(&person, "mix", theme);
    change(&person);
    person.press(&[key::CONTROL, '4']);
    person.see(tint::LEAD);
    person.can(tint::START);
    look(&person, "tint", theme);
    person.press(&[key::CONTROL, '2']);
    person.can(mix::SAVE_THIS);
    person.click(mix::SAVE_THIS);
    person.can(save::SAVE_MODEL);
    look(&person, "save", theme);
    person.click(save::SAVE_MODEL);
    look(&person, "save-running", theme);
    person.see(done::TITLE);
    look(&person, "save-done", theme);
    person.click(frame::BACK_TO_START);
    person.see(start::RECENT);
    look(&person, "start-recent", theme);
    assert_eq!(person.complaints(), [""; 0], "nothing went wrong unseen");
}

/// Changes a strength, so that the mix is worth keeping.
fn change(person: &Person) {
    person.window.tab_to(&first_slider(person), MOST_TABS).expect("in reach of Tab");
    person.press(&[key::RIGHT]);
    person.see(frame::KEPT);
}

/// Chooses a theme in the settings.
fn choose(person: &Person, theme: &str) {
    person.click(frame::SETTINGS);
    person.see(popover::THEME);
    named(person, "settings");
    person.click(theme);
    let shown = person.window.observe("return document.documentElement.dataset.theme").expect("a page");
    assert_eq!(shown, theme.to_lowercase().as_str());
    person.press(&[key::ESCAPE]);
}

/// Holds that every control is named, and takes a picture.
pub fn look(person: &Person, view: &str, theme: &str) {
    named(person, view);
    if let Some(folder) = std::env::var_os("TINCTURE_SHOTS").map(PathBuf::from) {
        std::fs::create_dir_all(&folder).expect("a writable folder");
        let file = folder.join(format!("{view}-{}.png", theme.to_lowercase()));
        person.window.shoot(&file).expect("a picture");
    }
}

fn named(person: &Person, view: &str) {
    let controls = person.window.controls().expect("a page");
    assert!(!controls.is_empty(), "{view} has controls");
    for control in &controls {
        let speakable =
            !control.name.is_empty() && !control.name.contains("[object") && !control.name.contains("undefined");
        assert!(speakable, "{view}: “{}”: {}", control.name, person.window.describe(control));
    }
}
