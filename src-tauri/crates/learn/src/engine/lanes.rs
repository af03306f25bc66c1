//! A batch in parts, one for each core: a core walks the whole network with its part and waits for nobody.
//!
//! Splitting every single operation over the cores instead makes them wait for each other some forty times a walk, which
//! costs most of the time as soon as another program wants a core too.

use std::sync::OnceLock;
use std::thread;

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::Error;
use crate::net::{Array, Batch, Tokens};

/// One pool of a single thread for each core: what runs inside one is not split further.
fn pools() -> &'static [ThreadPool] {
    static POOLS: OnceLock<Vec<ThreadPool>> = OnceLock::new();
    POOLS.get_or_init(|| {
        let one = |_| ThreadPoolBuilder::new().num_threads(1).build().ok();
        (0..rayon::current_num_threads()).filter_map(one).collect()
    })
}

/// How many parts of a batch are worked on at once.
pub fn count() -> usize {
    pools().len().max(1)
}

/// How many parts a batch of so many examples is cut into.
fn parts(examples: usize) -> usize {
    pools().len().min(examples).max(1)
}

/// The batch in as many parts of about equal size as there are cores, in order; fewer if it is small.
pub fn split(batch: &Batch) -> Vec<Batch> {
    let examples = batch.len();
    let parts = parts(examples);
    let borders = |part: usize| (part * examples / parts, (part + 1) * examples / parts);
    (0..parts).map(borders).map(|(from, to)| cut(batch, from, to)).collect()
}

/// Examples `from..to`.
fn cut(batch: &Batch, from: usize, to: usize) -> Batch {
    match batch {
        Batch::Pictures(array) => Batch::Pictures(rows(array, from, to)),
        Batch::Vectors(array) => Batch::Vectors(rows(array, from, to)),
        Batch::Tokens(tokens) => {
            let range = from * tokens.length..to * tokens.length;
            Batch::Tokens(Tokens {
                length: tokens.length,
                ids: tokens.ids[range.clone()].to_vec(),
                mask: tokens.mask[range.clone()].to_vec(),
                kinds: tokens.kinds.as_ref().map(|kinds| kinds[range].to_vec()),
            })
        }
    }
}

/// Rows `from..to` of the first axis.
pub fn rows(array: &Array, from: usize, to: usize) -> Array {
    let all = array.shape.first().copied().unwrap_or(1).max(1);
    let each = array.values.len() / all;
    let mut shape = array.shape.clone();
    if let Some(first) = shape.first_mut() {
        *first = to - from;
    }
    Array { shape, values: array.values[from * each..to * each].to_vec() }
}

/// Arrays one after the other along the first axis.
pub fn stack(parts: Vec<Array>) -> Array {
    let mut parts = parts.into_iter();
    let first = parts.next().unwrap_or(Array { shape: vec![0], values: vec![] });
    parts.fold(first, |mut all, part| {
        if let (Some(count), Some(more)) = (all.shape.first_mut(), part.shape.first()) {
            *count += more;
        }
        all.values.extend(part.values);
        all
    })
}

/// Does `work` for every part, each on its own core; results are in the order of the parts.
///
/// # Errors
/// The first one in that order.
pub fn each<P: Send, R: Send>(parts: Vec<P>, work: impl Fn(P) -> Result<R, Error> + Sync) -> Result<Vec<R>, Error> {
    if parts.len() < 2 || parts.len() > pools().len() {
        return parts.into_iter().map(work).collect();
    }
    let work = &work;
    thread::scope(|scope| {
        let start = |(part, pool): (P, &'static ThreadPool)| scope.spawn(move || pool.install(|| work(part)));
        let running: Vec<_> = parts.into_iter().zip(pools()).map(start).collect();
        let gone = |_| Error::Engine { fault: "a thread broke down".into() };
        running.into_iter().map(|part| part.join().map_err(gone)?).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_put_together_are_the_whole() {
        let array = Array::new([7, 2], (0..14).map(|at| at as f32).collect()).expect("full");
        let split = split(&Batch::Vectors(array.clone()));
        assert_eq!(split.iter().map(Batch::len).sum::<usize>(), 7);
        let arrays = split.into_iter().map(|part| match part {
            Batch::Vectors(array) => array,
            _ => panic!("rows of numbers"),
        });
        assert_eq!(stack(arrays.collect()), array);
    }

    #[test]
    fn results_come_in_order_and_the_first_error_wins() {
        let parts: Vec<usize> = (0..parts(2)).collect();
        assert_eq!(each(parts.clone(), Ok).expect("no error"), parts);
        let failed = each(parts, |part| -> Result<(), Error> { Err(Error::Engine { fault: part.to_string() }) });
        assert!(matches!(failed, Err(Error::Engine { fault }) if fault == "0"));
    }
}
