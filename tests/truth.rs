//! `saliscope truth` on a real network: one picture, a folder, a table.

use std::path::Path;

use image::{GrayImage, Luma, RgbImage};
use ndarray::Array2;
use serde_json::Value;

use crate::support::{goldens, root, run_failing, run_ok};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&run_ok(arguments.iter().chain(&["--json"]))).unwrap()
}

fn figure(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

/// A mask, COCO's shape and box and Pascal VOC's box say the same thing of the same rectangle.
#[test]
fn every_kind_of_truth_gives_the_same_figures() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    RgbImage::from_pixel(90, 60, image::Rgb([9, 9, 9]))
        .save(at("p.png"))
        .unwrap();
    let map = Array2::from_shape_fn((24, 24), |(y, x)| ((x * 7 + y * 13) % 101) as f32 - 20.0);
    saliscope::npy::write(&at("m.npy"), map.view()).unwrap();
    // Columns 20 to 49, rows 10 to 39.
    GrayImage::from_fn(90, 60, |x, y| {
        Luma([u8::from((20..50).contains(&x) && (10..40).contains(&y)) * 3])
    })
    .save(at("mask.png"))
    .unwrap();
    let coco = |segmentation: &str| {
        format!(
            r#"{{"images": [{{"id": 1, "file_name": "p.png", "width": 90, "height": 60}}],
            "annotations": [{{"image_id": 1, "category_id": 5, "bbox": [20, 10, 30, 30], "segmentation": {segmentation}}}],
            "categories": [{{"id": 5, "name": "cat"}}]}}"#
        )
    };
    std::fs::write(at("shape.json"), coco("[[20,10,50,10,50,40,20,40]]")).unwrap();
    std::fs::write(at("box.json"), coco("[[0,0,1,0,1,1]]")).unwrap();
    std::fs::write(
        at("voc.xml"),
        "<annotation><size><width>90</width><height>60</height></size><object><name>cat</name>
        <bndbox><xmin>21</xmin><ymin>11</ymin><xmax>50</xmax><ymax>40</ymax></bndbox></object></annotation>",
    )
    .unwrap();
    let of = |truth: &str, extra: &[&str]| {
        let (picture, truth, map) = (at("p.png"), at(truth), at("m.npy"));
        let mut arguments = vec![
            "truth",
            text(&picture),
            "--truth",
            text(&truth),
            "--map",
            text(&map),
        ];
        arguments.extend(extra);
        json(&arguments)["pictures"][0].clone()
    };
    let mask = of("mask.png", &[]);
    // NumPy over the middle 60 x 60 pixels: see src/truth/figures.rs for the formulas.
    let mut inside = 0.0;
    let mut all = 0.0;
    for y in 0..60usize {
        for x in 0..60usize {
            let value = f64::from(map[[(2 * y + 1) * 24 / 120, (2 * x + 1) * 24 / 120]].max(0.0));
            all += value;
            if (5..35).contains(&x) && (10..40).contains(&y) {
                inside += value;
            }
        }
    }
    assert!((figure(&mask["energy"]) - inside / all).abs() < 1e-9);
    assert!((figure(&mask["truth_share"]) - 0.25).abs() < 1e-9);
    for (truth, extra) in [
        ("shape.json", &[][..]),
        ("box.json", &["--boxes", "--category", "CAT"]),
        ("voc.xml", &["--category", "cat"]),
    ] {
        let other = of(truth, extra);
        for name in [
            "energy",
            "iou",
            "pointing",
            "pointing_share",
            "truth_share",
            "truth_seen",
        ] {
            assert_eq!(other[name], mask[name], "{truth} {name}");
        }
    }
    let (picture, map, shape) = (at("p.png"), at("m.npy"), at("shape.json"));
    for (arguments, says) in [
        (
            vec!["--truth", text(&shape), "--category", "dog"],
            "called dog",
        ),
        (vec!["--truth", text(&map)], "not a picture"),
        (vec!["--truth", text(&shape), "--top", "0"], "--top"),
    ] {
        let all = ["truth", text(&picture), "--map", text(&map)];
        let line = run_failing(all.into_iter().chain(arguments));
        assert!(line.contains(says), "{line}");
    }
}

#[test]
fn a_folder_becomes_a_table_and_a_picture_without_truth_is_skipped() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for part in ["pictures", "masks"] {
        std::fs::create_dir(at(part)).unwrap();
    }
    let cat = goldens("explanations").join("cat/picture.png");
    let rocket = goldens("explanations").join("rocket/picture.png");
    std::fs::copy(cat, at("pictures/cat.png")).unwrap();
    std::fs::copy(rocket, at("pictures/rocket.png")).unwrap();
    std::fs::copy(
        root().join("tests/data/pictures/gray.jpg"),
        at("pictures/untold.jpg"),
    )
    .unwrap();
    let middle = GrayImage::from_fn(224, 224, |x, y| {
        Luma([if (56..168).contains(&x) && (20..200).contains(&y) {
            255
        } else {
            0
        }])
    });
    middle.save(at("masks/cat.png")).unwrap();
    middle.save(at("masks/rocket.png")).unwrap();
    let (pictures, masks, table) = (at("pictures"), at("masks"), at("t.csv"));
    let got = json(&[
        "truth",
        text(&pictures),
        "--truth",
        text(&masks),
        "--method",
        "grad-cam",
        "--out",
        text(&table),
    ]);
    assert_eq!(got["summary"]["pictures"], 2);
    assert_eq!(got["summary"]["skipped"], 1);
    let rows = std::fs::read_to_string(&table).unwrap();
    let rows: Vec<&str> = rows.lines().collect();
    assert_eq!(rows.len(), 3);
    assert!(rows[0].starts_with("picture,things,model,method,class"));
    assert!(
        rows[1].starts_with("cat.png,,efficientnet-lite0,grad-cam,28"),
        "{}",
        rows[1]
    );
    let energies: Vec<f64> = [0, 1]
        .map(|i| figure(&got["pictures"][i]["energy"]))
        .to_vec();
    let mean = figure(&got["summary"]["energy"]);
    assert!((mean - f64::midpoint(energies[0], energies[1])).abs() < 1e-12);
    // Both stand in the middle: the network looks there more than chance.
    assert!(mean > figure(&got["summary"]["truth_share"]));
}
