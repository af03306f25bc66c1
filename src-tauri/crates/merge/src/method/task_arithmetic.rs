//! Task arithmetic: `y = θ0 + Σ c_t (θ_t − θ0)`.
//!
//! Source: Ilharco et al. 2023, arXiv:2212.04089, equation of section 2.
//! The changes are added up first, in the order of the experts, and the base last:
//! where an expert equals the base, or every coefficient is zero, the base comes out to the bit.

use kernels::Kernel;

use super::{Ask, Formula, Method, rounded};

pub(super) const METHOD: Method = Method {
    name: "task_arithmetic",
    base_row: true,
    takes_all: false,
    kernel: Kernel::AddChanges,
    formula: |ask: &Ask| Formula::Coefficients(rounded(ask.strengths)),
};
