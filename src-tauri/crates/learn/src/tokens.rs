//! Stand-in until the text side is merged.
use std::path::Path; use std::sync::Arc;
use crate::Error; use crate::examples::Examples; use crate::net::{Batch, Network};
/// x
#[derive(Clone)] pub struct Tokenizer;
impl Tokenizer { /// x
 pub fn open(_: &Path, _: &Network) -> Result<Self, Error> { Err(Error::Missing{name:"x".into()}) }
 /// x
 pub fn batch(&self, _: &[&str]) -> Result<Batch, Error> { Err(Error::Missing{name:"x".into()}) } }
/// x
pub struct Texts;
impl Texts { /// x
 pub fn new(_: Arc<Examples>, _: Tokenizer) -> Self { Self }
 /// x
 pub fn batch(&self, _: &[usize]) -> Result<(Batch, Vec<usize>, Vec<protocol::score::Skipped>), Error> { Err(Error::Missing{name:"x".into()}) } }

/// x
pub fn zero_shot_head(_: &crate::engine::CandleNet, _: &Tokenizer, _: &[String], _: &[&str], _: Option<f32>) -> Result<crate::engine::Head, Error> { Err(Error::Missing{name:"x".into()}) }
/// x
pub fn head_of_file(_: &Path) -> Result<crate::engine::Head, Error> { Err(Error::Missing{name:"x".into()}) }
/// x
pub fn nearest_mean_head(_: &crate::net::Array, _: &[usize], _: usize) -> Result<crate::engine::Head, Error> { Err(Error::Missing{name:"x".into()}) }
/// x
pub const TEMPLATES: &[&str] = &[];
