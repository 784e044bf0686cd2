//! Explains one event: which rows it leads to, how they stand on every target, and, if asked, what Google shows now.
//!
//! It reads and writes nothing, and knows no title: none is stored, and none is taken from Google's answers.

use super::content;
use super::reading::Seen;
use super::{Engine, SyncError};
use crate::google::{Class, wire::Event};
use crate::model::{
    BlockContent, BlockRef, CalendarConfig, CalendarId, EventKey, GoogleEventId, Have, Mirror,
    Pairs, Part, Row, Sealed, Source, SourceEvent, Stamp, UserConfig, Want, looks_like_a_block,
};
use crate::plan::{Fact, SourceFact, Standing, standing};
use crate::store::StoreError;

/// What an event id turned out to be, for one user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// A source event, or nothing we know.
    Event,
    /// A block of this user's.
    Block(Sealed, Part),
    /// A block of another user or installation.
    Foreign,
}

/// Everything that is known of an event id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// What the id is.
    pub named: Named,
    /// The rows that it leads to; none: nothing is known.
    pub rows: Vec<ExplainedRow>,
    /// Items of the calendars that cannot be read, each named by its key: what is asked about may be among them.
    pub damaged: Vec<StoreError>,
}

/// One row, and how it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedRow {
    /// The row.
    pub row: Row,
    /// The id names an occurrence that has no row of its own: it follows this series.
    pub follows: bool,
    /// Each calendar that holds, held or could hold its block.
    pub targets: Vec<ExplainedTarget>,
}

/// One row on one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedTarget {
    /// The target.
    pub calendar: CalendarId,
    /// What the row says of it.
    pub mirror: Mirror,
    /// How it stands.
    pub standing: Standing,
    /// The block's name at Google, if it ever had or should have one.
    pub block: Option<BlockRef>,
    /// What the block should hold, as far as the row tells.
    pub content: Option<BlockContent>,
}

/// What Google shows now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Now<T> {
    /// It is there.
    There(T),
    /// It is deleted.
    Deleted,
    /// Google never had it, or does not show it to this account.
    Absent,
    /// It could not be asked, or the answer could not be read: why.
    Unknown(String),
}

/// A block as Google shows it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockNow {
    /// What it holds.
    pub content: BlockContent,
    /// The fields that are not as they should be; none: it is as it should be, or nobody knows how that is.
    pub differs: Option<String>,
}

impl Engine {
    /// Explains `id` as far as the calendars of `config` know it.
    ///
    /// # Errors
    /// The table could not be read.
    pub async fn explain(
        &self,
        config: &UserConfig,
        id: &GoogleEventId,
    ) -> Result<Explained, SyncError> {
        let named = self.named(config, id);
        let pairs = config.pairs();
        let mut calendars: Vec<_> = config.calendars.keys().copied().collect();
        if let Named::Block(sealed, _) = &named
            && !calendars.contains(&sealed.calendar)
        {
            calendars.push(sealed.calendar);
        }
        let (mut rows, mut damaged) = (Vec::new(), Vec::new());
        for calendar in calendars {
            let sight = self.sight(calendar).await?;
            let all = sight.rows;
            damaged.extend(sight.damaged);
            let meant = meant(&all, &named, id);
            rows.extend(
                meant.map(|(row, follows)| self.explained((config, &pairs), row, follows, &all)),
            );
        }
        Ok(Explained {
            named,
            rows,
            damaged,
        })
    }

    fn named(&self, config: &UserConfig, id: &GoogleEventId) -> Named {
        match self.sealer.unseal(id.as_str()) {
            Ok((sealed, part)) if sealed.calendar.user() == config.user => {
                Named::Block(sealed, part)
            }
            Ok(_) => Named::Foreign,
            Err(_) if looks_like_a_block(id.as_str()) => Named::Foreign,
            Err(_) => Named::Event,
        }
    }

    fn explained(
        &self,
        (config, pairs): (&UserConfig, &Pairs),
        row: &Row,
        follows: bool,
        all: &[Row],
    ) -> ExplainedRow {
        let series = row.source.occurrence().map(|(series, _)| series);
        let series = series.and_then(|key| all.iter().find(|row| row.key == *key));
        let mut targets: Vec<_> = config.calendars.keys().chain(row.mirrors.keys()).collect();
        targets.sort();
        targets.dedup();
        let orphan = row.key.as_orphan().is_some();
        let others = targets
            .into_iter()
            .filter(|target| orphan || **target != row.calendar)
            .filter(|target| !orphan || row.mirrors.contains_key(target));
        ExplainedRow {
            targets: others
                .map(|target| self.on_target((config, pairs), row, series, *target))
                .collect(),
            row: row.clone(),
            follows,
        }
    }

    fn on_target(
        &self,
        (config, pairs): (&UserConfig, &Pairs),
        row: &Row,
        series: Option<&Row>,
        target: CalendarId,
    ) -> ExplainedTarget {
        let mirror = row.mirrors.get(&target).cloned().unwrap_or_default();
        ExplainedTarget {
            calendar: target,
            standing: standing(row, target, config, pairs, self.now()),
            block: self.block_of(row, series, target, &mirror),
            content: pairs
                .rule(row.calendar, target)
                .and_then(|rule| content::of_row(row, series, rule)),
            mirror,
        }
    }

    fn block_of(
        &self,
        row: &Row,
        series: Option<&Row>,
        target: CalendarId,
        mirror: &Mirror,
    ) -> Option<BlockRef> {
        if mirror.blank() {
            return None;
        }
        if is_occurrence(mirror) {
            let (_, original) = row.source.occurrence()?;
            let series = series?;
            let generation = series.mirrors.get(&target)?.generation;
            let part = Part::Occurrence(original.clone());
            return Some(self.name_block(series.calendar, &series.key, generation, part));
        }
        let (calendar, event) = row
            .key
            .as_orphan()
            .unwrap_or((row.calendar, row.key.clone()));
        Some(self.name_block(calendar, &event, mirror.generation, Part::Whole))
    }

    /// What Google shows of a source event now, read as a sync by `config` reads it.
    pub async fn source_now(
        &self,
        config: &UserConfig,
        calendar: CalendarId,
        id: &GoogleEventId,
    ) -> Now<SourceEvent> {
        let Some(own) = config.calendars.get(&calendar) else {
            return no_credentials();
        };
        let Some(client) = self.client(own) else {
            return no_credentials();
        };
        let pairs = config.pairs();
        let reader = self.reader(calendar, pairs.needs(calendar), None);
        let read = |event: Event| match reader.event(&event) {
            Seen::Fact(Fact::Source(SourceFact::Live(event))) => Now::There(event),
            Seen::Fact(Fact::Source(SourceFact::Gone { .. } | SourceFact::Hidden { .. })) => {
                Now::Deleted
            }
            Seen::Fact(Fact::Source(SourceFact::Unreadable { reason, .. })) => Now::Unknown(reason),
            Seen::Fact(Fact::Block(_)) | Seen::Foreign => {
                Now::Unknown("it is marked as a block".to_owned())
            }
        };
        answered(client.events_get(&own.google, id).await, read)
    }

    /// What Google shows of a block now, compared with what it should hold.
    pub async fn block_now(
        &self,
        own: &CalendarConfig,
        block: &BlockRef,
        wanted: Option<&BlockContent>,
    ) -> Now<BlockNow> {
        let Some(client) = self.client(own) else {
            return no_credentials();
        };
        let read = |event: Event| match event.is_cancelled() {
            true => Now::Deleted,
            false => Now::There(compared(content::content(&event), wanted)),
        };
        answered(client.get_block(&own.google, block).await, read)
    }
}

fn is_occurrence(mirror: &Mirror) -> bool {
    match mirror.due() {
        Want::Instance(_) | Want::Hidden => true,
        Want::Own(_) => false,
        Want::Nothing => matches!(
            mirror.have,
            Have::Instance(_) | Have::Hidden | Have::Unknown
        ),
    }
}

/// The rows of one calendar that an id means: its own; or, of an occurrence without a row, its series'.
fn meant<'r>(
    rows: &'r [Row],
    named: &Named,
    id: &GoogleEventId,
) -> impl Iterator<Item = (&'r Row, bool)> + use<'r> {
    let (exact, series) = match named {
        Named::Foreign => (Vec::new(), Vec::new()),
        Named::Event => (by_id(rows, id), series_of(rows, id)),
        Named::Block(sealed, part) => by_block(rows, sealed, part),
    };
    let follows = exact.is_empty();
    let rows = if follows { series } else { exact };
    rows.into_iter().map(move |row| (row, follows))
}

fn by_id<'r>(rows: &'r [Row], id: &GoogleEventId) -> Vec<&'r Row> {
    let key = EventKey::of(id);
    rows.iter()
        .filter(|row| row.key == key || google_id(row) == Some(id))
        .collect()
}

fn google_id(row: &Row) -> Option<&GoogleEventId> {
    match &row.source {
        Source::Live(event) => Some(&event.id),
        Source::Hidden { id, .. } => Some(id),
        Source::Unseen | Source::Follows { .. } | Source::Gone => None,
    }
}

fn series_of<'r>(rows: &'r [Row], id: &GoogleEventId) -> Vec<&'r Row> {
    let Some((series, stamp)) = id.as_str().rsplit_once('_') else {
        return Vec::new();
    };
    let (Ok(series), Ok(_)) = (GoogleEventId::parse(series), Stamp::parse(stamp)) else {
        return Vec::new();
    };
    by_id(rows, &series)
}

fn by_block<'r>(rows: &'r [Row], sealed: &Sealed, part: &Part) -> (Vec<&'r Row>, Vec<&'r Row>) {
    let orphan = EventKey::orphan(sealed.calendar, &sealed.event);
    let own = |row: &&Row| {
        let own = row.calendar == sealed.calendar && row.key == sealed.event;
        own || row.key == orphan
    };
    let whole: Vec<_> = rows.iter().filter(own).collect();
    match part {
        Part::Whole | Part::Split(_) => (whole, Vec::new()),
        Part::Occurrence(stamp) => {
            let key = EventKey::exception(&sealed.event, stamp);
            let of = |row: &&Row| row.calendar == sealed.calendar && row.key == key;
            (rows.iter().filter(of).collect(), whole)
        }
    }
}

fn no_credentials<T>() -> Now<T> {
    Now::Unknown("the account has no credentials here".to_owned())
}

fn answered<T>(
    answer: Result<Event, crate::google::Error>,
    read: impl FnOnce(Event) -> Now<T>,
) -> Now<T> {
    match answer {
        Ok(event) => read(event),
        Err(why) if why.class() == Class::Absent => Now::Absent,
        Err(why) => Now::Unknown(why.said()),
    }
}

fn compared(content: BlockContent, wanted: Option<&BlockContent>) -> BlockNow {
    let differs = wanted.filter(|wanted| **wanted != content);
    BlockNow {
        differs: differs.map(|wanted| content::differing(&content, wanted)),
        content,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Generation, InstallKey, Sealer, UserId};

    fn calendar() -> CalendarId {
        let key = InstallKey::new([1; InstallKey::BYTES]);
        let google = crate::model::GoogleCalendarId::parse("work").unwrap();
        CalendarId::derive(&key, UserId::derive(&key, "ann"), &google)
    }

    fn row(key: &str) -> Row {
        Row::new(calendar(), EventKey::parse(key).unwrap())
    }

    #[track_caller]
    fn check(named: &Named, id: &str, expected: &[(&str, bool)]) {
        let rows = [row("single"), row("series"), row("series_20260101")];
        let id = GoogleEventId::parse(id).unwrap();
        let found: Vec<_> = meant(&rows, named, &id)
            .map(|(row, follows)| (row.key.as_str(), follows))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn an_id_leads_to_its_row_or_to_that_of_its_series() {
        check(&Named::Event, "single", &[("single", false)]);
        check(&Named::Event, "series", &[("series", false)]);
        check(
            &Named::Event,
            "series_20260101",
            &[("series_20260101", false)],
        );
        check(&Named::Event, "series_20260102", &[("series", true)]);
        check(&Named::Event, "nothing", &[]);
        check(&Named::Event, "single_x", &[]);
        check(&Named::Foreign, "single", &[]);
    }

    #[test]
    fn a_block_leads_to_the_row_of_its_source() {
        let sealed = Sealed {
            calendar: calendar(),
            event: EventKey::parse("series").unwrap(),
            generation: Generation(3),
        };
        let id = Sealer::new(InstallKey::new([1; InstallKey::BYTES])).seal(&sealed);
        let block = |part| Named::Block(sealed.clone(), part);
        check(&block(Part::Whole), id.as_str(), &[("series", false)]);
        let exception = block(Part::Occurrence(Stamp::parse("20260101").unwrap()));
        check(&exception, id.as_str(), &[("series_20260101", false)]);
        let other = block(Part::Occurrence(Stamp::parse("20260108").unwrap()));
        check(&other, id.as_str(), &[("series", true)]);
    }
}
