//! The tree of BEGIN and END, flattened to what is needed: the calendar's own lines, its events, the names of its zones.

use std::collections::BTreeMap;

use chrono_tz::Tz;

use crate::ics::{IcsError, lines::Line};

/// One VEVENT: its own lines, without those of alarms in it.
#[derive(Debug, Clone)]
pub(crate) struct Block<'a> {
    pub(crate) line: usize,
    pub(crate) lines: Vec<&'a Line>,
}

/// A file, taken apart.
#[derive(Debug, Clone, Default)]
pub(crate) struct File<'a> {
    head: Vec<&'a Line>,
    pub(crate) events: Vec<Block<'a>>,
    zones: Vec<Block<'a>>,
}

/// Takes a file apart, or says where BEGIN and END do not match.
pub(crate) fn read(lines: &[Line]) -> Result<File<'_>, IcsError> {
    let mut file = File::default();
    let mut open: Vec<&Line> = Vec::new();
    for line in lines {
        match line.name.as_str() {
            "BEGIN" => {
                begin(&mut file, &open, line)?;
                open.push(line);
            }
            "END" => end(&mut open, line)?,
            _ => inside(&mut file, &open, line)?,
        }
    }
    if let Some(line) = open.last() {
        let last = lines.last().map_or(line.number, |line| line.number);
        let what = format!(
            "END:{} is missing: BEGIN:{} in line {} is still open at the end of the file",
            line.value, line.value, line.number
        );
        return Err(IcsError::new(
            last,
            what,
            "export the file again, it may have been cut off",
        ));
    }
    if lines.is_empty() {
        return Err(IcsError::new(
            1,
            "the file is empty",
            "give a file that starts with BEGIN:VCALENDAR",
        ));
    }
    Ok(file)
}

fn begin<'a>(file: &mut File<'a>, open: &[&Line], line: &'a Line) -> Result<(), IcsError> {
    let parent = open.last().map(|line| line.value.as_str());
    match (parent, line.value.as_str()) {
        (None, "VCALENDAR") => {}
        (None, other) => {
            let what = format!("the file starts with BEGIN:{other}");
            return Err(IcsError::new(
                line.number,
                what,
                "give a file that starts with BEGIN:VCALENDAR",
            ));
        }
        (Some("VCALENDAR"), "VEVENT") => file.events.push(Block {
            line: line.number,
            lines: Vec::new(),
        }),
        (Some("VCALENDAR"), "VTIMEZONE") => file.zones.push(Block {
            line: line.number,
            lines: Vec::new(),
        }),
        (Some(_), "VEVENT") => {
            let what = format!("BEGIN:VEVENT inside {}", parent.unwrap_or_default());
            return Err(IcsError::new(
                line.number,
                what,
                "close the component before with its END",
            ));
        }
        (Some(_), _) => {}
    }
    Ok(())
}

fn end(open: &mut Vec<&Line>, line: &Line) -> Result<(), IcsError> {
    match open.pop() {
        Some(begin) if begin.value == line.value => Ok(()),
        Some(begin) => {
            let what = format!(
                "END:{} does not match BEGIN:{} in line {}",
                line.value, begin.value, begin.number
            );
            Err(IcsError::new(
                line.number,
                what,
                "close components in the order they were opened",
            ))
        }
        None => Err(IcsError::new(
            line.number,
            format!("END:{} without BEGIN", line.value),
            "remove the line or add its BEGIN",
        )),
    }
}

fn inside<'a>(file: &mut File<'a>, open: &[&Line], line: &'a Line) -> Result<(), IcsError> {
    let names: Vec<&str> = open.iter().map(|line| line.value.as_str()).collect();
    match names.as_slice() {
        [] => {
            return Err(IcsError::new(
                line.number,
                format!("{} outside of VCALENDAR", line.name),
                "give a file that starts with BEGIN:VCALENDAR",
            ));
        }
        ["VCALENDAR"] => file.head.push(line),
        ["VCALENDAR", "VEVENT"] => file
            .events
            .last_mut()
            .into_iter()
            .for_each(|block| block.lines.push(line)),
        ["VCALENDAR", "VTIMEZONE"] => file
            .zones
            .last_mut()
            .into_iter()
            .for_each(|block| block.lines.push(line)),
        _ => {}
    }
    Ok(())
}

impl Block<'_> {
    /// The first line of a name.
    pub(crate) fn get(&self, name: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.name == name).copied()
    }

    /// The value of the first line of a name.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.get(name).map(|line| line.value.trim())
    }
}

impl File<'_> {
    fn head(&self, name: &str) -> Option<&Line> {
        self.head.iter().find(|line| line.name == name).copied()
    }

    pub(crate) fn name(&self) -> Option<String> {
        self.head("X-WR-CALNAME").map(|line| line.value.clone())
    }

    pub(crate) fn zone(&self) -> Result<Option<Tz>, IcsError> {
        let Some(line) = self.head("X-WR-TIMEZONE") else {
            return Ok(None);
        };
        let unknown = |_| {
            IcsError::new(
                line.number,
                format!("unknown time zone \"{}\"", line.value),
                "use an IANA name such as Europe/Berlin",
            )
        };
        line.value.trim().parse().map(Some).map_err(unknown)
    }

    /// IANA zones that the file gives for zone names of its own.
    pub(crate) fn zone_names(&self) -> BTreeMap<String, Tz> {
        let named = |block: &Block<'_>| {
            let zone = block.text("X-LIC-LOCATION")?.parse().ok()?;
            Some((block.text("TZID")?.to_owned(), zone))
        };
        self.zones.iter().filter_map(named).collect()
    }
}
