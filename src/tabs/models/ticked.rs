//! What is ticked becomes rows and columns.

use super::state::{Column, MOST_MODELS, MOST_VERSIONS, Models, ORIGINAL, Version};
use super::work::Work;
use crate::jobs::Jobs;
use crate::saliency::ClassChoice;
use crate::stylize::shift::Shift;
use crate::ui::library::{Item, Library};
use crate::ui::{HomeDir, Session, ShellState};

/// The name by which shifts call a texture: an installed one by its file's name, as on the command
/// line, one of the person's own by its path.
pub(super) fn texture_key(item: &Item) -> String {
    match (&item.path, item.own) {
        (Some(path), false) => path
            .file_stem()
            .map_or_else(|| item.name.clone(), |s| s.to_string_lossy().into_owned()),
        (Some(path), true) => path.display().to_string(),
        (None, _) => format!("{} {}", item.name, item.id),
    }
}

/// The row that a shift makes.
pub(super) fn key_of(shift: Option<&Shift>) -> String {
    shift.map_or_else(|| ORIGINAL.to_owned(), Shift::to_string)
}

/// The rows that are chosen, in order.
fn wanted_versions(models: &Models, library: &Library) -> Vec<(Option<Shift>, String)> {
    let mut wanted = vec![(None, "Original".to_owned())];
    for item in library.items() {
        if models.textures.contains(&item.id) {
            let key = texture_key(item);
            wanted.extend(models.levels.strengths().iter().map(|strength| {
                let name = format!("{} {strength} %", item.name);
                (Some(Shift::Painted(key.clone(), *strength)), name)
            }));
        }
    }
    for corruption in &models.corruptions {
        wanted.extend(models.levels.severities().iter().map(|severity| {
            let name = format!("{} {severity}", corruption.name());
            (Some(Shift::Corrupted(*corruption, *severity)), name)
        }));
    }
    wanted.truncate(MOST_VERSIONS);
    wanted
}

/// Brings rows and columns in line with what is ticked.
pub(super) fn sync(
    models: &mut Models,
    work: &mut Work,
    library: &Library,
    (shell, session): (&ShellState, &Session),
    jobs: &Jobs,
    home: &HomeDir,
) {
    let asked = session.question(shell.method, ClassChoice::Auto);
    let basis = (asked, models.explained);
    if work.basis.as_ref() != Some(&basis) {
        work.basis = Some(basis);
        work.forget_cells(models, jobs);
    }
    let wanted = if work.picture.is_some() {
        wanted_versions(models, library)
    } else {
        Vec::new()
    };
    let keys: Vec<String> = wanted.iter().map(|(s, _)| key_of(s.as_ref())).collect();
    if !models.versions.iter().map(|v| &v.key).eq(keys.iter()) {
        let mut old = std::mem::take(&mut models.versions);
        for ((shift, name), key) in wanted.into_iter().zip(keys) {
            let known = old.iter().position(|version| version.key == key);
            models.versions.push(match known {
                Some(at) => old.swap_remove(at),
                None => Version {
                    shift,
                    key,
                    name,
                    picture: None,
                    thumb: None,
                    failed: None,
                },
            });
        }
        for gone in old {
            work.thumbs.remove(&gone.key);
            work.versions.forget(|key| *key == gone.key);
            work.asked_versions.remove(&gone.key);
            work.forget(models, jobs, &|key| key.0 == gone.key);
        }
    }
    let ticked = |id: &str| models.ticked.contains(id);
    let chosen: Vec<(&str, &str)> = shell
        .models
        .iter()
        .filter(|model| model.installed && ticked(&model.id))
        .map(|model| (model.id.as_str(), model.name.as_str()))
        .take(MOST_MODELS)
        .collect();
    let now = models
        .columns
        .iter()
        .map(|c| (c.model.as_str(), c.name.as_str()));
    if !now.eq(chosen.iter().copied()) {
        let old = std::mem::take(&mut models.columns);
        models.columns = chosen
            .into_iter()
            .map(|(id, name)| Column {
                model: id.to_owned(),
                name: name.to_owned(),
                broken: old
                    .iter()
                    .find(|c| c.model == id)
                    .and_then(|c| c.broken.clone()),
            })
            .collect();
        for gone in old {
            if !models.columns.iter().any(|c| c.model == gone.model) {
                work.originals.remove(&gone.model);
                work.forget(models, jobs, &|key| key.1 == gone.model);
            }
        }
        work.find_files(models, home, jobs);
    }
    models.selected.0 = models
        .selected
        .0
        .min(models.versions.len().saturating_sub(1));
    models.selected.1 = models
        .selected
        .1
        .min(models.columns.len().saturating_sub(1));
}
