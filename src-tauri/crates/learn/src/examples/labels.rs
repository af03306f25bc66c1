//! Which answer of a head is meant by a label.

use serde_json::Value;

use super::{Error, Examples};

/// The answers of a model's head in order, from `id2label` of its settings; empty if there are none.
///
/// Numbers without a name keep the number as their name.
pub fn answers(config: &Value) -> Vec<String> {
    let Some(named) = config.get("id2label").and_then(Value::as_object) else {
        return vec![];
    };
    let numbered = named.iter().filter_map(|(id, name)| Some((id.parse::<usize>().ok()?, name.as_str()?)));
    let numbered: Vec<(usize, &str)> = numbered.filter(|&(id, _)| id < 1_000_000).collect();
    let count = numbered.iter().map(|&(id, _)| id + 1).max().unwrap_or(0);
    let mut answers: Vec<String> = (0..count).map(|id| id.to_string()).collect();
    for (id, name) in numbered {
        answers[id] = name.to_owned();
    }
    answers
}

/// The class of each label: by name, else by name without regard to case and spacing, else all of them by number.
///
/// `labels` \[l\] and `answers` \[classes\] are names; the result \[l\] holds indices into `answers`.
///
/// # Errors
/// The labels that are none of the answers.
pub fn classes_of(labels: &[String], answers: &[String]) -> Result<Vec<usize>, Vec<String>> {
    let by_name: Vec<Option<usize>> = labels.iter().map(|label| named(label, answers)).collect();
    let by_number = || labels.iter().map(|label| label.parse().ok().filter(|&id: &usize| id < answers.len())).collect();
    match by_name.iter().copied().collect::<Option<Vec<usize>>>().or_else(by_number) {
        Some(classes) => Ok(classes),
        None => Err(labels.iter().zip(by_name).filter(|(_, class)| class.is_none()).map(|(l, _)| l.clone()).collect()),
    }
}

/// Whether [`classes_of`] takes labels by their number although the answers have names of their own.
pub fn are_by_number(labels: &[String], answers: &[String]) -> bool {
    let is_number = |name: &String| plain(name).trim_start_matches("label").parse::<usize>().is_ok();
    labels.iter().all(is_number) && !answers.iter().any(is_number) && classes_of(labels, answers).is_ok()
}

/// The answer of this name; one that only looks alike counts if it is the only one.
fn named(label: &str, answers: &[String]) -> Option<usize> {
    if let Some(exact) = answers.iter().position(|answer| answer == label) {
        return Some(exact);
    }
    let mut alike = (0..answers.len()).filter(|&at| plain(&answers[at]) == plain(label));
    alike.next().filter(|_| alike.next().is_none())
}

/// A name without what folders and settings write differently.
fn plain(name: &str) -> String {
    name.chars().filter(|letter| !matches!(letter, ' ' | '_' | '-')).flat_map(char::to_lowercase).collect()
}

impl Examples {
    /// The class of every item in a head with these answers; `None` if the examples have no labels.
    ///
    /// # Errors
    /// [`Error::OneLabel`] if there is nothing to tell apart, [`Error::LabelsUnknown`] with the labels that are none of
    /// the answers.
    pub fn targets(&self, answers: &[String]) -> Result<Option<Vec<usize>>, Error> {
        let Some(labels) = &self.labels else { return Ok(None) };
        if let [label] = &labels[..] {
            return Err(Error::OneLabel { place: self.place.clone(), label: label.clone() });
        }
        let classes = classes_of(labels, answers).map_err(|unknown| Error::LabelsUnknown {
            place: self.place.clone(),
            unknown,
            known: answers.to_vec(),
        })?;
        Ok(self.items.iter().map(|item| item.label.and_then(|label| classes.get(label).copied())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn answers_are_in_the_order_of_their_numbers() {
        let config = json!({"id2label": {"10": "k", "2": "c", "0": "a"}});
        let answers = answers(&config);
        assert_eq!((answers.len(), &answers[0][..], &answers[1][..], &answers[10][..]), (11, "a", "1", "k"));
        assert_eq!(super::answers(&json!({})), names(&[]));
    }

    #[test]
    fn the_name_counts_before_the_number() {
        assert_eq!(classes_of(&names(&["1", "0"]), &names(&["1", "0"])), Ok(vec![0, 1]));
        assert_eq!(classes_of(&names(&["1", "0"]), &names(&["LABEL_0", "LABEL_1"])), Ok(vec![1, 0]));
    }

    #[test]
    fn numbers_for_answers_with_names_are_told() {
        let named = names(&["boot", "coat"]);
        assert!(are_by_number(&names(&["0", "1"]), &named));
        assert!(!are_by_number(&names(&["boot", "coat"]), &named) && !are_by_number(&names(&["0", "9"]), &named));
        assert!(!are_by_number(&names(&["0", "1"]), &names(&["LABEL_0", "LABEL_1"])));
        assert!(!are_by_number(&names(&["0", "1"]), &names(&["0", "1"])));
    }

    #[test]
    fn case_and_spacing_do_not_matter_where_they_do_not_distinguish() {
        assert_eq!(classes_of(&names(&["t_shirt", "Bag"]), &names(&["bag", "T-Shirt"])), Ok(vec![1, 0]));
        assert_eq!(classes_of(&names(&["a", "A"]), &names(&["A", "a"])), Ok(vec![1, 0]));
        assert_eq!(classes_of(&names(&["ab", "c"]), &names(&["Ab", "aB", "c"])), Err(names(&["ab"])));
    }

    #[test]
    fn labels_that_are_no_answers_are_listed() {
        assert_eq!(classes_of(&names(&["cat", "cow", "dog"]), &names(&["cat", "dog"])), Err(names(&["cow"])));
        assert_eq!(classes_of(&names(&["0", "2"]), &names(&["cat", "dog"])), Err(names(&["0", "2"])));
    }
}
