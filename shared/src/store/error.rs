//! What can go wrong with the table, and what its caller does next.
//!
//! Errors carry names of operations, keys and codes; never what an item holds, nor a service's message.

use super::keys::{Key, Kind};

/// A request that did not come to a result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// DynamoDB asked to slow down until the tries were used up.
    #[error("{operation}: throttled")]
    Throttled {
        /// The request.
        operation: &'static str,
    },
    /// No answer, or an error of the service, until the tries were used up. A write may have taken effect.
    #[error("{operation}: no answer ({code})")]
    Unavailable {
        /// The request.
        operation: &'static str,
        /// The last error's code.
        code: String,
    },
    /// Other transactions were at work on the same items until the tries were used up.
    #[error("{operation}: other transactions are at work on the same items")]
    Conflict {
        /// The request.
        operation: &'static str,
    },
    /// DynamoDB refuses the request for good.
    #[error("{operation}: refused as invalid ({code})")]
    Invalid {
        /// The request.
        operation: &'static str,
        /// The error's code.
        code: String,
    },
    /// The credentials do not allow the request.
    #[error("{operation}: not allowed ({code})")]
    Denied {
        /// The request.
        operation: &'static str,
        /// The error's code.
        code: String,
    },
    /// The table is not there, or has another schema than ours.
    #[error("{operation}: no such table, or not one of ours ({code})")]
    NoTable {
        /// The request.
        operation: &'static str,
        /// The error's code.
        code: String,
    },
    /// More than one request can hold; the caller splits it.
    #[error("{operation}: too large ({what})")]
    TooLarge {
        /// The request.
        operation: &'static str,
        /// What exceeds which bound.
        what: &'static str,
    },
    /// An item that must be there is not.
    #[error("{key} is not there")]
    Missing {
        /// Which item.
        key: Key,
    },
    /// An item cannot be read as what its key says.
    #[error("{key} is damaged: {what}")]
    Corrupt {
        /// Which item.
        key: Key,
        /// In what way.
        what: &'static str,
    },
    /// An item was written by a newer version of this program: leave it alone.
    #[error("{key} was written by a newer version (schema {schema})")]
    Newer {
        /// Which item.
        key: Key,
        /// Its schema.
        schema: u32,
    },
}

/// What the caller does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Later, and slower.
    Throttled,
    /// Later.
    Unavailable,
    /// Read and plan again.
    Conflict,
    /// Park what was to be written, or split it.
    Invalid,
    /// Stop and tell whoever runs this.
    Denied,
    /// Leave it alone and raise a finding.
    Corrupt,
    /// Leave it alone; newer code will see to it.
    Newer,
}

impl StoreError {
    /// The item that it is about, if it is about one that is stored wrongly.
    #[must_use]
    pub fn item(&self) -> Option<&Key> {
        match self {
            Self::Missing { key } | Self::Corrupt { key, .. } | Self::Newer { key, .. } => {
                Some(key)
            }
            Self::Throttled { .. }
            | Self::Unavailable { .. }
            | Self::Conflict { .. }
            | Self::Invalid { .. }
            | Self::Denied { .. }
            | Self::NoTable { .. }
            | Self::TooLarge { .. } => None,
        }
    }

    /// Whether a repair can make the item anew: from Google, or from the config.
    #[must_use]
    pub fn is_mendable(&self) -> bool {
        let kind = self.item().and_then(Kind::of);
        let made_anew = matches!(
            kind,
            Some(
                Kind::State
                    | Kind::Event
                    | Kind::Journal
                    | Kind::Profile
                    | Kind::Calendar
                    | Kind::Wake
            )
        );
        made_anew && self.class() == Class::Corrupt
    }

    /// What the caller does next.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::Throttled { .. } => Class::Throttled,
            Self::Unavailable { .. } => Class::Unavailable,
            Self::Conflict { .. } => Class::Conflict,
            Self::Invalid { .. } | Self::TooLarge { .. } => Class::Invalid,
            Self::Denied { .. } | Self::NoTable { .. } => Class::Denied,
            Self::Missing { .. } | Self::Corrupt { .. } => Class::Corrupt,
            Self::Newer { .. } => Class::Newer,
        }
    }
}
