//! `tidelock demo`: the main job on embedded parts.
//!
//! A person's calendars in the simulated Google, the table in the process, the code that ships over both. First sync,
//! what is held where and why not, a dozen edits with a sync after each, and the totals. It asks no network, key or
//! account, and moves time by hand: it never waits.
//!
//! Rule: the verdict is that of [`crate::check`], which looks at the simulator and believes no row.
//!
//! Reading order: `input` (which calendars), `kept` (a folder to go on from), `stage` (the world, syncs, what they cost),
//! `opening` (first sync and listing), `edits`, `closing` (totals).

mod closing;
mod edits;
mod error;
mod input;
mod kept;
mod listing;
mod opening;
mod samples;
mod screen;
mod stage;
mod times;

use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use jiff::Timestamp;
use simulator::Simulator;

pub use error::DemoError;

use input::Input;
use kept::Kept;
use screen::Screen;
use stage::Stage;

/// The samples' calendars around `now` in a simulated Google, and the address and access token of each account.
///
/// # Errors
/// The simulated Google refuses a sample.
pub(crate) fn samples_at(now: Timestamp) -> Result<(Simulator, Vec<(String, String)>), DemoError> {
    let options = Options {
        ics: Vec::new(),
        now: Some(now),
        shift: false,
        data: None,
        seed: 1,
        json: false,
    };
    let filled = Input::read(&options)?.fill(&options)?;
    let logins = filled.calendars.into_iter();
    let logins = logins.map(|email| (email.clone(), input::token(&email)));
    Ok((filled.google, logins.collect()))
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Calendar files instead of the samples; each becomes one calendar.
    pub ics: Vec<PathBuf>,
    /// The simulated present; none: that of the samples, or of the folder.
    pub now: Option<Timestamp>,
    /// Moves the files' events so that they lie around now.
    pub shift: bool,
    /// A folder that keeps the tables and the simulated Google; a second run goes on from it.
    pub data: Option<PathBuf>,
    /// The same seed gives the same run.
    pub seed: u64,
    /// One JSON object at the end.
    pub json: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            ics: Vec::new(),
            now: None,
            shift: false,
            data: None,
            seed: 1,
            json: false,
        }
    }
}

/// Runs the demo. `out` is for people, `json` gets the object if one was asked for. Whether everything ended in step, at
/// every point where it was checked.
///
/// # Errors
/// A file or the folder cannot be used ([`DemoError::is_usage`]), and then nothing was begun; or the demo broke down.
pub async fn run(
    options: Options,
    out: &mut dyn Write,
    json: &mut dyn Write,
) -> Result<bool, DemoError> {
    let began = Instant::now();
    let input = Input::read(&options)?;
    let kept = Kept::find(options.data.as_deref())?;
    let mut screen = Screen::new(out);
    let mut stage = Box::pin(Stage::set_up(&options, input, &kept, &mut screen)).await?;
    let mut well = Box::pin(opening::play(&mut stage, &mut screen)).await?;
    kept.save(&stage)?;
    if stage.played {
        screen.line("The edits were played before; remove the folder to begin anew.");
    } else {
        well &= Box::pin(edits::play(&mut stage, &mut screen)).await?;
        stage.played = true;
    }
    stage.finished = true;
    kept.save(&stage)?;
    let elapsed = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let report = Box::pin(closing::play(&stage, &mut screen, well, elapsed)).await?;
    if options.json {
        let object = serde_json::to_string(&report).unwrap_or_default();
        writeln!(json, "{object}")
            .and_then(|()| json.flush())
            .map_err(DemoError::Output)?;
    }
    Ok(report.in_step)
}
