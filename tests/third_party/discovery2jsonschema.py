#!/usr/bin/env python3
"""Turn calendar.v3.json (Google discovery format, draft-03-like) into JSON Schema 2020-12.

usage: discovery2jsonschema.py calendar.v3.json OUT.json [--closed]
  --closed : additionalProperties:false everywhere (use it on bodies that are sent;
             leave open for bodies that are received: Google adds fields without notice)
Two hand-made overlays are applied on top, because the discovery file keeps them in prose:
  * enums (Event.status, .transparency, .visibility, .eventType, accessRole, responseStatus, ...)
  * Event.id pattern (base32hex, 5..1024)
"""

import json
import sys

ENUMS = {
    ("Event", "status"): ["confirmed", "tentative", "cancelled"],
    ("Event", "transparency"): ["opaque", "transparent"],
    ("Event", "visibility"): ["default", "public", "private", "confidential"],
    ("Event", "eventType"): [
        "birthday",
        "default",
        "focusTime",
        "fromGmail",
        "outOfOffice",
        "workingLocation",
    ],
    ("EventAttendee", "responseStatus"): ["needsAction", "declined", "tentative", "accepted"],
    ("EventReminder", "method"): ["email", "popup"],
    ("CalendarListEntry", "accessRole"): [
        "freeBusyReader",
        "reader",
        "writerWithoutPrivateAccess",
        "writer",
        "owner",
    ],
    ("Events", "accessRole"): [
        "none",
        "freeBusyReader",
        "reader",
        "writerWithoutPrivateAccess",
        "writer",
        "owner",
    ],
    ("Channel", "type"): ["web_hook", "webhook"],
}


def conv(node, closed, path):
    if "$ref" in node:
        return {"$ref": "#/$defs/" + node["$ref"]}
    t = node.get("type")
    out = {}
    if t == "any":
        return {}
    if t:
        out["type"] = t
    fmt = node.get("format")
    if t == "string" and fmt == "int64":
        out["pattern"] = "^-?[0-9]+$"
    elif t == "string" and fmt == "date-time":
        out["format"] = "date-time"
    elif t == "string" and fmt == "date":
        out["format"] = "date"
    elif t == "integer":
        lo, hi = {"int32": (-(2**31), 2**31 - 1), "uint32": (0, 2**32 - 1)}.get(fmt, (None, None))
        if lo is not None:
            out["minimum"], out["maximum"] = (lo, hi)
    if "enum" in node:
        out["enum"] = node["enum"]
    if t == "array":
        out["items"] = conv(node["items"], closed, path + ("[]",))
    if t == "object":
        props = node.get("properties")
        if props:
            out["properties"] = {k: conv(v, closed, path + (k,)) for k, v in props.items()}
            if closed:
                out["additionalProperties"] = False
        if "additionalProperties" in node:
            out["additionalProperties"] = conv(node["additionalProperties"], closed, path + ("*",))
    if len(path) == 2 and path in ENUMS:
        out["enum"] = ENUMS[path]
    if path == ("Event", "id"):
        if closed:
            out["pattern"] = "^[a-v0-9]{5,1024}$"
    return out


def required_map(doc):
    """annotations.required in the discovery file: property -> methods that require it."""
    req = {}
    for s, sch in doc["schemas"].items():

        def walk(props, pre):
            for k, v in (props or {}).items():
                for m in v.get("annotations", {}).get("required", []):
                    req.setdefault(m, {}).setdefault(s, []).append(".".join(pre + [k]))
                walk(v.get("properties"), pre + [k])

        walk(sch.get("properties"), [])
    return req


if __name__ == "__main__":
    doc = json.load(open(sys.argv[1]))
    closed = "--closed" in sys.argv
    defs = {n: conv(s, closed, (n,)) for n, s in doc["schemas"].items()}
    json.dump(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": "urn:google:calendar:v3:" + doc["revision"],
            "$comment": "generated from Google discovery document (Apache-2.0)",
            "$defs": defs,
        },
        open(sys.argv[2], "w"),
        indent=1,
    )
    print(len(defs), "schemas; required-per-method:", json.dumps(required_map(doc)))
