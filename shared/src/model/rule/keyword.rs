//! A word in an event's title by which a person keeps it out of mirroring, or lets it in.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Longest keyword, in characters.
const LONGEST: usize = 40;

/// Text that is no keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no keyword: write one word of 2 to {LONGEST} characters, such as #nosync")]
pub struct BadKeyword;

/// One word, compared without regard to case.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Keyword(String);

impl Keyword {
    /// Reads a keyword.
    ///
    /// # Errors
    /// It is no single word of bounded length.
    pub fn parse(text: &str) -> Result<Self, BadKeyword> {
        let odd = |letter: char| letter.is_whitespace() || letter.is_control();
        // Some letters are two in lower case, and it is that form that is kept and read again.
        let text = text.to_lowercase();
        match (2..=LONGEST).contains(&text.chars().count()) && !text.contains(odd) {
            true => Ok(Self(text)),
            false => Err(BadKeyword),
        }
    }

    /// Whether it is one of the words of `text`: whole, so that `#nosyncing` is another one.
    #[must_use]
    pub fn is_in(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        text.match_indices(self.0.as_str()).any(|(at, found)| {
            let before = text.get(..at).and_then(|before| before.chars().last());
            let after = text.get(at + found.len()..);
            let after = after.and_then(|after| after.chars().next());
            let joins =
                |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric());
            !joins(before) && !joins(after)
        })
    }

    /// The keyword.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Keyword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keyword({})", self.0)
    }
}
impl TryFrom<String> for Keyword {
    type Error = BadKeyword;
    fn try_from(text: String) -> Result<Self, BadKeyword> {
        Self::parse(&text)
    }
}
impl From<Keyword> for String {
    fn from(keyword: Keyword) -> String {
        keyword.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyword_is_found_as_a_whole_word_in_any_case() {
        let word = Keyword::parse("#NoSync").unwrap();
        for text in ["#nosync", "Lunch #NOSYNC", "(#nosync)", "a,#nosync!"] {
            assert!(word.is_in(text), "{text}");
        }
        for text in ["", "nosync", "#nosyncing", "x#nosync", "# nosync"] {
            assert!(!word.is_in(text), "{text}");
        }
    }

    #[test]
    fn what_is_no_word_is_refused() {
        for text in [
            "",
            "x",
            "two words",
            "a\tb",
            &"x".repeat(41),
            &"\u{130}".repeat(21),
        ] {
            assert_eq!(Keyword::parse(text), Err(BadKeyword), "{text}");
        }
    }
}
