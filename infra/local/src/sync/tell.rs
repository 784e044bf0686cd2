//! What a sync tells while it works. Names of calendars are for their owner's own screen; no text of an event is.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use shared::engine::{Connection, Outcome, Progress, SyncError, Synced, UnderWay};
use shared::model::{CalendarId, FullReadReason, UserConfig};

use super::Options;
use super::logins::Claimed;
use crate::consent::to_do;
use crate::host::Host;
use crate::plain::one_line;
use crate::stack::advice;

/// Tells one person's progress. What stays as it was is not told again: neither a failure nor that something waits.
pub(super) struct Teller<'a, 'h> {
    host: &'a Host<'h>,
    json: bool,
    person: &'a str,
    config: &'a Path,
    told: RefCell<BTreeMap<Subject, String>>,
    waits: Cell<bool>,
}

/// What a failure is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Subject {
    Connection,
    Login,
    Calendar(CalendarId),
}

impl<'a, 'h> Teller<'a, 'h> {
    pub(super) fn new(host: &'a Host<'h>, options: &'a Options, person: &'a str) -> Self {
        Self {
            host,
            json: options.json,
            person,
            config: &options.config,
            told: RefCell::default(),
            waits: Cell::default(),
        }
    }

    /// Whether anything failed when it was last looked at.
    pub(super) fn knows_trouble(&self) -> bool {
        !self.told.borrow().is_empty()
    }

    /// What failed when it was last looked at, in one line.
    pub(super) fn trouble_text(&self) -> Option<String> {
        let told = self.told.borrow();
        let all: Vec<_> = told
            .values()
            .map(|text| one_line(text).into_owned())
            .collect();
        (!all.is_empty()).then(|| format!("{}: {}", self.person, all.join("; ")))
    }

    /// Progress of a drive over the calendars of `config`.
    pub(super) fn progress(&self, config: &UserConfig, progress: &Progress<'_>) {
        match progress {
            Progress::Synced(calendar, result) => self.synced(config, *calendar, result),
            Progress::Waiting(until) => self.waiting(*until),
        }
    }

    /// How far the pushes of this person's calendars are.
    pub(super) fn under_way(&self, config: &UserConfig, pushes: &BTreeMap<CalendarId, UnderWay>) {
        for (calendar, UnderWay { done, due }) in pushes {
            if let Some(own) = config.calendars.get(calendar) {
                let name = one_line(&own.name);
                self.line(&format!("{name}: {done} of {due} blocks brought in step"));
            }
        }
    }

    fn waiting(&self, until: Timestamp) {
        if !self.waits.get() {
            self.line(&format!("waits until {until:.0}, then tries again"));
            self.waits.set(true);
        }
    }

    fn synced(
        &self,
        config: &UserConfig,
        calendar: CalendarId,
        result: &Result<Outcome, shared::engine::SyncError>,
    ) {
        let name = config.calendars.get(&calendar);
        let name = name.map_or("a calendar that left the config", |calendar| &calendar.name);
        let name = &*one_line(name);
        let told = match result {
            Ok(outcome) => {
                if let Some(text) = outcome_text(outcome) {
                    self.line(&format!("{name}: {text}"));
                }
                if let Some(text) = strange_text(outcome) {
                    self.failure(&format!("{name}: {text}"));
                }
                None
            }
            Err(error) => Some(format!(
                "{name}: FAILED: {}",
                failure(config, calendar, error)
            )),
        };
        self.trouble(Subject::Calendar(calendar), told, name);
    }

    /// What kept the person's calendars from being connected, if anything did.
    pub(super) fn connection(&self, refused: &[Connection]) {
        let all: Vec<_> = refused.iter().map(|why| self.refusal(why)).collect();
        let told = (!all.is_empty()).then(|| format!("FAILED: {}", all.join("\n  ")));
        self.trouble(Subject::Connection, told, "connecting");
    }

    fn refusal(&self, why: &Connection) -> String {
        let text = advice::of_connection(why);
        match why {
            Connection::NoCalendar { .. } => {
                format!(
                    "{text} {}, field user.account.calendars",
                    self.config.display()
                )
            }
            Connection::Rules { .. } => {
                format!("{text} {}, table user.rules", self.config.display())
            }
            Connection::List { .. }
            | Connection::NoAccount { .. }
            | Connection::Store(_)
            | Connection::Contended => text,
        }
    }

    /// A Google login of this person that is another's, too.
    pub(super) fn login(&self, shared: Option<&Claimed>) {
        let told = shared.map(|Claimed { login, by }| {
            format!(
                "FAILED: the Google login {} is an account of the user {by} as well, so both write their blocks there; \
                 make one user of the two, or give this account `calendars = []`",
                one_line(login.as_str())
            )
        });
        self.trouble(Subject::Login, told, "its Google login");
    }

    fn trouble(&self, about: Subject, now: Option<String>, name: &str) {
        let before = match &now {
            Some(text) => self.told.borrow_mut().insert(about, text.clone()),
            None => self.told.borrow_mut().remove(&about),
        };
        match (before, now) {
            (Some(before), Some(now)) if before == now => {}
            (_, Some(now)) => self.failure(&now),
            (Some(_), None) => self.line(&format!("{name}: works again")),
            (None, None) => {}
        }
    }

    /// Failures go to the error stream even when progress does not.
    fn failure(&self, text: &str) {
        self.host.err(format_args!("{}: {text}\n", self.person));
    }

    fn line(&self, text: &str) {
        self.waits.set(false);
        self.host
            .say(self.json, &format!("{}: {text}", self.person));
    }
}

/// Of an account that does not let us in any more, which it is: what to do was told with it.
fn failure(config: &UserConfig, calendar: CalendarId, error: &SyncError) -> String {
    let own = config.calendars.get(&calendar);
    match own.filter(|_| error.consent_is_gone()) {
        Some(own) => format!(
            "its account {} does not let us in any more; {}",
            own.account,
            to_do(&own.account)
        ),
        None => advice::of_sync(error),
    }
}

/// None: nothing happened that anybody wants to read.
fn outcome_text(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Disabled => None,
        Outcome::Busy { until } => {
            Some(format!("another worker is at it, until {until:.0} at most"))
        }
        Outcome::Overtaken => Some("another worker was first; looking again".to_owned()),
        Outcome::Synced(synced) if outcome.did_something() => Some(synced_text(synced)),
        Outcome::Synced(_) => None,
    }
}

/// Only a whole read sees them, so it is told once.
fn strange_text(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Synced(synced) if synced.strange > 0 => Some(format!(
            "WARNING: {} blocks stand there that another install key made; if they are yours, put back that key (install.key \
             in the data folder, or store.key), as with this one each block is written a second time; else they are \
             another tidelock's, and none of ours",
            synced.strange
        )),
        Outcome::Synced(_) | Outcome::Disabled | Outcome::Busy { .. } | Outcome::Overtaken => None,
    }
}

fn synced_text(synced: &Synced) -> String {
    let mut parts = Vec::new();
    let counts = &synced.counts;
    let mut part = |count: u64, text: &str| {
        if count > 0 {
            parts.push(format!("{count} {text}"));
        }
    };
    part(counts.created, "new");
    part(counts.updated, "changed");
    part(counts.deleted, "gone");
    part(counts.parked, "set aside");
    part(synced.pushed.done, "blocks brought in step");
    part(synced.pushed.waiting, "blocks waiting");
    part(synced.pushed.parked, "blocks set aside");
    if let Some(until) = synced.held {
        parts.push(format!(
            "many deletions at once, looked at again at {until:.0}"
        ));
    }
    if parts.is_empty() {
        parts.push("read".to_owned());
    }
    let whole = synced.full_read.map(|reason| match reason {
        FullReadReason::Rules => {
            "read as a whole, as its rules ask for something that was not kept"
        }
        FullReadReason::First => "read for the first time",
        FullReadReason::TokenInvalid => "read as a whole, as Google asked",
        FullReadReason::Brake => "read as a whole, to confirm many deletions",
        FullReadReason::Asked => "read as a whole",
    });
    match whole {
        Some(whole) => format!("{} ({whole})", parts.join(", ")),
        None => parts.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Stop;
    use crate::sync::Mode;
    use crate::system;
    use shared::model::{
        Access, AccountId, CalendarConfig, GoogleCalendarId, InstallKey, RuleSet, UserId,
    };

    #[test]
    fn a_push_that_takes_long_is_told_with_its_calendar_s_name() {
        let key = InstallKey::new([7; InstallKey::BYTES]);
        let user = UserId::derive(&key, "ann");
        let google = GoogleCalendarId::parse("w@x").unwrap();
        let id = CalendarId::derive(&key, user, &google);
        let own = CalendarConfig {
            google,
            account: AccountId("ann/work".into()),
            name: "Work".into(),
            access: Access::Write,
            enabled: true,
        };
        let config = UserConfig {
            user,
            version: 1,
            calendars: BTreeMap::from([(id, own)]),
            rules: RuleSet::default(),
        };
        let options = Options {
            config: "tidelock.toml".into(),
            mode: Mode::Once,
            metrics: None,
            json: false,
        };
        let other = CalendarId::from_bytes([1; CalendarId::BYTES]);
        let way = UnderWay {
            done: 800,
            due: 2_000,
        };
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let host = Host::new(
            &mut out,
            &mut err,
            &|_| None,
            system::clock(),
            Stop::never(),
        );
        let teller = Teller::new(&host, &options, "ann");
        teller.under_way(&config, &BTreeMap::from([(id, way), (other, way)]));
        drop(host);
        let told = String::from_utf8(out).unwrap();
        assert_eq!(told, "ann: Work: 800 of 2000 blocks brought in step\n");
    }
}
