//! Text of others, safe to print.
//!
//! Names of calendars, titles and lines of files are written by anybody, and a terminal obeys what it is sent. What it could
//! obey, or what turns the order of what is read, is written as in JSON, so that it stays what it was inside of JSON.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text without anything that a terminal obeys but line breaks and tabs.
#[must_use]
pub fn safe(text: &str) -> Cow<'_, str> {
    escaped(text, |letter| {
        !matches!(letter, '\n' | '\t') && is_obeyed(letter)
    })
}

/// The same as a single line: for names and titles.
#[must_use]
pub fn one_line(text: &str) -> Cow<'_, str> {
    escaped(text, is_obeyed)
}

fn escaped(text: &str, bad: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&bad) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match bad(letter) {
            // Writing to a string has no way to fail.
            true => _ = write!(safe, "\\u{:04x}", u32::from(letter)),
            false => safe.push(letter),
        }
    }
    Cow::Owned(safe)
}

/// Control characters, and the marks that reorder a line or begin a new one.
fn is_obeyed(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_spelled_out() {
        let evil = "a\u{1b}[2Jb\u{7}c\u{9b}d\u{202e}e\u{7f}";
        assert_eq!(safe(evil), "a\\u001b[2Jb\\u0007c\\u009bd\\u202ee\\u007f");
        assert_eq!(safe("two\nlines\tand é 日 🙂"), "two\nlines\tand é 日 🙂");
        assert_eq!(one_line("two\nlines"), "two\\u000alines");
    }

    #[test]
    fn json_means_the_same_afterwards() {
        let name = "\u{1b}\u{9b}\u{202e}\u{7f} name";
        let json = serde_json::to_string(name).unwrap();
        let back: String = serde_json::from_str(&safe(&json)).unwrap();
        assert_eq!(back, name);
    }
}
