//! The discovery document: methods with their parameters, and validators for bodies.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::Request;
use jsonschema::Validator;
use serde_json::{Map, Value};

use super::recorder::Exchange;
use super::schema::{self, Form};

/// The published document, read once.
pub(super) struct Document {
    /// Scheme, host and path that all requests begin with.
    pub(super) base: String,
    /// Parameters that every method takes.
    pub(super) globals: Map<String, Value>,
    methods: Vec<Method>,
    sent: BTreeMap<String, Validator>,
    received: BTreeMap<String, Validator>,
    error: Validator,
}

/// One method of the API.
#[derive(Debug)]
pub(super) struct Method {
    /// As in `events.list`.
    pub(super) name: String,
    pub(super) verb: String,
    /// Path below the base, with `{names}`.
    pub(super) path: String,
    pub(super) parameters: Map<String, Value>,
    /// Name of the schema of the request's body.
    pub(super) request: Option<String>,
    /// Fields that the body must have.
    pub(super) required: Vec<String>,
    response: Option<String>,
}

impl Document {
    pub(super) fn published() -> Self {
        let text = include_str!("../third_party/calendar.v3.json");
        let document: Value = serde_json::from_str(text).unwrap();
        let methods = methods(&document);
        let validators = |form, names: Vec<&Option<String>>| {
            let names = names.into_iter().flatten();
            names
                .map(|name| (name.clone(), schema::validator(&document, name, form)))
                .collect()
        };
        let text = |name: &str| document[name].as_str().unwrap();
        Self {
            base: format!("{}{}", text("rootUrl"), text("servicePath")),
            globals: document["parameters"].as_object().unwrap().clone(),
            sent: validators(
                Form::Closed,
                methods.iter().map(|method| &method.request).collect(),
            ),
            received: validators(
                Form::Open,
                methods.iter().map(|method| &method.response).collect(),
            ),
            error: schema::error_validator(),
            methods,
        }
    }

    /// The method that a request calls.
    pub(super) fn method(&self, request: &Request<Bytes>) -> Option<&Method> {
        let uri = request.uri().to_string();
        let path = uri.strip_prefix(&self.base)?;
        let path = path.split('?').next().unwrap_or_default();
        let methods = self.methods.iter();
        methods
            .filter(|method| request.method() == method.verb.as_str())
            .find(|method| fits(&method.path, path))
    }

    /// Everything wrong with a body that we send for `method`.
    pub(super) fn faults_of_body(&self, method: &Method, body: &Value) -> Vec<String> {
        let Some(name) = &method.request else {
            return vec!["a body where there is none".into()];
        };
        let missing = method
            .required
            .iter()
            .filter(|field| body.pointer(field).is_none_or(Value::is_null));
        let mut faults: Vec<String> = missing
            .map(|field| format!("no {field} in the body"))
            .collect();
        faults.extend(errors(&self.sent[name], body));
        faults
    }

    /// Everything wrong with a response.
    pub(super) fn faults_of_response(&self, exchange: &Exchange) -> Vec<String> {
        let Exchange { request, response } = exchange;
        let expected = self
            .method(request)
            .and_then(|method| method.response.as_ref());
        let body = response.body();
        let faults = match (response.status().is_success(), expected) {
            (true, None) if body.is_empty() => Vec::new(),
            (true, None) => vec!["a body where there is none".to_owned()],
            (success, expected) => {
                let validator = expected
                    .filter(|_| success)
                    .map_or(&self.error, |name| &self.received[name]);
                match serde_json::from_slice(body) {
                    Ok(body) => errors(validator, &body),
                    Err(why) => vec![format!("not JSON: {why}")],
                }
            }
        };
        let about = |fault| {
            format!(
                "response {} to {} {}: {fault}",
                response.status(),
                request.method(),
                request.uri()
            )
        };
        faults.into_iter().map(about).collect()
    }
}

fn methods(document: &Value) -> Vec<Method> {
    let resources = document["resources"].as_object().unwrap().iter();
    resources
        .flat_map(|(resource, node)| {
            let methods = node["methods"].as_object().unwrap().iter();
            methods.map(move |(name, node)| method(document, format!("{resource}.{name}"), node))
        })
        .collect()
}

fn method(document: &Value, name: String, node: &Value) -> Method {
    let schema = |part: &str| node[part]["$ref"].as_str().map(str::to_owned);
    let text = |part: &str| node[part].as_str().unwrap().to_owned();
    let request = schema("request");
    let id = node["id"].as_str().unwrap();
    let mut required = Vec::new();
    if let Some(request) = &request {
        collect_required(
            &document["schemas"][request.as_str()],
            id,
            "",
            &mut required,
        );
    }
    Method {
        name,
        verb: text("httpMethod"),
        path: text("path"),
        parameters: node["parameters"].as_object().cloned().unwrap_or_default(),
        request,
        required,
        response: schema("response"),
    }
}

/// JSON pointers of the fields that say that the method called `id` requires them.
fn collect_required(schema: &Value, id: &str, at: &str, required: &mut Vec<String>) {
    let Some(properties) = schema["properties"].as_object() else {
        return;
    };
    for (name, node) in properties {
        let here = format!("{at}/{name}");
        let methods = node["annotations"]["required"].as_array();
        if methods.is_some_and(|methods| methods.iter().any(|method| method == id)) {
            required.push(here.clone());
        }
        collect_required(node, id, &here, required);
    }
}

fn fits(template: &str, path: &str) -> bool {
    let (wanted, given): (Vec<_>, Vec<_>) =
        (template.split('/').collect(), path.split('/').collect());
    wanted.len() == given.len()
        && wanted.iter().zip(&given).all(|(wanted, given)| {
            wanted == given || (wanted.starts_with('{') && !given.is_empty())
        })
}

fn errors(validator: &Validator, body: &Value) -> Vec<String> {
    let errors = validator.iter_errors(body);
    errors
        .map(|error| format!("{error} at {:?}", error.instance_path().to_string()))
        .collect()
}
