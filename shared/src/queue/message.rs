//! What the messages of each queue say: JSON with the schema that wrote it, read back strictly.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::health::Audited;
use crate::limits::MESSAGE_BYTES;
use crate::model::{CalendarId, Interval, UserId};
use crate::schedule::Asked;

/// The schema that this version writes, and the only one that it reads.
const SCHEMA: u64 = 1;

/// Why a message is not acted upon. Nothing of its text is told: it may be anybody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// A newer version wrote it: left for that version, never dropped.
    #[error("schema {schema} is newer than this program")]
    Newer {
        /// The schema that it says.
        schema: u64,
    },
    /// It will never be read.
    #[error("{what}")]
    Malformed {
        /// What is wrong with it.
        what: &'static str,
    },
}

/// A kind of message.
pub trait Message: Sized + Send + Sync {
    /// Whose it is: queues are shared fairly between users.
    fn user(&self) -> UserId;

    /// The text.
    fn body(&self) -> String;

    /// Reads the text.
    ///
    /// # Errors
    /// It is of a newer schema, or no such message at all.
    fn parse(body: &str) -> Result<Self, Unreadable>;
}

/// "Sync this calendar."
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToSync {
    v: u64,
    /// Which calendar.
    pub calendar: CalendarId,
    /// Minutes of the interval that it is due by, if the wheel asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    every: Option<u16>,
}

impl ToSync {
    /// The message for what is asked.
    #[must_use]
    pub fn new(asked: Asked) -> Self {
        Self {
            v: SCHEMA,
            calendar: asked.calendar,
            every: asked.every.map(Interval::minutes),
        }
    }

    /// What is asked. An interval that this version does not have is none: the calendar is looked at all the same.
    #[must_use]
    pub fn asked(&self) -> Asked {
        Asked {
            calendar: self.calendar,
            every: self.every.and_then(Interval::of_minutes),
        }
    }
}

/// "Validate this."
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToValidate {
    /// A calendar, compared with Google.
    Google(CalendarId),
    /// All that is stored of a user.
    Stored(UserId),
}

/// "Repair this."
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToRepair {
    /// A calendar, by what is stored alone.
    Stored(CalendarId),
    /// A calendar, compared with Google.
    Google(CalendarId),
    /// Nothing: a comparison with Google came to this, and is to be noted.
    Note(CalendarId, Audited),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, tag = "look", rename_all = "snake_case")]
enum Look {
    Google { v: u64, calendar: CalendarId },
    Stored { v: u64, user: UserId },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, tag = "mend", rename_all = "snake_case")]
enum Mend {
    Stored {
        v: u64,
        calendar: CalendarId,
    },
    Google {
        v: u64,
        calendar: CalendarId,
    },
    Nothing {
        v: u64,
        calendar: CalendarId,
        at: Timestamp,
        errors: u64,
        warnings: u64,
    },
}

impl Message for ToSync {
    fn user(&self) -> UserId {
        self.calendar.user()
    }

    fn body(&self) -> String {
        text(self)
    }

    fn parse(body: &str) -> Result<Self, Unreadable> {
        read(body)
    }
}

impl Message for ToValidate {
    fn user(&self) -> UserId {
        match self {
            Self::Google(calendar) => calendar.user(),
            Self::Stored(user) => *user,
        }
    }

    fn body(&self) -> String {
        let v = SCHEMA;
        text(&match *self {
            Self::Google(calendar) => Look::Google { v, calendar },
            Self::Stored(user) => Look::Stored { v, user },
        })
    }

    fn parse(body: &str) -> Result<Self, Unreadable> {
        Ok(match read(body)? {
            Look::Google { calendar, .. } => Self::Google(calendar),
            Look::Stored { user, .. } => Self::Stored(user),
        })
    }
}

impl ToRepair {
    /// The calendar.
    #[must_use]
    pub fn calendar(&self) -> CalendarId {
        match self {
            Self::Stored(calendar) | Self::Google(calendar) | Self::Note(calendar, _) => *calendar,
        }
    }
}

impl Message for ToRepair {
    fn user(&self) -> UserId {
        self.calendar().user()
    }

    fn body(&self) -> String {
        let v = SCHEMA;
        text(&match *self {
            Self::Stored(calendar) => Mend::Stored { v, calendar },
            Self::Google(calendar) => Mend::Google { v, calendar },
            Self::Note(calendar, audited) => Mend::Nothing {
                v,
                calendar,
                at: audited.at,
                errors: audited.errors,
                warnings: audited.warnings,
            },
        })
    }

    fn parse(body: &str) -> Result<Self, Unreadable> {
        Ok(match read(body)? {
            Mend::Stored { calendar, .. } => Self::Stored(calendar),
            Mend::Google { calendar, .. } => Self::Google(calendar),
            Mend::Nothing {
                calendar,
                at,
                errors,
                warnings,
                ..
            } => Self::Note(
                calendar,
                Audited {
                    at,
                    errors,
                    warnings,
                },
            ),
        })
    }
}

/// Ids, numbers and times always have a text.
fn text(of: &impl Serialize) -> String {
    serde_json::to_string(of).unwrap_or_default()
}

#[derive(Deserialize)]
struct Version {
    v: u64,
}

/// The schema first: of a newer one nothing else is known.
fn read<T: for<'de> Deserialize<'de>>(body: &str) -> Result<T, Unreadable> {
    if body.len() > MESSAGE_BYTES {
        let what = "longer than any message of ours";
        return Err(Unreadable::Malformed { what });
    }
    let version: Version = serde_json::from_str(body).map_err(|_| Unreadable::Malformed {
        what: "no JSON object with a schema `v`",
    })?;
    match version.v {
        SCHEMA => serde_json::from_str(body).map_err(|_| Unreadable::Malformed {
            what: "a field is missing, unknown or wrong",
        }),
        schema if schema > SCHEMA => Err(Unreadable::Newer { schema }),
        _ => Err(Unreadable::Malformed {
            what: "a schema that never was",
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar() -> CalendarId {
        CalendarId::from_bytes([7; CalendarId::BYTES])
    }

    #[test]
    fn messages_read_back() {
        for every in Interval::ALL.into_iter().map(Some).chain([None]) {
            let asked = Asked {
                calendar: calendar(),
                every,
            };
            let read = ToSync::parse(&ToSync::new(asked).body());
            assert_eq!(read.map(|sync| sync.asked()), Ok(asked));
        }
        for message in [
            ToValidate::Google(calendar()),
            ToValidate::Stored(calendar().user()),
        ] {
            assert_eq!(ToValidate::parse(&message.body()), Ok(message));
        }
        let audited = Audited {
            at: "2026-03-02T08:00:00Z".parse().unwrap(),
            errors: 2,
            warnings: 1,
        };
        for message in [
            ToRepair::Stored(calendar()),
            ToRepair::Google(calendar()),
            ToRepair::Note(calendar(), audited),
        ] {
            assert_eq!(ToRepair::parse(&message.body()), Ok(message));
        }
    }

    #[test]
    fn what_is_no_message_says_why_and_nothing_of_its_text() {
        let id = calendar();
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let long = format!(r#"{{"v":1,"calendar":"{id}","x":"{}"}}"#, "x".repeat(9_000));
        let check = |body: &str, what: &str| match ToSync::parse(body) {
            Err(Unreadable::Malformed { what: found }) => assert_eq!(found, what, "{body:.60}"),
            other => panic!("{body:.60}: {other:?}"),
        };
        let (schema, field, length) = (
            "no JSON object with a schema `v`",
            "a field is missing, unknown or wrong",
            "longer than any message of ours",
        );
        for body in [
            "",
            " ",
            "null",
            "7",
            "[]",
            "[1,{}]",
            "\"v\"",
            "{}",
            r#"{"v":null}"#,
            r#"{"v":"1"}"#,
            r#"{"v":-1}"#,
            r#"{"v":1.5}"#,
            r#"{"v":1e400}"#,
            r#"{"v":1,"v":1}"#,
            "\u{feff}{\"v\":1}",
            &deep[..4_000],
        ] {
            check(body, schema);
        }
        for rest in [
            String::new(),
            r#","calendar":null"#.to_owned(),
            r#","calendar":"""#.to_owned(),
            r#","calendar":"\ud800""#.to_owned(),
            r#","calendar":"a/../b#c\u0000""#.to_owned(),
            format!(r#","calendar":"{}""#, "a".repeat(2_000)),
            format!(r#","calendar":"{id}","calendar":"{id}""#),
            format!(r#","calendar":"{id}","every":-5"#),
            format!(r#","calendar":"{id}","every":1000000"#),
            format!(r#","calendar":"{id}","hop":3"#),
        ] {
            check(&format!(r#"{{"v":1{rest}}}"#), field);
        }
        check(&deep, length);
        check(&long, length);
        check(
            &format!(r#"{{"v":0,"calendar":"{id}"}}"#),
            "a schema that never was",
        );
    }

    #[test]
    fn a_newer_schema_is_told_apart_whatever_else_it_says() {
        let newer = Unreadable::Newer { schema: 2 };
        assert_eq!(ToSync::parse(r#"{"v":2,"calendars":["x"]}"#), Err(newer));
        assert_eq!(ToRepair::parse(r#"{"v":2}"#), Err(newer));
    }

    #[test]
    fn an_interval_that_is_not_known_still_asks_for_the_calendar() {
        let body = format!(r#"{{"v":1,"calendar":"{}","every":7}}"#, calendar());
        let asked = ToSync::parse(&body).unwrap().asked();
        assert_eq!((asked.calendar, asked.every), (calendar(), None));
    }
}
