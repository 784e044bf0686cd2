//! What can be wrong with a request.

use bytes::Bytes;
use http::Request;
use jiff::Timestamp;
use serde_json::Value;

use super::document::{Document, Method};

/// The largest pages, which the document names only in its prose.
const PAGE_SIZES: [(&str, i64); 3] = [
    ("calendarList.list", 250),
    ("events.instances", 2_500),
    ("events.list", 2_500),
];

impl Document {
    /// Everything wrong with a request.
    pub(super) fn faults_of_request(&self, request: &Request<Bytes>) -> Vec<String> {
        let faults = match self.method(request) {
            None => vec!["no such method".to_owned()],
            Some(method) => {
                let mut faults = self.faults_of_query(method, request);
                faults.extend(self.faults_of_content(method, request));
                faults
            }
        };
        let about = |fault| format!("{} {}: {fault}", request.method(), request.uri());
        faults.into_iter().map(about).collect()
    }

    fn faults_of_query(&self, method: &Method, request: &Request<Bytes>) -> Vec<String> {
        let query = request.uri().query().unwrap_or_default();
        let given: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        let mut faults = Vec::new();
        for (number, (name, value)) in given.iter().enumerate() {
            let declared = method
                .parameters
                .get(name)
                .filter(|node| node["location"] == "query");
            let Some(node) = declared.or_else(|| self.globals.get(name)) else {
                faults.push(format!("{} has no parameter {name}", method.name));
                continue;
            };
            let before = given.iter().take(number);
            if node["repeated"] != true && before.clone().any(|(earlier, _)| earlier == name) {
                faults.push(format!("{name} is given twice"));
            }
            faults.extend(fault_of_value(method, name, node, value));
        }
        let needed = method
            .parameters
            .iter()
            .filter(|(_, node)| node["location"] == "query" && node["required"] == true);
        let missing = needed.filter(|(name, _)| !given.iter().any(|(given, _)| given == *name));
        faults.extend(missing.map(|(name, _)| format!("{name} is missing")));
        faults
    }

    fn faults_of_content(&self, method: &Method, request: &Request<Bytes>) -> Vec<String> {
        let body = request.body();
        if body.is_empty() {
            let missing = method.request.iter();
            return missing
                .map(|schema| format!("no body, which should be of {schema}"))
                .collect();
        }
        match serde_json::from_slice(body) {
            Ok(body) => self.faults_of_body(method, &body),
            Err(why) => vec![format!("the body is not JSON: {why}")],
        }
    }
}

fn fault_of_value(method: &Method, name: &str, node: &Value, value: &str) -> Option<String> {
    let known = |values: &Value| {
        values
            .as_array()
            .is_none_or(|values| values.iter().any(|known| known == value))
    };
    let ok = match (
        node["type"].as_str().unwrap_or_default(),
        node["format"].as_str(),
    ) {
        ("boolean", _) => matches!(value, "true" | "false"),
        ("integer", _) => value
            .parse()
            .is_ok_and(|number: i64| in_range(method, name, node, number)),
        (_, Some("date-time")) => value.parse::<Timestamp>().is_ok(),
        _ => known(&node["enum"]),
    };
    (!ok).then(|| format!("{name} cannot be {value:?}"))
}

fn in_range(method: &Method, name: &str, node: &Value, number: i64) -> bool {
    let bound = |which: &str| {
        node[which]
            .as_str()
            .and_then(|bound| bound.parse::<i64>().ok())
    };
    let page = PAGE_SIZES
        .iter()
        .find(|(kind, _)| name == "maxResults" && *kind == method.name);
    bound("minimum").is_none_or(|least| number >= least)
        && bound("maximum").is_none_or(|most| number <= most)
        && page.is_none_or(|(_, most)| number <= *most)
}
