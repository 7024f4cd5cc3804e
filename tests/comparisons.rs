//! `saliscope compare` and `average`, from files to files.

use std::path::Path;

use ndarray::{Array1, Array2};
use serde_json::Value;

use crate::support::{npy, run_failing, run_ok};

fn wave(height: usize, width: usize, phase: f32) -> Array2<f32> {
    Array2::from_shape_fn((height, width), |(y, x)| {
        (x as f32 * 0.11 + phase).sin() + (y as f32 * 0.07 - phase).cos()
    })
}

fn save(folder: &Path, name: &str, map: &Array2<f32>) -> String {
    let path = folder.join(name);
    saliscope::npy::write(&path, map.view()).unwrap();
    path.to_str().unwrap().to_owned()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn two_maps_are_compared_in_figures_and_a_picture() {
    let dir = tempfile::tempdir().unwrap();
    let a = save(dir.path(), "a.npy", &wave(64, 80, 0.0));
    let b = save(dir.path(), "b.npy", &wave(64, 80, 0.4));
    let out = dir.path().join("out");
    let compare = |delta: &str| {
        json(&run_ok([
            "compare",
            &a,
            &b,
            "--delta",
            delta,
            "--top",
            "10",
            "--colours",
            "4",
            "--json",
            "--out",
            out.to_str().unwrap(),
        ]))
    };
    let (strict, loose) = (compare("0"), compare("200"));
    assert!(strict["agree"].as_f64() < loose["agree"].as_f64());
    for key in ["agree", "iou", "dice", "pearson", "spearman", "ssim", "emd"] {
        assert!(loose[key].is_number(), "{key}: {loose}");
    }
    for key in ["colours_a", "colours_b"] {
        let colours = loose[key].as_array().unwrap();
        assert_eq!(colours.len(), 4);
        let shares: f64 = colours.iter().map(|c| c["share"].as_f64().unwrap()).sum();
        assert!((shares - 1.0).abs() < 1e-9);
    }
    // The picture shows exactly the pixels that agree; no inferno colour of a value above the
    // lowest is black.
    let picture = image::open(out.join("intersection.png"))
        .unwrap()
        .into_rgb8();
    let lit = picture.pixels().filter(|p| p.0 != [0, 0, 0]).count() as f64;
    let agree = loose["agree"].as_f64().unwrap() * f64::from(picture.width() * picture.height());
    assert!((lit - agree).abs() < 1.0, "{lit} {agree}");
    let mut written = json(&std::fs::read_to_string(out.join("comparison.json")).unwrap());
    let mut take = |key: &str| written.as_object_mut().unwrap().remove(key);
    assert!(
        take("made_by").is_some(),
        "the file does not say who made it"
    );
    for (key, file) in [("a", &a), ("b", &b)] {
        let of = take(key).unwrap();
        assert_eq!(
            of["file"],
            file.as_str(),
            "the file does not say what {key} was"
        );
        let hash = saliscope::files::sha256_of_file(std::path::Path::new(file)).unwrap();
        assert_eq!(of["sha256"], hash);
    }
    assert_eq!(written, loose);
}

#[test]
fn a_map_agrees_with_itself() {
    let dir = tempfile::tempdir().unwrap();
    let a = save(dir.path(), "map.npy", &wave(30, 30, 0.0));
    let explanation = dir.path().join("explanation.json");
    std::fs::write(&explanation, r#"{"map": "map.npy"}"#).unwrap();
    let figures = json(&run_ok([
        "compare",
        &a,
        explanation.to_str().unwrap(),
        "--delta",
        "0",
        "--json",
    ]));
    assert_eq!(figures["agree"], 1.0);
    assert_eq!(figures["emd"], 0.0);
    let text = run_ok(["compare", &a, &a]);
    assert!(
        text.starts_with("100.00 % of 30 x 30 pixels agree"),
        "{text}"
    );
}

#[test]
fn what_cannot_be_compared_is_one_line() {
    let dir = tempfile::tempdir().unwrap();
    let fine = save(dir.path(), "fine.npy", &wave(20, 20, 0.0));
    let mut map = wave(20, 20, 0.0);
    map[[3, 4]] = f32::NAN;
    let nan = save(dir.path(), "nan.npy", &map);
    let line = dir.path().join("line.npy");
    saliscope::npy::write(&line, Array1::<f32>::zeros(5).view()).unwrap();
    let line = line.to_str().unwrap();
    for (arguments, says) in [
        (
            vec!["compare", &fine, &nan],
            "nan.npy holds NaN at row 3, column 4",
        ),
        (vec!["compare", line, &fine], "expected [height, width]"),
        (vec!["compare", &fine, "missing.npy"], "missing.npy"),
        (
            vec!["compare", &fine, &fine, "--colours", "11"],
            "from 2 to 10",
        ),
        (vec!["compare", &fine, &fine, "--top", "0"], "top share"),
        (vec!["compare", &fine, &fine, "--delta", "256"], "--delta"),
        (
            vec!["average", &fine, &nan, "--out", "never"],
            "nan.npy holds NaN",
        ),
        (vec!["average", "--out", "never"], "MAP"),
    ] {
        let message = run_failing(&arguments);
        assert!(message.contains(says), "{arguments:?}: {message}");
    }
    assert!(!crate::support::root().join("never").exists());
}

#[test]
fn many_maps_have_a_mean_and_a_spread() {
    let dir = tempfile::tempdir().unwrap();
    let maps: Vec<Array2<f32>> = (0..5).map(|i| wave(25, 40, i as f32 * 0.3)).collect();
    let mut arguments = vec!["average".to_owned()];
    for (i, map) in maps.iter().enumerate() {
        arguments.push(save(dir.path(), &format!("{i}.npy"), map));
    }
    let out = dir.path().join("out");
    arguments.extend(["--by-colour", "--json", "--out", out.to_str().unwrap()].map(String::from));
    let summary = json(&run_ok(&arguments));
    assert_eq!(
        (&summary["maps"], &summary["width"]),
        (&5.into(), &40.into())
    );
    let (mean, spread) = (npy(&out.join("mean.npy")), npy(&out.join("spread.npy")));
    for ((y, x), _) in maps[0].indexed_iter() {
        let values: Vec<f64> = maps.iter().map(|m| f64::from(m[[y, x]])).collect();
        let want = values.iter().sum::<f64>() / 5.0;
        let variance = values.iter().map(|v| (v - want) * (v - want)).sum::<f64>() / 5.0;
        assert!((f64::from(mean[[y, x]]) - want).abs() < 1e-6);
        assert!((f64::from(spread[[y, x]]) - variance.sqrt()).abs() < 1e-6);
    }
    for name in ["mean.png", "spread.png", "colours.png"] {
        assert_eq!(image::image_dimensions(out.join(name)).unwrap(), (40, 25));
    }
}

/// A dead network's map would only make the mean fainter, and win nothing by it.
#[test]
fn maps_with_nothing_to_see_are_left_out_of_the_mean_and_told() {
    let dir = tempfile::tempdir().unwrap();
    let wavy = save(dir.path(), "wavy.npy", &wave(9, 12, 0.3));
    let dead = save(dir.path(), "dead.npy", &Array2::zeros((9, 12)));
    let against = save(dir.path(), "against.npy", &Array2::from_elem((9, 12), -2.0));
    let out = dir.path().join("out");
    let out = out.to_str().unwrap();
    let summary = json(&run_ok([
        "average", &dead, &wavy, &against, "--json", "--out", out,
    ]));
    assert_eq!(summary["maps"], 1);
    assert_eq!(summary["blank"].as_array().unwrap().len(), 2);
    let mean = npy(&Path::new(out).join("mean.npy"));
    assert_eq!(mean, wave(9, 12, 0.3).into_dyn());
    let said = run_ok(["average", &dead, &wavy, "--out", out]);
    assert!(
        said.contains("1 of 2 maps is empty and left out of the mean") && said.contains("dead.npy"),
        "{said}"
    );
    let line = run_failing(["average", &dead, &against, "--out", out]);
    assert!(
        line.contains("nothing to see in any of the 2 maps"),
        "{line}"
    );
}

#[test]
fn empty_maps_are_left_out_of_the_mean_and_counted_in_words() {
    let dir = tempfile::tempdir().unwrap();
    let alive = wave(12, 10, 0.3);
    let maps = [
        save(dir.path(), "alive.npy", &alive),
        save(dir.path(), "dead.npy", &Array2::zeros((12, 10))),
        save(
            dir.path(),
            "constant.npy",
            &Array2::from_elem((12, 10), 3.0),
        ),
        save(dir.path(), "against.npy", &alive.mapv(|v| v - 9.0)),
    ];
    let out = dir.path().join("out");
    let more = ["--out".to_owned(), out.to_str().unwrap().to_owned()];
    let said = run_ok(
        ["average".to_owned()]
            .into_iter()
            .chain(maps.clone())
            .chain(more.clone()),
    );
    assert!(
        said.contains("1 map of 10 x 12") && said.contains("3 of 4 maps are empty"),
        "{said}"
    );
    let mean = npy(&out.join("mean.npy"));
    assert!(mean.iter().zip(&alive).all(|(mean, own)| mean == own));
    let none = ["average".to_owned()]
        .into_iter()
        .chain(maps[1..].to_vec())
        .chain(more);
    let line = run_failing(none);
    assert!(line.contains("any of the 3 maps"), "{line}");
}

/// A map that agrees is worth little where the answer is not sure: both are told.
#[test]
fn how_sure_the_network_is_stands_beside_the_agreement() {
    let dir = tempfile::tempdir().unwrap();
    let cat = crate::support::goldens("explanations").join("cat/picture.png");
    let at = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    for (name, class) in [("first", "auto"), ("other", "0")] {
        let fixed = ["--model", "squeezenet", "--method", "gradient"];
        let own = ["--class", class, "--out", &at(name)];
        run_ok([&["explain", cat.to_str().unwrap()][..], &fixed, &own].concat());
    }
    let record = std::fs::read_to_string(dir.path().join("first/explanation.json")).unwrap();
    let record = json(&record);
    let first = &record["predictions"][0];
    let share = format!("{:.1} %", first["probability"].as_f64().unwrap() * 100.0);
    let label = first["label"].as_str().unwrap();
    let said = run_ok(["compare", &at("first"), &at("other")]);
    assert!(
        said.contains(&format!(
            "A explains {label}, which squeezenet gives {share}\n"
        )),
        "{said}"
    );
    assert!(
        said.contains(&format!("; its answer is {label}, {share}\n")),
        "{said}"
    );
    let printed = json(&run_ok(["compare", &at("first"), &at("other"), "--json"]));
    assert_eq!(&printed["said_a"], first);
    // A plain array says nothing about itself.
    let plain = save(dir.path(), "plain.npy", &wave(20, 20, 0.1));
    let printed = json(&run_ok(["compare", &plain, &plain, "--json"]));
    assert!(printed.get("said_a").is_none() && printed["agree"].is_number());
}
