//! The files of a forecast as a tree of folders.

use protocol::forecast::PlannedFile;

/// A line of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// How deep it lies; 0 is the output folder itself.
    pub depth: usize,
    /// Last part of the path.
    pub name: String,
    /// Bytes of the file, or of everything in the folder; 0 where unknown.
    pub bytes: u64,
    /// Whether it is a folder.
    pub folder: bool,
    /// The folder directly under the output folder in which it lies, itself included; empty outside of any.
    pub within: String,
}

/// `files` as lines under the folder `root`; folders come where their first file comes.
pub fn lines(root: &str, files: &[PlannedFile]) -> Vec<Line> {
    let total = files.iter().map(|file| file.bytes).sum();
    let mut found = vec![Line { depth: 0, name: root.to_owned(), bytes: total, folder: true, within: String::new() }];
    let mut open: Vec<&str> = Vec::new();
    for file in files {
        let mut folders: Vec<&str> = file.path.split('/').collect();
        let name = folders.pop().unwrap_or_default();
        let shared = open.iter().zip(&folders).take_while(|(a, b)| a == b).count();
        for depth in shared..folders.len() {
            let prefix = format!("{}/", folders[..=depth].join("/"));
            let bytes = files.iter().filter(|other| other.path.starts_with(&prefix)).map(|other| other.bytes).sum();
            let within = folders[0].to_owned();
            found.push(Line { depth: depth + 1, name: folders[depth].to_owned(), bytes, folder: true, within });
        }
        let within = folders.first().copied().unwrap_or_default().to_owned();
        found.push(Line { depth: folders.len() + 1, name: name.to_owned(), bytes: file.bytes, folder: false, within });
        open = folders;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_appear_once_with_the_size_of_what_is_in_them() {
        let file = |path: &str, bytes| PlannedFile { path: path.into(), bytes };
        let found =
            lines("mix", &[file("digits/model.safetensors", 7), file("digits/config.json", 1), file("README.md", 2)]);
        let brief: Vec<(usize, &str, u64)> =
            found.iter().map(|line| (line.depth, line.name.as_str(), line.bytes)).collect();
        assert_eq!(
            brief,
            [(0, "mix", 10), (1, "digits", 8), (2, "model.safetensors", 7), (2, "config.json", 1), (1, "README.md", 2)]
        );
    }
}
