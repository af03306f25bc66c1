//! Scripted answers in place of the shell: `?fake=SCENE`, and `&theme=dark` for the other theme; `&drag=1` and
//! `&checking=1` hold those states.
//!
//! Scenes: `start`, `first` (no recent projects), `models-empty`, `models`, `mix`, `save`, `saving` (held in the
//! middle), `done`, `error`. From each, everything can be used on: a save takes two seconds of scripted progress.
//!
//! Three of the four skills have examples. Words in the name of a scene change that: `models-none` and `mix-none` (no
//! examples), `models-trouble` and `mix-trouble` (labels that are not known, a model that cannot be run, few examples),
//! `models-whose` (dropped examples of nobody), `models-pack` (a dropped skill pack), `mix-agree` (no labels), `mix-measuring` (held in the middle, after a
//! change), `mix-slow`, `mix-judge`, `mix-table`, `mix-try`, `mix-text`, `mix-confusion`, `mix-confusion-large`,
//! `mix-cross`, `mix-layers`. Keep-masks: `mix-masks`, with `-large` (24 blocks), `-table`, `-row` (a row opened,
//! another excluded), `-chosen`, `-plain` (a method without masks), `-keep` (Keep-masks), `-counting`, `-failed`;
//! tints: see `tint`; trade-offs: see `trade`; methods: `mix-more`, `mix-settings`, `mix-keep`, `mix-ties`; forms: `save-keep`, `save-pack`.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::*;
use protocol::command::{
    Added, ChangeSizes, ChooseMasks, Command, CountMasks, ForecastTint, ForecastTrade, Inspect, LookAtExamples,
    Machine, Measure, OutputFolder, Predict, Save, StartTint, StartTrade, Try, Unpack,
};
use protocol::engine::{EngineCard, EngineKind};
use protocol::event::{JobEvent, Phase, Progress, Unit};
use protocol::failure::{Failure, Problem};
use protocol::forecast::{Forecast, PlannedFile, TensorCounts};
use protocol::model::{CellState, Dtype, Inspection, ModelCard, ModelId, Role, RoleReason, TableRow, Verdict};
use protocol::project::{Opened, Project, ProjectModel, Recent};
use protocol::recipe::{ChangeType, Layout, Recipe};
use protocol::report::{Check, CheckName, Compat, Memory, OpenableModel, Parent, Report, WrittenFile};
use protocol::words::{problems, verdict};
use serde_json::{Value, json};

use crate::page;

pub mod masks;
pub mod packs;
pub mod scenes;
pub mod scores;
pub mod tint;
pub mod trade;

/// Id, skill, pigment, labels, size of the change.
const SKILLS: [(&str, &str, u8, u64, f64); 4] = [
    ("optdigits", "Optdigits", 1, 10, 0.094),
    ("fashion_mnist", "Fashion mnist", 2, 10, 0.112),
    ("letters_latin", "Letters latin", 3, 26, 0.128),
    ("letters_hiragana", "Letters hiragana", 4, 46, 0.131),
];
/// The same in the scenes of trade-offs, which have up to eight.
const TRADED: [(&str, &str, u8, u64, f64); 8] = [
    ("flowers", "Flowers", 1, 102, 0.094),
    ("signs", "Signs", 2, 43, 0.112),
    ("birds", "Birds", 3, 200, 0.128),
    ("cars", "Cars", 4, 196, 0.131),
    ("textures", "Textures", 5, 47, 0.102),
    ("digits", "Digits", 6, 10, 0.09),
    ("scenes", "Scenes", 7, 397, 0.121),
    ("house_numbers", "House nos.", 8, 10, 0.117),
];
const PARTS: u64 = 70;

/// The specialists of the scene in front.
pub fn skills() -> &'static [(&'static str, &'static str, u8, u64, f64)] {
    match trade::specialists() {
        Some(count) => &TRADED[..count],
        None => &SKILLS,
    }
}

thread_local! {
    /// Whether the scripted save was cancelled.
    static STOPPED: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// The scene in the address, if there is one.
pub fn scenario() -> Option<String> {
    parameter("fake")
}

fn parameter(name: &str) -> Option<String> {
    let query = window().location().search().ok()?;
    let pairs = query.trim_start_matches('?').split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(key, _)| *key == name).map(|(_, value)| value.to_owned()).next()
}

/// The answer to a request.
pub async fn answer<C: Command>(request: &C) -> Result<C::Reply, Failure> {
    let request = serde_json::to_value(request).unwrap_or_default();
    let reply = scripted(C::NAME, request)?;
    serde_json::from_value(reply).map_err(|fault| problems::bug(format!("fake {}: {fault}", C::NAME)).into())
}

fn value<T: serde::Serialize>(thing: T) -> Value {
    serde_json::to_value(thing).unwrap_or_default()
}

fn parse<T: serde::de::DeserializeOwned>(request: Value) -> Result<T, Failure> {
    serde_json::from_value(request).map_err(|fault| problems::bug(fault.to_string()).into())
}

fn scripted(name: &str, request: Value) -> Result<Value, Failure> {
    Ok(match name {
        "status" => value(machine()),
        "engines" => value([processor()]),
        "recents" => value(recents()),
        "pick_models" => {
            value(Added { models: vec![ModelId("letters_hiragana".into())], examples: vec![], packs: vec![] })
        }
        "pick_examples" => value(Some(ModelId("more-examples".into()))),
        "pick_picture" => value(Some(ModelId("ankle-boot.png".into()))),
        "look_at_pack" => value(packs::card()),
        "look_at_examples" => value(scores::look(&parse::<LookAtExamples>(request)?)),
        "try_out" => value(scores::answer(&parse::<Try>(request)?)?),
        "export_text" => value(Some("scores.csv")),
        "change_sizes" => value(masks::sizes(&parse::<ChangeSizes>(request)?)),
        "pick_folder" => value(Some(folder())),
        "open_sample" | "open_recent" => value(sample()),
        "pick_project" => value(Some(sample())),
        "keep_project" => json!("sample"),
        "inspect" => value(inspection(&parse::<Inspect>(request)?)),
        "predict" => value(forecast(&parse::<Predict>(request)?)),
        "forecast_tint" => value(tint::forecast(&parse::<ForecastTint>(request)?)),
        "forecast_trade" => value(trade::forecast(&parse::<ForecastTrade>(request)?)),
        "set_paused" => {
            tint::set_paused(request["paused"] == true);
            trade::set_paused(request["paused"] == true);
            Value::Null
        }
        "stop_trade" => {
            trade::stop();
            Value::Null
        }
        "discard_trade" => {
            trade::forget();
            Value::Null
        }
        "stop_tint" => {
            tint::stop();
            Value::Null
        }
        "cancel" => {
            STOPPED.with(|stopped| stopped.set(true));
            Value::Null
        }
        "recipe_text" => json!("{ \"format\": 1 }"),
        _ => Value::Null,
    })
}

fn folder() -> OutputFolder {
    OutputFolder { id: "models".into(), name: "Models".into(), place: "/home/ada/Models".into(), free: 213_000_000_000 }
}

fn processor() -> EngineCard {
    EngineCard {
        id: "cpu".into(),
        name: "Processor, 8 threads".into(),
        kind: EngineKind::Cpu,
        backend: "none".into(),
        driver: String::new(),
        memory: None,
        max_binding: 0,
        f16: true,
        subgroups: false,
        chosen: true,
        why: "No graphics card was found. Everything works, slower.".into(),
    }
}

fn machine() -> Machine {
    Machine { engine: processor(), memory_free: 21_400_000_000, folder: folder(), version: "0.1.0".into() }
}

fn recents() -> Vec<Recent> {
    if scenario().as_deref() == Some("first") {
        return vec![];
    }
    let now = (page::now() / 1000.0) as u64;
    let one = |name: &str, days: u64, shares: &[(u8, f64)], missing| Recent {
        key: name.into(),
        name: name.into(),
        changed: now - days * 86_400,
        shares: shares.to_vec(),
        missing,
    };
    vec![
        one("Sample mix", 0, &[(1, 0.4), (2, 0.3), (3, 0.35), (4, 0.25)], 0),
        one("City walk", 1, &[(1, 0.2), (2, 0.2), (3, 0.2), (4, 0.2), (5, 0.2), (6, 0.2), (7, 0.1), (8, 0.2)], 0),
        one("Field guide", 5, &[(1, 0.4), (3, 0.35), (2, 0.3)], 0),
        one("Aerial and satellite", 12, &[(6, 0.6), (3, 0.4)], 2),
        one("Handwriting", 14, &[(5, 0.5), (4, 0.3), (8, 0.4)], 0),
    ]
}

fn sample() -> Opened {
    let experts: Vec<(&str, &str)> = skills().iter().map(|skill| (skill.1, skill.0)).collect();
    let recipe = Recipe::new(protocol::methods::METHODS[0].name, Some("base"), &experts);
    let mut models = vec![ProjectModel { path: "base".into(), pigment: 0 }];
    models.extend(skills().iter().map(|skill| ProjectModel { path: skill.0.into(), pigment: skill.2 }));
    let ids = models.iter().map(|model| ModelId(model.path.clone())).collect();
    let project = Project {
        format: 1,
        key: String::new(),
        name: "Sample mix".into(),
        models,
        recipe,
        examples: scores::given(),
        saved_at: None,
    };
    Opened { project, models: ids, missing: vec![] }
}

fn card(id: &ModelId, base: bool, chosen: bool) -> ModelCard {
    let skill = skills().iter().find(|skill| skill.0 == id.0);
    let private = if skill.is_some() { vec!["classifier.weight".into(), "classifier.bias".into()] } else { vec![] };
    let reason = match (base, chosen) {
        (true, true) => RoleReason::Chosen,
        (true, false) => RoleReason::NoPrivateParts,
        _ => RoleReason::NotBase,
    };
    ModelCard {
        id: id.clone(),
        name: id.0.clone(),
        skill: skill.map_or_else(|| id.0.clone(), |skill| skill.1.into()),
        place: format!("/home/ada/sample/{}", id.0),
        paths: vec![format!("/home/ada/sample/{}/model.safetensors", id.0)],
        family: "ViT".into(),
        role: if base { Role::Base } else { Role::Expert },
        role_reason: reason,
        parameters: 458_592 + skill.map_or(0, |skill| skill.3 * 97),
        tensors: PARTS + if skill.is_some() { 2 } else { 0 },
        bytes: 1_843_000,
        dtypes: BTreeMap::from([(Dtype::F32, 458_592)]),
        private,
        layers: Some(4),
        width: Some(96),
        words: None,
        labels: skill.map(|skill| skill.3),
        licence: Some("CC0-1.0".into()),
        change: skill.filter(|_| !base).map(|skill| skill.4),
        recipe: None,
    }
}

fn inspection(request: &Inspect) -> Inspection {
    let wanted = request.base.clone().unwrap_or_else(|| ModelId("base".into()));
    let base = request.models.iter().find(|id| **id == wanted && !request.no_base);
    let mut models: Vec<ModelCard> = base.iter().map(|id| card(id, true, request.base.is_some())).collect();
    models.extend(request.models.iter().filter(|id| Some(*id) != base).map(|id| card(id, false, false)));
    let problems = if scenario().as_deref() == Some("error") { troubles() } else { vec![] };
    let verdict = if problems.is_empty() { Verdict::Ready } else { Verdict::Cannot };
    let because = match verdict {
        Verdict::Ready => {
            verdict::ready(models.len(), PARTS, models.iter().filter(|card| !card.private.is_empty()).count())
        }
        _ => verdict::because(&problems),
    };
    let table = table(&models, !problems.is_empty());
    Inspection { verdict, title: verdict::title(verdict, 0), because, bytes_read: 84_213, models, table, problems }
}

fn table(models: &[ModelCard], trouble: bool) -> Vec<TableRow> {
    let row = |name: &str, values: Vec<String>, stops: bool| {
        let differs = values.iter().any(|value| *value != values[0]);
        let state = |value: &String| match (*value == values[0], value == verdict::row::NONE, stops) {
            (true, ..) => CellState::Same,
            (_, true, _) => CellState::Missing,
            (_, _, true) => CellState::Stops,
            _ => CellState::Differs,
        };
        TableRow { row: name.into(), states: values.iter().map(state).collect(), values, differs }
    };
    let all = |value: &str| vec![value.to_owned(); models.len()];
    let last = |value: &str, other: &str| {
        let mut values = all(value);
        if let Some(cell) = values.last_mut().filter(|_| trouble) {
            *cell = other.to_owned();
        }
        values
    };
    let labels = models.iter().map(|card| card.labels.map_or(verdict::row::NONE.into(), |count| count.to_string()));
    vec![
        row(verdict::row::FAMILY, all("ViT"), false),
        row(verdict::row::LAYERS, last("4", "6"), true),
        row(verdict::row::WIDTH, last("96", "128"), true),
        row(verdict::row::PARTS, last("70", "102"), true),
        row(verdict::row::LABELS, labels.collect(), false),
        row(verdict::row::TYPE, last("F32", "BF16"), false),
    ]
}

fn troubles() -> Vec<Problem> {
    let hiragana = "/home/ada/sample/letters_hiragana";
    vec![
        problems::placeholder("/home/ada/garden-birds.safetensors", 134, Some(1_700_000_000)),
        problems::built_differently(
            ("base", Some(4), Some(96)),
            ("letters_hiragana", Some(6), Some(128)),
            hiragana,
            "layers 4 / 6 · width 96 / 128 · 70 parts / 102 parts".into(),
        ),
        problems::number_types(
            &[("Optdigits".into(), Dtype::F32), ("Letters hiragana".into(), Dtype::BF16)],
            Dtype::F32,
        ),
    ]
}

fn files(recipe: &Recipe) -> Vec<PlannedFile> {
    let file = |path: String, bytes| PlannedFile { path, bytes };
    let mut files = Vec::new();
    for expert in &recipe.experts {
        let folder = expert.skill.to_lowercase().replace(' ', "-");
        match recipe.output.layout {
            Layout::PerSkill => {
                files.push(file(format!("{folder}/model.safetensors"), 1_843_712));
                files.push(file(format!("{folder}/config.json"), 1_204));
            }
            Layout::Shared => files.push(file(format!("heads/{folder}.safetensors"), 14_208)),
            Layout::Pack => files.push(file(format!("masks/{folder}.safetensors"), 57_700)),
        }
    }
    if recipe.output.layout == Layout::Pack {
        let parts = match recipe.output.change {
            ChangeType::F32 => 1_834_368,
            ChangeType::F16 => 917_184,
            ChangeType::Int8 => 461_900,
        };
        files.insert(0, file("change.safetensors".into(), parts));
        if recipe.output.with_base {
            files.insert(0, file("base/model.safetensors".into(), 1_829_504));
        }
    }
    if recipe.output.layout == Layout::Shared {
        files.insert(0, file("model.safetensors".into(), 1_829_504));
        files.insert(1, file("config.json".into(), 1_204));
    }
    files.push(file("README.md".into(), 0));
    files.push(file("recipe.json".into(), 0));
    files
}

fn forecast(request: &Predict) -> Forecast {
    let files = files(&request.recipe);
    let taken = request.name == "taken";
    Forecast {
        memory: 12_300_000,
        memory_free: 21_400_000_000,
        reads: 9_215_000,
        writes: files.iter().map(|file| file.bytes).sum(),
        disk_free: Some(folder().free),
        seconds: 1.4,
        engine: "Processor".into(),
        tensors: TensorCounts { merged: PARTS, copied: 0, private: 8 },
        parameters: 458_592,
        files,
        problems: if taken { vec![problems::name_taken("taken", "taken 2")] } else { vec![] },
    }
}

fn progress(phase: Phase, done: u64, total: u64) -> JobEvent {
    let part_at = (done * PARTS).checked_div(total).unwrap_or_default();
    let part = format!("vit.encoder.layer.{}.attention.attention.key.weight", part_at / 16);
    JobEvent::Progress(Progress {
        phase,
        done,
        total,
        unit: Unit::Bytes,
        seconds_left: Some(2.0 * (1.0 - done as f64 / total as f64)),
        part: (phase == Phase::Write).then_some(part),
        part_at,
        parts: PARTS,
    })
}

/// A job in scripted steps.
pub async fn run<C: Command>(request: &C, on_event: impl Fn(JobEvent) + 'static) -> Result<C::Reply, Failure> {
    let asked = value(request);
    let on_event: Rc<dyn Fn(JobEvent)> = Rc::new(on_event);
    match C::NAME {
        "statistics" => scores::compare(on_event),
        "count_masks" => masks::count(&parse::<CountMasks>(asked)?, on_event),
        "choose_masks" => masks::choose(&parse::<ChooseMasks>(asked)?, on_event),
        "start_trade" => trade::run(parse::<StartTrade>(asked)?, on_event),
        "start_tint" => tint::run(parse::<StartTint>(asked)?, on_event),
        "unpack" => save(&packs::as_save(parse::<Unpack>(asked)?), on_event),
        "measure" => scores::measure(&parse::<Measure>(asked)?, on_event),
        _ => {
            scores::give_up();
            save(&parse::<Save>(asked)?, on_event);
        }
    }
    parse(Value::Null)
}

/// A save in scripted steps; in the scene `saving` it stays in the middle.
fn save(request: &Save, on_event: Rc<dyn Fn(JobEvent)>) {
    let total = 7_379_664;
    let held = scenario().as_deref() == Some("saving");
    let mut script = vec![JobEvent::Started { engine: "Processor".into() }, progress(Phase::Reserve, 1, 1)];
    let steps = if held { 25 } else { 40 };
    script.extend((0..=steps).map(|at| progress(Phase::Write, total * at / 40, total)));
    if !held {
        script.extend((0..=4).map(|at| progress(Phase::Verify, total * at / 4, total)));
        script.push(progress(Phase::Publish, 1, 1));
        script.push(JobEvent::Finished { report: Box::new(report(request)) });
    }
    let pace = if scenario().as_deref() == Some("done") { 2 } else { 50 };
    STOPPED.with(|stopped| stopped.set(false));
    for (at, event) in script.into_iter().enumerate() {
        let on_event = on_event.clone();
        let tell = move || {
            if !STOPPED.with(std::cell::Cell::get) {
                on_event(event);
            } else if matches!(event, JobEvent::Finished { .. }) {
                on_event(JobEvent::Failed { failure: problems::cancelled().into() });
            }
        };
        set_timeout(tell, Duration::from_millis(at as u64 * pace));
    }
}

fn report(request: &Save) -> Report {
    let sha = "9f31c07a52e48bd6000000000000000000000000000000001e77a40c6d9520fb";
    let written = |file: PlannedFile| WrittenFile { path: file.path, bytes: file.bytes.max(2_100), sha256: sha.into() };
    let check = |name, value: &str| Check { name, passed: true, value: value.into() };
    let open =
        |skill: &str| OpenableModel { folder: skill.to_lowercase().replace(' ', "-"), skill: Some(skill.into()) };
    let parents = ["base"].into_iter().chain(skills().iter().map(|skill| skill.0));
    Report {
        out: format!("/home/ada/Models/{}", request.name),
        files: files(&request.recipe).into_iter().map(written).collect(),
        models: request.recipe.experts.iter().map(|expert| open(&expert.skill)).collect(),
        method: request.recipe.method.name.clone(),
        compat: Compat::Fixed,
        seed: 0,
        engine: "Processor".into(),
        fallback_chunks: 0,
        tensors: TensorCounts { merged: PARTS, copied: 0, private: 8 },
        parents: parents.map(|name| Parent { name: name.into(), sha256: sha.into() }).collect(),
        recipe_sha256: sha.into(),
        memory: Memory { forecast: 12_300_000, peak: 11_900_000 },
        seconds: 1.6,
        checks: vec![
            check(CheckName::OpensAgain, "4 models, 72 of 72 parts each"),
            check(CheckName::SizesMatch, "7.4 MB expected, 7.4 MB written"),
            check(CheckName::AllFinite, "1.8 million weights"),
            check(CheckName::Differs, "closest: Optdigits, 4.1 % apart"),
        ],
        warnings: vec![],
        pack: None,
    }
}
