//! A switch for NVIDIA cards: with their driver the web view of Linux can stay blank.

/// Starts this program again in its own place with the switch set, where it is needed and nobody has set it.
///
/// A variable can only be set safely for a program that is about to start, so it takes a second start.
#[cfg(target_os = "linux")]
pub fn start_again_if_needed() {
    use std::os::unix::process::CommandExt;
    use std::path::Path;
    use std::process::Command;

    const SWITCH: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
    if std::env::var_os(SWITCH).is_some() || !Path::new("/proc/driver/nvidia/version").exists() {
        return;
    }
    let Ok(program) = std::env::current_exe() else {
        return;
    };
    let error = Command::new(program).args(std::env::args_os().skip(1)).env(SWITCH, "1").exec();
    eprintln!("{}", protocol::words::window::goes_on_without(SWITCH, &error.to_string()));
}

/// Nothing to do: the trouble is one of Linux.
#[cfg(not(target_os = "linux"))]
pub fn start_again_if_needed() {}
