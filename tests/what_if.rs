//! `saliscope what-if` on a real network, against NumPy, SciPy and ONNX Runtime.

use std::path::Path;

use image::{GrayImage, Luma};
use ndarray::Array2;
use serde_json::Value;

use crate::support::{goldens, run_failing, run_ok};

/// EfficientNet-Lite0 on the cat: what is left of class 285 (logit, probability) and the first class,
/// computed by NumPy 2.4, SciPy 1.17 (`gaussian_filter`, sigma 10) and ONNX Runtime 1.32 alone: with
/// the top 10 % of [`map`] gone, and with a disc of radius 60 at (100, 90) gone.
const EXPECTED: [(&str, &str, f64, f64, u64); 8] = [
    ("top", "blur", 8.033271, 0.26769396853704497, 282),
    ("top", "mean", 8.661654, 0.36310868080096376, 285),
    ("top", "black", 3.7915034, 0.013650933006437136, 892),
    ("top", "white", 0.97008264, 0.0007976310982524921, 904),
    ("disc", "blur", 10.214684, 0.6282764684168909, 285),
    ("disc", "mean", 9.59537, 0.4013142099097384, 285),
    ("disc", "black", 9.939798, 0.5691594744170897, 285),
    ("disc", "white", 9.539548, 0.4102530078577548, 285),
];

fn cat() -> String {
    let path = goldens("explanations").join("cat/picture.png");
    path.to_str().unwrap().to_owned()
}

/// Whole numbers, some of them equal, so that no arithmetic can differ.
fn map() -> Array2<f32> {
    Array2::from_shape_fn((224, 224), |(y, x)| {
        ((x * 7 + y * 13) % 101 + (x * y) % 17) as f32
    })
}

fn what_if(arguments: &[&str]) -> Value {
    let cat = cat();
    let fixed = ["what-if", cat.as_str(), "--json"];
    let all = fixed.iter().chain(arguments);
    serde_json::from_str(&run_ok(all)).unwrap()
}

fn disc(path: &Path) {
    GrayImage::from_fn(224, 224, |x, y| {
        let (x, y) = (i64::from(x) - 100, i64::from(y) - 90);
        Luma([if x * x + y * y < 3600 { 255 } else { 0 }])
    })
    .save(path)
    .unwrap();
}

#[test]
fn answers_without_a_part_are_those_of_numpy_and_onnx_runtime() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    saliscope::npy::write(Path::new(&at("map.npy")), map().view()).unwrap();
    disc(Path::new(&at("disc.png")));
    for (part, fill, logit, probability, first) in EXPECTED {
        let (mask, map) = (at("disc.png"), at("map.npy"));
        let got = match part {
            "top" => what_if(&["--top", "10", "--map", &map, "--fill", fill]),
            _ => what_if(&["--mask", &mask, "--fill", fill]),
        };
        let figure = |value: &Value| value.as_f64().unwrap();
        let after = &got["after"]["class"];
        assert_eq!(after["class"], 285);
        let off = figure(&after["logit"]) - logit;
        assert!(off.abs() < 1e-4, "{part} {fill}: logit off by {off}");
        let off = figure(&after["probability"]) - probability;
        assert!(off.abs() < 1e-5, "{part} {fill}: off by {off}");
        assert_eq!(got["after"]["predictions"][0]["class"], first);
        assert_eq!(got["answer_changed"], first != 285);
        let off = figure(&got["before"]["class"]["probability"]) - 0.3846324584886761;
        assert!(off.abs() < 1e-5, "{off}");
        let share = match part {
            "top" => 0.10349569515306123,
            _ => 0.22474888392857142,
        };
        assert!((figure(&got["changed"]["share"]) - share).abs() < 1e-9);
    }
}

/// As [`EXPECTED`], and the part put down again so far to the right and down (in Python, pixel by pixel).
const MOVED: [(&str, &str, &str, f64, f64, u64); 3] = [
    ("top", "blur", "30,-45", 7.3987427, 0.18937972090782787, 281),
    (
        "disc",
        "black",
        "-60,40",
        10.3403673,
        0.5876324761892107,
        285,
    ),
    ("disc", "mean", "200,0", 9.5953703, 0.4013142099097384, 285),
];

#[test]
fn answers_with_a_part_moved_are_those_of_numpy_and_onnx_runtime() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    saliscope::npy::write(Path::new(&at("map.npy")), map().view()).unwrap();
    disc(Path::new(&at("disc.png")));
    for (part, fill, by, logit, probability, first) in MOVED {
        let (mask, map) = (at("disc.png"), at("map.npy"));
        let moved = ["--fill", fill, "--move", by];
        let chosen = match part {
            "top" => vec!["--top", "10", "--map", &map],
            _ => vec!["--mask", &mask],
        };
        let got = what_if(&[chosen, moved.to_vec()].concat());
        let figure = |value: &Value| value.as_f64().unwrap();
        let after = &got["after"]["class"];
        let off = figure(&after["logit"]) - logit;
        assert!(off.abs() < 1e-4, "{part} {fill} {by}: logit off by {off}");
        let off = figure(&after["probability"]) - probability;
        assert!(off.abs() < 1e-5, "{part} {fill} {by}: off by {off}");
        assert_eq!(got["after"]["predictions"][0]["class"], first);
        let told: Vec<String> = got["changed"]["moved"]
            .as_array()
            .unwrap()
            .iter()
            .map(Value::to_string)
            .collect();
        assert_eq!(told.join(","), by);
    }
}

#[test]
fn what_is_saved_is_an_explanation_of_the_changed_picture() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("saved");
    let out_text = out.to_str().unwrap();
    let flags = [
        "--rectangle",
        "60,40,90,80",
        "--fill",
        "black",
        "--method",
        "grad-cam",
    ];
    let arguments: Vec<&str> = flags.into_iter().chain(["--out", out_text]).collect();
    let got = what_if(&arguments);
    let saved: Value =
        serde_json::from_str(&std::fs::read_to_string(out.join("what-if.json")).unwrap()).unwrap();
    assert_eq!(saved["after"], got["after"]);
    assert_eq!(saved["changed"]["bounds"]["x"], 60);
    // The network sees exactly the saved picture.
    let picture = out.join("picture.png");
    let text = run_ok(["predict", picture.to_str().unwrap(), "--json"]);
    let rows: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(rows[0]["predictions"], got["after"]["predictions"]);
    let told: Value =
        serde_json::from_str(&std::fs::read_to_string(out.join("explanation.json")).unwrap())
            .unwrap();
    assert_eq!(told["class"], got["before"]["class"]["class"]);
    let compared = run_ok([
        "compare",
        out_text,
        out.join("before-map.npy").to_str().unwrap(),
    ]);
    assert!(compared.contains("pixels agree"), "{compared}");
    let mask = image::open(out.join("mask.png")).unwrap().to_luma8();
    assert_eq!(mask.pixels().filter(|p| p.0[0] == 255).count(), 90 * 80);
    // It may be written over, since all of it was made here.
    what_if(&arguments);
}

#[test]
fn the_smallest_flip_changes_the_answer_and_no_single_cell_less_does() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("flip");
    let got = what_if(&["--flip", "--parts", "4", "--fill", "mean"]);
    let flip = &got["flip"];
    let cells: Vec<(u64, u64)> = flip["cells"]
        .as_array()
        .unwrap()
        .iter()
        .map(|cell| (cell[0].as_u64().unwrap(), cell[1].as_u64().unwrap()))
        .collect();
    assert_eq!(got["answer_changed"], true);
    assert!(flip["minimal"] == true && !cells.is_empty(), "{flip}");
    // With one cell less the answer stays, whichever it is.
    for left_out in 0..cells.len() {
        let mask = out.with_extension("png");
        let white = GrayImage::from_fn(224, 224, |x, y| {
            let inside = cells.iter().enumerate().any(|(i, &(row, column))| {
                i != left_out && (u64::from(y) / 56, u64::from(x) / 56) == (row, column)
            });
            Luma([if inside { 255 } else { 0 }])
        });
        if cells.len() == 1 {
            break;
        }
        white.save(&mask).unwrap();
        let got = what_if(&["--mask", mask.to_str().unwrap(), "--fill", "mean"]);
        assert_eq!(
            got["answer_changed"], false,
            "without {:?}",
            cells[left_out]
        );
    }
}

#[test]
fn what_cannot_be_changed_is_said_in_one_line() {
    let cat = cat();
    let folder = tempfile::tempdir().unwrap();
    let small = folder.path().join("small.png");
    GrayImage::new(10, 10).save(&small).unwrap();
    let small = small.to_str().unwrap();
    for (arguments, says) in [
        (vec![], "--mask"),
        (vec!["--mask", small], "10 x 10"),
        (vec!["--top", "0", "--method", "gradient"], "above 0"),
        (vec!["--top", "10", "--mask", small], "cannot be used with"),
        (vec!["--rectangle", "900,900,5,5"], "none of it lies"),
        (vec!["--rectangle", "1,2,3"], "4 whole numbers"),
        (
            vec!["--rectangle", "1,2,30,30", "--move", "0,0"],
            "where it was",
        ),
        (
            vec!["--rectangle", "1,2,30,30", "--move", "7"],
            "2 whole numbers",
        ),
        (vec!["--flip", "--parts", "99"], "16 x 16"),
        (vec!["--flip", "--class", "3"], "does not say class 3"),
        (vec!["--flip", "--to", "285"], "says already"),
        (vec!["--top", "10", "--fill", "grey"], "texture:NAME"),
        (vec!["--top", "10", "--fill", "texture:nosuch"], "nosuch"),
    ] {
        let all = ["what-if", cat.as_str()]
            .into_iter()
            .chain(arguments.clone());
        let line = run_failing(all);
        assert!(line.contains(says), "{arguments:?}: {line}");
    }
}
