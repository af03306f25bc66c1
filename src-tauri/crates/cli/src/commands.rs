//! One function for each command; each gives its exit code.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jobs::{BaseChoice, Context, Gauge, Switch, sample};
use protocol::event::JobEvent;
use protocol::failure::{Failure, FailureCode};
use protocol::mask_report::MaskReport;
use protocol::measure::{Given, Wish};
use protocol::model::Verdict;
use protocol::recipe::Recipe;
use protocol::report::Report;
use protocol::score::Part;
use protocol::tint::TintWish;
use protocol::trade::TradeWish;
use protocol::words::{mask_report, masks, measured as words, problems, terminal, tinting, trading};

use crate::args::{Args, Choosing, Command, Masks, Measuring, Numbers, Packing, Save, Tinting, Trading, Unpacking};
use crate::{lines, say};

const DONE: u8 = 0;
const BUG: u8 = 1;
const ABOUT_INPUT: u8 = 2;
const CANCELLED: u8 = 130;

/// Does what was typed.
pub fn run(args: Args) -> u8 {
    match args.command {
        Command::Inspect { paths, json } => inspect(&paths, json),
        Command::Mix { recipe, save } => ended(mix(&recipe, &save), save.json),
        Command::Measure { subject, measure } => ended(self::measure(&subject, &measure), measure.json),
        Command::Tint { recipe, tint } => ended(self::tint(&recipe, &tint), tint.json),
        Command::Trade { recipe, trade } => ended(self::trade(&recipe, &trade), trade.json),
        Command::MaskStats { recipe, masks } => ended(mask_stats(&recipe, &masks), masks.json),
        Command::Pack { recipe, pack } => ended(self::pack(&recipe, &pack), pack.json),
        Command::Unpack { pack, unpack } => ended(self::unpack(&pack, &unpack), unpack.json),
        Command::Devices { json } => devices(json),
        Command::Sample { save } => ended(mix_sample(&save), save.json),
    }
}

fn inspect(paths: &[PathBuf], json: bool) -> u8 {
    let absolute: Vec<PathBuf> = paths.iter().map(|path| whole(path)).collect();
    let found = jobs::inspect(&absolute, BaseChoice::Propose, &Context::new(jobs::app_folder()));
    if json {
        say::program(&lines::result("inspect", &found));
    } else {
        say::person(&terminal::inspection(&found));
    }
    if found.verdict == Verdict::Cannot { ABOUT_INPUT } else { DONE }
}

fn devices(json: bool) -> u8 {
    let cards = jobs::devices(&jobs::engine_wish(None));
    if json {
        say::program(&lines::engines(&cards));
    } else {
        say::person(&terminal::engines(&cards));
    }
    DONE
}

fn mix(recipe: &Path, save: &Save) -> Result<(), Failure> {
    let recipe = jobs::read_recipe(recipe)?;
    save_as("mix", &recipe, save)
}

fn mask_stats(recipe: &Path, asked: &Masks) -> Result<(), Failure> {
    let json = asked.json;
    let cx = context(asked.engine.as_deref(), json);
    let recipe = chosen(jobs::read_recipe(recipe)?, &asked.choosing, json, &cx)?;
    let found = jobs::count_masks(&recipe, &cx)?;
    // The recipe's own selectivities are always counted.
    let Some(report) = MaskReport::of(&recipe, &found) else { return Ok(()) };
    if json {
        say::program(&lines::result("mask-stats", &report));
    } else {
        say::person(&mask_report::text(&report));
    }
    Ok(())
}

/// The recipe with its selectivities chosen, where it leaves them to be chosen and there are examples.
fn chosen(mut recipe: Recipe, choosing: &Choosing, json: bool, cx: &Context) -> Result<Recipe, Failure> {
    if !recipe.settings().is_to_be_chosen {
        return Ok(recipe);
    }
    let examples = jobs::same_skills(&recipe, given(&choosing.examples))?;
    if examples.is_empty() {
        say::event(JobEvent::Warning { problem: problems::nothing_to_choose_by(recipe.default_selectivity()) }, json);
        return Ok(recipe);
    }
    let wish = Wish { recipe: recipe.clone(), examples, part: Part::Choose, most: None, cross: false, whole: false };
    let found = Gauge::new().choose_masks(&wish, cx)?;
    if !json {
        say::person(&masks::chosen(&found));
    }
    recipe.set_selectivity(&found.by_skill());
    Ok(recipe)
}

fn given(examples: &[(String, PathBuf)]) -> Vec<Given> {
    let given =
        |(skill, path): &(String, PathBuf)| Given { skill: skill.clone(), path: whole(path).display().to_string() };
    examples.iter().map(given).collect()
}

fn measure(subject: &Path, asked: &Measuring) -> Result<(), Failure> {
    let json = asked.json;
    let cx = context(asked.engine.as_deref(), json);
    let given = given(&asked.examples);
    let (part, most) = (asked.part.into(), asked.most);
    let measured = if jobs::is_model(subject) {
        jobs::measure_model(&whole(subject), &given, part, most, &cx)?
    } else {
        let recipe = jobs::read_recipe(subject)?;
        let examples = jobs::same_skills(&recipe, given)?;
        Gauge::new().measure(&Wish { recipe, examples, part, most, cross: asked.cross, whole: true }, &cx)?
    };
    if json {
        say::program(&lines::result("measure", &measured));
    } else {
        say::person(&words::measurement(&measured));
    }
    Ok(())
}

fn tint(recipe: &Path, asked: &Tinting) -> Result<(), Failure> {
    let json = asked.json;
    let cx = context(asked.engine.as_deref(), json);
    let recipe = jobs::read_recipe(recipe)?;
    let examples = jobs::same_skills(&recipe, given(&asked.examples))?;
    let wish = TintWish { recipe, examples, settings: asked.settings() };
    let done = jobs::tint_into(&wish, &whole(&asked.out), asked.resume, &cx)?;
    if json {
        say::program(&lines::tinted(&done));
    } else {
        say::person(&tinting::report(&done.tinted, &done.recipe.display().to_string()));
    }
    Ok(())
}

fn trade(recipe: &Path, asked: &Trading) -> Result<(), Failure> {
    let json = asked.json;
    let recipe = jobs::read_recipe(recipe)?;
    let examples = jobs::same_skills(&recipe, given(&asked.examples))?;
    let cx = trade_context(&recipe, asked);
    let wish = TradeWish { recipe, examples, settings: asked.settings() };
    let done = jobs::trade_into(&wish, &whole(&asked.out), asked.resume, asked.pick, &cx)?;
    if json {
        say::program(&lines::traded(&done));
    } else {
        let recipe = done.recipe.as_ref().map(|recipe| recipe.display().to_string());
        let page = done.report.display().to_string();
        say::person(&trading::report(&done.map, &done.candidates, &page, recipe.as_deref()));
    }
    Ok(())
}

/// As [`context`]; every measured mix is told by the names of specialists and skills, which come with the first message.
fn trade_context(recipe: &Recipe, asked: &Trading) -> Context {
    let specialists: Vec<String> = recipe.experts.iter().map(|expert| expert.skill.clone()).collect();
    let skills = std::sync::Mutex::new(Vec::<String>::new());
    let json = asked.json;
    let events = move |event| match event {
        JobEvent::TradeGrew { measured, budget, begun, mix } => {
            let mut skills = skills.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            if let Some(begun) = begun {
                *skills = begun.skills.iter().map(|skill| skill.skill.clone()).collect();
            }
            match mix {
                Some(mix) if json => say::program(&lines::grew(measured, &specialists, &skills, &mix)),
                Some(mix) => say::person(&trading::grew(measured, budget, &specialists, &skills, &mix)),
                None => {}
            }
        }
        event => say::event(event, json),
    };
    Context { events: Box::new(events), ..context(asked.engine.as_deref(), json) }
}

fn mix_sample(save: &Save) -> Result<(), Failure> {
    let sample = sample::unpack(&jobs::app_folder())?;
    if !save.json {
        say::person(&terminal::sample(sample.experts.len()));
    }
    save_as("sample", &sample.recipe(), save)
}

fn save_as(command: &str, recipe: &Recipe, save: &Save) -> Result<(), Failure> {
    let json = save.json;
    let cx = context(save.engine.as_deref(), json);
    let recipe = chosen(recipe.clone(), &save.choosing, json, &cx)?;
    let report = Report { compat: save.compat.into(), ..jobs::mix(&recipe, &whole(&save.out), &cx)? };
    if json {
        say::program(&lines::result(command, &report));
    } else {
        say::person(&terminal::report(&report));
        if let (Numbers::Strict, Some(note)) = (save.compat, terminal::compat(report.compat)) {
            say::person(note);
        }
    }
    Ok(())
}

/// What the recipe itself says of the pack holds where the line says nothing.
fn pack(recipe: &Path, asked: &Packing) -> Result<(), Failure> {
    let recipe = jobs::read_recipe(recipe)?;
    let change = asked.change.map_or(recipe.output.change, Into::into);
    let cx = context(asked.engine.as_deref(), asked.json);
    let packed = recipe.packed(change, asked.with_base || recipe.output.with_base);
    let packed = chosen(packed, &asked.choosing, asked.json, &cx)?;
    let report = jobs::mix(&packed, &whole(&asked.out), &cx)?;
    told("pack", &report, asked.json);
    Ok(())
}

fn unpack(pack: &Path, asked: &Unpacking) -> Result<(), Failure> {
    let cx = context(None, asked.json);
    let base = asked.base.as_deref().map(whole);
    let report = jobs::unpack(&whole(pack), &asked.skill, base.as_deref(), &whole(&asked.out), &cx)?;
    told("unpack", &report, asked.json);
    Ok(())
}

fn told(command: &str, report: &Report, json: bool) {
    if json {
        say::program(&lines::result(command, report));
    } else {
        say::person(&terminal::report(report));
    }
}

/// What a job gets from outside: it says what it does, and the interrupt key cancels it.
fn context(engine: Option<&str>, json: bool) -> Context {
    Context {
        engine: jobs::engine_wish(engine),
        events: Box::new(move |event| say::event(event, json)),
        control: switch_on_interrupt(json),
        ..Context::new(jobs::app_folder())
    }
}

/// A switch that the interrupt key, or a polite request to end, cancels.
fn switch_on_interrupt(json: bool) -> Arc<Switch> {
    let switch = Arc::new(Switch::new());
    let cancelled = Arc::clone(&switch);
    let on_interrupt = move || {
        if !json {
            say::person(terminal::STOPPING);
        }
        cancelled.cancel();
    };
    // Without a handler the system ends the program; leftovers are then removed by the next mix.
    let _ = ctrlc::set_handler(on_interrupt);
    switch
}

/// Tells why it did not work, if it did not, and gives the exit code.
fn ended(ended: Result<(), Failure>, json: bool) -> u8 {
    let Err(failure) = ended else { return DONE };
    if json {
        say::program(&lines::failure(&failure));
    } else {
        failure.problems.iter().for_each(|problem| say::person(&terminal::problem(problem)));
    }
    exit_code(&failure)
}

fn exit_code(failure: &Failure) -> u8 {
    let has = |code: FailureCode| failure.problems.iter().any(|problem| problem.code == code);
    match () {
        () if has(FailureCode::Cancelled) => CANCELLED,
        () if has(FailureCode::Bug) => BUG,
        () => ABOUT_INPUT,
    }
}

/// The path from the root of the file system.
fn whole(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_tell_whose_turn_it_is() {
        assert_eq!(exit_code(&problems::cancelled().into()), 130);
        assert_eq!(exit_code(&problems::bug("x".into()).into()), 1);
        assert_eq!(exit_code(&problems::zero_weights().into()), 2);
    }
}
