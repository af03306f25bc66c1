//! What the mix and every specialist answer to one picture or text.

use std::path::PathBuf;

use learn::examples::{Preprocess, Rgb};
use learn::net::{Array, Batch};
use learn::score::shares;
use protocol::failure::Failure;
use protocol::measure::{AnswerShare, Answers, ExampleKind, Given, Picture, SkillAnswers, SkillProblem, Subject};
use protocol::recipe::Recipe;
use protocol::words::problems::short;
use protocol::words::{examples as words, problems};

use super::body::{Body, Runner};
use super::faults::{self, Refusal};
use super::models::Models;
use super::voice::{Ready, Voice};
use super::{Gauge, body};
use crate::teller::Teller;
use crate::{Context, failure};

/// Answers of a model that are told.
const TOLD: usize = 3;
/// Letters of a text that name it.
const NAME_LETTERS: usize = 60;

/// What is shown to the models.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// The picture in this file.
    Picture(PathBuf),
    /// A text.
    Text(String),
}

impl Gauge {
    /// Shows one thing to the mix of `recipe`, whose paths are absolute, and to every specialist.
    ///
    /// `given` are the examples that heads are made of where specialists have none.
    ///
    /// # Errors
    /// What speaks against the mix; a picture that cannot be opened. A skill that cannot be asked is among
    /// [`Answers::problems`].
    pub fn answer(&mut self, recipe: &Recipe, given: &[Given], seen: &Seen, cx: &Context) -> Result<Answers, Failure> {
        let answered = failure::guarded(|| self.show(recipe, given, seen, cx));
        self.forget_after_mistakes(answered.as_ref().err());
        answered
    }

    fn show(&mut self, recipe: &Recipe, given: &[Given], seen: &Seen, cx: &Context) -> Result<Answers, Failure> {
        let teller = Teller::new(cx);
        self.engine(cx)?;
        self.open_models(recipe, &teller)?;
        // What is wrong with examples matters only where a head is made of them, and is told there.
        let _ = self.open_skills(recipe, given, &teller)?;
        let Self { engine: Some(engine), models: Some(models), skills, .. } = self else {
            return Err(problems::bug("nothing is open".into()).into());
        };
        let thing = Thing::open(seen)?;
        let mix = body::of(&Subject::Mix, recipe, models, engine.as_mut(), &teller)?;
        let mut runner = Runner::new(&mix);
        let mut answers = Answers { name: thing.name(), picture: None, skills: vec![], problems: vec![] };
        for (at, expert) in recipe.experts.iter().enumerate() {
            let voice = skills.iter().find(|skill| skill.expert == at).map(|skill| Ok(skill.voice.clone()));
            let asked = voice.unwrap_or_else(|| silent(models, at)).and_then(|voice| {
                let (batch, picture) = thing.ready(&voice)?;
                answers.picture = answers.picture.take().or(picture);
                let own = Body::Model(models.expert(at));
                let skill = expert.skill.clone();
                let said = [
                    likeliest(&voice, at, &mut runner, &batch)?,
                    likeliest(&voice, at, &mut Runner::new(&own), &batch)?,
                ];
                let [mix, expert] = said;
                Ok(SkillAnswers { skill, mix, expert })
            });
            match asked {
                Ok(asked) => answers.skills.push(asked),
                Err(Refusal::All(failure)) => return Err(failure),
                Err(Refusal::Skill(problem)) => {
                    answers.problems.push(SkillProblem { skill: expert.skill.clone(), problem: *problem });
                }
            }
        }
        Ok(answers)
    }
}

/// A specialist without examples of its own.
fn silent(models: &Models, at: usize) -> Result<Voice, Refusal> {
    let who = models.specialist(at);
    Voice::of(who.home, who.source, who.private, who.home.network(who.source)?, None)
}

/// The likeliest answers of the model of an expert, first the likeliest.
fn likeliest(voice: &Voice, expert: usize, runner: &mut Runner, batch: &Batch) -> Result<Vec<AnswerShare>, Refusal> {
    let (net, head) = runner.run(voice, expert)?;
    let fault = |error: learn::Error| faults::network(&voice.place, &voice.name, &error);
    let logits = net.features(batch).and_then(|features| head.apply(&features)).map_err(fault)?;
    let shares = shares(&logits.values).ok_or_else(|| words::not_finite(&voice.place, &voice.name))?;
    let name = |at: usize| voice.answers.get(at).cloned().unwrap_or_else(|| at.to_string());
    let mut all: Vec<(usize, f64)> = shares.into_iter().enumerate().collect();
    all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    Ok(all.into_iter().take(TOLD).map(|(at, share)| AnswerShare { label: name(at), share }).collect())
}

/// What is shown, opened.
enum Thing {
    Picture(String, Rgb),
    Text(String),
}

impl Thing {
    fn open(seen: &Seen) -> Result<Self, Failure> {
        let path = match seen {
            Seen::Text(text) => return Ok(Self::Text(text.clone())),
            Seen::Picture(path) => path,
        };
        let place = path.display().to_string();
        let opened = Rgb::open(path).map_err(|error| Failure::from(failure::cannot_read(&place, &error)))?;
        let picture = opened.map_err(|_| Failure::from(words::no_picture(&place)))?;
        Ok(Self::Picture(short(&place).to_owned(), picture))
    }

    fn name(&self) -> String {
        match self {
            Self::Picture(name, _) => name.clone(),
            Self::Text(text) => text.chars().take(NAME_LETTERS).collect(),
        }
    }

    /// As this specialist takes it, and how a picture looks to it.
    fn ready(&self, voice: &Voice) -> Result<(Batch, Option<Picture>), Refusal> {
        let misfit = |takes| Refusal::from(words::other_kind(&self.name(), &voice.name, takes));
        match (self, &voice.ready) {
            (Self::Text(text), Ready::Texts(tokenizer)) => {
                let batch = tokenizer.batch(&[text]);
                Ok((batch.map_err(|error| faults::network(&voice.place, &voice.name, &error))?, None))
            }
            (Self::Picture(_, picture), Ready::Pictures(preprocess)) => {
                shown(picture, preprocess).ok_or_else(|| words::no_picture(&self.name()).into())
            }
            (Self::Picture(..), Ready::Texts(_)) => Err(misfit(ExampleKind::Texts)),
            (Self::Text(_), Ready::Pictures(_)) => Err(misfit(ExampleKind::Pictures)),
        }
    }
}

/// A picture as a batch of one, and as it looks after resizing and cropping.
fn shown(picture: &Rgb, preprocess: &Preprocess) -> Option<(Batch, Option<Picture>)> {
    let (height, width) = preprocess.size()?;
    let batch = Array::new([1, 3, height, width], preprocess.prepare(picture)?).ok()?;
    let planes = preprocess.bytes(picture)?;
    let plane = height * width;
    let pixel = |at: usize| {
        (0..3).map(|channel| planes[channel * plane + at]).map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let rgb = (0..plane).map(pixel).collect();
    Some((Batch::Pictures(batch), Some(Picture { width: width as u32, height: height as u32, rgb })))
}
