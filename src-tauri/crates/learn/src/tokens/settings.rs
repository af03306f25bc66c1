//! What `tokenizer_config.json` and its companions say, with what is usual where they are silent.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// Settings beside a word list.
#[derive(Debug, Default)]
pub struct Settings {
    /// `tokenizer_config.json`.
    pub config: Map<String, Value>,
    /// `special_tokens_map.json`, which older models have instead.
    pub special: Map<String, Value>,
    /// `added_tokens.json`: tokens behind the end of the list, with their numbers.
    pub added: Map<String, Value>,
    /// `sentence_bert_config.json`, which models of sentence embeddings have.
    pub sentences: Map<String, Value>,
}

/// What a special token is for: the name of its setting, and the token that is usual.
pub type Role = (&'static str, &'static str);

impl Settings {
    pub fn flag(&self, key: &str) -> Option<bool> {
        self.config.get(key).and_then(Value::as_bool)
    }

    /// Most tokens of a sentence, as far as the files say; huge numbers stand for no bound.
    pub fn longest(&self) -> Option<usize> {
        let told = [self.config.get("model_max_length"), self.sentences.get("max_seq_length")];
        let lengths = told.into_iter().flatten().filter_map(Value::as_f64).filter(|length| *length >= 1.0);
        lengths.map(|length| length as usize).min()
    }

    /// Whether long texts lose their beginning instead of their end.
    pub fn cuts_beginning(&self) -> bool {
        self.config.get("truncation_side").and_then(Value::as_str) == Some("left")
    }

    /// The token of a role.
    pub fn token(&self, (key, usual): Role) -> String {
        let told = self.config.get(key).or_else(|| self.special.get(key));
        told.and_then(content).unwrap_or(usual).to_owned()
    }

    /// All tokens that are looked for in a text before it is cut, in the order of their numbers, as `tokenizer.json`
    /// lists them; `vocabulary` numbers the others.
    ///
    /// # Errors
    /// In words for the fold, if numbers leave a gap behind the end of the vocabulary.
    pub fn added_tokens(&self, roles: &[Role], vocabulary: &Map<String, Value>) -> Result<Vec<Value>, String> {
        let mut found: BTreeMap<u64, Value> = BTreeMap::new();
        for &role in roles {
            let token = self.token(role);
            if let Some(id) = vocabulary.get(&token).and_then(Value::as_u64) {
                let told = self.config.get(role.0).or_else(|| self.special.get(role.0));
                found.insert(id, entry(id, &token, told, true));
            }
        }
        for (token, id) in &self.added {
            let id = id.as_u64().ok_or_else(|| format!("the number of {token:?} in added_tokens.json"))?;
            found.entry(id).or_insert_with(|| entry(id, token, None, false));
        }
        let decoder = self.config.get("added_tokens_decoder").and_then(Value::as_object);
        for (id, told) in decoder.into_iter().flatten() {
            if let (Ok(id), Some(token)) = (id.parse(), content(told)) {
                found.insert(id, entry(id, token, Some(told), true));
            }
        }
        follow_on(&found, vocabulary)?;
        Ok(found.into_values().collect())
    }
}

/// The text of a token, which is told with or without its properties.
fn content(told: &Value) -> Option<&str> {
    told.as_str().or_else(|| told.get("content")?.as_str())
}

/// A token as `tokenizer.json` lists it.
fn entry(id: u64, token: &str, told: Option<&Value>, is_special: bool) -> Value {
    let flag = |key: &str, usual: bool| told.and_then(|told| told.get(key)?.as_bool()).unwrap_or(usual);
    let is_special = flag("special", is_special);
    json!({
        "id": id,
        "content": token,
        "single_word": flag("single_word", false),
        "lstrip": flag("lstrip", false),
        "rstrip": flag("rstrip", false),
        "normalized": flag("normalized", !is_special),
        "special": is_special,
    })
}

/// Whether tokens that the vocabulary lacks are numbered on from its end, and the others as it numbers them.
fn follow_on(added: &BTreeMap<u64, Value>, vocabulary: &Map<String, Value>) -> Result<(), String> {
    let mut next = vocabulary.len() as u64;
    for (&id, entry) in added {
        let token = content(entry).unwrap_or_default();
        let expected = vocabulary.get(token).and_then(Value::as_u64).unwrap_or_else(|| {
            next += 1;
            next - 1
        });
        if id != expected {
            return Err(format!("the token {token:?} has the number {id} instead of {expected}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn the_shortest_bound_counts_and_huge_ones_do_not() {
        let longest = |config: Value, sentences: Value| {
            Settings { config: object(config), sentences: object(sentences), ..Settings::default() }.longest()
        };
        let none = || json!({});
        assert_eq!(longest(none(), none()), None);
        assert_eq!(longest(json!({"model_max_length": 512}), json!({"max_seq_length": 256})), Some(256));
        let huge: Value =
            serde_json::from_str("{\"model_max_length\": 1000000000000000019884624838656}").expect("JSON");
        assert_eq!(longest(huge.clone(), json!({"max_seq_length": null})), Some(usize::MAX));
        assert_eq!(longest(huge, json!({"max_seq_length": 128})), Some(128));
    }

    #[test]
    fn tokens_are_told_as_texts_or_with_their_properties() {
        let config = json!({"cls_token": "<a>", "mask_token": {"content": "<m>", "lstrip": true}});
        let special = json!({"sep_token": {"content": "<b>"}, "cls_token": "<not me>"});
        let settings = Settings { config: object(config), special: object(special), ..Settings::default() };
        let token = |key, usual| settings.token((key, usual));
        assert_eq!([token("cls_token", "x"), token("sep_token", "x"), token("pad_token", "x")], ["<a>", "<b>", "x"]);
        let vocabulary = object(json!({"<m>": 1, "<a>": 0}));
        let roles = [("cls_token", "x"), ("mask_token", "x"), ("pad_token", "x")];
        let added = settings.added_tokens(&roles, &vocabulary).expect("no gap");
        let shown: Vec<(&Value, &Value, &Value)> =
            added.iter().map(|one| (&one["id"], &one["content"], &one["lstrip"])).collect();
        assert_eq!(shown, [(&json!(0), &json!("<a>"), &json!(false)), (&json!(1), &json!("<m>"), &json!(true))]);
    }

    #[test]
    fn tokens_behind_the_end_must_follow_on() {
        let vocabulary = object(json!({"a": 0, "b": 1}));
        let added = |added: Value| {
            let settings = Settings { added: object(added), ..Settings::default() };
            settings.added_tokens(&[], &vocabulary)
        };
        assert_eq!(added(json!({"new": 2, "newer": 3})).map(|tokens| tokens.len()), Ok(2));
        assert!(added(json!({"new": 5})).is_err_and(|fault| fault.contains("5 instead of 2")));
        assert!(added(json!({"b": 0})).is_err_and(|fault| fault.contains("0 instead of 1")));
    }
}
