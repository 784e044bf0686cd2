//! The state, and its set-up: clock, accounts, calendars, sharing, credentials.
//!
//! A plain value: no lock, no thread, no real clock, no global randomness. A clone is a snapshot of the whole world, and cheap:
//! calendars are shared until one side writes.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;

use crate::{
    faults::Armed,
    log::LoggedRequest,
    quota::Spending,
    settings::{Knobs, Settings},
    violation::Violation,
    wire::refusal::Refusal,
    world::{
        account::{Account, Entry, Grant, NewAccount, SCOPE_PREFIX},
        calendar::Calendar,
        channel::{Channel, Notification},
        role::Role,
    },
};

/// Google Calendar v3 as a request-to-response function with state.
#[derive(Debug, Clone)]
pub struct Simulator {
    pub(crate) now: DateTime<Utc>,
    pub(crate) knobs: Knobs,
    pub(crate) rng: fastrand::Rng,
    pub(crate) last_stamp: i64,
    pub(crate) accounts: BTreeMap<Arc<str>, Account>,
    pub(crate) access: BTreeMap<String, Grant>,
    pub(crate) refresh: BTreeMap<String, Grant>,
    pub(crate) calendars: BTreeMap<Arc<str>, Arc<Calendar>>,
    pub(crate) next_ordinal: u32,
    pub(crate) channels: BTreeMap<String, Channel>,
    pub(crate) queue: VecDeque<Notification>,
    pub(crate) faults: Vec<Armed>,
    pub(crate) log: Vec<LoggedRequest>,
    pub(crate) next_request: u64,
    pub(crate) spending: Spending,
    pub(crate) violations: Vec<Violation>,
}

impl Simulator {
    /// An empty world.
    pub fn new(settings: Settings) -> Self {
        Self {
            now: settings.now,
            knobs: settings.knobs,
            rng: fastrand::Rng::with_seed(settings.seed),
            last_stamp: 0,
            accounts: BTreeMap::new(),
            access: BTreeMap::new(),
            refresh: BTreeMap::new(),
            calendars: BTreeMap::new(),
            next_ordinal: 1,
            channels: BTreeMap::new(),
            queue: VecDeque::new(),
            faults: Vec::new(),
            log: Vec::new(),
            next_request: 0,
            spending: Spending::default(),
            violations: Vec::new(),
        }
    }

    /// The simulated present.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Sets the present. Changes keep their order even if it goes back.
    pub fn set_now(&mut self, now: DateTime<Utc>) {
        self.now = now;
    }

    /// Lets time pass.
    pub fn advance(&mut self, by: Duration) {
        self.now = self.now.checked_add_signed(by).unwrap_or(self.now);
    }

    /// The knobs, to read.
    pub fn knobs(&self) -> &Knobs {
        &self.knobs
    }

    /// The knobs, to turn.
    pub fn knobs_mut(&mut self) -> &mut Knobs {
        &mut self.knobs
    }

    /// Adds an account with its primary calendar, or adds credentials to the one with this e-mail.
    pub fn add_account(&mut self, account: NewAccount, zone: Tz) {
        let email: Arc<str> = account.email.as_str().into();
        for token in &account.access_tokens {
            self.access.insert(
                token.clone(),
                Grant {
                    email: email.clone(),
                    expires: None,
                    parent: None,
                },
            );
        }
        for token in &account.refresh_tokens {
            self.refresh.insert(
                token.clone(),
                Grant {
                    email: email.clone(),
                    expires: None,
                    parent: None,
                },
            );
        }
        if !self.accounts.contains_key(&email) {
            let ordinal = self.ordinal();
            let mut scopes: Vec<String> = account
                .scopes
                .iter()
                .map(|scope| scope.trim_start_matches(SCOPE_PREFIX).to_owned())
                .collect();
            if scopes.is_empty() {
                scopes.push("calendar".to_owned());
            }
            let new = Account {
                email: email.clone(),
                ordinal,
                scopes,
                client_id: account.client_id,
                client_secret: account.client_secret,
                list: BTreeMap::new(),
                change: 0,
                epoch: 0,
            };
            self.accounts.insert(email.clone(), new);
            self.add_calendar(&account.email, &account.email, zone, &account.email);
        }
    }

    /// Adds a calendar owned by an account, and puts it on that account's list.
    pub fn add_calendar(&mut self, id: &str, summary: &str, zone: Tz, owner: &str) {
        let ordinal = self.ordinal();
        let calendar = Calendar::new(id, ordinal, summary, zone, owner, self.now);
        self.calendars
            .insert(calendar.id.clone(), Arc::new(calendar));
        self.set_role(id, owner, Some(Role::Owner));
    }

    /// Shares a calendar with an account, changes its role, or (with `None`) takes it away.
    /// A new or removed line shows in the calendar list's next delta; a changed role does not (BEHAVIOUR.md 6).
    pub fn set_role(&mut self, calendar: &str, email: &str, role: Option<Role>) {
        let stamp = self.stamp();
        let Some(account) = self.accounts.get_mut(email) else {
            return;
        };
        let before = account
            .list
            .get(calendar)
            .filter(|entry| !entry.deleted)
            .cloned();
        match (before, role) {
            (Some(entry), Some(role)) => {
                account
                    .list
                    .insert(calendar.into(), Entry { role, ..entry });
            }
            (before, role) => {
                account.change += 1;
                let change = account.change;
                let old = before.map_or(Role::Reader, |entry| entry.role);
                let entry = Entry {
                    role: role.unwrap_or(old),
                    hidden: false,
                    deleted: role.is_none(),
                    change,
                    stamp,
                };
                account.list.insert(calendar.into(), entry);
            }
        }
        if self.knobs.acl_change_expires_tokens {
            self.expire_sync_tokens(calendar);
        }
        self.notify_list(email);
    }

    /// Hides a calendar on an account's list, or shows it again.
    pub fn set_hidden(&mut self, calendar: &str, email: &str, hidden: bool) {
        let stamp = self.stamp();
        let Some(account) = self.accounts.get_mut(email) else {
            return;
        };
        let change = account.change + 1;
        if let Some(entry) = account.list.get_mut(calendar) {
            entry.hidden = hidden;
            entry.change = change;
            entry.stamp = stamp;
            account.change = change;
        }
        self.notify_list(email);
    }

    /// The role of an account on a calendar.
    pub fn role(&self, calendar: &str, email: &str) -> Option<Role> {
        let entry = self.accounts.get(email)?.list.get(calendar)?;
        (!entry.deleted).then_some(entry.role)
    }

    /// Deletes a calendar for everyone: 404 from now on.
    pub fn delete_calendar(&mut self, calendar: &str) {
        self.calendars.remove(calendar);
        let readers: Vec<Arc<str>> = self.accounts.keys().cloned().collect();
        for email in readers {
            if self.role(calendar, &email).is_some() {
                self.set_role(calendar, &email, None);
            }
        }
    }

    /// Whether push channels can be opened on a calendar; holiday and imported calendars cannot.
    pub fn set_push_supported(&mut self, calendar: &str, supported: bool) {
        if let Some(calendar) = self.calendars.get_mut(calendar) {
            Arc::make_mut(calendar).push_supported = supported;
        }
    }

    /// Ends all sync tokens of a calendar now (410 `fullSyncRequired`).
    pub fn expire_sync_tokens(&mut self, calendar: &str) {
        if let Some(calendar) = self.calendars.get_mut(calendar) {
            Arc::make_mut(calendar).epoch += 1;
        }
    }

    /// Ends all calendar-list sync tokens of an account now.
    pub fn expire_list_tokens(&mut self, email: &str) {
        if let Some(account) = self.accounts.get_mut(email) {
            account.epoch += 1;
        }
    }

    /// Ends an access token: 401 from now on.
    pub fn expire_access_token(&mut self, token: &str) {
        self.access.remove(token);
    }

    /// Ends every access token of an account.
    pub fn expire_access_tokens_of(&mut self, email: &str) {
        self.access.retain(|_, grant| &*grant.email != email);
    }

    /// Ends a refresh token (`invalid_grant`) and the access tokens that came from it.
    pub fn revoke_refresh_token(&mut self, token: &str) {
        self.refresh.remove(token);
        self.access
            .retain(|_, grant| grant.parent.as_deref() != Some(token));
    }

    /// Accepts a further refresh token for an account, as after a new consent.
    pub fn add_refresh_token(&mut self, email: &str, token: &str) {
        self.refresh.insert(
            token.to_owned(),
            Grant {
                email: email.into(),
                expires: None,
                parent: None,
            },
        );
    }

    /// Sets an account's granted scopes, full or without the common prefix.
    pub fn set_scopes(&mut self, email: &str, scopes: &[&str]) {
        if let Some(account) = self.accounts.get_mut(email) {
            account.scopes = scopes
                .iter()
                .map(|scope| scope.trim_start_matches(SCOPE_PREFIX).to_owned())
                .collect();
        }
    }

    fn ordinal(&mut self) -> u32 {
        self.next_ordinal += 1;
        self.next_ordinal
    }

    /// Microseconds for the next change: the present, but always later than the last.
    pub(crate) fn stamp(&mut self) -> i64 {
        self.last_stamp = self.now.timestamp_micros().max(self.last_stamp + 1);
        self.last_stamp
    }

    pub(crate) fn calendar(&self, id: &str) -> Result<&Arc<Calendar>, Refusal> {
        self.calendars.get(id).ok_or_else(Refusal::not_found)
    }

    pub(crate) fn calendar_mut(&mut self, id: &str) -> Result<&mut Calendar, Refusal> {
        self.calendars
            .get_mut(id)
            .map(Arc::make_mut)
            .ok_or_else(Refusal::not_found)
    }

    /// True with the given chance.
    pub(crate) fn chance(&mut self, chance: f64) -> bool {
        chance > 0.0 && self.rng.f64() < chance
    }
}

impl Default for Simulator {
    fn default() -> Self {
        Self::new(Settings::default())
    }
}
