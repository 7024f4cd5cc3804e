//! What the checks come to, in words.

use serde::Serialize;

use super::{DeletionInsertion, NotApplicable, Pic, PicCurve, Randomisation};
use crate::saliency::Method;

/// A map that is this alike under shuffled weights does not depend on them.
const ALIKE: f64 = 0.5;

/// An area must beat chance by this much to count.
const MARGIN: f64 = 0.02;

/// The short answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grade {
    /// Every check that could be made speaks for the map.
    Trust,
    /// Some do, some do not.
    Mixed,
    /// None does.
    Doubt,
}

/// The answer, with a sentence for each check.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// The short answer.
    pub grade: Grade,
    /// The answer in one sentence.
    pub summary: &'static str,
    /// One sentence per check, with its figures.
    pub reasons: Vec<String>,
    /// What is known about the method in general, whatever the figures above.
    pub caveat: &'static str,
}

impl Verdict {
    /// Weighs the checks.
    #[must_use]
    pub fn of(
        method: Method,
        curves: &DeletionInsertion,
        information: &Pic,
        randomisation: Option<&Randomisation>,
    ) -> Self {
        let mut findings = vec![deletion(curves), insertion(curves)];
        findings.extend(softmax(&information.softmax));
        findings.extend(randomisation.and_then(shuffled));
        let good = findings.iter().filter(|(good, _)| *good).count();
        let (grade, summary) = if good == findings.len() {
            (
                Grade::Trust,
                "Every check that could be made speaks for this map.",
            )
        } else if good == 0 {
            (
                Grade::Doubt,
                "No check speaks for this map: do not draw conclusions from it.",
            )
        } else {
            (
                Grade::Mixed,
                "The checks disagree: trust the map no further than the ones that speak for it.",
            )
        };
        let mut reasons: Vec<String> = findings.into_iter().map(|(_, reason)| reason).collect();
        if let PicCurve::NotApplicable(why) = information.softmax {
            reasons.push(format!("No information curve: {}.", because(why)));
        }
        Self {
            grade,
            summary,
            reasons,
            caveat: caveat(method),
        }
    }
}

fn deletion(curves: &DeletionInsertion) -> (bool, String) {
    let (ours, chance) = (curves.deletion.area, curves.random_deletion);
    let good = ours < chance - MARGIN;
    let does = if good {
        "falls sooner"
    } else {
        "does not fall sooner"
    };
    (
        good,
        format!(
            "Taking the most important pixels away first, the score {does} than in a random order \
             (area {ours:.3}, random {chance:.3}; smaller is better)."
        ),
    )
}

fn insertion(curves: &DeletionInsertion) -> (bool, String) {
    let (ours, chance) = (curves.insertion.area, curves.random_insertion);
    let good = ours > chance + MARGIN;
    let does = if good {
        "rises sooner"
    } else {
        "does not rise sooner"
    };
    (
        good,
        format!(
            "Sharpening the most important pixels of a blurred copy first, the score {does} than \
             in a random order (area {ours:.3}, random {chance:.3}; larger is better)."
        ),
    )
}

fn softmax(curve: &PicCurve) -> Option<(bool, String)> {
    let area = curve.area()?;
    let good = area > 0.5 + MARGIN;
    let does = if good {
        "runs ahead of"
    } else {
        "does not run ahead of"
    };
    Some((
        good,
        format!(
            "As the most important parts come back into a blurred copy, the network's sureness \
             {does} the information shown (SIC area {area:.3}; above 0.5 is good)."
        ),
    ))
}

fn shuffled(result: &Randomisation) -> Option<(bool, String)> {
    let likeness = result.likeness()?;
    let good = likeness < ALIKE;
    let so = if good {
        "so it shows what was learned"
    } else {
        "so much of it comes from the picture's own edges and regions"
    };
    Some((
        good,
        format!(
            "With the network's weights shuffled the map is {} ({so}; rank correlation \
             {likeness:.2}).",
            if good {
                "a different one"
            } else {
                "much the same"
            }
        ),
    ))
}

fn because(why: NotApplicable) -> &'static str {
    match why {
        NotApplicable::Unsure => "the network is not sure enough of this class",
        NotApplicable::BlurredAsGood => {
            "the class is as likely in a picture blurred beyond recognition"
        }
        NotApplicable::NothingToAdd => "the picture holds no more than its blurred copy",
        NotApplicable::Wrong => "the class does not come first in the sharp picture",
    }
}

/// What saliency-cards (Boggust et al. 2023) and the papers it cites report of a method.
fn caveat(method: Method) -> &'static str {
    match method {
        Method::Xrai | Method::XraiFast => {
            "XRAI is reported to have the best repeatability of the common methods, and to fail \
             model-weight randomisation (saliency-cards): its regions come from the picture, so a \
             tidy outline is no proof that the network saw one."
        }
        Method::Ig | Method::GuidedIg | Method::BlurIg => {
            "Integrated gradients add up to the score, but depend on the baseline: what looks like \
             the baseline counts as unimportant."
        }
        Method::Gradient | Method::SmoothGrad | Method::SmoothGradPlain => {
            "A gradient tells what would change the score by a little, not what made it."
        }
        Method::InputXGradient => {
            "Input x gradient is a linear guess and can be far off where the network saturates."
        }
        Method::GradCam | Method::GradCamPlusPlus => {
            "Grad-CAM passes weight randomisation, but is as coarse as its layer: its outline is \
             no finer than a cell of that layer."
        }
        Method::AttentionRollout => {
            "Attention is not explanation (Jain and Wallace 2019): the map is the same for every \
             class and leaves out what the values and the layers between do."
        }
        Method::Occlusion | Method::Rise => {
            "Covered pictures are unlike any the network was trained on, and its answer to them \
             may say little about the whole picture."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::saliency::check::Curve;

    fn curves(deletion: f64, insertion: f64) -> DeletionInsertion {
        let flat = |height: f64| Curve::new(vec![0.0, 1.0], vec![height, height]);
        DeletionInsertion {
            deletion: flat(deletion),
            insertion: flat(insertion),
            random_deletion: 0.3,
            random_insertion: 0.5,
        }
    }

    fn information(area: f64) -> Pic {
        let curve = PicCurve::Curve(Curve::new(vec![0.0, 1.0], vec![area, area]));
        Pic {
            softmax: curve.clone(),
            accuracy: curve,
        }
    }

    fn likeness(value: f64) -> Randomisation {
        Randomisation {
            spearman: Some(value),
            spearman_of_magnitudes: None,
        }
    }

    #[test]
    fn all_some_and_none() {
        let of = |curves, area, like: f64| {
            Verdict::of(
                Method::Xrai,
                &curves,
                &information(area),
                Some(&likeness(like)),
            )
        };
        let good = of(curves(0.1, 0.8), 0.7, 0.1);
        assert_eq!((good.grade, good.reasons.len()), (Grade::Trust, 4));
        assert_eq!(of(curves(0.1, 0.8), 0.7, 0.9).grade, Grade::Mixed);
        assert_eq!(of(curves(0.3, 0.5), 0.4, 0.9).grade, Grade::Doubt);
        assert!(good.caveat.contains("fail model-weight randomisation"));
    }

    #[test]
    fn a_missing_curve_is_explained() {
        let missing = Pic {
            softmax: PicCurve::NotApplicable(NotApplicable::BlurredAsGood),
            accuracy: PicCurve::NotApplicable(NotApplicable::Wrong),
        };
        let verdict = Verdict::of(Method::Ig, &curves(0.1, 0.8), &missing, None);
        assert_eq!(verdict.grade, Grade::Trust);
        assert_eq!(verdict.reasons.len(), 3);
        assert!(verdict.reasons[2].contains("blurred beyond recognition"));
        for reason in &verdict.reasons {
            assert!(!reason.contains('\n'));
        }
    }
}
