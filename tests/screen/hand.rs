//! The pointer of the display, for what begins outside the page: drags of the system.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Calls `xdotool`, which moves the pointer and presses its buttons as a hand does.
pub fn xdotool(arguments: &[&str]) {
    let done = Command::new("xdotool").args(arguments).output().expect("the program xdotool (package xdotool)");
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// Moves the pointer.
pub fn point(x: i32, y: i32) {
    xdotool(&["mousemove", &x.to_string(), &y.to_string()]);
}

/// A window from which files can be dragged; its middle is at [`DragSource::MIDDLE`].
pub struct DragSource(Child);

impl DragSource {
    /// Where the window lies on the display.
    pub const MIDDLE: (i32, i32) = (140, 850);

    /// Shows it with these files, and waits until it can be seen.
    pub fn show(files: &[&Path]) -> Self {
        let mut program = Command::new(env!("CARGO_BIN_EXE_drag"));
        let mut shown = program.args(files).stdout(Stdio::piped()).spawn().expect("built with these tests");
        let said = shown.stdout.take().expect("it was piped");
        let mut line = String::new();
        BufReader::new(said).read_line(&mut line).expect("a line");
        assert_eq!(line, "ready\n");
        Self(shown)
    }
}

impl Drop for DragSource {
    fn drop(&mut self) {
        // It ends with its drag; this is for tests that end before.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
