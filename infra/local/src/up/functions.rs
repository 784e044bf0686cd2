//! What runs: the functions' binaries, and what invokes them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws::lambda::{Lambda, Launch, Line, Log};
use aws::schedule::Rule;
use aws::shape::{Function, Queue, Variable};
use aws::source::Source;
use serde_json::Value;
use tokio::task::JoinSet;
use wire::Clock;

use super::UpError;
use super::services::Services;
use crate::config::Config;
use crate::host::{Host, Stop};
use crate::stack::TABLE;
use crate::system;

/// Instances of a function that nothing but its schedule invokes.
const SCHEDULED: usize = 2;

/// Where the functions' binaries are.
pub(super) struct Binaries(BTreeMap<Function, PathBuf>);

impl Binaries {
    /// Finds them in `folder`, or beside it, where cargo puts tests.
    pub(super) fn find(folder: &Path) -> Result<Self, UpError> {
        let folder = match folder.file_name() {
            Some(name) if name == "deps" => folder.parent().unwrap_or(folder),
            Some(_) | None => folder,
        };
        let at = |function: Function| {
            let file = format!("{}{}", function.name(), std::env::consts::EXE_SUFFIX);
            folder.join(file)
        };
        let missing = Function::ALL
            .into_iter()
            .filter(|function| !at(*function).is_file());
        let missing: Vec<&str> = missing.map(Function::name).collect();
        match missing.is_empty() {
            true => Ok(Self(
                Function::ALL
                    .map(|function| (function, at(function)))
                    .into(),
            )),
            false => Err(UpError::NotBuilt {
                missing,
                folder: folder.to_owned(),
            }),
        }
    }
}

/// The functions, as the template sets them up.
pub(super) fn lambda(
    binaries: &Binaries,
    services: &Services,
    config: &Config,
    host: &Host<'_>,
) -> Result<Arc<Lambda>, UpError> {
    let log = host.variable(Variable::Log.name());
    let launch = |(function, binary): (&Function, &PathBuf)| {
        let shape = function.shape();
        let launch = Launch {
            name: function.full_name(),
            binary: binary.clone(),
            timeout: shape.timeout,
            memory: shape.memory,
            concurrency: shape.source.map_or(0, |source| source.concurrency) + SCHEDULED,
            variables: variables(*function, services, config, log.as_deref()),
        };
        (*function, launch)
    };
    let launches = binaries.0.iter().map(launch).collect();
    let log = Log::new(|line| told(&line));
    let seed = system::seed()?;
    let lambda = Lambda::new(&services.site, launches, &Clock::system(), &log, seed);
    Ok(Arc::new(lambda))
}

fn variables(
    function: Function,
    services: &Services,
    config: &Config,
    log: Option<&str>,
) -> BTreeMap<String, String> {
    let own = function.variables().filter_map(|variable| {
        let value = value(variable, services, config, log)?;
        Some((variable.name().to_owned(), value))
    });
    let services = [
        ("AWS_ENDPOINT_URL_DYNAMODB", &services.dynamodb),
        ("AWS_ENDPOINT_URL_SQS", &services.queues),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", &services.secrets),
    ];
    let services = services.map(|(name, url)| (name.to_owned(), url.clone()));
    own.chain(services).collect()
}

fn value(
    variable: Variable,
    services: &Services,
    config: &Config,
    log: Option<&str>,
) -> Option<String> {
    let queue = |queue| Some(services.urls.of(queue).to_owned());
    match variable {
        Variable::Table => Some(TABLE.to_owned()),
        Variable::KeySecret => Some(services.secret.clone()),
        Variable::SyncQueue => queue(Queue::Sync),
        Variable::ValidationQueue => queue(Queue::Validation),
        Variable::RepairQueue => queue(Queue::Repair),
        Variable::QuarantineQueue => queue(Queue::Quarantine),
        Variable::GoogleApi => Some(config.google.api.clone()),
        Variable::GoogleToken => Some(config.google.token.clone()),
        Variable::Log => log.map(str::to_owned),
        // Their defaults are the template's, and alerts go to the log.
        Variable::AlertTopic | Variable::HealthMinutes | Variable::AuditHours => None,
    }
}

/// What a function says is heard as loud as it says it.
fn told(line: &Line) {
    let (function, text) = (line.function.name(), line.text.as_str());
    let said: Value = serde_json::from_str(text).unwrap_or_default();
    match said.get("level").and_then(Value::as_str) {
        Some("ERROR") => tracing::error!(function, "{text}"),
        Some("WARN") => tracing::warn!(function, "{text}"),
        Some(_) => tracing::info!(function, "{text}"),
        None if said.get("_aws").is_some() => tracing::debug!(function, "{text}"),
        None => tracing::warn!(function, "{text}"),
    }
}

/// Starts the schedules and the event sources.
pub(super) fn work(
    work: &mut JoinSet<()>,
    lambda: &Arc<Lambda>,
    services: &Services,
    stop: &Stop,
) -> Result<(), UpError> {
    let site = &services.site;
    for function in Function::ALL {
        let shape = function.shape();
        if let Some(every) = shape.every {
            let (seed, clock) = (system::seed()?, Clock::system());
            let rule = Rule::new(site, function, every, &clock, seed, Arc::clone(lambda));
            work.spawn(Arc::new(rule).run(wished(stop)));
        }
        if let Some(source) = shape.source {
            let url = services.urls.of(source.queue);
            let invoke = Arc::clone(lambda);
            let source = Source::new(&services.sqs, site, function, source, url, invoke);
            work.spawn(Arc::new(source).run(wished(stop)));
        }
    }
    Ok(())
}

fn wished(stop: &Stop) -> impl Future<Output = ()> + Send + 'static {
    let stop = stop.clone();
    async move { stop.wished(1).await }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binaries_that_are_not_there_are_named_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["dispatch", "sync", "health"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let told = Binaries::find(folder.path()).err().unwrap().to_string();
        assert!(told.contains("validation, repair not found in"), "{told}");
        assert!(told.contains("cargo build --workspace"), "{told}");
        for name in ["validation", "repair"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        assert!(Binaries::find(&folder.path().join("deps")).is_ok());
    }
}
