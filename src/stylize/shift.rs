//! A shift: something done to a picture that a robust network should bear, and whoever does it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;

use image::RgbImage;

use super::corruption::{Corruption, CorruptionError, corrupt};
use super::style::{Finish, StyleError, StyleNetworks, mix};
use crate::home::Home;
use crate::picture::{self, Picture, PictureError};
use crate::progress::Observer;

/// What is done to a picture. Written as `fog:3`, `style:brick` or `style:brick:60`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Shift {
    /// Painted in a texture: its name or file, and how much of the painting in percent, 0-100.
    Painted(String, u8),
    /// One of ImageNet-C's corruptions at a severity from 1 to 5.
    Corrupted(Corruption, u8),
}

impl Shift {
    /// What it is a step of, such as `fog` or `style:brick`.
    #[must_use]
    pub fn family(&self) -> String {
        match self {
            Self::Corrupted(corruption, _) => corruption.id().to_owned(),
            Self::Painted(texture, _) => format!("style:{texture}"),
        }
    }

    /// How strong it is within its family: a severity 1-5, or a strength in percent.
    #[must_use]
    pub fn level(&self) -> u8 {
        match self {
            Self::Corrupted(_, level) | Self::Painted(_, level) => *level,
        }
    }
}

impl FromStr for Shift {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, level) = text
            .split_once(':')
            .ok_or_else(|| format!("{text:?} is no shift; write it as fog:3 or style:brick"))?;
        if name.eq_ignore_ascii_case("style") {
            let (texture, strength) = match level.rsplit_once(':') {
                Some((texture, percent)) => (texture, percent.trim().parse().ok()),
                None => (level, Some(100)),
            };
            return match strength.filter(|s| *s <= 100) {
                Some(strength) if !texture.is_empty() => {
                    Ok(Self::Painted(texture.to_owned(), strength))
                }
                _ => Err(format!(
                    "{text:?}: write it as style:brick or style:brick:60"
                )),
            };
        }
        let severity = level.trim().parse::<u8>().ok();
        Ok(Self::Corrupted(
            name.parse().map_err(|e| format!("{e}"))?,
            severity
                .filter(|s| (1..=5).contains(s))
                .ok_or_else(|| format!("{text:?}: severity goes from 1 to 5"))?,
        ))
    }
}

impl std::fmt::Display for Shift {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Corrupted(corruption, severity) => write!(f, "{}:{severity}", corruption.id()),
            Self::Painted(texture, 100) => write!(f, "style:{texture}"),
            Self::Painted(texture, strength) => write!(f, "style:{texture}:{strength}"),
        }
    }
}

/// Why a picture could not be shifted. One line each.
#[derive(Debug, thiserror::Error)]
pub enum ShiftError {
    /// The corruption failed.
    #[error(transparent)]
    Corruption(#[from] CorruptionError),
    /// The painting failed or was cancelled.
    #[error(transparent)]
    Style(#[from] StyleError),
    /// The texture cannot be read.
    #[error(transparent)]
    Texture(#[from] PictureError),
    /// A texture that was not given.
    #[error("there is no texture {0:?}; name it when the work begins")]
    NoTexture(String),
}

/// Shifts pictures: holds the style networks and the textures.
#[derive(Debug)]
pub struct Easel {
    networks: Option<StyleNetworks>,
    /// The textures by the name that shifts call them.
    textures: BTreeMap<String, Picture>,
    /// Where random numbers start.
    seed: u64,
}

impl Easel {
    /// An easel with the textures that `shifts` name: installed pictures by name, or files. The
    /// style networks are opened only when one of the shifts paints.
    ///
    /// # Errors
    /// When a texture cannot be read or the style networks are not installed.
    pub fn for_shifts(shifts: &[Shift], seed: u64, home: &Home) -> Result<Self, ShiftError> {
        let mut easel = Self {
            networks: None,
            textures: BTreeMap::new(),
            seed,
        };
        for shift in shifts {
            if let Shift::Painted(name, _) = shift
                && !easel.textures.contains_key(name)
            {
                easel.add_texture(name.clone(), texture(name, home)?, home)?;
            }
        }
        Ok(easel)
    }

    /// An easel without textures: it can only corrupt.
    #[must_use]
    pub fn plain() -> Self {
        Self {
            networks: None,
            textures: BTreeMap::new(),
            seed: 0,
        }
    }

    /// Adds a texture under the name that shifts call it.
    ///
    /// # Errors
    /// When the style networks are not installed.
    pub fn add_texture(
        &mut self,
        name: String,
        texture: Picture,
        home: &Home,
    ) -> Result<(), ShiftError> {
        if self.networks.is_none() {
            self.networks = Some(StyleNetworks::open(home)?);
        }
        self.textures.insert(name, texture);
        Ok(())
    }

    /// Name and content hash of each texture.
    pub fn textures(&self) -> impl Iterator<Item = (&str, &str)> {
        self.textures
            .iter()
            .map(|(name, picture)| (name.as_str(), picture.sha256.as_str()))
    }

    /// `picture` after `shift`, at its own size.
    ///
    /// # Errors
    /// When the texture was not given, a network fails, or `observer` cancels.
    pub fn shifted(
        &self,
        picture: &RgbImage,
        shift: &Shift,
        observer: &dyn Observer,
    ) -> Result<RgbImage, ShiftError> {
        match shift {
            Shift::Corrupted(corruption, severity) => {
                Ok(corrupt(picture, *corruption, *severity, self.seed)?)
            }
            Shift::Painted(texture, strength) => {
                let painting = self.painting(picture, texture, observer)?;
                Ok(mix(picture, &painting, f32::from(*strength) / 100.0, false))
            }
        }
    }

    /// `picture` painted in a texture at full strength, at its own size.
    ///
    /// # Errors
    /// As [`Self::shifted`].
    pub fn painting(
        &self,
        picture: &RgbImage,
        texture: &str,
        observer: &dyn Observer,
    ) -> Result<RgbImage, ShiftError> {
        let (Some(networks), Some(texture)) = (&self.networks, self.textures.get(texture)) else {
            return Err(ShiftError::NoTexture(texture.to_owned()));
        };
        let style = networks.style_of(texture)?;
        Ok(networks.stylize(picture, &style, Finish::Guided, observer)?)
    }
}

/// A texture: an installed picture by its name, or any file.
///
/// # Errors
/// When there is neither, or it is no picture.
pub fn texture(name: &str, home: &Home) -> Result<Picture, PictureError> {
    let assets = home.root.join("assets");
    let path = [
        home.installed_assets(),
        assets.join("textures"),
        assets.join("shapes"),
    ]
    .iter()
    .flat_map(|folder| picture::list_folder(folder).unwrap_or_default())
    .find(|path| path.file_stem().is_some_and(|stem| stem == name))
    .unwrap_or_else(|| PathBuf::from(name));
    picture::open(&path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;

    #[test]
    fn shifts_are_written_as_they_are_read() {
        for (text, shown, family, level) in [
            ("fog:3", "fog:3", "fog", 3),
            ("Gaussian-Noise:5", "gaussian_noise:5", "gaussian_noise", 5),
            ("style:brick", "style:brick", "style:brick", 100),
            ("style:brick:100", "style:brick", "style:brick", 100),
            ("style:a/b.png:60", "style:a/b.png:60", "style:a/b.png", 60),
        ] {
            let shift = text.parse::<Shift>().unwrap();
            assert_eq!(shift.to_string(), shown);
            assert_eq!((shift.family().as_str(), shift.level()), (family, level));
        }
        for bad in [
            "fog",
            "fog:0",
            "fog:6",
            "haze:3",
            "style:",
            "style:brick:101",
            "style::5",
        ] {
            let error = bad.parse::<Shift>().unwrap_err();
            assert!(!error.contains('\n'), "{error}");
        }
    }

    #[test]
    fn a_corruption_needs_no_texture_and_a_painting_does() {
        let (folder, mut home) = (tempfile::tempdir().unwrap(), Home::find());
        home.root = folder.path().to_owned();
        let fog: Shift = "fog:2".parse().unwrap();
        let easel = Easel::for_shifts(std::slice::from_ref(&fog), 7, &home).unwrap();
        let picture = RgbImage::from_pixel(20, 10, image::Rgb([90, 20, 200]));
        let shifted = easel.shifted(&picture, &fog, &Silent).unwrap();
        assert_eq!(shifted, corrupt(&picture, Corruption::Fog, 2, 7).unwrap());
        let brick = "style:brick".parse().unwrap();
        assert!(matches!(
            easel.shifted(&picture, &brick, &Silent),
            Err(ShiftError::NoTexture(_))
        ));
    }
}
