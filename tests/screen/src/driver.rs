//! The system's WebDriver program, started with a home of its own.

use std::fs::{self, File};
use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::http;

/// Name of the program; it comes with the package `webkit2gtk-driver`.
const PROGRAM: &str = "WebKitWebDriver";

/// How long the driver may take to answer at all.
const START: Duration = Duration::from_secs(30);

/// A running driver; it ends with this value, and the app with it.
pub struct Driver {
    port: u16,
    program: Child,
    home: TempDir,
}

impl Driver {
    /// Starts the driver on a free port, with an empty home for everything that the app keeps.
    ///
    /// # Errors
    /// When the driver is not installed or does not answer.
    pub fn start() -> io::Result<Self> {
        let home = TempDir::with_prefix("tincture-screen-")?;
        fs::create_dir_all(home.path().join("Documents"))?;
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let program = program(port, home.path())?;
        let driver = Self { port, program, home };
        driver.wait()?;
        Ok(driver)
    }

    /// Sends a request to the driver.
    pub(crate) fn call(&self, method: &str, path: &str, body: &Value) -> io::Result<Value> {
        http::call(self.port, method, path, body)
    }

    /// Where saved models go.
    pub fn output(&self) -> PathBuf {
        self.home.path().join("saved")
    }

    /// What driver and app wrote to their consoles so far.
    pub fn console(&self) -> String {
        let text = fs::read(self.home.path().join("console.txt"));
        text.map(|text| String::from_utf8_lossy(&text).into_owned()).unwrap_or_default()
    }

    /// The programs that the driver started, which is the app.
    fn started(&self) -> Vec<String> {
        let driver = self.program.id();
        let children = fs::read_to_string(format!("/proc/{driver}/task/{driver}/children")).unwrap_or_default();
        children.split_whitespace().map(str::to_owned).collect()
    }

    /// Asks until the driver answers: connecting to a port on which nobody listens yet returns at once.
    fn wait(&self) -> io::Result<()> {
        let begun = Instant::now();
        loop {
            match self.call("GET", "/status", &json!({})) {
                Ok(_) => return Ok(()),
                Err(error) if begun.elapsed() > START => return Err(error),
                Err(_) => std::thread::yield_now(),
            }
        }
    }
}

/// The driver as a process. Everything that the app could share with another start is moved into `home`.
fn program(port: u16, home: &Path) -> io::Result<Child> {
    let console = File::create(home.join("console.txt"))?;
    let mut program = Command::new(PROGRAM);
    program
        .arg(format!("--port={port}"))
        .envs([("TAURI_AUTOMATION", "true"), ("TAURI_WEBVIEW_AUTOMATION", "true")])
        .env("TINCTURE_HOME", home.join("app"))
        .env("TINCTURE_OUTPUT", home.join("saved"))
        .env("HOME", home)
        .stdin(Stdio::null())
        .stderr(console.try_clone()?)
        .stdout(console);
    for (name, folder) in [("XDG_DATA_HOME", "share"), ("XDG_CONFIG_HOME", "config"), ("XDG_CACHE_HOME", "cache")] {
        program.env(name, home.join(folder));
    }
    program
        .spawn()
        .map_err(|error| io::Error::new(error.kind(), format!("{PROGRAM} (package webkit2gtk-driver): {error}")))
}

impl Drop for Driver {
    fn drop(&mut self) {
        // An app whose window did not close in time would stay for ever. What has ended by itself needs no more.
        for app in self.started() {
            let _ = Command::new("kill").arg(app).stderr(Stdio::null()).status();
        }
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}
