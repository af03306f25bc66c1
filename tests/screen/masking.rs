//! Keep-masks in the real window: counted layer by layer, chosen by examples, and saved as a skill pack.

use protocol::methods;
use protocol::words::screen::{done, masks, mix, parameters, save};

use crate::measuring::measured;
use crate::names;
use crate::person::Person;

/// What the view says of the weights that it removes.
const REMOVES: &str = "Dropping unused and one-skill weights removes";

#[test]
fn masks_of_the_sample_are_counted_looked_at_and_chosen() {
    let person = measured();
    person.click(masks::SHOW);
    person.see(masks::HOW_MANY);
    person.see(REMOVES);
    names::look(&person, "mix-masks", "Light");
    person.click(masks::CHOOSE);
    person.see("By accuracy on the examples for choosing");
    person.see(masks::DIFFERS);
    names::look(&person, "mix-masks-chosen", "Light");
    person.click(masks::DONE);
    person.see("keeping only weights that at least two skills use");
    assert_eq!(person.complaints(), [""; 0], "nothing went wrong unseen");
}

/// Chooses a method that has no card of its own.
pub fn choose_method(person: &Person, name: &str) {
    let method = methods::find(name).expect("in the table");
    person.click(parameters::MORE);
    person.click(&format!("{}. {} {}", method.title, method.sentence, method.footnote));
}

#[test]
fn a_skill_pack_is_saved_from_the_window() {
    let person = measured();
    choose_method(&person, "tall_masks");
    person.see(parameters::NO_STRENGTHS);
    names::look(&person, "mix-keep-masks", "Light");
    person.click(mix::SAVE_THIS);
    person.click(save::PACK);
    names::look(&person, "save-pack", "Light");
    person.click(save::SAVE_MODEL);
    person.see(done::TITLE);
    let packs = std::fs::read_dir(person.window.driver().output()).expect("the output folder").flatten();
    let pack = packs.map(|entry| entry.path()).find(|path| path.join("pack.json").is_file()).expect("a skill pack");
    assert_eq!(std::fs::read_dir(pack.join("masks")).expect("its masks").count(), 4);
    assert_eq!(person.complaints(), [""; 0], "nothing went wrong unseen");
}
