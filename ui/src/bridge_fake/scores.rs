//! Scripted examples, scores and answers.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::set_timeout;
use protocol::command::{LookAtExamples, Measure, Try};
use protocol::event::{JobEvent, Phase, Progress, Unit};
use protocol::failure::Failure;
use protocol::measure::{
    AnswerShare, Answers, CrossRow, CrossTable, ExampleKind, ExamplesCard, Given, Measurement, Picture, Shown,
    SkillAnswers, Subject, Wish,
};
use protocol::project::ProjectExamples;
use protocol::recipe::Recipe;
use protocol::score::{Measured, Metric, Part, References, Scores, SkillScore, Skipped};
use protocol::statistics::{LayerStatistics, Products};
use protocol::words::{examples, problems};

use super::{SKILLS, scenario, skills};

/// Scores of the specialist and of the starting model, by place among the skills.
const ALONE: [(f64, f64); 4] = [(0.958, 0.412), (0.92, 0.235), (0.886, 0.324), (0.91, 0.2)];

const CLOTHES: [&str; 10] =
    ["t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"];

thread_local! {
    /// Number of the newest measurement; an earlier one is given up.
    static TURN: Cell<u32> = const { Cell::new(0) };
}

fn scene(part: &str) -> bool {
    scenario().is_some_and(|scene| scene.contains(part))
}

/// Examples of the sample in the scene in front.
pub fn given() -> Vec<ProjectExamples> {
    let all = skills().iter().map(|skill| skill.0);
    let with: Vec<&str> = match () {
        () if scene("none") || scene("locked") => vec![],
        () if scene("trade") || scene("trouble") || scene("large") || scene("cross") => all.collect(),
        () => all.take(3).collect(),
    };
    with.into_iter().map(|id| ProjectExamples { model: id.into(), path: format!("{id}-examples") }).collect()
}

pub fn place_of(model: &str) -> usize {
    skills().iter().position(|skill| skill.0 == model).unwrap_or(0)
}

fn labels(at: usize) -> Vec<String> {
    match at {
        1 => CLOTHES.map(str::to_owned).to_vec(),
        2 => ('a'..='z').map(String::from).collect(),
        3 => "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをん"
            .chars()
            .map(String::from)
            .collect(),
        _ => (0..10).map(|digit: u32| digit.to_string()).collect(),
    }
}

/// How many examples a skill has.
pub fn amount(at: usize) -> u64 {
    match at {
        0 if scene("few") || scene("trouble") => 190,
        0 => 400,
        1 => 1_200,
        _ => 900,
    }
}

pub fn look(request: &LookAtExamples) -> ExamplesCard {
    let at = place_of(&request.model.0);
    let name = request.examples.0.clone();
    let place = format!("/home/ada/examples/{name}");
    let has_labels = !(scene("agree") && at == 0);
    let skip = |file: &str, why: String| Skipped { file: file.into(), why };
    let problems = match at {
        1 if scene("trouble") => {
            vec![examples::labels_unknown(&place, &["boots".to_owned(), "hat".to_owned()], &labels(1))]
        }
        2 if scene("trouble") => vec![examples::cannot_run(&place, SKILLS[2].1, "swin".into())],
        _ => vec![],
    };
    let all = amount(at);
    ExamplesCard {
        id: request.examples.clone(),
        name,
        place,
        kind: if scene("text") { ExampleKind::Texts } else { ExampleKind::Pictures },
        examples: all,
        parts: [all - all / 5 * 2, all / 5, all / 5],
        labels: has_labels.then(|| labels(at)),
        skipped: if at == 0 {
            vec![
                skip("3/scan_0041.png", examples::broken_picture()),
                skip("notes.txt", examples::not_a_picture()),
                skip("7/scan_0107.png", examples::huge_picture()),
            ]
        } else {
            vec![]
        },
        problems,
    }
}

fn share(correct: u64, examples: u64) -> Option<Measured> {
    Measured::share(correct.min(examples), examples)
}

/// A score that grows with the own strength and suffers from the others.
fn estimate(recipe: &Recipe, at: usize, expert: usize) -> f64 {
    let (own, base) = ALONE[at % ALONE.len()];
    let strengths = recipe.strengths();
    let mine = strengths.get(expert).copied().unwrap_or(0.0);
    let others = strengths.iter().sum::<f64>() - mine;
    let gain = (1.0 - (-5.5 * mine).exp()) * (1.0 - 0.04 * others) - 0.05 * (mine - 0.7).max(0.0);
    (base + (own - base) * gain + by_masks(recipe, at)).clamp(0.0, 1.0)
}

/// What masks add: most where weights of one skill alone are removed, less the farther the selectivity is from its best.
fn by_masks(recipe: &Recipe, at: usize) -> f64 {
    let settings = recipe.settings();
    if recipe.method.name != "consensus" {
        return 0.0;
    }
    let removed = [0.0, 0.006, 0.021, -0.03, -0.08, -0.4][(settings.k as usize).min(5)];
    let own = settings.selectivity.first().copied().unwrap_or(0.4);
    removed - 0.08 * (own - [0.3, 0.5, 0.4, 0.4][at % 4]).abs()
}

pub fn wilson(share: f64, count: f64) -> [f64; 2] {
    let z = 1.96;
    let middle = (share + z * z / (2.0 * count)) / (1.0 + z * z / count);
    let half = z * (share * (1.0 - share) / count + z * z / (4.0 * count * count)).sqrt() / (1.0 + z * z / count);
    [middle - half, middle + half]
}

/// Counts in which neighbours are mixed up, more of them further on.
fn confusion(labels: usize, correct: u64, examples: u64) -> Vec<Vec<u64>> {
    let mut counts = vec![vec![0; labels]; labels];
    for at in 0..correct as usize {
        counts[at % labels][at % labels] += 1;
    }
    for at in 0..(examples - correct) as usize {
        let row = (at * at + 3 * at) % labels;
        let column = if at % 3 == 0 { labels - 1 - row } else { (row + 1 + at % 2) % labels };
        let column = if column == row { (row + 1) % labels } else { column };
        counts[row][column] += 1;
    }
    counts
}

fn score(wish: &Wish, given: &Given) -> Option<SkillScore> {
    let expert = wish.recipe.experts.iter().position(|expert| expert.skill == given.skill)?;
    let at = place_of(&wish.recipe.experts[expert].path);
    let available = amount(at) / 5;
    let examples = wish.most.map_or(available, |most| available.min(most));
    let counted = |score: f64| (score * examples as f64).round() as u64;
    let correct = counted(estimate(&wish.recipe, at, expert));
    let value = share(correct, examples)?;
    let agrees = scene("agree") && at == 0;
    let mut even = wish.recipe.clone();
    even.experts.iter_mut().for_each(|expert| expert.strength = None);
    let labels = labels(at);
    Some(SkillScore {
        skill: given.skill.clone(),
        head_from: skills()[at].0.into(),
        examples_from: given.path.clone(),
        available,
        metric: if agrees { Metric::Agreement } else { Metric::Accuracy },
        value,
        correct,
        examples,
        interval: wilson(value.value(), examples as f64),
        mean_per_class: (!agrees).then_some(value.value() - 0.006),
        top5: (!agrees).then_some((value.value() + 0.08).min(1.0)),
        ece: (!agrees).then_some(0.021),
        references: References {
            expert: share(counted(ALONE[at].0), examples),
            base: share(counted(ALONE[at].1), examples),
            equal: share(counted(estimate(&even, at, expert)), examples),
        },
        confusion: confusion(labels.len(), correct, examples),
        labels,
        skipped: vec![],
    })
}

fn cross(wish: &Wish, scores: &[SkillScore]) -> CrossTable {
    let skills: Vec<String> = scores.iter().map(|score| score.skill.clone()).collect();
    let own = |read: fn(&SkillScore) -> Option<Measured>| scores.iter().map(read).collect::<Vec<_>>();
    let expert = |name: &str| {
        let column = |score: &SkillScore| {
            let one = score.references.expert.filter(|_| score.skill == name);
            let foreign = score.references.base.map(|base| (base.value() * 0.8 * score.examples as f64) as u64);
            one.or(share(foreign.unwrap_or(0), score.examples))
        };
        CrossRow { model: Subject::Expert(name.into()), scores: scores.iter().map(column).collect() }
    };
    let mut rows = vec![CrossRow { model: Subject::Base, scores: own(|score| score.references.base) }];
    rows.extend(wish.recipe.experts.iter().map(|one| expert(&one.skill)));
    rows.push(CrossRow { model: Subject::Equal, scores: own(|score| score.references.equal) });
    rows.push(CrossRow { model: Subject::Mix, scores: own(|score| Some(score.value)) });
    CrossTable { metrics: vec![Metric::Accuracy; skills.len()], skills, rows }
}

fn progress(phase: Phase, done: u64, total: u64) -> JobEvent {
    let unit = if phase == Phase::Load { Unit::Bytes } else { Unit::Examples };
    JobEvent::Progress(Progress { phase, done, total, unit, seconds_left: None, part: None, part_at: 0, parts: 0 })
}

fn script(wish: &Wish) -> Vec<JobEvent> {
    let all: Vec<SkillScore> = wish.examples.iter().filter_map(|given| score(wish, given)).collect();
    let total: u64 = all.iter().map(|score| score.examples).sum();
    let mut events = vec![JobEvent::Started { engine: "cpu".into() }];
    events.extend((0..=4).map(|at| progress(Phase::Load, 2_300_000 * at, 9_200_000)));
    let mut done = 0;
    for (at, score) in all.iter().enumerate() {
        events.extend((1..=4).map(|step| progress(Phase::Measure, done + score.examples * step / 4, total)));
        done += score.examples;
        let scores = Scores::new(wish.part, 0, all[..=at].to_vec());
        events.push(JobEvent::Scored { scores: Box::new(scores) });
        // In this scene a measurement stays in the middle.
        if scene("measuring") && wish.recipe.strengths().first().is_some_and(|strength| *strength > 0.45) {
            return events;
        }
    }
    let cross = wish.cross.then(|| cross(wish, &all));
    let scores = Scores::new(wish.part, 0, all);
    let measurement = Measurement { scores, cross, routed: None, problems: vec![], resident: true, seconds: 1.3 };
    events.push(JobEvent::Measured { measurement: Box::new(measurement) });
    events
}

/// A measurement that still runs is cancelled.
pub fn give_up() {
    TURN.with(|turn| turn.set(turn.get() + 1));
}

/// A measurement in scripted steps.
pub fn measure(request: &Measure, on_event: Rc<dyn Fn(JobEvent)>) {
    give_up();
    let turn = TURN.with(Cell::get);
    super::STOPPED.with(|stopped| stopped.set(false));
    let is_last = |event: &JobEvent| matches!(event, JobEvent::Measured { .. });
    for (at, event) in script(&request.wish).into_iter().enumerate() {
        let on_event = on_event.clone();
        let tell = move || {
            let given_up = TURN.with(Cell::get) != turn || super::STOPPED.with(Cell::get);
            if !given_up {
                on_event(event);
            } else if is_last(&event) {
                on_event(JobEvent::Failed { failure: problems::cancelled().into() });
            }
        };
        set_timeout(tell, Duration::from_millis(at as u64 * if scene("slow") { 300 } else { 40 }));
    }
}

/// A boot in coarse pixels, two digits to a pixel of grey.
fn boot() -> Picture {
    let size = 28u32;
    let grey = |x: u32, y: u32| -> u8 {
        let shaft = (9..=16).contains(&x) && (4..=18).contains(&y);
        let foot = (9..=24).contains(&x) && (15..=22).contains(&y) && !(y < 17 && x > 20);
        let sole = (8..=25).contains(&x) && (23..=24).contains(&y);
        match (sole, shaft || foot) {
            (true, _) => 120,
            (_, true) => (140 + (x * 5 + y * 3) % 90) as u8,
            _ => 0,
        }
    };
    let pixels = (0..size).flat_map(|y| (0..size).map(move |x| grey(x, y)));
    Picture { width: size, height: size, rgb: pixels.map(|grey| format!("{grey:02x}{grey:02x}{grey:02x}")).collect() }
}

pub fn answer(request: &Try) -> Result<Answers, Failure> {
    let answer = |label: &str, share: f64| AnswerShare { label: label.into(), share };
    let row = |(at, expert): (usize, &protocol::recipe::Expert)| {
        let names = labels(place_of(&expert.path));
        let pick = |place: usize| names[place % names.len()].as_str();
        let (mix, own) = match at {
            0 => ((pick(1), 0.58), (pick(4), 0.71)),
            1 => ((pick(9), 0.93), (pick(9), 0.98)),
            _ => ((pick(11), 0.44), (pick(11), 0.62)),
        };
        let three = |(label, share): (&str, f64)| {
            let rest = 1.0 - share;
            vec![answer(label, share), answer(pick(7), rest * 0.6), answer(pick(5), rest * 0.3)]
        };
        SkillAnswers { skill: expert.skill.clone(), mix: three(mix), expert: three(own) }
    };
    let skills = request.recipe.experts.iter().take(3).enumerate().map(row).collect();
    let problems = request.recipe.experts.iter().skip(3).map(|expert| protocol::measure::SkillProblem {
        skill: expert.skill.clone(),
        problem: examples::no_head("/home/ada/sample/letters_hiragana", &expert.skill),
    });
    Ok(Answers {
        name: match &request.shown {
            Shown::Picture(id) => id.0.clone(),
            Shown::Text(text) => text.clone(),
        },
        picture: matches!(request.shown, Shown::Picture(_)).then(boot),
        skills,
        problems: problems.collect(),
    })
}

/// Statistics of four skills over four blocks and what lies around them.
fn statistics() -> LayerStatistics {
    let count = SKILLS.len();
    let cosine = |a: usize, b: usize, shift: f64| match (a.min(b), a.max(b)) {
        (a, b) if a == b => 1.0,
        (2, 3) => 0.41 - 0.03 * shift,
        (0, 1) => -0.12 + 0.01 * shift,
        (a, b) => 0.05 * (a + b) as f64 - 0.02 * shift,
    };
    let tensor = |name: String, size: f64, shift: f64| {
        let length = |at: usize| {
            let changed = !(at == 3 && name.contains("embeddings"));
            if changed { size * SKILLS[at].4 * (1.0 + 0.2 * (at as f64 * 1.7 + shift).sin()) } else { 0.0 }
        };
        let gram =
            (0..count).map(|a| (0..count).map(|b| length(a) * length(b) * cosine(a, b, shift)).collect()).collect();
        Products { name: name.clone(), elements: 27_000, base: 1.0, gram }
    };
    let mut tensors = vec![tensor("vit.embeddings.projection.weight".into(), 0.5, 0.0)];
    for block in 0..4 {
        for part in ["query", "key", "value", "dense"] {
            let name = format!("vit.encoder.layer.{block}.{part}.weight");
            tensors.push(tensor(name, 0.7 + 0.25 * f64::from(block), f64::from(block)));
        }
    }
    tensors.push(tensor("vit.layernorm.weight".into(), 2.1, 2.0));
    LayerStatistics::new(SKILLS.iter().map(|skill| skill.1.to_owned()).collect(), &tensors)
}

/// A comparison after a moment.
pub fn compare(on_event: Rc<dyn Fn(JobEvent)>) {
    let tell = move || on_event(JobEvent::Compared { statistics: Box::new(statistics()) });
    set_timeout(tell, Duration::from_millis(400));
}

/// The part that a scene shows.
pub fn part() -> Part {
    if scene("judge") { Part::Judge } else { Part::Choose }
}
