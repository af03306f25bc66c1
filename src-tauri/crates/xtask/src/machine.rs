//! Questions about this machine, behind a trait so that decisions can be tested on machines that do not exist.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::place::answer;

/// What the set-up asks before it decides. All answers are quick and change nothing.
pub(crate) trait Machine {
    /// Whether a program is on the search path.
    fn has_program(&self, name: &str) -> bool;
    /// Whether pkg-config knows a library with its headers.
    fn has_module(&self, name: &str) -> bool;
    /// Whether a file exists; one `*` stands for any text inside one part of the path.
    fn has_file(&self, pattern: &str) -> bool;
    /// Which kind of system this is.
    fn system(&self) -> System;
    /// How packages may be installed.
    fn rights(&self) -> Rights;
}

/// The kinds of systems whose package names are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum System {
    /// Debian, Ubuntu and what is made from them.
    Debian,
    /// Fedora and what is made from it.
    Fedora,
    /// Arch and what is made from it.
    Arch,
    /// openSUSE.
    Suse,
    /// Any other Linux.
    OtherLinux,
    /// macOS.
    Mac,
    /// Windows.
    Windows,
}

impl System {
    /// Whether the window comes from system packages here.
    pub(crate) fn is_linux(self) -> bool {
        !matches!(self, Self::Mac | Self::Windows)
    }
}

/// How this account may install system packages without anybody typing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rights {
    /// The account is root.
    Root,
    /// `sudo` works without a password.
    Sudo,
    /// Not at all: a person has to.
    Nobody,
}

/// The machine the program runs on.
pub(crate) struct ThisMachine;

impl Machine for ThisMachine {
    fn has_program(&self, name: &str) -> bool {
        let file = format!("{name}{}", env::consts::EXE_SUFFIX);
        env::var_os("PATH").is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(&file).is_file()))
    }

    fn has_module(&self, name: &str) -> bool {
        answer(Command::new("pkg-config").args(["--exists", name])).is_some()
    }

    fn has_file(&self, pattern: &str) -> bool {
        matches_exist(Path::new("/"), pattern.trim_start_matches('/'))
    }

    fn system(&self) -> System {
        match env::consts::OS {
            "macos" => System::Mac,
            "windows" => System::Windows,
            _ => linux_family(&std::fs::read_to_string("/etc/os-release").unwrap_or_default()),
        }
    }

    fn rights(&self) -> Rights {
        if answer(Command::new("id").arg("-u")).is_some_and(|id| id.trim() == "0") {
            Rights::Root
        } else if answer(Command::new("sudo").args(["-n", "true"])).is_some() {
            Rights::Sudo
        } else {
            Rights::Nobody
        }
    }
}

/// The family of a Linux, from the text of `/etc/os-release`.
fn linux_family(os_release: &str) -> System {
    let field = |key: &str| os_release.lines().find_map(|line| line.strip_prefix(key)).unwrap_or("").replace('"', "");
    let names = format!("{} {}", field("ID="), field("ID_LIKE="));
    let known = |name: &str| match name {
        "debian" | "ubuntu" => Some(System::Debian),
        "fedora" | "rhel" => Some(System::Fedora),
        "arch" => Some(System::Arch),
        "suse" | "opensuse" => Some(System::Suse),
        _ => None,
    };
    names.split_whitespace().find_map(known).unwrap_or(System::OtherLinux)
}

/// Whether some path below `folder` matches `pattern`, part by part.
fn matches_exist(folder: &Path, pattern: &str) -> bool {
    let (part, rest) = pattern.split_once('/').map_or((pattern, None), |(part, rest)| (part, Some(rest)));
    let found: Vec<PathBuf> = match part.split_once('*') {
        None => vec![folder.join(part)],
        Some((start, end)) => entries(folder).into_iter().filter(|path| name_matches(path, start, end)).collect(),
    };
    found.iter().any(|path| rest.map_or_else(|| path.exists(), |rest| matches_exist(path, rest)))
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).map(|found| found.flatten().map(|entry| entry.path()).collect()).unwrap_or_default()
}

fn name_matches(path: &Path, start: &str, end: &str) -> bool {
    path.file_name()
        .and_then(|name| name.to_str())
        .is_some_and(|name| name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_linux_is_known_by_its_own_name_or_by_what_it_is_like() {
        assert_eq!(linux_family("NAME=\"Debian GNU/Linux\"\nID=debian\n"), System::Debian);
        assert_eq!(linux_family("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"), System::Debian);
        assert_eq!(linux_family("ID=nobara\nID_LIKE=\"rhel fedora\"\n"), System::Fedora);
        assert_eq!(linux_family("ID=\"opensuse-tumbleweed\"\nID_LIKE=\"opensuse suse\"\n"), System::Suse);
        assert_eq!(linux_family("ID=endeavouros\nID_LIKE=arch\n"), System::Arch);
        assert_eq!(linux_family("VERSION_ID=debian\nID=nixos\n"), System::OtherLinux);
        assert_eq!(linux_family(""), System::OtherLinux);
    }

    #[test]
    fn a_star_stands_for_text_inside_one_part_of_a_path() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        std::fs::create_dir_all(folder.path().join("lib/x86/dri")).expect("folders can be made");
        std::fs::write(folder.path().join("lib/x86/dri/lvp_icd.x86.json"), "").expect("a file can be written");
        assert!(matches_exist(folder.path(), "lib/*/dri/lvp_icd*.json"));
        assert!(matches_exist(folder.path(), "lib/x86"));
        assert!(!matches_exist(folder.path(), "lib/*/lvp_icd*.json"), "a star does not cross folders");
        assert!(!matches_exist(folder.path(), "lib/*/dri/intel*.json"));
    }
}
