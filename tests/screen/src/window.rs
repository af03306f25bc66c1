//! One window of the app: find, click, type, look.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use base64::Engine as _;
use serde_json::{Value, json};

use crate::driver::Driver;

/// How long something may take to appear before a test says that it never did.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Everything that a person can operate.
pub const CONTROLS: &str = "button, a[href], input:not([type=hidden]), select, textarea, summary, \
                            [role=button], [role=slider], [role=tab], [role=radio], [role=checkbox], [role=switch], \
                            [role=link], [role=menuitem], [role=option], [tabindex='0']";

/// Key under which the protocol hands out elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Keys that are no letters, as the protocol encodes them.
#[allow(missing_docs, reason = "the names are those on the keys")]
pub mod key {
    pub const TAB: char = '\u{E004}';
    pub const ENTER: char = '\u{E007}';
    pub const SHIFT: char = '\u{E008}';
    pub const CONTROL: char = '\u{E009}';
    pub const ESCAPE: char = '\u{E00C}';
    pub const SPACE: char = ' ';
    pub const LEFT: char = '\u{E012}';
    pub const UP: char = '\u{E013}';
    pub const RIGHT: char = '\u{E014}';
    pub const DOWN: char = '\u{E015}';
    pub const END: char = '\u{E010}';
    pub const HOME: char = '\u{E011}';
}

/// A control on the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Control {
    id: String,
    /// The name that a screen reader speaks.
    pub name: String,
}

/// The app with its one window.
pub struct Window {
    driver: Driver,
    session: String,
}

impl Window {
    /// Starts `app` and waits until its window is there.
    ///
    /// # Errors
    /// When the app cannot be started or does not show a page.
    pub fn open(app: &Path) -> io::Result<Self> {
        let driver = Driver::start()?;
        let options = json!({ "binary": app, "args": [] });
        let wish = json!({ "capabilities": { "alwaysMatch": { "webkitgtk:browserOptions": options } } });
        let made = driver.call("POST", "/session", &wish)?;
        let session = made["sessionId"].as_str().ok_or_else(|| io::Error::other(made.to_string()))?.to_owned();
        Ok(Self { driver, session })
    }

    /// The driver, for what is beside the window.
    pub fn driver(&self) -> &Driver {
        &self.driver
    }

    /// The text on the page, as a person sees it.
    pub fn text(&self) -> io::Result<String> {
        let body = self.find("body")?;
        let body = body.first().ok_or_else(|| io::Error::other("a page without a body"))?;
        Ok(self.get(&format!("/element/{body}/text"))?.as_str().unwrap_or_default().to_owned())
    }

    /// Waits until `part` stands on the page.
    ///
    /// # Errors
    /// When it does not within [`PATIENCE`]; the error holds what stood there instead.
    pub fn see(&self, part: &str) -> io::Result<()> {
        self.wait_for(|| Ok(self.text()?.contains(part).then_some(())), || format!("“{part}” never came"))
    }

    /// Does something again and again until `part` stands on the page.
    ///
    /// # Panics
    /// When it does not within [`PATIENCE`].
    pub fn until(&self, part: &str, mut again: impl FnMut()) {
        let begun = Instant::now();
        while !self.text().is_ok_and(|text| text.contains(part)) {
            assert!(begun.elapsed() < PATIENCE, "“{part}” never came");
            again();
        }
    }

    /// Waits until something holds.
    ///
    /// # Panics
    /// When it does not within [`PATIENCE`]; `what` is what was waited for.
    pub fn until_holds(&self, what: &str, holds: impl Fn() -> bool) {
        let begun = Instant::now();
        while !holds() {
            assert!(begun.elapsed() < PATIENCE, "{what} never came");
        }
    }

    /// Waits until a control of this name can be operated.
    ///
    /// # Errors
    /// When there is none within [`PATIENCE`].
    pub fn control(&self, name: &str) -> io::Result<Control> {
        let named = || {
            let mut all = self.controls()?.into_iter().filter(|control| control.name == name);
            let found = all.next();
            Ok(found.filter(|control| self.is(control, "enabled").unwrap_or(false)))
        };
        self.wait_for(named, || format!("no control “{name}”"))
    }

    /// Every control that can be seen, in page order.
    pub fn controls(&self) -> io::Result<Vec<Control>> {
        self.wait_for(|| self.controls_at_once().map(Some), || "no look at the controls".to_owned())
    }

    fn controls_at_once(&self) -> io::Result<Vec<Control>> {
        let mut seen = Vec::new();
        for id in self.find(CONTROLS)? {
            // The page may change between the questions: what is gone is no control any more.
            let (Ok(shown), Ok(name)) =
                (self.get(&format!("/element/{id}/displayed")), self.get(&format!("/element/{id}/computedlabel")))
            else {
                continue;
            };
            if shown == true {
                seen.push(Control { id, name: name.as_str().unwrap_or_default().trim().to_owned() });
            }
        }
        Ok(seen)
    }

    /// What a control is, for messages: its tag and what it says.
    pub fn describe(&self, control: &Control) -> String {
        let ask = |what: &str| self.get(&format!("/element/{}/{what}", control.id)).unwrap_or_default();
        format!("{} class={} text={}", ask("name"), ask("attribute/class"), ask("text"))
    }

    /// Clicks the middle of a control, as a mouse does.
    pub fn click(&self, control: &Control) -> io::Result<()> {
        self.post(&format!("/element/{}/click", control.id), &json!({})).map(|_| ())
    }

    /// Presses the mouse on the middle of a control, moves it to the side by this share of the control's width, and lets
    /// it go.
    pub fn drag(&self, control: &Control, share: f64) -> io::Result<()> {
        let frame = self.get(&format!("/element/{}/rect", control.id))?;
        let width = frame["width"].as_f64().ok_or_else(|| io::Error::other(frame.to_string()))?;
        let origin = json!({ ELEMENT: control.id });
        let to =
            |x: f64| json!({ "type": "pointerMove", "duration": 0, "origin": origin, "x": x.round() as i64, "y": 0 });
        let steps = [0.25, 0.5, 0.75, 1.0].map(|part| to(part * share * width));
        let press = [to(0.0), json!({ "type": "pointerDown", "button": 0 })];
        let actions: Vec<Value> =
            press.into_iter().chain(steps).chain([json!({ "type": "pointerUp", "button": 0 })]).collect();
        let mouse =
            json!({ "type": "pointer", "id": "mouse", "parameters": { "pointerType": "mouse" }, "actions": actions });
        self.post("/actions", &json!({ "actions": [mouse] })).map(|_| ())
    }

    /// The control that keys go to now.
    pub fn focused(&self) -> io::Result<Control> {
        let active = self.get("/element/active")?;
        let id = active[ELEMENT].as_str().ok_or_else(|| io::Error::other(active.to_string()))?.to_owned();
        let name = self.get(&format!("/element/{id}/computedlabel"))?;
        Ok(Control { id, name: name.as_str().unwrap_or_default().trim().to_owned() })
    }

    /// A property of a control, such as `value`.
    pub fn property(&self, control: &Control, name: &str) -> io::Result<Value> {
        self.get(&format!("/element/{}/property/{name}", control.id))
    }

    /// Presses `keys` one upon the other and lets them go in the opposite order: one key, or one with modifiers.
    pub fn press(&self, keys: &[char]) -> io::Result<()> {
        let stroke = |kind: &str, key: &char| json!({ "type": kind, "value": key.to_string() });
        let down = keys.iter().map(|key| stroke("keyDown", key));
        let up = keys.iter().rev().map(|key| stroke("keyUp", key));
        let strokes: Vec<Value> = down.chain(up).collect();
        let actions = json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": strokes }] });
        self.post("/actions", &actions).map(|_| ())
    }

    /// Moves the focus with the Tab key until the control of this name has it; at most `most` presses.
    pub fn tab_to(&self, name: &str, most: usize) -> io::Result<Control> {
        let mut passed = Vec::new();
        for _ in 0..most {
            let now = self.focused()?;
            if now.name == name {
                return Ok(now);
            }
            passed.push(now.name);
            self.press(&[key::TAB])?;
        }
        Err(io::Error::other(format!("Tab does not reach “{name}”; it passed {passed:?}")))
    }

    /// Reads something from the page; never used to make something happen.
    pub fn observe(&self, script: &str) -> io::Result<Value> {
        self.post("/execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// Writes what the window shows now to `file`, as PNG.
    pub fn shoot(&self, file: &Path) -> io::Result<()> {
        // The picture is of the last frame drawn: two more have to pass for everything to be in it.
        let frames = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()))";
        self.post("/execute/async", &json!({ "script": frames, "args": [] }))?;
        let picture = self.get("/screenshot")?;
        let bytes = base64::prelude::BASE64_STANDARD.decode(picture.as_str().unwrap_or_default());
        std::fs::write(file, bytes.map_err(io::Error::other)?)
    }

    /// Asks again and again until there is an answer; every question is a round trip, so this does not spin.
    fn wait_for<T>(&self, ask: impl Fn() -> io::Result<Option<T>>, complaint: impl Fn() -> String) -> io::Result<T> {
        let begun = Instant::now();
        loop {
            // A question can come in the middle of a change of the page; the next one gets an answer.
            if let Some(answer) = ask().unwrap_or(None) {
                return Ok(answer);
            }
            if begun.elapsed() > PATIENCE {
                let names: Vec<String> = self.controls_at_once()?.into_iter().map(|control| control.name).collect();
                let (page, console) = (self.text()?, self.driver.console());
                return Err(io::Error::other(format!("{}\n{page}\n{names:?}\n{console}", complaint())));
            }
        }
    }

    fn is(&self, control: &Control, state: &str) -> io::Result<bool> {
        Ok(self.get(&format!("/element/{}/{state}", control.id))? == true)
    }

    fn find(&self, css: &str) -> io::Result<Vec<String>> {
        let found = self.post("/elements", &json!({ "using": "css selector", "value": css }))?;
        let ids = found.as_array().into_iter().flatten().filter_map(|element| element[ELEMENT].as_str());
        Ok(ids.map(str::to_owned).collect())
    }

    fn get(&self, path: &str) -> io::Result<Value> {
        self.driver.call("GET", &format!("/session/{}{path}", self.session), &json!({}))
    }

    fn post(&self, path: &str, body: &Value) -> io::Result<Value> {
        self.driver.call("POST", &format!("/session/{}{path}", self.session), body)
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        // The app ends as if somebody closed its window; the driver looks after it if not.
        let _ = self.driver.call("DELETE", &format!("/session/{}/window", self.session), &json!({}));
    }
}
