//! A user's config: read whole, and changed as a whole by a compare-and-set on its version.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::builders::PutBuilder as PutActionBuilder;
use aws_sdk_dynamodb::types::{
    Delete, Put as PutAction, ReturnConsumedCapacity, TransactWriteItem,
};

use super::Store;
use super::call::{Reply, corrupt, unavailable};
use super::error::{Class, StoreError};
use super::expression::{names, values};
use super::items::account as account_item;
use super::items::calendar::{self as calendar_item, Stored};
use super::items::profile::{self as profile_item, Profile, STAMP, VERSION, stamp};
use super::items::rules as rules_item;
use super::items::{Item, key_of, number, primary};
use super::keys::{Kind, PK, calendar, profile};
use super::outcome::Put;
use super::query::Which;
use super::retry;
use crate::limits;
use crate::model::{
    AccountId, CalendarConfig, CalendarId, RulesChange, UserConfig, UserId, Vaulted,
};

const TRANSACT: &str = "TransactWriteItems";

/// What a user's partition holds.
struct Whole {
    profile: Profile,
    calendars: BTreeMap<CalendarId, Stored>,
    accounts: Accounts,
}

/// The credentials of a user's accounts, sealed.
pub type Accounts = BTreeMap<AccountId, Vaulted>;

impl Whole {
    /// Whether no change came between its items.
    fn is_one(&self) -> bool {
        self.profile.stamp == stamp_of(&self.calendars)
    }

    fn config(self, user: UserId) -> UserConfig {
        UserConfig {
            user,
            version: self.profile.version,
            calendars: configs(self.calendars),
            rules: self.profile.rules,
        }
    }
}

fn is_account(item: &Item) -> bool {
    Kind::of(&key_of(item)) == Some(Kind::Account)
}

/// A user's config as far as it can be read.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptConfig {
    /// The calendars that can be read, and the highest version that anything readable names.
    pub config: UserConfig,
    /// What cannot be read; none: all of it can.
    pub damaged: Vec<StoreError>,
    /// The calendars whose items cannot be read.
    pub lost: BTreeSet<CalendarId>,
    /// The rules cannot be read, and are not those of the config above.
    pub rules_lost: bool,
    /// The sealed credentials of the accounts.
    pub accounts: Accounts,
    /// The profile as it lies there: who replaces it replaces that one and no other.
    profile: Item,
}

impl KeptConfig {
    /// The calendar whose item this error is about; none: the profile, or how they fit.
    #[must_use]
    pub fn lost_by(&self, why: &StoreError) -> Option<CalendarId> {
        let named = why.item().and_then(calendar::parse);
        named.filter(|id| self.lost.contains(id))
    }

    /// Every calendar that there is an item of.
    pub fn calendars(&self) -> impl Iterator<Item = CalendarId> {
        self.config.calendars.keys().chain(&self.lost).copied()
    }
}

/// What a user's partition holds, as far as each item can be read.
#[derive(Default)]
struct Items {
    profile: Option<Profile>,
    /// The profile's item as it lies there.
    as_read: Item,
    calendars: BTreeMap<CalendarId, Stored>,
    accounts: Accounts,
    damaged: Vec<StoreError>,
    lost: BTreeSet<CalendarId>,
}

impl Items {
    fn take(&mut self, item: Item) {
        let key = key_of(&item);
        match Kind::of(&key) {
            Some(Kind::Profile) => {
                self.as_read.clone_from(&item);
                match profile_item::decode(item) {
                    Ok(profile) => self.profile = Some(profile),
                    Err(why) => self.damaged.push(why),
                }
            }
            Some(Kind::Calendar) => match calendar_item::decode(item) {
                Ok(stored) => drop(self.calendars.insert(stored.id, stored)),
                Err(why) => {
                    self.damaged.push(why);
                    self.lost.extend(calendar::parse(&key));
                }
            },
            // One that cannot be read is an account without credentials, which is told where they are missed.
            Some(Kind::Account) => self.accounts.extend(account_item::decode(&item).ok()),
            // What later versions keep here is no part of this.
            Some(
                Kind::Install
                | Kind::User
                | Kind::State
                | Kind::Event
                | Kind::Journal
                | Kind::SyncRecord
                | Kind::Wheel
                | Kind::Wake
                | Kind::Audit
                | Kind::Tally
                | Kind::Latest
                | Kind::Report
                | Kind::Rules
                | Kind::Forgetting,
            )
            | None => {}
        }
    }

    /// All of it, if all can be read; none: there is no profile.
    fn whole(self) -> Result<Option<Whole>, StoreError> {
        match self.damaged.into_iter().next() {
            Some(why) => Err(why),
            None => Ok(self.profile.map(|profile| Whole {
                profile,
                calendars: self.calendars,
                accounts: self.accounts,
            })),
        }
    }

    fn kept(self, user: UserId) -> KeptConfig {
        let written = self.calendars.values().map(|stored| stored.version);
        let profile = self.profile.iter().map(|profile| profile.version);
        let version = written.chain(profile).max().unwrap_or_default();
        KeptConfig {
            rules_lost: self.profile.is_none(),
            config: UserConfig {
                user,
                version,
                calendars: configs(self.calendars),
                rules: self
                    .profile
                    .map(|profile| profile.rules)
                    .unwrap_or_default(),
            },
            damaged: self.damaged,
            lost: self.lost,
            accounts: self.accounts,
            profile: self.as_read,
        }
    }
}

fn configs(stored: BTreeMap<CalendarId, Stored>) -> BTreeMap<CalendarId, CalendarConfig> {
    let stored = stored.into_iter();
    stored.map(|(id, stored)| (id, stored.config)).collect()
}

fn stamp_of(calendars: &BTreeMap<CalendarId, Stored>) -> String {
    stamp(calendars.iter().map(|(id, stored)| (*id, stored.version)))
}

impl Store {
    /// A user's config, strongly consistent and of one version; none if there is none.
    ///
    /// # Errors
    /// The table could not be read; class corrupt: profile and calendars do not belong together.
    pub async fn user_config(&self, user: UserId) -> Result<Option<UserConfig>, StoreError> {
        let whole = self.whole(user).await?;
        Ok(whole.map(|whole| whole.config(user)))
    }

    /// A user's config, and the sealed credentials of their accounts, in one request; none if there is no config.
    ///
    /// # Errors
    /// As of [`Store::user_config`].
    pub async fn user(&self, user: UserId) -> Result<Option<(UserConfig, Accounts)>, StoreError> {
        let whole = self.whole(user).await?;
        Ok(whole.map(|mut whole| {
            let accounts = std::mem::take(&mut whole.accounts);
            (whole.config(user), accounts)
        }))
    }

    /// The sealed credentials of a user's accounts, whether or not there is a config yet.
    ///
    /// # Errors
    /// The table could not be read.
    pub async fn accounts(&self, user: UserId) -> Result<Accounts, StoreError> {
        let found = self.query(&Which::all(profile::partition(user))).await?;
        let accounts = found.iter().filter(|item| is_account(item));
        accounts.map(account_item::decode).collect()
    }

    /// A user's config as far as it can be read; none if there is none.
    ///
    /// # Errors
    /// The table could not be read.
    pub async fn kept_config(&self, user: UserId) -> Result<Option<KeptConfig>, StoreError> {
        let why = match self.user(user).await {
            Ok(found) => {
                return Ok(found.map(|(config, accounts)| KeptConfig {
                    config,
                    damaged: Vec::new(),
                    lost: BTreeSet::new(),
                    rules_lost: false,
                    accounts,
                    profile: Item::new(),
                }));
            }
            Err(why) if matches!(why.class(), Class::Corrupt | Class::Newer) => why,
            Err(why) => return Err(why),
        };
        let mut kept = self.items(user).await?.kept(user);
        if kept.damaged.is_empty() {
            // Each item can be read, but they do not belong together.
            kept.damaged.push(why);
        }
        Ok(Some(kept))
    }

    /// Puts `config` in the place of what was kept of a damaged one, if its profile still is the one that was read.
    ///
    /// # Errors
    /// As [`Store::put_user_config`].
    pub async fn replace_config(
        &self,
        kept: &KeptConfig,
        config: &UserConfig,
    ) -> Result<Put, StoreError> {
        let before = BTreeMap::new();
        let gone = kept.lost.iter().chain(kept.config.calendars.keys());
        let gone = gone.filter(|id| !config.calendars.contains_key(*id));
        let mut actions = self.calendar_actions(config, &before)?;
        for id in gone {
            actions.push(self.plain_delete(primary(&calendar::key(*id)))?);
        }
        let profile = Profile {
            version: config.version,
            stamp: stamp_of(&next_calendars(config, &before)),
            rules: config.rules.clone(),
        };
        let put = PutAction::builder().set_item(Some(profile_item::encode(config.user, &profile)?));
        let put = as_read(put, &kept.profile).table_name(&self.table).build();
        let put = put.map_err(|_| unavailable(TRANSACT, "not built"))?;
        actions.push(TransactWriteItem::builder().put(put).build());
        self.change_config(config, actions).await
    }

    async fn whole(&self, user: UserId) -> Result<Option<Whole>, StoreError> {
        for tries in 1..=limits::CONFIG_READS {
            match self.items(user).await?.whole()? {
                Some(whole) if !whole.is_one() => self.pause(retry::growing(tries)).await,
                whole => return Ok(whole),
            }
        }
        Err(corrupt(
            &profile::key(user),
            "its calendars are not those it was written with",
        ))
    }

    async fn items(&self, user: UserId) -> Result<Items, StoreError> {
        let mut items = Items::default();
        for item in self.query(&Which::all(profile::partition(user))).await? {
            items.take(item);
        }
        Ok(items)
    }

    /// Stores a user's config, if the version that is there is still the expected one (none: no config yet). Calendars
    /// that are no longer in it go; those that did not change are not written.
    ///
    /// # Errors
    /// The table could not be written; class invalid: too many calendars changed at once.
    pub async fn put_user_config(
        &self,
        config: &UserConfig,
        expected_version: Option<u64>,
    ) -> Result<Put, StoreError> {
        self.put_changed_config(config, expected_version, None)
            .await
    }

    /// The same, with a change of the rules that enters their history.
    ///
    /// # Errors
    /// As [`Store::put_user_config`].
    pub async fn put_changed_config(
        &self,
        config: &UserConfig,
        expected_version: Option<u64>,
        change: Option<&RulesChange>,
    ) -> Result<Put, StoreError> {
        let before = self.whole(config.user).await?;
        if before.as_ref().map(|whole| whole.profile.version) != expected_version {
            return Ok(Put::Conflict);
        }
        let before = before.map(|whole| whole.calendars).unwrap_or_default();
        let mut actions = self.config_actions(config, &before, expected_version)?;
        if let Some(change) = change {
            actions.push(self.plain_put(rules_item::encode(config.user, change)?)?);
        }
        self.change_config(config, actions).await
    }

    async fn change_config(
        &self,
        config: &UserConfig,
        actions: Vec<TransactWriteItem>,
    ) -> Result<Put, StoreError> {
        if actions.len() > limits::TRANSACTION_ACTIONS {
            return Err(StoreError::TooLarge {
                operation: TRANSACT,
                what: "calendars changed at once",
            });
        }
        let called = self
            .call(TRANSACT, || {
                self.client
                    .transact_write_items()
                    .set_transact_items(Some(actions.clone()))
                    .return_consumed_capacity(ReturnConsumedCapacity::Total)
                    .send()
            })
            .await;
        match called.reply {
            Reply::Done(_) => Ok(Put::Written),
            Reply::Failed(error) => Err(error),
            Reply::Refused(_) if called.doubtful => {
                let there = self.user_config(config.user).await?;
                let mine = there.as_ref() == Some(config);
                Ok(if mine { Put::Written } else { Put::Conflict })
            }
            Reply::Refused(_) => Ok(Put::Conflict),
        }
    }

    fn config_actions(
        &self,
        config: &UserConfig,
        before: &BTreeMap<CalendarId, Stored>,
        expected: Option<u64>,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let after = next_calendars(config, before);
        let profile = Profile {
            version: config.version,
            stamp: stamp_of(&after),
            rules: config.rules.clone(),
        };
        let mut actions = vec![self.put_profile(config.user, &profile, expected)?];
        actions.extend(self.calendar_actions(config, before)?);
        for id in before.keys().filter(|id| !after.contains_key(*id)) {
            actions.push(self.plain_delete(primary(&calendar::key(*id)))?);
        }
        Ok(actions)
    }

    /// Writes those of the calendars that are not as they were.
    fn calendar_actions(
        &self,
        config: &UserConfig,
        before: &BTreeMap<CalendarId, Stored>,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let after = next_calendars(config, before);
        let changed = after
            .iter()
            .filter(|(id, stored)| before.get(*id) != Some(*stored));
        changed
            .map(|(_, stored)| self.plain_put(calendar_item::encode(stored)?))
            .collect()
    }

    fn put_profile(
        &self,
        user: UserId,
        profile: &Profile,
        expected: Option<u64>,
    ) -> Result<TransactWriteItem, StoreError> {
        let put = PutAction::builder()
            .table_name(&self.table)
            .set_item(Some(profile_item::encode(user, profile)?));
        let put = match expected {
            None => put
                .condition_expression("attribute_not_exists(#pk)")
                .set_expression_attribute_names(names([PK])),
            Some(version) => put
                .condition_expression("#version = :version")
                .set_expression_attribute_names(names([VERSION]))
                .set_expression_attribute_values(values([("version", number(version))])),
        };
        let put = put
            .build()
            .map_err(|_| unavailable(TRANSACT, "not built"))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    fn plain_put(&self, item: Item) -> Result<TransactWriteItem, StoreError> {
        let put = PutAction::builder()
            .table_name(&self.table)
            .set_item(Some(item));
        let put = put
            .build()
            .map_err(|_| unavailable(TRANSACT, "not built"))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    fn plain_delete(&self, key: Item) -> Result<TransactWriteItem, StoreError> {
        let delete = Delete::builder().table_name(&self.table).set_key(Some(key));
        let delete = delete
            .build()
            .map_err(|_| unavailable(TRANSACT, "not built"))?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }
}

/// On the condition that the profile is still what it was, however it reads.
fn as_read(put: PutActionBuilder, read: &Item) -> PutActionBuilder {
    let named = [(VERSION, "version"), (STAMP, "stamp")];
    let clause = |(name, value): (&str, &str)| match read.contains_key(name) {
        true => format!("#{name} = :{value}"),
        false => format!("attribute_not_exists(#{name})"),
    };
    let there = named.into_iter().filter_map(|(name, value)| {
        let was = read.get(name)?;
        Some((value, was.clone()))
    });
    put.condition_expression(named.map(clause).join(" AND "))
        .set_expression_attribute_names(names([VERSION, STAMP]))
        .set_expression_attribute_values(values(there))
}

/// The calendars as they will be stored: one that did not change keeps the version that wrote it.
fn next_calendars(
    config: &UserConfig,
    before: &BTreeMap<CalendarId, Stored>,
) -> BTreeMap<CalendarId, Stored> {
    config
        .calendars
        .iter()
        .map(|(id, wanted)| {
            let stored = match before.get(id) {
                Some(stored) if stored.config == *wanted => stored.clone(),
                Some(_) | None => Stored {
                    id: *id,
                    config: wanted.clone(),
                    version: config.version,
                },
            };
            (*id, stored)
        })
        .collect()
}
