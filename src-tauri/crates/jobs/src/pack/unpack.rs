//! Pack in, the ordinary model of one skill out.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::Instant;

use checkpoint::pack::{INDEX_FILE, IndexSkill, Pack};
use checkpoint::{Checkpoint, Output, Source, files_of, sha256};
use kernels::{CpuEngine, Engine};
use merge::{Models, Outcome, Restoration, Verified};
use protocol::event::{JobEvent, Phase};
use protocol::failure::{Failure, Problem};
use protocol::report::{Compat, Memory, OpenableModel, Parent, Report, WrittenFile};
use protocol::words::{pack as words, problems};
use serde_json::json;

use super::opened;
use super::outline::stops;
use crate::mix::{CARD, Room, hash_model, of_text, parents_text, room_problems, sha256_of, while_saving};
use crate::recipe::{FILE, PARENTS};
use crate::teller::Teller;
use crate::{Context, failure};

/// Metadata key of a restored model that says which pack it comes from.
const PACK: &str = "tincture.pack";

/// Writes the model of `skill` out of the pack at `pack` into the new folder `out`.
///
/// The starting model is the one in the pack, else the one at `base`, whose hash has to be that of the pack's index.
/// Tells [`JobEvent::Started`] and progress; the end is this function's result.
///
/// # Order
/// The same pack gives the same model files everywhere.
///
/// # Errors
/// A failure with one of the codes `NotAPack`, `PackNewer`, `PackIncomplete`, `PackDamaged`, `SkillNotInPack`,
/// `PackNeedsBase`, `PackOtherBase`, or what [`crate::mix()`] says of files and folders.
/// Whatever happens, the pack is as it was, and nothing is left under or beside `out`.
pub fn unpack(pack: &Path, skill: &str, base: Option<&Path>, out: &Path, cx: &Context) -> Result<Report, Failure> {
    failure::guarded(|| restore(pack, skill, base, out, cx))
}

fn restore(pack: &Path, skill: &str, base: Option<&Path>, out: &Path, cx: &Context) -> Result<Report, Failure> {
    let started = Instant::now();
    let teller = Teller::new(cx);
    (cx.events)(JobEvent::Started { engine: engine_name() });
    teller.begin(Phase::Reserve, 0);
    let pack = opened(pack)?;
    let skill = pack.skill(skill).map_err(|error| failure::pack(&error))?;
    let base = base_of(&pack, base, cx)?;
    let head = pack.head(skill).map_err(|error| failure::pack(&error))?;
    let head = head.as_ref().map(|head| head as &dyn Source);
    let mut restoration = Restoration::new(&pack, skill, &base, head).map_err(|error| failure::run(&error))?;
    let index = index_hash(&pack, cx)?;
    restoration.describe(PACK, origin(&pack, skill, &index));
    restoration.describe(PARENTS, parents_text(&[base_parent(&pack)]));
    let plan = restoration.plan();
    stops(room_problems(plan.writes, plan.memory, [&base], 1, out))?;
    // Dropped after the output, so that folders above it are empty again where it did not come to be.
    let _room = Room::above(out)?;
    Output::clean_leftovers(out.parent().unwrap_or(Path::new("/")));
    let mut output = Output::create(out, plan.targets.clone()).map_err(|error| failure::file(&error))?;
    let job = Job { pack: &pack, skill, base: &base, restoration: &restoration, out, cx, teller: &teller };
    let outcome = job.write(&mut output)?;
    let report = job.finish(output, &outcome, &index)?;
    Ok(Report { seconds: started.elapsed().as_secs_f64(), ..report })
}

/// Restoring is one addition: the processor does it while the disk is waited for.
fn engine_name() -> String {
    CpuEngine::new().card().name.clone()
}

/// The starting model: inside, or the given one if it is the right one.
fn base_of(pack: &Pack, given: Option<&Path>, cx: &Context) -> Result<Checkpoint, Failure> {
    if let Some(base) = pack.base().map_err(|error| failure::pack(&error))? {
        return Ok(base);
    }
    let wanted = &pack.index().contents.base;
    let place = pack.folder().display().to_string();
    let path = given.ok_or_else(|| words::pack_needs_base(&place, &wanted.name, &wanted.sha256))?;
    let mut base = Checkpoint::open(path).map_err(|error| failure::file(&error))?;
    let found = hash_model(&base, cx)?;
    if found != wanted.sha256 {
        return Err(words::other_base(&path.display().to_string(), &wanted.name, &wanted.sha256, &found).into());
    }
    pack.rename(&mut base);
    Ok(base)
}

fn base_parent(pack: &Pack) -> Parent {
    let base = &pack.index().contents.base;
    Parent { name: base.name.clone(), sha256: base.sha256.clone() }
}

/// The hash of the index, by which a restored model knows its pack.
fn index_hash(pack: &Pack, cx: &Context) -> Result<String, Failure> {
    let hash = sha256(&pack.folder().join(INDEX_FILE), &mut |_| cx.control.goes_on());
    Ok(hash.map_err(|error| failure::file(&error))?.ok_or_else(problems::cancelled)?)
}

/// Where the model comes from, for its header; the name of the pack's folder may change and is left out.
fn origin(pack: &Pack, skill: &IndexSkill, index: &str) -> String {
    json!({"skill": skill.skill, "rule": pack.index().contents.rule, "index_sha256": index}).to_string()
}

/// What all steps look at.
struct Job<'a> {
    pack: &'a Pack,
    skill: &'a IndexSkill,
    base: &'a Checkpoint,
    restoration: &'a Restoration<'a>,
    out: &'a Path,
    cx: &'a Context,
    teller: &'a Teller<'a>,
}

impl Job<'_> {
    /// Restores, while another thread compares the files of the pack with its index.
    fn write(&self, output: &mut Output) -> Result<Outcome, Failure> {
        self.teller.begin(Phase::Write, self.restoration.plan().writes);
        let (outcome, compared) = thread::scope(|scope| {
            let comparing = scope.spawn(|| self.compare());
            let outcome = self.restoration.run(output, self.teller);
            let compared = comparing.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            (outcome, compared)
        });
        let outcome = outcome.map_err(|error| self.while_writing(&error))?;
        compared?;
        self.base.unchanged().map_err(|error| failure::file(&error))?;
        Ok(outcome)
    }

    /// Every file that is read has the hash that the index says.
    fn compare(&self) -> Result<(), Failure> {
        for file in self.pack.files_of(self.skill) {
            let path = self.pack.folder().join(&file.path);
            let found = sha256(&path, &mut |_| self.cx.control.goes_on()).map_err(|error| failure::file(&error))?;
            let found = found.ok_or_else(problems::cancelled)?;
            if found != file.sha256 {
                let details = format!("SHA-256 {}, {found}", file.sha256);
                let place = self.pack.folder().display().to_string();
                return Err(words::pack_damaged(&place, &file.path, details).into());
            }
        }
        Ok(())
    }

    /// Settings and word lists, the check, the card, the final name.
    fn finish(&self, mut output: Output, outcome: &Outcome, index: &str) -> Result<Report, Failure> {
        let names = self.settings(&mut output)?;
        let verified = self.verify(&output, outcome, names)?;
        let name = self.out.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let readme = words::restored_readme(&name, &self.skill.skill, &self.pack.card());
        output.text(CARD, &readme).map_err(|error| self.while_saving(&error))?;
        self.teller.begin(Phase::Publish, 0);
        if !self.cx.control.goes_on() {
            return Err(problems::cancelled().into());
        }
        let out = output.publish().map_err(|error| self.while_saving(&error))?;
        Ok(self.report(&out, of_text(CARD, &readme), verified, outcome, index))
    }

    fn settings(&self, output: &mut Output) -> Result<Vec<String>, Failure> {
        let mut names = Vec::new();
        for path in &self.skill.settings {
            let name = problems::short(path).to_owned();
            let from: PathBuf = self.pack.folder().join(path);
            output.copy(&from, &name).map_err(|error| self.while_saving(&error))?;
            names.push(name);
        }
        Ok(names)
    }

    fn verify(&self, output: &Output, outcome: &Outcome, mut names: Vec<String>) -> Result<Verified, Failure> {
        let plan = self.restoration.plan();
        names.extend(plan.targets.iter().flat_map(files_of).map(|(name, _)| name));
        names.sort();
        self.teller.begin(Phase::Verify, plan.writes);
        let models = Models { base: Some(self.base), experts: vec![] };
        let verified = merge::verify(plan, outcome, output.partial(), &names, &models, self.teller);
        Ok(verified.map_err(|error| self.while_writing(&error))?)
    }

    fn report(&self, out: &Path, card: WrittenFile, verified: Verified, outcome: &Outcome, index: &str) -> Report {
        let plan = self.restoration.plan();
        let pack = Parent { name: self.pack.card().name, sha256: index.to_owned() };
        let recipe = self.pack.index().files.iter().find(|file| file.path == FILE);
        Report {
            out: out.display().to_string(),
            files: std::iter::once(card).chain(verified.files).collect(),
            models: vec![OpenableModel { folder: String::new(), skill: Some(self.skill.skill.clone()) }],
            method: if self.skill.rescaler.is_some() { "emr" } else { "tall_masks" }.to_owned(),
            compat: Compat::default(),
            seed: 0,
            engine: engine_name(),
            fallback_chunks: 0,
            tensors: plan.tensors,
            parents: vec![base_parent(self.pack), pack],
            recipe_sha256: recipe.map_or_else(|| sha256_of(""), |file| file.sha256.clone()),
            memory: Memory { forecast: plan.memory, peak: outcome.peak_bytes },
            seconds: 0.0,
            checks: verified.checks,
            warnings: self.teller.warnings(),
            pack: None,
        }
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
