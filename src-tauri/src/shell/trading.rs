//! Trade-offs: forecast, start, end, and what they leave.

use std::path::PathBuf;
use std::sync::Arc;

use jobs::Context;
use protocol::command::{DiscardTrade, ForecastTrade, StartTrade};
use protocol::event::JobEvent;
use protocol::failure::Failure;
use protocol::trade::{TradeForecast, TradeWish};

use super::Shell;
use crate::running::Kind;

impl Shell {
    /// What exploring will need.
    pub fn forecast_trade(&self, asked: &ForecastTrade) -> Result<TradeForecast, Failure> {
        let wish = self.trade_out(&asked.wish)?;
        self.running.stop_looking();
        self.gauge().forecast_trade(&wish, &self.ledger(&wish), &self.quiet())
    }

    /// Begins to explore, or goes on; `tell` hears the rest.
    pub fn start_trade(
        self: &Arc<Self>,
        asked: &StartTrade,
        tell: impl Fn(JobEvent) + Send + Sync + 'static,
    ) -> Result<(), Failure> {
        let wish = self.trade_out(&asked.wish)?;
        let (shell, first, ledger) = (Arc::clone(self), asked.first.clone(), self.ledger(&wish));
        self.running.begin(Kind::Save, Arc::new(tell), move |switch, tell| {
            shell.ahead.stop();
            let cx = Context { control: switch, ..shell.context(tell) };
            // Whoever measures or tries something meanwhile does not wait for the end.
            let mut gauge = std::mem::take(&mut *shell.gauge());
            let explored = gauge.explore(&wish, &first, &ledger, &cx);
            *shell.gauge() = gauge;
            Ok(JobEvent::Traded { map: Box::new(explored?) })
        })
    }

    /// Ends exploring with what is measured.
    pub fn stop_trade(&self) {
        self.running.finish();
    }

    /// Forgets what was measured.
    pub fn discard_trade(&self, asked: &DiscardTrade) -> Result<(), Failure> {
        jobs::forget_trade(&self.ledger(&self.trade_out(&asked.wish)?))
    }

    fn ledger(&self, wish: &TradeWish) -> PathBuf {
        self.around.app_folder.join("trades").join(format!("{}.jsonl", jobs::trade_key(wish)))
    }

    /// `wish` with paths in place of ids.
    fn trade_out(&self, wish: &TradeWish) -> Result<TradeWish, Failure> {
        Ok(TradeWish {
            recipe: self.places.recipe_out(wish.recipe.clone())?,
            examples: self.places.given_out(wish.examples.clone())?,
            settings: wish.settings.clone(),
        })
    }
}
