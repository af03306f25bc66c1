//! What can go wrong when a network is looked for, loaded or run.

use crate::net::Why;

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The model can be mixed, but there is no network here that runs it.
    #[error("this model cannot be run: {why}")]
    NotRunnable {
        /// The cause.
        why: Why,
    },
    /// A tensor that the network needs is not among the weights.
    #[error("the tensor `{name}` is missing")]
    Missing {
        /// Its name.
        name: String,
    },
    /// A tensor has another shape or number type than the network can use.
    #[error("the tensor `{name}` does not fit: {fault}")]
    Misfit {
        /// Its name, or what it is.
        name: String,
        /// Expected and found.
        fault: String,
    },
    /// The examples of a batch are not what the network takes.
    #[error("the batch does not fit the network: {fault}")]
    Batch {
        /// Expected and found.
        fault: String,
    },
    /// The engine failed, mostly because shapes of tensors contradict each other.
    #[error("the engine failed: {fault}")]
    Engine {
        /// In the engine's own words.
        fault: String,
    },
    /// A network answers with what is not a number, or training led there.
    #[error("a network gives numbers that are not finite")]
    NotFinite,
    /// Whoever trains wants it to end.
    #[error("stopped")]
    Stopped,
    /// A kept state of training cannot be used.
    #[error("the kept state cannot be used: {fault}")]
    State {
        /// Why.
        fault: String,
    },
    /// Weights could not be read.
    #[error(transparent)]
    Read(#[from] checkpoint::Error),
}

impl From<candle_core::Error> for Error {
    fn from(error: candle_core::Error) -> Self {
        Self::Engine { fault: error.to_string() }
    }
}
