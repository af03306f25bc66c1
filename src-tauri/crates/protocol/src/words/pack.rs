//! What is said about skill packs: what they hold, how large they are, and why one cannot be used.

use crate::failure::{Action, FailureCode, Problem, Subject, Weight};
use crate::pack::{PackCard, PackSizes, PackSkill, Rule};
use crate::recipe::ChangeType;

use super::format;
use super::problems::short;

/// A problem about the pack at `place`, or about what was given with it.
fn about(code: FailureCode, place: &str, title: String, why: String, remedy: &str) -> Problem {
    Problem {
        code,
        subject: Some(Subject::File(place.to_owned())),
        weight: Weight::Stop,
        title,
        why,
        remedy: remedy.to_owned(),
        actions: vec![],
        details: None,
    }
}

/// A folder without the index of a pack.
pub fn not_a_pack(place: &str) -> Problem {
    about(
        FailureCode::NotAPack,
        place,
        format!("“{}” is not a skill pack", short(place)),
        "A skill pack is a folder in which Tincture left the file “pack.json”, with a change and a mask for each skill."
            .into(),
        "Choose the folder of a skill pack.",
    )
}

/// A pack of a later version.
pub fn newer_pack(place: &str, format: u64, known: u32) -> Problem {
    about(
        FailureCode::PackNewer,
        place,
        format!("The skill pack “{}” comes from a newer version", short(place)),
        format!("It is written in form {format}; this version of Tincture reads form {known}."),
        "Update Tincture, then open it again.",
    )
}

/// A file of a pack that is missing, or has other bytes than it should.
pub fn pack_incomplete(place: &str, file: &str, arrived: u64, promised: u64) -> Problem {
    let why = if arrived == 0 {
        format!("“{file}” of {} is not there.", format::bytes(promised))
    } else {
        format!("“{file}” should have {} bytes, and has {}.", format::grouped(promised), format::grouped(arrived))
    };
    about(
        FailureCode::PackIncomplete,
        place,
        format!("The skill pack “{}” is not complete", short(place)),
        why,
        "Copy the whole folder again from where it came from.",
    )
    .with_actions(vec![Action::CheckAgain])
}

/// A file of a pack that is another than the one that was written.
pub fn pack_damaged(place: &str, file: &str, details: String) -> Problem {
    about(
        FailureCode::PackDamaged,
        place,
        format!("The skill pack “{}” is damaged", short(place)),
        format!("“{file}” is not as it was when the pack was made, so no model was written from it."),
        "Copy the whole folder again from where it came from, or make the pack again.",
    )
    .with_details(details)
}

/// The pack has no skill of this name.
pub fn no_such_skill(place: &str, skill: &str, known: &[String]) -> Problem {
    let quoted: Vec<String> = known.iter().map(|name| format!("“{name}”")).collect();
    let mut problem = about(
        FailureCode::SkillNotInPack,
        place,
        format!("The skill pack “{}” has no skill “{skill}”", short(place)),
        format!("It holds {}.", if quoted.is_empty() { "no skill".to_owned() } else { format::list(&quoted) }),
        "Choose one of its skills.",
    );
    problem.subject = Some(Subject::Skill(skill.to_owned()));
    problem
}

/// The starting model is not in the pack, and none was given.
pub fn pack_needs_base(place: &str, name: &str, sha256: &str) -> Problem {
    about(
        FailureCode::PackNeedsBase,
        place,
        format!("“{}” needs its starting model", short(place)),
        format!("The pack holds what the skills add to “{name}”, and not “{name}” itself."),
        "Choose the starting model that the pack was made with.",
    )
    .with_details(format!("SHA-256 {sha256}"))
}

/// Another model was given as the starting model of a pack; `expected` and `found` are hashes.
pub fn other_base(place: &str, name: &str, expected: &str, found: &str) -> Problem {
    about(
        FailureCode::PackOtherBase,
        place,
        format!("“{}” is not the starting model of this pack", short(place)),
        format!("The pack was made with “{name}”. On top of other numbers its skills would be lost."),
        "Choose the very files that the pack was made with.",
    )
    .with_details(format!("SHA-256 expected {expected}, found {found}"))
}

/// A pack was given where a model was expected.
pub fn pack_is_no_model(place: &str) -> Problem {
    about(
        FailureCode::PackIsNoModel,
        place,
        format!("“{}” is a skill pack, not a model", short(place)),
        "A pack holds several skills in one, and none of them opens before it is restored.".into(),
        "Restore one of its skills, then use the folder that was written.",
    )
    .with_actions(vec![Action::Remove { place: place.to_owned() }])
}

/// How the masks were made.
pub fn rule(rule: Rule) -> &'static str {
    match rule {
        Rule::Tall => "keep-masks on the plain sum",
        Rule::TallTies => "keep-masks on TIES",
        Rule::Emr => "EMR",
    }
}

/// How the change is stored, and what that means for what is restored.
pub fn change(change: ChangeType) -> &'static str {
    match change {
        ChangeType::F32 => "F32, as computed",
        ChangeType::F16 => "F16, rounded to three digits",
        ChangeType::Int8 => "int8, rounded to 127 steps in each row",
    }
}

/// Where the starting model is.
pub fn base(card: &PackCard) -> String {
    if card.base.inside {
        format!("{} (inside)", card.base.name)
    } else {
        format!("{} (not inside: needed to restore)", card.base.name)
    }
}

/// One skill in one line: what its mask keeps.
pub fn skill(one: &PackSkill, weights: u64) -> String {
    let share = one.kept as f64 / weights.max(1) as f64;
    let own = if one.private { ", own head" } else { "" };
    let factor = one.rescaler.map_or(String::new(), |factor| format!(", times {factor:.3}"));
    format!("keeps {} of the weights{factor}{own}", format::percent(share))
}

/// How large the pack is, beside the specialists and beside the formula of the paper.
pub fn sizes(sizes: &PackSizes) -> String {
    let base = match (sizes.with_base, sizes.base) {
        (true, _) => "with the starting model inside".to_owned(),
        (false, base) => {
            format!("plus the starting model of {}, together {}", format::bytes(base), format::bytes(sizes.needed()))
        }
    };
    format!(
        "{} take {} apart. The pack takes {}, {base}. The masks take {} in their files; as plain bits they are {}. \
         By the formula, (64 + T)·P + 32·F bits with T = {}, P = {} and F = {}: {}.",
        capital(&format::counted(sizes.skills, "specialist", "specialists")),
        format::bytes(sizes.specialists),
        format::bytes(sizes.pack),
        format::bytes(sizes.masks),
        format::bytes(sizes.plain_masks()),
        sizes.skills,
        format::grouped(sizes.weights),
        format::grouped(sizes.others),
        format::bytes(sizes.formula()),
    )
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().collect::<String>() + letters.as_str()).unwrap_or_default()
}

/// The card of a pack, as Markdown.
pub fn readme(card: &PackCard) -> String {
    let mut lines = vec![
        format!("# {}\n", card.name.replace(['\n', '\r'], " ")),
        format!(
            "A skill pack of {}, made with Tincture: one change for all, and a mask for each skill.\n",
            format::counted(card.skills.len() as u64, "skill", "skills")
        ),
        format!("- Masks: {}", rule(card.rule)),
        format!("- Change: {}", change(card.change)),
        format!("- Starting model: {}, SHA-256 `{}`", base(card), card.base.sha256),
        format!("- Size: {}\n", sizes(&card.sizes)),
        "## Skills\n".to_owned(),
    ];
    lines.extend(card.skills.iter().map(|one| format!("- {}: {}", one.skill, skill(one, card.sizes.weights))));
    lines.push(
        "\n## How to open it\n\nA pack is not a model. Open the folder in Tincture, or run \
         `tincture-cli unpack`, and restore a skill: an ordinary model folder comes out.\n\n\
         A pack inherits the terms of everything it was made from."
            .to_owned(),
    );
    lines.join("\n") + "\n"
}

/// The card of a restored model, as Markdown; `name` is its folder's.
pub fn restored_readme(name: &str, skill: &str, card: &PackCard) -> String {
    format!(
        "# {}\n\nThe skill {skill}, restored with Tincture from the skill pack {}.\n\n\
         - Masks: {}\n- Change: {}\n- Starting model: {}, SHA-256 `{}`\n\n\
         It inherits the terms of everything the pack was made from. Nothing above says how well it does its task: \
         measure it before you rely on it.\n",
        name.replace(['\n', '\r'], " "),
        card.name,
        rule(card.rule),
        change(card.change),
        card.base.name,
        card.base.sha256,
    )
}

/// A pack on the command line: what is in it.
pub fn listing(card: &PackCard) -> String {
    let mut lines = vec![
        format!("{} is a skill pack: {}, change in {}.", card.name, rule(card.rule), change(card.change)),
        format!("Starting model: {}", base(card)),
    ];
    lines.extend(card.skills.iter().map(|one| format!("  {}  {}", one.skill, skill(one, card.sizes.weights))));
    lines.push(sizes(&card.sizes));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::PackBase;

    fn card() -> PackCard {
        PackCard {
            name: "zoo".into(),
            place: "/x/zoo".into(),
            format: 1,
            rule: Rule::Emr,
            change: ChangeType::Int8,
            base: PackBase { name: "start".into(), sha256: "ab".repeat(32), inside: false },
            skills: vec![PackSkill {
                skill: "Latin".into(),
                selectivity: None,
                rescaler: Some(1.25),
                kept: 30,
                private: true,
            }],
            sizes: PackSizes {
                skills: 8,
                weights: 1_000_000,
                others: 500_000,
                specialists: 48_000_000,
                base: 6_000_000,
                masks: 800_000,
                pack: 5_800_000,
                with_base: false,
            },
        }
    }

    #[test]
    fn sizes_are_told_beside_the_formula() {
        let said = sizes(&card().sizes).replace('\u{202f}', " ");
        for part in [
            "8 specialists take 48 MB apart.",
            "The pack takes 5.8 MB, plus the starting model of 6.0 MB, together 12 MB.",
            "800 kB in their files; as plain bits they are 1.0 MB.",
            "T = 8, P = 1 000 000 and F = 500 000: 11 MB.",
        ] {
            assert!(said.contains(part), "{part:?} is not in {said}");
        }
        let inside = PackSizes { with_base: true, ..card().sizes };
        assert!(sizes(&inside).contains("with the starting model inside"));
    }

    #[test]
    fn the_card_names_skills_and_the_starting_model_with_its_hash() {
        let text = readme(&card()).replace('\u{202f}', " ");
        let share = skill(&card().skills[0], 100).replace('\u{202f}', " ");
        assert_eq!(share, "keeps 30 % of the weights, times 1.250, own head");
        for part in ["# zoo", "- Latin: keeps", "start (not inside", &"ab".repeat(32), "tincture-cli unpack"] {
            assert!(text.contains(part), "{part:?} is not in\n{text}");
        }
        assert!(restored_readme("latin", "Latin", &card()).contains("from the skill pack zoo"));
    }
}
