//! The tab's systems of a frame: drawing, and doing what was asked for.

use bevy::ecs::system::NonSendMarker;
use bevy::prelude::*;
use bevy_egui::{EguiContexts, egui};

use super::deal::{ahead, begin, over};
use super::keep::{GameShot, NOTHING};
use super::requests::{follow_the_bar, hurry, pair};
use super::rules::{Effect, obey, pass};
use super::state::{Ask, Explain, Game, Phase, Status};
use super::table::Table;
use super::{PANE, choose, tab_ui};
use crate::classifier::PictureKind;
use crate::guess::scores::ScoreBook;
use crate::jobs::Jobs;
use crate::stage::{Canvas, Pane, StageCommand, StageFrame, Strokes};
use crate::tabs::ComparePair;
use crate::tabs::actions::act_as_everywhere;
use crate::ui::commands::Command;
use crate::ui::library::Library;
use crate::ui::pictures::Pictures;
use crate::ui::settings::Settings;
use crate::ui::shell::Shell;
use crate::ui::{Asked, Awake, Body, HomeDir, NoticeBoard, Session, ShellState, area};

/// Longest step of a round's time: a machine that slept did not play, in seconds.
const LONGEST_STEP: f64 = 5.0;

/// What the panels asked for in this frame.
pub type Asks = crate::tabs::Actions<Ask>;

/// Spawns the pane and reads the scores.
pub(super) fn start(
    mut commands: Commands,
    mut table: ResMut<Table>,
    jobs: Res<Jobs>,
    home: Res<HomeDir>,
) {
    commands.spawn((Name::new("canvas"), Pane::new(PANE), Canvas::default()));
    table.load(ScoreBook::path(&home), &jobs);
}

/// Begins a game when the tab is shown first: never an empty window.
pub(super) fn enter(
    mut explain: ResMut<Explain>,
    mut table: ResMut<Table>,
    mut asks: ResMut<Asks>,
) {
    table.clock = None;
    if explain.game.is_none() {
        asks.push(Ask::NewGame);
    }
    explain.setup_open = false;
}

/// Draws the tab and puts the canvas where it goes.
#[expect(
    clippy::too_many_arguments,
    reason = "a system names what it reads and writes"
)]
pub(super) fn draw(
    mut contexts: EguiContexts,
    body: Res<Body>,
    mut explain: ResMut<Explain>,
    mut table: ResMut<Table>,
    mut library: ResMut<Library>,
    shell: Res<ShellState>,
    settings: Res<Settings>,
    mut asks: ResMut<Asks>,
    asked: Res<Asked>,
    mut frame: ResMut<StageFrame>,
    mut strokes: ResMut<Strokes>,
    mut panes: Query<(&mut Pane, &mut Canvas)>,
) -> Result {
    let ctx = contexts.ctx_mut()?;
    asks.0.extend(asked.commands().iter().copied().map(Ask::Do));
    tick(ctx, &mut explain, &mut table, &shell, &mut asks);
    let thumbs = library.thumbs(ctx, |item| item.kind == PictureKind::Photo);
    let pickable = choose::pickable(library.items());
    let mut root = area(ctx, "explain", body.0);
    tab_ui(
        &mut root,
        &mut explain,
        (&thumbs, &pickable),
        &mut frame,
        &mut asks.0,
    );
    // Short where motion is allowed; a wipe that is moved by hand follows at once.
    let animated = settings.motion && !explain.wiping && explain.wipe > 0.0;
    let secs = if animated {
        crate::ui::theme::MOTION_SECS
    } else {
        0.0
    };
    let wipe = ctx.animate_value_with_time(egui::Id::new("wipe"), explain.wipe, secs);
    for (mut pane, mut canvas) in panes.iter_mut().filter(|(pane, _)| pane.id == PANE) {
        lay_out(&explain, &table, wipe, &mut pane, &mut canvas);
    }
    let at = explain.game.as_ref().map(|game| game.at);
    let round = explain.game.as_mut().and_then(Game::round_mut);
    if let Some(board) = round.and_then(|round| round.board.as_mut())
        && let Some(painted) = at
            .and_then(|at| table.seats.get(&at))
            .and_then(|seat| seat.painted.as_ref())
    {
        strokes.draw(painted, board.take_stamps());
    }
    Ok(())
}

/// Lets time pass while somebody plays; the round ends where its time is up.
fn tick(
    ctx: &egui::Context,
    explain: &mut Explain,
    table: &mut Table,
    shell: &Shell,
    asks: &mut Asks,
) {
    let now = ctx.input(|input| input.time);
    let passed = table.clock.map_or(0.0, |then| now - then);
    table.clock = Some(now);
    let Some(game) = &mut explain.game else {
        return;
    };
    // Nobody plays while help is read.
    if shell.dialog_open() {
        return;
    }
    if pass(game, passed.clamp(0.0, LONGEST_STEP)) {
        asks.push(Ask::Reveal);
    }
    if game.limit.is_some() && game.can_paint() {
        ctx.request_repaint_after(std::time::Duration::from_secs(1));
    }
}

/// What the stage shows of the round that is played.
fn lay_out(
    explain: &Explain,
    table: &Table,
    wipe: f32,
    pane: &mut Mut<Pane>,
    canvas: &mut Mut<Canvas>,
) {
    let game = explain.game.as_ref();
    let round = game.and_then(Game::round);
    let seat = game.and_then(|game| table.seats.get(&game.at));
    let (texture, size) = seat.map_or((None, UVec2::ONE), |seat| {
        let size = seat
            .picture
            .as_ref()
            .map_or(UVec2::ONE, |p| p.size().into());
        (seat.texture.clone(), size)
    });
    if pane.picture != texture || pane.picture_size != size {
        pane.picture = texture;
        pane.picture_size = size;
    }
    let want = match (round, seat) {
        (Some(round), Some(seat)) if round.board.is_some() => {
            let [left, top, right, bottom] = round.region;
            let over = game.is_some_and(|game| game.phase != Phase::Playing);
            Canvas {
                painted: seat.painted.clone(),
                answer: if over { seat.answer.clone() } else { None },
                segments: seat.segments.clone(),
                region: Rect::new(left, top, right, bottom),
                wipe: if over { wipe } else { 0.0 },
                cursor: round.cursor,
                hint: round.hint,
            }
        }
        _ => Canvas::default(),
    };
    canvas.set_if_neq(want);
}

/// Does what was asked for.
#[expect(
    clippy::too_many_arguments,
    reason = "a system names what it reads and writes"
)]
pub(super) fn act(
    mut asks: ResMut<Asks>,
    mut explain: ResMut<Explain>,
    mut table: ResMut<Table>,
    mut pictures: Pictures,
    shell: Res<ShellState>,
    session: Res<Session>,
    home: Res<HomeDir>,
    mut stage: MessageWriter<StageCommand>,
    mut pairs: MessageWriter<ComparePair>,
    mut awake: ResMut<Awake>,
    mut notices: ResMut<NoticeBoard>,
    _main_thread: NonSendMarker,
) {
    for ask in asks.take() {
        match obey(&mut explain, &ask) {
            Some(Effect::Start { same }) => {
                let choices = (&**shell, &*session);
                begin(&mut explain, &mut table, &mut pictures, choices, same);
                awake.stay();
            }
            Some(Effect::Over) => {
                over(&mut explain, &mut table, &home, &pictures.jobs);
                awake.stay();
            }
            Some(Effect::Moved) => {
                let whole = StageCommand::Fit;
                stage.write(whole);
                ahead(&mut explain, &mut table, &mut pictures);
                hurry(&mut explain, &mut table, &pictures.jobs);
                awake.stay();
            }
            Some(Effect::Again) => {
                if let Some(round) = explain.game.as_mut().and_then(Game::round_mut)
                    && matches!(round.status, Status::Failed(_))
                {
                    round.status = Status::Ahead;
                }
                ahead(&mut explain, &mut table, &mut pictures);
            }
            Some(Effect::Folder) => pictures
                .jobs
                .background
                .dialog(crate::ui::pictures_dialog()),
            Some(Effect::Compare(model)) => {
                if let Some(pair) = pair(&explain, &table, &model) {
                    pairs.write(pair);
                }
            }
            Some(Effect::Do(Command::Save)) => match GameShot::of(&explain, &table) {
                Some(shot) => shot.save(&pictures.jobs),
                None => notices.info(NOTHING),
            },
            Some(Effect::Do(command)) => {
                act_as_everywhere(command, &pictures.jobs, &mut stage);
            }
            None => {}
        }
    }
    follow_the_bar(&mut explain, &mut table, (&shell, &session), &pictures.jobs);
}
