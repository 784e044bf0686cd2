//! The queues of the template in an SQS of this process.

use std::collections::BTreeMap;

use serde_json::json;

use crate::shape::{MAX_RECEIVES, Queue};
use crate::site::Site;
use crate::sqs::{Refused, Sqs};

/// URLs of the queues.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueueUrls(BTreeMap<Queue, String>);

impl QueueUrls {
    /// A queue's URL.
    #[must_use]
    pub fn of(&self, queue: Queue) -> &str {
        self.0.get(&queue).map_or("", String::as_str)
    }
}

/// Makes all queues as [`crate::shape`] has them.
///
/// # Errors
/// One is refused: another one of its name is there.
pub async fn make(sqs: &Sqs, site: &Site) -> Result<QueueUrls, Refused> {
    let mut urls = BTreeMap::new();
    for queue in Queue::ALL {
        let attributes = attributes(queue, site);
        let url = sqs.create(&queue.name(), &attributes).await?;
        urls.insert(queue, url);
    }
    Ok(QueueUrls(urls))
}

fn attributes(queue: Queue, site: &Site) -> Vec<(&'static str, String)> {
    let shape = queue.shape();
    let arn = |queue: Queue| site.queue_arn(&queue.name());
    let mut attributes = vec![(
        "MessageRetentionPeriod",
        shape.retention.as_secs().to_string(),
    )];
    if let Some(visibility) = shape.visibility {
        attributes.push(("VisibilityTimeout", visibility.as_secs().to_string()));
    }
    if let Some(target) = shape.dead_letters {
        let policy = json!({ "deadLetterTargetArn": arn(target), "maxReceiveCount": MAX_RECEIVES });
        attributes.push(("RedrivePolicy", policy.to_string()));
    }
    if let Some(source) = queue.dead_letters_of() {
        let policy = json!({ "redrivePermission": "byQueue", "sourceQueueArns": [arn(source)] });
        attributes.push(("RedriveAllowPolicy", policy.to_string()));
    }
    attributes
}
