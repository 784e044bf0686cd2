//! One item written as a whole, under a condition.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::put_item::PutItemOutput;
use aws_sdk_dynamodb::types::{ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure};

use super::Store;
use super::call::Called;
use super::error::StoreError;
use super::expression::names;
use super::items::Item;
use super::keys::PK;

/// The request's name.
pub(super) const PUT: &str = "PutItem";

/// When an item may be written. It has exactly the names and values that its text uses: the API refuses others.
pub(super) struct Condition {
    pub(super) text: &'static str,
    pub(super) names: Option<HashMap<String, String>>,
    pub(super) values: Option<Item>,
}

impl Condition {
    /// There is no such item.
    pub(super) fn absent() -> Self {
        Self {
            text: "attribute_not_exists(#pk)",
            names: names([PK]),
            values: None,
        }
    }
}

impl Store {
    /// Writes `whole` whatever stands there.
    pub(super) async fn put_plain(&self, whole: Item) -> Result<(), StoreError> {
        let request = || {
            self.client
                .put_item()
                .table_name(&self.table)
                .set_item(Some(whole.clone()))
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
        };
        self.call(PUT, request).await.done(PUT).map(drop)
    }

    /// Writes `whole` if `condition` holds. A refusal tells what stands there.
    pub(super) async fn put(&self, whole: &Item, condition: &Condition) -> Called<PutItemOutput> {
        let request = || {
            self.client
                .put_item()
                .table_name(&self.table)
                .set_item(Some(whole.clone()))
                .condition_expression(condition.text)
                .set_expression_attribute_names(condition.names.clone())
                .set_expression_attribute_values(condition.values.clone())
                .return_values_on_condition_check_failure(
                    ReturnValuesOnConditionCheckFailure::AllOld,
                )
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
        };
        self.call(PUT, request).await
    }
}
