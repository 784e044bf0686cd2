//! `[[user]]` and `[[user.account]]`.

use super::credentials;
use super::fields::{Fields, Text};
use super::{Account, User};

/// Bytes that a name may have.
const LONGEST_NAME: usize = 100;

/// Reads all users; none if any is wrong.
pub(super) fn read_all(fields: &mut Fields<'_>) -> Option<Vec<User>> {
    let tables = fields.tables("user");
    let mut names = Names::default();
    let users: Vec<_> = tables
        .into_iter()
        .map(|table| user(table, &mut names))
        .collect();
    users.into_iter().collect()
}

fn user(mut fields: Fields<'_>, names: &mut Names) -> Option<User> {
    let name = names.take(&mut fields, "another user is called so");
    let tables = fields.tables("account");
    let rules = fields.rules("rules");
    let mut names = Names::default();
    let accounts: Vec<_> = tables
        .into_iter()
        .map(|table| account(table, &mut names))
        .collect();
    fields.finish();
    Some(User {
        name: name?,
        accounts: accounts.into_iter().collect::<Option<_>>()?,
        rules: rules?,
    })
}

fn account(mut fields: Fields<'_>, names: &mut Names) -> Option<Account> {
    let name = names.take(&mut fields, "another account of this user is called so");
    let credentials = credentials::read(&mut fields);
    let listed = fields.has("calendars");
    let calendars = fields.texts("calendars");
    fields.finish();
    if listed && calendars.is_none() {
        return None;
    }
    Some(Account {
        name: name?,
        credentials: credentials?,
        calendars,
    })
}

/// Names that are taken, and the lines that took them.
#[derive(Default)]
struct Names(Vec<Text>);

impl Names {
    fn take(&mut self, fields: &mut Fields<'_>, taken: &str) -> Option<String> {
        let text = fields.required_text("name", "give one, like name = \"ann\"")?;
        if let Some(flaw) = flaw(&text.value) {
            let fix = "take a short name without slashes";
            fields.wrong(text.line, "name", flaw, fix);
            return None;
        }
        let other = self.0.iter().find(|other| other.value == text.value);
        if let Some(other) = other {
            let what = format!("is taken: {taken} in line {}", other.line);
            fields.wrong(text.line, "name", &what, "take another one");
            return None;
        }
        self.0.push(text.clone());
        Some(text.value)
    }
}

/// A slash stands between user and account wherever both are named.
fn flaw(name: &str) -> Option<&'static str> {
    if name.contains('/') || name.chars().any(char::is_control) {
        return Some("holds a slash or a control character");
    }
    (name.len() > LONGEST_NAME).then_some("is too long")
}
