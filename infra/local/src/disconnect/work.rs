//! Which account is meant, and the steps in their order: purge, prove, forget, and let the others follow.

use std::collections::BTreeSet;
use std::time::Duration;

use shared::engine::{
    AccountKept, Connection, Engine, Forgotten, Known, NotForgotten, Pace, Progress, chain,
};
use shared::google::Class;
use shared::model::{AccountId, CalendarId};
use shared::plan::Purge;

use super::{Blocks, DisconnectReport, Gone, Options};
use crate::answer::{Desk, Failure};
use crate::purge::work::{Calendars, Meant, apply, listed, sorted};
use crate::purge::{Mode, PurgedCalendar};
use crate::stack::{Person, advice};

/// One account, and what is known of it.
struct Leaving<'a> {
    person: &'a Person,
    account: AccountId,
    kept: AccountKept,
    known: Known,
}

pub(super) async fn disconnect(
    desk: &Desk<'_, '_>,
    options: &Options,
) -> Result<DisconnectReport, Failure> {
    let leaving = leaving(desk, options).await?;
    let meant = Meant {
        person: leaving.person,
        purge: Purge::Calendars(leaving.person.id, &leaving.kept.calendars),
        known: &leaving.known,
    };
    let nothing_to_purge = leaving.kept.calendars.is_empty();
    let mut calendars = match nothing_to_purge {
        true => Calendars::new(),
        false => listed(desk, &meant).await,
    };
    match (options.mode, nothing_to_purge) {
        (Mode::DryRun, _) => {}
        (Mode::Apply, true) => desk.stack.tidy(desk.host).await,
        (Mode::Apply, false) => apply(desk, &meant, &mut calendars).await?,
    }
    let unseen = unseen(desk, &leaving, &calendars).await?;
    let refused: &[Connection] = match nothing_to_purge {
        true => &[],
        false => &leaving.known.refused,
    };
    let calendars = sorted(calendars);
    let proof = proof(&calendars, refused);
    let mut report = DisconnectReport {
        user: leaving.person.name.clone(),
        account: short(leaving.person, &leaving.account).to_owned(),
        mode: options.mode,
        going: going(&leaving),
        clean: proof == Proof::Clean,
        refused: refused.iter().map(advice::of_connection).collect(),
        calendars,
        unseen,
        known: leaving.kept.stored || !leaving.kept.all().is_empty(),
        forgotten: None,
        failed: None,
    };
    let stopped = desk.host.stop.is_wished();
    if options.mode == Mode::Apply && report.known && !stopped && proof.allows(options.blocks) {
        match forget(desk, &leaving).await {
            Ok(gone) => report.forgotten = Some(gone),
            Err(why) => report.failed = Some(told(&leaving, &why)),
        }
    }
    Ok(report)
}

/// What the listings prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proof {
    /// No block is left.
    Clean,
    /// Some may be left where nobody is let in, and nowhere else.
    Shut,
    /// Some are left, or may be, where another try may help.
    Open,
}

fn proof(calendars: &[PurgedCalendar], refused: &[Connection]) -> Proof {
    let left = calendars.iter().filter(|one| one.left != Some(0));
    let refusals = refused.iter().map(is_shut);
    let all: Vec<bool> = left.map(|one| one.shut).chain(refusals).collect();
    match all.as_slice() {
        [] => Proof::Clean,
        all if all.iter().all(|shut| *shut) => Proof::Shut,
        _ => Proof::Open,
    }
}

/// Whether only a person can change that an account's calendars cannot be listed.
fn is_shut(why: &Connection) -> bool {
    match why {
        Connection::List { why, .. } => {
            matches!(why.class(), Class::Denied(_) | Class::AccountDenied(_))
        }
        Connection::NoAccount { .. } | Connection::NoCalendar { .. } => true,
        Connection::Rules { .. } | Connection::Store(_) | Connection::Contended => false,
    }
}

impl Proof {
    /// Whether it is enough to forget on.
    fn allows(self, blocks: Blocks) -> bool {
        match (self, blocks) {
            (Self::Clean, _) | (Self::Shut, Blocks::Leave) => true,
            (Self::Shut, Blocks::Keep) | (Self::Open, _) => false,
        }
    }
}

async fn leaving<'a>(desk: &Desk<'a, '_>, options: &Options) -> Result<Leaving<'a>, Failure> {
    let nobody = || Failure::Usage("give --user: whose account it is".to_owned());
    let person = *desk.people()?.first().ok_or_else(nobody)?;
    let account = match options.account.contains('/') {
        true => AccountId(options.account.clone()),
        false => AccountId(format!("{}/{}", person.name, options.account)),
    };
    let engine = desk.engine();
    let known = engine.known_calendars(desk.key(), person.id, &person.wishes);
    let known = known.await?;
    let kept = engine.account_kept(person.id, &account, &known).await?;
    let wished = person.wishes.iter().map(|wish| &wish.account);
    let all: BTreeSet<_> = wished.chain(&kept.accounts).collect();
    if !all.contains(&account) && kept.all().is_empty() {
        let names: Vec<_> = all.into_iter().map(|one| short(person, one)).collect();
        return Err(Failure::Usage(format!(
            "{} has no account {}; known are: {}",
            person.name,
            options.account,
            names.join(", ")
        )));
    }
    Ok(Leaving {
        person,
        account,
        kept,
        known,
    })
}

/// As the config names it.
fn short<'a>(person: &Person, account: &'a AccountId) -> &'a str {
    let name = account.0.strip_prefix(person.name.as_str());
    let name = name.and_then(|rest| rest.strip_prefix('/'));
    name.unwrap_or(&account.0)
}

fn going(leaving: &Leaving<'_>) -> Vec<String> {
    let name = |id: &CalendarId| {
        let own = leaving.known.calendars.get(id);
        own.map_or_else(|| id.to_string(), |own| own.name.clone())
    };
    let mut names: Vec<_> = leaving.kept.all().iter().map(name).collect();
    names.sort();
    names
}

async fn unseen(
    desk: &Desk<'_, '_>,
    leaving: &Leaving<'_>,
    calendars: &Calendars,
) -> Result<u64, Failure> {
    let unlisted = calendars.iter().filter(|(_, one)| one.left.is_none());
    let unlisted: BTreeSet<_> = unlisted.map(|(id, _)| *id).collect();
    let gone = &leaving.kept.calendars;
    let believed = desk.engine().believed_on(&unlisted, gone, &leaving.known);
    Ok(believed.await?)
}

async fn forget(desk: &Desk<'_, '_>, leaving: &Leaving<'_>) -> Result<Gone, NotForgotten> {
    let (user, all) = (leaving.person.id, leaving.kept.all());
    let go_on = || !desk.host.stop.is_wished();
    let engine = desk.engine();
    let forgetting = engine.forget_account(user, &leaving.account, &all, go_on);
    let Forgotten { calendars, items } = Box::pin(forgetting).await?;
    follow(desk, leaving).await?;
    Ok(Gone {
        calendars: calendars.len() as u64,
        items,
    })
}

/// The calendars that stay take the config over that holds now.
async fn follow(desk: &Desk<'_, '_>, leaving: &Leaving<'_>) -> Result<(), NotForgotten> {
    let config = desk.engine().store().user_config(leaving.person.id).await?;
    let stay = config.iter().flat_map(Engine::enabled).collect::<Vec<_>>();
    let tell = |progress: Progress<'_>| {
        if let Progress::Synced(calendar, Err(error)) = progress {
            let own = leaving.known.calendars.get(&calendar);
            let name = own.map_or_else(|| calendar.to_string(), |own| own.name.clone());
            let why = advice::of_sync(error);
            let user = &leaving.person.name;
            desk.host.err(format_args!("{user}: {name}: {why}\n"));
        }
    };
    let pace = Pace {
        patience: Duration::ZERO,
        go_on: || !desk.host.stop.is_wished(),
    };
    let stay = leaving
        .known
        .calendars
        .iter()
        .filter(|(id, _)| stay.contains(id));
    let stay = Known {
        calendars: stay.map(|(id, own)| (*id, own.clone())).collect(),
        refused: Vec::new(),
    };
    let driving = desk.engine().drive_purged(&stay, pace, tell);
    Box::pin(driving)
        .await
        .map(drop)
        .map_err(NotForgotten::from)
}

fn told(leaving: &Leaving<'_>, why: &NotForgotten) -> String {
    let name = |id: &CalendarId| {
        let own = leaving.known.calendars.get(id);
        own.map_or_else(|| id.to_string(), |own| own.name.clone())
    };
    match why {
        NotForgotten::Store(of) => format!("{}; {}", chain(why), advice::of_store(of)),
        NotForgotten::Busy { calendar, until } => format!(
            "another worker is at {}, until {until:.0} at most",
            name(calendar)
        ),
        NotForgotten::Connected { calendar } => format!(
            "{} was connected again meanwhile; stop whatever syncs with a config that has the account",
            name(calendar)
        ),
        NotForgotten::Contended | NotForgotten::Stopped => why.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(left: Option<u64>, shut: bool) -> PurgedCalendar {
        PurgedCalendar {
            calendar: CalendarId::from_bytes([7; CalendarId::BYTES]),
            name: "work".into(),
            named: true,
            found: Some(3),
            left,
            foreign: 0,
            copies: 0,
            failed: None,
            shut,
        }
    }

    #[test]
    fn only_what_is_proven_or_given_up_is_forgotten() {
        let check = |calendars: &[PurgedCalendar], refused: &[Connection], keep, leave| {
            let proof = proof(calendars, refused);
            assert_eq!(proof.allows(Blocks::Keep), keep, "{proof:?}");
            assert_eq!(proof.allows(Blocks::Leave), leave, "{proof:?}");
        };
        let clean = calendar(Some(0), false);
        check(&[], &[], true, true);
        check(std::slice::from_ref(&clean), &[], true, true);
        check(&[clean.clone(), calendar(None, true)], &[], false, true);
        check(&[clean.clone(), calendar(Some(2), true)], &[], false, true);
        check(&[clean.clone(), calendar(None, false)], &[], false, false);
        check(
            &[clean.clone(), calendar(Some(1), false)],
            &[],
            false,
            false,
        );
        check(
            &[calendar(None, true), calendar(None, false)],
            &[],
            false,
            false,
        );
        let account = AccountId("ann/work".into());
        let refused = [Connection::NoAccount { account }];
        check(std::slice::from_ref(&clean), &refused, false, true);
        check(&[clean], &[Connection::Contended], false, false);
    }
}
