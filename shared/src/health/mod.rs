//! Is it well? Signals of each calendar in, a verdict, a report and alerts out.
//!
//! Pure: no table, no clock, no Google. A signal that is absent counts as bad, never as good. What leads to which
//! issue is in `judge`, from when on and how bad it is in `scale`, and docs/health.md has both as a table that a test compares.
//! It repairs nothing and sends nothing: it says what should be synced, repaired and audited, and what is to be told.

mod alert;
mod judge;
mod kind;
mod latest;
mod report;
mod scale;
mod signals;
mod work;

pub use alert::{Alert, Change};
pub use judge::{Issue, Verdict, judge};
pub use kind::{IssueKind, Level, Subject};
pub use latest::{Latest, Sending, Standing};
pub use report::{Detail, Report};
pub use scale::{Remedy, Scale, When};
pub use signals::{Audited, Parked, Part, Pending, Signals, Tally, Unread, Vitals};
pub use work::{Checkup, Pace, Work};
