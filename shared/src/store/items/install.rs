//! What an installation is known by: the check of its key, and the key itself where nobody else keeps it.

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use super::{Item, key_of, read, write};
use crate::model::{InstallKey, KeyCheck};
use crate::store::call::corrupt;
use crate::store::error::StoreError;
use crate::store::install::Installed;
use crate::store::keys::install;

#[derive(Serialize, Deserialize)]
struct Body {
    check: KeyCheck,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

/// The stored form.
pub(in crate::store) fn encode(installed: &Installed) -> Result<Item, StoreError> {
    let key = installed.key.as_ref();
    let body = Body {
        check: installed.check.clone(),
        secret: key.map(|key| HEXLOWER.encode(&key.secret())),
    };
    write(&install::key(), &body)
}

/// The installation of an item.
pub(in crate::store) fn decode(item: Item) -> Result<Installed, StoreError> {
    let at = key_of(&item);
    let body: Body = read(&at, item)?;
    let key = body.secret.map(|secret| parse(&secret));
    let installed = match key {
        Some(None) => return Err(corrupt(&at, "its secret is not one")),
        key => Installed {
            check: body.check,
            key: key.flatten(),
        },
    };
    match &installed.key {
        Some(key) if KeyCheck::of(key) != installed.check => Err(corrupt(
            &at,
            "its secret and its check do not belong together",
        )),
        Some(_) | None => Ok(installed),
    }
}

fn parse(secret: &str) -> Option<InstallKey> {
    let bytes = HEXLOWER.decode(secret.as_bytes()).ok()?;
    Some(InstallKey::new(bytes.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::items::text;

    fn key(seed: u8) -> InstallKey {
        InstallKey::new([seed; InstallKey::BYTES])
    }

    #[test]
    fn installations_read_back() {
        for installed in [
            Installed::kept_here(&key(1)),
            Installed::kept_elsewhere(&key(1)),
        ] {
            let item = encode(&installed).unwrap();
            assert_eq!(decode(item), Ok(installed));
        }
    }

    #[test]
    fn a_key_kept_elsewhere_is_not_stored() {
        let item = encode(&Installed::kept_elsewhere(&key(1))).unwrap();
        assert!(!item.contains_key("secret"));
    }

    #[test]
    fn a_secret_that_is_damaged_or_not_the_one_checked_is_refused() {
        let other = encode(&Installed::kept_here(&key(2))).unwrap();
        for secret in [other["secret"].clone(), text("beef")] {
            let mut item = encode(&Installed::kept_here(&key(1))).unwrap();
            item.insert("secret".into(), secret);
            assert!(matches!(decode(item), Err(StoreError::Corrupt { .. })));
        }
    }
}
