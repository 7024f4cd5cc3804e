//! What can be set about a method; the defaults are the reference's (PAIR-code/saliency 0.2.1).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::blur_ig::BlurIgParams;
use super::guided_ig::GuidedIgParams;
use super::integrated_gradients::IgParams;
use super::occlusion::OcclusionParams;
use super::rise::RiseParams;
use super::smoothgrad::SmoothGradParams;
use super::xrai::XraiParams;
use super::{Method, SaliencyError};

/// The most steps, samples or masks a method may be asked for: an hour or so of work.
pub const MAX_STEPS: usize = 100_000;

/// How many gradients (per baseline), samples or masks a method uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Steps {
    /// This many, at least 1.
    Count(usize),
    /// As few as keep the completeness error under a bound (integrated gradients and XRAI); for
    /// the other methods their default number.
    Auto,
}

impl fmt::Display for Steps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
            Self::Auto => f.write_str("auto"),
        }
    }
}

impl FromStr for Steps {
    type Err = SaliencyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.eq_ignore_ascii_case("auto") {
            return Ok(Self::Auto);
        }
        match text.parse() {
            Ok(count) if (1..=MAX_STEPS).contains(&count) => Ok(Self::Count(count)),
            _ => Err(SaliencyError::UnknownWord {
                setting: "steps",
                given: text.to_owned(),
                choices: "auto or a number from 1 to 100000",
            }),
        }
    }
}

/// What the picture is compared with: the point where the path of integrated gradients starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Baseline {
    /// 0 in network units, which is a mid grey for most networks.
    Zero,
    /// Two baselines, the smallest and the largest value of the input in all channels; their
    /// results are averaged. XRAI's default.
    Minmax,
    /// Black.
    Black,
    /// White.
    White,
    /// The picture itself, strongly blurred.
    Blur,
}

impl Baseline {
    /// Every choice, in the order in which a chooser lists them.
    pub const ALL: [Self; 5] = [
        Self::Zero,
        Self::Minmax,
        Self::Black,
        Self::White,
        Self::Blur,
    ];

    /// The word used on the command line and in files.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Zero => "zero",
            Self::Minmax => "minmax",
            Self::Black => "black",
            Self::White => "white",
            Self::Blur => "blur",
        }
    }
}

impl fmt::Display for Baseline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

impl FromStr for Baseline {
    type Err = SaliencyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|baseline| baseline.id().eq_ignore_ascii_case(text))
            .ok_or_else(|| SaliencyError::UnknownWord {
                setting: "baseline",
                given: text.to_owned(),
                choices: "zero, minmax, black, white or blur",
            })
    }
}

/// How the integral along the path is approximated when the number of steps is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Integration {
    /// As the reference: evenly spaced with both ends, the sum divided by the number of steps.
    #[default]
    Riemann,
    /// Gauss-Legendre nodes and weights, as Captum: more exact for the same number of steps.
    GaussLegendre,
}

impl FromStr for Integration {
    type Err = SaliencyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "riemann" => Ok(Self::Riemann),
            "gauss-legendre" => Ok(Self::GaussLegendre),
            _ => Err(SaliencyError::UnknownWord {
                setting: "integration",
                given: text.to_owned(),
                choices: "riemann or gauss-legendre",
            }),
        }
    }
}

/// How attributions per colour channel become one number per pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum View {
    /// Sum of absolute values: how much a pixel matters, for or against. (The reference clips it
    /// at the 99th percentile when it is shown.)
    #[default]
    Magnitude,
    /// Signed sum: positive speaks for the class, negative against it.
    Signed,
}

impl FromStr for View {
    type Err = SaliencyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "magnitude" => Ok(Self::Magnitude),
            "signed" => Ok(Self::Signed),
            _ => Err(SaliencyError::UnknownWord {
                setting: "view",
                given: text.to_owned(),
                choices: "magnitude or signed",
            }),
        }
    }
}

/// Black and white in network units, one value per channel: what the normalisation of a
/// classifier makes of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BlackWhite {
    /// Value of a black pixel in each channel.
    pub black: Vec<f32>,
    /// Value of a white pixel in each channel.
    pub white: Vec<f32>,
}

/// Settings of a method. A method reads those that it knows and ignores the rest.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct MethodParams {
    /// Steps per baseline, samples or masks; `None` is the method's default.
    pub steps: Option<Steps>,
    /// Start of the path; `None` is the method's default (`minmax` for XRAI, else `zero`).
    pub baseline: Option<Baseline>,
    /// How integrated gradients add up.
    pub integration: Integration,
    /// How channels become one number per pixel, for the methods that work per channel.
    pub view: View,
    /// Where random numbers start: the same seed gives the same map.
    pub seed: u64,
    /// Grad-CAM's layer, the name of an output in the graph; `None` is the last
    /// in which places of the picture lie side by side.
    pub layer: Option<String>,
    /// Side of the square that occlusion covers, in pixels; `None` is 15.
    pub window: Option<usize>,
    /// Pixels between two places of occlusion's square; `None` is 1.
    pub stride: Option<usize>,
    /// Deviation of `SmoothGrad`'s noise as a share of the input's range, 0 to 10; `None` is 0.15.
    pub noise: Option<f64>,
    /// Share of the pixels that guided integrated gradients moves at a time, above 0 and up to 1;
    /// `None` is 0.25.
    pub fraction: Option<f64>,
    /// How far guided integrated gradients may stray from the straight path, as a share of its
    /// length, 0 to 1; `None` is 0.02.
    pub max_dist: Option<f64>,
    /// Where the path of blur integrated gradients starts: the deviation of the blur in pixels,
    /// above 0 and up to 1000; `None` is 50.
    pub max_sigma: Option<f64>,
    /// Cells along each side of RISE's masks, 1 to 64; `None` is 7.
    pub cells: Option<usize>,
    /// Share of the cells that a mask of RISE leaves visible, above 0 and up to 1; `None` is 0.5.
    pub visible: Option<f64>,
    /// What black and white are to this network; needed by those two baselines only.
    pub black_white: Option<BlackWhite>,
}

impl MethodParams {
    /// The baseline that `method` will use under these settings; `None` for methods without.
    #[must_use]
    pub fn baseline_of(&self, method: Method) -> Option<Baseline> {
        method.has_baseline().then(|| {
            self.baseline.unwrap_or(if method.is_xrai() {
                Baseline::Minmax
            } else {
                Baseline::Zero
            })
        })
    }

    /// These settings with every gap that `method` reads filled by its default, the reference's.
    /// Settings that `method` does not read stay gaps.
    #[must_use]
    pub fn filled(&self, method: Method) -> Self {
        let mut full = self.clone();
        full.baseline = self.baseline_of(method);
        match method {
            Method::Xrai | Method::XraiFast => {
                full.steps.get_or_insert(XraiParams::default().steps);
            }
            Method::Ig => {
                full.steps.get_or_insert(IgParams::default().steps);
            }
            Method::GuidedIg => {
                let defaults = GuidedIgParams::default();
                full.steps.get_or_insert(Steps::Count(defaults.steps));
                full.fraction.get_or_insert(defaults.fraction);
                full.max_dist.get_or_insert(defaults.max_dist);
            }
            Method::BlurIg => {
                let defaults = BlurIgParams::default();
                full.steps.get_or_insert(Steps::Count(defaults.steps));
                full.max_sigma.get_or_insert(defaults.max_sigma);
            }
            Method::SmoothGrad | Method::SmoothGradPlain => {
                let defaults = SmoothGradParams::default();
                full.steps.get_or_insert(Steps::Count(defaults.samples));
                full.noise.get_or_insert(defaults.spread);
            }
            Method::Occlusion => {
                let defaults = OcclusionParams::default();
                full.window.get_or_insert(defaults.window);
                full.stride.get_or_insert(defaults.stride);
            }
            Method::Rise => {
                let defaults = RiseParams::default();
                full.steps.get_or_insert(Steps::Count(defaults.masks));
                full.cells.get_or_insert(defaults.cells);
                full.visible.get_or_insert(defaults.visible);
            }
            Method::Gradient
            | Method::InputXGradient
            | Method::GradCam
            | Method::GradCamPlusPlus
            | Method::AttentionRollout => {}
        }
        full
    }

    /// Refuses shares, sizes and blurs outside the ranges of the fields.
    pub(super) fn check(&self) -> Result<(), SaliencyError> {
        let refuse = |setting, got: String, must_be| {
            Err(SaliencyError::Setting {
                setting,
                got,
                must_be,
            })
        };
        let shares = [("fraction", self.fraction), ("visible", self.visible)];
        for (setting, share) in shares {
            if let Some(share) = share.filter(|share| !(*share > 0.0 && *share <= 1.0)) {
                return refuse(setting, share.to_string(), "above 0 and at most 1");
            }
        }
        let outside = |value: Option<f64>, low: f64, high: f64| {
            value.filter(|value| !(low..=high).contains(value))
        };
        if let Some(noise) = outside(self.noise, 0.0, 10.0) {
            return refuse("noise", noise.to_string(), "from 0 to 10");
        }
        if let Some(far) = outside(self.max_dist, 0.0, 1.0) {
            return refuse("max-dist", far.to_string(), "from 0 to 1");
        }
        if let Some(sigma) = outside(self.max_sigma, f64::MIN_POSITIVE, 1000.0) {
            return refuse("max-sigma", sigma.to_string(), "above 0 and at most 1000");
        }
        if let Some(cells) = self.cells.filter(|cells| !(1..=64).contains(cells)) {
            return refuse("cells", cells.to_string(), "from 1 to 64");
        }
        Ok(())
    }

    /// The number of steps asked for, `default` where none is set or it is left to the method.
    pub(super) fn count_or(&self, default: usize) -> Result<usize, SaliencyError> {
        match self.steps {
            Some(Steps::Count(count)) if !(1..=MAX_STEPS).contains(&count) => {
                Err(SaliencyError::Setting {
                    setting: "steps",
                    got: count.to_string(),
                    must_be: "from 1 to 100000",
                })
            }
            Some(Steps::Count(count)) => Ok(count),
            Some(Steps::Auto) | None => Ok(default),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_and_baselines_are_read_from_words() {
        assert_eq!("auto".parse::<Steps>().unwrap(), Steps::Auto);
        assert_eq!("25".parse::<Steps>().unwrap(), Steps::Count(25));
        for bad in ["0", "-3", "many", "", "100001"] {
            assert!(bad.parse::<Steps>().is_err(), "{bad}");
        }
        for baseline in Baseline::ALL {
            assert_eq!(baseline.to_string().parse::<Baseline>().unwrap(), baseline);
        }
        assert!("grey".parse::<Baseline>().is_err());
    }

    #[test]
    fn defaults_follow_the_reference() {
        let params = MethodParams::default();
        assert_eq!(params.baseline_of(Method::Xrai), Some(Baseline::Minmax));
        assert_eq!(params.baseline_of(Method::Ig), Some(Baseline::Zero));
        assert_eq!(params.baseline_of(Method::GradCam), None);
        assert!(
            MethodParams {
                steps: Some(Steps::Count(0)),
                ..params
            }
            .count_or(25)
            .is_err()
        );
    }

    #[test]
    fn gaps_are_filled_with_what_the_method_reads() {
        let none = MethodParams::default();
        let full = |method| none.filled(method);
        assert_eq!(full(Method::Xrai).steps, Some(Steps::Count(100)));
        assert_eq!(full(Method::Ig).steps, Some(Steps::Count(25)));
        assert_eq!(full(Method::GuidedIg).fraction, Some(0.25));
        assert_eq!(full(Method::GuidedIg).max_dist, Some(0.02));
        assert_eq!(full(Method::BlurIg).max_sigma, Some(50.0));
        assert_eq!(full(Method::SmoothGrad).noise, Some(0.15));
        assert_eq!(full(Method::Occlusion).window, Some(15));
        assert_eq!(full(Method::Rise).cells, Some(7));
        assert_eq!(full(Method::GradCam), none);
        for method in Method::all() {
            assert_eq!(full(method).steps.is_some(), method.has_steps(), "{method}");
        }
        let mine = MethodParams {
            noise: Some(0.3),
            ..none
        };
        assert_eq!(mine.filled(Method::SmoothGrad).noise, Some(0.3));
    }

    #[test]
    fn settings_outside_their_range_are_named() {
        let bad = [
            (
                "noise",
                MethodParams {
                    noise: Some(-0.1),
                    ..MethodParams::default()
                },
            ),
            (
                "noise",
                MethodParams {
                    noise: Some(f64::NAN),
                    ..MethodParams::default()
                },
            ),
            (
                "fraction",
                MethodParams {
                    fraction: Some(0.0),
                    ..MethodParams::default()
                },
            ),
            (
                "max-dist",
                MethodParams {
                    max_dist: Some(1.5),
                    ..MethodParams::default()
                },
            ),
            (
                "max-sigma",
                MethodParams {
                    max_sigma: Some(0.0),
                    ..MethodParams::default()
                },
            ),
            (
                "cells",
                MethodParams {
                    cells: Some(0),
                    ..MethodParams::default()
                },
            ),
            (
                "visible",
                MethodParams {
                    visible: Some(1.1),
                    ..MethodParams::default()
                },
            ),
        ];
        for (name, params) in bad {
            let message = params.check().unwrap_err().to_string();
            assert!(message.starts_with(name), "{message}");
        }
        MethodParams::default().check().unwrap();
    }
}
