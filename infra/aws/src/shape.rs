//! What template.yaml makes of the functions and queues, as one table: timeouts, memory, batches, schedules, variables.
//!
//! The only place on this machine that knows these numbers. They have to be the template's.

use std::time::Duration;

use Function::{Dispatch, Health, Repair, Sync, Validation};

/// What the stack is called, unless somebody calls it otherwise: functions and queues are named after it.
pub const STACK: &str = "tidelock";

/// A Lambda function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Function {
    /// Asks for calendars that are due.
    Dispatch,
    /// Syncs calendars.
    Sync,
    /// Looks for what is wrong.
    Validation,
    /// Puts it right.
    Repair,
    /// Judges, and tells.
    Health,
}

/// How a function is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FunctionShape {
    /// How long one invocation may take.
    pub timeout: Duration,
    /// Memory, in MB.
    pub memory: u32,
    /// How often the schedule invokes it, if one does.
    pub every: Option<Duration>,
    /// The queue it works from, if it does.
    pub source: Option<SourceShape>,
}

/// How a queue is drained by a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceShape {
    /// Which queue.
    pub queue: Queue,
    /// Messages of one invocation, at most.
    pub batch: usize,
    /// Invocations at a time, at most.
    pub concurrency: usize,
}

impl Function {
    /// All of them.
    pub const ALL: [Self; 5] = [Dispatch, Sync, Validation, Repair, Health];

    /// Folder, package, binary, and the end of the function's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Dispatch => "dispatch",
            Sync => "sync",
            Validation => "validation",
            Repair => "repair",
            Health => "health",
        }
    }

    /// The function's name in a stack called [`STACK`].
    #[must_use]
    pub fn full_name(self) -> String {
        format!("{STACK}-{}", self.name())
    }

    /// The logical id in template.yaml.
    #[must_use]
    pub fn logical_id(self) -> &'static str {
        match self {
            Dispatch => "Dispatch",
            Sync => "Sync",
            Validation => "Validation",
            Repair => "Repair",
            Health => "Health",
        }
    }

    /// How it is set up.
    #[must_use]
    pub fn shape(self) -> FunctionShape {
        let from = |queue, batch, concurrency| {
            Some(SourceShape {
                queue,
                batch,
                concurrency,
            })
        };
        let (timeout, memory, every, source) = match self {
            Dispatch => (50, 256, Some(60), None),
            Sync => (300, 512, None, from(Queue::Sync, 10, 10)),
            Validation => (300, 512, Some(3600), from(Queue::Validation, 5, 2)),
            Repair => (300, 512, None, from(Queue::Repair, 5, 2)),
            Health => (240, 512, Some(300), None),
        };
        FunctionShape {
            timeout: Duration::from_secs(timeout),
            memory,
            every: every.map(Duration::from_secs),
            source,
        }
    }

    /// The variables that it reads.
    pub fn variables(self) -> impl Iterator<Item = Variable> {
        Variable::ALL
            .into_iter()
            .filter(move |variable| variable.readers().contains(&self))
    }
}

/// A queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Queue {
    /// Calendars to sync.
    Sync,
    /// What to validate.
    Validation,
    /// What to repair.
    Repair,
    /// What [`Queue::Sync`] gave up.
    SyncDeadLetters,
    /// What [`Queue::Validation`] gave up.
    ValidationDeadLetters,
    /// What [`Queue::Repair`] gave up.
    RepairDeadLetters,
    /// What nobody can read.
    Quarantine,
}

/// How a queue is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueShape {
    /// How long a received message stays hidden: six times the function's timeout, as AWS advises. Only where a function
    /// receives.
    pub visibility: Option<Duration>,
    /// How long a message is kept.
    pub retention: Duration,
    /// Where messages go that were received [`MAX_RECEIVES`] times.
    pub dead_letters: Option<Queue>,
}

/// How often a message may be received before it goes to the dead letters.
pub const MAX_RECEIVES: u32 = 5;

const DAY: u64 = 24 * 3600;

impl Queue {
    /// All of them; dead-letter queues come before the queues that need them.
    pub const ALL: [Self; 7] = [
        Self::SyncDeadLetters,
        Self::ValidationDeadLetters,
        Self::RepairDeadLetters,
        Self::Quarantine,
        Self::Sync,
        Self::Validation,
        Self::Repair,
    ];

    /// Its name in a stack called [`STACK`].
    #[must_use]
    pub fn name(self) -> String {
        let name = match self {
            Self::Sync => "sync",
            Self::Validation => "validation",
            Self::Repair => "repair",
            Self::SyncDeadLetters => "sync-dead-letters",
            Self::ValidationDeadLetters => "validation-dead-letters",
            Self::RepairDeadLetters => "repair-dead-letters",
            Self::Quarantine => "quarantine",
        };
        format!("{STACK}-{name}")
    }

    /// The logical id in template.yaml.
    #[must_use]
    pub fn logical_id(self) -> &'static str {
        match self {
            Self::Sync => "SyncQueue",
            Self::Validation => "ValidationQueue",
            Self::Repair => "RepairQueue",
            Self::SyncDeadLetters => "SyncDeadLetters",
            Self::ValidationDeadLetters => "ValidationDeadLetters",
            Self::RepairDeadLetters => "RepairDeadLetters",
            Self::Quarantine => "Quarantine",
        }
    }

    /// How it is set up.
    #[must_use]
    pub fn shape(self) -> QueueShape {
        let (days, dead_letters) = match self {
            Self::Sync => (1, Some(Self::SyncDeadLetters)),
            Self::Validation => (4, Some(Self::ValidationDeadLetters)),
            Self::Repair => (4, Some(Self::RepairDeadLetters)),
            Self::SyncDeadLetters
            | Self::ValidationDeadLetters
            | Self::RepairDeadLetters
            | Self::Quarantine => (14, None),
        };
        QueueShape {
            visibility: dead_letters.map(|_| Duration::from_secs(1800)),
            retention: Duration::from_secs(days * DAY),
            dead_letters,
        }
    }

    /// The queue whose dead letters these are, if they are any.
    #[must_use]
    pub fn dead_letters_of(self) -> Option<Self> {
        let is_source = |queue: &Self| queue.shape().dead_letters == Some(self);
        Self::ALL.into_iter().find(is_source)
    }
}

/// An environment variable that a function reads, beside those that Lambda sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Variable {
    /// The table's name.
    Table,
    /// ARN of the secret that holds the install key.
    KeySecret,
    /// URL of [`Queue::Sync`].
    SyncQueue,
    /// URL of [`Queue::Validation`].
    ValidationQueue,
    /// URL of [`Queue::Repair`].
    RepairQueue,
    /// URL of [`Queue::Quarantine`].
    QuarantineQueue,
    /// ARN of the topic for alerts; without it they go to the log.
    AlertTopic,
    /// Minutes between two runs of [`Health`].
    HealthMinutes,
    /// Hours between two comparisons of a calendar with Google.
    AuditHours,
    /// Address of the Calendar API; without it Google's.
    GoogleApi,
    /// Address where tokens are refreshed; without it Google's.
    GoogleToken,
    /// How much is logged.
    Log,
}

impl Variable {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Table,
        Self::KeySecret,
        Self::SyncQueue,
        Self::ValidationQueue,
        Self::RepairQueue,
        Self::QuarantineQueue,
        Self::AlertTopic,
        Self::HealthMinutes,
        Self::AuditHours,
        Self::GoogleApi,
        Self::GoogleToken,
        Self::Log,
    ];

    /// Its name in the environment.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "TIDELOCK_TABLE",
            Self::KeySecret => "TIDELOCK_KEY_SECRET",
            Self::SyncQueue => "TIDELOCK_SYNC_QUEUE",
            Self::ValidationQueue => "TIDELOCK_VALIDATION_QUEUE",
            Self::RepairQueue => "TIDELOCK_REPAIR_QUEUE",
            Self::QuarantineQueue => "TIDELOCK_QUARANTINE_QUEUE",
            Self::AlertTopic => "TIDELOCK_ALERT_TOPIC",
            Self::HealthMinutes => "TIDELOCK_HEALTH_MINUTES",
            Self::AuditHours => "TIDELOCK_AUDIT_HOURS",
            Self::GoogleApi => "TIDELOCK_GOOGLE_API",
            Self::GoogleToken => "TIDELOCK_GOOGLE_TOKEN",
            Self::Log => "TIDELOCK_LOG",
        }
    }

    /// Who reads it.
    #[must_use]
    pub fn readers(self) -> &'static [Function] {
        match self {
            Self::Table | Self::Log => &Function::ALL,
            Self::KeySecret | Self::QuarantineQueue | Self::GoogleApi | Self::GoogleToken => {
                &[Sync, Validation, Repair]
            }
            Self::SyncQueue => &[Dispatch],
            Self::ValidationQueue | Self::RepairQueue => &[Validation, Health],
            Self::AlertTopic | Self::HealthMinutes | Self::AuditHours => &[Health],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_stays_hidden_six_times_as_long_as_its_function_may_take() {
        for function in Function::ALL {
            let shape = function.shape();
            let Some(source) = shape.source else { continue };
            let visibility = source.queue.shape().visibility.unwrap();
            assert_eq!(visibility, shape.timeout * 6, "{function:?}");
        }
    }

    #[test]
    fn every_queue_that_is_drained_has_dead_letters_of_its_own() {
        for function in Function::ALL {
            let Some(source) = function.shape().source else {
                continue;
            };
            let dead = source.queue.shape().dead_letters.unwrap();
            assert_eq!(dead.dead_letters_of(), Some(source.queue));
        }
    }

    #[test]
    fn a_scheduled_function_ends_before_it_is_due_again() {
        for function in Function::ALL {
            let shape = function.shape();
            assert!(
                shape.every.is_none_or(|every| shape.timeout < every),
                "{function:?}"
            );
        }
    }
}
