//! The loop that tints against `tests/golden/tint.json`, which PyTorch made in double precision
//! (`tests/golden/tint_reference.py`), and against what must hold for any mix.

mod by_hand;
mod reference;
mod rules;
mod sample;
