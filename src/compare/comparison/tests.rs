//! Comparisons of maps of every kind.

use super::*;
use ndarray::array;

fn wave(height: usize, width: usize, phase: f32) -> Array2<f32> {
    Array2::from_shape_fn((height, width), |(y, x)| {
        (x as f32 * 0.11 + phase).sin() + (y as f32 * 0.07 - phase).cos()
    })
}

#[test]
fn a_map_is_wholly_like_itself() {
    let a = wave(40, 60, 0.0);
    let options = Options {
        delta: 0,
        ..Options::default()
    };
    for by_value in [false, true] {
        let options = Options {
            by_value,
            ..options
        };
        let got = compare(("a", a.view()), ("a", a.view()), &options).unwrap();
        let f = &got.figures;
        assert_eq!(f.agree, 1.0);
        assert!(f.agree_by_band.iter().all(|b| b.agree == Some(1.0)));
        assert_eq!(got.intersection, got.a);
        assert_eq!(f.colours_a, f.colours_b);
        for (metric, want) in [
            (f.similarity.iou, 1.0),
            (f.similarity.dice, 1.0),
            (f.similarity.pearson, 1.0),
            (f.similarity.spearman, 1.0),
            (f.similarity.ssim, 1.0),
            (f.similarity.emd, 0.0),
        ] {
            assert!((metric.unwrap() - want).abs() < 1e-12);
        }
        assert!(f.notes.is_empty());
    }
}

#[test]
fn what_is_prepared_once_counts_as_the_whole_comparison() {
    let (a, b) = (wave(30, 44, 0.0), wave(25, 30, 0.5));
    for (by_value, shared_scale) in [(false, false), (true, false), (false, true), (true, true)] {
        let options = Options {
            by_value,
            shared_scale,
            ..Options::default()
        };
        let (a, b) = (("a", a.view()), ("b", b.view()));
        let prepared = Prepared::new(a, b, &options).unwrap();
        for delta in [0, 10, 90] {
            let whole = compare(a, b, &Options { delta, ..options }).unwrap();
            let (picture, counts) = prepared.intersection(delta, by_value).unwrap();
            assert_eq!(picture, whole.intersection);
            assert_eq!(counts.all.share(), Some(whole.figures.agree));
            assert_eq!(prepared.by_band(&counts), whole.figures.agree_by_band);
        }
        assert_eq!(prepared.size(), (30, 44));
    }
}

#[test]
fn files_hold_what_was_compared() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("new");
    let (a, b) = (wave(30, 20, 0.0), wave(30, 20, 0.5));
    let got = compare(("a", a.view()), ("b", b.view()), &Options::default()).unwrap();
    got.write(&out).unwrap();
    let picture = image::open(out.join("intersection.png"))
        .unwrap()
        .into_rgb8();
    assert_eq!(picture, got.intersection);
    let json: serde_json::Value =
        serde_json::from_slice(&std::fs::read(out.join("comparison.json")).unwrap()).unwrap();
    for key in ["agree", "iou", "dice", "pearson", "spearman", "ssim", "emd"] {
        assert!(json[key].is_number(), "{key}");
    }
    assert_eq!(json["colours_a"][0]["rgb"].as_array().unwrap().len(), 3);
    assert!(json["colours_b"][0]["share"].is_number());
    let error = got.write(&out.join("a.png")).unwrap_err().to_string();
    assert!(error.contains("could not be written"), "{error}");
}

#[test]
fn agreement_grows_with_delta() {
    let (a, b) = (wave(30, 30, 0.0), wave(30, 30, 0.5));
    let share = |delta| {
        let options = Options {
            delta,
            ..Options::default()
        };
        compare(("a", a.view()), ("b", b.view()), &options)
            .unwrap()
            .figures
            .agree
    };
    let shares = [share(0), share(10), share(60), share(255)];
    assert!(shares.windows(2).all(|w| w[0] < w[1]), "{shares:?}");
    assert_eq!(shares[3], 1.0);
}

#[test]
fn a_shared_scale_tells_strong_from_weak() {
    let a = wave(30, 30, 0.0);
    let weak = &a * 0.1;
    let at = |shared_scale| {
        let options = Options {
            delta: 2,
            shared_scale,
            ..Options::default()
        };
        compare(("a", a.view()), ("b", weak.view()), &options)
            .unwrap()
            .figures
            .agree
    };
    assert!(at(false) > 0.99);
    assert!(at(true) < 0.3);
}

#[test]
fn zeros_single_pixels_and_other_sizes_are_told_of() {
    let zeros = Array2::zeros((8, 8));
    let a = wave(8, 8, 0.2);
    let got = compare(
        ("zero.npy", zeros.view()),
        ("b", a.view()),
        &Options::default(),
    )
    .unwrap()
    .figures;
    assert_eq!(
        (got.similarity.pearson, got.similarity.spearman),
        (None, None)
    );
    assert!(got.agree_by_band.is_empty());
    assert!(got.notes[0].starts_with("zero.npy has the same value everywhere"));
    let json = serde_json::to_value(&got).unwrap();
    assert!(json["pearson"].is_null() && json["emd"].is_number());

    let one = array![[3.0f32]];
    let got = compare(("a", one.view()), ("b", one.view()), &Options::default())
        .unwrap()
        .figures;
    assert_eq!(
        (got.agree, got.similarity.ssim, got.similarity.emd),
        (1.0, None, Some(0.0))
    );
    assert_eq!(got.colours_a.len(), 1);

    let wide = wave(8, 16, 0.2);
    let got = compare(("a", wide.view()), ("b", a.view()), &Options::default())
        .unwrap()
        .figures;
    assert_eq!((got.height, got.width), (8, 16));
    assert_eq!(got.notes, ["b was enlarged from 8 x 8 to 16 x 8 pixels."]);
}

#[test]
fn options_out_of_range_are_refused() {
    let a = wave(8, 8, 0.0);
    let with = |options: Options| compare(("a", a.view()), ("a", a.view()), &options).unwrap_err();
    for top_share in [0.0, -0.1, 1.1, f64::NAN] {
        let error = with(Options {
            top_share,
            ..Options::default()
        });
        assert!(matches!(error, CompareError::TopShare(_)));
    }
    assert!(matches!(
        with(Options {
            colours: 11,
            ..Options::default()
        }),
        CompareError::ColourCount { got: 11 }
    ));
}
