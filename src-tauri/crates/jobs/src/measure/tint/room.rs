//! Where training finds examples: the skills of the gauge, or features that were found once.

use learn::Error;
use learn::engine::{Engine, Head};
use learn::net::{Array, Batch};
use learn::tint::Feed;
use merge::Control as _;
use protocol::failure::Failure;

use super::super::skill::Skill;
use crate::teller::Teller;

/// The examples of the skills that learn.
pub(super) struct Room<'a> {
    pub skills: Vec<&'a Skill>,
    /// Examples of the part that is learnt from, in the order in which teachers heard them.
    pub learn: Vec<&'a [usize]>,
    /// Examples of the part for choosing.
    pub choose: Vec<&'a [usize]>,
    /// Features of both under a body that stays; `None` where the body learns.
    pub features: Option<[Vec<Array>; 2]>,
    pub teller: &'a Teller<'a>,
}

impl Feed for Room<'_> {
    fn batch(&self, skill: usize, items: &[usize]) -> Result<Batch, Error> {
        if !self.teller.proceed() {
            return Err(Error::Stopped);
        }
        match &self.features {
            Some([learn, _]) => Ok(Batch::Vectors(rows(&learn[skill], items))),
            None => {
                let items: Vec<usize> = items.iter().map(|&item| self.learn[skill][item]).collect();
                self.skills[skill].show(&items)
            }
        }
    }
}

impl Room<'_> {
    /// Logits of the part for choosing.
    pub fn answers(&self, skill: usize, engine: &dyn Engine, head: &Head) -> Result<Array, Failure> {
        let fault = |error: Error| Failure::from(self.skills[skill].fault(&error));
        match &self.features {
            Some([_, choose]) => head.apply(&choose[skill]).map_err(fault),
            None => {
                let (features, _) = self.skills[skill].features(engine, self.choose[skill], self.teller, false)?;
                head.apply(&features).map_err(fault)
            }
        }
    }
}

/// These rows of a matrix.
pub(super) fn rows(matrix: &Array, items: &[usize]) -> Array {
    let width = matrix.width();
    let values = items.iter().flat_map(|&item| matrix.values[item * width..][..width].iter().copied()).collect();
    Array { shape: vec![items.len(), width], values }
}
