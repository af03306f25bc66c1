//! Comparers: equal to the bit, or within the bound that a shader's header promises.

use super::format::{Tensor, Tensors};

/// The first difference in names, types, shapes or bytes.
pub fn equal_bits(found: &Tensors, expected: &Tensors) -> Result<(), String> {
    same_names(found, expected)?;
    for (name, right) in expected {
        let left = &found[name];
        if (&left.dtype, &left.shape) != (&right.dtype, &right.shape) {
            return Err(format!(
                "{name}: {} {:?} instead of {} {:?}",
                left.dtype, left.shape, right.dtype, right.shape
            ));
        }
        if let Some(at) = left.bytes.iter().zip(&right.bytes).position(|(left, right)| left != right) {
            let width = left.bytes.len() / left.shape.iter().product::<u64>().max(1) as usize;
            let element = at / width.max(1);
            let bits = |tensor: &Tensor| tensor.bytes[element * width..(element + 1) * width].to_vec();
            return Err(format!("{name}[{element}]: bytes {:02x?} instead of {:02x?}", bits(left), bits(right)));
        }
    }
    Ok(())
}

fn same_names(found: &Tensors, expected: &Tensors) -> Result<(), String> {
    let missing: Vec<&String> = expected.keys().filter(|name| !found.contains_key(*name)).collect();
    let extra: Vec<&String> = found.keys().filter(|name| !expected.contains_key(*name)).collect();
    if missing.is_empty() && extra.is_empty() { Ok(()) } else { Err(format!("missing {missing:?}, extra {extra:?}")) }
}

/// What an output tensor is made from.
pub struct Recipe<'a> {
    /// The base of task arithmetic; `None` for an average.
    pub base: Option<&'a Tensor>,
    pub experts: Vec<&'a Tensor>,
    /// As f32, one for each expert.
    pub coefficients: Vec<f64>,
}

impl Recipe<'_> {
    /// Reference in f64 and bound of one element, after the headers of `add_changes.wgsl` and `weighted_sum.wgsl`;
    /// what rounding to `dtype` adds is half a step at the reference.
    fn reference(&self, at: usize, dtype: &str, rows: &(Option<Vec<f64>>, Vec<Vec<f64>>)) -> (f64, f64) {
        let (base, experts) = rows;
        let base = base.as_ref().map_or(0.0, |row| row[at]);
        let terms: Vec<f64> = experts.iter().zip(&self.coefficients).map(|(row, c)| c * (row[at] - base)).collect();
        let size: f64 = terms.iter().map(|term| term.abs()).sum();
        let sum_c: f64 = self.coefficients.iter().map(|c| c.abs()).sum();
        let (step, tiny) = (2f64.powi(-23), 2f64.powi(-126));
        let bound = if self.base.is_some() {
            let sources = (experts.len() + 1) as f64;
            (sources + 1.0) * step * size + step * base.abs() + tiny * (2.0 * sources + 3.0 * sum_c)
        } else {
            let sources = experts.len() as f64;
            sources * step * size + tiny * (2.0 * sources + sum_c)
        };
        let reference = base + terms.iter().sum::<f64>();
        (reference, bound + half_step(reference.abs() + bound, dtype))
    }

    /// The first element of `found` that lies outside the bound.
    pub fn within(&self, name: &str, found: &Tensor) -> Result<(), String> {
        let rows = (self.base.map(Tensor::values), self.experts.iter().map(|row| row.values()).collect());
        for (at, value) in found.values().into_iter().enumerate() {
            let (reference, bound) = self.reference(at, &found.dtype, &rows);
            let error = (value - reference).abs();
            // Written so that NaN is outside too.
            if !matches!(error.partial_cmp(&bound), Some(std::cmp::Ordering::Less | std::cmp::Ordering::Equal)) {
                return Err(format!("{name}[{at}]: {value:e} is {error:e} from {reference:e}, bound {bound:e}"));
            }
        }
        Ok(())
    }
}

/// The first element of `found` that is farther from `golden` plus `change` than both are rounded; the headers of
/// `merge/elect_changes.wgsl` and `mask/*.wgsl` bound either by the sizes of base and changes, of which every one is
/// multiplied by at most `most` (a rescaler by at most the number of experts, since it shortens the largest change).
pub fn near(
    name: &str,
    found: &Tensor,
    golden: &Tensor,
    base: &Tensor,
    experts: &[&Tensor],
    most: f64,
    change: f64,
) -> Result<(), String> {
    let (base, rows) = (base.values(), experts.iter().map(|row| row.values()).collect::<Vec<_>>());
    let sources = (rows.len() + 1) as f64;
    for (at, (value, golden_value)) in found.values().into_iter().zip(golden.values()).enumerate() {
        let size: f64 = rows.iter().map(|row| (row[at] - base[at]).abs()).sum::<f64>() * most * sources;
        let each = (sources + 8.0) * 2f64.powi(-23) * size
            + 2f64.powi(-23) * base[at].abs()
            + 2f64.powi(-126) * (2.0 * sources + 3.0 * sources * most);
        let bound = 2.0 * (each + half_step(golden_value.abs() + each, &golden.dtype));
        let error = (value - golden_value - change).abs();
        if !matches!(error.partial_cmp(&bound), Some(std::cmp::Ordering::Less | std::cmp::Ordering::Equal)) {
            return Err(format!("{name}[{at}]: {value:e} is {error:e} from {golden_value:e}, bound {bound:e}"));
        }
    }
    Ok(())
}

/// Half the distance between neighbours of type `dtype` at this magnitude.
fn half_step(magnitude: f64, dtype: &str) -> f64 {
    // Digits after the leading one, and the exponent below which numbers are subnormal.
    let (digits, least) = match dtype {
        "F16" => (10, -14),
        "BF16" => (7, -126),
        _ => (23, -126),
    };
    let exponent = if magnitude > 0.0 { (magnitude.log2().floor() as i32).max(least) } else { least };
    2f64.powi(exponent - digits - 1)
}
