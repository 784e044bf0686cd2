//! Google's items to facts: what is a source event, what is a block of ours, what is none of our business.
//!
//! The id decides which row a block belongs to; the marker only ever excludes. Whatever looks like a block,
//! of whomever, is never a source event.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

use super::content;
use crate::google::wire::{Event, Item, Text, When};
use crate::limits::RECURRENCE_BYTES;
use crate::model::{
    BadTime, CalendarId, Etag, EventKey, EventKind, EventTime, EventTitle, EventType,
    GoogleEventId, MARKER_KEY, Needs, Part, Response, Sealer, SourceEvent, Stamp, Status, UserId,
    ZoneName, looks_like_a_block,
};
use crate::plan::{BlockFact, Fact, Shows, SourceFact};

/// Reads the items of one calendar.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    /// Opens block ids.
    pub sealer: &'a Sealer,
    /// Whose calendar it is.
    pub user: UserId,
    /// The zone that a series without one repeats in.
    pub zone: Option<ZoneName>,
    /// What is taken of titles.
    pub needs: &'a Needs,
}

/// What an item turned out to be.
#[allow(
    clippy::large_enum_variant,
    reason = "it is taken apart where it is made, and nearly always a fact"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// Something to plan.
    Fact(Fact),
    /// A block of another installation or user, a copy that a person made of one, or an entry without so much as an id.
    Foreign,
}

impl Reader<'_> {
    /// Reads one item.
    #[must_use]
    pub fn item(&self, item: &Item) -> Seen {
        match item {
            Item::Event(event) => self.event(event),
            Item::Unreadable { id: Some(id), why } => unreadable(id, &why.to_string()),
            Item::Unreadable { id: None, .. } => Seen::Foreign,
        }
    }

    /// Reads one event.
    #[must_use]
    pub fn event(&self, event: &Event) -> Seen {
        if looks_like_a_block(&event.id) {
            return self
                .block(event)
                .map_or(Seen::Foreign, |block| Seen::Fact(Fact::Block(block)));
        }
        if is_marked(event) {
            return Seen::Foreign;
        }
        match self.source(event) {
            Ok(fact) => Seen::Fact(Fact::Source(fact)),
            Err(why) => unreadable(&event.id, &why.to_string()),
        }
    }

    /// A block of ours, if it is one.
    #[must_use]
    pub fn block(&self, event: &Event) -> Option<BlockFact> {
        let (sealed, part) = self.sealer.unseal(&event.id).ok()?;
        if sealed.calendar.user() != self.user {
            return None;
        }
        Some(BlockFact {
            source: sealed.calendar,
            event: sealed.event,
            part,
            generation: sealed.generation,
            etag: etag(event),
            shows: shows(event),
        })
    }

    /// Whether it is a block that stands there and that this install key does not open.
    pub(super) fn is_strange(&self, item: &Item) -> bool {
        let Item::Event(event) = item else {
            return false;
        };
        // Changed occurrences of a series belong to it, and are not counted apart.
        let whole = looks_like_a_block(&event.id) && !event.id.contains('_');
        whole && !event.is_cancelled() && self.sealer.unseal(&event.id).is_err()
    }

    fn source(&self, event: &Event) -> Result<SourceFact, Unplannable> {
        let id = GoogleEventId::parse(event.id.clone()).map_err(|_| Unplannable::Id)?;
        if event.is_cancelled() {
            return cancelled(id, event);
        }
        let kind = kind(event)?;
        let time = self.time(event, &kind)?;
        let title = event.summary.as_ref().map(Text::as_str).unwrap_or_default();
        let words = self.needs.words.iter().filter(|word| word.is_in(title));
        Ok(SourceFact::Live(SourceEvent {
            id,
            kind,
            time,
            title: EventTitle::new(title).filter(|_| self.needs.titles),
            private: matches!(
                event.visibility.as_deref(),
                Some("private" | "confidential")
            ),
            words: words.cloned().collect(),
            status: match event.status.as_deref() {
                Some("tentative") => Status::Tentative,
                Some(_) | None => Status::Confirmed,
            },
            response: response(event.own_response.as_deref()),
            free: event.transparency.as_deref() == Some("transparent"),
            event_type: event_type(event.event_type.as_deref()),
            guests: event.attendees > 0,
            etag: etag(event),
        }))
    }

    fn time(&self, event: &Event, kind: &EventKind) -> Result<EventTime, Unplannable> {
        let time = event_time(event)?;
        let EventKind::Series { .. } = kind else {
            return Ok(time.without_zone());
        };
        match time {
            EventTime::Days { .. } => Ok(time),
            EventTime::Instants { start, end, .. } => {
                let named = event
                    .start
                    .as_ref()
                    .and_then(|start| start.time_zone.as_deref());
                let zone = match named {
                    Some(name) => ZoneName::parse(name)?,
                    None => self.zone.clone().ok_or(BadTime::NoZone)?,
                };
                Ok(EventTime::instants(start, end, Some(zone))?)
            }
        }
    }
}

fn is_marked(event: &Event) -> bool {
    event.private_properties.contains_key(MARKER_KEY)
        || event.shared_properties.contains_key(MARKER_KEY)
}

/// Whether it is a copy of a block that stands there: Google's "duplicate" copies the mark, and gives an id of its own. The
/// id says whose an entry is, so a copy is a person's, and never ours to delete.
pub(super) fn is_copy(item: &Item) -> bool {
    let Item::Event(event) = item else {
        return false;
    };
    // Changed occurrences of a series belong to it, and are not counted apart.
    let whole = !looks_like_a_block(&event.id) && event.recurring_event_id.is_none();
    whole && !event.is_cancelled() && is_marked(event)
}

/// Why an event cannot be planned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Unplannable {
    #[error("its id is not one that an event can have")]
    Id,
    #[error(transparent)]
    Time(#[from] BadTime),
    #[error("it names a series but not which occurrence it replaces")]
    NoOriginal,
    #[error("a rule line has control characters")]
    RuleLine,
    #[error("its rule lines are longer than {RECURRENCE_BYTES} bytes")]
    RuleSize,
}

fn unreadable(id: &str, reason: &str) -> Seen {
    match GoogleEventId::parse(id) {
        Ok(id) => Seen::Fact(Fact::Source(SourceFact::Unreadable {
            key: EventKey::of(&id),
            reason: reason.to_owned(),
        })),
        Err(_) => Seen::Foreign,
    }
}

fn cancelled(id: GoogleEventId, event: &Event) -> Result<SourceFact, Unplannable> {
    let Some((series, original)) = occurrence(event)? else {
        return Ok(SourceFact::Gone {
            key: EventKey::of(&id),
        });
    };
    Ok(SourceFact::Hidden {
        id,
        series,
        original,
    })
}

fn kind(event: &Event) -> Result<EventKind, Unplannable> {
    if let Some((series, original)) = occurrence(event)? {
        return Ok(EventKind::Exception { series, original });
    }
    if event.recurrence.is_empty() {
        return Ok(EventKind::Single);
    }
    if event.recurrence.iter().map(String::len).sum::<usize>() > RECURRENCE_BYTES {
        return Err(Unplannable::RuleSize);
    }
    if event
        .recurrence
        .iter()
        .any(|line| line.chars().any(char::is_control))
    {
        return Err(Unplannable::RuleLine);
    }
    Ok(EventKind::Series {
        recurrence: event.recurrence.clone(),
    })
}

/// The series' row and the original start: never taken from the id, which Google may change.
fn occurrence(event: &Event) -> Result<Option<(EventKey, Stamp)>, Unplannable> {
    let Some(series) = &event.recurring_event_id else {
        return Ok(None);
    };
    let series = GoogleEventId::parse(series.clone()).map_err(|_| Unplannable::Id)?;
    let original = event
        .original_start_time
        .as_ref()
        .ok_or(Unplannable::NoOriginal)?;
    let stamp = match point(original, "originalStartTime")? {
        Point::Day(day) => Stamp::Day(day),
        Point::Instant(at) => Stamp::instant(at),
    };
    Ok(Some((EventKey::of(&series), stamp)))
}

enum Point {
    Day(Date),
    Instant(Timestamp),
}

fn point(when: &When, field: &'static str) -> Result<Point, BadTime> {
    let bad = || BadTime::Unreadable { field };
    match (&when.date, &when.date_time) {
        (Some(day), None) => day.parse().map(Point::Day).map_err(|_| bad()),
        (None, Some(at)) => match at.parse::<Timestamp>() {
            Ok(at) => Ok(Point::Instant(at)),
            // Without an offset the zone beside it tells which instant is meant.
            Err(_) => local(at, when.time_zone.as_deref())
                .ok_or_else(bad)
                .map(Point::Instant),
        },
        (Some(_), Some(_)) => Err(BadTime::Mixed),
        (None, None) => Err(BadTime::Missing),
    }
}

fn local(at: &str, zone: Option<&str>) -> Option<Timestamp> {
    let at: DateTime = at.parse().ok()?;
    let zone = ZoneName::parse(zone?).ok()?;
    Some(at.to_zoned(zone.rules()).ok()?.timestamp())
}

/// The time of any event, zone left aside.
pub(super) fn event_time(event: &Event) -> Result<EventTime, BadTime> {
    let (Some(start), Some(end)) = (&event.start, &event.end) else {
        return Err(BadTime::Missing);
    };
    match (point(start, "start")?, point(end, "end")?) {
        (Point::Day(start), Point::Day(end)) => EventTime::days(start, end),
        (Point::Instant(start), Point::Instant(end)) => EventTime::instants(start, end, None),
        (Point::Day(_), Point::Instant(_)) | (Point::Instant(_), Point::Day(_)) => {
            Err(BadTime::Mixed)
        }
    }
}

fn etag(event: &Event) -> Option<Etag> {
    event.etag.clone().and_then(|etag| Etag::parse(etag).ok())
}

fn shows(event: &Event) -> Shows {
    if event.is_cancelled() {
        return Shows::Cancelled;
    }
    let over = match event.recurrence.is_empty() {
        true => event_time(event).ok().map(|time| time.ends_by()),
        false => None,
    };
    Shows::Live {
        print: content::print(event),
        over,
        series: (!event.recurrence.is_empty()).then(|| content::content(event).time),
    }
}

fn response(answer: Option<&str>) -> Response {
    match answer {
        None => Response::NotAsked,
        Some("declined") => Response::Declined,
        Some("tentative") => Response::Tentative,
        Some("accepted") => Response::Accepted,
        Some(_) => Response::Open,
    }
}

fn event_type(name: Option<&str>) -> EventType {
    match name {
        None | Some("default") => EventType::Default,
        Some("outOfOffice") => EventType::OutOfOffice,
        Some("focusTime") => EventType::FocusTime,
        Some("workingLocation") => EventType::WorkingLocation,
        Some("birthday") => EventType::Birthday,
        Some("fromGmail") => EventType::FromGmail,
        Some(_) => EventType::Other,
    }
}

/// Facts in page order with one left of each thing: the last, which is the newest.
#[must_use]
pub(super) fn newest(facts: Vec<Fact>) -> Vec<Fact> {
    use std::collections::BTreeMap;
    let mut last: BTreeMap<(CalendarKey, u32), usize> = BTreeMap::new();
    for (place, fact) in facts.iter().enumerate() {
        last.insert(identity(fact), place);
    }
    let mut place = 0;
    let mut facts = facts;
    facts.retain(|fact| {
        let keep = last.get(&identity(fact)) == Some(&place);
        place += 1;
        keep
    });
    facts
}

type CalendarKey = (Option<CalendarId>, EventKey, Part);

fn identity(fact: &Fact) -> (CalendarKey, u32) {
    match fact {
        Fact::Source(source) => ((None, source.key(), Part::Whole), 0),
        Fact::Block(block) => {
            let (source, event, part) = crate::plan::name(block);
            ((Some(source), event, part), block.generation.0)
        }
    }
}
