//! `[alerts]`: where alerts of `tidelock health` go; left out, they are lines of the log.

use super::fields::{Fields, Text};
use super::google::checked;

/// An Amazon SNS topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alerts {
    /// The topic's ARN.
    pub topic: String,
    /// The region that the ARN names.
    pub region: String,
    /// The server's address; AWS's own if left out.
    pub endpoint: Option<String>,
}

/// Reads the table.
pub(super) fn read(mut fields: Fields<'_>) -> Option<Alerts> {
    const FIX: &str = "write it like arn:aws:sns:eu-central-1:123456789012:tidelock";
    let topic = fields.required_text("topic", FIX);
    let endpoint = match fields.has("endpoint") {
        true => {
            let text = fields.text("endpoint");
            let fix = "write it like https://sns.eu-central-1.amazonaws.com, or leave it out";
            text.and_then(|text| checked(&fields, "endpoint", text, fix))
                .map(Some)
        }
        false => {
            // Asked for all the same, so that it counts as known.
            let _ = fields.text("endpoint");
            Some(None)
        }
    };
    let topic = topic.and_then(|text| arn(&fields, text, FIX));
    fields.finish();
    let (topic, region) = topic?;
    Some(Alerts {
        topic,
        region,
        endpoint: endpoint?,
    })
}

/// The ARN and the region that it names.
fn arn(fields: &Fields<'_>, text: Text, fix: &str) -> Option<(String, String)> {
    let parts: Vec<&str> = text.value.split(':').collect();
    match parts.as_slice() {
        ["arn", _, "sns", region, account, name]
            if ![region, account, name].iter().any(|part| part.is_empty()) =>
        {
            let region = (*region).to_owned();
            Some((text.value, region))
        }
        _ => {
            fields.wrong(text.line, "topic", "is no ARN of an SNS topic", fix);
            None
        }
    }
}
