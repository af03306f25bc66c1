//! One skill to be measured: a specialist that can be asked, and the examples it is asked about.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use checkpoint::Source;
use learn::engine::{CandleNet, Engine, Head};
use learn::examples::{CACHE_BYTES, Examples, Kind, Pictures, SPLIT_SEED, Split, Texts, split};
use learn::heads::{LOGIT_SCALE, PROMPTS, class_features, head_of_features, logit_scale, nearest_mean_head};
use learn::net::{Array, Batch, Input, weights_of};
use merge::Control as _;
use protocol::failure::{Failure, Problem};
use protocol::measure::ExampleKind;
use protocol::score::{Part, Skipped};
use protocol::words::{examples as words, problems};

use super::faults::{self, Refusal};
use super::voice::{Home, Last, Ready, Tower, Voice};
use crate::teller::Teller;

/// Examples that go through a network together: at first, and at most.
const FIRST_ROWS: usize = 8;
const MOST_ROWS: usize = 256;
/// Class names that are turned into features between two looks at cancel.
const CLASSES_AT_ONCE: usize = 4;
/// How long a batch should take: a cancel is looked at after each.
const BATCH: Duration = Duration::from_millis(300);

/// A skill and its examples.
pub(super) struct Skill {
    /// Place of the expert in the recipe.
    pub expert: usize,
    /// The specialist.
    pub voice: Voice,
    /// Where the examples are.
    pub path: PathBuf,
    /// The examples.
    pub examples: Arc<Examples>,
    /// Which of them belong to which part.
    pub split: Split,
    feed: Feed,
    /// The class of each example; `None` without labels.
    targets: Option<Vec<usize>>,
}

/// Examples, made ready when they are asked for.
enum Feed {
    Pictures(Box<Pictures>),
    Texts(Box<Texts>),
}

/// Examples side by side.
struct Shown {
    /// As the network takes them; `None` if none can be shown.
    batch: Option<Batch>,
    /// Which they are.
    items: Vec<usize>,
    /// Which cannot be shown.
    skipped: Vec<Skipped>,
}

/// What a network says to some examples.
pub(super) struct Said {
    /// `[items, classes]`, row by row.
    pub logits: Vec<f32>,
    /// Which examples were shown, in order.
    pub items: Vec<usize>,
    /// Which could not be shown.
    pub skipped: Vec<Skipped>,
}

/// A specialist among others.
pub(super) struct Specialist<'a> {
    /// Its files, and those of the base.
    pub home: Home<'a>,
    /// Its tensors.
    pub source: &'a dyn Source,
    /// Tensors that only it has.
    pub private: &'a [String],
    /// Its place in the recipe.
    pub at: usize,
}

/// Examples for a specialist, opened and compared with what it can answer.
pub(super) struct Opened {
    pub voice: Voice,
    pub examples: Arc<Examples>,
    targets: Option<Vec<usize>>,
}

impl Opened {
    /// Opens examples for the specialist at `home`, whose tensors are those of `source`.
    ///
    /// # Errors
    /// What keeps the specialist from being asked about these examples.
    pub fn new(home: Home, source: &dyn Source, private: &[String], path: &Path) -> Result<Self, Refusal> {
        let examples = Examples::open(path).map_err(|error| error.problem())?;
        let network = home.network(source)?;
        same_kind(&network.input, examples.kind(), &examples.place, &home.name())?;
        let voice = Voice::of(home, source, private, network, examples.labels.as_deref())?;
        let targets = examples.targets(&voice.answers).map_err(|error| error.problem())?;
        Ok(Self { voice, examples: Arc::new(examples), targets })
    }
}

/// Whether a network takes examples of this kind.
fn same_kind(input: &Input, kind: Kind, place: &str, name: &str) -> Result<(), Refusal> {
    let takes = match input {
        Input::Pictures { .. } => ExampleKind::Pictures,
        Input::Tokens { .. } => ExampleKind::Texts,
        Input::Vectors { .. } => ExampleKind::Numbers,
    };
    // Arrays may hold pictures that are prepared already.
    let fits = takes == kind_of(kind) || (takes, kind) == (ExampleKind::Pictures, Kind::Numbers);
    if fits { Ok(()) } else { Err(words::other_kind(place, name, takes).into()) }
}

/// A kind of examples as the window knows it.
pub(super) fn kind_of(kind: Kind) -> ExampleKind {
    match kind {
        Kind::Pictures => ExampleKind::Pictures,
        Kind::Texts => ExampleKind::Texts,
        Kind::Numbers => ExampleKind::Numbers,
    }
}

impl Skill {
    /// The skill of a specialist, with examples from `path`.
    ///
    /// # Errors
    /// Why it cannot be measured; cancelled, while its head was made.
    pub fn open(who: &Specialist, path: &Path, teller: &Teller) -> Result<Self, Refusal> {
        let opened = Opened::new(who.home, who.source, who.private, path)?;
        Self::of(opened, who.at, path)?.with_head(who, teller)
    }

    fn of(opened: Opened, expert: usize, path: &Path) -> Result<Self, Refusal> {
        let Opened { voice, examples, targets } = opened;
        let shown = Arc::clone(&examples);
        let feed = match voice.ready.clone() {
            Ready::Texts(tokenizer) => Feed::Texts(Box::new(Texts::new(shown, *tokenizer))),
            Ready::Pictures(preprocess) => {
                let pictures = Pictures::new(shown, preprocess, CACHE_BYTES).map_err(|error| error.problem())?;
                Feed::Pictures(Box::new(pictures))
            }
        };
        let split = split(&examples, SPLIT_SEED);
        Ok(Self { expert, voice, path: path.to_owned(), examples, split, feed, targets })
    }

    /// Items of a part, and how many there would be without the limit. Fewer are spread evenly over the part's order.
    pub fn items(&self, part: Part, most: Option<u64>) -> (Vec<usize>, u64) {
        let all = self.split.items(part);
        let most = most.map_or(all.len(), |most| all.len().min(most as usize));
        let chosen = (0..most).filter_map(|at| all.get(at * all.len() / most)).copied();
        (chosen.collect(), all.len() as u64)
    }

    /// The classes of these items; `None` without labels.
    pub fn targets(&self, items: &[usize]) -> Option<Vec<usize>> {
        let targets = self.targets.as_ref()?;
        Some(items.iter().filter_map(|&item| targets.get(item)).copied().collect())
    }

    /// What `net` with `head` says to these items.
    ///
    /// # Errors
    /// Cancelled; answers that are not numbers are found when they are counted.
    pub fn ask(&self, net: &CandleNet, head: &Head, items: &[usize], teller: &Teller) -> Result<Said, Failure> {
        let mut said = Said { logits: vec![], items: vec![], skipped: vec![] };
        self.each(items, Some(teller), teller, |ready| {
            if let Some(batch) = &ready.batch {
                said.logits.extend(head.apply(&net.features(batch)?)?.values);
            }
            said.items.extend(ready.items);
            said.skipped.extend(ready.skipped);
            Ok(())
        })?;
        Ok(said)
    }

    /// These items side by side, as training shows them.
    ///
    /// # Errors
    /// [`learn::Error::Batch`] if one of them cannot be shown any more.
    pub fn show(&self, items: &[usize]) -> Result<Batch, learn::Error> {
        let shown = self.feed.batch(items)?;
        let fault = || learn::Error::Batch { fault: "an example cannot be shown any more".into() };
        shown.batch.filter(|_| shown.items == items).ok_or_else(fault)
    }

    /// The features `[n, d]` that `net` gives to these items, and which of them could be shown, both in the order of the
    /// items; `counts` tells whether that is progress.
    ///
    /// # Errors
    /// Cancelled; a network that does not run.
    pub fn features(
        &self,
        net: &dyn Engine,
        items: &[usize],
        teller: &Teller,
        counts: bool,
    ) -> Result<(Array, Vec<usize>), Failure> {
        let mut found: Vec<(usize, Vec<f32>)> = Vec::with_capacity(items.len());
        self.each(items, counts.then_some(teller), teller, |ready| {
            if let Some(batch) = &ready.batch {
                let features = net.features(batch)?;
                found.extend(ready.items.into_iter().zip(features.rows().map(<[f32]>::to_vec)));
            }
            Ok(())
        })?;
        let place: HashMap<usize, usize> = items.iter().enumerate().map(|(at, &item)| (item, at)).collect();
        found.sort_by_key(|(item, _)| place.get(item).copied());
        let shown = found.iter().map(|(item, _)| *item).collect();
        let rows: Vec<f32> = found.into_iter().flat_map(|(_, row)| row).collect();
        let width = self.voice.network.features.max(1);
        Ok((Array { shape: vec![rows.len() / width, width], values: rows }, shown))
    }

    /// Shows `items` batch by batch. An answer does not depend on its batch, so batches may follow the clock.
    fn each(
        &self,
        items: &[usize],
        progress: Option<&Teller>,
        teller: &Teller,
        mut show: impl FnMut(Shown) -> Result<(), learn::Error>,
    ) -> Result<(), Failure> {
        let items = self.feed.in_order(items);
        let (mut left, mut rows) = (&items[..], FIRST_ROWS);
        while !left.is_empty() {
            if !teller.proceed() {
                return Err(problems::cancelled().into());
            }
            let began = Instant::now();
            let (items, rest) = left.split_at(rows.min(left.len()));
            self.feed.batch(items).and_then(&mut show).map_err(|error| self.fault(&error))?;
            progress.inspect(|teller| teller.count(items.len() as u64));
            (left, rows) = (rest, next_rows(items.len(), began.elapsed()));
        }
        Ok(())
    }

    /// The same with the head that has to be made, where the specialist has none.
    fn with_head(mut self, who: &Specialist, teller: &Teller) -> Result<Self, Refusal> {
        self.voice.head = match &self.voice.head {
            Last::Own(_) | Last::OfBody => return Ok(self),
            Last::OfMeans => Last::Own(self.of_means(who.source, teller)?),
            Last::OfNames(tower) => Last::Own(self.of_names(tower, who, teller)?),
        };
        Ok(self)
    }

    /// A head made of the specialist's own features of the learn part.
    fn of_means(&self, source: &dyn Source, teller: &Teller) -> Result<Head, Refusal> {
        let net = CandleNet::load(&self.voice.network, weights_of(source)).map_err(|error| self.fault(&error))?;
        let (mut rows, mut shown) = (Vec::new(), Vec::new());
        self.each(&self.split.items(Part::Learn), Some(teller), teller, |ready| {
            if let Some(batch) = &ready.batch {
                rows.extend(net.features(batch)?.values);
            }
            shown.extend(ready.items);
            Ok(())
        })?;
        let targets = self.targets(&shown).unwrap_or_default();
        let features = Array::new([shown.len(), self.voice.network.features], rows);
        let head = features.and_then(|features| nearest_mean_head(&features, &targets, self.voice.answers.len()));
        head.map_err(|error| self.fault(&error).into())
    }

    /// A head that CLIP's text tower makes of the names of the labels, some at a time.
    fn of_names(&self, tower: &Tower, who: &Specialist, teller: &Teller) -> Result<Head, Refusal> {
        let base = who.home.base.filter(|_| tower.is_of_base).map(|base| base as &dyn Source);
        let source = base.unwrap_or(who.source);
        let fault = |error: learn::Error| self.fault(&error);
        let net = CandleNet::load(&tower.network, weights_of(source)).map_err(fault)?;
        let mut rows = Vec::new();
        for classes in self.voice.answers.chunks(CLASSES_AT_ONCE) {
            if !teller.proceed() {
                return Err(Failure::from(problems::cancelled()).into());
            }
            rows.extend(class_features(&net, &tower.tokenizer, classes, &PROMPTS).map_err(fault)?.values);
        }
        let features = Array::new([self.voice.answers.len(), tower.network.features], rows).map_err(fault)?;
        let scale = logit_scale(source).map_err(fault)?.unwrap_or(LOGIT_SCALE);
        Ok(head_of_features(features, scale).map_err(fault)?)
    }

    /// Why its network does not run.
    pub fn fault(&self, error: &learn::Error) -> Problem {
        faults::network(&self.voice.place, &self.voice.name, error)
    }
}

/// Examples of the next batch, after so many took so long.
fn next_rows(rows: usize, took: Duration) -> usize {
    let fit = rows as f64 * BATCH.as_secs_f64() / took.as_secs_f64().max(1e-6);
    (fit as usize).clamp(FIRST_ROWS, MOST_ROWS)
}

impl Feed {
    /// The same items so that those of a batch are alike: texts by length, the others as they come.
    fn in_order(&self, items: &[usize]) -> Vec<usize> {
        match self {
            Self::Texts(texts) => texts.groups(items, usize::MAX).concat(),
            Self::Pictures(_) => items.to_vec(),
        }
    }

    /// These items side by side, as far as they can be shown.
    fn batch(&self, items: &[usize]) -> Result<Shown, learn::Error> {
        match self {
            Self::Texts(texts) => {
                let found = texts.batch(items);
                Ok(Shown { batch: found.batch, items: found.items, skipped: found.skipped })
            }
            Self::Pictures(pictures) => {
                let mut found = pictures.batch(items);
                let batch = if found.items.is_empty() { None } else { Some(found.take()?) };
                Ok(Shown { batch, items: found.items, skipped: found.skipped })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_grow_and_shrink_with_the_pace() {
        assert_eq!(next_rows(8, Duration::from_millis(30)), 80);
        assert_eq!(next_rows(80, Duration::from_millis(2_400)), 10);
        assert_eq!(next_rows(8, Duration::from_secs(5)), FIRST_ROWS);
        assert_eq!(next_rows(8, Duration::ZERO), MOST_ROWS);
    }
}
