//! A dozen edits, each followed by syncs until nothing is left to do, what they cost, and the check.

mod blocks;
mod choose;
mod people;
mod series;
mod trouble;
mod workers;

use super::DemoError;
use super::closing::verdict;
use super::screen::Screen;
use super::stage::Stage;

/// What can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edit {
    Move,
    Retitle,
    Delete,
    Decline,
    CancelOccurrence,
    Following,
    BlockDeleted,
    BlockDragged,
    TokenExpires,
    Unavailable,
    TwoWorkers,
    WorkerDies,
}

const ALL: [Edit; 12] = [
    Edit::Move,
    Edit::Retitle,
    Edit::Delete,
    Edit::Decline,
    Edit::CancelOccurrence,
    Edit::Following,
    Edit::BlockDeleted,
    Edit::BlockDragged,
    Edit::TokenExpires,
    Edit::Unavailable,
    Edit::TwoWorkers,
    Edit::WorkerDies,
];

/// What happened.
enum Told {
    /// In a line; and what was to be seen before the syncs that mend it.
    Done(String, Vec<String>),
    /// There was nothing to do it with.
    Skipped(&'static str),
}

impl Told {
    fn done(line: String) -> Self {
        Self::Done(line, Vec::new())
    }
}

/// Plays all of them. Whether everything was in step after each.
pub(super) async fn play(stage: &mut Stage, screen: &mut Screen<'_>) -> Result<bool, DemoError> {
    screen.heading("Edits");
    let mut well = true;
    for (number, edit) in (1..).zip(ALL) {
        well &= Box::pin(one(stage, screen, number, edit)).await?;
    }
    Ok(well)
}

async fn one(
    stage: &mut Stage,
    screen: &mut Screen<'_>,
    number: usize,
    edit: Edit,
) -> Result<bool, DemoError> {
    let before = stage.spent();
    let (line, notes) = match perform(stage, edit).await? {
        Told::Done(line, notes) => (line, notes),
        Told::Skipped(why) => {
            screen.line(format_args!(
                "{number:>2}  {}: left out, {why}",
                edit.name()
            ));
            return Ok(true);
        }
    };
    screen.line(format_args!("{number:>2}  {}: {line}", edit.name()));
    for note in notes {
        screen.line(format_args!("    {note}"));
    }
    let quiet = stage.settle().await;
    let spent = stage.spent().since(before);
    screen.line(format_args!("    {spent}"));
    let idle = edit != Edit::Retitle || spent.blocks() == 0;
    if !idle {
        screen.line("  NOT IN STEP: a title is nobody's business, and yet a block was written");
    }
    Ok(verdict(stage, quiet, screen) && idle)
}

async fn perform(stage: &mut Stage, edit: Edit) -> Result<Told, DemoError> {
    match edit {
        Edit::Move => people::move_event(stage).await,
        Edit::Retitle => people::retitle(stage).await,
        Edit::Delete => people::delete(stage).await,
        Edit::Decline => people::decline(stage).await,
        Edit::CancelOccurrence => series::cancel_occurrence(stage).await,
        Edit::Following => series::following(stage).await,
        Edit::BlockDeleted => blocks::deleted(stage),
        Edit::BlockDragged => blocks::dragged(stage),
        Edit::TokenExpires => trouble::token_expires(stage).await,
        Edit::Unavailable => trouble::unavailable(stage).await,
        Edit::TwoWorkers => workers::two_at_once(stage).await,
        Edit::WorkerDies => workers::one_dies(stage).await,
    }
}

impl Edit {
    fn name(self) -> &'static str {
        match self {
            Self::Move => "move",
            Self::Retitle => "retitle",
            Self::Delete => "delete",
            Self::Decline => "decline",
            Self::CancelOccurrence => "cancel one occurrence",
            Self::Following => "this and following",
            Self::BlockDeleted => "a person deletes a block",
            Self::BlockDragged => "a person drags a block",
            Self::TokenExpires => "the sync token expires",
            Self::Unavailable => "Google answers 503 half way",
            Self::TwoWorkers => "two workers at once",
            Self::WorkerDies => "a worker dies inside a commit",
        }
    }
}
