//! Floors as sliders: what each skill must have, and what can still be reached.

use leptos::ev::{Event, KeyboardEvent};
use leptos::prelude::*;
use protocol::words::screen::trade_map as words;

use super::trade_map::Scene;
use crate::parts::icons::{icon, marker, shape};
use crate::shape::trade_floors;

/// Why a floor went no further: its skill, the most that fits, and the floors of which skills stop it.
type Stopped = (usize, f64, Vec<usize>);

/// The floors of a map, shown as scores or as shares of the specialists' scores.
#[derive(Clone, Copy)]
pub struct Floors {
    scene: Scene,
    in_shares: bool,
    /// The floor that a gesture moves, so that the gesture is taken back as one.
    moving: StoredValue<Option<usize>>,
    stopped: RwSignal<Option<Stopped>>,
}

impl Floors {
    /// The floors of a map.
    pub fn of(scene: Scene, in_shares: bool) -> Self {
        Self { scene, in_shares, moving: StoredValue::new(None), stopped: RwSignal::new(None) }
    }

    /// What one unit of the screen is as a score.
    fn unit(self, skill: usize) -> f64 {
        match self.in_shares {
            true => self.scene.cloud.with(|cloud| cloud.specialists.get(skill).copied()).unwrap_or(1.0),
            false => 1.0,
        }
    }

    /// Ends of the slider of a skill.
    pub fn ends(self, skill: usize) -> (f64, f64) {
        self.scene.cloud.with(|cloud| match self.in_shares {
            true => (cloud.low, cloud.high),
            false => {
                let own = cloud.specialists.get(skill).copied().unwrap_or(1.0);
                ((cloud.low * own * 20.0).floor() / 20.0, (cloud.high * own).min(1.0))
            }
        })
    }

    /// The floor of a skill.
    pub fn floor(self, skill: usize) -> Option<f64> {
        let floor = self.scene.store.trades.floors.with(|floors| floors.get(skill).copied().flatten());
        floor.map(|floor| floor / self.unit(skill))
    }

    /// Least and most of a skill that can be reached with the other floors.
    pub fn reach(self, skill: usize) -> Option<[f64; 2]> {
        let reach = self.scene.left.with(|left| left.reach.get(skill).copied().flatten())?;
        let unit = self.unit(skill);
        Some([reach.least / unit, reach.most / unit])
    }

    /// Moves a floor as far as that is within reach. The selected mix gives way to the evenest that keeps all floors.
    pub fn set(self, skill: usize, wish: f64) {
        let trades = self.scene.store.trades;
        let before = trades.floors.get_untracked();
        let (unit, (low, _)) = untrack(|| (self.unit(skill), self.ends(skill)));
        let moved = self
            .scene
            .cloud
            .with_untracked(|cloud| trade_floors::moved(cloud, &before, skill, wish * unit, low * unit));
        self.tell(moved.stopped.map(|(most, others)| (skill, most, others)));
        if moved.floors == before {
            return;
        }
        if self.moving.get_value() != Some(skill) {
            trades.floors_before.update(|all| all.push(before));
            self.moving.set_value(Some(skill));
        }
        trades.floors.set(moved.floors);
        self.keep_within();
    }

    fn tell(self, stopped: Option<Stopped>) {
        if self.stopped.get_untracked() != stopped {
            self.stopped.set(stopped);
            if let Some(said) = untrack(|| self.said()) {
                self.scene.store.polite.set(said);
            }
        }
    }

    /// Selects a mix that keeps all floors, if the selected one does not.
    fn keep_within(self) {
        let (scene, at) = (self.scene, self.scene.store.trades.at.get_untracked());
        let evenest = scene.left.with_untracked(|left| {
            scene.cloud.with_untracked(|cloud| {
                let is_left =
                    at.and_then(|at| cloud.place(at)).is_some_and(|at| left.candidates.binary_search(&at).is_ok());
                if is_left { None } else { cloud.evenest(&left.candidates) }
            })
        });
        if let Some(point) = evenest {
            scene.slide(point);
        }
    }

    /// The sentence on the floor that stopped.
    fn said(self) -> Option<String> {
        let (skill, most, others) = self.stopped.get()?;
        let other = |other: usize| Some((self.scene.name(other), self.floor(other)?));
        let others: Vec<(String, f64)> = others.into_iter().filter_map(other).collect();
        Some(words::stopped(&self.scene.name(skill), most / self.unit(skill), &others))
    }

    /// Ends a gesture: the next change is taken back by itself.
    pub fn settle(self) {
        self.moving.set_value(None);
    }

    fn step_back(self) {
        let trades = self.scene.store.trades;
        let before = trades.floors_before.try_update(Vec::pop).flatten();
        if let Some(before) = before {
            self.settle();
            self.stopped.set(None);
            trades.floors.set(before);
            self.keep_within();
            self.tell_left();
        }
    }

    /// Says what the floors leave, after a way back.
    fn tell_left(self) {
        let all = self.scene.cloud.with_untracked(|cloud| cloud.points.len());
        let count = self.scene.left.with_untracked(|left| left.candidates.len());
        self.scene.store.polite.set(words::left(count, all));
    }

    fn clear(self) {
        let trades = self.scene.store.trades;
        let before = trades.floors.get_untracked();
        if before.iter().any(Option::is_some) {
            self.settle();
            self.stopped.set(None);
            trades.floors.set(vec![None; before.len()]);
            trades.floors_before.update(|all| all.push(before));
            self.tell_left();
        }
    }

    /// A key on a floor; `true` if it did something.
    pub fn press(self, skill: usize, event: &KeyboardEvent) -> bool {
        if event.ctrl_key() || event.alt_key() || event.meta_key() {
            return false;
        }
        let (now, (low, high)) = untrack(|| (self.floor(skill), self.ends(skill)));
        let unit = untrack(|| self.unit(skill));
        let reach = self.scene.left.with_untracked(|left| left.reach.get(skill).copied().flatten());
        let reach = reach.map(|reach| front::Reach { least: reach.least / unit, most: reach.most / unit, ..reach });
        match trade_floors::by_key(&event.key(), event.shift_key(), now, low, high, reach) {
            Some(wish) => {
                event.prevent_default();
                self.set(skill, wish);
                true
            }
            None => false,
        }
    }

    /// What a screen reader says of a floor.
    pub fn spoken(self, skill: usize) -> String {
        words::floor_said(self.floor(skill), self.reach(skill))
    }

    /// Place of a value on the slider of a skill, 0 to 1.
    fn place(self, skill: usize, value: f64) -> f64 {
        let (low, high) = self.ends(skill);
        ((value - low) / (high - low).max(1e-9)).clamp(0.0, 1.0)
    }
}

/// One floor: name, numbers, slider.
#[component]
pub fn FloorRow(floors: Floors, skill: usize) -> impl IntoView {
    let scene = floors.scene;
    let now = Memo::new(move |_| floors.floor(skill));
    let reach = Memo::new(move |_| floors.reach(skill));
    let start = move || floors.place(skill, now.get().unwrap_or(f64::MIN));
    let most = move || reach.get().map_or(0.0, |[_, most]| floors.place(skill, most));
    let least = move || reach.get().map_or(0.0, |[least, _]| floors.place(skill, least));
    let slide = move |event: Event| {
        let field = event_target::<web_sys::HtmlInputElement>(&event);
        let Ok(wish) = field.value().parse::<f64>() else { return };
        let (low, high) = untrack(|| floors.ends(skill));
        // Whole percent under the hand.
        floors.set(skill, ((low + wish * (high - low)) * 100.0).round() / 100.0);
        field.set_value(&untrack(start).to_string());
    };
    let at_least = move || now.get().map(|floor| view! { <b>{words::at_least(floor)}</b> });
    let at_most = move || reach.get().map(|[_, most]| words::at_most(most));
    view! {
        <div class=move || format!("floor p{}", shape(scene.pigment(skill)))>
            <div class="top">{move || marker(scene.pigment(skill))}<span class="num clip">{move || scene.name(skill)}</span>
                <span class="right num" aria-hidden="true">{at_least}" "<span class="quiet">{at_most}</span></span></div>
            <input type="range" min="0" max="1" step="any" aria-label=move || words::floor_of(&scene.name(skill)) aria-valuetext=move || floors.spoken(skill)
                prop:value=move || start().to_string() style=("--v", move || format!("{:.4}", start().max(least())))
                style=("--reach", move || format!("{:.4}", most()))
                on:input=slide on:keydown=move |event| { floors.press(skill, &event); }
                on:pointerdown=move |_| floors.settle() on:pointerup=move |_| floors.settle() on:blur=move |_| floors.settle()/>
        </div>
    }
}

/// What the floors leave, why one stopped, and the ways back.
#[component]
pub fn FloorsFoot(floors: Floors) -> impl IntoView {
    let scene = floors.scene;
    let trades = scene.store.trades;
    let none_before = Memo::new(move |_| trades.floors_before.with(Vec::is_empty));
    let none_set = Memo::new(move |_| trades.floors.with(|floors| floors.iter().all(Option::is_none)));
    let said = Memo::new(move |_| floors.said());
    let left = Memo::new(move |_| {
        let all = scene.cloud.with(|cloud| cloud.points.len());
        scene.left.with(|left| (left.candidates.len(), all))
    });
    let counts = Memo::new(move |_| scene.left.with(|left| scene.cloud.with(|cloud| cloud.counts(&left.candidates))));
    let sentence = move || match left.get() {
        (0, _) => words::NOTHING_LEFT.to_owned(),
        (count, all) => words::left(count, all),
    };
    view! {
        <div class="floors-foot"><p class="small">{sentence}" "<span class="wide-only">{move || words::counts(counts.get().0, counts.get().1)}</span></p>
            <p class="stopped" class:none=move || said.with(Option::is_none)>{move || said.get()}</p>
            <div class="row"><button type="button" class="button slim" disabled=none_before on:click=move |_| floors.step_back()>{icon("undo")}{words::STEP_BACK}</button>
                <button type="button" class="button plain slim" disabled=none_set on:click=move |_| floors.clear()>{words::CLEAR}</button></div></div>
    }
}
