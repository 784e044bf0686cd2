#!/usr/bin/env python3
"""A third party's sync engine (gcal_sync, as used by Home Assistant) against a server that speaks Calendar v3.

    gcal_sync_check.py http://127.0.0.1:4510 [TOKEN] [CALENDAR]

An independent opinion on sync tokens and recurrence: first sync, an increment with a single event and a series,
one cancelled occurrence, a deletion, and recovery from an invalid token. Exits with an error at the first
disagreement.
"""

import asyncio
import datetime as dt
import json
import sys
import uuid

import aiohttp
from gcal_sync.api import GoogleCalendarService
from gcal_sync.auth import AbstractAuth
from gcal_sync.store import InMemoryCalendarStore, ScopedCalendarStore
from gcal_sync.sync import CalendarEventSyncManager, CalendarListSyncManager

BASE = sys.argv[1].rstrip("/") + "/calendar/v3"
TOKEN = sys.argv[2] if len(sys.argv) > 2 else "tok_test"
CALENDAR = sys.argv[3] if len(sys.argv) > 3 else "primary"


class Bearer(AbstractAuth):
    async def async_get_access_token(self):
        return TOKEN


class Server:
    """The server's API without the engine, to make changes behind its back."""

    def __init__(self, session):
        self.session = session

    async def call(self, method, path, body=None):
        headers = {"Authorization": "Bearer " + TOKEN}
        url = f"{BASE}/calendars/{CALENDAR}/events{path}"
        async with self.session.request(method, url, json=body, headers=headers) as response:
            text = await response.text()
            assert response.status < 300, (method, path, response.status, text)
            return json.loads(text) if text else None


def event(title, **more):
    start = dt.datetime.now(dt.timezone.utc).replace(microsecond=0) + dt.timedelta(days=1)
    end = start + dt.timedelta(hours=1)
    times = {name: {"dateTime": at.isoformat(), "timeZone": "UTC"} for name, at in (("start", start), ("end", end))}
    return {"summary": title, **times, **more}


def passed(what):
    print("PASS [gcal_sync]", what, flush=True)


async def calendar_list(service, store):
    manager = CalendarListSyncManager(service, ScopedCalendarStore(store, "list"))
    await manager.run()
    calendars = (await manager.store_service.async_list_calendars()).calendars
    assert calendars, "no calendar"
    passed(f"calendar list: {[calendar.id for calendar in calendars]}")


async def increments(manager, data, server):
    alone, repeated = "alone " + uuid.uuid4().hex, "repeated " + uuid.uuid4().hex
    single = await server.call("POST", "", event(alone))
    series = await server.call("POST", "", event(repeated, recurrence=["RRULE:FREQ=DAILY;COUNT=3"]))
    await manager.run()
    items = (await data.async_load())["items"]
    assert single["id"] in items and series["id"] in items, "the increment lacks what was inserted"
    passed("an increment shows a single event and a series")

    occurrences = (await server.call("GET", f"/{series['id']}/instances"))["items"]
    await server.call("DELETE", f"/{occurrences[1]['id']}")
    await server.call("DELETE", f"/{single['id']}")
    await manager.run()
    timeline = [entry.summary for entry in await manager.store_service.async_get_timeline()]
    assert timeline.count(repeated) == 2, f"{timeline.count(repeated)} occurrences of 3 after cancelling one"
    assert alone not in timeline, "a deleted event is still there"
    passed("a cancelled occurrence and a deleted event are gone")


async def recovery(manager, data):
    state = await data.async_load()
    name = next(key for key in state if key.endswith("sync_token"))
    state[name] = "garbage!!"
    await data.async_save(state)
    await manager.run()
    assert (await data.async_load())[name] != "garbage!!", "the invalid token is still there"
    passed("an invalid token leads to a full sync")


async def main():
    async with aiohttp.ClientSession() as session:
        store = InMemoryCalendarStore()
        service = GoogleCalendarService(Bearer(session, host=BASE))
        await calendar_list(service, store)
        manager = CalendarEventSyncManager(service, calendar_id=CALENDAR, store=store)
        # The engine has no public way to its stored state, and the check must damage that state.
        data = manager._store
        await manager.run()
        passed("a first sync is complete")
        await increments(manager, data, Server(session))
        await recovery(manager, data)


asyncio.run(main())
