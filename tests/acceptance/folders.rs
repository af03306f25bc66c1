//! What lies in each folder of the output, in both layouts.

use std::collections::BTreeSet;
use std::path::Path;

use protocol::recipe::Layout;
use protocol::report::Report;

use crate::support::models::{Build, Family};
use crate::support::{format, jobs as job, scratch};

/// Mixes a base with three experts of 3, 5 and 3 answers.
fn mixed(scratch: &Path, layout: Layout, labels: &[u64]) -> (Family, Report) {
    let family = Family::write(&scratch.join("in"), Build::default(), labels);
    let mut recipe = job::recipe("task_arithmetic", Some(&family.base), &family.experts);
    recipe.output.layout = layout;
    let report = job::mix(&recipe, &scratch.join("out"), &job::context(scratch, "cpu"));
    (family, report)
}

fn names(path: &Path) -> BTreeSet<String> {
    format::read(path).into_keys().collect()
}

#[test]
fn each_skill_has_a_folder_with_the_body_and_its_own_head() {
    let scratch = scratch::folder();
    let (family, report) = mixed(scratch.path(), Layout::PerSkill, &[3, 5, 3]);
    for (skill, expert) in ["a", "b", "c"].into_iter().zip(&family.experts) {
        let folder = job::folder_of(&report, Some(skill));
        let written = job::weights(&report, &folder);
        assert_eq!(names(&written), names(&expert.join("model.safetensors")), "{skill}");
        let (mixed, own) = (format::read(&written), format::read(&expert.join("model.safetensors")));
        assert_eq!(mixed["classifier.weight"], own["classifier.weight"], "{skill}");
        assert_ne!(mixed["norm.weight"], own["norm.weight"], "{skill}");
        let settings = scratch.path().join("out").join(&folder).join("config.json");
        assert!(settings.is_file(), "{}", settings.display());
    }
    // Six tensors in the layers and the last norm are mixed; two make each head.
    assert_eq!((report.tensors.merged, report.tensors.copied, report.tensors.private), (7, 0, 6));
}

#[test]
fn the_shared_layout_has_one_body_and_the_heads_beside_it() {
    let scratch = scratch::folder();
    let (family, report) = mixed(scratch.path(), Layout::Shared, &[3, 5, 3]);
    assert_eq!(names(&job::weights(&report, "")), names(&family.base.join("model.safetensors")));
    let mut heads = scratch::names(&scratch.path().join("out/heads"));
    heads.retain(|name| name.ends_with(".safetensors"));
    assert_eq!(heads, ["a.safetensors", "b.safetensors", "c.safetensors"]);
}

#[test]
fn models_without_heads_give_one_model() {
    let scratch = scratch::folder();
    let (family, report) = mixed(scratch.path(), Layout::PerSkill, &[0, 0]);
    assert_eq!(job::folder_of(&report, None), "");
    assert_eq!(names(&job::weights(&report, "")), names(&family.base.join("model.safetensors")));
}

#[test]
fn the_report_lists_every_file_with_its_hash() {
    let scratch = scratch::folder();
    for (layout, labels) in [(Layout::PerSkill, &[3u64, 5][..]), (Layout::Shared, &[3, 5]), (Layout::PerSkill, &[0, 0])]
    {
        let place = scratch.path().join(format!("{layout:?}-{}", labels[0]));
        std::fs::create_dir(&place).expect("a scratch folder can be made");
        let (_, report) = mixed(&place, layout, labels);
        let mut there = scratch::fingerprints(&place.join("out"));
        there.retain(|_, hash| !hash.is_empty());
        let listed = report.files.iter().map(|file| (file.path.clone(), file.sha256.clone()));
        assert_eq!(there, listed.collect(), "{layout:?}");
        assert!(there.keys().any(|path| path.ends_with("README.md")), "no model card: {:?}", there.keys());
    }
}

#[test]
fn the_forecast_names_the_files_that_come() {
    let scratch = scratch::folder();
    let family = Family::write(&scratch.path().join("in"), Build::default(), &[3, 5]);
    let recipe = job::recipe("task_arithmetic", Some(&family.base), &family.experts);
    let (out, cx) = (scratch.path().join("out"), job::context(scratch.path(), "cpu"));
    let forecast = jobs::forecast(&recipe, &out, &cx).unwrap_or_else(|failure| panic!("{failure:#?}"));
    assert!(!out.exists(), "a forecast writes nothing");
    let report = job::mix(&recipe, &out, &cx);
    let planned: BTreeSet<(String, u64)> =
        forecast.files.into_iter().filter(|file| file.bytes > 0).map(|file| (file.path, file.bytes)).collect();
    let written: BTreeSet<(String, u64)> = report.files.iter().map(|file| (file.path.clone(), file.bytes)).collect();
    assert!(planned.len() >= 2 && planned.is_subset(&written), "planned {planned:?}\nwritten {written:?}");
    assert_eq!(forecast.tensors, report.tensors);
    assert_eq!(forecast.memory, report.memory.forecast);
}
