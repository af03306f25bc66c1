//! Tables and drawings that leave the window: as files, or by the clipboard.

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::command::ExportText;
use protocol::export;
use protocol::score::Part;
use protocol::words::screen;

use crate::actions::complain;
use crate::bridge;
use crate::page;
use crate::shape::naming;
use crate::shape::scores::{self, Row};
use crate::store::Store;

/// Asks where, and writes a text there.
pub fn write(store: Store, name: String, text: String) {
    spawn_local(async move {
        match bridge::call(&ExportText { name, text }).await {
            Ok(Some(name)) => {
                let said = screen::scores::exported(&name);
                store.polite.set(said.clone());
                store.say(said, String::new(), None);
            }
            Ok(None) => {}
            Err(failure) => complain(store, &failure),
        }
    });
}

/// A file name from the project's name, what it is, and an ending.
pub fn name(store: Store, what: &str, ending: &str) -> String {
    let project = store.draft.with_untracked(|draft| naming::from_project(&draft.project.name));
    format!("{project}-{what}.{ending}")
}

fn bars(rows: &[Row]) -> Vec<export::Bar<'_>> {
    rows.iter().filter_map(bar).collect()
}

fn bar(row: &Row) -> Option<export::Bar<'_>> {
    let score = &row.shown()?.score;
    Some(export::Bar { skill: &row.skill, pigment: row.pigment, score })
}

/// Writes the scores as a table.
pub fn scores_as_csv(store: Store, rows: &[Row], part: Part) {
    write(store, name(store, &format!("scores-{}", part.name()), "csv"), export::scores_csv(&bars(rows), part));
}

/// Writes the scores as a drawing.
pub fn scores_as_svg(store: Store, rows: &[Row], part: Part) {
    let title = store.draft.with_untracked(|draft| draft.project.name.clone());
    write(store, name(store, &format!("scores-{}", part.name()), "svg"), export::scores_svg(&title, &bars(rows), part));
}

/// Puts the selected row, or all rows, on the clipboard. Has to be called while a key or a click is being dealt with.
pub fn copy(store: Store, rows: &[Row], selected: Option<&str>) {
    let own: Vec<&Row> = rows.iter().filter(|row| selected.is_none_or(|model| row.model == model)).collect();
    page::copy(&scores::copied(&own));
    store.polite.set(screen::frame::COPIED.to_owned());
}
