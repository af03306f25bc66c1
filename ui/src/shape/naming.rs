//! Names for skills and files.

/// Characters that no system takes in a file name.
const FORBIDDEN: &[char] = &['/', '\\', ':', '*', '?', '"', '<', '>', '|'];
/// Names that Windows keeps for devices.
const RESERVED: &[&str] = &["con", "prn", "aux", "nul", "com1", "com2", "com3", "lpt1", "lpt2", "lpt3"];

/// Whether `name` can be the name of a folder on every system.
pub fn is_file_name(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).to_lowercase();
    !name.chars().any(|letter| FORBIDDEN.contains(&letter) || letter.is_control())
        && name.chars().any(char::is_alphanumeric)
        && name.trim() == name
        && !name.ends_with('.')
        && !name.starts_with('.')
        && name.len() <= 120
        && !RESERVED.contains(&stem.as_str())
}

/// A file name made from the name of a project: `Field guide` becomes `field-guide-mix`.
pub fn from_project(name: &str) -> String {
    let mut words: Vec<String> = name
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    if words.last().is_none_or(|word| word != "mix") {
        words.push("mix".into());
    }
    words.join("-")
}

/// `wished`, or with the next free number where it is taken: `Letters`, `Letters 2`.
pub fn free<'a>(wished: &str, taken: impl Iterator<Item = &'a str> + Clone) -> String {
    let is_taken = |name: &str| taken.clone().any(|other| other == name);
    if !is_taken(wished) {
        return wished.to_owned();
    }
    (2..).map(|number| format!("{wished} {number}")).find(|name| !is_taken(name)).unwrap_or_else(|| wished.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_come_from_project_names() {
        assert_eq!(from_project("Field guide"), "field-guide-mix");
        assert_eq!(from_project("Sample mix"), "sample-mix");
        assert_eq!(from_project("Größe / 2"), "größe-2-mix");
        assert_eq!(from_project("…"), "mix");
    }

    #[test]
    fn names_that_some_system_refuses_are_refused() {
        for good in ["field-guide-mix", "Mix 2", "größe", "v1.2"] {
            assert!(is_file_name(good), "{good}");
        }
        for bad in ["", " ", "a/b", "a\\b", "a:b", ".hidden", "end.", "-", "con", "NUL.txt", " a", "a\u{7}"] {
            assert!(!is_file_name(bad), "{bad:?}");
        }
    }

    #[test]
    fn the_next_free_name_has_a_number() {
        let taken = ["Letters", "Letters 2"];
        assert_eq!(free("Digits", taken.iter().copied()), "Digits");
        assert_eq!(free("Letters", taken.iter().copied()), "Letters 3");
    }
}
