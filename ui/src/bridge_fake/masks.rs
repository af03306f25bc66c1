//! Scripted counts of keep-masks.

use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::set_timeout;
use protocol::command::{ChangeSizes, ChooseMasks, CountMasks};
use protocol::event::{JobEvent, Phase, Progress, Unit};
use protocol::masks::{ChosenBy, ChosenMasks, ChosenSelectivity, GRID, Histogram, MaskStatistics, TensorTally};
use protocol::recipe::Recipe;
use protocol::score::Measured;
use protocol::settings::SELECTIVITIES;
use protocol::words::problems;

use super::scenario;

/// Share that each skill keeps in the first and in the last block, at a selectivity of 0.4.
const KEPT: [(f64, f64); 4] = [(0.34, 0.78), (0.41, 0.71), (0.36, 0.80), (0.62, 0.29)];
/// Share of weights that matter to many skills, and how much likelier each of them keeps those.
const IMPORTANT: (f64, f64) = (0.35, 1.45);
/// Size of the change of a weight by how many skills need it.
const SIZES: [f64; 5] = [0.16, 0.5, 0.9, 1.25, 1.6];

fn scene(part: &str) -> bool {
    scenario().is_some_and(|scene| scene.contains(part))
}

/// Name, weights, place in the model from 0 to 1, and whether anyone changed it.
fn tensors() -> Vec<(String, u64, f64, bool)> {
    let (blocks, width) = if scene("large") { (24, 1024) } else { (4, 96) };
    let square = width * width;
    let parts = [
        ("attention.attention.query.weight", square),
        ("attention.attention.key.weight", square),
        ("attention.attention.value.weight", square),
        ("attention.output.dense.weight", square),
        ("intermediate.dense.weight", 4 * square),
        ("output.dense.weight", 4 * square),
        ("layernorm_before.weight", width),
    ];
    let mut all = vec![("vit.embeddings.patch_embeddings.projection.weight".to_owned(), width * 48, 0.9, true)];
    all.push(("vit.embeddings.position_embeddings".to_owned(), width * 50, 0.7, true));
    for block in 0..blocks {
        let depth = block as f64 / f64::from(blocks - 1);
        let name = |part: &str| format!("vit.encoder.layer.{block}.{part}");
        // The first block of the large model was frozen while the specialists were trained.
        let is_changed = !(scene("large") && block == 0);
        all.extend(parts.iter().map(|&(part, weights)| (name(part), weights, depth, is_changed)));
    }
    all.push(("vit.layernorm.weight".to_owned(), width, 1.0, true));
    all.push(("vit.layernorm.bias".to_owned(), width, 1.0, true));
    all.push(("logit_scale".to_owned(), 1, 1.0, false));
    all
}

/// Chance that each of so many skills keeps a weight, by how many do.
fn by_count(chances: &[f64]) -> Vec<f64> {
    let mut by = vec![1.0];
    for chance in chances {
        let mut next = vec![0.0; by.len() + 1];
        for (count, share) in by.iter().enumerate() {
            next[count] += share * (1.0 - chance);
            next[count + 1] += share * chance;
        }
        by = next;
    }
    by
}

/// Chances for important weights and for the others, so that their mean is the wished share.
fn chances(at: usize, selectivity: f64, depth: f64, wobble: f64) -> [f64; 2] {
    let (first, last) = KEPT[at % KEPT.len()];
    let share = (first + (last - first) * depth) * (1.0 + 0.06 * wobble) * (1.0 - 1.1 * (selectivity - 0.4));
    let (part, factor) = IMPORTANT;
    let high = (share * factor).clamp(0.0, 0.97);
    [high, ((share - part * high) / (1.0 - part)).clamp(0.0, 0.97)]
}

fn tally(
    columns: &[Vec<f64>],
    at: usize,
    (name, weights, depth, is_changed): &(String, u64, f64, bool),
) -> TensorTally {
    let count = |share: f64| (share * *weights as f64).round() as u64;
    let mut tally = TensorTally {
        name: name.clone(),
        weights: *weights,
        changed: if *is_changed { count(0.94) } else { 0 },
        agreeing: if *is_changed { count(0.41 + 0.1 * depth) } else { 0 },
        largest: if *is_changed { 0.02 + 0.013 * depth } else { 0.0 },
        ..TensorTally::default()
    };
    for column in columns {
        let wobble = |t: usize| (at as f64 * 1.3 + t as f64 * 2.1).sin();
        let both: Vec<[f64; 2]> =
            column.iter().enumerate().map(|(t, &value)| chances(t, value, *depth, wobble(t))).collect();
        let part = IMPORTANT.0;
        let of = |which: usize| by_count(&both.iter().map(|pair| pair[which]).collect::<Vec<_>>());
        let mixed: Vec<f64> = of(0).iter().zip(of(1)).map(|(high, low)| part * high + (1.0 - part) * low).collect();
        let kept = both.iter().map(|[high, low]| part * high + (1.0 - part) * low);
        let live = f64::from(u8::from(*is_changed));
        tally.kept.push(kept.map(|share| count(share * live)).collect());
        let mut needed: Vec<u64> = mixed.iter().map(|share| count(share * live)).collect();
        let rest: u64 = needed.iter().skip(1).sum();
        needed[0] = weights.saturating_sub(rest);
        let size = |count: usize| SIZES[count.min(4)].powi(2) * (0.6 + depth);
        tally
            .change_by
            .push(mixed.iter().enumerate().map(|(n, share)| share * live * *weights as f64 * size(n)).collect());
        tally.needed_by.push(needed);
    }
    tally
}

/// Weights that both of two skills keep; the last two of the sample are alike.
fn overlap(column: usize, tensors: &[TensorTally]) -> Vec<Vec<u64>> {
    let kept = |t: usize| tensors.iter().filter_map(|one| one.kept[column].get(t)).sum::<u64>();
    let all: u64 = tensors.iter().map(|one| one.weights).sum();
    let count = tensors.first().map_or(0, |one| one.kept[column].len());
    let both = |a: usize, b: usize| {
        let (few, many) = (kept(a).min(kept(b)), kept(a).max(kept(b)));
        let chance = few as f64 * many as f64 / all.max(1) as f64;
        let pull = match (a.min(b), a.max(b)) {
            (0, 2) => 0.7,
            (1, 3) => 0.3,
            (2, 3) => 0.02,
            _ => 0.12,
        };
        if a == b { kept(a) } else { (chance + (few as f64 - chance) * pull) as u64 }
    };
    (0..count).map(|a| (0..count).map(|b| both(a, b)).collect()).collect()
}

fn counts(recipe: &Recipe) -> MaskStatistics {
    let skills: Vec<String> = recipe.experts.iter().map(|expert| expert.skill.clone()).collect();
    let mut columns: Vec<Vec<f64>> = GRID.iter().map(|&value| vec![value; skills.len()]).collect();
    let own = recipe.settings().selectivity;
    if !columns.contains(&own) {
        columns.push(own);
    }
    let tensors: Vec<TensorTally> = tensors().iter().enumerate().map(|(at, one)| tally(&columns, at, one)).collect();
    let overlap = (0..columns.len()).map(|column| overlap(column, &tensors)).collect();
    MaskStatistics { skills, columns, tensors, overlap }
}

/// Counts after a moment; in the scene of counting they never come, in that of a failure they cannot be made.
pub fn count(request: &CountMasks, on_event: Rc<dyn Fn(JobEvent)>) {
    if scene("counting") {
        return;
    }
    let end = match scene("failed") {
        true => JobEvent::Failed { failure: problems::file_changed("/home/ada/sample/optdigits", true).into() },
        false => JobEvent::Masked { masks: Box::new(counts(&request.recipe)) },
    };
    set_timeout(move || on_event(end), Duration::from_millis(300));
}

/// A pointed hill.
pub fn sizes(request: &ChangeSizes) -> Histogram {
    let bar = |at: usize| {
        let from_middle = (at as f64 - 31.5).abs() / 32.0;
        let noise = 1.0 + 0.16 * (at as f64 * 2.7 + request.tensors.len() as f64).sin();
        ((-from_middle * 4.2).exp() * noise * 40_000.0) as u64
    };
    Histogram { reach: request.reach, counts: (0..Histogram::BARS).map(bar).collect() }
}

/// Selectivities of the skills that have examples, after a few steps.
pub fn choose(request: &ChooseMasks, on_event: Rc<dyn Fn(JobEvent)>) {
    let wish = &request.wish;
    let steps = 8u64;
    let news = |done: u64| {
        JobEvent::Progress(Progress {
            phase: Phase::Measure,
            done,
            total: steps,
            unit: Unit::Mixes,
            seconds_left: None,
            part: None,
            part_at: 0,
            parts: 0,
        })
    };
    let one = |(at, expert): (usize, &protocol::recipe::Expert)| {
        let has_examples = wish.examples.iter().any(|given| given.skill == expert.skill);
        let best = SELECTIVITIES[[1, 3, 2, 2][at % 4]];
        let score = |value: f64| Measured::share((180.0 - 60.0 * (value - best).abs()) as u64, 200);
        let tried = SELECTIVITIES.iter().filter_map(|&value| Some((value, score(value)?)));
        ChosenSelectivity {
            skill: expert.skill.clone(),
            selectivity: if has_examples { best } else { 0.4 },
            by: if has_examples { ChosenBy::Accuracy } else { ChosenBy::Default },
            tried: if has_examples { tried.collect() } else { vec![] },
        }
    };
    let chosen = ChosenMasks { skills: wish.recipe.experts.iter().enumerate().map(one).collect() };
    let script = (0..=steps).map(news).chain([JobEvent::Chosen { chosen }]);
    for (at, event) in script.enumerate() {
        let on_event = on_event.clone();
        set_timeout(move || on_event(event), Duration::from_millis(at as u64 * 80));
    }
}
