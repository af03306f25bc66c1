//! From strengths to recipes, and from a map to the mixes worth choosing.

use front::{Error, Estimate, Measured, Name, Point};
use protocol::failure::Failure;
use protocol::recipe::Recipe;
use protocol::trade::{TradeCandidate, TradeMap, TradeName, TradePoint};
use protocol::words::{problems, trading as words};

/// A share needs a specialist's score above 0.
const LEAST_SCORE: f64 = 1e-3;

/// The recipe whose strengths are varied: one strength for each specialist, nothing of a tint. A plain average becomes the
/// sum of changes that it is.
///
/// # Errors
/// Mixes without trade-offs.
pub(super) fn tradeable(recipe: &Recipe) -> Result<Recipe, Failure> {
    let mut start = recipe.clone();
    if recipe.base.is_none() {
        return Err(words::no_starting_model().into());
    }
    if recipe.experts.len() < 2 {
        return Err(words::one_specialist().into());
    }
    match recipe.method.name.as_str() {
        "average" => start.method.name = "task_arithmetic".to_owned(),
        "tall_masks" | "emr" => return Err(words::no_common_body().into()),
        _ => {}
    }
    start.experts.iter_mut().for_each(|expert| expert.layer = None);
    for scope in start.scopes.iter_mut().flatten() {
        scope.strengths = None;
    }
    // What a tint wrote for every tensor says nothing any more.
    if let Some(scopes) = &mut start.scopes {
        scopes.retain(|scope| scope.from != protocol::recipe::From::Mix);
    }
    start.scopes = start.scopes.filter(|scopes| !scopes.is_empty());
    Ok(start)
}

/// The recipe with these strengths.
pub(super) fn with_strengths(recipe: &Recipe, strengths: &[f64]) -> Recipe {
    let mut recipe = recipe.clone();
    recipe.experts.iter_mut().zip(strengths).for_each(|(expert, strength)| expert.strength = Some(*strength));
    recipe
}

/// The recipe of a point of a map of `recipe`.
///
/// # Errors
/// Mixes without trade-offs; a point that the map does not have.
pub fn recipe_of(recipe: &Recipe, map: &TradeMap, point: TradePoint) -> Result<Recipe, Failure> {
    let strengths = map.strengths(point).ok_or_else(|| problems::bug(format!("no point {point:?}")))?;
    Ok(with_strengths(&tradeable(recipe)?, strengths))
}

/// The named mixes of a map, all skills mattering in their order.
///
/// # Errors
/// A map without points.
pub fn candidates(map: &TradeMap) -> Result<Vec<TradeCandidate>, Failure> {
    find(map).map_err(|error| problems::bug(error.to_string()).into())
}

fn find(map: &TradeMap) -> Result<Vec<TradeCandidate>, Error> {
    let places: Vec<TradePoint> = map.points().collect();
    let points = places.iter().filter_map(|place| point(map, *place).transpose()).collect::<Result<Vec<_>, _>>()?;
    let specialists: Vec<f64> = map.specialists_scores().into_iter().map(|score| score.max(LEAST_SCORE)).collect();
    let ranking: Vec<usize> = (0..map.skills.len()).collect();
    let found = front::candidates(&points, &specialists, &ranking)?;
    Ok(found.into_iter().map(|one| TradeCandidate { name: name(one.name), point: places[one.at] }).collect())
}

fn point(map: &TradeMap, place: TradePoint) -> Result<Option<Point>, Error> {
    match place {
        TradePoint::Measured(at) => {
            let Some(mix) = map.measured.get(at) else { return Ok(None) };
            let scores = mix.scores.iter().map(|score| score.value()).collect();
            let examples = map.skills.iter().map(|skill| u32::try_from(skill.examples).unwrap_or(u32::MAX)).collect();
            Measured::new(mix.strengths.clone(), scores, examples).map(|one| Some(Point::Measured(one)))
        }
        TradePoint::Estimate(at) => {
            let Some(one) = map.front.get(at) else { return Ok(None) };
            let values = one.values.iter().map(|value| value.value()).collect();
            Estimate::restored(one.strengths.clone(), values, one.misses.clone()).map(|one| Some(Point::Estimate(one)))
        }
    }
}

fn name(name: Name) -> TradeName {
    match name {
        Name::Even => TradeName::Even,
        Name::BestAverage => TradeName::BestAverage,
        Name::TopThree => TradeName::TopThree,
        Name::Safest => TradeName::Safest,
        Name::EqualMix => TradeName::EqualMix,
    }
}
