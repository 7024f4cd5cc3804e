//! The names of the corruptions.

use std::fmt;
use std::str::FromStr;

use super::CorruptionError;

/// One of the 19 ways ImageNet-C spoils a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Corruption {
    /// Normal noise on every channel.
    GaussianNoise,
    /// Photon counting noise.
    ShotNoise,
    /// Salt and pepper.
    ImpulseNoise,
    /// A lens out of focus.
    DefocusBlur,
    /// Frosted glass.
    GlassBlur,
    /// A moving camera.
    MotionBlur,
    /// A camera that zooms.
    ZoomBlur,
    /// Falling snow.
    Snow,
    /// A frosted pane.
    Frost,
    /// Fog.
    Fog,
    /// Too much light.
    Brightness,
    /// Too little contrast.
    Contrast,
    /// Stretched like rubber.
    ElasticTransform,
    /// Large pixels.
    Pixelate,
    /// Saved as JPEG at low quality.
    JpegCompression,
    /// Noise that grows with brightness.
    SpeckleNoise,
    /// Gaussian blur.
    GaussianBlur,
    /// Drops of water or mud.
    Spatter,
    /// Colours too pale or too strong.
    Saturate,
}

/// What part of the world a corruption comes from, as ImageNet-C groups them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CorruptionFamily {
    /// Noise of the sensor.
    Noise,
    /// The lens, the shutter, the glass.
    Blur,
    /// Snow, frost, fog, light, drops.
    Weather,
    /// What computers do to pictures.
    Digital,
}

impl CorruptionFamily {
    /// The word to show.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Noise => "Noise",
            Self::Blur => "Blur",
            Self::Weather => "Weather",
            Self::Digital => "Digital",
        }
    }
}

impl Corruption {
    /// All of them: the 15 of the benchmark in its order, then its 4 for validation.
    pub const ALL: [Self; 19] = [
        Self::GaussianNoise,
        Self::ShotNoise,
        Self::ImpulseNoise,
        Self::DefocusBlur,
        Self::GlassBlur,
        Self::MotionBlur,
        Self::ZoomBlur,
        Self::Snow,
        Self::Frost,
        Self::Fog,
        Self::Brightness,
        Self::Contrast,
        Self::ElasticTransform,
        Self::Pixelate,
        Self::JpegCompression,
        Self::SpeckleNoise,
        Self::GaussianBlur,
        Self::Spatter,
        Self::Saturate,
    ];

    /// Identifier (as in ImageNet-C), name to show, and one sentence for people.
    fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::GaussianNoise => (
                "gaussian_noise",
                "Gaussian noise",
                "Grain everywhere, as from a camera in poor light.",
            ),
            Self::ShotNoise => (
                "shot_noise",
                "Shot noise",
                "Too few photons: light arrives in lumps, most visible where it is bright.",
            ),
            Self::ImpulseNoise => (
                "impulse_noise",
                "Impulse noise",
                "Salt and pepper: single dots turn fully bright or dark.",
            ),
            Self::DefocusBlur => (
                "defocus_blur",
                "Defocus blur",
                "The lens is out of focus: every point becomes a disc.",
            ),
            Self::GlassBlur => (
                "glass_blur",
                "Glass blur",
                "Seen through frosted glass: pixels change places with their neighbours.",
            ),
            Self::MotionBlur => (
                "motion_blur",
                "Motion blur",
                "The camera moved while the shutter was open.",
            ),
            Self::ZoomBlur => (
                "zoom_blur",
                "Zoom blur",
                "The camera rushed forward while the shutter was open.",
            ),
            Self::Snow => ("snow", "Snow", "Snow blows past and everything pales."),
            Self::Frost => ("frost", "Frost", "Seen through a pane with frost flowers."),
            Self::Fog => ("fog", "Fog", "A cloud hangs before the picture."),
            Self::Brightness => ("brightness", "Brightness", "Too much light in the picture."),
            Self::Contrast => (
                "contrast",
                "Contrast",
                "Light and dark are nearly the same, as in haze or dusk.",
            ),
            Self::ElasticTransform => (
                "elastic_transform",
                "Elastic transform",
                "Small patches are pulled this way and that, like print on rubber.",
            ),
            Self::Pixelate => ("pixelate", "Pixelate", "So few pixels that they show."),
            Self::JpegCompression => (
                "jpeg_compression",
                "JPEG compression",
                "Saved too small: blocks and rings appear.",
            ),
            Self::SpeckleNoise => (
                "speckle_noise",
                "Speckle noise",
                "Grain that grows where the picture is bright.",
            ),
            Self::GaussianBlur => ("gaussian_blur", "Gaussian blur", "A soft, even blur."),
            Self::Spatter => (
                "spatter",
                "Spatter",
                "Drops of water on the lens; from severity 4 on, mud.",
            ),
            Self::Saturate => (
                "saturate",
                "Saturation",
                "Colours fade (severity 1 and 2) or glare (3 to 5).",
            ),
        }
    }

    /// The identifier used in files and on the command line, as in ImageNet-C: `gaussian_noise`.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.words().0
    }

    /// The name to show: `Gaussian noise`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.words().1
    }

    /// What it looks like or comes from, in one sentence.
    #[must_use]
    pub fn description(self) -> &'static str {
        self.words().2
    }

    /// The group it belongs to.
    #[must_use]
    pub fn family(self) -> CorruptionFamily {
        match self {
            Self::GaussianNoise | Self::ShotNoise | Self::ImpulseNoise | Self::SpeckleNoise => {
                CorruptionFamily::Noise
            }
            Self::DefocusBlur
            | Self::GlassBlur
            | Self::MotionBlur
            | Self::ZoomBlur
            | Self::GaussianBlur => CorruptionFamily::Blur,
            Self::Snow | Self::Frost | Self::Fog | Self::Brightness | Self::Spatter => {
                CorruptionFamily::Weather
            }
            Self::Contrast
            | Self::ElasticTransform
            | Self::Pixelate
            | Self::JpegCompression
            | Self::Saturate => CorruptionFamily::Digital,
        }
    }

    /// Whether the seed changes anything.
    #[must_use]
    pub fn is_random(self) -> bool {
        !matches!(
            self,
            Self::DefocusBlur
                | Self::ZoomBlur
                | Self::Brightness
                | Self::Contrast
                | Self::Pixelate
                | Self::JpegCompression
                | Self::GaussianBlur
                | Self::Saturate
        )
    }

    /// Memory for each pixel of a picture, the picture included, in bytes (measured at 12 megapixels).
    pub(super) fn bytes_per_pixel(self) -> u64 {
        match self {
            Self::ZoomBlur => 31,
            Self::ElasticTransform => 27,
            Self::Fog => 25,
            Self::DefocusBlur | Self::GlassBlur | Self::Spatter => 23,
            Self::MotionBlur | Self::GaussianBlur | Self::JpegCompression => 20,
            _ => 15,
        }
    }
}

impl fmt::Display for Corruption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl FromStr for Corruption {
    type Err = CorruptionError;

    /// Reads an identifier. Case does not matter, and `-` or a blank may stand for `_`.
    fn from_str(text: &str) -> Result<Self, CorruptionError> {
        let id = text.trim().to_ascii_lowercase().replace(['-', ' '], "_");
        Self::ALL
            .into_iter()
            .find(|corruption| corruption.id() == id)
            .ok_or_else(|| CorruptionError::Name(text.to_owned()))
    }
}

/// The identifiers, for a message.
pub(super) fn all_names() -> String {
    Corruption::ALL.map(Corruption::id).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_what_they_name() {
        for corruption in Corruption::ALL {
            assert_eq!(corruption.id().parse::<Corruption>(), Ok(corruption));
            assert_eq!(
                corruption.name().is_empty(),
                corruption.description().is_empty()
            );
            assert!(corruption.description().ends_with('.'));
        }
        assert_eq!(" Glass-Blur ".parse(), Ok(Corruption::GlassBlur));
        let error = "smog".parse::<Corruption>().map_err(|e| e.to_string());
        assert!(matches!(&error, Err(text) if text.contains("smog") && text.contains("saturate")));
    }
}
