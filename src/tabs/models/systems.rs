//! The tab's own systems: it draws itself, and what was asked for becomes work.

use std::collections::BTreeSet;

use bevy::prelude::*;
use bevy_egui::EguiContexts;

use super::hang::hang;
use super::state::{Ask, Cell, Explained, Models, Version, View};
use super::ticked::sync;
use super::work::{Purpose, Work};
use super::{Offer, tab_ui};
use crate::classifier::PictureKind;
use crate::jobs::Jobs;
use crate::maps::painter::Painter;
use crate::saliency::{ClassChoice, Method};
use crate::tabs::bring::Bring;
use crate::tabs::{ComparePair, ShowPictures, Side};
use crate::ui::commands::Command;
use crate::ui::library::Library;
use crate::ui::pictures::Pictures;
use crate::ui::{
    Asked, Awake, Body, HomeDir, NoticeBoard, Session, ShellState, area, file_dialog, save_dialog,
    where_dialog,
};

/// Sides of a cell's picture, in logical pixels.
const SIDES: (f32, f32) = (64.0, 224.0);

/// What the panels asked for in this frame.
pub type Asks = crate::tabs::Actions<Ask>;

/// The first visit shows something at once: the picture of "See why", four installed models, two
/// textures and fog.
pub(super) fn enter(
    mut models: ResMut<Models>,
    mut asks: ResMut<Asks>,
    mut work: ResMut<Work>,
    session: Res<Session>,
    library: Res<Library>,
    shell: Res<ShellState>,
) {
    work.entered = true;
    if work.begun {
        return;
    }
    work.begun = true;
    if models.chosen.is_none() {
        let first = (!library.items().is_empty()).then_some(0);
        if let Some(index) = session.picture.or(first) {
            asks.push(Ask::Choose(index));
        }
    }
    if models.ticked.is_empty() {
        let installed = shell.models.iter().filter(|model| model.installed);
        models.ticked = installed.take(4).map(|model| model.id.clone()).collect();
    }
    if models.textures.is_empty() && models.corruptions.is_empty() {
        let textures = library.items().iter();
        models.textures = textures
            .filter(|item| item.kind == PictureKind::Texture)
            .take(2)
            .map(|item| item.id)
            .collect();
        models.corruptions = BTreeSet::from([crate::stylize::corruption::Corruption::Fog]);
    }
}

/// Draws the tab; what the workers made becomes textures here.
#[expect(
    clippy::too_many_arguments,
    reason = "a system names what it reads and writes"
)]
pub(super) fn draw(
    mut contexts: EguiContexts,
    body: Res<Body>,
    mut models: ResMut<Models>,
    mut work: ResMut<Work>,
    mut library: ResMut<Library>,
    shell: Res<ShellState>,
    mut asks: ResMut<Asks>,
    asked: Res<Asked>,
    mut awake: ResMut<Awake>,
) -> Result {
    let ctx = contexts.ctx_mut()?;
    asks.0.extend(asked.commands().iter().copied().map(Ask::Do));
    if hang(ctx, &mut models, &mut work) {
        awake.stay();
    }
    let photos = library.thumbs(ctx, |item| item.kind == PictureKind::Photo);
    let textures = library.thumbs(ctx, |item| item.kind == PictureKind::Texture);
    let numbers: Vec<u64> = library.items().iter().map(|item| item.id).collect();
    let mut root = area(ctx, "models", body.0);
    let offer = Offer {
        photos: &photos,
        textures: &textures,
        numbers: &numbers,
        models: &shell.models,
    };
    tab_ui(&mut root, &mut models, offer, &mut asks.0);
    Ok(())
}

fn toggle_texture(models: &mut Models, pictures: &Pictures, index: usize) {
    if let Some(item) = pictures.library.get(index)
        && !models.textures.remove(&item.id)
    {
        models.textures.insert(item.id);
    }
    models.stopped = false;
}

/// Does what was asked for, then sees to it that everything the matrix lacks is on its way.
#[expect(
    clippy::too_many_arguments,
    reason = "a system names what it reads and writes"
)]
pub(super) fn act(
    mut asks: ResMut<Asks>,
    mut models: ResMut<Models>,
    mut work: ResMut<Work>,
    mut pictures: Pictures,
    mut bring: ResMut<Bring>,
    shell: Res<ShellState>,
    mut pairs: MessageWriter<ComparePair>,
    mut shown: MessageWriter<ShowPictures>,
    mut notices: ResMut<NoticeBoard>,
    mut contexts: EguiContexts,
    painter: Res<Painter>,
    home: Res<HomeDir>,
    session: Res<Session>,
    _main_thread: bevy::ecs::system::NonSendMarker,
) -> Result {
    let scale = contexts.ctx_mut()?.pixels_per_point();
    let mut later = Vec::new();
    for ask in asks.take() {
        match ask {
            Ask::Choose(index) => choose(&mut models, &mut work, &mut pictures, index),
            Ask::Texture(index) => toggle_texture(&mut models, &pictures, index),
            Ask::Select(row, column) => {
                models.selected = (row, column);
                models.reveal = true;
            }
            Ask::Open(row, column) => {
                models.selected = (row, column);
                if let Some(pair) = pair_of(&models, &session, shell.method, row, column) {
                    pairs.write(pair);
                }
            }
            Ask::Again => models.stopped = false,
            Ask::Back => models.view = View::Matrix,
            Ask::OpenResults => {
                let kind = "Results (CSV, Parquet)";
                let dialog = file_dialog("Open results", kind, &["csv", "parquet"]);
                work.ask(&pictures.jobs, Purpose::Results, dialog);
            }
            Ask::RunFolder => {
                let dialog = where_dialog("Run over a folder");
                work.ask(&pictures.jobs, Purpose::Folder, dialog);
            }
            // The columns come with the first frame of this tab.
            Ask::RunOver(..) if models.columns.is_empty() => later.push(ask),
            Ask::RunOver(folder, some) => {
                let request = session.question(shell.method, ClassChoice::Auto);
                let what = (folder, Some(some));
                work.run_folder(&mut models, request, what, (&home, &pictures.jobs));
            }
            Ask::ShowDissent => {
                if let Some(message) = models.results.as_ref().and_then(super::folder::dissenters) {
                    shown.write(message);
                }
            }
            Ask::StopRun => {
                work.running = None;
                if models.run.take().is_some() {
                    notices.info(
                        "Stopped. What was computed is kept: the same run goes on from there.",
                    );
                }
            }
            // Done by the system of the cases.
            Ask::Case(_) | Ask::CaseOf(..) | Ask::FindPictures => {}
            Ask::Do(command) => match command {
                Command::Open => pictures.jobs.background.dialog(crate::ui::open_dialog()),
                Command::Paste => pictures.jobs.background.paste(),
                Command::Cancel if shell.dialog_open() => {}
                Command::Cancel if models.working() => {
                    models.stopped = true;
                    work.cancel_all(&pictures.jobs);
                    let unfinished = |cell: &Cell| matches!(cell, Cell::Working(_) | Cell::Waiting);
                    models.cells.retain(|_, cell| !unfinished(cell));
                }
                Command::Retry => retry(&mut models, &mut work, &mut pictures),
                Command::Save if models.view == View::Folder => {
                    if let Some(results) = &models.results {
                        notices.info(format!("These results are in {}.", results.path.display()));
                    }
                }
                Command::SaveAs if models.view == View::Folder => {
                    save_page(&models, &pictures.jobs);
                }
                Command::Save | Command::SaveAs => save(&models, shell.method, &pictures.jobs),
                Command::ZoomIn => models.side = (models.side + 16.0).min(SIDES.1),
                Command::ZoomOut => models.side = (models.side - 16.0).max(SIDES.0),
                Command::ZoomFit => models.side = Models::default().side,
                _ => {}
            },
        }
    }
    asks.0.extend(later);
    if bring.subject != models.chosen {
        bring.subject = models.chosen;
    }
    sync(
        &mut models,
        &mut work,
        &pictures.library,
        (&shell, &session),
        &pictures.jobs,
        &home,
    );
    if std::mem::take(&mut work.entered) {
        let changed = work.check_files(&mut models, &pictures.jobs);
        for name in changed {
            notices.info(format!(
                "{name} was replaced on disk: its cells are computed anew."
            ));
        }
    }
    if !models.stopped {
        work.make_versions(&models, &painter, &pictures);
        work.explain(&mut models, &session, shell.method, &pictures.jobs);
    }
    work.sketch(&models, scale, &pictures.jobs);
    Ok(())
}

/// Asks where to, and writes a folder's results as one page.
fn save_page(models: &Models, jobs: &Jobs) {
    let Some(results) = &models.results else {
        return;
    };
    let table = results.path.clone();
    let name = table.with_extension("html");
    let name = name.file_name().unwrap_or_default().to_string_lossy();
    let dialog = save_dialog(
        "Save these results: .html",
        &name,
        &[("Page with curves (HTML)", &["html"])],
    );
    let (rows, digest) = (results.rows.clone(), results.digest.clone());
    jobs.background.save(dialog, move |path| {
        super::export::page(&rows, &digest.truths, &table, path)?;
        Ok(path.to_owned())
    });
}

/// Asks where to, and writes what is in the matrix now.
fn save(models: &Models, method: Method, jobs: &Jobs) {
    let draft = super::export::Draft::of(models, method);
    let dialog = save_dialog(
        "Save the matrix: .html, .png or .csv",
        "models.html",
        &[
            ("Report with pictures (HTML)", &["html"]),
            ("Picture (PNG)", &["png"]),
            ("Numbers (CSV)", &["csv"]),
        ],
    );
    let write = move |path: &std::path::Path| super::export::write(&draft, path);
    jobs.background.save(dialog, write);
}

fn choose(models: &mut Models, work: &mut Work, pictures: &mut Pictures, index: usize) {
    let Some(item) = pictures.library.get(index) else {
        return;
    };
    models.chosen = Some(index);
    models.picture_name.clone_from(&item.name);
    models.failed = None;
    models.stopped = false;
    models.view = View::Matrix;
    let (id, known) = (item.id, item.picture.clone());
    work.opening = None;
    match known {
        Some(picture) => work.take_picture(models, &pictures.jobs, picture),
        None => work.opening = pictures.open(id),
    }
}

fn retry(models: &mut Models, work: &mut Work, pictures: &mut Pictures) {
    models.stopped = false;
    models
        .cells
        .retain(|_, cell| !matches!(cell, Cell::Failed(_)));
    for column in &mut models.columns {
        column.broken = None;
    }
    for version in &mut models.versions {
        if version.failed.take().is_some() {
            work.asked_versions.remove(&version.key);
        }
    }
    work.entered = true;
    if models.failed.is_some()
        && let Some(index) = models.chosen
    {
        choose(models, work, pictures, index);
    }
}

/// The pair of a cell: the original and this version, with the request that computed their maps.
fn pair_of(
    models: &Models,
    session: &Session,
    method: Method,
    row: usize,
    column: usize,
) -> Option<ComparePair> {
    let (version, model) = (models.versions.get(row)?, models.columns.get(column)?);
    let (first, finding) = (models.finding(0, column)?, models.finding(row, column)?);
    let side = |version: &Version, class: usize| -> Option<Side> {
        Some(Side {
            name: format!("{}, {}", models.picture_name, version.name),
            picture: version.picture.clone()?,
            model: model.model.clone(),
            request: session.question(method, ClassChoice::Class(class)),
        })
    };
    let class = match models.explained {
        Explained::ItsAnswer => finding.row.class,
        Explained::FirstAnswer => first.row.class,
    };
    Some(ComparePair {
        a: side(models.versions.first()?, first.row.class)?,
        b: side(version, class)?,
        delta: Some(finding.delta),
    })
}
