//! The whole program without a window, a graphics device or a network: every plugin runs, frames are
//! stepped by hand, and [`Backend`] answers in place of the networks as a test tells it to.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use bevy::app::{PluginsState, TerminalCtrlCHandlerPlugin};
use bevy::asset::RenderAssetUsages;
use bevy::camera::{ImageRenderTarget, RenderTarget};
use bevy::ecs::component::Mutable;
use bevy::log::LogPlugin;
use bevy::prelude::*;
use bevy::render::RenderPlugin;
use bevy::render::pipelined_rendering::PipelinedRenderingPlugin;
use bevy::render::render_resource::{Extent3d, TextureDimension, TextureFormat};
use bevy::render::settings::{RenderCreation, WgpuSettings};
use bevy::window::{ExitCondition, FileDragAndDrop};
use bevy::winit::WinitPlugin;
use bevy_egui::PrimaryEguiContext;
use bevy_egui::input::FocusedNonWindowEguiContext;
use image::{Rgb, RgbImage};
use ndarray::Array2;

use super::network;
use crate::classifier::{Classifier, Device, Labels, Prediction};
use crate::collection::Examiner;
use crate::collection::testing::FakeNetwork;
use crate::home::Home;
use crate::jobs::{ExplainJob, Stop, Watch, What, Work};
use crate::picture::{Framing, Picture, Region};
use crate::program::{Setup, add_with};
use crate::progress::Observer as _;
use crate::saliency::{ClassChoice, Explanation, ModelRecord, SaliencyMap, Seconds};
use crate::stage::{Pane, PaneId, StageTarget};
use crate::testing::{Headless, HeadlessSettings};
use crate::ui::Tab;
use crate::ui::commands::Command;
use crate::ui::library::Library;
use crate::ui::{Asked, NoticeBoard, ShellState};

/// Longest wait for something that is on its way.
const PATIENCE: Duration = Duration::from_secs(20);

/// How the fake networks answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    /// At once.
    Quick,
    /// The prediction and a draft come, the map waits for another mood.
    Held,
    /// With an error.
    Fails,
    /// With a defect.
    Panics,
}

/// Answers in place of networks.
pub(super) struct Backend {
    mood: Mutex<Mood>,
    changed: Condvar,
    asked: Mutex<Vec<ExplainJob>>,
    /// Whether the files of all networks are others now.
    pub(super) replaced: AtomicBool,
    /// A real network, for questions that are no explanations.
    network: OnceLock<(Arc<Classifier>, tempfile::TempDir)>,
}

impl Backend {
    fn lock(&self) -> MutexGuard<'_, Mood> {
        self.mood.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on it answers so; what is held is let go.
    pub(super) fn set(&self, mood: Mood) {
        *self.lock() = mood;
        self.changed.notify_all();
    }

    /// Everything that was asked of it, oldest first.
    pub(super) fn asked(&self) -> Vec<ExplainJob> {
        self.asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn hold(&self, watch: &Watch) -> Result<(), Stop> {
        let mut mood = self.lock();
        while *mood == Mood::Held {
            if watch.cancelled() {
                return Err(Stop::Cancelled);
            }
            let wait = Duration::from_millis(1);
            let (next, _) = self
                .changed
                .wait_timeout(mood, wait)
                .unwrap_or_else(PoisonError::into_inner);
            mood = next;
        }
        Ok(())
    }
}

impl Work for Backend {
    fn explain(&self, job: &ExplainJob, watch: &Watch) -> Result<Arc<Explanation>, Stop> {
        self.asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(job.clone());
        let mood = *self.lock();
        match mood {
            Mood::Fails => return Err(Stop::Failed("the network does not fit".to_owned())),
            Mood::Panics => panic!("a defect that a test wants"),
            Mood::Quick | Mood::Held => {}
        }
        let done = explanation(job);
        watch.say(What::Opening);
        watch.say(What::Predicted {
            answers: done.predictions.clone().into(),
            class: done.class.clone(),
            against: job.request.against.map(prediction),
            layers: Arc::default(),
            probabilities: done.probabilities.clone().into(),
            labels: Labels::numbered(CLASSES),
            region: done.region,
        });
        watch.progress(1, 2);
        if mood == Mood::Held {
            watch.draft(&done.map.values);
            self.hold(watch)?;
        }
        watch.check().map_err(|_| Stop::Cancelled)?;
        Ok(done)
    }

    fn model(&self, model: &str) -> Result<ModelRecord, String> {
        let file = if self.replaced.load(Ordering::Relaxed) {
            "another file"
        } else {
            model
        };
        Ok(ModelRecord {
            id: model.to_owned(),
            // As `FakeNetwork` has it.
            sha256: crate::files::sha256(file.as_bytes()),
            ..crate::saliency::explain::testing::model()
        })
    }

    fn classifier(&self, _: &str) -> Result<Arc<Classifier>, String> {
        match *self.lock() {
            Mood::Fails => Err("the network does not fit".to_owned()),
            Mood::Panics => panic!("a defect that a test wants"),
            Mood::Quick | Mood::Held => {
                let open = || {
                    let folder = tempfile::tempdir().unwrap();
                    (network::green(folder.path()), folder)
                };
                Ok(self.network.get_or_init(open).0.clone())
            }
        }
    }

    fn examiner(
        &self,
        model: &str,
        _: Framing,
    ) -> Result<(Box<dyn Examiner>, Option<String>), String> {
        Ok((Box::new(FakeNetwork::new(model, 7)), None))
    }

    fn use_device(&self, _: Device) {}
}

/// Classes of the fake networks.
const CLASSES: usize = 10;

fn prediction(class: usize) -> Prediction {
    Prediction {
        class,
        label: format!("thing {class}"),
        probability: 0.5 / (class as f32 + 1.0),
        logit: 3.0 - class as f32,
        measured: false,
    }
}

/// A map that is another one for another picture, model, class or method.
fn explanation(job: &ExplainJob) -> Arc<Explanation> {
    let class = match job.request.class {
        ClassChoice::Class(class) => class,
        ClassChoice::Auto => 0,
    };
    let seed = format!(
        "{} {} {class} {}",
        job.picture.sha256,
        job.model,
        job.request.method.id()
    );
    let seed = seed.bytes().fold(7_u32, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u32::from(byte))
    });
    let [width, height] = job.picture.size();
    let values = Array2::from_shape_fn((24, 24), |(y, x)| {
        (x as f32 * 0.3 + (seed % 97) as f32).sin() + (y as f32 * 0.2).cos()
    });
    Arc::new(Explanation {
        request: job.request.clone(),
        predictions: (0..5).map(prediction).collect(),
        probabilities: (0..CLASSES).map(|c| prediction(c).probability).collect(),
        class: prediction(class),
        map: SaliencyMap { values },
        attribution: None,
        seen: RgbImage::new(24, 24),
        region: Region {
            x: 0,
            y: 0,
            width,
            height,
        },
        completeness: None,
        steps_used: 1,
        seconds: Seconds::default(),
    })
}

const CATALOG: &str = r#"
labels = []
style = []
[[model]]
id = "alpha"
name = "Alpha"
[[model]]
id = "beta"
name = "Beta"
[[picture]]
id = "cat"
name = "Cat"
kind = "photo"
file = "cat.png"
alt = "A cat."
licence = "CC0"
[[picture]]
id = "dog"
name = "Dog"
kind = "photo"
file = "dog.png"
alt = "A dog."
licence = "CC0"
[[picture]]
id = "brick"
name = "Brick"
kind = "texture"
file = "brick.png"
alt = "A wall."
licence = "CC0"
"#;

/// The running program.
pub(super) struct Program {
    pub(super) app: App,
    pub(super) backend: Arc<Backend>,
    folder: tempfile::TempDir,
}

impl Program {
    /// Starts it with two models, two photos and a texture, and steps its first frames.
    pub(super) fn start() -> Self {
        Self::start_in(Mood::Quick)
    }

    /// As [`Self::start`], the networks answering so from the first request on.
    pub(super) fn start_in(mood: Mood) -> Self {
        Self::start_with(mood, |_, _| {})
    }

    /// As [`Self::start_in`], with what the run starts with changed; gets the test's own folder too.
    pub(super) fn start_with(
        mood: Mood,
        change: impl FnOnce(&mut Setup, &std::path::Path),
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (mut setup, backend) = (setup_in(folder.path()), backend(mood));
        change(&mut setup, folder.path());
        let mut app = bare_app();
        add_with(&mut app, setup, backend.clone(), &(Arc::new(|| {}) as _)).unwrap();
        while app.plugins_state() == PluginsState::Adding {
            bevy::tasks::tick_global_task_pools_on_main_thread();
        }
        app.finish();
        app.cleanup();
        let mut program = Self {
            app,
            backend,
            folder,
        };
        program.frames(1);
        program.focus();
        program
    }

    pub(super) fn frames(&mut self, count: usize) {
        for _ in 0..count {
            self.app.update();
        }
    }

    /// Steps frames until `done`.
    pub(super) fn until(&mut self, what: &str, mut done: impl FnMut(&mut World) -> bool) {
        let start = Instant::now();
        while !done(self.app.world_mut()) {
            assert!(start.elapsed() < PATIENCE, "{what} does not come");
            self.app.update();
            std::thread::sleep(Duration::from_micros(300));
        }
    }

    /// Steps frames until nothing is computed and no thread has anything more to report.
    pub(super) fn rest(&mut self) {
        self.until("rest", |world| {
            world.resource::<crate::jobs::Jobs>().explain.pending() == 0
        });
        for _ in 0..5 {
            self.frames(1);
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn focus(&mut self) {
        let world = self.app.world_mut();
        let mut contexts = world.query_filtered::<Entity, With<PrimaryEguiContext>>();
        let context = contexts.single(world).unwrap();
        world.insert_resource(FocusedNonWindowEguiContext(context));
    }

    pub(super) fn get<R: Resource>(&self) -> &R {
        self.app.world().resource::<R>()
    }

    pub(super) fn get_mut<R: Resource<Mutability = Mutable>>(&mut self) -> Mut<'_, R> {
        self.app.world_mut().resource_mut::<R>()
    }

    /// Goes to a tab, as its button does.
    pub(super) fn show(&mut self, tab: Tab) {
        self.command(Command::Show(tab));
        self.frames(2);
    }

    pub(super) fn command(&mut self, command: Command) {
        self.get_mut::<Asked>().push(command);
        self.frames(2);
    }

    /// A file of the test's own.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A picture file of the test's own.
    pub(super) fn picture(&self, name: &str, tone: u8) -> PathBuf {
        let path = self.file(name);
        save(&path, tone);
        path
    }

    /// Drops files onto the window, all in one frame.
    pub(super) fn drop(&mut self, paths: &[PathBuf]) {
        let window = self.app.world_mut().spawn_empty().id();
        for path in paths {
            self.app
                .world_mut()
                .write_message(FileDragAndDrop::DroppedFile {
                    window,
                    path_buf: path.clone(),
                });
        }
        self.frames(3);
    }

    /// Chooses a model in the bar on top.
    pub(super) fn choose_model(&mut self, id: &str) {
        let mut shell = self.get_mut::<ShellState>();
        let index = shell.models.iter().position(|model| model.id == id);
        shell.model = index.unwrap();
        self.frames(2);
    }

    /// The number of a picture's place in the library.
    pub(super) fn index(&self, name: &str) -> usize {
        let library = self.get::<Library>();
        library
            .items()
            .iter()
            .position(|item| item.name == name)
            .unwrap()
    }

    /// Every notice that is up, as one text.
    pub(super) fn notices(&self) -> String {
        let notices = self.get::<NoticeBoard>().iter();
        notices
            .map(|notice| notice.text.as_str())
            .collect::<Vec<_>>()
            .join("\n")
    }

    pub(super) fn pane(&mut self, id: u64) -> Pane {
        let world = self.app.world_mut();
        let mut panes = world.query::<&Pane>();
        panes
            .iter(world)
            .find(|pane| pane.id == PaneId(id))
            .unwrap()
            .clone()
    }
}

fn backend(mood: Mood) -> Arc<Backend> {
    Arc::new(Backend {
        mood: Mutex::new(mood),
        changed: Condvar::new(),
        asked: Mutex::default(),
        replaced: AtomicBool::new(false),
        network: OnceLock::new(),
    })
}

/// What a run starts with: two models, two photos and a texture in a folder.
fn setup_in(folder: &std::path::Path) -> Setup {
    let home = Home {
        root: folder.join("root"),
        data: folder.join("data"),
        cache: folder.join("cache"),
    };
    for place in [home.installed_models(), home.installed_assets()] {
        std::fs::create_dir_all(place).unwrap();
    }
    std::fs::write(home.catalog(), CATALOG).unwrap();
    for model in ["alpha", "beta"] {
        let file = home.installed_models().join(format!("{model}.onnx"));
        std::fs::write(file, model).unwrap();
    }
    for (name, tone) in [("cat", 10), ("dog", 90), ("brick", 170)] {
        save(&home.installed_assets().join(format!("{name}.png")), tone);
    }
    Setup::read(home).unwrap()
}

/// The same program, drawn in software: its pixels can be read back. The folder holds what it made.
pub(super) fn drawn(width: u32, height: u32) -> (Headless, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let setup = setup_in(folder.path());
    let headless = Headless::new(HeadlessSettings::new(width, height), |app| {
        let wake: crate::jobs::Wake = Arc::new(|| {});
        add_with(app, setup, backend(Mood::Quick), &wake).unwrap();
    });
    (headless.unwrap(), folder)
}

impl Drop for Program {
    fn drop(&mut self) {
        // Whatever is held must not keep its thread.
        self.backend.set(Mood::Quick);
    }
}

pub(super) fn save(path: &std::path::Path, tone: u8) {
    RgbImage::from_fn(32, 24, |x, y| Rgb([tone, (x * 7) as u8, (y * 9) as u8]))
        .save(path)
        .unwrap();
}

/// A picture that is in no file.
pub(super) fn picture(name: &str, tone: u8) -> Arc<Picture> {
    let pixels = RgbImage::from_fn(32, 24, |x, y| Rgb([tone, (x * 5) as u8, (y * 3) as u8]));
    Arc::new(Picture::from_pixels(name, pixels))
}

fn bare_app() -> App {
    let mut app = App::new();
    app.add_plugins(
        DefaultPlugins
            .set(WindowPlugin {
                primary_window: None,
                exit_condition: ExitCondition::DontExit,
                ..default()
            })
            .set(RenderPlugin {
                render_creation: RenderCreation::Automatic(Box::new(WgpuSettings {
                    backends: None,
                    ..default()
                })),
                ..default()
            })
            .disable::<WinitPlugin>()
            .disable::<LogPlugin>()
            .disable::<TerminalCtrlCHandlerPlugin>()
            .disable::<PipelinedRenderingPlugin>(),
    );
    let size = Extent3d {
        width: 1280,
        height: 800,
        depth_or_array_layers: 1,
    };
    // Nothing is drawn into it: it only says how large the window would be.
    let target = Image::new_uninit(
        size,
        TextureDimension::D2,
        TextureFormat::Rgba8UnormSrgb,
        RenderAssetUsages::MAIN_WORLD,
    );
    let handle = app.world_mut().resource_mut::<Assets<Image>>().add(target);
    app.insert_resource(StageTarget(RenderTarget::Image(ImageRenderTarget {
        handle,
        scale_factor: 1.0,
    })));
    app
}
