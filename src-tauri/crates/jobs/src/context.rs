//! Everything outside that a job needs, passed in.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use protocol::event::JobEvent;

use crate::Switch;

/// The identifier under which each system keeps the files of this program.
const IDENTIFIER: &str = "studio.tincture.app";

/// What a job gets from outside.
pub struct Context {
    /// Engine wish: `auto`, `cpu`, `software`, or a part of a name.
    pub engine: String,
    /// Folder for projects, sample, remembered hashes and speeds; made on demand.
    pub app_folder: PathBuf,
    /// Told what a running job says; called from several threads, never more than one at a time.
    pub events: Box<dyn Fn(JobEvent) + Send + Sync>,
    /// Pause and cancel.
    pub control: Arc<Switch>,
    /// Seconds since 1970, for the dates of projects; nothing in a model file depends on it.
    pub now: fn() -> u64,
}

impl Context {
    /// A context that nobody listens to, with the automatic engine and the clock of the system.
    pub fn new(app_folder: impl Into<PathBuf>) -> Self {
        Self {
            engine: "auto".to_owned(),
            app_folder: app_folder.into(),
            events: Box::new(|_| ()),
            control: Arc::new(Switch::new()),
            now: seconds_since_1970,
        }
    }
}

fn seconds_since_1970() -> u64 {
    std::time::SystemTime::UNIX_EPOCH.elapsed().map_or(0, |elapsed| elapsed.as_secs())
}

/// The folder for the program's own files: `TINCTURE_HOME` if set, else the system's place for such files.
pub fn app_folder() -> PathBuf {
    folder_from(std::env::var_os("TINCTURE_HOME"), dirs::data_dir())
}

fn folder_from(wish: Option<OsString>, system: Option<PathBuf>) -> PathBuf {
    match wish.filter(|wish| !wish.is_empty()) {
        Some(wish) => PathBuf::from(wish),
        None => system.unwrap_or_else(std::env::temp_dir).join(IDENTIFIER),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wish_comes_before_the_place_of_the_system() {
        let system = Some(PathBuf::from("/home/a/.local/share"));
        assert_eq!(folder_from(Some("/x".into()), system.clone()), PathBuf::from("/x"));
        assert_eq!(folder_from(Some("".into()), system), PathBuf::from("/home/a/.local/share").join(IDENTIFIER));
    }
}
