//! What rules come to, in words. A title of the rules is the person's own text; none of an event is ever here.

use std::collections::BTreeSet;

use shared::model::{
    Access, CalendarConfig, CalendarId, Clock, Colour, Day, Hours, Minutes, OPT_OUT, OnChange,
    Pair, Pairs, Rule, Switch, UserConfig, Visibility,
};

use crate::plain::one_line;

/// What of one calendar's events is held on another one.
pub(super) fn pair(
    config: &UserConfig,
    pairs: &Pairs,
    source: CalendarId,
    target: CalendarId,
) -> String {
    match pairs.get(source, target) {
        Some(Pair::Mirrors(rule)) => of_rule(rule),
        Some(Pair::Paused(rule)) => {
            format!("paused: blocks stay as they are; else {}", of_rule(rule))
        }
        None => format!("nothing: {}", why_nothing(config, source, target)),
    }
}

fn why_nothing(config: &UserConfig, source: CalendarId, target: CalendarId) -> String {
    let off = |id: CalendarId| config.switch(id) == Some(Switch::Off);
    let own = |id: CalendarId| config.calendars.get(&id);
    let name = |own: Option<&CalendarConfig>| {
        let name = own.map(|own| one_line(&own.name).into_owned());
        name.unwrap_or_default()
    };
    match (own(source), own(target)) {
        (source_own, _) if off(source) => format!("{} is off", name(source_own)),
        (_, target_own) if off(target) => format!("{} is off", name(target_own)),
        (_, Some(own)) if own.access == Access::Read => {
            format!("{} can only be read", name(Some(own)))
        }
        (Some(_) | None, _) => "the rules mirror nothing here".to_owned(),
    }
}

fn of_rule(rule: &Rule) -> String {
    let mut parts = vec![format!("\"{}\"", one_line(&rule.title.to_string()))];
    parts.extend(rule.colour.map(colour));
    parts.push(match rule.visibility {
        Visibility::Private => "private".to_owned(),
        Visibility::Default | Visibility::Other => "as visible as the calendar".to_owned(),
    });
    parts.extend(time(rule.before, "before"));
    parts.extend(time(rule.after, "after"));
    parts.extend(rule.hours.as_ref().map(hours));
    let left_out = [
        (rule.all_day, "all-day"),
        (rule.multi_day, "longer than a day"),
        (rule.tentative, "tentative"),
        (rule.unanswered, "unanswered"),
        (rule.out_of_office, "out of office"),
        (rule.focus_time, "focus time"),
        (rule.past, "past"),
    ];
    let left_out = left_out.into_iter().filter(|(taken, _)| !taken);
    let left_out: Vec<_> = left_out.map(|(_, what)| what).collect();
    if !left_out.is_empty() {
        parts.push(format!("not: {}", left_out.join(", ")));
    }
    if let Some(word) = &rule.opt_in {
        parts.push(format!("only with {} in the title", word.as_str()));
    }
    match &rule.opt_out {
        None => parts.push("no word in the title keeps out".to_owned()),
        Some(word) if word.as_str() != OPT_OUT => {
            parts.push(format!("not with {} in the title", word.as_str()));
        }
        Some(_) => {}
    }
    if rule.on_change == OnChange::Dismiss {
        parts.push("blocks that a person changes are left so".to_owned());
    }
    parts.join(", ")
}

fn colour(colour: Colour) -> String {
    format!("{colour:?}").to_lowercase()
}

fn time(minutes: Minutes, when: &str) -> Option<String> {
    let minutes = u16::from(minutes);
    (minutes > 0).then(|| format!("{minutes} min {when}"))
}

fn hours(hours: &Hours) -> String {
    let mut text = Vec::new();
    if hours.days.len() < Day::ALL.len() {
        text.push(days(&hours.days));
    }
    if (hours.from, hours.to) != (Clock::FIRST, Clock::LAST) {
        text.push(format!("{}–{}", hours.from, hours.to));
    }
    text.push(format!("in {}", hours.zone.as_str()));
    text.join(" ")
}

fn days(days: &BTreeSet<Day>) -> String {
    let names: Vec<_> = days.iter().map(|day| format!("{day:?}")).collect();
    names.join(", ")
}
