//! The output folder: nothing appears under its final name before it is complete.
//!
//! ```text
//! parent/.NAME.partial-XXXXXXXX/lock     held while this process lives
//! parent/.NAME.partial-XXXXXXXX/model/   becomes parent/NAME when published
//! ```

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::shards::{self, ShardWriter};
use crate::{Error, Sink, Target, names, read, resolve};

/// What stands between the name and the random letters of a folder in the making.
const PARTIAL: &str = ".partial-";

/// Number of random letters.
const LETTERS: usize = 8;

/// The file that is held while the folder is in the making.
const LOCK: &str = "lock";

/// What the lock file says, so that nobody else's folder is ever taken for ours.
const MARK: &str = "Tincture is writing here. If Tincture is not running, this folder can be removed.\n";

/// A folder in the making; the only thing that creates files in the output folder.
///
/// Removed with everything in it on drop, unless it was published.
#[derive(Debug)]
pub struct Output {
    writers: Vec<ShardWriter>,
    folder: PathBuf,
    partial: PathBuf,
    others: BTreeSet<PathBuf>,
    is_finished: bool,
    // Closed before the folder is removed: some systems keep folders with open files.
    _lock: File,
    _outer: TempDir,
}

impl Output {
    /// Makes a hidden folder in the making beside `folder`, and in it all weight files with their headers.
    ///
    /// # Errors
    /// [`Error::NameTaken`] if `folder` is there and not empty, [`Error::BadName`] if a target's names lead elsewhere or
    /// two targets share a file, [`Error::Io`] if the folder around it cannot be written to.
    pub fn create(folder: &Path, targets: Vec<Target>) -> Result<Self, Error> {
        let name = folder.file_name().ok_or_else(|| Error::BadName { name: folder.display().to_string() })?;
        if is_taken(folder) {
            return Err(Error::NameTaken { place: folder.display().to_string() });
        }
        check_names(&targets)?;
        let outer = outer(&resolve::folder_of(folder), &name.to_string_lossy())?;
        let lock = lock(outer.path())?;
        let partial = outer.path().join("model");
        std::fs::create_dir(&partial).map_err(|source| Error::writing(&partial, source))?;
        let writers = targets.into_iter().enumerate().map(|(at, target)| ShardWriter::create(&partial, at, target));
        let writers = writers.collect::<Result<_, _>>()?;
        let (folder, others) = (folder.to_owned(), BTreeSet::new());
        Ok(Self { writers, folder, partial, others, is_finished: false, _lock: lock, _outer: outer })
    }

    /// Where a file other than the weights goes; its folder is made.
    pub(crate) fn place(&mut self, relative: &str) -> Result<PathBuf, Error> {
        let is_weights = self.writers.iter().any(|writer| writer.paths().iter().any(|path| path == relative));
        let inside = names::relative(relative).filter(|_| !is_weights);
        let path = self.partial.join(inside.ok_or_else(|| Error::BadName { name: relative.to_owned() })?);
        let folder = resolve::folder_of(&path);
        std::fs::create_dir_all(&folder).map_err(|source| Error::writing(&folder, source))?;
        self.others.insert(path.clone());
        Ok(path)
    }

    /// Writes a small text file such as `README.md`; a later one of the same name replaces it.
    ///
    /// # Errors
    /// [`Error::BadName`] for names that lead elsewhere or belong to weights, [`Error::Io`].
    pub fn text(&mut self, relative: &str, text: &str) -> Result<(), Error> {
        let path = self.place(relative)?;
        std::fs::write(&path, text).map_err(|source| Error::writing(&path, source))
    }

    /// Copies the contents of a file; a later one of the same name replaces it.
    ///
    /// # Errors
    /// As [`Output::text`]; [`Error::Changed`] if `from` is gone.
    pub fn copy(&mut self, from: &Path, relative: &str) -> Result<(), Error> {
        self.copy_while(from, relative, &mut |_| true).map(|_| ())
    }

    /// Like [`Output::copy`] for a large file: `go_on` gets the bytes of each piece; `false` if it said so.
    ///
    /// # Errors
    /// As [`Output::copy`].
    pub fn copy_while(
        &mut self,
        from: &Path,
        relative: &str,
        go_on: &mut dyn FnMut(u64) -> bool,
    ) -> Result<bool, Error> {
        let (mut source, _) = read::open(from)?;
        let path = self.place(relative)?;
        let mut copy = File::create(&path).map_err(|source| Error::writing(&path, source))?;
        let mut piece = vec![0; 1 << 20];
        loop {
            match source.read(&mut piece) {
                Ok(0) => return Ok(true),
                Ok(read) => {
                    copy.write_all(&piece[..read]).map_err(|source| Error::writing(&path, source))?;
                    if !go_on(read as u64) {
                        return Ok(false);
                    }
                }
                Err(fault) if fault.kind() == io::ErrorKind::Interrupted => {}
                Err(fault) => return Err(Error::reading(from, fault)),
            }
        }
    }

    /// Replaces `old` by `new` (same length in JSON) in the metadata value of `key` in every weight file header.
    ///
    /// Targets whose metadata lacks the key or the text are left alone.
    ///
    /// # Errors
    /// [`Error::Io`] if no target holds the text, the lengths differ, or the disk refuses.
    pub fn fill(&mut self, key: &str, old: &str, new: &str) -> Result<(), Error> {
        let mut filled = 0;
        for writer in &mut self.writers {
            filled += usize::from(writer.fill(key, old, new)?);
        }
        let nowhere = || Error::writing(&self.partial, shards::mistake("no header holds the text to be filled in"));
        (filled > 0).then_some(()).ok_or_else(nowhere)
    }

    /// The folder in the making: what will be published, where it can be checked.
    pub fn partial(&self) -> &Path {
        &self.partial
    }

    /// Flushes everything, gives the folder its final name, and says which.
    ///
    /// # Errors
    /// [`Error::OutOfStep`] if tensors are not complete, [`Error::NameTaken`] if the name was taken meanwhile; what was
    /// there is untouched then. To keep the work in that case, use [`Output::publish_as`] and choose another name.
    pub fn publish(mut self) -> Result<PathBuf, Error> {
        let folder = self.folder.clone();
        self.publish_as(&folder)
    }

    /// Like [`Output::publish`] under another name in the same folder; can be called again if that is taken, too.
    ///
    /// # Errors
    /// As [`Output::publish`].
    pub fn publish_as(&mut self, folder: &Path) -> Result<PathBuf, Error> {
        self.finish()?;
        for path in &self.others {
            shards::sync(path).map_err(|source| Error::writing(path, source))?;
        }
        sync_folders(&self.partial, &self.others);
        if is_taken(folder) {
            return Err(Error::NameTaken { place: folder.display().to_string() });
        }
        // An empty folder only: anything else makes this fail, and the renaming after it.
        let _was_empty = std::fs::remove_dir(folder);
        std::fs::rename(&self.partial, folder).map_err(|source| match is_taken(folder) {
            true => Error::NameTaken { place: folder.display().to_string() },
            false => Error::writing(folder, source),
        })?;
        sync_folder(&resolve::folder_of(folder));
        Ok(folder.to_owned())
    }

    /// Removes what killed runs left in `parent`, and gives the number of folders removed.
    ///
    /// Only folders with our lock file that no living process holds; what cannot be removed is left alone.
    pub fn clean_leftovers(parent: &Path) -> usize {
        let entries = std::fs::read_dir(parent).into_iter().flatten().flatten();
        let ours = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
        let ours = ours.filter(|entry| is_partial(&entry.file_name().to_string_lossy()));
        ours.filter(|entry| remove_if_dead(&entry.path())).count()
    }
}

impl Sink for Output {
    fn write(&mut self, target: usize, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let unknown = || Error::OutOfStep { target, name: name.to_owned(), found: 0, next: String::new(), expected: 0 };
        self.writers.get_mut(target).ok_or_else(unknown)?.write(name, bytes)
    }

    fn finish(&mut self) -> Result<(), Error> {
        if !self.is_finished {
            self.writers.iter_mut().try_for_each(ShardWriter::finish)?;
            self.is_finished = true;
        }
        Ok(())
    }
}

/// Whether something is there that is not an empty folder.
fn is_taken(folder: &Path) -> bool {
    let is_folder = std::fs::symlink_metadata(folder).map(|about| about.is_dir());
    match is_folder {
        Ok(true) => std::fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_some()),
        Ok(false) => true,
        // Nothing there, or nothing that can be seen: then making the folder will say why.
        Err(_) => false,
    }
}

/// Checks that the files of the targets stay inside and are all different, on systems that ignore capitals too.
fn check_names(targets: &[Target]) -> Result<(), Error> {
    let mut seen = BTreeSet::new();
    for (path, _) in targets.iter().flat_map(crate::files_of) {
        if names::relative(&path).is_none() || !seen.insert(path.to_lowercase()) {
            return Err(Error::BadName { name: path });
        }
    }
    for target in targets {
        let mut seen = BTreeSet::new();
        if let Some(spec) = target.tensors.iter().find(|spec| !seen.insert(&spec.name) || spec.name == "__metadata__") {
            return Err(Error::BadName { name: spec.name.clone() });
        }
    }
    Ok(())
}

/// Makes the hidden folder around the folder in the making.
fn outer(parent: &Path, name: &str) -> Result<TempDir, Error> {
    // File names have at most 255 bytes, and a letter up to four.
    let short: String = name.chars().take(50).collect();
    let prefix = format!(".{short}{PARTIAL}");
    let made = tempfile::Builder::new().prefix(&prefix).rand_bytes(LETTERS).tempdir_in(parent);
    made.map_err(|source| Error::writing(parent, source))
}

/// Makes and holds the lock file.
fn lock(outer: &Path) -> Result<File, Error> {
    let path = outer.join(LOCK);
    let hold = || {
        let mut file = File::create_new(&path)?;
        // Held before it is marked: an unmarked folder is never cleaned. Where a file system knows no locks,
        // nothing can be held, and nothing is cleaned either.
        let _held = file.try_lock();
        file.write_all(MARK.as_bytes())?;
        Ok(file)
    };
    hold().map_err(|source| Error::writing(&path, source))
}

fn is_partial(name: &str) -> bool {
    let letters = name.strip_prefix('.').and_then(|name| name.rsplit_once(PARTIAL)).map(|(_, letters)| letters);
    letters.is_some_and(|letters| letters.len() == LETTERS && letters.bytes().all(|b| b.is_ascii_alphanumeric()))
}

fn remove_if_dead(outer: &Path) -> bool {
    let lock = outer.join(LOCK);
    let is_ours = read::small(&lock, MARK.len() as u64).ok().flatten().is_some_and(|text| text == MARK.as_bytes());
    let Ok(file) = File::open(&lock) else { return false };
    if !is_ours || file.try_lock().is_err() {
        return false;
    }
    drop(file);
    std::fs::remove_dir_all(outer).is_ok()
}

/// Flushes the names in a folder to disk.
///
/// What refuses is passed over: some systems cannot flush folders, and the files themselves were flushed before.
fn sync_folder(folder: &Path) {
    if cfg!(unix)
        && let Ok(folder) = File::open(folder)
    {
        let _passed_over = folder.sync_all();
    }
}

/// Flushes a folder and those in it that hold `files`.
fn sync_folders(folder: &Path, files: &BTreeSet<PathBuf>) {
    sync_folder(folder);
    let inner: BTreeSet<PathBuf> = files.iter().map(|path| resolve::folder_of(path)).collect();
    inner.iter().for_each(|folder| sync_folder(folder));
}
