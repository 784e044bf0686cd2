//! What the clients of all accounts of one process share.

use std::sync::Arc;

use super::gate::Gates;
use super::meter::{Meter, Usage};

/// The shared meter, and the gates that keep writes to one calendar apart whichever account makes them.
#[derive(Debug, Clone, Default)]
pub struct Group {
    pub(super) meter: Arc<Meter>,
    pub(super) gates: Arc<Gates>,
}

impl Group {
    /// A group that counts on `meter`.
    #[must_use]
    pub fn new(meter: Arc<Meter>) -> Self {
        Self {
            meter,
            gates: Arc::default(),
        }
    }

    /// What all its clients used so far.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.meter.usage()
    }
}
