//! What a save left on the disk.

use std::fs;
use std::path::{Path, PathBuf};

use safetensors::SafeTensors;

/// Names in a folder, hidden ones too, in order.
pub fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Every weight file under `folder`.
pub fn weights_under(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for name in names_in(folder) {
        let path = folder.join(name);
        if path.is_dir() {
            found.extend(weights_under(&path));
        } else if path.extension().is_some_and(|ending| ending == "safetensors") {
            found.push(path);
        }
    }
    found
}

/// Opens a weight file with the format's own library, and counts its tensors.
pub fn tensors_in(file: &Path) -> usize {
    let bytes = fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let tensors = SafeTensors::deserialize(&bytes).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    assert!(tensors.iter().all(|(_, tensor)| !tensor.data().is_empty()), "{}", file.display());
    tensors.len()
}

/// Holds that the sample was saved as one folder per skill, and that nothing half-written lies beside it.
///
/// `specialists` is how many the sample has.
pub fn check(output: &Path, specialists: usize) {
    let names = names_in(output);
    assert_eq!(names.len(), 1, "one mix and nothing else: {names:?}");
    let mix = output.join(&names[0]);
    let weights = weights_under(&mix);
    assert_eq!(weights.len(), specialists, "{weights:?}");
    for file in &weights {
        assert!(tensors_in(file) > 50, "{} has a whole network", file.display());
        let beside = names_in(file.parent().expect("a folder"));
        assert!(beside.iter().any(|name| name == "config.json"), "{beside:?}");
    }
    assert!(names_in(&mix).iter().any(|name| name == "README.md"), "{:?}", names_in(&mix));
}
