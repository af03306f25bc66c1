//! Which engines there are, and which one is used.

use protocol::engine::EngineKind;
use protocol::words::engines as words;

use crate::cpu::{self, CpuEngine};
use crate::gpu::{self, Found, GpuEngine};
use crate::{Engine, EngineCard, Error};

/// The variable that names an engine where no option does.
const VARIABLE: &str = "TINCTURE_ENGINE";

/// The wish that leaves the choice to us.
const AUTO: &str = "auto";

/// What was wished for: the option, else the variable `TINCTURE_ENGINE`, else `auto`.
pub fn wish(flag: Option<&str>) -> String {
    wish_of(flag, std::env::var(VARIABLE).ok())
}

fn wish_of(flag: Option<&str>, variable: Option<String>) -> String {
    let given = flag.map(str::to_owned).or(variable).map(|wish| wish.trim().to_owned());
    given.filter(|wish| !wish.is_empty()).unwrap_or_else(|| AUTO.to_owned())
}

/// The engines of this computer, best first, the processor last; the one for `auto` is marked.
pub fn list() -> Vec<EngineCard> {
    list_for(AUTO)
}

/// Like [`list`], with the engine marked that this wish would choose, if any.
pub fn list_for(wish: &str) -> Vec<EngineCard> {
    let mut cards: Vec<_> = ranked(gpu::find()).into_iter().map(|found| found.card).chain([cpu::card()]).collect();
    if let Some(card) = cards.iter_mut().find(|card| means(wish, card)) {
        mark(card, wish);
    }
    cards
}

/// Opens the engine of this wish: `auto`, `cpu`, `software`, or part of a name or id in any case.
///
/// # Order
/// `auto` takes the best real card: one of its own before a built-in one, then in the order of the drivers.
/// A card that does not start is passed over. It never takes a software adapter, and the processor if no card starts.
///
/// # Errors
/// Never fails for `auto` and `cpu`.
/// [`Error::NoSuchEngine`] if nothing matches; [`Error::CannotOpen`] if the named card does not start.
pub fn choose(wish: &str) -> Result<Box<dyn Engine>, Error> {
    if is(wish, "cpu") {
        return Ok(processor(wish));
    }
    match open_card(wish) {
        Ok(engine) => Ok(Box::new(engine)),
        Err(Error::CannotOpen { card, .. }) if is(wish, AUTO) => Ok(stand_in(&card)),
        Err(Error::NoSuchEngine { .. }) if means(wish, &cpu::card()) => Ok(processor(wish)),
        Err(error) => Err(error),
    }
}

fn processor(wish: &str) -> Box<dyn Engine> {
    let mut card = cpu::card();
    mark(&mut card, wish);
    Box::new(CpuEngine::with_card(card))
}

fn stand_in(failed: &str) -> Box<dyn Engine> {
    let card = EngineCard { chosen: true, why: words::instead_of(failed), ..cpu::card() };
    Box::new(CpuEngine::with_card(card))
}

/// Opens the first card that this wish means; only `auto` goes on to the next one where a card does not start.
pub(crate) fn open_card(wish: &str) -> Result<GpuEngine, Error> {
    let found = ranked(gpu::find());
    let known = names(&found);
    let tries = if is(wish, AUTO) { found.len() } else { 1 };
    let mut best = None;
    for candidate in found.into_iter().filter(|found| means(wish, &found.card)).take(tries) {
        match start(candidate, wish) {
            Ok(engine) => return Ok(engine),
            // The best card's reason is the one to tell.
            Err(error) => best = best.or(Some(error)),
        }
    }
    Err(best.unwrap_or(Error::NoSuchEngine { wish: wish.to_owned(), known }))
}

fn start(candidate: Found, wish: &str) -> Result<GpuEngine, Error> {
    let mut engine = GpuEngine::start(candidate)?;
    mark(engine.card_mut(), wish);
    Ok(engine)
}

fn ranked(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by_key(|found| rank(found.card.kind));
    found
}

fn rank(kind: EngineKind) -> u8 {
    match kind {
        EngineKind::Discrete => 0,
        EngineKind::Integrated => 1,
        EngineKind::Software => 2,
        EngineKind::Cpu => 3,
    }
}

fn names(found: &[Found]) -> String {
    let cards = found.iter().map(|found| found.card.name.as_str());
    cards.chain([words::PROCESSOR]).collect::<Vec<_>>().join(", ")
}

fn is(wish: &str, word: &str) -> bool {
    wish.eq_ignore_ascii_case(word)
}

/// Whether this wish can mean this card.
fn means(wish: &str, card: &EngineCard) -> bool {
    let part = wish.to_lowercase();
    match part.as_str() {
        AUTO => card.kind != EngineKind::Software,
        "cpu" => card.kind == EngineKind::Cpu,
        "software" => card.kind == EngineKind::Software,
        _ => [&card.name, &card.id].iter().any(|text| text.to_lowercase().contains(&part)),
    }
}

fn mark(card: &mut EngineCard, wish: &str) {
    card.chosen = true;
    card.why = if is(wish, AUTO) { words::chosen_by_itself(card.kind) } else { words::CHOSEN_BY_NAME }.to_owned();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cards() -> Vec<EngineCard> {
        let card = |id: &str, name: &str, kind| EngineCard { id: id.into(), name: name.into(), kind, ..cpu::card() };
        vec![
            card("vulkan:GeForce 9", "GeForce 9", EngineKind::Discrete),
            card("vulkan:GeForce 9#2", "GeForce 9", EngineKind::Discrete),
            card("vulkan:Iris", "Iris", EngineKind::Integrated),
            card("vulkan:llvmpipe", "llvmpipe (256 bits)", EngineKind::Software),
            cpu::card(),
        ]
    }

    #[track_caller]
    fn check(wish: &str, expected: Option<usize>) {
        assert_eq!(cards().iter().position(|card| means(wish, card)), expected, "{wish}");
    }

    #[test]
    fn auto_takes_the_first_real_card() {
        check("auto", Some(0));
        check("AUTO", Some(0));
    }

    #[test]
    fn auto_never_takes_a_software_adapter() {
        assert!(cards().iter().all(|card| means("auto", card) == (card.kind != EngineKind::Software)));
    }

    #[test]
    fn engines_are_found_by_kind_and_by_part_of_name_or_id() {
        check("cpu", Some(4));
        check("software", Some(3));
        check("LLVM", Some(3));
        check("iris", Some(2));
        check("#2", Some(1));
        check("processor", Some(4));
        check("radeon", None);
    }

    #[test]
    fn the_option_goes_before_the_variable_and_the_variable_before_auto() {
        assert_eq!(wish_of(Some("cpu"), Some("iris".into())), "cpu");
        assert_eq!(wish_of(None, Some(" iris ".into())), "iris");
        assert_eq!(wish_of(None, Some(String::new())), "auto");
        assert_eq!(wish_of(None, None), "auto");
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_names_there_are() {
        let Err(Error::NoSuchEngine { wish, known }) = choose("no such card").map(|engine| engine.card().clone())
        else {
            panic!("an engine was found");
        };
        assert_eq!(wish, "no such card");
        assert!(known.contains(words::PROCESSOR), "{known}");
    }

    #[test]
    fn the_list_marks_one_engine_and_never_a_software_adapter() {
        let cards = list();
        let chosen: Vec<_> = cards.iter().filter(|card| card.chosen).collect();
        assert_eq!(chosen.len(), 1);
        assert_ne!(chosen[0].kind, EngineKind::Software);
        assert_eq!(cards.last().map(|card| card.kind), Some(EngineKind::Cpu));
    }
}
