//! Where alerts go. A sink sends one alert and says whether it was taken; when, and how often, is `engine`'s business.

mod log;
#[cfg(feature = "sns")]
mod sns;

use std::future::Future;

use crate::health::Alert;

pub use log::Log;
#[cfg(feature = "sns")]
pub use sns::Sns;

/// An alert that was not taken; it is sent again with the next run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SinkError {
    /// No answer, or one that says "later".
    #[error("alerts cannot be sent now ({code})")]
    Unavailable {
        /// The error's code.
        code: String,
    },
    /// It will not be taken like this: look at the topic and its policy.
    #[error("alerts are refused ({code})")]
    Refused {
        /// The error's code.
        code: String,
    },
    /// It took too long.
    #[error("alerts cannot be sent in time")]
    Late,
}

/// Where alerts go.
pub trait Sink: Sync {
    /// Sends one alert.
    ///
    /// # Errors
    /// It was not taken, or nobody knows.
    fn send(&self, alert: &Alert) -> impl Future<Output = Result<(), SinkError>> + Send;
}
