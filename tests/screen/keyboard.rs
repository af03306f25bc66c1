//! The same way without a mouse.

use protocol::words::format;
use protocol::words::screen::{done, mix, models, save, start};
use screen::window::key;

use crate::person::Person;
use crate::saved;

/// Most presses of Tab to reach any control of a view.
pub const MOST_TABS: usize = 60;

#[test]
fn the_sample_is_mixed_and_saved_with_keys_alone() {
    let person = Person::new();
    person.can(start::SAMPLE);
    person.window.tab_to(start::SAMPLE, MOST_TABS).expect("in reach of Tab");
    person.press(&[key::ENTER]);
    person.can(models::MIX_THESE);
    person.press(&[key::CONTROL, key::ENTER]);
    person.can(mix::SAVE_THIS);
    person.press(&[key::CONTROL, '1']);
    person.can(models::MIX_THESE);
    person.press(&[key::CONTROL, '2']);
    person.can(mix::SAVE_THIS);
    person.press(&[key::CONTROL, '5']);
    person.can(save::SAVE_MODEL);
    person.press(&[key::CONTROL, key::ENTER]);
    person.see(done::TITLE);
    saved::check(&person.window.driver().output(), 4);
    assert_eq!(person.complaints(), [""; 0], "nothing went wrong unseen");
}

#[test]
fn arrow_keys_move_a_slider_and_the_sentence_says_it() {
    let person = Person::new();
    person.click(start::SAMPLE);
    person.click(models::MIX_THESE);
    person.can(mix::SAVE_THIS);
    let slider = first_slider(&person);
    person.window.tab_to(&slider, MOST_TABS).expect("in reach of Tab");
    let before = strength(&person);
    for _ in 0..3 {
        person.press(&[key::RIGHT]);
    }
    let after = strength(&person);
    assert!((after - before - 0.03).abs() < 1e-9, "three times one percent: {before} to {after}");
    let skill = slider.strip_suffix(&mix::strength_of("")).expect("the name of a strength slider");
    let said = format!("{} of {skill}", format::strength(after));
    assert!(!person.window.text().expect("a page").contains(&format!("{} of {skill}", format::strength(before))));
    person.see(&said);
    assert_eq!(person.complaints(), [""; 0], "nothing went wrong unseen");
}

/// Spoken name of the first strength slider.
pub fn first_slider(person: &Person) -> String {
    let ending = mix::strength_of("");
    let mut controls = person.window.controls().expect("a page").into_iter().map(|control| control.name);
    controls.find(|name| name.ends_with(&ending)).expect("a slider for each skill")
}

/// Strength of the slider that has the focus; sliders go by percent or by parts of one.
fn strength(person: &Person) -> f64 {
    let slider = person.window.focused().expect("a focus");
    let number = |name: &str| {
        let value = person.window.property(&slider, name).expect("a slider");
        value.as_f64().or_else(|| value.as_str()?.parse().ok()).unwrap_or_else(|| panic!("{name}: {value}"))
    };
    if number("max") > 10.0 { number("value") / 100.0 } else { number("value") }
}
