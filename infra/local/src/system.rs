//! The machine: its clock, its environment, its randomness, its signals. Everything else is given these.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use shared::google::Clock;

use crate::host::{Stop, Stopper};

/// The machine gave no randomness.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the operating system gives no random numbers")]
pub struct NoRandomness;

/// The machine's clock.
#[must_use]
pub fn clock() -> Clock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is where the time comes from"
    )]
    Clock::new(Timestamp::now)
}

/// A variable of the process's environment; one that is not Unicode is as good as none.
#[must_use]
pub fn variable(name: &str) -> Option<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "only the config asks for variables"
    )]
    std::env::var(name).ok()
}

/// The folder that this program runs from; none: the machine does not say.
#[must_use]
pub fn own_folder() -> Option<PathBuf> {
    let own = std::env::current_exe().ok()?;
    own.parent().map(Path::to_owned)
}

/// Bytes that nobody can guess.
///
/// # Errors
/// The machine gives none.
pub fn random<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(bytes)
}

/// A seed for what need not be secret: waits, owners' names.
///
/// # Errors
/// The machine gives none.
pub fn seed() -> Result<u64, NoRandomness> {
    random().map(u64::from_ne_bytes)
}

/// A wish to stop that Ctrl-C and SIGTERM utter, as often as they come. Call it inside a runtime.
///
/// # Errors
/// The signals cannot be watched.
pub fn stop_on_signals() -> std::io::Result<Stop> {
    let (stopper, stop) = Stop::new();
    watch(stopper)?;
    Ok(stop)
}

#[cfg(unix)]
fn watch(stopper: Stopper) -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = interrupt.recv() => stopper.stop(),
                _ = terminate.recv() => stopper.stop(),
            }
        }
    });
    Ok(())
}

#[cfg(not(unix))]
fn watch(stopper: Stopper) -> std::io::Result<()> {
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            stopper.stop();
        }
    });
    Ok(())
}
