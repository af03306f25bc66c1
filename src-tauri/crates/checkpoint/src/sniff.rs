//! What a file is, from its first bytes: asked before anything is parsed.
//!
//! A page or pointer read as a header would give an absurd length, and a text about that length helps nobody.

use std::path::Path;

use crate::error::{Error, Kind};
use crate::names;

/// First bytes that [`sniff`] wants to see; fewer only if the file is shorter.
pub(crate) const FIRST: usize = 1024;

/// Longest header that the format allows (the library refuses more).
pub(crate) const MAX_HEADER: u64 = 100_000_000;

/// Bytes at the very front that tell pickles of protocol 2 and later, and the archives and texts that hold older ones.
const PICKLES: [&[u8]; 9] = [
    b"\x80\x02",
    b"\x80\x03",
    b"\x80\x04",
    b"\x80\x05",
    b"(dp",
    b"(lp",
    b"ccopy_reg\n",
    b"c__builtin__\n",
    b"ccollections\n",
];

/// Archives; they are pickles if they hold one or are named like one.
const ARCHIVES: [&[u8]; 3] = [b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"];

/// Endings of files that hold pickles.
const PICKLE_ENDINGS: [&str; 8] = ["bin", "pt", "pth", "ckpt", "pkl", "pickle", "th", "safetensors"];

/// GGUF and the forms before it.
const GGUFS: [&[u8]; 4] = [b"GGUF", b"tjgg", b"fmgg", b"lmgg"];

/// First words of Git-LFS pointers.
const POINTERS: [&str; 2] = ["version https://git-lfs.github.com/spec/", "version https://hawser.github.com/spec/"];

/// First words of pages, in small letters.
const PAGES: [&str; 8] = ["<!doctype", "<html", "<head", "<body", "<script", "<!--", "<?xml", "<error"];

/// Words in the short texts by which sites refuse, in small letters.
const REFUSALS: [&str; 14] = [
    "access to model",
    "access to this",
    "is restricted",
    "invalid username or password",
    "invalid credentials",
    "unauthorized",
    "authentication",
    "access denied",
    "forbidden",
    "entry not found",
    "repository not found",
    "404: not found",
    "rate limit",
    "{\"error\"",
];

/// Longest text that is taken for a refusal.
const MAX_REFUSAL: u64 = 1024;

/// Whether the first bytes could open a safetensors file: a sensible length, then an object.
///
/// Asked before the other questions, since a header of 640 bytes begins with the same two bytes as a pickle.
pub(crate) fn is_plausible(first: &[u8]) -> bool {
    let length = first.get(..8).and_then(|bytes| bytes.try_into().ok()).map(u64::from_le_bytes);
    length.is_some_and(|length| length <= MAX_HEADER)
        && matches!(first.get(8), Some(b'{' | b' ' | b'\n' | b'\t' | b'\r'))
}

/// What this file is instead of a safetensors file, if its first bytes tell; `size` is that of the whole file.
pub(crate) fn sniff(path: &Path, first: &[u8], size: u64) -> Option<Error> {
    if is_plausible(first) {
        return None;
    }
    let place = path.display().to_string();
    if let Some(promised) = pointer(first) {
        return Some(Error::Placeholder { place, size, promised });
    }
    let kind = if is_pickle(path, first) {
        Kind::Pickle
    } else if starts(first, &GGUFS) {
        Kind::Gguf { original: original(&names::last(path)) }
    } else if is_page(path, first, size) {
        Kind::WebPage
    } else {
        return None;
    };
    Some(Error::WrongKind { place, kind })
}

fn starts(first: &[u8], signatures: &[&[u8]]) -> bool {
    signatures.iter().any(|signature| first.starts_with(signature))
}

fn is_pickle(path: &Path, first: &[u8]) -> bool {
    let named = PICKLE_ENDINGS.contains(&names::ending(path).as_str());
    let holds_one = first.windows(8).any(|bytes| bytes == b"data.pkl");
    let is_tar = first.get(257..262) == Some(b"ustar");
    starts(first, &PICKLES) || (starts(first, &ARCHIVES) && (named || holds_one)) || (is_tar && named)
}

/// `None`: no pointer; else the size that it promises, if it has one.
fn pointer(first: &[u8]) -> Option<Option<u64>> {
    let text = String::from_utf8_lossy(first);
    POINTERS
        .iter()
        .any(|words| text.starts_with(words))
        .then(|| text.lines().find_map(|line| line.strip_prefix("size ")).and_then(|size| size.trim().parse().ok()))
}

fn is_page(path: &Path, first: &[u8], size: u64) -> bool {
    let text = String::from_utf8_lossy(first).trim_start_matches('\u{feff}').trim_start().to_lowercase();
    // Notes that a person wrote may well speak of access and restrictions.
    let is_note = ["txt", "md", "json"].contains(&names::ending(path).as_str());
    let is_text = std::str::from_utf8(first).is_ok();
    let refuses = size <= MAX_REFUSAL && is_text && !is_note && REFUSALS.iter().any(|words| text.contains(words));
    PAGES.iter().any(|tag| text.starts_with(tag)) || refuses
}

/// Name that the original of a GGUF file usually has: the same without the mark of the rounding.
fn original(name: &str) -> String {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let cut = stem.rfind(['.', '-']).filter(|&at| is_rounding(&stem[at + 1..]));
    match &stem[..cut.unwrap_or(stem.len())] {
        "" | "model" | "ggml-model" => "model.safetensors".to_owned(),
        whole => whole.to_owned(),
    }
}

/// Marks such as `Q4_K_M`, `IQ3_XS`, `f16`.
fn is_rounding(mark: &str) -> bool {
    let mark = mark.to_lowercase();
    let rest = mark.strip_prefix("iq").or_else(|| mark.strip_prefix('q'));
    rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        || ["f16", "f32", "bf16", "fp16"].contains(&&*mark)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    /// What the first bytes of a file of this name show.
    fn seen(name: &str, first: &[u8]) -> String {
        match sniff(Path::new(name), first, first.len() as u64) {
            Some(Error::WrongKind { kind, .. }) => format!("{kind:?}"),
            Some(Error::Placeholder { promised, .. }) => format!("pointer {promised:?}"),
            Some(other) => panic!("{other}"),
            None => "-".into(),
        }
    }

    #[test]
    fn files_are_told_by_their_first_bytes() {
        let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 4932\n";
        let cases: [(&str, &[u8], &str); 22] = [
            ("a.bin", b"PK\x03\x04 some entry", "Pickle"),
            ("a.safetensors", b"PK\x03\x04 some entry", "Pickle"),
            ("a.zip", b"PK\x03\x04\0\0archive/data.pkl", "Pickle"),
            ("a.zip", b"PK\x03\x04 photos", "-"),
            ("a.pt", b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.", "Pickle"),
            ("a.safetensors", b"\x80\x05\x95\0\0\0\0\0\0\0\0}", "Pickle"),
            ("a.pkl", b"(dp0\nS'a'\n", "Pickle"),
            // A header of 640 = 0x0280 bytes: not a pickle.
            ("a.safetensors", b"\x80\x02\0\0\0\0\0\0{\"x\":{", "-"),
            ("x-7b.Q4_K_M.gguf", b"GGUF\x03\0\0\0", "Gguf { original: \"x-7b\" }"),
            ("x-7b-f16.gguf", b"GGUF\x03\0\0\0", "Gguf { original: \"x-7b\" }"),
            ("model.gguf", b"GGUF", "Gguf { original: \"model.safetensors\" }"),
            ("a.safetensors", pointer, "pointer Some(4932)"),
            ("a.safetensors", &pointer[..60], "pointer None"),
            ("a.safetensors", b"<!DOCTYPE html><html>", "WebPage"),
            ("a.safetensors", b"\xef\xbb\xbf \n<HTML>", "WebPage"),
            ("a.safetensors", b"<?xml version=\"1.0\"?><Error><Code>AccessDenied", "WebPage"),
            ("a.safetensors", b"Access to model x/y is restricted. You must be authenticated.", "WebPage"),
            ("a.safetensors", b"Invalid username or password.", "WebPage"),
            ("a.safetensors", b"{\"error\":\"Repository not found\"}", "WebPage"),
            ("notes.txt", b"Access to model x is restricted, says Ann.", "-"),
            ("a.safetensors", b"", "-"),
            ("a.safetensors", b"\x01", "-"),
        ];
        for (name, first, expected) in cases {
            assert_eq!(seen(name, first), expected, "{name} {}", String::from_utf8_lossy(first));
        }
    }

    #[test]
    fn long_texts_are_no_refusals() {
        let text = "Access denied. ".repeat(200);
        assert!(sniff(Path::new("a.safetensors"), &text.as_bytes()[..FIRST], text.len() as u64).is_none());
        assert!(sniff(Path::new("a.safetensors"), &text.as_bytes()[..FIRST], FIRST as u64).is_some());
    }
}
