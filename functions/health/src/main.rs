//! Judges all calendars, keeps the report, tells what changed.

fn main() {}
