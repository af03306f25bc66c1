//! Shader headers, stems and the table in `shaders/README.md`.

use crate::repo::{File, Repo, Violation};

/// Labels of a header after its first line, which is `// stem: what it does.`
const LABELS: [&str; 8] = ["Formula", "Source", "Shapes", "Work", "Numbers", "Limits", "Host", "Uses"];

const CRATES: &str = "src-tauri/crates/";

/// Headers that lack a label, have it in another place, or name a host or prelude that is not there.
pub fn headers(repo: &Repo) -> Vec<Violation> {
    repo.below("shaders/", ".wgsl").flat_map(|(below, file)| header(repo, below, file)).collect()
}

/// `merge/weighted_sum.wgsl` is `("merge", "weighted_sum")`.
fn parts(below: &str) -> (&str, &str) {
    below.trim_end_matches(".wgsl").rsplit_once('/').unwrap_or(("", below))
}

fn header(repo: &Repo, below: &str, file: &File) -> Vec<Violation> {
    let (folder, stem) = parts(below);
    let mut found = first_line(stem, file);
    match folder {
        "prelude" => {
            found.extend(undeclared(file, &["@group", "@compute", "override "], "a prelude"));
            return found;
        }
        "family" => {
            found.extend(undeclared(file, &["@compute"], "a family file"));
            found.extend(shared(repo, below, file));
            return found;
        }
        _ => {}
    }
    found.extend(labels(file));
    found.extend(host(repo, folder, stem, file));
    found.extend(uses(repo, file));
    let entries = file.text.matches("fn main(").count();
    if entries != 1 || file.text.matches("@compute").count() != 1 {
        found.push(Violation::new(&file.path, 1, format!("{entries} entry points called main"), "keep exactly one"));
    }
    found
}

fn first_line(stem: &str, file: &File) -> Vec<Violation> {
    let first = file.text.lines().next().unwrap_or("");
    if first.starts_with(&format!("// {stem}: ")) {
        return vec![];
    }
    let remedy = format!("begin with `// {stem}: ` and what it does");
    vec![Violation::new(&file.path, 1, "the first line does not name the file's stem", remedy)]
}

fn undeclared(file: &File, words: &[&str], what: &str) -> Vec<Violation> {
    let wrong = words.iter().filter(|word| file.text.contains(**word));
    let remedy = "preludes declare functions and constants only, families no entry points; move it into the kernel";
    wrong.map(|word| Violation::new(&file.path, 1, format!("{what} with {word}"), remedy)).collect()
}

/// Kernels that share a family file: with less than three, each says for itself what it needs.
fn shared(repo: &Repo, below: &str, file: &File) -> Vec<Violation> {
    const LEAST: usize = 3;
    let name = below.trim_end_matches(".wgsl");
    let names_it = |list: &str| list.split(',').any(|used| used.trim() == name);
    let users =
        repo.below("shaders/", ".wgsl").filter(|(_, file)| value(file, "Uses").is_some_and(|(_, list)| names_it(list)));
    let count = users.count();
    if count >= LEAST {
        return vec![];
    }
    let fault = format!("a family file that {count} kernels use");
    vec![Violation::new(&file.path, 1, fault, "move it into the kernels until three share it")]
}

/// Lines of the header: comments at the top of the file.
fn head(file: &File) -> impl Iterator<Item = (usize, &str)> {
    file.text.lines().enumerate().map_while(|(at, line)| Some((at + 1, line.strip_prefix("//")?)))
}

fn labels(file: &File) -> Vec<Violation> {
    let seen: Vec<&str> = head(file)
        .filter_map(|(_, line)| line.strip_prefix(' ')?.split(' ').next())
        .filter(|word| LABELS.contains(word))
        .collect();
    if seen == LABELS {
        return vec![];
    }
    let fault = format!("the header has the labels {}", seen.join(", "));
    vec![Violation::new(&file.path, 1, fault, format!("write, in this order: {}", LABELS.join(", ")))]
}

/// What stands behind a label in the header, with its line.
fn value<'a>(file: &'a File, label: &str) -> Option<(usize, &'a str)> {
    head(file).find_map(|(line, text)| Some((line, text.strip_prefix(' ')?.strip_prefix(label)?.trim())))
}

fn host(repo: &Repo, folder: &str, stem: &str, file: &File) -> Vec<Violation> {
    let expected = format!("kernels/src/{folder}/{stem}.rs");
    let (line, named) = value(file, "Host").unwrap_or((1, ""));
    let mut found = Vec::new();
    if named != expected {
        found.push(Violation::new(&file.path, line, format!("Host is `{named}`"), format!("name {expected}")));
    }
    if repo.file(&format!("{CRATES}{expected}")).is_none() {
        found.push(Violation::new(&file.path, line, format!("{expected} is not there"), "add the host module"));
    }
    found
}

fn uses(repo: &Repo, file: &File) -> Vec<Violation> {
    let (line, list) = value(file, "Uses").unwrap_or((1, ""));
    let names = list.split(',').map(str::trim).filter(|name| !name.is_empty());
    let missing = names.filter(|name| repo.file(&format!("shaders/{name}.wgsl")).is_none());
    missing
        .map(|name| {
            Violation::new(
                &file.path,
                line,
                format!("Uses names {name}"),
                "name a file of shaders/prelude or shaders/family",
            )
        })
        .collect()
}

/// Kernels without a row, rows without a kernel, hosts without a kernel.
pub fn table(repo: &Repo) -> Vec<Violation> {
    let readme = repo.text("shaders/README.md");
    let kernels: Vec<String> = repo
        .below("shaders/", ".wgsl")
        .map(|(below, _)| below.to_owned())
        .filter(|below| !["prelude/", "family/"].iter().any(|folder| below.starts_with(folder)))
        .collect();
    let mut found = rows_and_files(readme, &kernels);
    for folder in ["merge", "measure", "mask", "solve", "train"] {
        found.extend(hosts_without_kernel(repo, folder, &kernels));
    }
    found
}

fn rows_and_files(readme: &str, kernels: &[String]) -> Vec<Violation> {
    const PATH: &str = "shaders/README.md";
    let rows: Vec<(usize, Vec<&str>)> = readme
        .lines()
        .enumerate()
        .filter(|(_, line)| line.starts_with("| `"))
        .map(|(at, line)| (at + 1, line.split('|').map(|cell| cell.trim().trim_matches('`')).collect()))
        .collect();
    let mut found = Vec::new();
    for (line, cells) in &rows {
        let (kernel, file, host) = (cells[1], cells.get(2).copied().unwrap_or(""), cells.get(3).copied().unwrap_or(""));
        let (folder, stem) = parts(file);
        if kernel != stem || host != format!("kernels/src/{folder}/{stem}.rs") || !kernels.iter().any(|own| own == file)
        {
            let fault = format!("the row `{kernel}` does not match a kernel and its host");
            found.push(Violation::new(PATH, *line, fault, "name the stem, the file and the host, or remove the row"));
        }
    }
    let missing = kernels.iter().filter(|kernel| !rows.iter().any(|(_, cells)| cells.get(2) == Some(&kernel.as_str())));
    found.extend(missing.map(|kernel| Violation::new(PATH, 1, format!("no row for {kernel}"), "add one")));
    found
}

fn hosts_without_kernel(repo: &Repo, folder: &str, kernels: &[String]) -> Vec<Violation> {
    let place = format!("{CRATES}kernels/src/{folder}/");
    let hosts = repo.files.iter().filter_map(|file| Some((file, file.path.strip_prefix(&place)?.strip_suffix(".rs")?)));
    let alone = hosts.filter(|(_, stem)| *stem != "mod" && !kernels.contains(&format!("{folder}/{stem}.wgsl")));
    alone
        .map(|(file, stem)| {
            let remedy = format!("add shaders/{folder}/{stem}.wgsl, or move the module out of this folder");
            Violation::new(&file.path, 1, "a host module without a shader", remedy)
        })
        .collect()
}

mod tests {
    use super::*;

    const GOOD: &str = "// k: does it.\n//\n// Formula  y = x\n// Source   here\n// Shapes   x [n]\n// Work     one\n// Numbers  f32\n// Limits   none\n// Host     kernels/src/merge/k.rs\n// Uses     prelude/grid\n\n@compute @workgroup_size(1)\nfn main() {}\n";

    fn checked(text: &str) -> Vec<Violation> {
        let repo = Repo::of(&[
            ("shaders/merge/k.wgsl", text),
            ("shaders/prelude/grid.wgsl", "// grid: x.\n"),
            ("src-tauri/crates/kernels/src/merge/k.rs", ""),
        ]);
        headers(&repo)
    }

    #[test]
    fn a_good_header_passes() {
        assert_eq!(checked(GOOD), []);
    }

    #[test]
    fn every_fault_of_a_header_is_caught() {
        let swapped = GOOD.replace("// Limits   none\n", "").replace("// Work", "// Limits   none\n// Work");
        let cases = [
            ("another stem", GOOD.replacen("// k: ", "// kernel: ", 1)),
            ("a missing label", GOOD.replace("// Numbers  f32\n", "")),
            ("labels in another order", swapped),
            ("another host", GOOD.replace("merge/k.rs", "merge/other.rs")),
            ("a prelude that is not there", GOOD.replace("prelude/grid", "prelude/grid, prelude/none")),
            ("two entry points", GOOD.replace("fn main() {}", "fn main() {}\nfn main() {}")),
        ];
        for (what, text) in cases {
            assert_eq!(checked(&text).len(), 1, "{what}: {:?}", checked(&text));
        }
    }

    #[test]
    fn a_binding_in_a_prelude_is_caught() {
        let repo =
            Repo::of(&[("shaders/prelude/grid.wgsl", "// grid: x.\n@group(0) @binding(0) var<uniform> p: u32;\n")]);
        assert_eq!(headers(&repo).len(), 1);
    }

    /// Violations of a family file that so many kernels use.
    fn family(text: &str, users: usize) -> Vec<Violation> {
        let kernel = |at: usize| {
            let text = GOOD.replace("prelude/grid", "family/f").replace("// k: ", &format!("// k{at}: "));
            (format!("shaders/merge/k{at}.wgsl"), text.replace("merge/k.rs", &format!("merge/k{at}.rs")))
        };
        let hosts = (0..users).map(|at| (format!("src-tauri/crates/kernels/src/merge/k{at}.rs"), String::new()));
        let files: Vec<(String, String)> = (0..users).map(kernel).chain(hosts).collect();
        let files = files.iter().map(|(path, text)| (path.as_str(), text.as_str()));
        let files: Vec<_> = files.chain([("shaders/family/f.wgsl", text)]).collect();
        headers(&Repo::of(&files))
    }

    #[test]
    fn families_may_bind_what_three_kernels_share_but_never_enter() {
        const FAMILY: &str = "// f: x.\noverride A: u32;\n@group(0) @binding(0) var<uniform> p: u32;\n";
        assert_eq!(family(FAMILY, 3), []);
        assert_eq!(family(FAMILY, 2).len(), 1);
        assert_eq!(family(&format!("{FAMILY}@compute @workgroup_size(1)\nfn main() {{}}\n"), 3).len(), 1);
        assert_eq!(family(&FAMILY.replace("// f: ", "// g: "), 3).len(), 1);
    }

    #[test]
    fn a_family_file_needs_no_row() {
        assert_eq!(table(&Repo::of(&[("shaders/README.md", ""), ("shaders/family/f.wgsl", "// f: x.\n")])), []);
    }

    #[test]
    fn rows_and_files_that_do_not_match_are_caught() {
        let kernels = ["merge/a.wgsl".to_owned(), "merge/b.wgsl".to_owned()];
        let row = |stem: &str| format!("| `{stem}` | `merge/{stem}.wgsl` | `kernels/src/merge/{stem}.rs` | x |\n");
        assert_eq!(rows_and_files(&format!("{}{}", row("a"), row("b")), &kernels), []);
        assert_eq!(rows_and_files(&row("a"), &kernels).len(), 1);
        assert_eq!(rows_and_files(&format!("{}{}{}", row("a"), row("b"), row("c")), &kernels).len(), 1);
    }

    #[test]
    fn a_host_without_a_shader_is_caught() {
        let repo = Repo::of(&[
            ("src-tauri/crates/kernels/src/merge/lost.rs", ""),
            ("src-tauri/crates/kernels/src/merge/mod.rs", ""),
        ]);
        assert_eq!(table(&repo).len(), 1);
    }
}
