//! DynamoDB inside the process: the stock SDK's requests, answered without a socket.
//!
//! Owns the handle to the engine and the way from an HTTP request to it. A request takes effect when
//! its future is first polled, on the thread that polls it: a dropped future had no effect or had all
//! of it. It does not throttle, conflict, delay or lose anything; [`crate::faults`] does.

mod connector;
mod half_made;
mod operations;

use std::fmt;
use std::path::Path;

use dynoxide::{Database, DynoxideError};

use crate::answer::Answer;
use crate::clock::Clock;

/// A shared handle to one embedded DynamoDB. Clones see the same tables.
#[derive(Clone)]
pub struct Engine {
    database: Database,
}

/// The engine could not be opened, or could not do its own housekeeping.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The database could not be opened.
    #[error("cannot open the embedded database {place}")]
    Open {
        /// The file, or `in memory`.
        place: String,
        /// The engine's reason.
        source: DynoxideError,
    },
    /// The path is not valid Unicode, which the engine asks for.
    #[error("the path of the embedded database is not valid Unicode: {}", place.display())]
    Path {
        /// The path as given.
        place: std::path::PathBuf,
    },
    /// Expired items could not be removed.
    #[error("cannot remove expired items from the embedded database")]
    Sweep {
        /// The engine's reason.
        source: DynoxideError,
    },
}

impl Engine {
    /// An empty engine that lives as long as its handles and reads time from `clock`.
    ///
    /// # Errors
    /// The engine could not set up its memory.
    pub fn memory(clock: &Clock) -> Result<Self, EngineError> {
        match Database::memory_with_clock(clock.shared()) {
            Ok(database) => Ok(Self { database }),
            Err(source) => Err(EngineError::Open {
                place: "in memory".to_owned(),
                source,
            }),
        }
    }

    /// The engine whose tables are kept in the file `path`, created when it is not there. It reads
    /// the system's clock. A table whose making was cut short is removed.
    ///
    /// # Errors
    /// The file cannot be created, read, or is not a database.
    pub fn open(path: &Path) -> Result<Self, EngineError> {
        let Some(text) = path.to_str() else {
            return Err(EngineError::Path {
                place: path.to_owned(),
            });
        };
        let opened = Database::new(text).and_then(|database| {
            half_made::remove(&database)?;
            Ok(Self { database })
        });
        opened.map_err(|source| EngineError::Open {
            place: text.to_owned(),
            source,
        })
    }

    /// Removes the items whose time to live has passed and returns how many they were. Nothing else
    /// ever removes them.
    ///
    /// # Errors
    /// The engine could not read or write its storage.
    pub fn sweep_ttl(&self) -> Result<usize, EngineError> {
        self.database
            .sweep_ttl()
            .map_err(|source| EngineError::Sweep { source })
    }

    /// Answers one request at once: `operation` as in `x-amz-target` without its prefix, `body` the
    /// JSON that the SDK would send.
    #[must_use]
    pub fn answer(&self, operation: &str, body: &[u8]) -> Answer {
        operations::answer(&self.database, operation, body)
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}
