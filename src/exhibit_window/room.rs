//! The exhibit's screen without a window: what happened goes in, what is to be seen is drawn with egui.
//! It reads no clock and no disk, so that a test turns its time and looks at its screens.

use std::collections::BTreeMap;
use std::time::Duration;

use bevy_egui::egui::{self, Color32, Id, Rect, Sense, Ui, WidgetInfo, WidgetType, vec2};

use super::behind::{Answer, Behind};
use super::change::Changing;
use super::colours;
use super::content::{Drawing, stands};
use super::draw::{self, Style};
use super::keys;
use super::measure::Measure;
use super::paint::BRUSH;
use super::pictures::Pictures;
use super::plan::{Content, Plan, halves, plan};
use super::show::Show;
use super::touch::{Canvas, Drawn, Fingers, Spot, Touched};
use super::view::{Live, View, part_at, picture, view};
use crate::exhibit::Screen as Millimetres;
use crate::exhibit::shell::{
    Action, Device, Effect, Input, Offer, Over, Phase, Piece, Room as Beside, Screen, Shared, Shell,
};
use crate::journal::Stroke;

/// Margin around everything, in millimetres.
const MARGIN: f32 = 8.0;
/// Share of the screen that is used where everything has to be low.
const REACH: f32 = 0.55;
/// Strokes of the practice that are kept.
const MOST_PRACTICE: usize = 40;
/// The number of a finger that a screen reader's press stands for.
const BY_PROXY: u64 = u64::MAX - 1;

/// The screen, and who plays at it.
pub(crate) struct Room {
    program: Shared,
    shell: Shell,
    millimetres: Millimetres,
    behind: Box<dyn Behind>,
    show: Show,
    fingers: Fingers,
    drawn: Drawn,
    /// Strokes of the practice: they are no guess and nowhere else.
    practice: Vec<Stroke>,
    /// What was asked of what is covered.
    changing: Changing,
    /// Which round is played, and when it began.
    round: (Option<(u32, usize, usize)>, Duration),
    /// Rectangles of the parts of the picture that is played, 0-1.
    parts: (usize, bool, BTreeMap<usize, Rect>),
    mouse: bool,
    left: bool,
    #[cfg(test)]
    pub(super) plan: Option<Plan>,
}

/// What a screen starts with.
pub(crate) struct Start {
    /// What is played.
    pub(crate) program: Shared,
    /// The screen, in millimetres.
    pub(crate) millimetres: Millimetres,
    /// Its pictures.
    pub(crate) pictures: Pictures,
    /// Who does what is asked for.
    pub(crate) behind: Box<dyn Behind>,
    /// The shell at its start.
    pub(crate) shell: Shell,
}

impl Room {
    /// The screen at its start.
    pub(crate) fn new(start: Start) -> Self {
        Self {
            program: start.program,
            shell: start.shell,
            millimetres: start.millimetres,
            behind: start.behind,
            show: Show::new(start.pictures),
            fingers: Fingers::default(),
            drawn: Drawn::default(),
            practice: Vec::new(),
            changing: Changing::default(),
            round: (None, Duration::ZERO),
            parts: (usize::MAX, false, BTreeMap::new()),
            mouse: false,
            left: false,
            #[cfg(test)]
            plan: None,
        }
    }

    /// The shell.
    pub(crate) fn shell(&self) -> &Shell {
        &self.shell
    }

    /// Whether the operator closed it.
    pub(crate) fn is_left(&self) -> bool {
        self.left
    }

    /// The colour behind everything.
    pub(crate) fn ground(&self) -> Color32 {
        let colours = colours::of(self.shell.visit().help.contrast);
        if self.is_black() {
            return Color32::BLACK;
        }
        colours.ground
    }

    fn is_black(&self) -> bool {
        self.shell.is_dark() || self.shell.visit().over == Some(Over::Cleaning)
    }

    /// How long the screen may stand still until somebody touches it.
    pub(crate) fn pause(&self) -> Duration {
        let visit = self.shell.visit();
        if self.shell.is_dark() || visit.over.is_some() {
            return Duration::from_millis(250);
        }
        Duration::from_millis(match visit.screen {
            Screen::Attract => 100,
            Screen::Play(Phase::Reveal(_)) => 33,
            Screen::Tutorial(_) | Screen::Room(_) => 66,
            _ => 200,
        })
    }

    /// Frames that were presented in a second.
    pub(crate) fn second(&mut self, frames: u32) {
        self.behind.second(frames);
    }

    /// One frame: `events` since the last one, at a time that never runs back; `wall` is the machine's
    /// clock in seconds since 1970.
    pub(crate) fn frame(&mut self, ui: &Ui, events: &[egui::Event], now: Duration, wall: i64) {
        let ctx = ui.ctx().clone();
        let measure = Measure::of(&ctx, &self.millimetres);
        self.take(now, Input::Tick { wall });
        self.follow(&ctx, events, measure, now);
        for answer in self.behind.answers() {
            match answer {
                Answer::Changed(number, told) => {
                    if self.changing.is_asked(number) {
                        self.changing.answered(number);
                        self.take(now, Input::Changed(told));
                    }
                }
                Answer::Lit(number, lit) => {
                    if let Some(piece) = self.changing.asked_about(number) {
                        self.take(now, Input::Lit(piece, lit.looked.fields.clone()));
                        self.show.light(number, *lit);
                    }
                }
                Answer::Input(input) => self.take(now, input),
                Answer::Covered(piece, picture) => self.show.cover(piece, picture),
                // An answer that comes late is none of the picture that is played by then.
                Answer::Proved(piece, says) => {
                    let game = self.shell.visit().game.as_ref();
                    let round = game.and_then(|game| game.round());
                    if round.is_some_and(|round| round.piece == piece) {
                        self.take(now, Input::Proved(says));
                    }
                }
            }
        }
        let strokes = self.fingers.strokes(measure, None);
        if let Some(question) = self.changing.question(&self.shell, strokes) {
            self.behind.change(question);
        }
        self.note_the_round(now);
        self.draw(ui, measure);
        ctx.set_cursor_icon(if self.mouse {
            egui::CursorIcon::Default
        } else {
            egui::CursorIcon::None
        });
    }

    /// Gives an input to the shell and does what comes of it.
    pub(crate) fn take(&mut self, now: Duration, input: Input) {
        let effects = self.shell.take(now, input);
        for effect in effects {
            let language = self.shell.texts().language().to_owned();
            self.behind.ask(&effect, &language);
            match effect {
                Effect::Forget => self.forget(),
                Effect::Leave => self.left = true,
                Effect::Keep(_)
                | Effect::Prove(_)
                | Effect::CheckPin(_)
                | Effect::FetchBoard(..)
                | Effect::Say(_)
                | Effect::Hush => {}
            }
        }
        if !matches!(self.shell.visit().screen, Screen::Tutorial(_)) {
            self.practice.clear();
        }
    }

    fn forget(&mut self) {
        self.show.forget();
        self.practice.clear();
        self.fingers = Fingers::default();
        self.mouse = false;
    }

    /// Whether nothing of a visitor is left.
    #[cfg(test)]
    pub(super) fn is_fresh(&self) -> bool {
        *self.shell.visit() == crate::exhibit::shell::Visit::default()
            && self.practice.is_empty()
            && self.fingers == Fingers::default()
            && self.show.is_fresh()
    }

    fn follow(
        &mut self,
        ctx: &egui::Context,
        events: &[egui::Event],
        measure: Measure,
        now: Duration,
    ) {
        let any = |wanted: fn(&egui::Event) -> bool| events.iter().any(wanted);
        if any(|event| matches!(event, egui::Event::Touch { .. })) {
            self.mouse = false;
        } else if any(|event| matches!(event, egui::Event::PointerMoved(_))) {
            self.mouse = true;
        }
        for input in events.iter().filter_map(keys::input) {
            self.take(now, input);
        }
        let began = self.round.1;
        let touched = self
            .fingers
            .follow(events, &self.drawn, measure, now, began);
        for touched in touched {
            self.touched(touched, measure, now);
        }
        for offer in self.shell.offers() {
            let asked = ctx.input(|input| {
                let id = draw::id_of(&offer);
                input.has_accesskit_action_request(id, egui::accesskit::Action::Click)
            });
            if asked {
                self.by_proxy(offer.action, now);
            }
        }
    }

    /// A screen reader pressed a button: a finger that comes down beside everything, and the press.
    pub(super) fn by_proxy(&mut self, action: Action, now: Duration) {
        let (x, y) = (-1.0, -1.0);
        let finger = BY_PROXY;
        self.take(now, Input::Down { finger, x, y });
        self.take(now, Input::Press(action));
        self.take(now, Input::Up { finger });
    }

    fn touched(&mut self, touched: Touched, measure: Measure, now: Duration) {
        let mm = |points: f32| f64::from(points / measure.mm.max(f32::MIN_POSITIVE));
        match touched {
            Touched::Down(finger, at) => {
                let (x, y) = (mm(at.x), mm(at.y));
                self.take(now, Input::Down { finger, x, y });
            }
            Touched::Up(finger) => self.take(now, Input::Up { finger }),
            Touched::Lost => self.take(now, Input::Lost),
            Touched::Press(action) => self.take(now, Input::Press(action)),
            Touched::Player(player) => self.take(now, Input::Player(player)),
            Touched::Stroke(stroke, device) => self.painted(stroke, device, now),
            Touched::Tap(x, y) => self.tapped((x, y), now),
        }
    }

    fn painted(&mut self, mut stroke: Stroke, device: Device, now: Duration) {
        if self.shell.visit().wipes {
            stroke.b = 0;
        }
        if matches!(self.shell.visit().screen, Screen::Tutorial(_))
            && self.practice.len() < MOST_PRACTICE
        {
            self.practice.push(stroke.clone());
        }
        self.take(now, Input::Painted(stroke, device));
    }

    /// The picture was tapped: the part there is painted, or not any more.
    fn tapped(&mut self, at: (f32, f32), now: Duration) {
        match self.shell.visit().screen {
            Screen::Tutorial(_) => {
                let thousandths = |share: f32| (share * 1000.0).clamp(0.0, 1000.0) as i16;
                let dab = Stroke {
                    b: 1,
                    r: BRUSH,
                    x: vec![thousandths(at.0)],
                    y: vec![thousandths(at.1)],
                    t: vec![0],
                };
                self.painted(dab, Device::Touch, now);
            }
            Screen::Room(Beside::WhatIf) => {
                let part = self
                    .tapped_piece()
                    .and_then(|(_, piece, _)| part_at(piece, at, &super::paint::Over::default()));
                if let Some(part) = part {
                    self.take(now, Input::Press(Action::Part(part)));
                }
            }
            Screen::Play(phase @ (Phase::Ask | Phase::Paint)) => {
                if phase == Phase::Ask {
                    self.take(now, Input::Press(Action::Next));
                }
                let over = super::paint::Over {
                    called: self.shell.calls_fields(),
                    ..Default::default()
                };
                let part = self
                    .shell
                    .piece()
                    .and_then(|piece| part_at(piece, at, &over));
                if let Some(part) = part {
                    self.take(now, Input::Press(Action::Part(part)));
                }
            }
            _ => {}
        }
    }

    /// Remembers when a round began, and opens its pictures before they are needed.
    fn note_the_round(&mut self, now: Duration) {
        let visit = self.shell.visit();
        let round = visit.game.as_ref();
        let round = round.map(|game| (visit.games, game.at, game.player));
        if self.round.0 != round {
            self.round = (round, now);
            let pieces = visit.game.iter().flat_map(|game| &game.rounds);
            let pieces: Vec<usize> = pieces.map(|round| round.piece).collect();
            for piece in pieces {
                self.show.want(piece);
            }
        }
    }

    /// What is to be seen of the picture.
    fn view(&mut self, measure: Measure, player: Option<usize>) -> Option<View> {
        let piece = picture(&self.shell)?;
        let mut strokes = self.fingers.strokes(measure, player);
        if self.shell.visit().wipes {
            for stroke in &mut strokes {
                stroke.b = 0;
            }
        }
        let live = Live {
            strokes,
            resting: self.fingers.resting(player),
            player,
            practice: self.practice.clone(),
            lit: self.show.lit().filter(|lit| self.changing.is_asked(*lit)),
        };
        let places = self.show.places(&self.program, piece)?;
        view(&self.shell, places, &live)
    }

    /// Whether two paint at once now, each on a picture of their own.
    fn is_twice(&self) -> bool {
        let visit = self.shell.visit();
        let paints = matches!(visit.screen, Screen::Play(Phase::Paint | Phase::TimeUp));
        self.shell.is_side_by_side() && paints && visit.over.is_none()
    }

    fn draw(&mut self, ui: &Ui, measure: Measure) {
        let screen = ui.ctx().viewport_rect();
        let help = self.shell.visit().help;
        ui.painter().rect_filled(screen, 0.0, self.ground());
        let (right, down) = self.shell.pixel_shift();
        let pixel = 1.0 / ui.ctx().pixels_per_point().max(0.1);
        let shift = vec2(right as f32, down as f32) * pixel;
        let mut area = screen
            .shrink(measure.points(MARGIN).min(screen.width() / 8.0))
            .translate(shift);
        area.max -= vec2(8.0, 8.0) * pixel;
        if help.reach {
            area.min.y = area.max.y - REACH * screen.height();
        }
        let style = Style {
            colours: colours::of(help.contrast),
            measure,
            glow: {
                let turn = self.shell.elapsed().as_secs_f32() / 2.4;
                0.5 - 0.5 * (turn * std::f32::consts::TAU).cos()
            },
        };
        let offers = self.shell.offers();
        let twice = self.is_twice();
        let players: &[Option<usize>] = if twice { &[Some(0), Some(1)] } else { &[None] };
        let views: Vec<View> = players
            .iter()
            .filter_map(|player| self.view(measure, *player))
            .collect();
        let view = views.first();
        let stands = stands(&self.shell);
        let aspect = view.map(|view| self.show.aspect(&self.program, view.piece));
        let content = Content {
            items: stands.items,
            aside: stands.aside,
            buttons: offers
                .iter()
                .enumerate()
                .filter(|(_, offer)| !matches!(offer.action, Action::Part(_)))
                .collect(),
            aspect,
            twice,
        };
        let letters = measure.reading(help.large);
        let plan = plan(ui.ctx(), area, &content, measure, letters);
        if let Some(rect) = plan.picture {
            let rects = if twice { halves(rect) } else { [rect; 2] };
            for ((player, view), rect) in views.iter().enumerate().zip(rects) {
                let how = (measure, style.colours);
                self.show
                    .draw(ui.painter(), rect, &self.program, view, how, player);
            }
            let [first, _] = rects;
            self.tell_picture(ui, first);
            self.tell_parts(ui, first, &offers);
        }
        let mut drawings = stands.drawings.into_iter();
        for (number, placed) in plan.items.iter().enumerate() {
            if placed.words.is_some() {
                draw::line(ui, number, placed, style);
            } else if let Some(drawing) = drawings.next() {
                if let Drawing::Rounds(rounds) = &drawing {
                    self.show.rounds(ui.painter(), placed, rounds, style);
                }
                draw::drawing(ui, placed, drawing, style);
            }
        }
        let focus = self.shell.visit().focus;
        for button in &plan.buttons {
            if let Some(offer) = offers.get(button.offer) {
                let pressed = self.fingers.presses(&offer.action);
                let focused = focus == Some(button.offer);
                draw::button(ui, button, offer, style, (pressed, focused));
            }
        }
        self.drawn = self.drawn(&plan, &offers);
        #[cfg(test)]
        {
            self.plan = Some(plan);
        }
    }

    /// What fingers can mean on this screen.
    fn drawn(&self, plan: &Plan, offers: &[Offer]) -> Drawn {
        let spots = plan.buttons.iter().filter_map(|button| {
            Some(Spot {
                rect: button.rect,
                action: offers.get(button.offer)?.action.clone(),
            })
        });
        let called = self.shell.calls_fields();
        let paints = match self.shell.visit().screen {
            Screen::Tutorial(step) => Some(step < 2),
            // Whose paint would it be?
            Screen::Play(Phase::Ask) if self.shell.is_side_by_side() => None,
            Screen::Play(Phase::Ask | Phase::Paint) => Some(!called),
            Screen::Room(Beside::WhatIf) => Some(true),
            _ => None,
        };
        let canvas = plan.picture.zip(paints.filter(|paints| *paints || called));
        let canvases = canvas.into_iter().flat_map(|(rect, paints)| {
            let one = move |rect, player| Canvas {
                rect,
                paints,
                player,
            };
            if self.is_twice() {
                let [left, right] = halves(rect);
                vec![one(left, Some(0)), one(right, Some(1))]
            } else {
                vec![one(rect, None)]
            }
        });
        Drawn {
            spots: spots.collect(),
            canvases: canvases.collect(),
        }
    }

    fn tell_picture(&self, ui: &Ui, rect: Rect) {
        let piece = picture(&self.shell).and_then(|n| self.program.pieces.get(n));
        let Some(piece) = piece else { return };
        // What is to be seen on it would give the answer away; its title does not.
        let title = self.shell.words(&piece.about.title);
        let title = title.cloned().unwrap_or_default();
        let response = ui.interact(rect, Id::new("exhibit picture"), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(WidgetType::Image, true, &title));
    }

    /// The picture whose parts can be tapped: its number, and whether they are the fields that teams call.
    fn tapped_piece(&self) -> Option<(usize, &Piece, bool)> {
        if let Some((number, _)) = self.shell.covered() {
            return Some((number, self.program.pieces.get(number)?, false));
        }
        let round = self.shell.visit().game.as_ref()?.round()?;
        let called = self.shell.calls_fields();
        Some((round.piece, self.shell.piece()?, called))
    }

    /// Parts of the picture are buttons to the screen reader.
    fn tell_parts(&mut self, ui: &Ui, picture: Rect, offers: &[Offer]) {
        let focus = self.shell.visit().focus;
        let Some((number, piece, called)) = self.tapped_piece() else {
            return;
        };
        if (self.parts.0, self.parts.1) != (number, called) {
            let regions = if called { &piece.fields } else { &piece.parts };
            let (height, width) = regions.size();
            let boxes = (0..regions.len()).map(|part| {
                let mut around = Rect::NOTHING;
                for pixel in regions.pixels(part) {
                    let (y, x) = ((pixel / width) as f32, (pixel % width) as f32);
                    let one = Rect::from_min_size(egui::pos2(x, y), vec2(1.0, 1.0));
                    around = around.union(one);
                }
                let share = vec2(1.0 / width as f32, 1.0 / height as f32);
                let place = |at: egui::Pos2| egui::pos2(at.x * share.x, at.y * share.y);
                (
                    part,
                    Rect::from_min_max(place(around.min), place(around.max)),
                )
            });
            self.parts = (number, called, boxes.collect());
        }
        for (place, offer) in offers.iter().enumerate() {
            if let Action::Part(part) = offer.action
                && let Some(share) = self.parts.2.get(&part)
            {
                let size = picture.size();
                let min = picture.min + share.min.to_vec2() * size;
                let rect = Rect::from_min_size(min, share.size() * size);
                draw::tell(ui, rect, offer, focus == Some(place));
            }
        }
    }
}
