//! Quotas: units spent in the last minute, by user and in all (BEHAVIOUR.md 3).

use std::{collections::VecDeque, sync::Arc};

use chrono::{DateTime, Duration, Utc};

use crate::{
    settings::{Knobs, QuotaAnswer},
    wire::refusal::Refusal,
};

/// What was spent within the sliding window.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spending(VecDeque<(DateTime<Utc>, Arc<str>, u32)>);

impl Spending {
    /// Spends units, or refuses if a limit would be passed. Refused requests cost nothing.
    pub(crate) fn spend(
        &mut self,
        knobs: &Knobs,
        now: DateTime<Utc>,
        user: &Arc<str>,
        units: u32,
    ) -> Result<(), Refusal> {
        if knobs.user_units_per_minute.is_none() && knobs.project_units_per_minute.is_none() {
            self.0.clear();
            return Ok(());
        }
        self.0
            .retain(|(at, _, _)| *at > now - Duration::minutes(1) && *at <= now);
        let all: u32 = self.0.iter().map(|(_, _, units)| units).sum();
        let own: u32 = self
            .0
            .iter()
            .filter(|(_, who, _)| who == user)
            .map(|(_, _, units)| units)
            .sum();
        let over = |limit: Option<u32>, spent: u32| {
            limit.is_some_and(|limit| spent.saturating_add(units) > limit)
        };
        if over(knobs.user_units_per_minute, own) || over(knobs.project_units_per_minute, all) {
            return Err(Refusal::rate_limit(match knobs.quota_answer {
                QuotaAnswer::Forbidden => 403,
                QuotaAnswer::TooManyRequests => 429,
            }));
        }
        self.0.push_back((now, user.clone(), units));
        Ok(())
    }
}
