//! What is remembered between runs: theme, motion, size, the last model and method.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use bevy::prelude::Resource;
use bevy_egui::egui::ThemePreference;
use serde::{Deserialize, Serialize};

use crate::classifier::Device;
use crate::files::write_atomic;
use crate::home::Home;

/// Light, dark, or as the system says.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThemeChoice {
    /// As the system says; light where it says nothing.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl From<ThemeChoice> for ThemePreference {
    fn from(choice: ThemeChoice) -> Self {
        match choice {
            ThemeChoice::System => Self::System,
            ThemeChoice::Light => Self::Light,
            ThemeChoice::Dark => Self::Dark,
        }
    }
}

/// The remembered settings. Unknown entries of a newer version are ignored, missing ones default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Resource)]
#[serde(default)]
pub struct Settings {
    /// Light, dark or system.
    pub theme: ThemeChoice,
    /// False stops every animation.
    pub motion: bool,
    /// Size of the interface, 1 to 2; a kiosk uses 1.5.
    pub scale: f32,
    /// Where networks run.
    pub device: Device,
    /// Identifier of the last model.
    pub model: Option<String>,
    /// Identifier of the last method.
    pub method: Option<String>,
    /// Name of the last colormap.
    pub colormap: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: ThemeChoice::System,
            motion: true,
            scale: 1.0,
            device: Device::Auto,
            model: None,
            method: None,
            colormap: None,
        }
    }
}

/// Larger settings files are not ours.
const MAX_BYTES: u64 = 64 * 1024;

/// Why settings could not be kept. Reading never fails: what cannot be read is the default.
#[derive(Debug, thiserror::Error)]
#[error("the settings could not be saved in {}: {source}", path.display())]
pub struct SettingsError {
    path: PathBuf,
    source: std::io::Error,
}

impl Settings {
    /// Where the settings of this user live.
    #[must_use]
    pub fn path(home: &Home) -> PathBuf {
        home.data.join("settings.toml")
    }

    /// Reads the settings at `path`. A missing or unreadable file gives the defaults, and values
    /// out of range are brought into it.
    #[must_use]
    pub fn load(path: &Path) -> Self {
        let small = std::fs::metadata(path).is_ok_and(|meta| meta.len() <= MAX_BYTES);
        let mut settings: Self = small
            .then(|| std::fs::read_to_string(path).ok())
            .flatten()
            .and_then(|text| toml::from_str(&text).ok())
            .unwrap_or_default();
        settings.scale = if settings.scale.is_finite() {
            settings.scale.clamp(1.0, 2.0)
        } else {
            1.0
        };
        settings
    }

    /// Writes the settings to `path` through a temporary file beside it, so that a crash leaves
    /// the old ones.
    ///
    /// # Errors
    /// When the folder cannot be made or written.
    pub fn save(&self, path: &Path) -> Result<(), SettingsError> {
        toml::to_string_pretty(self)
            .map_err(std::io::Error::other)
            .and_then(|text| write_atomic(path, |file| file.write_all(text.as_bytes())))
            .map_err(|source| SettingsError {
                path: path.to_owned(),
                source,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_a_round_trip() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep").join("settings.toml");
        let settings = Settings {
            theme: ThemeChoice::Dark,
            motion: false,
            scale: 1.5,
            device: Device::Cuda,
            model: Some("squeezenet".to_owned()),
            ..Settings::default()
        };
        settings.save(&path).unwrap();
        assert_eq!(Settings::load(&path), settings);
        let left: Vec<_> = std::fs::read_dir(path.parent().unwrap()).unwrap().collect();
        assert_eq!(left.len(), 1, "no temporary file stays behind");
    }

    #[test]
    fn junk_gives_the_defaults() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("settings.toml");
        assert_eq!(Settings::load(&path), Settings::default());
        std::fs::write(&path, b"\xff\xfe not toml").unwrap();
        assert_eq!(Settings::load(&path), Settings::default());
        std::fs::write(&path, "scale = 900.0\nnew_thing = 3").unwrap();
        assert!((Settings::load(&path).scale - 2.0).abs() < 1e-6);
    }
}
