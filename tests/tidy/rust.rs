//! Tells Rust code from comments, strings and tests; no parser, just enough of a lexer.

/// What a stretch of the text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Code,
    Comment,
    Text,
}

/// Kind of every byte of `text`; the quotes of a string count as code.
fn kinds(text: &str) -> Vec<Kind> {
    let bytes = text.as_bytes();
    let mut kinds = vec![Kind::Code; bytes.len()];
    let mut at = 0;
    while at < bytes.len() {
        let (from, to, kind) = stretch(bytes, at);
        kinds[from..to].fill(kind);
        at = to.max(at + 1);
        if kind == Kind::Text {
            // The closing quote and, for raw strings, its hashes.
            at += 1;
        }
    }
    kinds
}

/// The stretch that begins at `at`: a comment, the inside of a string, or one byte of code.
fn stretch(bytes: &[u8], at: usize) -> (usize, usize, Kind) {
    let rest = &bytes[at..];
    if rest.starts_with(b"//") {
        let length = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
        return (at, at + length, Kind::Comment);
    }
    if rest.starts_with(b"/*") {
        let length = find(rest, b"*/").map_or(rest.len(), |found| found + 2);
        return (at, at + length, Kind::Comment);
    }
    if let Some((open, closing)) = raw_string(bytes, at) {
        let end = find(&bytes[open..], closing.as_bytes()).map_or(bytes.len(), |found| open + found);
        return (open, end, Kind::Text);
    }
    match rest[0] {
        b'"' => (at + 1, at + 1 + quoted(&rest[1..], b'"'), Kind::Text),
        b'\'' if is_char(rest) => (at + 1, at + 1 + quoted(&rest[1..], b'\''), Kind::Text),
        _ => (at, at + 1, Kind::Code),
    }
}

/// Where the inside of a raw string that begins at `at` starts, and what ends it.
fn raw_string(bytes: &[u8], at: usize) -> Option<(usize, String)> {
    if bytes[at] != b'r' || (at > 0 && is_word(bytes[at - 1]) && bytes[at - 1] != b'b') {
        return None;
    }
    let hashes = bytes[at + 1..].iter().take_while(|&&byte| byte == b'#').count();
    (bytes.get(at + 1 + hashes) == Some(&b'"')).then(|| (at + 2 + hashes, format!("\"{}", "#".repeat(hashes))))
}

/// Length of the inside of a string or character up to its closing quote; a backslash hides the byte after it.
fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut at = 0;
    while at < rest.len() && rest[at] != quote {
        at += if rest[at] == b'\\' { 2 } else { 1 };
    }
    at.min(rest.len())
}

/// Whether a `'` opens a character and not a lifetime.
fn is_char(rest: &[u8]) -> bool {
    if rest.get(1) == Some(&b'\\') {
        return true;
    }
    // One character of up to four bytes, then the closing quote.
    let width = match rest.get(1) {
        Some(0xf0..) => 4,
        Some(0xe0..) => 3,
        Some(0x80..) => 2,
        _ => 1,
    };
    rest.get(1 + width) == Some(&b'\'')
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Code alone: comments and the insides of strings are spaces; lines and offsets stay.
pub fn code(text: &str) -> String {
    let kinds = kinds(text);
    let bytes =
        text.bytes().zip(kinds).map(|(byte, kind)| if byte == b'\n' || kind == Kind::Code { byte } else { b' ' });
    String::from_utf8_lossy(&bytes.collect::<Vec<u8>>()).into_owned()
}

/// Every string literal with its line, escapes as written.
pub fn literals(text: &str) -> Vec<(usize, String)> {
    let kinds = kinds(text);
    let mut found = Vec::new();
    let mut at = 0;
    while at < kinds.len() {
        if kinds[at] != Kind::Text {
            at += 1;
            continue;
        }
        let end = (at..kinds.len()).find(|&end| kinds[end] != Kind::Text).unwrap_or(kinds.len());
        found.push((line_of(text, at), text.get(at..end).unwrap_or("").to_owned()));
        at = end;
    }
    found
}

/// The text with items under `#[cfg(test)]` blanked.
pub fn without_tests(text: &str) -> String {
    let code = code(text);
    let mut bytes = text.as_bytes().to_vec();
    let mut from = 0;
    while let Some(found) = code[from..].find("#[cfg(test)]") {
        let start = from + found;
        let end = item_end(&code, start);
        bytes[start..end].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
        from = end;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// End of the item that begins at `start`: its closing brace, or a semicolon before any brace.
pub fn item_end(code: &str, start: usize) -> usize {
    let mut depth = 0usize;
    // Brackets as well, so that the semicolon in `[u8; 4]` does not end a signature.
    let mut brackets = 0usize;
    for (offset, byte) in code.as_bytes()[start..].iter().enumerate() {
        match byte {
            b'[' | b'(' => brackets += 1,
            b']' | b')' => brackets = brackets.saturating_sub(1),
            b'{' => depth += 1,
            b'}' if depth <= 1 => return start + offset + 1,
            b'}' => depth -= 1,
            b';' if depth == 0 && brackets == 0 => return start + offset + 1,
            _ => {}
        }
    }
    code.len()
}

/// Line, from 1, of the byte at `at`.
pub fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes()[..at.min(text.len())].iter().filter(|&&byte| byte == b'\n').count() + 1
}

/// Offsets at which `word` stands in `code` as a whole; what borders it decides only where `word` itself ends in a letter.
pub fn words(code: &str, word: &str) -> Vec<usize> {
    let bytes = code.as_bytes();
    let first = word.bytes().next().is_some_and(is_word);
    let last = word.bytes().last().is_some_and(is_word);
    let whole = |at: usize| {
        let before = at == 0 || !first || !is_word(bytes[at - 1]);
        let after = bytes.get(at + word.len()).is_none_or(|&byte| !last || !is_word(byte));
        before && after
    };
    code.match_indices(word).map(|(at, _)| at).filter(|&at| whole(at)).collect()
}

/// The identifier that begins at or after `at`.
pub fn identifier(code: &str, at: usize) -> &str {
    let rest = code[at..].trim_start();
    let end = rest.bytes().position(|byte| !is_word(byte)).unwrap_or(rest.len());
    &rest[..end]
}

mod tests {
    use super::*;

    const SNIPPET: &str = "let a = \"x // y\"; // unsafe\nlet b = 'c'; let s: &'static str = r#\"un\"safe\"#; /* fs */ fs();\nlet q = '\"'; call(\"\\\"z\");";

    #[test]
    fn code_has_neither_comments_nor_strings() {
        let code = code(SNIPPET);
        assert_eq!(code.len(), SNIPPET.len());
        assert!(words(&code, "unsafe").is_empty() && words(&code, "fs").len() == 1, "{code}");
        assert!(code.contains("&'static str") && code.contains("call("), "{code}");
    }

    #[test]
    fn literals_are_found_with_their_lines() {
        let texts: Vec<(usize, String)> = literals(SNIPPET);
        let expected = [(1, "x // y"), (2, "c"), (2, "un\"safe"), (3, "\""), (3, "\\\"z")];
        assert_eq!(texts, expected.map(|(line, text)| (line, text.to_owned())));
    }

    #[test]
    fn tests_are_cut_out_to_their_last_brace() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n  fn b() { \"}\"; }\n}\nfn c() {}\n";
        let rest = without_tests(text);
        assert!(rest.contains("fn a") && rest.contains("fn c") && !rest.contains("fn b"), "{rest}");
    }

    #[test]
    fn words_are_whole() {
        assert_eq!(words("wgpu wgpu_x xwgpu wgpu::a", "wgpu"), [0, 18]);
        assert_eq!(words("std::fs::read(x) fs::read_to_string(y)", "fs::read("), [5]);
    }
}
