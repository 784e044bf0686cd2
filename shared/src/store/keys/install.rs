//! `INSTALL` / `KEY`.

use super::Key;

/// The partition of what belongs to the installation as a whole.
pub(super) const INSTALL: &str = "INSTALL";
const KEY: &str = "KEY";

/// The key of the one item that names the installation.
pub(in crate::store) fn key() -> Key {
    Key::new(INSTALL, KEY)
}

/// Whether this is the key of that item.
pub(in crate::store) fn parse(key: &Key) -> Option<()> {
    (key.pk == INSTALL && key.sk == KEY).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_install_key_reads_back() {
        assert_eq!(parse(&key()), Some(()));
        assert_eq!(parse(&Key::new(INSTALL, "OTHER")), None);
        assert_eq!(parse(&Key::new("OTHER", KEY)), None);
    }
}
