//! Values that cannot be wrong: parsed once at the edge, never checked again inside.
//!
//! Nothing here knows a clock, a network, a table or a log. A type's constructor is its proof.

mod block;
mod block_id;
mod calendar;
mod change;
mod commit;
mod event;
mod ids;
mod row;
mod rule;
mod time;
mod vault;
mod wheel;
mod words;

pub use block::{BlockContent, Fingerprint, MARKER_KEY, MARKER_VALUE, Visibility};
pub use block_id::{
    BlockId, BlockRef, InstallKey, NotOurs, Part, Sealed, Sealer, SplitMark, looks_like_a_block,
};
pub use calendar::{Access, AccountId, CalendarConfig, UserConfig};
pub use change::{Cause, Change, Deed};
pub use commit::{
    BadCommitId, CommitId, Counts, Epoch, Failing, FailureClass, FullReadReason, Held,
    JournalPointer, Lease, State, SyncRecord, Wake,
};
pub use event::{EventKind, EventType, Response, SourceEvent, Stamp, Status};
pub use ids::{
    BadId, CalendarId, Etag, EventKey, GoogleCalendarId, GoogleEventId, KeyCheck, SyncToken, UserId,
};
pub use row::{
    Dismissed, Generation, Have, Mirror, Park, ParkKind, Retry, Rev, Row, RowWrite, Source, Stray,
    Want,
};
pub use rule::{
    ChangedBy, Clock, Colour, Day, EventTitle, Hours, HoursText, Keyword, Lead, Minutes, Needs,
    OPT_OUT, OnChange, Pair, PairRule, Pairs, Rule, RuleProblem, RuleSet, RulesChange, Skip,
    Switch, Title, horizon, moment,
};
pub use time::{BadTime, EventTime, ZoneName};
pub use vault::{Vault, Vaulted};
pub use wheel::{Interval, Spoke, spokes_due};
pub use words::counted;
