//! What to do next for one mirror: a decision table.

use crate::model::{Have, Mirror, Stray, Want};

/// One call to Google, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Everything due is there.
    Nothing,
    /// Create the block under its id.
    Insert,
    /// Replace the block; a deleted one is revived by it.
    Update,
    /// Delete the block.
    Delete,
    /// Replace an occurrence of the series block.
    PutOccurrence,
    /// Cancel an occurrence of the series block.
    CancelOccurrence,
    /// Read the block: its etag is not known.
    Look,
    /// The occurrence went with its series; nothing to call.
    Forget,
    /// Delete a block of this event that must go.
    RemoveStray(Stray),
}

/// The next step. What is due comes before what must go, so that the time is never left free in between.
pub(super) fn next(mirror: &Mirror) -> Step {
    let etag = mirror.etag.is_some();
    match (mirror.due(), mirror.have) {
        (Want::Own(due), Have::Own(have)) if due == have => strays(mirror),
        (Want::Own(_), Have::Own(_) | Have::Deleted) => {
            if etag {
                Step::Update
            } else {
                Step::Look
            }
        }
        (Want::Own(_), Have::Nothing) => Step::Insert,
        (Want::Nothing, Have::Own(_)) => {
            if etag {
                Step::Delete
            } else {
                Step::Look
            }
        }
        (Want::Nothing, Have::Nothing | Have::Deleted) => strays(mirror),
        (Want::Instance(due), Have::Instance(have)) if due == have => strays(mirror),
        (Want::Instance(_), Have::Instance(_) | Have::Hidden | Have::Unknown) => {
            Step::PutOccurrence
        }
        (Want::Instance(_), Have::Nothing | Have::Deleted | Have::Own(_)) => Step::PutOccurrence,
        (Want::Hidden, Have::Hidden) => strays(mirror),
        (Want::Hidden, Have::Instance(_) | Have::Unknown) => Step::CancelOccurrence,
        (Want::Hidden, Have::Nothing | Have::Deleted | Have::Own(_)) => Step::CancelOccurrence,
        (Want::Own(_) | Want::Nothing, Have::Instance(_) | Have::Hidden | Have::Unknown) => {
            Step::Forget
        }
    }
}

fn strays(mirror: &Mirror) -> Step {
    mirror
        .strays
        .first()
        .map_or(Step::Nothing, |stray| Step::RemoveStray(stray.clone()))
}
