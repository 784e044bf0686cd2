//! Who calls, and what they may do with a calendar (BEHAVIOUR.md 5, 6).

use std::sync::Arc;

use crate::{
    simulator::Simulator,
    wire::{call::Call, refusal::Refusal, route::Kind},
    world::role::Role,
};

impl Simulator {
    /// The account a call is made for, if its token is good.
    pub(crate) fn caller(&self, call: &Call) -> Option<Arc<str>> {
        let grant = self.access.get(call.bearer()?)?;
        let fresh = grant.expires.is_none_or(|expires| self.now < expires);
        fresh.then(|| grant.email.clone())
    }

    /// The account, or 401; and its scopes, or 403.
    pub(crate) fn authorize(&self, call: &Call, kind: Kind) -> Result<Arc<str>, Refusal> {
        let Some(email) = self.caller(call) else {
            let none = call.header("authorization").is_none();
            return Err(if none {
                Refusal::login_required()
            } else {
                Refusal::bad_credentials()
            });
        };
        let account = self
            .accounts
            .get(&email)
            .ok_or_else(Refusal::bad_credentials)?;
        if account.has_scope(kind.scopes()) {
            Ok(email)
        } else {
            Err(Refusal::insufficient_scope())
        }
    }

    /// The caller's role, or 404: a calendar one cannot see does not exist.
    pub(crate) fn reader(&self, calendar: &str, email: &str) -> Result<Role, Refusal> {
        self.calendar(calendar)?;
        self.role(calendar, email).ok_or_else(Refusal::not_found)
    }

    /// The caller's role, if it may write.
    pub(crate) fn writer(&self, calendar: &str, email: &str) -> Result<Role, Refusal> {
        let role = self.reader(calendar, email)?;
        if role.writes() {
            Ok(role)
        } else {
            Err(Refusal::writer_required())
        }
    }
}
