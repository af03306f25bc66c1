//! Every sentence this program says. It stands apart from `protocol::words`, because a fresh machine compiles this program first.

use std::fmt::Display;
use std::path::Path;
use std::process::ExitStatus;

use crate::Task;
use crate::machine::System;
use crate::setup::packages::{Package, names};

pub(crate) const NO_CHECKOUT: &str = "Tincture's folder was not found. Call this through cargo, inside the checkout.";
pub(crate) const NO_RUSTC: &str = "The Rust compiler did not answer. Install Rust (https://rustup.rs), then try again.";
pub(crate) const WASM_MISSING: &str = "Fetching the standard library for the window's page (wasm32).";
pub(crate) const NO_RUSTUP: &str = "rustup: not on this machine";
pub(crate) const NOT_DEBIAN: &str = "building it from Debian's sources: this is not Debian";
pub(crate) const NO_DEBIAN_MIRROR: &str = "building it from Debian's sources: no Debian mirror is set up for apt";
pub(crate) const NO_DEBIAN_LISTS: &str = "building it from Debian's sources: the package lists could not be fetched";
pub(crate) const VERIFY_NEEDS_LINUX: &str =
    "The window tests drive WebKitGTK, which exists on Linux only. On this system run: cargo quick";
pub(crate) const BUILDING_PAGE: &str = "Building the window's page.";
pub(crate) const BUILDING_APP: &str = "Building the app. The first time takes minutes, later ones seconds.";
pub(crate) const NO_DISPLAY: &str =
    "There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set), so no window can open.
The sample mix is made through the command line instead. To build the window all the same: cargo studio --build-only";
pub(crate) const XVFB_SILENT: &str = "Xvfb ended without naming a display";

pub(crate) fn usage(tasks: &[Task]) -> String {
    let lines: Vec<String> = tasks.iter().map(|task| format!("  cargo {}", task.name)).collect();
    format!("Call one of these:\n{}\nArguments for the app come after two dashes: cargo studio -- …", lines.join("\n"))
}

pub(crate) fn unknown_argument(task: &str, argument: &str) -> String {
    format!(
        "cargo {task} does not know {argument:?}. Arguments for the app come after two dashes: cargo studio -- {argument}"
    )
}

pub(crate) fn not_started(what: &str, error: &dyn Display) -> String {
    format!("{what} could not be started: {error}")
}

pub(crate) fn ended_with(what: &str, status: ExitStatus) -> String {
    format!("{what} did not succeed ({status}); the cause stands above")
}

pub(crate) fn no_compiler(system: System) -> String {
    let line = match system {
        System::Debian => "sudo apt-get install gcc libc6-dev",
        System::Fedora => "sudo dnf install gcc",
        System::Arch => "sudo pacman -S --needed gcc",
        System::Suse => "sudo zypper install gcc",
        System::Mac => "xcode-select --install",
        System::OtherLinux | System::Windows => "(the C compiler of your system, as the program `cc`)",
    };
    format!(
        "Tincture needs a C compiler, because Rust links programs with it. Install it, then try again:\n\n    {line}\n"
    )
}

/// The packages with what each is for.
fn listed(packages: &[&Package], system: System) -> String {
    let name = |package: &Package| package.name(system).or_else(|| package.name(System::Debian)).unwrap_or_default();
    let width = packages.iter().map(|package| name(package).len()).max().unwrap_or(0);
    let line = |package: &&Package| format!("  {:width$}  {}\n", name(package), package.why);
    packages.iter().map(line).collect()
}

/// What to type on a system, for packages in its own names.
fn install_line(packages: &[&Package], system: System) -> Option<String> {
    let start = match system {
        System::Debian => "sudo apt-get install",
        System::Fedora => "sudo dnf install",
        System::Arch => "sudo pacman -S --needed",
        System::Suse => "sudo zypper install",
        System::OtherLinux | System::Mac | System::Windows => return None,
    };
    Some(format!("{start} {}", names(packages, system).join(" ")))
}

pub(crate) fn installing(packages: &[&Package], system: System) -> String {
    format!("Installing system packages:\n{}", listed(packages, system))
}

pub(crate) fn please_install(packages: &[&Package], system: System) -> String {
    let list = listed(packages, system);
    match install_line(packages, system) {
        Some(line) => format!(
            "These system packages are missing:\n{list}\nThis program may not install them here. \
             Run this line once, then try again:\n\n    {line}\n"
        ),
        None => format!(
            "These system packages are missing (the names are Debian's; the window needs WebKitGTK 4.1 with headers):\n\
             {list}\nInstall your system's packages of these libraries, then try again."
        ),
    }
}

pub(crate) fn still_missing(packages: &[&Package], system: System) -> String {
    let list = listed(packages, system);
    format!("Installed, but still not found:\n{list}\nIf PATH or PKG_CONFIG_LIBDIR is set, it may hide them.")
}

pub(crate) fn apt_failed(names: &[&str], why: &str) -> String {
    format!(
        "{why}.\nOnce it works by hand, try again:\n\n    sudo apt-get update && sudo apt-get install {}\n",
        names.join(" ")
    )
}

pub(crate) fn rustup_failed(why: &str) -> String {
    format!("rustup target add wasm32-unknown-unknown: {why}")
}

pub(crate) fn wasm_elsewhere(libraries: &Path) -> String {
    format!("it was installed, but this Rust compiler looks in {}", libraries.display())
}

pub(crate) fn building_wasm(version: &str) -> String {
    format!("Building it from Debian's sources, rust-src {version}.")
}

pub(crate) fn wrong_versions(package: &str, wanted: &str, offered: &[&str]) -> String {
    let offered = if offered.is_empty() { "none".to_owned() } else { offered.join(", ") };
    format!("building it from Debian's sources: {package} of exactly version {wanted} is needed, on offer: {offered}")
}

pub(crate) fn no_archive(package: &str) -> String {
    format!("building it from Debian's sources: the package {package} does not hold the library where it was expected")
}

pub(crate) fn sources_in_the_way(at: &Path) -> String {
    format!(
        "building it from Debian's sources: {} is there already; remove it or run `rustup target add`",
        at.display()
    )
}

pub(crate) fn not_writable(folder: &Path, error: &dyn Display) -> String {
    format!("building it from Debian's sources: {} cannot be written: {error}", folder.display())
}

pub(crate) fn no_wasm(version: &str, tried: &[String]) -> String {
    let tried: String = tried.iter().map(|way| format!("  - {way}\n")).collect();
    format!(
        "The wasm32 standard library for rustc {version} is missing and could not be supplied. Tried:\n{tried}\n\
         With a connection, Rust from https://rustup.rs brings it:\n\n    rustup target add wasm32-unknown-unknown\n"
    )
}

pub(crate) fn no_start_script(index: &Path) -> String {
    format!(
        "{} does not load the generated script: it needs <script type=\"module\" src=\"start.js\"></script>",
        index.display()
    )
}

pub(crate) fn stage_begins(name: &str) -> String {
    format!("== {name}")
}

pub(crate) fn stage_ends(name: &str, seconds: f64) -> String {
    format!("== {name}: passed in {seconds:.1} s")
}

pub(crate) fn stage_fails(task: &str, name: &str, seconds: f64, why: &dyn Display) -> String {
    format!("== {name}: FAILED after {seconds:.1} s: {why}\n{task}: stopped at the stage \"{name}\".")
}

pub(crate) fn all_passed(task: &str, stages: usize, seconds: f64) -> String {
    format!("{task}: all {stages} stages passed in {seconds:.1} s.")
}

pub(crate) fn app_failed(status: ExitStatus, last: &[String]) -> String {
    let last = if last.is_empty() { "  (nothing)".to_owned() } else { last.join("\n  ") };
    format!("The app ended with a failure ({status}). Its last lines:\n  {last}")
}

pub(crate) fn app_is_built(at: &Path) -> String {
    format!("The app is built: {}", at.display())
}

pub(crate) fn sample_is_made(folder: &Path, found: &[String]) -> String {
    let lines: String = found.iter().map(|path| format!("  {path}\n")).collect();
    format!("The sample mix is in {}:\n{lines}", folder.display())
}
