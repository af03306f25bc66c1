//! Displays: whether there is one, and a private one in memory for the window tests.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::stop::Stop;
use crate::words;

/// Whether a window can open, from the environment; macOS and Windows always have a display.
pub(crate) fn is_here(linux: bool, variable: impl Fn(&str) -> Option<String>) -> bool {
    !linux || ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| variable(name).is_some_and(|value| !value.is_empty()))
}

/// An X server in memory. It ends with this value, whatever happened in between.
pub(crate) struct PrivateDisplay {
    server: Child,
    /// What to put into `DISPLAY`.
    pub(crate) name: String,
}

impl PrivateDisplay {
    /// Starts a server on a free number and waits until it says which.
    pub(crate) fn start() -> Result<Self, Stop> {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| Stop::failed(words::not_started("Xvfb", &error)))?;
        let mut line = String::new();
        // The server writes its number once it takes connections, so this is also the wait for it.
        let read = server.stdout.take().map(|output| BufReader::new(output).read_line(&mut line));
        let display = Self { server, name: format!(":{}", line.trim()) };
        match read {
            Some(Ok(_)) if !line.trim().is_empty() => Ok(display),
            _ => Err(Stop::failed(words::XVFB_SILENT)),
        }
    }
}

impl Drop for PrivateDisplay {
    fn drop(&mut self) {
        // Both fail only if the server is gone already, which is what is wanted.
        drop(self.server.kill());
        drop(self.server.wait());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(set: &'static [(&'static str, &'static str)]) -> impl Fn(&str) -> Option<String> {
        move |name| set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    }

    #[test]
    fn a_display_is_either_kind_and_an_empty_name_is_none() {
        assert!(is_here(true, with(&[("DISPLAY", ":0")])));
        assert!(is_here(true, with(&[("WAYLAND_DISPLAY", "wayland-0")])));
        assert!(!is_here(true, with(&[("DISPLAY", "")])));
        assert!(!is_here(true, with(&[])));
        assert!(is_here(false, with(&[])), "macOS and Windows name no display");
    }
}
