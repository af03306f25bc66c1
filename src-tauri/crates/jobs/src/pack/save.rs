//! Recipe in, checked pack out.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use checkpoint::pack::{Contents, INDEX_FILE, Index, IndexBase, IndexSkill, Pack, PackChunk, PackWriter, PackWritten};
use checkpoint::{Checkpoint, Output, Source, Target};
use kernels::{Engine, Float, scan_not_finite};
use merge::{Budget, MaskChunk, Models, Prepared};
use protocol::event::{JobEvent, Phase};
use protocol::failure::{Failure, Problem};
use protocol::model::{Dtype, TensorSpec};
use protocol::pack::{PackSizes, Rule};
use protocol::recipe::{Expert, From as ScopeFrom, Recipe};
use protocol::report::{Check, CheckName, Compat, Memory, Parent, Report, WrittenFile};
use protocol::words::{checks as words, pack as pack_words, problems};

use super::outline::{Outline, base_files, problems as speaks_against, stops};
use crate::mix::{CARD, Opened, Room, companions, of_text, sha256_of, while_hashing, while_saving};
use crate::prepared::{failed, prepared};
use crate::teller::Teller;
use crate::{Context, failure, rates, recipe};

/// Bytes of a head that are looked at together.
const PIECE: u64 = 1 << 20;

/// Makes the pack of `recipe` in the new folder `out`.
///
/// # Errors
/// As [`crate::mix()`].
pub(crate) fn save(recipe: &Recipe, out: &Path, cx: &Context) -> Result<Report, Failure> {
    let started = Instant::now();
    let teller = Teller::new(cx);
    let mut engine = kernels::choose(&cx.engine).map_err(|error| failure::engine(&error))?;
    let (engine_id, engine_name) = (engine.card().id.clone(), engine.card().name.clone());
    (cx.events)(JobEvent::Started { engine: engine_name.clone() });
    teller.begin(Phase::Reserve, 0);
    let opened = Opened::open(recipe)?;
    let models = opened.models(recipe);
    let budget = Budget::of(engine.binding_bytes());
    let outline = Outline::of(recipe, &opened, &models, &budget)?;
    stops(speaks_against(&outline, &opened, out))?;
    // Dropped after the output, so that folders above it are empty again where it did not come to be.
    let _room = Room::above(out)?;
    Output::clean_leftovers(out.parent().unwrap_or(Path::new("/")));
    let mut output = Output::create(out, vec![]).map_err(|error| failure::file(&error))?;
    let job = Job { recipe, opened: &opened, models: &models, outline: &outline, budget, out, cx, teller: &teller };
    let (made, parents) = job.write(engine.as_mut(), &mut output)?;
    let mut report = job.finish(output, made, parents)?;
    report.engine = engine_name;
    report.seconds = started.elapsed().as_secs_f64();
    rates::remember(&cx.app_folder, &engine_id, outline.work() + outline.writes(), report.seconds);
    Ok(report)
}

/// What was written besides small texts.
struct Made {
    weights: PackWritten,
    prepared: Prepared,
    /// Chunks that the processor took over.
    fallback_chunks: u64,
    /// Settings of each skill, as paths in the pack.
    settings: Vec<Vec<String>>,
    /// Files of the base, as paths in the pack.
    base: Vec<String>,
}

/// What all steps look at.
struct Job<'a> {
    recipe: &'a Recipe,
    opened: &'a Opened,
    models: &'a Models<'a>,
    outline: &'a Outline,
    budget: Budget,
    out: &'a Path,
    cx: &'a Context,
    teller: &'a Teller<'a>,
}

impl Job<'_> {
    /// Writes weights and settings, while another thread hashes the inputs.
    fn write(&self, engine: &mut dyn Engine, output: &mut Output) -> Result<(Made, Vec<Parent>), Failure> {
        self.teller.begin(Phase::Write, self.outline.work());
        let (made, parents) = while_hashing(self.opened, self.cx, || self.make(engine, output));
        let made = made?;
        let parents = parents?;
        self.opened.unchanged()?;
        Ok((made, parents))
    }

    fn make(&self, engine: &mut dyn Engine, output: &mut Output) -> Result<Made, Failure> {
        let plan = &self.outline.plan;
        let (recipe, models, passes) = (self.recipe, self.models, plan.passes());
        let total = self.outline.work();
        let ahead = self.teller.share(0, total);
        let looking = Box::new(&mut *engine);
        let prepared = prepared(recipe, self.opened, models, looking, &self.budget, &ahead, self.cx).map_err(failed)?;
        let mut writer = PackWriter::create(output, plan.clone()).map_err(|error| self.while_saving(&error))?;
        let after = self.teller.share(self.outline.before * self.outline.sweep, total);
        let mut take = |chunk: MaskChunk| self.take(&mut writer, &chunk);
        let lent = Box::new(&mut *engine);
        let swept = merge::masks(models, recipe, &prepared, lent, &self.budget, &after, passes, &mut take);
        let masked = swept.map_err(|error| self.while_writing(error))?;
        self.heads(&mut writer, output)?;
        let weights = writer.finish().map_err(|error| self.while_saving(&error))?;
        let settings = self.settings(output)?;
        let base = self.base(output)?;
        let fallback_chunks = prepared.fallback_chunks + masked;
        Ok(Made { weights, prepared, fallback_chunks, settings, base })
    }

    /// Hands one chunk to the writer; tensors that stay as they are in the base do not come into a pack.
    fn take(&self, writer: &mut PackWriter, chunk: &MaskChunk) -> Result<(), merge::Error> {
        let from = self.recipe.origin(chunk.tensor);
        if from == ScopeFrom::Base {
            return Ok(());
        }
        let everything = vec![0xff; chunk.change.len().div_ceil(32)];
        let is_plain = from == ScopeFrom::Plain && Rule::of(self.recipe) != Some(Rule::Emr);
        let mask = |t: usize| if is_plain { &everything[..] } else { chunk.mask(t) };
        let masks: Vec<&[u8]> = (0..self.models.experts.len()).map(mask).collect();
        let (tensor, span, pass) = (chunk.tensor, chunk.span.clone(), chunk.pass);
        let unfit = writer.take(&PackChunk { tensor, span, pass, change: chunk.change, masks: &masks })?;
        if unfit > 0 {
            return Err(merge::Error::OutputNotFinite { tensor: tensor.to_owned(), dtype: Dtype::F16 });
        }
        Ok(())
    }

    /// Copies the private tensors of every skill.
    fn heads(&self, writer: &mut PackWriter, output: &mut Output) -> Result<(), Failure> {
        for (at, &(_, model)) in self.models.experts.iter().enumerate() {
            for spec in &self.outline.plan.heads[at] {
                look_for_not_finite(model, spec)?;
            }
            let copied = writer.head(output, at, model, &mut |bytes| self.go_on(bytes));
            goes_on(copied.map_err(|error| self.while_saving(&error))?)?;
        }
        Ok(())
    }

    /// Copies settings and word lists of every skill, with the number type that its model will have.
    fn settings(&self, output: &mut Output) -> Result<Vec<Vec<String>>, Failure> {
        let plan = &self.outline.plan;
        let dtype = self.recipe.output.dtype;
        let tensors: Vec<TensorSpec> =
            plan.body.iter().map(|spec| TensorSpec { dtype: dtype.of(spec.dtype), ..spec.clone() }).collect();
        let of_skill = |(slug, model): (&String, &Arc<Checkpoint>)| {
            let target = Target { folder: format!("skills/{slug}"), tensors: tensors.clone(), ..Target::default() };
            companions(output, &target, model).map_err(|error| self.while_saving(&error).into())
        };
        plan.slugs.iter().zip(&self.opened.experts).map(of_skill).collect()
    }

    /// Copies the files of the base, if they are to be inside.
    fn base(&self, output: &mut Output) -> Result<Vec<String>, Failure> {
        let base = self.opened.base.as_ref().filter(|_| self.recipe.output.with_base);
        let mut names = Vec::new();
        for (from, to) in base_files(base) {
            let copied = output.copy_while(&from, &to, &mut |bytes| self.go_on(bytes));
            goes_on(copied.map_err(|error| self.while_saving(&error))?)?;
            names.push(to);
        }
        Ok(names)
    }

    /// Counts so many bytes, and says whether the job goes on.
    fn go_on(&self, bytes: u64) -> bool {
        self.teller.count(bytes);
        self.cx.control.goes_on()
    }

    /// Small texts, the check, the index, the final name.
    fn finish(&self, mut output: Output, made: Made, parents: Vec<Parent>) -> Result<Report, Failure> {
        let recipe_text = crate::recipe_text(&recipe::beside(self.recipe, self.out));
        self.text(&mut output, recipe::FILE, &recipe_text)?;
        let files = self.read_back(&output, &made)?;
        let index = Index::new(self.contents(&made, &parents), files);
        let card = index.card(self.out);
        let readme = pack_words::readme(&card);
        self.text(&mut output, CARD, &readme)?;
        let index_text = index.text();
        self.text(&mut output, INDEX_FILE, &index_text)?;
        let opened = Pack::open(output.partial()).map_err(|error| not_read_back(&failure::pack(&error)))?;
        self.teller.begin(Phase::Publish, 0);
        goes_on(self.cx.control.goes_on())?;
        let out = output.publish().map_err(|error| self.while_saving(&error))?;
        let texts = [of_text(CARD, &readme), of_text(INDEX_FILE, &index_text)];
        Ok(Report {
            out: out.display().to_string(),
            files: texts.into_iter().chain(index.files.iter().cloned()).collect(),
            models: vec![],
            method: self.recipe.method.name.clone(),
            compat: Compat::default(),
            seed: self.recipe.seed,
            engine: String::new(),
            fallback_chunks: made.fallback_chunks,
            tensors: self.outline.tensors,
            parents,
            recipe_sha256: sha256_of(&recipe_text),
            memory: Memory { forecast: self.outline.memory, peak: self.outline.memory },
            seconds: 0.0,
            checks: checks(&opened, made.weights.bytes()),
            warnings: self.teller.warnings(),
            pack: Some(card.sizes),
        })
    }

    fn text(&self, output: &mut Output, name: &str, text: &str) -> Result<(), Failure> {
        output.text(name, text).map_err(|error| self.while_saving(&error).into())
    }

    /// Reads everything back, compares it with what was written, and hashes it.
    fn read_back(&self, output: &Output, made: &Made) -> Result<Vec<WrittenFile>, Failure> {
        self.teller.begin(Phase::Verify, made.weights.bytes() + self.outline.base);
        let partial = output.partial();
        let read = made.weights.read_back(partial, &mut |bytes| self.go_on(bytes));
        let read = read.map_err(|error| not_read_back(&failure::pack(&error)))?;
        let mut files = read.ok_or_else(problems::cancelled)?;
        let others = made.settings.iter().flatten().chain(&made.base);
        for name in others.map(String::as_str).chain([recipe::FILE]) {
            files.push(self.hash(partial, name)?);
        }
        Ok(files)
    }

    fn hash(&self, partial: &Path, name: &str) -> Result<WrittenFile, Failure> {
        let mut bytes = 0;
        let mut go_on = |done| {
            self.teller.count(done - std::mem::replace(&mut bytes, done));
            self.cx.control.goes_on()
        };
        let sha256 = checkpoint::sha256(&partial.join(name), &mut go_on).map_err(|error| failure::file(&error))?;
        let sha256 = sha256.ok_or_else(problems::cancelled)?;
        Ok(WrittenFile { path: name.to_owned(), bytes, sha256 })
    }

    fn contents(&self, made: &Made, parents: &[Parent]) -> Contents {
        let plan = &self.outline.plan;
        let base = parents.first().cloned().unwrap_or_else(|| Parent { name: String::new(), sha256: String::new() });
        let rule = Rule::of(self.recipe).unwrap_or(Rule::Tall);
        let selectivity = self.recipe.settings().selectivity;
        let skill = |(at, expert): (usize, &Expert)| IndexSkill {
            skill: expert.skill.clone(),
            selectivity: selectivity.get(at).copied().filter(|_| rule != Rule::Emr),
            rescaler: made.prepared.rescalers.get(at).map(|&factor| factor.into()),
            kept: made.weights.kept[at],
            masks: plan.mask_file(at),
            head: plan.head_file(at),
            settings: made.settings[at].clone(),
        };
        let masks = made.weights.mask_bytes();
        Contents {
            rule,
            change: self.recipe.output.change,
            dtype: self.recipe.output.dtype,
            base: IndexBase {
                name: base.name,
                sha256: base.sha256,
                files: made.base.clone(),
                renamed: self.outline.renamed.clone(),
            },
            copied: self.outline.copied.clone(),
            skills: self.recipe.experts.iter().enumerate().map(skill).collect(),
            parents: parents.to_vec(),
            sizes: PackSizes { masks, pack: made.weights.bytes() + self.outline.base, ..self.outline.sizes },
        }
    }

    fn while_writing(&self, error: merge::Error) -> Failure {
        match error {
            merge::Error::File(error) => self.while_saving(&error).into(),
            error => failed(error),
        }
    }

    fn while_saving(&self, error: &checkpoint::Error) -> Problem {
        while_saving(error, self.out, self.teller)
    }
}

fn goes_on(goes_on: bool) -> Result<(), Failure> {
    if goes_on { Ok(()) } else { Err(problems::cancelled().into()) }
}

/// A pack that does not read back: the same text as for a model.
fn not_read_back(problem: &Problem) -> Problem {
    problems::verify_failed(&problem.title, problem.details.clone().unwrap_or_default())
}

/// Refuses a private tensor that holds NaN or infinity; the sweep looks at all others.
fn look_for_not_finite(model: &dyn Source, spec: &TensorSpec) -> Result<(), Failure> {
    let (Ok(float), Some(entry)) = (Float::try_from(spec.dtype), model.find(&spec.name)) else { return Ok(()) };
    let mut piece = Vec::new();
    for at in (0..spec.bytes()).step_by(PIECE as usize) {
        piece.resize(PIECE.min(spec.bytes() - at) as usize, 0);
        model.read(entry, at, &mut piece).map_err(|error| failure::file(&error))?;
        if scan_not_finite(float, &piece, piece.len() / float.bytes()) > 0 {
            return Err(problems::input_not_finite(model.place_of(&spec.name), std::slice::from_ref(&spec.name)).into());
        }
    }
    Ok(())
}

/// What is known of a pack that was opened again after its files were compared with what was written.
fn checks(pack: &Pack, bytes: u64) -> Vec<Check> {
    let card = pack.card();
    let parts = pack.body().len() as u64;
    let passed = |name, value| Check { name, passed: true, value };
    vec![
        passed(CheckName::OpensAgain, words::opens(parts, false)),
        passed(CheckName::SizesMatch, words::sizes(bytes)),
        passed(CheckName::AllFinite, words::numbers(card.sizes.weights)),
    ]
}
