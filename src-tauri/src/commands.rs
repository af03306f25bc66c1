//! One function per command of [`protocol::command`]; what each does is in [`crate::shell`].

use std::sync::Arc;

use protocol::command::*;
use protocol::event::JobEvent;
use tauri::ipc::Channel;
use tauri::{Builder, Runtime};

use crate::bridge::{Answer, Asked, Held, aside};
use crate::dialogs::Question;
use crate::shell::Shell;

/// Adds every command to `builder`.
pub fn register<R: Runtime>(builder: Builder<R>) -> Builder<R> {
    builder.invoke_handler(tauri::generate_handler![
        status,
        recents,
        pick_models,
        pick_project,
        pick_folder,
        open_sample,
        open_recent,
        forget_recent,
        keep_project,
        inspect,
        predict,
        save,
        set_paused,
        cancel,
        show_saved,
        recipe_text,
        engines,
        pick_examples,
        pick_picture,
        look_at_examples,
        measure,
        try_out,
        statistics,
        count_masks,
        change_sizes,
        choose_masks,
        export_text,
        look_at_pack,
        unpack,
        forecast_tint,
        start_tint,
        stop_tint,
        discard_tint,
        forecast_trade,
        start_trade,
        stop_trade,
        discard_trade,
    ])
}

#[tauri::command]
async fn status(shell: Held<'_>, request: Asked<Status>) -> Answer<Status> {
    let Asked(Status {}) = request;
    aside::<Status>(&shell, |shell| Ok(shell.machine())).await
}

#[tauri::command]
async fn recents(shell: Held<'_>, request: Asked<Recents>) -> Answer<Recents> {
    let Asked(Recents {}) = request;
    aside::<Recents>(&shell, |shell| shell.recents()).await
}

#[tauri::command]
async fn pick_models(shell: Held<'_>, request: Asked<PickModels>) -> Answer<PickModels> {
    let chosen = shell.ask(Question::Models(request.0.pick)).await;
    aside::<PickModels>(&shell, move |shell| Ok(shell.added(&chosen))).await
}

#[tauri::command]
async fn pick_project(shell: Held<'_>, request: Asked<PickProject>) -> Answer<PickProject> {
    let Asked(PickProject {}) = request;
    let chosen = shell.ask(Question::Project).await;
    aside::<PickProject>(&shell, move |shell| chosen.first().map(|path| shell.open_file(path)).transpose()).await
}

#[tauri::command]
async fn pick_folder(shell: Held<'_>, request: Asked<PickFolder>) -> Answer<PickFolder> {
    let Asked(PickFolder {}) = request;
    let chosen = shell.ask(Question::Output).await;
    aside::<PickFolder>(&shell, move |shell| chosen.first().map(|path| shell.use_folder(path)).transpose()).await
}

#[tauri::command]
async fn open_sample(shell: Held<'_>, request: Asked<OpenSample>) -> Answer<OpenSample> {
    let Asked(OpenSample {}) = request;
    aside::<OpenSample>(&shell, |shell| shell.open_sample()).await
}

#[tauri::command]
async fn open_recent(shell: Held<'_>, request: Asked<OpenRecent>) -> Answer<OpenRecent> {
    aside::<OpenRecent>(&shell, move |shell| shell.open_recent(&request.0.key)).await
}

#[tauri::command]
async fn forget_recent(shell: Held<'_>, request: Asked<ForgetRecent>) -> Answer<ForgetRecent> {
    aside::<ForgetRecent>(&shell, move |shell| shell.forget_recent(&request.0.key)).await
}

#[tauri::command]
async fn keep_project(shell: Held<'_>, request: Asked<KeepProject>) -> Answer<KeepProject> {
    aside::<KeepProject>(&shell, move |shell| shell.keep_project(request.0.project)).await
}

#[tauri::command]
async fn inspect(shell: Held<'_>, request: Asked<Inspect>) -> Answer<Inspect> {
    aside::<Inspect>(&shell, move |shell| shell.inspect(&request.0)).await
}

#[tauri::command]
async fn predict(shell: Held<'_>, request: Asked<Predict>) -> Answer<Predict> {
    aside::<Predict>(&shell, move |shell| shell.predict(&request.0)).await
}

#[tauri::command]
async fn save(shell: Held<'_>, request: Asked<Save>, events: Channel<JobEvent>) -> Answer<Save> {
    // A page that went away hears nothing; the job ends as it would.
    let tell = move |event| drop(events.send(event));
    aside::<Save>(&shell, move |shell| shell.save(&request.0, tell)).await
}

#[tauri::command]
async fn set_paused(shell: Held<'_>, request: Asked<SetPaused>) -> Answer<SetPaused> {
    shell.set_paused(request.0.paused);
    Ok(())
}

#[tauri::command]
async fn cancel(shell: Held<'_>, request: Asked<Cancel>) -> Answer<Cancel> {
    let Asked(Cancel {}) = request;
    shell.cancel();
    Ok(())
}

#[tauri::command]
async fn show_saved(shell: Held<'_>, request: Asked<ShowSaved>) -> Answer<ShowSaved> {
    let Asked(ShowSaved {}) = request;
    aside::<ShowSaved>(&shell, |shell| shell.show_saved()).await
}

#[tauri::command]
async fn recipe_text(shell: Held<'_>, request: Asked<RecipeText>) -> Answer<RecipeText> {
    aside::<RecipeText>(&shell, move |shell| shell.recipe_text(&request.0.recipe)).await
}

#[tauri::command]
async fn engines(shell: Held<'_>, request: Asked<Engines>) -> Answer<Engines> {
    let Asked(Engines {}) = request;
    aside::<Engines>(&shell, |shell| Ok(shell.engines())).await
}

#[tauri::command]
async fn pick_examples(shell: Held<'_>, request: Asked<PickExamples>) -> Answer<PickExamples> {
    let chosen = shell.ask(Question::Examples(request.0.pick)).await;
    aside::<PickExamples>(&shell, move |shell| Ok(chosen.first().map(|path| shell.example(path)))).await
}

#[tauri::command]
async fn pick_picture(shell: Held<'_>, request: Asked<PickPicture>) -> Answer<PickPicture> {
    let Asked(PickPicture {}) = request;
    let chosen = shell.ask(Question::Picture).await;
    aside::<PickPicture>(&shell, move |shell| Ok(chosen.first().map(|path| shell.example(path)))).await
}

#[tauri::command]
async fn look_at_examples(shell: Held<'_>, request: Asked<LookAtExamples>) -> Answer<LookAtExamples> {
    aside::<LookAtExamples>(&shell, move |shell| shell.look_at_examples(&request.0)).await
}

#[tauri::command]
async fn measure(shell: Held<'_>, request: Asked<Measure>, events: Channel<JobEvent>) -> Answer<Measure> {
    // A page that went away hears nothing; the job ends as it would.
    let tell = move |event| drop(events.send(event));
    aside::<Measure>(&shell, move |shell| shell.measure(&request.0, tell)).await
}

#[tauri::command]
async fn try_out(shell: Held<'_>, request: Asked<Try>) -> Answer<Try> {
    aside::<Try>(&shell, move |shell| shell.try_out(&request.0)).await
}

#[tauri::command]
async fn statistics(shell: Held<'_>, request: Asked<Statistics>, events: Channel<JobEvent>) -> Answer<Statistics> {
    let tell = move |event| drop(events.send(event));
    aside::<Statistics>(&shell, move |shell| shell.compare(&request.0.recipe, tell)).await
}

#[tauri::command]
async fn count_masks(shell: Held<'_>, request: Asked<CountMasks>, events: Channel<JobEvent>) -> Answer<CountMasks> {
    let tell = move |event| drop(events.send(event));
    aside::<CountMasks>(&shell, move |shell| shell.count_masks(&request.0.recipe, tell)).await
}

#[tauri::command]
async fn change_sizes(shell: Held<'_>, request: Asked<ChangeSizes>) -> Answer<ChangeSizes> {
    aside::<ChangeSizes>(&shell, move |shell| shell.change_sizes(&request.0)).await
}

#[tauri::command]
async fn choose_masks(shell: Held<'_>, request: Asked<ChooseMasks>, events: Channel<JobEvent>) -> Answer<ChooseMasks> {
    let tell = move |event| drop(events.send(event));
    aside::<ChooseMasks>(&shell, move |shell| shell.choose_masks(&request.0, tell)).await
}

#[tauri::command]
async fn export_text(shell: Held<'_>, request: Asked<ExportText>) -> Answer<ExportText> {
    let ExportText { name, text } = request.0;
    let chosen = shell.ask(Question::Export(name.clone())).await;
    let write = move |shell: &Arc<Shell>| chosen.first().map(|path| shell.export(path, &name, &text)).transpose();
    aside::<ExportText>(&shell, write).await
}

#[tauri::command]
async fn look_at_pack(shell: Held<'_>, request: Asked<LookAtPack>) -> Answer<LookAtPack> {
    aside::<LookAtPack>(&shell, move |shell| shell.look_at_pack(&request.0)).await
}

#[tauri::command]
async fn unpack(shell: Held<'_>, request: Asked<Unpack>, events: Channel<JobEvent>) -> Answer<Unpack> {
    // A page that went away hears nothing; the job ends as it would.
    let tell = move |event| drop(events.send(event));
    aside::<Unpack>(&shell, move |shell| shell.unpack(&request.0, tell)).await
}

#[tauri::command]
async fn forecast_tint(shell: Held<'_>, request: Asked<ForecastTint>) -> Answer<ForecastTint> {
    aside::<ForecastTint>(&shell, move |shell| shell.forecast_tint(&request.0)).await
}

#[tauri::command]
async fn start_tint(shell: Held<'_>, request: Asked<StartTint>, events: Channel<JobEvent>) -> Answer<StartTint> {
    // A page that went away hears nothing; the job ends as it would.
    let tell = move |event| drop(events.send(event));
    aside::<StartTint>(&shell, move |shell| shell.start_tint(&request.0, tell)).await
}

#[tauri::command]
async fn stop_tint(shell: Held<'_>, request: Asked<StopTint>) -> Answer<StopTint> {
    let Asked(StopTint {}) = request;
    shell.stop_tint();
    Ok(())
}

#[tauri::command]
async fn discard_tint(shell: Held<'_>, request: Asked<DiscardTint>) -> Answer<DiscardTint> {
    aside::<DiscardTint>(&shell, move |shell| shell.discard_tint(&request.0)).await
}

#[tauri::command]
async fn forecast_trade(shell: Held<'_>, request: Asked<ForecastTrade>) -> Answer<ForecastTrade> {
    aside::<ForecastTrade>(&shell, move |shell| shell.forecast_trade(&request.0)).await
}

#[tauri::command]
async fn start_trade(shell: Held<'_>, request: Asked<StartTrade>, events: Channel<JobEvent>) -> Answer<StartTrade> {
    // A page that went away hears nothing; the job ends as it would.
    let tell = move |event| drop(events.send(event));
    aside::<StartTrade>(&shell, move |shell| shell.start_trade(&request.0, tell)).await
}

#[tauri::command]
async fn stop_trade(shell: Held<'_>, request: Asked<StopTrade>) -> Answer<StopTrade> {
    let Asked(StopTrade {}) = request;
    aside::<StopTrade>(&shell, |shell| {
        shell.stop_trade();
        Ok(())
    })
    .await
}

#[tauri::command]
async fn discard_trade(shell: Held<'_>, request: Asked<DiscardTrade>) -> Answer<DiscardTrade> {
    aside::<DiscardTrade>(&shell, move |shell| shell.discard_trade(&request.0)).await
}
