//! Schemas of the discovery document as JSON Schema.

use jsonschema::Validator;
use serde_json::{Map, Value, json};

/// Whether properties that the document does not know are an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// For what we send.
    Closed,
    /// For what Google sends: it adds fields without notice.
    Open,
}

/// A validator of the schema called `name`; `required` holds JSON pointers of what must be there besides.
pub(super) fn validator(document: &Value, name: &str, form: Form) -> Validator {
    let schemas = document["schemas"].as_object().unwrap();
    let defs: Map<String, Value> = schemas
        .iter()
        .map(|(name, node)| (name.clone(), converted(node, form, &[name])))
        .collect();
    compiled(&json!({"$ref": format!("#/$defs/{name}"), "$defs": defs}))
}

/// The envelope that every error comes in.
pub(super) fn error_validator() -> Validator {
    let text = json!({"type": "string"});
    let one = json!({
        "type": "object", "required": ["domain", "reason", "message"],
        "properties": {"domain": text, "reason": text, "message": text},
    });
    compiled(&json!({
        "type": "object", "required": ["error"],
        "properties": {"error": {
            "type": "object", "required": ["code", "message", "errors"],
            "properties": {"code": {"type": "integer"}, "message": text, "errors": {"type": "array", "items": one}},
        }},
    }))
}

fn compiled(schema: &Value) -> Validator {
    jsonschema::options()
        .should_validate_formats(true)
        .build(schema)
        .unwrap()
}

fn converted(node: &Value, form: Form, path: &[&str]) -> Value {
    if let Some(name) = node["$ref"].as_str() {
        return json!({"$ref": format!("#/$defs/{name}")});
    }
    let mut out = Map::new();
    let kind = node["type"].as_str().unwrap_or("any");
    if kind != "any" {
        out.insert("type".into(), kind.into());
    }
    limit_value(&mut out, kind, node["format"].as_str().unwrap_or_default());
    if let Some(values) = node.get("enum").cloned().or_else(|| values(path)) {
        out.insert("enum".into(), values);
    }
    if form == Form::Closed && path == ["Event", "id"] {
        // Occurrences have a suffix; otherwise base32hex.
        out.insert(
            "pattern".into(),
            "^[a-v0-9]{5,1024}(_[0-9]{8}(T[0-9]{6}Z)?)?$".into(),
        );
    }
    let below = |name: &'static str| [path, &[name]].concat();
    if let Some(items) = node.get("items") {
        out.insert("items".into(), converted(items, form, &below("[]")));
    }
    let more = node.get("additionalProperties");
    if let Some(properties) = node["properties"].as_object() {
        let inner: Map<String, Value> = properties
            .iter()
            .map(|(name, node)| {
                (
                    name.clone(),
                    converted(node, form, &[path, &[name]].concat()),
                )
            })
            .collect();
        out.insert("properties".into(), inner.into());
        if form == Form::Closed && more.is_none() {
            out.insert("additionalProperties".into(), false.into());
        }
    }
    if let Some(more) = more {
        out.insert(
            "additionalProperties".into(),
            converted(more, form, &below("*")),
        );
    }
    out.into()
}

fn limit_value(out: &mut Map<String, Value>, kind: &str, format: &str) {
    match (kind, format) {
        // Such numbers travel as text.
        ("string", "int64") => {
            out.insert("pattern".into(), "^-?[0-9]+$".into());
        }
        ("string", "date-time" | "date") => {
            out.insert("format".into(), format.into());
        }
        ("integer", "int32") => {
            out.insert("minimum".into(), i32::MIN.into());
            out.insert("maximum".into(), i32::MAX.into());
        }
        ("integer", "uint32") => {
            out.insert("minimum".into(), 0.into());
            out.insert("maximum".into(), u32::MAX.into());
        }
        _ => {}
    }
}

/// Values that the document names only in its prose.
fn values(path: &[&str]) -> Option<Value> {
    let values: &[&str] = match path {
        ["Event", "status"] => &["confirmed", "tentative", "cancelled"],
        ["Event", "transparency"] => &["opaque", "transparent"],
        ["Event", "visibility"] => &["default", "public", "private", "confidential"],
        ["Event", "eventType"] => &[
            "birthday",
            "default",
            "focusTime",
            "fromGmail",
            "outOfOffice",
            "workingLocation",
        ],
        ["EventAttendee", "responseStatus"] => {
            &["needsAction", "declined", "tentative", "accepted"]
        }
        ["EventReminder", "method"] => &["email", "popup"],
        ["CalendarListEntry", "accessRole"] => &[
            "freeBusyReader",
            "reader",
            "writerWithoutPrivateAccess",
            "writer",
            "owner",
        ],
        ["Events", "accessRole"] => &[
            "none",
            "freeBusyReader",
            "reader",
            "writerWithoutPrivateAccess",
            "writer",
            "owner",
        ],
        ["Channel", "type"] => &["web_hook", "webhook"],
        _ => return None,
    };
    Some(values.into())
}
