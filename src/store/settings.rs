//! What is remembered between runs: theme, motion, size, the last model and method, how much the
//! caches may hold.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::hold;
use super::toml_file::TomlFile;
use crate::classifier::Device;
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

/// The remembered settings. Missing ones default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// Left, top, width and height of the window when it was closed, in physical pixels.
    pub window: Option<[i32; 4]>,
    /// Most that prepared graphs take on disk, in MB (2^20 bytes).
    pub graphs_limit_mb: u32,
    /// Most that results take on disk, in MB.
    pub results_limit_mb: u32,
    /// The networks' files that were opened last, the latest first.
    pub recent_models: Vec<String>,
    /// The folders, archives and indexes of pictures that were opened last, the latest first.
    pub recent_folders: Vec<String>,
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
            window: None,
            graphs_limit_mb: 1024,
            results_limit_mb: 256,
            recent_models: Vec::new(),
            recent_folders: Vec::new(),
        }
    }
}

/// How many files of a kind are remembered.
const MOST_RECENT: usize = 6;

/// Puts `path` at the beginning of `list`. A path that is no text cannot be written down.
fn remember(list: &mut Vec<String>, path: &Path) {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let Some(text) = whole.to_str() else { return };
    list.retain(|known| known != text);
    list.insert(0, text.to_owned());
    list.truncate(MOST_RECENT);
}

/// Larger settings files are not ours.
const MAX_BYTES: u64 = 64 * 1024;

/// Why settings could not be kept.
#[derive(Debug, thiserror::Error)]
#[error("the settings could not be saved in {}: {source}", path.display())]
pub struct SettingsError {
    path: PathBuf,
    source: std::io::Error,
}

impl Settings {
    /// Remembers that the network's file at `path` was opened.
    pub fn opened_model(&mut self, path: &Path) {
        remember(&mut self.recent_models, path);
    }

    /// Remembers that the pictures at `path` were opened.
    pub fn opened_folder(&mut self, path: &Path) {
        remember(&mut self.recent_folders, path);
    }

    /// Where the settings of this user live.
    #[must_use]
    pub fn path(home: &Home) -> PathBuf {
        home.data.join("settings.toml")
    }

    /// Reads the settings at `path`, and what a person should be told about those that cannot be
    /// read: each of them alone is the default. Numbers out of range are brought into it.
    #[must_use]
    pub fn load(path: &Path) -> (Self, Option<String>) {
        let (mut settings, trouble) = match TomlFile::read(path, MAX_BYTES) {
            Ok(mut file) => {
                let settings = read(&mut file);
                (settings, file.trouble())
            }
            Err(error) => (
                Self::default(),
                Some(format!(
                    "{} cannot be read: {error}. The settings are as in the beginning; move the file away to change them.",
                    path.display()
                )),
            ),
        };
        settings.scale = if settings.scale.is_finite() {
            settings.scale.clamp(1.0, 2.0)
        } else {
            1.0
        };
        (settings, trouble)
    }

    /// Writes what differs from `before` into the file at `path`; what another window changed
    /// meanwhile, and what is written there and is not known, stays. Returns where the file as it
    /// was is kept, if something in it could not be read.
    ///
    /// # Errors
    /// When the folder cannot be made or written, or the file that is there cannot be read.
    pub fn save(&self, path: &Path, before: &Self) -> Result<Option<PathBuf>, SettingsError> {
        let write = || {
            let _held = hold(path.parent().unwrap_or(Path::new(".")))?;
            let mut file = TomlFile::read(path, MAX_BYTES)?;
            read(&mut file);
            let (now, then) = (as_table(self), as_table(before));
            for key in now.keys().chain(then.keys()) {
                if now.get(key) == then.get(key) {
                    continue;
                }
                match now.get(key) {
                    Some(value) => set(&mut file.document, key, value)?,
                    None => {
                        file.document.remove(key);
                    }
                }
            }
            file.write()
        };
        write().map_err(|source| SettingsError {
            path: path.to_owned(),
            source,
        })
    }
}

/// The settings in a file; entries that make no sense are told.
fn read(file: &mut TomlFile) -> Settings {
    let mut settings = Settings::default();
    let Ok(entries) = file.document.to_string().parse::<Table>() else {
        return settings;
    };
    for (key, value) in entries {
        let mut with = as_table(&settings);
        with.insert(key.clone(), value);
        match Value::Table(with).try_into() {
            Ok(read) => settings = read,
            Err(_) => file.spoilt(format!("the value of {key}")),
        }
    }
    settings
}

fn as_table(settings: &Settings) -> Table {
    // Plain values in a struct always make a table.
    Table::try_from(settings).unwrap_or_default()
}

/// Sets an entry and leaves the comments around it.
fn set(document: &mut toml_edit::DocumentMut, key: &str, value: &Value) -> std::io::Result<()> {
    let value: toml_edit::Value = value.to_string().parse().map_err(std::io::Error::other)?;
    if let Some(there) = document
        .get_mut(key)
        .and_then(toml_edit::Item::as_value_mut)
    {
        let around = there.decor().clone();
        *there = value;
        *there.decor_mut() = around;
    } else {
        document[key] = toml_edit::Item::Value(value);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved(path: &Path, change: impl FnOnce(&mut Settings)) -> Option<PathBuf> {
        let (before, _) = Settings::load(path);
        let mut after = before.clone();
        change(&mut after);
        after.save(path, &before).unwrap()
    }

    #[test]
    fn what_was_opened_last_comes_first_and_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("settings.toml");
        saved(&path, |settings| {
            for name in ["a", "b", "c", "a"] {
                settings.opened_model(Path::new("/models").join(name).as_path());
            }
            for number in 0..20 {
                settings.opened_folder(Path::new("/pictures").join(number.to_string()).as_path());
            }
        });
        let (settings, trouble) = Settings::load(&path);
        assert_eq!(trouble, None);
        assert_eq!(
            settings.recent_models,
            ["/models/a", "/models/c", "/models/b"]
        );
        assert_eq!(settings.recent_folders.len(), MOST_RECENT);
        assert_eq!(settings.recent_folders[0], "/pictures/19");
    }

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
            window: Some([-10, 20, 1280, 800]),
            graphs_limit_mb: 500,
            ..Settings::default()
        };
        settings.save(&path, &Settings::default()).unwrap();
        assert_eq!(Settings::load(&path), (settings.clone(), None));
        // What is no more is taken out.
        Settings::default().save(&path, &settings).unwrap();
        assert_eq!(Settings::load(&path), (Settings::default(), None));
    }

    #[test]
    fn two_windows_change_different_things() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("settings.toml");
        let (one, _) = Settings::load(&path);
        let two = one.clone();
        let dark = Settings {
            theme: ThemeChoice::Dark,
            ..one.clone()
        };
        dark.save(&path, &one).unwrap();
        let quick = Settings {
            method: Some("gradient".to_owned()),
            ..two.clone()
        };
        quick.save(&path, &two).unwrap();
        let (both, _) = Settings::load(&path);
        assert_eq!((both.theme, both.method), (ThemeChoice::Dark, quick.method));
    }

    /// One bad value dropped every setting, and the next choice wrote over them.
    #[test]
    fn a_bad_value_costs_itself_and_nothing_is_written_over() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("settings.toml");
        let text = "theme = \"sepia\"\nscale = 1.5 # for my eyes\nmodel = \"a\"\nnewer_thing = [1, 2]\n\n[newer]\nx = 1\n";
        std::fs::write(&path, text).unwrap();
        let (settings, trouble) = Settings::load(&path);
        assert_eq!(settings.theme, ThemeChoice::System);
        assert_eq!(
            (settings.scale, settings.model.as_deref()),
            (1.5, Some("a"))
        );
        assert!(trouble.unwrap().contains("the value of theme"));
        let aside = saved(&path, |settings| settings.theme = ThemeChoice::Dark).unwrap();
        assert_eq!(std::fs::read_to_string(aside).unwrap(), text);
        let after = std::fs::read_to_string(&path).unwrap();
        assert_eq!(after, text.replace("sepia", "dark"));
        assert_eq!(saved(&path, |settings| settings.motion = false), None);
        let after = std::fs::read_to_string(&path).unwrap();
        assert!(after.contains("newer_thing = [1, 2]\n") && after.contains("[newer]\nx = 1"));
        assert!(!Settings::load(&path).0.motion);
    }

    #[test]
    fn what_is_no_settings_file_is_told_and_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("settings.toml");
        assert_eq!(Settings::load(&path), (Settings::default(), None));
        std::fs::write(&path, b"\xff\xfe not toml\nmotion = false\n").unwrap();
        let (settings, trouble) = Settings::load(&path);
        assert!(!settings.motion && trouble.is_some());
        std::fs::write(&path, "scale = 900.0\nnew_thing = 3").unwrap();
        assert!((Settings::load(&path).0.scale - 2.0).abs() < 1e-6);
        // Too large to be ours.
        let large = "# x\n".repeat(20_000);
        std::fs::write(&path, &large).unwrap();
        assert!(Settings::load(&path).1.is_some());
        let dark = Settings {
            theme: ThemeChoice::Dark,
            ..Settings::default()
        };
        assert!(dark.save(&path, &Settings::default()).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), large);
    }
}
