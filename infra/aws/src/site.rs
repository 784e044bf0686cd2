//! Where the made-up resources are: region, account, and the names that AWS would give them.

/// A region of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The region, like `us-east-1`.
    pub region: String,
    /// The account's 12 digits.
    pub account: String,
}

impl Default for Site {
    fn default() -> Self {
        Self {
            region: "us-east-1".to_owned(),
            account: "000000000000".to_owned(),
        }
    }
}

impl Site {
    /// A queue's ARN.
    #[must_use]
    pub fn queue_arn(&self, name: &str) -> String {
        self.arn("sqs", name)
    }

    /// A function's ARN.
    #[must_use]
    pub fn function_arn(&self, name: &str) -> String {
        self.arn("lambda", &format!("function:{name}"))
    }

    /// A schedule's ARN: a rule on the default event bus.
    #[must_use]
    pub fn rule_arn(&self, name: &str) -> String {
        self.arn("events", &format!("rule/{name}"))
    }

    /// A secret's ARN. Secrets Manager appends six characters to the name.
    #[must_use]
    pub fn secret_arn(&self, name: &str) -> String {
        self.arn("secretsmanager", &format!("secret:{name}-AbCdEf"))
    }

    fn arn(&self, service: &str, resource: &str) -> String {
        let Self { region, account } = self;
        format!("arn:aws:{service}:{region}:{account}:{resource}")
    }
}
