//! How an invocation fails.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::shape::Function;

/// An invocation without an answer.
#[derive(Debug, thiserror::Error)]
pub enum InvokeError {
    /// There is no such function here.
    #[error("no function {function:?}")]
    Unknown {
        /// Which one was asked for.
        function: Function,
    },
    /// The handler, or its start, reported an error.
    #[error("the function failed with {kind}: {message}")]
    Failed {
        /// The error's type, as the function says.
        kind: String,
        /// Its message.
        message: String,
    },
    /// It took longer than it may, and was killed.
    #[error("the function did not answer within {} s and was killed", after.as_secs_f64())]
    TimedOut {
        /// The time it had.
        after: Duration,
    },
    /// The process ended before it answered.
    #[error("the function's process ended before it answered: {how}")]
    Crashed {
        /// Exit code or signal.
        how: String,
    },
    /// The process could not be started.
    #[error("{} cannot be started", binary.display())]
    Start {
        /// What was to be started.
        binary: PathBuf,
        /// The system's reason.
        #[source]
        why: io::Error,
    },
    /// No invocations are taken any more.
    #[error("it is shutting down")]
    Closed,
}
