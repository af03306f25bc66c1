//! How calls end: for people, with slips, when stopped.

use serde_json::json;

use crate::support::{Home, list};

#[test]
fn people_read_standard_error() {
    let home = Home::new();
    let ran = home.run(&["sample", "--out", "mix"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""));
    let place = |name: &str| home.path(name).display().to_string();
    for part in
        ["the four specialists of the sample", &place("mix"), &place("mix/README.md"), "letters-latin/  Letters latin"]
    {
        assert!(ran.stderr.contains(part), "{part} is not in\n{}", ran.stderr);
    }
    assert!(!ran.stderr.contains('\u{1b}'), "no cursor movements where there is no terminal");
    let ran = home.run(&["inspect", "app/sample"]);
    assert!(ran.stderr.starts_with("Ready to mix\n") && ran.stdout.is_empty(), "{}", ran.stderr);
    let ran = home.run(&["devices"]);
    assert!(ran.stderr.contains("Processor") && ran.stdout.is_empty(), "{}", ran.stderr);
}

#[test]
fn a_mix_is_run_again_from_its_own_recipe_with_the_same_numbers() {
    let home = Home::new().with_recipe();
    let weights = |recipe: &str, out: &str| {
        let last = home.run(&["mix", recipe, "--out", out, "--json"]).last();
        let files = last["files"].as_array().cloned().unwrap_or_default();
        let is_weights = |path: &str| path.ends_with(".safetensors");
        files.into_iter().filter(|file| file["path"].as_str().is_some_and(is_weights)).collect::<Vec<_>>()
    };
    let first = weights("recipe.json", "one");
    assert_eq!(first.len(), 2);
    assert_eq!(weights("one/recipe.tincture", "elsewhere/two"), first);
}

#[test]
fn slips_end_with_2_and_write_nothing() {
    let home = Home::new().with_recipe();
    let mut recipe = home.recipe();
    recipe["strenght"] = json!(1);
    home.write("slip.json", &recipe);
    std::fs::create_dir(home.path("full")).expect("a writable folder");
    std::fs::write(home.path("full/precious"), "text").expect("a writable folder");
    let cases: [(&[&str], &str); 5] = [
        (&["mix", "gone.json", "--out", "mix", "--json"], "cannot_read"),
        (&["mix", "slip.json", "--out", "mix", "--json"], "recipe_unreadable"),
        (&["mix", "recipe.json", "--out", "full", "--json"], "name_taken"),
        (&["mix", "recipe.json", "--out", "mix", "--engine", "no such card", "--json"], "no_such_engine"),
        (&["mix", "app/sample/base/model.safetensors", "--out", "mix", "--json"], "recipe_unreadable"),
    ];
    let before = list(&home.path(""));
    for (arguments, code) in cases {
        let ran = home.run(arguments);
        assert_eq!((ran.code, &ran.last()["problems"][0]["code"]), (Some(2), &json!(code)), "{arguments:?}");
    }
    assert_eq!((list(&home.path("")), list(&home.path("full"))), (before, vec!["precious".to_owned()]));
}

#[test]
fn an_unknown_command_is_refused_by_the_parser() {
    let ran = Home::new().run(&["tint", "recipe.json"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
    assert!(ran.stderr.contains("tint") && ran.stderr.contains("Usage"), "{}", ran.stderr);
}

#[cfg(unix)]
#[test]
fn a_disk_that_fills_up_is_told_and_nothing_is_left() {
    use std::process::Command;

    let home = Home::new().with_recipe();
    let before = list(&home.path(""));
    // A limit on the size of files refuses a write halfway, as a full disk does; for root too.
    let limited = "trap '' XFSZ; ulimit -f 1000; exec \"$0\" mix recipe.json --out mix --json";
    let output = Command::new("sh")
        .args(["-c", limited, env!("CARGO_BIN_EXE_tincture-cli")])
        .env("TINCTURE_HOME", home.path("app"))
        .env("TINCTURE_ENGINE", "cpu")
        .current_dir(home.path(""))
        .output()
        .expect("a shell");
    let stdout = String::from_utf8(output.stdout).expect("text");
    let last: serde_json::Value = serde_json::from_str(stdout.lines().last().expect("a line")).expect("JSON");
    assert_eq!((output.status.code(), &last["problems"][0]["code"]), (Some(2), &json!("disk_full")), "{last}");
    assert_eq!(list(&home.path("")), before);
}

/// A model of zeros; the file system keeps only its header, so it costs nothing to write.
#[cfg(unix)]
fn hollow(folder: &std::path::Path, bytes: u64) {
    use std::io::Write as _;
    std::fs::create_dir_all(folder).expect("a writable folder");
    let rows = bytes / 4096;
    let header = format!(r#"{{"w":{{"dtype":"F32","shape":[{rows},1024],"data_offsets":[0,{}]}}}}"#, rows * 4096);
    let mut file = std::fs::File::create(folder.join("model.safetensors")).expect("a writable folder");
    file.write_all(&(header.len() as u64).to_le_bytes()).expect("a writable folder");
    file.write_all(header.as_bytes()).expect("a writable folder");
    file.set_len(8 + header.len() as u64 + rows * 4096).expect("a writable folder");
}

#[cfg(unix)]
#[test]
fn the_interrupt_key_ends_a_mix_with_130_and_nothing_is_left() {
    use std::io::{BufRead as _, BufReader, Read as _};
    use std::process::{Command, Stdio};

    let home = Home::new();
    ["base", "a"].iter().for_each(|name| hollow(&home.path(name), 1 << 30));
    let recipe = json!({"format": 1, "base": {"path": "base"}, "experts": [{"skill": "A", "path": "a"}],
        "method": {"name": "task_arithmetic"}});
    home.write("recipe.json", &recipe);
    let mut program = home.program();
    program.args(["mix", "recipe.json", "--out", "out/mix", "--json"]).stdout(Stdio::piped());
    let mut running = program.spawn().expect("the program starts");
    let mut lines = BufReader::new(running.stdout.take().expect("it is piped"));
    let mut line = String::new();
    while !line.contains("\"phase\":\"write\"") {
        line.clear();
        assert_ne!(lines.read_line(&mut line).expect("text"), 0, "it ended before it wrote");
    }
    let signal = Command::new("kill").args(["-INT", &running.id().to_string()]).status().expect("kill is there");
    assert!(signal.success());
    let mut rest = String::new();
    lines.read_to_string(&mut rest).expect("text");
    assert_eq!(running.wait().expect("it ends").code(), Some(130), "{rest}");
    assert!(rest.lines().last().is_some_and(|last| last.contains("\"cancelled\"")), "{rest}");
    // Remembered hashes may be there or not, whichever came first.
    let left: Vec<String> = list(&home.path("")).into_iter().filter(|name| name != "app").collect();
    assert_eq!(left, ["a", "base", "recipe.json"]);
}
