//! One account's credentials, sealed.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

use super::{Item, SCHEMA, V, check_schema, key_of, number, primary};
use crate::model::{AccountId, UserId, Vaulted};
use crate::store::call::corrupt;
use crate::store::error::StoreError;
use crate::store::keys::account;

/// The sealed bytes' attribute.
pub(in crate::store) const SEALED: &str = "sealed";

/// Bytes as an attribute.
pub(in crate::store) fn bytes(sealed: &Vaulted) -> AttributeValue {
    AttributeValue::B(Blob::new(sealed.bytes()))
}

/// The stored form.
pub(in crate::store) fn encode(user: UserId, account: &AccountId, sealed: &Vaulted) -> Item {
    let mut item = primary(&account::key(user, account));
    item.insert(V.to_owned(), number(SCHEMA.into()));
    item.insert(SEALED.to_owned(), bytes(sealed));
    item
}

/// The account of an item, and what is sealed in it.
pub(in crate::store) fn decode(item: &Item) -> Result<(AccountId, Vaulted), StoreError> {
    let key = key_of(item);
    let (_, account) =
        account::parse(&key).ok_or_else(|| corrupt(&key, "not the key of an account"))?;
    check_schema(&key, item)?;
    let sealed = item.get(SEALED).and_then(|value| value.as_b().ok());
    let sealed = sealed.ok_or_else(|| corrupt(&key, "an attribute is missing or unreadable"))?;
    Ok((account, Vaulted::from_bytes(sealed.as_ref().to_vec())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::keys::samples::calendar;

    #[test]
    fn accounts_read_back() {
        let (user, account) = (calendar().user(), AccountId("ann/work".into()));
        let sealed = Vaulted::from_bytes(vec![1, 2, 3]);
        let item = encode(user, &account, &sealed);
        assert_eq!(decode(&item), Ok((account, sealed)));
    }
}
