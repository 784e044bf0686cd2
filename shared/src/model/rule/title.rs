//! The title of a block: fixed text, or a template that may take in the event's title and the calendar's name.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Longest template, in characters.
const LONGEST_TEMPLATE: usize = 200;
/// Longest title that a block gets, in characters.
const LONGEST_TITLE: usize = 300;
const EVENT: &str = "{title}";
const CALENDAR: &str = "{calendar}";
/// What stands for the title of an event that has none, or that its owner marked as private.
const UNNAMED: &str = "Busy";

/// Why a text is no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadTitle {
    /// Nothing in it.
    #[error("is empty; write what blocks are to be called, such as \"Busy\"")]
    Empty,
    /// Too long.
    #[error("is longer than {LONGEST_TEMPLATE} characters; shorten it")]
    Long,
    /// Line breaks and the like.
    #[error("has a line break or control character; take it out")]
    Control,
    /// A placeholder that is not known.
    #[error("has braces around something else than {EVENT} or {CALENDAR}; correct it")]
    Placeholder,
}

/// A template of titles.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Title(String);

impl Title {
    /// Reads a template.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: impl Into<String>) -> Result<Self, BadTitle> {
        let text = text.into();
        if text.trim().is_empty() {
            return Err(BadTitle::Empty);
        }
        if text.chars().count() > LONGEST_TEMPLATE {
            return Err(BadTitle::Long);
        }
        if text.chars().any(char::is_control) {
            return Err(BadTitle::Control);
        }
        // One blank for each, so that what stands around them does not join to another one.
        let bare = text.replace(EVENT, " ").replace(CALENDAR, " ");
        if bare.contains(['{', '}']) {
            return Err(BadTitle::Placeholder);
        }
        Ok(Self(text))
    }

    /// Whether it takes in the title of the event.
    #[must_use]
    pub fn copies(&self) -> bool {
        self.0.contains(EVENT)
    }

    /// Whether it takes in the name of the event's calendar.
    #[must_use]
    pub fn names_calendar(&self) -> bool {
        self.0.contains(CALENDAR)
    }

    /// The title of a block of an event that is called `event`, on a calendar that is called `calendar`.
    #[must_use]
    pub fn fill(&self, event: Option<&str>, calendar: &str) -> String {
        // Piece by piece: what an event is called may itself look like a placeholder.
        let mut filled = String::new();
        let mut rest = self.0.as_str();
        while let Some(at) = rest.find('{') {
            let (before, from) = rest.split_at(at);
            filled.push_str(before);
            if let Some(after) = from.strip_prefix(EVENT) {
                filled.push_str(event.unwrap_or(UNNAMED));
                rest = after;
            } else {
                // Nothing else is let in by `parse`.
                filled.push_str(calendar);
                rest = from.strip_prefix(CALENDAR).unwrap_or_default();
            }
        }
        filled.push_str(rest);
        shown(&filled)
    }
}

/// What a person called an event. It is kept only while a rule copies it, and shown nowhere but on blocks.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventTitle(String);

impl EventTitle {
    /// A title as Google shows it; none if there is nothing to read in it.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = shown(text);
        (!text.is_empty()).then_some(Self(text))
    }

    pub(super) fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for EventTitle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EventTitle(..)")
    }
}

/// A text as a title of Google's: one line, of bounded length, without blanks around it.
fn shown(text: &str) -> String {
    let one_line = text.chars().map(|letter| match letter.is_control() {
        true => ' ',
        false => letter,
    });
    let cut: String = one_line.take(LONGEST_TITLE).collect();
    cut.trim().to_owned()
}

impl Default for Title {
    fn default() -> Self {
        Self(UNNAMED.to_owned())
    }
}
impl fmt::Debug for Title {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Title({:?})", self.0)
    }
}
impl fmt::Display for Title {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl TryFrom<String> for Title {
    type Error = BadTitle;
    fn try_from(text: String) -> Result<Self, BadTitle> {
        Self::parse(text)
    }
}
impl From<Title> for String {
    fn from(title: Title) -> String {
        title.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn title(text: &str) -> Title {
        Title::parse(text).unwrap()
    }

    #[test]
    fn a_template_takes_in_what_it_names_and_nothing_else() {
        assert_eq!(title("Busy").fill(Some("secret"), "Work"), "Busy");
        let both = title("{calendar}: {title}");
        assert_eq!(both.fill(Some("Dentist"), "Home"), "Home: Dentist");
        assert_eq!(both.fill(None, "Home"), "Home: Busy");
        assert_eq!(
            title("{title}").fill(Some("{calendar}"), "Home"),
            "{calendar}"
        );
    }

    #[test]
    fn what_is_copied_is_one_line_of_bounded_length() {
        assert_eq!(title("{title}").fill(Some("a\nb\u{7}"), ""), "a b");
        let long = "x".repeat(5000);
        assert_eq!(title("{title}").fill(Some(&long), "").len(), LONGEST_TITLE);
    }

    #[test]
    fn what_is_no_template_is_refused() {
        for (text, why) in [
            (" ", BadTitle::Empty),
            ("a\nb", BadTitle::Control),
            ("{tilte}", BadTitle::Placeholder),
            ("}{", BadTitle::Placeholder),
            ("{{title}}", BadTitle::Placeholder),
            ("{{title}calendar}", BadTitle::Placeholder),
        ] {
            assert_eq!(Title::parse(text), Err(why), "{text}");
        }
        assert_eq!(Title::parse("x".repeat(201)), Err(BadTitle::Long));
    }
}
