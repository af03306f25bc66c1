//! What can be wrong with what came in, and the checks that say so.

/// Numbers that do not belong together, or too few of them. Nothing here depends on luck or time.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A quadratic has more unknowns than there are different mixes; see [`Error::missing`].
    #[error("{} more mixes are needed: {found} of {needed}", .needed - .found)]
    TooFewMixes {
        /// Different mixes there are.
        found: usize,
        /// Different mixes the fit needs: (k+1)(k+2)/2 for k strengths.
        needed: usize,
    },
    /// The mixes lie so (all on a line, say) that many quadratics fit them equally well.
    #[error("the mixes do not tell one quadratic from another: they lie on too few lines")]
    Undetermined,
    /// NaN or infinity.
    #[error("{what} {row}, number {column} is {value}")]
    NotFinite {
        /// What the row is: `score`, `strength`, …
        what: &'static str,
        /// Row, from 0.
        row: usize,
        /// Place in the row, from 0.
        column: usize,
        /// NaN, inf or -inf.
        value: f64,
    },
    /// A number outside what is allowed.
    #[error("{what} is {value}, allowed is {least} to {most}")]
    OutOfRange {
        /// Name of the number.
        what: &'static str,
        /// The number.
        value: f64,
        /// Least allowed.
        least: f64,
        /// Most allowed.
        most: f64,
    },
    /// A row has another length than the others, or than the number of skills.
    #[error("{what}: {found} numbers where {expected} belong")]
    WrongLength {
        /// What the row is.
        what: &'static str,
        /// Length that fits.
        expected: usize,
        /// Length found.
        found: usize,
    },
    /// A list that must hold something holds nothing.
    #[error("there are no {what}")]
    Empty {
        /// What is missing.
        what: &'static str,
    },
}

impl Error {
    /// How many mixes are missing, where that is what is wrong.
    pub fn missing(&self) -> Option<usize> {
        match self {
            Error::TooFewMixes { found, needed } => Some(needed - found),
            _ => None,
        }
    }
}

/// `values` has `expected` numbers.
pub(crate) fn check_length(what: &'static str, values: &[f64], expected: usize) -> Result<(), Error> {
    let found = values.len();
    if found == expected { Ok(()) } else { Err(Error::WrongLength { what, expected, found }) }
}

/// All numbers of row `row` are finite.
pub(crate) fn check_finite(what: &'static str, row: usize, values: &[f64]) -> Result<(), Error> {
    match values.iter().position(|value| !value.is_finite()) {
        Some(column) => Err(Error::NotFinite { what, row, column, value: values[column] }),
        None => Ok(()),
    }
}

/// All rows have the same length and finite numbers; that length, 0 without rows.
pub(crate) fn check_rows<R: AsRef<[f64]>>(what: &'static str, rows: &[R]) -> Result<usize, Error> {
    let width = rows.first().map_or(0, |row| row.as_ref().len());
    for (at, row) in rows.iter().enumerate() {
        check_length(what, row.as_ref(), width)?;
        check_finite(what, at, row.as_ref())?;
    }
    Ok(width)
}

/// `value` lies in `least..=most`.
pub(crate) fn check_range(what: &'static str, value: f64, least: f64, most: f64) -> Result<(), Error> {
    if (least..=most).contains(&value) { Ok(()) } else { Err(Error::OutOfRange { what, value, least, most }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_missing_is_told() {
        let error = Error::TooFewMixes { found: 4, needed: 6 };
        assert_eq!((error.missing(), error.to_string().as_str()), (Some(2), "2 more mixes are needed: 4 of 6"));
        assert_eq!(Error::Undetermined.missing(), None);
    }

    #[test]
    fn a_number_that_is_not_finite_is_told_with_its_place() {
        let found = check_rows("score", &[[1.0, 2.0], [3.0, f64::NEG_INFINITY]]);
        assert_eq!(found, Err(Error::NotFinite { what: "score", row: 1, column: 1, value: f64::NEG_INFINITY }));
        assert!(check_rows("score", &[vec![1.0], vec![f64::NAN]]).is_err());
        assert_eq!(check_rows("score", &[[1.0, 2.0], [3.0, 4.0]]), Ok(2));
    }

    #[test]
    fn rows_of_different_lengths_are_refused() {
        let found = check_rows("score", &[vec![1.0], vec![1.0, 2.0]]);
        assert_eq!(found, Err(Error::WrongLength { what: "score", expected: 1, found: 2 }));
    }

    #[test]
    fn nan_is_in_no_range() {
        assert!(check_range("floor", f64::NAN, 0.0, 1.0).is_err() && check_range("floor", 1.0, 0.0, 1.0).is_ok());
    }
}
