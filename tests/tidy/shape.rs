//! Lengths of functions and files, and the shape of error types.

use crate::repo::{File, Repo, Violation};
use crate::rust;

/// Most lines of a function, from its name to its closing brace. The aim is ten.
const FUNCTION_LINES: usize = 60;
/// Most lines of a file, its unit tests not counted.
const FILE_LINES: usize = 600;
/// The same for tables of sentences, which grow by rows and not by thought.
const WORDS_LINES: usize = 1_000;
const WORDS: &str = "src-tauri/crates/protocol/src/words/";
/// Most variants of an error type.
const VARIANTS: usize = 12;

/// Name, line and length of every function that has a body.
fn lengths(text: &str) -> Vec<(String, usize, usize)> {
    let code = rust::code(text);
    let starts = rust::words(&code, "fn").into_iter();
    let all = starts.filter_map(|at| {
        let name = rust::identifier(&code, at + 2);
        let end = rust::item_end(&code, at);
        // A function pointer type has no name, a declaration in a trait no body.
        let has_body = code[at..end].ends_with('}') && !name.is_empty();
        has_body.then(|| {
            (name.to_owned(), rust::line_of(&code, at), rust::line_of(&code, end) - rust::line_of(&code, at) + 1)
        })
    });
    all.collect()
}

/// Functions that are too long. Prints the median and the longest, so that a test run shows the trend.
pub fn functions(repo: &Repo) -> Vec<Violation> {
    let mut all: Vec<usize> = repo.rust().flat_map(|file| lengths(&file.text)).map(|(_, _, length)| length).collect();
    all.sort_unstable();
    let median = all.get(all.len() / 2).copied().unwrap_or(0);
    println!("{} functions, median {median} lines, longest {}", all.len(), all.last().copied().unwrap_or(0));
    repo.rust().flat_map(long_functions).collect()
}

fn long_functions(file: &File) -> Vec<Violation> {
    let long = lengths(&file.text).into_iter().filter(|(_, _, length)| *length > FUNCTION_LINES);
    long.map(|(name, line, length)| {
        let fault = format!("`{name}` has {length} lines, at most {FUNCTION_LINES} are allowed");
        Violation::new(&file.path, line, fault, "give its steps names of their own, or turn its cases into a table")
    })
    .collect()
}

/// Files that are too long.
pub fn files(repo: &Repo) -> Vec<Violation> {
    repo.rust().filter_map(long_file).collect()
}

fn long_file(file: &File) -> Option<Violation> {
    let most = if file.path.starts_with(WORDS) { WORDS_LINES } else { FILE_LINES };
    let body = rust::without_tests(&file.text);
    let lines = body.trim_end().lines().count();
    let fault = format!("{lines} lines without its tests, at most {most} are allowed");
    (lines > most)
        .then(|| Violation::new(&file.path, 1, fault, "split it by job; each part gets one plain noun as name"))
}

/// Error types of library crates: `#[non_exhaustive]`, with `thiserror`, of at most twelve variants.
pub fn errors(repo: &Repo) -> Vec<Violation> {
    repo.rust().filter(|file| file.path.contains("src/")).flat_map(error_types).collect()
}

fn error_types(file: &File) -> Vec<Violation> {
    let code = rust::code(&file.text);
    rust::words(&code, "pub enum Error").into_iter().flat_map(|at| error_type(file, &code, at)).collect()
}

fn error_type(file: &File, code: &str, at: usize) -> Vec<Violation> {
    let line = rust::line_of(code, at);
    let item = &code[at..rust::item_end(code, at)];
    let attributes = code[..at].rsplit(['}', ';']).next().unwrap_or("");
    let variants = variants(item);
    let mut found = Vec::new();
    let mut fault = |is_wrong: bool, fault: String, remedy: &str| {
        if is_wrong {
            found.push(Violation::new(&file.path, line, fault, remedy));
        }
    };
    fault(!attributes.contains("non_exhaustive"), "an error type that is not #[non_exhaustive]".into(), "add it");
    fault(!attributes.contains("Error"), "an error type without thiserror".into(), "derive thiserror::Error");
    fault(
        variants > VARIANTS,
        format!("{variants} variants, at most {VARIANTS}"),
        "join those that call for the same action",
    );
    found
}

/// Variants of an enum: names at depth one that follow `{`, `,` or an attribute.
fn variants(item: &str) -> usize {
    let mut depth = 0usize;
    let mut is_open = false;
    let mut count = 0;
    for byte in item.bytes() {
        match byte {
            b'{' | b'(' | b'[' => {
                depth += 1;
                is_open |= depth == 1;
            }
            b'}' | b')' | b']' => depth = depth.saturating_sub(1),
            b',' if depth == 1 => is_open = true,
            letter if depth == 1 && is_open && letter.is_ascii_uppercase() => {
                count += 1;
                is_open = false;
            }
            _ => {}
        }
    }
    count
}

mod tests {
    use super::*;

    fn file(text: String) -> File {
        File { path: "src-tauri/crates/x/src/a.rs".into(), text }
    }

    #[test]
    fn a_long_function_is_caught_and_a_short_one_is_not() {
        let body = |lines: usize| format!("fn a(x: [u8; 2]) {{\n{}}}\nfn b() {{}}\n", "    x();\n".repeat(lines));
        assert_eq!(long_functions(&file(body(FUNCTION_LINES - 2))), []);
        let found = long_functions(&file(body(FUNCTION_LINES - 1)));
        assert!(found.len() == 1 && found[0].fault.contains("`a` has 61"), "{found:?}");
    }

    #[test]
    fn a_long_file_is_caught_without_its_tests() {
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "    // x\n".repeat(900));
        let text = |lines: usize| format!("{}{tests}", "const A: u8 = 0;\n".repeat(lines));
        assert_eq!(long_file(&file(text(FILE_LINES))), None);
        assert!(long_file(&file(text(FILE_LINES + 1))).is_some());
    }

    #[test]
    fn faults_of_error_types_are_caught() {
        let many: String = (0..13).map(|at| format!("#[error(\"x\")]\n    V{at} {{ a: u8, B: u8 }},\n")).collect();
        let good = "#[derive(Debug, thiserror::Error)]\n#[non_exhaustive]\npub enum Error { #[error(\"a\")] A(u8, Vec<u8>), B }\n";
        assert_eq!(error_types(&file(good.into())), []);
        assert_eq!(error_types(&file(format!("pub enum Error {{\n{many}}}\n"))).len(), 3);
    }
}
