//! A tint in the real window: from the sample's examples to a mix that is used and taken back.

use protocol::words::screen::tint;
use screen::window::key;

use crate::keyboard::MOST_TABS;
use crate::masking::choose_method;
use crate::measuring::measured;
use crate::names;
use crate::person::Person;

/// The step Tint of the sample, once it can begin.
fn ready() -> Person {
    let person = measured();
    person.press(&[key::CONTROL, '4']);
    person.see(tint::LEAD);
    person.can(tint::START);
    person
}

/// A look before the first round and one after the last, without a comparison, so that the test is short.
fn shorten(person: &Person) {
    person.window.tab_to(tint::ROUNDS, MOST_TABS).expect("in reach of Tab");
    person.press(&[key::CONTROL, 'a']);
    ['3', key::TAB].into_iter().for_each(|stroke| person.press(&[stroke]));
    person.click(tint::ON_OFF[1]);
    person.can(tint::START);
}

/// Moves the focus to the first chart.
fn to_charts(person: &Person) {
    let is_chart = || {
        let now = person.window.focused().expect("a focus");
        now.name.starts_with("Fashion mnist: ")
    };
    let reached = (0..MOST_TABS).any(|_| {
        person.press(&[key::TAB]);
        is_chart()
    });
    assert!(reached, "a chart is in reach of Tab");
}

#[test]
fn a_tint_of_the_sample_is_used_and_taken_off() {
    let person = ready();
    names::look(&person, "tint", "Light");
    shorten(&person);
    person.click(tint::START);
    person.see(tint::BEST);
    names::look(&person, "tint-running", "Light");
    person.see(tint::BEFORE_AFTER);
    person.can(tint::USE);
    names::look(&person, "tint-done", "Light");
    person.click(tint::USE);
    person.see(tint::USED_NOW);
    person.press(&[key::CONTROL, '2']);
    person.see(tint::IS_TINTED);
    names::look(&person, "mix-tinted", "Light");
    person.click(tint::REMOVE);
    let is_off = || !person.window.text().expect("a page").contains(tint::IS_TINTED);
    person.window.until_holds("an untinted mix", is_off);
    person.press(&[key::CONTROL, 'z']);
    person.see(tint::IS_TINTED);
    assert_eq!(person.complaints(), [""; 0], "nothing went wrong unseen");
}

#[test]
fn a_tint_is_held_with_the_space_bar_and_discarded() {
    let person = ready();
    person.click(tint::START);
    person.can(tint::STOP);
    to_charts(&person);
    person.press(&[key::SPACE]);
    person.can(tint::RESUME);
    person.press(&['t']);
    person.see(tint::WORST);
    person.click(tint::DISCARD);
    person.see(tint::DISCARDED);
    person.can(tint::START);
    assert_eq!(person.complaints(), [""; 0], "nothing went wrong unseen");
}

#[test]
fn a_method_without_a_common_body_offers_one_that_has() {
    let person = measured();
    choose_method(&person, "tall_masks");
    person.press(&[key::CONTROL, '4']);
    person.see(tint::OWN_BODIES_HINT);
    person.click(tint::USE_BALANCED);
    person.can(tint::START);
    assert_eq!(person.complaints(), [""; 0], "nothing went wrong unseen");
}
