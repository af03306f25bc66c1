//! One model alone on examples: no mix, no references.

use std::path::Path;
use std::time::Instant;

use checkpoint::Checkpoint;
use protocol::event::{JobEvent, Phase};
use protocol::failure::{Failure, Problem};
use protocol::measure::{Given, Measurement};
use protocol::score::{Part, References, Scores, SkillScore};
use protocol::words::{engines, examples as words};

use super::body::{Body, Runner};
use super::faults::Refusal;
use super::skill::{Skill, Specialist};
use super::voice::Home;
use crate::teller::Teller;
use crate::{Context, failure};

/// Whether a path is that of a model, and not of a recipe.
pub fn is_model(path: &Path) -> bool {
    path.is_dir() || path.extension().is_some_and(|ending| ending == "safetensors")
}

/// Measures the model at `path` with its own head on examples, each under a name that the person gives.
///
/// # Errors
/// Everything that keeps it from being measured on any of them; cancelled.
pub fn measure_model(
    path: &Path,
    given: &[Given],
    part: Part,
    most: Option<u64>,
    cx: &Context,
) -> Result<Measurement, Failure> {
    failure::guarded(|| measure(path, given, (part, most), cx))
}

fn measure(path: &Path, given: &[Given], wish: (Part, Option<u64>), cx: &Context) -> Result<Measurement, Failure> {
    let began = Instant::now();
    let teller = Teller::new(cx);
    (cx.events)(JobEvent::Started { engine: engines::PROCESSOR.to_owned() });
    let model = Checkpoint::open(path).map_err(|error| Failure::from(failure::file(&error)))?;
    let who = Specialist { home: Home { own: &model, base: None }, source: &model, private: &[], at: 0 };
    let skills = open(&who, given, wish, &teller)?;
    let count = |skill: &Skill| skill.items(wish.0, wish.1).0.len() as u64;
    teller.begin(Phase::Measure, skills.iter().map(count).sum());
    let body = Body::Model(&model);
    let mut runner = Runner::new(&body);
    let mut scores = Vec::new();
    for (given, skill) in given.iter().zip(&skills) {
        scores.push(score(&given.skill, skill, &mut runner, wish, &teller)?);
    }
    let seed = skills.first().map_or(0, |skill| skill.split.seed);
    let scores = Scores::new(wish.0, seed, scores);
    let seconds = began.elapsed().as_secs_f64();
    Ok(Measurement { scores, cross: None, routed: None, problems: vec![], resident: false, seconds })
}

/// All examples, or everything that is wrong with them.
fn open(
    who: &Specialist,
    given: &[Given],
    (part, most): (Part, Option<u64>),
    teller: &Teller,
) -> Result<Vec<Skill>, Failure> {
    let (mut skills, mut problems): (Vec<Skill>, Vec<Problem>) = (vec![], vec![]);
    for given in given {
        match Skill::open(who, Path::new(&given.path), teller) {
            Err(Refusal::All(failure)) => return Err(failure),
            Err(Refusal::Skill(problem)) => problems.push(*problem),
            Ok(skill) if skill.examples.labels.is_none() => problems.push(words::labels_needed(&given.path)),
            Ok(skill) if skill.items(part, most).0.is_empty() => problems.push(words::part_empty(&given.path, part)),
            Ok(skill) => skills.push(skill),
        }
    }
    if problems.is_empty() { Ok(skills) } else { Err(Failure { problems }) }
}

fn score(
    name: &str,
    skill: &Skill,
    runner: &mut Runner,
    (part, most): (Part, Option<u64>),
    teller: &Teller,
) -> Result<SkillScore, Failure> {
    let (net, head) = runner.run(&skill.voice, skill.expert)?;
    let (items, _) = skill.items(part, most);
    let said = skill.ask(net, &head, &items, teller)?;
    let counted = skill.count(said, head.classes(), None)?;
    // Something was counted, or counting would have said that nothing could be.
    let score = counted.score(skill, name, part, most, References::default());
    score.ok_or_else(|| words::part_empty(&skill.examples.place, part).into())
}
