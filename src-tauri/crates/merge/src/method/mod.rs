//! The code half of the table of methods: one row and one file each.
//!
//! The declarative half (names, sentences, parameters) is `protocol::methods`; a tidy test holds the two one to one.

mod average;
mod task_arithmetic;

use kernels::Kernel;

/// How a method turns strengths into one kernel and its coefficients.
#[derive(Debug, Clone, Copy)]
pub struct Method {
    /// Name in recipes.
    pub name: &'static str,
    /// Whether row 0 of the kernel is the base.
    pub base_row: bool,
    /// The kernel that writes the elements.
    pub kernel: Kernel,
    /// Strengths of the experts that take part (none is zero) to coefficients, one each.
    pub coefficients: fn(&[f64]) -> Vec<f32>,
}

/// All methods, in the order of `protocol::methods::METHODS`.
pub const METHODS: &[Method] = &[task_arithmetic::METHOD, average::METHOD];

/// The row of this name.
pub(crate) fn find(name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name == name)
}

#[cfg(test)]
mod tests {
    #[test]
    fn both_halves_of_the_table_name_the_same_methods() {
        let code: Vec<&str> = super::METHODS.iter().map(|method| method.name).collect();
        let declared: Vec<&str> = protocol::methods::METHODS.iter().map(|method| method.name).collect();
        assert_eq!(code, declared);
        for (code, declared) in super::METHODS.iter().zip(protocol::methods::METHODS) {
            assert_eq!(code.base_row, declared.needs_base, "{}", code.name);
        }
    }
}
