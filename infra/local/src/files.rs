//! Reading files that a person names.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use simulator::ics::{IcsCalendar, IcsError, parse};

/// A file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadFile {
    /// It cannot be read.
    #[error("{} {what}; {fix}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What is the matter.
        what: String,
        /// What to do.
        fix: &'static str,
    },
    /// It is no calendar file, or a broken one.
    #[error("{}, {why}", path.display())]
    Ics {
        /// Which file.
        path: PathBuf,
        /// Line, what is wrong, what to do.
        why: IcsError,
    },
    /// An event in it is none that Google would take.
    #[error("{}: {why}; mend the event, or take it out", path.display())]
    Refused {
        /// Which file.
        path: PathBuf,
        /// What is wrong, and the line.
        why: String,
    },
}

/// What the system's commoner reasons are in plain words, and what to do about them.
const REASONS: [(ErrorKind, &str, &str); 4] = [
    (ErrorKind::NotFound, "is not there", "check the name"),
    (
        ErrorKind::PermissionDenied,
        "may not be read",
        "give yourself the right to read it",
    ),
    (
        ErrorKind::InvalidData,
        "is not UTF-8 text",
        "save it as UTF-8",
    ),
    (ErrorKind::IsADirectory, "is a folder", "name a file"),
];

/// The text of a file.
///
/// # Errors
/// It cannot be read, or is not UTF-8.
pub fn text(path: &Path) -> Result<String, BadFile> {
    std::fs::read_to_string(path).map_err(|error| {
        let known = REASONS.iter().find(|known| known.0 == error.kind());
        let (what, fix) = match known {
            Some((_, what, fix)) => ((*what).to_owned(), *fix),
            None => (format!("cannot be read ({error})"), "check the file"),
        };
        BadFile::Unreadable {
            path: path.to_owned(),
            what,
            fix,
        }
    })
}

/// A calendar file.
///
/// # Errors
/// It cannot be read, or is broken.
pub fn calendar(path: &Path) -> Result<IcsCalendar, BadFile> {
    parse(&text(path)?).map_err(|why| BadFile::Ics {
        path: path.to_owned(),
        why,
    })
}
