//! A gate at which a call is held until the test lets it go on.

use std::sync::Arc;

use tokio::sync::watch;

/// A shared gate, closed at first. Once opened it stays open.
#[derive(Debug, Clone)]
pub struct Gate {
    state: Arc<watch::Sender<State>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct State {
    open: bool,
    arrived: usize,
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}

impl Gate {
    /// A closed gate.
    #[must_use]
    pub fn new() -> Self {
        Self {
            state: Arc::new(watch::Sender::new(State::default())),
        }
    }

    /// Lets everything held here go on, and everything that comes later pass.
    pub fn open(&self) {
        self.state.send_modify(|state| state.open = true);
    }

    /// Returns once a call has arrived here, held or passing.
    pub async fn reached(&self) {
        self.until(|state| state.arrived > 0).await;
    }

    pub(super) async fn arrive(&self) {
        self.state
            .send_modify(|state| state.arrived = state.arrived.saturating_add(1));
        self.until(|state| state.open).await;
    }

    async fn until(&self, holds: impl FnMut(&State) -> bool) {
        let mut states = self.state.subscribe();
        // An error would mean that the sender is gone, and `self` holds it.
        let _open = states.wait_for(holds).await.is_ok();
    }
}
