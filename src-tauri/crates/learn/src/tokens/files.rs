//! The files beside a model that say how its texts are cut.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use serde_json::{Map, Value};

use super::settings::Settings;
use super::{Error, vocabulary};
use crate::net::Family;

/// Largest file that is read; the word lists of the largest models have some 30 MB.
const FILE_BYTES: u64 = 64 << 20;

/// Gives the text of a file by its name; `None` where there is none.
pub type Files<'a> = dyn Fn(&str) -> Result<Option<String>, Error> + 'a;

pub fn unreadable(place: &str, details: impl ToString) -> Error {
    Error::Unreadable { place: place.to_owned(), details: details.to_string() }
}

/// The text of a small file; `None` if there is none.
pub fn read(path: &Path, place: &str) -> Result<Option<String>, Error> {
    let name = path.file_name().unwrap_or_default().display();
    let refused = |fault: String| unreadable(place, format!("{name}: {fault}"));
    match fs::metadata(path) {
        Err(fault) if fault.kind() == ErrorKind::NotFound => Ok(None),
        Err(fault) => Err(refused(fault.to_string())),
        Ok(about) if about.len() > FILE_BYTES => Err(refused(format!("more than {FILE_BYTES} bytes"))),
        Ok(_) => fs::read_to_string(path).map(Some).map_err(|fault| refused(fault.to_string())),
    }
}

/// What is said beside the word list.
pub fn settings(place: &str, file: &Files) -> Result<Settings, Error> {
    let given = |name: &str| file(name)?.map_or_else(|| Ok(Map::new()), |text| object(place, name, &text));
    Ok(Settings {
        config: given("tokenizer_config.json")?,
        special: given("special_tokens_map.json")?,
        added: given("added_tokens.json")?,
        sentences: given("sentence_bert_config.json")?,
    })
}

/// What is in `tokenizer.json`, or what it would be for the files of an older model.
pub fn form(place: &str, file: &Files, family: Family, settings: &Settings) -> Result<Value, Error> {
    if let Some(text) = file("tokenizer.json")? {
        let mut form = object(place, "tokenizer.json", &text)?;
        // The way back to texts is not needed, and padding and length are the network's.
        ["decoder", "padding", "truncation"].iter().for_each(|key| drop(form.remove(*key)));
        return Ok(Value::Object(form));
    }
    let form = if let Some(list) = file("vocab.txt")? {
        vocabulary::word_pieces(&list, settings)
    } else if let (Some(list), Some(merges)) = (file("vocab.json")?, file("merges.txt")?) {
        let list = object(place, "vocab.json", &list)?;
        let joined = if family == Family::Clip { vocabulary::clip_pairs } else { vocabulary::byte_pairs };
        joined(list, &merges, settings)
    } else {
        return Err(Error::Missing { folder: place.to_owned() });
    };
    form.map_err(|fault| unreadable(place, fault))
}

fn object(place: &str, name: &str, text: &str) -> Result<Map<String, Value>, Error> {
    serde_json::from_str(text).map_err(|fault| unreadable(place, format!("{name}: {fault}")))
}
