//! `saliscope exhibit` and `guesses export`: what a curator and a researcher do.

use std::path::Path;
use std::process::Stdio;

use image::{Rgb, RgbImage};
use saliscope::guess::{Band, Painting, PaintingGrid};
use saliscope::journal::{End, Ended, Gate, Journal, Round, Session};
use serde_json::Value;

use crate::support::{npy, root, run_failing, run_ok, saliscope};

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

fn picture(path: &Path, seed: u32) -> String {
    let photo = RgbImage::from_fn(160, 120, |x, y| {
        Rgb([
            (x * seed) as u8,
            (y + seed * 40) as u8,
            (x / 8 * y / 8) as u8,
        ])
    });
    photo.save(path).unwrap();
    text(path)
}

/// One record of CSV without quotes in it.
fn records(path: &Path) -> Vec<Vec<String>> {
    let table = std::fs::read_to_string(path).unwrap();
    // Only the picture's name holds a comma, and it is quoted.
    let line = |line: &str| {
        let line = line.replace("\"'=Fox, red\"", "'=Fox red");
        line.split(',').map(str::to_owned).collect()
    };
    table.lines().map(line).collect()
}

#[test]
#[allow(
    clippy::too_many_lines,
    reason = "one export, looked at from all sides"
)]
fn the_export_is_numpys() {
    let dir = tempfile::tempdir().unwrap();
    let golden = root().join("tests/goldens/guesses");
    let out = dir.path().join("export");
    let export = |extra: &[&str]| {
        let (journal, maps, out) = (text(&golden), text(&golden.join("maps")), text(&out));
        let base = [
            "guesses", "export", &journal, "--out", &out, "--maps", &maps,
        ];
        run_ok(base.iter().chain(extra))
    };
    let said = export(&[]);
    assert!(
        said.contains("42 guesses, 36 of them in 3 maps; 1 maps"),
        "{said}"
    );
    // What it made itself it may write over.
    export(&[]);

    let (ours, theirs) = (
        npy(&out.join("maps.npy")),
        npy(&golden.join("maps_expected.npy")),
    );
    assert_eq!(ours.shape(), theirs.shape());
    let off = ours
        .iter()
        .zip(&theirs)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max);
    assert!(off < 1e-5, "{off}");

    let expected: Vec<Value> =
        serde_json::from_str(&std::fs::read_to_string(golden.join("expected.json")).unwrap())
            .unwrap();
    let ceilings = records(&out.join("ceilings.csv"));
    assert_eq!(
        ceilings[0][1..],
        [
            "picture_sha256",
            "prompt",
            "guesses",
            "ceiling",
            "low",
            "high"
        ]
    );
    for (row, want) in ceilings[1..].iter().zip(&expected) {
        assert_eq!(row[0], "'=Fox red", "a spreadsheet must not run it");
        assert_eq!(
            (&row[1], &row[2]),
            (
                &want["sha256"].as_str().unwrap().to_owned(),
                &want["prompt"].as_str().unwrap().to_owned()
            )
        );
        assert_eq!(row[3], want["guesses"].to_string());
        match want["ceiling"].as_array() {
            None => assert_eq!(row[4..], ["", "", ""]),
            Some(figures) => {
                for (got, want) in row[4..].iter().zip(figures) {
                    let (got, want): (f64, f64) = (got.parse().unwrap(), want.as_f64().unwrap());
                    assert!((got - want).abs() < 1e-4, "{got} {want}");
                }
            }
        }
    }
    let alignment = records(&out.join("alignment.csv"));
    assert_eq!(alignment.len(), 3);
    for (row, want) in alignment[1..].iter().zip(&expected) {
        let (spearman, relative): (f64, f64) = (row[6].parse().unwrap(), row[8].parse().unwrap());
        assert!(
            (spearman - want["spearman"].as_f64().unwrap()).abs() < 1e-4,
            "{row:?}"
        );
        assert!((relative - spearman / row[7].parse::<f64>().unwrap()).abs() < 1e-12);
    }
    let guesses = records(&out.join("guesses.csv"));
    assert_eq!(guesses.len(), 43);
    assert!(!guesses[0].contains(&"nickname".to_owned()));
    let at = |name: &str| guesses[0].iter().position(|column| column == name).unwrap();
    let flagged: Vec<&str> = guesses[1..]
        .iter()
        .map(|row| row[at("flags")].as_str())
        .filter(|f| !f.is_empty())
        .collect();
    assert_eq!(
        flagged,
        [
            "blank",
            "failed-catch",
            "blank",
            "failed-catch",
            "blank",
            "failed-catch"
        ]
    );
    let parquet = std::fs::read(out.join("guesses.parquet")).unwrap();
    assert!(parquet.starts_with(b"PAR1") && parquet.ends_with(b"PAR1"));

    let said = export(&["--flagged"]);
    assert!(said.contains("39 of them"), "{said}");
    let none = text(dir.path());
    let message = run_failing([
        "guesses",
        "export",
        &none,
        "--out",
        &text(&dir.path().join("x")),
    ]);
    assert!(message.contains("holds no guesses"), "{message}");
}

#[test]
#[allow(clippy::too_many_lines, reason = "one visit to the command line")]
fn a_curators_ten_minutes() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("bonn");
    let (a, b) = (
        picture(&dir.path().join("a.png"), 1),
        picture(&dir.path().join("b.png"), 3),
    );
    let exhibit = text(&folder);
    let said = run_ok(["exhibit", "new", &exhibit, &a, &b]);
    assert!(said.contains("exhibit check"), "{said}");
    assert!(run_failing(["exhibit", "new", &exhibit]).contains("not empty"));
    let manifest = folder.join("exhibit.toml");
    let made = std::fs::read_to_string(&manifest).unwrap();
    let check = || {
        let output = saliscope()
            .args(["exhibit", "check", &exhibit])
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        (output.status.success(), said)
    };
    // Two pictures for three rounds, and two languages of which one is not written yet.
    let two = made
        .replace("languages = [\"en\"]", "languages = [\"de\", \"en\"]")
        .replace("# rounds = 3", "rounds = 2");
    for (change, line, words) in [
        (made.clone(), None, "3 rounds and there are 2 pictures"),
        (
            two.clone(),
            Some("title = { en = \"What"),
            "title has no text in de",
        ),
        (
            two.replace("id = ", "di = "),
            Some("di = "),
            "nothing is called di",
        ),
        (
            two.replace("pictures/a.png", "../a.png"),
            Some("../a.png"),
            "leads out of the folder",
        ),
        (
            two.replace("pictures/a.png", "pictures/c.png"),
            Some("c.png"),
            "c.png is not there",
        ),
        (
            two.replace("pictures/b.png", "pictures/a.png"),
            None,
            "same picture",
        ),
        (
            two.replace("rounds = 2", "rounds = 200"),
            Some("rounds = 200"),
            "a number from 1 to 20",
        ),
        (
            two.replace("[play]", "[play]\nmodels = [\"lite9\"]"),
            Some("models = [\"lite9\"]"),
            "no network is called \"lite9\"",
        ),
        (
            two.replace("[play]", "[play]\nopponents = [\"lite9\"]"),
            Some("opponents = [\"lite9\"]"),
            "no network is called \"lite9\"",
        ),
        (
            two.replace("[play]", "[play]\nmethod = \"magic\""),
            Some("method = \"magic\""),
            "play.method",
        ),
        (
            two.replace("[play]", "[play]\ngrid = 5"),
            Some("grid = 5"),
            "play.grid is not 4, 6 or 8",
        ),
        (
            two.replace("[play]", "[play]\nboard = \"free\""),
            Some("board = \"free\""),
            "one of generated, initials, none",
        ),
        (
            two.replace("[times]", "[times]\nround = \"fast"),
            Some("round = \"fast"),
            "exhibit.toml",
        ),
    ] {
        std::fs::write(&manifest, &change).unwrap();
        let (good, said) = check();
        assert!(!good, "{words}");
        let told = said.lines().find(|told| told.contains(words));
        let told = told.unwrap_or_else(|| panic!("{words} not in {said}"));
        if let Some(start) = line {
            let number = change.lines().position(|l| l.contains(start)).unwrap() + 1;
            assert!(
                told.starts_with(&format!("exhibit.toml:{number}: ")),
                "{told}"
            );
        }
        assert!(told.contains("; "), "what to do: {told}");
    }
    let whole = two
        .replace(
            "title = { en = \"What does",
            "title = { de = \"Was?\", en = \"What does",
        )
        .replace("title = { en = \"a\"", "title = { de = \"A\", en = \"a\"")
        .replace("title = { en = \"b\"", "title = { de = \"B\", en = \"b\"")
        .replace("alt = { en = ", "alt = { de = \"Muster\", en = ");
    std::fs::write(&manifest, &whole).unwrap();
    std::fs::write(folder.join("texts/de.ftl"), "next = Weiter\nnxet = x\n").unwrap();
    let (good, said) = check();
    assert!(
        !good && said.contains("texts/de.ftl:2: no text is called nxet"),
        "{said}"
    );
    std::fs::write(folder.join("texts/de.ftl"), "next = Weiter\n").unwrap();
    let (good, said) = check();
    assert!(
        good && said.contains("good: 2 pictures, de, en")
            && said.contains("advice: nothing is prepared")
            && said.contains("advice: the licence of pictures/a.png is the example's")
            // German describes it, English only names it.
            && said.contains("the alt of pictures/a.png only repeats its title in en"),
        "{said}"
    );

    // Usage of three visits.
    let mut journal = Journal::open(&folder.join("data/journal")).unwrap();
    for _ in 0..3 {
        journal.begin();
        journal
            .append(&Gate {
                language: "de".to_owned(),
                ..Gate::default()
            })
            .unwrap();
        journal
            .append(&Session {
                mode: "single".to_owned(),
                ..Session::default()
            })
            .unwrap();
        let mut painting = Painting::empty(50, 50);
        (600..900).for_each(|pixel| {
            painting.set(pixel, Some(Band::Red));
        });
        let round = Round {
            picture: "a".to_owned(),
            seconds: 20.0,
            painting: PaintingGrid::of(&painting).runs(),
            ..Round::default()
        };
        journal.append_round(&round).unwrap();
        let end = End {
            why: Ended::Done,
            screen: "results".to_owned(),
            seconds: 90.0,
            more: serde_json::Map::new(),
        };
        journal.append(&end).unwrap();
    }
    let page = text(&dir.path().join("report.html"));
    run_ok(["exhibit", "report", &exhibit, "--out", &page]);
    run_ok(["exhibit", "report", &exhibit, "--out", &page]);
    let html = std::fs::read_to_string(&page).unwrap();
    assert!(
        html.contains("<p>3 visits, 3 rounds on 1 days.</p>") && html.contains("<h1>Was?</h1>"),
        "{html}"
    );
    run_ok([
        "guesses",
        "export",
        &exhibit,
        "--out",
        &text(&dir.path().join("export")),
    ]);

    // The PIN comes by standard input, never as an argument that others can see.
    let data = dir.path().join("user");
    let pin = |digits: &str| {
        use std::io::Write as _;
        let mut child = saliscope()
            .env("SALISCOPE_DATA", &data)
            .args(["exhibit", "pin", &exhibit])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(digits.as_bytes())
            .unwrap();
        child.wait_with_output().unwrap()
    };
    assert_eq!(pin("123456\n").status.code(), Some(2));
    assert!(pin("271828\n").status.success());
    let kept = data.join("data/exhibits/bonn/operator.toml");
    assert!(
        std::fs::read_to_string(kept)
            .unwrap()
            .contains("$argon2id$")
    );

    let output = saliscope()
        .args(["exhibit", "doctor", &exhibit])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        said.contains("cannot know the screen stays on") && said.lines().count() > 16,
        "{said}"
    );
    let unit = run_ok(["exhibit", "doctor", &exhibit, "--unit", "kiosk"]);
    let start = unit.lines().find(|line| line.starts_with("ExecStart="));
    let start = start.unwrap_or_else(|| panic!("{unit}"));
    assert!(
        start.contains("/cage -- \"") && start.ends_with("bonn\""),
        "{start}"
    );
    assert!(unit.contains("\nUser=kiosk\n"), "{unit}");
    for wrong in ["root", "a b"] {
        run_failing(["exhibit", "doctor", &exhibit, "--unit", wrong]);
    }
}

/// Needs the installed network.
#[test]
fn what_is_baked_is_used_again_and_needs_nothing_else() {
    let model = root().join("models/installed/efficientnet-lite0.onnx");
    if !model.exists() {
        eprintln!("skipped: no installed network");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("bonn");
    let golden = root().join("tests/goldens/explanations/cat/picture.png");
    let exhibit = text(&folder);
    run_ok(["exhibit", "new", &exhibit, &text(&golden)]);
    let manifest = folder.join("exhibit.toml");
    let made = std::fs::read_to_string(&manifest).unwrap();
    let quick = made
        .replace("# rounds = 3", "rounds = 1")
        .replace("# method = \"xrai\"", "method = \"grad-cam\"")
        .replace("CC BY 4.0, A. Person", "CC0, nobody")
        .replace("alt = { en = \"", "alt = { en = \"What is to be seen: ");
    std::fs::write(&manifest, quick).unwrap();
    // Before that it says what to do, with and without a screen.
    for command in [
        &["exhibit", exhibit.as_str()][..],
        &["exhibit", "preview", exhibit.as_str()],
    ] {
        let said = run_failing(command);
        assert!(
            said.contains("exhibit bake") || said.contains("display"),
            "{said}"
        );
    }
    assert!(run_ok(["exhibit", "bake", &exhibit]).contains("1 maps made, 1 there"));
    assert!(run_ok(["exhibit", "bake", &exhibit]).contains("0 maps made, 1 there"));
    let said = run_ok(["exhibit", "check", &exhibit]);
    assert!(said.contains("good") && !said.contains("advice"), "{said}");
    every_screen_is_drawn(&exhibit, dir.path());
    nothing_is_sent(&exhibit, dir.path());
    // Moved elsewhere it is whole.
    let moved = dir.path().join("moved");
    std::fs::rename(&folder, &moved).unwrap();
    let baked = saliscope::exhibit::Baked::read(&moved).unwrap();
    let entry = &baked.entries[0];
    assert!(entry.label.contains("cat") && entry.four_colours[0] < entry.four_colours[2]);
    let (_, map) = baked.map(entry).unwrap();
    assert_eq!(map.values.dim(), (224, 224));
    assert!(moved.join("bake").join(&entry.thumbnail).is_file());
    // Damaged, it is made again.
    std::fs::write(
        moved.join("bake").join(&entry.explanation).join("map.npy"),
        "x",
    )
    .unwrap();
    assert!(run_ok(["exhibit", "bake", &text(&moved)]).contains("1 maps made, 1 there"));
}

/// A whole game with the network asked again, watched by strace where it is installed: no socket that
/// leads out of the machine.
fn nothing_is_sent(exhibit: &str, dir: &Path) {
    let watched = dir.join("calls");
    let traced = |command: &str, arguments: &[&str]| {
        let mut traced = std::process::Command::new("strace");
        traced
            .args(["-f", "-qq", "-e", "trace=execve,socket,connect", "-o"])
            .arg(&watched)
            .arg(command)
            .args(arguments)
            .envs(saliscope().get_envs().filter_map(|(k, v)| Some((k, v?))))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .current_dir(root());
        traced.status().is_ok_and(|status| status.success())
    };
    if !traced("true", &[]) {
        eprintln!("skipped: strace is not installed or may not watch");
        return;
    }
    let out = text(&dir.join("watched"));
    let tour = [
        "exhibit", "tour", exhibit, "--out", &out, "--size", "640x480",
    ];
    assert!(traced(env!("CARGO_BIN_EXE_saliscope"), &tour));
    let calls = std::fs::read_to_string(&watched).unwrap();
    assert!(calls.contains("execve("), "{calls}");
    let out = calls.lines().filter(|call| call.contains("AF_INET"));
    assert_eq!(out.collect::<Vec<_>>(), [""; 0]);
}

/// Somebody plays a whole game: the pictures show it, and nothing is kept of it.
fn every_screen_is_drawn(exhibit: &str, dir: &Path) {
    let out = dir.join("screens");
    let listed = run_ok([
        "exhibit",
        "tour",
        exhibit,
        "--out",
        &text(&out),
        "--size",
        "960x540",
    ]);
    let screen = |name: &str| {
        let end = format!("-{name}.png");
        let line = listed.lines().find(|line| line.ends_with(&end));
        let path = line.unwrap_or_else(|| panic!("no {name} in {listed}"));
        image::open(path).unwrap().into_rgb8()
    };
    let differing = |a: &str, b: &str| {
        let (a, b) = (screen(a), screen(b));
        assert_eq!(a.dimensions(), (960, 540));
        let off = a.pixels().zip(b.pixels()).filter(|(p, q)| {
            let apart = |n: usize| p.0[n].abs_diff(q.0[n]) > 24;
            (0..3).any(apart)
        });
        off.count() as f64 / (960.0 * 540.0)
    };
    // The photo goes grey, the light comes, the spot is covered: none looks like the one before.
    for (a, b) in [
        ("attract", "attract-hand"),
        ("attract-hand", "attract-answer"),
        ("ask", "paint-empty"),
        ("paint-empty", "paint-hot"),
        ("paint-hot", "reveal-matches"),
        ("look", "proof"),
        ("results", "still-there"),
    ] {
        let share = differing(a, b);
        assert!(share > 0.005, "{a} and {b}: {share}");
    }
    assert!(!Path::new(exhibit).join("data/journal").exists());
}
