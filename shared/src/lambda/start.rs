//! How a function's process starts, and what each invocation goes through.

use std::collections::BTreeSet;
use std::future::Future;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;

use super::answer::{Answer, Failed};
use super::aws::{Aws, StartError};
use super::event::Event;
use super::variables::Variables;
use super::{logs, system};
use crate::engine::chain;
use crate::google::Clock;
use crate::limits::DEADLINE_MARGIN;

/// One Lambda function.
pub trait Function: Sized + Send + Sync + 'static {
    /// Its name: folder, package, binary and service in the logs.
    const NAME: &'static str;
    /// What it reads from the environment.
    type Config: Send;

    /// Reads it; what is wrong is noted in `variables`.
    fn read(variables: &mut Variables<'_>) -> Option<Self::Config>;

    /// Builds what it works with, once.
    ///
    /// # Errors
    /// It cannot start.
    fn new(config: Self::Config, aws: &Aws) -> impl Future<Output = Result<Self, StartError>>;

    /// Does what an event asks for.
    ///
    /// # Errors
    /// It came to nothing; Lambda may try again.
    fn handle(&self, invocation: Invocation) -> impl Future<Output = Result<Answer, Failed>>;
}

/// What a function is given each time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// What it is invoked with.
    pub event: Event,
    /// Nothing is begun after this: a margin before Lambda ends the process.
    pub deadline: Timestamp,
}

/// Every variable that a function reads, and that all read.
#[must_use]
pub fn variables_of<F: Function>() -> BTreeSet<&'static str> {
    let nothing = |_: &str| None;
    let mut variables = Variables::new(&nothing);
    let _ = level(&mut variables);
    let _ = F::read(&mut variables);
    variables.asked().clone()
}

/// The whole life of a function's process. It ends only when Lambda ends it, or with a failure to start.
#[must_use]
pub fn start<F: Function>() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => runtime.block_on(Box::pin(live::<F>())),
        Err(_) => ExitCode::FAILURE,
    }
}

async fn live<F: Function>() -> ExitCode {
    let mut variables = Variables::new(&system::variable);
    let level = level(&mut variables);
    let config = F::read(&mut variables);
    logs::start(level.unwrap_or_default());
    let Some(config) = config.filter(|_| variables.problems().is_empty()) else {
        for problem in variables.problems() {
            tracing::error!(function = F::NAME, %problem, "the environment is not as it has to be");
        }
        return ExitCode::FAILURE;
    };
    let built = async {
        let aws = Aws::of_environment().await?;
        let clock = aws.clock.clone();
        Ok::<_, StartError>((F::new(config, &aws).await?, clock))
    };
    let (function, clock) = match Box::pin(built).await {
        Ok(built) => built,
        Err(why) => {
            tracing::error!(
                function = F::NAME,
                error = chain(&why),
                "the function cannot start"
            );
            return ExitCode::FAILURE;
        }
    };
    run(Arc::new(function), clock).await
}

fn level(variables: &mut Variables<'_>) -> Option<&'static str> {
    variables.word(
        "TIDELOCK_LOG",
        &logs::LEVELS,
        "is none of error, warn, info, debug",
    )
}

async fn run<F: Function>(function: Arc<F>, clock: Clock) -> ExitCode {
    let serve = service_fn(move |given: LambdaEvent<Value>| {
        let (function, clock) = (Arc::clone(&function), clock.clone());
        async move {
            let (event, context) = given.into_parts();
            invoke(
                &*function,
                &event,
                deadline(context.deadline),
                &context.request_id,
                &clock,
            )
            .await
        }
    });
    match Box::pin(lambda_runtime::run(serve)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(function = F::NAME, %error, "the runtime ended");
            ExitCode::FAILURE
        }
    }
}

/// Lambda's own deadline, in milliseconds since 1970, less the margin.
fn deadline(milliseconds: u64) -> Timestamp {
    let at = i64::try_from(milliseconds).ok();
    let at = at.and_then(|at| Timestamp::from_millisecond(at).ok());
    let margin = |at: Timestamp| at.checked_sub(DEADLINE_MARGIN).ok();
    at.and_then(margin).unwrap_or(Timestamp::MAX)
}

/// One invocation, and the one line that sums it up.
///
/// # Errors
/// It came to nothing.
pub async fn invoke<F: Function>(
    function: &F,
    event: &Value,
    deadline: Timestamp,
    request_id: &str,
    clock: &Clock,
) -> Result<Value, Failed> {
    let began = clock.now();
    let answered = async {
        let event = Event::parse(event)?;
        function.handle(Invocation { event, deadline }).await
    };
    let answered = Box::pin(answered).await;
    let took = Duration::try_from(began.duration_until(clock.now())).unwrap_or_default();
    let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    let name = F::NAME;
    match &answered {
        Ok(answer) => {
            let count = |name| answer.count(name);
            tracing::info!(
                function = name,
                request_id,
                took_ms,
                records = count("records"),
                done = count("done"),
                left = count("left"),
                failed = count("failed"),
                quarantined = count("quarantined"),
                due = count("due"),
                woken = count("woken"),
                sent = count("sent"),
                unsent = count("unsent"),
                calendars_checked = count("calendars_checked"),
                calendars_healthy = count("calendars_healthy"),
                critical_issues = count("critical_issues"),
                warnings = count("warnings"),
                fixes = count("fixes"),
                alerts_sent = count("alerts_sent"),
                alerts_unsent = count("alerts_unsent"),
                "invocation"
            );
        }
        Err(why) => {
            tracing::error!(
                function = name,
                request_id,
                took_ms,
                error = chain(why),
                "invocation failed"
            );
        }
    }
    answered.map(|answer| answer.json())
}
