//! Words of the model card and of the checks after saving.

use crate::forecast::TensorCounts;
use crate::methods::{MethodRow, StrengthKind};
use crate::recipe::Recipe;
use crate::report::{Check, CheckName, OpenableModel, Parent};

use super::{format, sentence};

/// Name of the project that the bundled sample opens as.
pub const SAMPLE_MIX: &str = "Sample mix";

/// The name of a private layer among the inputs.
pub fn own_layer(skill: &str) -> String {
    format!("{skill}, own layer")
}

/// Name of a check.
pub fn check(name: CheckName) -> &'static str {
    match name {
        CheckName::OpensAgain => "Opens again",
        CheckName::SizesMatch => "Sizes match",
        CheckName::AllFinite => "All numbers finite",
        CheckName::Differs => "Differs from every input",
    }
}

/// What a model card is made from. Nothing here depends on the clock: the same recipe gives the same card.
#[derive(Debug, Clone, Copy)]
pub struct Card<'a> {
    /// Name of the output folder.
    pub name: &'a str,
    /// The recipe.
    pub recipe: &'a Recipe,
    /// Its method.
    pub method: Option<&'static MethodRow>,
    /// The inputs: the base first if there is one, then the experts in the recipe's order, then their private layers.
    pub parents: &'a [Parent],
    /// The licence, if all inputs name the same one.
    pub licence: Option<&'a str>,
    /// Folders that open as ordinary models.
    pub models: &'a [OpenableModel],
    /// Which tensors went which way.
    pub tensors: TensorCounts,
    /// Elements of the body.
    pub parameters: u64,
    /// The checks.
    pub checks: &'a [Check],
}

/// The model card: front matter for model pages, then plain words.
pub fn text(card: &Card) -> String {
    let parts =
        [front_matter(card), opening(card), parents(card), method(card), folders(card), checks(card), closing()];
    parts.concat()
}

/// A text in quotes that YAML reads as it stands.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace(['\n', '\r', '\t'], " "))
}

fn front_matter(card: &Card) -> String {
    let mut lines = vec!["---".to_owned(), "base_model:".to_owned()];
    // Layers are no models that somebody could look up.
    let models = usize::from(card.recipe.base.is_some()) + card.recipe.experts.len();
    lines.extend(card.parents.iter().take(models).map(|parent| format!("- {}", quoted(&parent.name))));
    lines.extend(["tags:", "- merge", "- tincture"].map(str::to_owned));
    lines.extend(card.licence.map(|licence| format!("license: {}", quoted(licence))));
    lines.push("---\n\n".to_owned());
    lines.join("\n")
}

fn opening(card: &Card) -> String {
    let experts = card.recipe.experts.len();
    format!(
        "# {}\n\nA mix of {}, made with Tincture.\n\n{}\n\n{} numbers in the common body. {}.\n\n",
        card.name.replace(['\n', '\r'], " "),
        format::counted(experts as u64, "specialist", "specialists"),
        sentence::text(card.recipe),
        format::count(card.parameters),
        counts(card.tensors),
    )
}

fn counts(tensors: TensorCounts) -> String {
    let one = |count: u64, what: &str| format!("{} {what}", format::counted(count, "part", "parts"));
    let mut told = vec![one(tensors.merged, "mixed")];
    if tensors.copied > 0 {
        told.push(format!("{} copied", format::grouped(tensors.copied)));
    }
    if tensors.private > 0 {
        told.push(format!("{} kept for one skill each", format::grouped(tensors.private)));
    }
    format::list(&told)
}

fn parents(card: &Card) -> String {
    let mut rows = vec![
        "## Made from\n".to_owned(),
        "| Model | Part in the mix | Strength | SHA-256 |".to_owned(),
        "| --- | --- | ---: | --- |".to_owned(),
    ];
    let mut left = card.parents.iter();
    if let (Some(_), Some(parent)) = (&card.recipe.base, card.parents.first().filter(|_| card.recipe.base.is_some())) {
        left.next();
        rows.push(format!("| {} | starting model | | `{}` |", cell(&parent.name), parent.sha256));
    }
    let experts = card.recipe.experts.iter().zip(card.recipe.strengths());
    rows.extend(experts.zip(left.by_ref()).map(|((expert, strength), parent)| {
        let strength = strength_text(card.method, strength);
        format!("| {} | {} | {strength} | `{}` |", cell(&parent.name), cell(&expert.skill), parent.sha256)
    }));
    rows.extend(left.map(|layer| format!("| {} | private layer | | `{}` |", cell(&layer.name), layer.sha256)));
    rows.join("\n") + "\n\n"
}

fn strength_text(method: Option<&MethodRow>, strength: f64) -> String {
    match method.map(|method| method.strength) {
        Some(StrengthKind::RelativeWeight) => format!("{strength}"),
        _ => format::strength(strength),
    }
}

/// A text that cannot end a table cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace(['\n', '\r'], " ")
}

fn method(card: &Card) -> String {
    let Some(method) = card.method else { return String::new() };
    format!(
        "## Method\n\n**{}** (`{}`): {}\n\nSource: {}.\n\n",
        method.title, method.name, method.sentence, method.paper
    )
}

fn folders(card: &Card) -> String {
    let shared = card.models.iter().all(|model| model.skill.is_none());
    let mut lines = vec!["## How to open it\n".to_owned()];
    lines.extend(card.models.iter().map(|model| match (&model.skill, model.folder.as_str()) {
        (Some(skill), folder) => format!("- `{folder}/` opens as an ordinary model with the answers of {skill}."),
        (None, "") => "- This folder opens as an ordinary model.".to_owned(),
        (None, folder) => format!("- `{folder}/` opens as an ordinary model."),
    }));
    if shared && card.tensors.private > 0 {
        lines.push(
            "- `heads/` holds each skill’s own part, with the settings of the whole model beside it: \
             the weights here together with one of these files are that skill’s model."
                .to_owned(),
        );
    }
    lines.push(
        "- `recipe.tincture` is the recipe. Open it in Tincture, or run it again with `tincture-cli mix`.".to_owned(),
    );
    lines.join("\n") + "\n\n"
}

fn checks(card: &Card) -> String {
    if card.checks.is_empty() {
        return String::new();
    }
    let mut lines = vec!["## Checked after saving\n".to_owned()];
    lines.extend(card.checks.iter().map(|one| {
        let mark = if one.passed { "yes" } else { "no" };
        format!("- {}: {mark} ({})", check(one.name), one.value)
    }));
    lines.join("\n") + "\n\n"
}

fn closing() -> String {
    "A mix inherits the terms of everything it was made from. Nothing above says how well it does its tasks: \
     measure it before you rely on it.\n"
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(licence: Option<&str>) -> String {
        let recipe = Recipe::new("task_arithmetic", Some("b"), &[("Flowers", "f"), ("Street | signs", "s")]);
        let parents =
            ["base \"one\"", "flowers", "signs"].map(|name| Parent { name: name.to_owned(), sha256: "ab".repeat(32) });
        let models = [OpenableModel { folder: "flowers".into(), skill: Some("Flowers".into()) }];
        let checks = [Check { name: CheckName::AllFinite, passed: true, value: "12 weights".into() }];
        text(&Card {
            name: "My mix",
            recipe: &recipe,
            method: crate::methods::find("task_arithmetic"),
            parents: &parents,
            licence,
            models: &models,
            tensors: TensorCounts { merged: 70, copied: 0, private: 4 },
            parameters: 458_592,
            checks: &checks,
        })
    }

    #[test]
    fn the_card_names_parents_method_and_how_to_open_it() {
        let card = example(None);
        for part in [
            "- \"base \\\"one\\\"\"\n- \"flowers\"",
            "tags:\n- merge\n- tincture\n---",
            "Result = starting model + 50\u{202f}% of Flowers",
            "| base \"one\" | starting model | |",
            "| signs | Street \\| signs | 50\u{202f}% |",
            "arXiv:2212.04089",
            "`flowers/` opens as an ordinary model with the answers of Flowers.",
            "- All numbers finite: yes (12 weights)",
        ] {
            assert!(card.contains(part), "{part:?} is not in\n{card}");
        }
    }

    #[test]
    fn a_licence_is_named_only_where_all_agree() {
        assert!(!example(None).contains("license"));
        assert!(example(Some("mit")).contains("\nlicense: \"mit\"\n---"));
    }
}
