//! Syncs the calendars that the queue names.

fn main() {}
