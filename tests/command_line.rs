//! The contract of the command line, on real networks and photographs.

use std::path::Path;

use serde_json::Value;

use crate::support::{goldens, npy, relative, root, run_ok, spearman, thinned};

/// The 224 x 224 pictures of the reference figures, the class explained, the logit.
const CASES: [(&str, usize); 3] = [("cat", 285), ("espresso", 967), ("rocket", 657)];

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn explain(picture: &Path, extra: &[&str], out: &Path) -> Value {
    let mut arguments = vec![
        "explain",
        picture.to_str().unwrap(),
        "--out",
        out.to_str().unwrap(),
    ];
    arguments.extend(extra);
    run_ok(arguments);
    json(&std::fs::read_to_string(out.join("explanation.json")).unwrap())
}

#[test]
fn every_installed_classifier_knows_the_cat() {
    let cat = root().join("assets/installed/cat.png");
    for model in [
        "efficientnet-lite0",
        "efficientnet-lite1",
        "efficientnet-lite2",
        "squeezenet",
    ] {
        let text = run_ok(["predict", cat.to_str().unwrap(), "--model", model, "--json"]);
        let rows = json(&text);
        let predictions = rows[0]["predictions"].as_array().unwrap();
        assert_eq!(predictions.len(), 5);
        let class = predictions[0]["class"].as_u64().unwrap();
        assert!(
            (281..=287).contains(&class),
            "{model} sees {}",
            predictions[0]
        );
        let sure: f64 = predictions
            .iter()
            .map(|p| p["probability"].as_f64().unwrap())
            .sum();
        assert!(sure > 0.3 && sure <= 1.0 + 1e-6, "{model}: {sure}");
    }
}

#[test]
fn a_folder_is_taken_whole_and_a_bad_picture_in_it_is_skipped() {
    let folder = tempfile::tempdir().unwrap();
    let data = root().join("tests/data/pictures");
    for name in ["gray.jpg", "cmyk.jpg", "orientation6.jpg"] {
        std::fs::copy(data.join(name), folder.path().join(name)).unwrap();
    }
    std::fs::write(folder.path().join("bad.png"), "no").unwrap();
    let text = run_ok([
        "predict",
        folder.path().to_str().unwrap(),
        "--top",
        "2",
        "--json",
    ]);
    let rows = json(&text);
    let names: Vec<_> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            Path::new(row["path"].as_str().unwrap())
                .file_name()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(names, ["cmyk.jpg", "gray.jpg", "orientation6.jpg"]);
    assert_eq!(rows[0]["predictions"].as_array().unwrap().len(), 2);
}

#[test]
fn logits_are_the_references() {
    let folder = goldens("explanations");
    for (name, class) in CASES {
        let picture = folder.join(name).join("picture.png");
        let text = run_ok([
            "predict",
            picture.to_str().unwrap(),
            "--top",
            "1000",
            "--json",
        ]);
        let rows = json(&text);
        let predictions = rows[0]["predictions"].as_array().unwrap();
        let reference = npy(&folder.join(name).join("logits.npy"));
        for p in predictions {
            let (logit, class) = (p["logit"].as_f64().unwrap(), p["class"].as_u64().unwrap());
            let off = logit - f64::from(reference[[class as usize]]);
            assert!(off.abs() < 1e-3, "{name} class {class}: off by {off}");
        }
        let best = (0..1000)
            .max_by(|&a, &b| reference[[a]].total_cmp(&reference[[b]]))
            .unwrap();
        assert_eq!(predictions[0]["class"].as_u64(), Some(best as u64));
        assert!(
            predictions
                .iter()
                .take(5)
                .any(|p| p["class"].as_u64() == Some(class as u64))
        );
    }
}

#[test]
fn integrated_gradients_are_the_references() {
    let folder = goldens("explanations");
    let out = tempfile::tempdir().unwrap();
    for (name, class) in CASES {
        let class = class.to_string();
        let arguments = [
            "--method",
            "ig",
            "--class",
            &class,
            "--steps",
            "50",
            "--baseline",
            "zero",
        ];
        let record = explain(
            &folder.join(name).join("picture.png"),
            &arguments,
            out.path(),
        );
        let ours = npy(&out.path().join("attribution.npy"));
        let want = npy(&folder.join(name).join("ig_50_zero.npy"));
        let off = relative(&thinned(&ours, &want), &want);
        // Why not closer: see `methods.rs`.
        assert!(off <= 4e-3, "{name}: {off}");
        // The attributions add up to what the record says they do.
        let got = record["completeness"]["got"].as_f64().unwrap();
        let sum: f64 = ours.iter().map(|&v| f64::from(v)).sum();
        assert!((sum - got).abs() < 1e-3, "{name}: {sum} is not {got}");
        let expected = record["completeness"]["expected"].as_f64().unwrap();
        let error = record["completeness_error"].as_f64().unwrap();
        let off = (got - expected).abs() / expected.abs();
        assert!((error - off).abs() < 1e-9, "{name}: {error} is not {off}");
    }
}

#[test]
fn xrai_is_the_references() {
    let folder = goldens("explanations");
    let out = tempfile::tempdir().unwrap();
    for (method, file) in [("xrai", "xrai_full.npy"), ("xrai-fast", "xrai_fast.npy")] {
        let arguments = ["--method", method, "--class", "285", "--steps", "100"];
        explain(&folder.join("cat/picture.png"), &arguments, out.path());
        let theirs = npy(&folder.join("cat").join(file));
        let ours = thinned(&npy(&out.path().join("map.npy")), &theirs);
        let alike = spearman(&ours, &theirs);
        assert!(alike >= 0.99, "{method}: {alike}");
        let off = (ours.sum() - theirs.sum()).abs() / theirs.sum().abs();
        assert!(off <= 1e-3, "{method}: the sum is off by {off}");
    }
}

#[test]
fn an_explanation_is_whole_and_says_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let cat = root().join("assets/installed/cat.png");
    let arguments = ["--method", "ig", "--steps", "4", "--model", "squeezenet"];
    let record = explain(&cat, &arguments, folder.path());
    let map = npy(&folder.path().join("map.npy"));
    assert_eq!(map.shape(), [227, 227]);
    assert_eq!(
        npy(&folder.path().join("attribution.npy")).shape(),
        [227, 227, 3]
    );
    assert_eq!(record["size"], serde_json::json!([227, 227]));
    assert_eq!(record["steps_used"], 4);
    for key in [
        "versions",
        "picture",
        "model",
        "predictions",
        "class",
        "method",
        "parameters",
        "seconds",
    ] {
        assert!(!record[key].is_null(), "{key} is missing");
    }
    let bytes = std::fs::read(&cat).unwrap();
    assert_eq!(
        record["picture"]["sha256"],
        saliscope::files::sha256(&bytes)
    );
    let map_png = image::open(folder.path().join("map.png")).unwrap();
    assert_eq!((map_png.width(), map_png.height()), (227, 227));
    let overlay = image::open(folder.path().join("overlay.png")).unwrap();
    assert_eq!((overlay.width(), overlay.height()), (451, 300));

    // The picture carries the map and the figures by itself.
    let alone = folder.path().join("elsewhere.png");
    std::fs::rename(folder.path().join("overlay.png"), &alone).unwrap();
    let text = saliscope::picture::read_png_text(&alone, "Saliscope explanation").unwrap();
    let carried: Value = serde_json::from_str(&text.unwrap()).unwrap();
    assert_eq!(carried, record);
    let alone = alone.to_str().unwrap();
    let compared = run_ok(["compare", alone, folder.path().to_str().unwrap(), "--json"]);
    let figures: Value = serde_json::from_str(&compared).unwrap();
    assert_eq!(figures["agree"], 1.0);
}

#[test]
fn the_same_seed_gives_the_same_map() {
    let folder = tempfile::tempdir().unwrap();
    let cat = root().join("assets/installed/cat.png");
    let run = |seed: &str, out: &str| {
        let out = folder.path().join(out);
        explain(
            &cat,
            &["--method", "smoothgrad", "--steps", "5", "--seed", seed],
            &out,
        );
        std::fs::read(out.join("map.npy")).unwrap()
    };
    let first = run("7", "a");
    assert_eq!(first, run("7", "b"));
    assert_ne!(first, run("8", "c"));
}

#[test]
fn models_are_listed_with_their_state() {
    let text = run_ok(["models"]);
    for id in [
        "efficientnet-lite0",
        "efficientnet-lite1",
        "efficientnet-lite2",
        "squeezenet",
    ] {
        let line = text.lines().find(|line| line.starts_with(id)).unwrap();
        assert!(line.contains("installed"), "{line}");
    }
}

#[test]
fn an_installed_model_can_be_explained() {
    let text = run_ok([
        "models",
        "check",
        root()
            .join("models/installed/squeezenet.onnx")
            .to_str()
            .unwrap(),
    ]);
    assert!(
        text.contains("1000 classes") && text.contains("can be explained"),
        "{text}"
    );
}
