//! `CAL#<calendar>` / `SYNC#<epoch>#<commit id>`: one lease may see several commits, each with its record.

use super::{Key, SEPARATOR, state};
use crate::model::{CalendarId, CommitId, Epoch};

/// Begins the sort key of every sync record.
pub(in crate::store) const SYNC: &str = "SYNC#";

/// Begins the sort keys of an epoch's records.
pub(in crate::store) fn prefix(epoch: Epoch) -> String {
    format!("{SYNC}{:012}{SEPARATOR}", epoch.0)
}

/// The key of a commit's record.
pub(in crate::store) fn key(calendar: CalendarId, epoch: Epoch, commit: &CommitId) -> Key {
    let sk = format!("{}{commit}", prefix(epoch));
    Key::new(state::partition(calendar), sk)
}

/// The record that has this key.
pub(in crate::store) fn parse(key: &Key) -> Option<(CalendarId, Epoch, CommitId)> {
    let (epoch, commit) = key.sk.strip_prefix(SYNC)?.split_once(SEPARATOR)?;
    Some((
        state::parse_partition(&key.pk)?,
        Epoch(epoch.parse().ok()?),
        CommitId::parse(commit).ok()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::super::samples::{calendar, calendars};
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_record_key_reads_back(at in calendars(), epoch: u32, random: u64) {
            let epoch = Epoch(epoch.into());
            let commit = CommitId::new(epoch, random);
            prop_assert_eq!(parse(&key(at, epoch, &commit)), Some((at, epoch, commit)));
        }

        #[test]
        fn records_sort_as_their_epochs(a: u32, b: u32) {
            let commit = CommitId::new(Epoch(1), 2);
            let at = |epoch: u32| key(calendar(), Epoch(epoch.into()), &commit);
            prop_assert_eq!(at(a).cmp(&at(b)), a.cmp(&b));
        }
    }
}
