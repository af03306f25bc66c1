//! Which skills fight, in a sentence, and the table of it for spreadsheets.

use crate::statistics::{AFTER, EMBEDDINGS, Group, Layer, LayerStatistics, Pair, Part, TOTAL};

/// Name of a layer for people: *Block 3*, counted from 1 as in the picture of a running save.
pub fn title(found: &LayerStatistics, layer: &Layer) -> String {
    titled(&layer.name, layer.block, layer.block.is_none_or(|number| is_only(found, number)))
}

/// Name for people of one of the layers into which tensors were grouped.
pub fn group_title(all: &[Group], group: &Group) -> String {
    let same = all.iter().filter(|other| group.block.is_some() && other.block == group.block).count();
    titled(&group.name, group.block, same <= 1)
}

/// Name for people of the layer with this key; blocks of several stacks are told apart by their stack.
fn titled(name: &str, block: Option<u64>, is_only: bool) -> String {
    match (block, name) {
        (Some(number), _) if is_only => format!("Block {}", number + 1),
        (Some(number), name) => format!("Block {} of {}", number + 1, stack(name)),
        (None, EMBEDDINGS) => "Embeddings".into(),
        (None, AFTER) => "After the blocks".into(),
        (None, TOTAL) => "Whole model".into(),
        (None, name) => name.to_owned(),
    }
}

/// A layer in the middle of a sentence: *in block 3*.
fn place(found: &LayerStatistics, layer: &Layer) -> String {
    match (layer.block, layer.name.as_str()) {
        (Some(number), _) if is_only(found, number) => format!("in block {}", number + 1),
        (Some(number), name) => format!("in block {} of “{}”", number + 1, stack(name)),
        (None, EMBEDDINGS) => "in the embeddings".into(),
        (None, AFTER) => "after the blocks".into(),
        (None, name) => format!("in “{name}”"),
    }
}

/// Whether no other stack has a block of this number.
fn is_only(found: &LayerStatistics, number: u64) -> bool {
    found.layers.iter().filter(|layer| layer.block == Some(number)).count() <= 1
}

/// The key of a block without its number.
pub fn stack(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stack, _)| stack)
}

/// A cosine with two digits and a true minus: *−0.21*.
pub fn cosine(value: f64) -> String {
    let text = format!("{:.2}", value.abs());
    if value < 0.0 && text != "0.00" { format!("−{text}") } else { text }
}

/// Which skills fight, in one sentence.
pub fn summary(found: &LayerStatistics) -> String {
    let [_, _, ..] = found.skills[..] else {
        return "With one skill there is nothing to compare.".into();
    };
    if let Some(pair) = found.conflict() {
        return said(found, &pair, "pull against each other most");
    }
    if let Some(pair) = found.harmony() {
        let most = said(found, &pair, "have most in common");
        return format!("No two skills pull against each other. {most}");
    }
    match found.total.farthest_from_zero() {
        Some(most) => format!(
            "The changes hardly touch each other: over the whole model no cosine is farther from 0 than {}.",
            cosine(most)
        ),
        None => "There is nothing to compare: at most one specialist differs from the starting model.".into(),
    }
}

fn said(found: &LayerStatistics, pair: &Pair, what: &str) -> String {
    let name = |at: usize| found.skills.get(at).map_or("", String::as_str);
    let place = found.layers.get(pair.layer).map_or_else(String::new, |layer| place(found, layer));
    format!("“{}” and “{}” {what} {place} (cosine {}).", name(pair.a), name(pair.b), cosine(pair.cosine))
}

/// The whole table as comma-separated values: a row for each layer, followed by its parts; the whole model last.
///
/// Numbers have all their digits and a point; where there is none, the cell is empty.
pub fn csv(found: &LayerStatistics) -> String {
    let mut lines = vec![header(&found.skills)];
    for layer in &found.layers {
        let title = title(found, layer);
        lines.push(layer_row(&title, layer));
        lines.extend(layer.parts.iter().map(|part| part_row(&title, part)));
    }
    lines.push(layer_row(&title(found, &found.total), &found.total));
    lines.iter().map(|cells| cells.join(",") + "\n").collect()
}

fn header(skills: &[String]) -> Vec<String> {
    let names = ["Layer", "Part", "Weights"].map(str::to_owned).into_iter();
    let changes = skills.iter().map(|skill| format!("Change of {skill}"));
    let shares = skills.iter().map(|skill| format!("Change of {skill} as a share of the starting model"));
    let pairs = skills.iter().enumerate().flat_map(|(at, a)| skills[at + 1..].iter().map(move |b| (a, b)));
    let cosines = pairs.map(|(a, b)| format!("Cosine of {a} and {b}"));
    names.chain(changes).chain(shares).chain(cosines).map(|text| cell(&text)).collect()
}

fn layer_row(title: &str, layer: &Layer) -> Vec<String> {
    row([title, ""], layer.elements, &layer.change, &layer.relative, &layer.cosine)
}

fn part_row(title: &str, part: &Part) -> Vec<String> {
    row([title, &part.name], part.elements, &part.change, &part.relative, &part.cosine)
}

fn row(
    names: [&str; 2],
    elements: u64,
    change: &[f64],
    relative: &[Option<f64>],
    cosine: &[Vec<Option<f64>>],
) -> Vec<String> {
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    let names = names.into_iter().map(cell).chain([elements.to_string()]);
    let change = change.iter().map(|&value| number(Some(value)));
    let relative = relative.iter().map(|&value| number(value));
    let pairs = cosine.iter().enumerate().flat_map(|(at, row)| row.iter().skip(at + 1));
    names.chain(change).chain(relative).chain(pairs.map(|&value| number(value))).collect()
}

/// Text as a cell: in quotation marks where it has to be, and never what a spreadsheet takes for a formula.
fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if is_formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::Products;

    /// A layer of a million elements in which the changes of all skills have length 1 and these cosines.
    fn tensor(name: &str, cosines: [f64; 3]) -> Products {
        let [ab, ac, bc] = cosines;
        let gram = vec![vec![1.0, ab, ac], vec![ab, 1.0, bc], vec![ac, bc, 1.0]];
        Products { name: name.into(), elements: 1_000_000, base: 4.0, gram }
    }

    fn found(tensors: &[Products]) -> LayerStatistics {
        let skills = ["Flowers", "Street signs", "Birds"];
        LayerStatistics::new(skills[..tensors[0].gram.len()].iter().map(|&skill| skill.to_owned()).collect(), tensors)
    }

    #[test]
    fn the_sentence_names_the_fight_its_place_and_its_cosine() {
        let said = |name: &str| summary(&found(&[tensor("a.0.w", [0.3, 0.0, 0.0]), tensor(name, [0.1, -0.214, 0.0])]));
        let fight = "“Flowers” and “Birds” pull against each other most";
        assert_eq!(said("a.3.w"), format!("{fight} in block 4 (cosine −0.21)."));
        assert_eq!(said("b.0.w"), format!("{fight} in block 1 of “b” (cosine −0.21)."));
        assert_eq!(said("embeddings.w"), format!("{fight} in the embeddings (cosine −0.21)."));
        assert_eq!(said("norm.w"), format!("{fight} after the blocks (cosine −0.21)."));
        let modules = found(&[tensor("fc1.w", [-0.5, 0.0, 0.0])]);
        let expected = "“Flowers” and “Street signs” pull against each other most in “fc1” (cosine −0.50).";
        assert_eq!(summary(&modules), expected);
    }

    #[test]
    fn the_sentence_is_true_where_nobody_fights() {
        let alike = found(&[tensor("a.0.w", [0.01, 0.3, -0.04])]);
        let expected = "No two skills pull against each other. \
                        “Flowers” and “Birds” have most in common in block 1 (cosine 0.30).";
        assert_eq!(summary(&alike), expected);
        let apart = found(&[tensor("a.0.w", [0.01, -0.031, 0.0])]);
        let expected = "The changes hardly touch each other: \
                        over the whole model no cosine is farther from 0 than 0.03.";
        assert_eq!(summary(&apart), expected);
        let mut unchanged = tensor("a.0.w", [0.0; 3]);
        unchanged.gram = vec![vec![1.0, 0.0], vec![0.0, 0.0]];
        let expected = "There is nothing to compare: at most one specialist differs from the starting model.";
        assert_eq!(summary(&found(&[unchanged.clone()])), expected);
        unchanged.gram = vec![vec![1.0]];
        assert_eq!(summary(&found(&[unchanged])), "With one skill there is nothing to compare.");
    }

    #[test]
    fn cosines_have_two_digits_and_zero_has_no_sign() {
        assert_eq!([-0.214, 0.5, -0.001, 1.0].map(cosine), ["−0.21", "0.50", "0.00", "1.00"]);
    }

    #[test]
    fn the_table_has_a_row_for_every_layer_and_part_and_the_same_number_of_cells_in_each() {
        let mut still = tensor("norm.w", [0.0; 3]);
        still.gram[2][2] = 0.0;
        let text = csv(&found(&[tensor("a.0.w", [0.25, -0.5, 0.0]), still]));
        let lines: Vec<&str> = text.lines().collect();
        let shares = "Change of Flowers as a share of the starting model";
        assert!(lines[0].starts_with("Layer,Part,Weights,Change of Flowers,"), "{}", lines[0]);
        assert!(lines[0].contains(shares) && lines[0].ends_with(",Cosine of Street signs and Birds"), "{}", lines[0]);
        assert_eq!(lines[1], "Block 1,,1000000,1,1,1,0.5,0.5,0.5,0.25,-0.5,0");
        assert_eq!(lines[2], "Block 1,a.0.w,1000000,1,1,1,0.5,0.5,0.5,0.25,-0.5,0");
        assert_eq!(lines[3], "After the blocks,,1000000,1,1,0,0.5,0.5,0,0,,");
        assert_eq!((lines.len(), lines[5].split(',').next()), (6, Some("Whole model")));
        assert!(lines.iter().all(|line| line.split(',').count() == 12), "{text}");
    }

    #[test]
    fn names_cannot_break_the_table_or_begin_a_formula() {
        assert_eq!(cell("a,b"), "\"a,b\"");
        assert_eq!(cell("say \"x\""), "\"say \"\"x\"\"\"");
        assert_eq!(cell("=HYPERLINK(1)"), "'=HYPERLINK(1)");
        assert_eq!(cell("plain"), "plain");
    }
}
