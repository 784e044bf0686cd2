//! `tidelock redrive`: moves dead letters back to the queue that they died in.
//!
//! SQS does the moving; here is which queue is meant, what is told, and the wait until it is done.

use std::time::Duration;

use aws::shape::Queue;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::types::{ListMessageMoveTasksResultEntry, QueueAttributeName};
use clap::ValueEnum;
use shared::model::counted;
use wire::client::{Remote, queues};

use crate::exit::Exit;
use crate::host::Host;

/// Between two looks at a task.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Without progress for so long, the wait is given up; the task goes on.
const PATIENCE: u32 = 300;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Which dead-letter queues.
    pub targets: Vec<Target>,
    /// Address of the service; none: AWS's own.
    pub endpoint: Option<String>,
    /// The region; none: the ARN's, or what the environment says.
    pub region: Option<String>,
    /// Count or move.
    pub mode: Mode,
}

/// A dead-letter queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// By ARN.
    Arn(String),
    /// That of a function's queue.
    Named(Name),
}

/// A function's queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Name {
    /// Of `sync`.
    Sync,
    /// Of `validation`.
    Validation,
    /// Of `repair`.
    Repair,
}

/// Count or move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Count.
    Look,
    /// Move.
    Apply,
}

/// Why a queue could not be redriven.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RedriveError {
    /// It is no queue's ARN.
    #[error(
        "{arn} is no queue's ARN; write it like arn:aws:sqs:eu-central-1:123456789012:tidelock-sync-dead-letters"
    )]
    NoArn {
        /// What was given.
        arn: String,
    },
    /// The service refuses.
    #[error(
        "{queue}: {what}: {why}; check region and credentials, and that it is a dead-letter queue"
    )]
    Refused {
        /// Which queue.
        queue: String,
        /// What was asked for.
        what: &'static str,
        /// The service's code and message.
        why: String,
    },
    /// The task failed.
    #[error("{queue}: the task ended as {status}: {why}")]
    Ended {
        /// Which queue.
        queue: String,
        /// The task's status.
        status: String,
        /// The task's reason.
        why: String,
    },
    /// It takes too long.
    #[error("{queue}: nothing has moved for {PATIENCE} s; the task goes on, look again later")]
    Slow {
        /// Which queue.
        queue: String,
    },
}

impl Name {
    fn dead_letters(self) -> Queue {
        match self {
            Self::Sync => Queue::SyncDeadLetters,
            Self::Validation => Queue::ValidationDeadLetters,
            Self::Repair => Queue::RepairDeadLetters,
        }
    }
}

impl Target {
    /// The queue's name, and the region that an ARN says.
    fn parts(&self) -> Result<(String, Option<String>), RedriveError> {
        match self {
            Self::Named(name) => Ok((name.dead_letters().name(), None)),
            Self::Arn(arn) => {
                let parts: Vec<&str> = arn.split(':').collect();
                match parts.as_slice() {
                    ["arn", _, "sqs", region, _, name]
                        if !region.is_empty() && !name.is_empty() =>
                    {
                        Ok(((*name).to_owned(), Some((*region).to_owned())))
                    }
                    _ => Err(RedriveError::NoArn { arn: arn.clone() }),
                }
            }
        }
    }
}

/// Counts, or moves, and tells.
pub async fn run(options: &Options, host: &Host<'_>) -> Exit {
    let parts: Result<Vec<_>, _> = options.targets.iter().map(Target::parts).collect();
    let parts = match parts {
        Ok(parts) => parts,
        Err(error) => {
            host.err(format_args!("tidelock redrive: {error}\n"));
            return Exit::Usage;
        }
    };
    let mut left = 0;
    let mut exit = Exit::Fine;
    for (name, region) in parts {
        let place = Remote {
            endpoint: options.endpoint.clone(),
            region: options.region.clone().or(region),
        };
        let dead = Dead {
            client: queues(&place).await,
            name,
            host,
        };
        match Box::pin(dead.redrive(options.mode)).await {
            Ok(count) => left += count,
            Err(error) => {
                host.err(format_args!("tidelock redrive: {error}\n"));
                exit = Exit::NotInStep;
            }
        }
    }
    match left {
        0 => exit,
        _ => Exit::NotInStep,
    }
}

/// A dead-letter queue at work.
struct Dead<'a, 'h> {
    client: Client,
    name: String,
    host: &'a Host<'h>,
}

impl Dead<'_, '_> {
    /// How many are left.
    async fn redrive(&self, mode: Mode) -> Result<u64, RedriveError> {
        let url = self.url().await?;
        let (arn, count) = self.look(&url).await?;
        let name = &self.name;
        self.host.out(format_args!("{name}: {}\n", letters(count)));
        if mode == Mode::Look || count == 0 {
            if count > 0 {
                self.host.out("  nothing was moved; --apply does it\n");
            }
            return Ok(count);
        }
        let start = self
            .client
            .start_message_move_task()
            .source_arn(&arn)
            .send();
        start
            .await
            .map_err(|error| self.refused("it cannot be moved", &error))?;
        let moved = self.until_done(&arn).await?;
        let (_, left) = self.look(&url).await?;
        self.host
            .out(format_args!("  moved {moved}; {} left\n", letters(left)));
        Ok(left)
    }

    async fn url(&self) -> Result<String, RedriveError> {
        let asked = self
            .client
            .get_queue_url()
            .queue_name(&self.name)
            .send()
            .await;
        let answer = asked.map_err(|error| self.refused("it cannot be found", &error))?;
        Ok(answer.queue_url.unwrap_or_default())
    }

    /// The ARN, and how many letters there are.
    async fn look(&self, url: &str) -> Result<(String, u64), RedriveError> {
        let asked = self.client.get_queue_attributes().queue_url(url);
        let asked = asked.attribute_names(QueueAttributeName::All).send().await;
        let answer = asked.map_err(|error| self.refused("it cannot be looked at", &error))?;
        let given = answer.attributes.unwrap_or_default();
        let arn = given.get(&QueueAttributeName::QueueArn).cloned();
        let count = given.get(&QueueAttributeName::ApproximateNumberOfMessages);
        let count = count.and_then(|count| count.parse().ok()).unwrap_or(0);
        Ok((arn.unwrap_or_default(), count))
    }

    /// How many messages were moved.
    async fn until_done(&self, arn: &str) -> Result<i64, RedriveError> {
        let (mut moved, mut idle) = (-1, 0);
        while idle < PATIENCE {
            let asked = self
                .client
                .list_message_move_tasks()
                .source_arn(arn)
                .send()
                .await;
            let answer =
                asked.map_err(|error| self.refused("its task cannot be looked at", &error))?;
            // The newest comes first; a task that is not listed has moved nothing.
            let mut so_far = moved;
            if let Some(task) = answer.results().first() {
                so_far = task.approximate_number_of_messages_moved();
                match task.status() {
                    Some("RUNNING") | None => {}
                    Some("COMPLETED") => return Ok(so_far),
                    Some(status) => return Err(self.ended(status, task)),
                }
            }
            idle = if so_far > moved { 0 } else { idle + 1 };
            moved = so_far;
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Err(RedriveError::Slow {
            queue: self.name.clone(),
        })
    }

    fn ended(&self, status: &str, task: &ListMessageMoveTasksResultEntry) -> RedriveError {
        RedriveError::Ended {
            queue: self.name.clone(),
            status: status.to_owned(),
            why: task
                .failure_reason()
                .unwrap_or("no reason given")
                .to_owned(),
        }
    }

    fn refused<E>(&self, what: &'static str, error: &SdkError<E>) -> RedriveError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let why = match (error.code(), error.message()) {
            (Some(code), Some(message)) => format!("{code}: {message}"),
            (Some(code), None) => code.to_owned(),
            (None, _) => DisplayErrorContext(error).to_string(),
        };
        RedriveError::Refused {
            queue: self.name.clone(),
            what,
            why,
        }
    }
}

fn letters(count: u64) -> String {
    match count {
        0 => "no dead letter".to_owned(),
        _ => counted(count, "dead letter"),
    }
}
