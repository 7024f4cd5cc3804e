//! The whole program as one Bevy plugin: the window and the tour add it, each to its own app.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bevy::prelude::*;

use crate::caches::CacheKind;
use crate::classifier::{Catalog, ClassifierError, Housekeeper};
use crate::home::Home;
use crate::jobs::{Cache, DiskCache, Explainer, Jobs, Wake, Work};
use crate::maps::painter::Painter;
use crate::saliency::Method;
use crate::store::{self, Keeper};
use crate::tabs::look::OpenAtStart;
use crate::ui::Tab;
use crate::ui::library::Library;
use crate::ui::own::StoreKeeper;
use crate::ui::settings::Settings;
use crate::ui::shell::{ModelChoice, Shell};
use crate::ui::{HomeDir, NoticeBoard, ShellState};

/// So long after the last map every network is closed: its memory is the system's again. It opens
/// in some ten milliseconds when it is needed.
const QUIET: Duration = Duration::from_secs(20);

/// Closes networks that nobody uses; ends with the program.
#[derive(Resource)]
struct OpenNetworks(#[expect(dead_code, reason = "it works by being there")] Housekeeper);

/// What a run of the program starts with.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Where things lie.
    pub home: Home,
    /// What is known by name.
    pub catalog: Catalog,
    /// What was remembered.
    pub settings: Settings,
    /// What a person should be told at the start.
    pub notices: Vec<String>,
    /// Pictures to open.
    pub pictures: Vec<PathBuf>,
    /// A model to start with, by identifier or path; `None` takes the remembered one.
    pub model: Option<String>,
}

impl Setup {
    /// Reads the catalog and the settings of `home`.
    ///
    /// # Errors
    /// When the catalog is there and cannot be read.
    pub fn read(home: Home) -> Result<Self, ClassifierError> {
        let catalog = Catalog::load(&home)?;
        let (settings, trouble) = store::Settings::load(&store::Settings::path(&home));
        Ok(Self {
            home,
            catalog,
            settings: Settings(settings),
            notices: trouble.into_iter().collect(),
            pictures: Vec::new(),
            model: None,
        })
    }

    /// The classifiers that can be chosen.
    fn models(&self) -> Vec<ModelChoice> {
        let mut models: Vec<ModelChoice> = self
            .catalog
            .models
            .iter()
            .map(|entry| {
                let installed = self.catalog.model_path(&self.home, entry).is_file();
                let note = if installed {
                    entry.note.clone().unwrap_or_default()
                } else {
                    "Not installed. Run: python3 models/install.py".to_owned()
                };
                ModelChoice {
                    id: entry.id.clone(),
                    name: entry.name.clone().unwrap_or_else(|| entry.id.clone()),
                    note,
                    installed,
                }
            })
            .collect();
        // A file given by path is a model like any other.
        if let Some(path) = &self.model
            && !models.iter().any(|model| model.id == *path)
        {
            models.push(ModelChoice::of_file(Path::new(path)));
        }
        models
    }

    fn shell(&self) -> Shell {
        let models = self.models();
        let wanted = self.model.as_ref().or(self.settings.model.as_ref());
        let usable = |model: &&ModelChoice| model.installed;
        let model = wanted
            .and_then(|id| models.iter().position(|m| m.id == *id && m.installed))
            .or_else(|| models.iter().position(|model| usable(&model)))
            .unwrap_or(usize::MAX);
        let method = self
            .settings
            .method
            .as_deref()
            .and_then(|id| id.parse().ok())
            .unwrap_or(Method::Xrai);
        Shell {
            tab: Tab::default(),
            models,
            model,
            method,
            help: false,
            settings: false,
        }
    }
}

/// Adds the program to an app that has Bevy's own plugins already.
///
/// # Errors
/// When the system cannot start the worker threads.
pub fn add(app: &mut App, setup: Setup, wake: &Wake) -> std::io::Result<()> {
    let results = CacheKind::Results.open(&setup.home);
    let cache = Cache::new(Some(DiskCache::within(results)));
    let work = Explainer::new(setup.home.clone(), setup.catalog.clone(), cache);
    // Before the first map is asked for.
    work.use_device(setup.settings.device);
    add_with(app, setup, Arc::new(work), wake)
}

/// As [`add`], with `work` to explain.
///
/// # Errors
/// When the system cannot start the worker threads.
pub(crate) fn add_with(
    app: &mut App,
    setup: Setup,
    work: Arc<dyn Work>,
    wake: &Wake,
) -> std::io::Result<()> {
    crate::ui::fonts::load(&setup.home);
    let shell = setup.shell();
    let mut library = Library::of_catalog(&setup.home, &setup.catalog);
    let mut notices = NoticeBoard::default();
    let trouble = crate::ui::own::recall(&setup.home, &mut library);
    for sentence in setup.notices.into_iter().chain(trouble) {
        notices.problem(sentence);
    }
    let awake = wake.clone();
    let keeper = Keeper::start(move || awake());
    let housekeeper = Housekeeper::start(QUIET, crate::allocator::give_back);
    app.insert_resource(Jobs::start(work, wake)?)
        .insert_resource(library)
        .insert_resource(notices)
        .insert_resource(StoreKeeper(keeper))
        .insert_resource(OpenNetworks(housekeeper))
        .insert_resource(ShellState(shell))
        .insert_resource(setup.settings)
        .insert_resource(Painter::new(setup.home.clone()))
        .insert_resource(HomeDir(setup.home))
        .insert_resource(OpenAtStart(setup.pictures))
        .add_plugins((
            crate::stage::plugin,
            crate::jobs::plugin,
            crate::ui::plugin,
            crate::tabs::plugin,
        ));
    crate::ui::screen_reader::add(app, wake.clone());
    crate::ui::fonts::add(app, wake.clone())
}
