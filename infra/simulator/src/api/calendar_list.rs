//! calendarList.list, calendarList.get, calendars.get (BEHAVIOUR.md 6).

use std::sync::Arc;

use serde_json::{Value, json};

use crate::{
    simulator::Simulator,
    token::{self, PageToken, SyncToken},
    wire::{call::Call, refusal::Refusal, reply::Reply},
    world::{
        account::{Account, Entry},
        role::Role,
    },
};

/// Rows on a page when nothing is said, and at most.
const PAGES: (usize, usize) = (100, 250);
/// Marks tokens of calendar lists, so that they cannot be mixed up with those of events.
const MARK: &str = "calendarList";

/// What a list asks for.
struct Asked {
    least: Option<Role>,
    deleted: bool,
    hidden: bool,
    since: Option<u64>,
}

impl Simulator {
    pub(crate) fn calendar_list(&self, call: &Call, email: &str) -> Result<Reply, Refusal> {
        let account = self.accounts.get(email).ok_or_else(Refusal::not_found)?;
        let asked = self.asked(call, account)?;
        let page = call
            .query
            .get("pageToken")
            .map(|text| read_page(text, account))
            .transpose()?;
        let size = call
            .query
            .count("maxResults")?
            .unwrap_or(PAGES.0)
            .min(PAGES.1);
        let snapshot = page.as_ref().map_or(account.change, |page| page.snapshot);
        let after = page.map(|page| page.cursor);
        let fits = |(id, entry): &(&Arc<str>, &Entry)| {
            entry.change <= snapshot
                && asked.wants(entry)
                && after.as_deref().is_none_or(|after| id.as_ref() > after)
        };
        let mut rows: Vec<(&Arc<str>, &Entry)> =
            account.list.iter().filter(fits).take(size + 1).collect();
        let more = rows.len() > size;
        rows.truncate(size);
        let last = rows
            .last()
            .map(|(id, _)| id.to_string())
            .unwrap_or_default();
        let items: Vec<Value> = rows
            .into_iter()
            .filter_map(|(id, entry)| self.entry(account, id, entry))
            .collect();
        let (name, text) = if more {
            ("nextPageToken", page_token(account, snapshot, last))
        } else {
            ("nextSyncToken", self.list_token(account, snapshot))
        };
        let mut body = json!({"kind": "calendar#calendarList", "etag": format!("\"p{}o{}\"", account.change, account.ordinal), "items": items});
        if let Some(map) = body.as_object_mut() {
            map.insert(name.into(), text.into());
        }
        Ok(Reply::json(body))
    }

    pub(crate) fn calendar_list_get(&self, email: &str, calendar: &str) -> Result<Reply, Refusal> {
        self.reader(calendar, email)?;
        let account = self.accounts.get(email).ok_or_else(Refusal::not_found)?;
        let (id, entry) = account
            .list
            .get_key_value(calendar)
            .ok_or_else(Refusal::not_found)?;
        self.entry(account, id, entry)
            .map(Reply::json)
            .ok_or_else(Refusal::not_found)
    }

    pub(crate) fn calendars_get(&self, email: &str, calendar: &str) -> Result<Reply, Refusal> {
        self.reader(calendar, email)?;
        let stored = self.calendar(calendar)?;
        Ok(Reply::json(json!({
            "kind": "calendar#calendar",
            "etag": format!("\"c{}\"", stored.ordinal),
            "id": &*stored.id,
            "summary": stored.summary,
            "timeZone": stored.zone.name(),
            "dataOwner": &*stored.owner,
            "conferenceProperties": {"allowedConferenceSolutionTypes": ["hangoutsMeet"]},
        })))
    }

    fn asked(&self, call: &Call, account: &Account) -> Result<Asked, Refusal> {
        let query = &call.query;
        let (deleted, hidden) = (query.flag("showDeleted")?, query.flag("showHidden")?);
        let least = match query.get("minAccessRole") {
            Some(name) => {
                Some(Role::parse(name).ok_or_else(|| Refusal::invalid_parameter("minAccessRole"))?)
            }
            None => None,
        };
        let Some(text) = query.get("syncToken") else {
            return Ok(Asked {
                least,
                deleted: deleted.unwrap_or(false),
                hidden: hidden.unwrap_or(false),
                since: None,
            });
        };
        let narrowed = least.is_some()
            || query.has("showOwnOrganizationOnly")
            || deleted == Some(false)
            || hidden == Some(false);
        if narrowed {
            return Err(Refusal::token_with_restrictions());
        }
        let token: SyncToken = token::decode(text)
            .filter(|token: &SyncToken| token.query == MARK)
            .ok_or_else(|| self.malformed())?;
        if token.of != account.ordinal
            || token.epoch != account.epoch
            || token.change > account.change
        {
            return Err(Refusal::full_sync_required());
        }
        Ok(Asked {
            least: None,
            deleted: true,
            hidden: true,
            since: Some(token.change),
        })
    }

    fn list_token(&self, account: &Account, change: u64) -> String {
        token::encode(&SyncToken {
            of: account.ordinal,
            epoch: account.epoch,
            account: account.ordinal,
            change,
            minted: self.now.timestamp_micros(),
            query: MARK.into(),
            from: None,
            to: None,
        })
    }

    fn entry(&self, account: &Account, id: &Arc<str>, entry: &Entry) -> Option<Value> {
        let etag = format!("\"{}\"", entry.stamp.saturating_mul(2));
        if entry.deleted {
            return Some(
                json!({"kind": "calendar#calendarListEntry", "etag": etag, "id": &**id, "deleted": true}),
            );
        }
        let calendar = self.calendars.get(id)?;
        let mut row = json!({
            "kind": "calendar#calendarListEntry",
            "etag": etag,
            "id": &**id,
            "summary": calendar.summary,
            "timeZone": calendar.zone.name(),
            "colorId": "14",
            "backgroundColor": "#9fe1e7",
            "foregroundColor": "#000000",
            "selected": true,
            "accessRole": entry.role.name(),
            "defaultReminders": [],
            "conferenceProperties": {"allowedConferenceSolutionTypes": ["hangoutsMeet"]},
            "dataOwner": &*calendar.owner,
        });
        let map = row.as_object_mut()?;
        if **id == *account.email {
            map.insert("primary".into(), true.into());
        }
        if entry.hidden {
            map.insert("hidden".into(), true.into());
        }
        Some(row)
    }
}

impl Asked {
    fn wants(&self, entry: &Entry) -> bool {
        self.since.is_none_or(|since| entry.change > since)
            && (self.deleted || !entry.deleted)
            && (self.hidden || !entry.hidden)
            && self.least.is_none_or(|least| entry.role >= least)
    }
}

fn page_token(account: &Account, snapshot: u64, cursor: String) -> String {
    token::encode(&PageToken {
        of: account.ordinal,
        snapshot,
        cursor,
        shown: 0,
        was_empty: false,
        query: MARK.into(),
    })
}

fn read_page(text: &str, account: &Account) -> Result<PageToken, Refusal> {
    token::decode::<PageToken>(text)
        .filter(|page| page.of == account.ordinal && page.query == MARK)
        .ok_or_else(|| Refusal::invalid("Invalid page token value."))
}
