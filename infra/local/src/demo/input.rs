//! Which calendars there are: the samples, or one a file. Everything is read before anything begins.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use simulator::ics::IcsCalendar;
use simulator::{NewAccount, Settings, Simulator};

use super::times::to_chrono;
use super::{DemoError, Options, samples};
use crate::files::{self, BadFile};

/// The simulated present, unless another is asked for: the Monday before Europe's clocks change.
const NOW: &str = "2026-03-23T07:00:00Z";

/// Calendar files, read.
pub(super) struct Input {
    files: Vec<(PathBuf, IcsCalendar)>,
}

/// A simulated Google with a person's calendars.
pub(super) struct Filled {
    pub(super) google: Simulator,
    /// Google's ids, in the order to show.
    pub(super) calendars: Vec<String>,
    pub(super) now: Timestamp,
}

impl Input {
    pub(super) fn read(options: &Options) -> Result<Self, DemoError> {
        let files = options.ics.iter();
        let files = files
            .map(|path| Ok((path.clone(), files::calendar(path)?)))
            .collect::<Result<Vec<_>, BadFile>>()?;
        let input = Self { files };
        // A file that the simulated Google refuses is as broken as one that cannot be read.
        input.fill(options)?;
        Ok(input)
    }

    /// Whether files were given.
    pub(super) fn has_files(&self) -> bool {
        !self.files.is_empty()
    }

    /// Makes the simulated Google.
    pub(super) fn fill(&self, options: &Options) -> Result<Filled, DemoError> {
        let now = match options.now {
            Some(now) => now,
            None => NOW.parse().unwrap_or_default(),
        };
        let mut filled = Filled {
            google: Simulator::new(Settings {
                now: to_chrono(now),
                seed: options.seed,
                ..Settings::default()
            }),
            calendars: Vec::new(),
            now,
        };
        if self.has_files() {
            self.load(&mut filled, options.shift)?;
        } else {
            samples::fill(&mut filled)?;
        }
        Ok(filled)
    }

    fn load(&self, filled: &mut Filled, shift: bool) -> Result<(), DemoError> {
        for (path, file) in &self.files {
            let mut file = file.clone();
            if shift {
                file.shift(to_chrono(filled.now));
            }
            let zone = file.zone.map_or("UTC", |zone| zone.name());
            let id = filled.add(&self.name(path, &file, filled), zone);
            let loaded = filled.google.load_ics(&id, &file);
            loaded.map_err(|refusal| BadFile::Refused {
                path: path.clone(),
                why: refusal.message.to_string(),
            })?;
        }
        if self.files.len() == 1 {
            let zone = self.files.iter().find_map(|(_, file)| file.zone);
            filled.add("Other", zone.map_or("UTC", |zone| zone.name()));
        }
        Ok(())
    }

    fn name(&self, path: &Path, file: &IcsCalendar, filled: &Filled) -> String {
        let stem = || {
            path.file_stem()
                .map(|stem| stem.to_string_lossy().into_owned())
        };
        let name = file.name.clone().filter(|name| !name.trim().is_empty());
        let name = name.or_else(stem).unwrap_or_else(|| "Calendar".to_owned());
        let taken = |name: &str| {
            let mut names = filled.calendars.iter();
            names.any(|id| filled.google.calendar_summary(id) == Some(name))
        };
        match taken(&name) {
            true => format!("{name} ({})", filled.calendars.len() + 1),
            false => name,
        }
    }
}

impl Filled {
    /// Adds an account whose primary calendar has this name. Returns the calendar's id.
    pub(super) fn add(&mut self, name: &str, zone: &str) -> String {
        let id = format!("calendar{}@example.com", self.calendars.len() + 1);
        self.add_account(&id, name, zone);
        id
    }

    /// Adds an account by its address.
    pub(super) fn add_account(&mut self, email: &str, name: &str, zone: &str) {
        let account = NewAccount {
            email: email.to_owned(),
            access_tokens: vec![token(email)],
            ..NewAccount::default()
        };
        // Every name comes from the same table of zones.
        let zone = zone.parse().unwrap_or_default();
        self.google.add_account(account, zone);
        // The primary calendar is called like its account; people call theirs something else.
        self.google.add_calendar(email, name, zone, email);
        self.calendars.push(email.to_owned());
    }
}

/// The access token of an account in the simulated Google.
pub(super) fn token(email: &str) -> String {
    format!("token-of-{email}")
}
