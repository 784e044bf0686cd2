//! `CAL#<calendar>` / `JOURNAL#<commit id>#<chunk>`.

use super::{Key, SEPARATOR, state};
use crate::model::{CalendarId, CommitId};

pub(in crate::store) const JOURNAL: &str = "JOURNAL#";

/// The key of one chunk.
pub(in crate::store) fn key(calendar: CalendarId, commit: &CommitId, chunk: u32) -> Key {
    Key::new(
        state::partition(calendar),
        format!("{}{chunk:06}", prefix(commit)),
    )
}

/// Begins the sort keys of all chunks of a commit, and of nothing else.
pub(in crate::store) fn prefix(commit: &CommitId) -> String {
    format!("{JOURNAL}{commit}{SEPARATOR}")
}

/// The chunk that has this key.
pub(in crate::store) fn parse(key: &Key) -> Option<(CalendarId, CommitId, u32)> {
    let (commit, chunk) = key.sk.strip_prefix(JOURNAL)?.split_once(SEPARATOR)?;
    Some((
        state::parse_partition(&key.pk)?,
        CommitId::parse(commit).ok()?,
        chunk.parse().ok()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::super::samples::{calendar, calendars};
    use super::*;
    use crate::model::Epoch;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_chunk_key_reads_back(at in calendars(), epoch: u32, random: u64, chunk: u32) {
            let commit = CommitId::new(Epoch(epoch.into()), random);
            prop_assert_eq!(parse(&key(at, &commit, chunk)), Some((at, commit, chunk)));
        }

        #[test]
        fn chunks_sort_as_their_numbers(a in 0_u32..999_999, b in 0_u32..999_999) {
            let commit = CommitId::new(Epoch(1), 2);
            let order = key(calendar(), &commit, a).cmp(&key(calendar(), &commit, b));
            prop_assert_eq!(order, a.cmp(&b));
        }
    }
}
