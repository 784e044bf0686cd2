//! What is stored, and what Google shows, to findings. Pure, and never writes.
//!
//! Each invariant that can be read off states, rows or a complete read is one function here: production validates with
//! it, and the tests use it as their oracle. It does not decide what to do about a finding beyond naming the remedy.
//!
//! Reading order: `finding` (the table of kinds), `advice`, `scene` (what things are judged against), `states`, `rows`, `deep`
//! (the checks), `report`.

mod advice;
mod deep;
mod finding;
mod report;
mod rows;
mod scene;
mod states;

pub use deep::{News, check as check_read, consolidated};
pub use finding::{Finding, Kind, Remedy, Severity};
pub use report::{Aged, Report, Stats};
pub use rows::{check as check_row, expires_early as wrongly_expires, unreadable};
pub use scene::{Known, Scene, Stored};
pub use states::{check as check_state, measure, staged};
