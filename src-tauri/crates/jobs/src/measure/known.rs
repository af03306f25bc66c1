//! What was counted, and for what.

use std::collections::BTreeMap;
use std::path::PathBuf;

use learn::score::{Origin, Tally, accuracy, agreement};
use protocol::failure::Failure;
use protocol::measure::{CrossRow, CrossTable, Subject, Wish};
use protocol::recipe::Recipe;
use protocol::score::{Part, References, Scores, SkillScore, Skipped};
use protocol::words::problems::short;

use super::skill::{Said, Skill};
use super::{body, faults};

/// What a count is the answer to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    /// Which weights: the text of the recipe for mixes, since two subjects may be the same mix.
    weights: String,
    /// Place of the expert in the recipe, whose head it is.
    expert: usize,
    examples: PathBuf,
    part: Part,
    most: Option<u64>,
}

/// The answers of one model to the examples of one skill, counted.
#[derive(Debug, Clone)]
pub(super) struct Counted {
    tally: Tally,
    skipped: Vec<Skipped>,
    /// `[examples, classes]`; kept of specialists only that others are compared with.
    logits: Vec<f32>,
}

/// Bytes of the counts of mixes that are remembered; of the mix on screen and its references there are always all.
const MIX_BYTES: usize = 64 << 20;
/// Most mixes that are remembered, however small their counts are.
const MOST_MIXES: usize = 64;

/// Everything that was counted with the models that are open.
#[derive(Debug, Default)]
pub(super) struct Known {
    counts: BTreeMap<Key, Counted>,
    /// The mixes that were wished for, as in their keys, the latest last.
    mixes: Vec<String>,
}

/// How many mixes are remembered, if the counts of one take so many bytes.
fn remembered(bytes: usize) -> usize {
    (MIX_BYTES / bytes.max(1)).clamp(1, MOST_MIXES)
}

impl Known {
    /// Makes the mix of this wish the latest, and forgets the oldest ones that are too many.
    pub fn turn_to(&mut self, skills: &[Skill], wish: &Wish) {
        let (mix, equal) = (text(&wish.recipe), text(&body::equal(&wish.recipe)));
        let table = |skill: &Skill| skill.voice.answers.len().pow(2) * size_of::<u64>();
        let most = remembered(skills.iter().map(table).sum());
        self.mixes.retain(|known| *known != mix);
        self.mixes.push(mix);
        let too_many = self.mixes.len().saturating_sub(most);
        for old in self.mixes.drain(..too_many).filter(|old| *old != equal) {
            self.counts.retain(|key, _| key.weights != old);
        }
    }

    /// Whether this was counted.
    pub fn has(&self, key: &Key) -> bool {
        self.counts.contains_key(key)
    }

    /// Remembers a count.
    pub fn keep(&mut self, key: Key, counted: Counted) {
        self.counts.insert(key, counted);
    }

    fn counted(&self, skill: &Skill, subject: &Subject, wish: &Wish) -> Option<&Counted> {
        self.counts.get(&skill.key(subject, wish))
    }

    /// The specialist's own answers, where the others are compared with them.
    pub fn teacher(&self, skill: &Skill, wish: &Wish) -> Option<&[f32]> {
        let counted = self.counted(skill, &Subject::Expert(skill.name(wish)?.to_owned()), wish)?;
        Some(counted.logits.as_slice()).filter(|logits| !logits.is_empty())
    }

    /// The scores of the mix as far as they are known; `None` before the mix was asked about any skill.
    pub fn scores(&self, skills: &[Skill], wish: &Wish) -> Option<Scores> {
        let scores: Vec<SkillScore> = skills.iter().filter_map(|skill| self.score(skill, wish)).collect();
        (!scores.is_empty()).then(|| Scores::new(wish.part, skills[0].split.seed, scores))
    }

    fn score(&self, skill: &Skill, wish: &Wish) -> Option<SkillScore> {
        let name = skill.name(wish)?.to_owned();
        let counted = self.counted(skill, &Subject::Mix, wish)?;
        let value = |subject: &Subject| self.counted(skill, subject, wish)?.tally.value();
        let references = References {
            expert: value(&Subject::Expert(name.clone())),
            base: value(&Subject::Base),
            equal: value(&Subject::Equal),
        };
        counted.score(skill, &name, wish.part, wish.most, references)
    }

    /// Every model on every skill, as far as it is known.
    pub fn cross(&self, skills: &[Skill], wish: &Wish) -> CrossTable {
        let metric = |skill: &Skill| Some(self.counted(skill, &Subject::Mix, wish)?.tally.metric);
        let measured: Vec<&Skill> = skills.iter().filter(|skill| metric(skill).is_some()).collect();
        let base = wish.recipe.base.as_ref().map(|_| Subject::Base);
        let experts = wish.recipe.experts.iter().map(|expert| Subject::Expert(expert.skill.clone()));
        let subjects = base.into_iter().chain(experts).chain([Subject::Equal, Subject::Mix]);
        let row = |model: Subject| CrossRow {
            scores: measured.iter().map(|skill| self.counted(skill, &model, wish)?.tally.value()).collect(),
            model,
        };
        CrossTable {
            skills: measured.iter().filter_map(|skill| skill.name(wish).map(str::to_owned)).collect(),
            metrics: measured.iter().filter_map(|skill| metric(skill)).collect(),
            rows: subjects.map(row).collect(),
        }
    }
}

impl Counted {
    /// The score of a skill under this name, with what is known of other models.
    pub fn score(
        &self,
        skill: &Skill,
        name: &str,
        part: Part,
        most: Option<u64>,
        references: References,
    ) -> Option<SkillScore> {
        let origin = Origin {
            skill: name.to_owned(),
            head_from: skill.voice.name.clone(),
            examples_from: short(&skill.examples.place).to_owned(),
            available: skill.items(part, most).1,
            answers: skill.voice.answers.clone(),
            skipped: skill.examples.skipped.iter().chain(&self.skipped).cloned().collect(),
        };
        self.tally.score(origin, references)
    }
}

impl Skill {
    /// Its name in a wish.
    fn name<'a>(&self, wish: &'a Wish) -> Option<&'a str> {
        wish.recipe.experts.get(self.expert).map(|expert| expert.skill.as_str())
    }

    /// What the count of a subject is remembered under.
    pub fn key(&self, subject: &Subject, wish: &Wish) -> Key {
        let weights = match subject {
            Subject::Base => "base".to_owned(),
            Subject::Expert(name) => {
                let at = wish.recipe.experts.iter().position(|expert| expert.skill == *name);
                format!("expert {}", at.unwrap_or(usize::MAX))
            }
            Subject::Mix => text(&wish.recipe),
            Subject::Equal => text(&body::equal(&wish.recipe)),
        };
        Key { weights, expert: self.expert, examples: self.path.clone(), part: wish.part, most: wish.most }
    }

    /// Counts answers against the labels; without labels against those of `teacher`, the specialist, or against
    /// themselves where this is the specialist.
    ///
    /// # Errors
    /// Answers that are not numbers; nothing but broken examples.
    pub fn count(&self, said: Said, classes: usize, teacher: Option<&[f32]>) -> Result<Counted, Failure> {
        let tally = match self.targets(&said.items) {
            Some(targets) => accuracy(&said.logits, classes, &targets),
            None => agreement(&said.logits, teacher.unwrap_or(&said.logits), classes),
        };
        let tally = tally.map_err(|error| faults::score(&self.examples.place, &self.voice.name, &error))?;
        let keeps = self.examples.labels.is_none() && teacher.is_none();
        Ok(Counted { tally, skipped: said.skipped, logits: if keeps { said.logits } else { vec![] } })
    }
}

/// A mix as text. Names of skills have no say in what is mixed: a new name does not make a new mix.
fn text(recipe: &Recipe) -> String {
    let mut recipe = body::in_memory(recipe);
    let names: Vec<String> = recipe.experts.iter().map(|expert| expert.skill.clone()).collect();
    let place = |name: &String| names.iter().position(|known| known == name).unwrap_or(names.len()).to_string();
    for scope in recipe.scopes.iter_mut().flatten() {
        let strengths = scope.strengths.take();
        scope.strengths =
            strengths.map(|all| all.into_iter().map(|(name, strength)| (place(&name), strength)).collect());
    }
    let strengths = recipe.strengths();
    for (at, (expert, strength)) in recipe.experts.iter_mut().zip(strengths).enumerate() {
        (expert.skill, expert.strength) = (at.to_string(), Some(strength));
    }
    crate::recipe_text(&recipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_counts_are_remembered_of_fewer_mixes_and_of_one_always() {
        assert_eq!(remembered(0), MOST_MIXES);
        assert_eq!(remembered(MIX_BYTES / 10), 10);
        assert_eq!(remembered(usize::MAX), 1);
    }
}
