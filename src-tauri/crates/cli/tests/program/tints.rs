//! `tint` on the sample: the lines, and that a killed tint ends with the same bytes.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::{Home, holds, list};

/// A tint that takes seconds: few pictures a visit, two looks after the first.
const QUICK: [&str; 7] = ["--rounds", "100", "--batch", "2", "--no-compare", "--json", "--layer-rate=0.01"];

fn arguments<'a>(out: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let examples = ["--examples", "Digits=app/sample/examples/optdigits.zip"];
    [&["tint", "recipe.json", "--out", out][..], &examples, &QUICK, more].concat()
}

#[test]
fn tint_gives_the_fields_of_the_contract() {
    let home = Home::new().with_recipe();
    let ran = home.run(&arguments("out", &["--rounds", "3"]));
    assert_eq!(ran.code, Some(2), "an option that is given twice is refused");
    let usual: Vec<&str> =
        arguments("out", &[]).into_iter().map(|word| if word == "100" { "3" } else { word }).collect();
    let ran = home.run(&usual);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{}", ran.stdout);
    let lines = ran.lines();
    let of = |event: &str| lines.iter().filter(|line| line["event"] == event).cloned().collect::<Vec<Value>>();
    for line in of("round") {
        holds(&line, &json!({"round": "n", "loss": {"*": "n|null"}, "used_share": "n", "empty": "n"}), "round");
    }
    for line in of("judged") {
        holds(&line, &json!({"round": "n", "choose": {"Digits": "n"}, "best": "b"}), "judged");
    }
    assert!(!of("round").is_empty() && of("judged").len() == 2, "before the first round, and after the last");
    let shape = json!({
        "event": "result", "command": "tint", "rounds": "n", "best_round": "n", "seed": "n", "trained_parameters": "n",
        "transductive": "b", "recipe": "s", "layers": [{"skill": "s", "file": "s"}],
        "rows": [{"method": "s", "skills": {"Digits": "n"}, "intervals": {"Digits": ["n"]}, "mean": "n", "worst": "n"}],
    });
    holds(&ran.last(), &shape, "result");
    assert_eq!(list(&home.path("out")), ["layers", "recipe.tincture", "result.json"]);
    let mixed = home.run(&["mix", "out/recipe.tincture", "--out", "mixed", "--json"]);
    assert_eq!(mixed.code, Some(0), "its recipe is a recipe: {}", mixed.stdout);
}

/// What a tint leaves, without the times and places in its result.
fn left(folder: &Path) -> Vec<Vec<u8>> {
    let layers = list(&folder.join("layers")).into_iter().map(|name| folder.join("layers").join(name));
    layers.chain([folder.join("recipe.tincture")]).map(|file| fs::read(file).expect("it was written")).collect()
}

#[test]
fn a_killed_tint_goes_on_and_ends_with_the_same_bytes() {
    let home = Home::new().with_recipe();
    assert_eq!(home.run(&arguments("a/whole", &[])).code, Some(0));
    let mut program = home.program().args(arguments("b/whole", &[])).stdout(Stdio::piped()).spawn().expect("it starts");
    let lines = BufReader::new(program.stdout.take().expect("a pipe")).lines();
    let is_half = |line: &str| line.contains("\"event\":\"judged\"") && line.contains("\"round\":50");
    let half = lines.map(|line| line.expect("text")).find(|line| is_half(line));
    assert!(half.is_some(), "it came to its second look");
    program.kill().expect("it runs");
    program.wait().expect("it ended");
    assert!(!home.path("b/whole/recipe.tincture").exists(), "what is not complete has no recipe");
    let refused = home.run(&arguments("b/whole", &[]));
    assert_eq!((refused.code, refused.last()["problems"][0]["code"].as_str()), (Some(2), Some("name_taken")));
    let ran = home.run(&arguments("b/whole", &["--resume"]));
    assert_eq!(ran.code, Some(0), "{}", ran.stdout);
    let looks = ran.lines().iter().filter(|line| line["event"] == "judged").count();
    assert_eq!(looks, 1, "the first half was not done again");
    assert!(left(&home.path("a/whole")) == left(&home.path("b/whole")));
    assert_eq!(list(&home.path("b/whole")), ["layers", "recipe.tincture", "result.json"], "states are gone");
}
