//! Runs the program in a home of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

/// A home for the program, and a folder for what it writes.
pub struct Home(tempfile::TempDir);

/// What a call left behind.
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Home {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The program, with nothing of the surroundings but the processor as engine.
    pub fn program(&self) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_tincture-cli"));
        program.env("TINCTURE_HOME", self.path("app")).env("TINCTURE_ENGINE", "cpu").current_dir(self.0.path());
        program
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        let Output { status, stdout, stderr } = self.program().args(arguments).output().expect("the program starts");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        Ran { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
    }

    /// Unpacks the sample by mixing it, and writes a recipe over two of its specialists beside it.
    pub fn with_recipe(self) -> Self {
        assert_eq!(self.run(&["sample", "--out", "first"]).code, Some(0));
        let model = |name: &str| format!("app/sample/{name}");
        let recipe = json!({
            "format": 1,
            "base": {"path": model("base")},
            "experts": [
                {"skill": "Digits", "path": model("experts/optdigits"), "strength": 0.4},
                {"skill": "Clothes", "path": model("experts/fashion_mnist"), "strength": null},
            ],
            "method": {"name": "task_arithmetic", "parameters": {}},
            "output": {"dtype": "same", "layout": "per-skill", "shard_bytes": null},
            "seed": 7,
        });
        self.write("recipe.json", &recipe);
        self
    }

    pub fn write(&self, name: &str, recipe: &Value) {
        fs::write(self.path(name), recipe.to_string()).expect("a writable folder");
    }

    pub fn recipe(&self) -> Value {
        serde_json::from_slice(&fs::read(self.path("recipe.json")).expect("it was written")).expect("JSON")
    }
}

impl Ran {
    /// Every line of standard output as JSON; anything else on it is a break of the contract.
    pub fn lines(&self) -> Vec<Value> {
        let line = |text: &str| serde_json::from_str(text).unwrap_or_else(|_| panic!("no JSON: {text}"));
        let lines: Vec<Value> = self.stdout.lines().map(line).collect();
        assert!(lines.iter().all(|line| line["v"] == 1 && line["event"].is_string()), "{lines:?}");
        lines
    }

    /// The last line.
    pub fn last(&self) -> Value {
        self.lines().pop().unwrap_or_else(|| panic!("no line; {}", self.stderr))
    }
}

/// Everything in a folder, hidden things included.
pub fn list(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Holds that `value` has exactly the JSON types of `shape`: `"s"` text, `"n"` number, `"b"` truth, `"any"` anything,
/// `[x]` a list of x, `{…}` an object with at least these fields, `{"*": x}` an object whose values are all x.
pub fn holds(value: &Value, shape: &Value, place: &str) {
    match shape {
        Value::String(kind) => {
            let fits = match kind.as_str() {
                "s" => value.is_string(),
                "n" => value.is_number(),
                "n|null" => value.is_number() || value.is_null(),
                "b" => value.is_boolean(),
                "any" => true,
                exact => value == exact,
            };
            assert!(fits, "{place} is {value}, not {kind}");
        }
        Value::Array(kinds) => {
            let items = value.as_array().unwrap_or_else(|| panic!("{place} is no list: {value}"));
            for (at, item) in items.iter().enumerate() {
                holds(item, &kinds[0], &format!("{place}[{at}]"));
            }
        }
        Value::Object(fields) => {
            let object = value.as_object().unwrap_or_else(|| panic!("{place} is no object: {value}"));
            for (name, kind) in fields {
                if name == "*" {
                    object.iter().for_each(|(key, value)| holds(value, kind, &format!("{place}.{key}")));
                } else {
                    let field = object.get(name).unwrap_or_else(|| panic!("{place} has no {name}"));
                    holds(field, kind, &format!("{place}.{name}"));
                }
            }
        }
        other => assert_eq!(value, other, "{place}"),
    }
}
