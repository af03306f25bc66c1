//! Marks on the parallel axes of trade-offs.
#![allow(missing_docs, reason = "each text is its own description")]

use crate::words::format;

/// A share beside its mark, without its unit: `87.9`, expected ones `~88`.
pub fn label(share: f64, measured: bool) -> String {
    if measured { format::tenths(share) } else { format!("~{:.0}", share * 100.0) }
}

/// A mark of the legend for which no axis is long enough: `starting model, off the axes`.
pub fn off_axes(mark: &str) -> String {
    format!("{mark}, off the axes")
}

/// Marks to compare with: `Equal mix: Flowers 79 %, Signs 84 % of specialist, measured`.
pub fn reference(name: &str, skills: &[(String, f64)]) -> String {
    let all: Vec<String> = skills.iter().map(|(skill, share)| format!("{skill} {}", format::percent(*share))).collect();
    format!("{name}: {} of specialist, measured", all.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measured_shares_have_a_decimal_and_expected_ones_a_tilde() {
        assert_eq!((label(0.8791, true), label(0.8791, false)), ("87.9".into(), "~88".into()));
        assert_eq!((label(1.0, true), label(1.004, false)), ("100.0".into(), "~100".into()));
    }

    #[test]
    fn marks_to_compare_with_are_read_as_shares() {
        let said = reference("Equal mix", &[("Flowers".into(), 0.789), ("Signs".into(), 0.84)]);
        assert_eq!(said.replace('\u{202f}', " "), "Equal mix: Flowers 79 %, Signs 84 % of specialist, measured");
        assert_eq!(off_axes("starting model"), "starting model, off the axes");
    }
}
