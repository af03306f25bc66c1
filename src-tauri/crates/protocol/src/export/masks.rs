//! Keep-masks as a table and as a drawing.

use super::{csv, escaped, shortened};
use crate::masks::{MaskStatistics, Totals};
use crate::statistics::groups;
use crate::words::screen::masks as words;
use crate::words::statistics::group_title;
use crate::words::{format, masks};

/// Steps of the sequential scale in the light theme, from the ground to far from it.
pub const STEPS: [&str; 8] = ["#F1F0ED", "#DDE1E6", "#BFC9D3", "#9AAABA", "#60758B", "#4C6278", "#32485E", "#1B2E41"];

/// A layer, or several blocks together, counted.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Name for people.
    pub title: String,
    /// How far it is set in: blocks stand under the row that holds them together.
    pub depth: usize,
    /// Its counts.
    pub totals: Totals,
}

/// Shares of the weights of a row, 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Shares {
    /// What the mask of a skill keeps \[t\].
    pub kept: Vec<f64>,
    /// What at least two skills need, exactly one, none.
    pub needed: [f64; 3],
}

/// Shares of the weights of a row; `None` where no skill changed any of them.
pub fn shares(totals: &Totals) -> Option<Shares> {
    if totals.changed == 0 || totals.weights == 0 {
        return None;
    }
    let share = |count: u64| count as f64 / totals.weights as f64;
    Some(Shares {
        kept: totals.kept.iter().copied().map(share).collect(),
        needed: totals.shared_one_unused().map(share),
    })
}

/// The step of the scale on which a share of 0 to 1 lies.
pub fn step(share: f64) -> usize {
    if share > 0.0 { ((share * STEPS.len() as f64).ceil() as usize).clamp(1, STEPS.len()) - 1 } else { 0 }
}

/// All counts of one column: a line for each layer, followed by its tensors; the whole model last.
pub fn masks_csv(found: &MaskStatistics, column: usize) -> String {
    let names: Vec<&str> = found.tensors.iter().map(|tensor| tensor.name.as_str()).collect();
    let all = groups(&names);
    let mut rows = vec![head(&found.skills)];
    for group in &all {
        let title = group_title(&all, group);
        rows.push(line(&title, "", &found.totals(column, group.tensors.iter().copied())));
        rows.extend(group.tensors.iter().map(|&at| line(&title, names[at], &found.totals(column, [at]))));
    }
    rows.push(line(words::WHOLE, "", &found.totals(column, 0..names.len())));
    csv(&rows)
}

fn head(skills: &[String]) -> Vec<String> {
    let names = ["layer", "part", "weights", "changed", "same_sign"].map(str::to_owned).into_iter();
    let kept = skills.iter().map(|skill| format!("kept_by_{skill}"));
    let needed = (0..=skills.len()).map(|count| format!("needed_by_{count}"));
    let change = (0..=skills.len()).map(|count| format!("squared_change_needed_by_{count}"));
    names.chain(kept).chain(needed).chain(change).collect()
}

fn line(layer: &str, part: &str, totals: &Totals) -> Vec<String> {
    let counts = [totals.weights, totals.changed, totals.agreeing];
    let counts = counts.iter().chain(&totals.kept).chain(&totals.needed_by).map(u64::to_string);
    let change = totals.change_by.iter().map(f64::to_string);
    [layer.to_owned(), part.to_owned()].into_iter().chain(counts).chain(change).collect()
}

/// Where cells begin, how wide they are, the gap before the last three, and how high a row is.
const LEFT: f64 = 200.0;
const CELL: f64 = 76.0;
const GAP: f64 = 18.0;
const ROW: f64 = 25.0;
const TOP: f64 = 104.0;

/// What a drawing shows.
#[derive(Debug, Clone, Copy)]
pub struct Drawing<'a> {
    /// Title: the name of the project.
    pub title: &'a str,
    /// Names of the skills \[t\].
    pub skills: &'a [String],
    /// The rows from top to bottom.
    pub rows: &'a [Row],
    /// The whole model.
    pub total: &'a Totals,
    /// Selectivity, as it is said.
    pub selectivity: &'a str,
    /// Fewest skills that have to need a weight.
    pub k: u32,
}

/// The heat map as a drawing with title and legend, light whatever the theme.
pub fn masks_svg(of: &Drawing<'_>) -> String {
    let width = LEFT + CELL * (of.skills.len() + 3) as f64 + GAP + 24.0;
    let bottom = TOP + ROW * of.rows.len() as f64;
    let height = bottom + 54.0;
    let rows: String = of.rows.iter().enumerate().map(|(at, row)| svg_row(of, row, TOP + ROW * at as f64)).collect();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         role=\"img\" font-family=\"system-ui, sans-serif\" font-size=\"12\" fill=\"#4A4843\">\n\
         <title>{title}</title>\n<desc>{desc}</desc>\n\
         <defs><pattern id=\"none\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
         <path d=\"M0 0V7\" stroke=\"#CFCBC3\" stroke-width=\"2\"/></pattern></defs>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#FFFFFF\"/>\n\
         <text x=\"24\" y=\"34\" font-size=\"17\" font-weight=\"600\" fill=\"#1C1B19\">{title}</text>\n\
         <text x=\"24\" y=\"54\">{lead}</text>\n<text x=\"24\" y=\"70\" font-size=\"11\" fill=\"#67645D\">{drawn}</text>\n\
         {heads}{rows}{legend}</svg>\n",
        title = escaped(of.title),
        desc = escaped(&masks::summary(of.skills, of.total)),
        lead = escaped(words::LEAD),
        drawn = escaped(&words::drawn_for(of.selectivity, of.k)),
        heads = svg_heads(of.skills),
        legend = svg_legend(bottom + 28.0),
    )
}

/// Left edge of a column; the last three stand apart.
fn left(column: usize, skills: usize) -> f64 {
    LEFT + CELL * column as f64 + if column >= skills { GAP } else { 0.0 }
}

fn svg_heads(skills: &[String]) -> String {
    let apart = [words::SHARED, words::ONE_SKILL, words::UNUSED];
    let names = skills.iter().map(String::as_str).chain(apart);
    let head = |(at, name): (usize, &str)| {
        let x = left(at, skills.len()) + CELL / 2.0 - 1.0;
        let name = escaped(&shortened(name, 11));
        format!("<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"#1C1B19\">{name}</text>\n", TOP - 9.0)
    };
    names.enumerate().map(head).collect()
}

fn svg_row(of: &Drawing<'_>, row: &Row, top: f64) -> String {
    let indent = 24.0 + 14.0 * row.depth as f64;
    let name = escaped(&shortened(&row.title, 26));
    let mut drawn = format!("<text x=\"{indent}\" y=\"{:.1}\" fill=\"#1C1B19\">{name}</text>", top + 16.0);
    let skills = of.skills.len();
    match shares(&row.totals) {
        Some(found) => {
            let all = found.kept.iter().chain(&found.needed).enumerate();
            drawn.extend(all.map(|(at, &share)| svg_cell(left(at, skills), top, share)));
        }
        None => {
            let span = CELL * skills as f64 - 2.0;
            drawn.push_str(&svg_none(left(0, skills), top, span, words::IDENTICAL));
            drawn.push_str(&svg_none(left(skills, skills), top, CELL * 3.0 - 2.0, ""));
        }
    }
    drawn + "\n"
}

fn svg_cell(x: f64, top: f64, share: f64) -> String {
    let step = step(share);
    let ink = if step < 4 { "#1C1B19" } else { "#FFFFFF" };
    format!(
        "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"23\" rx=\"3\" fill=\"{}\"/>\
         <text x=\"{:.1}\" y=\"{:.1}\" font-size=\"11\" text-anchor=\"middle\" fill=\"{ink}\">{:.0}</text>",
        top + 1.0,
        CELL - 2.0,
        STEPS[step],
        x + CELL / 2.0 - 1.0,
        top + 16.5,
        share * 100.0
    )
}

fn svg_none(x: f64, top: f64, width: f64, said: &str) -> String {
    let middle = x + width / 2.0;
    format!(
        "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"23\" rx=\"3\" fill=\"url(#none)\"/>\
         <text x=\"{middle:.1}\" y=\"{:.1}\" font-size=\"11\" text-anchor=\"middle\" fill=\"#67645D\" \
         stroke=\"#FFFFFF\" stroke-width=\"4\" paint-order=\"stroke\">{}</text>",
        top + 1.0,
        top + 16.5,
        escaped(said)
    )
}

fn svg_legend(y: f64) -> String {
    let text = |x: f64, said: &str| {
        format!("<text x=\"{x:.1}\" y=\"{:.1}\" font-size=\"11\" fill=\"#67645D\">{}</text>", y + 9.0, escaped(said))
    };
    let step = |(at, colour): (usize, &&str)| {
        let x = 54.0 + 16.0 * at as f64;
        format!("<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"15\" height=\"11\" rx=\"2\" fill=\"{colour}\"/>")
    };
    let steps: String = STEPS.iter().enumerate().map(step).collect();
    let hatch = format!("<rect x=\"290\" y=\"{y:.1}\" width=\"22\" height=\"11\" rx=\"2\" fill=\"url(#none)\"/>");
    let high = format!("{} {}", format::percent(1.0), words::KEPT);
    [
        text(24.0, &format::percent(0.0)),
        steps,
        text(188.0, &high),
        hatch,
        text(318.0, words::NO_CHANGE),
        "\n".to_owned(),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::masks::TensorTally;

    fn tally(name: &str, changed: u64) -> TensorTally {
        TensorTally {
            name: name.into(),
            weights: 100,
            changed,
            agreeing: changed / 2,
            largest: 0.5,
            kept: vec![vec![changed, changed / 2]],
            needed_by: vec![vec![100 - changed, changed - changed / 2, changed / 2]],
            change_by: vec![vec![0.0, 1.0, 4.0]],
        }
    }

    fn found() -> MaskStatistics {
        MaskStatistics {
            skills: ["Flowers, wild", "Signs"].map(str::to_owned).to_vec(),
            columns: vec![vec![0.4, 0.4]],
            tensors: vec![tally("vit.layer.0.w", 80), tally("norm.w", 0)],
            overlap: vec![],
        }
    }

    #[test]
    fn the_table_has_a_line_for_every_layer_and_part_and_the_whole_model() {
        let text = masks_csv(&found(), 0);
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert!(lines[0].starts_with("layer,part,weights,changed,same_sign,\"kept_by_Flowers, wild\",kept_by_Signs"));
        assert_eq!(lines[1], "Block 1,,100,80,40,80,40,20,40,40,0,1,4");
        assert_eq!(lines[2], "Block 1,vit.layer.0.w,100,80,40,80,40,20,40,40,0,1,4");
        assert_eq!(lines[5], "Whole model,,200,80,40,80,40,120,40,40,0,2,8");
        assert_eq!(lines.len(), 7, "a head, two layers with a part each, the whole model, an end");
    }

    #[test]
    fn shares_are_of_all_weights_and_none_where_nothing_changed() {
        let found = found();
        let some = shares(&found.totals(0, [0])).expect("a layer that changed");
        assert_eq!((some.kept, some.needed), (vec![0.8, 0.4], [0.4, 0.4, 0.2]));
        assert_eq!(shares(&found.totals(0, [1])), None);
        assert_eq!([0.0, 0.01, 0.125, 0.126, 1.0, 2.0].map(step), [0, 0, 0, 1, 7, 7]);
    }

    #[test]
    fn the_drawing_shows_every_cell_and_hatches_what_is_identical() {
        let found = found();
        let row = |title: &str, at| Row { title: title.into(), depth: 0, totals: found.totals(0, [at]) };
        let rows = [row("Block 1", 0), row("After <the> blocks", 1)];
        let of = Drawing {
            title: "A & B",
            skills: &found.skills,
            rows: &rows,
            total: &found.totals(0, [0, 1]),
            selectivity: "0.4",
            k: 2,
        };
        let drawn = masks_svg(&of);
        assert!(drawn.contains("<title>A &amp; B</title>") && drawn.contains("After &lt;the&gt; blocks"));
        assert!(drawn.contains(&format!("fill=\"{}\"/><text", STEPS[step(0.8)])) && drawn.contains(">80</text>"));
        assert_eq!(drawn.matches("url(#none)").count(), 3, "two in the row, one in the legend");
        for said in [words::SHARED, words::ONE_SKILL, words::UNUSED, words::NO_CHANGE, words::LEAD] {
            assert!(drawn.contains(said), "{said}");
        }
        let opened = drawn.matches('<').count() - drawn.matches("</").count() - drawn.matches("/>").count();
        assert_eq!(opened, drawn.matches("</").count());
    }
}
