//! Trade-offs that end with a folder: ledger, front, a page for people, and the recipe of the mix that was chosen.

use std::fs;
use std::path::{Path, PathBuf};

use protocol::failure::Failure;
use protocol::recipe::Recipe;
use protocol::trade::{TradeCandidate, TradeMap, TradeName, TradeWish};
use protocol::words::trading as words;

use crate::measure::{candidates, recipe_of};
use crate::{Context, Gauge, failure, kept, recipe};

/// Every measured mix, a line each.
const LEDGER: &str = "ledger.jsonl";
/// The map, for programs.
const FRONT: &str = "front.json";
/// The map, for people.
const REPORT: &str = "report.html";

/// What trade-offs left in their folder.
pub struct TradedFolder {
    /// What is known.
    pub map: TradeMap,
    /// The mixes worth choosing.
    pub candidates: Vec<TradeCandidate>,
    /// The ledger.
    pub ledger: PathBuf,
    /// The page.
    pub report: PathBuf,
    /// The recipe of the mix that was picked, if one was.
    pub recipe: Option<PathBuf>,
}

/// Explores a wish, whose paths are absolute, into the folder `out`, which must not exist yet or be empty, unless the
/// exploration is to go on from what is there. With `pick` the recipe of that candidate is written too.
///
/// # Errors
/// As [`Gauge::explore`]; a taken name; a folder that cannot be written to; a candidate that this map does not have.
pub fn trade_into(
    wish: &TradeWish,
    out: &Path,
    resume: bool,
    pick: Option<TradeName>,
    cx: &Context,
) -> Result<TradedFolder, Failure> {
    let is_taken = fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_some());
    if (is_taken && !resume) || out.is_file() {
        return Err(failure::name_taken(out).into());
    }
    let ledger = out.join(LEDGER);
    let map = Gauge::new().explore(wish, &[], &ledger, cx)?;
    let candidates = candidates(&map)?;
    let write = |path: &Path, text: &str| {
        kept::write(path, text.as_bytes()).map_err(|error| Failure::from(failure::cannot_write(path, &error)))
    };
    write(&out.join(FRONT), &(serde_json::to_string_pretty(&map).unwrap_or_default() + "\n"))?;
    let report = out.join(REPORT);
    write(&report, &protocol::export::trade::page(&map, &candidates))?;
    let picked = pick.map(|name| picked(&wish.recipe, &map, &candidates, name)).transpose()?;
    let place = picked.as_ref().map(|_| out.join(recipe::FILE));
    if let (Some(picked), Some(place)) = (&picked, &place) {
        write(place, &recipe::recipe_text(&recipe::beside(picked, out)))?;
    }
    Ok(TradedFolder { map, candidates, ledger, report, recipe: place })
}

fn picked(recipe: &Recipe, map: &TradeMap, candidates: &[TradeCandidate], name: TradeName) -> Result<Recipe, Failure> {
    let found = candidates.iter().find(|candidate| candidate.name == name);
    let found = found.ok_or_else(|| Failure::from(words::no_such_candidate(name)))?;
    recipe_of(recipe, map, found.point)
}
