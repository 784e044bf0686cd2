//! The table itself: made on request, for tests and the one-machine stack; in AWS the template makes it.

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
    TableDescription, TableStatus, TimeToLiveSpecification, TimeToLiveStatus,
};

use super::Store;
use super::call::unavailable;
use super::error::StoreError;
use super::items::EXPIRES;
use super::keys::{PK, SK};
use super::{call::Reply, retry};
use crate::limits;

const CREATE: &str = "CreateTable";
const DESCRIBE: &str = "DescribeTable";

impl Store {
    /// Makes the table, paid by request, with its time to live on `expires`. One that is there already with the same keys
    /// is taken as it is.
    ///
    /// # Errors
    /// It is there with other keys, or DynamoDB did not make it.
    pub async fn create_table(&self) -> Result<(), StoreError> {
        let called = self.call(CREATE, || self.creation()).await;
        match called.reply {
            Reply::Done(_) => {}
            // Somebody made it before, or in a try whose answer was lost.
            Reply::Failed(StoreError::NoTable { code, .. }) if code == "ResourceInUseException" => {
            }
            Reply::Failed(error) => return Err(error),
            Reply::Refused(_) => return Err(unavailable(CREATE, "refused")),
        }
        self.wait_until_active().await?;
        self.expire_items().await
    }

    async fn creation(
        &self,
    ) -> Result<
        aws_sdk_dynamodb::operation::create_table::CreateTableOutput,
        aws_sdk_dynamodb::error::SdkError<
            aws_sdk_dynamodb::operation::create_table::CreateTableError,
        >,
    > {
        self.client
            .create_table()
            .table_name(&self.table)
            .billing_mode(BillingMode::PayPerRequest)
            .set_attribute_definitions(attributes())
            .set_key_schema(schema())
            .send()
            .await
    }

    async fn wait_until_active(&self) -> Result<(), StoreError> {
        for tries in 1..=limits::TABLE_CHECKS {
            let table = self.describe().await?;
            if !is_ours(&table) {
                let code = "other keys than ours".to_owned();
                let operation = DESCRIBE;
                return Err(StoreError::NoTable { operation, code });
            }
            if table.table_status() == Some(&TableStatus::Active) {
                return Ok(());
            }
            self.pause(retry::growing(tries)).await;
        }
        Err(unavailable(DESCRIBE, "table is not active yet"))
    }

    async fn describe(&self) -> Result<TableDescription, StoreError> {
        let request = || self.client.describe_table().table_name(&self.table).send();
        let answer = self.call(DESCRIBE, request).await.done(DESCRIBE)?;
        answer
            .table
            .ok_or_else(|| unavailable(DESCRIBE, "no description"))
    }

    async fn expire_items(&self) -> Result<(), StoreError> {
        if self.expires_items().await? {
            return Ok(());
        }
        let operation = "UpdateTimeToLive";
        let ttl = TimeToLiveSpecification::builder()
            .enabled(true)
            .attribute_name(EXPIRES)
            .build()
            .map_err(|_| unavailable(operation, "not built"))?;
        let request = || {
            self.client
                .update_time_to_live()
                .table_name(&self.table)
                .time_to_live_specification(ttl.clone())
                .send()
        };
        self.call(operation, request).await.done(operation)?;
        Ok(())
    }

    async fn expires_items(&self) -> Result<bool, StoreError> {
        let operation = "DescribeTimeToLive";
        let request = || {
            self.client
                .describe_time_to_live()
                .table_name(&self.table)
                .send()
        };
        let answer = self.call(operation, request).await.done(operation)?;
        let status = answer
            .time_to_live_description
            .and_then(|ttl| ttl.time_to_live_status);
        Ok(matches!(
            status,
            Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling)
        ))
    }
}

fn attributes() -> Option<Vec<AttributeDefinition>> {
    [PK, SK]
        .into_iter()
        .map(|name| {
            AttributeDefinition::builder()
                .attribute_name(name)
                .attribute_type(ScalarAttributeType::S)
                .build()
                .ok()
        })
        .collect()
}

fn schema() -> Option<Vec<KeySchemaElement>> {
    [(PK, KeyType::Hash), (SK, KeyType::Range)]
        .into_iter()
        .map(|(name, kind)| {
            KeySchemaElement::builder()
                .attribute_name(name)
                .key_type(kind)
                .build()
                .ok()
        })
        .collect()
}

fn is_ours(table: &TableDescription) -> bool {
    let same = |ours: Vec<_>, theirs: &[_]| {
        ours.len() == theirs.len() && ours.iter().all(|one| theirs.contains(one))
    };
    same(schema().unwrap_or_default(), table.key_schema())
        && attributes()
            .unwrap_or_default()
            .iter()
            .all(|one| table.attribute_definitions().contains(one))
}
