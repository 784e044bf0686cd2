//! AWS Lambda around the functions' real binaries: the runtime API, warm instances, timeouts.
//!
//! Each instance is a child process with a runtime API of its own, as each execution environment has one. It is started when
//! an invocation finds none idle, serves one invocation at a time, and is killed when it exceeds the function's timeout.
//! Unlike Lambda it is not frozen between invocations, has no limit of memory or permissions, and is kept until the end.

mod desk;
mod environment;
mod error;
mod instance;
mod pool;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use wire::Clock;

use crate::shape::Function;
use crate::site::Site;
use pool::Pool;

pub use error::InvokeError;
pub use pool::Tally;

/// Whoever can invoke functions.
pub trait Invoke: Send + Sync + 'static {
    /// Invokes `function` with `event`, and returns its answer.
    fn invoke(
        &self,
        function: Function,
        event: Bytes,
    ) -> impl Future<Output = Result<Bytes, InvokeError>> + Send;
}

impl<T: Invoke> Invoke for Arc<T> {
    async fn invoke(&self, function: Function, event: Bytes) -> Result<Bytes, InvokeError> {
        (**self).invoke(function, event).await
    }
}

/// How a function is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// The function's name, also in its environment and its ARN.
    pub name: String,
    /// The handler's binary.
    pub binary: PathBuf,
    /// How long one invocation may take.
    pub timeout: Duration,
    /// Memory, in MB: told to the function, and not enforced.
    pub memory: u32,
    /// Instances at a time, at most; further invocations wait.
    pub concurrency: usize,
    /// What the function's configuration adds to the environment.
    pub variables: BTreeMap<String, String>,
}

/// A line that a function wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Which function.
    pub function: Function,
    /// The line, without its end.
    pub text: String,
}

/// Who is told what the functions write, to whichever stream.
#[derive(Clone)]
pub struct Log(Arc<dyn Fn(Line) + Send + Sync>);

impl Log {
    /// Tells `take` each line.
    #[must_use]
    pub fn new(take: impl Fn(Line) + Send + Sync + 'static) -> Self {
        Self(Arc::new(take))
    }

    fn write(&self, line: Line) {
        (self.0)(line);
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").finish_non_exhaustive()
    }
}

/// The functions of a region.
#[derive(Debug)]
pub struct Lambda {
    pools: BTreeMap<Function, Pool>,
}

impl Lambda {
    /// Functions that are started when they are first invoked. `seed` makes request ids.
    #[must_use]
    pub fn new(
        site: &Site,
        launches: BTreeMap<Function, Launch>,
        clock: &Clock,
        log: &Log,
        seed: u64,
    ) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let pools = launches.into_iter().map(|(function, launch)| {
            let pool = Pool::new(site, function, launch, clock, log, random.fork());
            (function, pool)
        });
        Self {
            pools: pools.collect(),
        }
    }

    /// What a function did so far.
    #[must_use]
    pub fn tally(&self, function: Function) -> Tally {
        self.pools
            .get(&function)
            .map(Pool::tally)
            .unwrap_or_default()
    }

    /// Waits until no invocation is under way, takes no more, and ends all instances.
    pub async fn close(&self) {
        futures::future::join_all(self.pools.values().map(Pool::close)).await;
    }
}

impl Invoke for Lambda {
    async fn invoke(&self, function: Function, event: Bytes) -> Result<Bytes, InvokeError> {
        match self.pools.get(&function) {
            Some(pool) => pool.invoke(event).await,
            None => Err(InvokeError::Unknown { function }),
        }
    }
}
