//! Everything that can go wrong here.

use protocol::model::Dtype;

/// What a driver or the graphics library said.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// An engine that was not found, did not start, failed, or was given work that does not fit together.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No engine's name contains the wish.
    #[error("no engine matches “{wish}”; there are: {known}")]
    NoSuchEngine {
        /// What was asked for.
        wish: String,
        /// Names of the engines of this machine, separated by commas.
        known: String,
    },
    /// The card is there, but gives no device.
    #[error("the graphics card “{card}” did not start")]
    CannotOpen {
        /// Name of the card.
        card: String,
        /// The driver's reason.
        source: Cause,
    },
    /// The driver does not take a kernel.
    #[error("the graphics card “{card}” does not take the kernel {kernel}")]
    KernelRefused {
        /// Name of the card.
        card: String,
        /// Name of the kernel.
        kernel: &'static str,
        /// The driver's reason.
        source: Cause,
    },
    /// The card went away or stopped answering; every later call says so too.
    #[error("the graphics card “{card}” was lost")]
    Lost {
        /// Name of the card.
        card: String,
    },
    /// The card's memory is full; smaller work may pass.
    #[error("the graphics card “{card}” has no room for {bytes} bytes")]
    OutOfMemory {
        /// Name of the card.
        card: String,
        /// Bytes of x and y.
        bytes: u64,
        /// The driver's reason.
        source: Cause,
    },
    /// The graphics library refused a step; the result is not to be used.
    #[error("the graphics card “{card}” refused the work")]
    Refused {
        /// Name of the card.
        card: String,
        /// The library's reason.
        source: Cause,
    },
    /// x is larger than [`crate::Engine::binding_bytes`].
    #[error("{bytes} bytes of input are more than the {limit} that “{card}” takes at once")]
    TooLarge {
        /// Name of the card.
        card: String,
        /// Bytes of x.
        bytes: u64,
        /// Bytes that fit.
        limit: u64,
    },
    /// A slice has another length than the work says.
    #[error("{what} holds {found} where {expected} belong")]
    WrongLength {
        /// `x`, `y` (in bytes), or what else there is one of for each source or expert.
        what: &'static str,
        /// Length by the work.
        expected: usize,
        /// Length found.
        found: usize,
    },
    /// Work without any source.
    #[error("the kernel {kernel} needs at least one source")]
    NoSources {
        /// Name of the kernel.
        kernel: &'static str,
    },
    /// A number type that is not mixed.
    #[error("numbers of type {dtype} are not mixed")]
    NotMixed {
        /// The type.
        dtype: Dtype,
    },
}
