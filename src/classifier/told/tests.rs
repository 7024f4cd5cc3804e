//! What stands in and beside files, as the tools that people use write it.

use std::path::Path;

use super::super::Labels;
use super::{Description, Names, Scaling, Told, metadata, paddle, python};
use crate::classifier::ScoreKind;
use crate::classifier::spec::Channels;
use crate::picture::{Framing, Resample};

pub(super) const NAMES: [&str; 3] = ["rust", "scab", "it's blight"];

pub(super) fn names(text: &[u8], file: &str) -> Vec<String> {
    Names::read(text, file).unwrap().names
}

pub(super) fn metadata_of(pairs: &[(&str, &str)]) -> Vec<Description> {
    let pairs: Vec<(String, String)> = pairs
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect();
    metadata::read(&pairs)
}

/// A folder with these files.
pub(super) fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

pub(super) fn beside(folder: &tempfile::TempDir, model: &str) -> Told {
    Told::beside(&folder.path().join(model))
}

fn assert_near(found: [f32; 3], expected: [f32; 3]) {
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() < 1e-2, "{found:?} is not {expected:?}");
    }
}

#[test]
fn names_stand_in_lines_json_and_tables() {
    let quoted = r#"["rust", "scab", "it's blight"]"#;
    let listed = [
        ("l.txt", "rust\nscab\nit's blight\n"),
        ("l.txt", "rust\r\nscab\r\nit's blight"),
        ("l.txt", "0 rust\n1 scab\n2 it's blight\n"),
        ("l.txt", "2: it's blight\n0: rust\n1: scab\n"),
        ("l.txt", "1\trust\n2\tscab\n3\tit's blight\n"),
        (
            "l.txt",
            "n01440764 rust\nn01443537 scab\nn01484850 it's blight\n",
        ),
        ("l.json", quoted),
        ("l.txt", quoted),
        (
            "l.json",
            r#"{"0": "rust", "2": "it's blight", "1": "scab"}"#,
        ),
        ("l.json", r#"{"rust": 0, "scab": 1, "it's blight": 2}"#),
        (
            "l.json",
            r#"{"id2label": {"0": "rust", "1": "scab", "2": "it's blight"}, "a": 1}"#,
        ),
        (
            "l.json",
            r#"{"names": ["rust", "scab", "it's blight"], "version": 2}"#,
        ),
        (
            "l.json",
            r#"{"0": ["n01440764", "rust"], "1": ["n01443537", "scab"], "2": ["n01484850", "it's blight"]}"#,
        ),
        (
            "l.json",
            r#"[{"id": 1, "name": "scab"}, {"id": 0, "name": "rust"}, {"id": 2, "name": "it's blight"}]"#,
        ),
        (
            "l.csv",
            "tag_id,name,category\n900,rust,0\n901,scab,0\n902,it's blight,4\n",
        ),
        ("l.csv", "index;label\n1;scab\n0;rust\n2;it's blight\n"),
        ("l.csv", "0,rust\n1,scab\n2,\"it's blight\"\n"),
        ("l.tsv", "label\tcount\nrust\t3\nscab\t2\nit's blight\t1\n"),
    ];
    for (file, text) in listed {
        assert_eq!(names(text.as_bytes(), file), NAMES, "{text}");
    }
    assert!(Names::read(b"{\"a\": [", "l.json").is_err());
    assert!(Names::read(b"{\"a\": 7.5, \"b\": {}}", "l.json").is_err());
}

#[test]
fn names_that_begin_with_digits_are_kept_whole() {
    let text = "3D printer\n7 Up\n2 stroke engine\n";
    assert_eq!(
        names(text.as_bytes(), "l.txt"),
        ["3D printer", "7 Up", "2 stroke engine"]
    );
    // A lone number and numbers alone are names too.
    assert_eq!(names(b"0\n1\n2\n", "l.txt"), ["0", "1", "2"]);
}

#[test]
fn names_may_be_written_in_utf16_and_latin1() {
    let text = "r\u{f6}st\nscab\n";
    let wide = |big: bool, mark: bool| -> Vec<u8> {
        let units = mark
            .then_some(0xfeff)
            .into_iter()
            .chain(text.encode_utf16());
        let pair = |u: u16| {
            if big {
                u.to_be_bytes()
            } else {
                u.to_le_bytes()
            }
        };
        units.flat_map(pair).collect()
    };
    let expected = ["r\u{f6}st", "scab"];
    for bytes in [
        wide(false, true),
        wide(true, true),
        text.as_bytes().to_vec(),
    ] {
        assert_eq!(names(&bytes, "l.txt"), expected);
    }
    let found = Names::read(b"r\xf6st\nscab\n", "l.txt").unwrap();
    assert_eq!(found.names, expected);
    assert!(found.notes[0].contains("Latin-1"));
}

#[test]
fn dictionaries_of_python_are_read() {
    let value =
        python::literal(r#"{0: 'rust', 1: "it's", 2: 'a\'b\x41', 'k': [1, 2.5, None, True]}"#);
    let expected = serde_json::json!({
        "0": "rust", "1": "it's", "2": "a'bA", "k": [1, 2.5, null, true]
    });
    assert_eq!(value.unwrap(), expected);
    let deep = format!("{}{}", "[".repeat(2000), "]".repeat(2000));
    for bad in [
        "{0: 'rust'",
        "{0 'rust'}",
        "[1 2]",
        "'open",
        "{0: rust}",
        &deep,
    ] {
        assert!(python::literal(bad).is_none(), "{bad}");
    }
}

#[test]
fn ultralytics_says_names_size_and_range() {
    let found = metadata_of(&[
        ("author", "Ultralytics"),
        ("task", "classify"),
        ("imgsz", "[64, 96]"),
        ("names", r#"{0: 'rust', 1: 'scab', 2: "it's blight"}"#),
    ]);
    assert_eq!(found[0].labels.as_deref().unwrap(), NAMES);
    assert_eq!(found[0].size, Some([64, 96]));
    assert_eq!(found[0].scaling, Some(Scaling::UNIT));
    assert_eq!(found[0].refused, None);
    let detect = metadata_of(&[
        ("author", "Ultralytics"),
        ("task", "detect"),
        ("stride", "32"),
    ]);
    let why = detect[0].refused.as_deref().unwrap();
    assert!(
        why.contains("task \"detect\"") && why.contains("classify"),
        "{why}"
    );
}

#[test]
fn the_standards_keys_say_order_and_range() {
    let of = |order: &str, range: &str| {
        let found = metadata_of(&[
            ("Image.BitmapPixelFormat", order),
            ("Image.NominalPixelRange", range),
        ]);
        (found[0].channels, found[0].scaling)
    };
    let bgr = (Some(Channels::Bgr), Some(Scaling::BYTES));
    assert_eq!(of("Bgr8", "NominalRange_0_255"), bgr);
    let unit = (Some(Channels::Rgb), Some(Scaling::UNIT));
    assert_eq!(of("Rgb8", "Normalized_0_1"), unit);
    assert_eq!(of("Rgb8", "Normalized_1_1").1, Some(Scaling::SIGNED));
    let classes = metadata_of(&[(
        "class_names",
        r#"{"0": "rust", "1": "scab", "2": "it's blight"}"#,
    )]);
    assert_eq!(classes[0].labels.as_deref().unwrap(), NAMES);
    assert!(metadata_of(&[("producer", "somebody"), ("note", "names of classes")]).is_empty());
}

#[test]
fn the_hub_says_everything() {
    let config = r#"{"id2label": {"0": "rust", "1": "scab", "2": "it's blight"}, "image_size": 384,
        "problem_type": "multi_label_classification"}"#;
    let preprocessor = r#"{"do_normalize": true, "do_rescale": true, "rescale_factor": 0.00392156862745098,
        "image_mean": [0.5, 0.5, 0.5], "image_std": [0.25, 0.25, 0.25], "resample": 3,
        "size": {"height": 96, "width": 64}}"#;
    let both = [
        ("config.json", config),
        ("preprocessor_config.json", preprocessor),
    ];
    let flat = folder(&both);
    // A hub keeps networks one folder further down.
    let below = folder(&[
        ("config.json", config),
        ("preprocessor_config.json", preprocessor),
        ("onnx/x", ""),
    ]);
    for told in [
        beside(&flat, "model.onnx"),
        beside(&below, "onnx/model_q4.onnx"),
    ] {
        let size = told.first(|d| d.size).unwrap();
        assert_eq!(size.value, [96, 64]);
        assert!(size.source.ends_with("preprocessor_config.json"));
        assert_eq!(told.all(|d| d.size), [[96, 64], [384, 384]]);
        let scaling = told.first(|d| d.scaling).unwrap().value;
        assert_near(scaling.mean, [127.5; 3]);
        assert_near(scaling.std, [63.75; 3]);
        assert_eq!(told.first(|d| d.resample).unwrap().value, Resample::Bicubic);
        assert_eq!(told.first(|d| d.framing).unwrap().value, Framing::Whole);
        assert_eq!(told.first(|d| d.kind).unwrap().value, ScoreKind::Sigmoid);
        assert_eq!(told.labels(3).0.unwrap().value, NAMES);
    }
    // What nobody has named is not a name.
    let nameless = folder(&[(
        "config.json",
        r#"{"id2label": {"0": "LABEL_0", "1": "LABEL_1"}}"#,
    )]);
    assert_eq!(beside(&nameless, "model.onnx").labels(2).0, None);
    // No rescaling: the network takes 0..255 and the mean is of that.
    let raw = folder(&[(
        "preprocessor_config.json",
        r#"{"do_rescale": false, "image_mean": [1, 2, 3], "image_std": [4, 5, 6]}"#,
    )]);
    let scaling = beside(&raw, "m.onnx").first(|d| d.scaling).unwrap().value;
    assert_eq!(
        (scaling.mean, scaling.std),
        ([1.0, 2.0, 3.0], [4.0, 5.0, 6.0])
    );
    // A centre crop of 224 from a shorter side of 256.
    let crop = folder(&[(
        "preprocessor_config.json",
        r#"{"do_center_crop": true, "crop_size": {"height": 224, "width": 224},
        "size": {"shortest_edge": 256}, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}"#,
    )]);
    let told = beside(&crop, "m.onnx");
    assert_eq!(told.first(|d| d.size).unwrap().value, [224, 224]);
    assert_eq!(told.first(|d| d.crop).unwrap().value, 0.875);
    // timm's own form.
    let timm = folder(&[(
        "config.json",
        r#"{"architecture": "x", "num_classes": 3, "label_names": ["rust", "scab", "it's blight"],
        "pretrained_cfg": {"input_size": [3, 288, 288], "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5], "crop_pct": 0.95, "interpolation": "bicubic"}}"#,
    )]);
    let told = beside(&timm, "model.onnx");
    assert_eq!(told.first(|d| d.size).unwrap().value, [288, 288]);
    assert_near(told.first(|d| d.scaling).unwrap().value.mean, [127.5; 3]);
    assert_eq!(told.labels(3).0.unwrap().value, NAMES);
}

#[test]
fn lobe_names_its_classes_and_its_file() {
    let signature = r#"{"format": "onnx", "filename": "plants.onnx", "classes": {"Label": ["rust", "scab", "it's blight"]},
        "inputs": {"Image": {"dtype": "float32", "shape": [null, 64, 48, 3], "name": "Image:0"}}}"#;
    let lobe = folder(&[("signature.json", signature)]);
    let told = beside(&lobe, "plants.onnx");
    assert_eq!(told.labels(3).0.unwrap().value, NAMES);
    assert_eq!(told.first(|d| d.size).unwrap().value, [64, 48]);
    assert_eq!(told.first(|d| d.scaling).unwrap().value, Scaling::UNIT);
    assert_eq!(beside(&lobe, "other.onnx").labels(3).0, None);
}

#[test]
fn paddle_says_crop_and_normalisation() {
    let text = "
Global:
  model_name: PP-LCNet_x1_0
PreProcess:
  transform_ops:
  - ResizeImage:
      resize_short: 256
  - CropImage:
      size: 224
  - NormalizeImage:
      mean: [0.485, 0.456, 0.406]
      scale: 1.0/255.0
      std: [0.229, 0.224, 0.225]
  - ToCHWImage: null
PostProcess:
  MultiLabelThreshOutput:
    label_list:
    - rust
    - scab
    - it's blight
";
    let found = paddle::of_text(text, "inference.yml").unwrap();
    assert_eq!((found.size, found.crop), (Some([224, 224]), Some(0.875)));
    assert_near(found.scaling.unwrap().mean, [123.675, 116.28, 103.53]);
    assert_near(found.scaling.unwrap().std, [58.395, 57.12, 57.375]);
    assert_eq!(found.labels.unwrap(), NAMES);
    assert_eq!(found.kind, Some(ScoreKind::Sigmoid));
    // References could grow without bound.
    let bomb = "a: &a [x]\nb: &b [*a, *a]\nPreProcess: [*b]\n";
    assert_eq!(paddle::of_text(bomb, "inference.yml"), None);
    assert_eq!(paddle::of_text("PreProcess: [", "inference.yml"), None);
}

#[test]
fn the_order_of_trust_is_as_stated() {
    let all = folder(&[
        ("config.json", r#"{"id2label": {"0": "hub", "1": "b"}}"#),
        ("signature.json", r#"{"classes": {"Label": ["lobe", "b"]}}"#),
        ("labels.txt", "labels\nb\n"),
        ("net.txt", "own\nb\n"),
    ]);
    let told = || beside(&all, "net.onnx");
    let metadata = [("class_names".to_owned(), r#"["metadata", "b"]"#.to_owned())];
    let graph = ["graph".to_owned(), "b".to_owned()];
    let first = |told: Told| told.labels(2).0.unwrap().value[0].clone();
    assert_eq!(first(told().with_file(&metadata, Some(&graph))), "hub");
    std::fs::remove_file(all.path().join("config.json")).unwrap();
    assert_eq!(first(told().with_file(&metadata, Some(&graph))), "metadata");
    assert_eq!(first(told().with_file(&[], Some(&graph))), "graph");
    assert_eq!(first(told()), "lobe");
    std::fs::remove_file(all.path().join("signature.json")).unwrap();
    assert_eq!(first(told()), "own");
    std::fs::remove_file(all.path().join("net.txt")).unwrap();
    assert_eq!(first(told()), "labels");
    // Names of another number are told and left.
    let (found, notes) = told().labels(5);
    assert_eq!(found, None);
    assert!(
        notes[0].contains("labels.txt has 2 names, but the network 5 classes"),
        "{notes:?}"
    );
}

#[test]
fn a_thousand_names_go_with_a_background_class() {
    let thousand: Vec<String> = (0..1000).map(|i| format!("thing {i}")).collect();
    let labels = Labels::of_names(thousand, 1001);
    assert_eq!(
        (labels.name(0), labels.name(1)),
        ("background".to_owned(), "thing 0".to_owned())
    );
}

#[test]
fn a_file_that_never_ends_is_not_read() {
    let bare = folder(&[]);
    assert_eq!(beside(&bare, "net.onnx"), Told::default());
    assert_eq!(
        Told::beside(Path::new("/nowhere/net.onnx")),
        Told::default()
    );
    #[cfg(unix)]
    {
        let pipe = bare.path().join("labels.txt");
        assert!(
            std::process::Command::new("mkfifo")
                .arg(&pipe)
                .status()
                .unwrap()
                .success()
        );
        std::os::unix::fs::symlink("/dev/zero", bare.path().join("config.json")).unwrap();
        assert_eq!(beside(&bare, "net.onnx"), Told::default());
    }
}
