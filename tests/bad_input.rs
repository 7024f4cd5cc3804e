//! What people give by mistake: exit code 2 and one line that says what to do.

use std::path::Path;

use crate::support::{failing, root, run_failing, run_ok, saliscope};

fn explain(picture: &Path, out: &Path) -> Vec<String> {
    let text = |p: &Path| p.to_str().unwrap().to_owned();
    let mut arguments = vec!["explain".to_owned(), text(picture)];
    arguments.extend(["--method", "ig", "--steps", "2", "--out"].map(str::to_owned));
    arguments.push(text(out));
    arguments
}

#[test]
fn pictures_that_are_none() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("text.png"), "hello").unwrap();
    std::fs::write(at("empty.png"), "").unwrap();
    std::fs::create_dir(at("folder")).unwrap();
    let jpeg = std::fs::read(root().join("tests/data/pictures/orientation6.jpg")).unwrap();
    std::fs::write(at("cut.jpg"), &jpeg[..jpeg.len() / 3]).unwrap();
    for (name, word) in [
        ("missing.png", "no such file"),
        ("folder", "folder"),
        ("text.png", "not a picture"),
        ("empty.png", "not a picture"),
        ("cut.jpg", "cut short"),
    ] {
        let line = run_failing(explain(&at(name), &at("out")));
        assert!(line.contains(word) && line.contains(name), "{name}: {line}");
    }
    assert!(!at("out").exists(), "a failure left files behind");
}

#[test]
fn models_that_are_none() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("empty.onnx"), "").unwrap();
    let junk: Vec<u8> = (0..5000u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    std::fs::write(at("junk.onnx"), junk).unwrap();
    for name in ["empty.onnx", "junk.onnx", "missing.onnx"] {
        let line = run_failing(["models", "check", at(name).to_str().unwrap()]);
        assert!(line.contains(name), "{name}: {line}");
    }
}

#[test]
fn a_description_that_contradicts_its_network() {
    let folder = tempfile::tempdir().unwrap();
    let network = folder.path().join("n.onnx");
    std::fs::copy(root().join("tests/data/tiny.onnx"), &network).unwrap();
    let picture = root().join("tests/data/pictures/gray.jpg");
    let predict = [
        "predict",
        picture.to_str().unwrap(),
        "--model",
        network.to_str().unwrap(),
    ];
    let described = |text: &str| std::fs::write(network.with_extension("toml"), text).unwrap();
    described("layout = \"NCHW\"\n");
    run_ok(predict);
    for (text, says) in [
        ("layout = \"NHWC\"\n", "its input is NCHW"),
        ("layout = \"XYZ\"\n", "unknown variant `XYZ`"),
    ] {
        described(text);
        let line = run_failing(predict);
        assert!(line.contains(says), "{line}");
    }
}

#[test]
fn labels_of_the_wrong_count() {
    let folder = tempfile::tempdir().unwrap();
    let labels = folder.path().join("labels.txt");
    std::fs::write(&labels, "cat\ndog\n").unwrap();
    let picture = root().join("tests/data/pictures/gray.jpg");
    let line = run_failing([
        "predict",
        picture.to_str().unwrap(),
        "--labels",
        labels.to_str().unwrap(),
    ]);
    assert!(line.contains("2 labels") && line.contains("1000"), "{line}");
}

#[test]
fn a_missing_or_wrong_runtime_library_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = folder.path().join("libonnxruntime.so");
    std::fs::write(&wrong, "not a library").unwrap();
    let picture = root().join("tests/data/pictures/gray.jpg");
    for path in [wrong.clone(), folder.path().join("none.so")] {
        let line = run_failing([
            "predict",
            picture.to_str().unwrap(),
            "--runtime",
            path.to_str().unwrap(),
        ]);
        assert!(line.contains(path.to_str().unwrap()), "{line}");
        assert!(line.contains("install.py"), "{line}");
    }
}

#[test]
fn a_model_that_is_not_installed_says_how_to_install_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("models")).unwrap();
    std::fs::copy(
        root().join("models/catalog.toml"),
        folder.path().join("models/catalog.toml"),
    )
    .unwrap();
    let picture = root().join("tests/data/pictures/gray.jpg");
    let output = saliscope()
        .env("SALISCOPE_HOME", folder.path())
        .args(["predict", picture.to_str().unwrap()])
        .output()
        .unwrap();
    let line = failing(&output);
    assert!(
        line.contains("efficientnet-lite0") && line.contains("install.py"),
        "{line}"
    );
}

#[test]
fn arguments_that_make_no_sense() {
    let picture = root().join("tests/data/pictures/gray.jpg");
    let picture = picture.to_str().unwrap();
    for (arguments, word) in [
        (vec!["predict"], "name files"),
        (
            vec!["predict", picture, "--model", "no-such"],
            "efficientnet-lite0",
        ),
        (vec!["predict", picture, "--std", "0"], "divided"),
        (
            vec!["explain", picture, "--out", "x", "--method", "lime"],
            "xrai",
        ),
        (
            vec!["explain", picture, "--out", "x", "--steps", "0"],
            "steps",
        ),
        (
            vec![
                "explain", picture, "--out", "x", "--class", "100000", "--method", "ig", "--steps",
                "1",
            ],
            "classes",
        ),
    ] {
        let line = run_failing(&arguments);
        assert!(line.contains(word), "{arguments:?}: {line}");
    }
    assert!(!root().join("x").exists());
}
