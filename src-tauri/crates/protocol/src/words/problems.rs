//! The texts of everything that can be wrong.
//!
//! Rules: what happened, why, what to do; no blame; object names in quotes; at most two buttons.
//! The words *error, failed, invalid, illegal, abort, fatal* are not used (tested below).

use crate::failure::{Action, FailureCode, Problem, Subject, Weight};
use crate::model::{Dtype, TensorSpec};

use super::format;

/// A problem that prevents the mix.
fn stop(code: FailureCode, subject: Option<Subject>, title: String, why: String, remedy: &str) -> Problem {
    Problem {
        code,
        subject,
        weight: Weight::Stop,
        title,
        why,
        remedy: remedy.to_owned(),
        actions: vec![],
        details: None,
    }
}

/// A file that cannot be used: choose another, or remove it.
fn unusable_file(code: FailureCode, place: &str, title: String, why: String, remedy: &str) -> Problem {
    Problem {
        actions: vec![Action::ChooseAnotherFile, Action::Remove { place: place.to_owned() }],
        ..stop(code, Some(Subject::File(place.to_owned())), title, why, remedy)
    }
}

impl Problem {
    /// The same with these buttons.
    pub fn with_actions(self, actions: Vec<Action>) -> Self {
        Self { actions, ..self }
    }

    /// The same with technical facts for the fold.
    pub fn with_details(self, details: impl Into<String>) -> Self {
        Self { details: Some(details.into()), ..self }
    }

    /// The same with another weight.
    pub fn with_weight(self, weight: Weight) -> Self {
        Self { weight, ..self }
    }
}

/// The last part of a place, as it is named in titles.
pub fn short(place: &str) -> &str {
    let trimmed = place.trim_end_matches(['/', '\\']);
    trimmed.rsplit(['/', '\\']).next().filter(|name| !name.is_empty()).unwrap_or(place)
}

/// Text 1. `a` and `b` are (name, layers, width); unknown numbers are left out of the sentence.
pub fn built_differently(
    a: (&str, Option<u64>, Option<u64>),
    b: (&str, Option<u64>, Option<u64>),
    place_b: &str,
    details: String,
) -> Problem {
    let built = |(name, layers, width): (&str, Option<u64>, Option<u64>)| match (layers, width) {
        (Some(layers), Some(width)) => {
            format!("“{name}” has {} of width {}", format::counted(layers, "layer", "layers"), format::grouped(width))
        }
        (Some(layers), None) => format!("“{name}” has {}", format::counted(layers, "layer", "layers")),
        _ => format!("“{name}” has other parts"),
    };
    let differs = if (a.1, a.2) == (b.1, b.2) {
        format!("“{}” and “{}” have parts of different shapes", a.0, b.0)
    } else {
        format!("{}; {}", built(a), built(b))
    };
    let why = format!("{differs}. Mixing adds matching parts together, so every model must have the same parts.");
    let mut problem = stop(
        FailureCode::BuiltDifferently,
        Some(Subject::File(place_b.to_owned())),
        "These models are built differently".into(),
        why,
        "Remove one, or start a separate mix for it.",
    );
    problem.actions = vec![Action::Remove { place: place_b.to_owned() }, Action::ShowDifferences];
    problem.with_details(details)
}

/// A private layer that was not made for this specialist. `unfit` are tensors of the layer with those of the specialist;
/// never empty.
pub fn layer_misfit(skill: &str, place: &str, unfit: &[(&TensorSpec, Option<&TensorSpec>)]) -> Problem {
    let shape = |spec: &TensorSpec| format!("{} {:?}", spec.dtype, spec.shape);
    let told = |own: Option<&TensorSpec>| own.map_or_else(|| "missing".to_owned(), shape);
    let line = |(layer, own): &(&TensorSpec, Option<&TensorSpec>)| {
        format!("{}: {} / {}", layer.name, shape(layer), told(*own))
    };
    let details: Vec<String> = unfit.iter().take(8).map(line).collect();
    let why = match unfit.first() {
        Some((layer, Some(_))) => format!("its part “{}” has another shape or kind of numbers there", layer.name),
        Some((layer, None)) => format!("the specialist has no part “{}”", layer.name),
        None => "it has other parts".to_owned(),
    };
    let problem = stop(
        FailureCode::BuiltDifferently,
        Some(Subject::File(place.to_owned())),
        format!("The layer “{}” does not fit “{skill}”", short(place)),
        format!("The recipe gives it to “{skill}” alone, in place of the specialist’s own parts, but {why}."),
        "Give it to the specialist that it was made for, or take it out of the recipe.",
    );
    problem.with_details(details.join("\n"))
}

/// Text 2.
pub fn no_base(method_title: &str, experts: &[String]) -> Problem {
    let shown: Vec<String> = experts.iter().take(3).cloned().collect();
    let why = format!(
        "{method_title} works with what each specialist learned on top of a common starting model. \
         Add the model that {} were trained from, or use Simple average, which does not need one.",
        format::list(&shown)
    );
    let mut problem = stop(
        FailureCode::NoBase,
        None,
        "Choose the starting model".into(),
        why,
        "Add the starting model, or use Simple average.",
    );
    problem.weight = Weight::Choice;
    problem.actions = vec![Action::AddBase, Action::UseAverage];
    problem
}

/// Skill changes are to be compared, and there is nothing that they are changes of.
pub fn nothing_to_compare_with(experts: &[String]) -> Problem {
    let shown: Vec<String> = experts.iter().take(3).cloned().collect();
    let why = format!(
        "What a specialist changed is its difference from the model it was trained from. \
         Add the model that {} were trained from.",
        format::list(&shown)
    );
    let title = "Choose the starting model".into();
    let mut problem = stop(FailureCode::NoBase, None, title, why, "Add the starting model.");
    problem.weight = Weight::Choice;
    problem.actions = vec![Action::AddBase];
    problem
}

/// Text 3. `outside`: the list of contents points outside the file; else it cannot be read.
pub fn damaged(place: &str, outside: bool, details: String) -> Problem {
    let fault = if outside { "points outside the file" } else { "cannot be read" };
    let why = format!(
        "Its list of contents {fault}. Download or copy the file again, then drop it here. Other models are not affected."
    );
    unusable_file(
        FailureCode::Damaged,
        place,
        format!("“{}” is damaged", short(place)),
        why,
        "Download or copy the file again.",
    )
    .with_details(details)
}

/// Text 4, input. `parts` are the names of the tensors that hold unusable numbers.
pub fn input_not_finite(place: &str, parts: &[String]) -> Problem {
    let why = format!(
        "{} ({}) hold values that are not numbers, so any mix would be spoiled.",
        format::counted(parts.len() as u64, "part", "parts"),
        some_of(parts)
    );
    let mut problem = stop(
        FailureCode::InputNotFinite,
        Some(Subject::File(place.to_owned())),
        format!("“{}” contains numbers that are not usable", short(place)),
        why,
        "Remove this model from the mix.",
    );
    problem.actions = vec![Action::Remove { place: place.to_owned() }];
    problem
}

/// Text 4, output. `factor` is what all strengths would be multiplied by.
pub fn output_not_finite(parts: &[String], dtype: Dtype, factor: f64) -> Problem {
    let why = format!(
        "At these strengths {} grew too large for {dtype}. Nothing was saved. Lower the strengths, or save as F32.",
        format::counted(parts.len() as u64, "part", "parts")
    );
    let mut problem = stop(
        FailureCode::OutputNotFinite,
        parts.first().map(|name| Subject::Tensor(name.clone())),
        "The mix went out of range".into(),
        why,
        "Lower the strengths, or save as F32.",
    );
    problem.actions = vec![Action::LowerStrengths { factor }, Action::SaveAsF32];
    problem.with_details(some_of(parts))
}

/// Text 5, before the start.
pub fn not_enough_space(disk: &str, needs: u64, free: u64) -> Problem {
    let why = format!(
        "Saving needs {}; {} is free. Choose another folder, or free {}.",
        format::bytes(needs),
        format::bytes(free),
        format::bytes(needs.saturating_sub(free))
    );
    let mut problem = stop(
        FailureCode::DiskFull,
        Some(Subject::File(disk.to_owned())),
        format!("Not enough space on “{disk}”"),
        why,
        "Choose another folder, or free some space.",
    );
    problem.actions = vec![Action::ChooseFolder, Action::CheckAgain];
    problem
}

/// Text 5, while writing. `done` is the share written before the disk was full.
pub fn disk_filled_up(disk: &str, done: f64, needs: u64) -> Problem {
    let why = format!(
        "Saving stopped at {}. Free {} and start again, or choose another folder. The unfinished files were removed; your mix and settings are safe.",
        format::percent(done),
        format::bytes(needs)
    );
    let mut problem = stop(
        FailureCode::DiskFull,
        Some(Subject::File(disk.to_owned())),
        format!("“{disk}” is full"),
        why,
        "Free some space and start again, or choose another folder.",
    );
    problem.actions = vec![Action::StartAgain, Action::ChooseFolder];
    problem
}

/// Selectivities are to be chosen, and nothing is there to choose by: a warning, the default is taken.
pub fn nothing_to_choose_by(selectivity: f64) -> Problem {
    stop(
        FailureCode::BadParameter,
        None,
        "The selectivity could not be chosen".into(),
        format!("The recipe asks for a choice, but there are no examples. {selectivity} is used for every skill."),
        "Give examples with --examples, or name a selectivity in the recipe.",
    )
    .with_weight(Weight::Notice)
}

/// Text 6: a warning, the job goes on.
pub fn gpu_lost(card: &str) -> Problem {
    let why = format!(
        "“{card}” was reset or disconnected. The job continues on the processor from where it was; this takes longer."
    );
    stop(
        FailureCode::GpuLost,
        None,
        "The graphics card stopped responding".into(),
        why,
        "Nothing to do: the result is the same.",
    )
    .with_weight(Weight::Notice)
    .with_actions(vec![Action::Dismiss])
}

/// Text 6 where the job cannot go on: the card was asked for by name, or has no room for the smallest piece.
pub fn card_refused(card: &str, details: String) -> Problem {
    stop(
        FailureCode::GpuLost,
        None,
        format!("“{card}” did not take the work"),
        "The graphics card or its driver said no. Everything works on the processor too, slower.".into(),
        "Choose the processor, or leave the choice to Tincture.",
    )
    .with_actions(vec![Action::StartAgain])
    .with_details(details)
}

/// Text 7, before the start.
pub fn not_enough_memory(needs: u64, free: u64) -> Problem {
    let why = format!("The mix needs {}; {} is free. Close other programs.", format::bytes(needs), format::bytes(free));
    stop(
        FailureCode::OutOfMemory,
        None,
        "This needs more memory than is free".into(),
        why,
        "Close other programs, then check again.",
    )
    .with_actions(vec![Action::CheckAgain])
}

/// Text 8.
pub fn pickle(place: &str) -> Problem {
    unusable_file(
        FailureCode::Pickle,
        place,
        format!("“{}” can run programs, so it was not opened", short(place)),
        "This older format may contain instructions as well as numbers. Get the “.safetensors” version of the model, usually on the same page.".into(),
        "Get the “.safetensors” version of the model.",
    )
}

/// Text 9.
pub fn already_added(place: &str) -> Problem {
    let why = format!("“{}” is already in this mix, so it was not added again.", short(place));
    stop(
        FailureCode::AlreadyAdded,
        Some(Subject::File(place.to_owned())),
        "Already added".into(),
        why,
        "Nothing to do.",
    )
    .with_weight(Weight::Notice)
    .with_actions(vec![Action::Dismiss])
}

/// Text 10. `state` is "read-only", "protected", "on a locked disk"; `suggested` another folder.
pub fn folder_forbidden(folder: &str, state: &str, suggested: &str) -> Problem {
    let why = format!("“{folder}” is {state}. Choose another folder, such as “{suggested}”.");
    stop(
        FailureCode::FolderForbidden,
        Some(Subject::File(folder.to_owned())),
        "This folder cannot be written to".into(),
        why,
        "Choose another folder.",
    )
    .with_actions(vec![Action::ChooseFolder])
}

/// Text 11.
pub fn same_model(a: &str, b: &str, place_b: &str) -> Problem {
    let why = format!("Every number in them is identical, so adding both only makes “{a}” count double.");
    stop(
        FailureCode::SameModel,
        Some(Subject::File(place_b.to_owned())),
        format!("“{a}” and “{b}” are the same model"),
        why,
        "Keep one of them.",
    )
    .with_weight(Weight::Notice)
    .with_actions(vec![Action::Remove { place: place_b.to_owned() }, Action::KeepBoth])
}

/// Text 12a. `promised` is the size that the pointer names.
pub fn placeholder(place: &str, size: u64, promised: Option<u64>) -> Problem {
    let should = promised.map_or(String::new(), |bytes| format!(", which should be {}", format::bytes(bytes)));
    let why = format!(
        "The download brought a {}-byte note instead of the model{should}. Download it from the model’s page, \
         or run your Git tool’s large-file download, then drop it again.",
        format::grouped(size)
    );
    unusable_file(
        FailureCode::Placeholder,
        place,
        format!("“{}” is only a placeholder", short(place)),
        why,
        "Download the real file, then drop it again.",
    )
}

/// Text 12b.
pub fn web_page(place: &str) -> Problem {
    unusable_file(
        FailureCode::WebPage,
        place,
        format!("“{}” is a web page, not a model", short(place)),
        "The site probably asked you to sign in or accept terms. Open the model’s page in your browser, accept, and download again.".into(),
        "Download the file again after signing in.",
    )
}

/// Text 12c. Sizes are of the file and of what its header promises.
pub fn not_complete(place: &str, arrived: u64, promised: u64) -> Problem {
    let why = format!(
        "{} of {} arrived. Download it again, or wait until your browser has finished.",
        format::bytes(arrived),
        format::bytes(promised)
    );
    unusable_file(
        FailureCode::NotComplete,
        place,
        format!("“{}” is not complete", short(place)),
        why,
        "Download it again.",
    )
    .with_actions(vec![Action::CheckAgain, Action::Remove { place: place.to_owned() }])
}

/// Text 13: a notice. `models` are (name, number type).
pub fn number_types(models: &[(String, Dtype)], saved: Dtype) -> Problem {
    let named: Vec<String> = models.iter().map(|(name, dtype)| format!("{name}: {dtype}")).collect();
    let why = format!(
        "{}. They are converted to F32 while mixing and saved as {saved}. You can change this under Save.",
        named.join(", ")
    );
    stop(FailureCode::NumberTypes, None, "The models use different number types".into(), why, "Nothing to do.")
        .with_weight(Weight::Notice)
        .with_actions(vec![Action::Dismiss])
}

/// Text 14. `a`, `b` are (name, entries).
pub fn word_lists(a: (&str, u64), b: (&str, u64), place_b: &str) -> Problem {
    let why = format!(
        "“{}” has {} entries, “{}” {}. Mixing them needs the same list in every model; leaving the word layers out is not possible yet.",
        a.0,
        format::grouped(a.1),
        b.0,
        format::grouped(b.1)
    );
    stop(
        FailureCode::WordLists,
        Some(Subject::File(place_b.to_owned())),
        "The models know different word lists".into(),
        why,
        "Remove one of them for now.",
    )
    .with_actions(vec![Action::Remove { place: place_b.to_owned() }, Action::ShowDifferences])
}

/// Text 15.
pub fn cancelled() -> Problem {
    stop(
        FailureCode::Cancelled,
        None,
        "Stopped. Nothing was saved.".into(),
        "The unfinished file was removed. Your settings are unchanged.".into(),
        "Start again whenever you like.",
    )
    .with_weight(Weight::Notice)
    .with_actions(vec![Action::StartAgain])
}

/// A GGUF file. `original` is the name the original usually has.
pub fn gguf(place: &str, original: &str) -> Problem {
    unusable_file(
        FailureCode::Gguf,
        place,
        format!("“{}” is a compressed copy for running, not for mixing", short(place)),
        format!("Its numbers were rounded to save space. Look for the original, usually named “{original}”."),
        "Look for the original “.safetensors” files.",
    )
}

/// A part of a sharded model is missing.
pub fn shard_missing(place: &str, part: usize, parts: usize, file: &str) -> Problem {
    let title = if part == 0 {
        format!("“{file}” is missing next to “{}”", short(place))
    } else {
        format!("Part {part} of {parts} is missing next to “{}”", short(place))
    };
    unusable_file(
        FailureCode::ShardMissing,
        place,
        title,
        format!("The model is split into {parts} files, and “{file}” is not there. Download it into the same folder."),
        "Download the missing part into the same folder.",
    )
    .with_actions(vec![Action::CheckAgain, Action::Remove { place: place.to_owned() }])
}

/// A file of no known kind.
pub fn not_a_model(place: &str) -> Problem {
    unusable_file(
        FailureCode::NotAModel,
        place,
        format!("“{}” is not a model file", short(place)),
        "Tincture reads models saved as “.safetensors”.".into(),
        "Choose a “.safetensors” file, or the folder that holds it.",
    )
}

/// An adapter: changes to a model, without the model.
pub fn adapter(place: &str) -> Problem {
    unusable_file(
        FailureCode::NotAModel,
        place,
        format!("“{}” is an adapter, not a whole model", short(place)),
        "It holds small changes that are put on top of a model while it runs. Tincture does not mix adapters yet."
            .into(),
        "Put the adapter into its model with the program that made it, save the whole model, and drop that.",
    )
}

/// A folder without models. `found` says what was there, such as "12 pictures".
pub fn nothing_found(place: &str, found: &str) -> Problem {
    unusable_file(
        FailureCode::NothingFound,
        place,
        format!("No model was found in “{}”", short(place)),
        format!("It holds {found}. A model folder holds at least one “.safetensors” file."),
        "Choose the folder that holds the “.safetensors” file.",
    )
}

/// A file changed or went away since it was inspected.
pub fn file_changed(place: &str, gone: bool) -> Problem {
    let what = if gone { "is not there any more" } else { "has changed since it was checked" };
    unusable_file(
        FailureCode::FileChanged,
        place,
        format!("“{}” {what}", short(place)),
        "The mix would not be made from what you saw, so it was not started.".into(),
        "Check again, or choose the file at its new place.",
    )
    .with_actions(vec![Action::CheckAgain, Action::Remove { place: place.to_owned() }])
}

/// A file or folder that the system does not let us read.
pub fn cannot_read(place: &str, details: String) -> Problem {
    unusable_file(
        FailureCode::CannotRead,
        place,
        format!("“{}” cannot be read", short(place)),
        "The system did not hand out its contents. The file may be protected, or its disk was taken away.".into(),
        "Check that you may open the file, then try again.",
    )
    .with_actions(vec![Action::CheckAgain, Action::Remove { place: place.to_owned() }])
    .with_details(details)
}

/// The output name exists; `free` is the next free one.
pub fn name_taken(name: &str, free: &str) -> Problem {
    stop(
        FailureCode::NameTaken,
        Some(Subject::File(name.to_owned())),
        format!("“{name}” exists"),
        "Tincture never writes over a model.".into(),
        "Choose another name or folder.",
    )
    .with_actions(vec![Action::SaveAs { name: free.to_owned() }, Action::ChooseFolder])
}

/// A name that cannot be the name of a folder.
pub fn bad_name(name: &str) -> Problem {
    stop(
        FailureCode::BadName,
        None,
        if name.trim().is_empty() {
            "Give the mix a name".into()
        } else {
            format!("“{name}” cannot be a file name")
        },
        "A name needs at least one letter or digit and none of / \\ : * ? \" < > |.".into(),
        "Type another name.",
    )
}

/// Writing stopped for a reason other than a full disk.
pub fn cannot_write(place: &str, details: String) -> Problem {
    stop(
        FailureCode::CannotWrite,
        Some(Subject::File(place.to_owned())),
        format!("Writing to “{}” stopped", short(place)),
        "The system did not take the file. The disk may have been taken away. The unfinished files were removed; your mix and settings are safe.".into(),
        "Choose another folder, or try again.",
    )
    .with_actions(vec![Action::StartAgain, Action::ChooseFolder])
    .with_details(details)
}

/// Fewer specialists than the method needs.
pub fn too_few_models(have: usize, need: usize) -> Problem {
    let more = need.saturating_sub(have).max(1) as u64;
    stop(
        FailureCode::TooFewModels,
        None,
        format!("Add {}", format::counted(more, "more specialist", "more specialists")),
        format!("A mix needs at least {}.", format::counted(need as u64, "specialist", "specialists")),
        "Drop more models, or choose files.",
    )
}

/// A float type that is not mixed yet.
pub fn number_type_unsupported(place: &str, dtype: impl std::fmt::Display, parts: u64) -> Problem {
    let why = format!(
        "{} saved as {dtype}, which Tincture does not mix yet. It mixes F32, F16 and BF16.",
        if parts == 1 { "1 part is".to_owned() } else { format!("{} parts are", format::grouped(parts)) }
    );
    unusable_file(
        FailureCode::NumberTypeUnsupported,
        place,
        format!("“{}” uses a number type that cannot be mixed yet", short(place)),
        why,
        "Look for a copy of the model in F32, F16 or BF16.",
    )
}

/// A number type that the format names and Tincture does not know.
pub fn number_type_unknown(place: &str, dtype: &str, parts: u64) -> Problem {
    let parts = if parts == 1 { "1 part is".to_owned() } else { format!("{} parts are", format::grouped(parts)) };
    unusable_file(
        FailureCode::NumberTypeUnsupported,
        place,
        format!("“{}” uses a number type that cannot be mixed yet", short(place)),
        format!("{parts} saved as {dtype}, which Tincture does not know. It mixes F32, F16 and BF16."),
        "Look for a copy of the model in F32, F16 or BF16.",
    )
}

/// No tensor that all models have.
pub fn nothing_in_common(a: &str, b: &str, place_b: &str) -> Problem {
    stop(
        FailureCode::NothingInCommon,
        Some(Subject::File(place_b.to_owned())),
        format!("“{a}” and “{b}” have no part in common"),
        "Mixing adds matching parts together, and none of their names match.".into(),
        "Remove one, or start a separate mix for it.",
    )
    .with_actions(vec![Action::Remove { place: place_b.to_owned() }])
}

/// A text that is no recipe.
pub fn recipe_unreadable(place: &str, details: String) -> Problem {
    stop(
        FailureCode::RecipeUnreadable,
        Some(Subject::File(place.to_owned())),
        format!("“{}” is not a recipe", short(place)),
        "Its text does not follow the form of a recipe.".into(),
        "Compare it with the example in the README.",
    )
    .with_details(details)
}

/// A model without a recipe inside.
pub fn not_saved_here(place: &str) -> Problem {
    stop(
        FailureCode::RecipeUnreadable,
        Some(Subject::File(place.to_owned())),
        format!("“{}” holds no recipe", short(place)),
        "Tincture writes the recipe into every model it saves; this one was made elsewhere or lost it.".into(),
        "Start a new mix and drop the model there.",
    )
}

/// An unknown method name.
pub fn unknown_method(name: &str, nearest: Option<&str>, known: &[String]) -> Problem {
    let meant = nearest.map_or(String::new(), |near| format!(" Did you mean “{near}”?"));
    stop(
        FailureCode::UnknownMethod,
        None,
        format!("There is no method called “{name}”"),
        format!("Known methods are {}.{meant}", format::list(known)),
        "Use one of the known methods.",
    )
}

/// A parameter the method does not have.
pub fn unknown_parameter(method: &str, name: &str, nearest: Option<&str>) -> Problem {
    let meant = nearest.map_or(String::new(), |near| format!(" Did you mean “{near}”?"));
    stop(
        FailureCode::BadParameter,
        None,
        format!("“{method}” has no setting called “{name}”"),
        format!("A setting that is not used would be a silent slip.{meant}"),
        "Remove the setting from the recipe.",
    )
}

/// A parameter outside its range.
pub fn parameter_out_of_range(method: &str, name: &str, least: f64, most: f64) -> Problem {
    stop(
        FailureCode::BadParameter,
        None,
        format!("“{name}” of “{method}” is out of range"),
        format!("It has to be a number from {least} to {most}."),
        "Change the setting.",
    )
}

/// A parameter that has to be a whole number.
pub fn parameter_not_whole(method: &str, name: &str, most: u64) -> Problem {
    stop(
        FailureCode::BadParameter,
        None,
        format!("“{name}” of “{method}” is out of range"),
        format!("It has to be a whole number from 0 to {most}."),
        "Change the setting.",
    )
}

/// A parameter that has to be one of some words.
pub fn parameter_unknown_word(method: &str, name: &str, known: &[&str]) -> Problem {
    stop(
        FailureCode::BadParameter,
        None,
        format!("“{name}” of “{method}” has an unknown value"),
        format!("It has to be one of: {}.", known.join(", ")),
        "Change the setting.",
    )
}

/// A selectivity for a skill that the recipe does not have.
pub fn selectivity_of_nobody(skill: &str) -> Problem {
    stop(
        FailureCode::BadParameter,
        Some(Subject::Skill(skill.to_owned())),
        format!("No specialist is called “{skill}”"),
        "The recipe has a selectivity for this skill, but no specialist of this name.".to_owned(),
        "Correct the name, or remove the selectivity.",
    )
}

/// A skill pack of a method that makes no masks.
pub fn no_pack_of(method: &str) -> Problem {
    stop(
        FailureCode::BadParameter,
        None,
        format!("“{method}” makes no skill pack"),
        "A skill pack holds one change and a mask for each skill.".to_owned(),
        "Choose Keep-masks or EMR as the method, or save a ready-to-use model.",
    )
}

/// A strength that cannot be used.
pub fn bad_strength(skill: &str, least: f64, most: f64) -> Problem {
    stop(
        FailureCode::BadStrength,
        Some(Subject::Skill(skill.to_owned())),
        format!("The strength of “{skill}” cannot be used"),
        format!("It has to be a number from {least} to {most}."),
        "Change the strength.",
    )
}

/// Weights that add up to zero.
pub fn zero_weights() -> Problem {
    stop(
        FailureCode::ZeroWeights,
        None,
        "The weights add up to nothing".into(),
        "An average divides by the sum of the weights, so at least one has to be above zero.".into(),
        "Raise at least one strength.",
    )
}

/// Two experts with one name.
pub fn skill_twice(skill: &str) -> Problem {
    stop(
        FailureCode::SkillTwice,
        Some(Subject::Skill(skill.to_owned())),
        format!("Two specialists are called “{skill}”"),
        "Every skill needs a name of its own, because saved parts carry it.".into(),
        "Rename one of them.",
    )
}

/// A recipe or project of a later version.
pub fn newer_format(place: &str, format: u64, known: u32) -> Problem {
    stop(
        FailureCode::NewerFormat,
        Some(Subject::File(place.to_owned())),
        format!("“{}” comes from a newer version", short(place)),
        format!("It is written in form {format}; this version of Tincture reads form {known}."),
        "Update Tincture, then open it again.",
    )
}

/// An engine that does not exist here.
pub fn no_such_engine(wish: &str, known: &[String]) -> Problem {
    stop(
        FailureCode::NoSuchEngine,
        None,
        format!("There is no “{wish}” on this computer"),
        format!("There are {}.", format::list(known)),
        "Choose one of these, or leave the choice to Tincture.",
    )
}

/// What was written does not read back.
pub fn verify_failed(what: &str, details: String) -> Problem {
    stop(
        FailureCode::VerifyFailed,
        None,
        "The saved file did not pass its check".into(),
        format!("{what}. It was removed, so nothing half-right is left behind. The disk may be faulty."),
        "Save again, on another disk if it happens twice.",
    )
    .with_actions(vec![Action::StartAgain, Action::ChooseFolder])
    .with_details(details)
}

/// One job at a time.
pub fn busy() -> Problem {
    stop(
        FailureCode::Busy,
        None,
        "Another job is running".into(),
        "Only one runs at a time.".into(),
        "Wait until it is done, or cancel it.",
    )
}

/// A mistake of ours. `place` is where in the code.
pub fn bug(place: String) -> Problem {
    stop(
        FailureCode::Bug,
        None,
        "Tincture made a mistake".into(),
        "This is our fault, not yours. Your models and your mix are unchanged, and nothing half-written was left."
            .into(),
        "Try again; if it happens twice, please report the details.",
    )
    .with_details(place)
}

/// Up to three names, and how many more.
fn some_of(parts: &[String]) -> String {
    let shown = parts.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
    if parts.len() > 3 { format!("{shown} and {} more", parts.len() - 3) } else { shown }
}

/// The words on the button of an action: as the problem's own text has them, else the action's.
pub fn button(problem: &Problem, action: &Action) -> String {
    match (problem.code, action) {
        (
            FailureCode::BuiltDifferently | FailureCode::WordLists | FailureCode::NothingInCommon,
            Action::Remove { place },
        ) => {
            format!("Remove “{}”", short(place))
        }
        (FailureCode::SameModel, Action::Remove { .. }) => "Keep one".into(),
        (FailureCode::InputNotFinite, Action::Remove { .. }) => "Remove model".into(),
        (_, action) => usual_button(action),
    }
}

fn usual_button(action: &Action) -> String {
    match action {
        Action::ChooseAnotherFile => "Choose another file…".into(),
        Action::Remove { .. } => "Remove".into(),
        Action::ShowDifferences => "Show differences".into(),
        Action::AddBase => "Add starting model…".into(),
        Action::UseAverage => "Use simple average".into(),
        Action::ChooseFolder => "Choose another folder…".into(),
        Action::CheckAgain => "Check again".into(),
        Action::LowerStrengths { factor } => format!("Lower strengths to {}", format::percent(*factor)),
        Action::SaveAsF32 => "Save as F32".into(),
        Action::KeepBoth => "Keep both".into(),
        Action::SaveAs { name } => format!("Save as “{name}”"),
        Action::Dismiss => "OK".into(),
        Action::StartAgain => "Start again".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{examples, pack};

    /// One example of every text.
    fn examples() -> Vec<Problem> {
        [of_models(), of_work(), of_pictures(), of_packs(), of_tints(), of_trade_offs()].concat()
    }

    fn parts() -> Vec<String> {
        (0..5).map(|at| format!("layer.{at}.weight")).collect()
    }

    fn names() -> [String; 2] {
        ["A".to_owned(), "B".to_owned()]
    }

    fn head(rows: u64) -> TensorSpec {
        TensorSpec::new("classifier.weight", Dtype::F32, [rows, 4])
    }

    fn of_models() -> Vec<Problem> {
        let (parts, names) = (parts(), names());
        vec![
            built_differently(("A", Some(32), Some(4096)), ("B", Some(40), Some(5120)), "/m/B", "x".into()),
            layer_misfit("B", "/m/l.safetensors", &[(&head(3), Some(&head(4)))]),
            layer_misfit("B", "/m/l.safetensors", &[(&head(3), None)]),
            no_base("Balanced", &names),
            nothing_to_compare_with(&names),
            damaged("/m/B.safetensors", true, "x".into()),
            input_not_finite("/m/B.safetensors", &parts),
            output_not_finite(&parts, Dtype::F16, 0.8),
            not_enough_space("Models", 13_500_000_000, 9_100_000_000),
            disk_filled_up("Models", 0.63, 5_000_000_000),
            gpu_lost("Card"),
            not_enough_memory(11_000_000_000, 6_000_000_000),
            pickle("/m/B.bin"),
            already_added("/m/B"),
            folder_forbidden("/", "protected", "Documents/Models"),
            same_model("A", "B", "/m/B"),
            placeholder("/m/B", 134, Some(4_900_000_000)),
            web_page("/m/B"),
            not_complete("/m/B", 3, 4),
            number_types(&[("A".into(), Dtype::F32), ("B".into(), Dtype::BF16)], Dtype::F32),
            word_lists(("A", 32_000), ("B", 32_002), "/m/B"),
            cancelled(),
            gguf("/m/B.gguf", "model.safetensors"),
            shard_missing("/m/B", 2, 3, "model-00002-of-00003.safetensors"),
            not_a_model("/m/B.txt"),
            nothing_found("/m", "12 pictures"),
            adapter("/m/lora"),
            number_type_unknown("/m/B", "F4", 2),
            card_refused("Card", "x".into()),
        ]
    }

    fn of_work() -> Vec<Problem> {
        let names = names();
        vec![
            file_changed("/m/B", true),
            cannot_read("/m/B", "x".into()),
            name_taken("mix", "mix 2"),
            bad_name("a/b"),
            cannot_write("/m", "x".into()),
            too_few_models(1, 2),
            number_type_unsupported("/m/B", Dtype::F64, 2),
            nothing_in_common("A", "B", "/m/B"),
            recipe_unreadable("r.json", "x".into()),
            not_saved_here("/m/B"),
            unknown_method("tise", Some("ties"), &names),
            unknown_parameter("ties", "densty", Some("density")),
            bad_strength("A", -2.0, 2.0),
            zero_weights(),
            skill_twice("A"),
            newer_format("r.json", 2, 1),
            no_such_engine("rtx", &names),
            verify_failed("Part 3 reads back differently", "x".into()),
            busy(),
            bug("x".into()),
        ]
    }

    fn of_pictures() -> Vec<Problem> {
        let (parts, names) = (parts(), names());
        vec![
            examples::no_examples("/m/x", 3),
            examples::one_label("/m/x", "A"),
            examples::labels_unknown("/m/x", &names, &parts),
            examples::unreadable("/m/x.zip", "x".into()),
            examples::unknown_kind("/m/x.doc"),
            examples::no_text_column("/m/x.csv", &names),
            examples::path_trick("/m/x.zip", "../x"),
            examples::too_large("/m/x.zip", 1_000_000_000),
            examples::preparation_unknown("/m/B", "do_pad"),
            examples::cannot_run("/m/B", "B", "x".into()),
            examples::no_settings("/m/B", "B"),
            examples::labels_by_number("/m/x", "0", "A"),
            examples::head_misfit("/m/B", "B", 8, 16),
            examples::nothing_given(),
            examples::labels_needed("/m/x"),
            examples::unknown_skill("x", &names),
            examples::no_picture("/m/x.png"),
            examples::no_head("/m/B", "B"),
            examples::tokenizer_missing("/m/B", "B"),
            examples::other_kind("/m/x", "B", crate::measure::ExampleKind::Texts),
            examples::part_empty("/m/x", crate::score::Part::Judge),
            examples::not_finite("/m/B", "B"),
            examples::word_list_unreadable("/m/B", "B", "x".into()),
            examples::word_list_too_long("/m/B", "B", 30_000, 28_000),
        ]
    }

    fn of_packs() -> Vec<Problem> {
        vec![
            pack::not_a_pack("/m/p"),
            pack::newer_pack("/m/p", 2, 1),
            pack::pack_incomplete("/m/p", "change.safetensors", 0, 9),
            pack::pack_incomplete("/m/p", "change.safetensors", 4, 9),
            pack::pack_damaged("/m/p", "masks/a.safetensors", "x".into()),
            pack::no_such_skill("/m/p", "C", &names()),
            pack::pack_needs_base("/m/p", "base", "ab"),
            pack::other_base("/m/x", "base", "ab", "cd"),
            pack::pack_is_no_model("/m/p"),
        ]
    }

    fn of_tints() -> Vec<Problem> {
        use super::super::tinting;
        use crate::tint::PrivateLayer;
        vec![
            tinting::nothing_to_learn_from(),
            tinting::no_starting_model(),
            tinting::no_common_body(),
            tinting::networks_differ("A", "B"),
            tinting::no_such_layer(&PrivateLayer::Named("x".into())),
            tinting::no_such_layer(&PrivateLayer::LastBlock),
            tinting::no_head_to_keep("B"),
            tinting::last_block_instead(),
            tinting::went_out_of_range(50),
        ]
    }

    fn of_trade_offs() -> Vec<Problem> {
        use super::super::trading;
        vec![
            trading::nothing_to_measure(),
            trading::no_starting_model(),
            trading::no_common_body(),
            trading::one_specialist(),
            trading::no_such_candidate(crate::trade::TradeName::EqualMix),
        ]
    }

    #[test]
    fn every_code_has_a_text() {
        let examples = examples();
        for code in FailureCode::ALL {
            assert!(examples.iter().any(|problem| problem.code == *code), "no text for {code:?}");
        }
    }

    #[test]
    fn no_text_blames_or_shouts() {
        let banned = ["error", "failed", "invalid", "illegal", "abort", "fatal"];
        for problem in examples() {
            let buttons = problem.actions.iter().map(|action| button(&problem, action)).collect::<Vec<_>>().join(" ");
            let text = format!("{} {} {} {buttons}", problem.title, problem.why, problem.remedy).to_lowercase();
            for word in banned {
                assert!(!text.contains(word), "{:?} says “{word}”: {text}", problem.code);
            }
            assert!(problem.actions.len() <= 2, "{:?} has more than two buttons", problem.code);
            assert!(
                !problem.remedy.is_empty() && problem.why.ends_with(['.', '?']),
                "{:?}: {}",
                problem.code,
                problem.why
            );
        }
    }

    #[test]
    fn a_button_that_takes_a_model_away_names_it_where_two_are_in_question() {
        let unlike = built_differently(("A", Some(2), None), ("B", Some(3), None), "/m/B.safetensors", "x".into());
        assert_eq!(button(&unlike, &unlike.actions[0]), "Remove “B.safetensors”");
        let twin = same_model("A", "B", "/m/B");
        assert_eq!(button(&twin, &twin.actions[0]), "Keep one");
        let pickled = pickle("/m/B.bin");
        assert_eq!(button(&pickled, &pickled.actions[1]), "Remove");
    }

    #[test]
    fn places_are_shortened_to_their_last_part() {
        assert_eq!(short("/a/b/model.safetensors"), "model.safetensors");
        assert_eq!(short(r"C:\models\b\"), "b");
        assert_eq!(short("/"), "/");
    }
}
