//! Damaged files given to every reader that needs no process of its own: arrays, maps, explanations,
//! texts in pictures, paintings, labels, catalogs, results, scores, networks as far as they are read
//! without the runtime library. A reader answers or refuses; it never panics, and never takes long.
//! The files begin as those in `tests/data/corpus`; `make fuzz` tries thousands of each.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use saliscope::classifier::{Catalog, Labels, ModelEntry};
use saliscope::collection::{GivenLabels, Index};
use saliscope::compare::read_map;
use saliscope::compare::robustness::Journal;
use saliscope::guess::Painting;
use saliscope::guess::scores::ScoreBook;
use saliscope::home::Home;
use saliscope::onnx::Model;
use saliscope::saliency::{ExplanationRecord, Saved, carries_explanation};
use saliscope::store::{OwnPictures, Settings};
use saliscope::truth::{TruthOptions, Truths};

use crate::mutations::{count, mutated};
use crate::support::root;

/// The longest that reading one small file may take, on a busy machine.
const LONGEST: Duration = Duration::from_secs(10);

/// Pieces that readers of texts look out for.
const WORDS: [&str; 24] = [
    "\"",
    "'",
    ",",
    "\n",
    "\r\n",
    "{",
    "}",
    "[",
    "]",
    "[[",
    "=",
    "-",
    "1e400",
    "NaN",
    "-1",
    "0",
    "99999999999999999999",
    "null",
    "\u{feff}",
    "\u{0}",
    "\u{1b}[31m",
    "../",
    "/dev/zero",
    "7.5",
];

/// As [`mutated`], and half the time with pieces that mean something in a text.
fn damaged(bytes: &[u8], rng: &mut StdRng) -> Vec<u8> {
    if rng.random() {
        return mutated(bytes, rng);
    }
    let mut out = bytes.to_vec();
    for _ in 0..rng.random_range(1..5) {
        let at = rng.random_range(0..=out.len());
        let gone = rng.random_range(0..=(out.len() - at).min(12));
        let word = WORDS[rng.random_range(0..WORDS.len())];
        out.splice(at..at + gone, word.bytes());
    }
    out
}

fn corpus(names: &[&str]) -> Vec<PathBuf> {
    let folder = root().join("tests/data/corpus");
    names.iter().map(|name| folder.join(name)).collect()
}

/// Gives `read` damaged copies of `originals`, each in a folder of its own beside whole copies of
/// the corpus; files that go wrong are kept and named.
fn try_all(originals: &[PathBuf], usual: usize, seed: u64, read: impl Fn(&Path)) {
    let folder = tempfile::tempdir().unwrap();
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readers");
    // What others of the corpus name.
    for name in ["map.npy", "explanation.json"] {
        let from = root().join("tests/data/corpus").join(name);
        std::fs::copy(from, folder.path().join(name)).unwrap();
    }
    let whole: Vec<Vec<u8>> = originals
        .iter()
        .map(|o| std::fs::read(o).unwrap())
        .collect();
    let mut rng = StdRng::seed_from_u64(seed);
    let mut faults = Vec::new();
    for i in 0..count(usual) {
        let (original, bytes) = (&originals[i % originals.len()], &whole[i % whole.len()]);
        let name = original.file_name().unwrap();
        let path = folder.path().join("damaged").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let neighbour = path.with_file_name("map.npy");
        if !neighbour.exists() {
            std::fs::copy(folder.path().join("map.npy"), neighbour).unwrap();
        }
        let bytes = damaged(bytes, &mut rng);
        std::fs::write(&path, &bytes).unwrap();
        let start = Instant::now();
        let ended = catch_unwind(AssertUnwindSafe(|| read(&path)));
        if ended.is_err() || start.elapsed() > LONGEST {
            std::fs::create_dir_all(&kept).unwrap();
            let kept = kept.join(format!("{seed}-{i}-{}", name.to_str().unwrap()));
            std::fs::write(&kept, &bytes).unwrap();
            faults.push(kept.display().to_string());
        }
        std::fs::remove_file(&path).unwrap();
    }
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

/// What was read, thrown away: that it came back is all that is asked.
fn done<T, E: std::fmt::Display>(result: Result<T, E>) {
    if let Err(error) = result {
        let line = error.to_string();
        assert_eq!(line.lines().count(), 1, "{line}");
    }
}

#[test]
fn arrays() {
    let names = [
        "f4.npy",
        "f8.npy",
        "f2.npy",
        "u1.npy",
        "fortran.npy",
        "v2.npy",
        "map.npz",
    ];
    try_all(&corpus(&names), 700, 11, |path| {
        done(saliscope::npy::read_f32(path));
        done(read_map(path));
    });
}

#[test]
fn explanations() {
    try_all(&corpus(&["explanation.json"]), 300, 12, |path| {
        done(read_map(path));
        done(ExplanationRecord::read(path));
        drop(Saved::find(path));
    });
}

#[test]
fn texts_in_pictures() {
    try_all(&corpus(&["overlay.png"]), 300, 13, |path| {
        done(read_map(path));
        done(ExplanationRecord::read(path));
        drop(Saved::find(path));
        let _ = carries_explanation(path);
    });
}

#[test]
fn paintings() {
    try_all(&corpus(&["painting.png"]), 300, 14, |path| {
        done(Painting::open(path));
    });
}

#[test]
fn names_of_classes() {
    let names = [
        "labels.txt",
        "labels.json",
        "labels.yaml",
        "labels.pbtxt",
        "labels.csv",
    ];
    try_all(&corpus(&names), 600, 15, |path| {
        // As many as there are, and another number.
        done(Labels::read(path, 3));
        done(Labels::read(path, 9));
    });
}

/// A catalog, and the same text as what lies beside a network.
#[test]
fn catalogs() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home {
        root: folder.path().to_owned(),
        data: folder.path().join("data"),
        cache: folder.path().join("cache"),
    };
    std::fs::create_dir_all(home.data.join("models")).unwrap();
    std::fs::create_dir_all(home.root.join("models")).unwrap();
    try_all(&corpus(&["catalog.toml"]), 300, 16, |path| {
        std::fs::copy(path, home.catalog()).unwrap();
        done(Catalog::load(&home));
        // The same keys, without the heading, are those of one network.
        let text = std::fs::read(path).unwrap();
        let beside = home.data.join("models/net.toml");
        std::fs::write(&beside, text.strip_prefix(b"[[model]]").unwrap_or(&text)).unwrap();
        done(ModelEntry::beside(&home.data.join("models/net.onnx")));
        std::fs::remove_file(home.catalog()).unwrap();
        done(Catalog::load(&home));
    });
}

#[test]
fn results() {
    let names = ["rows.csv", "rows.parquet"];
    try_all(&corpus(&names), 600, 17, |path| {
        done(Journal::read(path));
    });
}

/// What a window remembers: whatever is in it, the window opens.
#[test]
fn settings_and_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home {
        root: folder.path().to_owned(),
        data: folder.path().join("data"),
        cache: folder.path().join("cache"),
    };
    std::fs::create_dir_all(&home.data).unwrap();
    let names = ["settings.toml", "pictures.toml"];
    try_all(&corpus(&names), 400, 22, |path| {
        let place = home.data.join(path.file_name().unwrap());
        std::fs::copy(path, &place).unwrap();
        for trouble in [
            Settings::load(&home.data.join("settings.toml")).1,
            OwnPictures::of(&home).read().1,
        ] {
            let trouble = trouble.unwrap_or_default();
            assert!(trouble.lines().count() <= 1, "{trouble}");
        }
        std::fs::remove_file(place).unwrap();
    });
}

/// Where things are in pictures, as others wrote it down.
#[test]
fn annotations() {
    let names = ["coco.json", "voc.xml"];
    try_all(&corpus(&names), 400, 23, |path| {
        for boxes in [false, true] {
            let options = TruthOptions {
                category: None,
                boxes,
            };
            match Truths::open(path, options) {
                Ok(truths) => done(truths.of(Path::new("a.png"), [8, 6])),
                Err(error) => done(Err::<(), _>(error)),
            }
        }
    });
}

/// An index of pictures that somebody sends, and a table of what is in pictures.
#[test]
fn indexes() {
    let names = ["index.json", "given.csv"];
    try_all(&corpus(&names), 400, 24, |path| {
        done(Index::read(path.parent().unwrap()));
        done(GivenLabels::read(path));
    });
}

/// A run that was broken off, and goes on.
#[test]
fn journals() {
    try_all(&corpus(&["rows.csv.part"]), 200, 18, |path| {
        done(Journal::open(&path.with_extension("")));
    });
}

#[test]
fn scores() {
    try_all(&corpus(&["scores.jsonl"]), 300, 19, |path| {
        // Else they are taken over once only.
        done(std::fs::remove_dir_all(ScoreBook::journal(path)));
        done(ScoreBook::load(path));
    });
}

#[test]
fn days_of_a_journal() {
    try_all(&corpus(&["2026-11-26.jsonl"]), 300, 21, |path| {
        let folder = path.parent().unwrap();
        done(saliscope::journal::read(folder, &mut |entry| {
            let _ = entry.read::<saliscope::journal::Round>();
        }));
        done(saliscope::guess::Export::read(folder, true));
    });
}

#[test]
fn networks_without_the_library() {
    let tiny = [root().join("tests/data/tiny.onnx")];
    try_all(&tiny, 300, 20, |path| {
        if let Ok(mut model) = Model::read(path)
            && let Ok(graph) = model.graph_mut()
        {
            done(graph.sort());
            graph.prune();
        }
    });
}
