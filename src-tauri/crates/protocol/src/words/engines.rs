//! What is said about the engines.

use crate::engine::EngineKind;

/// Name of the processor in lists of engines.
pub const PROCESSOR: &str = "Processor";

/// The driver line of the processor: how wide its vector instructions are and how many threads work.
pub fn processor_driver(vectors: &str, threads: usize) -> String {
    match threads {
        1 => format!("{vectors}, 1 thread"),
        _ => format!("{vectors}, {threads} threads"),
    }
}

/// Why this engine was chosen without a wish.
pub fn chosen_by_itself(kind: EngineKind) -> &'static str {
    match kind {
        EngineKind::Discrete => "Used: the fastest kind of graphics card in this computer.",
        EngineKind::Integrated => "Used: the graphics card built into this computer.",
        EngineKind::Cpu => "Used: no graphics card was found, so the processor does the work.",
        EngineKind::Software => "Used, because it was asked for.",
    }
}

/// Why this engine was chosen: its name was given.
pub const CHOSEN_BY_NAME: &str = "Used, because it was asked for.";

/// Why this engine is not used.
pub fn not_chosen(kind: EngineKind) -> &'static str {
    match kind {
        EngineKind::Discrete | EngineKind::Integrated => "Not used now. Name it to use it.",
        EngineKind::Cpu => "Not used now. Steps in when a graphics card fails.",
        EngineKind::Software => {
            "Only for tests: a driver that imitates a graphics card on the processor. Never used unasked."
        }
    }
}

/// Why this engine is used although `card` should have been.
pub fn instead_of(card: &str) -> String {
    format!("Used, because “{card}” did not start.")
}
