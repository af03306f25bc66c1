//! LiNeS: task arithmetic whose strengths grow with depth, `c_t · (shallow + (deep − shallow) · l / (L − 1))` in block `l`
//! of `L`; outside the blocks `c_t · shallow`.
//!
//! Source: Wang et al. 2025, arXiv:2410.17146, equation 3.

use kernels::Kernel;

use super::{Ask, Formula, Method, by_depth};

pub(super) const METHOD: Method = Method {
    name: "lines",
    base_row: true,
    takes_all: false,
    kernel: Kernel::AddChanges,
    formula: |ask: &Ask| Formula::Coefficients(by_depth(ask)),
};
