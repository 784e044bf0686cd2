//! A block's content as Google writes it, both ways.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::reading::event_time;
use crate::google::wire::{BlockBody, Event, Text, When};
use crate::model::{
    BlockContent, EventTime, Fingerprint, MARKER_KEY, MARKER_VALUE, Row, Rule, Source, Visibility,
    ZoneName,
};

/// What the block of a row holds, as far as its facts lead to one.
#[must_use]
pub(super) fn of_row(row: &Row, series: Option<&Row>, rule: &Rule) -> Option<BlockContent> {
    match &row.source {
        Source::Live(event) => rule.block(event).ok(),
        Source::Follows { .. } => {
            series.and_then(|series| crate::plan::default_occurrence(row, series, rule))
        }
        Source::Unseen | Source::Hidden { .. } | Source::Gone => None,
    }
}

/// What is sent for a block.
#[must_use]
pub(super) fn body(content: &BlockContent) -> BlockBody {
    let (start, end) = match &content.time {
        EventTime::Days { start, end } => (day(start.to_string()), day(end.to_string())),
        EventTime::Instants { start, end, zone } => {
            (instant(*start, zone.as_ref()), instant(*end, zone.as_ref()))
        }
    };
    BlockBody {
        summary: Text::from(content.title.as_str()),
        start,
        end,
        recurrence: content.recurrence.clone(),
        marker: BTreeMap::from([(MARKER_KEY.to_owned(), MARKER_VALUE.to_owned())]),
        sequence: None,
        colour: content.colour.clone(),
        private: content.visibility != Visibility::Default,
    }
}

fn day(date: String) -> When {
    When {
        date: Some(date),
        ..When::default()
    }
}

fn instant(at: Timestamp, zone: Option<&ZoneName>) -> When {
    let rules = zone.map_or(TimeZone::UTC, ZoneName::rules);
    let local = at.to_zoned(rules);
    When {
        date_time: Some(at.display_with_offset(local.offset()).to_string()),
        time_zone: Some(zone.map_or("UTC", ZoneName::as_str).to_owned()),
        ..When::default()
    }
}

/// The fingerprint of what Google shows. Content that no block of ours can have gets one of its own.
#[must_use]
pub(super) fn print(event: &Event) -> Fingerprint {
    content(event).fingerprint()
}

/// What Google shows, in the terms of a block.
#[must_use]
pub(super) fn content(event: &Event) -> BlockContent {
    let marker = event.private_properties.get(MARKER_KEY);
    BlockContent {
        title: event
            .summary
            .as_ref()
            .map(Text::as_str)
            .unwrap_or_default()
            .to_owned(),
        time: time(event),
        recurrence: event.recurrence.clone(),
        visibility: match event.visibility.as_deref() {
            None | Some("default") => Visibility::Default,
            Some("private") => Visibility::Private,
            Some(_) => Visibility::Other,
        },
        colour: event.color_id.clone(),
        busy: event.transparency.as_deref() != Some("transparent")
            && matches!(event.status.as_deref(), None | Some("confirmed")),
        marked: marker.is_some_and(|marker| marker.as_str() == MARKER_VALUE),
    }
}

fn time(event: &Event) -> EventTime {
    let nowhere = EventTime::Instants {
        start: Timestamp::MIN,
        end: Timestamp::MIN,
        zone: None,
    };
    let time = event_time(event).unwrap_or(nowhere);
    match time {
        EventTime::Instants { start, end, .. } if !event.recurrence.is_empty() => {
            let named = event
                .start
                .as_ref()
                .and_then(|start| start.time_zone.clone());
            let zone = named.and_then(|name| ZoneName::parse(name).ok());
            EventTime::Instants { start, end, zone }
        }
        EventTime::Instants { .. } | EventTime::Days { .. } => time,
    }
}

/// The fields in which two contents differ, for a person.
#[must_use]
pub(super) fn differing(one: &BlockContent, other: &BlockContent) -> String {
    let fields = [
        ("title", one.title != other.title),
        ("time", one.time != other.time),
        ("recurrence", one.recurrence != other.recurrence),
        ("colour", one.colour != other.colour),
        ("visibility", one.visibility != other.visibility),
        ("transparency or status", one.busy != other.busy),
        ("extended properties", one.marked != other.marked),
    ];
    let names: Vec<&str> = fields
        .iter()
        .filter(|(_, differs)| *differs)
        .map(|(name, _)| *name)
        .collect();
    names.join(", ")
}
