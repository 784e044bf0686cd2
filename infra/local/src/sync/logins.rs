//! Google logins, and whose they are: one that two users name gets the blocks of both.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use shared::model::GoogleCalendarId;

/// Who named which login first.
#[derive(Debug, Default)]
pub(super) struct Logins(RefCell<BTreeMap<GoogleCalendarId, String>>);

/// A login that is another user's.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Claimed {
    pub(super) login: GoogleCalendarId,
    pub(super) by: String,
}

impl Logins {
    /// Notes that these logins are `person`'s. The first of them that is another's, if there is one.
    pub(super) fn claim(
        &self,
        person: &str,
        logins: &BTreeSet<GoogleCalendarId>,
    ) -> Option<Claimed> {
        let mut known = self.0.borrow_mut();
        for login in logins {
            known
                .entry(login.clone())
                .or_insert_with(|| person.to_owned());
        }
        logins.iter().find_map(|login| {
            let by = known.get(login).filter(|by| *by != person)?.clone();
            let login = login.clone();
            Some(Claimed { login, by })
        })
    }
}
