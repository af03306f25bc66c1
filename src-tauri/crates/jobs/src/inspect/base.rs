//! Which model is the base? Rules in order of how much they prove; the first that speaks decides.

use std::collections::BTreeSet;

use protocol::model::RoleReason;
use serde_json::Value;

use super::samples::heads;
use super::{Base, Seen, name_of};

/// What one model says about itself and others.
#[derive(Debug, Default)]
pub(super) struct Witness {
    /// Names it goes by, in lower case.
    pub names: BTreeSet<String>,
    /// Names of its parents as it gives them, in lower case.
    pub parents: BTreeSet<String>,
    /// Its tensors in head positions.
    pub heads: BTreeSet<String>,
}

/// Summed distances of the base have to be below this share of every other model's.
///
/// With k specialists whose changes are equally long and orthogonal, the base's share is k / (1 + √2 (k − 1)):
/// 0.83 for two, falling towards 0.71. Specialists without their base lie equally far apart: share 1. This is halfway.
const CLEARLY_CLOSER: f64 = 0.93;
/// Of two models neither lies closer.
const LEAST_MODELS: usize = 3;

pub(super) fn witnesses(seen: &[Seen]) -> Vec<Witness> {
    seen.iter().map(witness).collect()
}

fn witness(seen: &Seen) -> Witness {
    let folder = seen.root.file_name().map(|name| name.to_string_lossy().into_owned());
    let from_config = seen.checkpoint.config().and_then(|config| config.get("_name_or_path")).and_then(Value::as_str);
    let names = folder.into_iter().chain([name_of(&seen.root, seen.checkpoint.metadata())]);
    let parents = from_config.map(str::to_owned).into_iter().chain(seen.readme.parents.clone());
    Witness {
        names: names.map(|name| last_part(&name)).collect(),
        parents: parents.map(|name| last_part(&name)).filter(|name| !name.is_empty()).collect(),
        heads: heads(&seen.checkpoint).into_iter().map(str::to_owned).collect(),
    }
}

/// `org/Base-Model/` → `base-model`: owners and folders differ from machine to machine.
fn last_part(name: &str) -> String {
    let trimmed = name.trim_end_matches(['/', '\\']);
    trimmed.rsplit(['/', '\\']).next().unwrap_or(trimmed).trim_end_matches(".safetensors").to_lowercase()
}

/// The base that the evidence speaks for, if any. `distances` are between all models, on samples.
pub(super) fn propose(witnesses: &[Witness], distances: Option<&[Vec<f64>]>) -> Base {
    if witnesses.len() < 2 {
        return None;
    }
    let named = named_as_parent(witnesses).map(|at| (at, RoleReason::NamedAsParent));
    let headless = || without_heads(witnesses).map(|at| (at, RoleReason::NoPrivateParts));
    let closest = || distances.and_then(closest).map(|at| (at, RoleReason::Closest));
    named.or_else(headless).or_else(closest)
}

/// The one model that others name as their parent; nobody if they name several.
fn named_as_parent(witnesses: &[Witness]) -> Option<usize> {
    let names = |other: usize, at: usize| other != at && !witnesses[other].parents.is_disjoint(&witnesses[at].names);
    let is_named = |&at: &usize| (0..witnesses.len()).any(|other| names(other, at));
    only((0..witnesses.len()).filter(is_named))
}

/// The only model that lacks a head which all others have.
fn without_heads(witnesses: &[Witness]) -> Option<usize> {
    let all_others_have = |at: usize, head: &String| {
        witnesses.iter().enumerate().all(|(other, witness)| other == at || witness.heads.contains(head))
    };
    let lacks = |&at: &usize| {
        let neighbour = &witnesses[usize::from(at == 0)];
        neighbour.heads.iter().any(|head| !witnesses[at].heads.contains(head) && all_others_have(at, head))
    };
    only((0..witnesses.len()).filter(lacks))
}

/// The model whose distances to all others sum to clearly less than any other's.
fn closest(distances: &[Vec<f64>]) -> Option<usize> {
    let sums: Vec<f64> = distances.iter().map(|row| row.iter().sum()).collect();
    let (at, &least) = sums.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1))?;
    let clear = sums.iter().enumerate().all(|(other, &sum)| other == at || least < CLEARLY_CLOSER * sum);
    (sums.len() >= LEAST_MODELS && clear).then_some(at)
}

fn only(mut found: impl Iterator<Item = usize>) -> Option<usize> {
    let first = found.next();
    first.filter(|_| found.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(name: &str, parent: &str, heads: &[&str]) -> Witness {
        let set = |name: &str| BTreeSet::from([last_part(name)]);
        Witness {
            names: set(name),
            parents: if parent.is_empty() { BTreeSet::new() } else { set(parent) },
            heads: heads.iter().map(|&head| head.to_owned()).collect(),
        }
    }

    const HEAD: &[&str] = &["classifier.weight"];

    #[test]
    fn a_model_named_by_another_is_the_base_before_any_other_rule() {
        let models = [model("a", "org/Start", HEAD), model("start", "", HEAD), model("b", "", &[])];
        assert_eq!(propose(&models, None), Some((1, RoleReason::NamedAsParent)));
    }

    #[test]
    fn two_named_models_or_a_model_that_names_itself_prove_nothing() {
        let two = [model("a", "b", &[]), model("b", "a", &[])];
        assert_eq!(propose(&two, None), None);
        let itself = [model("a", "a", &[]), model("b", "elsewhere", &[])];
        assert_eq!(propose(&itself, None), None);
    }

    #[test]
    fn the_only_one_without_a_head_is_the_base() {
        let models = [model("a", "", HEAD), model("b", "", HEAD), model("start", "", &[])];
        assert_eq!(propose(&models, None), Some((2, RoleReason::NoPrivateParts)));
        assert_eq!(propose(&models[1..], None), Some((1, RoleReason::NoPrivateParts)));
    }

    #[test]
    fn two_without_heads_or_all_with_heads_prove_nothing() {
        assert_eq!(propose(&[model("a", "", HEAD), model("b", "", &[]), model("c", "", &[])], None), None);
        assert_eq!(propose(&[model("a", "", HEAD), model("b", "", HEAD)], None), None);
    }

    #[test]
    fn the_middle_of_orthogonal_changes_is_the_base() {
        let root = 2f64.sqrt();
        let models = [model("a", "", &[]), model("start", "", &[]), model("b", "", &[])];
        let distances = [vec![0.0, 1.0, root], vec![1.0, 0.0, 1.0], vec![root, 1.0, 0.0]];
        assert_eq!(propose(&models, Some(&distances)), Some((1, RoleReason::Closest)));
    }

    #[test]
    fn specialists_without_their_base_and_pairs_have_no_middle() {
        let models = [model("a", "", &[]), model("b", "", &[]), model("c", "", &[])];
        let even = [vec![0.0, 1.40, 1.42], vec![1.40, 0.0, 1.41], vec![1.42, 1.41, 0.0]];
        assert_eq!(propose(&models, Some(&even)), None);
        assert_eq!(propose(&models[..2], Some(&[vec![0.0, 1.0], vec![1.0, 0.0]])), None);
    }
}
