//! Screens as visitors meet them, without a window: egui draws them, and what a screen reader would be told
//! says what is on them.

mod device;
mod layout;
mod soak;
mod two_players;
mod what_if;
mod without_touch;

use std::sync::Arc;
use std::time::Duration;

use bevy_egui::egui::{self, Pos2, Rect, pos2, vec2};
use image::{Rgb, RgbImage};

use super::behind::{Answer, Recorded};
use super::measure::{MAIN, TARGET};
use super::pictures::Pictures;
use super::plan::{Plan, halves};
use super::room::{Room, Start};
use crate::exhibit::Screen as Millimetres;
use crate::exhibit::shell::testing::{NOON, program_of};
use crate::exhibit::shell::{
    Action, Aid, Effect, Input, Over, Phase, Piece, Program, Proof, Screen, Shell, Visit,
};

/// A screen with a clock that is turned by hand and a finger.
struct Table {
    ctx: egui::Context,
    room: Room,
    size: egui::Vec2,
    now: Duration,
    behind: Recorded,
    tree: Vec<Node>,
}

/// What a screen reader is told of something.
#[derive(Debug, Clone)]
struct Node {
    id: egui::accesskit::NodeId,
    label: String,
    button: bool,
    rect: Rect,
}

/// A screen so many millimetres wide, whose pictures are there.
fn room(program: Arc<Program>, width: f64, behind: Recorded, now: Duration) -> Room {
    let pictures = (0..program.pieces.len())
        .map(|n| RgbImage::from_pixel(40, 40, Rgb([n as u8 * 20, 120, 60])))
        .collect();
    Room::new(Start {
        shell: Shell::new(program.clone(), now, NOON, 0),
        program,
        millimetres: Millimetres {
            width,
            viewing: 600.0,
            bottom: 850.0,
        },
        pictures: Pictures::given(pictures),
        behind: Box::new(behind),
    })
}

impl Table {
    fn new(program: Program, size: (f32, f32), width: f64) -> Self {
        let behind = Recorded::default();
        let now = Duration::from_secs(100);
        let room = room(Arc::new(program), width, behind.clone(), now);
        let ctx = egui::Context::default();
        ctx.enable_accesskit();
        let mut table = Self {
            ctx,
            room,
            size: vec2(size.0, size.1),
            now,
            behind,
            tree: Vec::new(),
        };
        table.frame(Vec::new());
        table
    }

    fn frame(&mut self, events: Vec<egui::Event>) {
        self.now += Duration::from_millis(50);
        let input = egui::RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, self.size)),
            events: events
                .iter()
                .filter(|event| matches!(event, egui::Event::AccessKitActionRequest(_)))
                .cloned()
                .collect(),
            ..Default::default()
        };
        let (room, now) = (&mut self.room, self.now);
        let output = self
            .ctx
            .run_ui(input, |ui| room.frame(ui, &events, now, NOON));
        let update = output.platform_output.accesskit_update;
        self.tree = update
            .iter()
            .flat_map(|update| &update.nodes)
            .filter_map(|(id, node)| {
                let bounds = node.bounds()?;
                let min = pos2(bounds.x0 as f32, bounds.y0 as f32);
                let max = pos2(bounds.x1 as f32, bounds.y1 as f32);
                Some(Node {
                    id: *id,
                    label: node.label().or(node.value())?.to_owned(),
                    button: node.role() == egui::accesskit::Role::Button,
                    rect: Rect::from_min_max(min, max),
                })
            })
            .collect();
    }

    fn visit(&self) -> &Visit {
        self.room.shell().visit()
    }

    fn touch(&mut self, phase: egui::TouchPhase, at: Pos2) {
        let event = egui::Event::Touch {
            device_id: egui::TouchDeviceId(1),
            id: egui::TouchId(4),
            phase,
            pos: at,
            force: None,
        };
        self.frame(vec![event]);
    }

    fn tap(&mut self, at: Pos2) {
        self.touch(egui::TouchPhase::Start, at);
        self.touch(egui::TouchPhase::End, at);
    }

    /// Taps the button of this name, as a screen reader calls it.
    fn tap_button(&mut self, name: &str) {
        let found = self.tree.iter().find(|n| n.button && n.label == name);
        let names: Vec<&String> = self.tree.iter().map(|node| &node.label).collect();
        let at = found.unwrap_or_else(|| panic!("no {name:?} in {names:?}"));
        let at = at.rect.center();
        self.tap(at);
    }

    fn key(&mut self, key: egui::Key, modifiers: egui::Modifiers) {
        self.frame(vec![egui::Event::Key {
            key,
            physical_key: None,
            pressed: true,
            repeat: false,
            modifiers,
        }]);
    }

    fn has(&self, words: &str) -> bool {
        self.tree.iter().any(|node| node.label.contains(words))
    }

    /// Time goes by.
    fn wait(&mut self, seconds: u64) {
        for _ in 0..seconds * 2 {
            self.now += Duration::from_millis(450);
            self.frame(Vec::new());
        }
    }

    fn plan(&self) -> &Plan {
        self.room.plan.as_ref().unwrap()
    }

    fn prove(&mut self, says: &str) {
        let covered = RgbImage::from_pixel(40, 40, Rgb([9, 9, 9]));
        let game = self.visit().game.as_ref();
        let piece = game.and_then(|game| game.round()).unwrap().piece;
        // What is said of another picture is no answer.
        let other = Answer::Proved(piece + 1, Some("another".to_owned()));
        *self.behind.to_give.lock().unwrap() = vec![other];
        self.frame(Vec::new());
        let waiting = Screen::Play(Phase::Proof(Proof::Waiting));
        assert_eq!(self.visit().screen, waiting);
        let proved = Answer::Proved(piece, Some(says.to_owned()));
        *self.behind.to_give.lock().unwrap() = vec![Answer::Covered(piece, covered), proved];
        self.frame(Vec::new());
    }
}

fn wide(lines: &str, languages: &[&str]) -> Table {
    Table::new(program_of(lines, languages), (1920.0, 1080.0), 598.0)
}

/// A place in the middle of a right part.
fn right_place(piece: &Piece) -> (f32, f32) {
    let (height, width) = piece.parts.size();
    let right = (0..piece.parts.len()).max_by_key(|part| {
        let pixels = piece.parts.pixels(*part);
        pixels.filter(|p| piece.answer.get(*p).is_some()).count()
    });
    let (x, y) = piece.parts.anchor(right.unwrap()).unwrap();
    (x as f32 / width as f32, y as f32 / height as f32)
}

#[test]
fn a_visitor_plays_a_whole_game_with_a_finger() {
    let mut table = wide("", &["en", "de"]);
    assert!(table.has("T") && table.has("Touch to begin"));
    table.tap(pos2(900.0, 500.0));
    assert_eq!(table.visit().screen, Screen::Language);
    table.tap_button("English");
    // The practice takes any stroke.
    for step in 0..2 {
        assert_eq!(table.visit().screen, Screen::Tutorial(step));
        let middle = table.plan().picture.unwrap().center();
        table.touch(egui::TouchPhase::Start, middle);
        table.touch(egui::TouchPhase::Move, middle + vec2(80.0, 30.0));
        table.touch(egui::TouchPhase::End, middle + vec2(90.0, 40.0));
    }
    assert_eq!(table.visit().screen, Screen::Tutorial(2));
    table.tap_button("Next");
    let mut proofs = 0;
    for _ in 0..400 {
        match table.visit().screen {
            Screen::Play(Phase::Ask) => {
                // Who paints at once need not press anything first.
                let picture = table.plan().picture.unwrap();
                let (x, y) = right_place(table.room.shell().piece().unwrap());
                let at = picture.min + picture.size() * vec2(x, y);
                table.touch(egui::TouchPhase::Start, at);
                for n in 1..6 {
                    let off = vec2(20.0, 14.0) * n as f32;
                    table.touch(egui::TouchPhase::Move, at + off);
                }
                table.touch(egui::TouchPhase::End, at);
                assert_eq!(table.visit().screen, Screen::Play(Phase::Paint));
                let guess = table.visit().game.as_ref().unwrap().guess().unwrap();
                assert_eq!(guess.marks.len(), 1);
                // And a tap takes the part under the finger.
                table.tap(at);
                let guess = table.visit().game.as_ref().unwrap().guess().unwrap();
                assert_eq!(guess.marks.len(), 2);
            }
            Screen::Play(Phase::Paint) => table.tap_button("Show me"),
            Screen::Play(Phase::Look(_)) if table.has("Cover it") => {
                table.tap_button("Cover it");
            }
            Screen::Play(Phase::Look(_)) => table.tap_button("Next picture"),
            Screen::Play(Phase::Proof(Proof::Waiting)) => {
                proofs += 1;
                table.prove("teapot, pot");
            }
            Screen::Play(Phase::Proof(_)) => {
                assert!(table.has("Now it says teapot."));
                table.tap_button("Next picture");
            }
            Screen::Play(_) => table.wait(1),
            Screen::Results => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(table.visit().screen, Screen::Results);
    assert_eq!(proofs, 3);
    let asked = table.behind.asked.lock().unwrap();
    let kept = |effect: &&Effect| matches!(effect, Effect::Keep(_));
    // The language, the game, three rounds.
    assert_eq!(asked.iter().filter(kept).count(), 5);
}

#[test]
fn after_a_while_without_anybody_nothing_is_left_of_a_visitor() {
    let mut table = wide("", &["en", "de"]);
    let fresh: Vec<String> = table.tree.iter().map(|node| node.label.clone()).collect();
    assert!(table.room.is_fresh());
    table.tap(pos2(900.0, 500.0));
    table.tap_button("Deutsch");
    let help = table.room.shell().texts().get("help", &[]);
    table.tap_button(&help);
    for aid in [Aid::Large, Aid::Contrast, Aid::Reach] {
        let offers = table.room.shell().offers();
        let toggle = offers.iter().find(|o| o.action == Action::Toggle(aid));
        let name = toggle.unwrap().label.clone();
        table.tap_button(&name);
    }
    let back = table.room.shell().texts().get("back", &[]);
    table.tap_button(&back);
    let middle = table.plan().picture.unwrap().center();
    table.touch(egui::TouchPhase::Start, middle);
    table.touch(egui::TouchPhase::Move, middle + vec2(80.0, 30.0));
    table.touch(egui::TouchPhase::End, middle + vec2(90.0, 40.0));
    assert!(!table.room.is_fresh() && table.visit().help.contrast);
    table.wait(46);
    assert_eq!(table.visit().over, Some(Over::StillThere));
    assert_eq!(table.plan().buttons.len(), 1);
    table.wait(31);
    assert!(table.room.is_fresh());
    assert_eq!(table.visit(), &Visit::default());
    // The screen reads as at the start, but for the picture that plays.
    let now: Vec<String> = table.tree.iter().map(|node| node.label.clone()).collect();
    assert_eq!(now.len(), fresh.len());
    assert!(now.contains(&"Touch to begin".to_owned()), "{now:?}");
}

#[test]
fn escape_and_shortcuts_do_nothing() {
    let mut table = wide("", &["en", "de"]);
    table.tap(pos2(900.0, 500.0));
    table.tap_button("English");
    let before = table.visit().clone();
    for modifiers in [
        egui::Modifiers::NONE,
        egui::Modifiers::CTRL,
        egui::Modifiers::ALT,
        egui::Modifiers::COMMAND | egui::Modifiers::SHIFT,
    ] {
        for key in egui::Key::ALL {
            let means = super::keys::input(&egui::Event::Key {
                key: *key,
                physical_key: None,
                pressed: true,
                repeat: false,
                modifiers,
            });
            if means == Some(Input::Other) {
                table.key(*key, modifiers);
                assert_eq!(*table.visit(), before, "{key:?} {modifiers:?}");
            }
        }
    }
    table.frame(vec![
        egui::Event::Copy,
        egui::Event::Cut,
        egui::Event::Paste("/etc/passwd".to_owned()),
        egui::Event::Text("q".to_owned()),
    ]);
    assert_eq!(*table.visit(), before);
    assert!(!table.room.is_left());
}

#[test]
fn only_the_pin_leads_out() {
    let mut table = wide("", &["en"]);
    // Five taps in the corner, the last one held.
    for _ in 0..4 {
        table.tap(pos2(12.0, 12.0));
    }
    table.touch(egui::TouchPhase::Start, pos2(12.0, 12.0));
    table.wait(3);
    table.touch(egui::TouchPhase::End, pos2(12.0, 12.0));
    assert!(
        matches!(table.visit().over, Some(Over::Pin { .. })),
        "{:?}",
        table.visit()
    );
    for digit in ["2", "7", "1", "8", "2", "8"] {
        table.tap_button(digit);
    }
    // What is typed is shown as a number of digits.
    assert!(table.has("6 digits") && !table.has("271828"));
    table.tap_button("Open");
    let pin = Effect::CheckPin("271828".to_owned());
    assert!(table.behind.asked.lock().unwrap().contains(&pin));
    let right = Input::Pin(Some(crate::exhibit::Verdict::Right));
    *table.behind.to_give.lock().unwrap() = vec![Answer::Input(right)];
    table.frame(Vec::new());
    assert_eq!(table.visit().over, Some(Over::Operator));
    assert!(!table.room.is_left());
    table.tap_button("Close the exhibit");
    assert!(table.room.is_left());
}

#[test]
fn a_closed_exhibit_is_dark_and_nothing_can_be_pressed() {
    // A Thursday at noon.
    let mut table = wide("[times]\nopen = [\"Sa-Su 10:00-18:00\"]\n", &["en"]);
    assert!(table.has("Closed now"));
    assert_eq!(table.tree.iter().filter(|node| node.button).count(), 0);
    table.tap(pos2(900.0, 500.0));
    assert_eq!(table.visit(), &Visit::default());
    assert_eq!(table.room.ground(), egui::Color32::BLACK);
}

#[test]
fn too_much_can_be_wiped_away() {
    let mut table = wide("", &["en"]);
    table.tap(pos2(900.0, 500.0));
    table.tap_button("Skip");
    table.tap_button("Paint now");
    let at = table.plan().picture.unwrap().center();
    let stroke = |table: &mut Table| {
        table.touch(egui::TouchPhase::Start, at);
        table.touch(egui::TouchPhase::Move, at + vec2(60.0, 0.0));
        table.touch(egui::TouchPhase::End, at + vec2(120.0, 0.0));
    };
    let painted = |table: &Table| {
        let guess = table.visit().game.as_ref().unwrap().guess().unwrap();
        let piece = table.room.shell().piece().unwrap();
        let painting = piece.painting(&guess.marks, false);
        painting.labels().iter().filter(|label| **label > 0).count()
    };
    stroke(&mut table);
    assert!(painted(&table) > 0);
    table.tap_button("Wipe away");
    stroke(&mut table);
    assert_eq!(painted(&table), 0);
    // The brush paints again when it is told to.
    table.tap_button("Wipe away");
    stroke(&mut table);
    assert!(painted(&table) > 0);
}
