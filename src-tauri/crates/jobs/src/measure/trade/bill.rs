//! The bill: what exploring will need, told before it begins.

use std::path::Path;
use std::time::Instant;

use protocol::failure::Failure;
use protocol::measure::Wish;
use protocol::score::{Metric, Part};
use protocol::trade::{TradeExamples, TradeForecast, TradeWish};

use super::ledger::Ledger;
use super::{asked, choice, trade_key};
use crate::Context;
use crate::measure::{Gauge, body, models::Models};
use crate::teller::Teller;

/// Examples of each skill that are tried.
const TRIED: u64 = 8;

impl Gauge {
    pub(super) fn bill(&mut self, wish: &TradeWish, ledger: &Path, cx: &Context) -> Result<TradeForecast, Failure> {
        let teller = Teller::new(cx);
        self.engine(cx)?;
        let (start, problems) = self.ready(wish, &teller)?;
        let kept = Ledger::open(ledger, &trade_key(wish))?;
        let mixes = wish.settings.mixes(start.experts.len());
        let kept = u32::try_from(kept.rows.len()).unwrap_or(u32::MAX).min(mixes);
        let skills = self.bill_of_skills(wish);
        let examples: u64 = skills.iter().map(|skill| skill.examples).sum();
        let (mixing, each) = self.try_one(&asked(wish, &start), &teller)?;
        let seconds = f64::from(mixes - kept) * (mixing + each * examples as f64);
        let resident = self.models.as_ref().is_some_and(Models::are_held);
        Ok(TradeForecast { mixes, kept, skills, seconds, resident, problems })
    }

    fn bill_of_skills(&self, wish: &TradeWish) -> Vec<TradeExamples> {
        let of = |skill: &crate::measure::skill::Skill| TradeExamples {
            skill: wish.recipe.experts[skill.expert].skill.clone(),
            examples: skill.items(Part::Choose, wish.settings.most_examples).0.len() as u64,
            metric: if skill.examples.labels.is_some() { Metric::Accuracy } else { Metric::Agreement },
        };
        self.skills.iter().map(of).collect()
    }

    /// Seconds of mixing once, and of asking about one example: a mix that nobody keeps, and a few examples. Nothing of it
    /// is remembered.
    fn try_one(&mut self, wish: &Wish, teller: &Teller) -> Result<(f64, f64), Failure> {
        let Self { engine: Some(engine), models: Some(models), skills, .. } = self else { return Ok((0.0, 0.0)) };
        let began = Instant::now();
        let recipe = choice::with_strengths(&wish.recipe, &vec![0.1; wish.recipe.experts.len()]);
        let mixed = body::mix(&recipe, models, engine.as_mut(), teller)?;
        let mixing = began.elapsed().as_secs_f64();
        let mut runner = body::Runner::new(&mixed);
        let (mut asked, mut seconds) = (0, 0.0);
        for skill in skills.iter() {
            let (net, head) = runner.run(&skill.voice, skill.expert)?;
            let (items, _) = skill.items(wish.part, Some(TRIED));
            let began = Instant::now();
            asked += skill.ask(net, &head, &items, teller)?.items.len();
            seconds += began.elapsed().as_secs_f64();
        }
        Ok((mixing, seconds / f64::from(u32::try_from(asked.max(1)).unwrap_or(u32::MAX))))
    }
}
