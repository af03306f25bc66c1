//! Keep-masks: counted for the view of layers, and looked at one row at a time.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use merge::{Budget, Prepared};
use protocol::event::{JobEvent, Phase};
use protocol::failure::Failure;
use protocol::masks::{GRID, Histogram, MaskStatistics};
use protocol::recipe::Recipe;
use protocol::words::problems;
use serde::{Deserialize, Serialize};

use crate::mix::{Opened, hash_parents, known_parents, sha256_of};
use crate::prepared::{failed, prepared};
use crate::statistics::forget_oldest;
use crate::teller::Teller;
use crate::{Context, failure, kept};

/// Raised when what is kept changes its meaning.
const FORMAT: u32 = 1;
/// Most counts that are kept.
const MOST_KEPT: usize = 50;

#[derive(Serialize, Deserialize)]
struct Kept {
    format: u32,
    masks: MaskStatistics,
}

/// Counts the keep-masks of `recipe`, whose paths are absolute, for all selectivities of the slider, layer by layer.
///
/// Reads all models once (on TIES three or four times) and tells [`JobEvent::Started`] and progress meanwhile. Counts are
/// kept by the fingerprints of the models: where these were counted before, nothing is read but the lists of contents.
///
/// # Errors
/// A failure with the code `NoBase` if the recipe has no starting model; what [`crate::mix`] says of models that cannot
/// be read or do not fit together.
pub fn count_masks(recipe: &Recipe, cx: &Context) -> Result<MaskStatistics, Failure> {
    failure::guarded(|| count(recipe, cx))
}

fn count(recipe: &Recipe, cx: &Context) -> Result<MaskStatistics, Failure> {
    let skills: Vec<String> = recipe.experts.iter().map(|expert| expert.skill.clone()).collect();
    if recipe.base.is_none() {
        return Err(problems::nothing_to_compare_with(&skills).into());
    }
    let opened = Opened::open(recipe)?;
    let columns = columns(recipe);
    let place = || known_parents(&opened, cx).map(|hashes| file(&hashes, recipe, &columns, cx));
    let before = place().and_then(|file| kept::load::<Kept>(&file)).filter(|kept| kept.format == FORMAT);
    if let Some(kept) = before.filter(|kept| kept.masks.skills.len() == skills.len()) {
        return Ok(MaskStatistics { skills, ..kept.masks });
    }
    let masks = sweep(recipe, &opened, &columns, cx)?;
    if let Some(file) = place() {
        // Only time is lost if it cannot be kept.
        let _ = kept::keep(&file, &Kept { format: FORMAT, masks: masks.clone() });
        forget_oldest(&folder(cx), MOST_KEPT);
    }
    Ok(masks)
}

/// The selectivities of the slider, then that of the recipe if it is another.
fn columns(recipe: &Recipe) -> Vec<Vec<f64>> {
    let mut columns: Vec<Vec<f64>> = GRID.iter().map(|&value| vec![value; recipe.experts.len()]).collect();
    let own = recipe.settings().selectivity;
    if !columns.contains(&own) {
        columns.push(own);
    }
    columns
}

/// Sweeps over the models while another thread hashes them.
fn sweep(recipe: &Recipe, opened: &Opened, columns: &[Vec<f64>], cx: &Context) -> Result<MaskStatistics, Failure> {
    let teller = Teller::new(cx);
    let mut engine = kernels::choose(&cx.engine).map_err(|error| failure::engine(&error))?;
    (cx.events)(JobEvent::Started { engine: engine.card().name.clone() });
    teller.begin(Phase::Load, 0);
    let models = opened.models(recipe);
    let budget = Budget::of(engine.binding_bytes());
    let stop = AtomicBool::new(false);
    let (found, parents) = thread::scope(|scope| {
        let hashing = scope.spawn(|| hash_parents(opened, cx, &stop));
        let found = prepared(recipe, opened, &models, Box::new(engine.as_mut()), &budget, &teller, cx)
            .and_then(|prepared| merge::count_masks(&models, recipe, &prepared, engine, &budget, &teller, columns));
        stop.store(found.is_err(), Ordering::Relaxed);
        let parents = hashing.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        (found, parents)
    });
    let masks = found.map_err(failed)?;
    parents?;
    opened.unchanged()?;
    Ok(masks)
}

fn folder(cx: &Context) -> PathBuf {
    cx.app_folder.join("masks")
}

/// Where the counts of these models are kept: names of skills and strengths have no say in masks.
fn file(hashes: &[String], recipe: &Recipe, columns: &[Vec<f64>], cx: &Context) -> PathBuf {
    let settings = recipe.settings();
    let is_emr = recipe.method.name == "emr";
    let key = format!("{FORMAT}\n{:?} {} {is_emr}\n{columns:?}\n", settings.on, settings.density);
    folder(cx).join(format!("{}.json", sha256_of(&(key + &hashes.join("\n")))))
}

/// How large the combined change of some tensors of `recipe` is, whose largest size is `reach`.
///
/// # Errors
/// As [`count_masks`].
pub fn change_sizes(recipe: &Recipe, tensors: &[String], reach: f64, cx: &Context) -> Result<Histogram, Failure> {
    failure::guarded(|| {
        let opened = Opened::open(recipe)?;
        let models = opened.models(recipe);
        let engine = Box::new(kernels::CpuEngine::new());
        let teller = Teller::new(cx);
        let budget = Budget::of(kernels::Engine::binding_bytes(&*engine));
        let prepared: Prepared =
            prepared(recipe, &opened, &models, engine, &budget, &crate::teller::Quiet(&teller), cx).map_err(failed)?;
        let quiet = crate::teller::Quiet(&teller);
        merge::sizes_of_change(&models, recipe, &prepared, &budget, &quiet, tensors, reach).map_err(failed)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn selectivities_of_their_own_are_a_column_of_their_own() {
        let mut recipe = Recipe::new("consensus", Some("b"), &[("a", "a"), ("c", "c")]);
        assert_eq!(columns(&recipe).len(), GRID.len());
        recipe.method.parameters.insert("selectivity".into(), json!({"a": 0.3}));
        assert_eq!(columns(&recipe).last(), Some(&vec![0.3, 0.4]));
        recipe.method.parameters.insert("selectivity".into(), json!(0.3));
        assert_eq!(columns(&recipe).len(), GRID.len());
    }
}
