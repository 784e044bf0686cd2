//! What an account may do with a calendar (BEHAVIOUR.md 6).

/// Access roles, from the least to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Sees only when the calendar is busy.
    FreeBusyReader,
    /// Sees events; private ones without details.
    Reader,
    /// Reads and writes, but sees private events without details.
    WriterWithoutPrivateAccess,
    /// Reads and writes.
    Writer,
    /// Everything.
    Owner,
}

impl Role {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::FreeBusyReader => "freeBusyReader",
            Self::Reader => "reader",
            Self::WriterWithoutPrivateAccess => "writerWithoutPrivateAccess",
            Self::Writer => "writer",
            Self::Owner => "owner",
        }
    }

    /// The role of a name on the wire.
    pub fn parse(name: &str) -> Option<Self> {
        [
            Self::FreeBusyReader,
            Self::Reader,
            Self::WriterWithoutPrivateAccess,
            Self::Writer,
            Self::Owner,
        ]
        .into_iter()
        .find(|role| role.name() == name)
    }

    /// Whether events may be written.
    pub fn writes(self) -> bool {
        self >= Self::WriterWithoutPrivateAccess
    }

    /// Whether the details of private events are shown.
    pub fn sees_private(self) -> bool {
        self >= Self::Writer
    }
}
