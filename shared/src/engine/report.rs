//! What a sync did, in outcomes.

use jiff::Timestamp;

use crate::model::{CommitId, Counts, FullReadReason};

/// How a sync ended when nothing failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The calendar takes no part.
    Disabled,
    /// Another worker holds the lease; what was asked for is kept and comes later.
    Busy {
        /// The lease can be taken over then.
        until: Timestamp,
    },
    /// Another worker committed first; what was asked for is kept and comes later.
    Overtaken,
    /// It went through.
    Synced(Synced),
}

/// A sync that went through.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Synced {
    /// The commit, if there was anything to commit.
    pub commit: Option<CommitId>,
    /// Why the whole calendar was listed, if it was.
    pub full_read: Option<FullReadReason>,
    /// The commit went by way of a journal.
    pub by_journal: bool,
    /// An earlier commit's journal was applied first.
    pub rolled_forward: bool,
    /// What the facts came to.
    pub counts: Counts,
    /// Blocks that a whole read showed and that this install key does not open: another installation's, or ours before the
    /// key was lost.
    pub strange: u64,
    /// What the push did.
    pub pushed: Pushed,
    /// When a person made the oldest of the changes that were committed, as far as Google says, or when the wake came that was
    /// served, whichever is earlier.
    pub told: Option<Timestamp>,
    /// A mass deletion waits for a second look, which is not taken before this instant.
    pub held: Option<Timestamp>,
}

/// What a push did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pushed {
    /// Blocks brought in step.
    pub done: u64,
    /// Blocks that wait for their next try.
    pub waiting: u64,
    /// Blocks set aside.
    pub parked: u64,
    /// Something is left to do, not before this instant if one is given.
    pub left: Option<Option<Timestamp>>,
}

impl Outcome {
    /// Whether the sync found or did anything.
    #[must_use]
    pub fn did_something(&self) -> bool {
        match self {
            Self::Disabled => false,
            Self::Busy { .. } | Self::Overtaken => true,
            Self::Synced(synced) => {
                synced.commit.is_some()
                    || synced.rolled_forward
                    || synced.pushed.done > 0
                    || synced.pushed.parked > 0
            }
        }
    }
}
