//! From a moved slider to new scores: the sample's four skills, on so many examples each.
//!
//! `cargo bench -p jobs --bench measure`: median of five and the spread. The first measurement opens models and
//! examples and makes the references; the ones after it are what a person waits for.

use std::time::Instant;

use jobs::{Context, Gauge, sample};
use protocol::measure::{Given, Wish};
use protocol::recipe::Recipe;
use protocol::score::Part;

const RUNS: usize = 5;

/// The skill of the model at this path.
fn skill(recipe: &Recipe, model: &str) -> String {
    let found = recipe.experts.iter().find(|expert| expert.path == model);
    found.map(|expert| expert.skill.clone()).expect("an expert of the sample")
}

fn wish(cx: &Context) -> Wish {
    let project = sample::project(&cx.app_folder).expect("a writable folder");
    let given = project
        .examples
        .iter()
        .map(|given| Given { skill: skill(&project.recipe, &given.model), path: given.path.clone() });
    let examples = given.collect();
    Wish { recipe: project.recipe, examples, part: Part::Learn, most: None, cross: false, whole: true }
}

fn main() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let cx = Context { engine: "cpu".into(), ..Context::new(home.path()) };
    let (mut gauge, mut wish) = (Gauge::new(), wish(&cx));
    let began = Instant::now();
    let first = gauge.measure(&wish, &cx).expect("the sample is whole");
    let examples: u64 = first.scores.skills.iter().map(|skill| skill.examples).sum();
    println!("first: {:.2} s for the mix and its references", began.elapsed().as_secs_f64());
    let mut times = Vec::new();
    for run in 0..RUNS {
        wish.recipe.experts[0].strength = Some(0.3 + run as f64 / 100.0);
        let began = Instant::now();
        gauge.measure(&wish, &cx).expect("the sample is whole");
        times.push(began.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    let rate = examples as f64 / times[RUNS / 2];
    println!(
        "next mix: {:.2} s ({:.2} to {:.2}) on {examples} examples, {rate:.0} pictures a second; {:.2} s on 800",
        times[RUNS / 2],
        times[0],
        times[RUNS - 1],
        800.0 / rate
    );
}
