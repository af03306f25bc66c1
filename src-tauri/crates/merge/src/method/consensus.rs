//! Consensus Merging: task arithmetic, TIES or LiNeS, of which only those weights stay that at least `k` skills need.
//!
//! Source: Wang et al. 2024, arXiv:2405.07813, equations 4 and 6. Masks look at unscaled changes of all experts:
//! `θ0 + m ⊙ Σ c_t τ_t`.

use kernels::Kernel;
use protocol::settings::On;

use super::{Ask, Formula, Method, TableSpec, by_depth, is_mean, rounded, rule_of};

pub(super) const METHOD: Method =
    Method { name: "consensus", base_row: true, takes_all: true, kernel: Kernel::Consensus, formula: table };

fn table(ask: &Ask) -> Formula {
    let settings = ask.settings;
    Formula::Table(TableSpec {
        rule: rule_of(settings),
        is_mean: is_mean(settings),
        number: if ask.is_plain { 0 } else { settings.k },
        strengths: if settings.on == On::Lines { by_depth(ask) } else { rounded(ask.strengths) },
        selectivity: rounded(&settings.selectivity),
    })
}
