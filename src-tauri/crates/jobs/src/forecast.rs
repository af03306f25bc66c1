//! What a mix will need and write, before it starts.

use std::path::Path;

use checkpoint::files_of;
use merge::{Budget, Plan};
use protocol::failure::Failure;
use protocol::forecast::{Forecast, PlannedFile};
use protocol::recipe::{Layout, Recipe};

use crate::mix::{Opened, attach_metadata, space_problems};
use crate::{Context, failure, machine, pack, rates, recipe};

/// Plans `recipe`, whose paths are absolute, as if it were saved into `out`; nothing is written.
///
/// # Errors
/// Everything that keeps a plan from being made. What only keeps it from being started, such as a full disk or a taken
/// name, is among the forecast's problems.
pub fn forecast(recipe: &Recipe, out: &Path, cx: &Context) -> Result<Forecast, Failure> {
    failure::guarded(|| match recipe.output.layout {
        Layout::Pack => pack::forecast(recipe, out, cx),
        _ => predict(recipe, out, cx),
    })
}

fn predict(recipe: &Recipe, out: &Path, cx: &Context) -> Result<Forecast, Failure> {
    let opened = Opened::open(recipe)?;
    let engine = machine::chosen(&cx.engine);
    let models = opened.models(recipe);
    let budget = Budget::of(engine.max_binding);
    let mut plan = merge::plan(recipe, &models, &budget).map_err(|problems| Failure { problems })?;
    attach_metadata(&mut plan, recipe, &opened);
    let files = files(&plan);
    let writes = files.iter().map(|file| file.bytes).sum();
    Ok(Forecast {
        memory: plan.memory,
        memory_free: machine::free_memory(),
        reads: plan.reads,
        writes,
        disk_free: machine::free_space(out),
        seconds: rates::seconds(&cx.app_folder, &engine.id, plan.reads + plan.writes),
        engine: engine.name,
        tensors: plan.tensors,
        parameters: plan.parameters,
        files,
        problems: space_problems(&plan, &opened, out),
    })
}

/// Card and recipe, then the weight files with their exact sizes.
fn files(plan: &Plan) -> Vec<PlannedFile> {
    let texts = ["README.md", recipe::FILE].map(|name| PlannedFile { path: name.to_owned(), bytes: 0 });
    let weights = plan.targets.iter().flat_map(files_of).map(|(path, bytes)| PlannedFile { path, bytes });
    texts.into_iter().chain(weights).collect()
}
