//! The window from end to end, without a display: the tour runs the real program on real pictures.

use std::ops::Range;
use std::path::Path;

use image::{GenericImageView as _, RgbImage};
use saliscope::compare::robustness::{Journal, Row};

use crate::support::{failing, run, run_ok, saliscope};

const WIDTH: u32 = 1024;
const HEIGHT: u32 = 680;

fn open(folder: &Path, name: &str) -> RgbImage {
    let path = folder.join(format!("{name}.png"));
    let picture = image::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!(picture.dimensions(), (WIDTH, HEIGHT), "{name}");
    picture.into_rgb8()
}

/// Share of the pixels of the middle column that differ visibly, over its pictures.
fn differing(a: &RgbImage, b: &RgbImage) -> f64 {
    differing_in(a, b, HEIGHT / 5..HEIGHT * 3 / 5)
}

/// The same over the picture of "See why", which has no controls under it and notices only at its top.
fn differing_on_stage(a: &RgbImage, b: &RgbImage) -> f64 {
    differing_in(a, b, HEIGHT * 2 / 5..HEIGHT * 4 / 5)
}

/// Share of the pixels of the middle column that differ visibly, in some rows.
fn differing_in(a: &RgbImage, b: &RgbImage, rows: Range<u32>) -> f64 {
    let (left, right) = (WIDTH * 3 / 10, WIDTH * 7 / 10);
    let area = f64::from((right - left) * rows.clone().count() as u32);
    let mut count = 0;
    for y in rows {
        for x in left..right {
            let (p, q) = (a.get_pixel(x, y).0, b.get_pixel(x, y).0);
            count += u32::from(p.iter().zip(q).any(|(p, q)| p.abs_diff(q) > 24));
        }
    }
    f64::from(count) / area
}

fn mean(picture: &RgbImage) -> f64 {
    let sum: u64 = picture.as_raw().iter().map(|value| u64::from(*value)).sum();
    sum as f64 / picture.as_raw().len() as f64
}

#[test]
fn the_tour_shows_the_window_in_its_states() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let size = format!("{WIDTH}x{HEIGHT}");
    let listed = run_ok(["tour", "--tab", "see", "--out", out, "--size", &size]);
    assert_eq!(listed.lines().count(), 17, "{listed}");
    let first = open(folder.path(), "look-1-first-start");
    let other = open(folder.path(), "look-3-another-answer");
    let top = open(folder.path(), "look-4-top-15-percent");
    let dark = open(folder.path(), "look-5-dark-integrated-gradients");
    let empty = open(folder.path(), "look-9-empty");
    let versus = open(folder.path(), "look-c-one-against-another");
    let more = open(folder.path(), "look-d-more");
    let whole = open(folder.path(), "look-e-what-if");
    let gone = open(folder.path(), "look-f-top-10-percent-gone");
    let checked = open(folder.path(), "look-g-checked");

    // The same picture and the same map, with the names in other letters at the right of it.
    let scripts = open(folder.path(), "look-h-many-scripts");
    assert!(differing_on_stage(&first, &scripts) < 0.02);
    let names = |picture: &RgbImage| {
        let right = picture.view(WIDTH * 77 / 100, 160, WIDTH * 15 / 100, 260);
        right.to_image()
    };
    assert_ne!(names(&first), names(&scripts));

    // Another answer has another map; the threshold leaves most of the picture bare.
    assert!(differing_on_stage(&first, &other) > 0.02);
    assert!(differing_on_stage(&other, &top) > 0.5);
    // So has an answer that is held against another, and another method.
    assert!(differing_on_stage(&other, &versus) > 0.02);
    assert!(differing_on_stage(&versus, &more) > 0.02);
    // What is taken away changes the picture; afterwards the whole one is there again.
    assert!(differing_on_stage(&whole, &gone) > 0.02);
    assert!(differing_on_stage(&gone, &checked) > 0.02);
    assert!(differing_on_stage(&first, &empty) > 0.9);
    assert!(mean(&dark) < mean(&first) - 40.0);
    assert!(mean(&empty) > 200.0);
}

#[test]
fn the_tour_shows_networks_on_versions() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let size = format!("{WIDTH}x{HEIGHT}");
    let listed = run_ok(["tour", "--tab", "models", "--out", out, "--size", &size]);
    assert_eq!(listed.lines().count(), 8, "{listed}");

    // More colours count as equal: more of the maps is in the cells. Curves in the dark.
    let narrow = open(folder.path(), "models-2-textures");
    let wide = open(folder.path(), "models-3-delta-60");
    let curves = open(folder.path(), "models-4-dark-curves");
    // Below the original's row, which stays as it is.
    let below = HEIGHT * 2 / 5..HEIGHT * 4 / 5;
    assert!(differing_in(&narrow, &wide, below) > 0.05);
    assert!(mean(&curves) < mean(&narrow) - 40.0);

    let page = std::fs::read_to_string(folder.path().join("models-saved.html")).unwrap();
    assert!(page.contains("src=\"data:image/png;base64,"));
    for reach in ["http:", "https:", "<script", "<link"] {
        assert!(!page.contains(reach), "{reach}");
    }
    assert!(image::open(folder.path().join("models-saved.png")).is_ok());
    let rows = Journal::read(&folder.path().join("models-saved.csv")).unwrap();
    // The original and five textures, three models: none is missing.
    assert_eq!(rows.len(), 18);
    let mut compared = 0;
    for row in &rows {
        if ["style:brick", "style:grass"].contains(&row.key.shift.as_str()) {
            equals_the_command_line(row, folder.path());
            compared += 1;
        }
    }
    assert_eq!(compared, 6);
}

/// Paints, explains and compares one cell of the matrix by the command line alone.
fn equals_the_command_line(row: &Row, folder: &Path) {
    let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/installed");
    let cat = installed.join("cat.png").display().to_string();
    let texture = row.key.shift.split(':').nth(1).unwrap();
    let style = installed.join(format!("{texture}.png"));
    let painted = folder.join(format!("{texture}.png")).display().to_string();
    run_ok(["stylize", &cat, style.to_str().unwrap(), "--out", &painted]);
    let [a, b] = [("original", &cat), ("version", &painted)].map(|(name, picture)| {
        let out = folder.join(format!("{name}-{texture}-{}", row.key.model));
        let model = row.key.model.as_str();
        let out = out.to_str().unwrap();
        run_ok([
            "explain", picture, "--model", model, "--method", "grad-cam", "--class", "auto",
            "--out", out,
        ]);
        format!("{out}/map.npy")
    });
    let json = run_ok(["compare", &a, &b, "--delta", "10", "--top", "10", "--json"]);
    let figures: serde_json::Value = serde_json::from_str(&json).unwrap();
    for (name, ours) in [
        ("agree", Some(row.agree)),
        ("iou", Some(row.iou)),
        ("spearman", row.spearman),
        ("ssim", row.ssim),
        ("emd", Some(row.emd)),
    ] {
        let theirs = figures[name].as_f64().unwrap();
        let ours = ours.unwrap();
        assert!(
            (ours - theirs).abs() < 2e-6,
            "{} {name}: {ours} {theirs}",
            row.key.model
        );
    }
}

#[test]
fn the_tour_shows_a_guess_and_its_answer() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let size = format!("{WIDTH}x{HEIGHT}");
    let listed = run_ok(["tour", "--tab", "explain", "--out", out, "--size", &size]);
    assert_eq!(listed.lines().count(), 9, "{listed}");
    let blank = open(folder.path(), "explain-1-start");
    let painted = open(folder.path(), "explain-2-painted");
    let revealed = open(folder.path(), "explain-4-revealed");
    let half = open(folder.path(), "explain-5-wipe");

    // Paint is seen, the answer differs from it, and the wipe shows some of both.
    assert!(differing(&blank, &painted) > 0.05);
    assert!(differing(&painted, &revealed) > 0.05);
    assert!(differing(&painted, &half) > 0.02 && differing(&revealed, &half) > 0.02);
}

#[test]
fn the_tour_shows_shapes_in_textures() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let size = format!("{WIDTH}x{HEIGHT}");
    let listed = run_ok(["tour", "--tab", "stylize", "--out", out, "--size", &size]);
    assert_eq!(listed.lines().count(), 12, "{listed}");
    let cat = open(folder.path(), "stylize-1-cat-in-brick");
    let wipe = open(folder.path(), "stylize-2-wipe");
    let weaker = open(folder.path(), "stylize-3-weaker-in-its-colours");
    let espresso = open(folder.path(), "stylize-4-espresso-in-tissue");
    let dark = open(folder.path(), "stylize-9-dark-built-in-style");
    let spoilt = open(folder.path(), "stylize-a-corruption");

    assert!(differing(&cat, &wipe) > 0.3);
    // Only the restyled picture and its map change with the strength: one of the two that fill the stage.
    let changed = differing_in(&cat, &weaker, HEIGHT / 5..HEIGHT * 9 / 10);
    assert!((0.05..0.6).contains(&changed), "{changed}");
    assert!(differing(&cat, &espresso) > 0.3);
    assert!(differing(&espresso, &spoilt) > 0.3);
    assert!(mean(&dark) < mean(&cat) - 40.0);
}

#[test]
fn the_tour_shows_two_maps_and_what_they_share() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let size = format!("{WIDTH}x{HEIGHT}");
    let listed = run_ok(["tour", "--tab", "similarity", "--out", out, "--size", &size]);
    assert_eq!(listed.lines().count(), 9, "{listed}");
    let first = open(folder.path(), "similarity-1-first-start");
    let delta = open(folder.path(), "similarity-2-delta-60");
    let wipe = open(folder.path(), "similarity-4-wipe");
    let dark = open(folder.path(), "similarity-5-dark-flip");

    // A wider delta changes the intersection; a wipe and the dark look like nothing before them.
    assert!(differing_in(&first, &delta, HEIGHT * 3 / 5..HEIGHT) > 0.01);
    assert!(differing(&delta, &wipe) > 0.05);
    assert!(mean(&dark) < mean(&first) - 40.0);

    // The average of other versions looks different, where the mean is and where the spread is.
    let textures = open(folder.path(), "similarity-8-average-of-textures");
    let colours = open(folder.path(), "similarity-9-average-of-colours");
    assert!(differing(&first, &textures) > 0.05);
    assert!(differing(&textures, &colours) > 0.05);
}

#[test]
fn impossible_tours_are_refused_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    for size in ["0x10", "99999x10", "wide"] {
        let line = failing(&run(["tour", "--out", out, "--size", size]));
        assert!(line.contains("size") || line.contains("side"), "{line}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn without_a_display_the_window_says_so() {
    let output = saliscope()
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("WAYLAND_SOCKET")
        .output()
        .unwrap();
    let line = failing(&output);
    assert!(line.contains("tour"), "{line}");
}
