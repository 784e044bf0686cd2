//! Secrets at rest: sealed for one purpose and one owner, so that a copy of them elsewhere does not open.
//!
//! AES-SIV (RFC 5297) under a key derived from the install key for this purpose; what it is for is bound to it as associated
//! data. No nonce is needed, so none can be used twice.

use aes_siv::KeyInit;
use aes_siv::siv::Aes128Siv;

use super::block_id::InstallKey;
use super::ids::keyed;

/// Sealed bytes; they say nothing but how long the secret is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Vaulted(Vec<u8>);

impl Vaulted {
    /// Bytes as they were stored.
    #[must_use]
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Seals and opens secrets of one purpose.
#[derive(Clone)]
pub struct Vault {
    key: [u8; 32],
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault(secret)")
    }
}

impl Vault {
    /// The vault for `purpose`.
    #[must_use]
    pub fn new(key: &InstallKey, purpose: &str) -> Self {
        Self {
            key: keyed(key, "vault", &[purpose.as_bytes()]),
        }
    }

    /// Seals `secret` for `owner`; it opens for that owner only.
    #[must_use]
    pub fn seal(&self, owner: &[&[u8]], secret: &[u8]) -> Vaulted {
        // SIV fails only beyond 2^36 bytes or with over 126 headers; an empty box opens for nobody.
        let sealed = Aes128Siv::new(&self.key.into()).encrypt(owner, secret);
        Vaulted(sealed.unwrap_or_default())
    }

    /// The secret; none: it was sealed with another key, for another purpose or owner, or is damaged.
    #[must_use]
    pub fn open(&self, owner: &[&[u8]], sealed: &Vaulted) -> Option<Vec<u8>> {
        Aes128Siv::new(&self.key.into())
            .decrypt(owner, &sealed.0)
            .ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_for_its_owner_and_purpose_only() {
        let key = |seed| InstallKey::new([seed; InstallKey::BYTES]);
        let vault = Vault::new(&key(1), "credentials");
        let owner: [&[u8]; 2] = [b"ann", b"work"];
        let sealed = vault.seal(&owner, b"secret");
        assert_eq!(vault.open(&owner, &sealed).as_deref(), Some(&b"secret"[..]));
        assert_eq!(vault.open(&[b"ann", b"home"], &sealed), None);
        assert_eq!(vault.open(&[b"annwork"], &sealed), None);
        assert_eq!(Vault::new(&key(1), "other").open(&owner, &sealed), None);
        assert_eq!(
            Vault::new(&key(2), "credentials").open(&owner, &sealed),
            None
        );
        for (byte, bit) in [(0, 1), (sealed.bytes().len() - 1, 128)] {
            let mut damaged = sealed.bytes().to_vec();
            damaged[byte] ^= bit;
            assert_eq!(vault.open(&owner, &Vaulted::from_bytes(damaged)), None);
        }
        assert_eq!(vault.open(&owner, &Vaulted::from_bytes(Vec::new())), None);
    }
}
