//! Scripted skill packs: the scene `models-pack`.

use protocol::command::{Save, Unpack};
use protocol::model::ModelId;
use protocol::pack::{PackBase, PackCard, PackSizes, PackSkill, Rule};
use protocol::recipe::{ChangeType, Recipe};

use super::SKILLS;
use crate::packs;
use crate::store::Store;

/// Drops a pack on the window.
pub fn show(store: Store) {
    packs::show(store, vec![(ModelId("pack".into()), "letters".into())]);
}

/// What is in it.
pub fn card() -> PackCard {
    let skill = |(at, (_, skill, ..)): (usize, &(&str, &str, u8, u64, f64))| PackSkill {
        skill: (*skill).into(),
        selectivity: Some(0.4),
        rescaler: None,
        kept: 150_000 + 40_000 * at as u64,
        private: true,
    };
    let sizes = PackSizes {
        skills: 4,
        weights: 458_592,
        others: 8_924,
        specialists: 7_404_544,
        base: 1_842_056,
        masks: 257_869,
        pack: 2_136_389,
        with_base: false,
    };
    PackCard {
        name: "letters".into(),
        place: "/home/ada/Models/letters".into(),
        format: 1,
        rule: Rule::Tall,
        change: ChangeType::F32,
        base: PackBase { name: "base".into(), sha256: "9f31c07a".repeat(8), inside: false },
        skills: SKILLS.iter().enumerate().map(skill).collect(),
        sizes,
    }
}

/// Restoring is told like a save.
pub fn as_save(asked: Unpack) -> Save {
    Save { recipe: Recipe::new("tall_masks", None, &[]), name: asked.name, folder: asked.folder }
}
