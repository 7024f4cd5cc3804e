//! From a line of a folder's results to the case itself: the picture in "See why", or a network's two
//! maps of it side by side; and where the pictures of a table lie.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bevy::ecs::system::NonSendMarker;
use bevy::prelude::*;

use super::runs::remember_folder;
use super::state::{Ask, Models, ORIGINAL};
use super::systems::Asks;
use super::work::{Purpose, Work};
use crate::compare::robustness::Dissent;
use crate::home::Home;
use crate::jobs::{Jobs, Lane, Reporter, Task, Urgency};
use crate::picture::{self, Picture};
use crate::saliency::ClassChoice;
use crate::stylize::shift::{Easel, Shift};
use crate::tabs::{ComparePair, Side, look};
use crate::ui::library::Library;
use crate::ui::{HomeDir, NoticeBoard, Session, ShellState, Tab, WayBack, sentence, where_dialog};

/// A case that is on its way to Similarity.
#[derive(Resource, Default)]
pub(super) struct Cases(Option<(Case, Task<Made>)>);

/// Whose maps are wanted of which picture.
struct Case {
    picture: String,
    shift: String,
    model: String,
}

/// A picture and its version.
struct Made {
    original: Arc<Picture>,
    version: Arc<Picture>,
}

/// What it takes to go to "See why" and come back.
#[derive(bevy::ecs::system::SystemParam)]
pub(super) struct ToLook<'w> {
    next: ResMut<'w, NextState<Tab>>,
    back: ResMut<'w, WayBack>,
    asks: ResMut<'w, look::Asks>,
    library: ResMut<'w, Library>,
}

impl ToLook<'_> {
    /// Shows the picture at `path` there.
    fn see_why(&mut self, path: &Path, jobs: &Jobs) {
        let before = self.library.items().len();
        let index = self.library.add_file(path);
        if index == before
            && let Some(item) = self.library.get(index)
        {
            jobs.background.thumb(item.id, path.to_owned());
        }
        self.asks.push(look::Ask::Choose(index));
        self.back.0 = Some(Tab::Models);
        NextState::set_if_neq(&mut self.next, Tab::Look);
    }
}

/// Does what was asked for of a case, and leaves the rest to the tab.
#[expect(
    clippy::too_many_arguments,
    reason = "a system names what it reads and writes"
)]
pub(super) fn act(
    mut asks: ResMut<Asks>,
    models: Res<Models>,
    mut work: ResMut<Work>,
    mut cases: ResMut<Cases>,
    mut shell: ResMut<ShellState>,
    mut to_look: ToLook,
    mut notices: ResMut<NoticeBoard>,
    home: Res<HomeDir>,
    jobs: Res<Jobs>,
    _main_thread: NonSendMarker,
) {
    for ask in asks.take() {
        match ask {
            Ask::Case(index) => {
                if let Some((path, _)) = file_of(&models, index) {
                    to_look.see_why(&path, &jobs);
                }
            }
            Ask::CaseOf(index, number) => {
                let Some((path, dissent)) = file_of(&models, index) else {
                    continue;
                };
                let Some((model, ..)) = dissent.answers.get(number) else {
                    continue;
                };
                let known = shell.models.iter().position(|known| known.id == *model);
                let installed = |at: &usize| shell.models.get(*at).is_some_and(|m| m.installed);
                let Some(known) = known.filter(installed) else {
                    notices.info(format!(
                        "The network {model} is not here: add its file, and open the case again."
                    ));
                    continue;
                };
                if dissent.shift == ORIGINAL {
                    shell.model = known;
                    to_look.see_why(&path, &jobs);
                    continue;
                }
                let case = Case {
                    picture: dissent.picture.clone(),
                    shift: dissent.shift.clone(),
                    model: model.clone(),
                };
                let (home, shift) = (Home::clone(&home), dissent.shift.clone());
                let make = move |reporter: &Reporter<'_>| made(&path, &shift, &home, reporter);
                cases.0 = Some((case, jobs.run(Lane::Pictures, Urgency::Now, make)));
                notices.info("Making the picture of this case...");
            }
            Ask::FindPictures => {
                let dialog = where_dialog("Where are the pictures of this table?");
                work.ask(&jobs, Purpose::Pictures, dialog);
            }
            other => asks.push(other),
        }
    }
}

/// The file of a case's picture.
fn file_of(models: &Models, index: usize) -> Option<(PathBuf, &Dissent)> {
    let results = models.results.as_ref()?;
    let dissent = results.dissent.get(index)?;
    Some((results.files.get(&dissent.picture)?.clone(), dissent))
}

/// The picture, and what the shift makes of it, as a run over the folder makes it.
fn made(path: &Path, shift: &str, home: &Home, reporter: &Reporter<'_>) -> Result<Made, String> {
    let line = |error: &dyn std::fmt::Display| error.to_string();
    let shift = shift.parse::<Shift>()?;
    let original = picture::open(path).map_err(|e| line(&e))?;
    let easel = Easel::for_shifts(std::slice::from_ref(&shift), 0, home).map_err(|e| line(&e))?;
    let shifted = easel.shifted(&original.pixels, &shift, reporter);
    let pixels = shifted.map_err(|e| line(&e))?;
    let name = format!(
        "{}, {}",
        original.name,
        super::folder::shift_name(&shift.to_string())
    );
    Ok(Made {
        version: Arc::new(Picture::from_pixels(name, pixels)),
        original: Arc::new(original),
    })
}

/// Hands the case over to Similarity when its pictures are there.
pub(super) fn receive(
    mut cases: ResMut<Cases>,
    mut pairs: MessageWriter<ComparePair>,
    mut notices: ResMut<NoticeBoard>,
    shell: Res<ShellState>,
    session: Res<Session>,
) {
    let Some(answer) = cases.0.as_ref().and_then(|(_, task)| task.take()) else {
        return;
    };
    let Some((case, _)) = cases.0.take() else {
        return;
    };
    match answer {
        Ok(made) => {
            let side = |name: String, picture: Arc<Picture>| Side {
                name,
                picture,
                model: case.model.clone(),
                request: session.question(shell.method, ClassChoice::Auto),
            };
            let named =
                |shift: &str| format!("{}, {}", case.picture, super::folder::shift_name(shift));
            pairs.write(ComparePair {
                a: side(named(ORIGINAL), made.original),
                b: side(named(&case.shift), made.version),
                delta: None,
            });
        }
        Err(why) => notices.problem(sentence(&why.to_string())),
    }
}

/// The pictures of the open table lie in `folder`: it is remembered, and the table read again.
pub(super) fn found(models: &Models, work: &mut Work, folder: &Path, home: &Home, jobs: &Jobs) {
    let Some(results) = &models.results else {
        return;
    };
    // Where it cannot be remembered, it is asked for again next time.
    if let Err(why) = remember_folder(home, &results.path, folder) {
        tracing::warn!("where the pictures lie is not remembered: {why}");
    }
    work.read_results(results.path.clone(), Some(folder.to_owned()), home, jobs);
}
