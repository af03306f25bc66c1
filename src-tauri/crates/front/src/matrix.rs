//! Small dense systems, row-major, f64. At most a few dozen unknowns, so plain loops are enough.

/// A pivot smaller than this share of its diagonal entry counts as zero.
const SMALL: f64 = 1e-9;

/// L of A = L·Lᵀ for a symmetric positive definite A \[n, n\]. Source: Golub and Van Loan, 4th ed., 4.2.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Cholesky {
    n: usize,
    lower: Vec<f64>,
}

impl Cholesky {
    /// Only the lower triangle of `a` is read. `None`: singular as far as f64 can tell.
    pub(crate) fn of(a: &[f64], n: usize) -> Option<Self> {
        let mut lower = vec![0.0; n * n];
        for row in 0..n {
            for column in 0..=row {
                let inner = dot(&lower[row * n..row * n + column], &lower[column * n..column * n + column]);
                let rest = a[row * n + column] - inner;
                if row > column {
                    lower[row * n + column] = rest / lower[column * n + column];
                } else if rest > 0.0 {
                    lower[row * n + row] = rest.sqrt();
                } else {
                    return None;
                }
            }
        }
        Some(Self { n, lower })
    }

    /// Whether every pivot keeps more than a billionth of the diagonal entry of `a` it came from.
    pub(crate) fn is_sound(&self, a: &[f64]) -> bool {
        (0..self.n).all(|at| self.lower[at * self.n + at].powi(2) > SMALL * a[at * self.n + at])
    }

    /// L⁻¹·b; its squared length is bᵀ·A⁻¹·b.
    pub(crate) fn half_solve(&self, b: &[f64]) -> Vec<f64> {
        let mut x: Vec<f64> = Vec::with_capacity(self.n);
        for (row, value) in b.iter().enumerate() {
            let line = &self.lower[row * self.n..row * self.n + row + 1];
            x.push((value - dot(&line[..row], &x)) / line[row]);
        }
        x
    }

    /// A⁻¹·b.
    pub(crate) fn solve(&self, b: &[f64]) -> Vec<f64> {
        let mut x = self.half_solve(b);
        for row in (0..self.n).rev() {
            let below: f64 = (row + 1..self.n).map(|at| self.lower[at * self.n + row] * x[at]).sum();
            x[row] = (x[row] - below) / self.lower[row * self.n + row];
        }
        x
    }

    /// L·x.
    pub(crate) fn times(&self, x: &[f64]) -> Vec<f64> {
        (0..self.n).map(|row| dot(&self.lower[row * self.n..row * self.n + row + 1], x)).collect()
    }

    /// ln det A.
    pub(crate) fn log_determinant(&self) -> f64 {
        2.0 * (0..self.n).map(|at| self.lower[at * self.n + at].ln()).sum::<f64>()
    }
}

/// Σ x·y over the shorter length.
pub(crate) fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

/// `a += weight · row · rowᵀ`, lower triangle only.
pub(crate) fn add_outer(a: &mut [f64], row: &[f64], weight: f64) {
    for (at, &left) in row.iter().enumerate() {
        let line = &mut a[at * row.len()..at * row.len() + at + 1];
        for (sum, &right) in line.iter_mut().zip(row) {
            *sum += weight * left * right;
        }
    }
}

/// x of A·x = b by elimination with row exchange; `None` where A is singular as far as f64 can tell.
pub(crate) fn eliminate(mut a: Vec<Vec<f64>>, mut b: Vec<f64>) -> Option<Vec<f64>> {
    let n = b.len();
    for at in 0..n {
        let best = (at..n).max_by(|&x, &y| a[x][at].abs().total_cmp(&a[y][at].abs()))?;
        if a[best][at].abs() < 1e-12 {
            return None;
        }
        a.swap(at, best);
        b.swap(at, best);
        for row in at + 1..n {
            let (above, below) = a.split_at_mut(row);
            let factor = below[0][at] / above[at][at];
            below[0].iter_mut().zip(&above[at]).skip(at).for_each(|(x, y)| *x -= factor * y);
            b[row] -= factor * b[at];
        }
    }
    for at in (0..n).rev() {
        let known = dot(&a[at][at + 1..], &b[at + 1..]);
        b[at] = (b[at] - known) / a[at][at];
    }
    Some(b)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    const A: [f64; 9] = [4.0, 0.0, 0.0, 2.0, 5.0, 0.0, 1.0, 3.0, 6.0];

    #[test]
    fn a_known_system_is_solved() {
        // A (symmetric) times (1, 2, 3) = (11, 21, 25).
        let cholesky = Cholesky::of(&A, 3).unwrap();
        let b = [11.0, 21.0, 25.0];
        for (found, expected) in cholesky.solve(&b).iter().zip([1.0, 2.0, 3.0]) {
            assert!((found - expected).abs() < 1e-14, "{found}");
        }
        // bᵀ·A⁻¹·b = b · (1, 2, 3) = 128, det A = 4·(30−9) − 2·(12−3) + 1·(6−5) = 67.
        let half = cholesky.half_solve(&b);
        assert!((dot(&half, &half) - 128.0).abs() < 1e-12);
        assert!((cholesky.log_determinant() - 67f64.ln()).abs() < 1e-14);
        assert!(cholesky.is_sound(&A));
    }

    #[test]
    fn a_singular_matrix_is_refused_or_unsound() {
        assert_eq!(Cholesky::of(&[1.0, 0.0, 1.0, 1.0], 2), None);
        let nearly = [1.0, 0.0, 1.0, 1.0 + 1e-12];
        assert!(!Cholesky::of(&nearly, 2).unwrap().is_sound(&nearly));
    }

    #[test]
    fn sums_of_outer_products_fill_the_lower_triangle() {
        let mut a = vec![0.0; 4];
        add_outer(&mut a, &[1.0, 2.0], 3.0);
        assert_eq!(a, [3.0, 0.0, 6.0, 12.0]);
    }

    #[test]
    fn elimination_exchanges_rows_and_refuses_singular_systems() {
        let solved = eliminate(vec![vec![0.0, 2.0], vec![1.0, 1.0]], vec![4.0, 5.0]);
        assert_eq!(solved, Some(vec![3.0, 2.0]));
        assert_eq!(eliminate(vec![vec![1.0, 1.0], vec![2.0, 2.0]], vec![1.0, 2.0]), None);
    }
}
