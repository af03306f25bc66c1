//! TIES: of every task vector the largest changes over the whole model, a vote on each sign, and the sum or the mean of
//! what agrees with the vote, each change times its strength.
//!
//! Source: Yadav et al. 2023, arXiv:2306.01708, section 4. Trimming and votes look at unscaled changes of all experts, so
//! they do not move with the strengths; with equal strengths and the mean this is the paper's formula with that λ.

use kernels::{Kernel, Rule};

use super::{Ask, Formula, Method, TableSpec, is_mean, rounded};

pub(super) const METHOD: Method = Method {
    name: "ties",
    base_row: true,
    takes_all: true,
    kernel: Kernel::ElectChanges,
    formula: |ask: &Ask| {
        Formula::Table(TableSpec {
            rule: Rule::Ties,
            is_mean: is_mean(ask.settings),
            number: 0,
            strengths: rounded(ask.strengths),
            selectivity: vec![0.0; ask.strengths.len()],
        })
    },
};
