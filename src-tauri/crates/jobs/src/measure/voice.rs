//! A specialist that can be asked: its network, its head, the names of its answers, and how examples are made ready.

use std::path::PathBuf;

use checkpoint::{Checkpoint, Source};
use learn::engine::Head;
use learn::examples::{Preprocess, answers};
use learn::heads::head_of_file;
use learn::net::{Family, Input, Network, detect, text_tower, weights_of};
use learn::tokens::{self, Tokenizer};
use protocol::words::examples as words;
use serde_json::Value;

use super::faults::{self, Refusal};
use super::models::specs;
use crate::inspect::name_of;
use crate::kept;
use learn::net::Array;

/// File in which a model says how its pictures are prepared.
const PREPARATION: &str = "preprocessor_config.json";
/// File beside a specialist that holds its head alone.
const HEAD_FILE: &str = "head.safetensors";
/// Longest settings file that is read.
const MOST_BYTES: u64 = 1 << 20;

/// Where a specialist's files are, and those of its base.
#[derive(Clone, Copy)]
pub(super) struct Home<'a> {
    /// The specialist.
    pub own: &'a Checkpoint,
    /// The base, which helps out with settings and word lists.
    pub base: Option<&'a Checkpoint>,
}

/// A specialist that can be asked.
#[derive(Clone)]
pub(super) struct Voice {
    /// Name for people.
    pub name: String,
    /// Its place.
    pub place: String,
    /// What it runs; the head's part may be empty.
    pub network: Network,
    /// Its last part.
    pub head: Last,
    /// Names of its answers, one for each class.
    pub answers: Vec<String>,
    /// How examples are made ready.
    pub ready: Ready,
}

/// The last part of a network.
#[derive(Clone)]
pub(super) enum Last {
    /// The specialist's own, whatever body stands before it.
    Own(Head),
    /// One that all models have and that is mixed like the rest: each body brings its own.
    OfBody,
    /// None so far: it is made of the means of the labels.
    OfMeans,
    /// None so far: CLIP's text tower makes it of the names of the labels.
    OfNames(Box<Tower>),
}

/// CLIP's text tower, and how texts are cut for it.
#[derive(Clone)]
pub(super) struct Tower {
    pub network: Network,
    pub tokenizer: Tokenizer,
    /// Whether its weights are the base's, because the specialist has none.
    pub is_of_base: bool,
}

/// How examples are made ready.
#[derive(Clone)]
pub(super) enum Ready {
    /// Pictures, prepared so; numbers are shown as they are.
    Pictures(Preprocess),
    /// Texts, cut into words so.
    Texts(Box<Tokenizer>),
}

impl Voice {
    /// The specialist at `home`; its tensors are those of `source`, and `private` are those that no other model has.
    /// A head that has to be made of class names takes `labels`.
    ///
    /// # Errors
    /// Why it cannot be asked.
    pub fn of(
        home: Home,
        source: &dyn Source,
        private: &[String],
        network: Network,
        labels: Option<&[String]>,
    ) -> Result<Self, Refusal> {
        let ready = home.ready(&network)?;
        let (head, answers) = home.last(source, private, &network, labels)?;
        Ok(Self { name: home.name(), place: source.place().to_owned(), network, head, answers, ready })
    }

    /// The head that stands behind a body with these weights.
    ///
    /// # Errors
    /// What `weights` says where the head is part of them.
    pub fn head(&self, weights: impl Fn(&str) -> Result<Array, learn::Error>) -> Result<Head, learn::Error> {
        match &self.head {
            Last::Own(head) => Ok(head.clone()),
            Last::OfBody => Head::load(&self.network, weights),
            Last::OfMeans | Last::OfNames(_) => Err(learn::Error::Missing { name: "head".to_owned() }),
        }
    }
}

impl Home<'_> {
    /// Name for people.
    pub fn name(&self) -> String {
        name_of(self.own.root(), self.own.metadata())
    }

    /// Its own settings, else those of the base: bodies are built alike.
    fn config(&self) -> Option<&Value> {
        self.own.config().or_else(|| self.base.and_then(Checkpoint::config))
    }

    /// A small settings file beside the specialist, else beside the base.
    fn settings(&self, name: &str) -> Option<Value> {
        let beside = |model: &Checkpoint| model.companions().iter().find(|path| path.ends_with(name)).cloned();
        let path = beside(self.own).or_else(|| self.base.and_then(beside))?;
        serde_json::from_str(&kept::small_text(&path, MOST_BYTES).ok()?).ok()
    }

    /// The network of the specialist, whose tensors are those of `source`.
    ///
    /// # Errors
    /// Why it cannot be run.
    pub fn network(&self, source: &dyn Source) -> Result<Network, Refusal> {
        let found = detect(self.config(), &specs(source));
        found.map_err(|error| faults::network(source.place(), &self.name(), &error).into())
    }

    /// How examples are made ready for this network.
    ///
    /// # Errors
    /// Settings that cannot be followed, a word list that is missing.
    pub fn ready(&self, network: &Network) -> Result<Ready, Refusal> {
        match network.input {
            Input::Pictures { height, width, .. } => self.preparation(height, width).map(Ready::Pictures),
            Input::Vectors { .. } => Ok(Ready::Pictures(Preprocess::usual(1, 1))),
            Input::Tokens { .. } => Ok(Ready::Texts(Box::new(self.tokenizer(network)?))),
        }
    }

    /// Its own word list, else that of the base: their bodies read the same words.
    fn tokenizer(&self, network: &Network) -> Result<Tokenizer, Refusal> {
        let own = Tokenizer::of(self.own, network);
        let found = match (own, self.base) {
            (Err(tokens::Error::Missing { .. }), Some(base)) => Tokenizer::of(base, network),
            (own, _) => own,
        };
        found.map_err(|error| error.problem(&self.name()).into())
    }

    /// The last part, and the names of its answers.
    fn last(
        &self,
        source: &dyn Source,
        private: &[String],
        network: &Network,
        labels: Option<&[String]>,
    ) -> Result<(Last, Vec<String>), Refusal> {
        let fault = |error: learn::Error| faults::network(source.place(), &self.name(), &error);
        if !network.head.is_empty() {
            let head = Head::load(network, weights_of(source)).map_err(fault)?;
            let names = self.answers_of(&head, source, network)?;
            let is_own = network.head_parameters().iter().any(|name| private.iter().any(|own| own == name));
            return Ok((if is_own { Last::Own(head) } else { Last::OfBody }, names));
        }
        if let Some(file) = self.head_file() {
            let head = head_of_file(&file).map_err(fault)?;
            let names = self.answers_of(&head, source, network)?;
            return Ok((Last::Own(head), names));
        }
        let Some(labels) = labels else {
            return Err(words::no_head(source.place(), &self.name()).into());
        };
        let tower = if network.family == Family::Clip { self.tower(source)? } else { None };
        let head = tower.map_or(Last::OfMeans, |tower| Last::OfNames(Box::new(tower)));
        Ok((head, labels.to_vec()))
    }

    /// A head in a file of its own beside the specialist.
    fn head_file(&self) -> Option<PathBuf> {
        Some(folder_of(self.own).join(HEAD_FILE)).filter(|file| file.is_file())
    }

    /// CLIP's text tower, the specialist's own or else the base's; `None` where neither has one.
    fn tower(&self, source: &dyn Source) -> Result<Option<Tower>, Refusal> {
        let base = self.base.map(|base| base as &dyn Source);
        let towers = [Some((source, false)), base.map(|base| (base, true))].into_iter().flatten();
        let mut found = towers.filter_map(|(source, is_of_base)| Some((self.text_network(source)?, is_of_base)));
        let Some((network, is_of_base)) = found.next() else { return Ok(None) };
        let tokenizer = self.tokenizer(&network)?;
        Ok(Some(Tower { network, tokenizer, is_of_base }))
    }

    fn text_network(&self, source: &dyn Source) -> Option<Network> {
        let configs = [self.own.config(), self.base.and_then(Checkpoint::config)];
        configs.into_iter().flatten().find_map(|config| text_tower(Some(config), &specs(source)).ok())
    }

    /// Names of a head's answers: from the specialist's settings, else numbers.
    ///
    /// # Errors
    /// A head that takes other features than the network gives.
    fn answers_of(&self, head: &Head, source: &dyn Source, network: &Network) -> Result<Vec<String>, Refusal> {
        if head.width() != network.features {
            return Err(words::head_misfit(source.place(), &self.name(), head.width(), network.features).into());
        }
        let (named, classes) = (self.own.config().map(answers).unwrap_or_default(), head.classes());
        Ok(if named.len() == classes { named } else { (0..classes).map(|at| at.to_string()).collect() })
    }

    fn preparation(&self, height: usize, width: usize) -> Result<Preprocess, Refusal> {
        let place = self.own.root().display().to_string();
        let Some(settings) = self.settings(PREPARATION) else { return Ok(Preprocess::usual(height, width)) };
        let preprocess = Preprocess::from_config(&settings).map_err(|error| error.at(&place).problem())?;
        if preprocess.size() == Some((height, width)) {
            Ok(preprocess)
        } else {
            Err(words::preparation_unknown(&place, "size").into())
        }
    }
}

/// The folder that holds a model's files.
fn folder_of(model: &Checkpoint) -> PathBuf {
    let root = model.root();
    if root.is_dir() { root.to_owned() } else { root.parent().unwrap_or(root).to_owned() }
}
