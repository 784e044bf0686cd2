use std::{
    net::SocketAddr,
    sync::atomic::{AtomicI64, AtomicUsize, Ordering},
};

use chrono::TimeDelta;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::*;
use crate::{ACCESS_TOKEN, Effect, Fault, Matcher, Settings, Times, default_world};

/// A served world whose clock the test moves.
struct Served {
    base: String,
    world: Shared,
    seconds: Arc<AtomicI64>,
    client: reqwest::Client,
    stop: oneshot::Sender<()>,
    task: tokio::task::JoinHandle<io::Result<()>>,
}

async fn served() -> Served {
    let start = Settings::default().now;
    let world = Arc::new(Mutex::new(default_world(Settings::default())));
    let seconds = Arc::new(AtomicI64::new(0));
    let clock = seconds.clone();
    let now: Clock = Arc::new(move || start + TimeDelta::seconds(clock.load(Ordering::SeqCst)));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/calendar/v3", listener.local_addr().unwrap());
    let (stop, stopped) = oneshot::channel();
    let shutdown = async { stopped.await.unwrap_or_default() };
    let task = tokio::spawn(serve(listener, world.clone(), now, shutdown));
    let _already = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    Served {
        base,
        world,
        seconds,
        client,
        stop,
        task,
    }
}

impl Served {
    async fn list(&self) -> reqwest::Result<Value> {
        let url = format!("{}/calendars/primary/events", self.base);
        let text = self
            .client
            .get(url)
            .bearer_auth(ACCESS_TOKEN)
            .send()
            .await?
            .text()
            .await?;
        Ok(serde_json::from_str(&text).unwrap())
    }

    async fn watch(&self, hook: SocketAddr) {
        let body = json!({"id": "c1", "type": "web_hook", "address": format!("http://{hook}/hook"), "token": "secret"});
        let url = format!("{}/calendars/primary/events/watch", self.base);
        let answer = self
            .client
            .post(url)
            .bearer_auth(ACCESS_TOKEN)
            .body(body.to_string())
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
    }
}

/// A receiver that answers 503 to the first calls.
async fn receiver(failures: usize) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (log, count) = (seen.clone(), Arc::new(AtomicUsize::new(0)));
    let app = Router::new().fallback(move |request: Request| async move {
        let state = request
            .headers()
            .get("x-goog-resource-state")
            .and_then(|value| value.to_str().ok());
        log.lock()
            .unwrap()
            .push(state.unwrap_or_default().to_owned());
        let failed = count.fetch_add(1, Ordering::SeqCst) < failures;
        if failed {
            StatusCode::SERVICE_UNAVAILABLE
        } else {
            StatusCode::NO_CONTENT
        }
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    (address, seen)
}

async fn until(seen: &Arc<Mutex<Vec<String>>>, count: usize) -> Vec<String> {
    for _ in 0..200 {
        if seen.lock().unwrap().len() >= count {
            break;
        }
        time::sleep(Duration::from_millis(20)).await;
    }
    seen.lock().unwrap().clone()
}

#[tokio::test]
async fn a_lost_connection_is_an_error_for_the_client_and_the_server_goes_on() {
    let served = served().await;
    lock(&served.world).inject(Fault {
        on: Matcher::default(),
        times: Times::Once,
        effect: Effect::LostAfter,
    });
    assert!(served.list().await.is_err());
    assert_eq!(served.list().await.unwrap()["kind"], "calendar#events");
    served.stop.send(()).unwrap();
    assert!(served.task.await.unwrap().is_ok());
}

#[tokio::test]
async fn notifications_arrive_and_server_errors_are_tried_again_later() {
    let (hook, seen) = receiver(1).await;
    let served = served().await;
    served.watch(hook).await;
    assert_eq!(until(&seen, 1).await, ["sync"]);
    served.seconds.fetch_add(10, Ordering::SeqCst);
    assert_eq!(until(&seen, 2).await, ["sync", "sync"]);
}

#[tokio::test]
async fn the_sync_message_can_come_before_the_answer() {
    let (hook, seen) = receiver(0).await;
    let served = served().await;
    lock(&served.world).knobs_mut().push.sync_before_response = true;
    served.watch(hook).await;
    assert_eq!(seen.lock().unwrap().clone(), ["sync"]);
}

#[tokio::test]
async fn a_change_by_a_person_is_pushed_too() {
    let (hook, seen) = receiver(0).await;
    let served = served().await;
    served.watch(hook).await;
    let body = json!({"start": {"date": "2026-02-01"}, "end": {"date": "2026-02-02"}});
    lock(&served.world)
        .insert_event(crate::EMAIL, body)
        .unwrap();
    assert_eq!(until(&seen, 2).await, ["sync", "exists"]);
}
