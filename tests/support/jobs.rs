//! Contexts, recipes and engines for use cases.

use std::path::{Path, PathBuf};

use jobs::Context;
use protocol::failure::{Failure, FailureCode};
use protocol::recipe::Recipe;
use protocol::report::Report;

/// The engines that every mix is tried on: the processor, and a graphics driver that computes on the processor.
/// `TINCTURE_ENGINE=cpu` goes without the second one.
pub fn engines() -> Vec<&'static str> {
    if std::env::var("TINCTURE_ENGINE").is_ok_and(|wish| wish.eq_ignore_ascii_case("cpu")) {
        return vec!["cpu"];
    }
    let has_software = jobs::devices("software").iter().any(|card| card.chosen);
    assert!(
        has_software,
        "no graphics driver that computes on the processor was found. Install one (Debian and Ubuntu: apt-get install \
         mesa-vulkan-drivers), or set TINCTURE_ENGINE=cpu to go without on purpose"
    );
    vec!["cpu", "software"]
}

/// A context on this engine with its own folder below `folder`, whose events nobody hears.
pub fn context(folder: &Path, engine: &str) -> Context {
    Context { engine: engine.to_owned(), ..Context::new(folder.join("app")) }
}

/// A recipe over folders; skills are `a`, `b`, … in the order given.
pub fn recipe(method: &str, base: Option<&Path>, experts: &[PathBuf]) -> Recipe {
    let text = |path: &Path| path.to_str().expect("scratch paths are text").to_owned();
    let base = base.map(text);
    let named: Vec<(String, String)> =
        experts.iter().zip('a'..).map(|(path, skill)| (skill.to_string(), text(path))).collect();
    let pairs: Vec<(&str, &str)> = named.iter().map(|(skill, path)| (skill.as_str(), path.as_str())).collect();
    Recipe::new(method, base.as_deref(), &pairs)
}

/// Mixes, and fails with the whole failure where it cannot.
pub fn mix(recipe: &Recipe, out: &Path, cx: &Context) -> Report {
    jobs::mix(recipe, out, cx).unwrap_or_else(|failure| panic!("{failure:#?}"))
}

/// Codes of a failure, in order.
pub fn codes(failure: &Failure) -> Vec<FailureCode> {
    failure.problems.iter().map(|problem| problem.code).collect()
}

/// The weight file of the folder `folder` of a report; fails where there is not exactly one.
pub fn weights(report: &Report, folder: &str) -> PathBuf {
    let mut files = report.files.iter().filter(|file| {
        file.path.ends_with(".safetensors") && file.path.rsplit_once('/').map_or("", |(folder, _)| folder) == folder
    });
    let first = files.next().unwrap_or_else(|| panic!("no weight file in {folder:?}: {:#?}", report.files));
    assert!(files.next().is_none(), "more than one weight file in {folder:?}");
    Path::new(&report.out).join(&first.path)
}

/// The folder that opens as the model of this skill (`None`: of all skills).
pub fn folder_of(report: &Report, skill: Option<&str>) -> String {
    let model = report.models.iter().find(|model| model.skill.as_deref() == skill);
    model.unwrap_or_else(|| panic!("no model for {skill:?}: {:#?}", report.models)).folder.clone()
}

/// The program `tincture-cli`, built if need be. Cargo tells where it is.
pub fn program() -> PathBuf {
    static PLACE: std::sync::OnceLock<PathBuf> = std::sync::OnceLock::new();
    PLACE.get_or_init(build_program).clone()
}

fn build_program() -> PathBuf {
    let mut cargo = std::process::Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--package", "cli", "--bin", "tincture-cli", "--message-format", "json"]);
    let output = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("cargo starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let mut places = lines.filter_map(|line| line["executable"].as_str().map(PathBuf::from));
    places.next_back().unwrap_or_else(|| panic!("no program: {}", String::from_utf8_lossy(&output.stderr)))
}
