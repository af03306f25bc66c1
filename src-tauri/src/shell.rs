//! What the commands do, without Tauri: ids to paths, a call into `jobs`, paths to ids.

mod tinting;
mod trading;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jobs::{BaseChoice, Context, Gauge, Seen, Switch};
use protocol::command::{
    Added, ChangeSizes, ChooseMasks, Inspect, LookAtExamples, LookAtPack, Machine, Measure, OutputFolder, Predict,
    Save, Try, Unpack,
};
use protocol::engine::EngineCard;
use protocol::event::JobEvent;
use protocol::failure::Failure;
use protocol::forecast::Forecast;
use protocol::masks::Histogram;
use protocol::measure::{Answers, ExamplesCard, Shown};
use protocol::model::{Inspection, ModelId};
use protocol::pack::PackCard;
use protocol::project::{Opened, Project, Recent};
use protocol::recipe::Recipe;
use protocol::words::{problems, window as words};
use tauri::{App, AppHandle, Manager, Runtime};

use crate::ahead::Ahead;
use crate::dialogs::{self, Answered, Ask, Question};
use crate::memory::Memory;
use crate::places::Places;
use crate::running::{Kind, Running, Tell};
use crate::{folder, show, window};

/// Everything outside that the shell needs, passed in.
pub struct Surroundings {
    /// The program's own files: projects, sample, remembered folders.
    pub app_folder: PathBuf,
    /// Where the log goes.
    pub log_folder: PathBuf,
    /// Output folder until the person chooses one.
    pub output: PathBuf,
    /// Wish for an engine, as `tincture-cli --engine` takes it.
    pub engine: String,
    /// Opens dialogs.
    pub ask: Ask,
}

impl Surroundings {
    /// Those of this computer; `TINCTURE_HOME`, `TINCTURE_OUTPUT` and `TINCTURE_ENGINE` come first.
    ///
    /// # Errors
    /// When the system has no folder for logs.
    pub fn of<R: Runtime>(app: &App<R>) -> tauri::Result<Self> {
        let wish = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let (app_folder, path) = (jobs::app_folder(), app.path());
        let log_folder = if wish("TINCTURE_HOME").is_some() { app_folder.join("logs") } else { path.app_log_dir()? };
        let proposed = || folder::default_output(path.document_dir().ok(), path.home_dir().ok());
        Ok(Self {
            output: wish("TINCTURE_OUTPUT").map_or_else(proposed, PathBuf::from),
            engine: wish("TINCTURE_ENGINE").map_or("auto".into(), |wish| wish.to_string_lossy().into_owned()),
            ask: asking(app.handle().clone()),
            app_folder,
            log_folder,
        })
    }
}

fn asking<R: Runtime>(app: AppHandle<R>) -> Ask {
    dialogs::ask(move || app.get_webview_window(window::LABEL))
}

/// The shell: what this session has seen, and the one running job.
pub struct Shell {
    around: Surroundings,
    places: Places,
    memory: Memory,
    running: Arc<Running>,
    /// Compares skill changes or counts masks, beside whatever else runs.
    comparing: Arc<Running>,
    ahead: Ahead,
    saved: Mutex<Option<PathBuf>>,
    gauge: Mutex<Gauge>,
}

impl Shell {
    /// A shell that has seen nothing yet.
    pub fn new(around: Surroundings) -> Self {
        let memory = Memory::open(&around.app_folder);
        Self {
            around,
            places: Places::default(),
            memory,
            running: Arc::default(),
            comparing: Arc::default(),
            ahead: Ahead::default(),
            saved: Mutex::default(),
            gauge: Mutex::default(),
        }
    }

    /// Opens a dialog where the last one of its kind ended.
    pub fn ask(&self, question: Question) -> Answered {
        let folders = self.memory.folders();
        let start = match question {
            Question::Models(_) | Question::Project => folders.models,
            Question::Examples(_) | Question::Picture => folders.examples.or(folders.models),
            Question::Export(_) => folders.exports.or_else(|| Some(self.output())),
            Question::Output => Some(self.output()),
        };
        (self.around.ask)(question, start.filter(|folder| folder.is_dir()))
    }

    /// Registers what was chosen or dropped, and remembers where it was.
    pub fn added(&self, paths: &[PathBuf]) -> Added {
        let (packs, others): (Vec<&PathBuf>, Vec<&PathBuf>) = paths.iter().partition(|path| jobs::is_pack(path));
        let (examples, models): (Vec<&PathBuf>, Vec<&PathBuf>) =
            others.into_iter().partition(|path| jobs::holds_examples(path));
        if let Some(folder) = models.first().or(packs.first()).and_then(|path| path.parent()) {
            self.memory.change(|folders| folders.models = Some(folder.to_owned()));
        }
        let named = |path: &PathBuf| (self.places.register(path), folder::short(path));
        Added {
            models: models.into_iter().map(|path| self.places.register(path)).collect(),
            examples: examples.into_iter().map(named).collect(),
            packs: packs.into_iter().map(named).collect(),
        }
    }

    /// What is in a skill pack.
    pub fn look_at_pack(&self, asked: &LookAtPack) -> Result<PackCard, Failure> {
        jobs::open_pack(&self.places.path(&asked.pack)?)
    }

    /// Begins to restore the model of one skill; `tell` hears the rest.
    pub fn unpack(
        self: &Arc<Self>,
        asked: &Unpack,
        tell: impl Fn(JobEvent) + Send + Sync + 'static,
    ) -> Result<(), Failure> {
        let pack = self.places.path(&asked.pack)?;
        let base = asked.base.as_ref().map(|base| self.places.path(base)).transpose()?;
        let (skill, out) = (asked.skill.clone(), self.out(&asked.folder, &asked.name)?);
        let shell = Arc::clone(self);
        self.running.begin(Kind::Save, Arc::new(tell), move |switch, tell| {
            folder::make(out.parent().unwrap_or(&out), &shell.around.output)?;
            let cx = Context { control: switch, ..shell.context(tell) };
            let report = jobs::unpack(&pack, &skill, base.as_deref(), &out, &cx)?;
            *shell.saved.lock().unwrap_or_else(PoisonError::into_inner) = Some(out);
            Ok(JobEvent::Finished { report: Box::new(report) })
        })
    }

    /// Registers examples or a picture that were chosen, and remembers where they were.
    pub fn example(&self, path: &Path) -> ModelId {
        self.memory.change(|folders| folders.examples = path.parent().map(Path::to_owned));
        self.places.register(path)
    }

    /// What examples are, and whether a specialist can be measured on them.
    pub fn look_at_examples(&self, asked: &LookAtExamples) -> Result<ExamplesCard, Failure> {
        let base = asked.base.as_ref().map(|base| self.places.path(base)).transpose()?;
        jobs::look_at_examples(&self.places.path(&asked.examples)?, &self.places.path(&asked.model)?, base.as_deref())
    }

    /// Engine, memory, disk.
    pub fn machine(&self) -> Machine {
        let (engine, memory_free, _) = jobs::machine(&self.output(), &self.quiet());
        let version = env!("CARGO_PKG_VERSION").to_owned();
        Machine { engine, memory_free, folder: self.shown(&self.output()), version }
    }

    /// All engines.
    pub fn engines(&self) -> Vec<EngineCard> {
        jobs::devices(&self.around.engine)
    }

    /// Looks into models, and registers those that were found.
    pub fn inspect(&self, asked: &Inspect) -> Result<Inspection, Failure> {
        let paths = self.places.paths(&asked.models)?;
        let base = match (&asked.base, asked.no_base) {
            (Some(base), _) => BaseChoice::Chosen(base.clone()),
            (None, true) => BaseChoice::Without,
            (None, false) => BaseChoice::Propose,
        };
        let found = jobs::inspect(&paths, base, &self.quiet());
        for card in &found.models {
            self.places.keep(card.id.clone(), Path::new(&card.place));
        }
        self.ahead.read(found.models.iter().map(|card| PathBuf::from(&card.place)).collect(), self.quiet());
        Ok(found)
    }

    /// What a mix will need and write.
    pub fn predict(&self, asked: &Predict) -> Result<Forecast, Failure> {
        let recipe = self.places.recipe_out(asked.recipe.clone())?;
        let out = self.out(&asked.folder, &asked.name)?;
        jobs::forecast(&recipe, &out, &self.quiet())
    }

    /// Begins to mix and save; `tell` hears the rest.
    pub fn save(
        self: &Arc<Self>,
        asked: &Save,
        tell: impl Fn(JobEvent) + Send + Sync + 'static,
    ) -> Result<(), Failure> {
        let recipe = self.places.recipe_out(asked.recipe.clone())?;
        let out = self.out(&asked.folder, &asked.name)?;
        let shell = Arc::clone(self);
        self.running.begin(Kind::Save, Arc::new(tell), move |switch, tell| {
            shell.ahead.stop();
            shell.comparing.stop_looking();
            folder::make(out.parent().unwrap_or(&out), &shell.around.output)?;
            let report = jobs::mix(&recipe, &out, &Context { control: switch, ..shell.context(tell) })?;
            *shell.saved.lock().unwrap_or_else(PoisonError::into_inner) = Some(out);
            Ok(JobEvent::Finished { report: Box::new(report) })
        })
    }

    /// Begins to measure, in the place of a measurement that still runs; `tell` hears the rest.
    pub fn measure(
        self: &Arc<Self>,
        asked: &Measure,
        tell: impl Fn(JobEvent) + Send + Sync + 'static,
    ) -> Result<(), Failure> {
        let mut wish = asked.wish.clone();
        wish.recipe = self.places.recipe_out(wish.recipe)?;
        wish.examples = self.places.given_out(wish.examples)?;
        let shell = Arc::clone(self);
        self.running.begin(Kind::Look, Arc::new(tell), move |switch, tell| {
            let cx = Context { control: switch, ..shell.context(tell) };
            let measurement = shell.gauge().measure(&wish, &cx)?;
            Ok(JobEvent::Measured { measurement: Box::new(measurement) })
        })
    }

    /// Begins to compare skill changes layer by layer; `tell` hears the rest.
    pub fn compare(
        self: &Arc<Self>,
        recipe: &Recipe,
        tell: impl Fn(JobEvent) + Send + Sync + 'static,
    ) -> Result<(), Failure> {
        let recipe = self.places.recipe_out(recipe.clone())?;
        let shell = Arc::clone(self);
        self.comparing.begin(Kind::Look, Arc::new(tell), move |switch, tell| {
            let statistics = jobs::statistics(&recipe, &Context { control: switch, ..shell.context(tell) })?;
            Ok(JobEvent::Compared { statistics: Box::new(statistics) })
        })
    }

    /// Begins to count keep-masks layer by layer, in the place of a comparison that still runs; `tell` hears the rest.
    pub fn count_masks(
        self: &Arc<Self>,
        recipe: &Recipe,
        tell: impl Fn(JobEvent) + Send + Sync + 'static,
    ) -> Result<(), Failure> {
        let recipe = self.places.recipe_out(recipe.clone())?;
        let shell = Arc::clone(self);
        self.comparing.begin(Kind::Look, Arc::new(tell), move |switch, tell| {
            let masks = jobs::count_masks(&recipe, &Context { control: switch, ..shell.context(tell) })?;
            Ok(JobEvent::Masked { masks: Box::new(masks) })
        })
    }

    /// How large the combined change of some tensors is.
    pub fn change_sizes(&self, asked: &ChangeSizes) -> Result<Histogram, Failure> {
        let recipe = self.places.recipe_out(asked.recipe.clone())?;
        jobs::change_sizes(&recipe, &asked.tensors, asked.reach, &self.quiet())
    }

    /// Begins to choose selectivities, in the place of a measurement that still runs; `tell` hears the rest.
    pub fn choose_masks(
        self: &Arc<Self>,
        asked: &ChooseMasks,
        tell: impl Fn(JobEvent) + Send + Sync + 'static,
    ) -> Result<(), Failure> {
        let mut wish = asked.wish.clone();
        wish.recipe = self.places.recipe_out(wish.recipe)?;
        wish.examples = self.places.given_out(wish.examples)?;
        let shell = Arc::clone(self);
        self.running.begin(Kind::Look, Arc::new(tell), move |switch, tell| {
            let cx = Context { control: switch, ..shell.context(tell) };
            Ok(JobEvent::Chosen { chosen: shell.gauge().choose_masks(&wish, &cx)? })
        })
    }

    /// Shows something to the mix and to every specialist; a measurement that still runs gives way.
    pub fn try_out(&self, asked: &Try) -> Result<Answers, Failure> {
        let recipe = self.places.recipe_out(asked.recipe.clone())?;
        let given = self.places.given_out(asked.examples.clone())?;
        let seen = match &asked.shown {
            Shown::Picture(id) => Seen::Picture(self.places.path(id)?),
            Shown::Text(text) => Seen::Text(text.clone()),
        };
        self.running.stop_looking();
        self.gauge().answer(&recipe, &given, &seen, &self.quiet())
    }

    /// Writes a text where the person says, under a name that ends like the proposed one; the name of the file.
    pub fn export(&self, chosen: &Path, proposed: &str, text: &str) -> Result<String, Failure> {
        let path = &folder::ending_like(chosen, proposed);
        jobs::write_text(path, path != chosen, text)?;
        self.memory.change(|folders| folders.exports = path.parent().map(Path::to_owned));
        Ok(folder::short(path))
    }

    /// After a panic it starts from nothing; nobody else is harmed by what it knows.
    fn gauge(&self) -> MutexGuard<'_, Gauge> {
        self.gauge.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Pauses or continues the running job.
    pub fn set_paused(&self, paused: bool) {
        self.running.set_paused(paused);
        self.comparing.set_paused(paused);
    }

    /// Cancels what runs.
    pub fn cancel(&self) {
        self.running.cancel();
        self.comparing.cancel();
    }

    /// The window closes: a running job ends first and puts everything away.
    pub fn leave(&self) {
        self.ahead.stop();
        self.comparing.stop();
        self.running.stop();
    }

    /// Shows what was saved last in the system's file window; nothing if nothing was saved.
    pub fn show_saved(&self) -> Result<(), Failure> {
        let saved = self.saved.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(saved) = saved else {
            return Ok(());
        };
        let place = saved.display().to_string();
        if !saved.is_dir() {
            return Err(problems::file_changed(&place, true).into());
        }
        show::folder(&saved).map_err(|error| words::cannot_show(&place, error.to_string()).into())
    }

    /// The text of a recipe with real paths.
    pub fn recipe_text(&self, recipe: &Recipe) -> Result<String, Failure> {
        Ok(jobs::recipe_text(&self.places.recipe_out(recipe.clone())?))
    }

    /// Takes `chosen` as output folder from now on, after trying to write there.
    pub fn use_folder(&self, chosen: &Path) -> Result<OutputFolder, Failure> {
        folder::check_writable(chosen, &self.around.output)?;
        self.memory.change(|folders| folders.output = Some(chosen.to_owned()));
        Ok(self.shown(chosen))
    }

    /// Recent projects.
    pub fn recents(&self) -> Result<Vec<Recent>, Failure> {
        Ok(jobs::store::recents(&self.quiet()))
    }

    /// Opens a recent project.
    pub fn open_recent(&self, key: &str) -> Result<Opened, Failure> {
        Ok(self.opened(jobs::store::open(key, &self.quiet())?))
    }

    /// Forgets a recent project.
    pub fn forget_recent(&self, key: &str) -> Result<(), Failure> {
        jobs::store::forget(key, &self.quiet())
    }

    /// Keeps a project.
    pub fn keep_project(&self, project: Project) -> Result<String, Failure> {
        jobs::store::keep(&self.places.project_out(project)?, &self.quiet())
    }

    /// Opens a project, a recipe or a saved model from its file.
    pub fn open_file(&self, path: &Path) -> Result<Opened, Failure> {
        Ok(self.opened(jobs::store::open_file(path, &self.quiet())?))
    }

    /// Opens the sample.
    pub fn open_sample(&self) -> Result<Opened, Failure> {
        Ok(self.opened(jobs::sample::project(&self.around.app_folder)?))
    }

    /// `project` as the page sees it: ids, and what is not where it was.
    fn opened(&self, project: Project) -> Opened {
        let there = |path: &str| Path::new(path).exists();
        let places = project.models.iter().map(|model| model.path.clone());
        let (found, mut missing): (Vec<String>, Vec<String>) = places.partition(|path| there(path));
        let layers = project.recipe.experts.iter().filter_map(|expert| expert.layer.clone());
        missing.extend(layers.filter(|path| !there(path)));
        let models = found.iter().map(|path| self.places.register(Path::new(path))).collect();
        Opened { project: self.places.project_in(project), models, missing }
    }

    /// The output folder: the one chosen last if it is still there, else the proposed one.
    fn output(&self) -> PathBuf {
        let chosen = self.memory.folders().output.filter(|folder| folder.is_dir());
        chosen.unwrap_or_else(|| self.around.output.clone())
    }

    /// `folder` as the page sees it.
    fn shown(&self, folder: &Path) -> OutputFolder {
        OutputFolder {
            id: self.places.register(folder).0,
            name: folder::short(folder),
            place: folder.display().to_string(),
            free: jobs::free_space(folder).unwrap_or(0),
        }
    }

    /// Where a mix of this name goes.
    fn out(&self, folder: &str, name: &str) -> Result<PathBuf, Failure> {
        Ok(self.places.path(&ModelId(folder.to_owned()))?.join(folder::name(name)?))
    }

    /// What jobs get from outside that nobody listens to.
    fn quiet(&self) -> Context {
        self.context(Arc::new(|_| ()))
    }

    /// What jobs get from outside.
    fn context(&self, tell: Tell) -> Context {
        Context {
            engine: self.around.engine.clone(),
            events: Box::new(move |event| tell(event)),
            control: Arc::new(Switch::new()),
            ..Context::new(&self.around.app_folder)
        }
    }
}
