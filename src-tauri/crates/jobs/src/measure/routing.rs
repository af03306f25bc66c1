//! Which skill does an input belong to? The models of all skills are asked, and the surest one answers.
//!
//! Sure is who spreads its answer least: the entropy of its shares over the largest that its number of classes allows, so
//! that a skill of few classes is not preferred. Source: routing by entropy, as data-free mergers of masks propose it
//! (Huang et al. 2024, arXiv:2405.17461, take the skill as known; this is what is lost where it is not).

use learn::score::shares;
use protocol::failure::Failure;
use protocol::measure::{RoutedSkill, Subject, Wish};
use protocol::methods;
use protocol::score::Measured;

use super::Gauge;
use super::body::{self, Runner};
use super::skill::{Said, Skill};
use crate::teller::Teller;

/// The surest answer to one example so far.
#[derive(Clone, Copy)]
struct Answer {
    /// Share of the largest entropy.
    doubt: f64,
    /// Index among the skills.
    skill: usize,
    /// Class with the largest share.
    class: usize,
}

/// How the examples of one skill are answered.
#[derive(Default)]
struct Answers {
    /// Examples, in the order in which they were asked.
    items: Vec<usize>,
    surest: Vec<Option<Answer>>,
}

impl Gauge {
    /// Routes the examples of a wish, where every skill of the mix has a body of its own and every model is asked about
    /// every skill; `None` elsewhere. Only skills with examples take part.
    pub(super) fn route(&mut self, wish: &Wish, teller: &Teller) -> Result<Option<Vec<RoutedSkill>>, Failure> {
        let per_skill = methods::find(&wish.recipe.method.name).is_some_and(|method| method.per_skill);
        let Self { engine: Some(engine), models: Some(models), skills, .. } = self else { return Ok(None) };
        if !per_skill || !wish.cross || skills.len() < 2 {
            return Ok(None);
        }
        let body = body::of(&Subject::Mix, &wish.recipe, models, engine.as_mut(), teller)?;
        let mut runner = Runner::new(&body);
        let mut answers: Vec<Answers> = skills.iter().map(|_| Answers::default()).collect();
        for (at, own) in skills.iter().enumerate() {
            let (net, head) = runner.run(&own.voice, own.expert)?;
            // A text means nothing to a model of pictures.
            let alike = |skill: &&Skill| skill.voice.network.body == own.voice.network.body;
            for (asked, answers) in skills.iter().zip(&mut answers).filter(|(skill, _)| alike(skill)) {
                let (items, _) = asked.items(wish.part, wish.most);
                let said = asked.ask(net, &head, &items, teller)?;
                answers.hear(at, said, head.classes());
            }
        }
        let routed = skills.iter().zip(&answers).enumerate();
        Ok(Some(routed.filter_map(|(at, (skill, answers))| answers.told(at, skill, wish)).collect()))
    }
}

impl Answers {
    /// Takes in what the model of a skill says, example by example.
    fn hear(&mut self, skill: usize, said: Said, classes: usize) {
        if self.items.is_empty() {
            self.items = said.items;
            self.surest = vec![None; self.items.len()];
        }
        for (surest, logits) in self.surest.iter_mut().zip(said.logits.chunks_exact(classes.max(1))) {
            let Some(answer) = answer(skill, logits) else { continue };
            if surest.is_none_or(|known| answer.doubt < known.doubt) {
                *surest = Some(answer);
            }
        }
    }

    /// How many examples of a skill came to it, and how many were answered right all in all.
    fn told(&self, at: usize, skill: &Skill, wish: &Wish) -> Option<RoutedSkill> {
        let examples = self.items.len() as u64;
        let at_home = |answer: &&Answer| answer.skill == at;
        let own = self.surest.iter().flatten().filter(at_home).count() as u64;
        let right = |targets: Vec<usize>| {
            let pairs = self.surest.iter().zip(targets);
            pairs.filter(|(answer, target)| answer.is_some_and(|a| a.skill == at && a.class == *target)).count() as u64
        };
        let name = wish.recipe.experts.get(skill.expert)?.skill.clone();
        Some(RoutedSkill {
            skill: name,
            examples,
            own: Measured::share(own, examples)?,
            value: skill.targets(&self.items).map(right).and_then(|right| Measured::share(right, examples)),
        })
    }
}

/// The answer of one skill to one example; `None` for what are no numbers.
fn answer(skill: usize, logits: &[f32]) -> Option<Answer> {
    let shares = shares(logits)?;
    let entropy: f64 = shares.iter().filter(|&&share| share > 0.0).map(|share| -share * share.ln()).sum();
    let class = (0..shares.len()).max_by(|&a, &b| shares[a].total_cmp(&shares[b]).then(b.cmp(&a)))?;
    // One class alone is no question: nobody is surer.
    let most = (shares.len() as f64).ln().max(f64::MIN_POSITIVE);
    Some(Answer { doubt: entropy / most, skill, class })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_surest_answers_whatever_the_number_of_classes() {
        let even = answer(0, &[0.0; 4]).expect("numbers");
        assert!((even.doubt - 1.0).abs() < 1e-12);
        assert_eq!(
            (answer(1, &[0.0, 5.0]).expect("numbers").class, answer(1, &[5.0, 5.0]).expect("numbers").class),
            (1, 0)
        );
        let mut answers = Answers::default();
        let said = |logits: &[f32]| Said { logits: logits.to_vec(), items: vec![7], skipped: vec![] };
        answers.hear(0, said(&[1.0, 0.0]), 2);
        answers.hear(1, said(&[9.0, 0.0, 0.0]), 3);
        answers.hear(2, said(&[0.5, 0.0]), 2);
        assert_eq!(answers.surest[0].map(|answer| (answer.skill, answer.class)), Some((1, 0)));
        assert!(answer(0, &[f32::NAN, 0.0]).is_none());
    }
}
