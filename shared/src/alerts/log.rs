//! Alerts as lines of the log.

use super::{Sink, SinkError};
use crate::health::{Alert, Change, Level};

/// Writes each alert as one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Log;

impl Sink for Log {
    async fn send(&self, alert: &Alert) -> Result<(), SinkError> {
        let Alert { number, .. } = alert;
        let (kind, subject) = (alert.kind.code(), alert.subject);
        match (alert.change, alert.level) {
            (Change::Cleared, _) => tracing::info!(number, %subject, kind, "alert cleared"),
            (Change::Raised | Change::Worsened, Level::Critical) => {
                tracing::error!(number, %subject, kind, "alert: critical");
            }
            (Change::Raised | Change::Worsened, Level::Degraded | Level::Healthy) => {
                tracing::warn!(number, %subject, kind, "alert: degraded");
            }
        }
        Ok(())
    }
}
