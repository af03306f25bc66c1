//! Which skills fight: the changes of all specialists compared layer by layer, and kept for the next time.

use merge::Budget;
use protocol::event::{JobEvent, Phase};
use protocol::failure::Failure;
use protocol::recipe::Recipe;
use protocol::statistics::{LayerStatistics, Products};
use protocol::words::problems;

use crate::kept::Shelf;
use crate::mix::{Opened, known_parents, while_hashing};
use crate::prepared::failed;
use crate::teller::Teller;
use crate::{Context, failure, recipe};

/// Comparisons: everything but the names of the skills, experts in the order of their fingerprints.
const SHELF: Shelf = Shelf { folder: "statistics", format: 2, most: 100 };

/// Compares the changes of all specialists of `recipe`, whose paths are absolute, layer by layer.
///
/// Reads all models once and tells [`JobEvent::Started`] and progress meanwhile. Numbers are kept by the fingerprints of
/// the models: where these are known and have been compared before, in any order and under any names, nothing is read
/// but the lists of contents, and nothing is told.
///
/// # Errors
/// A failure with the code `NoBase` if the recipe has no starting model; what [`crate::mix`] says of models that cannot
/// be read or do not fit together.
pub fn statistics(recipe: &Recipe, cx: &Context) -> Result<LayerStatistics, Failure> {
    failure::guarded(|| compare(recipe, cx))
}

fn compare(recipe: &Recipe, cx: &Context) -> Result<LayerStatistics, Failure> {
    let skills: Vec<String> = recipe.experts.iter().map(|expert| expert.skill.clone()).collect();
    if recipe.base.is_none() {
        return Err(problems::nothing_to_compare_with(&skills).into());
    }
    // What specialists learned is asked, not what stands in place of it.
    let recipe = &recipe::without_layers(recipe);
    let opened = Opened::open(recipe)?;
    let before = known_parents(&opened, cx).and_then(|hashes| load(&hashes, cx));
    let tensors = match before {
        Some(tensors) => tensors,
        None => measure(recipe, &opened, cx)?,
    };
    Ok(LayerStatistics::new(skills, &tensors))
}

/// The phase that is told while models are read.
fn phase() -> Phase {
    Phase::Load
}

/// Sweeps over the models while another thread hashes them, and keeps what was found.
fn measure(recipe: &Recipe, opened: &Opened, cx: &Context) -> Result<Vec<Products>, Failure> {
    let teller = Teller::new(cx);
    let engine = kernels::choose(&cx.engine).map_err(|error| failure::engine(&error))?;
    (cx.events)(JobEvent::Started { engine: engine.card().name.clone() });
    teller.begin(phase(), 0);
    let models = opened.models(recipe);
    let budget = Budget::of(engine.binding_bytes());
    let (found, parents) = while_hashing(opened, cx, || merge::statistics(&models, engine, &budget, &teller));
    let tensors = found.map_err(failed)?.tensors;
    let hashes: Vec<String> = parents?.into_iter().map(|parent| parent.sha256).collect();
    opened.unchanged()?;
    keep(&hashes, &tensors, cx);
    Ok(tensors)
}

/// The numbers of models with these fingerprints, the base first, if they were compared before.
fn load(hashes: &[String], cx: &Context) -> Option<Vec<Products>> {
    let order = order(hashes.get(1..)?);
    let kept: Vec<Products> = SHELF.load(&key(hashes), cx)?;
    let count = order.len();
    let is_whole = |tensor: &Products| tensor.gram.len() == count && tensor.gram.iter().all(|row| row.len() == count);
    let mut places = vec![0; count];
    order.iter().enumerate().for_each(|(place, &expert)| places[expert] = place);
    kept.iter().all(is_whole).then(|| arranged(&kept, &places))
}

fn keep(hashes: &[String], tensors: &[Products], cx: &Context) {
    let order = order(hashes.get(1..).unwrap_or_default());
    SHELF.keep(&key(hashes), &arranged(tensors, &order), cx);
}

/// Indices of the experts in the order of their fingerprints.
fn order(experts: &[String]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..experts.len()).collect();
    order.sort_by_key(|&at| &experts[at]);
    order
}

/// The same numbers with the experts in another order: place `a` gets what expert `order[a]` had.
fn arranged(tensors: &[Products], order: &[usize]) -> Vec<Products> {
    let gram = |tensor: &Products| order.iter().map(|&a| order.iter().map(|&b| tensor.gram[a][b]).collect()).collect();
    tensors.iter().map(|tensor| Products { gram: gram(tensor), ..tensor.clone() }).collect()
}

/// What the numbers of these models are kept under: the same for any order of the experts.
fn key(hashes: &[String]) -> String {
    let (base, experts) = hashes.split_at(hashes.len().min(1));
    let mut experts: Vec<&String> = experts.iter().collect();
    experts.sort();
    base.iter().chain(experts).map(|hash| format!("{hash}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashes(names: [&str; 4]) -> Vec<String> {
        names.map(str::to_owned).to_vec()
    }

    /// A tensor whose products tell their experts.
    fn tensor(experts: [f64; 3]) -> Products {
        let gram = experts.map(|a| experts.map(|b| a * b).to_vec()).to_vec();
        Products { name: "w".into(), elements: 1, base: 0.1, gram }
    }

    #[test]
    fn what_is_kept_comes_back_to_the_bit_in_the_order_that_is_asked_for() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let cx = Context::new(folder.path());
        let (a, b, c) = (1.0 / 3.0, 0.1 + 0.2, 5e-324);
        keep(&hashes(["base", "y", "x", "z"]), &[tensor([a, b, c])], &cx);
        let again = |names| load(&hashes(names), &cx);
        assert_eq!(again(["base", "y", "x", "z"]), Some(vec![tensor([a, b, c])]));
        assert_eq!(again(["base", "z", "y", "x"]), Some(vec![tensor([c, a, b])]));
        assert_eq!(again(["base", "x", "z", "y"]), Some(vec![tensor([b, c, a])]));
        assert_eq!(again(["y", "base", "x", "z"]), None, "another base");
        assert_eq!(again(["base", "y", "x", "x"]), None, "another expert");
        assert_eq!(load(&hashes(["base", "y", "x", "z"])[..3], &cx), None, "fewer experts");
    }

    #[test]
    fn numbers_of_another_count_of_experts_are_not_taken() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let cx = Context::new(folder.path());
        let names = hashes(["base", "x", "y", "z"]);
        let mut short = tensor([1.0, 2.0, 3.0]);
        short.gram[1].pop();
        SHELF.keep(&key(&names), &[short], &cx);
        assert_eq!(load(&names, &cx), None);
    }
}
