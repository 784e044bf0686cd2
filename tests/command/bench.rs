//! A Google behind a socket, a folder to work in, and the command.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use ::simulator::server::{Shared, serve};
use ::simulator::{Effect, Fault, Matcher, NewAccount, Settings, Simulator, Times, default_world};
use chrono::{DateTime, Duration, DurationRound, Utc};
use local::check::faults;
use local::exit::Exit;
use local::host::{Host, Stop};
use local::{cli, system};
use serde_json::{Value, json};
use shared::store::Store;
use tempfile::TempDir;
use tokio::net::TcpListener;
use wire::client::{Taps, embedded};

use crate::disasters::live_blocks;

/// The second account of the simulated Google.
pub(super) const HOME: &str = "home@example.com";
/// Its access token.
pub(super) const HOME_TOKEN: &str = "tok_home";

/// Its refresh token.
pub(super) const HOME_REFRESH: &str = "refresh_home";

/// The present. The command reads the machine's clock, and so does everything around it.
pub(super) fn now() -> DateTime<Utc> {
    let now = system::clock().now();
    DateTime::from_timestamp_micros(now.as_microsecond()).unwrap()
}

/// What a run of the command left behind.
#[derive(Debug)]
pub(super) struct Ran {
    pub(super) exit: Exit,
    pub(super) out: String,
    pub(super) err: String,
}

impl Ran {
    /// The object that `--json` printed, and that nothing stands beside it.
    pub(super) fn json(&self) -> Value {
        assert_eq!(self.out.lines().count(), 1, "{self:?}");
        serde_json::from_str(&self.out).unwrap()
    }

    #[track_caller]
    pub(super) fn ends(&self, exit: Exit) -> &Self {
        assert_eq!(self.exit, exit, "{self:?}");
        self
    }
}

/// Runs the command with what `stop` says.
pub(super) async fn tidelock_until(args: &[&str], stop: Stop) -> Ran {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let exit = {
        let host = Host::new(&mut out, &mut err, &variable, system::clock(), stop);
        Box::pin(cli::run(
            std::iter::once("tidelock").chain(args.iter().copied()),
            &host,
        ))
        .await
    };
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran {
        exit,
        out: text(out),
        err: text(err),
    }
}

/// Runs the command to its end.
pub(super) async fn tidelock(args: &[&str]) -> Ran {
    tidelock_until(args, Stop::never()).await
}

/// The environment of every run.
fn variable(name: &str) -> Option<String> {
    (name == "HOME_TOKEN").then(|| HOME_TOKEN.to_owned())
}

/// Bytes that several sides hold.
#[derive(Debug, Clone, Default)]
pub(super) struct Heard(Arc<Mutex<Vec<u8>>>);

impl Heard {
    pub(super) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Heard {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A simulated Google behind a socket, and a folder with a config.
pub(super) struct Bench {
    google: Shared,
    port: u16,
    pub(super) folder: TempDir,
}

impl Bench {
    /// Two accounts with three calendars and a few events.
    pub(super) async fn new() -> Self {
        let mut google = default_world(Settings {
            now: now(),
            ..Settings::default()
        });
        let home = NewAccount {
            email: HOME.into(),
            access_tokens: vec![HOME_TOKEN.into()],
            refresh_tokens: vec![HOME_REFRESH.into()],
            client_id: "client".into(),
            client_secret: "shh".into(),
            ..NewAccount::default()
        };
        google.add_account(home, chrono_tz::Tz::UTC);
        for day in 1..=4 {
            let id = format!("work{day}");
            google
                .insert_event(::simulator::EMAIL, event(&id, day, 9))
                .unwrap();
        }
        google.insert_event(HOME, event("homeone", 2, 18)).unwrap();
        Self::around(google).await
    }

    async fn around(google: Simulator) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let google: Shared = Arc::new(Mutex::new(google));
        let served = serve(
            listener,
            Arc::clone(&google),
            Arc::new(now),
            std::future::pending(),
        );
        tokio::spawn(served);
        Self {
            google,
            port,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(super) fn google(&self) -> MutexGuard<'_, Simulator> {
        self.google.lock().unwrap()
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The `[google]` table of a config.
    pub(super) fn google_table(&self) -> String {
        let base = format!("http://127.0.0.1:{}", self.port);
        format!("[google]\napi = \"{base}/calendar/v3\"\ntoken = \"{base}/token\"\n")
    }

    /// A config of one person with both accounts.
    pub(super) fn config(&self, store: &str) -> String {
        format!(
            "{}[store]\n{store}\n[[user]]\nname = \"ann\"\n\
             [[user.account]]\nname = \"work\"\naccess_token = \"tok_test\"\n\
             [[user.account]]\nname = \"home\"\naccess_token = \"env:HOME_TOKEN\"\n",
            self.google_table()
        )
    }

    /// The same, with the second account by its refresh token.
    pub(super) fn config_with_consent(&self, store: &str) -> String {
        let by_token = "access_token = \"env:HOME_TOKEN\"";
        let by_consent = format!(
            "refresh_token = \"{HOME_REFRESH}\"\nclient_id = \"client\"\nclient_secret = \"shh\""
        );
        self.config(store).replace(by_token, &by_consent)
    }

    /// Everything that the table in `state` holds.
    pub(super) fn items(&self) -> Vec<Value> {
        let engine = wire::Engine::open(&self.path("state").join("tidelock.db")).unwrap();
        crate::crash::snapshot::scan(&engine)
    }

    /// Writes the config and returns its path.
    pub(super) fn write(&self, config: &str) -> String {
        let path = self.path("tidelock.toml");
        std::fs::write(&path, config).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// `tidelock sync --once` with this config.
    pub(super) async fn sync(&self, config: &str) -> Ran {
        let path = self.write(config);
        tidelock(&["sync", "--config", &path, "--once"]).await
    }

    /// Any other command on this config: its name and arguments.
    pub(super) async fn run(&self, config: &str, args: &[&str]) -> Ran {
        let path = self.write(config);
        let config = ["--config", path.as_str()];
        tidelock(&[args, &config].concat()).await
    }

    /// Google refuses every request of this kind to a calendar.
    pub(super) fn refuse(&self, kind: &str, calendar: &str, code: u16, reason: &str) {
        self.google().inject(Fault {
            on: Matcher::kind(kind).on_calendar(calendar),
            times: Times::Always,
            effect: Effect::Status {
                code,
                reason: reason.into(),
                retry_after: None,
            },
        });
    }

    /// The ids of the blocks that a calendar holds.
    pub(super) fn blocks(&self, calendar: &str) -> Vec<String> {
        let events = self.google().events(calendar);
        let live = events.into_iter().filter(|event| {
            event.id.starts_with("tidelock") && event.status != ::simulator::Status::Cancelled
        });
        live.map(|event| event.id).collect()
    }

    /// The same with `--json`.
    pub(super) async fn sync_json(&self, config: &str) -> Ran {
        let path = self.write(config);
        tidelock(&["sync", "--config", &path, "--once", "--json"]).await
    }

    /// Demands that the calendars of both accounts hold what they should and nothing else, as Google shows them.
    #[track_caller]
    pub(super) fn in_step(&self) {
        let google = self.google();
        assert_eq!(faults(&google, &google.calendar_ids()), []);
    }

    /// Requests to Google so far that changed something.
    pub(super) fn google_writes(&self) -> usize {
        let google = self.google();
        let writes = google.log().iter().filter(|request| {
            request.applied
                && request.kind.starts_with("events.")
                && !request.kind.starts_with("events.list")
        });
        writes
            .filter(|request| request.kind != "events.get" && request.kind != "events.instances")
            .count()
    }

    /// The calendar that is none of these.
    pub(super) fn calendar_beside(&self, known: &[&str]) -> String {
        let mut ids = self.google().calendar_ids().into_iter();
        ids.find(|id| !known.contains(&id.as_str())).unwrap()
    }

    /// How many blocks stand on a calendar, of any installation.
    pub(super) fn blocks_on(&self, calendar: &str) -> usize {
        live_blocks(&self.google(), calendar).len()
    }

    /// The users that the table in `state` knows.
    pub(super) async fn names(&self) -> Vec<String> {
        let engine = wire::Engine::open(&self.path("state").join("tidelock.db")).unwrap();
        let store = Store::new(embedded(&engine, &Taps::default()), "tidelock", 1);
        let users = store.users().await.unwrap().into_iter();
        let mut names: Vec<_> = users.map(|(_, name)| name).collect();
        names.sort();
        names
    }

    /// Files beside the config, by name.
    pub(super) fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "tidelock.toml")
            .collect();
        names.sort();
        names
    }
}

/// An hour, `day` days from now at `hour` o'clock UTC.
pub(super) fn event(id: &str, day: i64, hour: i64) -> Value {
    let start = now().duration_trunc(Duration::days(1)).unwrap()
        + Duration::days(day)
        + Duration::hours(hour);
    let at = |time: DateTime<Utc>| json!({"dateTime": time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)});
    json!({"id": id, "summary": format!("secret {id}"), "start": at(start), "end": at(start + Duration::hours(1))})
}

/// The number at a path of a report, like `dynamodb.write_units`.
pub(super) fn number(report: &Value, path: &str) -> f64 {
    let part = path.split('.').fold(report, |value, name| &value[name]);
    part.as_f64().unwrap_or(0.0)
}

/// Whether a path is there at all.
pub(super) fn is_there(path: &Path) -> bool {
    path.try_exists().unwrap()
}
