//! Trade-offs of two tiny perceptrons: what is measured, what is kept, what is refused.

use std::fs;

use std::sync::{Arc, Mutex};

use jobs::{Context, Gauge, Switch, candidates, forget_trade, recipe_of, trade_into, trade_key};
use protocol::event::JobEvent;
use protocol::failure::FailureCode as Code;
use protocol::measure::{Given, Wish};
use protocol::score::Part;
use protocol::trade::{TradeMap, TradeMix, TradeName, TradePoint, TradeSearch, TradeSettings, TradeWish};

use crate::measuring::Pair;
use crate::support::failed;

fn wish(pair: &Pair, budget: u32) -> TradeWish {
    let settings = TradeSettings { budget, ..TradeSettings::default() };
    TradeWish { recipe: pair.recipe.clone(), examples: pair.both(), settings }
}

fn explore(pair: &Pair, wish: &TradeWish, ledger: &str) -> TradeMap {
    Gauge::new().explore(wish, &[], &pair.at(ledger), &pair.context()).expect("it has trade-offs")
}

/// A context that calls `hear` with every mix, and what it hears.
fn listening(pair: &Pair, hear: impl Fn(usize) + Send + Sync + 'static) -> (Context, Arc<Mutex<Vec<TradeMix>>>) {
    let heard: Arc<Mutex<Vec<TradeMix>>> = Arc::default();
    let ear = Arc::clone(&heard);
    let events = move |event: JobEvent| {
        if let JobEvent::TradeGrew { measured, mix: Some(mix), .. } = event {
            ear.lock().expect("no panic holds it").push(*mix);
            hear(measured as usize);
        }
    };
    (Context { events: Box::new(events), ..pair.context() }, heard)
}

#[test]
fn a_map_begins_with_the_base_the_specialists_and_the_equal_mix() {
    let pair = Pair::new();
    let map = explore(&pair, &wish(&pair, 9), "ledger");
    let opening: Vec<&[f64]> = map.measured[..4].iter().map(|mix| mix.strengths.as_slice()).collect();
    assert_eq!(opening, [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.5, 0.5]]);
    assert_eq!((map.measured.len(), map.specialists.len()), (9, 2));
    for (at, skill) in map.skills.iter().enumerate() {
        // The base is the mix of strength 0; a plain sum at strength 1 is the specialist itself.
        assert_eq!(skill.base, Some(map.measured[0].scores[at]));
        assert_eq!(skill.expert, map.measured[1 + at].scores[at]);
        assert_eq!(skill.equal, map.measured[3].scores[at], "1/k is the plain sum's own strength");
        assert_eq!(skill.alone, [1, 2].map(|mix| Some(map.measured[mix].scores[at])), "each on this skill");
        assert!(skill.typical_miss.is_some());
    }
    assert!(map.measured[4..].iter().all(|mix| mix.expected.is_some()), "what comes after was expected to be good");
    let volume = map.hypervolume.expect("there is a base");
    assert!(volume.estimated >= volume.measured && volume.measured >= 0.0 && volume.measured.is_sign_positive());
}

#[test]
fn a_score_of_a_map_is_that_of_a_measurement() {
    let pair = Pair::new();
    let map = explore(&pair, &wish(&pair, 7), "ledger");
    for at in [3, 6] {
        let recipe = recipe_of(&pair.recipe, &map, TradePoint::Measured(at)).expect("a point of the map");
        let asked = Wish { recipe, examples: pair.both(), part: Part::Choose, most: None, cross: false, whole: true };
        let measured = Gauge::new().measure(&asked, &pair.context()).expect("it is a mix as any other");
        let scores: Vec<_> = measured.scores.skills.iter().map(|skill| skill.value).collect();
        assert_eq!(scores, map.measured[at].scores, "{at}");
    }
}

#[test]
fn one_more_mix_reads_no_file() {
    let pair = Pair::new();
    let undisturbed = explore(&pair, &wish(&pair, 8), "first");
    let names = [
        "base/model.safetensors",
        "one/model.safetensors",
        "two/model.safetensors",
        "one.safetensors",
        "two.safetensors",
    ];
    let files = names.map(|name| pair.at(name));
    // From the first mix on every file of models and examples holds zeros, in the same place on disk.
    let (cx, heard) = listening(&pair, move |measured| {
        if measured == 1 {
            for file in &files {
                let length = fs::metadata(file).expect("a file").len() as usize;
                fs::write(file, vec![0; length]).expect("a writable file");
            }
        }
    });
    let map = Gauge::new().explore(&wish(&pair, 8), &[], &pair.at("second"), &cx).expect("all is in memory");
    assert_eq!((map.measured, heard.lock().expect("no panic holds it").len()), (undisturbed.measured, 8));
    // The control: whoever opens them now finds no model.
    assert!(Gauge::new().explore(&wish(&pair, 8), &[], &pair.at("third"), &pair.context()).is_err());
}

#[test]
fn what_was_measured_is_not_measured_again() {
    let pair = Pair::new();
    let whole = explore(&pair, &wish(&pair, 9), "whole");
    let control = Arc::new(Switch::new());
    let switch = Arc::clone(&control);
    let (cx, heard) = listening(&pair, move |measured| {
        if measured == 5 {
            switch.cancel()
        }
    });
    let cancelled = Gauge::new().explore(&wish(&pair, 9), &[], &pair.at("parts"), &Context { control, ..cx });
    assert_eq!((failed(cancelled), heard.lock().expect("no panic holds it").len()), (vec![Code::Cancelled], 5));
    let bill = |wish: &TradeWish| {
        Gauge::new().forecast_trade(wish, &pair.at("parts"), &pair.context()).expect("it has trade-offs")
    };
    assert_eq!((bill(&wish(&pair, 9)).kept, bill(&wish(&pair, 9)).mixes), (5, 9));
    let mut other = wish(&pair, 9);
    other.settings.seed = 4;
    assert_eq!(bill(&other).kept, 0, "a ledger is of one wish only");
    let (cx, heard) = listening(&pair, |_| ());
    let map = Gauge::new().explore(&wish(&pair, 9), &[], &pair.at("parts"), &cx).expect("it goes on");
    assert_eq!(heard.lock().expect("no panic holds it").len(), 4);
    assert_eq!((map.measured, map.front), (whole.measured, whole.front));
    // More mixes of the same search go on too.
    let more = explore(&pair, &wish(&pair, 11), "parts");
    assert_eq!(more.measured[..9], explore(&pair, &wish(&pair, 9), "whole").measured);
    assert_eq!(more.measured.len(), 11);
    forget_trade(&pair.at("parts")).expect("it can be removed");
    forget_trade(&pair.at("parts")).expect("what is gone is forgotten");
    assert_eq!(bill(&wish(&pair, 9)).kept, 0);
}

#[test]
fn the_bill_counts_mixes_skills_and_examples() {
    let pair = Pair::new();
    let mut usual = wish(&pair, 0);
    usual.settings.most_examples = Some(7);
    let bill = Gauge::new().forecast_trade(&usual, &pair.at("none"), &pair.context()).expect("it has trade-offs");
    assert_eq!((bill.mixes, bill.kept, bill.resident), (12, 0, true));
    assert_eq!(bill.skills.iter().map(|skill| skill.examples).collect::<Vec<_>>(), [7, 7]);
    assert!(bill.seconds > 0.0 && !pair.at("none").exists(), "a forecast writes nothing");
    let map = explore(&pair, &usual, "ledger");
    assert!(map.skills.iter().all(|skill| skill.examples == 7) && map.measured.len() == 12);
}

#[test]
fn a_mix_that_was_asked_for_comes_first_and_then_the_plan() {
    let pair = Pair::new();
    let asked = [vec![0.25, 0.75], vec![3.0, -1.0]];
    let explored = Gauge::new().explore(&wish(&pair, 4), &asked, &pair.at("ledger"), &pair.context());
    let strengths: Vec<Vec<f64>> =
        explored.expect("it has trade-offs").measured.into_iter().map(|mix| mix.strengths).collect();
    assert_eq!(
        strengths,
        [[0.25, 0.75], [1.0, 0.0], [0.0, 0.0], [0.0, 1.0]],
        "moved into the box; the known one is left out"
    );
    let bad = Gauge::new().explore(&wish(&pair, 9), &[vec![0.1]], &pair.at("ledger"), &pair.context());
    assert_eq!(failed(bad), [Code::Bug]);
}

#[test]
fn enough_is_enough() {
    let pair = Pair::new();
    let control = Arc::new(Switch::new());
    let switch = Arc::clone(&control);
    let (cx, _) = listening(&pair, move |measured| {
        if measured == 6 {
            switch.finish()
        }
    });
    let map = Gauge::new().explore(&wish(&pair, 12), &[], &pair.at("ledger"), &Context { control, ..cx });
    let map = map.expect("what is measured is a map");
    assert_eq!((map.measured.len(), map.budget), (6, 12));
}

#[test]
fn rivals_spend_the_same_budget_in_their_own_way() {
    let pair = Pair::new();
    let of = |search: TradeSearch, name: &str| {
        let mut wish = wish(&pair, 8);
        wish.settings.search = search;
        explore(&pair, &wish, name)
    };
    let line = of(TradeSearch::EqualLine, "line");
    assert!(line.measured.iter().all(|mix| mix.strengths[0] == mix.strengths[1]));
    let all = [of(TradeSearch::Map, "map"), of(TradeSearch::Random, "random"), of(TradeSearch::CmaEs, "adapting")];
    for (at, one) in all.iter().enumerate() {
        assert_eq!(one.measured.len(), 8);
        let strengths = |map: &TradeMap| map.measured.iter().map(|mix| mix.strengths.clone()).collect::<Vec<_>>();
        assert!(all[..at].iter().all(|other| strengths(other) != strengths(one)));
    }
}

#[test]
fn a_folder_holds_ledger_front_page_and_the_recipe_that_was_picked() {
    let pair = Pair::new();
    let out = pair.at("out");
    let done = trade_into(&wish(&pair, 8), &out, false, Some(TradeName::Even), &pair.context()).expect("it works");
    let mut names: Vec<_> = fs::read_dir(&out).expect("a folder").flatten().map(|entry| entry.file_name()).collect();
    names.sort();
    assert_eq!(names, ["front.json", "ledger.jsonl", "recipe.tincture", "report.html"]);
    let written: TradeMap =
        serde_json::from_str(&fs::read_to_string(out.join("front.json")).expect("a text")).expect("a map");
    assert_eq!(written.measured, done.map.measured);
    let lines = fs::read_to_string(&done.ledger).expect("a text").lines().count();
    assert_eq!(lines, 1 + 8, "a header, and a line for every mix");
    let even = candidates(&done.map).expect("there are points").into_iter().find(|one| one.name == TradeName::Even);
    let strengths = done.map.strengths(even.expect("there always is one").point).expect("a point");
    let recipe = jobs::read_recipe(&done.recipe.expect("one was picked")).expect("a recipe as any other");
    assert_eq!(recipe.strengths(), strengths);
    let again = trade_into(&wish(&pair, 8), &out, false, None, &pair.context());
    assert_eq!(failed(again.map(|_| ())), [Code::NameTaken]);
    assert!(
        trade_into(&wish(&pair, 9), &out, true, None, &pair.context()).is_ok_and(|done| done.map.measured.len() == 9)
    );
}

#[test]
fn mixes_without_trade_offs_are_refused_in_words() {
    let pair = Pair::new();
    let with = |change: &dyn Fn(&mut TradeWish)| {
        let mut wish = wish(&pair, 6);
        change(&mut wish);
        failed(Gauge::new().explore(&wish, &[], &pair.at("none"), &pair.context()))
    };
    assert_eq!(with(&|wish| wish.recipe.method.name = "emr".into()), [Code::CannotTrade]);
    assert_eq!(with(&|wish| wish.recipe.base = None), [Code::CannotTrade]);
    assert_eq!(with(&|wish| wish.recipe.experts.truncate(1)), [Code::CannotTrade]);
    assert_eq!(with(&|wish| wish.examples.clear()), [Code::CannotTrade]);
    let nowhere = Given { skill: "One".into(), path: pair.at("nowhere").display().to_string() };
    assert_ne!(with(&move |wish| wish.examples = vec![nowhere.clone()]), [] as [Code; 0]);
    assert!(!pair.at("none").exists());
    // A plain average is the sum of changes that it is.
    let mut average = wish(&pair, 5);
    average.recipe.method.name = "average".into();
    assert_eq!(explore(&pair, &average, "average").measured, explore(&pair, &wish(&pair, 5), "sum").measured);
}

#[test]
fn a_ledger_that_cannot_be_written_says_so() {
    let pair = Pair::new();
    fs::write(pair.at("file"), "no folder").expect("a writable folder");
    let blocked = Gauge::new().explore(&wish(&pair, 6), &[], &pair.at("file").join("ledger"), &pair.context());
    assert_eq!(blocked.expect_err("no folder can be there").problems.len(), 1);
    let keys = |change: &dyn Fn(&mut TradeWish)| {
        let mut wish = wish(&pair, 6);
        change(&mut wish);
        trade_key(&wish)
    };
    let usual = keys(&|_| ());
    assert_eq!(usual, keys(&|wish| wish.recipe.experts[0].strength = Some(0.7)), "strengths are what is varied");
    assert_eq!(usual, keys(&|wish| wish.settings.budget = 30));
    assert_ne!(usual, keys(&|wish| wish.settings.most_examples = Some(3)));
    assert_ne!(usual, keys(&|wish| wish.recipe.method.name = "consensus".into()));
}
