//! The queue: what is cancelled, what waits, what goes first.

use super::*;
use image::RgbImage;

/// Takes ten steps, as slow as the test wants; fails, panics or waits by the model's name.
struct Steps;

impl Work for Steps {
    fn explain(&self, job: &ExplainJob, watch: &Watch) -> Result<Arc<Explanation>, Stop> {
        match job.model.as_str() {
            "fails" => return Err(Stop::Failed("no such model".to_owned())),
            "panics" => panic!("a defect"),
            "pauses" => {
                watch.say(What::Opening);
                while !watch.cancelled() {
                    std::thread::sleep(Duration::from_millis(1));
                }
                return Err(Stop::Cancelled);
            }
            "waits" => {
                while !watch.cancelled() {
                    std::thread::sleep(Duration::from_millis(1));
                }
                return Err(Stop::Cancelled);
            }
            _ => {}
        }
        watch.progress(10, 10);
        Err(Stop::Failed(format!("end of {}", job.model)))
    }

    fn model(&self, model: &str) -> Result<ModelRecord, String> {
        Err(format!("nothing is known of {model}"))
    }

    fn classifier(&self, model: &str) -> Result<Arc<Classifier>, String> {
        Err(format!("nothing is known of {model}"))
    }

    fn examiner(
        &self,
        model: &str,
        _: Framing,
    ) -> Result<(Box<dyn Examiner>, Option<String>), String> {
        Err(format!("nothing is known of {model}"))
    }

    fn use_device(&self, _: Device) {}
}

fn job(model: &str) -> ExplainJob {
    ExplainJob {
        picture: Arc::new(Picture {
            name: "p".to_owned(),
            alt: String::new(),
            pixels: RgbImage::new(1, 1),
            sha256: String::new(),
            notes: Vec::new(),
        }),
        model: model.to_owned(),
        request: Request::default(),
        on_stage: false,
    }
}

fn start() -> (Queue, mpsc::Receiver<JobNews>) {
    let (sender, news) = mpsc::channel();
    let queue = Queue::start(Arc::new(Steps), sender, Arc::new(|| {})).unwrap();
    (queue, news)
}

fn next(news: &mpsc::Receiver<JobNews>) -> JobNews {
    news.recv_timeout(Duration::from_secs(30))
        .expect("the worker reports")
}

#[test]
fn a_newer_request_cancels_the_older_one_of_its_slot() {
    let (queue, news) = start();
    let first = queue.submit(Slot(1), job("waits"));
    let second = queue.submit(Slot(1), job("fails"));
    // Depending on who is faster the first was dropped while it waited or cancelled while it
    // ran; either way the second is the one that ends.
    let mut last = next(&news);
    if last.ticket == first {
        assert!(matches!(last.what, What::Cancelled));
        last = next(&news);
    }
    assert_eq!(last.ticket, second);
    assert!(matches!(last.what, What::Failed(_)));
}

#[test]
fn cancelling_ends_running_work_and_other_slots_go_on() {
    let (queue, news) = start();
    queue.submit(Slot(1), job("waits"));
    queue.submit(Slot(2), job("fails"));
    queue.cancel(Slot(1));
    let mut slots = Vec::new();
    while !slots.contains(&Slot(2)) {
        slots.push(next(&news).slot);
    }
}

#[test]
fn what_somebody_waits_for_displaces_what_is_computed_ahead() {
    let (queue, news) = start();
    let ahead = queue.submit_later(Slot(1), job("pauses"));
    let then = queue.submit_later(Slot(2), job("then"));
    // Wait until the first one runs.
    assert!(matches!(next(&news).what, What::Opening));
    let now = queue.submit(Slot(3), job("fails"));
    let mut told = Vec::new();
    while told.len() < 4 {
        let message = next(&news);
        match message.what {
            What::Failed(_) | What::Cancelled => told.push(message.ticket),
            // It begins anew, and is called off for good.
            What::Opening => {
                told.push(message.ticket);
                queue.cancel(Slot(1));
            }
            _ => {}
        }
    }
    assert_eq!(told, [now, ahead, ahead, then]);
}

#[test]
fn visible_work_is_brought_forward() {
    let (queue, news) = start();
    queue.submit(Slot(1), job("waits"));
    for slot in 2..=5 {
        queue.submit_later(Slot(slot), job("fails"));
    }
    queue.bring_forward(&[Slot(5), Slot(3)]);
    queue.cancel(Slot(1));
    let mut order = Vec::new();
    while order.len() < 4 {
        let message = next(&news);
        if matches!(message.what, What::Failed(_)) {
            order.push(message.slot.0);
        }
    }
    assert_eq!(order, [5, 3, 2, 4]);
}

#[test]
fn a_panic_is_a_failure_and_the_worker_lives_on() {
    let (queue, news) = start();
    queue.submit(Slot(1), job("panics"));
    assert!(matches!(next(&news).what, What::Failed(_)));
    queue.submit(Slot(1), job("other"));
    assert!(matches!(
        next(&news).what,
        What::Progress {
            done: 10,
            total: 10
        }
    ));
    assert!(matches!(next(&news).what, What::Failed(why) if why == "end of other"));
}
