//! What happens behind the screen, on threads of its own: the journal is kept, PINs are looked at, the
//! network is asked again, texts are spoken. The screen waits for none of it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use image::RgbImage;

use super::change::{Question, answer_changes};
use super::pictures::{PictureFile, shown};
use crate::classifier::{Catalog, Classifier, ModelOverrides, NetworkOptions};
use crate::exhibit::shell::{Effect, Input, Keeper, Piece, Program, Shared, Told};
use crate::exhibit::supervisor::Past;
use crate::home::Home;
use crate::journal::Health;
use crate::picture::Picture;
use crate::saliency::Request;

/// So often it is kept how the machine is.
const HEALTH: Duration = Duration::from_hours(1);
/// The program that speaks, of speech-dispatcher.
const SPEAKER: &str = "spd-say";
/// The program that plays what was spoken before, of ALSA.
const PLAYER: &str = "aplay";

/// What comes back.
#[derive(Debug)]
pub(crate) enum Answer {
    /// For the shell.
    Input(Input),
    /// A picture with its strongest spot covered, as it is shown.
    Covered(usize, RgbImage),
    /// What the network says of it, where it could be asked.
    Proved(usize, Option<String>),
    /// What it says of what is covered, by the question's number; `None` where it cannot be asked.
    Changed(u64, Option<Box<Told>>),
    /// And where it looks then.
    Lit(u64, Box<Piece>),
}

/// Who does what the shell asks for.
pub(crate) trait Behind: Send {
    /// Does what is asked; `language` is the visitor's.
    fn ask(&mut self, effect: &Effect, language: &str);

    /// Asks what the network says of a picture part of which is covered; what was asked before it is not
    /// wanted any more.
    fn change(&mut self, question: Question);

    /// What came of it so far.
    fn answers(&mut self) -> Vec<Answer>;

    /// A second has gone by in which frames were presented.
    fn second(&mut self, frames: u32);
}

/// Threads that do it.
pub(crate) struct Threads {
    keeper: Sender<Kept>,
    prover: Sender<usize>,
    changer: Sender<Question>,
    /// The number of the newest question.
    newest: Arc<AtomicU64>,
    speaker: Sender<Spoken>,
    answers: Mutex<Receiver<Answer>>,
    /// Frames since it was last kept how the machine is, and when that was.
    frames: (u64, Instant),
    past: Past,
}

enum Kept {
    Effect(Effect),
    Health(Box<Health>),
}

enum Spoken {
    Say(String, String),
    Hush,
}

/// What the network needs to be asked again.
pub(crate) struct Network {
    /// Where networks lie.
    pub(crate) home: Home,
    /// The pictures' files.
    pub(crate) files: Vec<PictureFile>,
    /// The exhibit's folder, where what was spoken lies.
    pub(crate) folder: PathBuf,
    /// The one that was opened last.
    pub(crate) open: Mutex<Option<(String, Arc<Classifier>)>>,
}

impl Network {
    /// The network of a name; it is opened with the first question and stays open.
    pub(super) fn classifier(&self, model: &str) -> Option<Arc<Classifier>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.as_ref().is_none_or(|(name, _)| name != model) {
            let classifier = open_network(self, model)?;
            *open = Some((model.to_owned(), Arc::new(classifier)));
        }
        open.as_ref().map(|(_, classifier)| classifier.clone())
    }
}

impl Threads {
    /// Starts them. `past` is what the supervisor has seen; what it had to do is kept at once, for who dies
    /// often lives no hour.
    ///
    /// # Errors
    /// When there can be no thread.
    pub(crate) fn start(
        keeper: Keeper,
        program: Shared,
        network: Network,
        past: Past,
    ) -> std::io::Result<Self> {
        let (tells, answers) = channel();
        let (to_keeper, hears) = channel();
        let back = tells.clone();
        spawn("journal", move || keep(keeper, &hears, &back))?;
        let folder = network.folder.clone();
        let network = Arc::new(network);
        let (to_changer, hears) = channel();
        let newest = Arc::new(AtomicU64::new(0));
        let (back, played, asked) = (tells.clone(), program.clone(), network.clone());
        let latest = newest.clone();
        spawn("what if", move || {
            answer_changes(&played, &asked, &hears, &latest, &back);
        })?;
        let (to_prover, hears) = channel();
        spawn("proofs", move || prove(&program, &network, &hears, &tells))?;
        let (to_speaker, hears) = channel();
        spawn("speech", move || speak(&folder, &hears))?;
        let threads = Self {
            keeper: to_keeper,
            prover: to_prover,
            changer: to_changer,
            newest,
            speaker: to_speaker,
            answers: Mutex::new(answers),
            frames: (0, Instant::now()),
            past,
        };
        if past != Past::default() {
            threads.keep_health(None);
        }
        Ok(threads)
    }

    /// Keeps how the machine is, and how many frames there were a second.
    fn keep_health(&self, fps: Option<f64>) {
        let health = Health {
            memory: memory(),
            fps,
            restarts: Some(self.past.restarts),
            rests: Some(self.past.rests),
            dark: Some(self.past.dark),
            ..Health::default()
        };
        let _ = self.keeper.send(Kept::Health(Box::new(health)));
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    let builder = std::thread::Builder::new().name(name.to_owned());
    builder.spawn(work).map(drop)
}

impl Behind for Threads {
    fn ask(&mut self, effect: &Effect, language: &str) {
        // A thread that has died is no reason for the screen to: what it would have done is not done.
        match effect {
            Effect::Keep(_) | Effect::FetchBoard(..) | Effect::CheckPin(_) => {
                if self.keeper.send(Kept::Effect(effect.clone())).is_err() {
                    tracing::error!("nobody keeps the journal any more");
                }
            }
            Effect::Prove(piece) => {
                let _ = self.prover.send(*piece);
            }
            Effect::Say(text) => {
                let spoken = Spoken::Say(text.clone(), language.to_owned());
                let _ = self.speaker.send(spoken);
            }
            Effect::Hush => {
                let _ = self.speaker.send(Spoken::Hush);
            }
            Effect::Forget | Effect::Leave => {}
        }
    }

    fn change(&mut self, question: Question) {
        self.newest.store(question.number, Ordering::Relaxed);
        let _ = self.changer.send(question);
    }

    fn answers(&mut self) -> Vec<Answer> {
        let answers = self.answers.get_mut();
        let answers = answers.unwrap_or_else(PoisonError::into_inner);
        answers.try_iter().collect()
    }

    fn second(&mut self, frames: u32) {
        let (sum, since) = &mut self.frames;
        *sum += u64::from(frames);
        let lasted = since.elapsed();
        if lasted < HEALTH {
            return;
        }
        let fps = *sum as f64 / lasted.as_secs_f64();
        self.frames = (0, Instant::now());
        self.keep_health(Some(fps));
    }
}

/// Memory of this process, in MB, where the system tells it.
fn memory() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes / 1000.0)
}

fn keep(mut keeper: Keeper, hears: &Receiver<Kept>, tells: &Sender<Answer>) {
    let start = Instant::now();
    while let Ok(kept) = hears.recv() {
        let done = match kept {
            Kept::Effect(effect) => keeper.take(&effect, start.elapsed()),
            Kept::Health(health) => keeper
                .keep_health(&health)
                .map(|()| None)
                .map_err(Into::into),
        };
        match done {
            Ok(Some(input)) => {
                if tells.send(Answer::Input(input)).is_err() {
                    return;
                }
            }
            Ok(None) => {}
            // The game goes on; who looks after the machine reads it.
            Err(error) => tracing::error!("the journal could not be kept: {error}"),
        }
    }
}

/// Asks the network again, with the strongest spot of a picture covered.
fn prove(program: &Program, network: &Network, hears: &Receiver<usize>, tells: &Sender<Answer>) {
    while let Ok(number) = hears.recv() {
        let proof = covered(program, network, number);
        if let Some((_, shown)) = &proof
            && tells.send(Answer::Covered(number, shown.clone())).is_err()
        {
            return;
        }
        let model = program.pieces.get(number).map(|p| p.about.model.clone());
        let says = proof.zip(model).and_then(|((picture, _), model)| {
            let classifier = network.classifier(&model)?;
            let picture = Picture::from_pixels("covered", picture);
            let framing = Request::default().framing;
            let answers = classifier.predict(&picture, framing, 1).ok()?;
            answers.into_iter().next().map(|answer| answer.label)
        });
        if tells.send(Answer::Proved(number, says)).is_err() {
            return;
        }
    }
}

/// The whole picture with its strongest spot covered, and the part of it that is shown.
fn covered(program: &Program, network: &Network, number: usize) -> Option<(RgbImage, RgbImage)> {
    let piece = program.pieces.get(number)?;
    let file = network.files.get(number)?;
    let picture = crate::picture::open(&file.path).ok()?;
    let covered = piece.covered(&picture.pixels);
    let part = shown(&covered, file.region);
    Some((covered, part))
}

fn open_network(network: &Network, model: &str) -> Option<Classifier> {
    let catalog = Catalog::load(&network.home).ok()?;
    let options = NetworkOptions {
        cache: crate::caches::graphs(&network.home),
        ..Default::default()
    };
    let overrides = ModelOverrides::default();
    match Classifier::open(&network.home, &catalog, model, &overrides, &options) {
        Ok(classifier) => Some(classifier),
        Err(error) => {
            tracing::error!("the network cannot be asked again: {error}");
            None
        }
    }
}

/// Speaks what is to be said, and falls silent when something else is. Without speech-dispatcher it plays
/// what was spoken before; without that, nothing is heard.
fn speak(folder: &Path, hears: &Receiver<Spoken>) {
    let has_voice = quiet(SPEAKER).arg("--version").status().is_ok();
    let mut speaking: Option<Child> = None;
    while let Ok(spoken) = hears.recv() {
        if let Some(mut child) = speaking.take() {
            // A player falls silent with this; speech-dispatcher, which has its text long ago, is told
            // below.
            let _ = child.kill();
            let _ = child.wait();
        }
        let command = match spoken {
            Spoken::Hush if has_voice => {
                let mut command = quiet(SPEAKER);
                command.arg("--cancel");
                Some(command)
            }
            Spoken::Hush => None,
            Spoken::Say(text, language) if has_voice => {
                silence();
                let mut command = quiet(SPEAKER);
                // A text is never an option.
                let text = text.replace('\n', " ");
                command.args(["--language", &language, "--", &text]);
                Some(command)
            }
            Spoken::Say(text, language) => {
                let clips = crate::exhibit::clips(folder, &language, &text);
                (!clips.is_empty()).then(|| {
                    let mut command = quiet(PLAYER);
                    command.arg("--quiet").args(clips);
                    command
                })
            }
        };
        speaking = command.and_then(|mut command| command.spawn().ok());
    }
}

/// A program that neither hears nor tells anything.
fn quiet(program: &str) -> Command {
    let mut command = Command::new(program);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// Stops what is being said.
fn silence() {
    let cancel = quiet(SPEAKER).arg("--cancel").status();
    // Who cannot speak is silent already.
    drop(cancel);
}

/// Shared so that tests can look at it: what was asked for, and answers to give.
#[cfg(test)]
#[derive(Debug, Clone, Default)]
pub(crate) struct Recorded {
    pub(crate) asked: std::sync::Arc<Mutex<Vec<Effect>>>,
    pub(crate) to_give: std::sync::Arc<Mutex<Vec<Answer>>>,
    pub(crate) changes: std::sync::Arc<Mutex<Vec<Question>>>,
}

#[cfg(test)]
impl Behind for Recorded {
    fn ask(&mut self, effect: &Effect, _: &str) {
        self.asked.lock().unwrap().push(effect.clone());
    }

    fn change(&mut self, question: Question) {
        self.changes.lock().unwrap().push(question);
    }

    fn answers(&mut self) -> Vec<Answer> {
        std::mem::take(&mut self.to_give.lock().unwrap())
    }

    fn second(&mut self, _: u32) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exhibit::shell::Record;
    use crate::exhibit::shell::testing::program;
    use crate::journal::Gate;

    #[test]
    fn the_journal_is_kept_and_a_pin_that_is_not_there_opens_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (journal, pin) = (folder.path().join("journal"), folder.path().join("pin"));
        let keeper = Keeper::open(&journal, &pin, 0, Duration::ZERO).unwrap();
        let network = Network {
            home: Home {
                root: folder.path().join("root"),
                data: folder.path().join("data"),
                cache: folder.path().join("cache"),
            },
            files: Vec::new(),
            folder: folder.path().to_owned(),
            open: Mutex::default(),
        };
        let program = std::sync::Arc::new(program(&["en"]));
        // A screen that was started again says so at once.
        let past = Past {
            restarts: 3,
            rests: 1,
            dark: 0,
        };
        let mut threads = Threads::start(keeper, program, network, past).unwrap();
        threads.ask(&Effect::Keep(Record::Gate(Gate::default())), "en");
        threads.ask(&Effect::CheckPin("271828".to_owned()), "en");
        // A picture that is not there cannot be asked about: that is said, so that nobody waits.
        threads.ask(&Effect::Prove(0), "en");
        let mut answers = Vec::new();
        for _ in 0..2000 {
            answers.extend(threads.answers());
            if answers.len() == 2 {
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let pin = |answer: &Answer| matches!(answer, Answer::Input(Input::Pin(None)));
        let proof = |answer: &Answer| matches!(answer, Answer::Proved(0, None));
        assert!(
            answers.iter().any(pin) && answers.iter().any(proof),
            "{answers:?}"
        );
        let (mut gates, mut health) = (0, Vec::new());
        crate::journal::read(&journal, &mut |entry| {
            gates += u32::from(entry.read::<Gate>().is_some());
            health.extend(entry.read::<Health>());
        })
        .unwrap();
        assert_eq!(gates, 1);
        let told: Vec<_> = health.iter().map(|h| (h.restarts, h.rests)).collect();
        assert_eq!(told, [(Some(3), Some(1))]);
    }
}
