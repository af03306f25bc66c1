//! Scripted trade-offs.
//!
//! Scenes: `trade-before`, `trade-kept` (an earlier start measured some), `trade-none` (no examples), `trade-unfit`,
//! `trade-exploring` (held in the middle), `trade-paused`, `trade-asking`, `trade-failed`, `trade-2`, `trade-3`,
//! `trade-8` (a map of so many skills); a number may follow the others too. More words: `rough`, `pins`, `measured` (the
//! selected mix is measured), `used`, `table`, `save` (an estimate in the step Save).

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::*;
use protocol::command::{ForecastTrade, StartTrade};
use protocol::event::{JobEvent, Phase, Progress, Unit};
use protocol::score::{Estimate, Measured, Metric};
use protocol::trade::{
    TradeBand, TradeEstimate, TradeExamples, TradeForecast, TradeMap, TradeMix, TradePoint, TradeSkill, TradeVolume,
    TradeWish,
};
use protocol::words::problems;

use super::scenario;
use super::scores::place_of;
use crate::store::{Step, Store};
use crate::trades::MapView;
use crate::trading;

thread_local! {
    static PAUSED: Cell<bool> = const { Cell::new(false) };
    static ENDED: Cell<bool> = const { Cell::new(false) };
    static TURN: Cell<u32> = const { Cell::new(0) };
    /// What was measured so far, by any start.
    static KNOWN: RefCell<Vec<TradeMix>> = const { RefCell::new(Vec::new()) };
}

/// Scores of the specialist and of the starting model, by place of the skill.
const ALONE: [(f64, f64); 8] = [
    (0.958, 0.712),
    (0.92, 0.44),
    (0.886, 0.52),
    (0.91, 0.605),
    (0.79, 0.43),
    (0.99, 0.48),
    (0.745, 0.63),
    (0.965, 0.31),
];
/// Examples of a skill that every mix is asked about.
const EXAMPLES: [u64; 8] = [200, 200, 200, 200, 120, 200, 200, 200];
/// Mixes that an earlier start measured, in the scene that has one.
const KEPT: usize = 7;

fn scene(part: &str) -> bool {
    scenario().is_some_and(|scene| scene.starts_with("trade") && scene.contains(part))
}

/// How many specialists the scene in front has, if it is one of trade-offs.
pub fn specialists() -> Option<usize> {
    let scene = scenario().filter(|scene| scene.starts_with("trade"))?;
    let count = scene.split('-').find_map(|part| part.parse::<usize>().ok());
    Some(count.unwrap_or(2).clamp(1, ALONE.len()))
}

/// A number between -1 and 1 that looks like chance and is the same each time.
fn chance(at: usize) -> f64 {
    let mut mixed = (at as u32).wrapping_mul(0x9e37_79b9) ^ 0x5bd1_e995;
    for shift in [16, 13, 16] {
        mixed = (mixed ^ (mixed >> shift)).wrapping_mul(0x85eb_ca6b);
    }
    f64::from(mixed >> 8) / f64::from(1 << 23) - 1.0
}

/// What a mix scores in a skill: more with its own strength, less with those of the others.
fn expected(skill: usize, strengths: &[f64]) -> f64 {
    let (own, base) = ALONE[skill % ALONE.len()];
    let mine = strengths[skill];
    let rubs = |other: usize| (0.5 + 0.3 * chance(17 * (skill + 1) * (other + 3))) / (strengths.len() as f64 - 0.9);
    let others = strengths.iter().enumerate().filter(|(at, _)| *at != skill);
    let others: f64 = others.map(|(at, strength)| rubs(at) * strength * strength).sum();
    let gain = (1.0 - (-4.2 * mine).exp()) / (1.0 - (-4.2f64).exp());
    (base + (own - base) * gain * (1.0 - 0.5 * others) - 0.05 * others).clamp(0.0, 1.0)
}

fn share(value: f64, examples: u64) -> Measured {
    let correct = ((value * examples as f64).round() as u64).min(examples);
    Measured::share(correct, examples).unwrap_or_else(|| unreachable!("correct is at most all"))
}

/// The strengths of the mix that is measured at this place.
fn design(count: usize, at: usize) -> Vec<f64> {
    let to = |value: f64| (value.clamp(0.0, 1.0) * 1000.0).round() / 1000.0;
    let other = |own: usize| {
        let spread = chance(31 * at + 7 * own);
        to(if at.is_multiple_of(2) { 0.62 + 0.33 * spread } else { 0.5 + 0.5 * spread })
    };
    match at {
        0 => vec![0.0; count],
        at if at <= count => (1..=count).map(|own| f64::from(u8::from(own == at))).collect(),
        at if at == count + 1 => vec![1.0 / count as f64; count],
        _ => (0..count).map(other).collect(),
    }
}

fn mix(places: &[usize], strengths: Vec<f64>, at: usize) -> TradeMix {
    let is_guided = at > places.len() + 1 && (at.is_multiple_of(2) || at > 1_000);
    let score = |(skill, place): (usize, &usize)| {
        let examples = EXAMPLES[*place];
        share((expected(skill, &strengths) + 0.012 * chance(97 * at + skill)).clamp(0.0, 1.0), examples)
    };
    TradeMix {
        scores: places.iter().enumerate().map(score).collect(),
        expected: is_guided
            .then(|| (0..places.len()).map(|skill| Estimate::new(expected(skill, &strengths))).collect()),
        strengths,
    }
}

/// What is expected along the front: mixes that neither a measured one nor another one beats.
fn front_of(count: usize, measured: &[TradeMix]) -> Vec<TradeEstimate> {
    const MOST: usize = 120;
    let grid = |at: usize| vec![(at % 40) as f64 / 39.0, (at / 40) as f64 / 39.0];
    let cloud = |at: usize| (0..count).map(|own| (0.62 + 0.38 * chance(211 * at + 13 * own)).clamp(0.0, 1.0)).collect();
    let all: Vec<Vec<f64>> = if count == 2 { (0..1_600).map(grid).collect() } else { (0..900).map(cloud).collect() };
    let values = |strengths: &Vec<f64>| (0..count).map(|skill| expected(skill, strengths)).collect::<Vec<f64>>();
    let known = measured.iter().map(|mix| mix.scores.iter().map(|score| score.value()).collect());
    let rows: Vec<Vec<f64>> = known.chain(all.iter().map(values)).collect();
    let kept = front::non_dominated(&rows).unwrap_or_default();
    let mut kept: Vec<usize> = kept.into_iter().filter_map(|at| at.checked_sub(measured.len())).collect();
    kept.sort_by(|one, other| expected(0, &all[*other]).total_cmp(&expected(0, &all[*one])));
    let step = kept.len().div_ceil(MOST).max(1);
    let estimate = |at: usize| TradeEstimate {
        strengths: all[at].clone(),
        values: values(&all[at]).into_iter().map(Estimate::new).collect(),
        misses: Some((0..count).map(|skill| miss(skill) * (1.1 + 0.3 * chance(5 * at + skill))).collect()),
    };
    kept.into_iter().step_by(step).map(estimate).collect()
}

fn miss(skill: usize) -> f64 {
    if scene("rough") { 0.052 } else { 0.013 - 0.001 * (skill % 3) as f64 }
}

/// A plausible map of the skills that have examples in this wish.
fn map(wish: &TradeWish, measured: Vec<TradeMix>, with_front: bool) -> TradeMap {
    let places: Vec<usize> = wish.recipe.experts.iter().map(|expert| place_of(&expert.path)).collect();
    let count = places.len();
    let of = |skill: usize, strengths: &[f64]| share(expected(skill, strengths), EXAMPLES[places[skill]]);
    let alone = |own: usize| design(count, own + 1);
    let skill = |(at, expert): (usize, &protocol::recipe::Expert)| TradeSkill {
        skill: expert.skill.clone(),
        specialist: at,
        metric: Metric::Accuracy,
        examples: EXAMPLES[places[at]],
        expert: of(at, &alone(at)),
        base: Some(of(at, &vec![0.0; count])),
        equal: of(at, &vec![1.0 / count as f64; count]),
        alone: (0..count).map(|own| Some(of(at, &alone(own)))).collect(),
        typical_miss: with_front.then(|| miss(at)),
        band: if with_front && !scene("rough") { TradeBand::Good } else { TradeBand::Rough },
    };
    TradeMap {
        specialists: wish.recipe.experts.iter().map(|expert| expert.skill.clone()).collect(),
        skills: wish.recipe.experts.iter().enumerate().map(skill).collect(),
        search: wish.settings.search,
        most_strength: 1.0,
        budget: wish.settings.mixes(count),
        front: if with_front { front_of(count, &measured) } else { vec![] },
        hypervolume: with_front.then_some(TradeVolume { measured: 0.41, estimated: 0.44 }),
        seconds: 1.9 * measured.len() as f64,
        measured,
        problems: vec![],
    }
}

/// The mixes up to so many, in the order in which they are measured.
fn measured(wish: &TradeWish, first: &[Vec<f64>]) -> (Vec<TradeMix>, Vec<TradeMix>) {
    let places: Vec<usize> = wish.recipe.experts.iter().map(|expert| place_of(&expert.path)).collect();
    let count = places.len();
    let known = KNOWN.with_borrow(Clone::clone);
    let open = (wish.settings.mixes(count) as usize).saturating_sub(known.len());
    let asked = first.iter().enumerate().map(|(at, mix_of)| mix(&places, mix_of.clone(), 1_001 + at));
    let others = (known.len()..).map(|at| mix(&places, design(count, at), at));
    let new = asked.chain(others).take(open).collect();
    (known, new)
}

pub fn forecast(request: &ForecastTrade) -> TradeForecast {
    let wish = &request.wish;
    let mixes = wish.settings.mixes(wish.recipe.experts.len());
    if scene("kept") && KNOWN.with_borrow(Vec::is_empty) && TURN.with(Cell::get) == 0 {
        let (_, new) = measured(wish, &[]);
        KNOWN.set(new.into_iter().take(KEPT).collect());
    }
    let kept = KNOWN.with_borrow(Vec::len) as u32;
    let path = |skill: &str| wish.recipe.experts.iter().find(|one| one.skill == skill).map(|one| one.path.clone());
    let skill = |given: &protocol::measure::Given| TradeExamples {
        skill: given.skill.clone(),
        examples: EXAMPLES[path(&given.skill).map_or(0, |path| place_of(&path))],
        metric: Metric::Accuracy,
    };
    TradeForecast {
        mixes,
        kept: kept.min(mixes),
        skills: wish.examples.iter().map(skill).collect(),
        seconds: 8.2 * f64::from(mixes.saturating_sub(kept)),
        resident: true,
        problems: vec![],
    }
}

/// Forgets what was measured.
pub fn forget() {
    KNOWN.set(Vec::new());
    TURN.with(|turn| turn.set(turn.get() + 1));
}

fn progress(phase: Phase, done: u64, total: u64, unit: Unit) -> JobEvent {
    let left = (phase == Phase::Explore && done > 0).then(|| 0.02 * (total - done) as f64);
    JobEvent::Progress(Progress { phase, done, total, unit, seconds_left: left, part: None, part_at: 0, parts: 0 })
}

/// All messages, up to where the scene stays.
fn script(request: &StartTrade) -> VecDeque<JobEvent> {
    let wish = &request.wish;
    let budget = wish.settings.mixes(wish.recipe.experts.len());
    let (known, new) = measured(wish, &request.first);
    let each: u64 = EXAMPLES.iter().take(wish.recipe.experts.len()).sum();
    let total = each * new.len() as u64;
    let mut all = VecDeque::from([JobEvent::Started { engine: "cpu".into() }]);
    all.extend((1..=4).map(|at| progress(Phase::Load, 2_300_000 * at, 9_200_000, Unit::Bytes)));
    all.push_back(progress(Phase::Explore, 0, total, Unit::Examples));
    let begun = Some(Box::new(map(wish, known.clone(), false)));
    all.push_back(JobEvent::TradeGrew { measured: known.len() as u32, budget, begun, mix: None });
    let is_held = ["exploring", "paused", "asking"].into_iter().any(scene);
    for (at, mix) in new.iter().enumerate() {
        if is_held && at == new.len() * 3 / 5 {
            return all;
        }
        if scene("failed") && at == 5 {
            all.push_back(JobEvent::Failed { failure: problems::bug("scripted".into()).into() });
            return all;
        }
        let measured = (known.len() + at + 1) as u32;
        all.push_back(JobEvent::TradeGrew { measured, budget, begun: None, mix: Some(Box::new(mix.clone())) });
        all.push_back(progress(Phase::Explore, each * (at as u64 + 1), total, Unit::Examples));
    }
    all.push_back(JobEvent::Traded { map: Box::new(map(wish, known.into_iter().chain(new).collect(), true)) });
    all
}

/// Holds the script or lets it go on.
pub fn set_paused(paused: bool) {
    PAUSED.with(|now| now.set(paused));
}

/// Ends the script with what there is.
pub fn stop() {
    ENDED.with(|now| now.set(true));
}

/// Tells the script message by message.
pub fn run(request: StartTrade, on_event: Rc<dyn Fn(JobEvent)>) {
    set_paused(false);
    ENDED.with(|now| now.set(false));
    super::STOPPED.with(|stopped| stopped.set(false));
    TURN.with(|turn| turn.set(turn.get() + 1));
    let script = Rc::new(RefCell::new(script(&request)));
    tick(TURN.with(Cell::get), Rc::new(request.wish), script, on_event);
}

fn tick(turn: u32, wish: Rc<TradeWish>, script: Rc<RefCell<VecDeque<JobEvent>>>, on_event: Rc<dyn Fn(JobEvent)>) {
    if TURN.with(Cell::get) != turn {
        return;
    }
    if super::STOPPED.with(Cell::get) {
        return on_event(JobEvent::Failed { failure: problems::cancelled().into() });
    }
    if ENDED.with(Cell::get) {
        let known = KNOWN.with_borrow(Clone::clone);
        return on_event(JobEvent::Traded { map: Box::new(map(&wish, known, true)) });
    }
    let is_held = PAUSED.with(Cell::get);
    let next = if is_held { None } else { script.borrow_mut().pop_front() };
    if let Some(event) = next {
        if let JobEvent::TradeGrew { mix: Some(mix), .. } = &event {
            KNOWN.with_borrow_mut(|known| known.push((**mix).clone()));
        }
        let is_last = event.is_end();
        on_event(event);
        if is_last {
            return;
        }
    }
    let is_live = scene("before") || scene("kept") || KNOWN.with_borrow(Vec::len) > 3 && scene("live");
    let pace = if is_live { 220 } else { 6 };
    set_timeout(move || tick(turn, wish, script, on_event), Duration::from_millis(pace));
}

/// What the scenes show once the step is in front.
pub fn go_on(store: Store) {
    if scene("unfit") {
        return store.edit(None, |draft| draft.set_method("tall_masks"));
    }
    if ["before", "kept", "none"].into_iter().any(scene) {
        return;
    }
    if untrack(|| trading::forecast(store)).is_none() {
        set_timeout(move || go_on(store), Duration::from_millis(200));
        return;
    }
    trading::start(store);
    let later = |what: fn(Store)| set_timeout(move || what(store), Duration::from_millis(3_000));
    let once_done = |what: fn(Store)| when_done(store, what);
    match () {
        () if scene("paused") => later(|store| trading::set_paused(store, true)),
        () if scene("asking") => later(|store| store.trades.is_asking.set(true)),
        () if scene("pins") => once_done(pin_some),
        () if scene("measured") => once_done(trading::measure_point),
        () if scene("used") => once_done(trading::use_point),
        () if scene("table") => once_done(|store| store.trades.view.set(MapView::Table)),
        () if scene("save") => once_done(|store| {
            trading::use_point(store);
            store.step.set(Step::Save);
        }),
        () => {}
    }
}

fn when_done(store: Store, what: fn(Store)) {
    let next = move || match untrack(|| store.trades.is_running()) {
        true => when_done(store, what),
        false => what(store),
    };
    set_timeout(next, Duration::from_millis(300));
}

fn pin_some(store: Store) {
    for one in trading::candidates(store) {
        if !store.trades.pins.with_untracked(|pins| pins.contains(&one.point)) {
            trading::unpin_or_pin(store, one.point);
        }
    }
    trading::unpin_or_pin(store, TradePoint::Measured(1));
    trading::compare(store);
}
