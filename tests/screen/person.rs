//! Somebody in front of the window: one at a time, counting clicks.

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use screen::window::Window;

/// Windows of several tests would take the keyboard from each other.
static TURN: Mutex<()> = Mutex::new(());

/// Collects what goes wrong inside the page without being seen.
const LISTEN: &str = "window.complaints = []; const note = (kind, what) => window.complaints.push(kind + ': ' + what); \
    addEventListener('error', event => note('error', event.message), true); \
    addEventListener('unhandledrejection', event => note('rejection', event.reason)); \
    addEventListener('securitypolicyviolation', event => \
        note('policy', event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sample + ' ' + event.sourceFile)); \
    for (const kind of ['error', 'warn']) { \
        const before = console[kind]; \
        console[kind] = (...words) => { note('console.' + kind, words.join(' ')); before.apply(console, words); }; \
    }";

/// A person in front of a window that was opened for the first time.
pub struct Person {
    pub window: Window,
    clicks: Cell<usize>,
    _turn: MutexGuard<'static, ()>,
}

impl Person {
    /// Opens the app; from then on everything that goes wrong in the page is noted.
    pub fn new() -> Self {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let app =
            std::env::var_os("TINCTURE_APP").map(PathBuf::from).expect("TINCTURE_APP is the path of the built app");
        assert!(std::env::var_os("DISPLAY").is_some(), "a display, such as Xvfb, in DISPLAY");
        let window = Window::open(&app).expect("the window opens");
        window.observe(LISTEN).expect("a page");
        Self { window, clicks: Cell::new(0), _turn: turn }
    }

    /// Clicks the control of this name as soon as it can be operated.
    pub fn click(&self, name: &str) {
        let control = self.window.control(name).unwrap_or_else(|error| panic!("{error}"));
        self.window.click(&control).unwrap_or_else(|error| panic!("“{name}” cannot be clicked: {error}"));
        self.clicks.set(self.clicks.get() + 1);
    }

    /// Waits until this stands on the page.
    pub fn see(&self, part: &str) {
        self.window.see(part).unwrap_or_else(|error| panic!("{error}"));
    }

    /// Waits until the control of this name can be operated.
    pub fn can(&self, name: &str) {
        self.window.control(name).unwrap_or_else(|error| panic!("{error}"));
    }

    /// Presses keys together.
    pub fn press(&self, keys: &[char]) {
        self.window.press(keys).expect("a keyboard");
    }

    /// How often this person clicked.
    pub fn clicks(&self) -> usize {
        self.clicks.get()
    }

    /// What went wrong in the page without being seen.
    pub fn complaints(&self) -> Vec<String> {
        let complaints = self.window.observe("return window.complaints").expect("a page");
        complaints.as_array().into_iter().flatten().map(|line| line.to_string()).collect()
    }
}
