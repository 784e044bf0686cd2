//! `--metrics`: a line of CloudWatch's embedded metric format for each run or sync, appended to a file.

use std::cell::{Cell, RefCell};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;

use jiff::Timestamp;
use shared::engine::{Outcome, SyncError};
use shared::google;
use shared::metrics::{Cost, Line, of_sync};

use crate::host::Host;

/// Where the lines go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// To standard output.
    Stdout,
    /// To the end of a file, which is made if it is not there.
    File(PathBuf),
}

/// Writes them. What cannot be written is told once, and stops nothing.
#[derive(Debug)]
pub struct Metrics<'a, 'h> {
    host: &'a Host<'h>,
    /// None: standard output.
    file: Option<RefCell<File>>,
    /// What was used up to the last line.
    used: Cell<(u64, f64)>,
    failed: Cell<bool>,
}

impl<'a, 'h> Metrics<'a, 'h> {
    /// Opens the target.
    ///
    /// # Errors
    /// It is standard output, which `json` needs for itself, or a file that cannot be written: why, and what to do.
    pub fn open(target: &Target, json: bool, host: &'a Host<'h>) -> Result<Self, String> {
        let file = match target {
            Target::Stdout if json => {
                return Err(
                    "--metrics - and --json both need standard output; give --metrics a file"
                        .to_owned(),
                );
            }
            Target::Stdout => None,
            Target::File(path) => {
                let file = OpenOptions::new().append(true).create(true).open(path);
                let file = file.map_err(|why| {
                    format!(
                        "{} cannot be written ({why}); give --metrics another file",
                        path.display()
                    )
                })?;
                Some(RefCell::new(file))
            }
        };
        Ok(Self {
            host,
            file,
            used: Cell::default(),
            failed: Cell::default(),
        })
    }

    /// Writes one line.
    pub fn write(&self, line: &Line) {
        let mut text = Vec::new();
        let written = line.write(&mut text).is_ok() && self.put(&text);
        if !written && !self.failed.replace(true) {
            self.host
                .err("tidelock: the metrics cannot be written; the work goes on without\n");
        }
    }

    /// One write a line, so that several processes may append to one file.
    fn put(&self, text: &[u8]) -> bool {
        match &self.file {
            Some(file) => file.borrow_mut().write_all(text).is_ok(),
            None => {
                self.host.out(String::from_utf8_lossy(text));
                true
            }
        }
    }

    /// The line of a sync that ended now. Syncs overlap, so what was used since the last line counts for this one: the sum is right.
    pub fn synced(
        &self,
        result: &Result<Outcome, SyncError>,
        usage: (google::Usage, wire::Usage),
        at: Timestamp,
    ) {
        let now = (usage.0.units, usage.1.write_units);
        let before = self.used.replace(now);
        let cost = Cost {
            google_units: now.0.saturating_sub(before.0),
            write_units: Some(whole(now.1 - before.1)),
        };
        self.write(&of_sync(result, &cost, at));
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a small number that is not negative; what is no number becomes 0"
)]
fn whole(units: f64) -> u64 {
    units.max(0.0).round() as u64
}
