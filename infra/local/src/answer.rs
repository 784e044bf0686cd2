//! The frame of every command that asks something about a config file's installation: open, work, print, end.
//!
//! A command is a purpose, a piece of work and an [`Answer`]; everything else, from the config to the exit code, is here, and
//! so the same for all. `status` is the shortest example.

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;
use shared::engine::{Connection, Engine, RulesError, SyncError, chain};
use shared::model::{CalendarConfig, CalendarId, InstallKey};
use shared::store::StoreError;

use crate::exit::Exit;
use crate::host::Host;
use crate::stack::{Person, Purpose, Stack, advice};

/// What every such command is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// The config file.
    pub config: PathBuf,
    /// One person of it; none: all.
    pub user: Option<String>,
    /// Print one JSON object instead of text.
    pub json: bool,
}

/// What a command found: an object for programs, text for people, and how it ends.
pub trait Answer: Serialize {
    /// For people; ends with a line break.
    fn text(&self) -> String;

    /// How the command ends.
    fn exit(&self) -> Exit;
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// It was asked for something that cannot be done; nothing was done.
    #[error("{0}")]
    Usage(String),
    /// It did not get through: why, and what to do.
    #[error("{0}")]
    Failed(String),
}

impl Failure {
    fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) => Exit::Usage,
            Self::Failed(_) => Exit::NotInStep,
        }
    }
}

impl From<SyncError> for Failure {
    fn from(why: SyncError) -> Self {
        Self::Failed(advice::of_sync(&why))
    }
}
impl From<StoreError> for Failure {
    fn from(why: StoreError) -> Self {
        let what = advice::of_store(&why);
        Self::Failed(format!("the table: {}; {what}", chain(&why)))
    }
}
impl From<Connection> for Failure {
    fn from(why: Connection) -> Self {
        Self::Failed(advice::of_connection(&why))
    }
}

impl From<RulesError> for Failure {
    fn from(why: RulesError) -> Self {
        let text = advice::of_rules(&why);
        match why {
            RulesError::NobodyThere { .. } | RulesError::NothingToUndo => Self::Usage(text),
            RulesError::Store(_) | RulesError::UnknownChange | RulesError::Contended => {
                Self::Failed(text)
            }
        }
    }
}

/// What a command works with.
#[derive(Debug)]
pub struct Desk<'a, 'h> {
    /// Who runs it.
    pub host: &'a Host<'h>,
    /// What it is asked.
    pub ask: &'a Ask,
    /// What the config file leads to.
    pub stack: &'a Stack,
}

impl<'a> Desk<'a, '_> {
    /// The engine.
    #[must_use]
    pub fn engine(&self) -> &'a Engine {
        self.stack.engine()
    }

    /// The install key.
    #[must_use]
    pub fn key(&self) -> &'a InstallKey {
        self.stack.key()
    }

    /// The people that are asked about: at least one.
    ///
    /// # Errors
    /// The config has nobody of that name.
    pub fn people(&self) -> Result<Vec<&'a Person>, Failure> {
        let all = self.stack.people();
        let Some(name) = &self.ask.user else {
            return Ok(all.iter().collect());
        };
        let person = all.iter().find(|person| person.name == *name);
        person.map(|person| vec![person]).ok_or_else(|| {
            let names: Vec<_> = all.iter().map(|person| person.name.as_str()).collect();
            let names = names.join(", ");
            Failure::Usage(format!("the config has no user {name}; it has: {names}"))
        })
    }

    /// Those of `all` that are called `name`, by a person or by Google: at least one.
    ///
    /// # Errors
    /// None is.
    pub fn called(
        &self,
        all: &[(CalendarId, CalendarConfig)],
        name: &str,
    ) -> Result<Vec<CalendarId>, Failure> {
        let is_meant = |own: &CalendarConfig| own.name == name || own.google.as_str() == name;
        let meant = all.iter().filter(|(_, own)| is_meant(own));
        let meant: Vec<_> = meant.map(|(id, _)| *id).collect();
        if meant.is_empty() {
            let mut names: Vec<_> = all.iter().map(|(_, own)| own.name.as_str()).collect();
            names.sort_unstable();
            let names = names.join(", ");
            let text = format!("no calendar {name} is known; known are: {names}");
            return Err(Failure::Usage(text));
        }
        Ok(meant)
    }

    /// Tells progress.
    pub fn tell(&self, text: &str) {
        self.host.say(self.ask.json, text);
    }
}

/// Runs the command `name`: opens what the config describes, does the work, prints its answer.
pub async fn run<A: Answer>(
    name: &str,
    purpose: Purpose,
    ask: &Ask,
    host: &Host<'_>,
    work: impl AsyncFnOnce(&Desk<'_, '_>) -> Result<A, Failure>,
) -> Exit {
    let stack = match opened(name, purpose, ask, host).await {
        Ok(stack) => stack,
        Err(exit) => return exit,
    };
    let desk = Desk {
        host,
        ask,
        stack: &stack,
    };
    let once = Box::pin(once(name, purpose, &desk, work(&desk))).await;
    once.unwrap_or_else(|| stopped(name, ask, host))
}

/// Does the work and tells the answer; none: it was asked to stop first.
async fn once<A: Answer>(
    name: &str,
    purpose: Purpose,
    desk: &Desk<'_, '_>,
    work: impl Future<Output = Result<A, Failure>>,
) -> Option<Exit> {
    tokio::select! {
        biased;
        answered = work => Some(told(name, desk.ask.json, desk.host, answered)),
        () = desk.host.stop.wished(wishes(purpose)) => None,
    }
}

/// The same again and again, `every` so often, until it is asked to stop; ends as the last time did. What fails is told, and tried
/// again the next time.
pub async fn repeat<A: Answer>(
    name: &str,
    purpose: Purpose,
    ask: &Ask,
    host: &Host<'_>,
    every: Duration,
    work: impl AsyncFn(&Desk<'_, '_>) -> Result<A, Failure>,
) -> Exit {
    let stack = match opened(name, purpose, ask, host).await {
        Ok(stack) => stack,
        Err(exit) => return exit,
    };
    let desk = Desk {
        host,
        ask,
        stack: &stack,
    };
    loop {
        let once = Box::pin(once(name, purpose, &desk, work(&desk))).await;
        let Some(exit) = once else {
            return stopped(name, ask, host);
        };
        if exit == Exit::Usage {
            return exit;
        }
        tokio::select! {
            biased;
            () = host.stop.wished(1) => return exit,
            () = tokio::time::sleep(every) => {}
        }
    }
}

async fn opened(name: &str, purpose: Purpose, ask: &Ask, host: &Host<'_>) -> Result<Stack, Exit> {
    let stack = Box::pin(Stack::open(&ask.config, purpose, host)).await;
    stack.map_err(|error| {
        no_answer(name, ask.json, host, &error.text());
        error.exit()
    })
}

/// Who only looks is stopped by the first wish, at once; what writes ends what it began, unless it is wished again.
fn wishes(purpose: Purpose) -> u32 {
    match purpose {
        Purpose::Look | Purpose::Review => 1,
        Purpose::Work | Purpose::Mend | Purpose::Recover => 2,
    }
}

fn stopped(name: &str, ask: &Ask, host: &Host<'_>) -> Exit {
    no_answer(name, ask.json, host, "stopped; nothing is lost");
    Exit::NotInStep
}

/// Tells an answer, or why there is none.
pub(crate) fn told<A: Answer>(
    name: &str,
    json: bool,
    host: &Host<'_>,
    answered: Result<A, Failure>,
) -> Exit {
    match answered {
        Ok(answer) => print(name, json, host, &answer),
        Err(failure) => {
            no_answer(name, json, host, &failure.to_string());
            failure.exit()
        }
    }
}

/// The object in the place of an answer that there is none of.
#[derive(Serialize)]
struct NoAnswer<'a> {
    /// Why.
    failed: &'a str,
}

/// Tells why there is no answer. Whoever asked for an object gets one all the same.
pub(crate) fn no_answer(name: &str, json: bool, host: &Host<'_>, why: &str) {
    host.err(format_args!("tidelock {name}: {why}\n"));
    no_object(json, host, why);
}

/// The object that says why there is no answer, for whoever asked for one.
pub(crate) fn no_object(json: bool, host: &Host<'_>, why: &str) {
    if let (true, Ok(object)) = (json, serde_json::to_string(&NoAnswer { failed: why })) {
        host.out(format_args!("{object}\n"));
    }
}

fn print(name: &str, json: bool, host: &Host<'_>, answer: &impl Answer) -> Exit {
    match (json, serde_json::to_string(answer)) {
        (false, _) => host.out(answer.text()),
        (true, Ok(json)) => host.out(format_args!("{json}\n")),
        (true, Err(error)) => {
            host.err(format_args!("tidelock {name}: {error}\n"));
            return Exit::NotInStep;
        }
    }
    answer.exit()
}
