//! The person's screen: whole lines, and beginnings of lines that show that something is under way.

use std::fmt::Display;
use std::io::Write;

/// Where people read. Who closed it does not want to read on; the work goes on all the same.
pub(super) struct Screen<'a> {
    out: &'a mut dyn Write,
}

impl<'a> Screen<'a> {
    pub(super) fn new(out: &'a mut dyn Write) -> Self {
        Self { out }
    }

    /// A line.
    pub(super) fn line(&mut self, text: impl Display) {
        let _ = writeln!(self.out, "{text}").and_then(|()| self.out.flush());
    }

    /// The beginning of a line, shown at once.
    pub(super) fn begin(&mut self, text: impl Display) {
        let _ = write!(self.out, "{text}").and_then(|()| self.out.flush());
    }

    /// A heading.
    pub(super) fn heading(&mut self, text: impl Display) {
        self.line(format_args!("\n{text}\n"));
    }
}
