//! Representation Surgery on the starting mix: a row of the table of results.

use learn::net::weights_of;
use learn::tint::{Adapter, drawn};
use merge::Control as _;
use protocol::failure::Failure;
use protocol::score::Part;
use protocol::tint::TintScore;
use protocol::words::problems;

use super::lesson::Lesson;
use super::room::rows;
use super::table::judged;
use crate::teller::Teller;

/// Batches of half the size that a round shows a skill: as many examples as the tint sees.
const HALVES: u64 = 2;

/// Scores of the repaired mix; `None` if no skill has examples of the judge part.
///
/// # Errors
/// Cancelled; a network that does not run.
pub(super) fn scores(lesson: &Lesson, teller: &Teller) -> Result<Option<Vec<TintScore>>, Failure> {
    let net = lesson.start_net()?;
    let mut found = Vec::new();
    for (at, skill) in lesson.skills.iter().enumerate() {
        let (features, _) = skill.features(&net, &lesson.taught.learn[at], teller, false)?;
        let adapter = trained(lesson, at, &features, teller)?;
        let head = skill.voice.head(weights_of(lesson.models.expert(skill.expert)));
        let head = head.map_err(|error| Failure::from(skill.fault(&error)))?;
        let (features, items) = skill.features(&net, &skill.items(Part::Judge, None).0, teller, false)?;
        found.extend(judged(lesson, at, &adapter.apply(&features), &items, &head)?);
    }
    Ok((!found.is_empty()).then_some(found))
}

/// The adapter of one skill after as many examples as the tint shows it.
fn trained(lesson: &Lesson, at: usize, features: &learn::net::Array, teller: &Teller) -> Result<Adapter, Failure> {
    let settings = &lesson.settings;
    let wanted = &lesson.taught.features[at];
    let mut adapter = Adapter::new(features.width(), settings.seed);
    let batch = settings.batch.div_ceil(HALVES as u32) as usize;
    for visit in 0..u64::from(settings.rounds) * HALVES {
        if !teller.proceed() {
            return Err(problems::cancelled().into());
        }
        let items = drawn(lesson.taught.learn[at].len(), batch, settings.seed, at, visit);
        adapter.step(&rows(features, &items), &rows(wanted, &items));
    }
    Ok(adapter)
}
