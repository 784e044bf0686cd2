//! A cloud in one process: people with calendars, the table, the queues, and the five functions over their real wires.

use std::sync::{Arc, Mutex};

use aws::queues::{self, QueueUrls};
use aws::secrets::Secrets;
use aws::shape::{Function, Queue};
use aws::site::Site;
use aws::sqs::Sqs;
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region, SharedHttpClient};
use dispatch_handler::Dispatch;
use health_handler::Doctor;
use jiff::Timestamp;
use local::check::{Fault, faults};
use local::clock::Simulated;
use local::world::{Login, TABLE, World};
use repair_handler::Repairer;
use shared::engine::{Enrolment, Wish};
use shared::google;
use shared::lambda::{Aws, Function as _, Lines, Variables, WorkerConfig};
use shared::metrics::Line;
use shared::model::{AccountId, CalendarId, InstallKey, UserId};
use simulator::{NewAccount, Settings, Simulator};
use sync_handler::Syncer;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use validation_handler::Validator;
use wire::Schedule;
use wire::client::{Taps, embedded};
use wire::sns::Sns;

use crate::bench::{NOW, chrono_now};

const TOPIC: &str = "arn:aws:sns:us-east-1:000000000000:alerts";
const SECRET: &str = "install-key";
const KEY: [u8; InstallKey::BYTES] = [7; InstallKey::BYTES];

/// A cloud.
pub(crate) struct Cloud {
    pub(crate) world: World,
    pub(crate) sqs: Sqs,
    pub(crate) topic: Sns,
    lines: Arc<Mutex<Vec<Line>>>,
    pub(crate) secrets: Secrets,
    queues: QueueUrls,
    /// Google's ids of each person's calendars.
    pub(crate) people: Vec<Vec<String>>,
}

/// One process of each function.
pub(crate) struct Functions {
    pub(crate) dispatch: Dispatch,
    pub(crate) sync: Syncer,
    pub(crate) validation: Validator,
    pub(crate) repair: Repairer,
    pub(crate) health: Doctor,
}

/// Google's id of a person's calendar; the first is their own.
pub(crate) fn calendar(person: usize, number: usize) -> String {
    match number {
        0 => format!("p{person}@example.com"),
        _ => format!("p{person}c{number}@group.calendar.google.com"),
    }
}

impl Cloud {
    /// `people` with `calendars` each, filled by `fill`; nobody is connected yet.
    pub(crate) async fn of(
        people: usize,
        calendars: usize,
        fill: impl FnMut(&mut Simulator, usize),
    ) -> Self {
        Self::at(NOW.parse().unwrap(), people, calendars, fill).await
    }

    /// The same in the machine's own present, for processes that have a clock of their own.
    pub(crate) async fn now_with(
        people: usize,
        calendars: usize,
        fill: impl FnMut(&mut Simulator, usize),
    ) -> Self {
        Self::at(present(), people, calendars, fill).await
    }

    async fn at(
        now: Timestamp,
        people: usize,
        calendars: usize,
        mut fill: impl FnMut(&mut Simulator, usize),
    ) -> Self {
        let clock = Simulated::running(now);
        let mut google = Simulator::new(Settings {
            now: chrono_now(clock.now()),
            ..Settings::default()
        });
        let zone: chrono_tz::Tz = "Europe/Berlin".parse().unwrap();
        for person in 0..people {
            let account = NewAccount {
                email: calendar(person, 0),
                access_tokens: vec![format!("token{person}")],
                ..NewAccount::default()
            };
            google.add_account(account, zone);
            for number in 1..calendars {
                let name = format!("Calendar {number}");
                google.add_calendar(&calendar(person, number), &name, zone, &calendar(person, 0));
            }
            fill(&mut google, person);
        }
        let login = |person| Login {
            account: account(person),
            access_token: format!("token{person}"),
        };
        let table = wire::Engine::memory(&clock.wire()).unwrap();
        let logins = (0..people).map(login).collect();
        let world = World::new(google, table, clock.clone(), InstallKey::new(KEY), logins);
        let (site, digits) = (Site::default(), "07".repeat(InstallKey::BYTES));
        let sqs = Sqs::new(
            &site,
            "http://queues.invalid/000000000000",
            &clock.wire(),
            1,
        );
        Self {
            secrets: Secrets::new(&site, [(SECRET.to_owned(), digits)]),
            topic: Sns::with(&[TOPIC]),
            lines: Arc::default(),
            queues: queues::make(&sqs, &site).await.unwrap(),
            people: (0..people)
                .map(|person| {
                    (0..calendars)
                        .map(|number| calendar(person, number))
                        .collect()
                })
                .collect(),
            world,
            sqs,
        }
    }

    /// Connects everybody, as `tidelock connect` does.
    pub(crate) async fn connect(&self) {
        let worker = self.world.worker(&Schedule::none(), 0);
        worker.store().create_table().await.unwrap();
        for person in 0..self.people.len() {
            let token = format!("token{person}");
            let credentials = google::Credentials::AccessToken(token.into());
            let name = format!("p{person}");
            let enrolment = Enrolment {
                user: UserId::derive(self.world.key(), &name),
                name: &name,
                rules: None,
                wishes: &[Wish {
                    account: account(person),
                    calendars: None,
                }],
                credentials: &[(account(person), credentials)].into(),
            };
            worker.enrol(self.world.key(), &enrolment).await.unwrap();
        }
        self.world.google().clear_log();
    }

    /// The functions' processes, all of whose requests go through `schedule`.
    pub(crate) async fn functions(&self, schedule: &Schedule, seed: u64) -> Functions {
        self.functions_over(|_| schedule.clone(), seed).await
    }

    /// The same, where the start itself may fail: Lambda would start them again.
    pub(crate) async fn functions_that_may_fail(
        &self,
        schedule: &Schedule,
        seed: u64,
    ) -> Option<Functions> {
        for again in 0..10 {
            if let Some(functions) = self.built(|_| schedule.clone(), seed + again * 100).await {
                return Some(functions);
            }
        }
        None
    }

    /// The functions' processes, each with a schedule of its own.
    pub(crate) async fn functions_over(
        &self,
        over: impl Fn(Function) -> Schedule,
        seed: u64,
    ) -> Functions {
        self.built(over, seed).await.unwrap()
    }

    async fn built(&self, over: impl Fn(Function) -> Schedule, seed: u64) -> Option<Functions> {
        let aws = |function| self.aws(&over(function), seed);
        let worker = async |function: Function| {
            let config = self.read(WorkerConfig::read);
            let transport = self.world.transport(&over(function));
            config
                .build_over(transport, &aws(function), function.name())
                .await
                .ok()
        };
        let queue = |function, queue| aws(function).queue(self.queues.of(queue));
        Some(Functions {
            dispatch: Dispatch::new(self.read(Dispatch::read), &aws(Function::Dispatch))
                .await
                .ok()?,
            sync: Syncer::of(worker(Function::Sync).await?),
            validation: Validator::of(
                worker(Function::Validation).await?,
                queue(Function::Validation, Queue::Validation),
                queue(Function::Validation, Queue::Repair),
            ),
            repair: Repairer::of(worker(Function::Repair).await?),
            health: Doctor::new(self.read(Doctor::read), &aws(Function::Health))
                .await
                .ok()?,
        })
    }

    fn aws(&self, schedule: &Schedule, seed: u64) -> Aws {
        let taps = Taps {
            meter: self.world.meter.clone(),
            schedule: schedule.clone(),
            ..Taps::default()
        };
        Aws {
            dynamodb: embedded(self.world.table(), &taps),
            sqs: self.sqs_client(schedule),
            sns: aws_sdk_sns::Client::from_conf(
                aws_sdk_sns::Config::builder()
                    .behavior_version(BehaviorVersion::latest())
                    .region(Region::from_static("us-east-1"))
                    .credentials_provider(nobody())
                    .endpoint_url("http://topics.invalid")
                    .http_client(self.topic.behind(schedule))
                    .build(),
            ),
            secrets: aws_sdk_secretsmanager::Client::from_conf(
                aws_sdk_secretsmanager::Config::builder()
                    .behavior_version(BehaviorVersion::latest())
                    .region(Region::from_static("us-east-1"))
                    .credentials_provider(nobody())
                    .endpoint_url("http://secrets.invalid")
                    .http_client(SharedHttpClient::new(self.secrets.behind(schedule)))
                    .build(),
            ),
            clock: self.world.clock().shared(),
            seed,
            lines: self.kept_lines(),
        }
    }

    /// A client of the queues whose requests go through `schedule`.
    pub(crate) fn sqs_client(&self, schedule: &Schedule) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::from_conf(
            aws_sdk_sqs::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::from_static("us-east-1"))
                .credentials_provider(nobody())
                .endpoint_url("http://queues.invalid")
                .http_client(self.sqs.behind(schedule))
                .build(),
        )
    }

    /// Moves a calendar's token past everything that happened to it, as if that had been read.
    pub(crate) async fn skip_echo(&self, person: usize, number: usize) {
        let (store, id) = (
            self.world.store(&Schedule::none(), 8),
            self.ids(person)[number],
        );
        let state = store.state(id).await.unwrap().unwrap();
        let name = shared::model::GoogleCalendarId::parse(calendar(person, number)).unwrap();
        let client = self.world.worker_client(person).unwrap();
        let since = google::Since::Token(state.token.clone().unwrap());
        let listing = client.events_list(&name, &since).await.unwrap();
        let touched = store
            .touch(&state, &listing.sync_token, self.world.clock().now())
            .await;
        assert_eq!(touched, Ok(shared::store::Put::Written));
    }

    /// What a function reads from the environment that the template gives it.
    fn read<T>(&self, read: impl FnOnce(&mut Variables<'_>) -> Option<T>) -> T {
        let lookup = |name: &str| self.variable(name);
        let mut variables = Variables::new(&lookup);
        let config = read(&mut variables);
        assert_eq!(variables.problems(), []);
        config.unwrap()
    }

    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        let queue = |queue| Some(self.queues.of(queue).to_owned());
        match name {
            "TIDELOCK_TABLE" => Some(TABLE.to_owned()),
            "TIDELOCK_KEY_SECRET" => Some(SECRET.to_owned()),
            "TIDELOCK_SYNC_QUEUE" => queue(Queue::Sync),
            "TIDELOCK_VALIDATION_QUEUE" => queue(Queue::Validation),
            "TIDELOCK_REPAIR_QUEUE" => queue(Queue::Repair),
            "TIDELOCK_QUARANTINE_QUEUE" => queue(Queue::Quarantine),
            "TIDELOCK_ALERT_TOPIC" => Some(TOPIC.to_owned()),
            _ => None,
        }
    }

    /// Our ids of a person's calendars.
    pub(crate) fn ids(&self, person: usize) -> Vec<CalendarId> {
        let key = self.world.key();
        let user = UserId::derive(key, &format!("p{person}"));
        let id = |name: &String| {
            let google = shared::model::GoogleCalendarId::parse(name.clone()).unwrap();
            CalendarId::derive(key, user, &google)
        };
        self.people[person].iter().map(id).collect()
    }

    /// Everything that is not in step, of everybody.
    pub(crate) fn faults(&self) -> Vec<Fault> {
        let google = self.world.google();
        self.people
            .iter()
            .flat_map(|names| faults(&google, names))
            .collect()
    }

    /// Serves the simulated Google over HTTP; where.
    pub(crate) async fn serve_google(&self, served: &mut JoinSet<()>) -> String {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let clock = self.world.clock().clone();
        let now: simulator::server::Clock = Arc::new(move || chrono_now(clock.now()));
        let google = self.world.shared_google();
        served.spawn(async move {
            let never = std::future::pending();
            simulator::server::serve(listener, google, now, never)
                .await
                .unwrap();
        });
        address
    }

    fn kept_lines(&self) -> Lines {
        let kept = Arc::clone(&self.lines);
        Lines::new(move |line| kept.lock().unwrap().push(line.clone()))
    }

    /// The metrics since the last time.
    pub(crate) fn take_lines(&self) -> Vec<Line> {
        std::mem::take(&mut *self.lines.lock().unwrap())
    }

    /// A queue's address.
    pub(crate) fn url(&self, queue: Queue) -> &str {
        self.queues.of(queue)
    }

    /// Messages that a queue holds, in whichever state.
    pub(crate) fn held(&self, queue: Queue) -> usize {
        let depth = self.sqs.depth(&queue.name()).unwrap();
        depth.visible + depth.in_flight + depth.delayed
    }
}

/// The machine's own present.
pub(crate) fn present() -> Timestamp {
    let now = wire::Clock::system().now_millis();
    Timestamp::from_millisecond(now as i64).unwrap()
}

fn account(person: usize) -> AccountId {
    AccountId(format!("p{person}/work"))
}

fn nobody() -> Credentials {
    Credentials::new("local", "local", None, None, "tests")
}
