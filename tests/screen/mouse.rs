//! The way from the first start to a saved model, with visible controls only.

use protocol::report::CheckName;
use protocol::words::card;
use protocol::words::screen::{done, mix, models, save, start};

use crate::person::Person;
use crate::saved;

/// Most clicks from the first start to a saved mix of the sample.
const MOST_CLICKS: usize = 8;

/// Skills of the sample.
const SPECIALISTS: usize = 4;

#[test]
fn the_sample_is_mixed_and_saved_with_a_few_clicks() {
    let person = Person::new();
    person.click(start::SAMPLE);
    person.click(models::MIX_THESE);
    person.click(mix::SAVE_THIS);
    person.click(save::SAVE_MODEL);
    person.see(done::TITLE);
    assert!(person.clicks() <= MOST_CLICKS, "{} clicks", person.clicks());
    for check in [CheckName::OpensAgain, CheckName::SizesMatch, CheckName::AllFinite, CheckName::Differs] {
        person.see(card::check(check));
    }
    person.can(done::SHOW_IN_FOLDER);
    saved::check(&person.window.driver().output(), SPECIALISTS);
    assert_eq!(person.complaints(), [""; 0], "nothing went wrong unseen");
}
