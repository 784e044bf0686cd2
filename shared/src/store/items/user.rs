//! What a user is called in the config: the id is a digest of the name, and leads back to it nowhere else.

use serde::{Deserialize, Serialize};

use super::{Item, key_of, read, write};
use crate::model::UserId;
use crate::store::call::corrupt;
use crate::store::error::StoreError;
use crate::store::keys::user;

#[derive(Serialize, Deserialize)]
struct Body {
    name: String,
}

/// The stored form.
pub(in crate::store) fn encode(user: UserId, name: &str) -> Result<Item, StoreError> {
    let name = name.to_owned();
    write(&user::key(user), &Body { name })
}

/// The user of an item, and the name.
pub(in crate::store) fn decode(item: Item) -> Result<(UserId, String), StoreError> {
    let at = key_of(&item);
    let id = user::parse(&at).ok_or_else(|| corrupt(&at, "its key names no user"))?;
    let body: Body = read(&at, item)?;
    Ok((id, body.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::keys::samples::calendar;

    #[test]
    fn users_read_back() {
        let user = calendar().user();
        let item = encode(user, "ann").unwrap();
        assert_eq!(decode(item), Ok((user, "ann".to_owned())));
    }
}
