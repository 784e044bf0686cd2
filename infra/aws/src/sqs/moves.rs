//! Moving dead letters back: tasks that go on as time does.

use data_encoding::BASE64;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::{Code, Refusal};
use super::message::{Message, Millis};
use super::receive::within;
use super::send::new_message;
use super::state::State;
use crate::random::uuid;
use std::time::Duration;

/// Messages a second that a task moves unless told otherwise (developer guide, dead-letter queue redrive: at most).
const RATE: u64 = 500;

/// A task.
#[derive(Debug, Clone)]
pub(super) struct Task {
    id: String,
    source: String,
    /// ARN; left out: each message goes to where it came from.
    target: Option<String>,
    rate: Option<u64>,
    started: Millis,
    /// How many messages there were at the start.
    expected: usize,
    moved: u64,
    status: Status,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Running,
    Completed,
    Cancelled,
    Failed(&'static str),
}

impl Status {
    fn name(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Completed => "COMPLETED",
            Self::Cancelled => "CANCELLED",
            Self::Failed(_) => "FAILED",
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Start {
    source_arn: String,
    destination_arn: Option<String>,
    max_number_of_messages_per_second: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Cancel {
    task_handle: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct List {
    source_arn: String,
    max_results: Option<i64>,
}

impl State {
    pub(super) fn start_move(&mut self, asked: Start, now: Millis) -> Result<Value, Refusal> {
        let rate = asked.max_number_of_messages_per_second;
        let rate = within("MaxNumberOfMessagesPerSecond", rate, 1, 500)?;
        let expected = self.movable(&asked, now)?;
        let task = Task {
            id: uuid(&mut self.random),
            source: asked.source_arn,
            target: asked.destination_arn,
            rate,
            started: now,
            expected,
            moved: 0,
            status: Status::Running,
        };
        let handle = handle(&task);
        self.tasks.push(task);
        Ok(json!({ "TaskHandle": handle }))
    }

    /// How many messages there are to move, if they may be.
    fn movable(&self, asked: &Start, now: Millis) -> Result<usize, Refusal> {
        let missing = || {
            Code::NoResource
                .says("The resource that you specified for the SourceArn parameter doesn't exist.")
        };
        let source = self.by_arn(&asked.source_arn).ok_or_else(missing)?;
        let target = asked.destination_arn.as_deref();
        if target.is_some_and(|arn| self.by_arn(arn).is_none()) {
            let message =
                "The resource that you specified for the DestinationArn parameter doesn't exist.";
            return Err(Code::NoResource.says(message));
        }
        if self.sources_of(&asked.source_arn).is_empty() {
            let message = "Source queue must be configured as a Dead Letter Queue.";
            return Err(Code::BadParameter.says(message));
        }
        let mut tasks = self.tasks.iter();
        if tasks.any(|task| task.source == asked.source_arn && task.status == Status::Running) {
            let message = "There is already a task running. Only one active task is allowed for a source queue arn at a given time.";
            return Err(Code::Unsupported.says(message));
        }
        Ok(source.depth(now).visible)
    }

    pub(super) fn cancel_move(&mut self, asked: &Cancel) -> Result<Value, Refusal> {
        let mut tasks = self.tasks.iter_mut();
        let task =
            tasks.find(|task| task.status == Status::Running && handle(task) == asked.task_handle);
        let task = task.ok_or_else(|| Code::NoResource.says("Task does not exist."))?;
        task.status = Status::Cancelled;
        Ok(json!({ "ApproximateNumberOfMessagesMoved": task.moved }))
    }

    pub(super) fn list_moves(&self, asked: &List) -> Result<Value, Refusal> {
        let most = within("MaxResults", asked.max_results, 1, 10)?;
        let most = most
            .and_then(|most| usize::try_from(most).ok())
            .unwrap_or(1);
        let tasks = self.tasks.iter().rev();
        let tasks = tasks.filter(|task| task.source == asked.source_arn);
        let shown: Vec<Value> = tasks.take(most).map(shown).collect();
        Ok(json!({ "Results": shown }))
    }

    /// When a running task moves the next message.
    pub(super) fn next_move(&self, now: Millis) -> Option<Millis> {
        let mut tasks = self.tasks.iter();
        let running = tasks.any(|task| task.status == Status::Running);
        running.then(|| now.saturating_add(1))
    }

    /// Moves what the tasks would have moved by `now`.
    pub(super) fn advance_tasks(&mut self, now: Millis) {
        let mut tasks = std::mem::take(&mut self.tasks);
        for task in &mut tasks {
            if task.status == Status::Running {
                self.advance(task, now);
            }
        }
        self.tasks = tasks;
    }

    fn advance(&mut self, task: &mut Task, now: Millis) {
        let elapsed = now.saturating_sub(task.started);
        let due = elapsed.saturating_mul(task.rate.unwrap_or(RATE)) / 1000;
        while task.moved < due && task.status == Status::Running {
            match self.move_one(task, now) {
                Ok(true) => task.moved = task.moved.saturating_add(1),
                Ok(false) => task.status = Status::Completed,
                Err(why) => task.status = Status::Failed(why),
            }
        }
    }

    /// Moves one message; none is left: `false`. It counts as a new message where it goes.
    fn move_one(&mut self, task: &Task, now: Millis) -> Result<bool, &'static str> {
        let source = self.by_arn(&task.source).ok_or("QueueNotFound")?;
        let Some(number) = source.next_due(&[], now) else {
            return Ok(false);
        };
        let name = source.name.clone();
        let message = source.messages.get(&number).cloned();
        let message = message.ok_or("QueueNotFound")?;
        let target = task.target.clone().or_else(|| message.source.clone());
        let target = target.ok_or("CouldNotDetermineMessageSource")?;
        let target = self.by_arn(&target).ok_or("QueueNotFound")?.name.clone();
        let (id, behind) = (uuid(&mut self.random), self.behind_all());
        if let Some(source) = self.queues.get_mut(&name) {
            source.messages.remove(&number);
        }
        if let Some(target) = self.queues.get_mut(&target) {
            let Message { content, .. } = message;
            let moved = new_message(id, content, now, Duration::ZERO);
            target.messages.insert(behind, moved);
        }
        Ok(true)
    }
}

fn handle(task: &Task) -> String {
    let text = json!({ "taskId": task.id, "sourceArn": task.source }).to_string();
    BASE64.encode(text.as_bytes())
}

fn shown(task: &Task) -> Value {
    let mut shown = json!({
        "Status": task.status.name(),
        "SourceArn": task.source,
        "ApproximateNumberOfMessagesMoved": task.moved,
        "ApproximateNumberOfMessagesToMove": task.expected,
        "StartedTimestamp": task.started,
    });
    let failure = match task.status {
        Status::Failed(why) => Some(why),
        Status::Running | Status::Completed | Status::Cancelled => None,
    };
    let running = task.status == Status::Running;
    let more = [
        ("TaskHandle", running.then(|| json!(handle(task)))),
        ("DestinationArn", task.target.as_ref().map(|arn| json!(arn))),
        (
            "MaxNumberOfMessagesPerSecond",
            task.rate.map(|rate| json!(rate)),
        ),
        ("FailureReason", failure.map(|why| json!(why))),
    ];
    if let Some(fields) = shown.as_object_mut() {
        for (name, value) in more {
            fields.extend(value.map(|value| (name.to_owned(), value)));
        }
    }
    shown
}
