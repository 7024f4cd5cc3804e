//! Many pictures explained by one call.

use std::path::Path;

use serde_json::Value;

use crate::support::{failing, root, run, run_ok, saliscope};

const PICTURES: [&str; 3] = ["cmyk.jpg", "gray.jpg", "orientation6.jpg"];

fn arguments<'a>(pictures: &[&'a str], out: &'a str, network: &'a str) -> Vec<&'a str> {
    let mut all = vec!["explain"];
    all.extend(pictures);
    all.extend([
        "--model", network, "--method", "gradient", "--class", "0", "--out", out,
    ]);
    all
}

fn lines(text: &str) -> Vec<Value> {
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn what_was_interrupted_ends_in_the_same_file() {
    let folder = tempfile::tempdir().unwrap();
    let pictures = folder.path().join("pictures");
    std::fs::create_dir(&pictures).unwrap();
    for name in PICTURES {
        let from = root().join("tests/data/pictures").join(name);
        std::fs::copy(from, pictures.join(name)).unwrap();
    }
    std::fs::write(pictures.join("bad.png"), "no").unwrap();
    let network = folder.path().join("tiny.onnx");
    std::fs::copy(root().join("tests/data/tiny.onnx"), &network).unwrap();
    let (whole, cut) = (
        folder.path().join("whole.npz"),
        folder.path().join("cut.npz"),
    );

    let said = lines(&run_ok(arguments(
        &[text(&pictures)],
        text(&whole),
        text(&network),
    )));
    assert_eq!(said.len(), 4);
    let skipped: Vec<&Value> = said
        .iter()
        .filter(|line| line["error"].is_string())
        .collect();
    assert_eq!(skipped.len(), 1);
    assert!(skipped[0]["path"].as_str().unwrap().ends_with("bad.png"));

    // A picture that was named and is not there ends the work after the one before it.
    let first = pictures.join("gray.jpg");
    let ended = run(arguments(
        &[text(&first), "missing.png"],
        text(&cut),
        text(&network),
    ));
    assert!(failing(&ended).contains("missing.png"));
    assert!(!cut.exists());
    let said = lines(&run_ok(arguments(
        &[text(&pictures)],
        text(&cut),
        text(&network),
    )));
    let kept = said.iter().filter(|line| line["seconds"] == 0.0);
    let kept: Vec<&str> = kept.filter_map(|line| line["path"].as_str()).collect();
    assert_eq!(kept, [text(&first)]);
    assert_eq!(std::fs::read(&cut).unwrap(), std::fs::read(&whole).unwrap());
    let left: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .filter(|name| name.to_string_lossy().contains(".part"))
        .collect();
    assert!(left.is_empty(), "{left:?}");

    let arrays = saliscope::npy::read_npz(&whole).unwrap();
    let maps = &arrays.iter().find(|(name, _)| name == "maps").unwrap().1;
    assert_eq!(maps.shape()[0], 3);
}

#[test]
fn a_folder_of_explanations_is_gone_on_with_too() {
    let folder = tempfile::tempdir().unwrap();
    let network = folder.path().join("tiny.onnx");
    std::fs::copy(root().join("tests/data/tiny.onnx"), &network).unwrap();
    let out = folder.path().join("maps");
    let pictures = PICTURES.map(|name| root().join("tests/data/pictures").join(name));
    let names: Vec<&str> = pictures.iter().map(|path| text(path)).collect();
    run_ok(arguments(&names, text(&out), text(&network)));
    for name in PICTURES {
        assert!(out.join(name).join("explanation.json").is_file(), "{name}");
    }
    std::fs::remove_dir_all(out.join("gray.jpg")).unwrap();
    let said = lines(&run_ok(arguments(&names, text(&out), text(&network))));
    let again: Vec<bool> = said.iter().map(|line| line["seconds"] != 0.0).collect();
    assert_eq!(again, [false, true, false]);
}

#[test]
fn what_was_killed_ends_in_the_same_file() {
    use std::io::BufRead as _;
    use std::process::Stdio;

    let folder = tempfile::tempdir().unwrap();
    let pictures = folder.path().join("pictures");
    std::fs::create_dir(&pictures).unwrap();
    for copy in 0..30 {
        let name = PICTURES[copy % PICTURES.len()];
        let from = root().join("tests/data/pictures").join(name);
        std::fs::copy(from, pictures.join(format!("{copy:02}-{name}"))).unwrap();
    }
    let network = folder.path().join("tiny.onnx");
    std::fs::copy(root().join("tests/data/tiny.onnx"), &network).unwrap();
    let at = |name: &str| folder.path().join(name);
    let named = [text(&pictures)];
    let (whole, cut) = (at("whole.npz"), at("cut.npz"));
    run_ok(arguments(&named, text(&whole), text(&network)));
    // Each time a few pictures further.
    for lines in [1, 4, 9] {
        let mut running = saliscope()
            .args(arguments(&named, text(&cut), text(&network)))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = std::io::BufReader::new(running.stdout.take().unwrap());
        let told = said.lines().map_while(Result::ok).take(lines).count();
        assert_eq!(told, lines);
        running.kill().unwrap();
        running.wait().unwrap();
    }
    let said = lines(&run_ok(arguments(&named, text(&cut), text(&network))));
    assert_eq!(said.len(), 30);
    let kept = said.iter().filter(|line| line["seconds"] == 0.0).count();
    assert!(kept >= 8, "only {kept} were kept");
    assert_eq!(std::fs::read(&cut).unwrap(), std::fs::read(&whole).unwrap());
}
