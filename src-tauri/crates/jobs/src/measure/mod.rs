//! Scores of mixes on a person's own examples.
//!
//! ```text
//! models ──▶ Models (in memory) ──▶ mix ──▶ Body ──▶ network ─┐
//! examples ─▶ Skill: what is shown, the head, the classes ────┴─▶ logits ─▶ tally ─▶ known
//! ```
//!
//! A [`Gauge`] keeps models, prepared examples and what was counted between two measurements, so that the next mix of
//! the same models touches no file. Mixes come from the kernels that a save uses, rounded as a save rounds.

mod alone;
mod body;
mod choosing;
mod faults;
mod known;
mod look;
mod models;
mod routing;
mod skill;
mod tint;
mod trade;
mod trial;
mod voice;

use std::path::Path;
use std::time::Instant;

use kernels::Engine;
use protocol::event::{JobEvent, Phase};
use protocol::failure::{Failure, Problem};
use protocol::measure::{Given, Measurement, SkillProblem, Subject, Wish};
use protocol::recipe::Recipe;
use protocol::words::{examples as words, problems};

use crate::teller::Teller;
use crate::{Context, failure};
use body::Runner;
use faults::Refusal;
use known::{Key, Known};
use models::Models;
use skill::Skill;

pub use alone::{is_model, measure_model};
pub use look::{holds_examples, look_at_examples};
pub use tint::{forget_tint, tint_key};
pub use trade::{candidates, forget_trade, recipe_of, trade_key};
pub use trial::Seen;

/// Measures mixes, and remembers what it needs for the next one.
#[derive(Default)]
pub struct Gauge {
    engine: Option<Box<dyn Engine>>,
    models: Option<Models>,
    skills: Vec<Skill>,
    known: Known,
}

/// A model that is measured, with the skills that are still unknown.
struct Task {
    subject: Subject,
    /// Indices into [`Gauge::skills`].
    skills: Vec<usize>,
}

impl Gauge {
    /// A gauge that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Measures the mix of a wish, whose paths are absolute, with its references.
    ///
    /// Tells [`JobEvent::Started`], progress, warnings, and [`JobEvent::Scored`] whenever more is known.
    ///
    /// # Order
    /// The same wish on the same engine gives the same scores, whatever was measured before.
    ///
    /// # Errors
    /// What speaks against the mix; if no skill at all can be measured, why; cancelled.
    /// A skill that cannot be measured beside others that can is among [`Measurement::problems`].
    pub fn measure(&mut self, wish: &Wish, cx: &Context) -> Result<Measurement, Failure> {
        let measured = failure::guarded(|| self.weigh(wish, cx, true));
        self.forget_after_mistakes(measured.as_ref().err());
        measured
    }

    /// Measures; `tells` whether scores that are known so far are passed on.
    fn weigh(&mut self, wish: &Wish, cx: &Context, tells: bool) -> Result<Measurement, Failure> {
        let began = Instant::now();
        let teller = Teller::new(cx);
        let engine = self.engine(cx)?;
        (cx.events)(JobEvent::Started { engine });
        self.open_models(&wish.recipe, &teller)?;
        let problems = self.open_skills(&wish.recipe, &wish.examples, &teller)?;
        self.something_to_measure(wish, &problems)?;
        self.known.turn_to(&self.skills, wish);
        let tasks = self.tasks(wish);
        teller.begin(Phase::Measure, self.examples_of(&tasks, wish));
        for task in tasks {
            self.work_off(&task, wish, &teller)?;
            if let Some(scores) = self.known.scores(&self.skills, wish).filter(|_| tells) {
                (cx.events)(JobEvent::Scored { scores: Box::new(scores) });
            }
        }
        let routed = self.route(wish, &teller)?;
        let scores = self.known.scores(&self.skills, wish).ok_or_else(|| problems::bug("no scores".into()))?;
        Ok(Measurement {
            scores,
            cross: wish.cross.then(|| self.known.cross(&self.skills, wish)),
            problems,
            routed,
            resident: self.models.as_ref().is_some_and(Models::are_held),
            seconds: began.elapsed().as_secs_f64(),
        })
    }

    /// Opens the engine if that has not happened yet; gives its name for people.
    fn engine(&mut self, cx: &Context) -> Result<String, Failure> {
        if self.engine.is_none() {
            self.engine = Some(kernels::choose(&cx.engine).map_err(|error| failure::engine(&error))?);
        }
        Ok(self.engine.as_ref().map_or_else(String::new, |engine| engine.card().name.clone()))
    }

    /// Opens the models, unless they are those that are open.
    fn open_models(&mut self, recipe: &Recipe, teller: &Teller) -> Result<(), Failure> {
        if self.models.as_ref().is_some_and(|models| models.are_of(recipe)) {
            return Ok(());
        }
        // Everything that hangs on the old models goes first, so that both never lie in memory together.
        (self.models, self.skills, self.known) = (None, vec![], Known::default());
        self.models = Some(Models::open(recipe, teller)?);
        Ok(())
    }

    /// Opens the examples that are new, and forgets those that are not wanted any more.
    fn open_skills(&mut self, recipe: &Recipe, given: &[Given], teller: &Teller) -> Result<Vec<SkillProblem>, Failure> {
        let Some(models) = &self.models else { return Ok(vec![]) };
        let (mut wanted, mut problems) = (Vec::new(), Vec::new());
        for given in given {
            match recipe.experts.iter().position(|expert| expert.skill == given.skill) {
                Some(at) => wanted.push((at, Path::new(&given.path))),
                None => problems.push(unknown_skill(recipe, &given.skill)),
            }
        }
        self.skills.retain(|skill| wanted.contains(&(skill.expert, skill.path.as_path())));
        let is_open = |&(at, path): &(usize, &Path)| {
            self.skills.iter().any(|skill| (skill.expert, skill.path.as_path()) == (at, path))
        };
        wanted.retain(|wanted| !is_open(wanted));
        for (at, path) in wanted {
            match Skill::open(&models.specialist(at), path, teller) {
                Ok(skill) => self.skills.push(skill),
                Err(Refusal::All(failure)) => return Err(failure),
                Err(Refusal::Skill(problem)) => {
                    problems.push(SkillProblem { skill: recipe.experts[at].skill.clone(), problem: *problem });
                }
            }
        }
        self.skills.sort_by_key(|skill| skill.expert);
        Ok(problems)
    }

    /// Whether anything is left to be measured.
    fn something_to_measure(&self, wish: &Wish, problems: &[SkillProblem]) -> Result<(), Failure> {
        let is_empty = |skill: &Skill| skill.items(wish.part, wish.most).0.is_empty();
        let empty = self.skills.iter().filter(|skill| is_empty(skill));
        let mut found: Vec<Problem> = problems.iter().map(|one| one.problem.clone()).collect();
        found.extend(empty.map(|skill| words::part_empty(&skill.examples.place, wish.part)));
        let is_enough = if wish.whole { found.is_empty() } else { !self.skills.iter().all(is_empty) };
        if is_enough && !self.skills.is_empty() {
            return Ok(());
        }
        if found.is_empty() {
            found.push(words::nothing_given());
        }
        Err(Failure { problems: found })
    }

    /// What is still unknown, the most telling first.
    fn tasks(&self, wish: &Wish) -> Vec<Task> {
        let all: Vec<usize> = (0..self.skills.len()).collect();
        let expert = |at: usize| Subject::Expert(wish.recipe.experts[self.skills[at].expert].skill.clone());
        // Without labels the specialist's answers are what the others are compared with.
        let (unlabelled, labelled): (Vec<usize>, Vec<usize>) =
            all.iter().partition(|&&at| self.skills[at].examples.labels.is_none());
        let own = |skills: Vec<usize>| skills.into_iter().map(|at| Task { subject: expert(at), skills: vec![at] });
        let mut tasks: Vec<Task> = own(unlabelled).collect();
        tasks.push(Task { subject: Subject::Mix, skills: all.clone() });
        tasks.extend(own(labelled));
        tasks.extend(wish.recipe.base.as_ref().map(|_| Task { subject: Subject::Base, skills: all.clone() }));
        tasks.push(Task { subject: Subject::Equal, skills: all.clone() });
        if wish.cross {
            let experts = wish.recipe.experts.iter().map(|expert| Subject::Expert(expert.skill.clone()));
            tasks.extend(experts.map(|subject| Task { subject, skills: all.clone() }));
        }
        self.without_known(tasks, wish)
    }

    /// Leaves out what is known, and what another task finds out.
    fn without_known(&self, tasks: Vec<Task>, wish: &Wish) -> Vec<Task> {
        let mut seen: Vec<Key> = Vec::new();
        let mut left = Vec::new();
        for mut task in tasks {
            task.skills.retain(|&at| {
                let key = self.skills[at].key(&task.subject, wish);
                let is_new = !self.known.has(&key) && !seen.contains(&key);
                seen.push(key);
                is_new && !self.skills[at].items(wish.part, wish.most).0.is_empty()
            });
            if !task.skills.is_empty() {
                left.push(task);
            }
        }
        left
    }

    fn examples_of(&self, tasks: &[Task], wish: &Wish) -> u64 {
        let skills = tasks.iter().flat_map(|task| &task.skills);
        skills.map(|&at| self.skills[at].items(wish.part, wish.most).0.len() as u64).sum()
    }

    /// Builds the network of a subject, and counts its answers.
    fn work_off(&mut self, task: &Task, wish: &Wish, teller: &Teller) -> Result<(), Failure> {
        let Self { engine: Some(engine), models: Some(models), skills, known } = self else {
            return Err(problems::bug("nothing is open".into()).into());
        };
        let body = body::of(&task.subject, &wish.recipe, models, engine.as_mut(), teller)?;
        let mut runner = Runner::new(&body);
        for skill in task.skills.iter().map(|&at| &skills[at]) {
            let (net, head) = runner.run(&skill.voice, skill.expert)?;
            let (items, _) = skill.items(wish.part, wish.most);
            let said = skill.ask(net, &head, &items, teller)?;
            let counted = skill.count(said, head.classes(), known.teacher(skill, wish))?;
            known.keep(skill.key(&task.subject, wish), counted);
        }
        Ok(())
    }

    /// A mistake of ours may have left anything half-done: nothing of it is used again.
    fn forget_after_mistakes(&mut self, failure: Option<&Failure>) {
        let is_bug = |problem: &Problem| problem.code == protocol::failure::FailureCode::Bug;
        if failure.is_some_and(|failure| failure.problems.iter().any(is_bug)) {
            *self = Self::default();
        }
    }
}

fn unknown_skill(recipe: &Recipe, skill: &str) -> SkillProblem {
    let known: Vec<String> = recipe.experts.iter().map(|expert| expert.skill.clone()).collect();
    SkillProblem { skill: skill.to_owned(), problem: words::unknown_skill(skill, &known) }
}

/// The same examples under the names that the skills have in the recipe: case, blanks, `_` and `-` do not matter.
///
/// # Errors
/// Every name that is no skill of the recipe.
pub fn same_skills(recipe: &Recipe, given: Vec<Given>) -> Result<Vec<Given>, Failure> {
    let plain = |name: &str| merge::slugs(&[name]).concat();
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for given in given {
        match recipe.experts.iter().find(|expert| plain(&expert.skill) == plain(&given.skill)) {
            Some(expert) => found.push(Given { skill: expert.skill.clone(), ..given }),
            None => problems.push(unknown_skill(recipe, &given.skill).problem),
        }
    }
    if problems.is_empty() { Ok(found) } else { Err(Failure { problems }) }
}
