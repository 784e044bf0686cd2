//! `[google]`: where Google is.

use shared::google::{CALENDAR_URL, TOKEN_URL};
use url::Url;

use super::fields::{Fields, Text};

/// Where Google is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Google {
    /// Base address of the Calendar API.
    pub api: String,
    /// Address of the token endpoint.
    pub token: String,
}

impl Default for Google {
    fn default() -> Self {
        Self {
            api: CALENDAR_URL.to_owned(),
            token: TOKEN_URL.to_owned(),
        }
    }
}

impl Google {
    /// Whether an address is to be called without encryption.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        [&self.api, &self.token].iter().any(|url| is_plain(url))
    }
}

/// Reads the table, which may be left out.
pub(super) fn read(fields: Option<Fields<'_>>) -> Option<Google> {
    let Some(mut fields) = fields else {
        return Some(Google::default());
    };
    let fallback = Google::default();
    let api = address(&mut fields, "api", &fallback.api);
    let token = address(&mut fields, "token", &fallback.token);
    fields.finish();
    Some(Google {
        api: api?,
        token: token?,
    })
}

fn address(fields: &mut Fields<'_>, name: &'static str, fallback: &str) -> Option<String> {
    if !fields.has(name) {
        // Asked for all the same, so that it counts as known.
        let _ = fields.text(name);
        return Some(fallback.to_owned());
    }
    let text = fields.text(name)?;
    checked(fields, name, text, &format!("write it like {fallback}"))
}

/// An address of HTTP without anything that does not belong to one; what is wrong with it is noted.
pub(super) fn checked(fields: &Fields<'_>, name: &str, text: Text, fix: &str) -> Option<String> {
    match flaw(&text.value) {
        None => Some(text.value),
        Some(what) => {
            fields.wrong(text.line, name, what, fix);
            None
        }
    }
}

fn flaw(text: &str) -> Option<&'static str> {
    let Ok(url) = Url::parse(text) else {
        return Some("is no address");
    };
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Some("is no address that begins with https:// or http://");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Some("holds a name or password");
    }
    (url.query().is_some() || url.fragment().is_some()).then_some("has a part behind ? or #")
}

fn is_plain(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| url.scheme() == "http")
}
