//! Keep-masks layer by layer.
#![allow(missing_docs, reason = "each text is its own description")]

use crate::event::Progress;
use crate::words::format;

pub const STEP: &str = "Mix";
pub const TITLE: &str = "By layer";
pub const LEAD: &str = "How much of each skill change every layer keeps, in percent.";
pub const LEAD_TABLE: &str = "Weights that every skill keeps, and that skills need together, in percent.";
pub const SHOW: &str = "By layer";
pub const LAYER: &str = "Layer";
pub const SHARED: &str = "Shared";
pub const ONE_SKILL: &str = "One skill";
pub const UNUSED: &str = "Unused";
/// What the three columns mean, with the words of the paper.
pub const SHARED_HINT: &str = "Weights that two or more skills need (general)";
pub const ONE_SKILL_HINT: &str = "Weights that exactly one skill needs (selfish)";
pub const UNUSED_HINT: &str = "Weights that no skill needs (catastrophic)";
pub const WEIGHTS: &str = "Weights";
pub const CHANGE_REMOVED: &str = "Change removed";
pub const IDENTICAL: &str = "identical to the starting model";
pub const COPIED: &str = "copied from the starting model";
pub const KEPT: &str = "kept";
pub const NO_CHANGE: &str = "no change to keep";
pub const KEY: &str = "share of weights kept";
pub const HOW_MANY: &str = "How many skills need a weight?";
pub const REMOVED: &str = "removed";
pub const SELECTIVITY: &str = "Selectivity";
pub const SELECTIVITY_HINT: &str = "The higher, the fewer weights count as needed by a skill.";
pub const DIFFERS: &str = "by skill";
pub const SAME_FOR_ALL: &str = "Same for all skills";
pub const NEEDED_BY: &str = "Remove weights needed by fewer than";
pub const SKILLS: &str = "skills";
pub const CHOOSE: &str = "Choose for me";
pub const CHOOSE_NEEDS: &str = "Needs examples for at least one skill";
pub const CHOOSING: &str = "Choosing…";
pub const CHOSEN: &str = "Chosen";
pub const AGREE: &str = "Which skills agree?";
pub const AGREE_HINT: &str = "Percent of kept weights in common.";
pub const WHAT_IF: &str = "What if?";
pub const WHAT_IF_HINT: &str = "Score before the last change, and now.";
pub const WHAT_IF_NONE: &str = "Add examples to a skill, and its score before and after a change stands here.";
pub const DETAILS: &str = "Details of the row";
pub const SIGNS_AGREE: &str = "Skills agree on the direction";
pub const LARGEST: &str = "Largest change";
pub const CHANGED: &str = "Changed by any skill";
pub const PARTS: &str = "Parts";
pub const SIZES: &str = "Size of change";
pub const READING_SIZES: &str = "Reading sizes…";
pub const SHOW_SIZES: &str = "Show sizes of change";
pub const NOTHING_CHANGED: &str = "No skill changed this layer.";
pub const EXCLUDE: &str = "Exclude this layer";
pub const EXCLUDE_HINT: &str = "Its whole change stays, whatever the masks say.";
pub const COPY: &str = "Copy from starting model";
pub const COPY_HINT: &str = "Nothing of what the skills learned goes into it.";
pub const MASK_AGAIN: &str = "Use masks again";
pub const MIX_AGAIN: &str = "Mix it again";
pub const EXCLUDED_TAG: &str = "excluded";
pub const COPIED_TAG: &str = "copied";
pub const PARTLY_TAG: &str = "in part";
pub const SCOPES_NOTE: &str = "Excluded layers keep all of their change.";
pub const EMPTY: &str = "Masks need a starting model and two specialists.";
pub const EMPTY_HINT: &str = "A mask says which part of a skill change the skill needs, compared with the others.";
pub const TO_MODELS: &str = "Go to Models";
pub const ONE_SPECIALIST: &str =
    "With one specialist, “One skill” says nothing: whatever it changed belongs to it alone.";
pub const COUNTING: &str = "Reading the models and counting…";
pub const AGAIN: &str = "Count again";
pub const NO_MASKS_IN_USE: &str = "This method uses no masks. The counts show what Balanced would do.";
pub const OWN_MASKS: &str = "EMR makes masks of its own kind. The counts show what Balanced would do.";
pub const USE_BALANCED: &str = "Use Balanced";
pub const FOR_EACH: &str = "Keep-masks make a model for each skill; nothing is removed for all of them.";
pub const SAVE_CSV: &str = "Save as CSV…";
pub const SAVE_SVG: &str = "Save as SVG…";
pub const DONE: &str = "Done";
pub const UNFOLD: &str = "Unfold";
pub const FOLD: &str = "Fold";
pub const WHOLE: &str = "Whole model";
pub const NO_COLUMN: &str = "These selectivities are being counted.";

/// Blocks drawn as one row: `Blocks 1–4`, with the name of their stack where there are several.
pub fn blocks(first: u64, last: u64, stack: Option<&str>) -> String {
    let of = stack.map_or_else(String::new, |stack| format!(" of {stack}"));
    format!("Blocks {first}–{last}{of}")
}

/// Name of the button that opens a row.
pub fn open(row: &str, kept: Option<&str>, state: &str) -> String {
    let kept = kept.map_or_else(|| IDENTICAL.to_owned(), str::to_owned);
    let state = if state.is_empty() { String::new() } else { format!(", {state}") };
    format!("{row}: {kept}{state}")
}

/// A row in words: `Flowers 74 %, Signs 67 %; shared 65 %, one skill 21 %, unused 14 %`.
pub fn row(kept: &[(String, f64)], [shared, one, unused]: [f64; 3]) -> String {
    let skills: Vec<String> =
        kept.iter().map(|(skill, share)| format!("{skill} {}", format::percent(*share))).collect();
    format!(
        "{}; shared {}, one skill {}, unused {}",
        skills.join(", "),
        format::percent(shared),
        format::percent(one),
        format::percent(unused)
    )
}

/// Name of a button that folds or unfolds.
pub fn fold(row: &str, is_open: bool) -> String {
    format!("{} {row}", if is_open { FOLD } else { UNFOLD })
}

pub fn parts(count: usize) -> String {
    format::counted(count as u64, "part", "parts")
}

/// Share of weights behind a bar: `17 %`, or `17 %, removed`.
pub fn share(share: f64, is_removed: bool) -> String {
    let percent = format::percent(share);
    if is_removed { format!("{percent}, {REMOVED}") } else { percent }
}

/// A bar in words.
pub fn bar(needed_by: &str, count: u64, share: f64, is_removed: bool) -> String {
    format!("{needed_by}: {}, {}", format::count(count), self::share(share, is_removed))
}

/// Why a threshold cannot be chosen.
pub fn too_many(skills: usize) -> String {
    let skills = format::counted(skills as u64, "skill", "skills");
    format!("With {skills}, only the starting model would be left")
}

/// Value of the slider, spoken.
pub fn spoken(selectivity: &str) -> String {
    format!("Selectivity {selectivity}")
}

/// The counts are of the step of the slider nearest to what the recipe says.
pub fn nearest(said: &str, counted: &str) -> String {
    format!("The recipe says {said}; counted for {counted}.")
}

/// Name of a selectivity of one skill.
pub fn selectivity_of(skill: &str) -> String {
    format!("Selectivity of {skill}")
}

/// `91.2 → 92.0`, spoken.
pub fn before_and_now(skill: &str, before: f64, now: f64) -> String {
    format!("{skill}: before {}, now {} percent", format::tenths(before), format::tenths(now))
}

/// What the histogram shows, in one sentence.
pub fn sizes(row: &str, weights: u64, reach: f64) -> String {
    format!("Sizes of change of {} weights in {row}, from −{r} to {r}", format::count(weights), r = small(reach))
}

/// A size of a change with two digits that count: `0.02`, `0.0031`.
pub fn small(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return "0".into();
    }
    let digits = (1 - value.abs().log10().floor() as i32).max(0) as usize;
    format!("{value:.digits$}")
}

/// What the job bar says while selectivities are chosen.
pub fn choosing(progress: Option<&Progress>) -> String {
    match progress.filter(|news| news.total > 0) {
        Some(news) => {
            format!("Choosing selectivity, {} of {}", format::grouped(news.done), format::grouped(news.total))
        }
        None => CHOOSING.into(),
    }
}

/// A row was opened.
pub fn opened(row: &str, parts: usize) -> String {
    format!("{row}, {}. Details are in the inspector.", self::parts(parts))
}

/// Sentence under the title of an exported drawing.
pub fn drawn_for(selectivity: &str, k: u32) -> String {
    let removed = match k {
        0 => "nothing removed".to_owned(),
        k => {
            let skills = format::counted(u64::from(k), "skill", "skills");
            format!("weights needed by fewer than {skills} removed")
        }
    };
    format!("Selectivity {selectivity}, {removed}")
}

/// Head of a column that can be sorted by.
pub fn sort_by(column: &str) -> String {
    format!("Sort by {column}")
}

/// Said when the table was sorted.
pub fn sorted(column: &str, is_falling: bool) -> String {
    format!("Sorted by {column}, {} first", if is_falling { "highest" } else { "lowest" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: String) -> String {
        text.replace('\u{202f}', " ")
    }

    #[test]
    fn rows_and_bars_are_read_aloud() {
        let kept = [("Flowers".to_owned(), 0.74), ("Signs".to_owned(), 0.67)];
        let said = row(&kept, [0.65, 0.21, 0.14]);
        assert_eq!(plain(said), "Flowers 74 %, Signs 67 %; shared 65 %, one skill 21 %, unused 14 %");
        assert_eq!(open("Words", None, ""), "Words: identical to the starting model");
        assert_eq!(open("Words", Some("a"), EXCLUDED_TAG), "Words: a, excluded");
        assert_eq!(plain(bar("2 skills", 38_000_000, 0.14, false)), "2 skills: 38 million, 14 %");
        assert_eq!(plain(bar("no skill", 950, 0.17, true)), "no skill: 950, 17 %, removed");
    }

    #[test]
    fn blocks_together_are_named_by_their_ends() {
        assert_eq!(blocks(1, 4, None), "Blocks 1–4");
        assert_eq!(blocks(5, 8, Some("text.layers")), "Blocks 5–8 of text.layers");
    }

    #[test]
    fn small_sizes_keep_two_digits() {
        assert_eq!([0.0213, 0.00314, 1.5, 0.0, f64::NAN].map(small), ["0.021", "0.0031", "1.5", "0", "0"]);
        assert_eq!(small(12.0), "12");
    }

    #[test]
    fn a_drawing_says_what_it_was_drawn_for() {
        assert_eq!(drawn_for("0.4", 2), "Selectivity 0.4, weights needed by fewer than 2 skills removed");
        assert_eq!(drawn_for("0.4", 0), "Selectivity 0.4, nothing removed");
    }
}
