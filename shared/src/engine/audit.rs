//! Audit: one calendar's complete list against the rows. Reads only.
//!
//! Order is everything: the token, the complete list, the rows, the changes since the token, and in the end once more
//! the rows that seem wrong. The list with the changes laid over it is what Google showed at one instant, and a row that
//! is the same before and after that instant was what it is at it.

use std::collections::BTreeSet;

use super::commit::planned;
use super::pull::{Origin, Pulled, that_matter};
use super::reading::newest;
use super::{Engine, Scope, SyncError, chain};
use crate::google::{Class, Since};
use crate::model::{CalendarId, FullReadReason, Row, State, Switch, UserConfig};
use crate::plan::{self, Fact, Setting};
use crate::validate::{self, Finding, Kind, News, Scene};

/// What an audit brought.
#[derive(Debug, Default)]
pub(super) struct Audit {
    pub(super) findings: Vec<Finding>,
    /// Entries that look like blocks and are none of this user's.
    pub(super) foreign: u64,
    /// Copies of blocks that people made.
    pub(super) copies: u64,
}

impl Engine {
    /// Compares a calendar with Google. That Google cannot be read is a finding.
    pub(super) async fn audit(
        &self,
        config: &UserConfig,
        calendar: CalendarId,
    ) -> Result<Audit, SyncError> {
        let scope = Scope::new(calendar, config.clone());
        // Read once: rows of a calendar that was not listed yet by then, or whose journal waits, are on their way.
        let known = self.known(config).await?;
        let seen = Scene::new(config, self.now(), &known);
        let (Some(state), Some(own)) = (seen.state(calendar), config.calendars.get(&calendar))
        else {
            // Its state is a finding of its own.
            return Ok(Audit::default());
        };
        if config.switch(calendar) == Some(Switch::Paused) {
            // What people do there meanwhile is looked at when the pause is over.
            return Ok(Audit::default());
        }
        let Some(from) = self.origin(&scope) else {
            let why = format!("account {} has no credentials here", own.account);
            return Ok(not_compared(calendar, why));
        };
        match self.compare(&from, state, &seen).await {
            Ok(audit) => Ok(audit),
            Err(SyncError::Google { why, .. }) => Ok(not_compared(calendar, chain(&why))),
            Err(why) => Err(why),
        }
    }

    async fn compare(
        &self,
        from: &Origin<'_>,
        state: &State,
        seen: &Scene<'_>,
    ) -> Result<Audit, SyncError> {
        let setting = from.scope.setting(self.now(), state.epoch);
        let mut pulled = self.look_around(from, &setting).await?;
        let copies = pulled.copies;
        let foreign = pulled.skipped.saturating_sub(copies);
        let mut findings = Vec::new();
        let fresh = match self.news(from, state, &setting).await? {
            Latest::Changes(news) => {
                let (news, _) = plan::in_series(setting.calendar, news, &pulled.rows);
                let fresh = subjects(&setting, &news);
                pulled.facts = newest([pulled.facts, news].concat());
                fresh
            }
            Latest::Refused => {
                let detail = "the next sync lists the calendar as a whole";
                findings.push(Finding::new(Kind::TokenRefused, setting.calendar, detail));
                // A second list in place of the changes; what it shows lies behind the token.
                pulled.facts = self.look_around(from, &setting).await?.facts;
                News::new()
            }
        };
        let plan = planned(&setting, &pulled)?;
        let suspected = validate::check_read(setting.calendar, &pulled.rows, &plan, &fresh);
        let suspected = suspected.into_iter().map(|finding| {
            let source = finding.source.unwrap_or(setting.calendar);
            match seen.settled(source) {
                true => finding,
                false => finding.fresh(),
            }
        });
        let suspected = suspected.collect();
        findings.extend(self.unmoved(&setting, &pulled, suspected).await?);
        Ok(Audit {
            findings,
            foreign,
            copies,
        })
    }

    /// A complete read over the rows that can be read; the others are findings of their own.
    pub(super) async fn look_around(
        &self,
        from: &Origin<'_>,
        setting: &Setting<'_>,
    ) -> Result<Pulled, SyncError> {
        let listing = self.list_all(from, setting).await?;
        let rows = self.readable_rows(setting).await?;
        self.complete(from, setting, FullReadReason::Asked, listing, rows)
            .await
    }

    /// What Google reports as changed since the last sync.
    async fn news(
        &self,
        from: &Origin<'_>,
        state: &State,
        setting: &Setting<'_>,
    ) -> Result<Latest, SyncError> {
        let calendar = setting.calendar;
        // A calendar that is off is not read: its token may be long out of date.
        let Some(token) = state.token.as_ref().filter(|_| from.scope.own().is_some()) else {
            return Ok(Latest::Changes(Vec::new()));
        };
        let since = Since::Token(token.clone());
        match from.client.events_list(from.google, &since).await {
            Ok(listing) => {
                let (facts, _) = self.read_items(from, &listing);
                Ok(Latest::Changes(that_matter(from, facts)))
            }
            Err(why) if why.class() == Class::SyncTokenInvalid => Ok(Latest::Refused),
            Err(why) => Err(SyncError::Google { calendar, why }),
        }
    }

    /// The findings whose rows are what they were when the audit read them.
    async fn unmoved(
        &self,
        setting: &Setting<'_>,
        pulled: &Pulled,
        suspected: Vec<Finding>,
    ) -> Result<Vec<Finding>, SyncError> {
        let calendar = setting.calendar;
        let at = |finding: &Finding| {
            let source = finding.source.unwrap_or(calendar);
            Some((source, finding.event.clone()?))
        };
        let keys: Vec<_> = suspected.iter().filter_map(at).collect();
        let now = self.store.readable_rows(&keys).await;
        let (now, _) = now.map_err(|why| SyncError::Store { calendar, why })?;
        let rev = |row: Option<&Row>| row.map(|row| row.rev);
        Ok(suspected
            .into_iter()
            .filter(|finding| {
                at(finding).is_some_and(|at| rev(now.get(&at)) == rev(pulled.rows.get(&at)))
            })
            .collect())
    }
}

enum Latest {
    Changes(Vec<Fact>),
    Refused,
}

fn not_compared(calendar: CalendarId, why: String) -> Audit {
    Audit {
        findings: vec![Finding::new(Kind::NotCompared, calendar, why)],
        foreign: 0,
        copies: 0,
    }
}

/// The rows that facts are about.
fn subjects(setting: &Setting<'_>, facts: &[Fact]) -> News {
    let all: BTreeSet<_> = facts
        .iter()
        .map(|fact| match fact {
            Fact::Source(source) => (setting.calendar, source.key()),
            Fact::Block(block) => block.row(setting),
        })
        .collect();
    all
}
