//! What can become of a message once SQS has taken it. Rule: all but the loss are what SQS's developer guide warns of.

use std::fmt;
use std::time::Duration;

/// A message that was taken.
#[derive(Debug, Clone, Copy)]
pub struct Taken<'a> {
    /// The queue's name.
    pub queue: &'a str,
    /// The message's body.
    pub body: &'a str,
}

/// What becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is there to be received.
    Keep,
    /// It is lost: SQS promises that this does not happen, and a purge does it.
    Lose,
    /// It can be received twice, also at the same time.
    Double,
    /// It is not to be seen for so long, on top of its delay.
    Delay(Duration),
    /// It goes ahead of those that came before it.
    Overtake,
}

type Decide = Box<dyn FnMut(&Taken<'_>) -> Fate + Send>;

/// Who decides, if anybody does.
#[derive(Default)]
pub(super) struct Fates(Option<Decide>);

impl fmt::Debug for Fates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Fates").field(&self.0.is_some()).finish()
    }
}

impl Fates {
    pub(super) fn new(decide: impl FnMut(&Taken<'_>) -> Fate + Send + 'static) -> Self {
        Self(Some(Box::new(decide)))
    }

    pub(super) fn of(&mut self, taken: &Taken<'_>) -> Fate {
        self.0.as_mut().map_or(Fate::Keep, |decide| decide(taken))
    }
}
