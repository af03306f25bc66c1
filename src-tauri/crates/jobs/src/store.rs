//! Projects, kept between two starts: one JSON file each in the program's own folder.

use std::fs;
use std::path::{Path, PathBuf};

use checkpoint::Checkpoint;
use protocol::failure::Failure;
use protocol::project::{Project, ProjectModel, Recent};
use protocol::recipe::{FORMAT, Recipe};
use protocol::words::problems;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::inspect::name_of;
use crate::{Context, failure, kept, recipe};

/// Most projects that are listed; older ones stay on disk.
const MOST_LISTED: usize = 20;
/// Ending of a project's file.
const ENDING: &str = "json";
/// The base has no pigment of its own.
const BASE_PIGMENT: u8 = 0;

/// A project as its file holds it.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    /// Seconds since 1970.
    #[serde(default)]
    changed: u64,
    #[serde(flatten)]
    project: Project,
}

/// Keeps a project and gives its key; a project without one gets a new key.
///
/// # Errors
/// A failure with code `CannotWrite`.
pub fn keep(project: &Project, cx: &Context) -> Result<String, Failure> {
    let key = if is_key(&project.key) { project.key.clone() } else { free_key(&project.name, cx) };
    let kept = Kept { changed: (cx.now)(), project: Project { key: key.clone(), ..project.clone() } };
    let path = file(&key, cx);
    kept::keep(&path, &kept).map_err(|error| Failure::from(failure::cannot_write(&path, &error)))?;
    Ok(key)
}

/// The project of this key.
///
/// # Errors
/// A failure with code `FileChanged` if there is none any more, else those of [`open_file`].
pub fn open(key: &str, cx: &Context) -> Result<Project, Failure> {
    let path = file(key, cx);
    if !is_key(key) || !path.is_file() {
        return Err(problems::file_changed(key, true).into());
    }
    project_in(&path)
}

/// Opens one of our project files, a recipe, or a model that Tincture saved.
///
/// Inputs of a saved model are found through the recipe beside it; those that are not there keep their names as paths.
///
/// # Errors
/// A failure with one of the codes `CannotRead`, `RecipeUnreadable`, `NewerFormat`, or what speaks against a model.
pub fn open_file(path: &Path, _cx: &Context) -> Result<Project, Failure> {
    let is_weights = path.extension().is_some_and(|ending| ending == "safetensors");
    if path.is_dir() || is_weights {
        return saved_model(path);
    }
    if is_project(path) {
        return project_in(path).map(|project| Project { key: String::new(), ..project });
    }
    let recipe = crate::read_recipe(path)?;
    Ok(from_recipe(recipe, name_near(path), saved_beside(path)))
}

/// The last projects, newest first.
pub fn recents(cx: &Context) -> Vec<Recent> {
    let files = fs::read_dir(folder(cx)).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut found: Vec<Recent> = files.filter_map(|path| recent(&path)).collect();
    found.sort_by(|a, b| b.changed.cmp(&a.changed).then_with(|| a.key.cmp(&b.key)));
    found.truncate(MOST_LISTED);
    found
}

/// Forgets a project; no model is touched. A project that is gone already is forgotten too.
///
/// # Errors
/// A failure with code `CannotWrite`.
pub fn forget(key: &str, cx: &Context) -> Result<(), Failure> {
    let path = file(key, cx);
    if !is_key(key) {
        return Ok(());
    }
    match fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(failure::cannot_write(&path, &error).into()),
        _ => Ok(()),
    }
}

/// Models and private layers of a project that are not where they were.
fn missing(project: &Project) -> usize {
    let models = project.models.iter().map(|model| &model.path);
    let layers = project.recipe.experts.iter().filter_map(|expert| expert.layer.as_ref());
    models.chain(layers).filter(|path| !Path::new(path).exists()).count()
}

fn recent(path: &Path) -> Option<Recent> {
    let Kept { changed, project } = kept::load(path)?;
    let key = path.file_stem()?.to_str().filter(|key| is_key(key))?.to_owned();
    let shares = project.recipe.experts.iter().zip(project.recipe.strengths());
    let pigment = |path: &str| project.models.iter().find(|model| model.path == path).map_or(1, |model| model.pigment);
    let shares = shares.map(|(expert, strength)| (pigment(&expert.path), strength)).collect();
    Some(Recent { key, shares, changed, missing: missing(&project), name: project.name })
}

fn project_in(path: &Path) -> Result<Project, Failure> {
    let place = path.display().to_string();
    let text = fs::read_to_string(path).map_err(|error| Failure::from(failure::cannot_read(&place, &error)))?;
    let unreadable = |error: serde_json::Error| Failure::from(problems::recipe_unreadable(&place, error.to_string()));
    let value: Value = serde_json::from_str(&text).map_err(unreadable)?;
    match value.get("format").and_then(Value::as_u64) {
        Some(format) if format != u64::from(FORMAT) => Err(problems::newer_format(&place, format, FORMAT).into()),
        _ => serde_json::from_value(value).map(|kept: Kept| kept.project).map_err(unreadable),
    }
}

/// Whether a file holds a project: a recipe has no `models`, a project has.
fn is_project(path: &Path) -> bool {
    kept::load::<Value>(path).is_some_and(|value| value.get("models").is_some() && value.get("recipe").is_some())
}

fn saved_model(path: &Path) -> Result<Project, Failure> {
    let folder = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
    // A skill's folder lies one below the recipe.
    let places = [Some(folder), folder.parent()];
    let beside = places.into_iter().flatten().map(|place| place.join(recipe::FILE)).find(|file| file.is_file());
    if let Some(file) = beside {
        let recipe = crate::read_recipe(&file)?;
        return Ok(from_recipe(recipe, name_near(&file), saved_beside(&file)));
    }
    let model = Checkpoint::open(path).map_err(|error| Failure::from(failure::file(&error)))?;
    let place = path.display().to_string();
    let inside = recipe::inside(model.metadata()).ok_or_else(|| problems::not_saved_here(&place))?;
    Ok(from_recipe(inside, name_of(path, model.metadata()), Some(place)))
}

/// A project that was never kept, from a recipe with absolute paths.
fn from_recipe(recipe: Recipe, name: String, saved_at: Option<String>) -> Project {
    let base = recipe.base.iter().map(|base| ProjectModel { path: base.path.clone(), pigment: BASE_PIGMENT });
    let experts = (1..=u8::MAX).cycle().zip(&recipe.experts);
    let experts = experts.map(|(pigment, expert)| ProjectModel { path: expert.path.clone(), pigment });
    Project {
        format: FORMAT,
        key: String::new(),
        name,
        models: base.chain(experts).collect(),
        recipe,
        examples: vec![],
        saved_at,
    }
}

/// The output folder's name for `recipe.tincture`, the file's own for others.
fn name_near(file: &Path) -> String {
    let named = if file.ends_with(recipe::FILE) { file.parent().and_then(Path::file_name) } else { file.file_stem() };
    named.map_or_else(|| "Mix".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// The output folder, if the recipe is one's own.
fn saved_beside(file: &Path) -> Option<String> {
    file.ends_with(recipe::FILE).then(|| file.parent().map(|folder| folder.display().to_string())).flatten()
}

fn folder(cx: &Context) -> PathBuf {
    cx.app_folder.join("projects")
}

fn file(key: &str, cx: &Context) -> PathBuf {
    folder(cx).join(format!("{key}.{ENDING}"))
}

/// Whether `key` is one of ours and nothing that leads to another folder.
fn is_key(key: &str) -> bool {
    !key.is_empty() && key.len() <= 100 && key.chars().all(|letter| letter.is_alphanumeric() || letter == '-')
}

/// The name as a slug, numbered if taken.
fn free_key(name: &str, cx: &Context) -> String {
    let slug = merge::slugs(&[name]).pop().filter(|slug| is_key(slug)).unwrap_or_else(|| "mix".to_owned());
    let slug: String = slug.chars().take(30).collect();
    let numbered = (2u64..).map(|number| format!("{slug}-{number}"));
    let mut wishes = std::iter::once(slug.clone()).chain(numbered);
    wishes.find(|key| !file(key, cx).exists()).unwrap_or_else(|| slug.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::failure::FailureCode;
    use std::sync::atomic::{AtomicU64, Ordering};

    /// A clock that moves by a second whenever somebody looks.
    fn ticking() -> u64 {
        static NOW: AtomicU64 = AtomicU64::new(1_000);
        NOW.fetch_add(1, Ordering::Relaxed)
    }

    fn home() -> (tempfile::TempDir, Context) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let cx = Context { now: ticking, ..Context::new(folder.path()) };
        (folder, cx)
    }

    fn project(name: &str, folder: &Path) -> Project {
        let place = |name: &str| folder.join(name).display().to_string();
        let recipe = Recipe::new("task_arithmetic", Some(&place("base")), &[("a", &place("a")), ("b", &place("b"))]);
        from_recipe(recipe, name.to_owned(), None)
    }

    #[test]
    fn a_kept_project_comes_back_as_it_was() {
        let (folder, cx) = home();
        let mut mine = project("Spring mix", folder.path());
        mine.key = keep(&mine, &cx).expect("a writable folder");
        assert_eq!(mine.key, "spring-mix");
        assert_eq!(open(&mine.key, &cx), Ok(mine.clone()));
        assert_eq!(keep(&mine, &cx), Ok(mine.key.clone()), "kept again under its own key");
        assert_eq!(keep(&Project { key: String::new(), ..mine }, &cx), Ok("spring-mix-2".into()));
    }

    #[test]
    fn recents_are_newest_first_with_shares_and_missing_models() {
        let (folder, cx) = home();
        for name in ["one", "two", "one"] {
            keep(&Project { key: name.into(), ..project(name, folder.path()) }, &cx).expect("a writable folder");
        }
        fs::create_dir(folder.path().join("a")).expect("a writable folder");
        fs::write(folder.path().join("projects/foreign.json"), "{}").expect("a writable folder");
        let found = recents(&cx);
        assert_eq!(found.iter().map(|recent| recent.key.as_str()).collect::<Vec<_>>(), ["one", "two"]);
        assert_eq!((found[0].missing, found[0].shares.clone()), (2, vec![(1, 0.5), (2, 0.5)]));
        forget("one", &cx).expect("a writable folder");
        forget("one", &cx).expect("forgotten already");
        assert_eq!(recents(&cx).len(), 1);
        assert_eq!(open("one", &cx).expect_err("forgotten").problems[0].code, FailureCode::FileChanged);
    }

    #[test]
    fn at_most_twenty_are_listed() {
        let (folder, cx) = home();
        for number in 0..23 {
            keep(&project(&format!("p{number}"), folder.path()), &cx).expect("a writable folder");
        }
        let found = recents(&cx);
        assert_eq!((found.len(), found[0].key.as_str()), (20, "p22"));
    }

    #[test]
    fn keys_lead_to_no_other_folder() {
        let (folder, cx) = home();
        fs::write(folder.path().join("secret.json"), "{}").expect("a writable folder");
        assert!(open("../secret", &cx).is_err());
        forget("../secret", &cx).expect("nothing to forget");
        assert!(folder.path().join("secret.json").exists());
        let odd = Project { key: "../evil".into(), ..project("x", folder.path()) };
        assert_eq!(keep(&odd, &cx), Ok("x".into()));
    }

    #[test]
    fn recipes_and_projects_are_told_apart_by_content() {
        let (folder, cx) = home();
        let mine = project("mine", folder.path());
        let key = keep(&mine, &cx).expect("a writable folder");
        let copy = folder.path().join("copy.json");
        fs::copy(file(&key, &cx), &copy).expect("a writable folder");
        assert_eq!(open_file(&copy, &cx).expect("a project"), mine);
        let recipe = folder.path().join("r.json");
        fs::write(&recipe, crate::recipe_text(&mine.recipe)).expect("a writable folder");
        let opened = open_file(&recipe, &cx).expect("a recipe");
        assert_eq!((opened.name.as_str(), opened.recipe, opened.models), ("r", mine.recipe, mine.models));
        fs::write(&recipe, "hello").expect("a writable folder");
        assert_eq!(open_file(&recipe, &cx).expect_err("neither").problems[0].code, FailureCode::RecipeUnreadable);
    }
}
