//! What to do about a failure, in plain words. One exhaustive match a layer; it decides nothing else.

use shared::engine::{Connection, RulesError, SyncError, chain};
use shared::google::{self, AccountDenial, Denial};
use shared::store;

use crate::consent::to_do;

const AGAIN: &str = "nothing is lost; the next sync goes on from here";

/// A failed sync: why, and what to do. The calendar is named by whoever prints it.
pub(crate) fn of_sync(error: &SyncError) -> String {
    let why = std::error::Error::source(error).map_or_else(|| error.to_string(), chain);
    let what = match error {
        SyncError::Store { why, .. } | SyncError::User { why, .. } => of_store(why),
        SyncError::Google { why, .. } => of_google(why.class()),
        SyncError::Plan { .. } | SyncError::Journal { .. } => {
            "nothing was changed; please report this, with the table kept as it is"
        }
        SyncError::NobodyThere { .. } => "run `tidelock sync` once, it connects the calendars",
        SyncError::NotConnected { .. } => "run the command again, it connects the calendar",
        SyncError::NoAccount { .. } => "add the account's credentials to the config",
        SyncError::Contended { .. } | SyncError::TokenRefused { .. } => AGAIN,
    };
    format!("{why}; {what}")
}

/// Calendars that could not be connected: why, and what to do.
pub(crate) fn of_connection(error: &Connection) -> String {
    let what = match error {
        Connection::List { account, why } if is_gone(why.class()) => {
            return format!(
                "{}; it does not let us in any more, and the blocks of its events elsewhere stay as they are; {}",
                chain(error),
                to_do(account)
            );
        }
        Connection::List { why, .. } => of_google(why.class()),
        Connection::NoAccount { .. } => "add the account's credentials to the config",
        Connection::NoCalendar { .. } => "or take it out of `calendars` in the config",
        Connection::Rules { .. } => {
            "what was stored before stays in force, and without it nothing is synced; correct the rules in the config"
        }
        Connection::Store(why) => of_store(why),
        Connection::Contended => {
            "stop the other process that works with this config, or wait for it"
        }
    };
    format!("{}; {what}", chain(error))
}

/// Rules that could not be changed: why, and what to do.
pub(crate) fn of_rules(error: &RulesError) -> String {
    let what = match error {
        RulesError::Store(why) => of_store(why),
        RulesError::NobodyThere { .. } => "run `tidelock sync` once, it connects the calendars",
        RulesError::NothingToUndo => "there is nothing to be taken back",
        RulesError::UnknownChange => {
            "nothing was changed; put the rules that you want in force with `tidelock rules set`"
        }
        RulesError::Contended => {
            "stop the other process that works with this config, or wait for it"
        }
    };
    format!("{}; {what}", chain(error))
}

/// Whether an account does not let us in any more.
fn is_gone(class: google::Class) -> bool {
    class == google::Class::AccountDenied(AccountDenial::NeedsReauth)
}

fn of_google(class: google::Class) -> &'static str {
    use google::Class;
    match class {
        Class::Denied(why) => of_denial(why),
        Class::AccountDenied(why) => of_account(why),
        Class::Throttled { .. } | Class::QuotaExhausted => {
            "wait a while, and sync less often; nothing is lost"
        }
        Class::Unavailable { .. } => {
            "check the connection and the addresses under [google]; the next sync goes on from here"
        }
        Class::Config => "check client_id, client_secret and the addresses under [google]",
        Class::Malformed | Class::PageLoop => {
            "check that the addresses under [google] are those of a Google Calendar API"
        }
        Class::Invalid => "check the names under `calendars` in the config",
        Class::Conflict | Class::Exists | Class::Absent | Class::SyncTokenInvalid => AGAIN,
    }
}

fn of_denial(why: Denial) -> &'static str {
    match why {
        Denial::NoAccess => {
            "ask the calendar's owner for the right to change its events, or take it out of `calendars`"
        }
        Denial::MissingScope => {
            "connect the account again, and allow the scope https://www.googleapis.com/auth/calendar"
        }
        Denial::NotFound => {
            "share the calendar with the account again, or take it out of `calendars`"
        }
    }
}

fn of_account(why: AccountDenial) -> &'static str {
    match why {
        AccountDenial::NeedsReauth => "get a new token for the account and put it into the config",
        AccountDenial::NotACalendarUser => "sign in to Google Calendar once with this account",
        AccountDenial::ApiDisabled => "enable the Google Calendar API in the Google Cloud project",
    }
}

/// What to do when the table fails.
pub(crate) fn of_store(error: &store::StoreError) -> &'static str {
    use store::Class;
    match error.class() {
        Class::Throttled => "wait a while; nothing is lost",
        Class::Unavailable if is_its_own(error) => {
            "if the table is in a folder, check that its disk works and is not full, else wait a while; the next sync \
             goes on from here"
        }
        Class::Unavailable => {
            "check the connection and the address under [store]; the next sync goes on from here"
        }
        Class::Conflict => AGAIN,
        Class::Denied => {
            "check the table's name, the region and the credentials, and that the table is one of ours"
        }
        Class::Invalid => "please report this; nothing was changed",
        Class::Corrupt if error.is_mendable() => {
            "`tidelock repair --apply` makes it anew; no block is lost"
        }
        Class::Corrupt => "nothing was changed; keep the table as it is and report this",
        Class::Newer => "use the newer version of tidelock that wrote the table",
    }
}

/// Whether the table answered, and said that it failed: then nothing is wrong between here and there.
fn is_its_own(error: &store::StoreError) -> bool {
    matches!(error, store::StoreError::Unavailable { code, .. } if code == "InternalServerError")
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::model::AccountId;

    #[test]
    fn a_table_that_fails_by_itself_is_no_matter_of_the_connection() {
        let failed = |code: &str| store::StoreError::Unavailable {
            operation: "GetItem",
            code: code.to_owned(),
        };
        assert!(of_store(&failed("InternalServerError")).contains("disk"));
        assert!(of_store(&failed("no answer")).contains("connection"));
    }

    #[test]
    fn a_failure_says_why_and_what_to_do() {
        let error = Connection::NoCalendar {
            account: AccountId("ann/work".into()),
            calendar: "team@example.com".into(),
        };
        let text = of_connection(&error);
        assert!(
            text.contains("ann/work has no calendar team@example.com"),
            "{text}"
        );
        assert!(
            text.ends_with("take it out of `calendars` in the config"),
            "{text}"
        );
    }
}
