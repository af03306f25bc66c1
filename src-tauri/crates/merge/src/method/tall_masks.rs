//! TALL-masks: for every skill `y_t = θ0 + m_t ⊙ τ`, where τ is the sum of all changes (or TIES of them) and `m_t` keeps
//! what skill `t` needs of it.
//!
//! Source: Wang et al. 2024, arXiv:2405.07813, equations 3 and 4; on TIES with the sum, as there.

use kernels::Kernel;

use super::{Ask, Formula, KEEP_ALL, Method, TableSpec, rounded, rule_of};

pub(super) const METHOD: Method =
    Method { name: "tall_masks", base_row: true, takes_all: true, kernel: Kernel::Keep, formula: table };

fn table(ask: &Ask) -> Formula {
    let experts = ask.strengths.len();
    Formula::Table(TableSpec {
        rule: rule_of(ask.settings),
        is_mean: false,
        number: ask.skill as u32,
        strengths: vec![1.0; experts],
        selectivity: if ask.is_plain { vec![KEEP_ALL; experts] } else { rounded(&ask.settings.selectivity) },
    })
}
