//! Which selectivity suits every skill: its restored model is measured for each of some.

use protocol::failure::Failure;
use protocol::masks::{ChosenBy, ChosenMasks, ChosenSelectivity};
use protocol::measure::Wish;
use protocol::recipe::{Method, Recipe};
use protocol::score::{Metric, Part};
use protocol::settings::{On, SELECTIVITIES};

use super::Gauge;
use crate::{Context, failure};

impl Gauge {
    /// Chooses the selectivity of every skill of a wish by the score that its restored model `θ0 + m_t ⊙ τ` has on the part
    /// for choosing: accuracy, or agreement with the specialist where there are no labels (Wang et al. 2024,
    /// arXiv:2405.07813, section 5). Among equal scores the one nearest to the default wins. A skill without examples
    /// gets the default.
    ///
    /// Tells progress; of the wish only recipe, examples and most examples count.
    ///
    /// # Errors
    /// As [`Gauge::measure`].
    pub fn choose_masks(&mut self, wish: &Wish, cx: &Context) -> Result<ChosenMasks, Failure> {
        let chosen = failure::guarded(|| self.choose(wish, cx));
        self.forget_after_mistakes(chosen.as_ref().err());
        chosen
    }

    fn choose(&mut self, wish: &Wish, cx: &Context) -> Result<ChosenMasks, Failure> {
        let default = wish.recipe.default_selectivity();
        let mut tried: Vec<ChosenSelectivity> =
            wish.recipe.experts.iter().map(|expert| nothing(&expert.skill, default)).collect();
        for selectivity in SELECTIVITIES {
            let restored = Wish {
                recipe: restoring(&wish.recipe, selectivity),
                part: Part::Choose,
                cross: false,
                whole: false,
                ..wish.clone()
            };
            // Scores of restored models are no scores of the mix: nobody else hears of them.
            let measured = self.weigh(&restored, cx, false)?;
            for score in measured.scores.skills {
                if let Some(own) = tried.iter_mut().find(|own| own.skill == score.skill) {
                    let is_accuracy = score.metric == Metric::Accuracy;
                    own.by = if is_accuracy { ChosenBy::Accuracy } else { ChosenBy::Agreement };
                    own.tried.push((selectivity, score.value));
                }
            }
        }
        tried.iter_mut().for_each(|own| own.selectivity = best(own, default));
        Ok(ChosenMasks { skills: tried })
    }
}

fn nothing(skill: &str, default: f64) -> ChosenSelectivity {
    ChosenSelectivity { skill: skill.to_owned(), selectivity: default, by: ChosenBy::Default, tried: Vec::new() }
}

/// The recipe that restores every skill from the change that `recipe` makes its masks of.
fn restoring(recipe: &Recipe, selectivity: f64) -> Recipe {
    let settings = recipe.settings();
    let mut method = Method { name: "tall_masks".to_owned(), parameters: Default::default() };
    method.parameters.insert("selectivity".to_owned(), selectivity.into());
    if settings.on == On::Ties {
        method.parameters.insert("on".to_owned(), "ties".into());
        method.parameters.insert("density".to_owned(), settings.density.into());
    }
    Recipe { method, ..recipe.clone() }
}

/// The selectivity with the best score, the nearest to the default among equals.
fn best(own: &ChosenSelectivity, default: f64) -> f64 {
    let score = |tried: &&(f64, protocol::score::Measured)| (tried.1.value(), -(tried.0 - default).abs());
    let better = |a: &(f64, f64), b: &(f64, f64)| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1));
    own.tried.iter().max_by(|a, b| better(&score(a), &score(b))).map_or(default, |tried| tried.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::score::Measured;

    fn chosen(scores: [u64; 5]) -> f64 {
        let measured = scores.map(|correct| Measured::share(correct, 10).expect("at most ten"));
        best(&ChosenSelectivity { tried: SELECTIVITIES.into_iter().zip(measured).collect(), ..nothing("a", 0.4) }, 0.4)
    }

    #[test]
    fn the_best_score_wins_and_among_equals_the_nearest_to_the_default() {
        assert_eq!(chosen([9, 1, 1, 1, 1]), 0.2);
        assert_eq!(chosen([9, 1, 1, 9, 1]), 0.5);
        assert_eq!(chosen([9; 5]), 0.4);
        assert_eq!(best(&nothing("a", 0.4), 0.5), 0.5);
    }

    #[test]
    fn masks_are_restored_from_the_change_of_the_recipe() {
        let mut recipe = Recipe::new("consensus", Some("b"), &[("a", "a")]);
        recipe.method.parameters.insert("on".into(), "ties".into());
        recipe.method.parameters.insert("density".into(), 0.5.into());
        let restored = restoring(&recipe, 0.3);
        assert_eq!(protocol::check::check(&restored), []);
        let settings = restored.settings();
        assert_eq!((settings.on, settings.density, settings.selectivity), (On::Ties, 0.5, vec![0.3]));
    }
}
