//! From the people that are meant to their reports.

use shared::engine::Extent;
use shared::model::EventKey;
use shared::validate::Report;

use super::{Depth, NotValidated, Options, Shown, Validation};
use crate::answer::{Desk, Failure};
use crate::findings::{Meant, meant};
use crate::stack::advice;

pub(super) async fn validate(
    desk: &Desk<'_, '_>,
    options: &Options,
) -> Result<Validation, Failure> {
    let mut validation = Validation {
        reports: Vec::new(),
        failed: Vec::new(),
        known: true,
        people: Vec::new(),
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
                let (user, why) = (person.name.clone(), advice::of_sync(&why));
                desk.host.err(format_args!("{user}: FAILED: {why}\n"));
                validation.failed.push(NotValidated { user, why });
            }
        }
    }
    if let Some(event) = &options.event {
        validation.known = known(&validation);
        if !validation.known {
            desk.host.err(format_args!(
                "tidelock validate: the event {} is not known; `tidelock explain` takes the ids of blocks too\n",
                event.as_str()
            ));
        }
    }
    Ok(validation)
}

/// An event that nobody knows is no clean one: it may be a slip.
fn known(validation: &Validation) -> bool {
    let empty =
        |report: &Report| report.clean() && report.stats.total == 0 && report.pending.count == 0;
    !validation.failed.is_empty() || !validation.reports.iter().all(empty)
}
