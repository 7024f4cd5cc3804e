//! The ways in which networks want their colours, as the form offers them.

use crate::classifier::Channels;

/// How a network wants its colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Normalisation {
    /// Minus `ImageNet`'s mean, divided by its deviation.
    #[default]
    ImageNet,
    /// From 0 to 1.
    Unit,
    /// From -1 to 1.
    Signed,
    /// Minus 127, divided by 128, as `EfficientNet-Lite`.
    Lite,
    /// Minus the mean colour in units of 0-255, as Caffe's networks.
    Caffe,
    /// As they are, 0 to 255.
    Raw,
    /// With the figures of the description that lies beside the file.
    Described,
    /// As other files beside it, the file itself or its network say.
    Found,
    /// With figures that are typed in.
    Own,
}

impl Normalisation {
    /// Those that need no description.
    pub const ALL: [Self; 6] = [
        Self::ImageNet,
        Self::Unit,
        Self::Signed,
        Self::Lite,
        Self::Caffe,
        Self::Raw,
    ];

    /// Words to show.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::ImageNet => "ImageNet mean and deviation",
            Self::Unit => "0 to 1",
            Self::Signed => "-1 to 1",
            Self::Lite => "Minus 127, by 128",
            Self::Caffe => "Minus mean colour (Caffe)",
            Self::Raw => "0 to 255, as they are",
            Self::Described => "As its description says",
            Self::Found => "As found in or beside the file",
            Self::Own => "Figures of your own",
        }
    }

    /// Mean and deviation of each channel, in units of 0-255, in the order of `channels`; none for
    /// [`Self::Described`].
    #[must_use]
    pub fn figures(self, channels: Channels) -> Option<([f32; 3], [f32; 3])> {
        let ordered = |rgb: [f32; 3]| match channels {
            Channels::Rgb => rgb,
            Channels::Bgr => [rgb[2], rgb[1], rgb[0]],
        };
        Some(match self {
            Self::ImageNet => (
                ordered([123.675, 116.28, 103.53]),
                ordered([58.395, 57.12, 57.375]),
            ),
            Self::Unit => ([0.0; 3], [255.0; 3]),
            Self::Signed => ([127.5; 3], [127.5; 3]),
            Self::Lite => ([127.0; 3], [128.0; 3]),
            Self::Caffe => (ordered([123.68, 116.779, 103.939]), [1.0; 3]),
            Self::Raw => ([0.0; 3], [1.0; 3]),
            Self::Described | Self::Found | Self::Own => return None,
        })
    }

    /// The one with these figures, if one has them.
    #[must_use]
    pub fn with(mean: [f32; 3], std: [f32; 3], channels: Channels) -> Option<Self> {
        let near = |a: [f32; 3], b: [f32; 3]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 0.02);
        Self::ALL.into_iter().find(|kind| {
            let figures = kind.figures(channels);
            figures.is_some_and(|(m, s)| near(m, mean) && near(s, std))
        })
    }
}
