//! `tidelock connect`: takes the people of a config file in, for functions that look after them without it.
//!
//! It stores what each account is reached with, sealed; which calendars there are; and when each is looked at. It looks at none
//! of them: that is what the functions are for.

mod text;

use serde::Serialize;
use shared::engine::{Connection, Engine, Enrolled, Enrolment};

use crate::answer::{self, Answer, Ask, Desk, Failure};
use crate::exit::Exit;
use crate::host::Host;
use crate::stack::{Person, Purpose, Stack, advice};

/// What came of it, person by person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Connects {
    /// The people.
    pub people: Vec<Connect>,
}

/// What came of one person.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Connect {
    /// What they are called.
    pub name: String,
    /// Calendars that take part.
    pub calendars: Vec<String>,
    /// Accounts whose credentials are new or changed.
    pub stored: Vec<String>,
    /// Accounts whose credentials were removed, as nothing needs them any more.
    pub forgotten: Vec<String>,
    /// What could not be done, and what to do about it.
    pub failed: Vec<String>,
}

/// Connects all people of the config, or the one that is asked for.
pub async fn run(ask: &Ask, host: &Host<'_>) -> Exit {
    answer::run("connect", Purpose::Work, ask, host, people).await
}

async fn people(desk: &Desk<'_, '_>) -> Result<Connects, Failure> {
    Ok(all(desk.stack, desk.people()?).await)
}

/// Connects everybody whom the config names.
pub(crate) async fn everybody(stack: &Stack) -> Connects {
    all(stack, stack.people().iter().collect()).await
}

async fn all(stack: &Stack, whom: Vec<&Person>) -> Connects {
    let mut people = Vec::new();
    for person in whom {
        people.push(one(stack, person).await);
    }
    Connects { people }
}

/// One person's failure keeps nobody else waiting.
async fn one(stack: &Stack, person: &Person) -> Connect {
    let enrolment = Enrolment {
        user: person.id,
        name: &person.name,
        wishes: &person.wishes,
        rules: person.rules.as_ref(),
        credentials: &person.credentials,
    };
    let name = person.name.clone();
    match stack.engine().enrol(stack.key(), &enrolment).await {
        Ok(enrolled) => told(name, &enrolled),
        Err(why) => Connect {
            name,
            failed: vec![advice::of_connection(&why)],
            ..Connect::default()
        },
    }
}

fn told(name: String, enrolled: &Enrolled) -> Connect {
    let config = &enrolled.connected.config;
    let enabled = Engine::enabled(config);
    let calendars = enabled.iter().filter_map(|id| config.calendars.get(id));
    let texts =
        |accounts: &[shared::model::AccountId]| accounts.iter().map(ToString::to_string).collect();
    let refused: &[Connection] = &enrolled.connected.refused;
    Connect {
        name,
        calendars: calendars.map(|calendar| calendar.name.clone()).collect(),
        stored: texts(&enrolled.stored),
        forgotten: texts(&enrolled.forgotten),
        failed: refused.iter().map(advice::of_connection).collect(),
    }
}

impl Answer for Connects {
    fn text(&self) -> String {
        text::text(self)
    }

    fn exit(&self) -> Exit {
        match self.people.iter().all(|person| person.failed.is_empty()) {
            true => Exit::Fine,
            false => Exit::NotInStep,
        }
    }
}
