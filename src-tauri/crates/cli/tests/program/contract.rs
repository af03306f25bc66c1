//! The lines of the contract, field by field.

use serde_json::json;

use crate::support::{Home, holds};

#[test]
fn inspect_gives_the_fields_of_the_contract() {
    let home = Home::new().with_recipe();
    let ran = home.run(&["inspect", "app/sample", "--json"]);
    let last = ran.last();
    let model = json!({"id": "s", "paths": ["s"], "family": "ViT", "role": "s", "role_reason": "s", "parameters": "n",
        "bytes": "n", "dtypes": {"*": "n"}, "private": ["s"]});
    let shape = json!({"v": 1, "event": "result", "command": "inspect", "verdict": "ready", "bytes_read": "n",
        "models": [model], "table": [{"row": "s", "values": ["s"], "differs": "b"}], "problems": ["any"]});
    holds(&last, &shape, "result");
    assert_eq!((ran.code, ran.lines().len(), ran.stderr.as_str()), (Some(0), 1, ""));
    assert_eq!(last["models"].as_array().map(Vec::len), Some(5));
    assert_eq!((&last["models"][0]["role"], &last["models"][1]["role"]), (&json!("base"), &json!("expert")));
    assert_eq!(last["models"][0]["dtypes"], json!({"F32": 458_592}));
}

#[test]
fn inspect_of_what_cannot_be_mixed_gives_a_result_and_exit_code_2() {
    let home = Home::new().with_recipe();
    std::fs::write(home.path("page.safetensors"), "<html>sign in</html>").expect("a writable folder");
    let ran = home.run(&["inspect", "app/sample", "page.safetensors", "--json"]);
    let problem = json!({"code": "web_page", "subject": {"file": "s"}, "title": "s", "why": "s", "remedy": "s"});
    holds(&ran.last(), &json!({"event": "result", "verdict": "cannot", "problems": [problem]}), "result");
    assert_eq!((ran.code, ran.last()["problems"].as_array().map(Vec::len)), (Some(2), Some(1)));
}

#[test]
fn mix_gives_the_fields_of_the_contract() {
    let home = Home::new().with_recipe();
    let ran = home.run(&["mix", "recipe.json", "--out", "mix", "--compat", "strict", "--json"]);
    let lines = ran.lines();
    let (last, before) = lines.split_last().expect("at least the result");
    assert_eq!((ran.code, ran.stderr.as_str(), before.is_empty()), (Some(0), "", false));
    let progress = json!({"event": "progress", "phase": "s", "done": "n", "total": "n", "unit": "bytes", "seconds_left": "n|null"});
    before.iter().for_each(|line| holds(line, &progress, "progress"));
    let shape = json!({"event": "result", "command": "mix", "out": "s",
        "files": [{"path": "s", "bytes": "n", "sha256": "s"}], "method": "task_arithmetic", "compat": "strict", "seed": 7,
        "engine": "s", "fallback_chunks": 0, "tensors": {"merged": 70, "copied": 0, "private": 4},
        "parents": [{"name": "s", "sha256": "s"}], "recipe_sha256": "s", "memory": {"forecast": "n", "peak": "n"},
        "seconds": "n", "checks": [{"name": "s", "passed": true, "value": "s"}], "warnings": ["any"]});
    holds(last, &shape, "result");
    assert_eq!((last["parents"].as_array().map(Vec::len), last["checks"].as_array().map(Vec::len)), (Some(3), Some(4)));
    assert_eq!(last["files"].as_array().map(Vec::len), Some(8));
    assert!(home.path("mix/digits/model.safetensors").is_file() && home.path("mix/clothes/config.json").is_file());
}

#[test]
fn measure_gives_the_fields_of_the_contract() {
    let home = Home::new().with_recipe();
    let given = ["digits=app/sample/examples/optdigits.zip", "CLOTHES=app/sample/examples/fashion_mnist.zip"];
    let ran =
        home.run(&["measure", "recipe.json", "--examples", given[0], "--examples", given[1], "--cross", "--json"]);
    let lines = ran.lines();
    let (last, before) = lines.split_last().expect("at least the result");
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let progress =
        json!({"event": "progress", "phase": "s", "done": "n", "total": "n", "unit": "s", "seconds_left": "n|null"});
    before.iter().for_each(|line| holds(line, &progress, "progress"));
    assert!(before.iter().any(|line| line["unit"] == "examples"), "{before:?}");
    let skill = json!({"skill": "s", "head_from": "s", "metric": "accuracy", "value": "n", "correct": "n", "examples": 200,
        "interval": ["n"], "mean_per_class": "n", "top5": "n", "ece": "n",
        "references": {"expert": "n", "base": "n", "equal": "n"}, "labels": ["s"], "confusion": [["n"]], "skipped": ["any"]});
    let cross = json!({"skills": ["s"], "rows": [{"model": "any", "scores": ["n"]}]});
    let shape = json!({"event": "result", "command": "measure", "part": "judge", "split_seed": "n", "skills": [skill],
        "mean": "n", "worst": "n", "cross": cross});
    holds(last, &shape, "result");
    let names: Vec<&str> =
        last["skills"].as_array().into_iter().flatten().filter_map(|s| s["skill"].as_str()).collect();
    assert_eq!(names, ["Digits", "Clothes"]);
    assert_eq!(last["cross"]["rows"].as_array().map(Vec::len), Some(5));
}

#[test]
fn measure_of_one_model_has_no_references_and_of_a_stranger_says_which_labels_are_strange() {
    let home = Home::new().with_recipe();
    let model = "app/sample/experts/optdigits";
    let ran =
        home.run(&["measure", model, "--examples", "d=app/sample/examples/optdigits.zip", "--part", "learn", "--json"]);
    let references = json!({"expert": null, "base": null, "equal": null});
    let shape =
        json!({"part": "learn", "skills": [{"skill": "d", "value": "n", "examples": 150, "references": references}]});
    holds(&ran.last(), &shape, "result");
    let ran = home.run(&["measure", model, "--examples", "d=app/sample/examples/fashion_mnist.zip", "--json"]);
    holds(&ran.last(), &json!({"event": "failure", "problems": [{"code": "labels_unknown"}]}), "failure");
    assert_eq!(ran.code, Some(2));
    let ran = home.run(&["measure", "recipe.json", "--examples", "boats=app/sample/examples/optdigits.zip", "--json"]);
    assert_eq!((ran.code, &ran.last()["problems"][0]["subject"]), (Some(2), &json!({"skill": "boats"})));
}

#[test]
fn devices_gives_the_fields_of_the_contract() {
    let ran = Home::new().run(&["devices", "--json"]);
    let engine = json!({"id": "s", "name": "s", "kind": "s", "backend": "s", "driver": "s", "memory": "n|null",
        "max_binding": "n", "f16": "b", "subgroups": "b", "chosen": "b", "why": "s"});
    holds(&ran.last(), &json!({"event": "result", "command": "devices", "engines": [engine]}), "result");
    let last = ran.last();
    let chosen: Vec<_> =
        last["engines"].as_array().into_iter().flatten().filter(|card| card["chosen"] == true).collect();
    assert_eq!((ran.code, chosen.len(), &chosen[0]["kind"]), (Some(0), 1, &json!("cpu")));
}

#[test]
fn a_failure_gives_the_fields_of_the_contract() {
    let home = Home::new().with_recipe();
    let mut recipe = home.recipe();
    recipe["method"]["name"] = json!("task_arithmatic");
    home.write("slip.json", &recipe);
    let ran = home.run(&["mix", "slip.json", "--out", "mix", "--json"]);
    let problem = json!({"code": "unknown_method", "subject": null, "title": "s", "why": "s", "remedy": "s"});
    holds(&ran.last(), &json!({"v": 1, "event": "failure", "problems": [problem]}), "failure");
    assert!(ran.last()["problems"][0]["why"].as_str().is_some_and(|why| why.contains("task_arithmetic")));
    assert_eq!((ran.code, home.path("mix").exists()), (Some(2), false));
}

#[test]
#[should_panic(expected = "has no missing")]
fn the_comparer_of_shapes_sees_a_missing_field() {
    holds(&json!({"a": 1}), &json!({"a": "n", "missing": "s"}), "value");
}

#[test]
#[should_panic(expected = "not n")]
fn the_comparer_of_shapes_sees_another_type() {
    holds(&json!({"a": [1, "2"]}), &json!({"a": ["n"]}), "value");
}
