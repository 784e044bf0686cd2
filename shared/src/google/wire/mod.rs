//! What crosses the wire: the fields of the Calendar API v3 that Tidelock reads or sends, and no others.
//!
//! Reading is tolerant: everything but an id may be missing, unknown fields are ignored, unknown words of
//! an enumeration stay words. One entry that cannot be read stands apart and does not fail its page.
//! Nothing is interpreted here; the model's conversions do that. No type shows event text in `Debug`.

mod block;
mod calendar;
mod event;
mod fields;
mod item;
mod page;
mod text;
mod when;

pub use block::BlockBody;
pub(super) use block::NewBlock;
pub use calendar::CalendarListEntry;
pub use event::{Event, Reminders};
pub use fields::Unreadable;
pub use item::Item;
pub(super) use page::{CalendarListPage, RawEventsPage};
pub use text::Text;
pub use when::When;

/// The fields of an event to ask for (`fields`, guide "Improve performance").
pub(super) const EVENT_FIELDS: &str = "id,status,etag,created,updated,summary,start,end,recurrence,\
recurringEventId,originalStartTime,transparency,visibility,eventType,attendees(self,responseStatus),\
organizer(self),extendedProperties,iCalUID,sequence,reminders,colorId";
