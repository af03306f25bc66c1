//! The small files of an output folder: settings, recipe, card, and the metadata inside the weight files.

use std::path::Path;

use checkpoint::{Checkpoint, Error, Output, Target};
use merge::Plan;
use protocol::methods;
use protocol::model::Dtype;
use protocol::recipe::{Layout, Recipe};
use protocol::report::{Check, OpenableModel, Parent, WrittenFile};
use protocol::words::card::{self, Card};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Opened;
use crate::recipe::{self, INSIDE, PARENTS};

/// The model card.
pub(crate) const CARD: &str = "README.md";
const CONFIG: &str = "config.json";
/// Stands in the headers until the hashes are known; as long as one.
const NO_HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Adds the recipe and the place for the parents' hashes to every header. Nothing here depends on clock or machine.
pub(crate) fn attach_metadata(plan: &mut Plan, recipe: &Recipe, opened: &Opened) {
    let named = recipe::with_names(recipe, &opened.names());
    // A recipe is plain data with text keys: it always has a JSON form.
    let inside = serde_json::to_string(&named).unwrap_or_default();
    let parents = no_parents(opened);
    for target in &mut plan.targets {
        target.metadata.insert(INSIDE.to_owned(), inside.clone());
        target.metadata.insert(PARENTS.to_owned(), parents.clone());
    }
}

/// The value of the metadata key before the hashes are known; as long as the final one.
pub(super) fn no_parents(opened: &Opened) -> String {
    let empty = |name| Parent { name, sha256: NO_HASH.to_owned() };
    parents_text(&opened.names().into_iter().map(empty).collect::<Vec<_>>())
}

/// The value of the metadata key.
pub(crate) fn parents_text(parents: &[Parent]) -> String {
    serde_json::to_string(parents).unwrap_or_default()
}

pub(crate) fn sha256_of(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What the report says about a small text.
pub(crate) fn of_text(path: &str, text: &str) -> WrittenFile {
    WrittenFile { path: path.to_owned(), bytes: text.len() as u64, sha256: sha256_of(text) }
}

/// Writes what stands beside the weights.
pub(super) struct Writer<'a> {
    pub recipe: &'a Recipe,
    pub opened: &'a Opened,
    pub plan: &'a Plan,
    pub out: &'a Path,
}

impl Writer<'_> {
    /// The recipe's file: paths are relative to the output folder, so that it can be run again from there.
    pub fn recipe_text(&self) -> String {
        crate::recipe_text(&recipe::beside(self.recipe, self.out))
    }

    /// Writes recipe, settings and word lists; gives their names.
    pub fn beside(&self, output: &mut Output, recipe_text: &str) -> Result<Vec<String>, Error> {
        output.text(recipe::FILE, recipe_text)?;
        let mut names = vec![recipe::FILE.to_owned()];
        for (target, &skill) in self.plan.targets.iter().zip(&self.plan.skills) {
            let model = skill.map_or_else(|| self.opened.lead(), |at| self.opened.experts.get(at).map(AsRef::as_ref));
            let Some(model) = model else { continue };
            if skill.is_some() && self.recipe.layout() == Layout::Shared {
                names.extend(head_settings(output, target, model)?);
            } else {
                names.extend(companions(output, target, model)?);
            }
        }
        Ok(names)
    }

    /// The model card.
    pub fn card(&self, checks: &[Check], parents: &[Parent], models: &[OpenableModel]) -> String {
        let licences: Option<Vec<String>> = self.opened.all().map(Checkpoint::licence).collect();
        let agreed = licences.filter(|all| all.windows(2).all(|pair| pair[0] == pair[1]));
        card::text(&Card {
            name: &self.out.file_name().map_or_else(|| "Mix".to_owned(), |name| name.to_string_lossy().into_owned()),
            recipe: self.recipe,
            method: methods::find(&self.recipe.method.name),
            parents,
            licence: agreed.and_then(|mut all| all.pop()).as_deref(),
            models,
            tensors: self.plan.tensors,
            parameters: self.plan.parameters,
            checks,
        })
    }
}

fn within(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// Copies settings and word lists of `model` into the folder of `target`.
pub(crate) fn companions(output: &mut Output, target: &Target, model: &Checkpoint) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    for path in model.companions() {
        let Some(file) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let name = within(&target.folder, file);
        match model.config().and_then(|config| retyped(config, target)).filter(|_| file == CONFIG) {
            Some(text) => output.text(&name, &text)?,
            None => output.copy(path, &name)?,
        }
        names.push(name);
    }
    Ok(names)
}

/// The settings with which body and this head make a whole model.
fn head_settings(output: &mut Output, target: &Target, model: &Checkpoint) -> Result<Option<String>, Error> {
    let Some(config) = model.config() else { return Ok(None) };
    let name = within(&target.folder, &format!("{}.{CONFIG}", target.stem));
    output.text(&name, &pretty(config))?;
    Ok(Some(name))
}

/// The settings with the number type of what was written; `None` if they say so already, or say nothing.
fn retyped(config: &Value, target: &Target) -> Option<String> {
    let written = type_word(main_type(target)?)?;
    let key = ["dtype", "torch_dtype"].into_iter().find(|key| config.get(key).is_some_and(Value::is_string))?;
    if config[key] == written {
        return None;
    }
    let mut config = config.clone();
    config[key] = json!(written);
    Some(pretty(&config))
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

/// The number type of most elements.
fn main_type(target: &Target) -> Option<Dtype> {
    let elements = |dtype: Dtype| -> u64 {
        target.tensors.iter().filter(|spec| spec.dtype == dtype).map(|spec| spec.elements()).sum()
    };
    [Dtype::F32, Dtype::F16, Dtype::BF16]
        .into_iter()
        .max_by_key(|&dtype| elements(dtype))
        .filter(|&dtype| elements(dtype) > 0)
}

/// The word that settings use for a number type.
fn type_word(dtype: Dtype) -> Option<&'static str> {
    match dtype {
        Dtype::F32 => Some("float32"),
        Dtype::F16 => Some("float16"),
        Dtype::BF16 => Some("bfloat16"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::model::TensorSpec;

    #[test]
    fn settings_are_changed_only_where_the_number_type_is_another() {
        let target = |dtype| Target { tensors: vec![TensorSpec::new("w", dtype, [4])], ..Target::default() };
        let config = json!({"torch_dtype": "float32", "hidden_size": 4});
        assert_eq!(retyped(&config, &target(Dtype::F32)), None);
        let half = retyped(&config, &target(Dtype::BF16)).expect("another type");
        assert_eq!(
            serde_json::from_str::<Value>(&half).expect("JSON"),
            json!({"torch_dtype": "bfloat16", "hidden_size": 4})
        );
        assert_eq!(retyped(&json!({"hidden_size": 4}), &target(Dtype::BF16)), None);
    }

    #[test]
    fn the_place_for_a_hash_is_as_long_as_one() {
        assert_eq!(NO_HASH.len(), sha256_of("").len());
        assert_eq!(sha256_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
