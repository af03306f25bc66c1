//! What can be typed.

use std::path::PathBuf;

use clap::{Args as Options, Parser, Subcommand, ValueEnum};
use protocol::recipe::ChangeType;
use protocol::report::Compat;
use protocol::score::Part;
use protocol::tint::{Objective, PrivateLayer, TintSettings, TintWay};
use protocol::trade::{TradeName, TradeSearch, TradeSettings};
use protocol::words::terminal::help;
use serde::de::DeserializeOwned;

/// The whole line.
#[derive(Debug, Parser)]
#[command(name = "tincture-cli", version, about = help::ABOUT, max_term_width = 100)]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    #[command(about = help::INSPECT)]
    Inspect {
        #[arg(required = true, help = help::PATHS, value_name = "PATH")]
        paths: Vec<PathBuf>,
        #[arg(long, help = help::JSON)]
        json: bool,
    },
    #[command(about = help::MIX)]
    Mix {
        #[arg(help = help::RECIPE, value_name = "RECIPE")]
        recipe: PathBuf,
        #[command(flatten)]
        save: Save,
    },
    #[command(about = help::MEASURE)]
    Measure {
        #[arg(help = help::MEASURED, value_name = "RECIPE_OR_MODEL")]
        subject: PathBuf,
        #[command(flatten)]
        measure: Measuring,
    },
    #[command(about = help::TINT)]
    Tint {
        #[arg(help = help::RECIPE, value_name = "RECIPE")]
        recipe: PathBuf,
        #[command(flatten)]
        tint: Box<Tinting>,
    },
    #[command(about = help::TRADE)]
    Trade {
        #[arg(help = help::RECIPE, value_name = "RECIPE")]
        recipe: PathBuf,
        #[command(flatten)]
        trade: Box<Trading>,
    },
    #[command(about = help::MASK_STATS)]
    MaskStats {
        #[arg(help = help::RECIPE, value_name = "RECIPE")]
        recipe: PathBuf,
        #[command(flatten)]
        masks: Masks,
    },
    #[command(about = help::PACK)]
    Pack {
        #[arg(help = help::RECIPE, value_name = "RECIPE")]
        recipe: PathBuf,
        #[command(flatten)]
        pack: Packing,
    },
    #[command(about = help::UNPACK)]
    Unpack {
        #[arg(help = help::PACK_FOLDER, value_name = "PACK")]
        pack: PathBuf,
        #[command(flatten)]
        unpack: Unpacking,
    },
    #[command(about = help::DEVICES)]
    Devices {
        #[arg(long, help = help::JSON)]
        json: bool,
    },
    #[command(about = help::SAMPLE)]
    Sample {
        #[command(flatten)]
        save: Save,
    },
}

/// Options of everything that writes a model.
#[derive(Debug, Options)]
pub struct Save {
    #[arg(long, help = help::OUT, value_name = "DIR")]
    pub out: PathBuf,
    #[command(flatten)]
    pub choosing: Choosing,
    #[arg(long, help = help::ENGINE, value_name = "ENGINE")]
    pub engine: Option<String>,
    #[arg(long, help = help::COMPAT, value_enum, default_value_t = Numbers::Fixed)]
    pub compat: Numbers,
    #[arg(long, help = help::JSON)]
    pub json: bool,
}

/// Options of `measure`.
#[derive(Debug, Options)]
pub struct Measuring {
    #[arg(long = "examples", help = help::EXAMPLES, value_name = "NAME=PATH", required = true, value_parser = pair)]
    pub examples: Vec<(String, PathBuf)>,
    #[arg(long, help = help::PART, value_enum, default_value_t = PartName::Judge)]
    pub part: PartName,
    #[arg(long, help = help::MOST, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub most: Option<u64>,
    #[arg(long, help = help::CROSS)]
    pub cross: bool,
    #[arg(long, help = help::ENGINE, value_name = "ENGINE")]
    pub engine: Option<String>,
    #[arg(long, help = help::JSON)]
    pub json: bool,
}

/// Options of `tint`; what is left out has the default of [`TintSettings`].
#[derive(Debug, Options)]
pub struct Tinting {
    #[arg(long = "examples", help = help::TINT_EXAMPLES, value_name = "NAME=PATH", required = true, value_parser = pair)]
    pub examples: Vec<(String, PathBuf)>,
    #[arg(long, help = help::TINT_OUT, value_name = "DIR")]
    pub out: PathBuf,
    #[arg(long, help = help::ROUNDS, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: Option<u32>,
    #[arg(long, help = help::SEED, value_name = "N")]
    pub seed: Option<u64>,
    #[arg(long, help = help::BATCH, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub batch: Option<u32>,
    #[arg(long, help = help::WAY, value_name = "WAY", value_parser = named::<TintWay>)]
    pub way: Option<TintWay>,
    #[arg(long, help = help::LAYER, value_name = "LAYER", value_parser = layer)]
    pub layer: Option<PrivateLayer>,
    #[arg(long, help = help::OBJECTIVE, value_name = "OBJECTIVE", value_parser = named::<Objective>)]
    pub objective: Option<Objective>,
    #[arg(long, help = help::NO_FILTER)]
    pub no_filter: bool,
    #[arg(long, help = help::RATE, value_name = "X", value_parser = positive)]
    pub rate: Option<f64>,
    #[arg(long, help = help::LAYER_RATE, value_name = "X", value_parser = positive)]
    pub layer_rate: Option<f64>,
    #[arg(long, help = help::START, value_name = "X", value_parser = share)]
    pub start: Option<f64>,
    #[arg(long, help = help::TINT_PART, value_enum)]
    pub part: Option<PartName>,
    #[arg(long, help = help::NO_COMPARE)]
    pub no_compare: bool,
    #[arg(long, help = help::RESUME)]
    pub resume: bool,
    #[arg(long, help = help::ENGINE, value_name = "ENGINE")]
    pub engine: Option<String>,
    #[arg(long, help = help::JSON)]
    pub json: bool,
}

impl Tinting {
    /// The settings that the line says.
    pub fn settings(&self) -> TintSettings {
        let usual = TintSettings::default();
        let way = self.way.unwrap_or(usual.way);
        let is_alone = matches!(way, TintWay::Coefficients | TintWay::Adamerging | TintWay::AdamergingTask);
        TintSettings {
            way,
            rounds: self.rounds.unwrap_or(usual.rounds),
            batch: self.batch.unwrap_or(usual.batch),
            seed: self.seed.unwrap_or(usual.seed),
            start: self.start,
            layer: self.layer.clone().unwrap_or(usual.layer),
            objective: self.objective.unwrap_or(usual.objective),
            filter: !self.no_filter,
            rate: self.rate.unwrap_or(if is_alone { TintSettings::RATE_ALONE } else { usual.rate }),
            layer_rate: self.layer_rate,
            part: self.part.map_or(usual.part, Into::into),
            compare: !self.no_compare,
        }
    }
}

/// Options of `trade`; what is left out has the default of [`TradeSettings`].
#[derive(Debug, Options)]
pub struct Trading {
    #[arg(long = "examples", help = help::TRADE_EXAMPLES, value_name = "NAME=PATH", required = true, value_parser = pair)]
    pub examples: Vec<(String, PathBuf)>,
    #[arg(long, help = help::TRADE_OUT, value_name = "DIR")]
    pub out: PathBuf,
    #[arg(long, help = help::BUDGET, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub budget: Option<u32>,
    #[arg(long, help = help::PICK, value_name = "NAME", value_parser = named::<TradeName>)]
    pub pick: Option<TradeName>,
    #[arg(long, help = help::SEARCH, value_name = "SEARCH", value_parser = named::<TradeSearch>)]
    pub search: Option<TradeSearch>,
    #[arg(long, help = help::TRADE_SEED, value_name = "N")]
    pub seed: Option<u64>,
    #[arg(long, help = help::MOST_STRENGTH, value_name = "X", value_parser = positive)]
    pub most_strength: Option<f64>,
    #[arg(long, help = help::MOST, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub most: Option<u64>,
    #[arg(long, help = help::TRADE_RESUME)]
    pub resume: bool,
    #[arg(long, help = help::ENGINE, value_name = "ENGINE")]
    pub engine: Option<String>,
    #[arg(long, help = help::JSON)]
    pub json: bool,
}

impl Trading {
    /// The settings that the line says.
    pub fn settings(&self) -> TradeSettings {
        let usual = TradeSettings::default();
        TradeSettings {
            budget: self.budget.unwrap_or(usual.budget),
            most_strength: self.most_strength.unwrap_or(usual.most_strength),
            most_examples: self.most,
            search: self.search.unwrap_or(usual.search),
            seed: self.seed.unwrap_or(usual.seed),
        }
    }
}

/// One of the names that files and the window use.
fn named<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(text.into()).map_err(|error| error.to_string())
}

/// `head`, `last-block`, `first-block`, or the beginning of the names of some tensors.
fn layer(text: &str) -> Result<PrivateLayer, String> {
    Ok(named(text).unwrap_or_else(|_| PrivateLayer::Named(text.to_owned())))
}

fn positive(text: &str) -> Result<f64, &'static str> {
    text.parse().ok().filter(|number: &f64| number.is_finite() && *number > 0.0).ok_or(help::POSITIVE)
}

fn share(text: &str) -> Result<f64, &'static str> {
    text.parse().ok().filter(|number| (0.0..=1.0).contains(number)).ok_or(help::FROM_0_TO_1)
}

/// Options of `mask-stats`.
#[derive(Debug, Options)]
pub struct Masks {
    #[command(flatten)]
    pub choosing: Choosing,
    #[arg(long, help = help::ENGINE, value_name = "ENGINE")]
    pub engine: Option<String>,
    #[arg(long, help = help::JSON)]
    pub json: bool,
}

/// Options of `pack`.
#[derive(Debug, Options)]
pub struct Packing {
    #[arg(long, help = help::OUT, value_name = "DIR")]
    pub out: PathBuf,
    #[arg(long, help = help::CHANGE, value_enum)]
    pub change: Option<ChangeName>,
    #[arg(long, help = help::WITH_BASE)]
    pub with_base: bool,
    #[command(flatten)]
    pub choosing: Choosing,
    #[arg(long, help = help::ENGINE, value_name = "ENGINE")]
    pub engine: Option<String>,
    #[arg(long, help = help::JSON)]
    pub json: bool,
}

/// Examples for a recipe that leaves its selectivities to be chosen.
#[derive(Debug, Options)]
pub struct Choosing {
    #[arg(long = "examples", help = help::CHOOSING, value_name = "NAME=PATH", value_parser = pair)]
    pub examples: Vec<(String, PathBuf)>,
}

/// Options of `unpack`.
#[derive(Debug, Options)]
pub struct Unpacking {
    #[arg(long, help = help::SKILL, value_name = "NAME")]
    pub skill: String,
    #[arg(long, help = help::OUT, value_name = "DIR")]
    pub out: PathBuf,
    #[arg(long, help = help::BASE, value_name = "PATH")]
    pub base: Option<PathBuf>,
    #[arg(long, help = help::JSON)]
    pub json: bool,
}

/// How the change of a pack is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the variants are the format's own names")]
pub enum ChangeName {
    F32,
    F16,
    Int8,
}

impl From<ChangeName> for ChangeType {
    fn from(name: ChangeName) -> Self {
        match name {
            ChangeName::F32 => ChangeType::F32,
            ChangeName::F16 => ChangeType::F16,
            ChangeName::Int8 => ChangeType::Int8,
        }
    }
}

/// `NAME=PATH`; a path may hold further signs.
fn pair(text: &str) -> Result<(String, PathBuf), &'static str> {
    match text.split_once('=') {
        Some((name, path)) if !name.trim().is_empty() && !path.is_empty() => Ok((name.trim().to_owned(), path.into())),
        _ => Err(help::PAIR),
    }
}

/// A part of the examples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the variants are the parts' own names")]
pub enum PartName {
    Learn,
    Choose,
    Judge,
}

impl From<PartName> for Part {
    fn from(name: PartName) -> Self {
        match name {
            PartName::Learn => Part::Learn,
            PartName::Choose => Part::Choose,
            PartName::Judge => Part::Judge,
        }
    }
}

/// Whose numbers are reproduced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Numbers {
    /// Our own.
    Fixed,
    /// Those of mergekit in float32.
    Strict,
}

impl From<Numbers> for Compat {
    fn from(numbers: Numbers) -> Self {
        match numbers {
            Numbers::Fixed => Compat::Fixed,
            Numbers::Strict => Compat::Strict,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_options_fit_together() {
        Args::command().debug_assert();
    }

    #[test]
    fn every_command_and_option_says_what_it_does() {
        for command in Args::command().get_subcommands() {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            for option in command.get_arguments() {
                assert!(option.get_help().is_some(), "{} {}", command.get_name(), option.get_id());
            }
        }
    }
}
