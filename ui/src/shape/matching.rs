//! Which specialist dropped examples belong to, told from their names.

/// A specialist that examples may belong to.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Id of the model.
    pub id: String,
    /// What it is called: name of the skill, of the model, of its folder.
    pub names: Vec<String>,
}

/// Endings of files that hold examples; they say nothing about the skill.
const ENDINGS: [&str; 6] = [".zip", ".csv", ".tsv", ".jsonl", ".json", ".npz"];
/// Words that say what a folder is for, not which skill it is about.
const NOISE: [&str; 9] = ["examples", "images", "pictures", "texts", "test", "train", "val", "validation", "eval"];
/// Names shorter than this have to be equal.
const TELLING: usize = 3;

/// The words of a name: small letters, split where letters, digits and anything else meet; noise left out.
fn words(name: &str) -> Vec<String> {
    let mut small = name.to_lowercase();
    if let Some(bare) = ENDINGS.iter().find_map(|ending| small.strip_suffix(ending)) {
        small = bare.to_owned();
    }
    let mut found: Vec<String> = Vec::new();
    let mut last = ' ';
    for letter in small.chars() {
        let goes_on = letter.is_alphanumeric() && last.is_alphanumeric() && letter.is_numeric() == last.is_numeric();
        match found.last_mut().filter(|_| goes_on) {
            Some(word) => word.push(letter),
            None if letter.is_alphanumeric() => found.push(letter.to_string()),
            None => {}
        }
        last = letter;
    }
    let telling: Vec<String> = found.iter().filter(|word| !NOISE.contains(&word.as_str())).cloned().collect();
    if telling.is_empty() { found } else { telling }
}

/// How well two names fit: 3 equal, 2 one is the beginning of the other, 1 one is inside the other, 0 not at all.
fn fit(a: &str, b: &str) -> u8 {
    let (a, b) = (words(a), words(b));
    let (joined_a, joined_b) = (a.concat(), b.concat());
    if joined_a.is_empty() || joined_b.is_empty() {
        return 0;
    }
    if joined_a == joined_b {
        return 3;
    }
    let (short, long) = if joined_a.len() <= joined_b.len() { (&a, &b) } else { (&b, &a) };
    let telling = short.iter().filter(|word| word.chars().all(char::is_alphabetic)).map(String::len).sum::<usize>();
    if telling < TELLING {
        return 0;
    }
    match long.windows(short.len()).position(|part| part == short.as_slice()) {
        Some(0) => 2,
        Some(_) => 1,
        None if long.concat().starts_with(&short.concat()) => 1,
        None => 0,
    }
}

/// The specialist whose name fits best; `None` if none fits, or two fit as well.
pub fn owner<'a>(name: &str, candidates: &'a [Candidate]) -> Option<&'a str> {
    let scored = candidates.iter().map(|one| {
        let best = one.names.iter().map(|own| fit(name, own)).max().unwrap_or(0);
        (best, one.id.as_str())
    });
    let fitting: Vec<(u8, &str)> = scored.filter(|&(fit, _)| fit > 0).collect();
    let best = fitting.iter().map(|&(fit, _)| fit).max()?;
    let mut first = fitting.into_iter().filter(|&(fit, _)| fit == best);
    match (first.next(), first.next()) {
        (Some((_, id)), None) => Some(id),
        _ => None,
    }
}

/// Pairs of dropped examples (index) and specialist (id), at most one each; what is left has to be asked for.
pub fn owners(names: &[String], candidates: &[Candidate]) -> Vec<(usize, String)> {
    let mut free = candidates.to_vec();
    let mut found = Vec::new();
    for (at, name) in names.iter().enumerate() {
        // The names of all decide; who was given examples in this drop is no longer asked.
        let Some(id) = owner(name, candidates).map(str::to_owned) else { continue };
        if let Some(place) = free.iter().position(|one| one.id == id) {
            free.remove(place);
            found.push((at, id));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidates() -> Vec<Candidate> {
        let one = |id: &str, names: &[&str]| Candidate {
            id: id.into(),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
        };
        vec![
            one("f", &["Flowers", "flowers-102"]),
            one("l", &["Letters latin", "letters_latin"]),
            one("h", &["Letters hiragana", "letters_hiragana"]),
            one("m", &["Fashion mnist"]),
        ]
    }

    #[test]
    fn case_signs_and_endings_do_not_matter() {
        for (name, id) in [
            ("flowers", "f"),
            ("FLOWERS_102.zip", "f"),
            ("flowers-102-test", "f"),
            ("flowers_examples.csv", "f"),
            ("Letters-Latin.ZIP", "l"),
            ("lettershiragana", "h"),
            ("hiragana", "h"),
            ("fashion_mnist", "m"),
            ("FashionMNIST.zip", "m"),
            ("mnist", "m"),
        ] {
            assert_eq!(owner(name, &candidates()), Some(id), "{name}");
        }
    }

    #[test]
    fn what_fits_two_or_none_is_asked_for() {
        for name in ["letters", "birds", "", "102", "x", "test", "la"] {
            assert_eq!(owner(name, &candidates()), None, "{name}");
        }
    }

    #[test]
    fn no_specialist_gets_two_of_one_drop() {
        let names = ["flowers", "letters_latin", "flowers-102", "birds"].map(str::to_owned);
        assert_eq!(owners(&names, &candidates()), [(0, "f".to_owned()), (1, "l".to_owned())]);
    }
}
