//! Folders that go away, and fingerprints of what lies in one.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};
use tempfile::TempDir;

/// A folder that is removed with everything in it at the end of the test.
/// Lies beside the build, not in the system's folder for temporary files, which may be small.
pub fn folder() -> TempDir {
    TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("the build folder can be written to")
}

/// SHA-256 in hex.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Hash of every file below `folder`, hidden ones included, by path relative to it; an empty text for a folder.
pub fn fingerprints(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    walk(folder, folder, &mut found);
    found
}

fn walk(root: &Path, folder: &Path, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("a folder can be listed").path();
        let name = path.strip_prefix(root).expect("a path below the root").to_string_lossy().into_owned();
        if path.is_dir() {
            found.insert(name, String::new());
            walk(root, &path, found);
        } else {
            found.insert(name, sha256(&fs::read(&path).expect("a file can be read")));
        }
    }
}

/// Names of everything directly in `folder`, sorted.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("a folder can be listed").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}
