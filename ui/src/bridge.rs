//! The only file that knows the shell: requests, the event of a native drag, the channel of a job.

use js_sys::{Array, Function, JSON, Object, Promise, Reflect};
use leptos::prelude::window;
use protocol::command::{Command, DRAG_EVENT, DragState};
use protocol::event::JobEvent;
use protocol::failure::Failure;
use protocol::words::problems;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[cfg(feature = "fake")]
use crate::bridge_fake;

/// Whether there is someone to answer: the shell, or scripted answers.
pub fn is_present() -> bool {
    is_fake() || tauri(&["core", "invoke"]).is_some()
}

/// Whether the answers are scripted.
pub fn is_fake() -> bool {
    #[cfg(feature = "fake")]
    return bridge_fake::scenario().is_some();
    #[cfg(not(feature = "fake"))]
    false
}

/// Sends a request and waits for its reply.
pub async fn call<C: Command>(request: &C) -> Result<C::Reply, Failure> {
    #[cfg(feature = "fake")]
    if is_fake() {
        return bridge_fake::answer(request).await;
    }
    read(&invoke(C::NAME, request, None).await?)
}

/// Starts a job; its events come to `on_event` until it is finished or has failed.
pub async fn run<C: Command>(request: &C, on_event: impl Fn(JobEvent) + 'static) -> Result<C::Reply, Failure> {
    #[cfg(feature = "fake")]
    if is_fake() {
        return bridge_fake::run(request, on_event).await;
    }
    let channel = channel(on_event).ok_or_else(|| bug("no channel"))?;
    read(&invoke(C::NAME, request, Some(channel)).await?)
}

/// Calls `on_drag` for every native drag over the window.
pub fn watch_drags(on_drag: impl Fn(DragState) + 'static) {
    #[cfg(feature = "fake")]
    if is_fake() {
        // Whoever tries out the page sends drags as events of the page.
        leptos::prelude::window_event_listener_untyped(DRAG_EVENT, move |event| {
            if let Ok(state) = read(&Reflect::get(&event, &"detail".into()).unwrap_or(JsValue::NULL)) {
                on_drag(state);
            }
        });
        return;
    }
    let Some(listen) = tauri(&["event", "listen"]) else { return };
    let callback = Closure::<dyn Fn(JsValue)>::new(move |event: JsValue| {
        let payload = Reflect::get(&event, &"payload".into()).unwrap_or(JsValue::NULL);
        if let Ok(state) = read(&payload) {
            on_drag(state);
        }
    });
    // The listener lives as long as the page.
    let _ = listen.call2(&JsValue::NULL, &DRAG_EVENT.into(), &callback.into_js_value());
}

/// A function of the shell's own object, such as `core.invoke`.
fn tauri(path: &[&str]) -> Option<Function> {
    let mut found = Reflect::get(&window(), &"__TAURI__".into()).ok()?;
    for name in path {
        if !found.is_object() {
            return None;
        }
        found = Reflect::get(&found, &(*name).into()).ok()?;
    }
    found.dyn_into().ok()
}

/// A new channel that hands its messages to `on_event`.
fn channel(on_event: impl Fn(JobEvent) + 'static) -> Option<JsValue> {
    let made = Reflect::construct(&tauri(&["core", "Channel"])?, &Array::new()).ok()?;
    let callback = Closure::<dyn Fn(JsValue)>::new(move |message: JsValue| {
        if let Ok(event) = read(&message) {
            on_event(event);
        }
    });
    Reflect::set(&made, &"onmessage".into(), &callback.into_js_value()).ok()?;
    Some(made)
}

async fn invoke<T: Serialize>(name: &str, request: &T, events: Option<JsValue>) -> Result<JsValue, Failure> {
    let arguments = Object::new();
    let set = |key: &str, value: &JsValue| Reflect::set(&arguments, &key.into(), value).map_err(|_| bug("arguments"));
    set("request", &write(request)?)?;
    if let Some(channel) = events {
        set("events", &channel)?;
    }
    let invoke = tauri(&["core", "invoke"]).ok_or_else(|| bug("no shell"))?;
    let answer = invoke.call2(&JsValue::NULL, &name.into(), &arguments).map_err(refusal)?;
    JsFuture::from(Promise::resolve(&answer)).await.map_err(refusal)
}

/// A rejected request: the shell's failure, or what the bridge itself says.
fn refusal(reason: JsValue) -> Failure {
    read::<Failure>(&reason).unwrap_or_else(|_| bug(&reason.as_string().unwrap_or_else(|| format!("{reason:?}"))))
}

fn write<T: Serialize>(value: &T) -> Result<JsValue, Failure> {
    let text = serde_json::to_string(value).map_err(|fault| bug(&fault.to_string()))?;
    JSON::parse(&text).map_err(|_| bug("request"))
}

fn read<T: DeserializeOwned>(value: &JsValue) -> Result<T, Failure> {
    let text = if value.is_undefined() { None } else { JSON::stringify(value).ok().and_then(|text| text.as_string()) };
    serde_json::from_str(text.as_deref().unwrap_or("null")).map_err(|fault| bug(&fault.to_string()))
}

fn bug(place: &str) -> Failure {
    problems::bug(format!("bridge: {place}")).into()
}
