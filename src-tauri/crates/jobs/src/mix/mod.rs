//! Recipe in, checked model folder out.

mod opened;
mod parents;
mod room;
mod space;
mod written;

use std::path::{Path, PathBuf};
use std::time::Instant;

use checkpoint::{Output, files_of};
use kernels::Engine;
use merge::{Models, Outcome, Plan, Verified};
use protocol::event::{JobEvent, Phase};
use protocol::failure::{Failure, Problem};
use protocol::recipe::{Layout, Recipe};
use protocol::report::{Compat, Memory, OpenableModel, Parent, Report};
use protocol::words::problems;

pub(crate) use opened::{Layer, Opened, name_alike};
pub use parents::fingerprint;
pub(crate) use parents::{hash_model, known_parents, while_hashing};
pub(crate) use room::Room;
pub(crate) use space::{problems as space_problems, room_problems};
pub(crate) use written::{CARD, attach_metadata, companions, of_text, parents_text, sha256_of};

use crate::prepared::prepared;
use crate::teller::Teller;
use crate::{Context, failure, rates};
use written::Writer;

/// Mixes `recipe`, whose paths are absolute, into the new folder `out`, and says what was written: models, or a skill
/// pack where the recipe's layout says so.
///
/// Tells [`JobEvent::Started`], progress and warnings; the end is this function's result.
///
/// # Order
/// The same recipe on the same engine gives the same model files.
///
/// # Errors
/// Everything that speaks against the mix, found at once where it can be known before the start.
/// Whatever happens, the inputs are as they were, and nothing is left under or beside `out`.
pub fn mix(recipe: &Recipe, out: &Path, cx: &Context) -> Result<Report, Failure> {
    failure::guarded(|| match recipe.output.layout {
        Layout::Pack => crate::pack::save(recipe, out, cx),
        _ => save(recipe, out, cx),
    })
}

fn save(recipe: &Recipe, out: &Path, cx: &Context) -> Result<Report, Failure> {
    let started = Instant::now();
    let teller = Teller::new(cx);
    let engine = kernels::choose(&cx.engine).map_err(|error| failure::engine(&error))?;
    let (engine_id, engine_name) = (engine.card().id.clone(), engine.card().name.clone());
    (cx.events)(JobEvent::Started { engine: engine_name.clone() });
    teller.begin(Phase::Reserve, 0);
    let opened = Opened::open(recipe)?;
    let models = opened.models(recipe);
    let plan = reserve(recipe, &opened, &models, engine.as_ref(), out)?;
    // Dropped after the output, so that folders above it are empty again where it did not come to be.
    let _room = Room::above(out)?;
    Output::clean_leftovers(out.parent().unwrap_or(Path::new("/")));
    let mut output = Output::create(out, plan.targets.clone()).map_err(|error| failure::file(&error))?;
    let job = Job { recipe, opened: &opened, models: &models, plan: &plan, out, cx, teller: &teller };
    let (outcome, parents) = job.write(engine, &mut output)?;
    let mut report = job.finish(output, &outcome, parents)?;
    report.engine = engine_name;
    report.seconds = started.elapsed().as_secs_f64();
    rates::remember(&cx.app_folder, &engine_id, plan.reads + plan.writes, report.seconds);
    Ok(report)
}

/// Plans, and looks whether there is room; nothing is written yet.
fn reserve(
    recipe: &Recipe,
    opened: &Opened,
    models: &Models,
    engine: &dyn Engine,
    out: &Path,
) -> Result<Plan, Failure> {
    let budget = merge::Budget::of(engine.binding_bytes());
    let mut plan = merge::plan(recipe, models, &budget).map_err(|problems| Failure { problems })?;
    attach_metadata(&mut plan, recipe, opened);
    let stops: Vec<Problem> = space_problems(&plan, opened, out).into_iter().filter(Problem::stops).collect();
    if stops.is_empty() { Ok(plan) } else { Err(Failure { problems: stops }) }
}

/// What all steps after the plan look at.
struct Job<'a> {
    recipe: &'a Recipe,
    opened: &'a Opened,
    models: &'a Models<'a>,
    plan: &'a Plan,
    out: &'a Path,
    cx: &'a Context,
    teller: &'a Teller<'a>,
}

impl Job<'_> {
    /// Reads, mixes and writes, while another thread hashes the inputs.
    fn write(&self, engine: Box<dyn Engine>, output: &mut Output) -> Result<(Outcome, Vec<Parent>), Failure> {
        self.teller.begin(Phase::Write, self.plan.ahead + self.plan.writes);
        let (outcome, parents) = while_hashing(self.opened, self.cx, || self.run(engine, output));
        let outcome = outcome.map_err(|error| self.while_writing(&error))?;
        let parents = parents?;
        self.opened.unchanged()?;
        let (empty, filled) = (written::no_parents(self.opened), parents_text(&parents));
        output.fill(crate::recipe::PARENTS, &empty, &filled).map_err(|error| self.while_saving(&error))?;
        Ok((outcome, parents))
    }

    /// Looks at what the method has to know of all models, then mixes.
    fn run(&self, mut engine: Box<dyn Engine>, output: &mut Output) -> Result<Outcome, merge::Error> {
        let budget = merge::Budget::of(engine.binding_bytes());
        let (ahead, total) = (self.plan.ahead, self.plan.ahead + self.plan.writes);
        let looking: Box<dyn Engine + '_> = Box::new(engine.as_mut());
        let prepared =
            prepared(self.recipe, self.opened, self.models, looking, &budget, &self.teller.share(0, total), self.cx)?;
        let share = self.teller.share(ahead, total);
        let outcome = merge::run(self.plan, &prepared, self.models, engine, output, &share)?;
        Ok(Outcome { fallback_chunks: outcome.fallback_chunks + prepared.fallback_chunks, ..outcome })
    }

    /// Small files, the check, the card, the final name.
    fn finish(&self, mut output: Output, outcome: &Outcome, parents: Vec<Parent>) -> Result<Report, Failure> {
        let writer = Writer { recipe: self.recipe, opened: self.opened, plan: self.plan, out: self.out };
        let recipe_text = writer.recipe_text();
        let names = writer.beside(&mut output, &recipe_text).map_err(|error| self.while_saving(&error))?;
        let verified = self.verify(&output, outcome, names)?;
        let models = self.openable();
        let card = writer.card(&verified.checks, &parents, &models);
        output.text(CARD, &card).map_err(|error| self.while_saving(&error))?;
        let out = self.publish(output)?;
        Ok(Report {
            out: out.display().to_string(),
            files: std::iter::once(of_text(CARD, &card)).chain(verified.files).collect(),
            models,
            method: self.recipe.method.name.clone(),
            compat: Compat::default(),
            seed: self.recipe.seed,
            engine: String::new(),
            fallback_chunks: outcome.fallback_chunks,
            tensors: self.plan.tensors,
            parents,
            recipe_sha256: sha256_of(&recipe_text),
            memory: Memory { forecast: self.plan.memory, peak: outcome.peak_bytes },
            seconds: 0.0,
            checks: verified.checks,
            warnings: self.teller.warnings(),
            pack: None,
        })
    }

    /// Reads back the weight files and the small files `names`.
    fn verify(&self, output: &Output, outcome: &Outcome, mut names: Vec<String>) -> Result<Verified, Failure> {
        names.extend(self.plan.targets.iter().flat_map(files_of).map(|(name, _)| name));
        names.sort();
        self.teller.begin(Phase::Verify, self.plan.writes);
        let verified = merge::verify(self.plan, outcome, output.partial(), &names, self.models, self.teller);
        Ok(verified.map_err(|error| self.while_writing(&error))?)
    }

    /// The last moment to cancel, then the final name.
    fn publish(&self, output: Output) -> Result<PathBuf, Failure> {
        self.teller.begin(Phase::Publish, 0);
        if !self.cx.control.goes_on() {
            return Err(problems::cancelled().into());
        }
        Ok(output.publish().map_err(|error| self.while_saving(&error))?)
    }

    /// Folders of the output that open as ordinary models.
    fn openable(&self) -> Vec<OpenableModel> {
        let whole = |skill: &Option<usize>| skill.is_none() || self.recipe.layout() == Layout::PerSkill;
        let targets = self.plan.targets.iter().zip(&self.plan.skills).filter(|(_, skill)| whole(skill));
        let skill = |at: usize| self.recipe.experts.get(at).map(|expert| expert.skill.clone());
        targets.map(|(target, at)| OpenableModel { folder: target.folder.clone(), skill: at.and_then(skill) }).collect()
    }

    fn while_writing(&self, error: &merge::Error) -> Problem {
        match error {
            merge::Error::File(error) => self.while_saving(error),
            error => failure::run(error),
        }
    }

    fn while_saving(&self, error: &checkpoint::Error) -> Problem {
        while_saving(error, self.out, self.teller)
    }
}

/// What a problem with the output is called; a full disk is told with how far it went and how much is missing.
pub(crate) fn while_saving(error: &checkpoint::Error, out: &Path, teller: &Teller) -> Problem {
    if !error.is_disk_full() {
        return failure::file(error);
    }
    let (done, total) = teller.reached();
    // What the last buffers held is counted as done before the disk refuses it.
    let share = (done as f64 / total.max(1) as f64).min(0.99);
    failure::disk_filled_up(out, share, total.saturating_sub(done).max(space::RESERVE_BYTES))
}
