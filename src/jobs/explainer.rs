//! The real worker: opens models, asks the cache, else explains.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use super::cache::{Cache, cache_key};
use super::queue::{ExplainJob, Stop, Watch, What, Work};
use crate::classifier::{
    Catalog, Classifier, ClassifierError, Device, Differentiable as _, ModelOverrides,
    NetworkOptions,
};
use crate::collection::{Examiner, Maps, Network};
use crate::home::Home;
use crate::picture::Framing;
use crate::progress::Observer as _;
use crate::saliency::{ClassChoice, Explanation, ModelRecord, explain_answered};

/// How many models stay open; a large one holds half a gigabyte.
const OPEN_MODELS: usize = 3;
/// How many answers are shown.
pub const ANSWERS: usize = 5;

/// What tells that a file is another one than before: when it was written, and its length in bytes.
type Stamp = (Option<SystemTime>, u64);

/// A model that is open, and the files it was opened from as they were then.
struct Open {
    model: String,
    /// Where it was asked to run.
    device: Device,
    files: Vec<(PathBuf, Option<Stamp>)>,
    classifier: Arc<Classifier>,
}

impl Open {
    /// Whether the files are still those it was opened from.
    fn is_fresh(&self) -> bool {
        self.files
            .iter()
            .all(|(path, stamp)| stamp_of(path) == *stamp)
    }
}

fn stamp_of(path: &Path) -> Option<Stamp> {
    let meta = std::fs::metadata(path).ok()?;
    Some((meta.modified().ok(), meta.len()))
}

/// Explains with the installed models, and remembers results.
pub struct Explainer {
    home: Home,
    catalog: Mutex<Catalog>,
    cache: Cache,
    open: Mutex<VecDeque<Open>>,
    device: Mutex<Device>,
}

impl Explainer {
    /// A worker for the models of `catalog` and for model files given by path.
    #[must_use]
    pub fn new(home: Home, catalog: Catalog, cache: Cache) -> Self {
        Self {
            home,
            catalog: Mutex::new(catalog),
            cache,
            open: Mutex::new(VecDeque::new()),
            device: Mutex::new(Device::Auto),
        }
    }

    /// The classifier that `model` means, opened now or before. A file that was replaced since is
    /// opened anew, so that its results carry its own content's hash.
    /// `say` hears of it.
    fn opened(&self, model: &str, say: &dyn Fn(What)) -> Result<Arc<Classifier>, Stop> {
        let device = *self.device.lock().unwrap_or_else(PoisonError::into_inner);
        {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(at) = open.iter().position(|entry| entry.model == model)
                && let Some(entry) = open.remove(at)
                && entry.device == device
                && entry.is_fresh()
            {
                let found = entry.classifier.clone();
                open.push_back(entry);
                return Ok(found);
            }
        }
        say(What::Opening);
        let failed = |error: ClassifierError| Stop::Failed(error.to_string());
        let files = self.files_of(model);
        let stamped: Vec<_> = files
            .into_iter()
            .map(|path| (path.clone(), stamp_of(&path)))
            .collect();
        let classifier = Arc::new(self.open_classifier(model, device).map_err(failed)?);
        // Now, while the file is the one that was opened.
        classifier.sha256().map_err(failed)?;
        let guesses = &classifier.spec().guesses;
        if !guesses.is_empty() {
            let guesses = guesses.join(", ");
            say(What::Notice(format!(
                "This model does not say everything about itself. Guessed: {guesses}"
            )));
        }
        if let Some(notice) = classifier.network().notice() {
            say(What::Notice(notice.to_owned()));
        }
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.push_back(Open {
            model: model.to_owned(),
            device,
            files: stamped,
            classifier: classifier.clone(),
        });
        while open.len() > OPEN_MODELS {
            open.pop_front();
        }
        Ok(classifier)
    }

    /// The network's file and the description beside it. A model may have been added or described
    /// anew since the start: the catalog is read again.
    fn files_of(&self, model: &str) -> Vec<PathBuf> {
        let mut catalog = self.catalog.lock().unwrap_or_else(PoisonError::into_inner);
        if let Ok(newer) = Catalog::load(&self.home)
            && newer.model(model).is_some()
        {
            *catalog = newer;
        }
        let path = match catalog.model(model) {
            Some(entry) => catalog.model_path(&self.home, entry),
            None => PathBuf::from(model),
        };
        vec![path.with_extension("toml"), path]
    }

    fn open_classifier(&self, model: &str, device: Device) -> Result<Classifier, ClassifierError> {
        let catalog = self
            .catalog
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        Classifier::open(
            &self.home,
            &catalog,
            model,
            &ModelOverrides::default(),
            &NetworkOptions {
                device,
                cache: crate::caches::graphs(&self.home),
                ..NetworkOptions::default()
            },
        )
    }
}

impl Work for Explainer {
    fn explain(&self, job: &ExplainJob, watch: &Watch) -> Result<Arc<Explanation>, Stop> {
        let classifier = self.opened(&job.model, &|what| watch.say(what))?;
        watch.check().map_err(|_| Stop::Cancelled)?;
        let shape = classifier.input_shape();
        let framing = job.request.framing;
        let seen = classifier.spec().preprocess(&job.picture, shape, framing);
        let logits = classifier
            .network()
            .logits(seen.input.view())
            .map_err(|error| Stop::Failed(error.to_string()))?;
        let answers = classifier.rank(&logits, ANSWERS);
        let class = match job.request.class {
            // A class that does not exist is told by `explain` in words.
            ClassChoice::Class(class) => class,
            ClassChoice::Auto => answers.first().map_or(0, |answer| answer.class),
        };
        watch.say(What::Predicted {
            answers: answers.into(),
            class: classifier.prediction(&logits, class),
            against: job
                .request
                .against
                .map(|against| classifier.prediction(&logits, against)),
            layers: classifier.network().layers().into(),
            probabilities: classifier.network().probabilities(&logits).into(),
            labels: classifier.labels().clone(),
            region: seen.region,
        });

        let picture = &job.picture.sha256;
        // An accelerator belongs to it: its last bits are its own.
        let on = match classifier.network().device() {
            Device::Cpu => String::new(),
            device => format!("\n{}", device.name()),
        };
        let model = classifier
            .identity()
            .map(|identity| format!("{identity}\n{}{on}", job.model))
            .map_err(|error| Stop::Failed(error.to_string()))?;
        let key = cache_key(picture, &model, &job.request, class);
        if let Some(known) = self.cache.get(&key) {
            return Ok(known);
        }
        let explained = explain_answered(
            &classifier,
            &job.picture,
            Some((seen, logits)),
            &job.request,
            watch,
        )
        .map_err(|error| {
            if error.is_cancelled() {
                Stop::Cancelled
            } else {
                Stop::Failed(error.to_string())
            }
        })?;
        let explained = Arc::new(explained);
        self.cache.put(key, explained.clone());
        Ok(explained)
    }

    fn model(&self, model: &str) -> Result<ModelRecord, String> {
        let classifier = self.classifier(model)?;
        ModelRecord::of(&classifier).map_err(|error| error.to_string())
    }

    fn classifier(&self, model: &str) -> Result<Arc<Classifier>, String> {
        // Whatever is to be known of the model was told when its map was computed.
        self.opened(model, &|_| ()).map_err(|stop| match stop {
            Stop::Failed(why) => why,
            Stop::Cancelled => "the work was stopped".to_owned(),
        })
    }

    fn examiner(
        &self,
        model: &str,
        framing: Framing,
    ) -> Result<(Box<dyn Examiner>, Option<String>), String> {
        // The catalog may have grown since.
        self.files_of(model);
        let device = *self.device.lock().unwrap_or_else(PoisonError::into_inner);
        let classifier = self
            .open_classifier(model, device)
            .map_err(|error| error.to_string())?;
        let (network, note) =
            Network::new(classifier, framing, Maps::GradCam).map_err(|error| error.to_string())?;
        Ok((Box::new(network), note))
    }

    fn use_device(&self, device: Device) {
        *self.device.lock().unwrap_or_else(PoisonError::into_inner) = device;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use image::RgbImage;

    use super::super::{DiskCache, JobNews, Queue, Slot};
    use super::*;
    use crate::caches::CacheKind;
    use crate::picture::Picture;
    use crate::saliency::{Method, Request};

    /// A worker with a home of its own, and who hears of it.
    struct Desk {
        folder: tempfile::TempDir,
        home: Home,
        work: Arc<Explainer>,
        queue: Queue,
        news: mpsc::Receiver<JobNews>,
    }

    impl Desk {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let home = Home {
                cache: folder.path().join("cache"),
                data: folder.path().join("data"),
                ..Home::find()
            };
            let cache = Cache::new(Some(DiskCache::within(CacheKind::Results.open(&home))));
            let catalog = Catalog::load(&home).unwrap();
            let work = Arc::new(Explainer::new(home.clone(), catalog, cache));
            let (sender, news) = mpsc::channel();
            let queue = Queue::start(work.clone(), sender, Arc::new(|| {})).unwrap();
            Self {
                folder,
                home,
                work,
                queue,
                news,
            }
        }

        /// A network of the test's own: a copy of an installed one.
        fn network(&self, installed: &str) -> PathBuf {
            let path = self.folder.path().join("net.onnx");
            std::fs::copy(self.home.installed_models().join(installed), &path).unwrap();
            path
        }

        /// Everything that is said of one request, to its end.
        fn told(&self, job: &ExplainJob) -> Vec<What> {
            self.queue.submit(Slot(1), job.clone());
            let mut told = Vec::new();
            loop {
                let message = self
                    .news
                    .recv_timeout(Duration::from_mins(2))
                    .expect("the worker reports");
                let over = matches!(message.what, What::Done(..) | What::Failed(_));
                told.push(message.what);
                if over {
                    return told;
                }
            }
        }

        /// The explanation of one request, or why there is none.
        fn ask(&self, job: &ExplainJob) -> Result<Arc<Explanation>, String> {
            match self.told(job).pop() {
                Some(What::Done(explanation, _)) => Ok(explanation),
                Some(What::Failed(why)) => Err(why),
                _ => Err("nothing was said".to_owned()),
            }
        }
    }

    /// Gradients of a colourful picture.
    fn job(model: impl Into<String>) -> ExplainJob {
        let pixels = RgbImage::from_fn(64, 64, |x, y| {
            image::Rgb([(x * 4) as u8, (y * 4) as u8, ((x * y) % 256) as u8])
        });
        ExplainJob {
            picture: Arc::new(Picture::from_pixels("ramp", pixels)),
            model: model.into(),
            request: Request {
                method: Method::Gradient,
                ..Request::default()
            },
            on_stage: false,
        }
    }

    /// An accelerator that is not there is told, and the map comes from the processor all the same.
    #[test]
    fn a_device_is_used_from_the_next_map_on() {
        let desk = Desk::new();
        let job = job("squeezenet");
        // Whether the model was opened, and what was said of it.
        let ask = || {
            let (mut opened, mut notices) = (false, Vec::new());
            for what in desk.told(&job) {
                match what {
                    What::Opening => opened = true,
                    What::Notice(words) => notices.push(words),
                    What::Failed(why) => panic!("{why}"),
                    _ => {}
                }
            }
            (opened, notices)
        };
        desk.work.use_device(Device::Cpu);
        assert_eq!(ask(), (true, Vec::new()));
        assert_eq!(ask(), (false, Vec::new()), "it stays open");
        // No system has both.
        let missing = if cfg!(target_os = "macos") {
            Device::DirectMl
        } else {
            Device::CoreMl
        };
        desk.work.use_device(missing);
        let (opened, notices) = ask();
        assert!(opened, "it is opened anew");
        assert!(
            notices.iter().any(|n| n.contains(missing.label())),
            "{notices:?}"
        );
    }

    #[test]
    fn a_model_that_is_described_anew_gives_its_own_results() {
        let desk = Desk::new();
        let path = desk.network("squeezenet.onnx");
        let job = job(path.display().to_string());
        let describe = |text: &str| std::fs::write(path.with_extension("toml"), text).unwrap();
        describe("mean = [0, 0, 0]\nstd = [255, 255, 255]");
        let first = desk.ask(&job).unwrap();
        // The file is the same one, and its name too.
        describe("mean = [127.5, 127.5, 127.5]\nstd = [127.5, 127.5, 127.5]");
        let second = desk.ask(&job).unwrap();
        assert_ne!(first.map, second.map);
        assert_ne!(first.predictions[0].logit, second.predictions[0].logit);
        describe("mean = [0, 0, 0]\nstd = [255, 255, 255]\n");
        let back = desk.ask(&job).unwrap();
        assert!(Arc::ptr_eq(&first, &back), "it comes from the cache");
    }

    #[test]
    fn a_model_that_is_replaced_on_disk_gives_its_own_results() {
        let desk = Desk::new();
        let path = desk.network("squeezenet.onnx");
        let job = job(path.display().to_string());
        let first = desk.ask(&job).unwrap();
        let again = desk.ask(&job).unwrap();
        assert!(
            Arc::ptr_eq(&first, &again),
            "the second comes from the cache"
        );
        desk.network("efficientnet-lite0.onnx");
        let second = desk.ask(&job).unwrap();
        assert_ne!(first.map.values.dim(), second.map.values.dim());
        assert_eq!(second.map.values.dim(), (224, 224));
        // What is no network any more is told, and does not show old results.
        std::fs::write(&path, "broken").unwrap();
        assert!(desk.ask(&job).is_err());
        desk.network("squeezenet.onnx");
        let back = desk.ask(&job).unwrap();
        assert_eq!(back.map, first.map);
    }
}
