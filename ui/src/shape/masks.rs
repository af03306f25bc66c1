//! Keep-masks as rows of a heat map: which layers stand together, what a threshold removes, which skills agree.

use std::collections::BTreeSet;

use protocol::export::masks::{Row, shares};
use protocol::masks::{GRID, Histogram, MaskStatistics, Totals};
use protocol::recipe::{From, Recipe, Scope};
use protocol::settings::{Combine, On};
use protocol::statistics::{Group, groups};
use protocol::words::screen::masks as words;
use protocol::words::statistics::{group_title, stack};

/// More blocks of one stack than this are put together in groups.
const MANY: usize = 12;
/// Most groups of one stack.
const MOST_GROUPS: usize = 8;

/// Whether masks take part in this method, or are what it makes.
pub fn uses_masks(method: &str) -> bool {
    matches!(method, "consensus" | "tall_masks")
}

/// Everything that counts depend on. Strengths, thresholds and exceptions are not among it.
#[derive(Debug, Clone, PartialEq)]
pub struct CountKey {
    models: Vec<String>,
    on: On,
    trimmed: Option<(f64, Combine)>,
    scaled: Option<(f64, f64)>,
    /// Selectivities that differ from skill to skill.
    own: Option<Vec<f64>>,
}

impl CountKey {
    /// The key of the counts that are shown for this recipe; `None` where there is nothing to count.
    pub fn of(recipe: &Recipe) -> Option<Self> {
        let base = recipe.base.as_ref()?;
        let asked = counted(recipe);
        let settings = asked.settings();
        let models = std::iter::once(base.path.clone()).chain(recipe.experts.iter().map(|one| one.path.clone()));
        let own = Some(settings.selectivity.clone()).filter(|all| all.windows(2).any(|pair| pair[0] != pair[1]));
        (!recipe.experts.is_empty()).then(|| Self {
            models: models.collect(),
            on: settings.on,
            trimmed: (settings.on == On::Ties).then_some((settings.density, settings.combine)),
            scaled: (settings.on == On::Lines).then_some((settings.shallow, settings.deep)),
            own,
        })
    }
}

/// The recipe that counts are asked for: without exceptions, so that every layer is counted, and with masks.
pub fn counted(recipe: &Recipe) -> Recipe {
    let mut asked = recipe.clone();
    asked.scopes = None;
    if !uses_masks(&asked.method.name) {
        asked.method.name = "consensus".to_owned();
        asked.method.parameters.clear();
    }
    asked
}

/// Which column of the counts is shown, and whether it is for exactly what the recipe says.
pub fn column(found: &MaskStatistics, selectivity: &[f64]) -> Option<(usize, bool)> {
    if let Some(exact) = found.column(selectivity) {
        return Some((exact, true));
    }
    let first = *selectivity.first()?;
    let is_uniform = selectivity.iter().all(|&value| value == first);
    let nearest = vec![GRID[place(first)]; selectivity.len()];
    found.column(&nearest).filter(|_| is_uniform).map(|at| (at, false))
}

/// The place on the grid nearest to a selectivity.
pub fn place(selectivity: f64) -> usize {
    let distance = |at: &usize| (GRID[*at] - selectivity).abs();
    (0..GRID.len()).min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or(0)
}

/// A row of the heat map before anything is counted together.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Key, the same from count to count.
    pub key: String,
    /// Name for people.
    pub title: String,
    /// Key of the row that holds it.
    pub parent: Option<String>,
    /// Whether it holds others.
    pub is_foldable: bool,
    /// Places of its tensors.
    pub tensors: Vec<usize>,
    /// What an exception for it is written with.
    pub patterns: Vec<String>,
}

/// All rows in the order of the model; a row that holds others comes before them.
pub fn nodes(found: &MaskStatistics) -> Vec<Node> {
    let names: Vec<&str> = found.tensors.iter().map(|tensor| tensor.name.as_str()).collect();
    let all = groups(&names);
    let leaf = |group: &Group, parent: Option<String>| Node {
        key: group.name.clone(),
        title: group_title(&all, group),
        parent,
        is_foldable: false,
        tensors: group.tensors.clone(),
        patterns: patterns(group, &names),
    };
    let mut rows = Vec::new();
    for run in all.chunk_by(|a, b| a.block.is_some() && b.block.is_some() && stack(&a.name) == stack(&b.name)) {
        if run.len() <= MANY {
            rows.extend(run.iter().map(|group| leaf(group, None)));
            continue;
        }
        for together in run.chunks(size(run.len())) {
            let holder = holder(together, &all, &names);
            let parent = holder.key.clone();
            rows.push(holder);
            rows.extend(together.iter().map(|group| leaf(group, Some(parent.clone()))));
        }
    }
    rows
}

/// How many blocks stand together: a power of two.
fn size(blocks: usize) -> usize {
    let mut size = 2;
    while blocks.div_ceil(size) > MOST_GROUPS {
        size *= 2;
    }
    size
}

fn holder(together: &[Group], all: &[Group], names: &[&str]) -> Node {
    let number = |group: Option<&Group>| group.and_then(|group| group.block).unwrap_or(0) + 1;
    let (first, last) = (number(together.first()), number(together.last()));
    let own = stack(&together[0].name);
    let is_only = all.iter().filter(|group| group.block.is_some()).all(|group| stack(&group.name) == own);
    Node {
        key: format!("{own}.{first}-{last}"),
        title: words::blocks(first, last, (!is_only).then_some(own)),
        parent: None,
        is_foldable: true,
        tensors: together.iter().flat_map(|group| group.tensors.iter().copied()).collect(),
        patterns: together.iter().flat_map(|group| patterns(group, names)).collect(),
    }
}

/// One pattern for a block, the names themselves for anything else.
fn patterns(group: &Group, names: &[&str]) -> Vec<String> {
    let begin = format!("{}.", group.name);
    let own = group.tensors.iter().all(|&at| names[at].starts_with(&begin));
    let all = names.iter().filter(|name| name.starts_with(&begin)).count();
    if group.block.is_some() && own && all == group.tensors.len() {
        return vec![format!("{begin}*")];
    }
    group.tensors.iter().map(|&at| names[at].to_owned()).collect()
}

/// The rows that can be seen while these are open.
pub fn visible<'a>(nodes: &'a [Node], open: &BTreeSet<String>) -> Vec<&'a Node> {
    nodes.iter().filter(|node| node.parent.as_ref().is_none_or(|parent| open.contains(parent))).collect()
}

/// A row with its counts.
pub fn row(found: &MaskStatistics, column: usize, node: &Node) -> Row {
    Row {
        title: node.title.clone(),
        depth: usize::from(node.parent.is_some()),
        totals: found.totals(column, node.tensors.iter().copied()),
    }
}

/// The counts of the whole model.
pub fn whole(found: &MaskStatistics, column: usize) -> Totals {
    found.totals(column, 0..found.tensors.len())
}

/// What becomes of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Treatment {
    /// Mixed, with masks where the method has some.
    Mixed,
    /// Its whole change stays.
    Plain,
    /// Copied from the starting model.
    Base,
    /// Not all of it is treated alike.
    Partly,
}

/// What becomes of a tensor: the first exception that speaks of it says so.
fn from(scopes: &[Scope], name: &str) -> From {
    Scope::first(scopes, name).map_or(From::Mix, |scope| scope.from)
}

/// What becomes of some tensors, given by their names.
pub fn treatment<'a>(scopes: &[Scope], names: impl IntoIterator<Item = &'a str>) -> Treatment {
    let mut all = names.into_iter().map(|name| from(scopes, name));
    let first = all.next().unwrap_or_default();
    if all.any(|other| other != first) {
        return Treatment::Partly;
    }
    match first {
        From::Mix => Treatment::Mixed,
        From::Plain => Treatment::Plain,
        From::Base => Treatment::Base,
    }
}

/// Share of the length of the combined change that is removed, 0 to 1: by the threshold, and by layers that are copied.
pub fn removed_change(found: &MaskStatistics, column: usize, k: u32, scopes: &[Scope]) -> f64 {
    let (mut all, mut gone) = (0.0, 0.0);
    for tensor in &found.tensors {
        let Some(change) = tensor.change_by.get(column) else { continue };
        all += change.iter().sum::<f64>();
        gone += match from(scopes, &tensor.name) {
            From::Mix => change.iter().take(k as usize).sum::<f64>(),
            From::Plain => 0.0,
            From::Base => change.iter().sum(),
        };
    }
    if all > 0.0 { (gone / all).sqrt() } else { 0.0 }
}

/// How many weights so many skills need.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bar {
    /// Weights.
    pub weights: u64,
    /// Share of all weights, 0 to 1.
    pub share: f64,
    /// Length of the bar, 0 to 1; the longest has 1.
    pub length: f64,
    /// Whether the threshold removes them.
    pub is_removed: bool,
}

/// One bar for each number of skills, from none to all.
pub fn bars(totals: &Totals, k: u32) -> Vec<Bar> {
    let most = totals.needed_by.iter().copied().max().unwrap_or(0).max(1) as f64;
    let all = totals.weights.max(1) as f64;
    let bar = |(count, &weights): (usize, &u64)| Bar {
        weights,
        share: weights as f64 / all,
        length: weights as f64 / most,
        is_removed: count < k as usize,
    };
    totals.needed_by.iter().enumerate().map(bar).collect()
}

/// Of the weights that either of two skills keeps, the share that both keep.
pub fn in_common(found: &MaskStatistics, column: usize, a: usize, b: usize) -> Option<f64> {
    let at = |a: usize, b: usize| found.overlap.get(column)?.get(a)?.get(b).copied();
    let both = at(a, b)?;
    let either = at(a, a)? + at(b, b)? - both;
    (a != b && either > 0).then(|| both as f64 / either as f64)
}

/// Two skills and their share in common.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// Index of the one.
    pub a: usize,
    /// Index of the other.
    pub b: usize,
    /// Share, 0 to 1.
    pub share: f64,
}

/// The pairs that have most and least in common.
pub fn extremes(found: &MaskStatistics, column: usize) -> Option<(Pair, Pair)> {
    let count = found.skills.len();
    let pairs = (0..count).flat_map(|a| (a + 1..count).map(move |b| (a, b)));
    let known: Vec<Pair> =
        pairs.filter_map(|(a, b)| in_common(found, column, a, b).map(|share| Pair { a, b, share })).collect();
    let most = known.iter().copied().reduce(|best, one| if one.share > best.share { one } else { best })?;
    let least = known.iter().copied().reduce(|best, one| if one.share < best.share { one } else { best })?;
    Some((most, least))
}

/// Heights of the bars of a histogram, 0 to 1; a bar with any weight can be seen.
pub fn heights(sizes: &Histogram) -> Vec<f64> {
    let most = sizes.counts.iter().copied().max().unwrap_or(0).max(1) as f64;
    let height = |&count: &u64| if count == 0 { 0.0 } else { (count as f64 / most).max(0.02) };
    sizes.counts.iter().map(height).collect()
}

/// Largest absolute change among some tensors.
pub fn reach(found: &MaskStatistics, tensors: &[usize]) -> f64 {
    tensors.iter().filter_map(|&at| found.tensors.get(at)).map(|tensor| tensor.largest).fold(0.0, f64::max)
}

/// A column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// The order of the model.
    Layer,
    /// What the mask of a skill keeps.
    Skill(usize),
    /// What at least two skills need, exactly one, none.
    Needed(usize),
    /// Weights.
    Weights,
    /// Share of the change that is removed.
    Removed,
}

/// All columns of the table.
pub fn columns(skills: usize) -> Vec<Column> {
    let needed = (0..3).map(Column::Needed);
    let own = (0..skills).map(Column::Skill);
    std::iter::once(Column::Layer).chain(own).chain(needed).chain([Column::Weights, Column::Removed]).collect()
}

/// What stands in a column; `None` where there is nothing to keep.
pub fn value(row: &Row, column: Column, k: u32) -> Option<f64> {
    match column {
        Column::Layer => None,
        Column::Skill(at) => shares(&row.totals)?.kept.get(at).copied(),
        Column::Needed(at) => shares(&row.totals)?.needed.get(at).copied(),
        Column::Weights => Some(row.totals.weights as f64),
        Column::Removed => shares(&row.totals).map(|_| row.totals.removed_change(k)),
    }
}

/// Places of the rows, sorted by a column; where there is no value, a row comes last.
pub fn sorted(rows: &[Row], column: Column, is_falling: bool, k: u32) -> Vec<usize> {
    let mut places: Vec<usize> = (0..rows.len()).collect();
    if column == Column::Layer {
        if is_falling {
            places.reverse();
        }
        return places;
    }
    let key = |at: &usize| value(&rows[*at], column, k);
    places.sort_by(|a, b| match (key(a), key(b)) {
        (Some(a), Some(b)) if is_falling => b.total_cmp(&a),
        (Some(a), Some(b)) => a.total_cmp(&b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    });
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::masks::TensorTally;
    use serde_json::json;

    fn tally(name: &str, kept: [u64; 2], both: u64) -> TensorTally {
        let changed = if kept == [0, 0] { 0 } else { 90 };
        let [a, b] = kept;
        let none = 100 - (a + b - both);
        TensorTally {
            name: name.into(),
            weights: 100,
            changed,
            agreeing: 0,
            largest: a as f64 / 100.0,
            kept: vec![vec![a, b]; GRID.len()],
            needed_by: vec![vec![none, a + b - 2 * both, both]; GRID.len()],
            change_by: vec![vec![1.0, 3.0, 12.0]; GRID.len()],
        }
    }

    fn of(tensors: Vec<TensorTally>) -> MaskStatistics {
        MaskStatistics {
            skills: ["A", "B"].map(str::to_owned).to_vec(),
            columns: GRID.iter().map(|&value| vec![value; 2]).collect(),
            tensors,
            overlap: vec![vec![vec![60, 20], vec![20, 40]]; GRID.len()],
        }
    }

    fn deep(blocks: usize) -> MaskStatistics {
        let block = |at| tally(&format!("vit.layer.{at}.w"), [50, 40], 30);
        let mut tensors: Vec<TensorTally> = (0..blocks).map(block).collect();
        tensors.insert(0, tally("vit.embeddings.w", [0, 0], 0));
        tensors.push(tally("vit.norm.w", [10, 10], 10));
        tensors.push(tally("vit.norm.b", [10, 10], 10));
        of(tensors)
    }

    fn recipe(method: &str, parameters: serde_json::Value) -> Recipe {
        let mut recipe = Recipe::new(method, Some("base"), &[("A", "a"), ("B", "b")]);
        recipe.method.parameters = serde_json::from_value(parameters).expect("an object");
        recipe
    }

    #[test]
    fn few_blocks_stand_alone_and_many_in_groups() {
        let titles = |found: &MaskStatistics| -> Vec<String> {
            let nodes = nodes(found);
            visible(&nodes, &BTreeSet::new()).iter().map(|node| node.title.clone()).collect()
        };
        assert_eq!(titles(&deep(2)), ["Embeddings", "Block 1", "Block 2", "After the blocks"]);
        let many = titles(&deep(24));
        assert_eq!((many.len(), many[1].as_str(), many[6].as_str()), (8, "Blocks 1–4", "Blocks 21–24"));
        assert_eq!([13, 16, 17, 32, 48, 80].map(size), [2, 2, 4, 4, 8, 16]);
    }

    #[test]
    fn an_open_group_shows_its_blocks_in_their_order() {
        let nodes = nodes(&deep(24));
        let group = nodes.iter().find(|node| node.title == "Blocks 9–12").expect("a group");
        assert_eq!((group.is_foldable, group.tensors.len()), (true, 4));
        let open = BTreeSet::from([group.key.clone()]);
        let seen: Vec<&str> = visible(&nodes, &open).iter().map(|node| node.title.as_str()).collect();
        assert_eq!(seen[3..8], ["Blocks 9–12", "Block 9", "Block 10", "Block 11", "Block 12"]);
    }

    #[test]
    fn exceptions_are_written_with_one_pattern_for_a_block_and_names_elsewhere() {
        let nodes = nodes(&deep(24));
        let patterns = |title: &str| &nodes.iter().find(|node| node.title == title).expect("a row").patterns;
        assert_eq!(patterns("Block 9"), &["vit.layer.8.*"]);
        assert_eq!(patterns("Blocks 1–4").len(), 4);
        assert_eq!(patterns("After the blocks"), &["vit.norm.b", "vit.norm.w"]);
    }

    #[test]
    fn the_column_is_the_recipes_own_or_the_nearest_step() {
        let found = deep(1);
        assert_eq!(column(&found, &[0.4, 0.4]), Some((4, true)));
        assert_eq!(column(&found, &[0.33, 0.33]), Some((3, false)));
        assert_eq!(column(&found, &[1.9, 1.9]), Some((8, false)));
        assert_eq!(column(&found, &[0.3, 0.4]), None, "to be counted first");
    }

    #[test]
    fn what_leaves_the_counts_alone_is_not_in_their_key() {
        let key = |recipe: &Recipe| CountKey::of(recipe);
        let plain = recipe("consensus", json!({}));
        let mut moved = recipe("consensus", json!({"k": 0, "selectivity": 0.3, "density": 0.5}));
        moved.experts[0].strength = Some(0.9);
        moved.experts[0].skill = "Other".into();
        moved.scopes = Some(vec![]);
        assert_eq!(key(&plain), key(&moved));
        assert_eq!(key(&plain), key(&recipe("average", json!({}))), "counts are those of Balanced");
        assert_eq!(key(&plain), key(&recipe("tall_masks", json!({}))));
        for other in [json!({"on": "ties"}), json!({"selectivity": {"A": 0.3}})] {
            assert_ne!(key(&plain), key(&recipe("consensus", other)));
        }
        let mut alone = plain;
        alone.base = None;
        assert_eq!(key(&alone), None);
    }

    #[test]
    fn exceptions_change_what_is_removed() {
        let found = of(vec![tally("a.0.w", [50, 40], 30), tally("a.1.w", [50, 40], 30)]);
        let scope = |pattern: &str, from| Scope { pattern: pattern.into(), strengths: None, from };
        assert_eq!(removed_change(&found, 0, 0, &[]), 0.0);
        assert_eq!(removed_change(&found, 0, 2, &[]), 0.5);
        assert_eq!(removed_change(&found, 0, 2, &[scope("a.0.*", From::Plain), scope("a.1.*", From::Plain)]), 0.0);
        let copied = removed_change(&found, 0, 0, &[scope("a.0.*", From::Base)]);
        assert!((copied - 0.5f64.sqrt()).abs() < 1e-12);
        assert_eq!(removed_change(&found, 0, 3, &[]), 1.0);
    }

    #[test]
    fn a_row_says_what_becomes_of_it() {
        let scope = |pattern: &str, from| Scope { pattern: pattern.into(), strengths: None, from };
        let scopes = [scope("a.0.*", From::Plain), scope("a.*", From::Base)];
        assert_eq!(treatment(&scopes, ["a.0.w", "a.0.b"]), Treatment::Plain);
        assert_eq!(treatment(&scopes, ["a.0.w", "a.1.w"]), Treatment::Partly);
        assert_eq!(treatment(&scopes, ["a.1.w"]), Treatment::Base);
        assert_eq!(treatment(&scopes, ["b.w"]), Treatment::Mixed);
        assert_eq!(treatment(&scopes, []), Treatment::Mixed);
    }

    #[test]
    fn bars_are_as_long_as_their_counts() {
        let bars = bars(&whole(&of(vec![tally("a.0.w", [50, 40], 30)]), 0), 2);
        let brief: Vec<(u64, bool)> = bars.iter().map(|bar| (bar.weights, bar.is_removed)).collect();
        assert_eq!(brief, [(40, true), (30, true), (30, false)]);
        assert_eq!((bars[0].length, bars[1].length, bars[2].share), (1.0, 0.75, 0.3));
    }

    #[test]
    fn agreement_is_the_share_in_common() {
        let found = deep(1);
        assert_eq!(in_common(&found, 0, 0, 1), Some(0.25));
        assert_eq!(in_common(&found, 0, 1, 1), None);
        let (most, least) = extremes(&found, 0).expect("two skills");
        assert_eq!((most, (least.a, least.b)), (Pair { a: 0, b: 1, share: 0.25 }, (0, 1)));
    }

    #[test]
    fn the_table_is_sorted_by_any_column_and_what_is_nothing_comes_last() {
        let found = deep(2);
        let rows: Vec<Row> = nodes(&found).iter().map(|node| row(&found, 0, node)).collect();
        assert_eq!(sorted(&rows, Column::Layer, false, 2), [0, 1, 2, 3]);
        assert_eq!(sorted(&rows, Column::Layer, true, 2), [3, 2, 1, 0]);
        assert_eq!(sorted(&rows, Column::Skill(0), false, 2), [3, 1, 2, 0]);
        assert_eq!(sorted(&rows, Column::Skill(0), true, 2), [1, 2, 3, 0]);
        assert_eq!(sorted(&rows, Column::Weights, true, 2)[0], 3);
        assert_eq!(columns(2).len(), 8);
        assert_eq!(value(&rows[1], Column::Removed, 2), Some(0.5));
    }

    #[test]
    fn a_single_weight_can_be_seen_in_the_histogram() {
        let sizes = Histogram { reach: 1.0, counts: vec![0, 1, 1000] };
        assert_eq!(heights(&sizes), [0.0, 0.02, 1.0]);
        assert_eq!(reach(&deep(1), &[0, 1]), 0.5);
    }
}
