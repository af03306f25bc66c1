//! Merged weights, tensor by tensor, and what a gradient of them says about the coefficients.
//!
//! `θ_l = θ0_l + Σ_t λ_{l,t} δ_{l,t}`, so `∂L/∂λ_{l,t} = ⟨∂L/∂θ_l, δ_{l,t}⟩`: changes never enter a graph, and are read one
//! tensor after the other. Where the method of the recipe is no plain sum, `δ_t` is what the method makes of skill `t`
//! alone at strength 1 (masked, trimmed, elected): all methods that are tinted are linear in their strengths.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::Error;
use crate::net::Array;

/// Base and changes of a mix.
pub trait Changes: Sync {
    /// A tensor of the base.
    ///
    /// # Errors
    /// [`Error::Missing`], [`Error::Misfit`], [`Error::Read`].
    fn base(&self, name: &str) -> Result<Array, Error>;

    /// What expert `expert` changes of a tensor at strength 1, in the order of its numbers.
    ///
    /// # Errors
    /// As [`Changes::base`].
    fn change(&self, expert: usize, name: &str) -> Result<Cow<'_, [f32]>, Error>;
}

/// Base and changes in memory.
#[derive(Debug, Default)]
pub struct Resident {
    /// The base by name.
    pub base: HashMap<String, Array>,
    /// Changes of each expert by name.
    pub changes: Vec<HashMap<String, Vec<f32>>>,
}

impl Changes for Resident {
    fn base(&self, name: &str) -> Result<Array, Error> {
        self.base.get(name).cloned().ok_or_else(|| Error::Missing { name: name.to_owned() })
    }

    fn change(&self, expert: usize, name: &str) -> Result<Cow<'_, [f32]>, Error> {
        let found = self.changes.get(expert).and_then(|changes| changes.get(name));
        found.map(|change| Cow::Borrowed(change.as_slice())).ok_or_else(|| Error::Missing { name: name.to_owned() })
    }
}

/// A tensor of the mix: changes are added up in the order of the experts and the base last, as the kernels of a save do.
///
/// # Errors
/// As [`Changes::base`]; [`Error::Misfit`] if a change has another length.
pub fn mixed(changes: &dyn Changes, name: &str, coefficients: &[f32]) -> Result<Array, Error> {
    let mut base = changes.base(name)?;
    let mut sum = vec![0.0_f32; base.values.len()];
    for (expert, &coefficient) in coefficients.iter().enumerate().filter(|(_, coefficient)| **coefficient != 0.0) {
        let change = changes.change(expert, name)?;
        fits(name, change.len(), sum.len())?;
        sum.iter_mut().zip(change.iter()).for_each(|(sum, change)| *sum += coefficient * change);
    }
    base.values.iter_mut().zip(sum).for_each(|(base, sum)| *base += sum);
    Ok(base)
}

/// `⟨gradient, δ_t⟩` for every expert; 0 for those that `trains` leaves out.
///
/// # Errors
/// As [`mixed`].
pub fn slopes(changes: &dyn Changes, name: &str, gradient: &Array, trains: &[bool]) -> Result<Vec<f64>, Error> {
    let one = |(expert, &trains): (usize, &bool)| {
        if !trains {
            return Ok(0.0);
        }
        let change = changes.change(expert, name)?;
        fits(name, change.len(), gradient.values.len())?;
        Ok(product(&gradient.values, &change))
    };
    trains.iter().enumerate().map(one).collect()
}

fn fits(name: &str, found: usize, expected: usize) -> Result<(), Error> {
    let fault = || format!("a change of {found} numbers for {expected}");
    if found == expected { Ok(()) } else { Err(Error::Misfit { name: name.to_owned(), fault: fault() }) }
}

/// Inner product: 16 partial sums in `f32` over blocks of 4,096 numbers, blocks added up in `f64`.
fn product(a: &[f32], b: &[f32]) -> f64 {
    const LANES: usize = 16;
    let block = |(a, b): (&[f32], &[f32])| {
        let mut lanes = [0.0_f32; LANES];
        let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
        for (a, b) in a.iter().zip(b) {
            for at in 0..LANES {
                lanes[at] += a[at] * b[at];
            }
        }
        let rest: f64 = a_rest.iter().zip(b_rest).map(|(&a, &b)| f64::from(a * b)).sum();
        lanes.iter().map(|&lane| f64::from(lane)).sum::<f64>() + rest
    };
    a.chunks(4096).zip(b.chunks(4096)).map(block).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A 2 × 2 encoder and two changes, worked by hand.
    fn two() -> Resident {
        let array = |values: [f32; 4]| Array::new([2, 2], values.to_vec()).expect("four numbers");
        let change = |values: [f32; 4]| HashMap::from([("w".to_owned(), values.to_vec())]);
        Resident {
            base: HashMap::from([("w".to_owned(), array([1.0, 0.0, 0.0, 1.0]))]),
            changes: vec![change([0.4, 0.0, 0.0, -0.2]), change([0.0, 0.5, -0.5, 0.0])],
        }
    }

    #[test]
    fn a_mix_is_the_base_and_its_changes() {
        let mixed = mixed(&two(), "w", &[0.3, 0.3]).expect("both are there");
        for (found, expected) in mixed.values.iter().zip([1.12, 0.15, -0.15, 0.94]) {
            assert!((found - expected).abs() < 1e-6, "{mixed:?}");
        }
    }

    #[test]
    fn slopes_are_inner_products_and_left_out_experts_have_none() {
        let gradient = Array::new([2, 2], vec![1.0, 2.0, 3.0, 4.0]).expect("four numbers");
        let found = slopes(&two(), "w", &gradient, &[true, true]).expect("both are there");
        assert!((found[0] + 0.4).abs() < 1e-6 && (found[1] + 0.5).abs() < 1e-6, "{found:?}");
        assert_eq!(slopes(&two(), "w", &gradient, &[false, true]).expect("there")[0], 0.0);
    }

    #[test]
    fn long_products_are_near_those_of_double_precision() {
        let long = |seed| crate::tint::order::noise(100_003, seed);
        let (a, b) = (long(1), long(2));
        let plain: f64 = a.iter().zip(&b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum();
        // 256 additions in a lane of a block, each with a relative error of 2⁻²⁴ of a sum of at most 256.
        let bound = 100_003.0 / 16.0 * 256.0 * 2f64.powi(-24);
        assert!((product(&a, &b) - plain).abs() < bound, "{} and {plain}", product(&a, &b));
        assert!(plain.abs() > bound, "the bound tells something");
    }

    #[test]
    fn a_change_of_another_length_is_refused() {
        let mut two = two();
        two.changes[1].insert("w".into(), vec![1.0]);
        assert!(matches!(mixed(&two, "w", &[0.0, 0.3]), Err(Error::Misfit { .. })));
        assert!(matches!(two.change(2, "w"), Err(Error::Missing { .. })));
    }
}
