//! Tables and drawings of scores, as texts that other programs open.
//!
//! Tables are CSV after RFC 4180: lines end with CR LF, fields with commas, quotes or line ends stand in quotes. What a
//! spreadsheet would take for a formula gets an apostrophe before it.
//! Scores in them are shares from 0 to 1; percent are for drawings, which people read.

pub mod masks;
pub mod trade;

use crate::measure::{CrossTable, Subject};
use crate::score::{Measured, Metric, Part, SkillScore};
use crate::words::format;
use crate::words::screen::scores as words;

/// Colours of the pigments in the light theme, by index; 0 is the starting model's.
pub const PIGMENTS: [&str; 13] = [
    "#817D75", "#B7381A", "#2C23B3", "#177162", "#C0730E", "#8F39E2", "#008BB5", "#740043", "#3D3A05", "#6C4120",
    "#435871", "#DA30A5", "#608549",
];

/// One skill in a drawing of scores.
#[derive(Debug, Clone, Copy)]
pub struct Bar<'a> {
    /// Name of the skill now.
    pub skill: &'a str,
    /// Index of its pigment.
    pub pigment: u8,
    /// Its score.
    pub score: &'a SkillScore,
}

/// Rows of fields as CSV.
pub fn csv(rows: &[Vec<String>]) -> String {
    let line = |row: &Vec<String>| row.iter().map(|field| quoted(field)).collect::<Vec<_>>().join(",") + "\r\n";
    rows.iter().map(line).collect()
}

fn quoted(field: &str) -> String {
    let is_formula = field.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let field = if is_formula { format!("'{field}") } else { field.to_owned() };
    if field.contains([',', '"', '\r', '\n']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field }
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

fn measured(score: Option<Measured>) -> String {
    number(score.map(Measured::value))
}

/// Scores of a mix, one line for each skill. The columns have the names of the fields in the result of `measure`.
pub fn scores_csv(bars: &[Bar<'_>], part: Part) -> String {
    let head = "skill,part,metric,value,low,high,correct,examples,available,expert,base,equal,share_of_expert,\
                mean_per_class,top5,ece,skipped,examples_from";
    let mut rows = vec![head.split(',').map(str::to_owned).collect()];
    rows.extend(bars.iter().map(|bar| score_row(bar, part)));
    csv(&rows)
}

fn score_row(bar: &Bar<'_>, part: Part) -> Vec<String> {
    let score = bar.score;
    let metric = match score.metric {
        Metric::Accuracy => "accuracy",
        Metric::Agreement => "agreement",
    };
    vec![
        bar.skill.to_owned(),
        part.name().to_owned(),
        metric.to_owned(),
        measured(Some(score.value)),
        score.interval[0].to_string(),
        score.interval[1].to_string(),
        score.correct.to_string(),
        score.examples.to_string(),
        score.available.to_string(),
        measured(score.references.expert),
        measured(score.references.base),
        measured(score.references.equal),
        number(score.share_of_expert()),
        number(score.mean_per_class),
        number(score.top5),
        number(score.ece),
        score.skipped.len().to_string(),
        score.examples_from.clone(),
    ]
}

/// Every model on every skill: one line for each model, one column for each skill.
pub fn cross_csv(table: &CrossTable) -> String {
    let mut rows = vec![[vec!["model".to_owned()], table.skills.clone()].concat()];
    rows.extend(table.rows.iter().map(|row| {
        let name = match &row.model {
            Subject::Base => "base".to_owned(),
            Subject::Expert(skill) => skill.clone(),
            Subject::Equal => "equal".to_owned(),
            Subject::Mix => "mix".to_owned(),
        };
        let scores = row.scores.iter().map(|score| measured(*score));
        std::iter::once(name).chain(scores).collect()
    }));
    csv(&rows)
}

/// How often each class (line) was answered as each class (column).
pub fn confusion_csv(score: &SkillScore) -> String {
    let mut rows = vec![[vec![String::new()], score.labels.clone()].concat()];
    rows.extend(
        score
            .labels
            .iter()
            .zip(&score.confusion)
            .map(|(label, counts)| std::iter::once(label.clone()).chain(counts.iter().map(u64::to_string)).collect()),
    );
    csv(&rows)
}

/// Width of a drawing.
const WIDTH: f64 = 760.0;
/// Where bars begin, and how long one of 100 % is.
const BAR: (f64, f64) = (176.0, 380.0);
/// Height of a row.
const ROW: f64 = 34.0;
/// Where the first row begins.
const TOP: f64 = 78.0;
/// Longest name of a skill that is written out.
const LONGEST: usize = 22;

/// Scores of a mix as a drawing with title and legend, light whatever the theme.
pub fn scores_svg(title: &str, bars: &[Bar<'_>], part: Part) -> String {
    let bottom = TOP + ROW * bars.len() as f64;
    let height = bottom + 66.0;
    let spoken: Vec<words::Spoken<'_>> = bars
        .iter()
        .map(|bar| words::Spoken {
            skill: bar.skill,
            score: Some(bar.score.value.value()),
            share: bar.score.share_of_expert(),
        })
        .collect();
    let rows: String = bars.iter().enumerate().map(|(at, bar)| svg_row(bar, TOP + ROW * at as f64)).collect();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         role=\"img\" font-family=\"system-ui, sans-serif\" font-size=\"13\" fill=\"#4A4843\">\n\
         <title>{title}</title>\n<desc>{desc}</desc>\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#FFFFFF\"/>\n\
         <text x=\"24\" y=\"36\" font-size=\"17\" font-weight=\"600\" fill=\"#1C1B19\">{title}</text>\n\
         <text x=\"24\" y=\"57\" font-size=\"12\">{heading}, {which}</text>\n{axis}{rows}{legend}</svg>\n",
        title = escaped(title),
        desc = escaped(&words::summary(&spoken, part, false)),
        heading = escaped(words::TITLE),
        which = escaped(words::part(part)),
        axis = svg_axis(bottom),
        legend = svg_legend(bottom + 42.0),
    )
}

fn place(score: f64) -> f64 {
    BAR.0 + BAR.1 * score.clamp(0.0, 1.0)
}

fn svg_axis(bottom: f64) -> String {
    let tick = |share: f64| {
        let (x, said) = (place(share), format::percent(share));
        format!(
            "<path d=\"M{x:.1} {TOP}V{bottom}\" stroke=\"#E8E5DF\"/>\
             <text x=\"{x:.1}\" y=\"{:.1}\" font-size=\"11\" text-anchor=\"middle\" fill=\"#67645D\">{said}</text>\n",
            bottom + 15.0
        )
    };
    [0.0, 0.25, 0.5, 0.75, 1.0].map(tick).concat()
}

fn svg_row(bar: &Bar<'_>, top: f64) -> String {
    let score = bar.score;
    let colour = PIGMENTS[usize::from(bar.pigment).min(PIGMENTS.len() - 1)];
    let middle = top + ROW / 2.0;
    let mix = score.value.value();
    let mut drawn = format!(
        "<text x=\"24\" y=\"{:.1}\" fill=\"#1C1B19\">{}</text>\
         <rect x=\"{}\" y=\"{:.1}\" width=\"{}\" height=\"12\" rx=\"2\" fill=\"#EBE9E4\"/>\
         <rect x=\"{}\" y=\"{:.1}\" width=\"{:.1}\" height=\"12\" rx=\"2\" fill=\"{colour}\"/>",
        middle + 4.5,
        escaped(&shortened(bar.skill, LONGEST)),
        BAR.0,
        middle - 6.0,
        BAR.1,
        BAR.0,
        middle - 6.0,
        place(mix) - BAR.0,
    );
    let references = [
        score.references.base.map(|base| svg_base(place(base.value()), middle)),
        score.references.equal.map(|equal| svg_equal(place(equal.value()), middle)),
        score.references.expert.map(|expert| svg_expert(place(expert.value()), middle)),
    ];
    drawn.extend(references.into_iter().flatten());
    drawn.push_str(&format!(
        "<text x=\"624\" y=\"{y:.1}\" text-anchor=\"end\" font-weight=\"600\" fill=\"#1C1B19\">{}</text>\
         <text x=\"634\" y=\"{y:.1}\" font-size=\"12\" fill=\"#67645D\">{}</text>\n",
        format::score(mix),
        escaped(&beside(score)),
        y = middle + 4.5,
    ));
    drawn
}

/// What stands right of a score: how sure it is, and its share of the specialist's.
fn beside(score: &SkillScore) -> String {
    let around = words::around((score.interval[1] - score.interval[0]) / 2.0);
    match (score.metric, score.share_of_expert()) {
        (Metric::Accuracy, Some(share)) => format!("{around} · {} {}", format::percent(share), words::OF_ITS_OWN),
        _ => around,
    }
}

fn svg_base(x: f64, middle: f64) -> String {
    format!(
        "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"2\" height=\"12\" fill=\"#FFFFFF\"/>\
         <rect x=\"{:.1}\" y=\"{:.1}\" width=\"2\" height=\"4\" fill=\"#817D75\"/>",
        x - 1.0,
        middle - 6.0,
        x - 1.0,
        middle + 7.0
    )
}

fn svg_equal(x: f64, middle: f64) -> String {
    format!(
        "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"5\" height=\"16\" rx=\"1.5\" fill=\"#FFFFFF\" stroke=\"#1C1B19\"/>",
        x - 2.5,
        middle - 8.0
    )
}

fn svg_expert(x: f64, middle: f64) -> String {
    format!(
        "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"2\" height=\"20\" rx=\"1\" fill=\"#1C1B19\"/>",
        x - 1.0,
        middle - 10.0
    )
}

fn svg_legend(y: f64) -> String {
    let label = |x: f64, text: &str| {
        format!("<text x=\"{x}\" y=\"{:.1}\" font-size=\"11\" fill=\"#67645D\">{}</text>", y + 4.0, escaped(text))
    };
    [
        svg_expert(BAR.0, y),
        label(BAR.0 + 10.0, words::OWN),
        format!(
            "<rect x=\"{}\" y=\"{:.1}\" width=\"14\" height=\"12\" rx=\"2\" fill=\"#817D75\"/>",
            BAR.0 + 126.0,
            y - 6.0
        ),
        svg_base(BAR.0 + 133.0, y),
        label(BAR.0 + 147.0, words::BASE),
        svg_equal(BAR.0 + 252.0, y),
        label(BAR.0 + 263.0, words::EQUAL),
        "\n".to_owned(),
    ]
    .concat()
}

fn shortened(name: &str, longest: usize) -> String {
    if name.chars().count() <= longest {
        name.to_owned()
    } else {
        format!("{}…", name.chars().take(longest - 1).collect::<String>())
    }
}

/// A text inside XML: markup is written as entities; characters that XML does not know are left out.
fn escaped(text: &str) -> String {
    let known = |letter: &char| !letter.is_control() || matches!(letter, '\t' | '\n');
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars().filter(known) {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::CrossRow;
    use crate::score::{References, Skipped};

    fn share(correct: u64, examples: u64) -> Measured {
        Measured::share(correct, examples).expect("a share of something")
    }

    fn score(skill: &str) -> SkillScore {
        SkillScore {
            skill: skill.into(),
            head_from: "flowers".into(),
            examples_from: "Flowers, \"new\".zip".into(),
            available: 8,
            metric: Metric::Accuracy,
            value: share(3, 4),
            correct: 3,
            examples: 4,
            interval: [0.5, 0.875],
            mean_per_class: Some(0.25),
            top5: Some(1.0),
            ece: None,
            references: References { expert: Some(share(4, 4)), base: Some(share(1, 4)), equal: None },
            labels: vec!["rose, red".into(), "oak".into()],
            confusion: vec![vec![2, 1], vec![0, 1]],
            skipped: vec![Skipped { file: "a".into(), why: "b".into() }],
        }
    }

    fn bar(score: &SkillScore) -> Bar<'_> {
        Bar { skill: "Flowers", pigment: 1, score }
    }

    #[test]
    fn scores_are_one_line_for_each_skill() {
        let score = score("Flowers");
        let text = scores_csv(&[bar(&score)], Part::Choose);
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert_eq!(
            lines[1],
            "Flowers,choose,accuracy,0.75,0.5,0.875,3,4,8,1,0.25,,0.75,0.25,1,,1,\"Flowers, \"\"new\"\".zip\""
        );
        assert_eq!(lines[0].split(',').count(), 18);
        assert_eq!((lines.len(), lines[2]), (3, ""));
    }

    #[test]
    fn fields_are_quoted_only_where_they_must_be() {
        let row = ["plain", "a,b", "a\"b", "a\nb", "=1+1", ""].map(str::to_owned).to_vec();
        assert_eq!(csv(&[row]), "plain,\"a,b\",\"a\"\"b\",\"a\nb\",'=1+1,\r\n");
    }

    #[test]
    fn the_cross_table_keeps_holes() {
        let row = |model, scores| CrossRow { model, scores };
        let table = CrossTable {
            skills: vec!["Flowers".into(), "Signs".into()],
            metrics: vec![Metric::Accuracy; 2],
            rows: vec![
                row(Subject::Base, vec![Some(share(1, 4)), None]),
                row(Subject::Expert("Signs".into()), vec![None, Some(share(1, 1))]),
            ],
        };
        assert_eq!(cross_csv(&table), "model,Flowers,Signs\r\nbase,0.25,\r\nSigns,,1\r\n");
    }

    #[test]
    fn the_confusion_names_its_lines_and_columns() {
        assert_eq!(confusion_csv(&score("Flowers")), ",\"rose, red\",oak\r\n\"rose, red\",2,1\r\noak,0,1\r\n");
    }

    #[test]
    fn a_drawing_is_well_formed_whatever_the_names_are() {
        let score = score("x");
        let name = "A & B <script> \"quoted\" 'name' that is long\u{7}";
        let drawn = scores_svg(name, &[Bar { skill: name, pigment: 200, score: &score }], Part::Judge);
        assert!(
            drawn.contains("<title>A &amp; B &lt;script&gt; &quot;quoted&quot; &#39;name&#39; that is long</title>")
        );
        assert!(!drawn.contains("<script>") && !drawn.contains('\u{7}'));
        assert!(drawn.contains(PIGMENTS[12]), "a pigment beyond the last is drawn as the last");
        // Every element is closed: `<a …/>`, `<a …>…</a>`.
        let opened = drawn.matches('<').count() - drawn.matches("</").count() - drawn.matches("/>").count();
        assert_eq!(opened, drawn.matches("</").count());
    }

    #[test]
    fn bars_are_as_long_as_their_scores() {
        let score = score("Flowers");
        let drawn = scores_svg("Field guide", &[bar(&score)], Part::Choose);
        assert!(drawn.contains(&format!(
            "width=\"{:.1}\" height=\"12\" rx=\"2\" fill=\"{}\"",
            BAR.1 * 0.75,
            PIGMENTS[1]
        )));
        assert!(drawn.contains("75.0\u{202f}%") && drawn.contains("±18.8 · 75\u{202f}% of its own"), "{drawn}");
        assert!(drawn.contains("examples for choosing"));
        for mark in [words::OWN, words::BASE, words::EQUAL] {
            assert!(drawn.contains(mark), "the legend explains {mark}");
        }
    }
}
