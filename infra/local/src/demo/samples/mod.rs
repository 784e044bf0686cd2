//! Three calendars of one person, written around the simulated present. All names are invented.

mod client;
mod day;
mod private;
mod work;

use simulator::Refusal;

use self::day::Week;
use super::input::Filled;

/// The person's work account.
const WORK: &str = "ann@work.example";
/// Their account at a client.
const CLIENT: &str = "ann@client.example";
/// Their own account.
const PRIVATE: &str = "ann@home.example";
/// A meeting that is on two calendars has one id.
const KICK_OFF: &str = "northwindkickoff";

/// Makes the accounts and their events.
pub(super) fn fill(filled: &mut Filled) -> Result<(), Refusal> {
    let week = Week::of(filled.now);
    filled.add_account(WORK, "Work", work::ZONE);
    filled.add_account(CLIENT, "Client", client::ZONE);
    filled.add_account(PRIVATE, "Private", private::ZONE);
    work::fill(&mut filled.google, week)?;
    client::fill(&mut filled.google, week)?;
    private::fill(&mut filled.google, week)
}
