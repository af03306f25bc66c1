//! One card for each model, from its header, its settings and the samples.

use std::collections::BTreeMap;

use checkpoint::{Checkpoint, Source};
use merge::{anatomy, vocabulary_rows};
use protocol::model::{Dtype, ModelCard, Role, RoleReason, TensorSpec};
use serde_json::Value;

use super::samples::Samples;
use super::{Base, Seen, family, model_id, name};
use crate::recipe;

/// Where settings name the width, most telling first.
const WIDTH_KEYS: [&str; 5] = ["hidden_size", "d_model", "n_embd", "dim", "embed_dim"];
/// Where settings name the number of blocks.
const LAYER_KEYS: [&str; 4] = ["num_hidden_layers", "n_layer", "n_layers", "num_layers"];
/// Parts of head names that stand before the part that gives the answers.
const NOT_ANSWERS: [&str; 3] = ["pooler", "pre_classifier", "dense"];

/// Cards of the models in `order`; their private parts are filled in after pairing.
pub(super) fn cards(seen: &[Seen], order: &[usize], base: Base, samples: &Samples) -> Vec<ModelCard> {
    let mut cards: Vec<ModelCard> = order.iter().map(|&at| card(&seen[at])).collect();
    if let (Some((base_at, reason)), Some(first)) = (base, cards.first_mut()) {
        (first.role, first.role_reason) = (Role::Base, reason);
        for (card, &at) in cards.iter_mut().zip(order).skip(1) {
            card.change = samples.change(base_at, at);
        }
    }
    make_skills_unique(&mut cards);
    cards
}

fn card(seen: &Seen) -> ModelCard {
    let model = &seen.checkpoint;
    let specs = || model.entries().iter().map(|entry| &entry.spec);
    let built = anatomy(specs());
    let words = vocabulary_rows(specs());
    ModelCard {
        id: model_id(&seen.root),
        name: name::name_of(&seen.root, model.metadata()),
        skill: name::skill(&seen.root),
        place: seen.root.display().to_string(),
        paths: model.files().iter().map(|path| path.display().to_string()).collect(),
        family: family::family(model.config(), specs().map(|spec| spec.name.as_str())),
        role: Role::Expert,
        role_reason: RoleReason::NotBase,
        parameters: specs().map(TensorSpec::elements).sum(),
        tensors: model.entries().len() as u64,
        bytes: model.file_bytes(),
        dtypes: dtypes(model),
        private: vec![],
        layers: built.layers.or_else(|| setting(model.config(), &LAYER_KEYS)),
        width: setting(model.config(), &WIDTH_KEYS).or(built.width),
        words,
        labels: labels(specs(), words),
        licence: model.licence(),
        change: None,
        recipe: recipe::inside(model.metadata()),
    }
}

fn dtypes(model: &Checkpoint) -> BTreeMap<Dtype, u64> {
    let mut counts = BTreeMap::new();
    for entry in model.entries() {
        *counts.entry(entry.spec.dtype).or_insert(0) += entry.spec.elements();
    }
    counts
}

/// The first of these settings, at the top or among those of the text or picture half.
fn setting(config: Option<&Value>, keys: &[&str]) -> Option<u64> {
    let config = config?;
    let places = [Some(config), config.get("text_config"), config.get("vision_config")];
    places.into_iter().flatten().find_map(|place| keys.iter().find_map(|&key| place.get(key)?.as_u64()))
}

/// Rows of the last matrix in a head position: one for each answer.
fn labels<'a>(specs: impl Iterator<Item = &'a TensorSpec>, words: Option<u64>) -> Option<u64> {
    let is_answer = |spec: &&TensorSpec| {
        let parts = || spec.name.split('.');
        merge::is_head_position(&spec.name)
            && parts().next_back() == Some("weight")
            && !parts().any(|part| NOT_ANSWERS.contains(&part))
    };
    let rows = specs.filter(is_answer).filter_map(|spec| match spec.shape[..] {
        [rows, _] if Some(rows) != words => Some(rows),
        _ => None,
    });
    rows.last()
}

/// Two skills of one name get numbers, because saved parts carry the name.
fn make_skills_unique(cards: &mut [ModelCard]) {
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    for card in cards.iter_mut().filter(|card| card.role == Role::Expert) {
        let count = taken.entry(card.skill.to_lowercase()).or_insert(0);
        *count += 1;
        if *count > 1 {
            card.skill = format!("{} {count}", card.skill);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn spec(name: &str, shape: &[u64]) -> TensorSpec {
        TensorSpec::new(name, Dtype::F32, shape)
    }

    #[test]
    fn labels_are_the_rows_of_the_last_head_matrix() {
        let of = |specs: &[TensorSpec]| labels(specs.iter(), Some(30_522));
        assert_eq!(of(&[spec("classifier.bias", &[10]), spec("classifier.weight", &[10, 96])]), Some(10));
        assert_eq!(
            of(&[spec("classifier.dense.weight", &[96, 96]), spec("classifier.out_proj.weight", &[3, 96])]),
            Some(3)
        );
        assert_eq!(of(&[spec("cls.predictions.decoder.weight", &[30_522, 96])]), None);
        assert_eq!(
            of(&[spec("encoder.layer.0.dense.weight", &[96, 96]), spec("pooler.dense.weight", &[96, 96])]),
            None
        );
    }

    #[test]
    fn settings_are_found_in_either_half() {
        assert_eq!(setting(Some(&json!({"hidden_size": 96})), &WIDTH_KEYS), Some(96));
        assert_eq!(setting(Some(&json!({"vision_config": {"hidden_size": 64}})), &WIDTH_KEYS), Some(64));
        assert_eq!(setting(Some(&json!({"hidden_size": "wide"})), &WIDTH_KEYS), None);
        assert_eq!(setting(None, &WIDTH_KEYS), None);
    }
}
