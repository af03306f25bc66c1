//! CLIP's head out of class names.
//!
//! Source: Radford et al. 2021 (arXiv 2103.00020), 3.1.2 and 3.1.4: one text feature for each sentence about a class,
//! their mean as the class's row, cosines times a learnt factor as logits.

use checkpoint::Source;

use super::prompts::fill;
use crate::Error;
use crate::engine::{CandleNet, Head};
use crate::net::{Array, weights_of};
use crate::tokens::Tokenizer;

/// The logarithm of the factor for cosines that CLIP's training begins with: ln(1 / 0.07).
///
/// For models whose tensor `logit_scale` is missing. It changes how sure answers are, never which one comes first.
pub const LOGIT_SCALE: f32 = 2.659_26;

/// Sentences that go through the tower at once.
const AT_ONCE: usize = 64;

/// A head with one row for each class: the mean of the text features of its sentences, brought to length 1, times
/// `exp(logit_scale)`; no bias.
///
/// `tower` is [`crate::net::text_tower`] with the weights that belong to the image tower; `classes` are names, also of
/// folders; `templates` are sentences with `{}`, [`super::PROMPTS`] for one.
///
/// # Errors
/// As [`class_features`].
pub fn zero_shot_head(
    tower: &CandleNet,
    tokenizer: &Tokenizer,
    classes: &[String],
    templates: &[&str],
    logit_scale: f32,
) -> Result<Head, Error> {
    head_of_features(class_features(tower, tokenizer, classes, templates)?, logit_scale)
}

/// The head of class features `[classes, d]`: each times `exp(logit_scale)`.
///
/// # Errors
/// [`Error::Misfit`] if the features are no matrix.
pub fn head_of_features(features: Array, logit_scale: f32) -> Result<Head, Error> {
    let Array { shape, mut values } = features;
    let factor = logit_scale.exp();
    values.iter_mut().for_each(|value| *value *= factor);
    Head::linear(&Array { shape, values }, None)
}

/// The rows of [`zero_shot_head`] before their factor, `[classes, d]`. A class's row does not depend on the others, so
/// many classes may be asked for in parts.
///
/// # Errors
/// [`Error::Batch`] without classes or sentences, or for a sentence without `{}`; [`Error::Misfit`] if a row has no
/// direction; what the tower says.
pub fn class_features(
    tower: &CandleNet,
    tokenizer: &Tokenizer,
    classes: &[String],
    templates: &[&str],
) -> Result<Array, Error> {
    if classes.is_empty() || templates.is_empty() {
        return Err(Error::Batch { fault: "no classes, or no sentences about them".into() });
    }
    if let Some(template) = templates.iter().find(|template| !template.contains("{}")) {
        return Err(Error::Batch { fault: format!("no place for a class name in {template:?}") });
    }
    let texts: Vec<String> =
        classes.iter().flat_map(|class| templates.iter().map(move |template| fill(template, class))).collect();
    let mut rows: Vec<Vec<f64>> = Vec::with_capacity(texts.len());
    for texts in texts.chunks(AT_ONCE) {
        let batch = tokenizer.batch(&texts.iter().map(String::as_str).collect::<Vec<&str>>())?;
        let features = tower.features(&batch)?;
        for row in features.rows() {
            rows.push(unit(row.iter().map(|&value| f64::from(value)).collect())?);
        }
    }
    let width = rows.first().map_or(0, Vec::len);
    let mut values = Vec::with_capacity(classes.len() * width);
    for rows in rows.chunks(templates.len()) {
        // A row of length 1 needs no division by their number.
        let sum = (0..width).map(|at| rows.iter().map(|row| row[at]).sum()).collect();
        values.extend(unit(sum)?.into_iter().map(|value| value as f32));
    }
    Array::new([classes.len(), width], values)
}

/// A vector of the same direction, of length 1.
fn unit(mut row: Vec<f64>) -> Result<Vec<f64>, Error> {
    let length = row.iter().map(|value| value * value).sum::<f64>().sqrt();
    if !(length.is_finite() && length > 0.0) {
        return Err(Error::Misfit { name: "text features".into(), fault: format!("a vector of length {length}") });
    }
    row.iter_mut().for_each(|value| *value /= length);
    Ok(row)
}

/// The model's own logarithm of the factor; `None` if it has none, see [`LOGIT_SCALE`].
///
/// # Errors
/// As [`weights_of`]; [`Error::Misfit`] if it is no single number.
pub fn logit_scale(source: &dyn Source) -> Result<Option<f32>, Error> {
    let name = "logit_scale";
    if source.find(name).is_none() {
        return Ok(None);
    }
    let array = weights_of(source)(name)?;
    match array.values[..] {
        [value] => Ok(Some(value)),
        _ => Err(Error::Misfit { name: name.into(), fault: format!("{:?} instead of a single number", array.shape) }),
    }
}
