//! EMR-Merging: for every skill `y_t = θ0 + r_t · m_t ⊙ τ`, where τ has the elected sign and the largest change that agrees
//! with it, `m_t` keeps where skill `t` agrees, and `r_t` brings its length back.
//!
//! Source: Huang et al. 2024, arXiv:2405.17461, section 3.2. There is nothing to exclude a layer from: the mask is the vote.

use kernels::{Kernel, Rule};

use super::{Ask, Formula, Method, TableSpec};

pub(super) const METHOD: Method =
    Method { name: "emr", base_row: true, takes_all: true, kernel: Kernel::Keep, formula: table };

fn table(ask: &Ask) -> Formula {
    let experts = ask.strengths.len();
    Formula::Table(TableSpec {
        rule: Rule::Elect,
        is_mean: false,
        number: ask.skill as u32,
        strengths: vec![1.0; experts],
        selectivity: vec![0.0; experts],
    })
}
