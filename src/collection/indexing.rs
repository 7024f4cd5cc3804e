//! The work: every file is read once, hashed, decoded once, and of that one decode come its
//! thumbnail, what each network says and where each looks. What to do is never stored: it is what is
//! missing. Files come in a fixed shuffle, so that any half is a fair sample.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::facts::{Answer, MapFact};
use super::manifest::ModelEntry;
use super::queue::Queue;
use super::row::{Row, State};
use super::source::{Entry, Listing};
use super::thumbnail::Thumbnail;
use super::watch::{Progress, Summary, Watch};
use super::writer::Writer;
use super::{ByKey, CollectionError, Key};
use crate::picture::{self, Picture};

/// How often whoever watches hears of it where nothing is finished.
const TELL_EVERY: Duration = Duration::from_millis(100);
/// Networks that one run can ask, as many as there are bits for.
pub const MOST_MODELS: usize = 15;
/// The bit of how a picture looks; those of networks follow, two each.
const LOOKS: u32 = 1;

/// What a network says of one picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Examined {
    /// Its answer.
    pub answer: Answer,
    /// What it knows of the picture before it names a class.
    pub embedding: Vec<f32>,
    /// Where it looked, if that was asked for.
    pub map: Option<MapFact>,
}

/// Why a network says nothing of a picture, in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The picture is the reason: it would end the same again, so that is kept.
    Picture(String),
    /// The network or the machine is: the next run tries again.
    Network(String),
}

/// Whatever sees pictures: a network, in tests a function.
pub trait Examiner: Sync {
    /// What its facts are known by.
    fn entry(&self) -> &ModelEntry;

    /// Looks at a picture; `map` asks where it looked, with the first method of [`Self::entry`].
    ///
    /// # Errors
    /// When it cannot.
    fn examine(&self, picture: &Picture, map: bool) -> Result<Examined, Failure>;
}

/// A network that is asked, with its places in the manifest.
struct Asked<'a> {
    examiner: &'a dyn Examiner,
    model: usize,
    /// The place of its method for maps.
    method: Option<usize>,
}

/// What a worker found out about a file.
enum Outcome {
    Unread(String),
    Broken(String),
    Whole {
        content: Key,
        decoded: bool,
        looks: Option<([u32; 2], Thumbnail)>,
        examined: Vec<(usize, Result<Examined, Failure>)>,
    },
}

/// Computes what is missing for the files of `listing`. `examiners` are asked in their order.
///
/// # Errors
/// When the index cannot be written, no thread can be started, or there are too many networks.
#[expect(
    clippy::too_many_lines,
    reason = "the queues and their ends in one place"
)]
pub fn index(
    writer: &mut Writer,
    listing: &Listing,
    examiners: &[(&dyn Examiner, usize)],
    watch: &dyn Watch,
) -> Result<Summary, CollectionError> {
    if examiners.len() > MOST_MODELS {
        return Err(CollectionError::Asked(format!(
            "one run asks at most {MOST_MODELS} networks; run it again with the others"
        )));
    }
    if let Some(words) = writer.renewed() {
        watch.note(&format!("note: {words}"));
    }
    writer.set_listing(listing)?;
    let asked: Vec<Asked<'_>> = examiners
        .iter()
        .map(|&(examiner, model)| Asked {
            examiner,
            model,
            method: examiner.entry().maps.first().and_then(|method| {
                let known = writer.index().manifest.models.get(model)?;
                known.maps.iter().position(|m| m == method)
            }),
        })
        .collect();
    let start = Instant::now();
    let known = known_facts(writer, &asked);
    let wanted = wanted_facts(&asked);
    let todo = todo(writer, listing, &known, wanted);
    let total = listing.entries.len();
    let before = total - todo.len();
    let work = Work {
        listing,
        asked: &asked,
        wanted,
        known: Mutex::new(known),
        queue: Queue::new(listing, &todo),
        stopped: AtomicBool::new(false),
        watch,
    };
    let mut summary = Summary {
        files: total,
        ..Summary::default()
    };
    let done = std::thread::scope(|scope| {
        let (results, finished) = sync_channel(64);
        let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let workers = workers.min(todo.len()).max(1);
        let work = &work;
        let started = (0..workers)
            .filter(|_| {
                let results = results.clone();
                crate::threads::spawn(scope, move || work.run(&results))
            })
            .count();
        drop(results);
        if started == 0 {
            let none = "the system starts no thread for this work; end other programs";
            return Err(CollectionError::Asked(none.to_owned()));
        }
        let mut failures = 0;
        let mut told = Instant::now();
        let done = loop {
            match finished.recv_timeout(TELL_EVERY) {
                Ok((entry, outcome)) => {
                    let applied =
                        apply(writer, &asked, entry, outcome, &mut summary, &mut |words| {
                            failures += 1;
                            if failures <= 5 {
                                watch.note(words);
                            }
                        });
                    if let Err(error) = applied.and_then(|()| writer.write_if_due()) {
                        break Err(error);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    if let Err(error) = writer.write_if_due() {
                        break Err(error);
                    }
                }
                Err(RecvTimeoutError::Disconnected) => break Ok(()),
            }
            if told.elapsed() >= TELL_EVERY {
                told = Instant::now();
                watch.progress(Progress {
                    done: before + summary.read,
                    total,
                    now: summary.read,
                    seconds: start.elapsed().as_secs_f64(),
                });
            }
            if watch.cancelled() {
                work.stopped.store(true, Ordering::Relaxed);
            }
        };
        // Workers that wait to hand something over are let go.
        work.stopped.store(true, Ordering::Relaxed);
        drop(finished);
        done
    });
    done?;
    writer.sync()?;
    let broken = writer.index().rows();
    summary.broken = broken.filter(|row| row.trouble().is_some()).count();
    summary.finished = summary.read == todo.len();
    summary.seconds = start.elapsed().as_secs_f64();
    watch.progress(Progress {
        done: before + summary.read,
        total,
        now: summary.read,
        seconds: summary.seconds,
    });
    Ok(summary)
}

/// The bits of all facts that are asked for.
fn wanted_facts(asked: &[Asked<'_>]) -> u32 {
    let answers = asked.iter().enumerate().map(|(i, asked)| {
        let map = if asked.method.is_some() {
            map_bit(i)
        } else {
            0
        };
        answer_bit(i) | map
    });
    answers.fold(LOOKS, |all, bits| all | bits)
}

fn answer_bit(asked: usize) -> u32 {
    2 << (2 * asked)
}

fn map_bit(asked: usize) -> u32 {
    4 << (2 * asked)
}

/// Which facts there are, by contents.
fn known_facts(writer: &Writer, asked: &[Asked<'_>]) -> ByKey<u32> {
    let index = writer.index();
    let contents = index.contents().iter().enumerate();
    contents
        .map(|(number, &content)| {
            let number = number as u32;
            let mut bits = if index.picture(number).is_some() {
                LOOKS
            } else {
                0
            };
            for (i, asked) in asked.iter().enumerate() {
                let Some(facts) = index.models().get(asked.model) else {
                    continue;
                };
                if facts.answer(number).is_some() {
                    bits |= answer_bit(i);
                }
                if asked
                    .method
                    .is_some_and(|method| facts.map(method, number).is_some())
                {
                    bits |= map_bit(i);
                }
            }
            (content, bits)
        })
        .collect()
}

/// The files that something is missing of, in a fixed shuffle.
fn todo(writer: &Writer, listing: &Listing, known: &ByKey<u32>, wanted: u32) -> Vec<u32> {
    let mut todo: Vec<(u64, u32)> = Vec::new();
    for (number, entry) in listing.entries.iter().enumerate() {
        let key = Key::of_path(&entry.path);
        let missing = match writer.index().row(key).map(|row| &row.state) {
            Some(State::Read(content)) => {
                known.get(content).copied().unwrap_or(0) & wanted != wanted
            }
            Some(State::Broken(_)) => false,
            Some(State::Listed | State::Unread(_)) | None => true,
        };
        if missing {
            todo.push((key.shuffled(), number as u32));
        }
    }
    todo.sort_unstable();
    todo.into_iter().map(|(_, number)| number).collect()
}

/// What all workers share.
struct Work<'a> {
    listing: &'a Listing,
    asked: &'a [Asked<'a>],
    wanted: u32,
    /// Which facts there are or are being computed.
    known: Mutex<ByKey<u32>>,
    queue: Queue<'a>,
    stopped: AtomicBool,
    watch: &'a dyn Watch,
}

impl<'a> Work<'a> {
    fn run(&self, results: &SyncSender<(&'a Entry, Outcome)>) {
        if self.watch.gives_way() {
            crate::threads::give_way();
        }
        loop {
            while self.watch.paused() && !self.stopped.load(Ordering::Relaxed) {
                std::thread::sleep(TELL_EVERY / 4);
            }
            if self.stopped.load(Ordering::Relaxed) {
                return;
            }
            let Some(entry) = self.next() else {
                return;
            };
            // What a file holds may bring a decoder to a panic: that file is broken, not the run.
            let outcome = crate::defects::quietly(AssertUnwindSafe(|| self.look_at(entry)));
            let outcome = outcome.unwrap_or_else(|_| {
                Outcome::Broken(
                    "it brings the decoder to a defect; get another copy of it".to_owned(),
                )
            });
            if results.send((entry, outcome)).is_err() {
                return;
            }
        }
    }

    /// The next file: of those that are wanted the first that was not looked at yet.
    fn next(&self) -> Option<&'a Entry> {
        while let Some(path) = self.watch.wanted() {
            if let Some(entry) = self.queue.wanted(path) {
                return Some(entry);
            }
        }
        self.queue.next()
    }

    fn look_at(&self, entry: &Entry) -> Outcome {
        let bytes = match self.listing.read(entry) {
            Ok(bytes) => bytes,
            Err(why) => return Outcome::Unread(why),
        };
        let content = Key::of_content(&bytes);
        let missing = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            let bits = known.entry(content).or_insert(0);
            let missing = self.wanted & !*bits;
            *bits |= missing;
            missing
        };
        let mut outcome = Outcome::Whole {
            content,
            decoded: missing != 0,
            looks: None,
            examined: Vec::new(),
        };
        if missing == 0 {
            return outcome;
        }
        let name = String::from_utf8_lossy(&entry.path);
        let name = name.rsplit('/').next().unwrap_or_default();
        let picture = match picture::decode(&bytes, name) {
            Ok(pixels) => {
                // Its name and hash are not asked for.
                let mut picture = Picture::from_pixels("", image::RgbImage::new(0, 0));
                picture.pixels = pixels;
                picture
            }
            Err(error) => {
                // Another file of this content is to be told the same.
                let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
                known.insert(content, 0);
                return Outcome::Broken(crate::text::line(&error.to_string()));
            }
        };
        drop(bytes);
        if let Outcome::Whole {
            looks, examined, ..
        } = &mut outcome
        {
            if missing & LOOKS != 0 {
                match Thumbnail::of(&picture.pixels) {
                    Ok(thumbnail) => *looks = Some((picture.size(), thumbnail)),
                    Err(why) => return Outcome::Broken(why),
                }
            }
            for (i, asked) in self.asked.iter().enumerate() {
                let map = missing & map_bit(i) != 0;
                if map || missing & answer_bit(i) != 0 {
                    // A defect there is not the file's.
                    let seen = crate::defects::quietly(AssertUnwindSafe(|| {
                        asked.examiner.examine(&picture, map)
                    }));
                    let seen = seen.unwrap_or_else(|_| {
                        Err(Failure::Network(
                            "a defect in the program ended it".to_owned(),
                        ))
                    });
                    examined.push((i, seen));
                }
            }
        }
        outcome
    }
}

/// Puts what a worker found out into the index.
fn apply(
    writer: &mut Writer,
    asked: &[Asked<'_>],
    entry: &Entry,
    outcome: Outcome,
    summary: &mut Summary,
    note: &mut dyn FnMut(&str),
) -> Result<(), CollectionError> {
    summary.read += 1;
    let state = match outcome {
        Outcome::Unread(why) => State::Unread(crate::text::line(&why).into()),
        Outcome::Broken(why) => State::Broken(crate::text::line(&why).into()),
        Outcome::Whole {
            content,
            decoded,
            looks,
            examined,
        } => {
            summary.decoded += usize::from(decoded);
            if let Some((size, thumbnail)) = looks {
                writer.put_picture(content, size, &thumbnail)?;
            }
            let mut failed = false;
            for (i, result) in examined {
                let Some(Asked { model, method, .. }) = asked.get(i) else {
                    continue;
                };
                match result {
                    Ok(found) => {
                        writer.put_answer(*model, content, found.answer, Some(&found.embedding));
                        if let (Some(method), Some(map)) = (method, &found.map) {
                            writer.put_map(*model, *method, content, map);
                        }
                    }
                    Err(Failure::Network(why)) => {
                        failed = true;
                        note(&format!(
                            "{}: {why}; the next run tries again",
                            String::from_utf8_lossy(&entry.path)
                        ));
                    }
                    Err(Failure::Picture(why)) => {
                        note(&format!("{}: {why}", String::from_utf8_lossy(&entry.path)));
                        writer.put_answer(*model, content, Answer::FAILED, None);
                        if let Some(method) = method {
                            writer.put_map(*model, *method, content, &MapFact::failed());
                        }
                    }
                }
            }
            summary.failed += usize::from(failed);
            State::Read(content)
        }
    };
    writer.put_row(Row {
        path: entry.path.clone(),
        size: entry.size,
        modified: entry.modified,
        label: entry.label.clone(),
        state,
    });
    Ok(())
}

#[cfg(test)]
#[path = "indexing_tests.rs"]
mod tests;
