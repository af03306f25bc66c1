//! A map of trade-offs as one page that needs nothing else: drawings and tables, light and dark.

use super::{PIGMENTS, escaped};
use crate::trade::{TradeCandidate, TradeMap, TradePoint};
use crate::words::format;
use crate::words::trading::{self as words, page as said};

/// Side of a drawing, and the room around it.
const SIDE: f64 = 320.0;
const ROOM: f64 = 44.0;
/// Most drawings of two skills each; with more skills the table says it better.
const MOST_PAIRS: usize = 6;
/// Most estimates in the table.
const MOST_ESTIMATES: usize = 40;

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1C1B19;--ink-3:#67645D;--ground:#FAF9F7;--card:#FFF;--line:#E1DED8;--edge:#85817A}
@media (prefers-color-scheme:dark){:root{--ink:#EDEBE7;--ink-3:#A7A299;--ground:#1B1A18;--card:#242320;--line:#3A3834;--edge:#8F8A81}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--ground);margin:2rem auto;max-width:70rem;padding:0 1rem}
h1{font-size:1.6rem}h2{font-size:1.1rem;margin-top:2rem}p,caption{color:var(--ink-3)}
table{border-collapse:collapse;background:var(--card);width:100%}th,td{border:1px solid var(--line);padding:.35rem .6rem;text-align:left}
td.e{font-style:italic}.maps{display:flex;flex-wrap:wrap;gap:1rem}figure{margin:0;background:var(--card);border:1px solid var(--line);padding:.5rem}
figcaption{color:var(--ink-3)}svg text{fill:var(--ink-3);font-size:11px}.axis{stroke:var(--edge)}.grid{stroke:var(--line)}
.m{fill:var(--ink)}.e{fill:none;stroke:var(--ink);stroke-dasharray:2 2}.r{fill:none;stroke:var(--ink-3);stroke-width:1.5}";

/// The page.
pub fn page(map: &TradeMap, candidates: &[TradeCandidate]) -> String {
    let lead = said::lead(map.measured.len(), map.skills.len(), words::search(map.search));
    let title = escaped(said::TITLE);
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><style>{STYLE}</style></head>\n<body><h1>{title}</h1>\
         <p>{} {}</p>\n{}{}{}{}</body></html>\n",
        escaped(&lead),
        escaped(said::PART),
        table_of_candidates(map, candidates),
        drawings(map),
        table_of_skills(map),
        table_of_points(map),
    )
}

fn table(title: &str, head: &[String], rows: &[(bool, Vec<String>)]) -> String {
    let cells = |tag: &str, fields: &[String]| {
        fields.iter().map(|field| format!("<{tag}>{}</{tag}>", escaped(field))).collect::<String>()
    };
    let row = |(is_estimate, fields): &(bool, Vec<String>)| {
        let cells: String = fields
            .iter()
            .map(|field| format!("<td{}>{}</td>", if *is_estimate { " class=\"e\"" } else { "" }, escaped(field)))
            .collect();
        format!("<tr>{cells}</tr>\n")
    };
    let body: String = rows.iter().map(row).collect();
    format!(
        "<h2>{}</h2>\n<table><thead><tr>{}</tr></thead>\n<tbody>{body}</tbody></table>\n",
        escaped(title),
        cells("th", head)
    )
}

fn table_of_candidates(map: &TradeMap, candidates: &[TradeCandidate]) -> String {
    let rows: Vec<_> =
        candidates.iter().map(|one| (is_estimate(one.point), point(map, words::name(one.name), one.point))).collect();
    table(said::CANDIDATES, &head(map), &rows)
}

fn table_of_points(map: &TradeMap) -> String {
    let step = map.front.len().div_ceil(MOST_ESTIMATES).max(1);
    let measured = (0..map.measured.len()).map(TradePoint::Measured);
    let estimates = (0..map.front.len()).step_by(step).map(TradePoint::Estimate);
    let row = |(at, one): (usize, TradePoint)| (is_estimate(one), point(map, &(at + 1).to_string(), one));
    table(said::ALL, &head(map), &measured.chain(estimates).enumerate().map(row).collect::<Vec<_>>())
}

fn is_estimate(point: TradePoint) -> bool {
    matches!(point, TradePoint::Estimate(_))
}

fn head(map: &TradeMap) -> Vec<String> {
    let skills = map.skills.iter().map(|skill| skill.skill.clone());
    [said::MIX, said::KNOWN].map(str::to_owned).into_iter().chain(skills).chain([said::STRENGTHS.to_owned()]).collect()
}

fn point(map: &TradeMap, name: &str, place: TradePoint) -> Vec<String> {
    let scores = (0..map.skills.len()).map(|skill| words::said(map, place, skill).unwrap_or_default());
    let pairs = map.specialists.iter().zip(map.strengths(place).unwrap_or_default());
    let strengths: Vec<String> = pairs.map(|(name, own)| format!("{name} {}", format::strength(*own))).collect();
    [name.to_owned(), words::kind(place).to_owned()].into_iter().chain(scores).chain([strengths.join(", ")]).collect()
}

fn table_of_skills(map: &TradeMap) -> String {
    let head = [
        said::SKILL,
        said::EXAMPLES,
        said::SPECIALIST,
        said::START,
        words::name(crate::trade::TradeName::EqualMix),
        said::MISS,
    ];
    let row = |skill: &crate::trade::TradeSkill| {
        let base = skill.base.map_or_else(|| said::NOT_KNOWN.to_owned(), |base| format::score(base.value()));
        let miss = words::typical_miss(skill.typical_miss, skill.band);
        let expert = format::score(skill.expert.value());
        let equal = format::score(skill.equal.value());
        (false, vec![skill.skill.clone(), format::grouped(skill.examples), expert, base, equal, miss])
    };
    table(said::SKILLS, &head.map(str::to_owned), &map.skills.iter().map(row).collect::<Vec<_>>())
}

/// A drawing of every pair of skills.
fn drawings(map: &TradeMap) -> String {
    let skills = map.skills.len();
    let pairs = (0..skills).flat_map(|x| (x + 1..skills).map(move |y| (x, y))).take(MOST_PAIRS);
    let all: String = pairs.map(|(x, y)| drawing(map, x, y)).collect();
    if all.is_empty() { all } else { format!("<p>{}</p><div class=\"maps\">{all}</div>\n", escaped(said::LEGEND)) }
}

/// Where scores lie in a drawing: the ends of the axis.
struct Axis {
    least: f64,
    most: f64,
}

impl Axis {
    fn of(map: &TradeMap, skill: usize) -> Self {
        let own = &map.skills[skill];
        let points = map.points().filter_map(|point| map.values(point)).filter_map(|values| values.get(skill).copied());
        let marks = own.base.into_iter().chain([own.equal, own.expert]).map(|score| score.value());
        let (least, most) =
            points.chain(marks).fold((1.0, 0.0), |(least, most): (f64, f64), x| (least.min(x), most.max(x)));
        let least = ((least - 0.01).max(0.0) * 20.0).floor() / 20.0;
        Self { least, most: (((most + 0.01) * 20.0).ceil() / 20.0).clamp(least + 0.05, 1.05) }
    }

    /// 0 at the least, 1 at the most.
    fn share(&self, score: f64) -> f64 {
        (score - self.least) / (self.most - self.least)
    }
}

fn drawing(map: &TradeMap, x: usize, y: usize) -> String {
    let (across, up) = (Axis::of(map, x), Axis::of(map, y));
    let place = |values: &[f64]| (ROOM + SIDE * across.share(values[x]), SIDE * (1.0 - up.share(values[y])) + 8.0);
    let mark = |point: TradePoint| {
        let values = map.values(point)?;
        Some(if is_estimate(point) { diamond(place(&values)) } else { circle(place(&values)) })
    };
    let points: String = map.points().filter_map(mark).collect();
    let caption = escaped(&said::axes(&map.skills[x].skill, &map.skills[y].skill));
    let size = SIDE + ROOM + 16.0;
    format!(
        "<figure><svg width=\"{size}\" height=\"{size}\" viewBox=\"0 0 {size} {size}\" role=\"img\" aria-label=\"{caption}\">\
         {}{points}{}</svg><figcaption>{caption}</figcaption></figure>\n",
        axes(&across, &up),
        references(map, x, y, &place),
    )
}

fn axes(across: &Axis, up: &Axis) -> String {
    let (bottom, right) = (SIDE + 8.0, ROOM + SIDE);
    let mut all = format!(
        "<path class=\"axis\" fill=\"none\" d=\"M{ROOM} 8V{bottom}H{right}\"/>\
         <text x=\"{ROOM}\" y=\"{}\">{}</text><text x=\"{right}\" y=\"{}\" text-anchor=\"end\">{}</text>",
        bottom + 16.0,
        format::score(across.least),
        bottom + 16.0,
        format::score(across.most.min(1.0)),
    );
    for (score, y) in [(up.least, bottom), (up.most.min(1.0), SIDE * (1.0 - up.share(up.most.min(1.0))) + 16.0)] {
        all.push_str(&format!(
            "<text x=\"{}\" y=\"{y}\" text-anchor=\"end\">{}</text>",
            ROOM - 4.0,
            format::score(score)
        ));
    }
    all
}

/// The starting model, the equal mix, and the two specialists alone.
fn references(map: &TradeMap, x: usize, y: usize, place: &impl Fn(&[f64]) -> (f64, f64)) -> String {
    let whole = |of: &dyn Fn(usize) -> Option<f64>| -> Option<(f64, f64)> {
        let mut values = vec![0.0; map.skills.len()];
        (values[x], values[y]) = (of(x)?, of(y)?);
        Some(place(&values))
    };
    let base = whole(&|skill| map.skills[skill].base.map(|score| score.value()));
    let equal = whole(&|skill| Some(map.skills[skill].equal.value()));
    let cross = |(x, y): (f64, f64)| format!("<path class=\"r\" d=\"M{} {}l8 8m0 -8l-8 8\"/>", x - 4.0, y - 4.0);
    let square = |(x, y): (f64, f64)| {
        format!("<rect class=\"r\" x=\"{}\" y=\"{}\" width=\"8\" height=\"8\"/>", x - 4.0, y - 4.0)
    };
    let alone = [x, y].map(|own| {
        let specialist = map.skills[own].specialist;
        let at = whole(&|skill| map.skills[skill].alone.get(specialist).copied().flatten().map(|score| score.value()));
        let colour = PIGMENTS[1 + specialist % (PIGMENTS.len() - 1)];
        at.map(|(x, y)| format!("<path fill=\"{colour}\" d=\"M{x} {}l6 10h-12z\"/>", y - 6.0))
    });
    base.map(cross).into_iter().chain(equal.map(square)).chain(alone.into_iter().flatten()).collect()
}

fn circle((x, y): (f64, f64)) -> String {
    format!("<circle class=\"m\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"/>")
}

fn diamond((x, y): (f64, f64)) -> String {
    format!("<path class=\"e\" d=\"M{x:.1} {:.1}l4 4l-4 4l-4 -4z\"/>", y - 4.0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use crate::score::{Estimate, Measured, Metric};
    use crate::trade::{TradeBand, TradeEstimate, TradeMix, TradeName, TradeSearch, TradeSkill};

    fn share(correct: u64) -> Measured {
        Measured::share(correct, 100).unwrap()
    }

    fn map(names: &[&str]) -> TradeMap {
        let skill = |(specialist, name): (usize, &&str)| TradeSkill {
            skill: (*name).to_owned(),
            specialist,
            metric: Metric::Accuracy,
            examples: 100,
            expert: share(90),
            base: Some(share(20)),
            equal: share(60),
            alone: names.iter().map(|_| Some(share(40))).collect(),
            typical_miss: Some(0.02),
            band: TradeBand::Fair,
        };
        let count = names.len();
        let estimate = TradeEstimate {
            strengths: vec![0.2; count],
            values: vec![Estimate::new(0.7); count],
            misses: Some(vec![0.02; count]),
        };
        TradeMap {
            specialists: names.iter().map(|name| (*name).to_owned()).collect(),
            skills: names.iter().enumerate().map(skill).collect(),
            search: TradeSearch::Map,
            most_strength: 1.0,
            budget: 2,
            measured: vec![TradeMix { strengths: vec![0.5; count], scores: vec![share(60); count], expected: None }],
            front: vec![estimate],
            hypervolume: None,
            seconds: 1.0,
            problems: vec![],
        }
    }

    #[test]
    fn the_page_stands_alone_and_names_are_no_markup() {
        let map = map(&["<b>A&B</b>", "C"]);
        let picked = [TradeCandidate { name: TradeName::Even, point: TradePoint::Estimate(0) }];
        let page = page(&map, &picked);
        assert!(page.contains("&lt;b&gt;A&amp;B&lt;/b&gt;") && !page.contains("<b>"));
        for outside in ["http:", "https:", "<script", "<link", "src="] {
            assert!(!page.contains(outside), "{outside}");
        }
        assert_eq!((page.matches("<circle").count(), page.matches("class=\"e\" d=").count()), (1, 1));
        assert!(page.contains("~70\u{202f}%, 68–72") && page.contains("60.0\u{202f}%, 100 examples, ±4.9"));
    }

    #[test]
    fn every_pair_of_skills_has_a_drawing() {
        assert_eq!(page(&map(&["A", "B", "C"]), &[]).matches("<svg").count(), 3);
        assert_eq!(page(&map(&["A"]), &[]).matches("<svg").count(), 0);
        assert_eq!(page(&map(&["A", "B", "C", "D", "E"]), &[]).matches("<svg").count(), MOST_PAIRS);
    }
}
