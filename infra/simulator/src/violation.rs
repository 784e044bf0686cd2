//! Uses of the API that Google documents as undefined: served, and recorded so that a test can fail on them.

/// One use of the API whose outcome is undefined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Index of the request in the log.
    pub request: u64,
    /// What was wrong.
    pub what: String,
}
