//! `saliscope figure` from the command line: all three formats, a grid, a description in a file.

use std::path::{Path, PathBuf};
use std::process::Command;

use image::RgbImage;

use crate::support::{goldens, root, run_failing, run_ok};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_grid_is_drawn_as_svg_pdf_and_png() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let cat = root().join("assets/installed/cat.png");
    let rocket = goldens("explanations").join("rocket/picture.png");
    for name in ["f.svg", "f.pdf", "f.png"] {
        let out = at(name);
        let arguments = [
            "figure",
            text(&cat),
            text(&rocket),
            "--methods",
            "grad-cam,gradient",
            "--width",
            "12",
            "--dpi",
            "100",
            "--title",
            "Cats & rockets",
            "--out",
            text(&out),
        ];
        run_ok(arguments);
        // Its own work may be written over.
        run_ok(arguments);
    }
    let svg = std::fs::read_to_string(at("f.svg")).unwrap();
    assert!(svg.contains("Cats &amp; rockets") && svg.contains("Grad-CAM"));
    // Two rows of three, and the colour bar.
    assert_eq!(svg.matches("<image ").count(), 7);
    let png = image::open(at("f.png")).unwrap();
    // 12 cm at 100 dots per inch.
    assert_eq!(png.width(), 473);
    let pdf = std::fs::read(at("f.pdf")).unwrap();
    assert!(pdf.starts_with(b"%PDF"));
    // Somebody else's file stays.
    std::fs::write(at("other.svg"), "<svg xmlns=\"x\"/>").unwrap();
    let line = run_failing(["figure", text(&cat), "--out", text(&at("other.svg"))]);
    assert!(line.contains("not made by Saliscope"), "{line}");
}

#[test]
fn a_file_says_what_options_say_and_mistakes_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::copy(
        goldens("explanations").join("cat/picture.png"),
        at("cat.png"),
    )
    .unwrap();
    let spec = |lines: &str| std::fs::write(at("f.toml"), lines).unwrap();
    spec(
        "pictures = [\"cat.png\"]\nmethods = [\"grad-cam\"]\nclasses = [285, \"auto\"]\nwidth = 8\nshared-scale = true\n",
    );
    run_ok(["figure", text(&at("f.toml")), "--out", text(&at("f.svg"))]);
    let svg = std::fs::read_to_string(at("f.svg")).unwrap();
    assert!(svg.contains("surest") && svg.contains("Egyptian cat"));
    assert!(!svg.contains("own scale"));
    for (lines, says) in [
        ("pictures = [\"cat.png\"]\nmethod = 3\n", "method"),
        ("methods = [\"grad-cam\"]\n", "no pictures"),
        (
            "pictures = [\"cat.png\"]\nmethods = [\"nosuch\"]\n",
            "nosuch",
        ),
        ("pictures = [\"none.png\"]\n", "none.png"),
        ("pictures = [\"cat.png\"]\nwidth = 900\n", "width"),
    ] {
        spec(lines);
        let line = run_failing(["figure", text(&at("f.toml")), "--out", text(&at("g.svg"))]);
        assert!(line.contains(says), "{line}");
    }
    let cat = at("cat.png");
    let line = run_failing(["figure", text(&cat), "--out", text(&at("f.gif"))]);
    assert!(line.contains(".svg, .pdf or .png"), "{line}");
}

#[test]
fn words_of_every_script_are_letters_and_no_boxes() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let cat = root().join("assets/installed/cat.png");
    for (words, lacking) in [
        ("γάτα кошка 猫 ねこ 고양이 แมว बिल्ली قطة חתול", false),
        // Kept for private use: nobody's letter.
        ("\u{10fff0}", true),
    ] {
        let out = at("f.png");
        let told = run_ok([
            "figure",
            text(&cat),
            "--methods",
            "gradient",
            "--title",
            words,
            "--out",
            text(&out),
        ]);
        assert_eq!(told.contains("lacks"), lacking, "{told}");
    }
}

/// A program on the path, where it is installed.
fn found(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let files = names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    files.into_iter().find(|file| file.is_file())
}

/// Mean difference of two pictures, of 255.
fn apart(a: &RgbImage, b: &RgbImage) -> f64 {
    assert_eq!(a.dimensions(), b.dimensions());
    let all = a.as_raw().iter().zip(b.as_raw());
    let sum: f64 = all.map(|(&a, &b)| f64::from(a.abs_diff(b))).sum();
    sum / a.as_raw().len() as f64
}

/// What a browser makes of the SVG and Poppler of the PDF (where they are installed) is the PNG, but for
/// how edges and letters are smoothed.
#[test]
fn the_three_kinds_look_alike_to_programs_of_others() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let cat = root().join("assets/installed/cat.png");
    for name in ["f.svg", "f.pdf", "f.png"] {
        let fixed = [
            "--methods",
            "grad-cam,gradient",
            "--width",
            "12",
            "--dpi",
            "96",
        ];
        let out = at(name);
        let ends = ["--title", "Cats", "--out", text(&out)];
        run_ok([&["figure", text(&cat)][..], &fixed, &ends].concat());
    }
    let png = image::open(at("f.png")).unwrap().to_rgb8();
    let mut turned = png.clone();
    image::imageops::flip_horizontal_in_place(&mut turned);
    assert!(apart(&png, &turned) > 25.0, "another picture is told");
    if let Some(poppler) = found(&["pdftoppm"]) {
        let done = Command::new(poppler)
            .args(["-r", "96", "-png", "-singlefile"])
            .args([at("f.pdf"), at("pdf")])
            .status()
            .unwrap();
        assert!(done.success());
        let pdf = image::open(at("pdf.png")).unwrap().to_rgb8();
        assert!(apart(&png, &pdf) < 10.0, "{}", apart(&png, &pdf));
    }
    if let Some(browser) = found(&["chromium", "chromium-browser", "google-chrome"]) {
        let profile = tempfile::tempdir().unwrap();
        let done = Command::new(browser)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
            ])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg(format!("--window-size={},{}", png.width(), png.height()))
            .arg(format!("--screenshot={}", at("svg.png").display()))
            .arg(format!("file://{}", at("f.svg").display()))
            .output()
            .unwrap();
        assert!(done.status.success(), "{done:?}");
        let svg = image::open(at("svg.png")).unwrap().to_rgb8();
        assert!(apart(&png, &svg) < 10.0, "{}", apart(&png, &svg));
    }
}
