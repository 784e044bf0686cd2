//! Changes to events, whoever makes them: the API's clients and people in Google's own interface use the same code.

pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod instance;
pub(crate) mod person;
pub(crate) mod series;

/// Who makes a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Actor<'a> {
    /// A client of the API, in the name of an account.
    Client(&'a str),
    /// A person in Google's own interface.
    Person(&'a str),
}

impl Actor<'_> {
    pub(crate) fn email(&self) -> &str {
        match self {
            Self::Client(email) | Self::Person(email) => email,
        }
    }

    pub(crate) fn is_person(self) -> bool {
        matches!(self, Self::Person(_))
    }
}
