//! The ledger: every measured mix is a line of its own, written before the next one is begun.

use std::fs::OpenOptions;
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};

use protocol::failure::Failure;
use protocol::words::problems;
use serde::{Deserialize, Serialize};

use crate::{failure, kept};

/// Raised when a line changes its meaning.
const FORMAT: u32 = 1;
/// Largest ledger that is read: thousands of mixes stay far below.
const MOST_BYTES: u64 = 64 << 20;

/// The first line: what all the others are about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Header {
    pub format: u32,
    /// Hash of the wish: lines of another one are not used.
    pub key: String,
    pub specialists: Vec<String>,
    pub skills: Vec<Reference>,
}

/// One skill with what others score in it; counts are right answers and examples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Reference {
    pub skill: String,
    pub specialist: usize,
    pub metric: protocol::score::Metric,
    pub examples: u64,
    pub expert: u64,
    pub base: Option<u64>,
    pub equal: u64,
    pub alone: Vec<Option<u64>>,
}

/// A measured mix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Row {
    pub strengths: Vec<f64>,
    /// Right answers and examples of every skill.
    pub counts: Vec<[u64; 2]>,
    pub expected: Option<Vec<f64>>,
    pub seconds: f64,
}

/// A ledger and what is in it.
pub(super) struct Ledger {
    path: PathBuf,
    key: String,
    pub header: Option<Header>,
    pub rows: Vec<Row>,
}

impl Ledger {
    /// What the file holds of the wish of this key; a file of another wish, or none, counts as empty.
    ///
    /// # Errors
    /// A file that is there and cannot be read.
    pub fn open(path: &Path, key: &str) -> Result<Self, Failure> {
        let text = match kept::small_text(path, MOST_BYTES) {
            Ok(text) => text,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidData) => String::new(),
            Err(error) => return Err(failure::cannot_read(&path.display().to_string(), &error).into()),
        };
        let (header, rows) = read(&text, key);
        Ok(Self { path: path.to_owned(), key: key.to_owned(), header, rows })
    }

    /// Begins anew with this header.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn begin(&mut self, header: Header) -> Result<(), Failure> {
        let header = Header { key: self.key.clone(), ..header };
        let line = line(&header)?;
        kept::write(&self.path, line.as_bytes()).map_err(|error| self.fault(&error))?;
        (self.header, self.rows) = (Some(header), Vec::new());
        Ok(())
    }

    /// Adds a mix; it is on disk when this returns.
    ///
    /// # Errors
    /// A file that cannot be written: nothing is lost but this mix.
    pub fn add(&mut self, row: Row) -> Result<(), Failure> {
        let line = line(&row)?;
        append(&self.path, line.as_bytes()).map_err(|error| self.fault(&error))?;
        self.rows.push(row);
        Ok(())
    }

    fn fault(&self, error: &io::Error) -> Failure {
        failure::cannot_write(&self.path, error).into()
    }
}

fn line(facts: &impl Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string(facts).map_err(|error| Failure::from(problems::bug(error.to_string())))?;
    Ok(text + "\n")
}

/// Writes a line at the end; a last line that was not written to its end is cut off first.
fn append(path: &Path, line: &[u8]) -> io::Result<()> {
    let text = kept::small_text(path, MOST_BYTES)?;
    let whole = text.rfind('\n').map_or(0, |at| at + 1);
    let mut file = OpenOptions::new().write(true).open(path)?;
    file.set_len(whole as u64)?;
    file.seek(io::SeekFrom::End(0))?;
    file.write_all(line)?;
    file.sync_data()
}

/// Header and rows; everything from the first line that is not whole on is left out.
fn read(text: &str, key: &str) -> (Option<Header>, Vec<Row>) {
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let mut lines = whole.lines();
    let header: Option<Header> = lines.next().and_then(|line| serde_json::from_str(line).ok());
    let Some(header) = header.filter(|header| header.format == FORMAT && header.key == key) else {
        return (None, Vec::new());
    };
    let fits = |row: &Row| row.counts.len() == header.skills.len() && row.strengths.len() == header.specialists.len();
    let rows = lines.map_while(|line| serde_json::from_str(line).ok()).take_while(fits).collect();
    (Some(header), rows)
}

impl Header {
    /// A header without a key yet.
    pub fn new(specialists: Vec<String>, skills: Vec<Reference>) -> Self {
        Self { format: FORMAT, key: String::new(), specialists, skills }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use std::fs;

    use super::*;

    fn header() -> Header {
        let metric = protocol::score::Metric::Accuracy;
        let reference = Reference {
            skill: "A".into(),
            specialist: 0,
            metric,
            examples: 9,
            expert: 8,
            base: None,
            equal: 7,
            alone: vec![],
        };
        Header::new(vec!["A".into(), "B".into()], vec![reference])
    }

    fn row(strength: f64) -> Row {
        Row { strengths: vec![strength, 0.1], counts: vec![[3, 9]], expected: None, seconds: 0.5 }
    }

    #[test]
    fn what_was_written_is_read_again_and_another_wish_sees_nothing() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("deep/ledger.jsonl");
        let mut ledger = Ledger::open(&path, "key").unwrap();
        assert!(ledger.header.is_none());
        ledger.begin(header()).unwrap();
        ledger.add(row(1.0 / 3.0)).unwrap();
        ledger.add(row(0.123)).unwrap();
        let again = Ledger::open(&path, "key").unwrap();
        assert_eq!((again.rows, again.header), (vec![row(1.0 / 3.0), row(0.123)], ledger.header));
        let other = Ledger::open(&path, "other").unwrap();
        assert!(other.header.is_none() && other.rows.is_empty());
    }

    #[test]
    fn a_line_that_was_cut_off_is_written_again() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("ledger.jsonl");
        let mut ledger = Ledger::open(&path, "key").unwrap();
        ledger.begin(header()).unwrap();
        ledger.add(row(0.1)).unwrap();
        let whole = fs::read(&path).unwrap();
        ledger.add(row(0.2)).unwrap();
        let more = fs::read(&path).unwrap();
        for end in whole.len()..more.len() {
            fs::write(&path, &more[..end]).unwrap();
            let mut cut = Ledger::open(&path, "key").unwrap();
            assert_eq!(cut.rows, [row(0.1)], "{end}");
            cut.add(row(0.2)).unwrap();
            assert_eq!(fs::read(&path).unwrap(), more, "{end}");
        }
    }
}
