//! Which mix is measured next.

use front::{Bounds, Error, Expectation, Exploration, Link, Measured, Proposal, Way};
use protocol::failure::Failure;
use protocol::trade::{TradeSearch, TradeWish};
use protocol::words::problems;

/// Strengths that were searched for are rounded to this: nobody reads more, and no score tells them apart.
const STEP: f64 = 1e-3;

/// The plan of a wish.
pub(super) struct Guide {
    plan: Exploration,
    bounds: Bounds,
    links: Vec<Link>,
    budget: usize,
}

impl Guide {
    /// A plan over strengths from 0 to the most that the wish allows, for so many measured skills.
    ///
    /// # Errors
    /// A most that is no positive number.
    pub fn new(wish: &TradeWish, skills: usize) -> Result<Self, Failure> {
        let budget = wish.settings.mixes(wish.recipe.experts.len()) as usize;
        let (bounds, links) = (bounds(wish)?, vec![Link::Sigmoid; skills]);
        let way = way(wish.settings.search);
        let plan = Exploration::new(way, bounds.clone(), links.clone(), budget, wish.settings.seed).map_err(bug)?;
        Ok(Self { plan, bounds, links, budget })
    }

    /// Mixes in all.
    pub fn budget(&self) -> usize {
        self.budget
    }

    /// What is expected of every mix, given what is known.
    ///
    /// # Errors
    /// Nothing is known.
    pub fn expectation(&self, known: &[Measured]) -> Result<Expectation, Failure> {
        Expectation::new(known, &self.links, &self.bounds).map_err(bug)
    }

    /// The next mix; `None` when the budget is spent.
    ///
    /// # Errors
    /// What is known belongs to other skills.
    pub fn next(&self, known: &[Measured]) -> Result<Option<Proposal>, Failure> {
        let next = self.plan.next(known).map_err(bug)?;
        Ok(next.map(|next| if next.expected.is_some() { rounded(next) } else { next }))
    }

    /// A mix that a person asked for, moved into the box, with what is expected of it.
    ///
    /// # Errors
    /// Another number of strengths.
    pub fn asked(&self, mix: &[f64], known: &[Measured]) -> Result<Option<Proposal>, Failure> {
        if mix.len() != self.bounds.axes() || mix.iter().any(|strength| !strength.is_finite()) {
            return Err(problems::bug(format!("{} strengths for {} specialists", mix.len(), self.bounds.axes())).into());
        }
        let ends = self.bounds.least().iter().zip(self.bounds.most());
        let mix: Vec<f64> =
            mix.iter().zip(ends).map(|(strength, (least, most))| strength.clamp(*least, *most)).collect();
        let expected = match known {
            [] => None,
            known => Some(self.expectation(known)?.estimate(&mix).map_err(bug)?.values().to_vec()),
        };
        Ok(Some(Proposal { mix, expected }))
    }
}

fn way(search: TradeSearch) -> Way {
    match search {
        TradeSearch::Map => Way::Promising,
        TradeSearch::Random => Way::Random,
        TradeSearch::EqualLine => Way::EqualLine,
        TradeSearch::CmaEs => Way::Adapting,
        TradeSearch::Grid => Way::Grid,
    }
}

fn bounds(wish: &TradeWish) -> Result<Bounds, Failure> {
    Bounds::same(wish.recipe.experts.len(), 0.0, wish.settings.most_strength).map_err(bug)
}

fn rounded(next: Proposal) -> Proposal {
    Proposal { mix: next.mix.iter().map(|strength| (strength / STEP).round() * STEP).map(short).collect(), ..next }
}

/// The nearest number with three decimals, without what multiplying leaves.
fn short(strength: f64) -> f64 {
    format!("{strength:.3}").parse().unwrap_or(strength)
}

pub(super) fn bug(error: Error) -> Failure {
    problems::bug(error.to_string()).into()
}
