//! From a list of files to examples: which folder is a label, which a part, and what is left out.

use protocol::score::{Part, Skipped};
use protocol::words::examples as words;

use super::{Content, Examples, Item, Labelled, ending, number_labels};

/// Pictures that are read, by the ending of their names.
const PICTURES: [&str; 7] = ["png", "jpg", "jpeg", "webp", "bmp", "gif", "jfif"];

/// A file found in a folder or an archive.
pub(super) struct Listed {
    /// Its path below the opened place, with `/`.
    pub path: String,
    /// Where its bytes are.
    pub content: Content,
}

/// What systems leave in folders without telling anybody.
pub(super) fn is_hidden(path: &str) -> bool {
    let names_of_systems = ["__MACOSX", "Thumbs.db", "desktop.ini"];
    path.split('/').any(|name| name.starts_with('.') || names_of_systems.contains(&name))
}

/// Whether the name is that of a picture.
pub(super) fn is_picture(path: &str) -> bool {
    PICTURES.contains(&ending(path).as_str())
}

/// A skipped file.
pub(super) fn skip(file: impl Into<String>, why: String) -> Skipped {
    Skipped { file: file.into(), why }
}

/// Sorts files into labels and parts.
///
/// Folders around everything are looked through; folders that are all called `learn`, `choose` or `judge` are the
/// person's own parts; then the first folder is the label. Deeper folders belong to their label.
pub(super) fn arrange(place: String, mut files: Vec<Listed>, mut skipped: Vec<Skipped>) -> Examples {
    files.retain(|file| !is_hidden(&file.path));
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let (pictures, others): (Vec<Listed>, Vec<Listed>) = files.into_iter().partition(|file| is_picture(&file.path));
    skipped.extend(others.into_iter().map(|file| skip(file.path, words::not_a_picture())));
    let start = wrapper(&pictures);
    let has_parts = !pictures.is_empty() && pictures.iter().all(|file| part_of(&file.path[start..]).is_some());
    let placed: Vec<Placed> = pictures.into_iter().map(|file| Placed::new(file, start, has_parts)).collect();
    let has_labels = placed.iter().any(|placed| placed.label().is_some());
    let (kept, outside): (Vec<Placed>, Vec<Placed>) =
        placed.into_iter().partition(|placed| !has_labels || placed.label().is_some());
    skipped.extend(outside.into_iter().map(|placed| skip(placed.file.path, words::outside_labels())));
    skipped.sort_by(|a, b| a.file.cmp(&b.file));
    number_labels(place, kept.into_iter().map(Placed::finish).collect(), skipped)
}

/// Bytes of the folders around everything: `flowers/` of `flowers/rose/1.png` if all lie in it, labels below.
fn wrapper(files: &[Listed]) -> usize {
    let mut start = 0;
    while let Some((first, _)) = files.first().and_then(|file| file.path[start..].split_once('/')) {
        let end = start + first.len() + 1;
        let is_around = |file: &Listed| {
            file.path.get(start..end) == files[0].path.get(start..end)
                && file.path.get(end..).is_some_and(|rest| rest.contains('/'))
        };
        if part_named(first).is_some() || !files.iter().all(is_around) {
            break;
        }
        start = end;
    }
    start
}

fn part_named(name: &str) -> Option<Part> {
    Part::ALL.into_iter().find(|part| part.name().eq_ignore_ascii_case(name))
}

/// The part that the first folder names, and the rest of the path.
fn part_of(path: &str) -> Option<(Part, &str)> {
    let (first, rest) = path.split_once('/')?;
    Some((part_named(first)?, rest))
}

/// A picture whose folders are understood; `rest` begins with the label, if there is one.
struct Placed {
    part: Option<Part>,
    rest: String,
    file: Listed,
}

impl Placed {
    fn new(file: Listed, start: usize, has_parts: bool) -> Self {
        let path = &file.path[start..];
        let (part, rest) = match part_of(path).filter(|_| has_parts) {
            Some((part, rest)) => (Some(part), rest.to_owned()),
            None => (None, path.to_owned()),
        };
        Self { part, rest, file }
    }

    fn label(&self) -> Option<&str> {
        self.rest.split_once('/').map(|(label, _)| label)
    }

    fn finish(self) -> Labelled {
        let label = self.label().map(str::to_owned);
        let item =
            Item { name: self.file.path, key: self.rest, label: None, part: self.part, content: self.file.content };
        Labelled { item, label }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arranged(paths: &[&str]) -> Examples {
        let listed = |path: &&str| Listed { path: (*path).to_owned(), content: Content::Text(String::new()) };
        arrange("x".into(), paths.iter().map(listed).collect(), vec![])
    }

    fn shown(examples: &Examples) -> Vec<(String, Option<&str>, Option<Part>)> {
        let name = |item: &Item| Some(examples.labels.as_ref()?[item.label?].as_str());
        examples.items.iter().map(|item| (item.key.clone(), name(item), item.part)).collect()
    }

    #[test]
    fn folders_are_labels_in_the_order_of_bytes() {
        let examples = arranged(&["b/2.png", "a/9.PNG", "a/10.jpeg", "B/1.gif"]);
        assert_eq!(examples.labels, Some(vec!["B".into(), "a".into(), "b".into()]));
        let keys: Vec<&str> = examples.items.iter().map(|item| item.key.as_str()).collect();
        assert_eq!(keys, ["B/1.gif", "a/10.jpeg", "a/9.PNG", "b/2.png"]);
    }

    #[test]
    fn a_folder_without_subfolders_has_no_labels() {
        let examples = arranged(&["2.png", "1.png"]);
        assert_eq!(examples.labels, None);
        assert_eq!(shown(&examples), [("1.png".into(), None, None), ("2.png".into(), None, None)]);
    }

    #[test]
    fn own_parts_are_recognised_with_and_without_labels() {
        let examples = arranged(&["learn/a/1.png", "judge/a/1.png", "judge/b/1.png"]);
        let expected = [
            ("a/1.png".into(), Some("a"), Some(Part::Judge)),
            ("b/1.png".into(), Some("b"), Some(Part::Judge)),
            ("a/1.png".into(), Some("a"), Some(Part::Learn)),
        ];
        assert_eq!(shown(&examples), expected);
        let bare = arranged(&["learn/1.png", "judge/1.png"]);
        assert_eq!(bare.labels, None);
        assert_eq!(bare.items[0].part, Some(Part::Judge));
    }

    #[test]
    fn a_label_called_judge_beside_others_is_a_label() {
        let examples = arranged(&["judge/1.png", "lawyer/1.png"]);
        assert_eq!(examples.labels, Some(vec!["judge".into(), "lawyer".into()]));
        assert!(examples.items.iter().all(|item| item.part.is_none()));
    }

    #[test]
    fn a_folder_around_everything_is_looked_through() {
        let examples = arranged(&["top/in/a/1.png", "top/in/b/1.png", "__MACOSX/top/in/a/._1.png"]);
        assert_eq!(examples.labels, Some(vec!["a".into(), "b".into()]));
        assert_eq!(examples.items[0].name, "top/in/a/1.png");
        assert_eq!(examples.items[0].key, "a/1.png");
        let one = arranged(&["a/1.png", "a/2.png"]);
        assert_eq!(one.labels, Some(vec!["a".into()]), "a single label is not taken for a wrapper");
    }

    #[test]
    fn what_is_left_out_is_named() {
        let examples = arranged(&["a/1.png", "b/1.png", "b/readme.txt", "loose.png", ".DS_Store"]);
        let skipped: Vec<&str> = examples.skipped.iter().map(|skipped| skipped.file.as_str()).collect();
        assert_eq!(skipped, ["b/readme.txt", "loose.png"]);
        assert_ne!(examples.skipped[0].why, examples.skipped[1].why);
        assert_eq!(examples.items.len(), 2);
    }
}
