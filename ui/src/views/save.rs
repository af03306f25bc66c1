//! The step Save: the form, and which of its three faces is shown.

use leptos::ev::Event;
use leptos::prelude::*;
use protocol::failure::{Failure, Problem, Weight};
use protocol::methods;
use protocol::recipe::{ChangeType, Layout, OutputDtype};
use protocol::report::CheckName;
use protocol::words::screen::{mix, parameters, save as words, tint, trade};
use protocol::words::{card, format, problems};

use crate::mending;
use crate::parts::drop::{MixDrop, MixRibbon};
use crate::parts::icons::{icon, icon_with, picture};
use crate::parts::method_card::ChoiceCard;
use crate::parts::problem_card::ProblemCard;
use crate::parts::tree::FileTree;
use crate::saving;
use crate::shape::draft::Draft;
use crate::shape::naming;
use crate::store::{Store, store};
use crate::trading;

/// Which face the step has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Face {
    Form,
    Running,
    Done,
}

fn face(store: Store) -> Face {
    match (store.job.with(Option::is_some), store.saved.with(Option::is_some)) {
        (true, _) => Face::Running,
        (false, true) => Face::Done,
        (false, false) => Face::Form,
    }
}

/// Work area of the step.
#[component]
pub fn Save() -> impl IntoView {
    let store = store();
    let face = Memo::new(move |_| face(store));
    super::arrive_with(face);
    move || match face.get() {
        Face::Form => view! { <Filling/> }.into_any(),
        Face::Running => view! { <super::saving::Saving/> }.into_any(),
        Face::Done => view! { <super::done::Done/> }.into_any(),
    }
}

/// Inspector of the step.
#[component]
pub fn OfSave() -> impl IntoView {
    let store = store();
    let face = Memo::new(move |_| face(store));
    move || match face.get() {
        Face::Form => view! { <OfForm/> }.into_any(),
        Face::Running => view! { <super::saving::OfSaving/> }.into_any(),
        Face::Done => view! { <super::done::OfDone/> }.into_any(),
    }
}

#[component]
fn Filling() -> impl IntoView {
    let store = store();
    let pack = Memo::new(move |_| is_pack(store));
    view! {
        <div class="work-head"><div><h1 tabindex="-1">{words::TITLE}</h1><p class="lead">{words::LEAD}</p></div></div>
        <div class="work-body roomy">
            <Forms/>
            <div class="fields"><Name/><Folder/>{move || match pack.get() {
                true => view! { <PackOptions/> }.into_any(),
                false => view! { <NumberType/><Split/> }.into_any(),
            }}</div>
            <div class="note">{icon("drop")}<span><b>{words::REMEMBERS}</b>{words::REMEMBERS_HINT}</span></div>
            <Problems/>
        </div>
        <Foot/>
    }
}

/// One form that can be written.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Form {
    layout: Layout,
    title: &'static str,
    text: &'static str,
    rest: &'static str,
    drawing: &'static str,
    badge: &'static str,
    is_locked: bool,
}

/// The forms that the models and the method allow; a skill pack is always shown, and says what it needs.
fn forms(has_private: bool, is_per_skill: bool) -> Vec<Form> {
    let form = |layout, [title, text, rest, drawing]: [&'static str; 4], badge| Form {
        layout,
        title,
        text,
        rest,
        drawing,
        badge,
        is_locked: false,
    };
    let folders = |text| [words::PER_SKILL, text, words::OPENS_EVERYWHERE, "form-folders"];
    let mut all = match (is_per_skill, has_private) {
        (true, _) => vec![form(Layout::PerSkill, folders(words::EACH_TEXT), "")],
        (false, true) => vec![
            form(Layout::PerSkill, folders(words::PER_SKILL_TEXT), mix::RECOMMENDED),
            form(Layout::Shared, [words::SHARED, words::SHARED_TEXT, words::SMALLER, "form-heads"], ""),
        ],
        (false, false) => {
            vec![form(Layout::PerSkill, [words::READY, words::READY_TEXT, words::OPENS_EVERYWHERE, "form-model"], "")]
        }
    };
    let meta = if is_per_skill { words::PACK_META } else { words::PACK_NEEDS };
    let pack = form(Layout::Pack, [words::PACK, words::PACK_TEXT, meta, "form-pack"], "");
    all.push(Form { is_locked: !is_per_skill, ..pack });
    all
}

/// Whether this form is the one that will be written.
fn is_chosen(store: Store, form: Form, all: &[Form]) -> bool {
    let layout = store.draft.with(|draft| draft.project.recipe.output.layout);
    let is_offered = all.iter().any(|other| other.layout == layout && !other.is_locked);
    if is_offered { form.layout == layout } else { form.layout == Layout::PerSkill }
}

/// What can be written, as cards.
#[component]
fn Forms() -> impl IntoView {
    let store = store();
    let private = Memo::new(move |_| saving::has_private(store));
    let all = Memo::new(move |_| forms(private.get(), store.draft.with(Draft::is_per_skill)));
    let cards = move || all.get().into_iter().map(|form| form_card(store, form, all.get())).collect_view();
    let is_short = move || all.with(Vec::len) < 3;
    let is_locked = move || all.with(|all| all.iter().any(|form| form.is_locked));
    let switch = move |_| {
        store.edit(None, |draft| {
            draft.set_method("tall_masks");
            draft.project.recipe.output.layout = Layout::Pack;
        });
        request_animation_frame(|| crate::page::focus(".preset-card[aria-checked=true]"));
    };
    let hint = move || {
        is_locked().then(|| {
            view! {
                <p class="small pack-needs">{words::PACK_NEEDS_TEXT}" "<button type="button" class="link" on:click=switch>{words::USE_KEEP_MASKS}</button></p>
            }
        })
    };
    view! { <div class="cards-3" class:two=is_short role="radiogroup" aria-label=words::WHAT>{cards}</div>{hint} }
}

fn form_card(store: Store, form: Form, all: Vec<Form>) -> impl IntoView {
    let open: Vec<Layout> = all.iter().filter(|form| !form.is_locked).map(|form| form.layout).collect();
    let chosen = Signal::derive(move || is_chosen(store, form, &all));
    let size = move || {
        let bytes = store.forecast.with(|forecast| forecast.as_ref().map(|forecast| forecast.writes));
        match bytes.filter(|_| chosen.get()) {
            Some(bytes) => format!("{} · {}", format::bytes(bytes), form.rest),
            None => form.rest.to_owned(),
        }
    };
    let set = move |layout: Layout| store.edit(None, |draft| draft.project.recipe.output.layout = layout);
    let step = move |forward: bool| {
        let at = open.iter().position(|layout| *layout == form.layout).unwrap_or(0);
        let next = if forward { at + 1 } else { at + open.len() - 1 } % open.len();
        set(open[next]);
        request_animation_frame(|| crate::page::focus(".preset-card[aria-checked=true]"));
    };
    view! {
        <ChoiceCard class="preset-card" title=form.title text=form.text meta=Signal::derive(size) badge=form.badge
            chosen=chosen locked=form.is_locked on_choose=Callback::new(move |()| set(form.layout)) on_move=Callback::new(step)>
            {glyph(form.drawing)}</ChoiceCard>
    }
}

/// Whether a skill pack will be written.
fn is_pack(store: Store) -> bool {
    store.draft.with(|draft| draft.project.recipe.output.layout == Layout::Pack && draft.is_per_skill())
}

/// How the change of a skill pack is stored, and whether the starting model goes into it.
#[component]
fn PackOptions() -> impl IntoView {
    let store = store();
    let change = Memo::new(move |_| store.draft.with(|draft| draft.project.recipe.output.change));
    let with_base = Memo::new(move |_| store.draft.with(|draft| draft.project.recipe.output.with_base));
    let kinds = [ChangeType::F32, ChangeType::F16, ChangeType::Int8];
    let set = move |kind: ChangeType| store.edit(None, |draft| draft.project.recipe.output.change = kind);
    let one = move |(kind, (name, _)): (ChangeType, (&'static str, &'static str))| {
        view! {
            <button type="button" aria-pressed=move || (change.get() == kind).to_string() on:click=move |_| set(kind)>{name}</button>
        }
    };
    let cost = move || words::CHANGES[change.get() as usize].1;
    let tick = move |event: Event| {
        let on = event_target_checked(&event);
        store.edit(None, |draft| draft.project.recipe.output.with_base = on);
    };
    let base_hint = move || if with_base.get() { words::WITH_BASE_ON } else { words::WITH_BASE_OFF };
    let instead = move || {
        let pack = store.forecast.with(|forecast| forecast.as_ref().map(|forecast| forecast.writes))?;
        let sizes: Vec<u64> = store
            .inspection
            .with(|found| found.as_ref().map(|found| found.experts().map(|card| card.bytes).collect()))?;
        Some(words::instead_of(pack, sizes.iter().sum(), sizes.len()))
    };
    view! {
        <div class="field"><span class="label">{words::CHANGE}</span>
            <span class="segments" role="group" aria-label=words::CHANGE>{kinds.into_iter().zip(words::CHANGES).map(one).collect_view()}</span>
            <p class="small">{cost}</p></div>
        <div class="field"><label class="check"><input type="checkbox" class="box" prop:checked=with_base on:change=tick/>{words::WITH_BASE}</label>
            <p class="small">{base_hint}</p><p class="small">{instead}</p></div>
    }
}

fn glyph(name: &'static str) -> impl IntoView {
    view! {
        <svg class="glyph" viewBox="0 0 180 44" preserveAspectRatio="xMinYMid meet" aria-hidden="true">
            {picture(name)}</svg>
    }
}

/// What is wrong with the typed name, if anything.
fn name_problem(store: Store) -> Option<Problem> {
    let name = saving::name(store);
    (!naming::is_file_name(&name)).then(|| problems::bad_name(&name))
}

#[component]
fn Name() -> impl IntoView {
    let store = store();
    let name = Memo::new(move |_| saving::name(store));
    let wrong = Memo::new(move |_| name_problem(store));
    let take = move |event: Event| {
        store.save_failure.set(None);
        store.save_name.set(Some(event_target_value(&event)));
    };
    view! {
        <div class="field"><label for="save-name">{words::NAME}</label>
            <input id="save-name" class="input" type="text" autocomplete="off" spellcheck="false" prop:value=name
                on:input=take aria-invalid=move || wrong.with(Option::is_some).then_some("true")
                aria-describedby=move || wrong.with(Option::is_some).then_some("save-name-why")/>
            {move || wrong.get().map(|problem| view! {
                <p id="save-name-why" class="field-why">{icon("warn")}<span>{problem.title}". "{problem.why}</span></p> })}</div>
    }
}

#[component]
fn Folder() -> impl IntoView {
    let store = store();
    let name =
        move || store.folder.with(|folder| folder.as_ref().map(|folder| folder.name.clone()).unwrap_or_default());
    let place =
        move || store.folder.with(|folder| folder.as_ref().map(|folder| folder.place.clone()).unwrap_or_default());
    view! {
        <div class="field"><span class="label">{words::FOLDER}</span><span class="row">
            <span class="input" title=place>{icon_with("folder", "quiet")}<span class="clip">{name}</span></span>
            <button type="button" class="button tall" on:click=move |_| mending::choose_folder(store)>{words::CHOOSE}</button></span></div>
    }
}

#[component]
fn NumberType() -> impl IntoView {
    let store = store();
    let chosen = move || store.draft.with(|draft| draft.project.recipe.output.dtype);
    let same = move || words::same_as_inputs(saving::input_dtype(store));
    let take = move |event: Event| {
        let dtype = match event_target_value(&event).as_str() {
            "F32" => OutputDtype::F32,
            "F16" => OutputDtype::F16,
            "BF16" => OutputDtype::BF16,
            _ => OutputDtype::Same,
        };
        store.edit(None, |draft| draft.project.recipe.output.dtype = dtype);
    };
    let value = move || match chosen() {
        OutputDtype::Same => "same",
        OutputDtype::F32 => "F32",
        OutputDtype::F16 => "F16",
        OutputDtype::BF16 => "BF16",
    };
    view! {
        <div class="field"><label for="number-type">{words::NUMBER_TYPE}</label><span class="select">
            <select id="number-type" prop:value=value on:change=take>
                <option value="same">{same}</option>
                <option value="F32">"F32"</option><option value="F16">"F16"</option><option value="BF16">"BF16"</option></select>
            {icon("down")}</span></div>
    }
}

#[component]
fn Split() -> impl IntoView {
    let store = store();
    let take = move |event: Event| {
        let bytes = event_target_value(&event).parse::<u64>().ok().filter(|bytes| *bytes > 0);
        store.edit(None, |draft| draft.project.recipe.output.shard_bytes = bytes);
    };
    let value = move || store.draft.with(|draft| draft.project.recipe.output.shard_bytes.unwrap_or(0).to_string());
    let sizes = words::SPLITS.map(|bytes| view! { <option value=bytes.to_string()>{format::bytes(bytes)}</option> });
    view! {
        <div class="field"><label for="split">{words::SPLIT}</label><span class="select">
            <select id="split" prop:value=value on:change=take>
                <option value="0">{words::SPLIT_AUTO}</option>{sizes.collect_view()}</select>
            {icon("down")}</span></div>
    }
}

/// What speaks against saving: from the forecast, and from the last try.
fn open_problems(store: Store) -> Vec<Problem> {
    let problems = |failure: &Option<Failure>| failure.as_ref().map(|failure| failure.problems.clone());
    let failed = store.save_failure.with(problems).or_else(|| store.forecast_failure.with(problems));
    let foreseen = store.forecast.with(|forecast| forecast.as_ref().map(|forecast| forecast.problems.clone()));
    let mut all = failed.unwrap_or_default();
    for problem in foreseen.unwrap_or_default().into_iter().filter(|problem| problem.weight > Weight::Notice) {
        if !all.iter().any(|other| other.code == problem.code) {
            all.push(problem);
        }
    }
    all
}

#[component]
fn Problems() -> impl IntoView {
    let store = store();
    let found = Memo::new(move |_| open_problems(store));
    move || found.get().into_iter().map(|problem| view! { <ProblemCard problem=problem pigment=None/> }).collect_view()
}

#[component]
fn Foot() -> impl IntoView {
    let store = store();
    let foreseen = move || {
        store
            .forecast
            .with(|forecast| forecast.as_ref().is_some_and(|forecast| forecast.problems.iter().any(Problem::stops)))
    };
    let blocked = Memo::new(move |_| {
        let is_kept_out = store.tints.is_running() || store.trades.is_running() || store.folder.with(Option::is_none);
        name_problem(store).is_some() || is_kept_out || foreseen() || !store.is_ready()
    });
    let unmeasured = Memo::new(move |_| trading::is_unmeasured(store));
    save_once_measured(store, unmeasured, blocked);
    let line = move || {
        if let Some(problem) = name_problem(store) {
            return problem.title.into_any();
        }
        if store.tints.is_running() {
            return tint::TINT_RUNS.into_any();
        }
        if store.trades.is_running() {
            return trade::SAVE_WAITS.into_any();
        }
        if unmeasured.get() {
            let waits = store.trades.saves_after.get();
            return view! { <b>{trade::NOT_MEASURED}</b>" "{if waits { trade::MEASURING_FIRST } else { trade::NOT_MEASURED_HINT }} }
                .into_any();
        }
        let Some(folder) = store.folder.get() else { return words::NO_FOLDER.into_any() };
        let Some(forecast) = store.forecast.get() else { return ().into_any() };
        let free = forecast.disk_free.or(Some(folder.free));
        let (before, after) = words::will_write(&folder.name, free, forecast.seconds);
        view! { {before}<b>{format::bytes(forecast.writes)}</b>{after} }.into_any()
    };
    view! {
        <div class="work-foot"><p class="forecast" role="status">{line}</p>{move || match unmeasured.get() {
            true => view! { <Unmeasured blocked=blocked/> }.into_any(),
            false => view! {
                <button type="button" class="button main" disabled=move || blocked.get()
                    on:click=move |_| saving::start(store)>{words::SAVE_MODEL}</button>
            }
            .into_any(),
        }}</div>
    }
}

/// The mix on screen is an estimate of the map of trade-offs: it is measured first, or saved as it is.
#[component]
fn Unmeasured(blocked: Memo<bool>) -> impl IntoView {
    let store = store();
    let waits = store.trades.saves_after;
    view! {
        <button type="button" class="button lg" disabled=blocked on:click=move |_| saving::start(store)>{trade::SAVE_ANYWAY}</button>
        <button type="button" class="button main" disabled=move || blocked.get() || waits.get()
            on:click=move |_| trading::save_after(store)>{trade::MEASURE_FIRST}</button>
    }
}

/// Saves what was to be measured first; whoever leaves the step or could not be measured has not asked any more.
fn save_once_measured(store: Store, unmeasured: Memo<bool>, blocked: Memo<bool>) {
    let waits = store.trades.saves_after;
    Effect::new(move |_| {
        let is_measured = !unmeasured.get();
        if waits.get() && store.measures.failure.with(Option::is_some) {
            waits.set(false);
        } else if waits.get() && is_measured && !blocked.get() {
            waits.set(false);
            saving::start(store);
        }
    });
    on_cleanup(move || waits.set(false));
}

/// Method and strengths of a mix in one line.
pub fn strengths_line(draft: &Draft, with_method: bool) -> String {
    let method = methods::find(&draft.project.recipe.method.name).map_or("", |method| method.title);
    if !draft.has_strengths() {
        return if with_method { method.to_owned() } else { parameters::FOR_EACH_SKILL.to_owned() };
    }
    words::strengths(if with_method { method } else { "" }, &draft.said_strengths(), draft.is_relative())
}

#[component]
fn OfForm() -> impl IntoView {
    let store = store();
    let shares = Memo::new(move |_| store.draft.with(Draft::shares));
    let method = move || {
        store.draft.with(|draft| methods::find(&draft.project.recipe.method.name).map_or("", |method| method.title))
    };
    let line = move || store.draft.with(|draft| strengths_line(draft, false));
    let checks = [CheckName::OpensAgain, CheckName::SizesMatch, CheckName::AllFinite, CheckName::Differs];
    let check = |name| view! { <li class="row"><span class="todo-mark"></span>{card::check(name)}</li> };
    view! {
        <div class="candidate-top"><MixDrop shares=shares width=52/>
            <div><p class="who">{method}</p><p class="small">{line}</p></div></div>
        <MixRibbon shares=shares tall=true/>
        <hr/>
        <Written/>
        <hr/>
        <div class="inspector-head"><h2>{words::THEN_CHECKED}</h2></div>
        <ul class="stack then">{checks.map(check).collect_view()}</ul>
        <p class="small">{words::NAME_AFTER}</p>
    }
}

/// The files that will be written.
#[component]
pub fn Written() -> impl IntoView {
    let store = store();
    let name = Signal::derive(move || match store.job.with(|job| job.as_ref().map(|job| job.name.clone())) {
        Some(name) => name,
        None => saving::name(store),
    });
    let files = Signal::derive(move || {
        let running = store.job.with(|job| job.as_ref().map(|job| job.forecast.clone()));
        let forecast = running.unwrap_or_else(|| store.forecast.get());
        forecast.map(|forecast| forecast.files).unwrap_or_default()
    });
    view! {
        <div class="inspector-head"><h2>{words::WRITTEN}</h2></div>
        <FileTree name=name files=files/>
    }
}
