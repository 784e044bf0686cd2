//! Calendar files into the simulated account.

use std::path::{Path, PathBuf};

use simulator::{EMAIL, Simulator};

use crate::files::{self, BadFile};

/// Loads the first file into the account's own calendar, each further one into a calendar of its own.
pub(super) fn all(google: &mut Simulator, paths: &[PathBuf]) -> Result<(), BadFile> {
    // All are read before the first is loaded: a broken one is told at once.
    let files = paths.iter().map(|path| Ok((path, files::calendar(path)?)));
    let files: Vec<_> = files.collect::<Result<_, BadFile>>()?;
    for (number, (path, file)) in (1..).zip(files) {
        let calendar = match number {
            1 => EMAIL.to_owned(),
            _ => {
                let id = format!("file{number}@group.calendar.google.com");
                let title = file.name.clone().unwrap_or_else(|| stem(path));
                google.add_calendar(&id, &title, file.zone.unwrap_or_default(), EMAIL);
                id
            }
        };
        let loaded = google.load_ics(&calendar, &file);
        loaded.map_err(|refusal| BadFile::Refused {
            path: path.clone(),
            why: refusal.message.to_string(),
        })?;
    }
    Ok(())
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
