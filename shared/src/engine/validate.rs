//! Validation: reads the table, and for a deep one Google as well, and never writes.
//!
//! A finding counts only if a second look finds it again on rows that did not move in between: what is at work while
//! it is looked at is no finding. A clean user costs one pass over the rows and no second look.

use std::collections::{BTreeMap, BTreeSet};

use super::stream::Group;
use super::{Engine, SyncError};
use crate::model::{CalendarId, EventKey, Row, UserConfig, UserId};
use crate::plan::Rows;
use crate::store::{Bearing, Class, KeptConfig, Unreadable};
use crate::validate::{self, Finding, Kind, Known, Report, Scene, Stored};

/// What is validated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Extent {
    /// All calendars of the user, and what holds between them.
    User,
    /// One of them.
    Calendar(CalendarId),
    /// One event, on whichever calendars it is.
    Event(EventKey),
}

impl Extent {
    pub(super) fn covers(&self, calendar: CalendarId) -> bool {
        match self {
            Self::User | Self::Event(_) => true,
            Self::Calendar(one) => *one == calendar,
        }
    }
}

/// What is known of each calendar.
pub(super) type AllKnown = BTreeMap<CalendarId, Known>;

impl Engine {
    /// Validates what is stored of a user; `deep` compares with Google as well.
    ///
    /// # Errors
    /// The table could not be read, or the user is not connected. What cannot be read of Google is a finding.
    pub async fn validate(
        &self,
        user: UserId,
        extent: &Extent,
        deep: bool,
    ) -> Result<Report, SyncError> {
        let kept = self.kept_config_of(user).await?;
        let mut report = Report::new(user, self.now(), deep);
        if let Some(why) = kept.damaged.first() {
            let found = config_findings(&kept);
            if found.is_empty() {
                // Not one calendar that it could be said of.
                let why = why.clone();
                return Err(SyncError::User { user, why });
            }
            found.into_iter().for_each(|finding| report.find(finding));
            return Ok(report);
        }
        let config = kept.config;
        let known = self.known(&config).await?;
        let scene = Scene::new(&config, report.at, &known);
        let mut findings = match extent {
            Extent::Event(key) => self.look_at_event(&scene, key, &mut report).await?,
            Extent::User | Extent::Calendar(_) => {
                self.look_at_rows(&scene, extent, &mut report).await?
            }
        };
        if !matches!(extent, Extent::Event(_)) {
            for calendar in known.keys().filter(|calendar| extent.covers(**calendar)) {
                report.calendars_checked += 1;
                findings.extend(validate::check_state(&scene, *calendar));
                findings.extend(self.look_at_journal(&scene, *calendar).await);
            }
        }
        let mut findings = self.confirmed(&config, findings).await?;
        if deep {
            let calendars = config.calendars.keys().filter(|id| extent.covers(**id));
            for calendar in calendars {
                let audit = self.audit(&config, *calendar).await?;
                report.foreign += audit.foreign;
                report.copies += audit.copies;
                findings.extend(audit.findings);
            }
            if let Extent::Event(key) = extent {
                findings.retain(|finding| finding.event.as_ref() == Some(key));
            }
        }
        for finding in validate::consolidated(findings) {
            report.find(finding);
        }
        Ok(report)
    }

    pub(super) async fn kept_config_of(&self, user: UserId) -> Result<KeptConfig, SyncError> {
        let kept = self.store.kept_config(user).await;
        let kept = kept.map_err(|why| SyncError::User { user, why })?;
        let kept = kept.ok_or(SyncError::NobodyThere { user })?;
        self.crew.keep_up(user, &kept.accounts);
        Ok(kept)
    }

    pub(super) async fn config_of(&self, user: UserId) -> Result<UserConfig, SyncError> {
        let config = self.config(user).await;
        config
            .map_err(|why| SyncError::User { user, why })?
            .ok_or(SyncError::NobodyThere { user })
    }

    pub(super) async fn known(&self, config: &UserConfig) -> Result<AllKnown, SyncError> {
        let calendars: Vec<CalendarId> = config.calendars.keys().copied().collect();
        let bearings = self.store.bearings(&calendars).await;
        let bearings = bearings.map_err(|why| SyncError::User {
            user: config.user,
            why,
        })?;
        Ok(bearings
            .into_iter()
            .map(|(calendar, bearing)| (calendar, known(bearing)))
            .collect())
    }

    async fn look_at_rows(
        &self,
        scene: &Scene<'_>,
        extent: &Extent,
        report: &mut Report,
    ) -> Result<Vec<Finding>, SyncError> {
        let mut findings = Vec::new();
        let mut mirrored: BTreeMap<CalendarId, u64> = BTreeMap::new();
        let mut stream = self.stream(scene.config.calendars.keys().copied());
        while let Some(group) = stream.next().await? {
            for row in group.own().filter(|row| extent.covers(row.calendar)) {
                report.count(row);
                *mirrored.entry(row.calendar).or_default() += u64::from(row.is_mirrored());
                findings.extend(validate::check_row(scene, &group.rows, row));
            }
        }
        let unreadable = stream.unreadable.iter();
        for (calendar, item) in unreadable.filter(|(calendar, _)| extent.covers(*calendar)) {
            findings.push(unreadable_row(*calendar, item));
        }
        for (calendar, staged) in &stream.staged {
            if extent.covers(*calendar) {
                findings.extend(validate::staged(scene, *calendar, staged));
                let counted = mirrored.get(calendar).copied().unwrap_or_default();
                findings.extend(validate::measure(scene, *calendar, counted));
            }
        }
        Ok(findings)
    }

    async fn look_at_event(
        &self,
        scene: &Scene<'_>,
        key: &EventKey,
        report: &mut Report,
    ) -> Result<Vec<Finding>, SyncError> {
        let (group, unreadable) = self.group_of(scene.config, key).await?;
        let mut findings: Vec<Finding> = unreadable
            .iter()
            .filter(|item| item.event.as_ref() == Some(key))
            .filter_map(|item| Some(unreadable_row(item.calendar?, item)))
            .collect();
        for row in group.own() {
            report.count(row);
            findings.extend(validate::check_row(scene, &group.rows, row));
        }
        report.calendars_checked = scene.known.len() as u64;
        Ok(findings)
    }

    /// A journal that cannot be read stops its calendar for good.
    async fn look_at_journal(&self, scene: &Scene<'_>, calendar: CalendarId) -> Option<Finding> {
        let pointer = scene.state(calendar)?.journal.as_ref()?;
        let why = self.store.journal(calendar, pointer).await.err()?;
        let damaged = why.class() == Class::Corrupt;
        damaged.then(|| Finding::new(Kind::JournalUnreadable, calendar, why.to_string()))
    }

    /// An event's rows on every calendar of the user, and its series'; and those of them that cannot be read.
    async fn group_of(
        &self,
        config: &UserConfig,
        key: &EventKey,
    ) -> Result<(Group, Vec<Unreadable>), SyncError> {
        let read = async |key: &EventKey| {
            let at: Vec<_> = config
                .calendars
                .keys()
                .map(|calendar| (*calendar, key.clone()))
                .collect();
            let user = config.user;
            let rows = self.store.readable_rows(&at).await;
            rows.map_err(|why| SyncError::User { user, why })
        };
        let (mut rows, unreadable): (Rows, _) = read(key).await?;
        let series: BTreeSet<EventKey> = rows
            .values()
            .filter_map(|row| row.source.occurrence().map(|(series, _)| series.clone()))
            .collect();
        for series in &series {
            rows.extend(read(series).await?.0);
        }
        let key = key.clone();
        Ok((Group { key, rows }, unreadable))
    }

    /// The findings that a second look confirms.
    async fn confirmed(
        &self,
        config: &UserConfig,
        suspected: Vec<Finding>,
    ) -> Result<Vec<Finding>, SyncError> {
        let mut events: BTreeMap<EventKey, Vec<Finding>> = BTreeMap::new();
        let mut others = Vec::new();
        for finding in suspected {
            match (&finding.event, finding.kind) {
                (Some(_), Kind::RowUnreadable | Kind::RowNewer) | (None, _) => others.push(finding),
                (Some(event), _) => events.entry(event.clone()).or_default().push(finding),
            }
        }
        let mut confirmed = match others.is_empty() {
            true => Vec::new(),
            false => self.confirmed_states(config, others).await?,
        };
        for (event, findings) in events {
            confirmed.extend(self.confirmed_rows(config, &event, findings).await?);
        }
        Ok(confirmed)
    }

    async fn confirmed_states(
        &self,
        config: &UserConfig,
        suspected: Vec<Finding>,
    ) -> Result<Vec<Finding>, SyncError> {
        let known = self.known(config).await?;
        let scene = Scene::new(config, self.now(), &known);
        let mut again: Vec<Finding> = Vec::new();
        for calendar in known.keys() {
            again.extend(validate::check_state(&scene, *calendar));
        }
        // Items that nobody writes again by themselves.
        let lasts = |kind| {
            matches!(
                kind,
                Kind::RowUnreadable | Kind::RowNewer | Kind::JournalUnreadable
            )
        };
        let counted = |kind| matches!(kind, Kind::StagedLeft | Kind::Miscounted);
        let stands = |finding: &Finding| {
            if lasts(finding.kind) {
                true
            } else if counted(finding.kind) {
                !scene.at_work(finding.calendar)
            } else {
                again.iter().any(|seen| seen.same_as(finding))
            }
        };
        Ok(suspected.into_iter().filter(stands).collect())
    }

    /// Rows first, then what is known of the calendars, then the rows again: only what did not move is judged.
    async fn confirmed_rows(
        &self,
        config: &UserConfig,
        event: &EventKey,
        suspected: Vec<Finding>,
    ) -> Result<Vec<Finding>, SyncError> {
        let (before, _) = self.group_of(config, event).await?;
        let known = self.known_in_order(config).await?;
        let (after, _) = self.group_of(config, event).await?;
        let scene = Scene::new(config, self.now(), &known);
        let still = revs(&before.rows) == revs(&after.rows);
        let again: Vec<Finding> = after
            .own()
            .flat_map(|row| validate::check_row(&scene, &after.rows, row))
            .collect();
        Ok(again
            .into_iter()
            .filter(|seen| still && suspected.iter().any(|finding| finding.same_as(seen)))
            .collect())
    }

    /// Wakes before states: a wake that is gone was served by a sync whose state says what it left.
    async fn known_in_order(&self, config: &UserConfig) -> Result<AllKnown, SyncError> {
        let wakes = self.known(config).await?;
        let mut states = self.known(config).await?;
        for (calendar, known) in &mut states {
            let woken = wakes.get(calendar).and_then(|known| known.wake);
            known.wake = woken.or(known.wake);
        }
        Ok(states)
    }
}

/// A calendar's own item, or one that all of them depend on.
fn config_findings(kept: &KeptConfig) -> Vec<Finding> {
    let mut findings = Vec::new();
    for why in &kept.damaged {
        let kind = match why.class() == Class::Newer {
            true => Kind::ConfigNewer,
            false => Kind::ConfigUnreadable,
        };
        let own = kept.lost_by(why);
        let all = kept
            .calendars()
            .filter(|id| own.is_none_or(|own| own == *id));
        findings.extend(all.map(|id| Finding::new(kind, id, why.to_string())));
    }
    findings
}

fn unreadable_row(calendar: CalendarId, item: &Unreadable) -> Finding {
    let newer = item.why.class() == Class::Newer;
    let why = item.why.to_string();
    validate::unreadable(calendar, item.event.as_ref(), newer, &why)
}

fn known(bearing: Bearing) -> Known {
    Known {
        state: match bearing.state {
            Ok(Some(state)) => Stored::There(Box::new(state)),
            Ok(None) => Stored::Nowhere,
            Err(why) if why.class() == Class::Newer => Stored::Newer,
            Err(why) => Stored::Unreadable(why.to_string()),
        },
        wake: bearing.wake,
    }
}

fn revs(rows: &Rows) -> Vec<(&CalendarId, &EventKey, u64)> {
    let rev = |row: &Row| row.rev.0;
    rows.iter()
        .map(|((calendar, key), row)| (calendar, key, rev(row)))
        .collect()
}
