//! A change of a user's rules. The newest is kept for as long as the user is; one that others follow expires.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::instant::{self, Instant};
use super::{EXPIRES, Item, key_of, number, read, write};
use crate::limits;
use crate::model::{ChangedBy, RuleSet, RulesChange, UserId};
use crate::store::call::corrupt;
use crate::store::error::StoreError;
use crate::store::keys::rules;

#[derive(Serialize, Deserialize)]
struct Body {
    at: Instant,
    by: ChangedBy,
    before: RuleSet,
    rules: RuleSet,
}

/// The stored form of the newest change.
pub(in crate::store) fn encode(user: UserId, change: &RulesChange) -> Result<Item, StoreError> {
    let body = Body {
        at: Instant(change.at),
        by: change.by,
        before: change.before.clone(),
        rules: change.rules.clone(),
    };
    write(&rules::key(user, change.version), &body)
}

/// The same as one that others follow.
pub(in crate::store) fn aged(mut item: Item, at: Timestamp) -> Item {
    let kept = limits::RULES_DAYS.saturating_mul(86_400);
    let expires = instant::seconds(at).saturating_add(kept);
    item.insert(
        EXPIRES.to_owned(),
        number(u64::try_from(expires).unwrap_or_default()),
    );
    item
}

/// The change of an item.
pub(in crate::store) fn decode(item: Item) -> Result<RulesChange, StoreError> {
    let key = key_of(&item);
    let (_, version) =
        rules::parse(&key).ok_or_else(|| corrupt(&key, "not the key of a change of rules"))?;
    let body: Body = read(&key, item)?;
    Ok(RulesChange {
        version,
        at: body.at.0,
        by: body.by,
        before: body.before,
        rules: body.rules,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::keys::samples::calendar;

    #[test]
    fn changes_read_back_and_expire_only_once_others_follow() {
        let document =
            serde_json::json!({"zone": "Europe/Berlin", "pairs": [{"hours": {"from": "09:00"}}]});
        let change = RulesChange {
            version: 7,
            at: Timestamp::new(1_767_604_200, 5).unwrap(),
            by: ChangedBy::Undo(6),
            before: RuleSet::read(document).unwrap(),
            rules: RuleSet::default(),
        };
        let item = encode(calendar().user(), &change).unwrap();
        assert!(!item.contains_key(EXPIRES));
        let aged = aged(item.clone(), change.at);
        assert!(aged.contains_key(EXPIRES));
        assert_eq!(decode(item), Ok(change.clone()));
        assert_eq!(decode(aged), Ok(change));
    }
}
