//! Pull: one complete read of a calendar, turned into facts. Any failure leaves everything as it was.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;

use super::reading::{Reader, Seen, is_copy, newest};
use super::{Engine, Scope, SyncError};
use crate::google::wire::Item;
use crate::google::{Class, Client, Listing, Since};
use crate::limits::FULL_READ_AGAIN;
use crate::model::{
    BlockRef, CalendarId, EventKey, FullReadReason, Generation, GoogleCalendarId, Needs, Part,
    Sealed, Source, State, SyncToken, ZoneName, horizon, looks_like_a_block,
};
use crate::plan::{self, BlockFact, Fact, Read, Rows, Setting, Shows, SourceFact};

/// A complete read.
#[derive(Debug, Clone)]
pub(super) struct Pulled {
    /// How.
    pub(super) read: Read,
    /// What it brought.
    pub(super) facts: Vec<Fact>,
    /// The rows that the facts are planned over, as they were after the read.
    pub(super) rows: Rows,
    /// Of an increment: when a person made the oldest of the changes, as far as Google says.
    pub(super) changed: Option<Timestamp>,
    /// Where the next one starts.
    pub(super) token: SyncToken,
    /// Items listed.
    pub(super) received: u64,
    /// Items that are none of our business.
    pub(super) skipped: u64,
    /// Of those, copies of blocks that people made; a complete read counts them.
    pub(super) copies: u64,
    /// Of a whole read: blocks among them that this install key does not open.
    pub(super) strange: u64,
}

/// What reads need of a sync.
pub(super) struct Origin<'a> {
    pub(super) scope: &'a Scope,
    pub(super) client: Client,
    pub(super) google: &'a GoogleCalendarId,
}

impl Origin<'_> {
    /// What is taken of the titles of its events.
    pub(super) fn needs(&self) -> &Needs {
        self.scope.pairs.needs(self.scope.calendar)
    }
}

impl Engine {
    /// Where the scope's calendar is read; none: the config does not have it, or its account has no credentials here.
    pub(super) fn origin<'a>(&'a self, scope: &'a Scope) -> Option<Origin<'a>> {
        let own = scope.config.calendars.get(&scope.calendar)?;
        Some(Origin {
            scope,
            client: self.client(own)?,
            google: &own.google,
        })
    }

    /// What changed since the state's token; everything, if there is none or Google no longer takes it.
    pub(super) async fn pull(
        &self,
        from: &Origin<'_>,
        state: &State,
        setting: &Setting<'_>,
    ) -> Result<Pulled, SyncError> {
        let Some(token) = &state.token else {
            return self.pull_all(from, setting, FullReadReason::First).await;
        };
        let since = Since::Token(token.clone());
        match from.client.events_list(from.google, &since).await {
            Ok(listing) => self.changes(from, setting, listing).await,
            Err(why) if why.class() == Class::SyncTokenInvalid => {
                not_again_yet(state, setting)?;
                self.pull_all(from, setting, FullReadReason::TokenInvalid)
                    .await
            }
            Err(why) => Err(SyncError::Google {
                calendar: setting.calendar,
                why,
            }),
        }
    }

    async fn changes(
        &self,
        from: &Origin<'_>,
        setting: &Setting<'_>,
        listing: Listing,
    ) -> Result<Pulled, SyncError> {
        let (facts, skipped) = self.read_items(from, &listing);
        let mut rows = self.rows_for(setting, &facts).await?;
        let (named, moved) = plan::in_series(setting.calendar, facts, &rows);
        let mut facts = named;
        if moved {
            rows = self.rows_for(setting, &facts).await?;
        }
        let reset = plan::reset_exceptions(setting.calendar, &facts, &rows);
        facts.extend(self.ask(from, reset).await?);
        Ok(Pulled {
            read: Read::Incremental,
            facts,
            rows,
            changed: oldest_change(&listing),
            token: listing.sync_token,
            received: listing.items.len() as u64,
            skipped,
            copies: 0,
            strange: 0,
        })
    }

    /// Everything from the horizon on, and what follows from what is missing there.
    pub(super) async fn pull_all(
        &self,
        from: &Origin<'_>,
        setting: &Setting<'_>,
        reason: FullReadReason,
    ) -> Result<Pulled, SyncError> {
        let listing = self.list_all(from, setting).await?;
        let rows = self.all_rows(setting).await?;
        self.complete(from, setting, reason, listing, rows).await
    }

    pub(super) async fn list_all(
        &self,
        from: &Origin<'_>,
        setting: &Setting<'_>,
    ) -> Result<Listing, SyncError> {
        let request = Since::Start {
            time_min: Some(horizon(setting.now)),
        };
        let listing = from.client.events_list(from.google, &request).await;
        listing.map_err(|why| SyncError::Google {
            calendar: setting.calendar,
            why,
        })
    }

    /// Facts of a complete list over the rows that were read after it.
    pub(super) async fn complete(
        &self,
        from: &Origin<'_>,
        setting: &Setting<'_>,
        reason: FullReadReason,
        listing: Listing,
        rows: Rows,
    ) -> Result<Pulled, SyncError> {
        let since = horizon(setting.now);
        let (facts, skipped) = self.read_items(from, &listing);
        let (mut facts, _) = plan::in_series(setting.calendar, facts, &rows);
        let reader = self.reader(from.scope.calendar, from.needs(), None);
        let strange = listing.items.iter().filter(|item| reader.is_strange(item));
        let strange = strange.count() as u64;
        let copies = listing.items.iter().filter(|item| is_copy(item)).count() as u64;
        let absent = self.not_listed(from, setting, &facts, &rows, since).await?;
        facts.extend(absent);
        let reset = plan::reset_exceptions(setting.calendar, &facts, &rows);
        facts.extend(self.ask(from, reset).await?);
        let facts = that_matter(from, facts);
        Ok(Pulled {
            read: Read::Full { reason, since },
            facts,
            rows,
            token: listing.sync_token,
            received: listing.items.len() as u64,
            skipped,
            changed: None,
            copies,
            strange,
        })
    }

    async fn not_listed(
        &self,
        from: &Origin<'_>,
        setting: &Setting<'_>,
        facts: &[Fact],
        rows: &Rows,
        since: jiff::Timestamp,
    ) -> Result<Vec<Fact>, SyncError> {
        let own = rows.values().filter(|row| row.calendar == setting.calendar);
        let (mut absent, questions) = plan::absent_sources(own, &sources(facts), since);
        absent.extend(self.ask(from, questions).await?);
        let (missing, ask) = plan::absent_blocks(setting, rows, &blocks(facts), since);
        absent.extend(missing);
        for fact in ask {
            absent.push(Fact::Block(self.look_at(from, fact, rows).await?));
        }
        Ok(absent)
    }

    pub(super) fn read_items(&self, from: &Origin<'_>, listing: &Listing) -> (Vec<Fact>, u64) {
        let zone = listing.time_zone.clone();
        let reader = self.reader(from.scope.calendar, from.needs(), zone.as_deref());
        let seen = listing.items.iter().map(|item| reader.item(item));
        let facts = seen
            .filter_map(|seen| match seen {
                Seen::Fact(fact) => Some(fact),
                Seen::Foreign => None,
            })
            .collect();
        let facts = newest(facts);
        let skipped = listing.items.len().saturating_sub(facts.len()) as u64;
        (facts, skipped)
    }

    pub(super) fn reader<'a>(
        &'a self,
        calendar: CalendarId,
        needs: &'a Needs,
        zone: Option<&str>,
    ) -> Reader<'a> {
        Reader {
            sealer: &self.sealer,
            needs,
            user: calendar.user(),
            zone: zone.and_then(|name| ZoneName::parse(name).ok()),
        }
    }

    /// Rows that stand only because Google shows a block: what their source event says has to be asked.
    pub(super) async fn ask_unseen(
        &self,
        from: &Origin<'_>,
        calendar: CalendarId,
    ) -> Result<Vec<Fact>, SyncError> {
        let rows = self.store.pending_rows(calendar).await;
        let rows = rows.map_err(|why| SyncError::Store { calendar, why })?;
        let unseen = rows.iter().filter(|row| row.source == Source::Unseen);
        let questions = unseen.filter_map(plan::question).collect();
        self.ask(from, questions).await
    }

    async fn ask(
        &self,
        from: &Origin<'_>,
        questions: Vec<plan::Question>,
    ) -> Result<Vec<Fact>, SyncError> {
        let calendar = from.scope.calendar;
        let reader = self.reader(calendar, from.needs(), None);
        let mut facts = Vec::new();
        for question in questions {
            let gone = Fact::Source(SourceFact::Gone {
                key: question.key.clone(),
            });
            match from.client.events_get(from.google, &question.id).await {
                Ok(event) => match reader.event(&event) {
                    Seen::Fact(fact @ Fact::Source(_)) if fact_key(&fact) == question.key => {
                        facts.push(fact);
                    }
                    Seen::Fact(_) | Seen::Foreign => facts.push(gone),
                },
                Err(why) if why.class() == Class::Absent => facts.push(gone),
                Err(why) => return Err(SyncError::Google { calendar, why }),
            }
        }
        Ok(facts)
    }

    async fn look_at(
        &self,
        from: &Origin<'_>,
        believed: BlockFact,
        rows: &Rows,
    ) -> Result<BlockFact, SyncError> {
        let calendar = from.scope.calendar;
        let part = plan::in_block(calendar, &believed, rows);
        let block = self.name_block(believed.source, &believed.event, believed.generation, part);
        match from.client.get_block(from.google, &block).await {
            Ok(event) => {
                let seen = self.reader(calendar, &Needs::NOTHING, None).block(&event);
                Ok(seen.map_or(believed.clone(), |seen| BlockFact {
                    part: believed.part,
                    ..seen
                }))
            }
            Err(why) if why.class() == Class::Absent => Ok(BlockFact {
                shows: Shows::Missing,
                ..believed
            }),
            Err(why) => Err(SyncError::Google { calendar, why }),
        }
    }

    /// The block of a source event, or a part of it.
    pub(super) fn name_block(
        &self,
        calendar: CalendarId,
        event: &EventKey,
        generation: Generation,
        part: Part,
    ) -> BlockRef {
        let id = self.sealer.seal(&Sealed {
            calendar,
            event: event.clone(),
            generation,
        });
        part.of(id)
    }
}

/// Of a calendar that takes no part only blocks matter.
pub(super) fn that_matter(from: &Origin<'_>, mut facts: Vec<Fact>) -> Vec<Fact> {
    if from.scope.own().is_none() {
        facts.retain(|fact| matches!(fact, Fact::Block(_)));
    }
    facts
}

/// A token that is refused right after the full read that it came from would be refused again: one full read
/// follows another only after a while.
fn not_again_yet(state: &State, setting: &Setting<'_>) -> Result<(), SyncError> {
    let Some((FullReadReason::TokenInvalid, last)) = state.full_read else {
        return Ok(());
    };
    let gone = Duration::try_from(last.duration_until(setting.now)).unwrap_or_default();
    match FULL_READ_AGAIN.checked_sub(gone) {
        Some(wait) if !wait.is_zero() => Err(SyncError::TokenRefused {
            calendar: setting.calendar,
            wait,
        }),
        Some(_) | None => Ok(()),
    }
}

fn fact_key(fact: &Fact) -> EventKey {
    match fact {
        Fact::Source(source) => source.key(),
        Fact::Block(block) => block.event.clone(),
    }
}

fn sources(facts: &[Fact]) -> BTreeSet<EventKey> {
    let key = |fact: &Fact| match fact {
        Fact::Source(source) => Some(source.key()),
        Fact::Block(_) => None,
    };
    facts.iter().filter_map(key).collect()
}

fn blocks(facts: &[Fact]) -> BTreeSet<plan::BlockName> {
    let name = |fact: &Fact| match fact {
        Fact::Block(block) => Some(plan::name(block)),
        Fact::Source(_) => None,
    };
    facts.iter().filter_map(name).collect()
}

/// Blocks are no change of a person's; a deletion does not say when it was made.
fn oldest_change(listing: &Listing) -> Option<Timestamp> {
    let events = listing.items.iter().filter_map(|item| match item {
        Item::Event(event) => Some(event),
        Item::Unreadable { .. } => None,
    });
    let own = events.filter(|event| !looks_like_a_block(&event.id));
    let updated = own.filter_map(|event| event.updated.as_deref()?.parse().ok());
    updated.min()
}
