//! The invariants (ARCHITECTURE.md) that can be read off what is stored and what Google shows: each a pure
//! function over one look at a world, or over the look before and the look now.
//!
//! [`always`] holds at every moment, in the middle of a crash as well; [`at_rest`] once nothing is left to do.
//! A look goes past the code under test where it can: Google is read from the simulator's own state.

mod google;
mod idle;
mod look;
mod stored;

pub(crate) use idle::second_drive;
pub(crate) use look::{Facts, Look, facts};

/// An invariant that does not hold, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) invariant: &'static str,
    pub(crate) what: String,
}

fn broken(invariant: &'static str, what: impl Into<String>) -> Broken {
    Broken {
        invariant,
        what: what.into(),
    }
}

/// What holds at any moment.
pub(crate) fn always(before: &Look, now: &Look) -> Vec<Broken> {
    [
        google::no_source_is_written(before, now),
        stored::a_token_implies_its_changes(now),
        stored::nothing_is_seen_of_half_a_commit(before, now),
        stored::commits_form_one_chain(now),
        google::no_block_is_a_source(now),
        google::no_wanted_block_was_deleted(before, now),
        google::one_user_only(now),
        stored::nothing_is_silently_out_of_step(now),
        stored::wakes_are_served_by_a_later_read(before, now),
    ]
    .concat()
}

/// What holds when nothing is left to do.
pub(crate) fn at_rest(before: &Look, now: &Look) -> Vec<Broken> {
    [
        always(before, now),
        google::blocks_are_as_they_should_be(now),
        stored::every_row_is_in_step_or_parked(now),
        stored::no_wake_is_left(now),
        stored::every_change_is_in_the_rows(now),
    ]
    .concat()
}
