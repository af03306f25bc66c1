//! Trade-offs, through the commands, on the bundled sample.

use protocol::command::*;
use protocol::event::JobEvent;
use protocol::failure::FailureCode;
use protocol::measure::Given;
use protocol::project::Opened;
use protocol::trade::{TradeMap, TradeSettings, TradeWish};

use crate::bench::Bench;

/// The sample's mix with the examples of two skills, three of each.
fn wish(opened: &Opened, budget: u32) -> TradeWish {
    let recipe = opened.project.recipe.clone();
    let skill = |model: &str| recipe.experts.iter().find(|expert| expert.path == model).map(|expert| &expert.skill);
    let given = opened
        .project
        .examples
        .iter()
        .filter_map(|given| Some(Given { skill: skill(&given.model)?.clone(), path: given.path.clone() }));
    let examples = given.take(2).collect();
    let settings = TradeSettings { budget, most_examples: Some(3), ..TradeSettings::default() };
    TradeWish { recipe, examples, settings }
}

fn map(events: Vec<(usize, JobEvent)>) -> TradeMap {
    match events.into_iter().last() {
        Some((_, JobEvent::Traded { map })) => *map,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_map_grows_ends_and_goes_on_where_it_ended() {
    let bench = Bench::new();
    let opened: Opened = bench.call(&OpenSample {}).expect("a writable folder");
    let bill = bench.call(&ForecastTrade { wish: wish(&opened, 7) }).expect("it has trade-offs");
    assert_eq!((bill.mixes, bill.kept, bill.skills.len()), (7, 0, 2));
    bench.begin(&StartTrade { wish: wish(&opened, 7), first: vec![] }).expect("a job begins");
    let events = bench.events();
    let grown = events.iter().filter(|(_, event)| matches!(event, JobEvent::TradeGrew { mix: Some(_), .. }));
    assert_eq!(grown.count(), 7);
    let whole = map(events);
    assert_eq!((whole.measured.len(), whole.specialists.len(), whole.skills.len()), (7, 4, 2));
    let kept = |budget| bench.call(&ForecastTrade { wish: wish(&opened, budget) }).expect("it has trade-offs").kept;
    assert_eq!(kept(9), 7);
    let asked = vec![0.25; 4];
    bench.begin(&StartTrade { wish: wish(&opened, 8), first: vec![asked.clone()] }).expect("a job begins");
    let more = map(bench.events());
    assert_eq!((more.measured.len(), more.measured[..7] == whole.measured), (8, true));
    bench.call(&DiscardTrade { wish: wish(&opened, 7) }).expect("it can be removed");
    assert_eq!(kept(9), 0);
}

#[test]
fn exploring_is_ended_held_and_cancelled_as_any_job() {
    let bench = Bench::new();
    let opened: Opened = bench.call(&OpenSample {}).expect("a writable folder");
    bench.begin(&StartTrade { wish: wish(&opened, 200), first: vec![] }).expect("a job begins");
    bench.call(&StopTrade {}).expect("it ends soon");
    assert!(map(bench.events()).measured.len() < 200, "it was ended with what it had");
    bench.begin(&StartTrade { wish: wish(&opened, 200), first: vec![] }).expect("a job begins");
    bench.call(&Cancel {}).expect("it ends soon");
    match &bench.events().last().expect("an end").1 {
        JobEvent::Failed { failure } => assert_eq!(failure.problems[0].code, FailureCode::Cancelled),
        other => panic!("{other:?}"),
    }
}
