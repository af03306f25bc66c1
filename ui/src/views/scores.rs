//! The scores of the mix: measured by themselves after each change, beside what they can be compared with.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use protocol::measure::LIVE_EXAMPLES;
use protocol::score::Part;
use protocol::words::examples::made;
use protocol::words::screen::scores as words;

use super::mix::open;
use crate::exporting;
use crate::measuring::{self, ask, measure_again};
use crate::page;
use crate::parts::heat::ChartOrTable;
use crate::parts::icons::{icon, marker};
use crate::parts::problem_card::ProblemCard;
use crate::parts::score_bar::ScoreBar;
use crate::shape::scores::{self, COLUMNS, Row, fields};
use crate::signals::MixView;
use crate::store::{Store, store};

/// What the parts of the panel share.
#[derive(Clone, Copy)]
struct Panel {
    store: Store,
    rows: Memo<Vec<Row>>,
    part: RwSignal<Part>,
    busy: Memo<bool>,
    selected: Memo<Option<String>>,
}

/// The panel.
#[component]
pub fn Scores() -> impl IntoView {
    let store = store();
    let part = store.measures.part;
    let rows = Memo::new(move |_| measuring::rows(store, part.get()));
    let busy = Memo::new(move |_| measuring::is_busy(store, part.get()));
    let selected = Memo::new(move |_| selected(store));
    let panel = Panel { store, rows, part, busy, selected };
    let any = Memo::new(move |_| rows.with(|rows| scores::has_examples(rows)));
    let as_table = store.measures.as_table;
    let body = move || {
        if as_table.get() {
            view! { <Table panel=panel/> }.into_any()
        } else {
            view! { <Chart panel=panel/> }.into_any()
        }
    };
    view! {
        <section class="panel scores" aria-label=words::TITLE on:keydown=move |event| keys(panel, &event)>
            <Head panel=panel any=any/>
            {move || (any.get() && part.get() == Part::Judge).then(|| view! { <HeldBack panel=panel/> })}
            <Failure/>
            {body}
            {move || if any.get() { view! { <Below panel=panel/> }.into_any() } else { view! { <p class="small">{words::NOTHING}</p> }.into_any() }}
        </section>
    }
}

/// The selected skill; the first if another model is selected.
fn selected(store: Store) -> Option<String> {
    let selected = store.selected.get();
    store.draft.with(|draft| {
        let experts = &draft.project.recipe.experts;
        let own = experts.iter().find(|expert| selected.as_ref().is_some_and(|id| id.0 == expert.path));
        own.or(experts.first()).map(|expert| expert.path.clone())
    })
}

/// Keys of the panel: T for the table, C to copy.
fn keys(panel: Panel, event: &KeyboardEvent) {
    if event.ctrl_key() || event.meta_key() || event.alt_key() || page::is_typing() {
        return;
    }
    match event.key().to_lowercase().as_str() {
        "t" => {
            panel.store.measures.as_table.update(|table| *table = !*table);
            // What had the focus may be gone.
            request_animation_frame(|| page::focus(".scores .table-place, .score-bar .row-name[tabindex=\"0\"]"));
        }
        "c" if !panel.rows.with_untracked(|rows| scores::is_stale(rows)) => copy(panel, true),
        _ => return,
    }
    event.prevent_default();
}

fn copy(panel: Panel, selected_only: bool) {
    let selected = panel.selected.get_untracked().filter(|_| selected_only);
    panel.rows.with_untracked(|rows| exporting::copy(panel.store, rows, selected.as_deref()));
}

#[component]
fn Head(panel: Panel, any: Memo<bool>) -> impl IntoView {
    let part = panel.part;
    let which = move |of: Part, name: &'static str| {
        view! { <button type="button" aria-pressed=move || (part.get() == of).to_string() on:click=move |_| part.set(of)>{name}</button> }
    };
    let choices = move || {
        any.get().then(|| {
            view! {
                <span class="row right"><span class="segments" role="group" aria-label=words::WHICH>
                    {which(Part::Choose, words::FOR_CHOOSING)}{which(Part::Judge, words::HELD_BACK)}</span>
                    <ChartOrTable as_table=panel.store.measures.as_table/></span>
            }
        })
    };
    view! { <div class="panel-head"><h2>{words::TITLE}</h2><Standing panel=panel/>{choices}</div> }
}

/// Whether the scores are measured, on their way, or of an earlier mix.
#[component]
fn Standing(panel: Panel) -> impl IntoView {
    let scored = Memo::new(move |_| panel.rows.with(|rows| rows.iter().any(|row| row.shown().is_some())));
    let stale = Memo::new(move |_| panel.rows.with(|rows| scores::is_stale(rows)));
    // Stopped, or ended without scores: everything else is measured by itself.
    let declined = Memo::new(move |_| {
        let mix = measuring::mix(panel.store);
        panel.store.measures.declined.with(|declined| declined.as_ref() == Some(&mix))
    });
    let again = move || {
        (declined.get() && panel.part.get() == Part::Choose).then(|| {
            let text = if scored.get() { words::AGAIN } else { words::MEASURE };
            view! { <button type="button" class="link small" on:click=move |_| measure_again(panel.store)>{text}</button> }
        })
    };
    move || {
        if panel.busy.get() {
            return view! { <span class="badge">{words::MEASURING}</span> }.into_any();
        }
        let badge = match (scored.get(), stale.get()) {
            (true, true) => Some(view! { <span class="badge notice">{words::EARLIER}</span> }.into_any()),
            (true, false) => Some(view! { <span class="badge measured">{words::MEASURED}</span> }.into_any()),
            (false, _) => None,
        };
        view! { {badge}{again} }.into_any()
    }
}

/// What held-back examples are for, and the button that measures on them.
#[component]
fn HeldBack(panel: Panel) -> impl IntoView {
    let open = Memo::new(move |_| panel.rows.with(|rows| scores::is_stale(rows) || scores::is_waiting(rows)));
    let none = move || panel.rows.with(|rows| rows.iter().all(|row| row.shown().is_none()));
    let button = move || {
        (open.get() && !panel.busy.get()).then(|| {
            view! {
                <button type="button" class="button" on:click=move |_| ask(panel.store, Part::Judge, None, false)>{words::JUDGE}</button>
            }
        })
    };
    let state = move || (none() && !panel.busy.get()).then_some(words::JUDGE_NONE);
    view! { <div class="held-back">{icon("info")}<p>{words::HELD_BACK_HINT}" "{state}</p>{button}</div> }
}

/// Why nothing could be measured.
#[component]
pub fn Failure() -> impl IntoView {
    let store = store();
    move || store.measures.failure.get().map(|problem| view! { <ProblemCard problem=problem pigment=None/> })
}

#[component]
fn Chart(panel: Panel) -> impl IntoView {
    let ids = move || panel.rows.with(|rows| rows.iter().map(|row| row.model.clone()).collect::<Vec<_>>());
    let summary =
        move || panel.rows.with(|rows| words::summary(&scores::spoken(rows), panel.part.get(), scores::is_stale(rows)));
    view! {
        <span class="unseen" role="img" aria-label=summary></span>
        <ul class="score-bars" aria-busy=move || panel.busy.get().to_string()>
            <For each=ids key=String::clone let:model>
                <ScoreBar model=model rows=panel.rows busy=panel.busy selected=panel.selected/></For></ul>
    }
}

#[component]
fn Table(panel: Panel) -> impl IntoView {
    let head = COLUMNS.map(|name| view! { <th scope="col">{name}</th> });
    let row = move |row: Row| {
        let cells = fields(&row).map(|text| view! { <td>{text}</td> });
        let stale = row.shown().is_some_and(|shown| shown.is_stale);
        view! {
            <tr class:stale=stale><th scope="row"><span class="skill">{marker(row.pigment)}{row.skill}</span></th>{cells.into_iter().collect_view()}</tr>
        }
    };
    view! {
        <div class="table-place" tabindex="0" role="region" aria-label=words::TITLE><table class="scores-table">
            <caption class="unseen">{words::TITLE}</caption><thead><tr>{head.into_iter().collect_view()}</tr></thead>
            <tbody>{move || panel.rows.get().into_iter().map(row).collect_view()}</tbody></table></div>
    }
}

/// Mean and lowest, what the marks mean, how it was made, and what can be had beyond.
#[component]
fn Below(panel: Panel) -> impl IntoView {
    let scored = Memo::new(move |_| panel.rows.with(|rows| rows.iter().any(|row| row.shown().is_some())));
    let overall =
        move || panel.rows.with(|rows| scores::overall(rows).map(|(mean, worst)| words::overall(mean, Some(worst))));
    let ghosts = Memo::new(move |_| {
        panel.rows.with(|rows| rows.iter().any(|row| row.shown().is_some_and(|shown| shown.ghost().is_some())))
    });
    let chart = move || !panel.store.measures.as_table.get();
    let stale = move || panel.rows.with(|rows| scores::is_stale(rows));
    move || {
        scored.get().then(|| {
            view! {
                <div class="under"><span class="overall" class:stale=stale>{overall}</span>{move || chart().then(|| legend(ghosts))}</div>
                <HowMade panel=panel/>
                <Actions panel=panel/>
            }
        })
    }
}

/// What the marks of a bar are.
fn legend(ghosts: Memo<bool>) -> impl IntoView {
    let before = move || {
        ghosts.get().then(|| {
            view! { <span><svg width="6" height="12" aria-hidden="true"><path class="ghost-key" d="M3 0V12"></path></svg>{words::BEFORE}</span> }
        })
    };
    view! {
        <span class="legend right">
            <span><svg width="10" height="12" aria-hidden="true"><rect class="own-key" x="4" width="2" height="12" rx="1"></rect></svg>{words::OWN}</span>
            <span><svg width="12" height="10" aria-hidden="true"><rect class="bar-key" width="12" height="10" rx="2"></rect><rect class="from-key" x="5" width="2" height="10"></rect></svg>{words::BASE}</span>
            <span><svg width="8" height="12" aria-hidden="true"><rect class="equal-key" x="1.5" y="0.5" width="5" height="11" rx="1.5"></rect></svg>{words::EQUAL}</span>
            {before}</span>
    }
}

/// How the selected score was made.
#[component]
fn HowMade(panel: Panel) -> impl IntoView {
    let said = move || {
        let selected = panel.selected.get();
        panel.rows.with(|rows| {
            let row = rows.iter().find(|row| Some(&row.model) == selected.as_ref())?;
            let shown = row.shown()?;
            let all = shown.score.available > shown.score.examples;
            Some((row.skill.clone(), made(&shown.score, panel.part.get()), all))
        })
    };
    let store = panel.store;
    let took = move || store.measures.took.get().filter(|(part, ..)| *part == panel.part.get() && !panel.busy.get());
    let slow = move || took().filter(|(.., resident)| !resident).map(|_| words::NOT_RESIDENT);
    let took = move || took().map(|(_, seconds, _)| words::took(seconds));
    move || {
        said().map(|(skill, made, all)| {
            let part = panel.part;
            let more = (all && !panel.busy.get()).then(|| {
                view! { <button type="button" class="link" on:click=move |_| ask(store, part.get_untracked(), None, false)>{words::MORE_EXAMPLES}</button> }
            });
            view! { <p class="small how-made"><b>{skill}":"</b>" "{made}" "{took}" "{slow}" "{more}</p> }
        })
    }
}

#[component]
fn Actions(panel: Panel) -> impl IntoView {
    let store = panel.store;
    let every = move |_| {
        open(store, MixView::Cross);
        let mix = untrack(|| measuring::mix(store));
        if store.measures.cross.with_untracked(|known| known.as_ref().is_none_or(|(of, _)| *of != mix)) {
            ask(store, Part::Choose, Some(LIVE_EXAMPLES), true);
        }
    };
    // Numbers of an earlier mix do not leave the window as those of this one.
    let stale = Memo::new(move |_| panel.rows.with(|rows| scores::is_stale(rows)));
    let labelled = Memo::new(move |_| {
        let selected = panel.selected.get();
        panel.rows.with(|rows| {
            let row = rows.iter().find(|row| Some(&row.model) == selected.as_ref())?;
            row.shown().filter(|shown| !shown.score.labels.is_empty()).map(|_| row.model.clone())
        })
    });
    let mixed = move || {
        labelled.get().map(|model| {
            let show = move |_| open(store, MixView::MixUps(model.clone()));
            view! { <button type="button" class="button slim mix-ups-of" on:click=show>{words::MIX_UPS}</button> }
        })
    };
    let csv =
        move |_| panel.rows.with_untracked(|rows| exporting::scores_as_csv(store, rows, panel.part.get_untracked()));
    let svg =
        move |_| panel.rows.with_untracked(|rows| exporting::scores_as_svg(store, rows, panel.part.get_untracked()));
    view! {
        <div class="row score-acts">
            {mixed}<button type="button" class="button slim every-model" on:click=every>{words::EVERY_MODEL}</button>
            <span class="row right">
                <button type="button" class="button plain slim" aria-keyshortcuts="C" disabled=stale on:click=move |_| copy(panel, false)>{icon("copy")}{words::COPY}</button>
                <button type="button" class="button plain slim" disabled=stale on:click=csv>{words::SAVE_CSV}</button>
                <button type="button" class="button plain slim" disabled=stale on:click=svg>{words::SAVE_SVG}</button></span></div>
    }
}
