//! The examples of the library do what they say.

use saliscope::saliency::Method;

use crate::support::root;

#[path = "examples/compare.rs"]
mod compare;
#[path = "examples/explain.rs"]
mod explain;
#[path = "examples/predict.rs"]
mod predict;

#[test]
fn a_network_names_a_picture() {
    let answers = predict::surest(
        &root().join("assets/installed/cat.png"),
        "efficientnet-lite0",
    );
    let answers = answers.unwrap();
    assert_eq!(answers.len(), 5);
    assert_eq!(answers[0].label, "Egyptian cat");
    assert!(
        answers
            .windows(2)
            .all(|two| two[0].probability >= two[1].probability)
    );
    let error = predict::surest(&root().join("none.png"), "efficientnet-lite0").unwrap_err();
    assert!(error.to_string().contains("none.png"), "{error}");
}

#[test]
fn a_map_is_written_as_picture_and_as_numbers() {
    let explanation = explain::explained(
        &root().join("assets/installed/cat.png"),
        "efficientnet-lite0",
    );
    let explanation = explanation.unwrap();
    let folder = tempfile::tempdir().unwrap();
    explain::write(&explanation, &folder.path().join("cat")).unwrap();
    let written = saliscope::npy::read_f32(&folder.path().join("cat.npy")).unwrap();
    assert_eq!(written.shape(), [224, 224]);
    let values: Vec<f32> = written.iter().copied().collect();
    assert_eq!(
        values,
        explanation.map.values.iter().copied().collect::<Vec<_>>()
    );
    let picture = image::open(folder.path().join("cat.png"))
        .unwrap()
        .into_rgb8();
    assert_eq!(picture.dimensions(), (224, 224));
    assert_ne!(picture, explanation.seen, "the map lies over it");
}

#[test]
fn two_methods_are_compared() {
    let picture = root().join("assets/installed/cat.png");
    let same = compare::alike(&picture, [Method::Gradient, Method::Gradient]).unwrap();
    assert!((same.pearson.unwrap() - 1.0).abs() < 1e-9);
    let other = compare::alike(&picture, [Method::Gradient, Method::GradCam]).unwrap();
    assert!(other.pearson.unwrap() < 0.99);
}
