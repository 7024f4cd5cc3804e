//! What a person made, written by several processes and by processes that are killed: nothing that
//! was said to be kept is lost, nothing is mixed.
//!
//! The writers are this test program once more, told by the environment what to write. The tests
//! kill a few of each kind; `SALISCOPE_KILLS=100` kills as many as it says.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use image::RgbImage;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use saliscope::guess::scores::{Played, ScoreBook};
use saliscope::home::Home;
use saliscope::picture::Picture;
use saliscope::store::{Changes, Own, OwnPictures, Settings};

const WHAT: &str = "SALISCOPE_TEST_WRITES";
const FOLDER: &str = "SALISCOPE_TEST_FOLDER";
const FROM: &str = "SALISCOPE_TEST_FROM";
const COUNT: &str = "SALISCOPE_TEST_COUNT";

fn home(folder: &Path) -> Home {
    Home {
        root: folder.to_owned(),
        data: folder.join("data"),
        cache: folder.join("cache"),
    }
}

/// The picture of that number, as if it had been pasted.
fn pasted(place: &OwnPictures, number: u32) -> (Own, Option<Arc<Picture>>) {
    let pixels = RgbImage::from_fn(60, 40, |x, y| {
        let noise = (x * 7 + y * 13) ^ number.wrapping_mul(2_654_435_761);
        image::Rgb([noise as u8, (noise >> 8) as u8, number as u8])
    });
    let picture = Arc::new(Picture::from_pixels(format!("p{number}"), pixels));
    let own = Own {
        name: picture.name.clone(),
        file: place.pasted_path(&picture.sha256),
        pasted: true,
    };
    (own, Some(picture))
}

fn played(number: u32) -> Played {
    Played {
        game: number.to_string(),
        round: 1,
        of: 1,
        date: "2026-11-23T09:10:00Z".to_owned(),
        nickname: "Ada".to_owned(),
        model: "m".to_owned(),
        method: "xrai".to_owned(),
        picture: "Cat".to_owned(),
        sha256: "0".repeat(64),
        score: 50.0,
        rule: saliscope::guess::RULE,
        found: [0.1, 0.2, 0.3, 0.4],
        hints: 1,
        seconds: 12.5,
        ..Played::default()
    }
}

/// Writes number after number and says of each that it is kept. Started by the tests below.
#[test]
#[ignore = "a process that the other tests start"]
fn writer() {
    let Ok(what) = std::env::var(WHAT) else {
        return;
    };
    let folder = PathBuf::from(std::env::var(FOLDER).unwrap());
    let number = |name: &str| std::env::var(name).unwrap().parse::<u32>().unwrap();
    let (home, from) = (home(&folder), number(FROM));
    let place = OwnPictures::of(&home);
    let (mut settings, _) = Settings::load(&Settings::path(&home));
    let mut book = ScoreBook::default();
    for n in from..from + number(COUNT) {
        match what.as_str() {
            "pictures" => {
                let added = vec![pasted(&place, n)];
                let removed = Vec::new();
                place.change(&Changes { added, removed }).unwrap();
            }
            "scores" => book.keep(&ScoreBook::path(&home), played(n)).unwrap(),
            "settings" => {
                let before = settings.clone();
                settings.model = Some(format!("model {n} {}", "x".repeat(3000)));
                settings.save(&Settings::path(&home), &before).unwrap();
            }
            other => panic!("{other}"),
        }
        println!("kept {n}");
        std::io::stdout().flush().unwrap();
    }
}

fn start(what: &str, folder: &Path, from: u32, count: u32) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["store::writer", "--exact", "--ignored", "--nocapture"])
        .env(WHAT, what)
        .env(FOLDER, folder)
        .env(FROM, from.to_string())
        .env(COUNT, count.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The last number that a writer, which has ended by now, said was kept.
fn last_kept(writer: &mut Child) -> Option<u32> {
    BufReader::new(writer.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok)
        .filter_map(|line| line.split("kept ").nth(1)?.parse().ok())
        .last()
}

/// Everything up to `last` is there, and nothing is damaged.
fn check(what: &str, home: &Home, last: Option<u32>) {
    match what {
        "pictures" => {
            let place = OwnPictures::of(home);
            let (own, trouble) = place.read();
            assert_eq!(trouble, None);
            for n in 0..last.map_or(0, |last| last + 1) {
                let (wanted, picture) = pasted(&place, n);
                let there = own.iter().find(|own| own.file == wanted.file);
                assert_eq!(there, Some(&wanted));
                let opened = saliscope::picture::open(&wanted.file).unwrap();
                assert_eq!(opened.pixels, picture.unwrap().pixels);
            }
            for own in own {
                saliscope::picture::open(&own.file).unwrap();
            }
        }
        "scores" => {
            let path = ScoreBook::path(home);
            let book = ScoreBook::load(&path).unwrap();
            assert_eq!(book.trouble(&path), None);
            let kept: Vec<u32> = book
                .played()
                .iter()
                .map(|p| p.game.parse().unwrap())
                .collect();
            let wanted: Vec<u32> = (0..kept.len() as u32).collect();
            assert_eq!(kept, wanted);
            assert!(kept.len() as u32 > last.unwrap_or(0) || last.is_none());
        }
        _ => {
            let (settings, trouble) = Settings::load(&Settings::path(home));
            assert_eq!(trouble, None);
            let Some(last) = last else { return };
            let model = settings.model.unwrap();
            let number: u32 = model.split(' ').nth(1).unwrap().parse().unwrap();
            // The next may have been written without being said.
            assert!(number == last || number == last + 1, "{last}, not {number}");
            assert_eq!(model.len(), format!("model {number} ").len() + 3000);
        }
    }
}

/// Kills writers at random moments; each goes on where the one before was killed.
fn killed(what: &str, seed: u64) {
    let kills = std::env::var("SALISCOPE_KILLS").ok();
    let kills: u32 = kills.and_then(|n| n.parse().ok()).unwrap_or(6);
    let folder = tempfile::tempdir().unwrap();
    let home = home(folder.path());
    let mut random = StdRng::seed_from_u64(seed);
    let (mut last, mut landed) = (None::<u32>, 0);
    for _ in 0..kills {
        let from = match what {
            // What was written and not said is there all the same.
            "scores" => ScoreBook::load(&ScoreBook::path(&home))
                .unwrap()
                .played()
                .len() as u32,
            _ => last.map_or(0, |last| last + 1),
        };
        let mut writer = start(what, folder.path(), from, 10_000);
        std::thread::sleep(Duration::from_micros(random.random_range(2_000..60_000)));
        writer.kill().unwrap();
        writer.wait().unwrap();
        let kept = last_kept(&mut writer);
        landed += u32::from(kept.is_some());
        last = kept.or(last);
        check(what, &home, last);
    }
    println!("{what}: {kills} kills, {landed} of them while it wrote, {last:?} kept");
    // The lock has gone with the last of them.
    let from = last.map_or(0, |last| last + 1);
    if what != "scores" {
        let mut writer = start(what, folder.path(), from, 1);
        assert!(writer.wait().unwrap().success());
        check(what, &home, last_kept(&mut writer));
    }
}

#[test]
fn killed_while_pasting_pictures() {
    killed("pictures", 1);
}

#[test]
fn killed_while_scores_are_kept() {
    killed("scores", 2);
}

#[test]
fn killed_while_settings_are_kept() {
    killed("settings", 3);
}

/// Fifty pictures each, at the same time.
#[test]
fn two_processes_paste_a_hundred_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let mut writers: Vec<Child> = [0, 50]
        .map(|from| start("pictures", folder.path(), from, 50))
        .into();
    for writer in &mut writers {
        assert!(writer.wait().unwrap().success());
    }
    let home = home(folder.path());
    check("pictures", &home, Some(99));
    assert_eq!(OwnPictures::of(&home).read().0.len(), 100);
}
