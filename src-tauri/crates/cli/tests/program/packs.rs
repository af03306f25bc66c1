//! `pack` and `unpack` on the sample: the lines, and that a skill comes back to the bit.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Home, holds};

/// The numbers of a weight file without its header, which says where they come from.
fn numbers(file: &Path) -> Vec<u8> {
    let bytes = std::fs::read(file).expect("a weight file");
    let length = u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes"));
    bytes[8 + length as usize..].to_vec()
}

/// A home with recipes over the whole sample, one for each rule.
fn home() -> Home {
    let home = Home::new().with_recipe();
    let mut recipe = home.recipe();
    let expert = |skill: &str, name: &str| json!({"skill": skill, "path": format!("app/sample/experts/{name}")});
    recipe["experts"] = json!([
        expert("Digits", "optdigits"),
        expert("Clothes", "fashion_mnist"),
        expert("Latin", "letters_latin"),
        expert("Hiragana", "letters_hiragana"),
    ]);
    for (name, method, parameters) in [
        ("sum.json", "task_arithmetic", json!({})),
        ("tall.json", "tall_masks", json!({"on": "task_arithmetic"})),
        ("ties.json", "tall_masks", json!({"on": "ties", "selectivity": {"Latin": 0.3}})),
        ("emr.json", "emr", json!({})),
    ] {
        recipe["method"] = json!({"name": method, "parameters": parameters});
        home.write(name, &recipe);
    }
    home
}

fn ran(home: &Home, arguments: &[&str]) -> Value {
    let ran = home.run(&[arguments, &["--json"]].concat());
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{arguments:?} {}", ran.stdout);
    ran.last()
}

#[test]
fn a_skill_of_the_sample_comes_back_to_the_bit() {
    let home = home();
    // A plain sum is packed as masks over the same sum.
    for (packed, saved) in [("sum", "tall"), ("ties", "ties"), ("emr", "emr")] {
        let (pack, mix) = (format!("pack-{packed}"), format!("mix-{packed}"));
        ran(&home, &["pack", &format!("{packed}.json"), "--out", &pack]);
        ran(&home, &["mix", &format!("{saved}.json"), "--out", &mix]);
        for (skill, slug) in [("Digits", "digits"), ("Hiragana", "hiragana")] {
            let out = format!("{packed}-{slug}");
            ran(&home, &["unpack", &pack, "--skill", skill, "--base", "app/sample/base", "--out", &out]);
            let file = |folder: &str| numbers(&home.path(folder).join("model.safetensors"));
            assert!(file(&out) == file(&format!("{mix}/{slug}")), "{packed} {skill}");
        }
    }
    let file = |folder: &str| numbers(&home.path(folder).join("model.safetensors"));
    assert!(file("sum-digits") != file("emr-digits"), "rules differ, else this shows nothing");
}

#[test]
fn pack_and_unpack_give_the_fields_of_the_contract() {
    let home = home();
    let packed = ran(&home, &["pack", "sum.json", "--out", "pack", "--change", "int8", "--with-base"]);
    let sizes = json!({"skills": 4, "weights": 458_592, "others": "n", "specialists": "n", "base": "n", "masks": "n",
        "pack": "n", "with_base": true});
    let shape = json!({"event": "result", "command": "pack", "out": "s", "method": "tall_masks", "models": [],
        "files": [{"path": "s", "bytes": "n", "sha256": "s"}], "parents": [{"name": "s", "sha256": "s"}], "pack": sizes,
        "checks": [{"name": "s", "passed": true, "value": "s"}]});
    holds(&packed, &shape, "result");
    let out = ran(&home, &["unpack", "pack", "--skill", "Latin", "--out", "latin"]);
    let shape = json!({"event": "result", "command": "unpack", "out": "s", "models": [{"folder": "", "skill": "Latin"}],
        "tensors": {"merged": 70, "copied": 0, "private": 2}, "checks": [{"name": "s", "passed": true, "value": "s"}]});
    holds(&out, &shape, "result");
    assert!(home.path("latin/config.json").is_file());
}

#[test]
fn people_hear_the_sizes_and_what_is_missing() {
    let home = home();
    let ran = home.run(&["pack", "emr.json", "--out", "pack"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("(64 + T)·P + 32·F bits with T = 4, P = "), "{}", ran.stderr);
    for (arguments, code) in [
        (vec!["unpack", "pack", "--skill", "Latin", "--out", "x"], "pack_needs_base"),
        (
            vec!["unpack", "pack", "--skill", "Latin", "--base", "app/sample/experts/optdigits", "--out", "x"],
            "pack_other_base",
        ),
        (vec!["unpack", "pack", "--skill", "Boats", "--base", "app/sample/base", "--out", "x"], "skill_not_in_pack"),
        (vec!["unpack", "app/sample", "--skill", "Latin", "--out", "x"], "not_a_pack"),
        (vec!["inspect", "pack"], "pack_is_no_model"),
    ] {
        let ran = home.run(&[&arguments[..], &["--json"]].concat());
        assert_eq!((ran.code, &ran.last()["problems"][0]["code"]), (Some(2), &json!(code)), "{arguments:?}");
        assert!(!home.path("x").exists());
    }
}
