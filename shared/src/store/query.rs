//! Queries of one partition: all pages, strongly consistent, one loop for all of them.
//!
//! A query is not isolated from transactions: it may see some of a commit's items before and some after. Callers
//! rely on single items only, and write on conditions.

use std::collections::HashMap;

use super::Store;
use super::error::StoreError;
use super::expression::{names, values};
use super::items::{Item, text};
use super::keys::{PK, SK};
use crate::limits;
use aws_sdk_dynamodb::types::ReturnConsumedCapacity;

const QUERY: &str = "Query";

/// Which sort keys of a partition.
pub(super) enum Keys {
    /// Every one.
    All,
    /// Those that begin so.
    Beginning(String),
    /// Those from one to another, both included.
    Between(&'static str, &'static str),
}

/// Which items of a partition.
pub(super) struct Which {
    /// The partition.
    pub(super) partition: String,
    /// Which sort keys.
    pub(super) keys: Keys,
    /// Only those that have this attribute.
    pub(super) having: Option<&'static str>,
}

impl Which {
    /// All items of a partition.
    pub(super) fn all(partition: String) -> Self {
        Self {
            partition,
            keys: Keys::All,
            having: None,
        }
    }

    /// Those whose sort keys begin so.
    pub(super) fn beginning(partition: String, prefix: impl Into<String>) -> Self {
        Self {
            keys: Keys::Beginning(prefix.into()),
            ..Self::all(partition)
        }
    }

    /// Those whose sort keys lie between two, both included.
    pub(super) fn between(partition: String, from: &'static str, to: &'static str) -> Self {
        Self {
            keys: Keys::Between(from, to),
            ..Self::all(partition)
        }
    }

    fn condition(&self) -> &'static str {
        match self.keys {
            Keys::All => "#pk = :pk",
            Keys::Beginning(_) => "#pk = :pk AND begins_with(#sk, :prefix)",
            Keys::Between(..) => "#pk = :pk AND #sk BETWEEN :from AND :to",
        }
    }

    fn names(&self) -> Option<HashMap<String, String>> {
        let mut all = names([PK])?;
        if !matches!(self.keys, Keys::All) {
            all.extend(names([SK])?);
        }
        if let Some(having) = self.having {
            all.extend(names([having])?);
        }
        Some(all)
    }

    fn values(&self) -> Option<Item> {
        let named = match &self.keys {
            Keys::All => vec![],
            Keys::Beginning(prefix) => vec![("prefix", text(prefix))],
            Keys::Between(from, to) => vec![("from", text(*from)), ("to", text(*to))],
        };
        values([("pk", text(&self.partition))].into_iter().chain(named))
    }

    fn filter(&self) -> Option<String> {
        self.having
            .map(|having| format!("attribute_exists(#{having})"))
    }
}

impl Store {
    /// All such items, in the order of their sort keys.
    pub(super) async fn query(&self, which: &Which) -> Result<Vec<Item>, StoreError> {
        let mut found = Vec::new();
        let mut after = None;
        for _ in 0..limits::QUERY_PAGES {
            let (items, last) = self.page(which, after).await?;
            found.extend(items);
            match last {
                Some(last) => after = Some(last),
                None => return Ok(found),
            }
        }
        Err(StoreError::TooLarge {
            operation: QUERY,
            what: "pages of a query",
        })
    }

    /// One page of them, and where the next one begins.
    pub(super) async fn page(
        &self,
        which: &Which,
        after: Option<Item>,
    ) -> Result<(Vec<Item>, Option<Item>), StoreError> {
        let request = || {
            self.client
                .query()
                .table_name(&self.table)
                .consistent_read(true)
                .key_condition_expression(which.condition())
                .set_filter_expression(which.filter())
                .set_expression_attribute_names(which.names())
                .set_expression_attribute_values(which.values())
                .set_exclusive_start_key(after.clone())
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
        };
        let answer = self.call(QUERY, request).await.done(QUERY)?;
        let last = answer.last_evaluated_key.filter(|key| !key.is_empty());
        Ok((answer.items.unwrap_or_default(), last))
    }
}
