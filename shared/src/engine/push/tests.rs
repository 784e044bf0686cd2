//! The decisions of a push, without a wire.

use super::record::merge;
use super::step::{Step, next};
use crate::model::{
    BlockContent, Etag, EventTime, Fingerprint, Generation, Have, Mirror, Visibility, Want,
};

fn print(day: i8) -> Fingerprint {
    let date = jiff::civil::date(2026, 1, day);
    BlockContent {
        title: "Busy".into(),
        time: EventTime::days(date, date.tomorrow().unwrap()).unwrap(),
        recurrence: Vec::new(),
        visibility: Visibility::Private,
        colour: None,
        busy: true,
        marked: true,
    }
    .fingerprint()
}

fn mirror(want: Want, have: Have) -> Mirror {
    Mirror {
        want,
        have,
        etag: Some(Etag::parse("\"1\"").unwrap()),
        ..Mirror::default()
    }
}

fn check(want: Want, have: Have, expected: &Step) {
    let mirror = mirror(want, have);
    assert_eq!(next(&mirror), *expected, "{want:?} {have:?}");
}

#[test]
fn every_pair_of_want_and_have_leads_to_one_step() {
    let (due, other) = (print(1), print(2));
    for (have, expected) in [
        (Have::Nothing, Step::Insert),
        (Have::Own(due), Step::Nothing),
        (Have::Own(other), Step::Update),
        (Have::Deleted, Step::Update),
        (Have::Instance(due), Step::Forget),
        (Have::Hidden, Step::Forget),
        (Have::Unknown, Step::Forget),
    ] {
        check(Want::Own(due), have, &expected);
    }
    for (have, expected) in [
        (Have::Nothing, Step::Nothing),
        (Have::Deleted, Step::Nothing),
        (Have::Own(due), Step::Delete),
        (Have::Instance(due), Step::Forget),
        (Have::Hidden, Step::Forget),
        (Have::Unknown, Step::Forget),
    ] {
        check(Want::Nothing, have, &expected);
    }
    for (have, expected) in [
        (Have::Instance(due), Step::Nothing),
        (Have::Instance(other), Step::PutOccurrence),
        (Have::Hidden, Step::PutOccurrence),
        (Have::Unknown, Step::PutOccurrence),
        (Have::Nothing, Step::PutOccurrence),
    ] {
        check(Want::Instance(due), have, &expected);
    }
    for (have, expected) in [
        (Have::Hidden, Step::Nothing),
        (Have::Instance(due), Step::CancelOccurrence),
        (Have::Unknown, Step::CancelOccurrence),
        (Have::Nothing, Step::CancelOccurrence),
    ] {
        check(Want::Hidden, have, &expected);
    }
}

#[test]
fn without_an_etag_a_block_is_read_before_it_is_written() {
    for (want, have) in [
        (Want::Own(print(1)), Have::Own(print(2))),
        (Want::Own(print(1)), Have::Deleted),
        (Want::Nothing, Have::Own(print(1))),
    ] {
        let mirror = Mirror {
            etag: None,
            ..mirror(want, have)
        };
        assert_eq!(next(&mirror), Step::Look, "{want:?} {have:?}");
    }
}

#[test]
fn what_must_go_comes_after_what_is_due() {
    let stray = Generation(0).into();
    let late = Mirror {
        strays: [stray].into(),
        ..mirror(Want::Own(print(1)), Have::Nothing)
    };
    assert_eq!(next(&late), Step::Insert);
    let there = Mirror {
        have: Have::Own(print(1)),
        ..late
    };
    assert_eq!(next(&there), Step::RemoveStray(Generation(0).into()));
}

#[test]
fn a_meeting_that_the_target_holds_itself_needs_no_block() {
    let twin = Mirror {
        twin: true,
        ..mirror(Want::Own(print(1)), Have::Own(print(1)))
    };
    assert_eq!(next(&twin), Step::Delete);
    let gone = Mirror {
        have: Have::Deleted,
        ..twin
    };
    assert_eq!(next(&gone), Step::Nothing);
}

#[test]
fn a_record_over_an_unchanged_row_simply_holds() {
    let before = mirror(Want::Own(print(1)), Have::Nothing);
    let after = Mirror {
        have: Have::Own(print(1)),
        ..before.clone()
    };
    let mut current = before.clone();
    merge(&mut current, &before, &after);
    assert_eq!(current, after);
}

#[test]
fn what_was_written_for_another_want_is_left_to_the_next_read() {
    let before = mirror(Want::Own(print(1)), Have::Nothing);
    let after = Mirror {
        have: Have::Own(print(1)),
        ..before.clone()
    };
    let wants = [Want::Own(print(2)), Want::Nothing, Want::Instance(print(1))];
    for want in wants {
        let moved = mirror(want, Have::Nothing);
        let mut current = moved.clone();
        merge(&mut current, &before, &after);
        assert_eq!(current, moved);
    }
}

#[test]
fn what_a_read_of_the_target_brought_meanwhile_stands() {
    let before = mirror(Want::Own(print(1)), Have::Own(print(2)));
    let after = Mirror {
        have: Have::Own(print(1)),
        rewrites: 1,
        ..before.clone()
    };
    let mut current = mirror(Want::Own(print(1)), Have::Deleted);
    merge(&mut current, &before, &after);
    assert_eq!((current.have, current.rewrites), (Have::Deleted, 1));
}

#[test]
fn a_reset_occurrence_is_unknown_whatever_a_read_brought_meanwhile() {
    let before = mirror(Want::Instance(print(1)), Have::Instance(print(1)));
    let after = Mirror {
        have: Have::Unknown,
        etag: None,
        ..before.clone()
    };
    let mut current = mirror(Want::Instance(print(1)), Have::Hidden);
    merge(&mut current, &before, &after);
    assert_eq!(current.have, Have::Unknown);
}

#[test]
fn a_record_holds_beside_what_became_of_strays() {
    let before = mirror(Want::Own(print(1)), Have::Nothing);
    let after = Mirror {
        have: Have::Own(print(1)),
        ..before.clone()
    };
    let mut current = before.clone();
    current.strays.insert(Generation(3).into());
    merge(&mut current, &before, &after);
    assert_eq!(current.have, Have::Own(print(1)));
    assert!(current.strays.contains(&Generation(3).into()));
}

#[test]
fn news_of_an_older_generation_is_no_news() {
    let before = mirror(Want::Own(print(1)), Have::Deleted);
    let after = Mirror {
        have: Have::Own(print(1)),
        ..before.clone()
    };
    let newer = Mirror {
        generation: Generation(1),
        have: Have::Nothing,
        ..before.clone()
    };
    let mut current = newer.clone();
    merge(&mut current, &before, &after);
    assert_eq!(current, newer);
}
