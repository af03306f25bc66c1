//! What this computer has: engines, free memory, free space.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use kernels::Engine as _;
use protocol::engine::EngineCard;
use sysinfo::{MemoryRefreshKind, System};

use crate::Context;

/// Which engine is wished for: the option, else the variable `TINCTURE_ENGINE`, else `auto`.
pub fn engine_wish(option: Option<&str>) -> String {
    kernels::wish(option)
}

/// All engines of this machine; one is marked as chosen for the wish.
pub fn devices(wish: &str) -> Vec<EngineCard> {
    kernels::list_for(wish)
}

/// The chosen engine, free memory and, if it can be told, the free space where `folder` is or will be; in bytes.
pub fn machine(folder: &Path, cx: &Context) -> (EngineCard, u64, Option<u64>) {
    (chosen(&cx.engine), free_memory(), free_space(folder))
}

/// The card of the engine that would be used now; the processor if the wish names none.
///
/// Asking the drivers takes a tenth of a second, and forecasts follow every touch of a slider: the answer is kept.
pub(crate) fn chosen(wish: &str) -> EngineCard {
    static KNOWN: Mutex<BTreeMap<String, EngineCard>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.entry(wish.to_owned()).or_insert_with(|| look_for(wish)).clone()
}

fn look_for(wish: &str) -> EngineCard {
    // Whoever wants the processor need not wait for the drivers of graphics cards.
    if wish.eq_ignore_ascii_case("cpu") {
        return kernels::CpuEngine::new().card().clone();
    }
    let card = devices(wish).into_iter().find(|card| card.chosen);
    card.unwrap_or_else(|| kernels::CpuEngine::new().card().clone())
}

/// Memory that programs can still take without pushing others out, in bytes.
pub fn free_memory() -> u64 {
    // A system that does not say is no reason to refuse a mix.
    let Ok(mut system) = System::new() else { return u64::MAX };
    system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
    let limit = system.cgroup_limits().map_or(u64::MAX, |limits| limits.free_memory);
    system.available_memory().min(limit)
}

/// Bytes of memory that this process holds now; `None` where the system does not say.
pub(crate) fn resident() -> Option<u64> {
    of_status("VmRSS:")
}

/// The most bytes of memory that this process ever held.
pub(crate) fn peak() -> Option<u64> {
    of_status("VmHWM:")
}

/// An entry of the process's own status, where the system keeps one.
fn of_status(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? << 10)
}

/// Free bytes on the disk that holds `path`, or will hold it; `None` if the system does not say.
///
/// A place of size zero is no disk but one of the system's own folders: it is not full, it takes no files at all.
pub fn free_space(path: &Path) -> Option<u64> {
    let place = nearest_existing(path)?;
    let size = fs4::total_space(&place).ok()?;
    fs4::available_space(place).ok().filter(|_| size > 0)
}

/// What a full disk is called for people: the last folder on the way to `path` that exists.
pub(crate) fn disk_name(path: &Path) -> String {
    let shown = nearest_existing(path).unwrap_or_else(|| path.to_owned());
    shown.file_name().map_or_else(|| shown.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// The path itself or its nearest ancestor that exists, with links resolved.
fn nearest_existing(path: &Path) -> Option<PathBuf> {
    let absolute = std::path::absolute(path).ok()?;
    absolute.ancestors().find_map(|ancestor| ancestor.canonicalize().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn space_is_told_for_folders_that_do_not_exist_yet() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let here = free_space(folder.path()).expect("a disk holds the temporary folder");
        let later = free_space(&folder.path().join("a/b/c")).expect("the same disk");
        assert!(here > 0 && later > 0);
        assert_eq!(disk_name(&folder.path().join("a/b")), disk_name(folder.path()));
    }

    #[test]
    fn some_memory_is_free() {
        assert!(free_memory() > 0);
    }
}
