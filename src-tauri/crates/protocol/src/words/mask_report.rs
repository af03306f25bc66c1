//! The report of keep-masks as text for people.

use crate::mask_report::{LayerReport, MaskReport};

use super::{format, masks};

/// The whole report: what is kept, by how many, what goes, layer by layer.
pub fn text(report: &MaskReport) -> String {
    let percent = |count: u64| format::percent(count as f64 / report.weights.max(1) as f64);
    let kept = report.skills.iter().map(|skill| {
        let count = report.kept.get(skill).copied().unwrap_or(0);
        let selectivity = report.selectivity.get(skill).copied().unwrap_or_default();
        format!("  {skill}: keeps {} (selectivity {})", percent(count), masks::selectivity(selectivity))
    });
    let skills = report.skills.len();
    let needed = report.needed_by.iter().enumerate().map(|(count, &weights)| {
        format!("  {}: {} ({})", masks::needed_by(count, skills), format::count(weights), percent(weights))
    });
    let lines: Vec<String> = [format!("{} weights can be mixed.", format::count(report.weights))]
        .into_iter()
        .chain(kept)
        .chain(["Needed by".to_owned()])
        .chain(needed)
        .chain([masks::what_if(report.k, skills, report.removed.change_l2), String::new()])
        .chain(table(report))
        .collect();
    lines.join("\n")
}

/// One line for each layer: shares kept by every skill, then shared, one skill, unused, signs that agree.
fn table(report: &MaskReport) -> Vec<String> {
    let width = report.layers.iter().map(|layer| layer.name.chars().count()).max().unwrap_or(0).max("Layer".len());
    let head: Vec<&str> =
        report.skills.iter().map(String::as_str).chain(["Shared", "One skill", "Unused", "Same sign"]).collect();
    let line = |name: &str, cells: Vec<String>| {
        let cells = cells.iter().zip(&head).map(|(cell, head)| {
            let width = head.chars().count().max(5);
            format!("  {cell:>width$}")
        });
        format!("{name:<width$}{}", cells.collect::<String>())
    };
    let titles = line("Layer", head.iter().map(|head| (*head).to_owned()).collect());
    let rows = report.layers.iter().map(|layer| line(&layer.name, cells(report, layer)));
    std::iter::once(titles).chain(rows).collect()
}

fn cells(report: &MaskReport, layer: &LayerReport) -> Vec<String> {
    let percent = |count: u64| format::percent(count as f64 / layer.weights.max(1) as f64);
    let kept = report.skills.iter().map(|skill| percent(layer.kept.get(skill).copied().unwrap_or(0)));
    let at = |count: usize| layer.needed_by.get(count).copied().unwrap_or(0);
    let shared: u64 = layer.needed_by.iter().skip(2).sum();
    kept.chain([percent(shared), percent(at(1)), percent(at(0)), format::percent(layer.sign_agreement)]).collect()
}
