//! Tints: forecast, start, end, and what they leave.

use std::path::PathBuf;
use std::sync::Arc;

use jobs::Context;
use protocol::command::{DiscardTint, ForecastTint, StartTint};
use protocol::event::JobEvent;
use protocol::failure::Failure;
use protocol::tint::{TintForecast, TintWish, Tinted};

use super::Shell;
use crate::running::Kind;

impl Shell {
    /// What a tint will need.
    pub fn forecast_tint(&self, asked: &ForecastTint) -> Result<TintForecast, Failure> {
        let wish = self.wish_out(&asked.wish)?;
        self.running.stop_looking();
        self.gauge().forecast_tint(&wish, &self.tint_folder(&wish), &self.quiet())
    }

    /// Begins to tint; `tell` hears the rest.
    pub fn start_tint(
        self: &Arc<Self>,
        asked: &StartTint,
        tell: impl Fn(JobEvent) + Send + Sync + 'static,
    ) -> Result<(), Failure> {
        let wish = self.wish_out(&asked.wish)?;
        let (shell, resume, place) = (Arc::clone(self), asked.resume, self.tint_folder(&wish));
        self.running.begin(Kind::Save, Arc::new(tell), move |switch, tell| {
            shell.ahead.stop();
            let cx = Context { control: switch, ..shell.context(tell) };
            if !resume {
                jobs::forget_tint(&wish, &place);
            }
            // Whoever measures or tries something meanwhile does not wait for the end of the tint.
            let mut gauge = std::mem::take(&mut *shell.gauge());
            let tinted = gauge.tint(&wish, &place, resume, &cx);
            *shell.gauge() = gauge;
            let tinted = tinted?;
            jobs::forget_tint(&wish, &place);
            Ok(JobEvent::Tinted { tinted: Box::new(shell.tinted_in(tinted)) })
        })
    }

    /// Ends the training, or the comparisons, of a tint with what it has.
    pub fn stop_tint(&self) {
        self.running.finish();
    }

    /// Removes what an interrupted tint left.
    pub fn discard_tint(&self, asked: &DiscardTint) -> Result<(), Failure> {
        let wish = self.wish_out(&asked.wish)?;
        jobs::forget_tint(&wish, &self.tint_folder(&wish));
        Ok(())
    }

    fn tint_folder(&self, wish: &TintWish) -> PathBuf {
        self.around.app_folder.join("tints").join(jobs::tint_key(wish))
    }

    /// `wish` with paths in place of ids.
    fn wish_out(&self, wish: &TintWish) -> Result<TintWish, Failure> {
        let recipe = self.places.recipe_out(wish.recipe.clone())?;
        Ok(TintWish {
            recipe,
            examples: self.places.given_out(wish.examples.clone())?,
            settings: wish.settings.clone(),
        })
    }

    /// `tinted` with ids in place of paths.
    fn tinted_in(&self, mut tinted: Tinted) -> Tinted {
        for layer in &mut tinted.layers {
            layer.file = self.places.register(layer.file.as_ref()).0;
        }
        tinted.recipe = self.places.recipe_in(tinted.recipe);
        tinted
    }
}
