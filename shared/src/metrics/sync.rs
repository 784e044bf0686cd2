//! The metrics of one sync.

use jiff::Timestamp;

use super::line::{Line, Metric, Source};
use crate::engine::{Class, Outcome, SyncError, Synced};
use crate::google;
use crate::model::FullReadReason;
use crate::store;

/// What a sync took, as its caller counted it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    /// Units of Google's quota.
    pub google_units: u64,
    /// Write units of the table, if somebody counted them.
    pub write_units: Option<u64>,
}

/// What a sync that ended at `at` came to.
#[must_use]
pub fn of_sync(result: &Result<Outcome, SyncError>, cost: &Cost, at: Timestamp) -> Line {
    let line = Line::new(Source::Sync, at)
        .count(Metric::Syncs, 1)
        .count(Metric::GoogleUnits, cost.google_units);
    let line = match cost.write_units {
        Some(units) => line.count(Metric::WriteUnits, units),
        None => line,
    };
    match result {
        Ok(Outcome::Synced(synced)) => of_synced(line, synced),
        Ok(Outcome::Busy { .. } | Outcome::Overtaken) => line.count(Metric::Fenced, 1),
        Ok(Outcome::Disabled) => line,
        Err(why) => of_failure(line, why),
    }
}

fn of_synced(line: Line, synced: &Synced) -> Line {
    let pushed = synced.pushed.done;
    let line = line
        .count(Metric::Commits, synced.commit.is_some().into())
        .count(Metric::Blocks, pushed)
        .count(
            Metric::Parked,
            synced.counts.parked.saturating_add(synced.pushed.parked),
        );
    let gone = synced.full_read == Some(FullReadReason::TokenInvalid);
    let line = match gone {
        true => line.count(Metric::TokensGone, 1),
        false => line,
    };
    line.age(Metric::Lag, synced.told.filter(|_| pushed > 0))
}

fn of_failure(line: Line, why: &SyncError) -> Line {
    let line = line.count(Metric::Failures, 1);
    let line = match why.class() {
        Class::Conflict => line.count(Metric::Conflicts, 1),
        Class::Later(_) | Class::Denied | Class::Corrupt | Class::Config => line,
    };
    match is_throttled(why) {
        true => line.count(Metric::RateLimits, 1),
        false => line,
    }
}

fn is_throttled(why: &SyncError) -> bool {
    match why {
        SyncError::Store { why, .. } | SyncError::User { why, .. } => {
            why.class() == store::Class::Throttled
        }
        SyncError::Google { why, .. } => matches!(
            why.class(),
            google::Class::Throttled { .. } | google::Class::QuotaExhausted
        ),
        SyncError::Plan { .. }
        | SyncError::NotConnected { .. }
        | SyncError::NobodyThere { .. }
        | SyncError::NoAccount { .. }
        | SyncError::TokenRefused { .. }
        | SyncError::Contended { .. }
        | SyncError::Journal { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Pushed;
    use crate::model::CalendarId;
    use crate::store::StoreError;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn check(result: &Result<Outcome, SyncError>, expected: &[(Metric, f64)]) {
        let line = of_sync(result, &Cost::default(), at(10));
        let units = [Metric::Syncs, Metric::GoogleUnits, Metric::WriteUnits];
        let values = line.values().filter(|(metric, _)| !units.contains(metric));
        assert_eq!(values.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn every_end_of_a_sync_has_its_metrics() {
        let synced = |done| {
            Ok(Outcome::Synced(Synced {
                full_read: Some(FullReadReason::TokenInvalid),
                told: Some(at(7)),
                pushed: Pushed {
                    done,
                    ..Pushed::default()
                },
                ..Synced::default()
            }))
        };
        let rest = [
            (Metric::Parked, 0.0),
            (Metric::Blocks, 2.0),
            (Metric::Commits, 0.0),
        ];
        let gone = (Metric::TokensGone, 1.0);
        check(
            &synced(2),
            &[(Metric::Lag, 3.0), rest[0], rest[1], rest[2], gone],
        );
        check(&synced(0), &[rest[0], (Metric::Blocks, 0.0), rest[2], gone]);
        check(&Ok(Outcome::Disabled), &[]);
        check(&Ok(Outcome::Overtaken), &[(Metric::Fenced, 1.0)]);
        let calendar = CalendarId::from_bytes([7; CalendarId::BYTES]);
        let contended = Err(SyncError::Contended { calendar });
        check(
            &contended,
            &[(Metric::Conflicts, 1.0), (Metric::Failures, 1.0)],
        );
        let throttled = Err(SyncError::Store {
            calendar,
            why: StoreError::Throttled { operation: "Query" },
        });
        check(
            &throttled,
            &[(Metric::RateLimits, 1.0), (Metric::Failures, 1.0)],
        );
    }
}
