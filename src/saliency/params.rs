//! What can be set about a method; the defaults are the reference's (PAIR-code/saliency 0.2.1).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

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
    /// at the 99th percentile when it is shown: [`super::colormap::Scale::clipped`].)
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
    /// Grad-CAM's layer, the name of an output in the graph; `None` is the last convolution.
    pub layer: Option<String>,
    /// Side of the square that occlusion covers, in pixels; `None` is 15.
    pub window: Option<usize>,
    /// Pixels between two places of occlusion's square; `None` is 1.
    pub stride: Option<usize>,
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
}
