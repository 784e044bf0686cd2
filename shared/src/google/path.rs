//! Paths and queries of requests: every id and value is encoded here, and nowhere else.

use std::fmt::Write;

/// A path with its query.
#[derive(Debug, Clone)]
pub(super) struct Path {
    text: String,
    has_query: bool,
}

impl Path {
    /// A path made of `segments`; none, if one of them cannot stand in a path.
    pub(super) fn new(segments: &[&str]) -> Option<Self> {
        let mut text = String::new();
        for segment in segments {
            // URL parsers resolve these two, encoded or not; an empty one would address the collection.
            if matches!(*segment, "" | "." | "..") {
                return None;
            }
            text.push('/');
            push_encoded(&mut text, segment);
        }
        let has_query = false;
        Some(Self { text, has_query })
    }

    /// With the parameter `name=value`.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.text.push(if self.has_query { '&' } else { '?' });
        self.has_query = true;
        self.text.push_str(name);
        self.text.push('=');
        push_encoded(&mut self.text, value);
        self
    }

    /// With the parameter, if there is a value.
    pub(super) fn with_some(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }
}

/// Percent-encodes all but RFC 3986's unreserved characters.
pub(super) fn push_encoded(out: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            _ => {
                // Writing to a String cannot fail.
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(segments: &[&str]) -> Option<String> {
        Path::new(segments).map(|path| path.as_str().to_owned())
    }

    #[test]
    fn ids_stay_one_segment() {
        let check = |id: &str, expected: &str| {
            let expected = format!("/calendars/{expected}/events");
            assert_eq!(path(&["calendars", id, "events"]), Some(expected));
        };
        check("me@example.com", "me%40example.com");
        check(
            "en.german#holiday@group.v.calendar.google.com",
            "en.german%23holiday%40group.v.calendar.google.com",
        );
        check("a/b?c&d=e%20 +", "a%2Fb%3Fc%26d%3De%2520%20%2B");
        check("ä", "%C3%A4");
        check("../x", "..%2Fx");
    }

    #[test]
    fn what_a_url_parser_would_resolve_is_refused() {
        for id in ["", ".", ".."] {
            assert_eq!(path(&["calendars", id, "events"]), None);
        }
    }

    #[test]
    fn parameters_are_encoded_in_order() {
        let path = Path::new(&["x"])
            .unwrap()
            .with("a", "1+1=2&")
            .with_some("b", None)
            .with("c", "2026-01-01T00:00:00Z");
        assert_eq!(
            path.as_str(),
            "/x?a=1%2B1%3D2%26&c=2026-01-01T00%3A00%3A00Z"
        );
    }
}
