//! `saliscope figure` from the command line: all three formats, a grid, a description in a file.

use std::path::Path;

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
