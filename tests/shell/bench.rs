//! An app on the mock runtime with a home of its own, dialogs that answer by script, and ears on the channels.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use protocol::command::Command;
use protocol::event::JobEvent;
use protocol::failure::Failure;
use serde_json::{Value, json};
use tauri::ipc::{CallbackFn, InvokeBody, InvokeResponseBody};
use tauri::test::{INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder};
use tauri::webview::InvokeRequest;
use tauri::{App, Manager, WebviewWindow};
use tempfile::TempDir;
use tincture::{Question, Surroundings};

/// How long an event may take before the test says that it never came.
const DEADLINE: Duration = Duration::from_secs(60);

/// The page's own address.
pub const OUR_PAGE: &str = if cfg!(windows) { "http://tauri.localhost" } else { "tauri://localhost" };

/// What the person does in the next dialog.
type Script = Arc<Mutex<VecDeque<(Question, Vec<PathBuf>)>>>;

/// One start of the program.
pub struct Bench {
    pub home: TempDir,
    window: WebviewWindow<MockRuntime>,
    script: Script,
    heard: Receiver<(usize, JobEvent)>,
    _app: App<MockRuntime>,
}

impl Bench {
    /// A program that was started for the first time.
    pub fn new() -> Self {
        let home = tempfile::tempdir().expect("a temporary folder");
        let (say, heard) = channel();
        let say = Mutex::new(say);
        let builder = mock_builder().channel_interceptor(move |_, _, index, body| {
            let event = body_of(body);
            say.lock().expect("no panic here").send((index, event)).expect("the test listens");
            true
        });
        let script = Script::default();
        let around = surroundings(home.path(), Arc::clone(&script));
        let app = tincture::make(builder, tincture::context(), |_| Ok(around)).expect("an app without a window");
        let window = app.get_webview_window("main").expect("the configuration names it");
        Self { home, window, script, heard, _app: app }
    }

    /// Where saved models go.
    pub fn output(&self) -> PathBuf {
        self.home.path().join("out/Models")
    }

    /// The next dialog is this one and is answered so.
    pub fn will_choose(&self, question: Question, paths: &[PathBuf]) {
        self.script.lock().expect("no panic here").push_back((question, paths.to_vec()));
    }

    /// Calls a command with its arguments as the page at `url` would.
    pub fn invoke_from(&self, url: &str, name: &str, arguments: Value) -> Result<Value, Value> {
        let request = InvokeRequest {
            cmd: name.into(),
            callback: CallbackFn(0),
            error: CallbackFn(1),
            url: url.parse().expect("a URL"),
            body: InvokeBody::Json(arguments),
            headers: Default::default(),
            invoke_key: INVOKE_KEY.to_owned(),
        };
        get_ipc_response(&self.window, request).map(|body| body.deserialize().expect("JSON"))
    }

    /// Calls a command with its arguments as our page would.
    pub fn invoke(&self, name: &str, arguments: Value) -> Result<Value, Value> {
        self.invoke_from(OUR_PAGE, name, arguments)
    }

    /// Calls a command and reads its reply.
    pub fn call<C: Command>(&self, request: &C) -> Result<C::Reply, Failure> {
        let answer = self.invoke(C::NAME, json!({ "request": request }));
        answer
            .map(|reply| serde_json::from_value(reply).expect("the reply of the command"))
            .map_err(|failure| serde_json::from_value(failure).expect("a failure"))
    }

    /// Calls a command that begins a job, with a channel.
    pub fn begin<C: Command<Reply = ()>>(&self, request: &C) -> Result<(), Failure> {
        let answer = self.invoke(C::NAME, json!({ "request": request, "events": "__CHANNEL__:7" }));
        answer.map(|_| ()).map_err(|failure| serde_json::from_value(failure).expect("a failure"))
    }

    /// The messages on the channel up to the end of the job.
    pub fn events(&self) -> Vec<(usize, JobEvent)> {
        let mut all = Vec::new();
        loop {
            let next = self.heard.recv_timeout(DEADLINE).expect("a job always ends with a message");
            let is_end = next.1.is_end();
            all.push(next);
            if is_end {
                return all;
            }
        }
    }
}

fn body_of(body: &InvokeResponseBody) -> JobEvent {
    match body {
        InvokeResponseBody::Json(text) => serde_json::from_str(text).expect("a job event"),
        InvokeResponseBody::Raw(_) => panic!("bytes on a channel of job events"),
    }
}

fn surroundings(home: &Path, script: Script) -> Surroundings {
    Surroundings {
        app_folder: home.join("app"),
        log_folder: home.join("logs"),
        output: home.join("out/Models"),
        engine: "cpu".into(),
        ask: Box::new(move |question, _| {
            let (expected, paths) = script.lock().expect("no panic here").pop_front().expect("a dialog in the script");
            assert_eq!(question, expected);
            Box::pin(async { paths })
        }),
    }
}

/// Writes a model of one F32 matrix `w` [2, 2], all of whose elements are `value`.
pub fn write_model(file: &Path, value: f32) {
    let header = br#"{"w":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}       "#;
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(header);
    bytes.extend([value; 4].iter().flat_map(|value| value.to_le_bytes()));
    std::fs::write(file, bytes).expect("a writable folder");
}
