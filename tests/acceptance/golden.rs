//! Results against numpy: to the bit on the processor, within the bound of the shader's header on a graphics driver.

use std::fs;
use std::path::{Path, PathBuf};

use protocol::methods::{self, StrengthKind};
use protocol::recipe::{From, Layout, Recipe};
use protocol::report::Report;

use crate::support::format::{self, Tensor, Tensors};
use crate::support::{compare, jobs as job, scratch};

/// A golden case: its recipe with whole paths, its inputs, and what is expected by skill (`None`: one model for all).
struct Case {
    name: String,
    recipe: Recipe,
    base: Option<Tensors>,
    experts: Vec<Tensors>,
    expected: Vec<(Option<String>, Tensors)>,
}

fn cases_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/cases")
}

fn cases() -> Vec<Case> {
    let cases: Vec<Case> = scratch::names(&cases_folder()).iter().map(|name| case(name)).collect();
    assert!(cases.len() >= 30, "only {} golden cases in {}", cases.len(), cases_folder().display());
    cases
}

fn case(name: &str) -> Case {
    let folder = cases_folder().join(name);
    let recipe =
        jobs::read_recipe(&folder.join("recipe.json")).unwrap_or_else(|failure| panic!("{name}: {failure:#?}"));
    let expected = scratch::names(&folder).into_iter().filter_map(|file| {
        let rest = file.strip_prefix("expected")?.strip_suffix(".safetensors")?.to_owned();
        Some((rest.strip_prefix('-').map(str::to_owned), format::read(&folder.join(&file))))
    });
    Case {
        name: name.to_owned(),
        base: recipe.base.as_ref().map(|base| format::read(Path::new(&base.path))),
        experts: recipe.experts.iter().map(|expert| format::read(Path::new(&expert.path))).collect(),
        expected: expected.collect(),
        recipe,
    }
}

impl Case {
    /// The written file that belongs to an expected one.
    fn written(&self, report: &Report, skill: Option<&str>) -> Tensors {
        let path = match (skill, self.recipe.layout()) {
            (Some(skill), Layout::Shared) => Path::new(&report.out).join("heads").join(format!("{skill}.safetensors")),
            (Some(skill), _) => job::weights(report, &job::folder_of(report, Some(skill))),
            (None, _) => job::weights(report, ""),
        };
        format::read(&path)
    }

    /// Strengths of all experts for one tensor; `None` where it is copied.
    fn strengths(&self, name: &str) -> Option<Vec<f64>> {
        let mut strengths = self.recipe.strengths();
        let scope = self.recipe.scope(name);
        if scope.is_some_and(|scope| scope.from == From::Base) {
            return None;
        }
        let own = scope.and_then(|scope| scope.strengths.as_ref());
        for (expert, strength) in self.recipe.experts.iter().zip(&mut strengths) {
            *strength = own.and_then(|own| own.get(&expert.skill)).copied().unwrap_or(*strength);
        }
        Some(strengths)
    }

    /// What a mixed tensor of the body is made from; `None` for everything that is copied.
    fn made_from(&self, name: &str, change: f64) -> Option<compare::Recipe<'_>> {
        let experts: Option<Vec<&Tensor>> = self.experts.iter().map(|expert| expert.get(name)).collect();
        let experts = experts.filter(|rows| {
            let shape =
                self.base.as_ref().or(self.experts.first()).and_then(|first| first.get(name)).map(|row| &row.shape);
            rows.iter().all(|row| row.is_mixed() && Some(&row.shape) == shape)
        })?;
        let mut strengths = self.strengths(name)?;
        strengths[0] += change;
        let is_average = methods::find(&self.recipe.method.name)?.strength == StrengthKind::RelativeWeight;
        let total: f64 = if is_average { strengths.iter().sum() } else { 1.0 };
        let base = if is_average { None } else { Some(self.base.as_ref()?.get(name)?) };
        let coefficients = strengths.iter().map(|strength| f64::from((strength / total) as f32)).collect();
        Some(compare::Recipe { base, experts, coefficients })
    }

    /// Whether `found` is what the case expects, within the bound of the headers; `change` is added to a strength.
    fn within(&self, found: &Tensors, expected: &Tensors, change: f64) -> Result<(), String> {
        if self.is_compound() {
            return self.near(found, expected, change);
        }
        for (name, golden) in expected {
            let row = found.get(name).ok_or_else(|| format!("{name} is missing"))?;
            match self.made_from(name, change) {
                Some(recipe) => recipe.within(name, row)?,
                None if row == golden => {}
                None => return Err(format!("{name} was to be copied")),
            }
        }
        Ok(())
    }

    /// Whether a method does more than add scaled changes: votes and masks fall alike on all engines, so what is computed
    /// is numpy's formula up to rounding.
    fn is_compound(&self) -> bool {
        ["ties", "lines", "consensus", "tall_masks", "emr"].contains(&self.recipe.method.name.as_str())
    }

    /// Whether `found` is `expected` up to the rounding of both; `change` is added to the numbers that are expected.
    fn near(&self, found: &Tensors, expected: &Tensors, change: f64) -> Result<(), String> {
        for (name, golden) in expected {
            let row = found.get(name).ok_or_else(|| format!("{name} is missing"))?;
            let base = self.base.as_ref().and_then(|base| base.get(name));
            let experts: Option<Vec<&Tensor>> = self.experts.iter().map(|expert| expert.get(name)).collect();
            let mixed = base.zip(experts).filter(|(base, _)| base.is_mixed() && base.shape == golden.shape);
            match mixed {
                Some((base, experts)) => {
                    let strengths = self.strengths(name).unwrap_or_default();
                    let settings = self.recipe.settings();
                    let factor = settings.shallow.max(settings.deep).max(1.0);
                    let most = strengths.iter().fold(1.0f64, |most, strength| most.max(strength.abs() * factor));
                    compare::near(name, row, golden, base, &experts, most, change)?;
                }
                None if row == golden => {}
                None => return Err(format!("{name} was to be copied")),
            }
        }
        Ok(())
    }
}

fn mixed_on(engine: &str, check: impl Fn(&Case, &Tensors, &Tensors) -> Result<(), String>) {
    let scratch = scratch::folder();
    for case in cases() {
        let out = scratch.path().join(&case.name);
        let report = job::mix(&case.recipe, &out, &job::context(scratch.path(), engine));
        for (skill, expected) in &case.expected {
            let found = case.written(&report, skill.as_deref());
            check(&case, &found, expected)
                .unwrap_or_else(|fault| panic!("{engine}, {} {}: {fault}", case.name, skill.as_deref().unwrap_or("")));
        }
    }
}

#[test]
fn golden_cases_are_equal_to_the_bit_on_the_processor() {
    mixed_on("cpu", |_, found, expected| compare::equal_bits(found, expected));
}

#[test]
fn golden_cases_are_within_the_header_on_every_engine() {
    for engine in job::engines() {
        mixed_on(engine, |case, found, expected| case.within(found, expected, 0.0));
    }
}

#[test]
fn the_bound_accepts_numpy_and_rejects_another_strength() {
    for case in cases() {
        for (_, expected) in &case.expected {
            case.within(expected, expected, 0.0).unwrap_or_else(|fault| panic!("{}: {fault}", case.name));
        }
    }
    let case = case("task-strengths-f32");
    let (_, expected) = &case.expected[0];
    assert!(case.within(expected, expected, 1e-3).is_err(), "a strength changed by a thousandth was not seen");
    for name in ["ties-f32", "lines-f32", "consensus-f32", "tall-f32", "emr-f32"] {
        let case = self::case(name);
        let (_, expected) = &case.expected[0];
        assert!(case.within(expected, expected, 1e-3).is_err(), "{name}: numbers off by a thousandth were not seen");
    }
}

#[test]
fn the_bits_reject_a_changed_strength_and_a_flipped_bit() {
    let scratch = scratch::folder();
    let mut case = case("task-strengths-f32");
    case.recipe.experts[0].strength = Some(0.300_001);
    let report = job::mix(&case.recipe, &scratch.path().join("out"), &job::context(scratch.path(), "cpu"));
    let (_, expected) = &case.expected[0];
    let found = case.written(&report, None);
    assert!(compare::equal_bits(&found, expected).is_err(), "a strength changed by a millionth was not seen");
    let mut flipped = expected.clone();
    flipped.get_mut("norm.weight").expect("part of every case").bytes[0] ^= 1;
    let fault = compare::equal_bits(&flipped, expected).expect_err("a flipped bit");
    assert!(fault.starts_with("norm.weight[0]"), "{fault}");
}

#[test]
fn every_golden_file_says_what_made_it() {
    for name in scratch::names(&cases_folder()) {
        for file in scratch::names(&cases_folder().join(&name)).iter().filter(|file| file.ends_with(".safetensors")) {
            let bytes = fs::read(cases_folder().join(&name).join(file)).expect("a golden file can be read");
            let (header, _) = format::split(&bytes);
            let made_with = header["__metadata__"]["made_with"].as_str().unwrap_or("");
            assert!(made_with.starts_with("numpy "), "{name}/{file}: {made_with:?}");
        }
    }
}
