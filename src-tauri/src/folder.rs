//! Output folders: where saved models go, and under which name.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use protocol::failure::Failure;
use protocol::words::problems;
use protocol::words::window::folder as state;

/// The folder that is proposed when nobody chose one: `Models` among the person's documents, else at home.
pub fn default_output(documents: Option<PathBuf>, home: Option<PathBuf>) -> PathBuf {
    documents.filter(|folder| folder.is_dir()).or(home).unwrap_or_default().join("Models")
}

/// Makes sure that files can be made in `folder` by making one and taking it away again.
///
/// # Errors
/// [`protocol::failure::FailureCode::FolderForbidden`], naming `proposed` as the way out.
pub fn check_writable(folder: &Path, proposed: &Path) -> Result<(), Failure> {
    let probe = folder.join(format!(".tincture-{}", std::process::id()));
    let tried = File::create_new(&probe).and_then(|_| fs::remove_file(&probe));
    tried.map_err(|error| forbidden(folder, proposed, &error))
}

/// Makes `folder`, with those above it, if it is not there.
///
/// # Errors
/// As [`check_writable`].
pub fn make(folder: &Path, proposed: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|error| forbidden(folder, proposed, &error))
}

fn forbidden(folder: &Path, proposed: &Path, error: &io::Error) -> Failure {
    let problem = problems::folder_forbidden(&folder.display().to_string(), in_words(error.kind()), &short(proposed));
    problem.with_details(error.to_string()).into()
}

fn in_words(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::PermissionDenied => state::PROTECTED,
        ErrorKind::ReadOnlyFilesystem => state::READ_ONLY,
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => state::FULL,
        ErrorKind::NotFound => state::GONE,
        ErrorKind::NotADirectory | ErrorKind::AlreadyExists => state::NOT_A_FOLDER,
        _ => state::UNUSABLE,
    }
}

/// The last part of a place, as people see it.
pub fn short(folder: &Path) -> String {
    folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy().into_owned()
}

/// `chosen` with the ending of `proposed`, added where it has another one: no file of another kind is written over.
pub fn ending_like(chosen: &Path, proposed: &str) -> PathBuf {
    let Some(ending) = Path::new(proposed).extension() else { return chosen.to_owned() };
    if chosen.extension().is_some_and(|own| own.eq_ignore_ascii_case(ending)) {
        return chosen.to_owned();
    }
    let mut named = chosen.as_os_str().to_owned();
    named.push(".");
    named.push(ending);
    PathBuf::from(named)
}

/// Characters that some system has no place for in a name.
const FORBIDDEN: &[char] = &['/', '\\', ':', '*', '?', '"', '<', '>', '|'];

/// Names that Windows keeps for devices, whatever follows the first dot.
const DEVICES: &[&str] = &["CON", "PRN", "AUX", "NUL"];

/// Most bytes of a name: the tightest file systems take 255, and a hidden twin of it with an ending is made while saving.
const NAME_BYTES: usize = 200;

/// `name` without blanks around it, if it can name a folder on every system.
///
/// # Errors
/// [`protocol::failure::FailureCode::BadName`].
pub fn name(name: &str) -> Result<&str, Failure> {
    let trimmed = name.trim();
    let usable = trimmed.chars().any(char::is_alphanumeric)
        && trimmed.len() <= NAME_BYTES
        && !trimmed.starts_with('.')
        && !trimmed.ends_with('.')
        && !trimmed.contains(|letter: char| FORBIDDEN.contains(&letter) || letter.is_control())
        && !is_device(trimmed);
    if usable { Ok(trimmed) } else { Err(problems::bad_name(name).into()) }
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).trim_end().to_ascii_uppercase();
    let numbered = |kind: &str| {
        stem.strip_prefix(kind).is_some_and(|rest| rest.len() == 1 && rest.chars().all(|digit| digit.is_ascii_digit()))
    };
    DEVICES.contains(&stem.as_str()) || numbered("COM") || numbered("LPT")
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::failure::FailureCode;

    #[test]
    fn names_that_every_system_takes_are_taken() {
        for (given, kept) in [("Letters and digits", "Letters and digits"), (" mix 2 ", "mix 2"), ("Größe", "Größe")]
        {
            assert_eq!(name(given).expect("a usable name"), kept);
        }
        assert!(name("console").is_ok() && name("COMA").is_ok() && name("v1.2").is_ok());
    }

    #[test]
    fn names_that_some_system_refuses_are_refused() {
        let long = "x".repeat(NAME_BYTES + 1);
        for given in [
            "", "  ", "…", "a/b", "a\\b", "..", "../up", ".hidden", "end.", "a:b", "what?", "a\u{7}", "nul",
            "Com1.txt", &long,
        ] {
            let refusal = name(given).expect_err(given);
            assert_eq!(refusal.problems[0].code, FailureCode::BadName, "{given}");
        }
    }

    #[test]
    fn a_table_is_never_written_over_a_model() {
        let ending = |chosen: &str| ending_like(Path::new(chosen), "scores.csv").display().to_string();
        assert_eq!(ending("/a/scores.csv"), "/a/scores.csv");
        assert_eq!(ending("/a/scores.CSV"), "/a/scores.CSV");
        assert_eq!(ending("/a/model.safetensors"), "/a/model.safetensors.csv");
        assert_eq!(ending("/a/scores"), "/a/scores.csv");
    }

    #[test]
    fn a_folder_is_tried_before_it_is_taken() {
        let home = tempfile::tempdir().expect("a temporary folder");
        check_writable(home.path(), Path::new("Models")).expect("a writable folder");
        assert_eq!(fs::read_dir(home.path()).expect("readable").count(), 0, "the trial leaves nothing");
        let gone = home.path().join("gone");
        let refusal = check_writable(&gone, Path::new("/home/Models")).expect_err("no such folder");
        assert_eq!(refusal.problems[0].code, FailureCode::FolderForbidden);
        assert!(refusal.problems[0].why.contains("“Models”"), "{}", refusal.problems[0].why);
    }

    #[test]
    fn a_file_in_the_way_is_said() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let file = home.path().join("file");
        fs::write(&file, "").expect("a writable folder");
        let refusal = make(&file.join("Models"), Path::new("Models")).expect_err("a file is no folder");
        assert!(refusal.problems[0].why.contains(state::NOT_A_FOLDER), "{}", refusal.problems[0].why);
    }

    #[test]
    fn the_proposed_folder_is_among_the_documents_if_there_are_any() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let documents = home.path().to_owned();
        assert_eq!(default_output(Some(documents.clone()), Some("/home".into())), documents.join("Models"));
        assert_eq!(default_output(Some("/no/such".into()), Some("/home".into())), Path::new("/home/Models"));
    }
}
