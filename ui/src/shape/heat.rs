//! Steps of the colour scale: eight, from the ground to far from it.

/// Number of steps.
pub const STEPS: usize = 8;

/// The step of `value` on a scale from 0 to `most`; what is not above zero has the first.
pub fn step(value: f64, most: f64) -> usize {
    if !(value > 0.0 && most > 0.0) {
        return 0;
    }
    (((value / most) * STEPS as f64).ceil() as usize).clamp(1, STEPS) - 1
}

/// Like [`step`], with an empty step for zero, so that a single one can be seen.
pub fn step_from_one(value: u64, most: u64) -> usize {
    if value == 0 || most == 0 {
        return 0;
    }
    let share = value as f64 / most as f64;
    1 + ((share * (STEPS - 1) as f64).ceil() as usize).clamp(1, STEPS - 1) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_goes_from_the_first_step_to_the_last() {
        assert_eq!(
            [0.0, 0.01, 0.125, 0.126, 0.5, 0.51, 1.0, 2.0].map(|value| step(value, 1.0)),
            [0, 0, 0, 1, 3, 4, 7, 7]
        );
        assert_eq!([step(f64::NAN, 1.0), step(1.0, 0.0), step(-1.0, 1.0)], [0; 3]);
    }

    #[test]
    fn a_single_one_is_told_from_none() {
        assert_eq!([0, 1, 500, 1000].map(|value| step_from_one(value, 1000)), [0, 1, 4, 7]);
        assert_eq!(step_from_one(1, 0), 0);
    }
}
