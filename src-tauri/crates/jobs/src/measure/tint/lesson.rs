//! Everything that a tint knows before its first round.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use learn::engine::{CandleNet, Head};
use learn::net::{Array, Network, Op, weights_of};
use learn::tint::{Changes, Course, Pupil, Resident, Teacher, Trainer, mixed};
use merge::Action;
use protocol::event::Phase;
use protocol::failure::Failure;
use protocol::measure::SkillProblem;
use protocol::model::numbered;
use protocol::recipe::{From as Origin, Recipe};
use protocol::score::{Metric, Part};
use protocol::tint::{
    JUDGED_EVERY, Objective, PrivateLayer, TintExamples, TintForecast, TintSettings, TintWay, TintWish,
};
use protocol::words::{examples as example_words, problems, tinting as words};

use super::super::models::Models;
use super::super::skill::Skill;
use super::room::Room;
use super::{changes, keep, tintable};
use crate::measure::Gauge;
use crate::teller::Teller;

/// What the specialists say, found once.
#[derive(Default)]
pub(super) struct Taught {
    /// Places of the skills among those of the gauge.
    pub skills: Vec<usize>,
    /// Examples that are learnt from, as far as they can be shown.
    pub learn: Vec<Vec<usize>>,
    /// The specialists' answers to them.
    pub teachers: Vec<Teacher>,
    /// The specialists' features of them \[n, d\].
    pub features: Vec<Array>,
    /// Examples of the part for choosing.
    pub choose: Vec<Vec<usize>>,
    /// What is right for each of them: the label, else the specialist's answer.
    pub targets: Vec<Vec<usize>>,
    /// How many of them the specialist has right.
    pub expert_correct: Vec<u64>,
    /// Changes in memory, where they are.
    pub resident: Option<Resident>,
    /// Skills that cannot take part.
    pub problems: Vec<SkillProblem>,
}

/// A tint about to begin.
pub(super) struct Lesson<'a> {
    pub start: Recipe,
    pub settings: TintSettings,
    pub models: &'a Models,
    pub skills: Vec<&'a Skill>,
    pub taught: &'a Taught,
    pub changes: Box<dyn Changes + 'a>,
    pub network: Network,
    /// Tensors of the body that are mixed.
    mixable: BTreeSet<String>,
    pub teller: &'a Teller<'a>,
}

impl Taught {
    /// Asks the specialists of all skills that have examples of both parts, about `most` of each part.
    ///
    /// # Errors
    /// Cancelled; networks that do not run; no skill left.
    pub fn new(
        gauge: &mut Gauge,
        wish: &TintWish,
        problems: Vec<SkillProblem>,
        most: Option<usize>,
        teller: &Teller,
    ) -> Result<Self, Failure> {
        let start = tintable(&wish.recipe)?;
        let mut taught = Self { problems, resident: changes::resident(gauge, &start, teller)?, ..Self::default() };
        let Some(models) = &gauge.models else { return Err(problems::bug("nothing is open".into()).into()) };
        let most = most.map(|most| most as u64);
        let parts = |skill: &Skill| [wish.settings.part, Part::Choose].map(|part| skill.items(part, most).0);
        let all = gauge.skills.iter().flat_map(parts).map(|items| items.len() as u64).sum();
        teller.begin(Phase::Teach, all);
        for (at, skill) in gauge.skills.iter().enumerate() {
            let [learn, choose] = parts(skill);
            let empty =
                [(wish.settings.part, &learn), (Part::Choose, &choose)].into_iter().find(|(_, items)| items.is_empty());
            match empty {
                Some((part, _)) => {
                    let problem = example_words::part_empty(&skill.examples.place, part);
                    let name = wish.recipe.experts[skill.expert].skill.clone();
                    taught.problems.push(SkillProblem { skill: name, problem });
                }
                None => taught.hear(at, skill, models, [&learn, &choose], wish, teller)?,
            }
        }
        if taught.skills.is_empty() {
            return Err(Failure { problems: taught.problems.into_iter().map(|one| one.problem).collect() });
        }
        Ok(taught)
    }

    fn hear(
        &mut self,
        at: usize,
        skill: &Skill,
        models: &Models,
        [learn, choose]: [&[usize]; 2],
        wish: &TintWish,
        teller: &Teller,
    ) -> Result<(), Failure> {
        let fault = |error: learn::Error| Failure::from(skill.fault(&error));
        let source = models.expert(skill.expert);
        let net = CandleNet::load(&skill.voice.network, weights_of(source)).map_err(fault)?;
        let head = skill.voice.head(weights_of(source)).map_err(fault)?;
        let (features, learn) = skill.features(&net, learn, teller, true)?;
        let logits = head.apply(&features).map_err(fault)?;
        let mut teacher = Teacher::default();
        let keeps_shares = wish.settings.objective == Objective::Soft;
        teacher.hear(&logits.values, head.classes(), keeps_shares).map_err(fault)?;
        let (own, choose) = skill.features(&net, choose, teller, true)?;
        let answers = answers(&head.apply(&own).map_err(fault)?);
        let targets = skill.targets(&choose).unwrap_or_else(|| answers.clone());
        self.expert_correct
            .push(answers.iter().zip(&targets).filter(|(answer, target)| answer == target).count() as u64);
        self.skills.push(at);
        self.learn.push(learn);
        self.teachers.push(teacher);
        self.features.push(features);
        self.choose.push(choose);
        self.targets.push(targets);
        Ok(())
    }
}

/// The answer to each row of logits, the first class where a row is not finite.
pub(super) fn answers(logits: &Array) -> Vec<usize> {
    logits.rows().map(|row| learn::score::answer(row).unwrap_or(0)).collect()
}

impl<'a> Lesson<'a> {
    /// A tint of `recipe` with the skills that were taught.
    ///
    /// # Errors
    /// Networks that differ from skill to skill.
    pub fn new(
        gauge: &'a Gauge,
        recipe: &Recipe,
        settings: &TintSettings,
        taught: &'a Taught,
        teller: &'a Teller<'a>,
    ) -> Result<Self, Failure> {
        let missing = || Failure::from(problems::bug("nothing is open".into()));
        let models = gauge.models.as_ref().ok_or_else(missing)?;
        let skills: Vec<&Skill> = taught.skills.iter().map(|&at| &gauge.skills[at]).collect();
        let network = skills.first().ok_or_else(missing)?.voice.network.clone();
        if let Some(other) = skills.iter().find(|skill| skill.voice.network.body != network.body) {
            return Err(words::networks_differ(&skills[0].voice.name, &other.voice.name).into());
        }
        let start = tintable(recipe)?;
        let changes =
            changes::of(models, start.experts.len(), taught.resident.as_ref()).ok_or_else(words::no_starting_model)?;
        let body = merge::align(&models.sources(&start)).body;
        let mixable = body.into_iter().filter(|tensor| tensor.action == Action::Merge).map(|tensor| tensor.spec.name);
        let mixable = mixable.collect();
        let settings = with_place(settings, &network);
        Ok(Self { start, settings, models, skills, taught, changes, network, mixable, teller })
    }

    /// Names of the skills that learn.
    pub fn names(&self) -> Vec<String> {
        self.skills.iter().map(|skill| self.start.experts[skill.expert].skill.clone()).collect()
    }

    /// Whether only heads learn: the body stays, and features are found once.
    pub fn is_of_heads(&self) -> bool {
        self.settings.way == TintWay::Layers && self.settings.layer == PrivateLayer::Head
    }

    /// Coefficients with which a tensor starts; `None` where it stays the base's.
    pub fn start_of(&self, name: &str) -> Option<Vec<f32>> {
        if !self.mixable.contains(name) || self.start.origin(name) == Origin::Base {
            return None;
        }
        let own = self.start.strengths_of(name);
        let learns = self.learns();
        let chosen = |(own, learns): (f64, bool)| self.settings.start.filter(|_| learns).unwrap_or(own) as f32;
        // Coefficients that learn do so from 0 to 1; those that stay are what the recipe says.
        let learn = !matches!(self.settings.way, TintWay::Layers | TintWay::Body);
        let kept = |own: f32| if learn { own.clamp(0.0, 1.0) } else { own };
        Some(own.into_iter().zip(learns).map(chosen).map(kept).collect())
    }

    fn learns(&self) -> Vec<bool> {
        (0..self.start.experts.len()).map(|at| self.skills.iter().any(|skill| skill.expert == at)).collect()
    }

    /// The room with the examples as they are, or with features under the start where only heads learn.
    ///
    /// # Errors
    /// Cancelled; a network that does not run.
    pub fn room(&self) -> Result<Room<'_>, Failure> {
        let mut room = Room {
            skills: self.skills.clone(),
            learn: self.taught.learn.iter().map(Vec::as_slice).collect(),
            choose: self.taught.choose.iter().map(Vec::as_slice).collect(),
            features: None,
            teller: self.teller,
        };
        if self.is_of_heads() {
            let net = self.start_net()?;
            let all = |items: &[&[usize]]| -> Result<Vec<Array>, Failure> {
                let pairs = self.skills.iter().zip(items);
                pairs.map(|(skill, items)| Ok(skill.features(&net, items, self.teller, false)?.0)).collect()
            };
            room.features = Some([all(&room.learn)?, all(&room.choose)?]);
        }
        Ok(room)
    }

    /// The network with the weights of the start.
    pub fn start_net(&self) -> Result<CandleNet, Failure> {
        let weight = |name: &str| match self.start_of(name) {
            Some(row) => mixed(self.changes.as_ref(), name, &row),
            None => self.changes.base(name),
        };
        CandleNet::load(&self.network, weight).map_err(|error| self.skills[0].fault(&error).into())
    }

    /// A trainer before its first round.
    ///
    /// # Errors
    /// A private layer that no model has; a network that does not run.
    pub fn trainer<'b>(&'b self, room: &'b Room<'b>) -> Result<Trainer<'b>, Failure> {
        let fault = |error: learn::Error| Failure::from(self.skills[0].fault(&error));
        let network = self.trained_network();
        let engine = CandleNet::load(&network, |name| self.changes.base(name)).map_err(fault)?;
        let course = Course {
            changes: self.changes.as_ref(),
            network,
            learns: self.learns(),
            pupils: self.pupils()?,
            feed: room,
            settings: self.settings.clone(),
        };
        Trainer::new(course, Box::new(engine), |name| self.start_of(name)).map_err(fault)
    }

    /// The body that learns; nothing of it where only heads do.
    fn trained_network(&self) -> Network {
        let mut network = self.network.clone();
        if self.is_of_heads() {
            network.body = vec![];
            network.input = learn::net::Input::Vectors { width: network.features };
        }
        network
    }

    fn trains_layers(&self) -> bool {
        matches!(self.settings.way, TintWay::Tint | TintWay::Layers)
    }

    fn pupils(&self) -> Result<Vec<Pupil>, Failure> {
        self.skills.iter().zip(&self.taught.teachers).map(|(skill, teacher)| self.pupil(skill, teacher)).collect()
    }

    fn pupil(&self, skill: &Skill, teacher: &Teacher) -> Result<Pupil, Failure> {
        let fault = |error: learn::Error| Failure::from(skill.fault(&error));
        let source = self.models.expert(skill.expert);
        let head: Head = skill.voice.head(weights_of(source)).map_err(fault)?;
        let layer = match private_names(&self.settings.layer, &self.network) {
            None if self.trains_layers() && self.network.head.is_empty() => {
                return Err(words::no_head_to_keep(&skill.voice.name).into());
            }
            None => head.tensors(),
            Some(names) if names.is_empty() => return Err(words::no_such_layer(&self.settings.layer).into()),
            Some(names) => names.into_iter().map(|name| Ok((name.clone(), weights_of(source)(&name)?))).collect(),
        };
        Ok(Pupil { head, teacher: teacher.clone(), layer: layer.map_err(fault)? })
    }

    /// What it will need, after a trial of one visit with the few examples that were taught.
    ///
    /// # Errors
    /// As [`Lesson::trainer`].
    pub fn forecast(&self, place: &Path, wish: &TintWish) -> Result<TintForecast, Failure> {
        let room = self.room()?;
        let mut trainer = self.trainer(&room)?;
        Ok(TintForecast {
            trained: trainer.trained(),
            parameters: self.parameters(),
            memory: self.memory(),
            seconds: self.seconds(&mut trainer)?,
            skills: self.skills.iter().map(|skill| self.examples(skill)).collect(),
            problems: self.taught.problems.clone(),
            place: place.display().to_string(),
            resumes: keep::Keep::new(place, wish).round(),
        })
    }

    /// Seconds of the whole tint at the pace of a trial: teachers, visits, looks.
    fn seconds(&self, trainer: &mut Trainer) -> Result<f64, Failure> {
        let (skill, items) = (self.skills[0], &self.taught.learn[0]);
        let fault = |error: learn::Error| Failure::from(skill.fault(&error));
        let net = self.start_net()?;
        let began = Instant::now();
        skill.features(&net, items, self.teller, false)?;
        let one = began.elapsed().as_secs_f64() / items.len().max(1) as f64;
        let began = Instant::now();
        trainer.try_out().map_err(fault)?;
        let visit = began.elapsed().as_secs_f64();
        let of = |part: Part| self.skills.iter().map(|skill| skill.items(part, None).1).sum::<u64>() as f64;
        let (learn, choose) = (of(self.settings.part), of(Part::Choose));
        let looks = f64::from(self.settings.rounds / JUDGED_EVERY + 1);
        let visits = f64::from(self.settings.rounds) * self.skills.len() as f64;
        let shown = if self.is_of_heads() { 2.0 * (learn + choose) } else { learn + choose + looks * choose };
        Ok(shown * one + visits * visit)
    }

    fn examples(&self, skill: &Skill) -> TintExamples {
        let name = self.start.experts[skill.expert].skill.clone();
        let is_labelled = skill.targets(&[]).is_some();
        TintExamples {
            skill: name,
            parts: Part::ALL.map(|part| skill.items(part, None).1),
            metric: if is_labelled { Metric::Accuracy } else { Metric::Agreement },
        }
    }

    /// Numbers of the common body.
    pub fn parameters(&self) -> u64 {
        self.numbers(|_| true)
    }

    fn numbers(&self, counts: impl Fn(&str) -> bool) -> u64 {
        let mut names = self.network.parameters();
        names.sort_unstable();
        names.dedup();
        let base = self.models.base();
        let size = |name: &&str| base.and_then(|base| base.find(name)).map_or(0, |entry| entry.spec.elements());
        names.iter().filter(|name| counts(name)).map(size).sum()
    }

    /// Bytes beside the models: weights and their copy as variables, gradients of every lane and their sum, changes in
    /// memory, and what runs through the network.
    pub fn memory(&self) -> u64 {
        const FLOAT: u64 = 4;
        let (body, lanes) = (self.parameters() * FLOAT, learn::engine::lanes() as u64);
        let resident = if self.taught.resident.is_some() { self.start.experts.len() as u64 + 1 } else { 0 };
        let flow = u64::from(self.settings.batch) * self.flow() * FLOAT;
        if self.is_of_heads() { body * (2 + resident) + flow } else { body * (4 + lanes + resident) + flow }
    }

    /// Numbers that one example leaves behind on its way, for the way back: about what every operation gives.
    fn flow(&self) -> u64 {
        let base = self.models.base();
        let rows = |name: &str| base.and_then(|base| base.find(name)).map_or(0, |entry| entry.spec.shape[0]);
        let tokens = self.network.tokens() as u64;
        let one = |op: &Op| match op {
            Op::Linear(map) => 2 * rows(&map.weight),
            Op::Attention(attention) => 4 * rows(&attention.query.weight) + attention.heads as u64 * tokens,
            _ => self.network.features as u64,
        };
        tokens * self.network.body.iter().map(one).sum::<u64>() * 2
    }
}

/// The settings with a private layer that has a place in the files: the last block where models keep no head in theirs.
fn with_place(settings: &TintSettings, network: &Network) -> TintSettings {
    let mut settings = settings.clone();
    if settings.way == TintWay::Tint && settings.layer == PrivateLayer::Head && network.head.is_empty() {
        settings.layer = PrivateLayer::LastBlock;
    }
    settings
}

/// Names of the body's tensors that every skill has for itself; `None` for the head.
fn private_names(layer: &PrivateLayer, network: &Network) -> Option<Vec<String>> {
    let numbers = || network.parameters().into_iter().filter_map(numbered).map(|(_, number)| number);
    let of_block = |wanted: Option<u64>| -> Vec<&str> {
        let is = |name: &&str| numbered(name).is_some_and(|(_, number)| Some(number) == wanted);
        network.parameters().into_iter().filter(is).collect()
    };
    let mut names: Vec<&str> = match layer {
        PrivateLayer::Head => return None,
        PrivateLayer::LastBlock => of_block(numbers().max()),
        PrivateLayer::FirstBlock => of_block(numbers().min()),
        PrivateLayer::Named(prefix) => {
            network.parameters().into_iter().filter(|name| name.starts_with(prefix.as_str())).collect()
        }
    };
    names.sort_unstable();
    names.dedup();
    Some(names.into_iter().map(str::to_owned).collect())
}
