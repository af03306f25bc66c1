//! Scores in the real window: by themselves, after a slider moved, and everything that a person can ask for.

use protocol::words::screen::{confusion, cross, layers, models, scores, start};
use screen::window::key;

use crate::keyboard::{MOST_TABS, first_slider};
use crate::names;
use crate::person::Person;

/// The step Mix of the sample, once it is measured.
pub fn measured() -> Person {
    let person = Person::new();
    person.click(start::SAMPLE);
    person.click(models::MIX_THESE);
    person.see(scores::OF_ITS_OWN);
    person.see(scores::MEASURED);
    person.see("Mean ");
    person
}

/// The line with the mean, as it stands on the page.
fn mean(person: &Person) -> Option<String> {
    let text = person.window.text().expect("a page");
    text.lines().find(|line| line.contains("Mean ")).map(str::to_owned)
}

#[test]
fn the_sample_is_scored_by_itself_and_again_after_a_slider_moved() {
    let person = measured();
    let before = mean(&person).expect("a mean");
    person.window.tab_to(&first_slider(&person), MOST_TABS).expect("in reach of Tab");
    // To the right end: half more than as trained, which no other skill survives.
    person.press(&[key::END]);
    let gone = || mean(&person).is_some_and(|after| after != before);
    person.window.until_holds("another mean", gone);
    assert_eq!(person.complaints(), [""; 0], "nothing went wrong unseen");
}

#[test]
fn whatever_else_can_be_asked_about_a_mix_is_answered() {
    let person = measured();
    names::look(&person, "mix-scores", "Light");
    person.click(layers::SHOW);
    person.see(layers::LEAD);
    names::look(&person, "mix-layers", "Light");
    person.click(confusion::DONE);
    person.click(scores::MIX_UPS);
    person.see(confusion::MOST);
    names::look(&person, "mix-confusion", "Light");
    person.click(confusion::DONE);
    person.click(scores::EVERY_MODEL);
    person.see(cross::LEAD);
    person.see("Equal mix");
    names::look(&person, "mix-cross", "Light");
    person.click(confusion::DONE);
    person.click(scores::TABLE);
    person.see(scores::INTERVAL);
    person.click(scores::HELD_BACK);
    person.see(scores::JUDGE_NONE);
    person.click(scores::JUDGE);
    person.see("200 examples of the part “judge”");
    names::look(&person, "mix-held-back", "Light");
    assert_eq!(person.complaints(), [""; 0], "nothing went wrong unseen");
}
