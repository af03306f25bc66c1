//! What a visit learns from: the specialist's answers, and which examples take part.
//!
//! Source: Model Tinting / SyMerge, arXiv:2412.19098 (agreement with the specialist, confidence filter); AdaMerging,
//! arXiv:2310.02575 (entropy).

use protocol::tint::Objective;

use crate::Error;
use crate::net::Array;
use crate::score::shares;

/// What a specialist answers to the examples of its skill; found once.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Teacher {
    /// Its answer to each example: the likeliest class, the lowest of equals.
    pub answers: Vec<u32>,
    /// The probability that it gives to that answer.
    pub sureness: Vec<f32>,
    /// The probabilities of all classes \[examples × classes\]; empty unless they are learnt from.
    pub shares: Vec<f32>,
}

/// What a visit came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Visit {
    /// Mean loss of the examples that took part; `None` if none did.
    pub loss: Option<f64>,
    /// How many took part.
    pub used: usize,
    /// How many were shown.
    pub shown: usize,
}

/// One row of logits, looked at.
struct Row {
    shares: Vec<f64>,
    answer: usize,
}

impl Row {
    fn of(logits: &[f32]) -> Result<Self, Error> {
        let shares = shares(logits).ok_or(Error::NotFinite)?;
        // Equal logits have equal shares, so the lowest class is the answer here too.
        let answer = crate::score::answer(logits).ok_or(Error::NotFinite)?;
        Ok(Self { shares, answer })
    }

    fn sureness(&self) -> f64 {
        self.shares[self.answer]
    }
}

impl Teacher {
    /// Takes in logits \[n × classes\] of the next examples; `keeps_shares` where probabilities are learnt from.
    ///
    /// # Errors
    /// [`Error::NotFinite`].
    pub fn hear(&mut self, logits: &[f32], classes: usize, keeps_shares: bool) -> Result<(), Error> {
        for row in logits.chunks_exact(classes.max(1)) {
            let row = Row::of(row)?;
            self.answers.push(row.answer as u32);
            self.sureness.push(row.sureness() as f32);
            if keeps_shares {
                self.shares.extend(row.shares.iter().map(|&share| share as f32));
            }
        }
        Ok(())
    }

    /// The loss of logits \[examples, classes\], and its derivative with respect to each of them.
    ///
    /// `items` are the places of the examples among those that were heard. The loss is the mean over the examples that
    /// take part; the others have slope 0, and no gradient flows through the choice.
    ///
    /// # Errors
    /// [`Error::NotFinite`].
    pub fn judge(
        &self,
        logits: &Array,
        items: &[usize],
        objective: Objective,
        filter: bool,
    ) -> Result<(Visit, Array), Error> {
        let classes = logits.width();
        let mut slope = Array { shape: logits.shape.clone(), values: Vec::with_capacity(logits.values.len()) };
        let (mut sum, mut used) = (0.0, 0);
        for (row, &item) in logits.rows().zip(items) {
            let row = Row::of(row)?;
            if filter && objective != Objective::Entropy && !self.takes(item, &row) {
                slope.values.extend(std::iter::repeat_n(0.0, classes));
                continue;
            }
            let (loss, slopes) = self.loss(item, &row, objective);
            (sum, used) = (sum + loss, used + 1);
            slope.values.extend(slopes.map(|slope| slope as f32));
        }
        let share = 1.0 / used.max(1) as f32;
        slope.values.iter_mut().for_each(|slope| *slope *= share);
        let loss = (used > 0).then(|| sum / used as f64);
        Ok((Visit { loss, used, shown: items.len() }, slope))
    }

    /// The filter: an example takes part where both agree, or where the specialist is at least as sure.
    fn takes(&self, item: usize, mix: &Row) -> bool {
        self.answers[item] as usize == mix.answer || self.sureness[item] >= mix.sureness() as f32
    }

    /// Loss of one example and its slopes.
    fn loss<'a>(
        &'a self,
        item: usize,
        mix: &'a Row,
        objective: Objective,
    ) -> (f64, Box<dyn Iterator<Item = f64> + 'a>) {
        let log = |share: f64| share.max(f64::MIN_POSITIVE).ln();
        let classes = mix.shares.len();
        match objective {
            Objective::Hard => {
                let answer = self.answers[item] as usize;
                let slopes = mix.shares.iter().enumerate().map(move |(at, share)| share - f64::from(at == answer));
                (-log(mix.shares[answer]), Box::new(slopes))
            }
            Objective::Soft => {
                let target = &self.shares[item * classes..][..classes];
                let pairs = || mix.shares.iter().zip(target).map(|(&own, &target)| (own, f64::from(target)));
                let loss = pairs().map(|(own, target)| -target * log(own)).sum();
                (loss, Box::new(pairs().map(|(own, target)| own - target)))
            }
            Objective::Entropy => {
                let entropy: f64 = mix.shares.iter().map(|&share| -share * log(share)).sum();
                (entropy, Box::new(mix.shares.iter().map(move |&share| -share * (log(share) + entropy))))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Logits whose softmax has these odds.
    fn odds<const N: usize>(odds: [[f64; 2]; N]) -> Array {
        let values = odds.iter().flatten().map(|odds| odds.ln() as f32).collect();
        Array::new([N, 2], values).expect("two classes")
    }

    /// Four samples, worked by hand: agree, specialist surer, mix surer, a tie on both sides.
    fn four() -> (Teacher, Array) {
        let mut teacher = Teacher::default();
        let expert = odds([[0.9, 0.1], [0.7, 0.3], [0.55, 0.45], [0.5, 0.5]]);
        teacher.hear(&expert.values, 2, true).expect("finite");
        (teacher, odds([[0.6, 0.4], [0.4, 0.6], [0.2, 0.8], [0.5, 0.5]]))
    }

    #[test]
    fn the_filter_drops_what_the_mix_is_surer_of() {
        let (teacher, mix) = four();
        // −ln of 0.6, 0.4 and 0.5; −ln 0.2 is the one that is dropped.
        let taken = 0.510_826 + 0.916_291 + std::f64::consts::LN_2;
        let (all, _) = teacher.judge(&mix, &[0, 1, 2, 3], Objective::Hard, false).expect("finite");
        assert!((all.loss.expect("four take part") - (taken + 1.609_438) / 4.0).abs() < 1e-6 && all.used == 4);
        let (some, slope) = teacher.judge(&mix, &[0, 1, 2, 3], Objective::Hard, true).expect("finite");
        assert!((some.loss.expect("three take part") - taken / 3.0).abs() < 1e-6 && some.used == 3);
        assert_eq!(slope.values[4..6], [0.0, 0.0], "the third example moves nothing");
        assert!((slope.values[0] + 0.4 / 3.0).abs() < 1e-6, "{slope:?}");
        let third = Array { shape: vec![1, 2], values: mix.values[4..6].to_vec() };
        let (none, slope) = teacher.judge(&third, &[2], Objective::Hard, true).expect("finite");
        assert_eq!((none.loss, none.used, slope.values), (None, 0, vec![0.0, 0.0]));
    }

    #[test]
    fn entropy_and_its_slope_are_those_worked_by_hand() {
        let logits = Array::new([1, 2], vec![2.0, 0.0]).expect("two classes");
        let (visit, slope) = Teacher::default().judge(&logits, &[0], Objective::Entropy, true).expect("finite");
        assert!((visit.loss.expect("it takes part") - 0.365_334).abs() < 1e-6);
        assert!((slope.values[0] + 0.209_987).abs() < 1e-6 && (slope.values[1] - 0.209_987).abs() < 1e-6);
    }

    #[test]
    fn slopes_are_the_central_differences_of_the_loss() {
        let (teacher, mix) = four();
        for objective in [Objective::Hard, Objective::Soft, Objective::Entropy] {
            let loss = |logits: &Array| {
                let visit = teacher.judge(logits, &[0, 1, 2, 3], objective, false).expect("finite").0;
                visit.loss.expect("all take part")
            };
            let (_, slope) = teacher.judge(&mix, &[0, 1, 2, 3], objective, false).expect("finite");
            for at in 0..mix.values.len() {
                let moved = |by: f32| {
                    let mut moved = mix.clone();
                    moved.values[at] += by;
                    loss(&moved)
                };
                let difference = (moved(1e-3) - moved(-1e-3)) / 2e-3;
                // f32 logits carry 6e-8 each, over a distance of 2e-3; the third derivative is below 1.
                assert!((difference - f64::from(slope.values[at])).abs() < 2e-4, "{objective:?} {at}: {difference}");
            }
        }
    }

    #[test]
    fn an_answer_that_is_no_number_is_refused() {
        let logits = Array::new([1, 2], vec![f32::NAN, 0.0]).expect("two classes");
        assert!(matches!(Teacher::default().hear(&logits.values, 2, false), Err(Error::NotFinite)));
        let (teacher, _) = four();
        assert!(matches!(teacher.judge(&logits, &[0], Objective::Hard, true), Err(Error::NotFinite)));
    }
}
