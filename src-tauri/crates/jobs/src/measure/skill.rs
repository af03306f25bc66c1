//! One skill to be measured: a specialist that can be asked, and the examples it is asked about.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use checkpoint::Source;
use learn::engine::{CandleNet, Head};
use learn::examples::{CACHE_BYTES, Examples, Kind, Pictures, SPLIT_SEED, Split, split};
use learn::net::{Array, Batch, Input, weights_of};
use learn::tokens::{Texts, nearest_mean_head};
use merge::Control as _;
use protocol::failure::{Failure, Problem};
use protocol::measure::ExampleKind;
use protocol::score::{Part, Skipped};
use protocol::words::{examples as words, problems};

use super::faults;
use super::voice::{Home, Last, Ready, Voice};
use crate::teller::Teller;

/// Numbers of one batch of pictures at most, for memory; at least [`LEAST_ROWS`] examples go together.
const MOST_NUMBERS: usize = 6 << 20;
const LEAST_ROWS: usize = 32;
const MOST_ROWS: usize = 256;

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
    Pictures(Pictures),
    Texts(Texts),
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
    pub fn new(home: Home, source: &dyn Source, private: &[String], path: &Path) -> Result<Self, Problem> {
        let examples = Examples::open(path).map_err(|error| error.problem())?;
        let network = home.network(source)?;
        same_kind(&network.input, examples.kind(), &examples.place, &home.name())?;
        let voice = Voice::of(home, source, private, network, examples.labels.as_deref())?;
        let targets = examples.targets(&voice.answers).map_err(|error| error.problem())?;
        Ok(Self { voice, examples: Arc::new(examples), targets })
    }
}

/// Whether a network takes examples of this kind.
fn same_kind(input: &Input, kind: Kind, place: &str, name: &str) -> Result<(), Problem> {
    let takes = match input {
        Input::Pictures { .. } => ExampleKind::Pictures,
        Input::Tokens { .. } => ExampleKind::Texts,
        Input::Vectors { .. } => ExampleKind::Numbers,
    };
    // Arrays may hold pictures that are prepared already.
    let fits = takes == kind_of(kind) || (takes, kind) == (ExampleKind::Pictures, Kind::Numbers);
    if fits { Ok(()) } else { Err(words::other_kind(place, name, takes)) }
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
    /// The outer one ends the measurement, the inner one only leaves this skill out.
    pub fn open(who: &Specialist, path: &Path, teller: &Teller) -> Result<Result<Self, Problem>, Failure> {
        let opened = Opened::new(who.home, who.source, who.private, path);
        let skill = opened.and_then(|opened| Self::of(opened, who.at, path));
        match skill {
            Ok(skill) => skill.with_head(who.source, teller),
            Err(problem) => Ok(Err(problem)),
        }
    }

    fn of(opened: Opened, expert: usize, path: &Path) -> Result<Self, Problem> {
        let Opened { voice, examples, targets } = opened;
        let shown = Arc::clone(&examples);
        let feed = match voice.ready.clone() {
            Ready::Texts(tokenizer) => Feed::Texts(Texts::new(shown, tokenizer)),
            Ready::Pictures(preprocess) => {
                Feed::Pictures(Pictures::new(shown, preprocess, CACHE_BYTES).map_err(|error| error.problem())?)
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

    /// Examples that go through the network together.
    fn rows(&self) -> usize {
        let numbers = match self.voice.network.input {
            Input::Pictures { channels, height, width } => channels * height * width,
            Input::Vectors { width } => width,
            Input::Tokens { .. } => return LEAST_ROWS,
        };
        (MOST_NUMBERS / numbers.max(1)).clamp(LEAST_ROWS, MOST_ROWS)
    }

    /// What `net` with `head` says to these items.
    ///
    /// # Errors
    /// Cancelled; answers that are not numbers are found when they are counted.
    pub fn ask(&self, net: &CandleNet, head: &Head, items: &[usize], teller: &Teller) -> Result<Said, Failure> {
        let mut said = Said { logits: vec![], items: vec![], skipped: vec![] };
        self.each(items, teller, |batch, shown, skipped| {
            if !batch.is_empty() {
                said.logits.extend(head.apply(&net.features(batch)?)?.values);
            }
            said.items.extend(shown);
            said.skipped.extend(skipped);
            Ok(())
        })?;
        Ok(said)
    }

    /// Shows `items` batch by batch.
    fn each(
        &self,
        items: &[usize],
        teller: &Teller,
        mut show: impl FnMut(&Batch, Vec<usize>, Vec<Skipped>) -> Result<(), learn::Error>,
    ) -> Result<(), Failure> {
        for items in items.chunks(self.rows()) {
            if !teller.proceed() {
                return Err(problems::cancelled().into());
            }
            let shown = self.feed.batch(items).and_then(|(batch, shown, skipped)| show(&batch, shown, skipped));
            shown.map_err(|error| self.fault(&error))?;
            teller.count(items.len() as u64);
        }
        Ok(())
    }

    /// The same with a head made of the specialist's own features of the learn part, where it has none.
    fn with_head(mut self, source: &dyn Source, teller: &Teller) -> Result<Result<Self, Problem>, Failure> {
        if !matches!(self.voice.head, Last::OfMeans) {
            return Ok(Ok(self));
        }
        let net = match CandleNet::load(&self.voice.network, weights_of(source)) {
            Ok(net) => net,
            Err(error) => return Ok(Err(self.fault(&error))),
        };
        let (mut rows, mut shown) = (Vec::new(), Vec::new());
        self.each(&self.split.items(Part::Learn), teller, |batch, items, _| {
            if !batch.is_empty() {
                rows.extend(net.features(batch)?.values);
            }
            shown.extend(items);
            Ok(())
        })?;
        let targets = self.targets(&shown).unwrap_or_default();
        let features = Array::new([shown.len(), self.voice.network.features], rows);
        let head = features.and_then(|features| nearest_mean_head(&features, &targets, self.voice.answers.len()));
        Ok(match head {
            Ok(head) => {
                self.voice.head = Last::Own(head);
                Ok(self)
            }
            Err(error) => Err(self.fault(&error)),
        })
    }

    /// Why its network does not run.
    fn fault(&self, error: &learn::Error) -> Problem {
        faults::network(&self.voice.place, &self.voice.name, error)
    }
}

impl Feed {
    fn batch(&self, items: &[usize]) -> Result<(Batch, Vec<usize>, Vec<Skipped>), learn::Error> {
        match self {
            Self::Texts(texts) => texts.batch(items),
            Self::Pictures(pictures) => {
                let mut batch = pictures.batch(items);
                let ready = if batch.items.is_empty() { Batch::Vectors(Array::new([0, 0], vec![])?) } else { batch.take()? };
                Ok((ready, batch.items, batch.skipped))
            }
        }
    }
}
