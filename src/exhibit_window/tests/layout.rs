//! Nothing is cut, too small or without a name, on any screen, in any language and size of letters.

use super::*;

/// Plays on by what leads on, and looks at each screen that comes.
fn every_screen(table: &mut Table, mut look: impl FnMut(&mut Table)) {
    look(table);
    table.tap(pos2(table.size.x / 2.0, table.size.y / 2.0));
    every_further_screen(table, look);
}

/// The same from a screen on.
fn every_further_screen(table: &mut Table, mut look: impl FnMut(&mut Table)) {
    for _ in 0..200 {
        look(table);
        let offers = table.room.shell().offers();
        let has = |action: &Action| offers.iter().any(|offer| offer.action == *action);
        let action = match table.visit().screen {
            Screen::Results => return,
            Screen::Play(Phase::Paint) => {
                let guess = table.visit().game.as_ref().unwrap().guess().unwrap();
                if guess.marks.is_empty() {
                    Action::Part(5)
                } else {
                    Action::Reveal
                }
            }
            Screen::Play(Phase::Reveal(_)) => {
                table.wait(1);
                continue;
            }
            Screen::Play(Phase::Proof(Proof::Waiting)) => {
                table.prove("a word that is long enough");
                continue;
            }
            Screen::Play(Phase::Look(_)) if has(&Action::Cover) => Action::Cover,
            _ => match offers.iter().find(|offer| offer.main) {
                Some(offer) => offer.action.clone(),
                None => panic!("{offers:?}"),
            },
        };
        assert!(has(&action), "{action:?} in {offers:?}");
        table.room.by_proxy(action, table.now);
        table.frame(Vec::new());
    }
    panic!("no end");
}

/// Everything has room, size and a name.
pub(super) fn sound(table: &Table, least: f32) {
    let (plan, shell) = (table.plan(), table.room.shell());
    let screen = Rect::from_min_size(Pos2::ZERO, table.size);
    let mm = 598.0_f32.min(table.room_width()) / table.size.x;
    let what = format!("{:?} {:?}", table.visit().screen, table.visit().over);
    assert!(plan.fits, "{what}: {:?}", table.size);
    let offers = shell.offers();
    for button in &plan.buttons {
        let offer = &offers[button.offer];
        let low = button.rect.size() * mm;
        let wanted = if offer.main { MAIN } else { TARGET };
        assert!(
            low.x >= wanted - 0.01 && low.y >= wanted - 0.01,
            "{what}: {low:?} {offer:?}"
        );
        assert!(screen.contains_rect(button.rect), "{what}: {offer:?}");
        let words = button.words.size();
        assert!(!button.words.elided, "{what}: {offer:?}");
        assert!(
            words.x <= button.rect.width() && words.y <= button.rect.height(),
            "{what}: {offer:?}"
        );
        let told = table
            .tree
            .iter()
            .any(|node| node.button && node.label == offer.label);
        assert!(told, "{what}: {offer:?} is not told");
    }
    for (n, one) in plan.buttons.iter().enumerate() {
        for other in &plan.buttons[..n] {
            assert!(!one.rect.shrink(0.5).intersects(other.rect), "{what}");
        }
        if let Some(picture) = plan.picture {
            assert!(!one.rect.intersects(picture.shrink(0.5)), "{what}");
        }
    }
    for item in &plan.items {
        assert!(screen.contains_rect(item.rect), "{what}: {item:?}");
        if let Some(words) = &item.words {
            assert!(
                words.size().x <= item.rect.width() + 1.0,
                "{what}: {}",
                words.text()
            );
            let told = table.tree.iter().any(|node| node.label == words.text());
            assert!(told, "{what}: {:?} is not told", words.text());
        }
    }
    let items = plan.items.iter().filter_map(|item| item.words.as_ref());
    let buttons = plan.buttons.iter().map(|button| &button.words);
    for words in buttons.chain(items) {
        let size = words.job.sections[0].format.font_id.size;
        assert!(
            size >= least,
            "{what}: {} of {least} for {}",
            size,
            words.text()
        );
    }
}

impl Table {
    fn room_width(&self) -> f32 {
        // Of the screen, in millimetres: wide ones have 598, high ones 336.
        if self.size.x > self.size.y {
            598.0
        } else {
            336.0
        }
    }
}

#[test]
fn nothing_is_cut_or_too_small_on_any_screen() {
    let lines = "[play]\nmodes = [\"single\", \"duel\", \"daily\", \"class\"]\n\
                 prompts = [\"network\", \"own-eyes\"]\nrounds = 1\n";
    for (size, width) in [
        ((1920.0, 1080.0), 598.0),
        ((1080.0, 1920.0), 336.0),
        ((3840.0, 2160.0), 598.0),
    ] {
        for language in ["en", "de", "fr", "es", "it", "nl"] {
            if size.0 > 3000.0 && language != "de" {
                continue;
            }
            let other = if language == "en" { "de" } else { "en" };
            let program = program_of(lines, &[language, other]);
            let mut table = Table::new(program, size, width);
            let least = table.size.x / width as f32 * 4.8 / 0.85;
            every_screen(&mut table, |table| sound(table, least));
        }
    }
}

/// English texts, four tenths longer.
fn longer() -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/exhibit/en.ftl");
    let text = std::fs::read_to_string(path).unwrap();
    let longer = |line: &str| {
        let sign = if line.starts_with(' ') { "]" } else { "= " };
        let value = line.split_once(sign).map_or("", |(_, value)| value.trim());
        let plain = !line.starts_with('#') && !value.is_empty() && !value.ends_with("->");
        let more = if plain {
            value.chars().count() * 2 / 5
        } else {
            0
        };
        let filler: String = " ofsome".chars().cycle().take(more).collect();
        format!("{}{}\n", line.trim_end(), filler.trim_end())
    };
    text.lines().map(longer).collect()
}

#[test]
fn texts_that_are_four_tenths_longer_have_room_too() {
    let longer = longer();
    for (size, width) in [((1920.0, 1080.0), 598.0), ((1080.0, 1920.0), 336.0)] {
        let mut program = program_of("[play]\nrounds = 1\n", &["en"]);
        program.texts = vec![crate::exhibit::Texts::new("en", Some(&longer))];
        let asked = program.texts[0].get("paint-where", &[]);
        assert!(asked.contains("ofsome"), "{asked}");
        let mut table = Table::new(program, size, width);
        let least = table.size.x / width as f32 * 4.8 / 0.85;
        every_screen(&mut table, |table| sound(table, least));
    }
}

/// Who asked for larger letters has them on every screen, also where a curator says as much as may be said.
#[test]
fn large_letters_are_large_on_every_screen() {
    for (size, width) in [((1920.0, 1080.0), 598.0), ((1080.0, 1920.0), 336.0)] {
        for language in ["de", "fr"] {
            let lines = "[play]\nrounds = 1\nopponents = [\"centre\"]\n";
            let mut program = program_of(lines, &[language]);
            let fifty = ["saliency"; 50].join(" ");
            for piece in &mut program.pieces {
                piece.about.after = [(language.to_owned(), fifty.clone())].into();
            }
            let mut table = Table::new(program, size, width);
            table.tap(pos2(500.0, 500.0));
            for action in [Action::Help, Action::Toggle(Aid::Large), Action::Back] {
                table.room.by_proxy(action, table.now);
            }
            table.frame(Vec::new());
            let screen = Millimetres {
                width,
                viewing: 600.0,
                bottom: 850.0,
            };
            let measure = crate::exhibit_window::measure::Measure::of(&table.ctx, &screen);
            let least = measure.reading(true) - 0.01;
            assert!(least > 1.4 * measure.reading(false));
            let mut looked = 0;
            every_further_screen(&mut table, |table| {
                looked += u32::from(table.has("saliency"));
                sound(table, least);
            });
            assert!(looked > 0, "{language}");
        }
    }
}

#[test]
fn large_letters_and_low_buttons_have_room_too() {
    for (size, width) in [((1920.0, 1080.0), 598.0), ((1080.0, 1920.0), 336.0)] {
        let program = program_of("[play]\nrounds = 1\n", &["de"]);
        let mut table = Table::new(program, size, width);
        table.tap(pos2(500.0, 500.0));
        table.room.by_proxy(Action::Help, table.now);
        for aid in [Aid::Large, Aid::Reach] {
            table.room.by_proxy(Action::Toggle(aid), table.now);
        }
        table.frame(Vec::new());
        sound(&table, 1.0);
        table.room.by_proxy(Action::Back, table.now);
        table.frame(Vec::new());
        let high = table.plan().buttons.iter().map(|b| b.rect.top());
        let top = high.fold(f32::INFINITY, f32::min);
        assert!(top > 0.45 * table.size.y, "{top}");
        sound(&table, 1.0);
    }
}

#[test]
fn a_name_can_be_chosen_where_all_buttons_are_low() {
    for (size, width) in [((1920.0, 1080.0), 598.0), ((1080.0, 1920.0), 336.0)] {
        let lines = "[play]\nrounds = 1\nboard = \"initials\"\n";
        let mut table = Table::new(program_of(lines, &["de"]), size, width);
        table.tap(pos2(500.0, 500.0));
        table.room.by_proxy(Action::Help, table.now);
        table.room.by_proxy(Action::Toggle(Aid::Reach), table.now);
        table.room.by_proxy(Action::Back, table.now);
        for action in [
            Action::SkipTutorial,
            Action::Next,
            Action::Reveal,
            Action::Skip,
            Action::Next,
        ] {
            table.room.by_proxy(action, table.now);
        }
        table.frame(Vec::new());
        assert_eq!(table.visit().screen, Screen::Results);
        assert!(table.plan().fits, "{size:?}");
        let wheel: Vec<&Rect> = table.plan().buttons[..6].iter().map(|b| &b.rect).collect();
        // What turns a letter back stands below what turns it on.
        for place in 0..3 {
            assert!((wheel[place].left() - wheel[place + 3].left()).abs() < 1.0);
            assert!(wheel[place].bottom() < wheel[place + 3].top());
        }
    }
}

/// A board with five names, as after a busy day.
fn board() -> crate::exhibit::board::Board {
    let games = (0..5).map(|n| crate::exhibit::board::Game {
        session: n.to_string(),
        name: format!("Hedgehog {}", 20 + n),
        score: 70.0 - f64::from(n),
        stars: 6,
        day: 0,
    });
    let ever: Vec<_> = games.collect();
    crate::exhibit::board::Board {
        today: ever[..3].to_vec(),
        week: ever.clone(),
        ever,
    }
}

#[test]
fn the_card_to_carry_home_is_large_enough_on_every_screen() {
    for (size, width) in [
        ((1920.0, 1080.0), 598.0),
        ((1080.0, 1920.0), 336.0),
        ((3840.0, 2160.0), 598.0),
    ] {
        let mut table = Table::new(program_of("[play]\nrounds = 3\n", &["de"]), size, width);
        every_screen(&mut table, |_| {});
        assert_eq!(table.visit().screen, Screen::Results);
        let board = Input::Board(Box::new(board()), Some(70.0));
        *table.behind.to_give.lock().unwrap() = vec![Answer::Input(board)];
        table.frame(Vec::new());
        assert!(table.has("Hedgehog 22"));
        sound(&table, 1.0);
        // With a hand's breadth its code is read from arm's length.
        let mm = width as f32 / table.size.x;
        let drawn = table
            .plan()
            .items
            .iter()
            .filter(|item| item.words.is_none());
        let highest = drawn
            .map(|item| item.rect.height() * mm)
            .fold(0.0, f32::max);
        assert!(highest > 119.9, "{size:?}: {highest}");
        // It is drawn beside the screen's own work.
        for _ in 0..2000 {
            if table.room.has_card() {
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
            table.frame(Vec::new());
        }
        assert!(table.room.has_card(), "{size:?}");
        // To who does not see it, it is its words.
        assert!(table.has("KI sah: "));
        let home = table.room.shell().texts().get("home", &[]);
        table.tap_button(&home);
        assert!(!table.room.has_card() && table.room.is_fresh());
    }
}
