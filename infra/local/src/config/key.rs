//! The install key as text: 128 hexadecimal digits.

use std::fmt::Write;

use shared::model::InstallKey;

/// Reads a key.
#[must_use]
pub fn parse_key(text: &str) -> Option<InstallKey> {
    let text = text.trim();
    if text.len() != 2 * InstallKey::BYTES || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut secret = [0; InstallKey::BYTES];
    for (byte, at) in secret.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
    }
    Some(InstallKey::new(secret))
}

/// Writes bytes as [`parse_key`] reads them.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string has no way to fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back() {
        let secret: [u8; InstallKey::BYTES] = std::array::from_fn(|at| u8::try_from(at).unwrap());
        let key = InstallKey::new(secret);
        assert!(parse_key(&hex(&secret)).unwrap() == key);
        assert!(parse_key(&format!("{}\n", hex(&secret).to_uppercase())).unwrap() == key);
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let whole = hex(&[7; InstallKey::BYTES]);
        for text in [
            "",
            "07",
            &whole[1..],
            &format!("{whole}0"),
            &whole.replacen('0', "+", 1),
            &whole.replacen('0', "ä", 1),
        ] {
            assert!(parse_key(text).is_none(), "{text}");
        }
    }
}
