//! What the command line says to people; programs read the same facts as JSON.

use crate::engine::EngineCard;
use crate::event::{Phase, Progress, Unit};
use crate::failure::Problem;
use crate::model::{Inspection, ModelCard, Role, TableRow};
use crate::report::{Compat, Report};

use super::{card, format, pack, problems, verdict};

/// Name of a phase.
pub fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Reserve => "Reserving space",
        Phase::Write => "Mixing and writing",
        Phase::Verify => "Checking",
        Phase::Publish => "Giving it its name",
        Phase::Load => "Reading models and examples",
        Phase::Measure => "Measuring",
        Phase::Teach => "Asking the specialists",
        Phase::Tint => "Tinting",
        Phase::Compare => "Comparing",
        Phase::Explore => "Measuring mixes",
    }
}

/// One line of progress.
pub fn progress(progress: &Progress) -> String {
    let name = phase(progress.phase);
    if progress.total == 0 {
        return format!("{name} …");
    }
    let share = progress.done as f64 / progress.total as f64;
    let said = |amount: u64| match progress.unit {
        Unit::Bytes => format::bytes(amount),
        Unit::Rounds | Unit::Mixes | Unit::Examples => format::grouped(amount),
    };
    let amount = format!("{} of {}", said(progress.done), said(progress.total));
    let rest = progress.seconds_left.map_or(String::new(), |left| format!(", about {} left", format::seconds(left)));
    format!("{name}: {} ({amount}{rest})", format::percent(share))
}

/// A problem in three lines and its remedy.
pub fn problem(problem: &Problem) -> String {
    let mut text = format!("{}\n  {}\n  → {}", problem.title, problem.why, problem.remedy);
    if let Some(details) = problem.details.as_ref().filter(|details| !details.is_empty()) {
        text.push_str(&format!("\n  ({})", details.replace('\n', "\n   ")));
    }
    text
}

/// The whole inspection: verdict, models, comparison, problems.
pub fn inspection(found: &Inspection) -> String {
    let mut blocks = vec![format!("{}\n{}", found.title, found.because)];
    if !found.models.is_empty() {
        blocks.push(found.models.iter().map(model).collect::<Vec<_>>().join("\n"));
        blocks.push(comparison(&found.models, &found.table));
    }
    blocks.extend(found.problems.iter().map(problem));
    blocks.push(format!("Read {} to find out.", format::bytes(found.bytes_read)));
    blocks.join("\n\n")
}

fn model(card: &ModelCard) -> String {
    let name = match card.role {
        Role::Base => format!("{} (starting model: {})", card.name, verdict::base_reason(card.role_reason)),
        Role::Expert => format!("{} (specialist: {})", card.name, card.skill),
    };
    let change = card.change.map_or(String::new(), |change| format!(", changed by {}", format::small_percent(change)));
    format!(
        "{name}\n  {}, {} weights in {}, {}{change}\n  {}",
        card.family,
        format::count(card.parameters),
        format::counted(card.tensors, "part", "parts"),
        format::bytes(card.bytes),
        card.place
    )
}

fn comparison(models: &[ModelCard], table: &[TableRow]) -> String {
    let heads = models.iter().map(|card| card.name.clone());
    let mut rows: Vec<Vec<String>> = vec![std::iter::once(String::new()).chain(heads).collect()];
    rows.extend(table.iter().map(|row| {
        let mark = if row.differs { "*" } else { "" };
        std::iter::once(format!("{}{mark}", row.row)).chain(row.values.iter().cloned()).collect()
    }));
    columns(&rows)
}

/// Rows of cells in columns of even width.
pub fn columns(rows: &[Vec<String>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let length = |text: &String| text.chars().count();
    let widths: Vec<usize> =
        (0..count).map(|at| rows.iter().filter_map(|row| row.get(at)).map(length).max().unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// What was saved and how it was checked.
pub fn report(report: &Report) -> String {
    let mut lines = vec![format!(
        "Saved {} in {} on {}.",
        format::bytes(report.files.iter().map(|file| file.bytes).sum()),
        format::seconds(report.seconds),
        report.engine
    )];
    lines.extend(report.checks.iter().map(|check| {
        let mark = if check.passed { "yes" } else { "no " };
        format!("  {mark}  {} ({})", card::check(check.name), check.value)
    }));
    lines.push(String::new());
    let what = if report.pack.is_some() { "Pack:  " } else { "Model: " };
    lines.push(format!("{what} {}", report.out));
    lines.extend(report.models.iter().filter_map(|model| {
        let skill = model.skill.as_ref().filter(|_| !model.folder.is_empty())?;
        Some(format!("        {}/  {skill}", model.folder))
    }));
    lines.push(format!("Card:   {}", joined(&report.out, "README.md")));
    let recipe = report.files.iter().find(|file| file.path == "recipe.tincture");
    lines.extend(recipe.map(|file| format!("Recipe: {}", joined(&report.out, &file.path))));
    lines.extend(report.pack.as_ref().map(|sizes| format!("\n{}", pack::sizes(sizes))));
    lines.extend(report.warnings.iter().map(|warning| format!("\n{}", problem(warning))));
    lines.join("\n")
}

fn joined(folder: &str, file: &str) -> String {
    let mark = if folder.contains('\\') && !folder.contains('/') { '\\' } else { '/' };
    format!("{}{mark}{file}", folder.trim_end_matches(mark))
}

/// What `--compat` means for the methods that exist.
pub fn compat(compat: Compat) -> Option<&'static str> {
    match compat {
        Compat::Fixed => None,
        Compat::Strict => Some(
            "For this method the numbers are those of mergekit in float32, within its rounding; nothing else changes.",
        ),
    }
}

/// The engines of this computer.
pub fn engines(cards: &[EngineCard]) -> String {
    let row = |card: &EngineCard| {
        let mark = if card.chosen { "→" } else { "" };
        vec![mark.to_owned(), card.name.clone(), card.driver.clone(), card.why.clone()]
    };
    columns(&cards.iter().map(row).collect::<Vec<_>>())
}

/// The interrupt key was pressed.
pub const STOPPING: &str = "Stopping …";

/// Before the sample is mixed.
pub fn sample(specialists: usize) -> String {
    format!("Mixing the {} specialists of the sample.", format::spelled(specialists).to_lowercase())
}

/// The output of the program could not be written, and nobody is there to tell.
pub fn bug(place: &str) -> String {
    problem(&problems::bug(place.to_owned()))
}

/// Help texts of the commands and their options.
pub mod help {
    /// The program.
    pub const ABOUT: &str = "Mixes fine-tuned AI models";
    /// `inspect`.
    pub const INSPECT: &str = "Says whether models fit together, from their headers";
    /// Its paths.
    pub const PATHS: &str = "Model files or folders, at any depth";
    /// `mix`.
    pub const MIX: &str = "Mixes a recipe into a new folder and checks it";
    /// Its recipe.
    pub const RECIPE: &str = "Recipe file; its paths are relative to it";
    /// Its output folder.
    pub const OUT: &str = "Folder to make; must not exist yet, or be empty";
    /// Its engine.
    pub const ENGINE: &str =
        "auto, cpu, software, or part of a graphics card's name [default: TINCTURE_ENGINE, else auto]";
    /// Its numerics.
    pub const COMPAT: &str = "Whose numbers to reproduce: our own, or mergekit's in float32";
    /// `tint`.
    pub const TINT: &str = "Lets a mix tune itself on examples; labels are not used for learning";
    /// Its examples.
    pub const TINT_EXAMPLES: &str =
        "Examples of a skill, with or without labels; given once for each skill that has some";
    /// Its folder.
    pub const TINT_OUT: &str = "Folder for the recipe, the layers and the result; must not exist yet or be empty";
    /// How long.
    pub const ROUNDS: &str = "Rounds, each of which visits every skill once [default: 500]";
    /// Its seed.
    pub const SEED: &str = "Seed of the order of examples and skills [default: 0]";
    /// Examples of a visit.
    pub const BATCH: &str = "Examples of a visit [default: 32]";
    /// What is trained.
    pub const WAY: &str =
        "What is trained: tint, layers, coefficients, adamerging, adamerging-task or body [default: tint]";
    /// The private layer.
    pub const LAYER: &str = "The layer that every skill has for itself: head, last-block, first-block, or the beginning of \
                             the names of its tensors [default: head]";
    /// The loss.
    pub const OBJECTIVE: &str = "What is learnt from the specialist: hard, soft or entropy [default: hard]";
    /// The filter.
    pub const NO_FILTER: &str = "Also learns from examples of which the mix is surer than the specialist";
    /// Learning rate of strengths.
    pub const RATE: &str = "Learning rate of the strengths [default: 0.01; 0.001 where only they are trained]";
    /// Learning rate of layers.
    pub const LAYER_RATE: &str = "Learning rate of the layers [default: from the length of the rows of their weights]";
    /// Where strengths start.
    pub const START: &str = "Strength from which all start [default: those of the recipe]";
    /// Which part.
    pub const TINT_PART: &str =
        "Part of the examples that is learnt from; judge gives scores of what was learnt [default: learn]";
    /// No table.
    pub const NO_COMPARE: &str = "Leaves out the ways that the result is compared with";
    /// Resume.
    pub const RESUME: &str = "Goes on from what an interrupted tint left in the folder";
    /// A number that is none.
    pub const POSITIVE: &str = "a number above 0 is needed";
    /// A share that is none.
    pub const FROM_0_TO_1: &str = "a number from 0 to 1 is needed";
    /// `mask-stats`.
    pub const MASK_STATS: &str = "Counts how many weights every skill of a mix needs";
    /// Option for examples by which selectivities are chosen.
    pub const CHOOSING: &str =
        "Examples of a skill, by which a recipe with the selectivity \"choose\" chooses; may be given several times";
    /// Command.
    pub const MEASURE: &str = "Measures a mix, or one model, on examples";
    /// Its subject.
    pub const MEASURED: &str = "Recipe file, or the folder or file of one model";
    /// Its examples.
    pub const EXAMPLES: &str = "Skill and the place of its examples; once for each skill";
    /// What its examples should look like.
    pub const PAIR: &str = "a skill’s name, an equals sign and a place are expected, such as flowers=photos/flowers";
    /// Its part.
    pub const PART: &str = "Which part of the examples: learn, choose or judge";
    /// Its limit.
    pub const MOST: &str = "Most examples of a skill [default: all of the part]";
    /// Its cross table.
    pub const CROSS: &str = "Also measures every model on every skill";
    /// `pack`.
    pub const PACK: &str = "Makes a skill pack: one change for all skills, and a mask for each";
    /// Its change.
    pub const CHANGE: &str =
        "How the change is stored: exact, or rounded to 16 or 8 bits [default: the recipe’s, else f32]";
    /// Its base.
    pub const WITH_BASE: &str = "Puts the starting model into the pack";
    /// `unpack`.
    pub const UNPACK: &str = "Restores the model of one skill from a skill pack";
    /// Its pack.
    pub const PACK_FOLDER: &str = "Folder of a skill pack";
    /// Its skill.
    pub const SKILL: &str = "Name of the skill";
    /// Its base.
    pub const BASE: &str = "The starting model, where it is not in the pack";
    /// `devices`.
    pub const DEVICES: &str = "Lists graphics cards and the processor";
    /// `sample`.
    pub const SAMPLE: &str = "Mixes the sample that comes with the program";
    /// `--json`.
    pub const JSON: &str = "One JSON object a line on standard output, for programs";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_says_how_far_and_how_long() {
        let mut now = Progress {
            phase: Phase::Write,
            done: 412_000_000,
            total: 1_704_000_000,
            unit: Unit::Bytes,
            seconds_left: None,
            part: None,
            part_at: 0,
            parts: 0,
        };
        let said = |progress: &Progress| self::progress(progress).replace('\u{202f}', " ");
        assert_eq!(said(&now), "Mixing and writing: 24 % (412 MB of 1.7 GB)");
        now.seconds_left = Some(42.0);
        assert_eq!(said(&now), "Mixing and writing: 24 % (412 MB of 1.7 GB, about 42 s left)");
        now.total = 0;
        assert_eq!(said(&now), "Mixing and writing …");
    }

    #[test]
    fn columns_are_even_and_lines_have_no_tail() {
        let rows = [["", "één"], ["Layers", "4"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(columns(&rows), "        één\nLayers  4");
    }
}
