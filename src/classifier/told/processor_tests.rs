//! What the processors of transformers and timm do with pictures, as their files say it: each was
//! compared with what they compute.

use super::Told;
use super::tests::{NAMES, beside, folder};
use crate::picture::Framing;

fn preprocessor(text: &str) -> Told {
    beside(&folder(&[("preprocessor_config.json", text)]), "model.onnx")
}

fn timm(text: &str) -> Told {
    beside(&folder(&[("config.json", text)]), "model.onnx")
}

fn framing(told: &Told) -> Framing {
    told.first(|d| d.framing).unwrap().value
}

fn crop(told: &Told) -> Option<f32> {
    told.first(|d| d.crop).map(|crop| crop.value)
}

/// Mean and deviation of the first channel, in units of 0..=255.
fn red(told: &Told) -> [f32; 2] {
    let scaling = told.first(|d| d.scaling).unwrap().value;
    [scaling.mean[0], scaling.std[0]]
}

fn assert_red(told: &Told, expected: [f32; 2]) {
    for (found, expected) in red(told).into_iter().zip(expected) {
        assert!((found - expected).abs() < 1e-2, "{found} is not {expected}");
    }
}

#[test]
fn efficientnets_divide_twice_for_their_classes() {
    let text = |top: bool| {
        format!(
            r#"{{"do_normalize": true, "do_rescale": true, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.4, 0.4, 0.4],
            "include_top": {top}, "rescale_factor": 0.00392156862745098, "size": {{"height": 224, "width": 224}}}}"#
        )
    };
    assert_red(&preprocessor(&text(true)), [127.5, 0.16 * 255.0]);
    assert_red(&preprocessor(&text(false)), [127.5, 0.4 * 255.0]);
}

#[test]
fn processors_that_turn_channels_do_not_normalise() {
    let text = r#"{"do_flip_channel_order": true, "do_rescale": true, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5],
        "do_center_crop": true, "crop_size": {"height": 256, "width": 256}, "size": {"shortest_edge": 288}}"#;
    assert_red(&preprocessor(text), [0.0, 255.0]);
    // Where it is said, it is done.
    let said = text.replacen('{', r#"{"do_normalize": true, "#, 1);
    assert_red(&preprocessor(&said), [127.5, 127.5]);
}

#[test]
fn large_pictures_of_convnext_are_shown_whole() {
    let text = |side: u32| {
        format!(
            r#"{{"image_processor_type": "ConvNextImageProcessor", "crop_pct": 0.875, "do_normalize": true,
            "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "size": {{"shortest_edge": {side}}}}}"#
        )
    };
    let small = preprocessor(&text(224));
    assert_eq!(
        (framing(&small), crop(&small)),
        (Framing::Published, Some(0.875))
    );
    let large = preprocessor(&text(384));
    assert_eq!((framing(&large), crop(&large)), (Framing::Whole, None));
}

#[test]
fn pictures_that_are_squeezed_before_their_middle_is_cut_out_are_shown_whole() {
    let both = r#"{"do_center_crop": true, "crop_size": {"height": 224, "width": 224}, "size": {"height": 256, "width": 256},
        "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}"#;
    let older = r#"{"do_center_crop": true, "crop_size": 224, "size": 256, "feature_extractor_type": "DeiTFeatureExtractor",
        "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}"#;
    for text in [both, older] {
        let told = preprocessor(text);
        assert_eq!(framing(&told), Framing::Whole);
        assert_eq!(told.first(|d| d.size).unwrap().value, [224, 224]);
        assert!(told.notes().any(|note| note.contains("edges")));
    }
    // A number alone is the shorter side elsewhere.
    let shorter = older.replace("DeiT", "CLIP");
    assert_eq!(framing(&preprocessor(&shorter)), Framing::Published);
}

#[test]
fn levit_resizes_to_more_than_it_says() {
    let text = r#"{"image_processor_type": "LevitImageProcessor", "do_center_crop": true, "crop_size": {"height": 224, "width": 224},
        "size": {"shortest_edge": 224}, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}"#;
    assert_eq!(crop(&preprocessor(text)), Some(0.875));
    assert_eq!(
        crop(&preprocessor(&text.replace("Levit", "Bit"))),
        Some(1.0)
    );
}

#[test]
fn timm_says_how_it_crops() {
    let text = |mode: &str, share: f32| {
        format!(
            r#"{{"architecture": "x", "pretrained_cfg": {{"input_size": [3, 224, 224], "mean": [0.5, 0.4, 0.3], "std": [0.5, 0.5, 0.5],
            "crop_pct": {share}, "crop_mode": "{mode}"}}}}"#
        )
    };
    let centre = timm(&text("center", 0.9));
    assert_eq!(
        (framing(&centre), crop(&centre)),
        (Framing::Published, Some(0.9))
    );
    let squeezed = timm(&text("squash", 1.0));
    assert_eq!(
        (framing(&squeezed), crop(&squeezed)),
        (Framing::Whole, None)
    );
    assert_eq!(squeezed.notes().count(), 0);
    assert_eq!(timm(&text("squash", 0.9)).notes().count(), 1);
    let padded = timm(&text("border", 1.0));
    assert_eq!(framing(&padded), Framing::Padded);
    assert_eq!(padded.first(|d| d.pad).unwrap().value, [128, 102, 77]);
}

#[test]
fn timm_once_wrote_its_settings_among_the_others() {
    let told = timm(
        r#"{"architecture": "resnet18", "num_classes": 3, "labels": ["rust", "scab", "it's blight"], "input_size": [3, 288, 288],
        "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25], "crop_pct": 0.95, "interpolation": "bilinear"}"#,
    );
    assert_eq!(told.first(|d| d.size).unwrap().value, [288, 288]);
    assert_red(&told, [127.5, 63.75]);
    assert_eq!(crop(&told), Some(0.95));
    assert_eq!(told.labels(3).0.unwrap().value, NAMES);
}
