//! What keeps the demo from running.

use std::path::PathBuf;

use shared::engine::SyncError;

use crate::files::BadFile;
use crate::stack::FolderError;
use crate::world::WorldError;

/// The demo could not run, or broke down.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A calendar file cannot be used.
    #[error(transparent)]
    File(#[from] BadFile),
    /// The folder given by `--data` cannot be opened.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// What the folder given by `--data` holds cannot be used.
    #[error("{}: {what}; {fix}", path.display())]
    Data {
        /// The folder, or the file in it.
        path: PathBuf,
        /// What is the matter.
        what: String,
        /// What to do.
        fix: &'static str,
    },
    /// The samples do not fit the simulated Google.
    #[error("a sample event is refused: {0}")]
    Sample(#[from] simulator::Refusal),
    /// The world could not be set up.
    #[error("the demo's world cannot be set up")]
    World(#[from] WorldError),
    /// A sync that should have worked failed, or the rows could not be read.
    #[error("the demo broke down")]
    Sync(#[from] SyncError),
    /// The JSON object could not be written.
    #[error("the result cannot be written")]
    Output(#[source] std::io::Error),
}

impl DemoError {
    /// Whether what was asked for is at fault: exit 2, and nothing was begun.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::File(_) | Self::Folder(_) | Self::Data { .. })
    }
}
