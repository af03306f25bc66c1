//! Which skills fight? How large the change of each skill is, and how the changes lie to each other, layer by layer.
//!
//! The change of a skill is its task vector, specialist minus starting model. All numbers follow from the inner
//! products of the changes: a length is the root of a product with itself, a cosine a product over both lengths.
//! A cosine of 1 means that two changes go the same way, 0 that they do not touch each other, −1 that each undoes
//! the other. Source: Ilharco et al. 2023, arXiv:2212.04089.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::numbered;

/// Name of the layer that holds what comes before the numbered blocks.
pub const EMBEDDINGS: &str = "embeddings";
/// Name of the layer that holds what comes after them.
pub const AFTER: &str = "after";
/// Name of all layers together.
pub const TOTAL: &str = "total";

/// Cosines closer to zero than this are called none in sentences. Independent fine-tunes of one model lie a few
/// hundredths apart from a right angle (figure 5 of the source), so only what exceeds that is worth a word.
const WORTH_A_WORD: f64 = 0.05;
/// Layers of less than this part of the mean layer are left out of sentences, such as a last norm of some hundred
/// numbers: what happens in them hardly reaches the model.
const LEAST_PART: f64 = 0.1;
/// Standard deviations of the cosine of two random changes that chance hardly exceeds.
const CHANCE: f64 = 3.0;

/// What a sweep over the models finds about one tensor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Products {
    /// Name of the tensor.
    pub name: String,
    /// Its elements.
    pub elements: u64,
    /// Squared length of the starting model's elements.
    pub base: f64,
    /// Inner products of the changes of all pairs of skills: \[T\]\[T\], symmetric.
    pub gram: Vec<Vec<f64>>,
}

/// One tensor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Name of the tensor.
    pub name: String,
    /// Its elements.
    pub elements: u64,
    /// Length of each skill's change.
    pub change: Vec<f64>,
    /// The same over the length of the starting model; `None` where that is zero.
    pub relative: Vec<Option<f64>>,
    /// Cosine between the changes of every pair of skills; `None` where one of them is zero.
    pub cosine: Vec<Vec<Option<f64>>>,
}

/// The tensors of one layer together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Layer {
    /// Key of the layer: [`EMBEDDINGS`], [`AFTER`], [`TOTAL`], what its tensors' names begin with, such as
    /// `vit.encoder.layer.3`, or a module's name where nothing is numbered. For people: `words::statistics::title`.
    pub name: String,
    /// Number of the block, if it is one.
    pub block: Option<u64>,
    /// Its tensors.
    pub tensors: u64,
    /// Their elements.
    pub elements: u64,
    /// Length of each skill's change.
    pub change: Vec<f64>,
    /// The same over the length of the starting model; `None` where that is zero.
    pub relative: Vec<Option<f64>>,
    /// Cosine between the changes of every pair of skills; `None` where one of them is zero.
    pub cosine: Vec<Vec<Option<f64>>>,
    /// The tensors one by one, in natural order; empty for the total.
    pub parts: Vec<Part>,
}

/// How the changes of all skills lie to each other, layer by layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerStatistics {
    /// Names of the skills, in the order of all lists below.
    pub skills: Vec<String>,
    /// What comes before the blocks, the blocks in natural order, what comes after them.
    pub layers: Vec<Layer>,
    /// The whole body.
    pub total: Layer,
}

/// Two skills in one layer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// Index of the layer.
    pub layer: usize,
    /// Index of the first skill.
    pub a: usize,
    /// Index of the second skill, greater than `a`.
    pub b: usize,
    /// Cosine between their changes.
    pub cosine: f64,
}

impl LayerStatistics {
    /// Groups what was found about the tensors of a body into layers.
    pub fn new(skills: Vec<String>, tensors: &[Products]) -> Self {
        let names: Vec<&str> = tensors.iter().map(|tensor| tensor.name.as_str()).collect();
        let count = skills.len();
        let layers = groups(&names).into_iter().map(|group| group.layer(count, tensors)).collect();
        let all = Sums::of(count, tensors);
        Self { skills, layers, total: all.layer(TOTAL.to_owned(), None, tensors.len(), Vec::new()) }
    }

    /// The two skills, and the layer, whose changes oppose each other most: the lowest cosine of all.
    ///
    /// `None` if no layer has two skills that changed it.
    pub fn most_opposed(&self) -> Option<Pair> {
        self.pairs().min_by(|one, other| one.cosine.total_cmp(&other.cosine))
    }

    /// The two skills, and the layer, whose changes go the same way most: the highest cosine of all.
    pub fn most_alike(&self) -> Option<Pair> {
        self.pairs().max_by(|one, other| one.cosine.total_cmp(&other.cosine))
    }

    /// The most opposed pair of those that oppose each other by more than chance, in layers that count; `None` if none
    /// does.
    pub fn conflict(&self) -> Option<Pair> {
        let opposed = self.pairs().filter(|pair| pair.cosine < 0.0 && self.is_worth_a_word(pair));
        opposed.min_by(|one, other| one.cosine.total_cmp(&other.cosine))
    }

    /// The most alike pair of those that go the same way by more than chance, in layers that count; `None` if none does.
    pub fn harmony(&self) -> Option<Pair> {
        let alike = self.pairs().filter(|pair| pair.cosine > 0.0 && self.is_worth_a_word(pair));
        alike.max_by(|one, other| one.cosine.total_cmp(&other.cosine))
    }

    /// Whether a cosine is more than chance gives two changes that have nothing to do with each other, in a layer that
    /// counts.
    ///
    /// The cosine of two random vectors of n elements has a standard deviation of 1/√n.
    fn is_worth_a_word(&self, pair: &Pair) -> bool {
        let elements = self.layers.get(pair.layer).map_or(0, |layer| layer.elements) as f64;
        let mean = self.total.elements as f64 / self.layers.len().max(1) as f64;
        elements >= LEAST_PART * mean && pair.cosine.abs() > WORTH_A_WORD.max(CHANCE / elements.max(1.0).sqrt())
    }

    /// All pairs of skills in all layers, where both have changed the layer.
    fn pairs(&self) -> impl Iterator<Item = Pair> {
        let layers = self.layers.iter().enumerate();
        layers.flat_map(|(at, layer)| layer.pairs().map(move |(a, b, cosine)| Pair { layer: at, a, b, cosine }))
    }
}

impl Layer {
    /// The largest cosine between two skills, whatever its sign.
    pub fn farthest_from_zero(&self) -> Option<f64> {
        self.pairs().map(|(.., cosine)| cosine.abs()).max_by(f64::total_cmp)
    }

    /// The two skills whose changes to this layer oppose each other most, with their cosine.
    pub fn most_opposed(&self) -> Option<(usize, usize, f64)> {
        self.pairs().min_by(|one, other| one.2.total_cmp(&other.2))
    }

    /// Pairs of different skills that both have changed this layer, with their cosine.
    fn pairs(&self) -> impl Iterator<Item = (usize, usize, f64)> {
        let rows = self.cosine.iter().enumerate();
        rows.flat_map(|(a, row)| {
            let later = row.iter().enumerate().skip(a + 1);
            later.filter_map(move |(b, cosine)| cosine.map(|cosine| (a, b, cosine)))
        })
    }
}

/// Where a tensor stands in its model, in the order of layers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Before,
    Block { stack: Natural, number: u64 },
    Module(Natural),
    After,
}

impl Place {
    fn of(name: &str, has_blocks: bool) -> Self {
        match numbered(name) {
            Some((stack, number)) => Place::Block { stack: Natural(stack.to_owned()), number },
            None if !has_blocks => Place::Module(Natural(module(name).to_owned())),
            None if comes_before(name) => Place::Before,
            None => Place::After,
        }
    }

    /// Key of the layer, and the number of its block.
    fn named(self) -> (String, Option<u64>) {
        match self {
            Place::Before => (EMBEDDINGS.to_owned(), None),
            Place::Block { stack, number } => (format!("{}{number}", stack.0), Some(number)),
            Place::Module(name) => (name.0, None),
            Place::After => (AFTER.to_owned(), None),
        }
    }
}

/// The tensors that make up one layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Key of the layer, as in [`Layer::name`].
    pub name: String,
    /// Number of the block, if it is one.
    pub block: Option<u64>,
    /// Places of its tensors among all, in natural order of their names.
    pub tensors: Vec<usize>,
}

/// Groups the tensors of a body, given by their names, into layers: what comes before the blocks, the blocks in natural
/// order, what comes after them.
pub fn groups(names: &[&str]) -> Vec<Group> {
    let has_blocks = names.iter().any(|name| numbered(name).is_some());
    let mut layers: BTreeMap<Place, Vec<usize>> = BTreeMap::new();
    for (at, name) in names.iter().enumerate() {
        layers.entry(Place::of(name, has_blocks)).or_default().push(at);
    }
    let group = |(place, mut tensors): (Place, Vec<usize>)| {
        tensors.sort_by(|&a, &b| natural(names[a], names[b]));
        let (name, block) = place.named();
        Group { name, block, tensors }
    };
    layers.into_iter().map(group).collect()
}

impl Group {
    fn layer(self, skills: usize, all: &[Products]) -> Layer {
        let members: Vec<&Products> = self.tensors.iter().map(|&at| &all[at]).collect();
        let sums = Sums::of(skills, members.iter().copied());
        let parts: Vec<Part> = members.iter().map(|member| Sums::of(skills, [*member]).part(&member.name)).collect();
        sums.layer(self.name, self.block, parts.len(), parts)
    }
}

/// Whether a tensor outside the blocks is one through which the input comes in.
fn comes_before(name: &str) -> bool {
    const WORDS: [&str; 12] = [
        "wte",
        "wpe",
        "cls_token",
        "class_token",
        "mask_token",
        "distillation_token",
        "pos_emb",
        "stem",
        "conv1",
        "shared",
        "ln_pre",
        "pre_layrnorm",
    ];
    name.split('.').any(|component| component.contains("embed") || WORDS.contains(&component))
}

/// The name without its last component: `fc1` of `fc1.weight`.
fn module(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(module, _)| module)
}

/// A name that is ordered as people do: numbers by their value.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Natural(String);

impl PartialOrd for Natural {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Natural {
    fn cmp(&self, other: &Self) -> Ordering {
        natural(&self.0, &other.0)
    }
}

/// Compares dotted names component by component, numbers by their value.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a.split('.'), b.split('.'));
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return a.cmp(b),
            (one, other) => one.map(component).cmp(&other.map(component)),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// A number by its value, before words.
fn component(text: &str) -> (bool, u64, &str) {
    match text.parse() {
        Ok(number) => (false, number, ""),
        Err(_) => (true, 0, text),
    }
}

/// Inner products of several tensors together: the products of their elements put in one row.
struct Sums {
    elements: u64,
    base: f64,
    gram: Vec<Vec<f64>>,
}

impl Sums {
    fn of<'a>(skills: usize, tensors: impl IntoIterator<Item = &'a Products>) -> Self {
        let mut sums = Self { elements: 0, base: 0.0, gram: vec![vec![0.0; skills]; skills] };
        for tensor in tensors {
            sums.elements += tensor.elements;
            sums.base += tensor.base;
            for (row, own) in sums.gram.iter_mut().zip(&tensor.gram) {
                row.iter_mut().zip(own).for_each(|(sum, product)| *sum += product);
            }
        }
        sums
    }

    fn part(&self, name: &str) -> Part {
        Part {
            name: name.to_owned(),
            elements: self.elements,
            change: self.change(),
            relative: self.relative(),
            cosine: self.cosine(),
        }
    }

    fn layer(&self, name: String, block: Option<u64>, tensors: usize, parts: Vec<Part>) -> Layer {
        Layer {
            name,
            block,
            tensors: tensors as u64,
            elements: self.elements,
            change: self.change(),
            relative: self.relative(),
            cosine: self.cosine(),
            parts,
        }
    }

    fn change(&self) -> Vec<f64> {
        self.gram.iter().enumerate().map(|(at, row)| row[at].max(0.0).sqrt()).collect()
    }

    fn relative(&self) -> Vec<Option<f64>> {
        let base = self.base.max(0.0).sqrt();
        self.change().into_iter().map(|change| (base > 0.0).then(|| change / base)).collect()
    }

    fn cosine(&self) -> Vec<Vec<Option<f64>>> {
        let change = self.change();
        let cosine = |a: usize, b: usize| {
            let lengths = change[a] * change[b];
            // Roundings may lead a little beyond one.
            (lengths > 0.0).then(|| if a == b { 1.0 } else { (self.gram[a][b] / lengths).clamp(-1.0, 1.0) })
        };
        (0..change.len()).map(|a| (0..change.len()).map(|b| cosine(a, b)).collect()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a sweep finds about a tensor with these elements.
    fn products(name: &str, base: &[f64], changes: &[&[f64]]) -> Products {
        let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum();
        Products {
            name: name.to_owned(),
            elements: base.len() as u64,
            base: product(base, base),
            gram: changes.iter().map(|a| changes.iter().map(|b| product(a, b)).collect()).collect(),
        }
    }

    fn plain(name: &str) -> Products {
        products(name, &[3.0, 4.0], &[&[1.0, 0.0], &[0.0, 1.0]])
    }

    fn found(tensors: &[Products]) -> LayerStatistics {
        let skills = (0..tensors[0].gram.len()).map(|at| format!("Skill {at}")).collect();
        LayerStatistics::new(skills, tensors)
    }

    fn names(found: &LayerStatistics) -> Vec<(&str, Option<u64>)> {
        found.layers.iter().map(|layer| (layer.name.as_str(), layer.block)).collect()
    }

    #[test]
    fn blocks_are_in_the_order_of_their_numbers_between_what_comes_before_and_after() {
        let tensors = [
            "vit.embeddings.cls_token",
            "vit.encoder.layer.10.b",
            "vit.encoder.layer.2.b",
            "vit.encoder.layer.2.a.10.weight",
            "vit.encoder.layer.2.a.9.weight",
            "vit.layernorm.weight",
            "vit.embeddings.patch_embeddings.projection.weight",
        ]
        .map(plain);
        let found = found(&tensors);
        let blocks = [("vit.encoder.layer.2", Some(2)), ("vit.encoder.layer.10", Some(10))];
        assert_eq!(names(&found), [&[(EMBEDDINGS, None)][..], &blocks, &[(AFTER, None)]].concat());
        let parts: Vec<&str> = found.layers[1].parts.iter().map(|part| part.name.as_str()).collect();
        let expected = ["vit.encoder.layer.2.a.9.weight", "vit.encoder.layer.2.a.10.weight", "vit.encoder.layer.2.b"];
        assert_eq!(parts, expected);
        assert_eq!((found.layers[1].tensors, found.layers[1].elements), (3, 6));
        assert_eq!((found.total.tensors, found.total.elements, found.total.parts.len()), (7, 14, 0));
    }

    #[test]
    fn two_stacks_keep_their_blocks_apart_and_modules_stand_for_blocks_where_there_are_none() {
        let clip = found(&["text.layers.0.w", "vision.layers.0.w", "text.layers.1.w", "logit_scale"].map(plain));
        let expected =
            [("text.layers.0", Some(0)), ("text.layers.1", Some(1)), ("vision.layers.0", Some(0)), (AFTER, None)];
        assert_eq!(names(&clip), expected);
        let mlp = found(&["fc1.weight", "out.bias", "fc1.bias", "scale"].map(plain));
        assert_eq!(names(&mlp), [("fc1", None), ("out", None), ("scale", None)]);
        let sequential = found(&["0.weight", "10.weight", "2.weight"].map(plain));
        assert_eq!(names(&sequential), [("0", Some(0)), ("2", Some(2)), ("10", Some(10))]);
    }

    #[test]
    fn lengths_and_cosines_are_those_of_all_tensors_together() {
        let both = [
            products("a.0.w", &[1.0, 2.0], &[&[3.0, 0.0], &[-1.0, 1.0], &[0.0, 0.0]]),
            products("a.0.v", &[2.0], &[&[4.0], &[0.5], &[0.0]]),
        ];
        let found = found(&both);
        let layer = &found.layers[0];
        assert_eq!(layer.change, [5.0, 1.5, 0.0]);
        assert_eq!(layer.relative, [Some(5.0 / 3.0), Some(0.5), Some(0.0)]);
        // (3, 0, 4) and (-1, 1, 0.5): -3 + 2 over 5 times 1.5.
        let cosine = layer.cosine[0][1].expect("both have changed");
        assert!((cosine + 1.0 / 7.5).abs() < 1e-15, "{cosine}");
        assert_eq!(layer.cosine[1][0], Some(cosine));
        assert_eq!(layer.cosine[0][0], Some(1.0));
        assert_eq!(layer.cosine[2], [None, None, None], "a skill that changed nothing has no direction");
        let part = layer.parts.iter().find(|part| part.name == "a.0.w").expect("a part of the layer");
        assert!((part.cosine[0][1].expect("both have changed") + 1.0 / 2f64.sqrt()).abs() < 1e-15);
        assert_eq!(found.total.cosine, layer.cosine);
    }

    #[test]
    fn a_base_of_zeros_has_no_share() {
        let found = found(&[products("a.0.w", &[0.0], &[&[2.0]])]);
        assert_eq!((found.total.change.clone(), found.total.relative.clone()), (vec![2.0], vec![None]));
    }

    #[test]
    fn the_most_opposed_pair_is_found_over_all_layers() {
        let block = |number: u64, third: f64| {
            let changes = [[1.0, 0.0], [0.0, 1.0], [third, 1.0]];
            products(&format!("a.{number}.w"), &[1.0, 1.0], &changes.each_ref().map(|change| &change[..]))
        };
        let opposed = found(&[block(0, 0.5), block(1, -0.5), block(2, -0.1)]);
        let most = opposed.most_opposed().expect("three skills");
        assert_eq!((most.layer, most.a, most.b), (1, 0, 2));
        assert!((most.cosine + 0.5 / 1.25f64.sqrt()).abs() < 1e-15);
        assert_eq!(opposed.layers[0].most_opposed().map(|(a, b, _)| (a, b)), Some((0, 1)));
        let alike = opposed.most_alike().expect("three skills");
        assert_eq!((alike.layer, alike.a, alike.b), (2, 1, 2));
        assert_eq!(found(&[products("a.0.w", &[1.0], &[&[1.0]])]).most_opposed(), None, "one skill");
        assert_eq!(found(&[products("a.0.w", &[1.0], &[&[1.0], &[0.0]])]).most_opposed(), None, "one change");
    }

    #[test]
    fn small_layers_need_a_larger_cosine_to_be_worth_a_word() {
        let layer = |elements: usize, cosine: f64| {
            let mut tensor = products("a.0.w", &[1.0], &[&[1.0], &[1.0]]);
            tensor.elements = elements as u64;
            tensor.gram[0][1] = cosine;
            tensor.gram[1][0] = cosine;
            let found = found(&[tensor]);
            (found.conflict().is_some(), found.harmony().is_some())
        };
        assert_eq!(
            [-0.06, -0.04, 0.04, 0.06].map(|cosine| layer(1_000_000, cosine)),
            [(true, false), (false, false), (false, false), (false, true)]
        );
        assert_eq!(
            [-0.31, -0.29, 0.29, 0.31].map(|cosine| layer(100, cosine)),
            [(true, false), (false, false), (false, false), (false, true)]
        );
    }

    #[test]
    fn a_layer_that_hardly_counts_is_not_worth_a_word() {
        let layer = |name: &str, elements: u64, cosine: f64| {
            let gram = vec![vec![1.0, cosine], vec![cosine, 1.0]];
            Products { name: name.into(), elements, base: 1.0, gram }
        };
        let place = |elements: u64| {
            let found = found(&[layer("a.0.w", 1_000_000, -0.2), layer("norm.w", elements, -0.9)]);
            assert_eq!(found.most_opposed().map(|pair| pair.layer), Some(1));
            found.conflict().map(|pair| pair.layer)
        };
        assert_eq!((place(1_000), place(200_000)), (Some(0), Some(1)));
    }

    #[test]
    fn the_fields_keep_their_names_and_come_back_as_they_were() {
        let found = found(&["a.0.w", "b.w"].map(plain));
        let text = serde_json::to_value(&found).expect("plain data");
        let keys = |value: &serde_json::Value| -> Vec<String> {
            value.as_object().expect("an object").keys().cloned().collect()
        };
        assert_eq!(keys(&text), ["layers", "skills", "total"]);
        let names = ["block", "change", "cosine", "elements", "name", "parts", "relative", "tensors"];
        assert_eq!(keys(&text["layers"][0]), names);
        assert_eq!(keys(&text["layers"][0]["parts"][0]), ["change", "cosine", "elements", "name", "relative"]);
        assert_eq!(serde_json::from_value::<LayerStatistics>(text).expect("its own form"), found);
    }
}
