//! What methods have to know of all models before they mix, kept by the fingerprints of the models.

use kernels::Engine;
use merge::{Budget, Control, Models, Needs, Prepared, Trim};
use protocol::failure::Failure;
use protocol::recipe::Recipe;
use serde::{Deserialize, Serialize};

use crate::Context;
use crate::kept::Shelf;
use crate::mix::{Opened, known_parents};

/// What methods had to know, under what they asked for.
const SHELF: Shelf = Shelf { folder: "prepared", format: 2, most: 100 };

#[derive(Serialize, Deserialize)]
struct Kept {
    trims: Vec<KeptTrim>,
    /// Bits, so that they come back as they were.
    rescalers: Vec<u32>,
}

#[derive(Serialize, Deserialize)]
struct KeptTrim {
    threshold: u32,
    border: Option<(String, u64)>,
}

impl From<&Prepared> for Kept {
    fn from(prepared: &Prepared) -> Self {
        let trim = |trim: &Trim| KeptTrim { threshold: trim.threshold, border: trim.border.clone() };
        Self {
            trims: prepared.trims.iter().map(trim).collect(),
            rescalers: prepared.rescalers.iter().map(|value| value.to_bits()).collect(),
        }
    }
}

impl From<Kept> for Prepared {
    fn from(kept: Kept) -> Self {
        let trim = |trim: KeptTrim| Trim { threshold: trim.threshold, border: trim.border };
        Self {
            trims: kept.trims.into_iter().map(trim).collect(),
            rescalers: kept.rescalers.into_iter().map(f32::from_bits).collect(),
            fallback_chunks: 0,
        }
    }
}

/// Finds what the method of `recipe` has to know of these models; where they were looked at before, nothing is read.
///
/// # Errors
/// As `merge::prepare`, in `failed`'s words.
pub(crate) fn prepared(
    recipe: &Recipe,
    opened: &Opened,
    models: &Models,
    engine: Box<dyn Engine + '_>,
    budget: &Budget,
    control: &dyn Control,
    cx: &Context,
) -> Result<Prepared, merge::Error> {
    let needs = Needs::of(recipe);
    if needs == Needs::default() {
        return Ok(Prepared::default());
    }
    let key = || known_parents(opened, cx).map(|hashes| key(&hashes, &private_text(opened), needs));
    if let Some(kept) = key().and_then(|key| SHELF.load::<Kept>(&key, cx)) {
        return Ok(kept.into());
    }
    let found = merge::prepare(recipe, models, engine, budget, control)?;
    if let Some(key) = key() {
        SHELF.keep(&key, &Kept::from(&found), cx);
    }
    Ok(found)
}

/// What is kept for these models, experts in order: sums of their changes depend on it. So do they on which tensors are
/// private, but not on what stands in these.
fn key(hashes: &[String], private: &str, needs: Needs) -> String {
    format!("{:?}\n{}\n{}{private}", needs.density.map(f64::to_bits), needs.rescalers, hashes.join("\n"))
}

/// Names of the tensors that layers bring, as part of a key; empty where there are no layers.
pub(crate) fn private_text(opened: &Opened) -> String {
    opened.private().into_iter().map(|name| format!("\n{name}")).collect()
}

/// The failure that a sweep ended with.
pub(crate) fn failed(error: merge::Error) -> Failure {
    match error {
        merge::Error::DoNotFit { problems } => Failure { problems },
        other => crate::failure::run(&other).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_back_to_the_bit() {
        let prepared = Prepared {
            trims: vec![
                Trim { threshold: 7, border: Some(("w".into(), u64::MAX)) },
                Trim { threshold: 0x3f80_0001, border: None },
            ],
            rescalers: vec![1.0 / 3.0, f32::MIN_POSITIVE],
            fallback_chunks: 0,
        };
        let text = serde_json::to_string(&Kept::from(&prepared)).expect("plain data");
        let kept: Kept = serde_json::from_str(&text).expect("its own text");
        assert_eq!(Prepared::from(kept), prepared);
    }

    #[test]
    fn other_needs_and_other_orders_are_kept_apart() {
        let hashes = |names: [&str; 3]| names.map(str::to_owned).to_vec();
        let needs = |density, rescalers| Needs { density: Some(density), rescalers };
        let key = |hashes: &[String], needs| key(hashes, "", needs);
        let own = key(&hashes(["b", "x", "y"]), needs(0.2, false));
        assert_ne!(own, key(&hashes(["b", "y", "x"]), needs(0.2, false)));
        assert_ne!(own, key(&hashes(["b", "x", "y"]), needs(0.3, false)));
        assert_ne!(own, key(&hashes(["b", "x", "y"]), needs(0.2, true)));
        assert_ne!(own, super::key(&hashes(["b", "x", "y"]), "\nw", needs(0.2, false)), "a private tensor");
    }
}
