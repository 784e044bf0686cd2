//! Google's side of the wire: the simulator in the process, and faults over any transport.
//!
//! Owns how a request gets its operation's name. Google's own errors (statuses, quotas, 410) are the
//! simulator's; here are only those that no server can give: lost connections, silence, a crash.

mod faulty;
mod in_process;
mod operation;

pub use faulty::Faulty;
pub use in_process::InProcess;
pub use operation::operation;
