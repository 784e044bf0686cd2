//! Batches: requests of many items, repeated for what DynamoDB left unprocessed.
//!
//! A batch that gets something done goes on at once with the rest; one that gets nothing done waits, and after a
//! bounded number of such rounds it counts as throttled.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{KeysAndAttributes, ReturnConsumedCapacity, WriteRequest};

use super::call::unavailable;
use super::error::StoreError;
use super::items::{Item, primary};
use super::keys::Key;
use super::{Store, retry};
use crate::limits;

const GET: &str = "BatchGetItem";
const WRITE: &str = "BatchWriteItem";

impl Store {
    /// Those items of `keys` that are there, strongly consistent, in no order. Keys must differ.
    pub(super) async fn get_all(&self, keys: &[Key]) -> Result<Vec<Item>, StoreError> {
        let mut found = Vec::new();
        for chunk in keys.chunks(limits::BATCH_GET_KEYS) {
            let mut left: Vec<Item> = chunk.iter().map(primary).collect();
            let mut idle = 0;
            while !left.is_empty() {
                let before = left.len();
                let (items, rest) = self.get_some(left).await?;
                found.extend(items);
                idle = self.progress(GET, idle, before, rest.len()).await?;
                left = rest;
            }
        }
        Ok(found)
    }

    /// One request: what was found, and the keys that were not looked at.
    async fn get_some(&self, keys: Vec<Item>) -> Result<(Vec<Item>, Vec<Item>), StoreError> {
        let wanted = KeysAndAttributes::builder()
            .set_keys(Some(keys))
            .consistent_read(true)
            .build()
            .map_err(|_| unavailable(GET, "not built"))?;
        let request = || {
            self.client
                .batch_get_item()
                .request_items(&self.table, wanted.clone())
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
        };
        let answer = self.call(GET, request).await.done(GET)?;
        let items = of_table(answer.responses, &self.table);
        let rest = answer
            .unprocessed_keys
            .and_then(|mut tables| tables.remove(&self.table))
            .map(|left| left.keys)
            .unwrap_or_default();
        Ok((items, rest))
    }

    /// Writes all `writes`, without conditions. They must be of different items.
    pub(super) async fn write_all(&self, writes: Vec<WriteRequest>) -> Result<(), StoreError> {
        for chunk in writes.chunks(limits::BATCH_WRITE_ITEMS) {
            let mut left = chunk.to_vec();
            let mut idle = 0;
            while !left.is_empty() {
                let before = left.len();
                let rest = self.write_some(left).await?;
                idle = self.progress(WRITE, idle, before, rest.len()).await?;
                left = rest;
            }
        }
        Ok(())
    }

    /// One request: what was not written.
    async fn write_some(&self, writes: Vec<WriteRequest>) -> Result<Vec<WriteRequest>, StoreError> {
        let request = || {
            self.client
                .batch_write_item()
                .request_items(&self.table, writes.clone())
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
        };
        let answer = self.call(WRITE, request).await.done(WRITE)?;
        Ok(of_table(answer.unprocessed_items, &self.table))
    }

    /// Counts rounds in which nothing was done, waiting after each.
    async fn progress(
        &self,
        operation: &'static str,
        idle: u32,
        before: usize,
        left: usize,
    ) -> Result<u32, StoreError> {
        if left < before {
            return Ok(0);
        }
        let idle = idle.saturating_add(1);
        if idle >= limits::STORE_IDLE_ROUNDS {
            return Err(StoreError::Throttled { operation });
        }
        self.pause(retry::growing(idle)).await;
        Ok(idle)
    }
}

fn of_table<T>(answer: Option<HashMap<String, Vec<T>>>, table: &str) -> Vec<T> {
    answer
        .and_then(|mut tables| tables.remove(table))
        .unwrap_or_default()
}
