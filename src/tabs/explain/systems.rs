//! The tab's systems: what was asked for becomes work, what the workers report becomes state.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use bevy::ecs::system::NonSendMarker;
use bevy::prelude::*;
use bevy::render::renderer::RenderDevice;
use bevy_egui::{EguiContexts, egui};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use super::prepare::{self, Job, News, Opened, Place, Prepared, Source};
use super::rules::{Effect, obey, pass, ready};
use super::state::{Ask, Explain, Game, Phase, Rival, Round, Status};
use super::{PANE, choose, tab_ui};
use crate::classifier::PictureKind;
use crate::guess::scores::{Played, ScoreBook, clean_name, timestamp};
use crate::guess::{BandShares, Board};
use crate::jobs::{Desk, ExplainJob, JobNews, Jobs, Slot, Ticket, What, Worker};
use crate::picture::{Picture, Region};
use crate::saliency::{Explanation, MethodParams, Request, Steps};
use crate::stage::{Canvas, Pane, StageCommand, StageFrame, Strokes, canvas_image};
use crate::tabs::{ComparePair, Side};
use crate::ui::commands::Command;
use crate::ui::intake::Arrived;
use crate::ui::library::{Item, Library};
use crate::ui::settings::Settings;
use crate::ui::shell::Shell;
use crate::ui::{Asked, Awake, Body, HomeDir, NoticeBoard, ShellState, area, sentence};

/// First slot of the tab in the queue of explanations: ten for each round.
const SLOTS: u64 = 300;
/// Other networks that a round is played against, beside its own.
const MOST_RIVALS: usize = 9;
/// Rounds whose answers are computed ahead.
const AHEAD: usize = 2;
/// Frames after the graphics device was lost until the paint is given to the new one.
const SETTLING_FRAMES: u32 = 10;
/// Longest step of a round's time: a machine that slept did not play, in seconds.
const LONGEST_STEP: f64 = 5.0;

/// What the panels asked for in this frame.
#[derive(Resource, Default)]
pub struct Asks(Vec<Ask>);

impl Asks {
    /// Asks for something as a panel would.
    pub fn push(&mut self, ask: Ask) {
        self.0.push(ask);
    }
}

/// What the tab works with; the panels do not see it.
#[derive(Resource, Default)]
pub struct Table {
    worker: Option<Worker<Job, News>>,
    scores: Option<Worker<Keep, Kept>>,
    games: u64,
    kept: u64,
    seats: HashMap<usize, Seat>,
    /// When the tab was drawn last, in egui's seconds.
    clock: Option<f64>,
    lost: u32,
}

/// What belongs to a round.
#[derive(Default)]
struct Seat {
    picture: Option<Arc<Picture>>,
    texture: Option<Handle<Image>>,
    painted: Option<Handle<Image>>,
    answer: Option<Handle<Image>>,
    segments: Option<Handle<Image>>,
    region: Option<Region>,
    tickets: HashMap<Slot, Ticket>,
    /// Of the other networks, by their place in the list.
    rivals: Vec<(String, String)>,
    explanations: HashMap<usize, Result<Arc<Explanation>, String>>,
}

/// A round's score on its way to the disk, or the wish to read what is there.
enum Keep {
    Load(PathBuf),
    Keep(PathBuf, Box<ScoreBook>, Box<Played>),
}

/// The book as it is now, and what went wrong.
struct Kept(Option<ScoreBook>, Option<String>);

fn keep(job: Keep, desk: &Desk<Kept>) {
    desk.say(match job {
        Keep::Load(path) => match ScoreBook::load(&path) {
            Ok(book) => Kept(Some(book), None),
            Err(error) => Kept(None, Some(error.to_string())),
        },
        Keep::Keep(path, mut book, played) => {
            let problem = book.keep(&path, *played).err();
            Kept(Some(*book), problem.map(|error| error.to_string()))
        }
    });
}

/// Spawns the pane and starts the threads.
pub(super) fn start(
    mut commands: Commands,
    mut table: ResMut<Table>,
    mut notices: ResMut<NoticeBoard>,
    jobs: Res<Jobs>,
    home: Res<HomeDir>,
) {
    commands.spawn((Name::new("canvas"), Pane::new(PANE), Canvas::default()));
    let rounds = Worker::start("rounds", jobs.wake(), prepare::work, |_| News::Defect);
    let scores = Worker::start("scores", jobs.wake(), keep, |_| {
        Kept(
            None,
            Some("a defect kept the score from being written".to_owned()),
        )
    });
    match (rounds, scores) {
        (Ok(rounds), Ok(scores)) => {
            scores.submit(Slot(0), Keep::Load(ScoreBook::path(&home)));
            (table.worker, table.scores) = (Some(rounds), Some(scores));
        }
        (Err(error), _) | (_, Err(error)) => {
            notices.problem(format!("The game could not be started: {error}."));
        }
    }
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
    library: Res<Library>,
    shell: Res<ShellState>,
    jobs: Res<Jobs>,
    home: Res<HomeDir>,
    mut stage: MessageWriter<StageCommand>,
    mut pairs: MessageWriter<ComparePair>,
    mut awake: ResMut<Awake>,
    _main_thread: NonSendMarker,
) {
    for ask in std::mem::take(&mut asks.0) {
        match obey(&mut explain, &ask) {
            Some(Effect::Start { same }) => {
                begin(&mut explain, &mut table, &library, &shell, &jobs, same);
                awake.stay();
            }
            Some(Effect::Over) => {
                over(&mut explain, &mut table, &home);
                awake.stay();
            }
            Some(Effect::Moved) => {
                let whole = StageCommand::Fit;
                stage.write(whole);
                ahead(&mut explain, &mut table, &library);
                awake.stay();
            }
            Some(Effect::Again) => {
                if let Some(round) = explain.game.as_mut().and_then(Game::round_mut)
                    && matches!(round.status, Status::Failed(_))
                {
                    round.status = Status::Ahead;
                }
                ahead(&mut explain, &mut table, &library);
            }
            Some(Effect::Folder) => jobs.background.dialog(crate::ui::pictures_dialog()),
            Some(Effect::Compare(model)) => {
                if let Some(pair) = pair(&explain, &table, &model) {
                    pairs.write(pair);
                }
            }
            Some(Effect::Do(command)) => match command {
                Command::Open => jobs.background.dialog(crate::ui::open_dialog()),
                Command::Paste => jobs.background.paste(),
                Command::ZoomIn => {
                    stage.write(StageCommand::ZoomIn);
                }
                Command::ZoomOut => {
                    stage.write(StageCommand::ZoomOut);
                }
                Command::ZoomFit => {
                    stage.write(StageCommand::Fit);
                }
                _ => {}
            },
            None => {}
        }
    }
    follow_the_bar(&mut explain, &mut table, &shell, &jobs);
}

/// The model and the method can be changed in the bar on top: rounds that are not over get new
/// answers, and keep their paint.
fn follow_the_bar(explain: &mut Explain, table: &mut Table, shell: &Shell, jobs: &Jobs) {
    let (Some(game), Some(model)) = (&mut explain.game, shell.model()) else {
        return;
    };
    if game.model.0 == model.id && game.method == shell.method {
        return;
    }
    game.model = (model.id.clone(), model.name.clone());
    game.method = shell.method;
    game.version += 1;
    for place in 0..game.rounds.len() {
        let open = game
            .rounds
            .get(place)
            .is_some_and(|round| round.outcome.is_none());
        let Some(seat) = table.seats.get_mut(&place).filter(|_| open) else {
            continue;
        };
        drop_requests(seat, jobs);
        seat.rivals = rivals(shell, &game.model.0);
        if seat.picture.is_some() {
            look(game, seat, place, jobs);
        }
    }
}

fn drop_requests(seat: &mut Seat, jobs: &Jobs) {
    for slot in seat.tickets.keys() {
        jobs.explain.cancel(*slot);
    }
    seat.tickets.clear();
    seat.explanations.clear();
}

/// Begins a game.
fn begin(
    explain: &mut Explain,
    table: &mut Table,
    library: &Library,
    shell: &Shell,
    jobs: &Jobs,
    same: bool,
) {
    let Some(model) = shell.model() else {
        explain.game = None;
        return;
    };
    let playable = |item: &&Item| item.kind == PictureKind::Photo && !item.broken;
    let again: Vec<u64> = explain
        .game
        .as_ref()
        .filter(|_| same)
        .map(|game| game.rounds.iter().map(|round| round.item).collect())
        .unwrap_or_default();
    let mut items: Vec<&Item> = if again.is_empty() {
        let ticked = &explain.setup.ticked;
        let wanted = |item: &&Item| {
            if ticked.is_empty() {
                !item.own
            } else {
                ticked.contains(&item.id)
            }
        };
        library
            .items()
            .iter()
            .filter(playable)
            .filter(wanted)
            .collect()
    } else {
        let find = |id: &u64| library.items().iter().find(|item| item.id == *id);
        again.iter().filter_map(find).collect()
    };
    // The first game is the same for everybody; later ones surprise.
    if table.games > 0 && !same {
        let seed = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_or(table.games, |since| since.as_nanos() as u64);
        items.shuffle(&mut StdRng::seed_from_u64(seed));
    }
    let count = (explain.setup.rounds as usize).clamp(1, super::state::MAX_ROUNDS);
    items.truncate(count);
    for seat in table.seats.values_mut() {
        drop_requests(seat, jobs);
    }
    table.seats.clear();
    table.clock = None;
    table.games += 1;
    explain.setup_open = false;
    explain.said = None;
    (explain.wipe, explain.wiping) = (0.0, false);
    if items.is_empty() {
        explain.game = None;
        return;
    }
    let percent = explain.setup.shares.map(|share| f64::from(share) / 100.0);
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    explain.game = Some(Game {
        number: table.games,
        version: 0,
        id: format!("{}.{:09}", since.as_secs(), since.subsec_nanos()),
        phase: Phase::Playing,
        at: 0,
        rounds: items
            .iter()
            .map(|item| {
                let alt = if item.alternative.is_empty() {
                    "a picture of your own"
                } else {
                    &item.alternative
                };
                Round::new(item.id, &item.name, alt)
            })
            .collect(),
        model: (model.id.clone(), model.name.clone()),
        method: shell.method,
        shares: BandShares::new(percent).unwrap_or_default(),
        limit: explain
            .setup
            .limited
            .then_some(f64::from(explain.setup.limit_secs)),
    });
    for place in 0..items.len() {
        let seat = Seat {
            rivals: rivals(shell, &model.id),
            ..Seat::default()
        };
        table.seats.insert(place, seat);
    }
    ahead(explain, table, library);
}

/// The other installed networks: identifier and name.
fn rivals(shell: &Shell, model: &str) -> Vec<(String, String)> {
    shell
        .models
        .iter()
        .filter(|other| other.installed && other.id != model)
        .take(MOST_RIVALS)
        .map(|other| (other.id.clone(), other.name.clone()))
        .collect()
}

/// Opens the picture that is played and the next ones; what lies behind is let go.
fn ahead(explain: &mut Explain, table: &mut Table, library: &Library) {
    let Some(game) = &mut explain.game else {
        return;
    };
    let (at, number, version) = (game.at, game.number, game.version);
    for (place, seat) in &mut table.seats {
        if *place < at {
            (seat.texture, seat.painted, seat.answer, seat.segments) = (None, None, None, None);
        }
    }
    let rounds = game.rounds.iter_mut().enumerate();
    for (round, state) in rounds.skip(at).take(AHEAD) {
        if state.status != Status::Ahead {
            continue;
        }
        let item = library
            .position(state.item)
            .and_then(|index| library.get(index));
        let source = item.and_then(|item| {
            let memory = item.picture.clone().map(Source::Memory);
            memory.or(item.path.clone().map(Source::File))
        });
        let (Some(source), Some(worker)) = (source, &table.worker) else {
            state.status = Status::Failed("The picture is not there any more.".to_owned());
            continue;
        };
        state.status = Status::Opening;
        let job = Job::Open {
            place: Place {
                game: number,
                version,
                round,
            },
            source,
            name: state.name.clone(),
            alt: state.alt.clone(),
        };
        worker.submit(prepare::slot(&job), job);
    }
}

/// Asks the round's own network.
fn look(game: &mut Game, seat: &mut Seat, round: usize, jobs: &Jobs) {
    let Some(picture) = seat.picture.clone() else {
        return;
    };
    let slot = slot_of(round, 0);
    let job = ExplainJob {
        picture,
        model: game.model.0.clone(),
        request: request(game),
    };
    // Somebody waits for the picture on the stage; the next ones have time.
    let ticket = if round == game.at {
        jobs.explain.submit(slot, job)
    } else {
        jobs.explain.submit_later(slot, job)
    };
    seat.tickets.insert(slot, ticket);
    if let Some(round) = game.rounds.get_mut(round) {
        round.status = Status::Looking(None);
    }
}

/// Asks the other networks, when nobody waits for anything else.
fn look_again(game: &Game, seat: &mut Seat, round: usize, jobs: &Jobs) {
    let Some(picture) = seat.picture.clone() else {
        return;
    };
    for (rival, (model, _)) in seat.rivals.iter().enumerate() {
        let slot = slot_of(round, rival + 1);
        let job = ExplainJob {
            picture: picture.clone(),
            model: model.clone(),
            request: request(game),
        };
        let ticket = jobs.explain.submit_later(slot, job);
        seat.tickets.insert(slot, ticket);
    }
}

fn request(game: &Game) -> Request {
    // The same as in "See why", so that a map known there is known here.
    Request {
        method: game.method,
        params: MethodParams {
            steps: Some(Steps::Auto),
            ..MethodParams::default()
        },
        ..Request::default()
    }
}

fn slot_of(round: usize, network: usize) -> Slot {
    Slot(SLOTS + 10 * round as u64 + network as u64)
}

/// A round is over: its score is kept, the other networks' scores and the cards are made.
fn over(explain: &mut Explain, table: &mut Table, home: &HomeDir) {
    let nickname = clean_name(&explain.setup.nickname);
    let Some(game) = &mut explain.game else {
        return;
    };
    let (at, of) = (game.at, game.rounds.len());
    let place = Place {
        game: game.number,
        version: game.version,
        round: at,
    };
    let (Some(seat), Some(round)) = (table.seats.get(&at), game.rounds.get_mut(at)) else {
        return;
    };
    let (Some(outcome), Some(board), Some(picture), Some(region)) =
        (&mut round.outcome, &round.board, &seat.picture, seat.region)
    else {
        return;
    };
    outcome.rivals = seat
        .rivals
        .iter()
        .map(|(model, name)| Rival {
            model: model.clone(),
            name: name.clone(),
            score: None,
        })
        .collect();
    let played = Played {
        game: game.id.clone(),
        round: at as u32 + 1,
        of: of as u32,
        date: timestamp(SystemTime::now()),
        nickname,
        model: game.model.0.clone(),
        method: game.method.id().to_owned(),
        picture: round.name.clone(),
        sha256: picture.sha256.clone(),
        score: outcome.score.score,
        found: outcome.score.bands.map(|band| band.recall.unwrap_or(0.0)),
        hints: round.hints,
        seconds: outcome.seconds,
    };
    if let Some(scores) = &table.scores {
        table.kept += 1;
        let book = Box::new(explain.book.clone());
        let job = Keep::Keep(ScoreBook::path(home), book, Box::new(played));
        scores.submit(Slot(table.kept), job);
    }
    let Some(worker) = &table.worker else {
        return;
    };
    let job = Job::Draw {
        place,
        picture: picture.clone(),
        region,
        painting: board.painting().clone(),
        answer: board.answer().clone(),
    };
    worker.submit(prepare::slot(&job), job);
    for rival in 0..seat.rivals.len() {
        judge(game, seat, at, rival, worker);
    }
}

/// Scores the painting of a round that is over against another network, as soon as both are there.
fn judge(game: &mut Game, seat: &Seat, round: usize, rival: usize, worker: &Worker<Job, News>) {
    let (game_number, version, shares) = (game.number, game.version, game.shares);
    let Some(state) = game.rounds.get_mut(round) else {
        return;
    };
    let (Some(outcome), Some(board), Some(region)) =
        (&mut state.outcome, &state.board, seat.region)
    else {
        return;
    };
    match seat.explanations.get(&rival) {
        Some(Ok(explanation)) => {
            let job = Job::Judge {
                place: Place {
                    game: game_number,
                    version,
                    round,
                },
                rival,
                explanation: explanation.clone(),
                region,
                painting: board.painting().clone(),
                shares,
            };
            worker.submit(prepare::slot(&job), job);
        }
        Some(Err(why)) => {
            if let Some(rival) = outcome.rivals.get_mut(rival) {
                rival.score = Some(Err(why.clone()));
            }
        }
        None => {}
    }
}

/// The round's answer beside another network's.
fn pair(explain: &Explain, table: &Table, model: &str) -> Option<ComparePair> {
    let game = explain.game.as_ref()?;
    let seat = table.seats.get(&game.at)?;
    let picture = seat.picture.clone()?;
    let (_, name) = seat.rivals.iter().find(|(id, _)| id == model)?;
    let side = |model: &str, name: &str| Side {
        name: name.to_owned(),
        picture: picture.clone(),
        model: model.to_owned(),
        request: request(game),
    };
    Some(ComparePair {
        a: side(&game.model.0, &game.model.1),
        b: side(model, name),
    })
}

/// Takes up pictures that came in while this tab is shown: they are played with.
pub(super) fn take_arrived(
    mut arrived: MessageReader<Arrived>,
    mut explain: ResMut<Explain>,
    mut asks: ResMut<Asks>,
    library: Res<Library>,
) {
    let mut new = 0;
    for message in arrived.read() {
        if let Arrived::Picture(index) = message
            && let Some(item) = library.get(*index)
        {
            explain.setup.ticked.insert(item.id);
            new += 1;
        }
    }
    if new == 0 {
        return;
    }
    let untouched = explain.board().is_none_or(Board::is_blank);
    let playing = explain
        .game
        .as_ref()
        .is_some_and(|game| game.phase == Phase::Playing && (game.at > 0 || !untouched));
    if playing {
        explain.said = Some("Added. Begin a new game to play with it.".to_owned());
    } else {
        asks.push(Ask::NewGame);
    }
}

/// Takes what the queue reports about this tab's requests.
pub(super) fn hear(
    mut news: MessageReader<JobNews>,
    mut explain: ResMut<Explain>,
    mut table: ResMut<Table>,
) {
    for message in news.read() {
        let Some(place) = message.slot.0.checked_sub(SLOTS).filter(|n| *n < 100) else {
            continue;
        };
        let (round, network) = ((place / 10) as usize, (place % 10) as usize);
        let Table { seats, worker, .. } = &mut *table;
        let (Some(game), Some(seat), Some(worker)) =
            (&mut explain.game, seats.get_mut(&round), worker.as_ref())
        else {
            continue;
        };
        if seat.tickets.get(&message.slot) != Some(&message.ticket) {
            continue;
        }
        if network == 0 {
            hear_own(game, seat, round, &message.what, worker);
        } else {
            let result = match &message.what {
                What::Done(explanation) => Ok(explanation.clone()),
                What::Failed(why) => Err(why.clone()),
                _ => continue,
            };
            seat.explanations.insert(network - 1, result);
            judge(game, seat, round, network - 1, worker);
        }
    }
}

/// What is reported about the answer that a round is played against.
fn hear_own(game: &mut Game, seat: &Seat, round: usize, what: &What, worker: &Worker<Job, News>) {
    let (number, version, shares) = (game.number, game.version, game.shares);
    let Some(state) = game.rounds.get_mut(round) else {
        return;
    };
    match what {
        What::Progress { done, total } => {
            state.status = Status::Looking(Some(*done as f32 / (*total).max(1) as f32));
        }
        What::Done(explanation) => {
            let said = &explanation.class;
            state.said = format!("{}, {:.0} % sure", said.label, said.probability * 100.0);
            let job = Job::Prepare {
                place: Place {
                    game: number,
                    version,
                    round,
                },
                explanation: explanation.clone(),
                picture: seat.picture.as_ref().map_or([0; 2], |p| p.size()),
                shares,
            };
            worker.submit(prepare::slot(&job), job);
        }
        What::Failed(why) => state.status = Status::Failed(sentence(why)),
        _ => {}
    }
}

/// Takes what the tab's own thread made.
#[expect(
    clippy::too_many_arguments,
    reason = "a system names what it reads and writes"
)]
pub(super) fn hear_worker(
    mut contexts: EguiContexts,
    mut explain: ResMut<Explain>,
    mut table: ResMut<Table>,
    mut images: ResMut<Assets<Image>>,
    mut strokes: ResMut<Strokes>,
    mut awake: ResMut<Awake>,
    mut notices: ResMut<NoticeBoard>,
    jobs: Res<Jobs>,
) -> Result {
    let Table { worker, seats, .. } = &mut *table;
    let Some(worker) = worker else {
        return Ok(());
    };
    for news in worker.news() {
        awake.stay();
        let Some(game) = &mut explain.game else {
            continue;
        };
        let number = game.number;
        let of_now = |place: Place| (place.game == number).then_some(place.round);
        match news {
            News::Opened { place, result } => {
                if let Some(round) = of_now(place)
                    && let Some(seat) = seats.get_mut(&round)
                {
                    opened(game, seat, round, result, &mut images, &jobs);
                }
            }
            News::Prepared { place, result } => {
                if let Some(round) = of_now(place).filter(|_| place.version == game.version)
                    && let Some(seat) = seats.get_mut(&round)
                {
                    prepared(game, seat, round, result, &mut images, &mut strokes);
                    look_again(game, seat, round, &jobs);
                }
            }
            News::Judged {
                place,
                rival,
                result,
            } => {
                if let Some(round) = of_now(place)
                    && let Some(round) = game.rounds.get_mut(round)
                    && let Some(outcome) = &mut round.outcome
                    && let Some(rival) = outcome.rivals.get_mut(rival)
                {
                    rival.score = Some(result);
                }
            }
            News::Drawn {
                place,
                guess,
                answer,
            } => {
                let ctx = contexts.ctx_mut()?;
                let texture = |what: &str, image: &image::RgbImage| {
                    let size = [image.width() as usize, image.height() as usize];
                    let pixels = egui::ColorImage::from_rgb(size, image.as_raw());
                    ctx.load_texture(what, pixels, egui::TextureOptions::LINEAR)
                };
                if let Some(round) = of_now(place)
                    && let Some(round) = game.rounds.get_mut(round)
                    && let Some(outcome) = &mut round.outcome
                {
                    outcome.cards = Some([texture("guess", &guess), texture("answer", &answer)]);
                }
            }
            News::Defect => {
                notices.problem("A defect in the program stopped this picture; try another one.");
            }
        }
    }
    Ok(())
}

fn opened(
    game: &mut Game,
    seat: &mut Seat,
    round: usize,
    result: Result<Opened, String>,
    images: &mut Assets<Image>,
    jobs: &Jobs,
) {
    match result {
        Ok(Opened { picture, texture }) => {
            seat.picture = Some(picture);
            seat.texture = Some(images.add(texture));
            look(game, seat, round, jobs);
        }
        Err(why) => {
            if let Some(round) = game.rounds.get_mut(round) {
                round.status = Status::Failed(sentence(&why));
            }
        }
    }
}

fn prepared(
    game: &mut Game,
    seat: &mut Seat,
    round: usize,
    result: Result<Box<Prepared>, String>,
    images: &mut Assets<Image>,
    strokes: &mut Strokes,
) {
    let Some(state) = game.rounds.get_mut(round) else {
        return;
    };
    // A round that is over keeps the answer it was scored against.
    if state.outcome.is_some() {
        return;
    }
    let made = match result {
        Ok(made) => *made,
        Err(why) => {
            state.status = Status::Failed(sentence(&why));
            return;
        }
    };
    let size = seat
        .picture
        .as_ref()
        .map_or([1; 2], |picture| picture.size());
    let (height, width) = (made.answer.height(), made.answer.width());
    let fractions = made.region.fractions(size);
    ready(state, made.answer, made.regions, made.yardsticks, fractions);
    seat.region = Some(made.region);
    seat.answer = Some(images.add(made.labels));
    seat.segments = Some(images.add(made.segments));
    let painted = images.add(canvas_image(height, width));
    if let Some(board) = &mut state.board {
        board.take_stamps();
        strokes.draw(&painted, board.all_stamps());
    }
    seat.painted = Some(painted);
}

/// Takes the book of scores as it is on disk now.
pub(super) fn hear_scores(
    mut explain: ResMut<Explain>,
    table: Res<Table>,
    mut notices: ResMut<NoticeBoard>,
) {
    let Some(scores) = &table.scores else {
        return;
    };
    for Kept(book, problem) in scores.news() {
        if let Some(book) = book {
            explain.book = book;
        }
        if let Some(problem) = problem {
            notices.problem(sentence(&problem));
        }
    }
}

/// A graphics device that was lost took the paint with it: the new one gets it again.
pub(super) fn after_a_loss(
    device: Option<Res<RenderDevice>>,
    explain: Res<Explain>,
    mut table: ResMut<Table>,
    mut strokes: ResMut<Strokes>,
    mut awake: ResMut<Awake>,
) {
    if device.is_some_and(|device| device.is_changed() && !device.is_added()) {
        table.lost = SETTLING_FRAMES;
    }
    if table.lost == 0 {
        return;
    }
    table.lost -= 1;
    awake.stay();
    let Some(game) = explain.game.as_ref().filter(|_| table.lost == 0) else {
        return;
    };
    for (place, round) in game.rounds.iter().enumerate() {
        if let Some(board) = &round.board
            && let Some(painted) = table
                .seats
                .get(&place)
                .and_then(|seat| seat.painted.as_ref())
        {
            strokes.draw(painted, board.all_stamps());
        }
    }
}
