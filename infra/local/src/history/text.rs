//! A trail for people.

use jiff::Timestamp;
use shared::model::Epoch;

use super::{ChangeMade, Due, History, SourceTrail, TargetTrail};
use crate::age::Since;
use crate::damaged::Damaged;
use crate::explain::{Stand, block_of, unknown};
use crate::findings::count;
use crate::plain::one_line;

/// A line for each change, newest last, and one for what comes next. Ends with a line break.
#[must_use]
pub(super) fn text(history: &History) -> String {
    let mut lines = Vec::new();
    if !history.found {
        lines.push(unknown(&history.event, history.foreign));
    }
    lines.extend(history.block_of.iter().map(block_of));
    if history.sources.is_empty() && history.found {
        lines.push("its source has no row, so nothing is kept of what was done".to_owned());
    }
    lines.extend(history.damaged.iter().map(Damaged::line));
    for source in &history.sources {
        of_source(source, history, &mut lines);
    }
    lines.join("\n") + "\n"
}

fn of_source(source: &SourceTrail, history: &History, lines: &mut Vec<String>) {
    let (user, calendar, key) = (&source.user, one_line(&source.calendar), &source.key);
    lines.push(format!("{user}: {key} on {calendar}"));
    if source.follows_series {
        lines.push(
            "  this occurrence has no row of its own: what follows is its series'".to_owned(),
        );
    }
    for target in &source.targets {
        lines.push(format!(
            "  → {}: {}",
            one_line(&target.calendar),
            kept(target, history.kept)
        ));
        let changes = target.changes.iter();
        lines.extend(changes.map(|change| format!("      {}", made(change, history.at))));
        lines.push(format!("      now: {}", due(&target.now)));
    }
}

fn kept(target: &TargetTrail, kept: usize) -> String {
    match target.changes.len() {
        0 => "no change is on record".to_owned(),
        changes if changes >= kept => {
            format!("the last {changes} changes; older ones are not kept")
        }
        changes => count(changes as u64, "change"),
    }
}

fn made(change: &ChangeMade, now: Timestamp) -> String {
    let ChangeMade {
        at,
        did,
        why,
        before,
        after,
        epoch,
        commits,
    } = change;
    let (did, ago) = (did.words(), Since::new(*at, now));
    let commits = match (commits.as_slice(), epoch) {
        ([], Epoch(0)) => "before any sync of its own calendar".to_owned(),
        ([], Epoch(epoch)) => format!("epoch {epoch}, whose commit's record has expired"),
        ([one], Epoch(epoch)) => format!("epoch {epoch}, commit {one}"),
        (many, Epoch(epoch)) => {
            let many: Vec<_> = many.iter().map(ToString::to_string).collect();
            format!("epoch {epoch}, commits {}", many.join(", "))
        }
    };
    format!("{at:.0} ({ago} ago): {did} ({why}); {before} to {after}; {commits}")
}

fn due(due: &Due) -> String {
    let standing = match due.standing {
        Stand::Blocked => "blocked, nothing is due",
        Stand::NotBlocked => "not blocked, nothing is due",
        Stand::Pending | Stand::Leaving => "something is due",
        Stand::Parked => "SET ASIDE",
    };
    let mut text = match due.due {
        Some(deed) => format!(
            "to be {}; {} to {}",
            deed.words(),
            short(&due.have),
            short(&due.want)
        ),
        None => standing.to_owned(),
    };
    if let Some(why) = &due.why {
        text.push_str(&format!(" ({why})"));
    }
    if due.strays > 0 {
        text.push_str(&format!(
            "; {} must go",
            count(due.strays as u64, "more block")
        ));
    }
    text
}

/// As long as in a change.
fn short(print: &str) -> &str {
    print.get(..7).unwrap_or(print)
}
