"""Counts the busy occurrences of a calendar file in a window, by another tool than ours.

    count_occurrences.py FILE NOW [DAYS_BACK DAYS_AHEAD]

Prints the number of occurrences that overlap the window around NOW (RFC 3339), that are opaque, not cancelled, and take
time. The numbers in tests/demo/counts.rs come from here. Needs the package recurring-ical-events.
"""

import datetime
import sys

import icalendar
import recurring_ical_events


def bounds(event, zone):
    """Start and end as instants; whole days begin at midnight in the calendar's zone, floating times are in it."""
    start = event["DTSTART"].dt
    if "DTEND" in event:
        end = event["DTEND"].dt
    elif "DURATION" in event:
        end = start + event["DURATION"].dt
    else:
        end = start if isinstance(start, datetime.datetime) else start + datetime.timedelta(days=1)

    def instant(at):
        if not isinstance(at, datetime.datetime):
            at = datetime.datetime.combine(at, datetime.time())
        return at if at.tzinfo else at.replace(tzinfo=zone)

    return instant(start), instant(end)


def is_busy(event):
    free = str(event.get("TRANSP", "OPAQUE")).upper() == "TRANSPARENT"
    cancelled = str(event.get("STATUS", "CONFIRMED")).upper() == "CANCELLED"
    return not free and not cancelled


def count(path, now, back, ahead):
    from zoneinfo import ZoneInfo

    with open(path, "rb") as file:
        calendar = icalendar.Calendar.from_ical(file.read())
    zone = ZoneInfo(str(calendar.get("X-WR-TIMEZONE", "UTC")))
    start, end = now - datetime.timedelta(days=back), now + datetime.timedelta(days=ahead)
    wide = datetime.timedelta(days=2)
    found = recurring_ical_events.of(calendar).between(start - wide, end + wide)
    counted = 0
    for event in found:
        first, last = bounds(event, zone)
        if is_busy(event) and first < last and first < end and last > start:
            counted += 1
    return counted


def main():
    path, now = sys.argv[1], datetime.datetime.fromisoformat(sys.argv[2])
    back, ahead = (int(text) for text in (sys.argv[3:5] or ("29", "400")))
    print(count(path, now, back, ahead))


if __name__ == "__main__":
    main()
