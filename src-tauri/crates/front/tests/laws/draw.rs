//! Numbers by chance for tests, independent of the generator that is tested.

/// Mix of the bits of a counter: uniform in [0, 1) (the finisher of MurmurHash3).
pub fn unit(seed: u64, at: usize) -> f64 {
    let mut word = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (at as u64 + 1).wrapping_mul(0xd1b5_4a32_d192_ed03);
    for factor in [0xff51_afd7_ed55_8ccd, 0xc4ce_b9fe_1a85_ec53] {
        word = (word ^ (word >> 33)).wrapping_mul(factor);
    }
    ((word ^ (word >> 33)) >> 11) as f64 / (1u64 << 53) as f64
}

/// Mean 0, deviation 1: twelve uniform numbers less six.
pub fn normal(seed: u64, at: usize) -> f64 {
    (0..12).map(|part| unit(seed, 12 * at + part)).sum::<f64>() - 6.0
}

/// A mix in the unit box.
pub fn mix(seed: u64, at: usize, axes: usize) -> Vec<f64> {
    (0..axes).map(|axis| unit(seed, at * axes + axis)).collect()
}
