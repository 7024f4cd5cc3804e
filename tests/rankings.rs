//! `saliscope robustness`: rows go with what the network is, and the ranking tells who is right.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{goldens, root, run_failing, run_ok};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Two pictures in a folder of their own, and a network beside it that is described by a file.
fn bench(top: &Path) -> (PathBuf, PathBuf) {
    let pictures = top.join("pictures");
    fs::create_dir(&pictures).unwrap();
    for name in ["cat", "rocket"] {
        let picture = goldens("explanations").join(name).join("picture.png");
        fs::copy(picture, pictures.join(format!("{name}.png"))).unwrap();
    }
    let network = top.join("net.onnx");
    fs::copy(root().join("models/installed/squeezenet.onnx"), &network).unwrap();
    describe(
        &network,
        "mean = [123.68, 116.779, 103.939]\nstd = [1, 1, 1]\n",
    );
    (pictures, network)
}

fn describe(network: &Path, words: &str) {
    fs::write(network.with_extension("toml"), words).unwrap();
}

fn robustness<'a>(pictures: &'a Path, models: &'a str, table: &'a Path) -> Vec<&'a str> {
    let fixed = ["--shift", "fog:3", "--method", "gradient", "--models"];
    let named = [models, "--out", text(table)];
    let first = ["robustness", text(pictures)];
    [&first[..], &fixed, &named].concat()
}

#[test]
fn rows_of_a_network_that_is_described_anew_are_not_mixed_with_the_old_ones() {
    let top = tempfile::tempdir().unwrap();
    let (pictures, network) = bench(top.path());
    let table = top.path().join("r.csv");
    let run = robustness(&pictures, text(&network), &table);
    let said = run_ok(&run);
    assert!(said.contains("4 rows, 4 of them computed now"), "{said}");
    let first = fs::read_to_string(&table).unwrap();
    let said = run_ok(&run);
    assert!(said.contains("4 rows, 0 of them computed now"), "{said}");
    // The file and its name are the same; what it answers is not.
    describe(&network, "mean = [0, 0, 0]\nstd = [255, 255, 255]\n");
    let line = run_failing(&run);
    assert!(
        line.contains("another model net") && line.contains("the description beside it"),
        "{line}"
    );
    assert_eq!(
        fs::read_to_string(&table).unwrap(),
        first,
        "nothing is lost"
    );
    let said = run_ok(run.iter().copied().chain(["--overwrite"]));
    assert!(said.contains("4 rows, 4 of them computed now"), "{said}");
    let second = fs::read_to_string(&table).unwrap();
    assert_eq!(second.lines().count(), 5);
    assert_ne!(second, first);
    // Described as at first it is the first one again.
    describe(
        &network,
        "mean = [123.68, 116.779, 103.939]\nstd = [1, 1, 1]\n",
    );
    run_ok(run.iter().copied().chain(["--overwrite"]));
    assert_eq!(fs::read_to_string(&table).unwrap(), first);
}

#[test]
fn the_ranking_tells_who_is_right() {
    let top = tempfile::tempdir().unwrap();
    let (pictures, _) = bench(top.path());
    let table = top.path().join("r.csv");
    let run = robustness(&pictures, "squeezenet", &table);
    assert!(
        !run_ok(&run).contains("right about"),
        "nobody said what they are of"
    );
    let answers = run_ok([
        "predict",
        text(&pictures),
        "--model",
        "squeezenet",
        "--json",
    ]);
    let answers: serde_json::Value = serde_json::from_str(&answers).unwrap();
    let class = |name: &str| {
        let rows = answers.as_array().unwrap();
        let of = |row: &&serde_json::Value| row["path"].as_str().unwrap().ends_with(name);
        rows.iter().find(of).unwrap()["predictions"][0]["class"].to_string()
    };
    let (cat, rocket) = (class("cat.png"), class("rocket.png"));
    let other = if rocket == "0" { "1" } else { "0" };
    let labels = top.path().join("given.csv");
    fs::write(
        &labels,
        format!("path,label\ncat.png,{cat}\nrocket.png,{other}\n"),
    )
    .unwrap();
    let page = top.path().join("r.html");
    let more = ["--labels", text(&labels), "--html", text(&page)];
    let said = run_ok(run.iter().copied().chain(more));
    assert!(said.contains("right about 50.0 % "), "{said}");
    assert!(
        said.contains("0 of them computed now"),
        "labels change no row: {said}"
    );
    let page = fs::read_to_string(&page).unwrap();
    assert!(page.contains("Right about the originals") && page.contains("50.0 %"));
    // A table beside the pictures needs no option; a label that is no class is told.
    let beside = format!("file,label\ncat.png,{cat}\nrocket.png,no such thing\n");
    fs::write(pictures.join("labels.csv"), beside).unwrap();
    let said = run_ok(&run);
    assert!(
        said.contains("right about 100.0 % of the originals"),
        "{said}"
    );
    let strange = top.path().join("strange.csv");
    fs::write(&strange, "name;what\ncat.png;cat\n").unwrap();
    let line = run_failing(run.iter().copied().chain(["--labels", text(&strange)]));
    assert!(line.contains("path and label"), "{line}");
}
