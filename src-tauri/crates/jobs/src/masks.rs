//! Keep-masks: counted for the view of layers, and looked at one row at a time.

use merge::Budget;
use protocol::event::{JobEvent, Phase};
use protocol::failure::Failure;
use protocol::masks::{GRID, Histogram, MaskStatistics};
use protocol::recipe::Recipe;
use protocol::words::problems;

use crate::kept::Shelf;
use crate::mix::{Opened, known_parents, while_hashing};
use crate::prepared::{failed, prepared, private_text};
use crate::teller::{Quiet, Teller};
use crate::{Context, failure};

/// Counts of masks, under the names that the skills had.
const SHELF: Shelf = Shelf { folder: "masks", format: 2, most: 50 };

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
    let key = || known_parents(&opened, cx).map(|hashes| key(&hashes, recipe, &columns) + &private_text(&opened));
    let before = key().and_then(|key| SHELF.load::<MaskStatistics>(&key, cx));
    if let Some(masks) = before.filter(|masks| masks.skills.len() == skills.len()) {
        return Ok(MaskStatistics { skills, ..masks });
    }
    let masks = sweep(recipe, &opened, &columns, cx)?;
    if let Some(key) = key() {
        SHELF.keep(&key, &masks, cx);
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
    let (found, parents) = while_hashing(opened, cx, || {
        let looking = Box::new(engine.as_mut());
        let prepared = prepared(recipe, opened, &models, looking, &budget, &teller, cx)?;
        merge::count_masks(&models, recipe, &prepared, engine, &budget, &teller, columns)
    });
    let masks = found.map_err(failed)?;
    parents?;
    opened.unchanged()?;
    Ok(masks)
}

/// What the counts of these models are kept under: names of skills and strengths have no say in masks.
fn key(hashes: &[String], recipe: &Recipe, columns: &[Vec<f64>]) -> String {
    let settings = recipe.settings();
    let is_emr = recipe.method.name == "emr";
    format!("{:?} {} {is_emr}\n{columns:?}\n{}", settings.on, settings.density, hashes.join("\n"))
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
        let quiet = Quiet(&teller);
        let prepared = prepared(recipe, &opened, &models, engine, &budget, &quiet, cx).map_err(failed)?;
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
