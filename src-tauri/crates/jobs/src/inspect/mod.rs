//! What was dropped, what it is made of, and whether it can be mixed: from headers and small samples.

mod base;
mod card;
mod family;
mod gather;
mod name;
mod readme;
mod samples;
mod table;
mod verdict;

use std::path::{Path, PathBuf};

use checkpoint::{Checkpoint, Source};
use merge::{Alignment, Models};
use protocol::failure::{Failure, Problem};
use protocol::model::{Inspection, ModelCard, ModelId, Role, RoleReason};
use protocol::words::problems;
use sha2::{Digest, Sha256};

pub(crate) use name::{name_of, skill as skill_of};

use crate::mix::name_alike;
use crate::{Context, failure};
use readme::Readme;
use samples::Samples;

/// Which model is the base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BaseChoice {
    /// The one that the headers and samples speak for, if any.
    Propose,
    /// This one.
    Chosen(ModelId),
    /// None, although one could be proposed.
    Without,
}

/// A model that was opened.
struct Seen {
    root: PathBuf,
    checkpoint: Checkpoint,
    readme: Readme,
}

/// The base among the models that were opened, and why.
type Base = Option<(usize, RoleReason)>;

/// Reads headers and samples of everything in `paths`, and says whether the models fit together.
///
/// # Units
/// At most 100 MB are read besides headers, whatever the size of the models.
///
/// # Errors
/// None: what cannot be read is a problem of the inspection.
pub fn inspect(paths: &[PathBuf], base: BaseChoice, cx: &Context) -> Inspection {
    let looked = failure::guarded(|| Ok(look(paths, &base, cx)));
    let told = |failure: Failure| verdict::inspection(vec![], vec![], failure.problems, 0, &Alignment::default());
    looked.unwrap_or_else(told)
}

/// A short, stable name of the model at `path`: the first half of the SHA-256 of its path, in hex.
pub fn model_id(path: &Path) -> ModelId {
    let hash = Sha256::digest(path.as_os_str().as_encoded_bytes());
    ModelId(hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect())
}

fn look(paths: &[PathBuf], choice: &BaseChoice, _cx: &Context) -> Inspection {
    let mut gathered = gather::gather(paths);
    let mut problems = std::mem::take(&mut gathered.problems);
    name_alike(&mut gathered.models.iter_mut().map(|seen| &mut seen.checkpoint).collect::<Vec<_>>());
    let seen = gathered.models;
    let samples = Samples::read(&seen);
    problems.extend(samples.twins(&seen).into_iter().map(|(a, b)| same_model(&seen, a, b)));
    let base = choose_base(choice, &seen, &samples);
    let order = in_order(seen.len(), base);
    let cards = card::cards(&seen, &order, base, &samples);
    let alignment = align(&seen, &order, base, &cards);
    problems.extend(alignment.problems.iter().cloned());
    problems.extend(verdict::open_questions(&cards, &problems, *choice == BaseChoice::Without));
    let cards = with_private(cards, &alignment, base.map(|(at, _)| &seen[at].checkpoint));
    let table = table::rows(&cards, alignment.problems.iter().any(Problem::stops));
    verdict::inspection(cards, table, problems, gathered.bytes_read + samples.bytes_read(), &alignment)
}

fn choose_base(choice: &BaseChoice, seen: &[Seen], samples: &Samples) -> Base {
    match choice {
        BaseChoice::Without => None,
        BaseChoice::Propose => base::propose(&base::witnesses(seen), samples.distances().as_deref()),
        BaseChoice::Chosen(id) => match seen.iter().position(|seen| model_id(&seen.root) == *id) {
            Some(at) => Some((at, RoleReason::Chosen)),
            None => choose_base(&BaseChoice::Propose, seen, samples),
        },
    }
}

/// Indices of the models: the base first, then the others as they came.
fn in_order(models: usize, base: Base) -> Vec<usize> {
    let first = base.map(|(at, _)| at);
    first.into_iter().chain((0..models).filter(|&at| Some(at) != first)).collect()
}

fn align(seen: &[Seen], order: &[usize], base: Base, cards: &[ModelCard]) -> Alignment {
    let source = |at: usize| &seen[at].checkpoint as &dyn Source;
    let pairs = cards.iter().zip(order);
    let experts = pairs.filter(|(card, _)| card.role == Role::Expert);
    let experts = experts.map(|(card, &at)| (card.skill.as_str(), source(at))).collect();
    let models = Models { base: base.map(|(at, _)| source(at)), experts };
    if order.len() < 2 { Alignment::default() } else { merge::align(&models) }
}

/// Fills in what each model has for itself: the heads of the specialists, and those of the base, which no mix uses.
fn with_private(mut cards: Vec<ModelCard>, alignment: &Alignment, base: Option<&Checkpoint>) -> Vec<ModelCard> {
    let in_body = |name: &str| alignment.body.iter().any(|tensor| tensor.spec.name == name);
    let heads = base.into_iter().flat_map(|base| samples::heads(base)).filter(|name| !in_body(name));
    if let Some(card) = cards.iter_mut().find(|card| card.role == Role::Base) {
        card.private = heads.map(str::to_owned).collect();
    }
    let experts = cards.iter_mut().filter(|card| card.role == Role::Expert);
    for (card, private) in experts.zip(&alignment.private) {
        card.private.clone_from(private);
    }
    cards
}

fn same_model(seen: &[Seen], a: usize, b: usize) -> Problem {
    let name = |at: usize| name_of(&seen[at].root, seen[at].checkpoint.metadata());
    problems::same_model(&name(a), &name(b), &seen[b].root.display().to_string())
}
