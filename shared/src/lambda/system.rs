//! The process's own clock, environment and randomness. Everything else is given these.

use jiff::Timestamp;

use crate::google::Clock;

/// The machine's clock.
pub(super) fn clock() -> Clock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is where the time comes from"
    )]
    Clock::new(Timestamp::now)
}

/// A variable of the process's environment; one that is not Unicode is as good as none.
pub(super) fn variable(name: &str) -> Option<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "only the config asks for variables"
    )]
    std::env::var(name).ok()
}

/// A seed for what need not be secret: waits, owners' names, commit ids.
pub(super) fn seed() -> Result<u64, getrandom::Error> {
    getrandom::u64()
}
