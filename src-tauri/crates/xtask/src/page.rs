//! The page of the window: compiled to wasm32, given its JavaScript half, and put into `ui/dist` with the styles.
//!
//! Files that did not change are left alone, so that the app is not built again without a reason.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::place::{Place, finish};
use crate::stop::Stop;
use crate::words;

/// Starts the compiled page. A file of its own, because the page's security policy allows no script inside `index.html`.
const START: &str =
    "import init from \"./ui.js\";\n\nawait init({ module_or_path: new URL(\"ui_bg.wasm\", import.meta.url) });\n";
const START_NAME: &str = "start.js";

/// Folders beside `index.html` that are copied as they are.
const FOLDERS: &[&str] = &["styles", "assets"];

/// Builds whatever of the page is out of date.
pub(crate) fn build(place: &Place) -> Result<(), Stop> {
    eprintln!("{}", words::BUILDING_PAGE);
    let target = "wasm32-unknown-unknown";
    finish("the build of the page", &mut place.cargo(["build", "-p", "ui", "--target", target, "--profile", "ui"]))?;
    let compiled = place.target.join(target).join("ui").join("ui.wasm");
    let dist = place.dist();
    if !is_newer(&dist.join("ui_bg.wasm"), &compiled) {
        bind(place, &compiled, &dist)?;
    }
    copy_page(&place.root.join("ui"), &dist)
}

/// Whether `made` exists and is at least as new as what it is made from.
fn is_newer(made: &Path, from: &Path) -> bool {
    let time = |path: &Path| fs::metadata(path).and_then(|file| file.modified());
    matches!((time(made), time(from)), (Ok(made), Ok(from)) if made >= from)
}

fn bind(place: &Place, compiled: &Path, dist: &Path) -> Result<(), Stop> {
    let snippets = dist.join("snippets");
    if snippets.exists() {
        fs::remove_dir_all(&snippets).map_err(|error| Stop::file("cannot replace", &snippets, &error))?;
    }
    let mut bindgen = place.cargo(["run", "-p", "xtask", "--features", "bindgen", "--bin", "bindgen", "--"]);
    finish("the last step of the page", bindgen.arg(compiled).arg(dist))
}

/// Copies `index.html`, the styles and the assets, and writes the start script.
fn copy_page(from: &Path, dist: &Path) -> Result<(), Stop> {
    let index = from.join("index.html");
    let text = fs::read_to_string(&index).map_err(|error| Stop::file("cannot read", &index, &error))?;
    if !text.contains(START_NAME) {
        return Err(Stop::failed(words::no_start_script(&index)));
    }
    write_if_changed(&dist.join("index.html"), text.as_bytes())
        .and_then(|()| write_if_changed(&dist.join(START_NAME), START.as_bytes()))
        .and_then(|()| FOLDERS.iter().try_for_each(|name| mirror(&from.join(name), &dist.join(name))))
        .map_err(|error| Stop::file("cannot write into", dist, &error))
}

fn write_if_changed(path: &Path, content: &[u8]) -> io::Result<()> {
    if fs::read(path).is_ok_and(|present| present == content) {
        return Ok(());
    }
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    fs::write(path, content)
}

/// Makes one folder like another: new and changed files are copied, files that are gone at the source are removed.
fn mirror(from: &Path, to: &Path) -> io::Result<()> {
    let wanted = names(from)?;
    for stale in names(to)?.into_iter().filter(|name| !wanted.contains(name)) {
        let path = to.join(stale);
        if path.is_dir() { fs::remove_dir_all(path)? } else { fs::remove_file(path)? }
    }
    for name in wanted {
        let source = from.join(&name);
        if source.is_dir() {
            mirror(&source, &to.join(name))?;
        } else {
            write_if_changed(&to.join(name), &fs::read(source)?)?;
        }
    }
    Ok(())
}

/// The entries of a folder; none if it does not exist.
fn names(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| entry.map(|entry| entry.file_name().into())).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ui_folder(index: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        fs::create_dir_all(folder.path().join("ui/styles")).expect("folders can be made");
        fs::write(folder.path().join("ui/index.html"), index).expect("a file can be written");
        fs::write(folder.path().join("ui/styles/app.css"), "body {}").expect("a file can be written");
        folder
    }

    #[test]
    fn the_page_is_copied_with_its_styles_and_a_start_script() {
        let folder = ui_folder("<script type=\"module\" src=\"start.js\"></script>");
        let dist = folder.path().join("dist");
        fs::create_dir_all(dist.join("styles")).expect("folders can be made");
        fs::write(dist.join("styles/old.css"), "").expect("a file can be written");
        assert_eq!(copy_page(&folder.path().join("ui"), &dist), Ok(()));
        assert_eq!(fs::read_to_string(dist.join("styles/app.css")).ok().as_deref(), Some("body {}"));
        assert_eq!(fs::read_to_string(dist.join("start.js")).ok().as_deref(), Some(START));
        assert!(!dist.join("styles/old.css").exists(), "a style that is gone at the source is removed");
    }

    #[test]
    fn a_page_that_does_not_load_the_start_script_is_refused() {
        let folder = ui_folder("<p>nothing</p>");
        let stop = copy_page(&folder.path().join("ui"), &folder.path().join("dist")).expect_err("it would stay empty");
        assert!(stop.to_string().contains("start.js"), "{stop}");
    }

    #[test]
    fn an_unchanged_file_keeps_its_time_and_a_changed_one_does_not() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let path = folder.path().join("a");
        fs::write(&path, "1").expect("a file can be written");
        let old = std::time::SystemTime::UNIX_EPOCH;
        fs::File::options().write(true).open(&path).and_then(|file| file.set_modified(old)).expect("times can be set");
        write_if_changed(&path, b"1").expect("the folder is writable");
        assert_eq!(fs::metadata(&path).and_then(|file| file.modified()).ok(), Some(old));
        write_if_changed(&path, b"2").expect("the folder is writable");
        assert_ne!(fs::metadata(&path).and_then(|file| file.modified()).ok(), Some(old));
    }

    #[test]
    fn what_is_missing_or_older_than_its_source_is_made_again() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let (made, from) = (folder.path().join("made"), folder.path().join("from"));
        assert!(!is_newer(&made, &from));
        fs::write(&from, "").expect("a file can be written");
        assert!(!is_newer(&made, &from));
        fs::write(&made, "").expect("a file can be written");
        assert!(is_newer(&made, &from));
        let old = std::time::SystemTime::UNIX_EPOCH;
        fs::File::options().write(true).open(&made).and_then(|file| file.set_modified(old)).expect("times can be set");
        assert!(!is_newer(&made, &from));
    }
}
