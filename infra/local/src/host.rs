//! What a command gets from whoever runs it: where to write, the time, the environment, and the wish to stop.
//!
//! A command reads none of these by itself, so that a test can be its host.

use std::cell::RefCell;
use std::fmt;
use std::io::Write;

use shared::google::Clock;
use tokio::sync::watch;

/// Looks up a variable of the environment.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Who runs a command.
pub struct Host<'a> {
    out: RefCell<&'a mut dyn Write>,
    err: RefCell<&'a mut dyn Write>,
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
        write(&self.out, &text);
    }

    /// Writes anything else.
    pub fn err(&self, text: impl fmt::Display) {
        write(&self.err, &text);
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
        Writer(match stream {
            Stream::Out => &self.out,
            Stream::Err => &self.err,
        })
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
struct Writer<'a, 'h>(&'a RefCell<&'h mut dyn Write>);

impl Write for Writer<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.borrow_mut().flush()
    }
}

/// Who closed the other end does not want to read more; the work goes on all the same.
fn write(to: &RefCell<&mut dyn Write>, text: &dyn fmt::Display) {
    let mut to = to.borrow_mut();
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
