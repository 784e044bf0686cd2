//! A validation's result, with the counts that people and health look at.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::finding::{Finding, Severity};
use crate::limits::{FINDINGS_NAMED, REASONS_NAMED};
use crate::model::{CalendarId, Have, ParkKind, Row, UserId};

/// How many, since when, and why.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Aged {
    /// How many blocks or events.
    pub count: u64,
    /// Since when the oldest.
    pub oldest: Option<Timestamp>,
    /// The reasons, and how many for each.
    pub reasons: BTreeMap<String, u64>,
}

impl Aged {
    fn add(&mut self, since: Option<Timestamp>, reason: &str) {
        self.count += 1;
        self.oldest = match (self.oldest, since) {
            (Some(known), Some(since)) => Some(known.min(since)),
            (known, since) => known.or(since),
        };
        // Reasons name no event, but some name a time: a bounded number is kept.
        if self.reasons.len() < REASONS_NAMED || self.reasons.contains_key(reason) {
            *self.reasons.entry(reason.to_owned()).or_default() += 1;
        }
    }
}

/// What there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Stats {
    /// Events that are there, blocks included.
    pub total: u64,
    /// Blocks that are there.
    pub blocks: u64,
    /// Source events.
    pub regular: u64,
}

/// The result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whose calendars.
    pub user: UserId,
    /// When.
    pub at: Timestamp,
    /// Google was compared as well.
    pub deep: bool,
    /// No invariant is broken.
    pub valid: bool,
    /// Broken invariants.
    pub errors: Vec<Finding>,
    /// What is known and visible, or about to be put right.
    pub warnings: Vec<Finding>,
    /// Findings in all, named or not.
    pub consistency_issues: u64,
    /// Findings beyond those that are named.
    pub not_named: u64,
    /// Calendars looked at.
    pub calendars_checked: u64,
    /// Source events looked at.
    pub total_events: u64,
    /// What there is.
    pub stats: Stats,
    /// Blocks that are being brought in step.
    pub pending: Aged,
    /// Events and blocks set aside.
    pub parked: Aged,
    /// Blocks on calendars that cannot be written.
    pub paused: Aged,
    /// Blocks left alone because they were changed again and again.
    pub frozen: Aged,
    /// Entries on Google that look like blocks and are none of this user's.
    pub foreign: u64,
    /// Copies of blocks, made by a person: not ours to delete.
    pub copies: u64,
}

impl Report {
    /// A report without anything in it yet.
    #[must_use]
    pub fn new(user: UserId, at: Timestamp, deep: bool) -> Self {
        Self {
            user,
            at,
            deep,
            valid: true,
            errors: Vec::new(),
            warnings: Vec::new(),
            consistency_issues: 0,
            not_named: 0,
            calendars_checked: 0,
            total_events: 0,
            stats: Stats::default(),
            pending: Aged::default(),
            parked: Aged::default(),
            paused: Aged::default(),
            frozen: Aged::default(),
            foreign: 0,
            copies: 0,
        }
    }

    /// Whether nothing was found at all.
    #[must_use]
    pub fn clean(&self) -> bool {
        self.consistency_issues == 0
    }

    /// Every finding that is named.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> + Clone {
        self.errors.iter().chain(&self.warnings)
    }

    /// Findings by calendar.
    #[must_use]
    pub fn by_calendar(&self) -> BTreeMap<CalendarId, Vec<&Finding>> {
        let mut all: BTreeMap<CalendarId, Vec<&Finding>> = BTreeMap::new();
        for finding in self.findings() {
            all.entry(finding.calendar).or_default().push(finding);
        }
        all
    }

    /// Takes a finding.
    pub fn find(&mut self, finding: Finding) {
        self.consistency_issues += 1;
        self.valid &= finding.severity != Severity::Error;
        if self.errors.len() + self.warnings.len() >= FINDINGS_NAMED {
            self.not_named += 1;
            return;
        }
        match finding.severity {
            Severity::Error => self.errors.push(finding),
            Severity::Warning => self.warnings.push(finding),
        }
    }

    /// Counts a row.
    pub fn count(&mut self, row: &Row) {
        let live = u64::from(row.source.live().is_some());
        self.total_events += live;
        self.stats.regular += live;
        self.stats.total += live;
        if let Some(park) = &row.parked {
            self.parked.add(Some(park.since), &park.reason);
        }
        for mirror in row.mirrors.values() {
            let there = u64::from(matches!(mirror.have, Have::Own(_)));
            self.stats.blocks += there;
            self.stats.total += there;
            match &mirror.parked {
                Some(park) => match park.kind {
                    ParkKind::Unreadable | ParkKind::Refused => &mut self.parked,
                    ParkKind::Frozen => &mut self.frozen,
                    ParkKind::NoAccess | ParkKind::Paused => &mut self.paused,
                }
                .add(Some(park.since), &park.reason),
                None if mirror.pending() => {
                    let reason = match mirror.retry {
                        Some(_) => "waits for its next try",
                        None => "to be pushed",
                    };
                    self.pending.add(row.pending_since, reason);
                }
                None => {}
            }
        }
    }
}
