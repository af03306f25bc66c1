//! The fallback for the wasm32 standard library: built once from Debian's package `rust-src` of exactly the compiler's version.
//!
//! The few crates the library depends on come like those of any other build. The machine's own package lists are not touched.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::wasm::{Compiler, TARGET, is_standard_library};
use crate::machine::{Machine, System, ThisMachine};
use crate::place::{Place, answer, finish};
use crate::stop::Stop;
use crate::words;

/// Where Debian keeps releases that may have the compiler's version, besides the machine's own.
const SUITES: &[&str] = &["stable", "stable-backports", "testing", "unstable"];

/// Downloads the sources, builds the library and puts it where the compiler looks.
///
/// # Errors
/// In words: what was tried and why it did not work.
pub(super) fn build(compiler: &Compiler, place: &Place) -> Result<(), String> {
    if ThisMachine.system() != System::Debian {
        return Err(words::NOT_DEBIAN.into());
    }
    let scratch = place.target.join("wasm32-library");
    let result = build_in(&scratch, compiler, place);
    // Hundreds of megabytes of sources and lists serve nobody afterwards; a folder that stays does no harm.
    drop(fs::remove_dir_all(&scratch));
    result
}

fn build_in(scratch: &Path, compiler: &Compiler, place: &Place) -> Result<(), String> {
    fs::create_dir_all(scratch).map_err(|error| Stop::file("cannot make", scratch, &error).to_string())?;
    let apt = Apt::beside_the_machines_own(scratch)?;
    apt.update()?;
    let package = apt.version_of("rust-src", &compiler.version)?;
    eprintln!("{}", words::building_wasm(&package));
    let sources = apt.unpack("rust-src", &package, &compiler.version)?;
    let copy = Sources::lend(&sources, compiler)?;
    let built = compile(scratch, place);
    drop(copy);
    publish(&built?, &compiler.libraries)
}

/// apt with lists, caches and sources of its own.
struct Apt {
    scratch: PathBuf,
}

impl Apt {
    fn beside_the_machines_own(scratch: &Path) -> Result<Self, String> {
        let format = "$(REPO_URI)|$(COMPONENT)|$(SIGNED_BY)";
        let known = answer(Command::new("apt-get").args(["indextargets", "--format", format])).unwrap_or_default();
        let sources = sources_from(&known).ok_or(words::NO_DEBIAN_MIRROR)?;
        for folder in ["lists/partial", "archives/partial"] {
            fs::create_dir_all(scratch.join(folder)).map_err(|error| error.to_string())?;
        }
        fs::write(scratch.join("sources.list"), sources).map_err(|error| error.to_string())?;
        Ok(Self { scratch: scratch.to_path_buf() })
    }

    fn call(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.scratch).stdin(Stdio::null());
        let at = |name: &str| self.scratch.join(name).display().to_string();
        let settings = [
            format!("Dir::Etc::sourcelist={}", at("sources.list")),
            "Dir::Etc::sourceparts=-".to_owned(),
            format!("Dir::State::lists={}", at("lists")),
            format!("Dir::Cache={}", self.scratch.display()),
            "Acquire::Languages=none".to_owned(),
            "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false".to_owned(),
            // The download sandbox account cannot read a build folder inside somebody's home.
            "APT::Sandbox::User=root".to_owned(),
        ];
        for setting in settings {
            command.args(["-o", &setting]);
        }
        command.args(arguments);
        command
    }

    /// A suite that cannot be fetched is no reason to stop: the version may be in another one.
    fn update(&self) -> Result<(), String> {
        drop(finish("apt-get update", &mut self.call("apt-get", &["-q", "update"])));
        let fetched = fs::read_dir(self.scratch.join("lists")).map_or(0, Iterator::count);
        if fetched > 2 { Ok(()) } else { Err(words::NO_DEBIAN_LISTS.into()) }
    }

    fn version_of(&self, package: &str, wanted: &str) -> Result<String, String> {
        let offered = answer(&mut self.call("apt-cache", &["madison", package])).unwrap_or_default();
        matching_version(&offered, wanted).ok_or_else(|| words::wrong_versions(package, wanted, &versions(&offered)))
    }

    fn unpack(&self, package: &str, version: &str, compiler: &str) -> Result<PathBuf, String> {
        let wanted = format!("{package}={version}");
        finish("apt-get download", &mut self.call("apt-get", &["-q", "download", &wanted]))
            .map_err(|s| s.to_string())?;
        let archive = find_in(&self.scratch, |name| name.starts_with(package) && name.ends_with(".deb"));
        let archive = archive.ok_or_else(|| words::no_archive(package))?;
        let unpacked = self.scratch.join("unpacked");
        let mut dpkg = Command::new("dpkg");
        finish("dpkg", dpkg.arg("-x").arg(&archive).arg(&unpacked)).map_err(|stop| stop.to_string())?;
        let library = unpacked.join("usr/src").join(format!("rustc-{compiler}")).join("library");
        if library.is_dir() { Ok(library) } else { Err(words::no_archive(package)) }
    }
}

/// A sources file for the first Debian mirror this machine uses.
fn sources_from(known: &str) -> Option<String> {
    let mirror = known.lines().map(|line| line.split('|').collect::<Vec<_>>()).find(|fields| {
        let address = fields.first().map_or("", |address| address.trim_end_matches('/'));
        address.ends_with("/debian") && fields.get(1) == Some(&"main")
    })?;
    let options = match mirror.get(2) {
        Some(key) if !key.is_empty() && !key.contains('$') => format!("[signed-by={key}] "),
        _ => String::new(),
    };
    Some(SUITES.iter().map(|suite| format!("deb {options}{} {suite} main\n", mirror[0])).collect())
}

/// The second column of `apt-cache madison`.
fn versions(offered: &str) -> Vec<&str> {
    let mut found: Vec<&str> = offered.lines().filter_map(|line| line.split('|').nth(1)).map(str::trim).collect();
    found.dedup();
    found
}

/// The offered version that is exactly the compiler's: upstream part before `+` or `-`.
fn matching_version(offered: &str, wanted: &str) -> Option<String> {
    let upstream = |version: &&str| version.split(['+', '-']).next() == Some(wanted);
    versions(offered).into_iter().find(upstream).map(str::to_owned)
}

fn find_in(folder: &Path, wanted: impl Fn(&str) -> bool) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?;
    entries.flatten().find(|entry| wanted(&entry.file_name().to_string_lossy())).map(|entry| entry.path())
}

/// The library's sources where cargo looks for them, for the time of the build only, so that a later
/// `rustup component add rust-src` finds the place free.
struct Sources {
    at: PathBuf,
}

impl Sources {
    fn lend(library: &Path, compiler: &Compiler) -> Result<Self, String> {
        let parent = compiler.sysroot.join("lib/rustlib/src/rust");
        let at = parent.join("library");
        if at.exists() {
            return Err(words::sources_in_the_way(&at));
        }
        let not_writable = |error: std::io::Error| words::not_writable(&parent, &error);
        fs::create_dir_all(&parent).map_err(not_writable)?;
        let lent = Self { at };
        copy_folder(library, &lent.at).map_err(not_writable)?;
        Ok(lent)
    }
}

impl Drop for Sources {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.at));
    }
}

fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let goal = to.join(entry.file_name());
        if fs::metadata(entry.path())?.is_dir() {
            copy_folder(&entry.path(), &goal)?;
        } else {
            fs::copy(entry.path(), goal)?;
        }
    }
    Ok(())
}

/// Builds the standard library by way of an empty crate; gives the folder with the results.
fn compile(scratch: &Path, place: &Place) -> Result<PathBuf, String> {
    let empty = scratch.join("empty");
    fs::create_dir_all(empty.join("src")).map_err(|error| error.to_string())?;
    // The empty [workspace] keeps the crate out of ours, inside whose build folder it lies.
    let manifest = "[package]\nname = \"empty\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n";
    fs::write(empty.join("Cargo.toml"), manifest).map_err(|error| error.to_string())?;
    fs::write(empty.join("src/lib.rs"), "").map_err(|error| error.to_string())?;
    let mut cargo = place.cargo(["build", "--release", "--target", TARGET, "-Zbuild-std=std,panic_abort"]);
    cargo.current_dir(&empty).env("RUSTC_BOOTSTRAP", "1").env("CARGO_TARGET_DIR", empty.join("target"));
    finish("the build of the wasm32 standard library", &mut cargo).map_err(|stop| stop.to_string())?;
    Ok(empty.join("target").join(TARGET).join("release/deps"))
}

/// Puts the built libraries where the compiler looks, the standard library itself last.
fn publish(built: &Path, libraries: &Path) -> Result<(), String> {
    let not_writable = |error: std::io::Error| words::not_writable(libraries, &error);
    fs::create_dir_all(libraries).map_err(not_writable)?;
    let mut files: Vec<PathBuf> =
        fs::read_dir(built).map_err(not_writable)?.flatten().map(|file| file.path()).collect();
    files.sort_by_key(|path| is_standard_library(&file_name(path)));
    for file in files {
        let name = file_name(&file);
        if name.ends_with(".rlib") && !name.starts_with("libempty-") {
            fs::copy(&file, libraries.join(&name)).map_err(not_writable)?;
        }
    }
    Ok(())
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFERED: &str = "  rust-src | 1.95.0+dfsg1-2 | http://mirror/debian unstable/main amd64 Packages\n  \
                           rust-src | 1.85.0+dfsg3-1 | http://mirror/debian stable/main amd64 Packages\n";

    #[test]
    fn only_exactly_the_compilers_version_is_taken() {
        assert_eq!(matching_version(OFFERED, "1.95.0").as_deref(), Some("1.95.0+dfsg1-2"));
        assert_eq!(matching_version(OFFERED, "1.85.0").as_deref(), Some("1.85.0+dfsg3-1"));
        assert_eq!(matching_version(OFFERED, "1.95.1"), None);
        assert_eq!(matching_version(OFFERED, "1.95"), None);
        assert_eq!(matching_version("", "1.95.0"), None);
    }

    #[test]
    fn sources_name_the_machines_own_mirror_and_key() {
        let known = "https://other/apt|main|\nhttp://mirror/debian/|main|/usr/share/keyrings/debian.gpg\n";
        let sources = sources_from(known).expect("a mirror is known");
        assert!(
            sources.contains(
                "deb [signed-by=/usr/share/keyrings/debian.gpg] http://mirror/debian/ stable-backports main\n"
            )
        );
        assert_eq!(sources.lines().count(), SUITES.len());
        let sources = sources_from("http://mirror/debian/|main|$(SIGNED_BY)\n").expect("a mirror is known");
        assert!(sources.starts_with("deb http://mirror/debian/ stable main\n"), "{sources}");
    }

    #[test]
    fn a_machine_without_a_debian_mirror_is_recognised() {
        assert_eq!(sources_from("http://mirror/ubuntu/|main|\nhttp://mirror/debian-security/|main|\n"), None);
        assert_eq!(sources_from(""), None);
    }

    #[test]
    fn publishing_leaves_out_the_empty_crate_and_what_is_no_library() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let (built, libraries) = (folder.path().join("built"), folder.path().join("a/b/lib"));
        fs::create_dir(&built).expect("a folder can be made");
        for name in ["libstd-1.rlib", "libcore-1.rlib", "libempty-1.rlib", "std-1.d"] {
            fs::write(built.join(name), name).expect("a file can be written");
        }
        publish(&built, &libraries).expect("the folder is writable");
        let mut names: Vec<String> =
            fs::read_dir(&libraries).expect("it was made").flatten().map(|file| file_name(&file.path())).collect();
        names.sort();
        assert_eq!(names, ["libcore-1.rlib", "libstd-1.rlib"]);
    }

    #[test]
    fn lent_sources_are_gone_afterwards_and_never_replace_somebody_elses() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let library = folder.path().join("library");
        fs::create_dir_all(library.join("std")).expect("folders can be made");
        fs::write(library.join("std/lib.rs"), "").expect("a file can be written");
        let sysroot = folder.path().join("sysroot");
        let compiler = Compiler { version: "1.95.0".into(), sysroot, libraries: folder.path().join("lib") };
        let lent = Sources::lend(&library, &compiler).expect("the place is free");
        let at = lent.at.clone();
        assert!(at.join("std/lib.rs").is_file());
        assert!(Sources::lend(&library, &compiler).is_err(), "the place is taken");
        assert!(at.join("std/lib.rs").is_file(), "a refused loan removes nothing");
        drop(lent);
        assert!(!at.exists());
    }
}
