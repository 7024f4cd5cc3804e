//! The systems: what came in is asked about, what was asked for becomes work, what came of it is told.

use bevy::prelude::*;
use bevy::window::WindowFocused;
use bevy_egui::EguiContexts;

use super::form::{Form, Trial};
use super::state::{Ask, Bring, OwnList};
use super::work::{Tried, Work};
use super::{OwnModelEvent, OwnModelNews, bring_ui};
use crate::classifier::{OwnModel, forget, own_models};
use crate::jobs::{Jobs, Task};
use crate::maps::source::Source;
use crate::ui::commands::Command;
use crate::ui::intake::{Arrival, Arrived, NamesWanted};
use crate::ui::library::Library;
use crate::ui::settings::Settings;
use crate::ui::shell::{ModelChoice, Shell};
use crate::ui::{Asked, HomeDir, NoticeBoard, Session, ShellState, Tab, file_dialog, sentence};

/// What was asked for in this frame.
pub type Asks = crate::tabs::Actions<Ask>;

/// Takes up a model that came in, whatever tab is shown.
pub(super) fn take_arrived(
    mut arrived: MessageReader<Arrived>,
    mut bring: ResMut<Bring>,
    mut asks: ResMut<Asks>,
    mut settings: ResMut<Settings>,
) {
    for message in arrived.read() {
        match &message.what {
            Arrival::Network(path) => {
                settings.opened_model(path);
                // Several at once are asked about one after the other.
                bring.arriving.push_back(path.clone());
                asks.push(Ask::Next);
            }
            Arrival::Names(path) if bring.form.is_some() => {
                asks.push(Ask::TakeNames(path.clone()));
            }
            // It came with a network, which is asked about next.
            Arrival::Names(path) => bring.names = Some(path.clone()),
            _ => {}
        }
    }
}

/// At the start and whenever the window is come back to: training goes on beside it.
pub(super) fn look_for_changes(
    mut focus: MessageReader<WindowFocused>,
    mut work: ResMut<Work>,
    mut begun: Local<bool>,
    home: Res<HomeDir>,
    jobs: Option<Res<Jobs>>,
) {
    let focused = focus.read().any(|message| message.focused);
    if let Some(jobs) = jobs
        && (focused || !*begun)
    {
        *begun = true;
        work.look(&home, &jobs);
    }
}

/// The picture that a model is tried with: the one that the shown tab looks at.
fn source(bring: &Bring, tab: Tab, session: &Session, library: &Library) -> Option<Source> {
    let own = bring.subject.filter(|_| tab == Tab::Models);
    library.get(own.or(session.picture)?)?.source()
}

/// Chooses a model that is kept.
fn choose(shell: &mut Shell, id: &str, name: &str) {
    shell.choose(ModelChoice {
        id: id.to_owned(),
        name: name.to_owned(),
        note: "Added by you.".to_owned(),
        installed: true,
    });
}

/// Takes what came of trying, keeping and looking.
pub(super) fn receive(
    mut bring: ResMut<Bring>,
    mut work: ResMut<Work>,
    mut asks: ResMut<Asks>,
    mut shell: ResMut<ShellState>,
    mut notices: ResMut<NoticeBoard>,
    mut news: MessageWriter<OwnModelNews>,
    home: Res<HomeDir>,
) {
    let tried = work.trying.as_ref();
    if let Some((path, found)) = tried.and_then(|(path, task)| Some((path.clone(), task.take()?))) {
        work.trying = None;
        let found = found.unwrap_or_else(|why| Tried::Not(Trial::Failed(why.to_string())));
        // A form that was closed meanwhile, or one about another file, has nothing to learn.
        if bring.form.as_ref().is_some_and(|form| form.path == path) {
            match learn(&mut bring, found) {
                Some(Learned::TryAgain) => asks.push(Ask::Try),
                Some(Learned::Kept(kept)) => {
                    bring.form = None;
                    choose(&mut shell, &kept.id, &kept.name);
                    notices.info(format!(
                        "{} is this file, kept before: it is chosen. \"Your models...\" in the list \
                         of models changes it.",
                        kept.name
                    ));
                    news.write(OwnModelNews {
                        id: kept.id,
                        what: OwnModelEvent::Kept,
                    });
                    asks.push(Ask::Next);
                }
                None => {}
            }
        }
    }
    match Task::poll(&mut work.keeping) {
        Some(Ok((id, name))) => {
            let changed = bring.form.take().is_some_and(|form| form.changes.is_some());
            let what = if changed {
                rename(&mut shell, &id, &name);
                OwnModelEvent::Changed
            } else {
                // Who keeps a model wants to work with it.
                choose(&mut shell, &id, &name);
                let folder = home.data.join("models");
                notices.info(format!("{name} is kept in {}.", folder.display()));
                OwnModelEvent::Kept
            };
            news.write(OwnModelNews { id, what });
            asks.push(Ask::Next);
        }
        Some(Err(why)) => {
            if let Some(form) = &mut bring.form {
                form.keeping = false;
                form.trial = Trial::Failed(sentence(&why.to_string()));
            }
        }
        None => {}
    }
    match Task::poll(&mut work.looking) {
        Some(Ok(found)) => {
            for renewed in found {
                let known = bring.renewed.iter().any(|r| r.model.id == renewed.model.id);
                if !known {
                    bring.renewed.push_back(renewed);
                }
            }
        }
        Some(Err(why)) => tracing::warn!("models that are kept were not looked at: {why}"),
        None => {}
    }
    if let Some(done) = Task::poll(&mut work.renewing) {
        bring.busy = false;
        bring.renewed.pop_front();
        match done {
            Ok(id) => {
                news.write(OwnModelNews {
                    id,
                    what: OwnModelEvent::Changed,
                });
            }
            Err(why) => notices.problem(sentence(&why.to_string())),
        }
    }
    if let Some(Ok(Some(path))) = Task::poll(&mut work.asking) {
        asks.push(Ask::TakeNames(path));
    }
}

/// What a trial leads to.
enum Learned {
    /// There is something better to try.
    TryAgain,
    /// It is a model that is kept.
    Kept(Box<OwnModel>),
}

/// What a trial found out, for the form that is open.
fn learn(bring: &mut Bring, found: Tried) -> Option<Learned> {
    let form = bring.form.as_mut()?;
    match found {
        Tried::Known(known) => return form.learn(*known).then_some(Learned::TryAgain),
        Tried::Kept(kept) => return Some(Learned::Kept(kept)),
        Tried::Not(Trial::Failed(why)) => form.trial = Trial::Failed(sentence(&why)),
        Tried::Not(Trial::Refused(why)) => form.trial = Trial::Refused(sentence(&why)),
        Tried::Not(trial) => form.trial = trial,
    }
    None
}

fn rename(shell: &mut Shell, id: &str, name: &str) {
    if let Some(model) = shell.models.iter_mut().find(|model| model.id == id) {
        name.clone_into(&mut model.name);
    }
}

/// While something lies over the tab, commands are not for the tab.
pub(super) fn take_keys(
    mut asked: ResMut<Asked>,
    mut asks: ResMut<Asks>,
    bring: Res<Bring>,
    shell: Res<ShellState>,
) {
    if asked.commands().is_empty() {
        return;
    }
    let (open, above) = (bring.is_open(), shell.dialog_open());
    asked.retain(|command| match command {
        Command::OwnModels => {
            asks.push(Ask::List);
            false
        }
        Command::Cancel if open && !above => {
            // The question about a changed file is answered by its buttons.
            if bring.form.is_some() {
                asks.push(Ask::Discard);
            } else if bring.renewed.is_empty() {
                asks.push(Ask::CloseList);
            }
            false
        }
        Command::Cancel
        | Command::Open
        | Command::Show(_)
        | Command::NextTab
        | Command::PreviousTab
        | Command::FullScreen
        | Command::Help
        | Command::Settings
        | Command::Quit => true,
        _ => !open,
    });
}

/// Draws what is open.
pub(super) fn draw(
    mut contexts: EguiContexts,
    mut bring: ResMut<Bring>,
    mut asks: ResMut<Asks>,
) -> Result {
    if bring.is_open() {
        bring_ui(contexts.ctx_mut()?, &mut bring, &mut asks.0);
    }
    Ok(())
}

/// Does what was asked for.
#[expect(
    clippy::too_many_arguments,
    reason = "a system names what it reads and writes"
)]
pub(super) fn act(
    mut asks: ResMut<Asks>,
    mut bring: ResMut<Bring>,
    mut work: ResMut<Work>,
    mut shell: ResMut<ShellState>,
    mut notices: ResMut<NoticeBoard>,
    mut news: MessageWriter<OwnModelNews>,
    mut wanted: ResMut<NamesWanted>,
    (home, jobs): (Res<HomeDir>, Res<Jobs>),
    (tab, session, library): (Res<State<Tab>>, Res<Session>, Res<Library>),
    _main_thread: bevy::ecs::system::NonSendMarker,
) {
    // Written only where something is asked for, so that nothing looks changed.
    if asks.0.is_empty() {
        return;
    }
    let mut attempt = false;
    for ask in asks.take() {
        match ask {
            Ask::Next => attempt |= Work::next_form(&mut bring),
            Ask::Try => attempt = true,
            Ask::ChooseNames => {
                let title = "Names of the classes, one a line";
                let dialog = file_dialog(title, "Text", &["txt", "names", "csv", "json"]);
                work.asking = jobs.background.ask(dialog).or(work.asking.take());
            }
            Ask::TakeNames(path) => {
                if let Some(form) = &mut bring.form {
                    form.take_names(path);
                    attempt = true;
                }
            }
            Ask::Keep => work.keep(&mut bring, &home, &jobs),
            Ask::Discard => {
                if bring.form.as_ref().is_some_and(|form| !form.keeping) {
                    bring.form = None;
                    work.close_tried(&jobs);
                    attempt |= Work::next_form(&mut bring);
                }
            }
            Ask::List => match own_models(&home) {
                Ok(models) => bring.own = Some(OwnList { models, sure: None }),
                Err(why) => notices.problem(sentence(&why.to_string())),
            },
            Ask::CloseList => bring.own = None,
            Ask::Change(id) => {
                let list = bring.own.take().unwrap_or_default();
                let kept = list.models.into_iter().find(|model| model.id == id);
                if let Some(kept) = kept {
                    bring.form = Some(Form::of_kept(kept));
                    attempt = true;
                }
            }
            Ask::Remove(id) => match forget(&home, &id) {
                Ok(()) => {
                    shell.forget(&id);
                    if let Some(list) = &mut bring.own {
                        list.models.retain(|model| model.id != id);
                    }
                    news.write(OwnModelNews {
                        id,
                        what: OwnModelEvent::Removed,
                    });
                }
                Err(why) => notices.problem(sentence(&why.to_string())),
            },
            Ask::TakeNew => decide(&mut bring, &mut work, true, (&home, &jobs)),
            Ask::LeaveOld => decide(&mut bring, &mut work, false, (&home, &jobs)),
        }
    }
    let names = bring.form.is_some();
    if wanted.0 != names {
        wanted.0 = names;
    }
    if attempt {
        let source = source(&bring, **tab, &session, &library);
        work.attempt(&mut bring, source, (&home, &jobs));
    }
}

/// Takes or leaves what the first changed file holds.
fn decide(bring: &mut Bring, work: &mut Work, take: bool, (home, jobs): (&HomeDir, &Jobs)) {
    if let Some(renewed) = bring.renewed.front().filter(|_| !bring.busy) {
        work.decide(renewed.clone(), take, home, jobs);
        bring.busy = true;
    }
}
