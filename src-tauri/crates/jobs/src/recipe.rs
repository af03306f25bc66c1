//! Recipes as files: read, written, and carried inside a model.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use protocol::failure::Failure;
use protocol::recipe::{FORMAT, Recipe};
use protocol::words::problems;
use serde_json::Value;

use crate::{failure, kept};

/// Name of the recipe's file in an output folder.
pub(crate) const FILE: &str = "recipe.tincture";
/// Metadata key of a weight file that holds the recipe, with names in place of paths.
pub(crate) const INSIDE: &str = "tincture.recipe";
/// Metadata key of a weight file that holds names and hashes of the inputs.
pub(crate) const PARENTS: &str = "tincture.parents";

/// Recipes are a few kilobytes; a larger file is something else.
const MOST_BYTES: u64 = 4 << 20;

/// Reads a recipe; its paths, relative to its own folder, are made absolute.
///
/// # Errors
/// A failure with one of the codes `CannotRead`, `RecipeUnreadable`, `NewerFormat`.
pub fn read_recipe(file: &Path) -> Result<Recipe, Failure> {
    let place = file.display().to_string();
    let text = text_of(file, &place)?;
    let mut recipe = parse(&text, &place)?;
    let folder = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let folder = folder.parent().unwrap_or(Path::new("/"));
    for path in paths_mut(&mut recipe) {
        *path = plain(&folder.join(&*path)).display().to_string();
    }
    Ok(recipe)
}

fn text_of(file: &Path, place: &str) -> Result<String, Failure> {
    kept::small_text(file, MOST_BYTES).map_err(|error| {
        if error.kind() == std::io::ErrorKind::InvalidData {
            problems::recipe_unreadable(place, error.to_string()).into()
        } else {
            failure::cannot_read(place, &error).into()
        }
    })
}

/// The recipe in `text`, its paths untouched.
pub(crate) fn parse(text: &str, place: &str) -> Result<Recipe, Failure> {
    let unreadable = |error: serde_json::Error| Failure::from(problems::recipe_unreadable(place, error.to_string()));
    let value: Value = serde_json::from_str(text).map_err(unreadable)?;
    // A later version may have fields that this one would call unknown: its number is looked at first.
    match value.get("format").and_then(Value::as_u64) {
        Some(format) if format != u64::from(FORMAT) => Err(problems::newer_format(place, format, FORMAT).into()),
        _ => serde_json::from_value(value).map_err(unreadable),
    }
}

/// The recipe as people keep it: indented JSON that ends in a line end.
pub fn recipe_text(recipe: &Recipe) -> String {
    // A recipe is plain data with text keys: it always has a JSON form.
    serde_json::to_string_pretty(recipe).unwrap_or_default() + "\n"
}

/// The recipe with paths relative to `folder`, where they lie on the same root; they stay absolute elsewhere.
pub(crate) fn beside(recipe: &Recipe, folder: &Path) -> Recipe {
    let mut recipe = recipe.clone();
    let folder = real(folder);
    for path in paths_mut(&mut recipe) {
        if let Some(relative) = relative(&real(Path::new(&*path)), &folder) {
            *path = relative;
        }
    }
    recipe
}

/// The recipe with the names of its models in place of their paths, in the order of [`paths`].
pub(crate) fn with_names(recipe: &Recipe, names: &[String]) -> Recipe {
    let mut recipe = recipe.clone();
    for (path, name) in paths_mut(&mut recipe).zip(names) {
        path.clone_from(name);
    }
    recipe
}

/// The recipe that a model's metadata holds, if Tincture saved it.
pub(crate) fn inside(metadata: &BTreeMap<String, String>) -> Option<Recipe> {
    serde_json::from_str(metadata.get(INSIDE)?).ok()
}

/// The same recipe without private layers: what its specialists are by themselves.
pub(crate) fn without_layers(recipe: &Recipe) -> Recipe {
    let mut recipe = recipe.clone();
    recipe.experts.iter_mut().for_each(|expert| expert.layer = None);
    recipe
}

/// Every path: the base's first if there is one, then the experts', then those of private layers.
pub(crate) fn paths_mut(recipe: &mut Recipe) -> impl Iterator<Item = &mut String> {
    let base = recipe.base.iter_mut().map(|base| &mut base.path);
    let (mut experts, mut layers) = (Vec::new(), Vec::new());
    for expert in &mut recipe.experts {
        experts.push(&mut expert.path);
        layers.extend(&mut expert.layer);
    }
    base.chain(experts).chain(layers)
}

/// Every path: the base's first if there is one, then the experts', then those of private layers.
pub(crate) fn paths(recipe: &Recipe) -> impl Iterator<Item = &str> {
    let base = recipe.base.iter().map(|base| base.path.as_str());
    let experts = recipe.experts.iter().map(|expert| expert.path.as_str());
    base.chain(experts).chain(recipe.experts.iter().filter_map(|expert| expert.layer.as_deref()))
}

/// With links resolved as far as the path exists.
fn real(path: &Path) -> PathBuf {
    let absolute = plain(&std::path::absolute(path).unwrap_or_else(|_| path.to_owned()));
    let found = absolute.ancestors().find_map(|ancestor| Some((ancestor, ancestor.canonicalize().ok()?)));
    match found {
        Some((ancestor, real)) => absolute.strip_prefix(ancestor).map_or(real.clone(), |rest| plain(&real.join(rest))),
        None => absolute,
    }
}

/// Without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    plain
}

/// `path` as seen from `folder`, with `/` between parts; `None` if they share no root.
fn relative(path: &Path, folder: &Path) -> Option<String> {
    let (path, folder): (Vec<Component>, Vec<Component>) = (path.components().collect(), folder.components().collect());
    let shared = path.iter().zip(&folder).take_while(|(a, b)| a == b).count();
    if shared == 0 {
        return None;
    }
    let up = folder[shared..].iter().map(|_| "..".to_owned());
    let down = path[shared..].iter().map(|part| part.as_os_str().to_string_lossy().into_owned());
    Some(up.chain(down).collect::<Vec<_>>().join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::failure::FailureCode;

    #[test]
    fn paths_are_relative_to_the_recipe_and_back() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let home = folder.path().canonicalize().expect("it exists");
        let absolute = |name: &str| home.join(name).display().to_string();
        let mut recipe = Recipe::new("average", None, &[("a", &absolute("models/a")), ("b", &absolute("models/b"))]);
        recipe.experts[1].layer = Some(absolute("mixes/layers/b.safetensors"));
        let out = home.join("mixes/first");
        std::fs::create_dir_all(&out).expect("a writable folder");
        let written = beside(&recipe, &out);
        assert_eq!(written.experts[0].path, "../../models/a");
        assert_eq!(written.experts[1].layer.as_deref(), Some("../layers/b.safetensors"));
        std::fs::write(out.join(FILE), recipe_text(&written)).expect("a writable folder");
        assert_eq!(read_recipe(&out.join(FILE)), Ok(recipe));
    }

    #[test]
    fn what_is_no_recipe_is_refused_by_its_own_code() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("r.json");
        let code = || read_recipe(&file).expect_err("no recipe").problems[0].code;
        assert_eq!(code(), FailureCode::CannotRead);
        for (text, expected) in [
            ("slices: []", FailureCode::RecipeUnreadable),
            (r#"{"format":1,"experts":[]}"#, FailureCode::RecipeUnreadable),
            (r#"{"format":2,"novelty":1}"#, FailureCode::NewerFormat),
        ] {
            std::fs::write(&file, text).expect("a writable folder");
            assert_eq!(code(), expected, "{text}");
        }
    }

    #[test]
    fn names_stand_in_for_paths_base_first_layers_last() {
        let mut recipe = Recipe::new("task_arithmetic", Some("/x/base"), &[("a", "/x/a"), ("b", "/x/b")]);
        recipe.experts[0].layer = Some("/x/l".into());
        let names = ["start", "flowers", "signs", "own layer"].map(str::to_owned);
        let named = with_names(&recipe, &names);
        assert_eq!(paths(&named).collect::<Vec<_>>(), names);
        assert_eq!(named.experts[0].layer.as_deref(), Some("own layer"));
        assert_eq!(paths(&without_layers(&named)).count(), 3);
    }
}
