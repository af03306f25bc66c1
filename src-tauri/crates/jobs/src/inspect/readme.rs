//! What a model's own card says about its parent: the `base_model` lines of its front matter.

use std::path::Path;

use crate::kept;

/// Cards are a few kilobytes; anything larger is not read.
const MOST_BYTES: u64 = 256 << 10;

/// The parts of a model's card that matter here.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Readme {
    /// Names given as `base_model`.
    pub parents: Vec<String>,
    /// Bytes read.
    pub bytes_read: u64,
}

impl Readme {
    /// Reads `README.md` in the folder of a model; empty if there is none.
    pub fn beside(root: &Path) -> Self {
        let folder = if root.is_dir() { root } else { root.parent().unwrap_or(root) };
        let text = kept::small_text(&folder.join("README.md"), MOST_BYTES).unwrap_or_default();
        Self { parents: parents(&text), bytes_read: text.len() as u64 }
    }
}

/// `base_model: NAME`, or a list of names on the lines below it, inside the front matter.
fn parents(text: &str) -> Vec<String> {
    let mut lines = text.lines();
    if lines.next().map(str::trim_end) != Some("---") {
        return vec![];
    }
    let mut found = Vec::new();
    let mut in_list = false;
    for line in lines.take_while(|line| line.trim_end() != "---") {
        if let Some(rest) = line.strip_prefix("base_model:") {
            in_list = rest.trim().is_empty();
            found.extend((!in_list).then(|| unquoted(rest)));
        } else if let (true, Some(item)) = (in_list, line.trim_start().strip_prefix("- ")) {
            found.push(unquoted(item));
        } else {
            in_list = false;
        }
    }
    found
}

fn unquoted(text: &str) -> String {
    text.trim().trim_matches(['"', '\'']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_are_read_from_the_front_matter_only() {
        assert_eq!(parents("---\nbase_model: org/base\nlicense: mit\n---\n"), ["org/base"]);
        assert_eq!(parents("---\nbase_model:\n- a\n  - \"b\"\ntags:\n- c\n---\n"), ["a", "b"]);
        assert!(parents("base_model: org/base\n").is_empty());
        assert!(parents("---\nlicense: mit\n---\nbase_model: org/base\n").is_empty());
    }
}
