//! What methods have to know of all models before they mix, kept by the fingerprints of the models.

use std::path::PathBuf;

use kernels::Engine;
use merge::{Budget, Control, Models, Needs, Prepared, Trim};
use protocol::failure::Failure;
use protocol::recipe::Recipe;
use serde::{Deserialize, Serialize};

use crate::mix::{Opened, known_parents, sha256_of};
use crate::statistics::forget_oldest;
use crate::{Context, kept};

/// Raised when what is kept changes its meaning.
const FORMAT: u32 = 1;
/// Most results that are kept.
const MOST_KEPT: usize = 100;

#[derive(Serialize, Deserialize)]
struct Kept {
    format: u32,
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
            format: FORMAT,
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
    let file = || known_parents(opened, cx).map(|hashes| file(&hashes, needs, cx));
    if let Some(kept) = file().and_then(|file| kept::load::<Kept>(&file)).filter(|kept| kept.format == FORMAT) {
        return Ok(kept.into());
    }
    let found = merge::prepare(recipe, models, engine, budget, control)?;
    if let Some(file) = file() {
        // Only time is lost if it cannot be kept.
        let _ = kept::keep(&file, &Kept::from(&found));
        forget_oldest(&folder(cx), MOST_KEPT);
    }
    Ok(found)
}

fn folder(cx: &Context) -> PathBuf {
    cx.app_folder.join("prepared")
}

/// Experts in order: sums of their changes depend on it.
fn file(hashes: &[String], needs: Needs, cx: &Context) -> PathBuf {
    let density = needs.density.map(f64::to_bits);
    let key = format!("{FORMAT}\n{density:?}\n{}\n{}", needs.rescalers, hashes.join("\n"));
    folder(cx).join(format!("{}.json", sha256_of(&key)))
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
        let cx = Context::new("/x");
        let hashes = |names: [&str; 3]| names.map(str::to_owned).to_vec();
        let own = file(&hashes(["b", "x", "y"]), Needs { density: Some(0.2), rescalers: false }, &cx);
        assert_ne!(own, file(&hashes(["b", "y", "x"]), Needs { density: Some(0.2), rescalers: false }, &cx));
        assert_ne!(own, file(&hashes(["b", "x", "y"]), Needs { density: Some(0.3), rescalers: false }, &cx));
        assert_ne!(own, file(&hashes(["b", "x", "y"]), Needs { density: Some(0.2), rescalers: true }, &cx));
    }
}
