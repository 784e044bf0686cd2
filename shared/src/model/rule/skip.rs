//! Why an event is not mirrored.

use serde::{Deserialize, Serialize};

/// Why an event is not mirrored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Skip {
    /// It leaves the time free.
    Free,
    /// Its owner declined it.
    Declined,
    /// It takes no time.
    ZeroLength,
    /// Its type holds no time: a working location, a birthday, or one that Google made.
    Type,
    /// It was over long before it was first seen.
    LongOver,
    /// It was over when it was first seen, and the rule mirrors nothing of the past.
    Past,
    /// The same meeting is on the target already: itself, or held for another calendar that has it too.
    SameMeeting,
    /// The rule leaves out whole days.
    AllDay,
    /// The rule leaves out what lasts longer than a day.
    MultiDay,
    /// The rule leaves out what is not certain.
    Tentative,
    /// The rule leaves out invitations without an answer.
    Unanswered,
    /// The rule leaves out absences.
    OutOfOffice,
    /// The rule leaves out focus time.
    FocusTime,
    /// It lies outside the rule's hours and weekdays.
    OutsideHours,
    /// It has the keyword that keeps events out.
    OptedOut,
    /// It lacks the keyword that lets events in.
    NotOptedIn,
    /// A person removed or changed the block, and the rule leaves it so until the event changes.
    Dismissed,
}

impl Skip {
    /// All reasons.
    pub const ALL: [Self; 17] = [
        Self::Free,
        Self::Declined,
        Self::ZeroLength,
        Self::Type,
        Self::LongOver,
        Self::Past,
        Self::SameMeeting,
        Self::AllDay,
        Self::MultiDay,
        Self::Tentative,
        Self::Unanswered,
        Self::OutOfOffice,
        Self::FocusTime,
        Self::OutsideHours,
        Self::OptedOut,
        Self::NotOptedIn,
        Self::Dismissed,
    ];

    /// The reason in words.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Free => "shown as free",
            Self::Declined => "declined",
            Self::ZeroLength => "takes no time",
            Self::Type => "a kind of event that holds no time",
            Self::LongOver => "over long ago",
            Self::Past => "over already",
            Self::SameMeeting => "the same meeting is there already",
            Self::AllDay => "all-day, which the rule leaves out",
            Self::MultiDay => "longer than a day, which the rule leaves out",
            Self::Tentative => "tentative, which the rule leaves out",
            Self::Unanswered => "not answered yet, which the rule leaves out",
            Self::OutOfOffice => "out of office, which the rule leaves out",
            Self::FocusTime => "focus time, which the rule leaves out",
            Self::OutsideHours => "outside the rule's hours",
            Self::OptedOut => "its title has the rule's keyword for keeping out",
            Self::NotOptedIn => "its title lacks the rule's keyword for letting in",
            Self::Dismissed => "dismissed by hand, until the event changes",
        }
    }
}
