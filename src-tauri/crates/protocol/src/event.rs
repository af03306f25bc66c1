//! What a running job says.

use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Problem};
use crate::masks::{ChosenMasks, MaskStatistics};
use crate::measure::Measurement;
use crate::report::Report;
use crate::score::Scores;
use crate::statistics::LayerStatistics;
use crate::tint::{TintJudged, TintRound, TintRow, Tinted};
use crate::trade::{TradeMap, TradeMix};

/// A phase of a job, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Plan made, space and memory looked at.
    Reserve,
    /// Reading, mixing, writing.
    Write,
    /// Reading what was written and checking it.
    Verify,
    /// Giving it its name.
    Publish,
    /// Reading models and examples that are to be measured.
    Load,
    /// Measuring.
    Measure,
    /// Asking the specialists, once for all examples.
    Teach,
    /// Training.
    Tint,
    /// Training and measuring what the result is compared with.
    Compare,
    /// Measuring mixes of a map of trade-offs.
    Explore,
}

impl Phase {
    /// The phases of a save, in order.
    pub const SAVING: [Phase; 4] = [Phase::Reserve, Phase::Write, Phase::Verify, Phase::Publish];
}

/// Unit of a progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the variants are their own words")]
pub enum Unit {
    Bytes,
    Rounds,
    Mixes,
    Examples,
}

/// How far a phase is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Which phase.
    pub phase: Phase,
    /// Done so far; never decreases within a phase.
    pub done: u64,
    /// All of it.
    pub total: u64,
    /// Unit of both.
    pub unit: Unit,
    /// Expected rest, once it can be told.
    pub seconds_left: Option<f64>,
    /// Name of the tensor at work.
    pub part: Option<String>,
    /// Its place among all, from 1.
    pub part_at: u64,
    /// All tensors.
    pub parts: u64,
}

/// One message of a job; at most four progress messages a second.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum JobEvent {
    /// The job runs.
    Started {
        /// Engine name for people.
        engine: String,
    },
    /// How far it is.
    Progress(Progress),
    /// Something worth telling; the job goes on.
    Warning {
        /// What.
        problem: Problem,
    },
    /// A save is done.
    Finished {
        /// What was written.
        report: Box<Report>,
    },
    /// What is measured so far; the job goes on.
    Scored {
        /// Scores of the mix, with the references that are known by now.
        scores: Box<Scores>,
    },
    /// A measurement is done.
    Measured {
        /// All scores.
        measurement: Box<Measurement>,
    },
    /// Skill changes are compared.
    Compared {
        /// Layer by layer.
        statistics: Box<LayerStatistics>,
    },
    /// Keep-masks are counted.
    Masked {
        /// Layer by layer.
        masks: Box<MaskStatistics>,
    },
    /// Selectivities are chosen.
    Chosen {
        /// Skill by skill.
        chosen: ChosenMasks,
    },
    /// Where a tint stands; the job goes on.
    Tinting {
        /// Its round.
        round: Box<TintRound>,
    },
    /// A tint was looked at; the job goes on.
    TintJudged {
        /// Scores on the part for choosing.
        judged: Box<TintJudged>,
    },
    /// A row of the table of results is known; the job goes on.
    TintRow {
        /// The row.
        row: Box<TintRow>,
    },
    /// A tint is done.
    Tinted {
        /// The recipe, its layers, the table of results.
        tinted: Box<Tinted>,
    },
    /// One more mix of a map of trade-offs is measured; the job goes on.
    TradeGrew {
        /// How many there are by now, this one included.
        measured: u32,
        /// Mixes in all.
        budget: u32,
        /// The map without a front, told once: skills, references, and what an earlier start had measured.
        begun: Option<Box<TradeMap>>,
        /// The mix.
        mix: Option<Box<TradeMix>>,
    },
    /// A map of trade-offs is done.
    Traded {
        /// What was measured, and what is expected between.
        map: Box<TradeMap>,
    },
    /// Ended without a result; nothing was left behind.
    Failed {
        /// Why.
        failure: Failure,
    },
}

impl JobEvent {
    /// Whether nothing comes after it.
    pub fn is_end(&self) -> bool {
        match self {
            Self::Started { .. }
            | Self::Progress(_)
            | Self::Warning { .. }
            | Self::Scored { .. }
            | Self::Tinting { .. }
            | Self::TintJudged { .. }
            | Self::TintRow { .. }
            | Self::TradeGrew { .. } => false,
            Self::Finished { .. }
            | Self::Measured { .. }
            | Self::Compared { .. }
            | Self::Masked { .. }
            | Self::Chosen { .. }
            | Self::Tinted { .. }
            | Self::Traded { .. }
            | Self::Failed { .. } => true,
        }
    }
}
