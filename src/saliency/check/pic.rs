//! Performance information curves (Kapishnikov et al. 2019, arXiv 1906.02825, section 4), as
//! `saliency.metrics.pic` (PAIR-code/saliency 0.2.1): starting from a picture blurred beyond
//! recognition, the most important pixels come back a few at a time. The curve shows how sure
//! (SIC) or right (AIC) the network is against how much information the picture holds by then.

use image::{ImageFormat, Rgb, RgbImage};
use ndarray::{Array2, Array3};
use rand::seq::SliceRandom;
use serde::Serialize;

use super::scatter::interpolate;
use super::{Curve, check_fits};
use crate::classifier::Target;
use crate::progress::Observer;
use crate::saliency::noise::generator;
use crate::saliency::ordered::fold_in_order;
use crate::saliency::rise::probability;
use crate::saliency::{BlackWhite, Question, SaliencyError, SaliencyMap};

/// Settings of [`performance_information`]; the defaults are the reference's, but for
/// `least_probability`.
#[derive(Debug, Clone, PartialEq)]
pub struct PicParams {
    /// Shares of the most important pixels that are brought back, growing.
    pub thresholds: Vec<f64>,
    /// Share of pixels, drawn at random, that the blurred picture is made of.
    pub random_share: f64,
    /// Where the draw starts.
    pub seed: u64,
    /// A picture whose class has a smaller probability is left out. The reference, which averages
    /// over thousands of pictures, takes 0.8; for one picture a person chose there is no reason
    /// to.
    pub least_probability: f64,
    /// Points of the curve, without the last.
    pub points: usize,
}

impl Default for PicParams {
    fn default() -> Self {
        Self {
            thresholds: vec![
                0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.07, 0.10, 0.13, 0.21, 0.34, 0.5, 0.75,
            ],
            random_share: 0.01,
            seed: 0,
            least_probability: 0.0,
            points: 1000,
        }
    }
}

/// Why there is no curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotApplicable {
    /// The network is less sure of the class than asked for.
    Unsure,
    /// The class is no less likely in the blurred picture than in the sharp one.
    BlurredAsGood,
    /// The blurred picture holds no less information than the sharp one.
    NothingToAdd,
    /// The network is wrong about the sharp picture (accuracy only).
    Wrong,
}

/// A curve: x is the share of information, y the normalised performance, both 0 to 1.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PicCurve {
    /// The curve; its area is higher for better maps.
    Curve(Curve),
    /// There is none.
    NotApplicable(NotApplicable),
}

impl PicCurve {
    /// Area under the curve, where there is one.
    #[must_use]
    pub fn area(&self) -> Option<f64> {
        match self {
            Self::Curve(curve) => Some(curve.area),
            Self::NotApplicable(_) => None,
        }
    }
}

/// Both curves.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pic {
    /// Softmax information curve: performance is the probability of the class.
    pub softmax: PicCurve,
    /// Accuracy information curve: performance is whether the class comes first.
    pub accuracy: PicCurve,
}

/// What was measured of one picture on the way.
#[derive(Debug, Clone, Copy)]
struct Sample {
    /// Bytes of the picture, compressed without loss.
    information: f64,
    probability: f64,
    /// 1 where the class comes first, else 0.
    right: f64,
}

/// Both curves of a map. `black_white` says what black and white are in network units, so that
/// the input can be looked at as an 8-bit picture; without it the input's smallest and largest
/// value stand in.
///
/// # Errors
/// When the network fails, the map does not fit, or the work is cancelled.
pub fn performance_information(
    question: Question<'_>,
    map: &SaliencyMap,
    black_white: Option<&BlackWhite>,
    params: &PicParams,
    observer: &dyn Observer,
) -> Result<Pic, SaliencyError> {
    check_fits(question, map)?;
    let range = Range::of(question, black_white);
    let picture = range.picture(question);
    let random = random_pixels(map.values.dim(), params);
    // The blurred picture, the thresholds, the sharp picture.
    let count = params.thresholds.len() + 2;
    let keep = |i: usize| match i.checked_sub(1).map(|i| params.thresholds.get(i)) {
        None => random.clone(),
        Some(Some(&share)) => {
            let cut = map
                .percentile(100.0 * (1.0 - share))
                .unwrap_or(f32::INFINITY);
            let mut keep = random.clone();
            keep.zip_mut_with(&map.values, |keep, &value| *keep |= value >= cut);
            keep
        }
        Some(None) => Array2::from_elem(random.raw_dim(), true),
    };
    let work = |i: usize| {
        let shown = interpolate(&picture, &keep(i));
        let logits = question.network.logits(range.input(&shown).view())?;
        let first = (0..logits.len()).max_by(|&a, &b| logits[a].total_cmp(&logits[b]));
        let (Target::Class(class) | Target::Contrast { class, .. }) = question.target;
        Ok(Sample {
            information: information(&shown),
            probability: probability(question.network, &logits, question.target),
            right: f64::from(u8::from(first == Some(class))),
        })
    };
    let mut samples = Vec::with_capacity(count);
    let threads = question.network.parallelism();
    fold_in_order(count, threads, observer, work, |i, sample| {
        samples.push(sample);
        observer.progress(i + 1, count);
        Ok(())
    })?;
    Ok(Pic {
        softmax: curve(&samples, |sample| sample.probability, params),
        accuracy: accuracy(&samples, params),
    })
}

fn accuracy(samples: &[Sample], params: &PicParams) -> PicCurve {
    if samples.last().is_some_and(|sharp| sharp.right == 0.0) {
        return PicCurve::NotApplicable(NotApplicable::Wrong);
    }
    curve(samples, |sample| sample.right, params)
}

/// The curve through the samples, the first of which is of the blurred picture and the last of
/// the sharp one.
fn curve(samples: &[Sample], score: impl Fn(&Sample) -> f64, params: &PicParams) -> PicCurve {
    let [blurred, between @ .., sharp] = samples else {
        return PicCurve::NotApplicable(NotApplicable::NothingToAdd);
    };
    if score(sharp) < params.least_probability {
        return PicCurve::NotApplicable(NotApplicable::Unsure);
    }
    if blurred.information >= sharp.information {
        return PicCurve::NotApplicable(NotApplicable::NothingToAdd);
    }
    if score(blurred) >= score(sharp) {
        return PicCurve::NotApplicable(NotApplicable::BlurredAsGood);
    }
    let share = |value: f64, from: f64, to: f64| ((value - from) / (to - from)).clamp(0.0, 1.0);
    let mut best = 0.0_f64;
    let mut knots: Vec<(f64, f64)> = vec![(0.0, 0.0)];
    knots.extend(between.iter().map(|sample| {
        best = best.max(share(score(sample), score(blurred), score(sharp)));
        let x = share(sample.information, blurred.information, sharp.information);
        (x, best)
    }));
    knots.push((1.0, 1.0));
    knots.sort_by(|a, b| a.0.total_cmp(&b.0));
    let xs: Vec<f64> = (0..=params.points)
        .map(|i| i as f64 / params.points.max(1) as f64)
        .collect();
    let ys = xs.iter().map(|&x| on_line(&knots, x)).collect();
    PicCurve::Curve(Curve::new(xs, ys))
}

/// The height at `x` of the line through `knots` (sorted; the first at 0, the last at 1).
fn on_line(knots: &[(f64, f64)], x: f64) -> f64 {
    let above = knots.partition_point(|knot| knot.0 < x);
    let Some(&(right, high)) = knots.get(above) else {
        return 1.0;
    };
    let Some(&(left, low)) = above.checked_sub(1).and_then(|below| knots.get(below)) else {
        return high;
    };
    low + (high - low) * (x - left) / (right - left)
}

/// How much there is to see: bytes of the picture as lossless WebP, the reference's estimate (by
/// another encoder, so the bytes differ; only shares of them are used). Infinite where the picture
/// cannot be encoded.
fn information(picture: &RgbImage) -> f64 {
    let mut bytes = std::io::Cursor::new(Vec::new());
    match picture.write_to(&mut bytes, ImageFormat::WebP) {
        Ok(()) => bytes.into_inner().len() as f64,
        Err(_) => f64::INFINITY,
    }
}

fn random_pixels((height, width): (usize, usize), params: &PicParams) -> Array2<bool> {
    let mut places: Vec<usize> = (0..height * width).collect();
    places.shuffle(&mut generator(params.seed, 0));
    places.truncate((places.len() as f64 * params.random_share) as usize);
    let mut keep = Array2::from_elem((height, width), false);
    for place in places {
        if let Some(keep) = keep.get_mut((place / width, place % width)) {
            *keep = true;
        }
    }
    keep
}

/// What 0 and 255 are in network units, in each channel.
struct Range {
    ends: Vec<(f32, f32)>,
}

impl Range {
    fn of(question: Question<'_>, black_white: Option<&BlackWhite>) -> Self {
        let channels = question.input.dim().2;
        let at = |values: &[f32], channel: usize| values.get(channel).or(values.first()).copied();
        let ends = (0..channels)
            .map(|channel| {
                black_white
                    .and_then(|colours| {
                        Some((at(&colours.black, channel)?, at(&colours.white, channel)?))
                    })
                    .filter(|(black, white)| black != white)
                    .unwrap_or_else(|| question.range())
            })
            .collect();
        Self { ends }
    }

    /// The input as a picture. One channel becomes three equal ones.
    fn picture(&self, question: Question<'_>) -> RgbImage {
        let (height, width, _) = question.input.dim();
        let byte = |y: u32, x: u32, channel: usize| {
            let channel = channel.min(self.ends.len().saturating_sub(1));
            let value = question.input[[y as usize, x as usize, channel]];
            let (black, white) = self.ends[channel];
            ((value - black) / (white - black) * 255.0)
                .round()
                .clamp(0.0, 255.0) as u8
        };
        RgbImage::from_fn(width as u32, height as u32, |x, y| {
            Rgb([byte(y, x, 0), byte(y, x, 1), byte(y, x, 2)])
        })
    }

    /// A picture as an input.
    fn input(&self, picture: &RgbImage) -> Array3<f32> {
        let shape = (
            picture.height() as usize,
            picture.width() as usize,
            self.ends.len(),
        );
        Array3::from_shape_fn(shape, |(y, x, channel)| {
            let (black, white) = self.ends[channel];
            let byte = picture.get_pixel(x as u32, y as u32).0[channel.min(2)];
            black + (white - black) * f32::from(byte) / 255.0
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(information: f64, probability: f64) -> Sample {
        Sample {
            information,
            probability,
            right: f64::from(u8::from(probability > 0.5)),
        }
    }

    /// The areas that `compute_pic_metric` of `saliency.metrics.pic` (PAIR 0.2.1) gives for the
    /// same entropies and predictions.
    #[test]
    fn areas_are_those_of_the_reference() {
        let samples = [
            sample(100.0, 0.05),
            sample(130.0, 0.10),
            sample(180.0, 0.55),
            sample(170.0, 0.50),
            sample(300.0, 0.70),
            sample(420.0, 0.90),
            sample(500.0, 0.85),
        ];
        let params = PicParams::default();
        let area = |curve: PicCurve| curve.area().unwrap();
        let softmax = area(curve(&samples, |sample| sample.probability, &params));
        let accuracy = area(accuracy(&samples, &params));
        assert!((softmax - SIC).abs() < 1e-6, "{softmax}");
        assert!((accuracy - AIC).abs() < 1e-6, "{accuracy}");
    }

    const SIC: f64 = 0.739_843_75;
    const AIC: f64 = 0.875;

    #[test]
    fn pictures_that_say_nothing_are_left_out_with_a_reason() {
        let params = PicParams::default();
        let of = |samples: &[Sample]| curve(samples, |sample| sample.probability, &params);
        for (samples, why) in [
            (
                [sample(9.0, 0.1), sample(8.0, 0.9)],
                NotApplicable::NothingToAdd,
            ),
            (
                [sample(5.0, 0.9), sample(8.0, 0.9)],
                NotApplicable::BlurredAsGood,
            ),
        ] {
            assert_eq!(of(&samples), PicCurve::NotApplicable(why));
        }
        let strict = PicParams {
            least_probability: 0.8,
            ..params.clone()
        };
        let unsure = [sample(5.0, 0.1), sample(8.0, 0.7)];
        assert_eq!(
            curve(&unsure, |sample| sample.probability, &strict),
            PicCurve::NotApplicable(NotApplicable::Unsure)
        );
        let wrong = [sample(5.0, 0.1), sample(8.0, 0.4)];
        assert_eq!(
            accuracy(&wrong, &params),
            PicCurve::NotApplicable(NotApplicable::Wrong)
        );
    }
}
