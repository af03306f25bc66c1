//! Trade-offs in the real window: two skills of the sample are explored, a mix is found with mouse and keys, measured,
//! used and saved.

use protocol::words::screen::{done, examples, frame, mix, save, trade, trade_map};
use screen::window::key;

use crate::keyboard::MOST_TABS;
use crate::measuring::measured;
use crate::names;
use crate::person::Person;
use crate::saved;

/// Skills of the sample; the last two lose their examples here.
const SKILLS: [&str; 4] = ["Fashion mnist", "Letters hiragana", "Letters latin", "Optdigits"];

/// The sample's mix with examples for the first two skills, on the step Trade-offs.
fn of_two_skills() -> Person {
    let person = measured();
    for skill in &SKILLS[2..] {
        // What has the focus on the step Mix is what the step Models shows.
        person.window.tab_to(&mix::strength_of(skill), MOST_TABS).expect("in reach of Tab");
        person.press(&[key::CONTROL, '1']);
        person.click(&examples::remove_for(skill));
        person.press(&[key::CONTROL, '2']);
    }
    // What it says lies over the slider.
    person.click(frame::CLOSE);
    person.press(&[key::CONTROL, '3']);
    person.see(trade::LEAD);
    person.click(trade::EFFORTS[0]);
    person.can(trade::EXPLORE);
    person
}

/// Where the slider along the best mixes stands, 0 to 1.
fn along(person: &Person) -> f64 {
    let name = trade_map::along(SKILLS[1], SKILLS[0]);
    let slider = person.window.control(&name).expect("a slider along the best mixes");
    let value = person.window.property(&slider, "value").expect("a slider");
    value.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{value}"))
}

#[test]
fn a_mix_is_found_with_mouse_and_keys_measured_used_and_saved() {
    let person = of_two_skills();
    names::look(&person, "trade-before", "Light");
    person.click(trade::EXPLORE);
    person.can(trade::STOP);
    person.can(trade::USE);
    names::look(&person, "trade-two", "Light");
    let slider = trade_map::along(SKILLS[1], SKILLS[0]);
    person.window.tab_to(&slider, MOST_TABS).expect("in reach of Tab");
    person.press(&[key::HOME]);
    let first = along(&person);
    person.press(&[key::END]);
    let last = along(&person);
    assert!(first < 0.01 && last > 0.99, "{first} to {last}");
    let control = person.window.control(&slider).expect("a slider along the best mixes");
    person.window.drag(&control, -0.25).expect("a mouse");
    let dragged = along(&person);
    assert!(dragged < last && dragged > first, "{first} < {dragged} < {last}");
    person.press(&[key::RIGHT]);
    assert!(along(&person) > dragged, "a key moves on from where the mouse was");
    person.click(trade_map::EVEN);
    if person.window.controls().expect("a page").iter().any(|control| control.name == trade::MEASURE) {
        person.click(trade::MEASURE);
        person.see(trade::MEASURED);
        person.can(trade::USE);
    }
    names::look(&person, "trade-measured", "Light");
    person.click(trade::USE);
    person.see(trade::IN_USE);
    person.press(&[key::CONTROL, '5']);
    person.click(save::SAVE_MODEL);
    person.see(done::TITLE);
    saved::check(&person.window.driver().output(), SKILLS.len());
    assert_eq!(person.complaints(), [""; 0], "nothing went wrong unseen");
}

#[test]
fn four_skills_are_held_in_the_middle_and_looked_at_as_chart_grid_and_table() {
    let person = measured();
    person.press(&[key::CONTROL, '3']);
    person.click(trade::EFFORTS[0]);
    person.click(trade::EXPLORE);
    person.can(trade::STOP);
    person.see(trade::MEASURED_SO_FAR);
    person.click(trade::PAUSE);
    person.can(trade::RESUME);
    person.click(trade::RESUME);
    person.click(trade::STOP);
    person.can(trade::USE);
    names::look(&person, "trade-four", "Light");
    person.click(trade::VIEWS[1]);
    names::look(&person, "trade-grid", "Light");
    person.click(trade::VIEWS[2]);
    person.see(trade_map::WORST);
    names::look(&person, "trade-table", "Light");
    person.click(trade::PIN);
    person.see(trade::UNPIN);
    assert_eq!(person.complaints(), [""; 0], "nothing went wrong unseen");
}
