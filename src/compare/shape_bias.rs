//! Shape or texture: which of the two a network follows when they disagree.
//!
//! Geirhos et al.: "ImageNet-trained CNNs are biased towards texture" (2019), with the code and
//! data of rgeirhos/texture-vs-shape. The 1000 classes of ImageNet are gathered in 16 that people
//! name at once; a class's probability is the *mean* over its members, and the highest one is the
//! decision. Other aggregations give other figures, so state [`AGGREGATION`] with every score.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

/// How a score was made, to be said beside it.
pub const AGGREGATION: &str = "16 classes by the mean probability of their ImageNet members; shape decisions / (shape + texture decisions)";

/// One of the 16 classes in which shape and texture are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it all")]
pub enum CueClass {
    Airplane,
    Bear,
    Bicycle,
    Bird,
    Boat,
    Bottle,
    Car,
    Cat,
    Chair,
    Clock,
    Dog,
    Elephant,
    Keyboard,
    Knife,
    Oven,
    Truck,
}

impl CueClass {
    /// All of them, by name.
    pub const ALL: [Self; 16] = [
        Self::Airplane,
        Self::Bear,
        Self::Bicycle,
        Self::Bird,
        Self::Boat,
        Self::Bottle,
        Self::Car,
        Self::Cat,
        Self::Chair,
        Self::Clock,
        Self::Dog,
        Self::Elephant,
        Self::Keyboard,
        Self::Knife,
        Self::Oven,
        Self::Truck,
    ];

    /// What people call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Airplane => "airplane",
            Self::Bear => "bear",
            Self::Bicycle => "bicycle",
            Self::Bird => "bird",
            Self::Boat => "boat",
            Self::Bottle => "bottle",
            Self::Car => "car",
            Self::Cat => "cat",
            Self::Chair => "chair",
            Self::Clock => "clock",
            Self::Dog => "dog",
            Self::Elephant => "elephant",
            Self::Keyboard => "keyboard",
            Self::Knife => "knife",
            Self::Oven => "oven",
            Self::Truck => "truck",
        }
    }

    /// The class's members among ImageNet's 1000, as ranges of class numbers.
    #[must_use]
    pub fn members(self) -> &'static [RangeInclusive<usize>] {
        match self {
            Self::Airplane => &[404..=404],
            Self::Bear => &[294..=297],
            Self::Bicycle => &[444..=444, 671..=671],
            Self::Bird => &[
                8..=8,
                10..=16,
                18..=20,
                22..=24,
                80..=83,
                87..=96,
                98..=100,
                127..=133,
                135..=145,
            ],
            Self::Boat => &[472..=472, 554..=554, 625..=625, 814..=814, 914..=914],
            Self::Bottle => &[
                440..=440,
                720..=720,
                737..=737,
                898..=899,
                901..=901,
                907..=907,
            ],
            Self::Car => &[436..=436, 511..=511, 817..=817],
            Self::Cat => &[281..=286],
            Self::Chair => &[423..=423, 559..=559, 765..=765, 857..=857],
            Self::Clock => &[409..=409, 530..=530, 892..=892],
            Self::Dog => &[
                152..=191,
                193..=203,
                205..=226,
                228..=241,
                243..=250,
                252..=257,
                259..=259,
                261..=263,
                265..=268,
            ],
            Self::Elephant => &[385..=386],
            Self::Keyboard => &[508..=508, 878..=878],
            Self::Knife => &[499..=499],
            Self::Oven => &[766..=766],
            Self::Truck => &[
                555..=555,
                569..=569,
                656..=656,
                675..=675,
                717..=717,
                734..=734,
                864..=864,
                867..=867,
            ],
        }
    }

    /// The class of which an ImageNet class is a member; `None` for most.
    #[must_use]
    pub fn of_imagenet(class: usize) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|c| c.members().iter().any(|range| range.contains(&class)))
    }
}

/// How probable a network finds each of the 16 classes.
#[derive(Debug, Clone, PartialEq)]
pub struct Cues([f64; 16]);

impl Cues {
    /// From the probabilities of ImageNet's 1000 classes. `None` for another number of classes,
    /// where members are unknown.
    #[must_use]
    pub fn of_imagenet(probabilities: &[f32]) -> Option<Self> {
        if probabilities.len() != 1000 {
            return None;
        }
        Some(Self(CueClass::ALL.map(|class| {
            let members = || class.members().iter().flat_map(Clone::clone);
            let sum: f64 = members()
                .filter_map(|m| probabilities.get(m))
                .map(|&p| f64::from(p))
                .sum();
            sum / members().count() as f64
        })))
    }

    /// The mean probability of a class's members, 0-1.
    #[must_use]
    pub fn mean(&self, class: CueClass) -> f64 {
        self.0[class as usize]
    }

    /// A class's share of the 16 mean probabilities, 0-1: comparable between classes of different
    /// numbers of members, and adds up to 1. 0 when all are 0.
    #[must_use]
    pub fn share(&self, class: CueClass) -> f64 {
        let sum: f64 = self.0.iter().sum();
        if sum > 0.0 {
            self.mean(class) / sum
        } else {
            0.0
        }
    }

    /// The most probable of the 16, the first by name among equals.
    #[must_use]
    pub fn decision(&self) -> CueClass {
        CueClass::ALL
            .into_iter()
            .rev()
            .max_by(|&a, &b| self.mean(a).total_cmp(&self.mean(b)))
            .unwrap_or(CueClass::Airplane)
    }
}

/// What a network followed on one picture whose shape and texture disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Followed {
    /// Its shape.
    Shape,
    /// Its texture.
    Texture,
    /// Neither.
    Neither,
}

/// The verdict on one cue conflict.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// What the network followed.
    pub followed: Followed,
    /// The class of the shape.
    pub shape: CueClass,
    /// The class of the texture.
    pub texture: CueClass,
    /// The class it decided for.
    pub decision: CueClass,
    /// Share of the shape's class among the 16, 0-1.
    pub shape_share: f64,
    /// Share of the texture's class among the 16, 0-1.
    pub texture_share: f64,
}

impl Verdict {
    /// The verdict; `None` when shape and texture are of the same class, so that nothing is in
    /// conflict.
    #[must_use]
    pub fn of(cues: &Cues, shape: CueClass, texture: CueClass) -> Option<Self> {
        if shape == texture {
            return None;
        }
        let decision = cues.decision();
        Some(Self {
            followed: match decision {
                d if d == shape => Followed::Shape,
                d if d == texture => Followed::Texture,
                _ => Followed::Neither,
            },
            shape,
            texture,
            decision,
            shape_share: cues.share(shape),
            texture_share: cues.share(texture),
        })
    }

    /// The verdict in one sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let (shape, texture) = (self.shape.name(), self.texture.name());
        let (s, t) = (self.shape_share * 100.0, self.texture_share * 100.0);
        match self.followed {
            Followed::Shape => {
                format!("It saw the {shape}, not the {texture}: shape {s:.0} %, texture {t:.0} %.")
            }
            Followed::Texture => {
                format!("It saw the {texture}, not the {shape}: texture {t:.0} %, shape {s:.0} %.")
            }
            Followed::Neither => format!(
                "It saw neither the {shape} nor the {texture} but the {}: shape {s:.0} %, texture {t:.0} %.",
                self.decision.name()
            ),
        }
    }
}

/// Verdicts counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Decisions for the shape.
    pub shape: u64,
    /// Decisions for the texture.
    pub texture: u64,
    /// Decisions for neither.
    pub neither: u64,
}

impl Tally {
    /// Counts one more.
    pub fn add(&mut self, followed: Followed) {
        match followed {
            Followed::Shape => self.shape += 1,
            Followed::Texture => self.texture += 1,
            Followed::Neither => self.neither += 1,
        }
    }

    /// Shape bias, 0-1: shape decisions among those for shape or texture; `None` before there is
    /// one.
    #[must_use]
    pub fn shape_bias(&self) -> Option<f64> {
        let both = self.shape + self.texture;
        (both > 0).then(|| self.shape as f64 / both as f64)
    }

    /// The 95 % confidence interval of the shape bias (Wilson 1927); `None` before there is a
    /// decision.
    #[must_use]
    pub fn interval(&self) -> Option<(f64, f64)> {
        wilson(self.shape, self.shape + self.texture)
    }
}

/// The 95 % confidence interval of a share of `hits` in `all` (Wilson 1927); `None` when `all` is 0.
#[must_use]
pub fn wilson(hits: u64, all: u64) -> Option<(f64, f64)> {
    if all == 0 {
        return None;
    }
    let (n, z) = (all as f64, 1.959963984540054);
    let p = hits as f64 / n;
    let middle = p + z * z / (2.0 * n);
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    let whole = 1.0 + z * z / n;
    Some((
        ((middle - half) / whole).max(0.0),
        ((middle + half) / whole).min(1.0),
    ))
}

/// A published shape bias.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Published {
    /// Whose it is.
    pub who: &'static str,
    /// The shape bias, 0-1.
    pub shape_bias: f64,
}

/// Published figures on the same 1200 cue conflicts, highest first (rgeirhos/texture-vs-shape,
/// and EfficientNet-Lite0 measured on that data).
pub const PUBLISHED: [Published; 7] = [
    Published {
        who: "people",
        shape_bias: 0.959,
    },
    Published {
        who: "ResNet-50 trained on Stylized-ImageNet",
        shape_bias: 0.806,
    },
    Published {
        who: "AlexNet",
        shape_bias: 0.429,
    },
    Published {
        who: "GoogLeNet",
        shape_bias: 0.312,
    },
    Published {
        who: "EfficientNet-Lite0",
        shape_bias: 0.241,
    },
    Published {
        who: "ResNet-50",
        shape_bias: 0.221,
    },
    Published {
        who: "VGG-16",
        shape_bias: 0.172,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Counted from the list in rgeirhos/texture-vs-shape (`human_categories.py`), without the
    /// `WordNet` synsets that ImageNet's 1000 do not have.
    #[test]
    fn members_are_disjoint_and_as_many_as_published() {
        let counts = CueClass::ALL.map(|c| c.members().iter().flat_map(Clone::clone).count());
        assert_eq!(counts, [1, 4, 2, 49, 5, 7, 3, 6, 4, 3, 109, 2, 2, 1, 1, 8]);
        for class in CueClass::ALL {
            for member in class.members().iter().flat_map(Clone::clone) {
                assert_eq!(CueClass::of_imagenet(member), Some(class));
            }
        }
        assert_eq!(CueClass::of_imagenet(0), None);
        assert_eq!(CueClass::of_imagenet(285), Some(CueClass::Cat));
    }

    fn probabilities(pairs: &[(usize, f32)]) -> Vec<f32> {
        let mut all = vec![0.0; 1000];
        for &(class, p) in pairs {
            all[class] = p;
        }
        all
    }

    #[test]
    fn the_mean_decides_not_the_sum() {
        // Six cats share .6, one knife has .2: the mean of cats is .1, of knives .2.
        let mut cats: Vec<(usize, f32)> = (281..=286).map(|c| (c, 0.1)).collect();
        cats.push((499, 0.2));
        let cues = Cues::of_imagenet(&probabilities(&cats)).unwrap();
        assert_eq!(cues.decision(), CueClass::Knife);
        assert!((cues.mean(CueClass::Cat) - 0.1).abs() < 1e-6);
        let shares: f64 = CueClass::ALL.iter().map(|&c| cues.share(c)).sum();
        assert!((shares - 1.0).abs() < 1e-12);
        assert_eq!(Cues::of_imagenet(&[0.5; 10]), None);
    }

    #[test]
    fn the_verdict_says_what_was_followed() {
        let cues =
            Cues::of_imagenet(&probabilities(&[(385, 0.6), (386, 0.2), (281, 0.6)])).unwrap();
        let verdict = Verdict::of(&cues, CueClass::Cat, CueClass::Elephant).unwrap();
        assert_eq!(verdict.followed, Followed::Texture);
        assert_eq!(
            verdict.sentence(),
            "It saw the elephant, not the cat: texture 80 %, shape 20 %."
        );
        let verdict = Verdict::of(&cues, CueClass::Elephant, CueClass::Clock).unwrap();
        assert_eq!(verdict.followed, Followed::Shape);
        let verdict = Verdict::of(&cues, CueClass::Boat, CueClass::Clock).unwrap();
        assert_eq!(verdict.followed, Followed::Neither);
        assert!(verdict.sentence().contains("but the elephant"));
        assert_eq!(Verdict::of(&cues, CueClass::Cat, CueClass::Cat), None);
    }

    #[test]
    fn the_tally_is_the_shape_bias() {
        let mut tally = Tally::default();
        assert_eq!((tally.shape_bias(), tally.interval()), (None, None));
        for (followed, n) in [
            (Followed::Shape, 10),
            (Followed::Texture, 30),
            (Followed::Neither, 9),
        ] {
            for _ in 0..n {
                tally.add(followed);
            }
        }
        assert_eq!(tally.shape_bias(), Some(0.25));
        // SciPy 1.17.1: binomtest(10, 40).proportion_ci(method="wilson")
        let (low, high) = tally.interval().unwrap();
        assert!(
            (low - 0.1418712).abs() < 1e-6 && (high - 0.4019396).abs() < 1e-6,
            "{low} {high}"
        );
    }

    #[test]
    fn intervals_stay_within_shares() {
        assert_eq!(wilson(0, 5).unwrap().0, 0.0);
        assert!((wilson(5, 5).unwrap().1 - 1.0).abs() < 1e-12);
        assert_eq!(wilson(0, 0), None);
    }
}
