//! Dead letters, counted and moved back, over a queue service behind a real socket.

use aws::queues::{self, QueueUrls};
use aws::serve::serve;
use aws::shape::{MAX_RECEIVES, Queue};
use aws::site::Site;
use aws::sqs::Sqs;
use local::exit::Exit;
use serde_json::json;
use tokio::net::TcpListener;
use wire::{Clock, Schedule};

use super::bench::tidelock;

struct Queues {
    endpoint: String,
    sqs: Sqs,
    urls: QueueUrls,
}

async fn queues() -> Queues {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let sqs = Sqs::new(&Site::default(), &endpoint, &Clock::system(), 1);
    let service = sqs.connector(&Schedule::none());
    tokio::spawn(serve(listener, service, std::future::pending()));
    let urls = queues::make(&sqs, &Site::default()).await.unwrap();
    Queues {
        endpoint,
        sqs,
        urls,
    }
}

impl Queues {
    /// Sends a message to the sync queue that nobody ever finishes.
    async fn kill(&self, body: &str) {
        let url = self.urls.of(Queue::Sync);
        let sent = json!({ "QueueUrl": url, "MessageBody": body });
        self.sqs.call("SendMessage", &sent).await.unwrap();
        for _ in 0..=MAX_RECEIVES {
            let asked = json!({ "QueueUrl": url, "VisibilityTimeout": 0 });
            self.sqs.call("ReceiveMessage", &asked).await.unwrap();
        }
    }

    fn depth(&self, queue: Queue) -> usize {
        self.sqs.depth(&queue.name()).unwrap().visible
    }
}

#[tokio::test]
async fn dead_letters_are_counted_and_moved_only_when_told_to() {
    let queues = queues().await;
    for body in ["a", "b"] {
        queues.kill(body).await;
    }
    let ask = [
        "redrive",
        "--endpoint",
        queues.endpoint.as_str(),
        "--queue",
        "sync",
    ];
    let looked = tidelock(&ask).await;
    let text = "tidelock-sync-dead-letters: 2 dead letters\n  nothing was moved; --apply does it\n";
    assert_eq!(looked.ends(Exit::NotInStep).out, text);
    assert_eq!(queues.depth(Queue::SyncDeadLetters), 2);

    let moved = tidelock(&[&ask[..], &["--apply"]].concat()).await;
    assert!(
        moved
            .ends(Exit::Fine)
            .out
            .ends_with("moved 2; no dead letter left\n"),
        "{moved:?}"
    );
    assert_eq!(queues.depth(Queue::SyncDeadLetters), 0);
    assert_eq!(queues.depth(Queue::Sync), 2);
    let again = tidelock(&ask).await;
    assert_eq!(
        again.ends(Exit::Fine).out,
        "tidelock-sync-dead-letters: no dead letter\n"
    );
}

#[tokio::test]
async fn a_queue_is_named_by_its_arn_too() {
    let queues = queues().await;
    queues.kill("a").await;
    let arn = Site::default().queue_arn(&Queue::SyncDeadLetters.name());
    let moved = tidelock(&["redrive", &arn, "--endpoint", &queues.endpoint, "--apply"]).await;
    assert!(moved.ends(Exit::Fine).out.contains("moved 1"), "{moved:?}");
}

#[tokio::test]
async fn what_is_no_dead_letter_queue_is_refused_in_words() {
    let queues = queues().await;
    let bad = tidelock(&["redrive", "sync", "--endpoint", &queues.endpoint]).await;
    assert!(
        bad.ends(Exit::Usage).err.contains("no queue's ARN"),
        "{bad:?}"
    );
    let arn = Site::default().queue_arn("absent");
    let absent = tidelock(&["redrive", &arn, "--endpoint", &queues.endpoint]).await;
    let told = &absent.ends(Exit::NotInStep).err;
    assert!(
        told.contains("absent: it cannot be found: AWS.SimpleQueueService.NonExistentQueue"),
        "{told}"
    );
    let none = tidelock(&["redrive", "--apply"]).await;
    assert!(none.ends(Exit::Usage).err.contains("QUEUE_ARN"), "{none:?}");
}
