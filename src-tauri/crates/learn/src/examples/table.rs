//! Texts from tables: comma or tab separated columns, or one JSON object a line (or a list of objects).

use std::fs;
use std::path::Path;

use protocol::score::Skipped;
use protocol::words::examples as words;
use serde_json::Value;

use super::layout::skip;
use super::{Content, Error, Examples, Item, Labelled, number_labels, place};

/// Most bytes of a table.
const TABLE_BYTES: u64 = 256 << 20;
/// Names of the column with the texts, the most usual first.
const TEXTS: [&str; 8] = ["text", "sentence", "content", "review", "comment", "message", "document", "question"];
/// Names of the column with the labels, the most usual first.
const LABELS: [&str; 7] = ["label", "labels", "class", "category", "target", "intent", "sentiment"];

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Commas, or semicolons as spreadsheets of some languages write them.
    Columns,
    /// Tabs.
    Tabs,
    /// A JSON object a line, or a list of them.
    Lines,
}

/// Reads a table; its rows keep their order.
///
/// # Errors
/// [`Error::NoTextColumn`], [`Error::TooLarge`], [`Error::Io`]. Rows that cannot be read are left out and named.
pub(super) fn open(path: &Path, form: Form) -> Result<Examples, Error> {
    let size = fs::metadata(path).map_err(|source| Error::reading(path, source))?.len();
    if size > TABLE_BYTES {
        return Err(Error::TooLarge { place: place(path), limit: TABLE_BYTES });
    }
    let bytes = fs::read(path).map_err(|source| Error::reading(path, source))?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let rows = match form {
        Form::Columns => columns(bytes, delimiter(bytes), path)?,
        Form::Tabs => columns(bytes, b'\t', path)?,
        Form::Lines => lines(bytes),
    };
    Ok(finish(place(path), rows))
}

/// A row that was read: its line and what stands in it.
struct Row {
    line: u64,
    /// Text and label; or why the row is left out.
    cells: Result<(String, Option<String>), String>,
}

/// A comma, unless the first line has more semicolons.
fn delimiter(bytes: &[u8]) -> u8 {
    let first = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let count = |sign: u8| first.iter().filter(|&&byte| byte == sign).count();
    if count(b';') > count(b',') { b';' } else { b',' }
}

fn columns(bytes: &[u8], delimiter: u8, path: &Path) -> Result<Vec<Row>, Error> {
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader.has_headers(false).delimiter(delimiter).flexible(true).quoting(delimiter != b'\t');
    let mut records = reader.from_reader(bytes).into_records();
    let Some(Ok(first)) = records.next() else {
        return Ok(vec![]);
    };
    let rest: Vec<(u64, Option<csv::StringRecord>)> = records.map(numbered).collect();
    let names: Vec<String> = first.iter().map(|name| name.trim().to_lowercase()).collect();
    let columns = match named(&names) {
        Some(columns) => return Ok(rest.into_iter().map(|(line, record)| row(line, record, columns)).collect()),
        None => unnamed(&first, &rest).ok_or_else(|| Error::NoTextColumn {
            place: place(path),
            columns: first.iter().map(str::to_owned).collect(),
        })?,
    };
    let all = std::iter::once((1, Some(first))).chain(rest);
    Ok(all.map(|(line, record)| row(line, record, columns)).collect())
}

/// The line on which a record begins, and the record if it can be read.
fn numbered(record: csv::Result<csv::StringRecord>) -> (u64, Option<csv::StringRecord>) {
    match record {
        Ok(record) => (record.position().map_or(0, csv::Position::line), Some(record)),
        Err(fault) => (fault.position().map_or(0, csv::Position::line), None),
    }
}

/// Where the texts are, and where the labels.
type Columns = (usize, Option<usize>);

/// By the names of the columns.
fn named(names: &[String]) -> Option<Columns> {
    let find = |known: &[&str]| known.iter().find_map(|known| names.iter().position(|name| name == known));
    Some((find(&TEXTS)?, find(&LABELS)))
}

/// Without names: one column is texts; of two, the one with longer entries.
fn unnamed(first: &csv::StringRecord, rest: &[(u64, Option<csv::StringRecord>)]) -> Option<Columns> {
    let records = || std::iter::once(first).chain(rest.iter().filter_map(|(_, record)| record.as_ref()));
    let length = |column: usize| records().filter_map(|record| record.get(column)).map(str::len).sum::<usize>();
    match first.len() {
        1 => Some((0, None)),
        2 if length(0) >= length(1) => Some((0, Some(1))),
        2 => Some((1, Some(0))),
        _ => None,
    }
}

fn row(line: u64, record: Option<csv::StringRecord>, (text, label): Columns) -> Row {
    let cells = record.ok_or_else(words::broken_line).map(|record| {
        let cell = |at: usize| record.get(at).unwrap_or_default().to_owned();
        (cell(text), label.map(cell))
    });
    Row { line, cells }
}

fn lines(bytes: &[u8]) -> Vec<Row> {
    if let Ok(Value::Array(entries)) = serde_json::from_slice(bytes) {
        let cells = |entry: &Value| object(entry).ok_or_else(words::broken_line);
        return (1..).zip(&entries).map(|(line, entry)| Row { line, cells: cells(entry) }).collect();
    }
    let numbered = (1u64..).zip(bytes.split(|&byte| byte == b'\n'));
    let filled = numbered.filter(|(_, line)| !line.trim_ascii().is_empty());
    filled.map(|(line, text)| Row { line, cells: parsed(text).ok_or_else(words::broken_line) }).collect()
}

fn parsed(line: &[u8]) -> Option<(String, Option<String>)> {
    object(&serde_json::from_slice(line).ok()?)
}

/// Text and label of an object; a bare string is a text.
fn object(value: &Value) -> Option<(String, Option<String>)> {
    if let Value::String(text) = value {
        return Some((text.clone(), None));
    }
    let object = value.as_object()?;
    let find = |known: &[&str]| known.iter().find_map(|name| object.get(*name));
    let text = find(&TEXTS).map_or_else(|| Some(String::new()), |text| text.as_str().map(str::to_owned))?;
    Some((text, find(&LABELS).and_then(label)))
}

/// A label as text; numbers and truth values are names too.
fn label(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

fn finish(place: String, rows: Vec<Row>) -> Examples {
    let is_filled = |label: &Option<String>| label.as_ref().is_some_and(|label| !label.trim().is_empty());
    let has_labels = rows.iter().any(|row| row.cells.as_ref().is_ok_and(|(_, label)| is_filled(label)));
    let (mut found, mut skipped) = (Vec::new(), Vec::<Skipped>::new());
    for row in rows {
        let name = words::line(row.line);
        match row.cells {
            Err(why) => skipped.push(skip(name, why)),
            Ok((text, _)) if text.trim().is_empty() => skipped.push(skip(name, words::no_text())),
            Ok((_, label)) if has_labels && !is_filled(&label) => skipped.push(skip(name, words::no_label())),
            Ok((text, label)) => {
                let label = label.filter(|_| has_labels).map(|label| label.trim().to_owned());
                // The key is the text, so that equal texts never stand on both sides of a split.
                let item = Item { name, key: text.clone(), label: None, part: None, content: Content::Text(text) };
                found.push(Labelled { item, label });
            }
        }
    }
    number_labels(place, found, skipped)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    fn opened(name: &str, text: &[u8], form: Form) -> Result<Examples, Error> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        open(&path, form)
    }

    fn shown(examples: &Examples) -> Vec<(&str, Option<&str>)> {
        let name = |label: usize| examples.labels.as_ref().map(|labels| labels[label].as_str());
        (0..examples.items.len())
            .map(|at| (examples.text(at).unwrap(), examples.items[at].label.and_then(name)))
            .collect()
    }

    const EXPECTED: [(&str, Option<&str>); 2] = [("good, really", Some("pos")), ("bad", Some("neg"))];

    #[test]
    fn every_form_gives_the_same_examples() {
        let cases: [(&str, &str, Form); 7] = [
            (
                "a.json",
                "[{\"text\":\"good, really\",\"label\":\"pos\"},\n{\"text\":\"bad\",\"label\":\"neg\"}]",
                Form::Lines,
            ),
            ("a.csv", "id,Text,Label\n1,\"good, really\",pos\n2,bad,neg\n", Form::Columns),
            ("a.csv", "\u{feff}label;sentence\r\npos;good, really\r\nneg;bad\r\n", Form::Columns),
            ("a.tsv", "sentence\tlabel\ngood, really\tpos\nbad\tneg\n", Form::Tabs),
            ("a.csv", "\"good, really\",pos\nbad,neg\n", Form::Columns),
            ("a.tsv", "pos\tgood, really\nneg\tbad\n", Form::Tabs),
            (
                "a.jsonl",
                "{\"text\":\"good, really\",\"label\":\"pos\"}\n\n{\"label\":\"neg\",\"text\":\"bad\"}",
                Form::Lines,
            ),
        ];
        for (name, text, form) in cases {
            assert_eq!(shown(&opened(name, text.as_bytes(), form).unwrap()), EXPECTED, "{text}");
        }
    }

    #[test]
    fn numbers_and_truth_values_are_labels() {
        let text = b"{\"text\":\"a\",\"label\":1}\n{\"text\":\"b\",\"label\":true}";
        let examples = opened("a.jsonl", text, Form::Lines).unwrap();
        assert_eq!(shown(&examples), [("a", Some("1")), ("b", Some("true"))]);
    }

    #[test]
    fn one_column_and_bare_strings_are_texts_without_labels() {
        for (text, form) in [("one\ntwo\n", Form::Columns), ("\"one\"\n\"two\"\n", Form::Lines)] {
            let examples = opened("a", text.as_bytes(), form).unwrap();
            assert_eq!(shown(&examples), [("one", None), ("two", None)]);
            assert_eq!(examples.labels, None);
        }
    }

    #[test]
    fn rows_that_cannot_be_used_are_named_by_their_line() {
        let text = b"text,label\nfine,pos\n,neg\nbad \xff,pos\nnone,\n";
        let examples = opened("a.csv", text, Form::Columns).unwrap();
        assert_eq!(shown(&examples), [("fine", Some("pos"))]);
        let skipped: Vec<(&str, &str)> =
            examples.skipped.iter().map(|skipped| (skipped.file.as_str(), skipped.why.as_str())).collect();
        assert_eq!(skipped, [("line 3", "no text"), ("line 4", "the line cannot be read"), ("line 5", "no label")]);
        let lines = opened("a.jsonl", b"{\"text\":\"a\"}\nnot json\n", Form::Lines).unwrap();
        assert_eq!(lines.skipped[0].file, "line 2");
    }

    #[test]
    fn a_table_without_texts_names_its_columns() {
        let fault = opened("a.csv", b"height,width,depth\n1,2,3\n", Form::Columns).unwrap_err();
        assert!(matches!(fault, Error::NoTextColumn { columns, .. } if columns == ["height", "width", "depth"]));
    }

    #[test]
    fn equal_texts_have_equal_keys() {
        let examples = opened("a.csv", b"text\nsame\nsame\nother\n", Form::Columns).unwrap();
        assert_eq!(examples.items[0].key, examples.items[1].key);
        assert_ne!(examples.items[0].key, examples.items[2].key);
    }
}
