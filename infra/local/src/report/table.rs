//! A report for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use comfy_table::{CellAlignment, LineStyle, Table, TableStyle, presets};

use super::{Calendar, Report};
use crate::plain::one_line;

const HEADINGS: [&str; 8] = [
    "calendar", "events", "mirrored", "skipped", "parked", "blocks", "in step", "pending",
];

/// Lines around everything, and below the headings.
pub(crate) const STYLE: TableStyle = presets::UTF8_HORIZONTAL_ONLY.row_separator(LineStyle::none());

/// The report as a table, and the totals below it. Ends with a line break.
#[must_use]
pub fn table(report: &Report) -> String {
    let mut table = Table::new();
    table.load_style(STYLE);
    table.set_header(HEADINGS);
    for calendar in &report.calendars {
        table.add_row(cells(&one_line(&calendar.name), calendar));
    }
    if report.calendars.len() > 1 {
        table.add_row(cells("all", &sum(&report.calendars)));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    format!("{table}\n{}", totals(report))
}

fn cells(name: &str, calendar: &Calendar) -> [String; 8] {
    [
        name.to_owned(),
        calendar.events.to_string(),
        calendar.mirrored.to_string(),
        calendar.skipped.to_string(),
        calendar.parked.to_string(),
        calendar.blocks_wanted.to_string(),
        calendar.blocks_in_step.to_string(),
        calendar.pending.to_string(),
    ]
}

fn sum(calendars: &[Calendar]) -> Calendar {
    let of = |part: fn(&Calendar) -> u64| calendars.iter().map(part).sum();
    Calendar {
        name: String::new(),
        events: of(|calendar| calendar.events),
        mirrored: of(|calendar| calendar.mirrored),
        skipped: of(|calendar| calendar.skipped),
        parked: of(|calendar| calendar.parked),
        blocks_wanted: of(|calendar| calendar.blocks_wanted),
        blocks_in_step: of(|calendar| calendar.blocks_in_step),
        pending: of(|calendar| calendar.pending),
    }
}

fn totals(report: &Report) -> String {
    let mut text = String::new();
    let google = &report.google;
    let table = &report.dynamodb;
    let requests: u64 = table.requests_by_kind.values().sum();
    // Writing to a string has no way to fail.
    let _ = writeln!(
        text,
        "Google    {} units: {}",
        google.units,
        by_kind(&google.requests_by_kind)
    );
    let _ = writeln!(
        text,
        "DynamoDB  {requests} requests, {} write units, {} read units: {}",
        table.write_units,
        table.read_units,
        by_kind(&table.requests_by_kind)
    );
    for damaged in &report.damaged {
        let _ = writeln!(text, "{}", damaged.line());
    }
    if let Some(failed) = &report.failed {
        let _ = writeln!(text, "FAILED: {failed}");
    }
    let state = if report.in_step {
        "in step"
    } else {
        "NOT in step"
    };
    let seconds = report.elapsed_ms / 1_000;
    let rest = report.elapsed_ms % 1_000 / 10;
    let _ = writeln!(text, "{state}, after {seconds}.{rest:02} s");
    text
}

fn by_kind(requests: &BTreeMap<String, u64>) -> String {
    let parts = requests
        .iter()
        .map(|(kind, count)| format!("{kind} {count}"));
    parts.collect::<Vec<_>>().join(", ")
}
