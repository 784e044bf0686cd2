//! What was connected, in words.

use std::fmt::Write;

use super::{Connect, Connects};

/// A line for each person, and one for each thing that happened beside.
pub(super) fn text(connects: &Connects) -> String {
    let mut text = String::new();
    for person in &connects.people {
        // Writing to a text cannot fail.
        let _ = told(&mut text, person);
    }
    text
}

fn told(text: &mut String, person: &Connect) -> std::fmt::Result {
    let Connect {
        name,
        calendars,
        stored,
        forgotten,
        failed,
    } = person;
    match calendars.as_slice() {
        [] => writeln!(text, "{name}: no calendar is connected")?,
        calendars => writeln!(text, "{name}: connected: {}", calendars.join(", "))?,
    }
    if !stored.is_empty() {
        writeln!(text, "  credentials stored: {}", stored.join(", "))?;
    }
    if !forgotten.is_empty() {
        writeln!(text, "  credentials removed: {}", forgotten.join(", "))?;
    }
    for why in failed {
        writeln!(text, "  FAILED: {why}")?;
    }
    Ok(())
}
