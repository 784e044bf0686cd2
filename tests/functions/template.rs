//! Do template.yaml and the code agree? Names, variables, time limits, queues, schedules.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::Duration;

use aws::shape::{Function, MAX_RECEIVES, Queue, STACK};
use dispatch_handler::Dispatch;
use health_handler::Doctor;
use repair_handler::Repairer;
use serde_yaml_ng::Value;
use shared::lambda::variables_of;
use sync_handler::Syncer;
use validation_handler::Validator;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The template, with what the tags of CloudFormation stand for in plain form: a reference is the name that it refers to.
pub(super) struct Template(Value);

impl Template {
    pub(super) fn read() -> Self {
        let text = fs::read_to_string(Path::new(ROOT).join("template.yaml")).unwrap();
        Self(plain(serde_yaml_ng::from_str(&text).unwrap()))
    }

    fn resources(&self) -> BTreeMap<String, &Value> {
        let resources = self.0["Resources"].as_mapping().unwrap();
        let named = resources
            .iter()
            .map(|(name, value)| (name.as_str().unwrap().to_owned(), value));
        named.collect()
    }

    fn of_type(&self, kind: &str) -> BTreeMap<String, &Value> {
        let all = self.resources().into_iter();
        all.filter(|(_, value)| value["Type"] == kind).collect()
    }

    fn properties(&self, function: Function) -> &Value {
        &self.0["Resources"][function.logical_id()]["Properties"]
    }

    /// What the role of a function allows, by the resource it is allowed on. What services do under the key and the function's own
    /// log are no calls of the code.
    pub(super) fn allowed(&self, function: Function) -> BTreeSet<(String, String)> {
        let role = text(&self.properties(function)["Role"]);
        let policies = self.0["Resources"][role.as_str()]["Properties"]["Policies"]
            .as_sequence()
            .unwrap();
        let mut allowed = BTreeSet::new();
        for statement in policies
            .iter()
            .flat_map(|policy| list(&policy["PolicyDocument"]["Statement"]))
        {
            assert_eq!(statement["Effect"], "Allow");
            for (action, resource) in pairs(statement) {
                assert!(
                    !action.contains('*') && !resource.contains('*'),
                    "{function:?}: {action} on {resource}"
                );
                if !action.starts_with("logs:") && !action.starts_with("kms:") {
                    allowed.insert((action, resource));
                }
            }
        }
        allowed
    }
}

fn pairs(statement: &Value) -> Vec<(String, String)> {
    let resources: Vec<String> = list(&statement["Resource"]).into_iter().map(text).collect();
    let actions = list(&statement["Action"]).into_iter().map(text);
    actions
        .flat_map(|action| {
            resources
                .iter()
                .map(move |resource| (action.clone(), resource.clone()))
        })
        .collect()
}

fn list(value: &Value) -> Vec<&Value> {
    match value.as_sequence() {
        Some(values) => values.iter().collect(),
        None => vec![value],
    }
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no text: {value:?}"))
        .to_owned()
}

/// `!Ref X` and `!GetAtt X.Arn` become `X`, `!If [c, a, b]` becomes `a`, and any other tag what it is on.
fn plain(value: Value) -> Value {
    if let Value::Tagged(tagged) = value {
        return meant(&tagged.tag.to_string(), plain(tagged.value));
    }
    match (value.as_sequence(), value.as_mapping()) {
        (Some(values), _) => Value::Sequence(values.iter().cloned().map(plain).collect()),
        (_, Some(values)) => {
            let values = values.clone().into_iter();
            Value::Mapping(values.map(|(name, value)| (name, plain(value))).collect())
        }
        (None, None) => value,
    }
}

fn meant(tag: &str, of: Value) -> Value {
    match (tag, of.as_str(), of.as_sequence()) {
        ("!GetAtt", Some(text), _) => text.split('.').next().unwrap().into(),
        ("!If", _, Some(parts)) => parts[1].clone(),
        _ => of,
    }
}

fn reads(function: Function) -> BTreeSet<&'static str> {
    match function {
        Function::Dispatch => variables_of::<Dispatch>(),
        Function::Sync => variables_of::<Syncer>(),
        Function::Validation => variables_of::<Validator>(),
        Function::Repair => variables_of::<Repairer>(),
        Function::Health => variables_of::<Doctor>(),
    }
}

fn seconds(of: &Value) -> Duration {
    Duration::from_secs(of.as_u64().unwrap())
}

#[test]
fn every_folder_of_functions_is_deployed_under_its_own_name_and_nothing_else_is() {
    let template = Template::read();
    let folders = fs::read_dir(Path::new(ROOT).join("functions")).unwrap();
    let folders = folders
        .map(|folder| folder.unwrap())
        .filter(|folder| folder.path().is_dir());
    let folders: BTreeSet<String> = folders
        .map(|folder| folder.file_name().into_string().unwrap())
        .collect();
    let known: BTreeSet<String> = Function::ALL
        .map(|function| function.name().to_owned())
        .into();
    assert_eq!(folders, known);
    let deployed: BTreeSet<String> = template
        .of_type("AWS::Serverless::Function")
        .into_keys()
        .collect();
    let expected: BTreeSet<String> = Function::ALL
        .map(|function| function.logical_id().to_owned())
        .into();
    assert_eq!(deployed, expected);
    for function in Function::ALL {
        let (name, properties) = (function.name(), template.properties(function));
        let manifest = fs::read_to_string(
            Path::new(ROOT)
                .join("functions")
                .join(name)
                .join("Cargo.toml"),
        )
        .unwrap();
        assert!(manifest.contains(&format!("name = \"{name}\"\n")), "{name}");
        assert_eq!(text(&properties["CodeUri"]), format!("functions/{name}"));
        assert_eq!(
            text(&properties["FunctionName"]),
            format!("${{AWS::StackName}}-{name}")
        );
        let metadata = &template.0["Resources"][function.logical_id()]["Metadata"];
        assert_eq!(metadata["BuildProperties"]["Binary"], name);
    }
}

#[test]
fn every_variable_that_the_code_reads_is_set_and_no_other() {
    let template = Template::read();
    for function in Function::ALL {
        let set = template.properties(function)["Environment"]["Variables"]
            .as_mapping()
            .unwrap();
        let set: BTreeSet<&str> = set.keys().map(|name| name.as_str().unwrap()).collect();
        assert_eq!(set, reads(function), "{function:?}");
        let known: BTreeSet<&str> = function
            .variables()
            .map(|variable| variable.name())
            .collect();
        assert_eq!(known, reads(function), "{function:?}");
    }
}

#[test]
fn time_limits_memory_and_batches_are_those_that_run_here() {
    let template = Template::read();
    for function in Function::ALL {
        let (shape, properties) = (function.shape(), template.properties(function));
        assert_eq!(
            seconds(&properties["Timeout"]),
            shape.timeout,
            "{function:?}"
        );
        assert_eq!(
            properties["MemorySize"].as_u64(),
            Some(shape.memory.into()),
            "{function:?}"
        );
        let messages = &properties["Events"]["Messages"]["Properties"];
        match shape.source {
            None => assert!(messages.is_null(), "{function:?}"),
            Some(source) => {
                assert_eq!(text(&messages["Queue"]), source.queue.logical_id());
                assert_eq!(messages["BatchSize"].as_u64(), Some(source.batch as u64));
                assert_eq!(
                    list(&messages["FunctionResponseTypes"]),
                    ["ReportBatchItemFailures"]
                );
                let parameter = text(&messages["ScalingConfig"]["MaximumConcurrency"]);
                let usual = template.0["Parameters"][parameter.as_str()]["Default"].as_u64();
                assert_eq!(usual, Some(source.concurrency as u64));
            }
        }
        assert!(
            properties["ReservedConcurrentExecutions"].is_null(),
            "{function:?}"
        );
    }
}

#[test]
fn schedules_are_those_that_run_here() {
    let template = Template::read();
    for function in Function::ALL {
        let schedule =
            &template.properties(function)["Events"]["Schedule"]["Properties"]["Schedule"];
        let Some(every) = function.shape().every else {
            assert!(schedule.is_null(), "{function:?}");
            continue;
        };
        let minutes = every.as_secs() / 60;
        let health = template.0["Parameters"]["HealthMinutes"]["Default"]
            .as_u64()
            .unwrap();
        let written = text(schedule).replace("${HealthMinutes}", &health.to_string());
        let expected = match minutes {
            1 => "rate(1 minute)".to_owned(),
            60 => "rate(1 hour)".to_owned(),
            minutes => format!("rate({minutes} minutes)"),
        };
        assert_eq!(written, expected, "{function:?}");
    }
}

#[test]
fn queues_are_those_that_run_here_and_hide_messages_long_enough() {
    let template = Template::read();
    let queues: BTreeSet<String> = template.of_type("AWS::SQS::Queue").into_keys().collect();
    let known: BTreeSet<String> = Queue::ALL.map(|queue| queue.logical_id().to_owned()).into();
    assert_eq!(queues, known);
    for queue in Queue::ALL {
        let (shape, properties) = (
            queue.shape(),
            &template.0["Resources"][queue.logical_id()]["Properties"],
        );
        let name = text(&properties["QueueName"]).replace("${AWS::StackName}", STACK);
        assert_eq!(name, queue.name());
        assert_eq!(
            seconds(&properties["MessageRetentionPeriod"]),
            shape.retention,
            "{queue:?}"
        );
        if let Some(visibility) = shape.visibility {
            assert_eq!(
                seconds(&properties["VisibilityTimeout"]),
                visibility,
                "{queue:?}"
            );
        }
        if let Some(dead) = shape.dead_letters {
            let redrive = &properties["RedrivePolicy"];
            assert_eq!(text(&redrive["deadLetterTargetArn"]), dead.logical_id());
            assert_eq!(
                redrive["maxReceiveCount"].as_u64(),
                Some(MAX_RECEIVES.into())
            );
        }
    }
    for function in Function::ALL {
        if let Some(source) = function.shape().source {
            let hidden = source.queue.shape().visibility.unwrap();
            assert!(hidden >= function.shape().timeout * 6, "{function:?}");
        }
    }
}

#[test]
fn what_must_not_be_lost_is_kept_and_what_is_kept_is_encrypted() {
    let template = Template::read();
    let resources = template.resources();
    for name in ["Table", "InstallKey", "Key"] {
        for policy in ["DeletionPolicy", "UpdateReplacePolicy"] {
            assert_eq!(resources[name][policy], "Retain", "{name}");
        }
    }
    let table = &resources["Table"]["Properties"];
    assert_eq!(table["BillingMode"], "PAY_PER_REQUEST");
    assert_eq!(table["DeletionProtectionEnabled"], true);
    assert_eq!(
        table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"],
        true
    );
    assert_eq!(table["SSESpecification"]["SSEEnabled"], true);
    assert_eq!(table["TimeToLiveSpecification"]["AttributeName"], "expires");
    assert!(table["GlobalSecondaryIndexes"].is_null());
    for (name, queue) in template.of_type("AWS::SQS::Queue") {
        assert_eq!(queue["Properties"]["KmsMasterKeyId"], "Key", "{name}");
    }
}

#[test]
fn every_function_keeps_its_log_for_a_limited_time() {
    let template = Template::read();
    for function in Function::ALL {
        let group = text(&template.properties(function)["LoggingConfig"]["LogGroup"]);
        let group = &template.0["Resources"][group.as_str()]["Properties"];
        assert_eq!(group["RetentionInDays"], "LogRetentionDays", "{function:?}");
    }
}
