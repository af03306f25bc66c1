//! One method: a row in `protocol`, a file in `merge`, a row in `docs/methods.md`.

use crate::repo::{Repo, Violation};

const ROWS: &str = "src-tauri/crates/protocol/src/methods.rs";
const CODE: &str = "src-tauri/crates/merge/src/method/";
const PAGE: &str = "docs/methods.md";

pub fn one_to_one(repo: &Repo) -> Vec<Violation> {
    let declared = declared(repo.text(ROWS));
    let code: Vec<&str> =
        repo.below(CODE, ".rs").map(|(below, _)| below.trim_end_matches(".rs")).filter(|stem| *stem != "mod").collect();
    let documented = documented(repo.text(PAGE));
    let mut found = compare(&declared, &code, CODE, "add the file NAME.rs, or remove the row");
    found.extend(compare(&code, &declared, ROWS, "add a row to METHODS, or remove the file"));
    found.extend(compare(&declared, &documented, PAGE, "add a row that begins with the name in backquotes"));
    found.extend(compare(&documented, &declared, ROWS, "add a row to METHODS, or remove the row of the page"));
    if declared.is_empty() {
        found.push(Violation::new(
            ROWS,
            1,
            "METHODS has no row",
            "keep `name: \"…\"` on a line of its own in every row",
        ));
    }
    found
}

/// Names of the rows: the line `name: "…"` right after `MethodRow {`.
fn declared(text: &str) -> Vec<&str> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let rows = lines.windows(2).filter(|pair| pair[0] == "MethodRow {");
    rows.filter_map(|pair| pair[1].strip_prefix("name: \"")?.strip_suffix("\",")).collect()
}

/// Names of the rows of the page.
fn documented(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect()
}

/// Names of `from` that `to` lacks.
fn compare(from: &[&str], to: &[&str], place: &str, remedy: &str) -> Vec<Violation> {
    let missing = from.iter().filter(|name| !to.contains(name));
    missing.map(|name| Violation::new(place, 1, format!("the method `{name}` is missing here"), remedy)).collect()
}

mod tests {
    use super::*;

    fn repo_of(rows: &[&str], files: &[&str], page: &[&str]) -> Repo {
        let rows: String =
            rows.iter().map(|name| format!("    MethodRow {{\n        name: \"{name}\",\n    }},\n")).collect();
        let page: String = page.iter().map(|name| format!("| `{name}` | x |\n")).collect();
        let files: Vec<String> = files.iter().map(|name| format!("{CODE}{name}.rs")).collect();
        let mut all = vec![(ROWS, rows.as_str()), (PAGE, page.as_str())];
        all.extend(files.iter().map(|path| (path.as_str(), "")));
        Repo::of(&all)
    }

    #[test]
    fn three_equal_lists_pass() {
        assert_eq!(one_to_one(&repo_of(&["a", "b"], &["mod", "b", "a"], &["a", "b"])), []);
    }

    #[test]
    fn a_method_missing_anywhere_is_caught() {
        assert_eq!(one_to_one(&repo_of(&["a", "b"], &["a"], &["a", "b"])).len(), 1);
        assert_eq!(one_to_one(&repo_of(&["a"], &["a", "b"], &["a"])).len(), 1);
        assert_eq!(one_to_one(&repo_of(&["a", "b"], &["a", "b"], &["a"])).len(), 1);
        assert_eq!(one_to_one(&repo_of(&["a"], &["a"], &["a", "b"])).len(), 1);
        assert_eq!(one_to_one(&repo_of(&[], &[], &[])).len(), 1);
    }
}
