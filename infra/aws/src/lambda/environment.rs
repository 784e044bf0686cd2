//! The environment of a function's process.
//!
//! Source: the developer guide of AWS Lambda, "Defined runtime environment variables".

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::Launch;
use crate::site::Site;

/// Everything that the process finds in its environment, and nothing of ours.
pub(super) fn of(
    launch: &Launch,
    site: &Site,
    api: SocketAddr,
    stream: &str,
) -> BTreeMap<String, String> {
    let folder = launch.binary.parent().unwrap_or(launch.binary.as_path());
    let set = [
        ("AWS_LAMBDA_RUNTIME_API", api.to_string()),
        ("AWS_LAMBDA_FUNCTION_NAME", launch.name.clone()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", launch.memory.to_string()),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".to_owned()),
        (
            "AWS_LAMBDA_LOG_GROUP_NAME",
            format!("/aws/lambda/{}", launch.name),
        ),
        ("AWS_LAMBDA_LOG_STREAM_NAME", stream.to_owned()),
        ("AWS_REGION", site.region.clone()),
        ("AWS_DEFAULT_REGION", site.region.clone()),
        ("AWS_ACCESS_KEY_ID", "local".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
        ("AWS_SESSION_TOKEN", "local".to_owned()),
        ("_HANDLER", "bootstrap".to_owned()),
        ("LAMBDA_TASK_ROOT", folder.display().to_string()),
        ("LAMBDA_RUNTIME_DIR", "/var/runtime".to_owned()),
        ("LANG", "en_US.UTF-8".to_owned()),
        ("TZ", ":UTC".to_owned()),
        ("PATH", "/usr/local/bin:/usr/bin:/bin:/opt/bin".to_owned()),
    ];
    let mut all: BTreeMap<String, String> = launch.variables.clone();
    // Lambda refuses a configuration that sets one of its own.
    all.extend(set.map(|(name, value)| (name.to_owned(), value)));
    all
}
