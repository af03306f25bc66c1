//! System packages: a table of what is needed for what, and the decision what to do about those that are missing.

use std::process::{Command, Stdio};

use super::Goal;
use crate::machine::{Machine, Rights, System};
use crate::place::{Place, finish};
use crate::stop::Stop;
use crate::words;

/// How to see whether something is there.
enum Sign {
    Program(&'static str),
    Module(&'static str),
    /// Any of these files; one `*` each part.
    File(&'static [&'static str]),
}

/// One system package under its names on the systems we know.
pub(crate) struct Package {
    sign: Sign,
    goals: &'static [Goal],
    /// What it is for, in words.
    pub(crate) why: &'static str,
    debian: &'static str,
    fedora: &'static str,
    arch: &'static str,
    suse: &'static str,
}

const BUILD: &[Goal] = &[Goal::Window, Goal::Lint, Goal::Verify];
const KERNELS: &[Goal] = &[Goal::Quick, Goal::Verify];
const SCREEN: &[Goal] = &[Goal::Verify];

/// On Fedora and openSUSE a program may be asked for by its path, which stays right when packages are renamed.
const PACKAGES: &[Package] = &[
    Package {
        sign: Sign::Program("pkg-config"),
        goals: BUILD,
        why: "finds system libraries",
        debian: "pkg-config",
        fedora: "pkgconf-pkg-config",
        arch: "pkgconf",
        suse: "pkgconf-pkg-config",
    },
    Package {
        sign: Sign::Module("webkit2gtk-4.1"),
        goals: BUILD,
        why: "draws the window",
        debian: "libwebkit2gtk-4.1-dev",
        fedora: "webkit2gtk4.1-devel",
        arch: "webkit2gtk-4.1",
        suse: "webkit2gtk3-devel",
    },
    Package {
        sign: Sign::Module("librsvg-2.0"),
        goals: BUILD,
        why: "draws icons",
        debian: "librsvg2-dev",
        fedora: "librsvg2-devel",
        arch: "librsvg",
        suse: "librsvg-devel",
    },
    Package {
        sign: Sign::File(&["/usr/lib/*/libvulkan.so.1", "/usr/lib64/libvulkan.so.1", "/usr/lib/libvulkan.so.1"]),
        goals: KERNELS,
        why: "speaks to graphics cards",
        debian: "libvulkan1",
        fedora: "vulkan-loader",
        arch: "vulkan-icd-loader",
        suse: "libvulkan1",
    },
    Package {
        sign: Sign::File(&["/usr/share/vulkan/icd.d/lvp_icd*.json", "/etc/vulkan/icd.d/lvp_icd*.json"]),
        goals: KERNELS,
        why: "a graphics card in software, for tests",
        debian: "mesa-vulkan-drivers",
        fedora: "mesa-vulkan-drivers",
        arch: "vulkan-swrast",
        suse: "libvulkan_lvp",
    },
    Package {
        sign: Sign::Program("Xvfb"),
        goals: SCREEN,
        why: "a screen in memory, for tests",
        debian: "xvfb",
        fedora: "xorg-x11-server-Xvfb",
        arch: "xorg-server-xvfb",
        suse: "xorg-x11-server-Xvfb",
    },
    Package {
        sign: Sign::Program("WebKitWebDriver"),
        goals: SCREEN,
        why: "clicks in the window, for tests",
        debian: "webkit2gtk-driver",
        fedora: "/usr/bin/WebKitWebDriver",
        arch: "webkit2gtk-4.1",
        suse: "/usr/bin/WebKitWebDriver",
    },
    Package {
        sign: Sign::Program("xdotool"),
        goals: SCREEN,
        why: "moves the mouse between windows, for tests",
        debian: "xdotool",
        fedora: "xdotool",
        arch: "xdotool",
        suse: "xdotool",
    },
    Package {
        sign: Sign::Program("dbus-run-session"),
        goals: SCREEN,
        why: "the desktop's messages, for tests",
        debian: "dbus",
        fedora: "dbus-daemon",
        arch: "dbus",
        suse: "dbus-1",
    },
];

impl Package {
    /// Its name on a system, where we know it.
    pub(crate) fn name(&self, system: System) -> Option<&'static str> {
        match system {
            System::Debian => Some(self.debian),
            System::Fedora => Some(self.fedora),
            System::Arch => Some(self.arch),
            System::Suse => Some(self.suse),
            System::OtherLinux | System::Mac | System::Windows => None,
        }
    }

    fn is_here(&self, machine: &dyn Machine) -> bool {
        match self.sign {
            Sign::Program(name) => machine.has_program(name),
            Sign::Module(name) => machine.has_module(name),
            Sign::File(patterns) => patterns.iter().any(|pattern| machine.has_file(pattern)),
        }
    }
}

/// The names of packages on a system, each once.
pub(crate) fn names(packages: &[&Package], system: System) -> Vec<&'static str> {
    let mut names = Vec::new();
    for name in packages.iter().filter_map(|package| package.name(system)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// What to do about the packages of a goal.
#[derive(Debug, PartialEq, Eq)]
enum Decision {
    /// Everything is there.
    Nothing,
    /// Install these with apt-get, directly or through sudo.
    Install { names: Vec<&'static str>, through_sudo: bool },
    /// A person has to install them: these words say which.
    Ask(String),
}

/// Looks for the packages of a goal and installs those that are missing, if that needs nobody.
pub(super) fn supply(goal: Goal, _: &Place, machine: &dyn Machine) -> Result<(), Stop> {
    let missing = missing(goal, machine);
    match decide(goal, &missing, machine) {
        Decision::Nothing => Ok(()),
        Decision::Ask(words) => Err(Stop::person(words)),
        Decision::Install { names, through_sudo } => {
            eprintln!("{}", words::installing(&missing, machine.system()));
            install(&names, through_sudo)?;
            // What apt-get has installed must be visible to the same question, or the next call would install again.
            match self::missing(goal, machine).as_slice() {
                [] => Ok(()),
                still => Err(Stop::person(words::still_missing(still, machine.system()))),
            }
        }
    }
}

fn missing(goal: Goal, machine: &dyn Machine) -> Vec<&'static Package> {
    if !machine.system().is_linux() {
        return Vec::new();
    }
    PACKAGES.iter().filter(|package| package.goals.contains(&goal) && !package.is_here(machine)).collect()
}

fn decide(goal: Goal, missing: &[&Package], machine: &dyn Machine) -> Decision {
    let system = machine.system();
    if goal == Goal::Verify && !system.is_linux() {
        return Decision::Ask(words::VERIFY_NEEDS_LINUX.into());
    }
    if missing.is_empty() {
        return Decision::Nothing;
    }
    match (system, machine.rights()) {
        (System::Debian, Rights::Root) => Decision::Install { names: names(missing, system), through_sudo: false },
        (System::Debian, Rights::Sudo) => Decision::Install { names: names(missing, system), through_sudo: true },
        _ => Decision::Ask(words::please_install(missing, system)),
    }
}

/// Calls apt-get without ever asking: no terminal, no questions, a limit on the wait for another apt.
fn apt_get(through_sudo: bool, arguments: &[&str]) -> Command {
    let mut command = Command::new(if through_sudo { "sudo" } else { "env" });
    if through_sudo {
        command.args(["-n", "env"]);
    }
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-o", "DPkg::Lock::Timeout=300"]);
    command.args(arguments).stdin(Stdio::null());
    command
}

/// Package lists are fetched first when there are none, and once more when the names in them are out of date.
fn install(names: &[&str], through_sudo: bool) -> Result<(), Stop> {
    let mut arguments = vec!["install", "-y", "--no-install-recommends"];
    arguments.extend(names);
    let update = || finish("apt-get update", &mut apt_get(through_sudo, &["update"]));
    let install = || finish("apt-get install", &mut apt_get(through_sudo, &arguments));
    let lists_are_here = crate::machine::ThisMachine.has_file("/var/lib/apt/lists/*Packages*");
    if lists_are_here && install().is_ok() {
        return Ok(());
    }
    update().or_else(|stop| if lists_are_here { Ok(()) } else { Err(stop) })?;
    install().map_err(|stop| Stop::person(words::apt_failed(names, &stop.to_string())))
}

#[cfg(test)]
mod tests {
    use super::super::fake::Fake;
    use super::*;

    const READY: &[&str] = &[
        "pkg-config",
        "webkit2gtk-4.1",
        "librsvg-2.0",
        "/usr/lib/*/libvulkan.so.1",
        "/usr/share/vulkan/icd.d/lvp_icd*.json",
        "Xvfb",
        "WebKitWebDriver",
        "xdotool",
        "dbus-run-session",
    ];

    fn decision(goal: Goal, here: &'static [&'static str], system: System, rights: Rights) -> Decision {
        let machine = Fake { here, system, rights };
        decide(goal, &missing(goal, &machine), &machine)
    }

    #[test]
    fn a_ready_machine_is_left_alone_whatever_the_rights() {
        for rights in [Rights::Root, Rights::Sudo, Rights::Nobody] {
            assert_eq!(decision(Goal::Verify, READY, System::Debian, rights), Decision::Nothing);
            assert_eq!(decision(Goal::Window, READY, System::OtherLinux, rights), Decision::Nothing);
        }
        assert_ne!(decision(Goal::Verify, &READY[1..], System::Debian, Rights::Root), Decision::Nothing);
    }

    #[test]
    fn the_app_needs_no_package_that_only_tests_use() {
        let names = vec!["pkg-config", "libwebkit2gtk-4.1-dev", "librsvg2-dev"];
        let expected = Decision::Install { names, through_sudo: false };
        assert_eq!(decision(Goal::Window, &[], System::Debian, Rights::Root), expected);
        assert_eq!(decision(Goal::Window, &READY[..3], System::Debian, Rights::Root), Decision::Nothing);
    }

    #[test]
    fn only_what_is_missing_is_installed_and_through_sudo_where_the_account_is_not_root() {
        let expected = Decision::Install { names: vec!["dbus"], through_sudo: true };
        assert_eq!(decision(Goal::Verify, &READY[..8], System::Debian, Rights::Sudo), expected);
    }

    #[test]
    fn without_rights_the_exact_line_is_printed_and_nothing_is_run() {
        let Decision::Ask(words) = decision(Goal::Window, &[], System::Debian, Rights::Nobody) else {
            panic!("an account without rights must be asked");
        };
        assert!(words.contains("sudo apt-get install pkg-config libwebkit2gtk-4.1-dev librsvg2-dev"), "{words}");
        let supplied = Stop::person(words);
        assert_eq!(supplied.code(), 2);
    }

    #[test]
    fn other_systems_are_told_their_own_package_names_even_as_root() {
        let cases = [
            (System::Fedora, "sudo dnf install pkgconf-pkg-config webkit2gtk4.1-devel librsvg2-devel"),
            (System::Arch, "sudo pacman -S --needed pkgconf webkit2gtk-4.1 librsvg"),
            (System::Suse, "sudo zypper install pkgconf-pkg-config webkit2gtk3-devel librsvg-devel"),
        ];
        for (system, line) in cases {
            let Decision::Ask(words) = decision(Goal::Window, &[], system, Rights::Root) else {
                panic!("{system:?} must be asked");
            };
            assert!(words.contains(line), "{words}");
            assert!(!words.contains("apt-get"), "{words}");
        }
    }

    #[test]
    fn an_unknown_linux_is_told_what_to_look_for() {
        let Decision::Ask(words) = decision(Goal::Window, &[], System::OtherLinux, Rights::Root) else {
            panic!("an unknown system must be asked");
        };
        assert!(words.contains("WebKitGTK 4.1") && words.contains("libwebkit2gtk-4.1-dev"), "{words}");
    }

    #[test]
    fn macos_and_windows_need_no_package_for_the_app_and_are_told_about_the_window_tests() {
        for system in [System::Mac, System::Windows] {
            assert_eq!(decision(Goal::Window, &[], system, Rights::Nobody), Decision::Nothing);
            assert!(matches!(decision(Goal::Verify, &[], system, Rights::Nobody), Decision::Ask(_)));
        }
    }
}
