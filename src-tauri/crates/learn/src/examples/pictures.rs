//! Batches of examples as a model takes them: decoded in parallel, kept in memory up to a bound.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use protocol::score::Skipped;
use protocol::words::examples as words;
use rayon::prelude::*;

use super::{Content, Error, Examples, Preprocess, Rgb};

/// How much a person's memory gives for prepared pictures of one skill: 1,700 of 224 × 224.
pub const CACHE_BYTES: usize = 256 << 20;

/// Prepared examples of one place for one kind of model.
///
/// Pictures are kept as bytes after resizing and cropping, a quarter of their values' size; values come from a table.
/// What does not fit under the bound is prepared again each time: slower, with the same result.
#[derive(Debug)]
pub struct Pictures {
    examples: Arc<Examples>,
    preprocess: Preprocess,
    values: [[f32; 256]; 3],
    shape: [usize; 3],
    kept: Vec<OnceLock<Result<Arc<[u8]>, String>>>,
    used: AtomicUsize,
    bound: usize,
}

/// Examples side by side.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Batch {
    /// \[n, …\], row-major; of pictures \[n, 3, h, w\].
    pub values: Vec<f32>,
    /// Dimensions of one example; of pictures \[3, h, w\]. Empty if the batch is.
    pub shape: Vec<usize>,
    /// The item of each row, in the order that was asked for; skipped ones are absent.
    pub items: Vec<usize>,
    /// Items that turned out to be unusable.
    pub skipped: Vec<Skipped>,
}

impl Pictures {
    /// Prepares these examples so, with at most `bound` bytes of memory for what is kept.
    ///
    /// # Errors
    /// [`Error::Preparation`] if the preparation does not give all pictures one size.
    pub fn new(examples: Arc<Examples>, preprocess: Preprocess, bound: usize) -> Result<Self, Error> {
        let (height, width) = preprocess
            .size()
            .ok_or_else(|| Error::Preparation { place: examples.place.clone(), what: "size".to_owned() })?;
        let kept = examples.items.iter().map(|_| OnceLock::new()).collect();
        let values = preprocess.values();
        let shape = [3, height, width];
        Ok(Self { examples, preprocess, values, shape, kept, used: AtomicUsize::new(0), bound })
    }

    /// The examples.
    pub fn examples(&self) -> &Examples {
        &self.examples
    }

    /// Bytes of prepared pictures that are kept.
    pub fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// The items with these indices. The same call gives the same batch, whatever is kept.
    ///
    /// Broken pictures, texts, indices that do not exist and numbers of another shape than the first are left out and
    /// named.
    pub fn batch(&self, items: &[usize]) -> Batch {
        let rows: Vec<Result<Row, String>> = items.par_iter().map(|&item| self.row(item)).collect();
        let mut batch = Batch::default();
        for (&item, row) in items.iter().zip(rows) {
            let fits = row.and_then(|row| if batch.fits(&row.shape) { Ok(row) } else { Err(words::broken_picture()) });
            match fits {
                Ok(row) => batch.push(item, row),
                Err(why) => batch.skipped.push(Skipped { file: self.name(item), why }),
            }
        }
        batch
    }

    fn name(&self, item: usize) -> String {
        self.examples.items.get(item).map_or_else(|| words::entry(item), |item| item.name.clone())
    }

    fn row(&self, item: usize) -> Result<Row, String> {
        let content = &self.examples.items.get(item).ok_or_else(words::not_a_picture)?.content;
        if let Content::Numbers(values, shape) = content {
            return Ok(Row { values: values.to_vec(), shape: shape.to_vec() });
        }
        let bytes = self.prepared(item, content)?;
        let plane = self.shape[1] * self.shape[2];
        let table = |(channel, plane): (usize, &[u8])| -> Vec<f32> {
            plane.iter().map(|&byte| self.values[channel][usize::from(byte)]).collect()
        };
        let values = bytes.chunks_exact(plane).enumerate().flat_map(table).collect();
        Ok(Row { values, shape: self.shape.to_vec() })
    }

    fn prepared(&self, item: usize, content: &Content) -> Result<Arc<[u8]>, String> {
        let slot = &self.kept[item];
        if let Some(kept) = slot.get() {
            return kept.clone();
        }
        let made = self.make(content);
        let size = made.as_ref().map_or(0, |bytes| bytes.len());
        let claim = |used: usize| used.checked_add(size).filter(|&after| after <= self.bound);
        let has_room = self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, claim).is_ok();
        if has_room && slot.set(made.clone()).is_err() {
            // Another thread was faster with the same picture.
            self.used.fetch_sub(size, Ordering::Relaxed);
        }
        made
    }

    fn make(&self, content: &Content) -> Result<Arc<[u8]>, String> {
        let decoded = match content {
            Content::File(path) => Rgb::decode(&fs::read(path).map_err(|_| words::not_readable())?)?,
            Content::Encoded(bytes) => Rgb::decode(bytes)?,
            Content::Pixels(rgb) => return self.finish(rgb),
            Content::Numbers(..) | Content::Text(_) => return Err(words::not_a_picture()),
        };
        self.finish(&decoded)
    }

    fn finish(&self, rgb: &Rgb) -> Result<Arc<[u8]>, String> {
        self.preprocess.bytes(rgb).map(Arc::from).ok_or_else(words::huge_picture)
    }
}

struct Row {
    values: Vec<f32>,
    shape: Vec<usize>,
}

impl Batch {
    /// The rows as a network takes them: pictures of three dimensions, vectors of one; empties the values.
    ///
    /// # Errors
    /// [`crate::Error::Batch`] for other dimensions.
    pub fn take(&mut self) -> Result<crate::net::Batch, crate::Error> {
        let shape: Vec<usize> = std::iter::once(self.items.len()).chain(self.shape.iter().copied()).collect();
        let array = crate::net::Array::new(shape, std::mem::take(&mut self.values))?;
        match self.shape.len() {
            3 => Ok(crate::net::Batch::Pictures(array)),
            1 => Ok(crate::net::Batch::Vectors(array)),
            other => Err(crate::Error::Batch { fault: format!("examples of {other} dimensions") }),
        }
    }

    fn fits(&self, shape: &[usize]) -> bool {
        self.items.is_empty() || self.shape == shape
    }

    fn push(&mut self, item: usize, row: Row) {
        self.values.extend_from_slice(&row.values);
        self.shape = row.shape;
        self.items.push(item);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use crate::examples::Item;

    fn gray(value: u8) -> Content {
        Content::Pixels(Arc::new(Rgb::new(2, 2, vec![value; 12]).unwrap()))
    }

    fn pictures(contents: Vec<Content>, bound: usize) -> Pictures {
        let item =
            |(at, content)| Item { name: format!("n{at}"), key: String::new(), label: None, part: None, content };
        let items = contents.into_iter().enumerate().map(item).collect();
        let examples = Examples { place: "x".into(), labels: None, items, skipped: vec![] };
        Pictures::new(Arc::new(examples), Preprocess::usual(1, 1), bound).unwrap()
    }

    #[test]
    fn broken_pictures_are_named_and_the_others_stay_in_order() {
        let broken = Content::Encoded(Arc::from(&b"broken"[..]));
        let pictures = pictures(vec![gray(0), broken, gray(255), Content::Text("t".into())], 1 << 10);
        let batch = pictures.batch(&[2, 1, 0, 3]);
        assert_eq!(batch.items, [2, 0]);
        assert_eq!(
            (batch.values.as_slice(), batch.shape.as_slice()),
            (&[1., 1., 1., -1., -1., -1.][..], &[3, 1, 1][..])
        );
        assert_eq!(batch.skipped.iter().map(|skipped| &skipped.file[..]).collect::<Vec<_>>(), ["n1", "n3"]);
    }

    #[test]
    fn the_bound_holds_and_changes_no_value() {
        let contents: Vec<Content> = (0..10).map(gray).collect();
        let all: Vec<usize> = (0..10).collect();
        let (roomy, tight) = (pictures(contents.clone(), 1 << 10), pictures(contents, 7));
        assert_eq!(roomy.batch(&all), tight.batch(&all));
        assert_eq!((roomy.used(), tight.used()), (30, 6));
        assert_eq!(roomy.batch(&all), tight.batch(&all));
        assert_eq!((roomy.used(), tight.used()), (30, 6));
    }

    #[test]
    fn rows_become_what_networks_take() {
        let mut batch = pictures(vec![gray(0), gray(9)], 0).batch(&[0, 1]);
        assert!(matches!(batch.take(), Ok(crate::net::Batch::Pictures(array)) if array.shape == [2, 3, 1, 1]));
        let flat = |shape: &[usize]| pictures(vec![Content::Numbers(vec![0.5; 4].into(), shape.into())], 0).batch(&[0]);
        assert!(matches!(flat(&[4]).take(), Ok(crate::net::Batch::Vectors(array)) if array.shape == [1, 4]));
        assert!(flat(&[2, 2]).take().is_err());
    }

    #[test]
    fn numbers_pass_as_they_are_and_must_have_one_shape() {
        let numbers = |length: usize| Content::Numbers(vec![0.25; length].into(), vec![length].into());
        let batch = pictures(vec![numbers(2), numbers(3), numbers(2)], 0).batch(&[0, 1, 2]);
        assert_eq!((batch.items, batch.values, batch.shape), (vec![0, 2], vec![0.25; 4], vec![2]));
        assert_eq!(batch.skipped.len(), 1);
    }
}
