//! The `fields=` mask: which parts of a body are wanted (`a,b/c,d(e,f)`, `*`).

use serde_json::{Map, Value};

use crate::wire::refusal::Refusal;

/// A parsed mask: names with their own masks; an empty inner mask keeps everything below.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Mask(Vec<(String, Mask)>);

impl Mask {
    pub(crate) fn parse(text: &str) -> Result<Self, Refusal> {
        let mut rest = text.trim();
        let mask = list(&mut rest, 0)?;
        if rest.is_empty() && !mask.0.is_empty() {
            Ok(mask)
        } else {
            Err(broken(text))
        }
    }

    pub(crate) fn apply(&self, value: Value) -> Value {
        if self.0.is_empty() {
            return value;
        }
        match value {
            Value::Array(items) => {
                Value::Array(items.into_iter().map(|item| self.apply(item)).collect())
            }
            Value::Object(map) => Value::Object(self.pick(map)),
            other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => other,
        }
    }

    fn pick(&self, map: Map<String, Value>) -> Map<String, Value> {
        let chosen = |key: &str| self.0.iter().find(|(name, _)| name == key || name == "*");
        map.into_iter()
            .filter_map(|(key, value)| {
                let (_, inner) = chosen(&key)?;
                Some((key, inner.apply(value)))
            })
            .collect()
    }
}

fn broken(text: &str) -> Refusal {
    Refusal::new(
        400,
        "global",
        "invalidParameter",
        &format!("Invalid field selection {text}"),
    )
}

/// Masks nested deeper than this are refused, so that a hostile mask cannot exhaust the stack.
const DEEPEST: usize = 32;

fn list(rest: &mut &str, depth: usize) -> Result<Mask, Refusal> {
    if depth > DEEPEST {
        return Err(broken("nested too deeply"));
    }
    let mut found = Vec::new();
    loop {
        found.push(path(rest, depth)?);
        match rest.strip_prefix(',') {
            Some(after) => *rest = after.trim_start(),
            None => return Ok(Mask(found)),
        }
    }
}

fn path(rest: &mut &str, depth: usize) -> Result<(String, Mask), Refusal> {
    if depth > DEEPEST {
        return Err(broken("nested too deeply"));
    }
    let end = rest.find([',', '/', '(', ')']).unwrap_or(rest.len());
    let (name, after) = rest.split_at(end);
    if name.trim().is_empty() {
        return Err(broken(rest));
    }
    *rest = after;
    let inner = if let Some(after) = rest.strip_prefix('/') {
        *rest = after;
        Mask(vec![path(rest, depth + 1)?])
    } else if let Some(after) = rest.strip_prefix('(') {
        *rest = after;
        let inner = list(rest, depth + 1)?;
        *rest = rest.strip_prefix(')').ok_or_else(|| broken(rest))?;
        inner
    } else {
        Mask::default()
    };
    Ok((name.trim().to_owned(), inner))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn masked(mask: &str) -> Value {
        let body = json!({"kind": "k", "items": [{"id": "a", "start": {"date": "d", "timeZone": "z"}}], "x": 1});
        Mask::parse(mask).unwrap().apply(body)
    }

    #[test]
    fn a_mask_keeps_what_it_names() {
        assert_eq!(
            masked("kind,items(id)"),
            json!({"kind": "k", "items": [{"id": "a"}]})
        );
        assert_eq!(
            masked("items/start/date"),
            json!({"items": [{"start": {"date": "d"}}]})
        );
        assert_eq!(
            masked("items(id,start(timeZone)),x"),
            json!({"items": [{"id": "a", "start": {"timeZone": "z"}}], "x": 1})
        );
        assert_eq!(masked("*")["x"], json!(1));
    }

    #[test]
    fn a_broken_mask_is_refused() {
        for text in ["", "a(", "a(b", "a)", ",", "a,,b", &"a(".repeat(10_000)] {
            assert!(Mask::parse(text).is_err(), "{text}");
        }
    }
}
