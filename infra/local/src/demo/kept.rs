//! A folder that a second run goes on from: the tables, and what the simulated Google remembers.
//!
//! A real Google never forgets a write; this one does if the process dies before it saves. The file says whether it is
//! behind; if so, all sync tokens are ended, and the next sync reads everything again and finds what is missing.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use simulator::{Knobs, Simulator};

use super::DemoError;
use super::input::Filled;
use super::stage::Stage;
use crate::stack::folder::{Folder, usable};
use crate::world::WorldError;

const GOOGLE: &str = "google.json";
const TABLES: &str = "tables.db";
/// What the clock gains after a run that did not end, so that no etag is given twice.
const AFTER_A_CRASH: TimeDelta = TimeDelta::hours(1);

/// A folder, if one was asked for.
pub(super) struct Kept {
    folder: Option<PathBuf>,
    _held: Option<Folder>,
    saved: Option<Saved>,
}

/// What a run left.
pub(super) struct Found {
    pub(super) google: Simulator,
    pub(super) calendars: Vec<String>,
    pub(super) played: bool,
    pub(super) finished: bool,
}

#[derive(Serialize, Deserialize)]
struct Saved {
    finished: bool,
    played: bool,
    calendars: Vec<String>,
    google: String,
}

impl Kept {
    pub(super) fn find(folder: Option<&Path>) -> Result<Self, DemoError> {
        let Some(folder) = folder else {
            return Ok(Self {
                folder: None,
                _held: None,
                saved: None,
            });
        };
        let held = Folder::open(folder)?;
        usable(&folder.join(TABLES))?;
        let path = folder.join(GOOGLE);
        if !path.exists() && folder.join(TABLES).exists() {
            let fix = "remove the tables too, or name another folder";
            return Err(bad(&path, "is not there, but the tables are", fix));
        }
        let saved = match path.exists() {
            true => Some(read(&path)?),
            false => None,
        };
        Ok(Self {
            folder: Some(folder.to_owned()),
            _held: Some(held),
            saved,
        })
    }

    /// What the last run left, if there was one.
    pub(super) fn found(&self) -> Result<Option<Found>, DemoError> {
        let (Some(saved), Some(folder)) = (&self.saved, &self.folder) else {
            return Ok(None);
        };
        let google = Simulator::load(&saved.google, Knobs::default())
            .map_err(|why| bad(&folder.join(GOOGLE), why, ANEW))?;
        let mut found = Found {
            google,
            calendars: saved.calendars.clone(),
            played: saved.played,
            finished: saved.finished,
        };
        if !found.finished {
            found.google.advance(AFTER_A_CRASH);
            for calendar in &found.calendars {
                found.google.expire_sync_tokens(calendar);
            }
        }
        Ok(Some(found))
    }

    /// The tables, in the folder or in memory.
    pub(super) fn tables(&self, clock: &wire::Clock) -> Result<wire::Engine, DemoError> {
        let Some(folder) = &self.folder else {
            return Ok(wire::Engine::memory(clock).map_err(WorldError::from)?);
        };
        let path = folder.join(TABLES);
        let opened = wire::Engine::open(&path);
        opened.map_err(|_| bad(&path, "is no table, or a damaged one", ANEW))
    }

    /// Saves the simulated Google of a first run. It comes before the tables: without it they are of no use.
    pub(super) fn begin(&self, filled: &Filled) -> Result<(), DemoError> {
        self.write(&Saved {
            finished: false,
            played: false,
            calendars: filled.calendars.clone(),
            google: filled.google.save(),
        })
    }

    /// Saves the simulated Google as it is now.
    pub(super) fn save(&self, stage: &Stage) -> Result<(), DemoError> {
        if self.folder.is_none() {
            return Ok(());
        }
        self.write(&Saved {
            finished: stage.finished,
            played: stage.played,
            calendars: stage.ids().map(str::to_owned).collect(),
            google: stage.google().save(),
        })
    }

    fn write(&self, saved: &Saved) -> Result<(), DemoError> {
        let Some(folder) = &self.folder else {
            return Ok(());
        };
        let text = serde_json::to_string(saved).unwrap_or_default();
        let (path, new) = (folder.join(GOOGLE), folder.join("google.json.new"));
        let written = fs::write(&new, text).and_then(|()| fs::rename(&new, &path));
        written.map_err(|why| bad(&path, why, "make room, and allow it to be written"))
    }
}

const ANEW: &str = "remove the folder to begin anew";

fn read(path: &Path) -> Result<Saved, DemoError> {
    let text = fs::read_to_string(path).map_err(|why| bad(path, why, ANEW))?;
    serde_json::from_str(&text).map_err(|why| bad(path, why, ANEW))
}

fn bad(path: &Path, what: impl ToString, fix: &'static str) -> DemoError {
    DemoError::Data {
        path: path.to_owned(),
        what: what.to_string(),
        fix,
    }
}
