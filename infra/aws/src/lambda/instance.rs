//! One execution environment: a process, and its runtime API.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::desk::{About, Desk, Job};
use super::{InvokeError, Launch, Line, Log, environment};
use crate::shape::Function;
use crate::site::Site;

/// How long a process has from its start to the first fetch (developer guide, "Init phase").
const INIT: Duration = Duration::from_secs(10);
/// Lines that are taken from a process that has ended, at most for so long.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// A running instance. Its process is killed with it.
#[derive(Debug)]
pub(super) struct Instance {
    child: Child,
    desk: Desk,
    readers: JoinSet<()>,
    timeout: Duration,
}

impl Instance {
    pub(super) async fn start(
        site: &Site,
        function: Function,
        launch: &Launch,
        about: About,
        log: &Log,
        stream: &str,
    ) -> Result<Self, InvokeError> {
        let failed = |why: io::Error| InvokeError::Start {
            binary: launch.binary.clone(),
            why,
        };
        let desk = Desk::open(about).await.map_err(failed)?;
        let mut command = Command::new(&launch.binary);
        command
            .env_clear()
            .envs(environment::of(launch, site, desk.address, stream))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        apart(&mut command);
        let mut child = command.spawn().map_err(failed)?;
        let mut readers = JoinSet::new();
        read(&mut readers, child.stdout.take(), function, log);
        read(&mut readers, child.stderr.take(), function, log);
        Ok(Self {
            child,
            desk,
            readers,
            timeout: launch.timeout,
        })
    }

    /// Lets the process handle one event. Only after an answer or an error of the handler's can it handle another one.
    pub(super) async fn handle(&mut self, id: String, event: Bytes) -> Result<Bytes, InvokeError> {
        let (fetched, was_fetched) = oneshot::channel();
        let (answer, answered) = oneshot::channel();
        let job = Job {
            id,
            event,
            fetched,
            answer,
        };
        self.desk.lay_out(job).await;
        let outcome = {
            let child = &mut self.child;
            let served = served(was_fetched, answered, self.timeout);
            tokio::select! {
                biased;
                outcome = served => outcome,
                ended = child.wait() => Err(crashed(ended)),
            }
        };
        if let Err(InvokeError::TimedOut { .. } | InvokeError::Crashed { .. }) = &outcome {
            self.end().await;
        }
        outcome
    }

    /// Whether its process is there.
    pub(super) fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Ends the process, and hears what it said last.
    pub(super) async fn end(&mut self) {
        if let Err(error) = self.child.kill().await {
            tracing::debug!(%error, "a function's process could not be killed");
        }
        let readers = &mut self.readers;
        let rest = async { while readers.join_next().await.is_some() {} };
        // A grandchild may hold the streams open.
        let _heard = timeout(LAST_WORDS, rest).await;
    }
}

/// Waits for the fetch and then for the answer, each with its own limit.
async fn served(
    fetched: oneshot::Receiver<()>,
    answered: oneshot::Receiver<Result<Bytes, InvokeError>>,
    limit: Duration,
) -> Result<Bytes, InvokeError> {
    // Where the job is dropped unfetched, the answer tells.
    if timeout(INIT, fetched).await.is_err() {
        return Err(InvokeError::TimedOut { after: INIT });
    }
    match timeout(limit, answered).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => Err(InvokeError::Crashed {
            how: "it took another event without answering".to_owned(),
        }),
        Err(_) => Err(InvokeError::TimedOut { after: limit }),
    }
}

fn crashed(ended: io::Result<ExitStatus>) -> InvokeError {
    let how = match ended {
        Ok(status) => status.to_string(),
        Err(error) => error.to_string(),
    };
    InvokeError::Crashed { how }
}

/// A Ctrl-C in the terminal is for us: the functions are to finish.
fn apart(command: &mut Command) {
    #[cfg(unix)]
    command.process_group(0);
    #[cfg(not(unix))]
    let _ = command;
}

fn read(
    readers: &mut JoinSet<()>,
    stream: Option<impl AsyncRead + Unpin + Send + 'static>,
    function: Function,
    log: &Log,
) {
    if let Some(stream) = stream {
        let log = log.clone();
        readers.spawn(tell(stream, move |text| log.write(Line { function, text })));
    }
}

async fn tell(
    stream: impl AsyncRead + Unpin + Send + 'static,
    take: impl Fn(String) + Send + 'static,
) {
    let mut lines = BufReader::new(stream).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        take(line);
    }
}
