//! What a command gets from whoever runs it: where to write, the time, the environment, and the wish to stop.
//!
//! A command reads none of these by itself, so that a test can be its host. All that is written goes through [`plain::safe`].

use std::cell::{Cell, RefCell};
use std::fmt;
use std::io::{ErrorKind, Write};

use shared::google::Clock;
use tokio::sync::watch;

use crate::plain;

/// Looks up a variable of the environment.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Who runs a command.
pub struct Host<'a> {
    out: RefCell<&'a mut dyn Write>,
    err: RefCell<&'a mut dyn Write>,
    lost: Cell<bool>,
    environment: Environment<'a>,
    /// The time.
    pub clock: Clock,
    /// The wish to stop.
    pub stop: Stop,
}

impl fmt::Debug for Host<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").finish_non_exhaustive()
    }
}

impl<'a> Host<'a> {
    /// A host that takes results at `out` and everything else at `err`.
    pub fn new(
        out: &'a mut dyn Write,
        err: &'a mut dyn Write,
        environment: Environment<'a>,
        clock: Clock,
        stop: Stop,
    ) -> Self {
        Self {
            out: RefCell::new(out),
            err: RefCell::new(err),
            lost: Cell::new(false),
            environment,
            clock,
            stop,
        }
    }

    /// A variable of the environment.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<String> {
        (self.environment)(name)
    }

    /// Writes a result.
    pub fn out(&self, text: impl fmt::Display) {
        write(self.writer(Stream::Out), &text);
    }

    /// Writes anything else.
    pub fn err(&self, text: impl fmt::Display) {
        write(self.writer(Stream::Err), &text);
    }

    /// Writes one line of progress: beside the results, or, where those are `json`, to the error stream.
    pub fn say(&self, json: bool, text: &str) {
        match json {
            true => self.err(format_args!("{text}\n")),
            false => self.out(format_args!("{text}\n")),
        }
    }

    /// A writer to one of the streams, for what has to be written piece by piece.
    #[must_use]
    pub fn writer(&self, stream: Stream) -> impl Write + '_ {
        let (to, lost) = match stream {
            Stream::Out => (&self.out, Some(&self.lost)),
            Stream::Err => (&self.err, None),
        };
        Writer { to, lost }
    }

    /// Whether a result could not be written, other than for want of a reader.
    #[must_use]
    pub fn lost_results(&self) -> bool {
        self.lost.get()
    }
}

/// Where something goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Results.
    Out,
    /// Everything else.
    Err,
}

/// Borrows its stream for each write only, so that several writers can take turns.
struct Writer<'a, 'h> {
    to: &'a RefCell<&'h mut dyn Write>,
    /// Where a failure is noted.
    lost: Option<&'a Cell<bool>>,
}

impl Writer<'_, '_> {
    /// Who closed the other end does not want to read more; any other failure counts.
    fn noted(&self, written: std::io::Result<()>) -> std::io::Result<()> {
        if let (Err(why), Some(lost)) = (&written, self.lost) {
            lost.set(lost.get() || why.kind() != ErrorKind::BrokenPipe);
        }
        written
    }
}

impl Write for Writer<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let safe = match std::str::from_utf8(bytes) {
            Ok(text) => plain::safe(text),
            Err(_) => String::from_utf8_lossy(bytes),
        };
        let written = self.to.borrow_mut().write_all(safe.as_bytes());
        self.noted(written).map(|()| bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        let flushed = self.to.borrow_mut().flush();
        self.noted(flushed)
    }
}

/// The work goes on all the same; the writer notes what failed.
fn write(mut to: impl Write, text: &dyn fmt::Display) {
    let _ = write!(to, "{text}").and_then(|()| to.flush());
}

/// The wish to stop, which may come at any time, and again.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<u32>);

/// Utters the wish to stop.
#[derive(Debug, Clone)]
pub struct Stopper(watch::Sender<u32>);

impl Stop {
    /// A wish not uttered yet, and what utters it.
    #[must_use]
    pub fn new() -> (Stopper, Self) {
        let (sender, receiver) = watch::channel(0);
        (Stopper(sender), Self(receiver))
    }

    /// A wish that will never come.
    #[must_use]
    pub fn never() -> Self {
        Self::new().1
    }

    /// Whether it has come.
    #[must_use]
    pub fn is_wished(&self) -> bool {
        *self.0.borrow() > 0
    }

    /// Waits until it has come `times` times.
    pub async fn wished(&self, times: u32) {
        let mut wishes = self.0.clone();
        if wishes.wait_for(|count| *count >= times).await.is_err() {
            // Nobody is left who could utter it.
            std::future::pending::<()>().await;
        }
    }
}

impl Stopper {
    /// Utters the wish once more.
    pub fn stop(&self) {
        self.0.send_modify(|count| *count = count.saturating_add(1));
    }
}
