#!/usr/bin/env python3
"""Google's own Python client against a server that speaks Calendar v3.

    official_client_check.py --base http://127.0.0.1:4510 --token tok_test \\
        --token-uri http://127.0.0.1:4510/token --refresh-token 1//good [--only sync,ids] [--json out.json]

Building requests, paging, batching, retrying, reading errors (google-api-python-client) and refreshing tokens
(google-auth) are Google's code; every successful body is checked against the published discovery document.
The expectations are those of docs and captures of the real service. Each check prints PASS, FAIL or SKIP with
what was seen; the exit code is 1 if any check failed or was skipped.
"""

import argparse
import datetime as dt
import http.server
import json
import sys
import threading
import time
import uuid

import google_auth_httplib2
import httplib2
from google.oauth2.credentials import Credentials
from google.auth.exceptions import RefreshError
from googleapiclient.discovery import build, build_from_document
from googleapiclient.errors import HttpError

import jsonschema

parser = argparse.ArgumentParser()
parser.add_argument("--base", required=True)
parser.add_argument("--calendar", default="primary")
parser.add_argument("--token", default="tok_test")
parser.add_argument("--refresh-token")
parser.add_argument("--token-uri")
parser.add_argument("--client-id", default="cid")
parser.add_argument("--client-secret", default="sec")
parser.add_argument("--doc", default="calendar.v3.json")
parser.add_argument("--schema", default="calendar.v3.open.schema.json")
parser.add_argument(
    "--webhook",
    default=None,
    help="URL prefix the simulator may call back, e.g. http://127.0.0.1:PORT; default: own listener",
)
parser.add_argument("--only")
parser.add_argument("--json")
ARGS = parser.parse_args()
CAL = ARGS.calendar
RESULTS = []


class Recorder(httplib2.Http):
    """Keeps what was really sent, and checks every successful body."""

    log = []
    schema_errors = []

    def request(self, uri, method="GET", body=None, headers=None, **kw):
        resp, content = super().request(uri, method=method, body=body, headers=headers, **kw)
        Recorder.log.append((method, uri, dict(headers or {}), body, int(resp.status), dict(resp), content))
        if resp.status == 200 and (b'"kind"' in (content or b"")[:4000]):
            check_schema(content)
        return (resp, content)


KINDS = {
    "calendar#events": "Events",
    "calendar#event": "Event",
    "calendar#calendarList": "CalendarList",
    "calendar#calendarListEntry": "CalendarListEntry",
    "calendar#calendar": "Calendar",
    "api#channel": "Channel",
    "calendar#freeBusy": "FreeBusyResponse",
}
SCHEMA = json.load(open(ARGS.schema))


def check_schema(content):
    try:
        obj = json.loads(content)
    except ValueError:
        return
    name = KINDS.get(obj.get("kind"))
    if not name:
        return
    v = jsonschema.Draft202012Validator({"$ref": "#/$defs/" + name, "$defs": SCHEMA["$defs"]})
    for e in v.iter_errors(obj):
        Recorder.schema_errors.append(f"{name}:{'/'.join(map(str, e.path))}: {e.message[:120]}")
    known = set(SCHEMA["$defs"][name].get("properties", {}))
    for k in obj:
        if k not in known:
            Recorder.schema_errors.append(f"{name}: unknown property {k}")


def authed(creds):
    return google_auth_httplib2.AuthorizedHttp(creds, http=Recorder(timeout=20))


def patched_doc():
    d = json.load(open(ARGS.doc))
    d["rootUrl"] = ARGS.base.rstrip("/") + "/"
    d["baseUrl"] = d["rootUrl"] + d["servicePath"]
    d.pop("mtlsRootUrl", None)
    d.pop("endpoints", None)
    return d


def service(creds):
    """A patched discovery document: every URL points at the server, the batch path too."""
    return build_from_document(patched_doc(), http=authed(creds))


CREDS = Credentials(token=ARGS.token)
CLIENT = service(CREDS)


def check(group, name):

    def deco(fn):
        if ARGS.only and group not in ARGS.only.split(","):
            return fn
        try:
            r = fn()
            st, ev = ("PASS", r or "") if r is not False else ("FAIL", "")
        except Skip as e:
            st, ev = ("SKIP", str(e))
        except AssertionError as e:
            st, ev = ("FAIL", str(e)[:220])
        except HttpError as e:
            st, ev = ("FAIL", f"HttpError {e.resp.status} {e.reason!s:.140} {reason(e)}")
        except Exception as e:
            st, ev = ("FAIL", f"{type(e).__name__}: {str(e)[:180]}")
        RESULTS.append((group, name, st, str(ev)))
        print(f"{st:4} [{group}] {name} {('- ' + str(ev) if ev else '')}", flush=True)
        return fn

    return deco


class Skip(Exception):
    pass


def reason(e):
    try:
        return [x.get("reason") for x in json.loads(e.content)["error"].get("errors", [])]
    except Exception:
        return "no google error envelope: %r" % e.content[:80]


def expect(status, reasons, fn, envelope=True):
    try:
        r = fn()
    except HttpError as e:
        st = status if isinstance(status, (tuple, list)) else (status,)
        assert int(e.resp.status) in st, f"want {st} got {e.resp.status} {e.content[:160]}"
        rs = reason(e)
        if reasons:
            assert set(rs) & set(reasons), f"{e.resp.status} but reasons {rs}, want {reasons}"
        if envelope:
            j = json.loads(e.content)["error"]
            assert j["code"] == int(e.resp.status) and "message" in j and j["errors"][0].get("domain"), j
        return f"{e.resp.status} {rs}"
    raise AssertionError(f"want {status}, got success {str(r)[:100]}")


FIRST_DAY = dt.datetime.now(dt.timezone.utc).replace(hour=9, minute=0, second=0, microsecond=0) + dt.timedelta(days=3)


def iso(d):
    return d.strftime("%Y-%m-%dT%H:%M:%SZ")


def body(n="x", day=0, **kw):
    return dict(
        {
            "summary": n,
            "start": {"dateTime": iso(FIRST_DAY + dt.timedelta(days=day)), "timeZone": "UTC"},
            "end": {"dateTime": iso(FIRST_DAY + dt.timedelta(days=day, minutes=30)), "timeZone": "UTC"},
        },
        **kw,
    )


def events(client=None):
    return (client or CLIENT).events()


def newid():
    return "bv" + uuid.uuid4().hex


def insert(**kw):
    return events().insert(calendarId=CAL, body=body(**kw)).execute()


def walk(**kw):
    """page with the official list_next; returns (items, syncToken, pages)"""
    req = events().list(calendarId=CAL, **kw)
    items = []
    pages = 0
    tok = None
    while req is not None:
        r = req.execute()
        pages += 1
        items += r.get("items", [])
        assert not ("nextPageToken" in r and "nextSyncToken" in r), "page carries both tokens"
        tok = r.get("nextSyncToken")
        req = events().list_next(req, r)
        assert pages < 200
    return (items, tok, pages)


@check("transport", "client_options.api_endpoint redirects ordinary calls (must include /calendar/v3/)")
def transport_client_options_api_endpoint_redirects_ordinary():
    s = build(
        "calendar",
        "v3",
        http=authed(CREDS),
        static_discovery=True,
        client_options={"api_endpoint": ARGS.base.rstrip("/") + "/calendar/v3/"},
    )
    n = len(Recorder.log)
    s.calendarList().list().execute()
    u = Recorder.log[n][1]
    assert u.startswith(ARGS.base), u
    b = s.new_batch_http_request()
    return f"{u}; but batch uri stays {b._batch_uri}"


@check("transport", "build_from_document(patched rootUrl) redirects batch too")
def transport_build_from_document_patched_rooturl_redirects():
    b = CLIENT.new_batch_http_request()
    assert b._batch_uri.startswith(ARGS.base), b._batch_uri
    return b._batch_uri


@check("transport", "fields= partial response")
def transport_fields_partial_response():
    r = events().list(calendarId=CAL, fields="kind,items(id)").execute()
    assert set(r) <= {"kind", "items"} and all(
        (set(x) == {"id"} for x in r["items"])
    ), f"keys {sorted(r)} / item keys {sorted(r['items'][0])}"


@check("transport", "GET > 2048 chars arrives as POST + x-http-method-override: GET")
def transport_get_2048_chars_arrives_as_post():
    n = len(Recorder.log)
    events().list(calendarId=CAL, q="y" * 2100).execute()
    m, u, h, b, st, *_ = Recorder.log[n]
    assert m == "POST" and h.get("x-http-method-override") == "GET"
    return f"{m} {u} {st}"


@check("transport", "gzip when Accept-Encoding: gzip and User-Agent contains gzip")
def transport_gzip_when_accept_encoding_gzip_and():
    n = len(Recorder.log)
    events().list(calendarId=CAL).execute()
    h, rh = (Recorder.log[n][2], Recorder.log[n][5])
    assert "gzip" in h.get("accept-encoding", ""), h
    assert rh.get("-content-encoding") == "gzip", f"no gzip: content-encoding={rh.get('content-encoding')}"
    return h.get("user-agent")


@check("transport", "content-type application/json; charset=UTF-8")
def transport_content_type_application_json_charset_utf():
    n = len(Recorder.log)
    events().list(calendarId=CAL).execute()
    ct = Recorder.log[n][5].get("content-type", "")
    assert ct.lower().replace(" ", "") == "application/json;charset=utf-8", ct


@check("oauth", "bad bearer -> 401 authError/required + WWW-Authenticate")
def oauth_bad_bearer_401_autherror_required_www():
    s = build_from_document(patched_doc(), http=Recorder(timeout=20))
    req = events(s).list(calendarId=CAL)
    req.headers["authorization"] = "Bearer nope"
    n = len(Recorder.log)
    r = expect(401, ["authError", "required"], req.execute)
    assert "www-authenticate" in Recorder.log[n][5], "no WWW-Authenticate"
    return r


@check("oauth", "401 -> google-auth refreshes with refresh_token grant and retries")
def oauth_401_google_auth_refreshes_with_refresh():
    if not (ARGS.refresh_token and ARGS.token_uri):
        raise Skip("no --refresh-token/--token-uri")
    c = Credentials(
        token="stale",
        refresh_token=ARGS.refresh_token,
        token_uri=ARGS.token_uri,
        client_id=ARGS.client_id,
        client_secret=ARGS.client_secret,
    )
    events(service(c)).list(calendarId=CAL).execute()
    assert c.token != "stale", "server accepted a made-up bearer, so no refresh happened"
    return f"new token {c.token[:12]}..., expiry {c.expiry}"


@check("oauth", "no access token yet -> google-auth does the refresh_token grant first")
def oauth_no_access_token_yet_google_auth():
    if not (ARGS.refresh_token and ARGS.token_uri):
        raise Skip("no --refresh-token/--token-uri")
    c = Credentials(
        token=None,
        refresh_token=ARGS.refresh_token,
        token_uri=ARGS.token_uri,
        client_id=ARGS.client_id,
        client_secret=ARGS.client_secret,
    )
    events(service(c)).list(calendarId=CAL).execute()
    assert c.token
    return f"token {c.token[:10]}..., expiry {c.expiry}, refresh token kept: {c.refresh_token == ARGS.refresh_token}"


@check("oauth", "unknown refresh token -> 400 invalid_grant (RefreshError, not retryable)")
def oauth_unknown_refresh_token_400_invalid_grant():
    if not ARGS.token_uri:
        raise Skip("no --token-uri")
    from google.auth.transport.requests import Request

    c = Credentials(
        token=None,
        refresh_token="1//dead",
        token_uri=ARGS.token_uri,
        client_id=ARGS.client_id,
        client_secret=ARGS.client_secret,
    )
    try:
        c.refresh(Request())
    except RefreshError as e:
        assert "invalid_grant" in str(e), e
        assert not e.retryable
        return str(e)[:90]
    raise AssertionError("refresh succeeded")


@check("callist", "list has kind/etag/items/accessRole/timeZone + nextSyncToken")
def callist_list_has_kind_etag_items_accessrole():
    r = CLIENT.calendarList().list().execute()
    assert r["kind"] == "calendar#calendarList" and r["items"][0]["accessRole"] and r["items"][0]["timeZone"]
    assert "etag" in r, "no etag"
    assert "nextSyncToken" in r, "no nextSyncToken"


@check("callist", "maxResults=1 pages with nextPageToken via list_next")
def callist_maxresults_1_pages_with_nextpagetoken_via():
    rq = CLIENT.calendarList().list(maxResults=1)
    n = 0
    got = 0
    while rq is not None:
        r = rq.execute()
        n += 1
        got += len(r.get("items", []))
        rq = CLIENT.calendarList().list_next(rq, r)
        assert n < 100
    if got < 2:
        raise Skip("one calendar only")
    assert n >= got, f"{got} items in {n} page(s)"
    return f"{n} pages"


@check("callist", "incremental list with syncToken is empty when nothing changed")
def callist_incremental_list_with_synctoken_is_empty():
    t = CLIENT.calendarList().list().execute().get("nextSyncToken")
    assert t, "no token"
    r = CLIENT.calendarList().list(syncToken=t).execute()
    assert not r.get("items"), r
    assert r["nextSyncToken"]


@check("callist", "calendarList.get / calendars.get of primary")
def callist_calendarlist_get_calendars_get_of_primary():
    a = CLIENT.calendarList().get(calendarId=CAL).execute()
    b = CLIENT.calendars().get(calendarId=CAL).execute()
    assert a["id"] == b["id"]
    return a["id"]


@check(
    "ids",
    "server id is base32hex, iCalUID=<id>@google.com, kind/etag/status/created/updated/sequence/creator/organizer/htmlLink",
)
def ids_server_id_is_base32hex_icaluid_id():
    e = insert(n="srv")
    miss = [
        k
        for k in (
            "kind",
            "etag",
            "status",
            "created",
            "updated",
            "sequence",
            "iCalUID",
            "creator",
            "organizer",
            "htmlLink",
            "reminders",
            "eventType",
        )
        if k not in e
    ]
    assert not miss, f"missing {miss}; id={e['id']}"
    assert set(e["id"]) <= set("abcdefghijklmnopqrstuv0123456789"), e["id"]
    assert e["iCalUID"] == e["id"] + "@google.com"
    return e["id"]


@check("ids", "client-supplied id is honoured")
def ids_client_supplied_id_is_honoured():
    i = newid()
    e = insert(n="cid", id=i)
    assert e["id"] == i, f"server used {e['id']}"


@check("ids", "invalid client id (w-z, too short) -> 400 invalid")
def ids_invalid_client_id_w_z_too():
    return expect(400, ["invalid"], lambda: insert(n="bad", id="wxyz!"))


@check("ids", "insert with same id -> 409 duplicate")
def ids_insert_with_same_id_409_duplicate():
    i = newid()
    insert(n="a", id=i)
    return expect(409, ["duplicate"], lambda: insert(n="b", id=i))


@check("ids", "insert with the id of a deleted event -> still 409 duplicate")
def ids_insert_with_the_id_of_a():
    i = newid()
    insert(n="a", id=i)
    events().delete(calendarId=CAL, eventId=i).execute()
    return expect(409, ["duplicate"], lambda: insert(n="b", id=i))


@check("ids", "get of deleted event -> 200 status cancelled")
def ids_get_of_deleted_event_200_status():
    e = insert(n="g")
    events().delete(calendarId=CAL, eventId=e["id"]).execute()
    assert events().get(calendarId=CAL, eventId=e["id"]).execute()["status"] == "cancelled"


@check("ids", "patch status=confirmed revives a deleted event")
def ids_patch_status_confirmed_revives_a_deleted():
    e = insert(n="g")
    events().delete(calendarId=CAL, eventId=e["id"]).execute()
    r = events().patch(calendarId=CAL, eventId=e["id"], body={"status": "confirmed"}).execute()
    assert r["status"] == "confirmed"


@check("ids", "delete: 204 then 410 deleted; unknown id 404 notFound")
def ids_delete_204_then_410_deleted_unknown():
    e = insert(n="d")
    n = len(Recorder.log)
    events().delete(calendarId=CAL, eventId=e["id"]).execute()
    assert Recorder.log[n][4] == 204, Recorder.log[n][4]
    a = expect(410, ["deleted"], lambda: events().delete(calendarId=CAL, eventId=e["id"]).execute())
    return a + "; " + expect(404, ["notFound"], lambda: events().delete(calendarId=CAL, eventId="v" * 20).execute())


@check("etag", "stale If-Match on update / patch / delete -> 412 conditionNotMet; fresh passes")
def etag_stale_if_match_on_update_patch():
    e = insert(n="e")
    old = e["etag"]
    e2 = events().patch(calendarId=CAL, eventId=e["id"], body={"summary": "e2"}).execute()
    assert e2["etag"] != old, "etag unchanged"
    out = []
    for mk in (
        lambda: events().update(calendarId=CAL, eventId=e["id"], body=body("e3")),
        lambda: events().patch(calendarId=CAL, eventId=e["id"], body={"summary": "p"}),
        lambda: events().delete(calendarId=CAL, eventId=e["id"]),
    ):
        r = mk()
        r.headers["If-Match"] = old
        out.append(expect(412, ["conditionNotMet"], r.execute))
    r = events().patch(calendarId=CAL, eventId=e["id"], body={"summary": "ok"})
    r.headers["If-Match"] = e2["etag"]
    r.execute()
    return out[0]


@check("etag", "If-None-Match on get -> 304")
def etag_if_none_match_on_get_304():
    e = insert(n="e")
    r = events().get(calendarId=CAL, eventId=e["id"])
    r.headers["If-None-Match"] = e["etag"]
    try:
        r.execute()
    except HttpError as x:
        assert int(x.resp.status) == 304, x.resp.status
        return "304"
    raise AssertionError("200")


@check("valid", "missing end / empty range / mixed date+dateTime -> 400")
def valid_missing_end_empty_range_mixed_date():
    b = body()
    del b["end"]
    o = [expect(400, None, lambda: events().insert(calendarId=CAL, body=b).execute())]
    b2 = body()
    b2["end"] = b2["start"]
    o.append(expect(400, ["timeRangeEmpty"], lambda: events().insert(calendarId=CAL, body=b2).execute()))
    b3 = body()
    b3["end"] = {"date": "2030-01-02"}
    o.append(expect(400, ["invalid"], lambda: events().insert(calendarId=CAL, body=b3).execute()))
    return o


@check("valid", "orderBy=startTime without singleEvents -> 400")
def valid_orderby_starttime_without_singleevents_400():
    return expect(400, None, lambda: events().list(calendarId=CAL, orderBy="startTime").execute())


@check("valid", "unknown calendar -> 404 notFound")
def valid_unknown_calendar_404_notfound():
    return expect(
        404, ["notFound"], lambda: events().list(calendarId="no-such-cal@group.calendar.google.com").execute()
    )


@check("valid", "PUT replaces, PATCH merges, sequence bumps on start change")
def valid_put_replaces_patch_merges_sequence_bumps():
    e = insert(n="m", description="keep", location="L")
    p = events().patch(calendarId=CAL, eventId=e["id"], body={"summary": "m2"}).execute()
    assert p["description"] == "keep"
    u = (
        events()
        .update(calendarId=CAL, eventId=e["id"], body=body("m3", day=1, sequence=p.get("sequence", 0)))
        .execute()
    )
    assert "description" not in u, "PUT kept description"
    assert u.get("sequence", 0) == p.get("sequence", 0) + 1, f"sequence {p.get('sequence')} -> {u.get('sequence')}"


@check("valid", "all-day round-trip, end exclusive")
def valid_all_day_round_trip_end_exclusive():
    e = (
        events()
        .insert(
            calendarId=CAL,
            body={"summary": "ad", "start": {"date": "2031-05-01"}, "end": {"date": "2031-05-02"}},
        )
        .execute()
    )
    assert e["start"] == {"date": "2031-05-01"} and e["end"] == {"date": "2031-05-02"}, e["start"]


@check("valid", "private extendedProperties round-trip, patch null removes one key, filter works")
def valid_private_extendedproperties_round_trip_patch_null():
    k = "k" + uuid.uuid4().hex[:6]
    e = insert(n="xp", extendedProperties={"private": {k: "1", "b": "2"}})
    assert e["extendedProperties"]["private"] == {k: "1", "b": "2"}
    r = events().list(calendarId=CAL, privateExtendedProperty=f"{k}=1").execute()
    assert [x["id"] for x in r["items"]] == [e["id"]], len(r["items"])
    p = events().patch(calendarId=CAL, eventId=e["id"], body={"extendedProperties": {"private": {"b": None}}}).execute()
    assert p["extendedProperties"]["private"] == {k: "1"}, p["extendedProperties"]


@check("sync", "full sync pages; nextSyncToken only on last page")
def sync_full_sync_pages_nextsynctoken_only_on():
    [insert(n=f"s{i}") for i in range(3)]
    items, tok, pages = walk(maxResults=2)
    assert pages >= 2, f"pages {pages}"
    assert tok, "no nextSyncToken"
    return f"{len(items)} items/{pages} pages"


@check("sync", "incremental: empty, then insert+patch+delete seen, tombstone delivered without showDeleted")
def sync_incremental_empty_then_insert_patch_delete():
    a = insert(n="A")
    b = insert(n="B")
    _, t, _ = walk()
    assert t, "no token"
    i0, t1, _ = walk(syncToken=t)
    assert i0 == [] and t1, i0
    c = insert(n="C")
    events().patch(calendarId=CAL, eventId=a["id"], body={"summary": "A2"}).execute()
    events().delete(calendarId=CAL, eventId=b["id"]).execute()
    i1, t2, _ = walk(syncToken=t1)
    m = {x["id"]: x for x in i1}
    assert set(m) == {a["id"], b["id"], c["id"]}, list(m)
    assert m[b["id"]]["status"] == "cancelled" and m[a["id"]]["summary"] == "A2"
    again, _, _ = walk(syncToken=t1)
    assert {x["id"] for x in again} == set(m), "old token not replayable"
    e2, _, _ = walk(syncToken=t2)
    assert e2 == []
    return f"tombstone keys {sorted(m[b['id']])}"


@check("sync", "incremental result itself pages (same token + pageToken)")
def sync_incremental_result_itself_pages_same_token():
    _, t, _ = walk()
    assert t, "no token"
    [insert(n=f"p{i}") for i in range(5)]
    i, t2, pages = walk(syncToken=t, maxResults=2)
    assert len(i) == 5 and pages >= 3 and t2, (len(i), pages)


@check("sync", "syncToken + each forbidden parameter -> 400; showDeleted=false -> 400")
def sync_synctoken_each_forbidden_parameter_400_showdeleted():
    _, t, _ = walk()
    assert t, "no token"
    out = {}
    for k, v in dict(
        iCalUID="x@y",
        orderBy="updated",
        privateExtendedProperty="a=b",
        q="z",
        sharedExtendedProperty="a=b",
        timeMin=iso(FIRST_DAY),
        timeMax=iso(FIRST_DAY),
        updatedMin=iso(FIRST_DAY),
        showDeleted=False,
    ).items():
        try:
            events().list(calendarId=CAL, syncToken=t, **{k: v}).execute()
            out[k] = 200
        except HttpError as e:
            out[k] = int(e.resp.status)
    bad = {k: v for k, v in out.items() if v != 400}
    assert not bad, bad


@check("sync", "garbage syncToken -> 400 or 410")
def sync_garbage_synctoken_400_or_410():
    return expect((400, 410), None, lambda: events().list(calendarId=CAL, syncToken="garbage!!").execute())


@check("sync", "old updatedMin -> 410 updatedMinTooLongAgo")
def sync_old_updatedmin_410_updatedmintoolongago():
    return expect(
        410,
        ["updatedMinTooLongAgo"],
        lambda: events().list(calendarId=CAL, updatedMin="2010-01-01T00:00:00Z").execute(),
    )


def series(n="R", count=4):
    return insert(n=n, recurrence=[f"RRULE:FREQ=DAILY;COUNT={count}"])


@check(
    "recur",
    "master is one row; singleEvents=true expands with <id>_<UTC stamp>, recurringEventId, originalStartTime",
)
def recur_master_is_one_row_singleevents_true():
    s = series()
    m = [x for x in walk()[0] if x["id"] == s["id"]]
    assert len(m) == 1 and m[0]["recurrence"], m
    ex = [
        x
        for x in walk(singleEvents=True, timeMin=iso(FIRST_DAY - dt.timedelta(days=1)))[0]
        if x.get("recurringEventId") == s["id"]
    ]
    assert len(ex) == 4, len(ex)
    assert ex[0]["id"] == s["id"] + "_" + FIRST_DAY.strftime("%Y%m%dT%H%M%SZ") and ex[0]["originalStartTime"], ex[0][
        "id"
    ]


@check("recur", "events.instances lists 4")
def recur_events_instances_lists_4():
    s = series()
    r = events().instances(calendarId=CAL, eventId=s["id"]).execute()
    assert len(r["items"]) == 4, len(r["items"])


@check("recur", "modify / delete one instance -> incremental rows are exceptions, master untouched")
def recur_modify_delete_one_instance_incremental_rows():
    s = series()
    it = events().instances(calendarId=CAL, eventId=s["id"]).execute()["items"]
    _, t, _ = walk()
    assert t, "no token"
    events().patch(calendarId=CAL, eventId=it[1]["id"], body={"summary": "moved"}).execute()
    events().delete(calendarId=CAL, eventId=it[2]["id"]).execute()
    m = {x["id"]: x for x in walk(syncToken=t)[0]}
    assert m[it[1]["id"]]["recurringEventId"] == s["id"] and m[it[1]["id"]]["originalStartTime"]
    c = m[it[2]["id"]]
    assert c["status"] == "cancelled" and c["recurringEventId"] == s["id"] and c["originalStartTime"], c
    return f"rows {sorted(set(m))}; cancelled keys {sorted(c)}"


@check("recur", "cancelled instance appears in a plain full list (showDeleted=false, singleEvents=false)")
def recur_cancelled_instance_appears_in_a_plain():
    s = series()
    it = events().instances(calendarId=CAL, eventId=s["id"]).execute()["items"]
    events().delete(calendarId=CAL, eventId=it[0]["id"]).execute()
    assert any((x["id"] == it[0]["id"] and x["status"] == "cancelled" for x in walk()[0]))


@check("recur", "delete series -> master tombstone")
def recur_delete_series_master_tombstone():
    s = series()
    _, t, _ = walk()
    assert t, "no token"
    events().delete(calendarId=CAL, eventId=s["id"]).execute()
    m = {x["id"]: x for x in walk(syncToken=t)[0]}
    assert m[s["id"]]["status"] == "cancelled"


class Hook(http.server.BaseHTTPRequestHandler):
    got = []

    def do_POST(self):
        n = int(self.headers.get("content-length") or 0)
        Hook.got.append((dict(self.headers), self.rfile.read(n)))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *a):
        pass


def hook():
    if ARGS.webhook:
        return ARGS.webhook
    s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=s.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{s.server_port}/hook"


@check("watch", "watch -> api#channel; sync message; change -> exists; stop -> 204; second stop 404")
def watch_watch_api_channel_sync_message_change():
    u = hook()
    cid = str(uuid.uuid4())
    ch = (
        events()
        .watch(
            calendarId=CAL,
            body={"id": cid, "type": "web_hook", "address": u, "token": "tk", "params": {"ttl": "3600"}},
        )
        .execute()
    )
    assert (
        ch["kind"] == "api#channel" and ch["id"] == cid and ch["resourceId"] and isinstance(ch["expiration"], str)
    ), ch
    dup = expect(
        400,
        ["channelIdNotUnique"],
        lambda: events().watch(calendarId=CAL, body={"id": cid, "type": "web_hook", "address": u}).execute(),
    )
    insert(n="hooked")
    t0 = time.time()
    while time.time() - t0 < 8 and len(Hook.got) < 2:
        time.sleep(0.1)
    hs = [{k.lower(): v for k, v in h.items()} for h, _ in Hook.got]
    assert hs, "nothing delivered"
    assert (
        hs[0]["x-goog-resource-state"] == "sync"
        and hs[0]["x-goog-message-number"] == "1"
        and (hs[0]["x-goog-channel-token"] == "tk")
    ), hs[0]
    assert any((h["x-goog-resource-state"] == "exists" for h in hs)), "no exists"
    assert all((not b for _, b in Hook.got)), "body not empty"
    n = len(Recorder.log)
    CLIENT.channels().stop(body={"id": cid, "resourceId": ch["resourceId"]}).execute()
    assert Recorder.log[n][4] == 204
    return (
        dup
        + "; stop twice "
        + expect(404, None, lambda: CLIENT.channels().stop(body={"id": cid, "resourceId": ch["resourceId"]}).execute())
    )


@check("other", "freebusy.query reports busy block, unknown calendar -> notFound inside 200")
def other_freebusy_query_reports_busy_block_unknown():
    insert(n="fb", day=2)
    r = (
        CLIENT.freebusy()
        .query(
            body={
                "timeMin": iso(FIRST_DAY),
                "timeMax": iso(FIRST_DAY + dt.timedelta(days=5)),
                "items": [{"id": CAL}, {"id": "nope@x"}],
            }
        )
        .execute()
    )
    assert r["calendars"][CAL]["busy"]
    assert r["calendars"]["nope@x"]["errors"][0]["reason"] == "notFound"


@check("other", "batch of 3 (insert, get, missing) at /batch/calendar/v3")
def other_batch_of_3_insert_get_missing():
    e = insert(n="bt")
    out = {}
    b = CLIENT.new_batch_http_request(callback=lambda i, r, x: out.__setitem__(i, x.resp.status if x else "ok"))
    b.add(events().insert(calendarId=CAL, body=body("inb")), request_id="1")
    b.add(events().get(calendarId=CAL, eventId=e["id"]), request_id="2")
    b.add(events().get(calendarId=CAL, eventId="v" * 20), request_id="3")
    b.execute()
    assert out.get("1") == "ok" and out.get("2") == "ok" and (str(out.get("3")) == "404"), out
    return out


@check("other", "every 2xx body validated against the discovery document")
def other_every_2xx_body_validated_against_the():
    u = sorted(set(Recorder.schema_errors))
    assert not u, f"{len(u)} distinct: {u[:6]}"
    return f"{sum((1 for l in Recorder.log if l[4] == 200))} bodies"


c = {k: sum((1 for r in RESULTS if r[2] == k)) for k in ("PASS", "FAIL", "SKIP")}
print(f"== {ARGS.base}: {c}; {len(Recorder.log)} HTTP requests by google-api-python-client")
if ARGS.json:
    json.dump([dict(zip(("group", "check", "result", "evidence"), r)) for r in RESULTS], open(ARGS.json, "w"), indent=1)
sys.exit(1 if c["FAIL"] or c["SKIP"] else 0)
