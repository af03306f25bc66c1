//! The study of tints: every row of a plan with every seed, resumable, and a table of them.
//!
//! `cargo experiment -- [--plan FILE] [--models DIR] [--examples DIR]`: without folders, the bundled sample. A result that
//! is there already is not made again; `DIR` holds a folder or a zip for each skill of the sample.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use jobs::{Context, Gauge};
use protocol::event::JobEvent;
use protocol::measure::Given;
use protocol::recipe::{Method, Recipe};
use protocol::tint::{TintJudged, TintRow, TintRowKind, TintSettings, TintWish};
use protocol::words::screen::tint::way;
use protocol::words::{format, tinting};
use serde::{Deserialize, Serialize};

/// What is to be done: committed before any judge score is read.
#[derive(Deserialize)]
struct Plan {
    seeds: Vec<u64>,
    rows: Vec<Row>,
}

/// One row of the plan.
#[derive(Deserialize)]
struct Row {
    name: String,
    method: Method,
    #[serde(default)]
    settings: TintSettings,
    /// Seeds of this row, where they are not those of the plan.
    #[serde(default)]
    seeds: Option<Vec<u64>>,
}

/// What is kept of one run: nothing of it depends on where files lie.
#[derive(Serialize, Deserialize)]
struct Kept {
    name: String,
    method: Method,
    settings: TintSettings,
    best_round: u32,
    trained_parameters: u64,
    parameters: u64,
    empty: u64,
    seconds: f64,
    rows: Vec<TintRow>,
    judged: Vec<TintJudged>,
}

/// Where things are.
struct Places {
    plan: PathBuf,
    base: PathBuf,
    experts: Vec<(String, PathBuf)>,
    examples: PathBuf,
}

fn main() -> Result<(), Box<dyn Error>> {
    let places = places()?;
    let plan: Plan = serde_json::from_str(&fs::read_to_string(&places.plan)?)?;
    let results = places.plan.with_file_name("results");
    fs::create_dir_all(&results)?;
    let mut gauge = Gauge::new();
    let mut all: BTreeMap<(usize, u64), Kept> = BTreeMap::new();
    for (at, row) in plan.rows.iter().enumerate() {
        for &seed in row.seeds.as_ref().unwrap_or(&plan.seeds) {
            let file = results.join(format!("{}-{seed}.json", row.name));
            if !file.exists() {
                let kept = run(&mut gauge, row, seed, &places)?;
                fs::write(&file, serde_json::to_string(&kept)? + "\n")?;
            }
            all.insert((at, seed), serde_json::from_str(&fs::read_to_string(&file)?)?);
        }
    }
    let table = table(&plan, &all);
    fs::write(results.with_file_name("table.md"), &table)?;
    println!("{table}");
    Ok(())
}

fn places() -> Result<Places, Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let mut given = BTreeMap::new();
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().ok_or("every option has a value")?;
        given.insert(word, PathBuf::from(value));
    }
    let folder = |name: &str, usual: PathBuf| given.get(name).cloned().unwrap_or(usual);
    let models = folder("--models", root.join("src-tauri/sample"));
    let experts = fs::read_dir(models.join("experts"))?.collect::<Result<Vec<_>, _>>()?;
    let mut experts: Vec<(String, PathBuf)> =
        experts.iter().map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path())).collect();
    experts.sort();
    let absolute = |path: PathBuf| std::path::absolute(&path).unwrap_or(path);
    Ok(Places {
        plan: folder("--plan", root.join("docs/studies/tint/plan.json")),
        base: absolute(models.join("base")),
        experts: experts.into_iter().map(|(skill, path)| (skill, absolute(path))).collect(),
        examples: absolute(folder("--examples", root.join("src-tauri/sample/examples"))),
    })
}

fn wish(row: &Row, seed: u64, places: &Places) -> TintWish {
    let experts: Vec<(String, String)> =
        places.experts.iter().map(|(skill, path)| (skill.clone(), path.display().to_string())).collect();
    let named: Vec<(&str, &str)> = experts.iter().map(|(skill, path)| (skill.as_str(), path.as_str())).collect();
    let base = places.base.display().to_string();
    let recipe = Recipe { method: row.method.clone(), ..Recipe::new("average", Some(&base), &named) };
    let place = |skill: &str| {
        let folder = places.examples.join(skill);
        if folder.is_dir() { folder } else { folder.with_extension("zip") }
    };
    let given =
        |(skill, _): &(String, String)| Given { skill: skill.clone(), path: place(skill).display().to_string() };
    let settings = TintSettings { seed, ..row.settings.clone() };
    TintWish { recipe, examples: experts.iter().map(given).collect(), settings }
}

fn run(gauge: &mut Gauge, row: &Row, seed: u64, places: &Places) -> Result<Kept, Box<dyn Error>> {
    let work = std::env::temp_dir().join(format!("tincture-study-{}-{seed}", row.name));
    let tell = |event: JobEvent| {
        if let JobEvent::TintJudged { judged } = event {
            eprintln!("{}", tinting::judged(&judged));
        }
    };
    let cx = Context { events: Box::new(tell), ..Context::new(jobs::app_folder()) };
    let wish = wish(row, seed, places);
    eprintln!("{} with seed {seed}", row.name);
    let tinted = gauge.tint(&wish, &work, true, &cx).map_err(|failure| format!("{failure:?}"))?;
    fs::remove_dir_all(&work)?;
    Ok(Kept {
        name: row.name.clone(),
        method: row.method.clone(),
        settings: wish.settings,
        best_round: tinted.best_round,
        trained_parameters: tinted.trained_parameters,
        parameters: tinted.parameters,
        empty: tinted.empty,
        seconds: tinted.seconds,
        rows: tinted.rows,
        judged: tinted.judged,
    })
}

/// One line for every row of the plan and every way in it: mean and spread over the seeds.
fn table(plan: &Plan, all: &BTreeMap<(usize, u64), Kept>) -> String {
    let mut lines = vec![
        "| plan | way | seeds | mean | worst | error of the mean | choose, best round | kept round |".to_owned(),
        "| --- | --- | --- | --- | --- | --- | --- | --- |".to_owned(),
    ];
    for (at, row) in plan.rows.iter().enumerate() {
        let own: Vec<&Kept> = all.iter().filter(|((row, _), _)| *row == at).map(|(_, kept)| kept).collect();
        let mut kinds: Vec<TintRowKind> = own.iter().flat_map(|kept| &kept.rows).map(|row| row.method).collect();
        kinds.sort_unstable();
        kinds.dedup();
        for kind in kinds {
            lines.push(line(&row.name, kind, &own));
        }
    }
    lines.join("\n") + "\n"
}

fn line(name: &str, kind: TintRowKind, own: &[&Kept]) -> String {
    let rows: Vec<&TintRow> = own.iter().filter_map(|kept| kept.rows.iter().find(|row| row.method == kind)).collect();
    let spread = |values: Vec<f64>| {
        let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
        let square = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
        let deviation = (square / (values.len().max(2) - 1) as f64).sqrt();
        format!("{} ± {}", format::tenths(mean), format::tenths(deviation))
    };
    let is_result = matches!(kind, TintRowKind::Tinted | TintRowKind::Body);
    let best = |kept: &&Kept| kept.judged.iter().rev().find(|judged| judged.best).map(|judged| judged.mean);
    let chosen = if is_result { spread(own.iter().filter_map(best).collect()) } else { String::new() };
    let rounds: Vec<String> = own.iter().map(|kept| kept.best_round.to_string()).collect();
    let rounds = if is_result { rounds.join(", ") } else { String::new() };
    let margin = rows.iter().map(|row| row.margin).fold(0.0, f64::max);
    format!(
        "| {name} | {} | {} | {} | {} | {} | {chosen} | {rounds} |",
        way(kind),
        rows.len(),
        spread(rows.iter().map(|row| row.mean).collect()),
        spread(rows.iter().map(|row| row.worst).collect()),
        format::tenths(margin),
    )
}
