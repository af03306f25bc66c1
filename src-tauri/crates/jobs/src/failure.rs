//! The single conversion from the errors of other crates, and from panics, to words for people.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, Once, PoisonError};

use checkpoint::Kind;
use checkpoint::pack::PackError;
use protocol::failure::{Failure, Problem};
use protocol::words::{pack as pack_words, problems};

use crate::machine;

/// How far strengths are lowered when a mix went out of range; the person may press the button again.
const LOWER_TO: f64 = 0.8;

/// What a problem with a model file, or with the output, is called.
pub(crate) fn file(error: &checkpoint::Error) -> Problem {
    use checkpoint::Error as E;
    let details = chain(error);
    match error {
        E::Damaged { place, outside, details } => problems::damaged(place, *outside, details.clone()),
        E::NotComplete { place, arrived, promised } => problems::not_complete(place, *arrived, *promised),
        E::Placeholder { place, size, promised } => problems::placeholder(place, *size, *promised),
        E::WrongKind { place, kind } => wrong_kind(place, kind),
        E::NothingFound { place, seen } => problems::nothing_found(place, seen),
        E::ShardMissing { place, part, parts, file } => problems::shard_missing(place, *part, *parts, file),
        E::UnknownDtype { place, dtype, parts } => problems::number_type_unknown(place, dtype, *parts),
        E::Changed { place, gone } => problems::file_changed(place, *gone),
        E::NameTaken { place } => name_taken(Path::new(place)),
        E::BadName { name } => problems::bad_name(name),
        E::Io { place, writing: false, .. } => problems::cannot_read(place, details),
        E::Io { place, .. } if error.is_disk_full() => disk_filled_up(Path::new(place), 0.0, 0),
        E::Io { place, source, .. } if error.is_forbidden() => forbidden(place, source.kind()),
        E::Io { place, .. } => problems::cannot_write(place, details),
        _ => problems::bug(details),
    }
}

fn wrong_kind(place: &str, kind: &Kind) -> Problem {
    match kind {
        Kind::Pickle => problems::pickle(place),
        Kind::Pack => pack_words::pack_is_no_model(place),
        Kind::WebPage => problems::web_page(place),
        Kind::Gguf { original } => problems::gguf(place, original),
        _ => problems::not_a_model(place),
    }
}

/// What a problem with a skill pack is called.
pub(crate) fn pack(error: &PackError) -> Problem {
    use PackError as E;
    match error {
        E::NotAPack { place } => pack_words::not_a_pack(place),
        E::Newer { place, format, known } => pack_words::newer_pack(place, *format, *known),
        E::Incomplete { place, file, arrived, promised } => {
            pack_words::pack_incomplete(place, file, *arrived, *promised)
        }
        E::Damaged { place, file, details } => pack_words::pack_damaged(place, file, details.clone()),
        E::UnknownSkill { place, skill, known } => pack_words::no_such_skill(place, skill, known),
        E::File(error) => file(error),
        _ => problems::bug(chain(error)),
    }
}

fn forbidden(place: &str, kind: std::io::ErrorKind) -> Problem {
    let state = if kind == std::io::ErrorKind::ReadOnlyFilesystem { "read-only" } else { "protected" };
    let suggested = dirs::document_dir().or_else(dirs::home_dir).unwrap_or_else(std::env::temp_dir).join("Models");
    problems::folder_forbidden(place, state, &suggested.display().to_string())
}

/// A file that is no model cannot be read, or is not there.
pub(crate) fn cannot_read(place: &str, error: &std::io::Error) -> Problem {
    problems::cannot_read(place, error.to_string())
}

/// A folder above the output cannot be made.
pub(crate) fn making_folder(folder: &Path, error: std::io::Error) -> Problem {
    file(&checkpoint::Error::Io { place: folder.display().to_string(), source: error, writing: true })
}

/// A file of the program itself cannot be written.
pub(crate) fn cannot_write(place: &Path, error: &std::io::Error) -> Problem {
    problems::cannot_write(&place.display().to_string(), error.to_string())
}

/// Text 5 while writing: `done` of all, from 0 to 1; `rest` bytes still to be written.
pub(crate) fn disk_filled_up(out: &Path, done: f64, rest: u64) -> Problem {
    problems::disk_filled_up(&machine::disk_name(out), done, rest)
}

/// The name of `out` is taken; proposes the next free one.
pub(crate) fn name_taken(out: &Path) -> Problem {
    let name = problems::short(&out.display().to_string()).to_owned();
    problems::name_taken(&name, &free_name(out))
}

/// The first of `NAME 2`, `NAME 3`, … that does not exist beside `out`.
fn free_name(out: &Path) -> String {
    let name = out.file_name().map_or_else(|| "Mix".to_owned(), |name| name.to_string_lossy().into_owned());
    let numbered = |number: u64| format!("{name} {number}");
    (2..).map(numbered).find(|free| !out.with_file_name(free).exists()).unwrap_or_else(|| numbered(0))
}

/// What ended a run, or a check of what it wrote.
pub(crate) fn run(error: &merge::Error) -> Problem {
    use merge::Error as E;
    match error {
        E::Cancelled => problems::cancelled(),
        E::File(error) => file(error),
        E::Pack(error) => pack(error),
        E::Engine(error) => engine(error),
        E::InputNotFinite { place, tensor } => problems::input_not_finite(place, std::slice::from_ref(tensor)),
        E::OutputNotFinite { tensor, dtype } => {
            problems::output_not_finite(std::slice::from_ref(tensor), *dtype, LOWER_TO)
        }
        E::ReadsBackDifferently { tensor, file } => {
            problems::verify_failed(&format!("“{tensor}” reads back differently"), file.clone())
        }
        // A thread of the run panicked; the hook has seen where.
        E::Stopped(_) => problems::bug(format!("{}: {}", chain(error), last_place())),
        _ => problems::bug(chain(error)),
    }
}

/// What an engine refused.
pub(crate) fn engine(error: &kernels::Error) -> Problem {
    use kernels::Error as E;
    match error {
        E::NoSuchEngine { wish, known } => {
            let known: Vec<String> = known.split(", ").map(str::to_owned).collect();
            problems::no_such_engine(wish, &known)
        }
        E::CannotOpen { card, .. }
        | E::KernelRefused { card, .. }
        | E::Lost { card }
        | E::OutOfMemory { card, .. }
        | E::Refused { card, .. } => problems::card_refused(card, chain(error)),
        _ => problems::bug(chain(error)),
    }
}

/// The text of an error and of all its causes, for the fold *Details*.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Runs a job; a panic in it becomes a problem with its place, and the program stays up.
pub(crate) fn guarded<T>(job: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    remember_places();
    // Everything a job changes is owned by it or replaced in one step, so nothing half-changed can be seen afterwards.
    catch_unwind(AssertUnwindSafe(job)).unwrap_or_else(|_| Err(problems::bug(last_place()).into()))
}

static LAST_PLACE: Mutex<Option<String>> = Mutex::new(None);

/// Where a panic happened is known only to the hook; ours notes it and calls the one before.
fn remember_places() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let text = panic.payload_as_str().unwrap_or("no text");
            let place = panic
                .location()
                .map_or_else(String::new, |place| format!(" ({}:{})", short_file(place.file()), place.line()));
            *LAST_PLACE.lock().unwrap_or_else(PoisonError::into_inner) = Some(format!("{text}{place}"));
            before(panic);
        }));
    });
}

/// The file without the folders of the machine it was built on.
fn short_file(file: &str) -> String {
    let parts: Vec<String> =
        PathBuf::from(file).components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    parts[parts.len().saturating_sub(3)..].join("/")
}

fn last_place() -> String {
    LAST_PLACE.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_else(|| "place unknown".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::failure::FailureCode as Code;
    use std::io;

    fn refused(kind: io::ErrorKind, writing: bool) -> checkpoint::Error {
        checkpoint::Error::Io { place: "/m/B".into(), source: kind.into(), writing }
    }

    #[test]
    fn every_kind_of_file_problem_has_its_own_code() {
        use checkpoint::Error as E;
        let place = || "/m/B".to_owned();
        let cases = [
            (E::Damaged { place: place(), outside: true, details: "x".into() }, Code::Damaged),
            (E::NotComplete { place: place(), arrived: 1, promised: 2 }, Code::NotComplete),
            (E::Placeholder { place: place(), size: 134, promised: None }, Code::Placeholder),
            (E::WrongKind { place: place(), kind: Kind::Pickle }, Code::Pickle),
            (E::WrongKind { place: place(), kind: Kind::WebPage }, Code::WebPage),
            (E::WrongKind { place: place(), kind: Kind::Gguf { original: "m".into() } }, Code::Gguf),
            (E::WrongKind { place: place(), kind: Kind::NotAModel }, Code::NotAModel),
            (E::NothingFound { place: place(), seen: "2 pictures".into() }, Code::NothingFound),
            (E::ShardMissing { place: place(), part: 1, parts: 2, file: "f".into() }, Code::ShardMissing),
            (E::UnknownDtype { place: place(), dtype: "F4".into(), parts: 2 }, Code::NumberTypeUnsupported),
            (E::Changed { place: place(), gone: false }, Code::FileChanged),
            (E::NameTaken { place: place() }, Code::NameTaken),
            (E::BadName { name: "a/b".into() }, Code::BadName),
            (refused(io::ErrorKind::PermissionDenied, false), Code::CannotRead),
            (refused(io::ErrorKind::PermissionDenied, true), Code::FolderForbidden),
            (refused(io::ErrorKind::StorageFull, true), Code::DiskFull),
            (refused(io::ErrorKind::BrokenPipe, true), Code::CannotWrite),
        ];
        for (error, code) in cases {
            assert_eq!(file(&error).code, code, "{error:?}");
        }
    }

    #[test]
    fn a_panic_becomes_a_problem_with_its_place() {
        let failure = guarded::<()>(|| panic!("thing {} is gone", 7)).expect_err("it panicked");
        assert_eq!(failure.problems[0].code, Code::Bug);
        let details = failure.problems[0].details.clone().expect("a place");
        assert!(details.contains("thing 7 is gone") && details.contains("failure.rs"), "{details}");
        assert_eq!(guarded(|| Ok(1)), Ok(1));
    }

    #[test]
    fn a_taken_name_brings_the_next_free_one() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for taken in ["mix", "mix 2"] {
            std::fs::create_dir(folder.path().join(taken)).expect("a writable folder");
        }
        assert_eq!(free_name(&folder.path().join("mix")), "mix 3");
    }
}
