//! From the people that are meant to their reports.

use shared::engine::Extent;
use shared::model::{EventKey, GoogleEventId};
use shared::validate::Report;

use super::{Depth, Options, Shown, Validation};
use crate::answer::{Desk, Failure};
use crate::findings::{Meant, meant};
use crate::stack::advice;

pub(super) async fn validate(
    desk: &Desk<'_, '_>,
    options: &Options,
) -> Result<Validation, Failure> {
    let mut validation = Validation {
        reports: Vec::new(),
        people: Vec::new(),
        failed: 0,
    };
    for meant in meant(desk, options.calendar.as_deref()).await? {
        let Meant {
            person,
            extent,
            names,
            ..
        } = meant;
        let extent = match &options.event {
            Some(event) => Extent::Event(EventKey::of(event)),
            None => extent,
        };
        let deep = options.depth == Depth::Deep;
        match Box::pin(desk.engine().validate(person.id, &extent, deep)).await {
            Ok(report) => {
                validation.reports.push(report);
                validation.people.push(Shown {
                    user: person.name.clone(),
                    names,
                });
            }
            Err(why) => {
                validation.failed += 1;
                let (name, why) = (&person.name, advice::of_sync(&why));
                desk.host.err(format_args!("{name}: FAILED: {why}\n"));
            }
        }
    }
    match &options.event {
        Some(event) => known(event, validation),
        None => Ok(validation),
    }
}

/// An event that nobody knows is no clean one: it may be a slip.
fn known(event: &GoogleEventId, validation: Validation) -> Result<Validation, Failure> {
    let empty =
        |report: &Report| report.clean() && report.stats.total == 0 && report.pending.count == 0;
    match validation.failed == 0 && validation.reports.iter().all(empty) {
        true => Err(Failure::Failed(format!(
            "the event {} is not known; `tidelock explain` takes the ids of blocks too",
            event.as_str()
        ))),
        false => Ok(validation),
    }
}
