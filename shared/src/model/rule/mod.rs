//! Rules: what of a calendar's events is held on another one, and how it looks there.
//!
//! A [`Rule`] says it for one source and one target, with nothing left open. People write a [`RuleSet`], which leaves most
//! of it out; [`Pairs`] is what it comes to for their calendars.

mod buffer;
mod change;
mod colour;
mod hours;
mod keyword;
mod pairs;
mod set;
mod skip;
mod title;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::block::{BlockContent, Fingerprint, Visibility};
use super::event::{EventType, Response, SourceEvent, Stamp, Status};
use super::time::EventTime;
use crate::limits;

pub use buffer::{Lead, Minutes};
pub use change::{ChangedBy, RulesChange};
pub use colour::Colour;
pub use hours::{Clock, Day, Hours};
pub use keyword::Keyword;
pub use pairs::{Pair, Pairs};
pub use set::{HoursText, PairRule, RuleProblem, RuleSet, Switch};
pub use skip::Skip;
pub use title::{EventTitle, Title};

/// The keyword that keeps an event out where no rule names another one.
pub const OPT_OUT: &str = "#nosync";

/// What happens to a block that a person removes or changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnChange {
    /// It is put back.
    #[default]
    Restore,
    /// It is left as the person made it, until its event changes.
    Dismiss,
}

/// What a pair of calendars mirrors, and how it looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// What blocks are called.
    pub title: Title,
    /// What the source calendar is called, if titles name it.
    pub calendar: String,
    /// Their colour; none: the calendar's.
    pub colour: Option<Colour>,
    /// Who sees more than "busy".
    pub visibility: Visibility,
    /// Whole days are mirrored.
    pub all_day: bool,
    /// What lasts longer than a day is mirrored.
    pub multi_day: bool,
    /// What is not certain, or answered with "perhaps", is mirrored.
    pub tentative: bool,
    /// Invitations without an answer are mirrored.
    pub unanswered: bool,
    /// Absences are mirrored.
    pub out_of_office: bool,
    /// Focus time is mirrored.
    pub focus_time: bool,
    /// What is over already, but not long ago, is mirrored.
    pub past: bool,
    /// Only what touches these hours; none: at any time.
    pub hours: Option<Hours>,
    /// Held before a timed event.
    pub before: Minutes,
    /// Held after it.
    pub after: Minutes,
    /// Keeps an event out whose title has it.
    pub opt_out: Option<Keyword>,
    /// Keeps every event out whose title does not have it.
    pub opt_in: Option<Keyword>,
    /// What happens to a block that a person removes or changes.
    pub on_change: OnChange,
}

impl Default for Rule {
    fn default() -> Self {
        Self {
            title: Title::default(),
            calendar: String::new(),
            colour: None,
            visibility: Visibility::Private,
            all_day: true,
            multi_day: true,
            tentative: true,
            unanswered: true,
            out_of_office: true,
            focus_time: true,
            past: true,
            hours: None,
            before: Minutes::default(),
            after: Minutes::default(),
            opt_out: Keyword::parse(OPT_OUT).ok(),
            opt_in: None,
            on_change: OnChange::default(),
        }
    }
}

impl Rule {
    /// The block that an event should have, whatever its age.
    ///
    /// # Errors
    /// The reason why it should have none.
    pub fn block(&self, event: &SourceEvent) -> Result<BlockContent, Skip> {
        self.takes(event)?;
        Ok(self.whole(event))
    }

    /// The block of an event that the rule takes.
    fn whole(&self, event: &SourceEvent) -> BlockContent {
        let (time, recurrence) = buffer::held(event, self.before, self.after);
        self.content(event, time, recurrence)
    }

    /// The occurrence of a series at `original` as its block shows it when nothing was done to it.
    #[must_use]
    pub fn occurrence(&self, series: &SourceEvent, original: &Stamp) -> BlockContent {
        let (time, _) = buffer::held(series, self.before, self.after);
        let lead = Lead::between(&series.time, &time);
        let there = lead.in_block(&series.time, original);
        self.content(series, there.occurrence(&time), Vec::new())
    }

    /// By how much a series' block begins before it.
    #[must_use]
    pub fn lead(&self, series: &SourceEvent) -> Lead {
        let (time, _) = buffer::held(series, self.before, self.after);
        Lead::between(&series.time, &time)
    }

    /// Why an event gets no new block any more, though the rule takes it; none: it gets one.
    #[must_use]
    pub fn too_late(&self, event: &SourceEvent, now: Timestamp) -> Option<Skip> {
        match event.over_by() {
            Some(over) if over < horizon(now) => Some(Skip::LongOver),
            Some(over) if over <= now && !self.past => Some(Skip::Past),
            Some(_) | None => None,
        }
    }

    fn takes(&self, event: &SourceEvent) -> Result<(), Skip> {
        self.takes_type(event.event_type)?;
        self.takes_answer(event)?;
        if event.free {
            return Err(Skip::Free);
        }
        if event.time.is_empty() {
            return Err(Skip::ZeroLength);
        }
        self.takes_word(&event.words)?;
        self.takes_time(event)
    }

    fn takes_type(&self, kind: EventType) -> Result<(), Skip> {
        match kind {
            EventType::OutOfOffice if !self.out_of_office => Err(Skip::OutOfOffice),
            EventType::FocusTime if !self.focus_time => Err(Skip::FocusTime),
            EventType::Default | EventType::OutOfOffice | EventType::FocusTime => Ok(()),
            EventType::WorkingLocation
            | EventType::Birthday
            | EventType::FromGmail
            | EventType::Other => Err(Skip::Type),
        }
    }

    fn takes_answer(&self, event: &SourceEvent) -> Result<(), Skip> {
        let tentative = event.status == Status::Tentative;
        match event.response {
            Response::Declined => Err(Skip::Declined),
            Response::Open if !self.unanswered => Err(Skip::Unanswered),
            Response::Tentative if !self.tentative => Err(Skip::Tentative),
            Response::NotAsked | Response::Open | Response::Tentative | Response::Accepted => {
                match tentative && !self.tentative {
                    true => Err(Skip::Tentative),
                    false => Ok(()),
                }
            }
        }
    }

    fn takes_word(&self, words: &BTreeSet<Keyword>) -> Result<(), Skip> {
        if self.opt_out.iter().any(|word| words.contains(word)) {
            return Err(Skip::OptedOut);
        }
        match self.opt_in.iter().all(|word| words.contains(word)) {
            true => Ok(()),
            false => Err(Skip::NotOptedIn),
        }
    }

    fn takes_time(&self, event: &SourceEvent) -> Result<(), Skip> {
        let all_day = matches!(event.time, EventTime::Days { .. });
        if all_day && !self.all_day {
            return Err(Skip::AllDay);
        }
        if event.time.is_longer_than_a_day() && !self.multi_day {
            return Err(Skip::MultiDay);
        }
        match self.hours.iter().all(|hours| hours.touch(event)) {
            true => Ok(()),
            false => Err(Skip::OutsideHours),
        }
    }

    fn content(
        &self,
        event: &SourceEvent,
        time: EventTime,
        recurrence: Vec<String>,
    ) -> BlockContent {
        let named = event.title.as_ref().filter(|_| !event.private);
        BlockContent {
            title: self.title.fill(named.map(EventTitle::text), &self.calendar),
            time,
            recurrence,
            visibility: self.visibility,
            colour: self.colour.map(Colour::id),
            busy: true,
            marked: true,
        }
    }
}

/// What a person's word about a block holds good for: the event's times. Whatever else of it or of the rules changes, the
/// word stands.
#[must_use]
pub fn moment(event: &SourceEvent, original: Option<&Stamp>) -> Fingerprint {
    // Whatever the event is called, a block by the defaults is not.
    let plain = Rule::default();
    let content = match original {
        Some(original) => plain.occurrence(event, original),
        None => plain.whole(event),
    };
    content.fingerprint()
}

/// What is taken of the titles of a calendar's events: no more than its rules ask for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Needs {
    /// The titles themselves.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub titles: bool,
    /// Which of these words are in them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub words: BTreeSet<Keyword>,
}

impl Needs {
    /// Nothing at all.
    pub const NOTHING: Self = Self {
        titles: false,
        words: BTreeSet::new(),
    };

    /// Whether what was read for `self` answers all that `other` asks.
    #[must_use]
    pub fn cover(&self, other: &Self) -> bool {
        (self.titles || !other.titles) && self.words.is_superset(&other.words)
    }

    /// What both ask for.
    #[must_use]
    pub fn both(&self, other: &Self) -> Self {
        Self {
            titles: self.titles && other.titles,
            words: self.words.intersection(&other.words).cloned().collect(),
        }
    }

    /// Leaves of an event what is asked for.
    pub fn trim(&self, event: &mut SourceEvent) {
        if !self.titles {
            event.title = None;
        }
        event.words.retain(|word| self.words.contains(word));
    }
}

/// What ended before this instant was over long before `now`. A full read begins here.
#[must_use]
pub fn horizon(now: Timestamp) -> Timestamp {
    let back = SignedDuration::from_hours(24 * limits::FULL_READ_DAYS_BACK);
    now.saturating_sub(back).unwrap_or(Timestamp::MIN)
}
