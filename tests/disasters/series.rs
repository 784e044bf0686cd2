//! Series and their exceptions, in every order in which Google may tell of them.

use serde_json::{Value, json};
use shared::model::Mirror;

use crate::bench::{Bench, name, timed, weekly};
use crate::wiretap::rewritten;

/// The n-th occurrence (from 0) of a weekly series from 2026-03-03 on, 09:00 in Berlin.
fn nth(n: u32) -> String {
    let (month, day) = match 3 + 7 * n {
        day @ 1..=31 => (3, day),
        day => (4, day - 31),
    };
    let offset = if (month, day) >= (3, 29) {
        "+02:00"
    } else {
        "+01:00"
    };
    format!("2026-{month:02}-{day:02}T09:00:00{offset}")
}

fn utc(day: u32, hour: u32) -> (Value, Value) {
    let event = timed("any", day, hour);
    (event["start"].clone(), event["end"].clone())
}

/// A weekly series of eight with one occurrence moved and one cancelled, settled on two targets.
async fn with_exceptions() -> Bench {
    let bench = Bench::with(3, |google| {
        google
            .insert_event(&name(0), weekly("weekly", 3, 9, 8))
            .unwrap();
        let (start, end) = utc(18, 12);
        google
            .move_occurrence(&name(0), "weekly", &nth(2), start, end)
            .unwrap();
        google
            .cancel_occurrence(&name(0), "weekly", &nth(3))
            .unwrap();
    })
    .await;
    bench.settle_for_good().await;
    // One series and its two exceptions on each target.
    assert_eq!(bench.world.google().events(&name(1)).len(), 3);
    bench
}

/// Does something to the series and demands that all is in step afterwards.
async fn check(label: &str, edit: impl FnOnce(&mut simulator::Simulator)) -> Bench {
    let bench = with_exceptions().await;
    bench.edit(edit);
    let driven = bench.drive().await;
    assert!(driven.quiet, "{label}: {driven:?}");
    assert_eq!(bench.faults(), [], "{label}");
    bench.settle_for_good().await;
    bench
}

#[tokio::test(start_paused = true)]
async fn a_series_that_is_split_keeps_its_exceptions_before_the_split() {
    for at in [1, 2, 3, 4, 6] {
        let later = json!({"start": {"dateTime": "2026-03-31T14:00:00+02:00"}, "end": {"dateTime": "2026-03-31T15:00:00+02:00"}});
        for changes in [
            json!({"summary": "new"}),
            if at == 4 { later.clone() } else { json!({}) },
        ] {
            let bench = check(&format!("split at {at}"), |google| {
                google
                    .ui_split(&name(0), "weekly", &nth(at), changes)
                    .map(drop)
                    .unwrap();
            })
            .await;
            assert_eq!(
                bench
                    .blocks(1)
                    .iter()
                    .filter(|block| !block.recurrence.is_empty())
                    .count(),
                2
            );
            // The rest goes, and the first part with it.
            bench.edit(|google| {
                let rest = google
                    .events(&name(0))
                    .into_iter()
                    .find(|event| event.id.contains("_R") && !event.recurrence.is_empty())
                    .unwrap();
                google.delete_event(&name(0), &rest.id).unwrap();
            });
            bench.settle().await;
            bench.edit(|google| google.delete_event(&name(0), "weekly").unwrap());
            bench.settle_for_good().await;
            assert_eq!(bench.blocks(1), []);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_series_that_goes_takes_its_exceptions_along() {
    let bench = check("deleted", |google| {
        google.delete_event(&name(0), "weekly").unwrap()
    })
    .await;
    assert_eq!((bench.blocks(1), bench.blocks(2)), (vec![], vec![]));
}

#[tokio::test(start_paused = true)]
async fn edits_of_a_series_end_in_step_whatever_they_reset() {
    let move_all = json!({
        "start": {"dateTime": "2026-03-03T11:00:00", "timeZone": "Europe/Berlin"},
        "end": {"dateTime": "2026-03-03T12:00:00", "timeZone": "Europe/Berlin"},
    });
    for (label, patch) in [
        ("retitled", json!({"summary": "another"})),
        ("moved", move_all),
        (
            "longer",
            json!({"end": {"dateTime": "2026-03-03T10:30:00", "timeZone": "Europe/Berlin"}}),
        ),
        (
            "another rule",
            json!({"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=4"]}),
        ),
        (
            "another rhythm",
            json!({"recurrence": ["RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=4"]}),
        ),
        (
            "with an excluded date",
            json!({"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=8", "EXDATE;TZID=Europe/Berlin:20260407T090000"]}),
        ),
        (
            "another zone",
            json!({
                "start": {"dateTime": "2026-03-03T09:00:00", "timeZone": "America/New_York"},
                "end": {"dateTime": "2026-03-03T09:30:00", "timeZone": "America/New_York"},
            }),
        ),
        ("free", json!({"transparency": "transparent"})),
        ("tentative", json!({"status": "tentative"})),
    ] {
        for announce in [false, true] {
            check(&format!("{label}, announced {announce}"), |google| {
                google.knobs_mut().announce_dropped_exceptions = announce;
                google
                    .patch_event(&name(0), "weekly", patch.clone())
                    .unwrap();
            })
            .await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_new_title_of_a_series_writes_no_block() {
    let bench = with_exceptions().await;
    bench.world.google().clear_log();
    bench.edit(|google| {
        google
            .patch_event(&name(0), "weekly", json!({"summary": "another"}))
            .unwrap()
    });
    bench.settle().await;
    assert_eq!(bench.google_writes(), []);
}

#[tokio::test(start_paused = true)]
async fn an_occurrence_that_is_cancelled_and_restored_is_held_again() {
    let bench = with_exceptions().await;
    for n in [3, 5, 5, 0, 7] {
        let id = bench.edit(|google| google.occurrence_id(&name(0), "weekly", &nth(n)).unwrap());
        let live = bench.edit(|google| {
            google.event(&name(0), &id).unwrap().status != simulator::Status::Cancelled
        });
        if live {
            bench.edit(|google| google.delete_event(&name(0), &id).unwrap());
            bench.settle_for_good().await;
        }
        bench.edit(|google| {
            google
                .patch_event(&name(0), &id, json!({"status": "confirmed"}))
                .unwrap()
        });
        bench.settle_for_good().await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_occurrence_that_is_moved_about_is_held_where_it_is() {
    let bench = with_exceptions().await;
    for day in [19, 20, 3, 24] {
        let (start, end) = utc(day, 13);
        bench.edit(|google| {
            google
                .move_occurrence(&name(0), "weekly", &nth(2), start, end)
                .map(drop)
                .unwrap()
        });
        bench.settle_for_good().await;
    }
    // Back to where its rule has it.
    let start = json!({"dateTime": nth(2), "timeZone": "Europe/Berlin"});
    let end = json!({"dateTime": nth(2).replace("09:00", "09:30"), "timeZone": "Europe/Berlin"});
    bench.edit(|google| {
        google
            .move_occurrence(&name(0), "weekly", &nth(2), start, end)
            .map(drop)
            .unwrap()
    });
    bench.settle_for_good().await;
    // As a whole day, and back.
    bench.edit(|google| {
        google
            .move_occurrence(
                &name(0),
                "weekly",
                &nth(5),
                json!({"date": "2026-04-09"}),
                json!({"date": "2026-04-10"}),
            )
            .map(drop)
            .unwrap()
    });
    bench.settle_for_good().await;
    let (start, end) = utc(26, 13);
    bench.edit(|google| {
        google
            .move_occurrence(&name(0), "weekly", &nth(5), start, end)
            .map(drop)
            .unwrap()
    });
    bench.settle_for_good().await;
}

/// Lists tell of an exception first and of its series later, on another page, or in another list.
#[tokio::test(start_paused = true)]
async fn an_exception_that_comes_before_its_series_ends_in_step() {
    for hidden_for in [0, 1, 2] {
        let bench = Bench::with(2, |google| {
            google
                .insert_event(&name(0), weekly("weekly", 3, 9, 8))
                .unwrap();
            let (start, end) = utc(18, 12);
            google
                .move_occurrence(&name(0), "weekly", &nth(2), start, end)
                .unwrap();
            google
                .cancel_occurrence(&name(0), "weekly", &nth(3))
                .unwrap();
        })
        .await;
        let tap = bench.tap();
        let mut left = hidden_for;
        tap.set(move |asked, perform| {
            if asked.operation != "events.list" || asked.calendar != name(0) {
                return perform();
            }
            let hide = left > 0;
            left -= u32::from(hide);
            rewritten(perform(), |page| {
                let mut items = page["items"].as_array().cloned().unwrap_or_default();
                items.sort_by_key(|item| item["recurringEventId"].is_null());
                items.retain(|item| !hide || !item["recurringEventId"].is_null());
                page["items"] = Value::Array(items);
            })
        });
        let driven = bench.drive_with(&tap.worker()).await;
        assert!(driven.quiet, "{driven:?}");
        if hidden_for > 0 {
            // The exception stands for itself until its series comes.
            assert_eq!(
                bench.block(1).start.as_deref(),
                Some("2026-03-18T12:00:00Z")
            );
            bench.edit(|google| {
                google
                    .patch_event(&name(0), "weekly", json!({"summary": "touched"}))
                    .unwrap()
            });
            for _ in 0..hidden_for {
                let driven = bench.drive_with(&tap.worker()).await;
                assert!(driven.quiet, "{driven:?}");
                bench.edit(|google| {
                    google
                        .patch_event(
                            &name(0),
                            "weekly",
                            json!({"summary": format!("touched {driven:?}")}),
                        )
                        .unwrap()
                });
            }
        }
        let driven = bench.drive_with(&tap.worker()).await;
        assert!(driven.quiet, "{driven:?}");
        assert_eq!(bench.faults(), [], "hidden for {hidden_for} lists");
        bench.settle_for_good().await;
    }
}

/// An invitation to one occurrence of a series that this person cannot see.
#[tokio::test(start_paused = true)]
async fn an_exception_without_a_series_is_held_as_an_event_of_its_own() {
    let bench = with_exceptions().await;
    let tap = bench.tap();
    bench.edit(|google| {
        google
            .insert_event(&name(1), timed("strange", 10, 7))
            .map(drop)
            .unwrap()
    });
    tap.set(|asked, perform| match asked.operation.as_str() {
        "events.list" if asked.calendar == name(1) => rewritten(perform(), |page| {
            for item in page["items"].as_array_mut().into_iter().flatten() {
                if item["id"] == "strange" {
                    item["recurringEventId"] = json!("unseen");
                    item["originalStartTime"] = json!({"dateTime": "2026-03-10T08:00:00Z"});
                }
            }
        }),
        _ => perform(),
    });
    let driven = bench.drive_with(&tap.worker()).await;
    assert!(driven.quiet, "{driven:?}");
    assert_eq!(bench.faults(), []);
    let driven = bench.drive_with(&tap.worker()).await;
    assert!(driven.quiet, "{driven:?}");
    assert_eq!(bench.faults(), []);
}

/// Google tells of an exception at a time at which the series' rule has no occurrence.
#[tokio::test(start_paused = true)]
async fn an_exception_that_matches_no_occurrence_gets_a_block_of_its_own() {
    let bench = with_exceptions().await;
    let tap = bench.tap();
    bench.edit(|google| {
        google
            .insert_event(&name(0), timed("strange", 13, 7))
            .map(drop)
            .unwrap()
    });
    tap.set(|asked, perform| match asked.operation.as_str() {
        "events.list" if asked.calendar == name(0) => rewritten(perform(), |page| {
            for item in page["items"].as_array_mut().into_iter().flatten() {
                if item["id"] == "strange" {
                    item["recurringEventId"] = json!("weekly");
                    item["originalStartTime"] = json!({"dateTime": "2026-03-13T06:00:00Z"});
                }
            }
        }),
        _ => perform(),
    });
    let driven = bench
        .drive_for(&tap.worker(), std::time::Duration::from_secs(24 * 3600))
        .await;
    assert!(driven.quiet, "{driven:?}");
    let rows = bench.view(0).await.rows;
    let mut mirrors = rows.iter().flat_map(|row| row.mirrors.values());
    assert!(mirrors.all(Mirror::in_step));
    let starts_at = |calendar: usize, start: &str| {
        let blocks = bench.blocks(calendar);
        let there = blocks
            .iter()
            .filter(|block| block.start.as_deref() == Some(start));
        there.count()
    };
    for target in [1, 2] {
        assert_eq!(starts_at(target, "2026-03-13T07:00:00Z"), 1);
    }
    bench.edit(|google| {
        google
            .insert_event(&name(0), timed("next", 16, 7))
            .map(drop)
            .unwrap()
    });
    let driven = bench.drive_with(&tap.worker()).await;
    assert!(driven.quiet, "{driven:?}");
    assert_eq!(starts_at(1, "2026-03-16T07:00:00Z"), 1);
}

/// A person drags, deletes, retitles or frees occurrences of a series block, plain ones and exceptions.
#[tokio::test(start_paused = true)]
async fn occurrences_of_a_series_block_that_a_person_touches_are_put_back() {
    let (start, end) = utc(27, 18);
    for n in 0..6 {
        for edit in [
            json!({"start": start, "end": end}),
            json!({"status": "cancelled"}),
            json!({"summary": "mine"}),
            json!({"transparency": "transparent"}),
            json!({"extendedProperties": null}),
        ] {
            let bench = with_exceptions().await;
            let series = bench
                .blocks(1)
                .into_iter()
                .find(|block| !block.recurrence.is_empty())
                .unwrap()
                .id;
            let occurrence =
                bench.edit(|google| google.occurrence_id(&name(1), &series, &nth(n)).unwrap());
            let cancelled = n == 3;
            let edit = if cancelled {
                json!({"status": "confirmed"})
            } else {
                edit
            };
            bench.edit(|google| {
                google
                    .patch_event(&name(1), &occurrence, edit.clone())
                    .unwrap()
            });
            let driven = bench.drive().await;
            assert!(driven.quiet, "occurrence {n}, {edit}: {driven:?}");
            assert_eq!(bench.faults(), [], "occurrence {n}, {edit}");
            bench.settle_for_good().await;
            if cancelled {
                break;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_series_block_that_a_person_touches_is_put_back_with_its_exceptions() {
    for edit in [
        json!({"start": {"dateTime": "2026-03-03T20:00:00", "timeZone": "Europe/Berlin"}, "end": {"dateTime": "2026-03-03T21:00:00", "timeZone": "Europe/Berlin"}}),
        json!({"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=2"]}),
        json!({"recurrence": null}),
        json!({"summary": "mine"}),
        json!({"status": "cancelled"}),
    ] {
        let bench = with_exceptions().await;
        let series = bench
            .blocks(1)
            .into_iter()
            .find(|block| !block.recurrence.is_empty())
            .unwrap()
            .id;
        bench.edit(|google| match edit["status"].is_null() {
            true => google.patch_event(&name(1), &series, edit.clone()).unwrap(),
            false => google.delete_event(&name(1), &series).unwrap(),
        });
        let driven = bench.drive().await;
        assert!(driven.quiet, "{edit}: {driven:?}");
        assert_eq!(bench.faults(), [], "{edit}");
        bench.settle_for_good().await;
    }
}

/// A person splits the block itself in Google's interface.
#[tokio::test(start_paused = true)]
async fn a_series_block_that_a_person_splits_is_put_back_and_the_rest_removed_or_left_alone() {
    let bench = with_exceptions().await;
    let series = bench
        .blocks(1)
        .into_iter()
        .find(|block| !block.recurrence.is_empty())
        .unwrap()
        .id;
    bench.edit(|google| {
        google
            .ui_split(&name(1), &series, &nth(4), json!({}))
            .map(drop)
            .unwrap()
    });
    let driven = bench.drive().await;
    assert!(driven.quiet, "{driven:?}");
    // Whatever is left of the split is no source and holds no time on the others.
    let others: Vec<_> = bench
        .faults()
        .into_iter()
        .filter(|fault| !format!("{fault:?}").contains("cal1"))
        .collect();
    assert_eq!(others, []);
    bench.world.google().clear_log();
    bench.drive().await;
    assert_eq!(bench.google_writes(), []);
}

#[tokio::test(start_paused = true)]
async fn series_change_between_hours_and_whole_days_and_single_events() {
    let whole = |recurrence: Value| json!({"start": {"date": "2026-03-03"}, "end": {"date": "2026-03-04"}, "recurrence": recurrence});
    let hours = weekly("weekly", 3, 9, 8);
    let bench = with_exceptions().await;
    for event in [
        whole(json!(["RRULE:FREQ=WEEKLY;COUNT=8"])),
        hours.clone(),
        timed("weekly", 3, 8),
        hours.clone(),
        super::days("weekly", "2026-03-03", "2026-03-04"),
        whole(json!(["RRULE:FREQ=DAILY;COUNT=3"])),
        timed("weekly", 4, 8),
        hours,
    ] {
        bench.edit(|google| {
            google
                .replace_event(&name(0), "weekly", event.clone())
                .unwrap()
        });
        let driven = bench.drive().await;
        assert!(driven.quiet, "{event}: {driven:?}");
        assert_eq!(bench.faults(), [], "{event}");
        bench.settle_for_good().await;
        // Each time something is an exception again, if it can be.
        if event["recurrence"].is_array() && event["start"]["dateTime"].is_string() {
            bench.edit(|google| {
                google
                    .cancel_occurrence(&name(0), "weekly", &nth(5))
                    .map(drop)
                    .unwrap()
            });
            bench.settle_for_good().await;
        }
    }
}

/// The local hour stays, and so the instants move, in the weeks in which the clocks change in one zone or the other.
#[tokio::test(start_paused = true)]
async fn series_keep_their_local_hour_when_the_clocks_change() {
    let zones = [
        "Europe/Berlin",
        "America/New_York",
        "Asia/Tokyo",
        "Australia/Lord_Howe",
    ];
    for zone in zones {
        let bench = Bench::in_zones(&zones, |google| {
            let event = |id: &str, hour: &str, end: &str| {
                json!({
                    "id": id,
                    "start": {"dateTime": format!("2026-03-03T{hour}"), "timeZone": zone},
                    "end": {"dateTime": format!("2026-03-03T{end}"), "timeZone": zone},
                    "recurrence": ["RRULE:FREQ=DAILY;COUNT=60"],
                })
            };
            google
                .insert_event(&name(0), event("morning", "09:00:00", "10:00:00"))
                .unwrap();
            // In the hour that does not exist, or comes twice.
            google
                .insert_event(&name(0), event("nightly", "02:30:00", "03:15:00"))
                .unwrap();
            let id = google
                .events(&name(0))
                .into_iter()
                .find(|event| event.id == "nightly")
                .unwrap()
                .id;
            google
                .insert_event(&name(1), event("elsewhere", "01:30:00", "02:30:00"))
                .unwrap();
            assert_eq!(id, "nightly");
        })
        .await;
        bench.settle_for_good().await;
        // Cancelled and moved in the week of the change.
        for day in ["20260328", "20260329", "20260330"] {
            let occurrence = bench.edit(|google| {
                let from = chrono::NaiveDate::parse_from_str(day, "%Y%m%d")
                    .unwrap()
                    .and_hms_opt(0, 0, 0)
                    .unwrap()
                    .and_utc();
                google
                    .occurrences(&name(0), from, from + chrono::Duration::days(1))
                    .into_iter()
                    .find(|busy| busy.master_id.as_deref() == Some("nightly"))
            });
            let Some(occurrence) = occurrence else {
                continue;
            };
            bench.edit(|google| google.delete_event(&name(0), &occurrence.event_id).unwrap());
            bench.settle_for_good().await;
        }
    }
}
