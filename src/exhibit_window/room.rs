//! The exhibit's screen without a window: what happened goes in, what is to be seen is drawn with egui.
//! It reads no clock and no disk, so that a test turns its time and looks at its screens.

use std::time::Duration;

use bevy_egui::egui::{self, Color32, Rect, Ui, vec2};

use super::behind::{Answer, Behind};
use super::card::OnScreen;
use super::change::Changing;
use super::colours;
use super::content::{Drawing, Keepsake, stands};
use super::draw::{self, Style};
use super::keys;
use super::measure::Measure;
use super::paint::BRUSH;
use super::pictures::Pictures;
use super::plan::{Content, Plan, halves, plan};
use super::show::Show;
use super::tell::{Parts, tapped_piece, tell_picture};
use super::touch::{Canvas, Drawn, Fingers, Spot, Touched};
use super::view::{Live, View, attract_rests, glow, part_at, picture, view};
use crate::exhibit::Screen as Millimetres;
use crate::exhibit::shell::{
    Action, Device, Effect, Input, Offer, Over, Phase, Room as Beside, Screen, Shared, Shell,
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
    card: OnScreen,
    fingers: Fingers,
    drawn: Drawn,
    /// Strokes of the practice: they are no guess and nowhere else.
    practice: Vec<Stroke>,
    /// What was asked of what is covered.
    changing: Changing,
    /// Which round is played, and when it began.
    round: (Option<(u32, usize, usize)>, Duration),
    parts: Parts,
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
            card: OnScreen::default(),
            fingers: Fingers::default(),
            drawn: Drawn::default(),
            practice: Vec::new(),
            changing: Changing::default(),
            round: (None, Duration::ZERO),
            parts: Parts::default(),
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

    /// Whether the game plays itself: then the times between two frames differ.
    pub(crate) fn plays_itself(&self) -> bool {
        let visit = self.shell.visit();
        visit.screen == Screen::Attract && visit.over.is_none() && !self.shell.is_dark()
    }

    /// How long the screen may stand still until somebody touches it.
    pub(crate) fn pause(&self) -> Duration {
        let visit = self.shell.visit();
        if self.shell.is_dark() && !self.fingers.are_down() {
            return Duration::from_secs(1);
        }
        if self.shell.is_dark() || visit.over.is_some() {
            return Duration::from_millis(250);
        }
        if self.plays_itself() && !self.fingers.are_down() {
            return attract_rests(self.shell.attract().1);
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
        self.card = OnScreen::default();
        self.practice.clear();
        self.fingers = Fingers::default();
        self.mouse = false;
    }

    /// Whether the card is on the screen, and drawn.
    #[cfg(test)]
    pub(super) fn has_card(&self) -> bool {
        self.card.is_drawn()
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
                let part = tapped_piece(&self.shell)
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
            glow: glow(self.shell.attract().1),
        };
        let offers = self.shell.offers();
        let twice = self.is_twice();
        let players: &[Option<usize>] = if twice { &[Some(0), Some(1)] } else { &[None] };
        let views: Vec<View> = players
            .iter()
            .filter_map(|player| self.view(measure, *player))
            .collect();
        let view = views.first();
        let aspect = view.map(|view| self.show.aspect(&self.program, view.piece));
        let (plan, drawings) = self.lay_out(ui, area, &offers, measure, aspect);
        if let Some(rect) = plan.picture {
            let rects = if twice { halves(rect) } else { [rect; 2] };
            for ((player, view), rect) in views.iter().enumerate().zip(rects) {
                let how = (measure, style.colours);
                self.show
                    .draw(ui.painter(), rect, &self.program, view, how, player);
            }
            let [first, _] = rects;
            tell_picture(ui, first, &self.shell);
            self.parts.tell(ui, first, &self.shell, &offers);
        }
        let mut drawings = drawings.into_iter();
        for (number, placed) in plan.items.iter().enumerate() {
            if placed.words.is_some() {
                draw::line(ui, number, placed, style);
            } else if let Some(drawing) = drawings.next() {
                match &drawing {
                    Drawing::Rounds(rounds) => {
                        self.show.rounds(ui.painter(), placed, rounds, style);
                    }
                    Drawing::Card(wanted) => {
                        let picture = self.show.opened(wanted.piece());
                        self.card.draw(ui, placed, wanted, &self.program, picture);
                    }
                    _ => {}
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

    /// Where everything is, with as much to carry home as there is room for.
    fn lay_out(
        &self,
        ui: &Ui,
        area: Rect,
        offers: &[Offer],
        measure: Measure,
        aspect: Option<f32>,
    ) -> (Plan, Vec<Drawing>) {
        let letters = measure.reading(self.shell.visit().help.large);
        let laid = |keepsake: Keepsake| {
            let stands = stands(&self.shell, keepsake);
            let content = Content {
                items: stands.items,
                aside: stands.aside,
                buttons: offers
                    .iter()
                    .enumerate()
                    .filter(|(_, offer)| !matches!(offer.action, Action::Part(_)))
                    .collect(),
                aspect,
                twice: self.is_twice(),
            };
            let plan = plan(ui.ctx(), area, &content, measure, letters);
            (plan, stands.drawings)
        };
        let [most, less @ ..] = Keepsake::ALL;
        let mut best = laid(most);
        if self.shell.visit().screen == Screen::Results {
            for keepsake in less {
                if !best.0.fits {
                    best = laid(keepsake);
                }
            }
        }
        best
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
}
