//! `trade` on the sample: the lines of the contract, and the recipe that was picked.

use serde_json::{Value, json};

use crate::support::{Home, holds, list};

const EXAMPLES: &str = "Digits=app/sample/examples/optdigits.zip";

fn arguments<'a>(out: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["trade", "recipe.json", "--out", out, "--examples", EXAMPLES, "--most", "12", "--json"][..], more].concat()
}

#[test]
fn trade_gives_the_fields_of_the_contract() {
    let home = Home::new().with_recipe();
    let ran = home.run(&arguments("out", &["--budget", "7", "--pick", "even"]));
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{}", ran.stdout);
    let measured: Vec<Value> = ran.lines().into_iter().filter(|line| line["event"] == "measured").collect();
    assert_eq!(measured.len(), 7);
    for (at, line) in measured.iter().enumerate() {
        holds(line, &json!({"n": "n", "coefficients": {"*": "n"}, "scores": {"Digits": "n"}}), "measured");
        assert_eq!(line["n"], at + 1);
    }
    let score = json!({"kind": "s", "value": "n", "lo": "n|null", "hi": "n|null"});
    let shape = json!({
        "event": "result", "command": "trade", "budget": "n", "measured": "n", "ledger": "s", "report": "s",
        "surrogates": [{"skill": "s", "typical_miss": "n|null", "band": "s"}], "reference": {"Digits": "n"},
        "hypervolume": {"measured": "n", "estimated": "n"},
        "candidates": [{"name": "s", "coefficients": {"*": "n"}, "scores": {"Digits": score}}], "recipe": "s",
    });
    holds(&ran.last(), &shape, "result");
    assert_eq!(list(&home.path("out")), ["front.json", "ledger.jsonl", "recipe.tincture", "report.html"]);
    let mixed = home.run(&["mix", "out/recipe.tincture", "--out", "mixed", "--json"]);
    assert_eq!(mixed.code, Some(0), "its recipe is a recipe: {}", mixed.stdout);
    let more = home.run(&arguments("out", &["--budget", "9", "--resume"]));
    let again = more.lines().iter().filter(|line| line["event"] == "measured").count();
    assert_eq!((more.code, again, more.last()["recipe"].is_null()), (Some(0), 2, true), "{}", more.stdout);
}

#[test]
fn names_that_there_are_not_are_refused() {
    let home = Home::new().with_recipe();
    let picked = home.run(&arguments("out", &["--pick", "tastiest"]));
    assert_eq!(picked.code, Some(2));
    let searched = home.run(&arguments("out", &["--search", "by-hand"]));
    assert_eq!(searched.code, Some(2));
    assert!(!home.path("out").exists());
}
