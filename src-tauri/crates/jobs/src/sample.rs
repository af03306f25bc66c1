//! The bundled sample: five small models and some pictures, unpacked once into the program's own folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use protocol::failure::Failure;
use protocol::methods::METHODS;
use protocol::project::{Project, ProjectExamples, ProjectModel};
use protocol::recipe::{FORMAT, Recipe};
use protocol::words::card::SAMPLE_MIX;

use crate::{failure, inspect, kept};

/// One file of the sample: its place and its bytes, which are part of the program.
type File = (&'static str, &'static [u8]);

/// Files by their place within `src-tauri/sample`, the same place they get on disk.
macro_rules! files {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_bytes!(concat!("../../../sample/", $path)))),*]
    };
}

const FILES: &[File] = files![
    "LICENSES.md",
    "base/config.json",
    "base/model.safetensors",
    "base/preprocessor_config.json",
    "experts/fashion_mnist/config.json",
    "experts/fashion_mnist/model.safetensors",
    "experts/fashion_mnist/preprocessor_config.json",
    "experts/letters_hiragana/config.json",
    "experts/letters_hiragana/model.safetensors",
    "experts/letters_hiragana/preprocessor_config.json",
    "experts/letters_latin/config.json",
    "experts/letters_latin/model.safetensors",
    "experts/letters_latin/preprocessor_config.json",
    "experts/optdigits/config.json",
    "experts/optdigits/model.safetensors",
    "experts/optdigits/preprocessor_config.json",
    "examples/fashion_mnist.zip",
    "examples/letters_hiragana.zip",
    "examples/letters_latin.zip",
    "examples/optdigits.zip",
];

/// Folders under `experts/`, in the order of the sample's recipe.
const EXPERTS: [&str; 4] = ["fashion_mnist", "letters_hiragana", "letters_latin", "optdigits"];

/// The unpacked sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// Folder of the base.
    pub base: PathBuf,
    /// Skill and folder of each expert.
    pub experts: Vec<(String, PathBuf)>,
    /// Folder with one archive of pictures for each expert.
    pub examples: PathBuf,
}

impl Sample {
    /// The recommended method over all experts with default strengths.
    pub fn recipe(&self) -> Recipe {
        let base = self.base.display().to_string();
        let places: Vec<(&str, String)> =
            self.experts.iter().map(|(skill, path)| (skill.as_str(), path.display().to_string())).collect();
        let experts: Vec<(&str, &str)> = places.iter().map(|(skill, path)| (*skill, path.as_str())).collect();
        Recipe::new(METHODS[0].name, Some(&base), &experts)
    }

    /// Folder of each expert, and the archive of its pictures.
    pub fn examples(&self) -> impl Iterator<Item = (String, String)> {
        let archive = |name: &str| self.examples.join(name).with_extension("zip").display().to_string();
        self.experts.iter().zip(EXPERTS).map(move |((_, model), name)| (model.display().to_string(), archive(name)))
    }
}

/// Makes sure that `sample/` in the program's folder holds the sample, byte for byte.
///
/// The first time it appears as a whole or not at all; later, files that were changed or lost are written again.
///
/// # Errors
/// A failure with code `CannotWrite` if the folder cannot be written to.
pub fn unpack(app_folder: &Path) -> Result<Sample, Failure> {
    let root = app_folder.join("sample");
    let written = if root.is_dir() { repair(&root) } else { unpack_new(app_folder, &root) };
    written.map_err(|error| Failure::from(failure::cannot_write(&root, &error)))?;
    let skill = |folder: &str| inspect::skill_of(&root.join("experts").join(folder));
    Ok(Sample {
        base: root.join("base"),
        experts: EXPERTS.iter().map(|folder| (skill(folder), root.join("experts").join(folder))).collect(),
        examples: root.join("examples"),
    })
}

fn unpack_new(app_folder: &Path, root: &Path) -> io::Result<()> {
    fs::create_dir_all(app_folder)?;
    let making = tempfile::Builder::new().prefix(".sample-").tempdir_in(app_folder)?;
    for (place, bytes) in FILES {
        kept::write(&making.path().join(place), bytes)?;
    }
    match fs::rename(making.path(), root) {
        // Another start was faster: what is there has to be right all the same.
        Err(_) if root.is_dir() => repair(root),
        moved => moved,
    }
}

/// Writes what is missing or differs. Comparing bytes proves more than comparing hashes, and reads as much.
fn repair(root: &Path) -> io::Result<()> {
    for (place, bytes) in FILES {
        let path = root.join(place);
        if fs::read(&path).ok().as_deref() != Some(bytes) {
            kept::write(&path, bytes)?;
        }
    }
    Ok(())
}

/// The sample as a project that was never kept.
///
/// # Errors
/// As [`unpack`].
pub fn project(app_folder: &Path) -> Result<Project, Failure> {
    let sample = unpack(app_folder)?;
    let base = ProjectModel { path: sample.base.display().to_string(), pigment: 0 };
    let experts = (1..).zip(&sample.experts);
    let experts = experts.map(|(pigment, (_, path))| ProjectModel { path: path.display().to_string(), pigment });
    let given = sample.examples().map(|(model, path)| ProjectExamples { model, path });
    Ok(Project {
        format: FORMAT,
        key: String::new(),
        name: SAMPLE_MIX.to_owned(),
        models: std::iter::once(base).chain(experts).collect(),
        recipe: sample.recipe(),
        examples: given.collect(),
        saved_at: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BaseChoice, Context};
    use protocol::model::{RoleReason, Verdict};

    #[test]
    fn the_sample_is_unpacked_once_and_repaired_later() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let app = home.path().join("app");
        let sample = unpack(&app).expect("a writable folder");
        let entries = |folder: &Path| fs::read_dir(folder).expect("the folder").count();
        assert_eq!(entries(&app), 1, "nothing but `sample` is left");
        let (model, config) = (sample.base.join("model.safetensors"), sample.base.join("config.json"));
        let (whole, untouched) = (fs::read(&model).expect("it is there"), config.metadata().expect("it is there"));
        let mut broken = whole.clone();
        broken[1_000_000] ^= 1;
        fs::write(&model, broken).expect("a writable folder");
        fs::remove_dir_all(&sample.examples).expect("it is there");
        assert_eq!(unpack(&app).expect("a writable folder"), sample);
        assert_eq!(fs::read(&model).expect("it is there"), whole);
        assert_eq!(entries(&sample.examples), 4);
        let again = config.metadata().expect("it is there");
        assert_eq!(again.modified().ok(), untouched.modified().ok(), "what was right is not written again");
    }

    #[test]
    fn the_sample_is_ready_to_mix_and_its_base_is_found() {
        let home = tempfile::tempdir().expect("a temporary folder");
        unpack(home.path()).expect("a writable folder");
        let cx = Context::new(home.path());
        let found = inspect(&[home.path().join("sample")], BaseChoice::Propose, &cx);
        assert_eq!(found.verdict, Verdict::Ready, "{:?}", found.problems);
        let base = found.base().expect("a base");
        assert_eq!((base.name.as_str(), base.role_reason), ("base", RoleReason::NoPrivateParts));
        let private: Vec<usize> = found.experts().map(|card| card.private.len()).collect();
        assert_eq!(private, [2, 2, 2, 2]);
    }

    #[test]
    fn the_project_names_the_skills_as_the_cards_do() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let project = project(home.path()).expect("a writable folder");
        assert_eq!(project.recipe.experts[2].skill, "Letters latin");
        assert_eq!(project.models.iter().map(|model| model.pigment).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
        assert!(project.models.iter().all(|model| Path::new(&model.path).join("model.safetensors").is_file()));
    }
}
