//! The registry of methods: their ids, their names and what they do, in plain words.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::SaliencyError;

/// A way to compute a saliency map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// XRAI with full re-evaluation of all regions (Kapishnikov et al. 2019).
    #[default]
    Xrai,
    /// XRAI with regions sorted once.
    XraiFast,
    /// Integrated gradients (Sundararajan et al. 2017).
    Ig,
    /// Guided integrated gradients (Kapishnikov et al. 2021).
    GuidedIg,
    /// Integrated gradients along a blur path (Xu et al. 2020).
    BlurIg,
    /// Plain gradient (Simonyan et al. 2014).
    Gradient,
    /// Mean of squared gradients under noise (`SmoothGrad` as the reference computes it).
    #[serde(rename = "smoothgrad")]
    SmoothGrad,
    /// Mean gradient under noise (Smilkov et al. 2017).
    #[serde(rename = "smoothgrad-plain")]
    SmoothGradPlain,
    /// Input times gradient (Shrikumar et al. 2016).
    InputXGradient,
    /// Grad-CAM (Selvaraju et al. 2017).
    GradCam,
    /// Grad-CAM++ (Chattopadhay et al. 2018).
    #[serde(rename = "grad-cam++")]
    GradCamPlusPlus,
    /// Attention rollout (Abnar and Zuidema 2020).
    AttentionRollout,
    /// Occlusion by a sliding window (Zeiler and Fergus 2014).
    Occlusion,
    /// RISE: random masks (Petsiuk et al. 2018).
    Rise,
}

/// What a [`Method`] is called and needs: one row of the registry.
struct Entry {
    method: Method,
    id: &'static str,
    name: &'static str,
    sentence: &'static str,
}

const ENTRIES: [Entry; 14] = [
    Entry {
        method: Method::Xrai,
        id: "xrai",
        name: "XRAI",
        sentence: "Finds the regions of the picture that matter most, best region first.",
    },
    Entry {
        method: Method::XraiFast,
        id: "xrai-fast",
        name: "XRAI (fast)",
        sentence: "Like XRAI, but ranks every region once, so overlaps are judged more roughly.",
    },
    Entry {
        method: Method::Ig,
        id: "ig",
        name: "Integrated gradients",
        sentence: "Fades the picture in and adds up how much each pixel moves the score on the way.",
    },
    Entry {
        method: Method::GuidedIg,
        id: "guided-ig",
        name: "Guided integrated gradients",
        sentence: "Fades in the calmest pixels first, which leaves less noise in the map.",
    },
    Entry {
        method: Method::BlurIg,
        id: "blur-ig",
        name: "Blur integrated gradients",
        sentence: "Sharpens a blurred picture step by step and adds up what each pixel contributes.",
    },
    Entry {
        method: Method::Gradient,
        id: "gradient",
        name: "Gradient",
        sentence: "Shows which pixels would change the score most if they changed a little.",
    },
    Entry {
        method: Method::SmoothGrad,
        id: "smoothgrad",
        name: "SmoothGrad (squared)",
        sentence: "Averages the squared gradient over noisy copies of the picture, so speckle fades.",
    },
    Entry {
        method: Method::SmoothGradPlain,
        id: "smoothgrad-plain",
        name: "SmoothGrad",
        sentence: "Averages the gradient over noisy copies of the picture, so speckle fades.",
    },
    Entry {
        method: Method::InputXGradient,
        id: "input-x-gradient",
        name: "Input x gradient",
        sentence: "Multiplies each pixel by its gradient: a quick first guess of what it adds to the score.",
    },
    Entry {
        method: Method::GradCam,
        id: "grad-cam",
        name: "Grad-CAM",
        sentence: "Shows where a layer inside the network was active for the class; coarse but steady.",
    },
    Entry {
        method: Method::GradCamPlusPlus,
        id: "grad-cam++",
        name: "Grad-CAM++",
        sentence: "Like Grad-CAM, but places that matter more weigh more: shows several things of one class.",
    },
    Entry {
        method: Method::AttentionRollout,
        id: "attention-rollout",
        name: "Attention rollout",
        sentence: "Follows a transformer's attention from block to block; the same map for every class.",
    },
    Entry {
        method: Method::Occlusion,
        id: "occlusion",
        name: "Occlusion",
        sentence: "Covers the picture patch by patch and shows where the score falls.",
    },
    Entry {
        method: Method::Rise,
        id: "rise",
        name: "RISE",
        sentence: "Hides random parts of the picture many times and keeps what the good scores had in common.",
    },
];

impl Method {
    /// True for methods that compute many gradients which do not wait for each other.
    #[must_use]
    pub fn takes_many_gradients(self) -> bool {
        match self {
            Self::Xrai
            | Self::XraiFast
            | Self::Ig
            | Self::BlurIg
            | Self::SmoothGrad
            | Self::SmoothGradPlain => true,
            Self::GuidedIg
            | Self::Gradient
            | Self::InputXGradient
            | Self::GradCam
            | Self::GradCamPlusPlus
            | Self::AttentionRollout
            | Self::Occlusion
            | Self::Rise => false,
        }
    }

    /// True for methods that end with a gradient at the picture itself, for most settings.
    #[must_use]
    pub fn ends_at_input(self) -> bool {
        matches!(self, Self::Xrai | Self::XraiFast | Self::Ig)
    }

    /// Every method, in the order in which a chooser lists them.
    #[must_use]
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        ENTRIES.iter().map(|entry| entry.method)
    }

    fn entry(self) -> &'static Entry {
        // Each method has a row (a test holds that); the first row stands in for one without.
        ENTRIES
            .iter()
            .find(|entry| entry.method == self)
            .unwrap_or(&ENTRIES[0])
    }

    /// Short name for the command line and files, such as `xrai-fast`.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.entry().id
    }

    /// The name people read, such as `Integrated gradients`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    /// What it does, in one plain sentence.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        self.entry().sentence
    }

    /// True where a layer of the network can be chosen.
    #[must_use]
    pub fn has_layer(self) -> bool {
        matches!(self, Self::GradCam | Self::GradCamPlusPlus)
    }

    /// True for XRAI in either form.
    #[must_use]
    pub fn is_xrai(self) -> bool {
        matches!(self, Self::Xrai | Self::XraiFast)
    }

    /// True where the method compares the picture with a baseline that can be chosen.
    #[must_use]
    pub fn has_baseline(self) -> bool {
        matches!(
            self,
            Self::Xrai | Self::XraiFast | Self::Ig | Self::GuidedIg
        )
    }

    /// True for integrated gradients and XRAI, whose steps can be chosen by the method and added up
    /// by either rule of [`super::Integration`].
    #[must_use]
    pub fn has_integration(self) -> bool {
        self.is_xrai() || self == Self::Ig
    }

    /// True where random numbers are drawn.
    #[must_use]
    pub fn has_seed(self) -> bool {
        matches!(self, Self::SmoothGrad | Self::SmoothGradPlain | Self::Rise)
    }

    /// True where each channel of a pixel has its own value, shown by a [`super::View`].
    #[must_use]
    pub fn has_view(self) -> bool {
        !self.is_xrai()
            && !self.has_layer()
            && !matches!(self, Self::AttentionRollout | Self::Occlusion | Self::Rise)
    }

    /// True where the number of steps (or samples, or masks) can be chosen.
    #[must_use]
    pub fn has_steps(self) -> bool {
        !matches!(
            self,
            Self::Gradient
                | Self::InputXGradient
                | Self::GradCam
                | Self::GradCamPlusPlus
                | Self::AttentionRollout
                | Self::Occlusion
        )
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

impl FromStr for Method {
    type Err = SaliencyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        ENTRIES
            .iter()
            .find(|entry| entry.id.eq_ignore_ascii_case(text))
            .map(|entry| entry.method)
            .ok_or_else(|| SaliencyError::UnknownMethod {
                given: text.to_owned(),
                known: ENTRIES
                    .iter()
                    .map(|entry| entry.id)
                    .collect::<Vec<_>>()
                    .join(", "),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Listed a second time on purpose: the compiler then asks for a row for a new method.
    const fn row(method: Method) -> usize {
        match method {
            Method::Xrai => 0,
            Method::XraiFast => 1,
            Method::Ig => 2,
            Method::GuidedIg => 3,
            Method::BlurIg => 4,
            Method::Gradient => 5,
            Method::SmoothGrad => 6,
            Method::SmoothGradPlain => 7,
            Method::InputXGradient => 8,
            Method::GradCam => 9,
            Method::GradCamPlusPlus => 10,
            Method::AttentionRollout => 11,
            Method::Occlusion => 12,
            Method::Rise => 13,
        }
    }

    #[test]
    fn each_method_has_one_row_and_its_id_round_trips() {
        for (i, method) in Method::all().enumerate() {
            assert_eq!(row(method), i);
            assert_eq!(method.id().parse::<Method>().unwrap(), method);
            assert_eq!(method.to_string(), method.id());
            // What serde writes into explanation.json is the same word.
            assert_eq!(
                serde_json::to_string(&method).unwrap(),
                format!("\"{}\"", method.id())
            );
        }
    }

    #[test]
    fn an_unknown_method_is_told_the_choices() {
        let message = "lime".parse::<Method>().unwrap_err().to_string();
        assert!(message.contains("lime") && message.contains("xrai-fast"));
        assert!(!message.contains('\n'));
    }
}
