//! `saliscope answer` and `score`: the game without its window.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use image::{Rgba, RgbaImage};
use ndarray::Array2;
use saliscope::guess::scores::ScoreBook;
use saliscope::guess::{Answer, BandShares, Painting, Yardsticks};
use serde_json::Value;

use crate::support::{goldens, npy, run_failing, run_ok, saliscope};

const COLOURS: [(f32, [u8; 3]); 4] = [
    (0.55, [91, 11, 103]),
    (0.36, [187, 15, 68]),
    (0.2, [243, 120, 30]),
    (0.1, [255, 218, 46]),
];

/// A map with its hill right of the middle, as an explanation of the middle square of a 300 x 200
/// picture.
fn explanation(folder: &Path) -> String {
    let map = Array2::from_shape_fn((100, 100), |(y, x)| {
        -(x as f32 - 62.0).hypot(y as f32 - 45.0)
    });
    saliscope::npy::write(&folder.join("map.npy"), map.view()).unwrap();
    let path = folder.join("explanation.json");
    let json = r#"{"map": "map.npy", "region": {"x": 50, "y": 0, "width": 200, "height": 200},
                   "picture": {"name": "hill", "width": 300, "height": 200}}"#;
    std::fs::write(&path, json).unwrap();
    path.to_str().unwrap().to_owned()
}

fn score(picture: &RgbaImage, explanation: &str, folder: &Path) -> Value {
    let path: PathBuf = folder.join("guess.png");
    picture.save(&path).unwrap();
    serde_json::from_str(&run_ok([
        "score",
        path.to_str().unwrap(),
        explanation,
        "--json",
    ]))
    .unwrap()
}

/// Rings around the middle in the four colours.
fn blob(width: u32, height: u32) -> RgbaImage {
    RgbaImage::from_fn(width, height, |x, y| {
        let (cx, cy) = (width as f32 / 2.0, height as f32 / 2.0);
        let r = (x as f32 - cx).hypot(y as f32 - cy) / cy;
        let ring = COLOURS.iter().rev().find(|(limit, _)| r < *limit);
        ring.map_or(Rgba([0; 4]), |(_, [r, g, b])| Rgba([*r, *g, *b, 255]))
    })
}

#[test]
fn the_answer_scores_100_nothing_0_and_filling_less_than_a_blob() {
    let dir = tempfile::tempdir().unwrap();
    let explanation = explanation(dir.path());
    let answer = dir.path().join("answer.png");
    run_ok(["answer", &explanation, "--out", answer.to_str().unwrap()]);
    let answer = image::open(&answer).unwrap().into_rgba8();
    assert_eq!(answer.dimensions(), (100, 100));
    let of = |picture: &RgbaImage| score(picture, &explanation, dir.path());

    let exact = of(&answer);
    assert_eq!(
        (&exact["score"], &exact["iou"]),
        (&100.0.into(), &1.0.into())
    );
    let empty = of(&RgbaImage::new(100, 100));
    assert_eq!(
        (&empty["score"], &empty["spearman"]),
        (&0.0.into(), &Value::Null)
    );
    let fill = of(&RgbaImage::from_pixel(100, 100, Rgba([255, 218, 46, 255])));
    assert_eq!(fill["bands"][0]["recall"], 1.0);
    let middle = of(&blob(100, 100));
    let figure = |report: &Value, key: &str| report[key].as_f64().unwrap();
    assert!(figure(&fill, "score") < figure(&middle, "score"));
    assert!(figure(&middle, "random") < figure(&middle, "centre"));
    for key in ["colour", "share", "found", "precision", "recall"] {
        assert!(!middle["bands"][2][key].is_null(), "{key}: {middle}");
    }
    // Larger, and painted on the whole picture of which the network saw the middle square.
    let large = of(&image::imageops::resize(
        &answer,
        300,
        300,
        image::imageops::Nearest,
    ));
    assert_eq!(large["score"], 100.0);
    let mut whole = RgbaImage::new(300, 200);
    let seen = image::imageops::resize(&answer, 200, 200, image::imageops::Nearest);
    image::imageops::replace(&mut whole, &seen, 50, 0);
    assert_eq!(of(&whole)["score"], 100.0);
}

/// On every reference map, the rocket's included, where a blob in the middle is no better than
/// chance: filling is 0, and the blob and a guess of the right place are above it.
#[test]
fn filling_is_below_the_blob_on_real_maps() {
    let folder = goldens("explanations");
    let mut maps = 0;
    for picture in ["cat", "espresso", "rocket"] {
        for entry in std::fs::read_dir(folder.join(picture)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|e| e != "npy") {
                continue;
            }
            let Ok(map) = npy(&path).into_dimensionality::<ndarray::Ix2>() else {
                continue;
            };
            let answer = Answer::of("m", map.view(), BandShares::default()).unwrap();
            let judge = |picture: &RgbaImage| {
                let painting = Painting::from_rgba(picture).unwrap();
                saliscope::guess::score(&painting.painting, &answer).unwrap()
            };
            let (w, h) = (answer.width() as u32, answer.height() as u32);
            let blob = judge(&blob(w, h));
            let own_blob = Yardsticks::of(&answer).unwrap().centre;
            for (_, [r, g, b]) in COLOURS {
                let fill = judge(&RgbaImage::from_pixel(w, h, Rgba([r, g, b, 255])));
                assert_eq!(fill.score, 0.0, "{}", path.display());
                assert!(fill.score < blob.score && fill.score < own_blob);
            }
            let marked = answer.painting().to_rgba();
            assert_eq!(judge(&marked).score, 100.0, "{}", path.display());
            maps += 1;
        }
    }
    assert!(maps >= 9, "{maps} maps");
}

#[test]
fn what_is_no_guess_is_one_line() {
    let dir = tempfile::tempdir().unwrap();
    let explanation = explanation(dir.path());
    let save = |name: &str, picture: &RgbaImage| {
        let path = dir.path().join(name);
        picture.save(&path).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let photo = save(
        "photo.png",
        &RgbaImage::from_pixel(9, 9, Rgba([1, 200, 3, 255])),
    );
    let tall = save("tall.png", &RgbaImage::new(50, 100));
    let flat = dir.path().join("flat.npy");
    saliscope::npy::write(&flat, Array2::<f32>::zeros((9, 9)).view()).unwrap();
    let flat = flat.to_str().unwrap();
    for (arguments, says) in [
        (
            vec!["score", &photo, &explanation],
            "none of the four colours",
        ),
        (vec!["score", &tall, &explanation], "50 x 100"),
        (vec!["score", "missing.png", &explanation], "missing.png"),
        (vec!["score", &explanation, &explanation], "not a picture"),
        (vec!["score", &tall, flat], "same value everywhere"),
        (
            vec![
                "answer",
                &explanation,
                "--shares",
                "1,2,3",
                "--out",
                "x.png",
            ],
            "four bands",
        ),
    ] {
        let message = run_failing(&arguments);
        assert!(message.contains(says), "{arguments:?}: {message}");
    }
}

/// What has this name anywhere below a folder.
fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?.flatten();
    entries.into_iter().find_map(|entry| {
        let path = entry.path();
        if path.file_name()? == name {
            return Some(path);
        }
        path.is_dir().then(|| find(&path, name)).flatten()
    })
}

#[test]
fn a_program_that_is_killed_keeps_every_round_that_was_over() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let pictures = dir.path().join("pictures");
    std::fs::create_dir_all(&data).unwrap();
    // The tour plays a game of two rounds in the real program, with its data in a folder of its
    // own below this one.
    let mut program = saliscope()
        .env("TMPDIR", &data)
        .args(["tour", "--tab", "explain", "--size", "1024x680", "--out"])
        .arg(&pictures)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    let (path, lines) = loop {
        if let Some(journal) = find(&data, "journal")
            && let Some(day) = first_day(&journal)
            && std::fs::read(&day).is_ok_and(|bytes| bytes.ends_with(b"\n"))
        {
            break (journal.with_file_name("scores.jsonl"), day);
        }
        let ended = program.try_wait().unwrap();
        assert!(ended.is_none(), "the game ended without a score: {ended:?}");
        assert!(begun.elapsed() < Duration::from_secs(500), "no score");
        std::thread::sleep(Duration::from_millis(20));
    };
    // SIGKILL where there are signals: nothing in the program can run any more.
    program.kill().unwrap();
    assert!(!program.wait().unwrap().success());
    let book = ScoreBook::load(&path).unwrap();
    let played: Vec<u32> = book.played().iter().map(|played| played.round).collect();
    assert_eq!(played, [1], "the first round was over, the second was not");
    assert_eq!(book.played()[0].nickname, "Ada");

    // A file that lost its end with the power loses only the line that is not whole; the next
    // program repairs it and adds to it.
    let mut text = std::fs::read_to_string(&lines).unwrap();
    let half = text[..text.len() / 2].to_owned();
    text.push_str(&half);
    std::fs::write(&lines, text).unwrap();
    let mut book = ScoreBook::load(&path).unwrap();
    let again = book.played()[0].clone();
    assert_eq!(book.played().len(), 1);
    book.keep(&path, again).unwrap();
    assert_eq!(ScoreBook::load(&path).unwrap().played().len(), 2);
    assert_eq!(std::fs::read_to_string(&lines).unwrap().lines().count(), 2);
}

/// The journal's file of the first day, where there is one.
fn first_day(journal: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(journal).ok()?.flatten();
    let mut days: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "jsonl"))
        .collect();
    days.sort();
    days.into_iter().next()
}
