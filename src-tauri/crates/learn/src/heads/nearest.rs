//! The class whose mean is nearest.
//!
//! Source: Mensink et al. 2013, "Distance-based image classification: generalizing to new classes at near-zero cost"
//! (IEEE TPAMI 35(11)), the nearest class mean classifier, here with the Euclidean distance.

use crate::Error;
use crate::engine::Head;
use crate::net::Array;

/// The logit of a class without examples: below every other, and its difference from any of them is still a number.
const NEVER: f32 = f32::MIN / 2.0;

/// A linear head that prefers the class whose mean feature is nearest: the logit of class `c` is 2 μ_c · x − |μ_c|²,
/// the negative squared distance |x − μ_c|² but for |x|², which all classes share.
///
/// `features` `[n, d]` and `targets` `[n]` must come from the part *learn* alone: a head that has seen the examples that
/// it is judged on scores too well. A class without examples can never win. The logits are distances, not measured
/// probabilities: they say which class comes first, not how sure that is.
///
/// # Errors
/// [`Error::Misfit`] if the shapes contradict each other, a target is none of the classes, or there are no examples.
pub fn nearest_mean_head(features: &Array, targets: &[usize], classes: usize) -> Result<Head, Error> {
    let misfit = |fault: String| Error::Misfit { name: "examples of a head".into(), fault };
    let [count, width] = features.shape[..] else {
        return Err(misfit(format!("features of the shape {:?}", features.shape)));
    };
    if count != targets.len() || count == 0 {
        return Err(misfit(format!("{} targets for {count} examples", targets.len())));
    }
    if let Some(target) = targets.iter().find(|&&target| target >= classes) {
        return Err(misfit(format!("class {target} of {classes}")));
    }
    let (sums, counts) = sums(features, width, targets, classes);
    let means = sums.chunks(width.max(1)).zip(&counts).map(|(sum, &count)| mean(sum, count)).collect::<Vec<Vec<f64>>>();
    let weight = means.iter().flatten().map(|value| (2.0 * value) as f32).collect();
    let bias = means.iter().zip(&counts).map(|(mean, &count)| bias(mean, count)).collect();
    Head::linear(&Array::new([classes, width], weight)?, Some(&Array::new([classes], bias)?))
}

/// The sum of each class's features, class by class, and how many they are.
fn sums(features: &Array, width: usize, targets: &[usize], classes: usize) -> (Vec<f64>, Vec<usize>) {
    let (mut sums, mut counts) = (vec![0.0; classes * width], vec![0; classes]);
    for (row, &class) in features.rows().zip(targets) {
        counts[class] += 1;
        let sum = &mut sums[class * width..][..width];
        sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += f64::from(*value));
    }
    (sums, counts)
}

fn mean(sum: &[f64], count: usize) -> Vec<f64> {
    sum.iter().map(|sum| sum / count.max(1) as f64).collect()
}

fn bias(mean: &[f64], count: usize) -> f32 {
    if count == 0 { NEVER } else { -mean.iter().map(|value| value * value).sum::<f64>() as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[[f32; 2]]) -> Array {
        Array::new([rows.len(), 2], rows.concat()).expect("full")
    }

    #[test]
    fn logits_are_squared_distances_up_to_a_number_that_all_classes_share() {
        let features = rows(&[[1.0, 2.0], [3.0, 4.0], [-1.0, 0.5]]);
        let head = nearest_mean_head(&features, &[0, 0, 1], 2).expect("two classes");
        let means = [[2.0, 3.0], [-1.0, 0.5]];
        for x in [[0.0, 0.0], [2.5, -1.0], [-3.0, 7.0]] {
            let logits = head.apply(&rows(&[x])).expect("the same width").values;
            let distance = |mean: [f32; 2]| (x[0] - mean[0]).powi(2) + (x[1] - mean[1]).powi(2);
            let length = x[0] * x[0] + x[1] * x[1];
            // Sums of four numbers below 100, each rounded to 2⁻²⁴ of itself.
            for (logit, mean) in logits.iter().zip(means) {
                assert!((logit - (length - distance(mean))).abs() < 5e-5, "{x:?}: {logit} and {}", distance(mean));
            }
        }
    }

    #[test]
    fn the_nearest_mean_wins_and_a_class_without_examples_never_does() {
        let head = nearest_mean_head(&rows(&[[1e3, 0.0], [-1e3, 0.0]]), &[0, 2], 4).expect("two of four classes");
        let logits = head.apply(&rows(&[[9e8, 1.0], [-1.0, 0.0], [0.0, -9e8]])).expect("the same width");
        let winners: Vec<usize> =
            logits.rows().map(|row| (0..4).max_by(|&a, &b| row[a].total_cmp(&row[b])).expect("four classes")).collect();
        assert_eq!((head.classes(), winners[0], winners[1]), (4, 0, 2));
        assert!(winners[2] == 0 || winners[2] == 2);
        assert!(logits.values.iter().all(|logit| logit.is_finite()));
    }

    #[test]
    fn contradictions_are_refused() {
        let two = rows(&[[0.0, 1.0], [1.0, 0.0]]);
        for (targets, classes) in [(&[0][..], 2), (&[0, 2], 2), (&[0, 1, 1], 2)] {
            assert!(matches!(nearest_mean_head(&two, targets, classes), Err(Error::Misfit { .. })), "{targets:?}");
        }
        let none = Array::new([0, 2], vec![]).expect("empty");
        assert!(matches!(nearest_mean_head(&none, &[], 2), Err(Error::Misfit { .. })));
        assert!(nearest_mean_head(&two, &[0, 1], 2).is_ok());
    }
}
