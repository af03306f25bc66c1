//! Base and changes of a mix, as the training takes them.

use std::borrow::Cow;
use std::collections::HashMap;

use checkpoint::Source;
use learn::Error;
use learn::net::{Array, weights_of};
use learn::tint::{Changes, Resident};
use protocol::failure::Failure;
use protocol::recipe::{OutputDtype, Recipe};

use super::super::body;
use super::super::models::Models;
use crate::measure::Gauge;
use crate::teller::Teller;

/// Changes of plain sums, taken from the models whenever they are asked for: nothing is kept.
struct Read<'a> {
    base: &'a dyn Source,
    experts: Vec<&'a dyn Source>,
}

impl Changes for Read<'_> {
    fn base(&self, name: &str) -> Result<Array, Error> {
        weights_of(self.base)(name)
    }

    fn change(&self, expert: usize, name: &str) -> Result<Cow<'_, [f32]>, Error> {
        let base = self.base(name)?;
        let mut own = weights_of(self.experts[expert])(name)?;
        if own.shape != base.shape {
            return Err(Error::Misfit {
                name: name.to_owned(),
                fault: format!("{:?} for {:?}", own.shape, base.shape),
            });
        }
        own.values.iter_mut().zip(&base.values).for_each(|(own, base)| *own -= base);
        Ok(Cow::Owned(own.values))
    }
}

/// Base and changes of a recipe. Those of a plain sum are read from the models; those of other methods, all linear in
/// their strengths, are what the method makes of each skill alone at strength 1, and lie in memory.
///
/// # Errors
/// What ends a mix.
pub(super) fn resident(gauge: &mut Gauge, start: &Recipe, teller: &Teller) -> Result<Option<Resident>, Failure> {
    if start.method.name == "task_arithmetic" {
        return Ok(None);
    }
    let Gauge { engine: Some(engine), models: Some(models), .. } = gauge else { return Ok(None) };
    let mut found = Resident::default();
    for expert in 0..start.experts.len() {
        let alone = alone(start, expert);
        let mixed = body::mix(&alone, models, engine.as_mut(), teller)?;
        let mut changes = HashMap::new();
        for name in mixed.names() {
            let fault = |error: Error| Failure::from(protocol::words::problems::bug(error.to_string()));
            let Some(base) = models.base() else { continue };
            let base = weights_of(base)(name).map_err(fault)?;
            let own = mixed.weight(0, name).map_err(fault)?;
            let change = own.values.iter().zip(&base.values).map(|(own, base)| own - base).collect();
            changes.insert(name.to_owned(), change);
            found.base.entry(name.to_owned()).or_insert(base);
        }
        found.changes.push(changes);
    }
    Ok(Some(found))
}

/// The same recipe with one expert at strength 1 and all others at 0, in single precision.
fn alone(start: &Recipe, expert: usize) -> Recipe {
    let mut recipe = start.clone();
    let at = |other: usize| if other == expert { 1.0 } else { 0.0 };
    recipe.experts.iter_mut().enumerate().for_each(|(other, own)| own.strength = Some(at(other)));
    recipe.scopes.iter_mut().flatten().for_each(|scope| scope.strengths = None);
    recipe.output.dtype = OutputDtype::F32;
    recipe
}

/// Changes as a training takes them.
pub(super) fn of<'a>(
    models: &'a Models,
    experts: usize,
    resident: Option<&'a Resident>,
) -> Option<Box<dyn Changes + 'a>> {
    if let Some(resident) = resident {
        return Some(Box::new(Borrowed(resident, models.base()?)));
    }
    Some(Box::new(Read { base: models.base()?, experts: (0..experts).map(|at| models.expert(at)).collect() }))
}

/// Changes in memory; tensors that no mix touches come from the base.
struct Borrowed<'a>(&'a Resident, &'a dyn Source);

impl Changes for Borrowed<'_> {
    fn base(&self, name: &str) -> Result<Array, Error> {
        self.0.base(name).or_else(|_| weights_of(self.1)(name))
    }

    fn change(&self, expert: usize, name: &str) -> Result<Cow<'_, [f32]>, Error> {
        self.0.change(expert, name)
    }
}
