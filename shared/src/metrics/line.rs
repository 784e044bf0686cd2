//! One line: numbers by name, at one time, from one source.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::SystemTime;

use jiff::Timestamp;
use metrique_writer_core::format::Format;
use metrique_writer_core::unit::{Count, Second};
use metrique_writer_core::{Entry, EntryWriter, MetricValue};
use metrique_writer_format_emf::Emf;

use crate::health::IssueKind;

/// The namespace of everything.
const NAMESPACE: &str = "Tidelock";
/// The only dimension.
const SOURCE: &str = "source";

/// Which part of the program speaks: the only dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Syncs.
    Sync,
    /// Health runs.
    Health,
}

impl Source {
    fn name(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Health => "health",
        }
    }
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metric {
    /// Seconds since the last successful check; of several calendars, of the one that was checked longest ago.
    Freshness,
    /// Seconds from a change, or from the wake that told of it, to the block.
    Lag,
    /// Seconds for which the oldest pending row is.
    PendingAge,
    /// Rows with something to push.
    Pending,
    /// Rows and blocks set aside.
    Parked,
    /// Blocks brought in step.
    Blocks,
    /// Commits.
    Commits,
    /// Syncs that others were faster than.
    Conflicts,
    /// Syncs that found the lease taken over or taken.
    Fenced,
    /// Sync tokens that Google no longer took (410).
    TokensGone,
    /// Syncs that Google or the table told to slow down.
    RateLimits,
    /// Syncs.
    Syncs,
    /// Syncs that failed.
    Failures,
    /// Alerts that could not be sent so far.
    AlertsUnsent,
    /// Requests to Google, in units of its quota.
    GoogleUnits,
    /// Write units of the table.
    WriteUnits,
    /// Calendars looked at.
    CalendarsChecked,
    /// Calendars without an issue.
    CalendarsHealthy,
    /// Critical issues.
    CriticalIssues,
    /// Other issues.
    Warnings,
    /// Issues of one kind.
    Issues(IssueKind),
    /// Confirmed effects of automatic repair.
    Fixes,
}

/// What a metric counts.
enum Unit {
    Seconds,
    Count,
}

impl Metric {
    fn name(self) -> &'static str {
        match self {
            Self::Freshness => "freshness",
            Self::Lag => "lag",
            Self::PendingAge => "pending_age",
            Self::Pending => "pending",
            Self::Parked => "parked_total",
            Self::Blocks => "blocks",
            Self::Commits => "commits",
            Self::Conflicts => "conflicts",
            Self::Fenced => "fenced",
            Self::TokensGone => "tokens_gone",
            Self::RateLimits => "rate_limits",
            Self::Syncs => "syncs",
            Self::Failures => "failures",
            Self::AlertsUnsent => "alerts_unsent",
            Self::GoogleUnits => "google_units",
            Self::WriteUnits => "write_units",
            Self::CalendarsChecked => "calendars_checked",
            Self::CalendarsHealthy => "calendars_healthy",
            Self::CriticalIssues => "critical_issues",
            Self::Warnings => "warnings",
            Self::Issues(kind) => kind.code(),
            Self::Fixes => "fixes",
        }
    }

    fn unit(self) -> Unit {
        match self {
            Self::Freshness | Self::Lag | Self::PendingAge => Unit::Seconds,
            Self::Pending
            | Self::Parked
            | Self::Blocks
            | Self::Commits
            | Self::Conflicts
            | Self::Fenced
            | Self::TokensGone
            | Self::RateLimits
            | Self::Syncs
            | Self::Failures
            | Self::AlertsUnsent
            | Self::GoogleUnits
            | Self::WriteUnits
            | Self::CalendarsChecked
            | Self::CalendarsHealthy
            | Self::CriticalIssues
            | Self::Warnings
            | Self::Issues(_)
            | Self::Fixes => Unit::Count,
        }
    }
}

/// A line that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("metrics could not be written")]
pub struct Unwritten;

/// Numbers of one source at one time.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    source: Source,
    at: Timestamp,
    values: BTreeMap<Metric, f64>,
}

impl Line {
    /// An empty one.
    #[must_use]
    pub fn new(source: Source, at: Timestamp) -> Self {
        Self {
            source,
            at,
            values: BTreeMap::new(),
        }
    }

    /// With a value; one that is no number is left out.
    #[must_use]
    pub fn with(mut self, metric: Metric, value: f64) -> Self {
        if value.is_finite() {
            self.values.insert(metric, value);
        }
        self
    }

    /// With a count.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "no count comes near 2^52")]
    pub fn count(self, metric: Metric, count: u64) -> Self {
        self.with(metric, count as f64)
    }

    /// With the seconds from `since` to the line's time, if there is such an instant.
    #[must_use]
    pub fn age(self, metric: Metric, since: Option<Timestamp>) -> Self {
        match since {
            Some(since) => {
                let age = self.at.duration_since(since).as_secs_f64();
                self.with(metric, age.max(0.0))
            }
            None => self,
        }
    }

    /// This line and a later one of the same source as one: counts add up, and of ages the oldest stands.
    #[must_use]
    pub fn and(mut self, later: &Self) -> Self {
        self.at = self.at.max(later.at);
        for (metric, value) in later.values() {
            let sum = self
                .values
                .get(&metric)
                .map_or(value, |before| match metric.unit() {
                    Unit::Count => before + value,
                    Unit::Seconds => before.max(value),
                });
            self.values.insert(metric, sum);
        }
        self
    }

    /// What is measured, and its value.
    pub fn values(&self) -> impl Iterator<Item = (Metric, f64)> {
        self.values.iter().map(|(metric, value)| (*metric, *value))
    }

    /// Writes the one line, with its end.
    ///
    /// # Errors
    /// The writer failed.
    pub fn write(&self, to: &mut impl Write) -> Result<(), Unwritten> {
        let dimensions = vec![vec![SOURCE.to_owned()]];
        let mut format = Emf::all_validations(NAMESPACE.to_owned(), dimensions);
        format.format(self, to).map_err(|_| Unwritten)
    }
}

impl Entry for Line {
    fn write<'a>(&'a self, writer: &mut impl EntryWriter<'a>) {
        writer.timestamp(SystemTime::from(self.at));
        writer.value(SOURCE, self.source.name());
        for (metric, value) in &self.values {
            match metric.unit() {
                Unit::Seconds => writer.value(metric.name(), &value.with_unit::<Second>()),
                Unit::Count => writer.value(metric.name(), &value.with_unit::<Count>()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn written(line: &Line) -> String {
        let mut out = Vec::new();
        line.write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn all() -> Vec<Metric> {
        use Metric::*;
        let mut all = vec![
            Freshness,
            Lag,
            PendingAge,
            Pending,
            Parked,
            Blocks,
            Commits,
            Conflicts,
            Fenced,
            TokensGone,
            RateLimits,
            Syncs,
            Failures,
            AlertsUnsent,
            GoogleUnits,
            WriteUnits,
            CalendarsChecked,
            CalendarsHealthy,
            CriticalIssues,
            Warnings,
            Fixes,
        ];
        all.extend(IssueKind::ALL.map(Issues));
        all
    }

    #[test]
    fn one_line_holds_its_values_time_and_dimension() {
        let at = Timestamp::from_second(1_780_000_000).unwrap();
        let line = Line::new(Source::Sync, at)
            .age(
                Metric::Lag,
                Some(Timestamp::from_second(1_779_999_990).unwrap()),
            )
            .count(Metric::Commits, 1)
            .with(Metric::Blocks, f64::NAN);
        let text = written(&line);
        assert_eq!(text.matches('\n').count(), 1);
        assert!(text.ends_with('\n'));
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&read["lag"], &read["commits"]), (&10.into(), &1.into()));
        assert_eq!(read["source"], "sync");
        assert_eq!(read["_aws"]["Timestamp"], 1_780_000_000_000_i64);
        let directive = &read["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(directive["Namespace"], "Tidelock");
        assert_eq!(directive["Dimensions"], serde_json::json!([["source"]]));
        let named = directive["Metrics"].as_array().unwrap();
        assert_eq!(named.len(), 2);
        assert_eq!(read["blocks"], Value::Null);
    }

    #[test]
    fn only_numbers_under_our_names_and_one_fixed_dimension_are_ever_written() {
        let at = Timestamp::from_second(1_780_000_000).unwrap();
        for source in [Source::Sync, Source::Health] {
            let line = all()
                .into_iter()
                .fold(Line::new(source, at), |line, metric| {
                    line.with(metric, f64::MAX)
                });
            let text = written(&line);
            assert_eq!(text.matches("_aws").count(), 1);
            let read: Value = serde_json::from_str(&text).unwrap();
            for (name, value) in read.as_object().unwrap() {
                let ours = name
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'_');
                assert!(ours, "{name}");
                match name.as_str() {
                    "_aws" => assert!(value.is_object()),
                    "source" => assert_eq!(value, source.name()),
                    _ => assert!(value.is_number(), "{name}: {value}"),
                }
            }
            let values = read.as_object().unwrap().len() - 2;
            assert_eq!(values, all().len(), "names differ");
        }
    }

    #[test]
    fn lines_of_one_batch_are_one_line() {
        let line = |second, failures, lag| {
            let at = Timestamp::from_second(second).unwrap();
            Line::new(Source::Sync, at)
                .count(Metric::Failures, failures)
                .with(Metric::Lag, lag)
        };
        let both = line(10, 1, 7.0).and(&line(20, 2, 3.0).count(Metric::Fenced, 1));
        let expected = line(20, 3, 7.0).count(Metric::Fenced, 1);
        assert_eq!(both, expected);
    }

    #[test]
    fn a_time_that_lies_ahead_is_no_negative_age() {
        let at = Timestamp::from_second(10).unwrap();
        let line =
            Line::new(Source::Health, at).age(Metric::Freshness, Timestamp::from_second(99).ok());
        assert_eq!(
            line.values().collect::<Vec<_>>(),
            [(Metric::Freshness, 0.0)]
        );
    }
}
