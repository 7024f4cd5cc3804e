//! `saliscope explain --unit` and `--alike`: units and likeness are ONNX Runtime's, and attributions add up to
//! them.

use std::path::Path;

use serde_json::Value;

use crate::support::{goldens, run_failing, run_ok};

fn picture(name: &str) -> String {
    let path = goldens("explanations").join(name).join("picture.png");
    path.to_str().unwrap().to_owned()
}

fn explain(flags: &[&str], out: &Path) -> Value {
    let cat = picture("cat");
    let fixed = ["explain", cat.as_str(), "--out", out.to_str().unwrap()];
    run_ok(fixed.iter().chain(flags));
    serde_json::from_str(&std::fs::read_to_string(out.join("explanation.json")).unwrap()).unwrap()
}

fn score(record: &Value) -> f64 {
    let class = &record["class"];
    let predictions = record["predictions"].as_array().unwrap();
    let own = predictions.iter().find(|p| p["class"] == *class);
    own.unwrap()["logit"].as_f64().unwrap()
}

/// ONNX Runtime 1.32 on EfficientNet-Lite0: the mean of channel 287 of `head/relu6` over places for the cat.
#[test]
fn a_unit_has_the_value_that_onnx_runtime_gives_it_and_attributions_add_up() {
    let folder = tempfile::tempdir().unwrap();
    let flags = [
        "--unit",
        "287",
        "--method",
        "ig",
        "--steps",
        "64",
        "--baseline",
        "zero",
    ];
    let record = explain(&flags, &folder.path().join("a"));
    assert_eq!(record["label"], "unit 287 of head/relu6");
    let off = score(&record) - 4.5109115;
    assert!(off.abs() < 1e-3, "{off}");
    // ReLU6 bends often on the way from black: the sum comes nearer with more steps.
    let finer: Vec<&str> = flags
        .into_iter()
        .map(|word| if word == "64" { "256" } else { word })
        .collect();
    let finer = explain(&finer, &folder.path().join("finer"));
    let error = |record: &Value| record["completeness_error"].as_f64().unwrap();
    let (coarse, fine) = (error(&record), error(&finer));
    assert!(fine < 0.08 && fine < coarse / 2.0, "{coarse} {fine}");
    // By name it is the same layer.
    let named: Vec<&str> = flags.into_iter().chain(["--layer", "head/relu6"]).collect();
    let again = explain(&named, &folder.path().join("b"));
    assert_eq!(score(&again), score(&record));
    // Grad-CAM shows a unit too.
    let cam = explain(
        &["--unit", "287", "--method", "grad-cam"],
        &folder.path().join("c"),
    );
    assert!(cam["remark"].is_null(), "{}", cam["remark"]);
    let cat = picture("cat");
    for (flags, says) in [
        (["--unit", "9999"], "units 0 to 1279"),
        (["--layer", "nosuch"], "nosuch"),
    ] {
        let out = folder.path().join("d");
        let fixed = [
            "explain",
            cat.as_str(),
            "--method",
            "gradient",
            "--unit",
            "1",
            "--out",
            out.to_str().unwrap(),
        ];
        let line = if flags[0] == "--unit" {
            let fixed = [
                "explain",
                cat.as_str(),
                "--method",
                "gradient",
                "--out",
                out.to_str().unwrap(),
            ];
            run_failing(fixed.iter().chain(&flags))
        } else {
            run_failing(fixed.iter().chain(&flags))
        };
        assert!(line.contains(says), "{line}");
    }
}

/// The cosine of the two pictures' units, by ONNX Runtime and NumPy.
#[test]
fn likeness_is_the_cosine_of_two_embeddings() {
    let folder = tempfile::tempdir().unwrap();
    let rocket = picture("rocket");
    let flags = ["--alike", rocket.as_str(), "--method", "gradient"];
    let record = explain(&flags, &folder.path().join("a"));
    let off = score(&record) - 0.14944535;
    assert!(off.abs() < 1e-4, "{off}");
    assert_eq!(record["label"], "alike to picture");
    let same = picture("cat");
    let record = explain(
        &["--alike", same.as_str(), "--method", "gradient"],
        &folder.path().join("b"),
    );
    assert!((score(&record) - 1.0).abs() < 1e-4);
}
