//! Scores: how often a model is right, and how sure that number is.
//!
//! Everything is computed in f64 from the logits in f32, so the order of the examples does not matter beyond the last
//! digits of the calibration error.

use protocol::score::{Measured, Metric, References, SkillScore, Skipped};

/// Bins of the calibration error.
const BINS: usize = 15;
/// The 97.5 % point of the normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// Why logits cannot be scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nothing to count.
    #[error("no examples")]
    Empty,
    /// The lengths do not belong together: a mistake of the caller.
    #[error("{logits} logits are not {examples} examples of {classes} classes")]
    Shape {
        /// Number of logits.
        logits: usize,
        /// Number of targets.
        examples: usize,
        /// Number of classes.
        classes: usize,
    },
    /// A target that is no class: a mistake of the caller.
    #[error("example {example} has the target {target}, beyond the last class")]
    Target {
        /// Which example.
        example: usize,
        /// Its target.
        target: usize,
    },
    /// The model's answer is not a number: its weights overflow.
    #[error("the answer to example {example} is not a number")]
    NotFinite {
        /// Which example.
        example: usize,
    },
}

/// What was counted over some examples.
#[derive(Debug, Clone, PartialEq)]
pub struct Tally {
    /// What the targets are.
    pub metric: Metric,
    /// Examples.
    pub examples: u64,
    /// Answers that are the target.
    pub correct: u64,
    /// Examples whose target is among the five likeliest answers.
    pub in_top5: u64,
    /// \[classes\]\[classes\]: how often the target \[row\] was answered as \[column\].
    pub confusion: Vec<Vec<u64>>,
    /// Expected calibration error over 15 bins of equal width (Guo et al. 2017, arXiv:1706.04599).
    pub ece: f64,
}

/// Who gave the answers and to what; goes into the score as it is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Origin {
    /// Name of the skill.
    pub skill: String,
    /// Name of the model whose head gave the answers.
    pub head_from: String,
    /// Name of the folder or file of the examples.
    pub examples_from: String,
    /// Examples that could have been measured.
    pub available: u64,
    /// Names of the head's classes \[classes\]; missing ones are called by their number.
    pub answers: Vec<String>,
    /// Examples that were left out.
    pub skipped: Vec<Skipped>,
}

/// Counts how often logits \[n, classes\] (row-major) point at their targets \[n\].
///
/// Among equal logits the lowest class is the answer.
///
/// # Errors
/// All variants of [`Error`].
pub fn accuracy(logits: &[f32], classes: usize, targets: &[usize]) -> Result<Tally, Error> {
    tally(Metric::Accuracy, logits, classes, targets)
}

/// Counts how often logits \[n, classes\] give the same answer as the specialist's \[n, classes\] with the same head.
///
/// # Errors
/// [`Error::Empty`], [`Error::Shape`], [`Error::NotFinite`] (of either).
pub fn agreement(logits: &[f32], specialist: &[f32], classes: usize) -> Result<Tally, Error> {
    let shape = Error::Shape { logits: logits.len(), examples: specialist.len() / classes.max(1), classes };
    if classes == 0 || logits.len() != specialist.len() || !logits.len().is_multiple_of(classes) {
        return Err(shape);
    }
    let rows = specialist.chunks_exact(classes).enumerate();
    let targets = rows.map(|(example, row)| answer(row).ok_or(Error::NotFinite { example }));
    tally(Metric::Agreement, logits, classes, &targets.collect::<Result<Vec<usize>, Error>>()?)
}

fn tally(metric: Metric, logits: &[f32], classes: usize, targets: &[usize]) -> Result<Tally, Error> {
    if targets.is_empty() {
        return Err(Error::Empty);
    }
    if classes == 0 || targets.len().checked_mul(classes) != Some(logits.len()) {
        return Err(Error::Shape { logits: logits.len(), examples: targets.len(), classes });
    }
    let mut tally = Tally {
        metric,
        examples: targets.len() as u64,
        correct: 0,
        in_top5: 0,
        confusion: vec![vec![0; classes]; classes],
        ece: 0.0,
    };
    let mut bins = [Bin::default(); BINS];
    for (example, (row, &target)) in logits.chunks_exact(classes).zip(targets).enumerate() {
        let answer = answer(row).ok_or(Error::NotFinite { example })?;
        let rank = rank(row, target).ok_or(Error::Target { example, target })?;
        tally.correct += u64::from(answer == target);
        tally.in_top5 += u64::from(rank < 5);
        tally.confusion[target][answer] += 1;
        bins[Bin::of(row, answer)].add(confidence(row, answer), answer == target);
    }
    tally.ece = bins.iter().map(|bin| (bin.confidence - bin.correct).abs()).sum::<f64>() / targets.len() as f64;
    Ok(tally)
}

/// The class with the largest logit; `None` if one is not finite.
pub fn answer(row: &[f32]) -> Option<usize> {
    let largest = |best: usize, at: usize| if row[at] > row[best] { at } else { best };
    row.iter().all(|logit| logit.is_finite()).then(|| (0..row.len()).reduce(largest))?
}

/// How many classes come before the target: 0 for the answer itself.
fn rank(row: &[f32], target: usize) -> Option<usize> {
    let own = *row.get(target)?;
    Some(row.iter().enumerate().filter(|&(at, &logit)| logit > own || (logit == own && at < target)).count())
}

/// The probability that the softmax gives to a class.
fn confidence(row: &[f32], class: usize) -> f64 {
    1.0 / row.iter().map(|&logit| (f64::from(logit) - f64::from(row[class])).exp()).sum::<f64>()
}

/// The probabilities that the softmax gives to the classes of one row of logits; `None` if one is not finite.
pub fn shares(row: &[f32]) -> Option<Vec<f64>> {
    let largest = f64::from(row[answer(row)?]);
    let powers: Vec<f64> = row.iter().map(|&logit| (f64::from(logit) - largest).exp()).collect();
    let sum: f64 = powers.iter().sum();
    Some(powers.into_iter().map(|power| power / sum).collect())
}

/// A range of confidence, its lower end excluded and its upper end included.
#[derive(Debug, Clone, Copy, Default)]
struct Bin {
    confidence: f64,
    correct: f64,
}

impl Bin {
    fn of(row: &[f32], answer: usize) -> usize {
        let place = (confidence(row, answer) * BINS as f64).ceil() as usize;
        place.clamp(1, BINS) - 1
    }

    fn add(&mut self, confidence: f64, is_correct: bool) {
        self.confidence += confidence;
        self.correct += f64::from(u8::from(is_correct));
    }
}

/// The 95 % interval of a share after Wilson (1927), with both ends from 0 to 1; everything without examples.
pub fn interval(correct: u64, examples: u64) -> [f64; 2] {
    if examples == 0 {
        return [0.0, 1.0];
    }
    let (n, share) = (examples as f64, correct as f64 / examples as f64);
    let middle = share + Z * Z / (2.0 * n);
    let reach = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    let whole = 1.0 + Z * Z / n;
    let low = if correct == 0 { 0.0 } else { (middle - reach) / whole };
    let high = if correct >= examples { 1.0 } else { (middle + reach) / whole };
    [low, high]
}

impl Tally {
    /// Mean of the shares of the classes that were asked for.
    pub fn mean_per_class(&self) -> f64 {
        let asked = self.confusion.iter().enumerate().filter(|(_, row)| row.iter().any(|&count| count > 0));
        let shares = asked.map(|(class, row)| row[class] as f64 / row.iter().sum::<u64>() as f64);
        let (sum, count) = shares.fold((0.0, 0u32), |(sum, count), share| (sum + share, count + 1));
        sum / f64::from(count.max(1))
    }

    /// The share of correct answers.
    pub fn value(&self) -> Option<Measured> {
        Measured::share(self.correct, self.examples)
    }

    /// The score as it is reported; `None` if nothing was counted.
    pub fn score(&self, origin: Origin, references: References) -> Option<SkillScore> {
        let with_labels = self.metric == Metric::Accuracy;
        let seen: Vec<usize> = (0..self.confusion.len()).filter(|&class| self.has_seen(class)).collect();
        let name = |&class: &usize| origin.answers.get(class).cloned().unwrap_or_else(|| class.to_string());
        Some(SkillScore {
            metric: self.metric,
            value: self.value()?,
            correct: self.correct,
            examples: self.examples,
            interval: interval(self.correct, self.examples),
            mean_per_class: with_labels.then(|| self.mean_per_class()),
            top5: with_labels.then(|| self.in_top5 as f64 / self.examples as f64),
            ece: with_labels.then_some(self.ece),
            references,
            labels: seen.iter().map(name).collect(),
            confusion: seen
                .iter()
                .map(|&row| seen.iter().map(|&column| self.confusion[row][column]).collect())
                .collect(),
            skill: origin.skill,
            head_from: origin.head_from,
            examples_from: origin.examples_from,
            available: origin.available.max(self.examples),
            skipped: origin.skipped,
        })
    }

    /// Whether a class was asked for or answered.
    fn has_seen(&self, class: usize) -> bool {
        self.confusion[class].iter().any(|&count| count > 0) || self.confusion.iter().any(|row| row[class] > 0)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    /// Logits whose softmax has these odds.
    fn logits(odds: &[[f64; 3]]) -> Vec<f32> {
        odds.iter().flatten().map(|odds| odds.ln() as f32).collect()
    }

    fn near(a: f64, b: f64, tolerance: f64) -> bool {
        (a - b).abs() <= tolerance
    }

    #[test]
    fn a_small_example_counted_by_hand() {
        // Confidences 0.5, 0.8, 0.8, 0.6 in bins 8 (0.467 to 0.533), 12 (0.733 to 0.8), 12 and 9 (0.533 to 0.6).
        let odds = [[5.0, 3.0, 2.0], [1.0, 8.0, 1.0], [1.0, 8.0, 1.0], [1.0, 3.0, 6.0]];
        let tally = accuracy(&logits(&odds), 3, &[0, 1, 0, 1]).unwrap();
        assert_eq!((tally.correct, tally.examples, tally.in_top5), (2, 4, 4));
        assert_eq!(tally.confusion, [[1, 1, 0], [0, 1, 1], [0, 0, 0]]);
        assert!(near(tally.mean_per_class(), 0.5, 0.0));
        // |0.5 - 1| + |1.6 - 1| + |0.6 - 0|, over 4. Logits are rounded to f32, whose effect is below 1e-6; 0.8 and 0.6
        // lie on ends of bins and may fall to either side, which does not change the sum: both sides are else empty.
        assert!(near(tally.ece, (0.5 + 0.6 + 0.6) / 4.0, 1e-6), "{}", tally.ece);
        assert!(!near(tally.ece, 0.0, 0.1));
    }

    const WILSON: [(u64, u64, f64, f64); 6] = [
        (0, 10, 0.0, 0.277_532_799_862_889_26),
        (10, 10, 0.722_467_200_137_111, 1.0),
        (1, 2, 0.094_531_205_734_230_74, 0.905_468_794_265_769_3),
        (456, 600, 0.724_241_557_423_448, 0.792_450_358_049_427_5),
        (394, 400, 0.967_665_366_415_173_2, 0.993_107_708_080_559_1),
        (3, 7, 0.158_219_855_251_469_7, 0.749_541_635_472_342_8),
    ];

    #[test]
    fn wilson_agrees_with_published_values() {
        // scipy.stats.binomtest(k, n).proportion_ci(method="wilson") of SciPy 1.17.1.
        for (correct, examples, low, high) in WILSON {
            let [a, b] = interval(correct, examples);
            assert!(near(a, low, 1e-12) && near(b, high, 1e-12), "{correct} of {examples}: {a} {b}");
        }
        assert_eq!(interval(0, 0), [0.0, 1.0]);
    }

    #[test]
    fn the_target_is_in_the_top_five_up_to_the_fifth_place() {
        let row = [6.0f32, 5.0, 4.0, 3.0, 2.0, 1.0];
        for (target, expected) in [(0, 1), (4, 1), (5, 0)] {
            assert_eq!(accuracy(&row, 6, &[target]).unwrap().in_top5, expected, "target {target}");
        }
        let equal = accuracy(&[1.0; 6], 6, &[5]).unwrap();
        assert_eq!((equal.in_top5, equal.correct), (0, 0), "among equals the lowest class comes first");
    }

    #[test]
    fn agreement_counts_equal_answers_and_leaves_out_what_needs_labels() {
        let own = logits(&[[5.0, 3.0, 2.0], [1.0, 8.0, 1.0]]);
        let other = logits(&[[2.0, 1.0, 1.0], [8.0, 1.0, 1.0]]);
        let tally = agreement(&own, &other, 3).unwrap();
        assert_eq!((tally.correct, tally.examples), (1, 2));
        let score = tally.score(Origin::default(), References::default()).unwrap();
        assert_eq!((score.metric, score.top5, score.ece), (Metric::Agreement, None, None));
        assert_eq!(agreement(&own, &own, 3).unwrap().correct, 2);
    }

    #[test]
    fn a_score_names_the_classes_that_occur() {
        let tally = accuracy(&logits(&[[1.0, 1.0, 2.0], [1.0, 1.0, 2.0]]), 3, &[0, 2]).unwrap();
        let origin = Origin { skill: "S".into(), answers: vec!["a".into(), "b".into()], ..Origin::default() };
        let references = References { base: Measured::share(1, 4), ..References::default() };
        let score = tally.score(origin, references).unwrap();
        assert_eq!(score.labels, ["a", "2"]);
        assert_eq!(score.confusion, [[0, 1], [0, 1]]);
        assert_eq!((score.value.value(), score.references), (0.5, references));
    }

    #[test]
    fn shares_are_those_of_the_softmax() {
        let odds = [5.0f64, 3.0, 2.0];
        let logits: Vec<f32> = odds.iter().map(|odds| odds.ln() as f32 + 300.0).collect();
        let found = shares(&logits).unwrap();
        // Logits around 300 are rounded to 2^-15 (half a step of f32 at 2^8 is 2^-16): relative errors stay below 2^-14.
        assert!(
            odds.iter().zip(&found).all(|(odds, share)| near(odds / 10.0, *share, 0.5 * 2f64.powi(-14))),
            "{found:?}"
        );
        assert!(!near(found[0], found[1], 0.1));
        assert_eq!((shares(&[f32::INFINITY, 0.0]), shares(&[])), (None, None));
    }

    #[test]
    fn what_cannot_be_scored_is_refused() {
        assert_eq!(accuracy(&[], 3, &[]), Err(Error::Empty));
        assert_eq!(accuracy(&[0.0; 5], 3, &[0, 1]), Err(Error::Shape { logits: 5, examples: 2, classes: 3 }));
        assert_eq!(accuracy(&[0.0; 3], 3, &[3]), Err(Error::Target { example: 0, target: 3 }));
        assert_eq!(accuracy(&[0.0, f32::NAN, 1.0], 3, &[0]), Err(Error::NotFinite { example: 0 }));
        assert!(agreement(&[0.0; 3], &[0.0; 4], 3).is_err());
    }
}
