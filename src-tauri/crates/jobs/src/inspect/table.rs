//! The comparison table: one row for each property, one value for each model.

use protocol::model::{CellState, ModelCard, TableRow};
use protocol::words::format;
use protocol::words::verdict::row;

/// A row: its title, the value of a card, whether a difference can prevent mixing, whether the row may be empty.
struct Row {
    title: &'static str,
    value: fn(&ModelCard) -> Option<String>,
    can_stop: bool,
    optional: bool,
}

const ROWS: &[Row] = &[
    Row { title: row::FAMILY, value: |card| Some(card.family.clone()), can_stop: true, optional: false },
    Row { title: row::LAYERS, value: |card| card.layers.map(format::grouped), can_stop: true, optional: false },
    Row { title: row::WIDTH, value: |card| card.width.map(format::grouped), can_stop: true, optional: false },
    Row { title: row::WORDS, value: |card| card.words.map(format::grouped), can_stop: true, optional: true },
    Row { title: row::LABELS, value: |card| card.labels.map(format::grouped), can_stop: false, optional: true },
    Row { title: row::PARTS, value: |card| Some(format::grouped(body(card))), can_stop: true, optional: false },
    Row { title: row::TYPE, value: main_type, can_stop: false, optional: false },
];

/// Rows over `cards`; `misfits`: whether pairing the tensors found models that are built differently.
pub(super) fn rows(cards: &[ModelCard], misfits: bool) -> Vec<TableRow> {
    if cards.is_empty() {
        return vec![];
    }
    ROWS.iter().filter_map(|row| filled(row, cards, misfits)).collect()
}

fn filled(row: &Row, cards: &[ModelCard], misfits: bool) -> Option<TableRow> {
    let values: Vec<Option<String>> = cards.iter().map(row.value).collect();
    if row.optional && values.iter().all(Option::is_none) {
        return None;
    }
    let usual = commonest(&values);
    let unlike = if row.can_stop && misfits { CellState::Stops } else { CellState::Differs };
    let state = |value: &Option<String>| match value {
        None => CellState::Missing,
        Some(value) if Some(value) == usual.as_ref() => CellState::Same,
        Some(_) => unlike,
    };
    let states: Vec<CellState> = values.iter().map(state).collect();
    Some(TableRow {
        row: row.title.to_owned(),
        differs: states.iter().any(|state| matches!(state, CellState::Differs | CellState::Stops)),
        values: values.into_iter().map(|value| value.unwrap_or_else(|| row::NONE.to_owned())).collect(),
        states,
    })
}

/// Tensors that are not private.
fn body(card: &ModelCard) -> u64 {
    card.tensors.saturating_sub(card.private.len() as u64)
}

fn main_type(card: &ModelCard) -> Option<String> {
    card.main_dtype().map(|dtype| dtype.to_string())
}

/// The value that most models have; the first model's among equals.
fn commonest(values: &[Option<String>]) -> Option<String> {
    let count = |value: &String| values.iter().flatten().filter(|other| *other == value).count();
    let firsts = values.iter().flatten().rev();
    firsts.max_by_key(|value| count(value)).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_value_is_that_of_most_and_of_the_first_among_equals() {
        let values = |all: &[&str]| all.iter().map(|&value| Some(value.to_owned())).collect::<Vec<_>>();
        assert_eq!(commonest(&values(&["4", "12", "12"])).as_deref(), Some("12"));
        assert_eq!(commonest(&values(&["4", "12"])).as_deref(), Some("4"));
        assert_eq!(commonest(&[None]), None);
    }
}
