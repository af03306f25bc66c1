//! Networks against the golden files of `tests/golden/make_golden.py`, and gradients against differences.

mod detected;
mod equal;
mod golden;
mod gradients;
mod zoo;
