//! What is kept on disk to save time: what it is, where, how much, and how to be rid of it.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use serde::Serialize;

use crate::bounded::{BoundedFolder, Limit};
use crate::classifier::GraphCache;
use crate::home::Home;
use crate::store::{Settings, SettingsError};

/// One kind of things that are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CacheKind {
    /// Explanations that were computed.
    Results,
    /// Networks, folded and differentiated, as ONNX Runtime opens them quickly.
    Graphs,
    /// Small pictures of the styles.
    Previews,
}

/// A bound that is no number of megabytes.
#[derive(Debug, thiserror::Error)]
pub enum LimitError {
    /// It cannot be understood.
    #[error("{0} is no size; write it like 500MB or 2GB")]
    Size(String),
    /// There is none for this kind.
    #[error("{0} have no limit of their own: they never take more than a few MB")]
    Unlimited(CacheKind),
    /// It could not be kept.
    #[error(transparent)]
    Settings(#[from] SettingsError),
}

/// How much there is of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// The kind.
    pub kind: CacheKind,
    /// Where it lies.
    pub folder: PathBuf,
    /// Number of files.
    pub files: usize,
    /// What they take.
    pub bytes: u64,
    /// The most they may take; `None` where the kind never takes much.
    pub limit: Option<u64>,
}

impl CacheKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Results, Self::Graphs, Self::Previews];

    /// The word for it on the command line.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Results => "results",
            Self::Graphs => "graphs",
            Self::Previews => "previews",
        }
    }

    /// What is kept and what for, in a few words.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::Results => "maps that were computed: shown again at once",
            Self::Graphs => "networks made ready: opened in a fraction of the time",
            Self::Previews => "small pictures of the styles",
        }
    }

    /// The folder it lies in.
    #[must_use]
    pub fn folder(self, home: &Home) -> PathBuf {
        home.cache.join(match self {
            Self::Results => "explanations",
            Self::Graphs => "graphs",
            Self::Previews => "swatches-1",
        })
    }

    fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Results => &["explanation"],
            Self::Graphs => GraphCache::ENDINGS,
            Self::Previews => &["png"],
        }
    }

    /// Most bytes that a person lets it take.
    fn limit(self, settings: &Settings) -> Option<u64> {
        let megabytes = match self {
            Self::Results => settings.results_limit_mb,
            Self::Graphs => settings.graphs_limit_mb,
            Self::Previews => return None,
        };
        Some(u64::from(megabytes) << 20)
    }

    /// The files of this kind, bounded by what the settings say at the time.
    #[must_use]
    pub fn open(self, home: &Home) -> BoundedFolder {
        let settings = Settings::path(home);
        let limit: Limit = Arc::new(move || {
            let (settings, _) = Settings::load(&settings);
            self.limit(&settings).unwrap_or(u64::MAX)
        });
        BoundedFolder::new(self.folder(home), self.endings(), limit)
    }

    /// The files of this kind, bounded by so many bytes.
    #[must_use]
    pub fn open_within(self, home: &Home, bytes: u64) -> BoundedFolder {
        BoundedFolder::new(self.folder(home), self.endings(), Arc::new(move || bytes))
    }

    /// How much there is.
    #[must_use]
    pub fn usage(self, home: &Home) -> Usage {
        let (files, bytes) = self.open(home).usage();
        let (settings, _) = Settings::load(&Settings::path(home));
        Usage {
            kind: self,
            folder: self.folder(home),
            files,
            bytes,
            limit: self.limit(&settings),
        }
    }

    /// Removes everything of this kind; returns the bytes that were freed.
    ///
    /// # Errors
    /// When something stays.
    pub fn clear(self, home: &Home) -> io::Result<u64> {
        self.open(home).clear()
    }

    /// Sets the most bytes it may take and removes what is too much.
    ///
    /// # Errors
    /// When the settings cannot be kept, or the kind has no limit.
    pub fn limit_to(self, home: &Home, megabytes: u32) -> Result<(), LimitError> {
        let path = Settings::path(home);
        let (before, _) = Settings::load(&path);
        let mut after = before.clone();
        match self {
            Self::Results => after.results_limit_mb = megabytes,
            Self::Graphs => after.graphs_limit_mb = megabytes,
            Self::Previews => return Err(LimitError::Unlimited(self)),
        }
        after.save(&path, &before)?;
        self.open(home).trim();
        Ok(())
    }
}

impl fmt::Display for CacheKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

impl FromStr for CacheKind {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.id() == word)
            .ok_or_else(|| format!("{word} is not kept; known are results, graphs, previews"))
    }
}

/// Where prepared networks of this user are kept.
#[must_use]
pub fn graphs(home: &Home) -> GraphCache {
    GraphCache::within(CacheKind::Graphs.open(home))
}

/// A size such as `500MB`, `2 GB` or `1.5G`, in MB (2^20 bytes); a number alone is MB.
///
/// # Errors
/// [`LimitError::Size`].
pub fn megabytes(size: &str) -> Result<u32, LimitError> {
    let wrong = || LimitError::Size(size.to_owned());
    let size_lower = size.trim().to_ascii_lowercase();
    let digits = size_lower.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == ' ');
    let factor = match size_lower.get(digits.len()..).unwrap_or_default().trim() {
        "" | "m" | "mb" | "mib" => 1.0,
        "g" | "gb" | "gib" => 1024.0,
        "t" | "tb" | "tib" => 1024.0 * 1024.0,
        _ => return Err(wrong()),
    };
    let number: f64 = digits.parse().map_err(|_| wrong())?;
    let megabytes = (number * factor).round();
    if !(0.0..=f64::from(u32::MAX)).contains(&megabytes) {
        return Err(wrong());
    }
    Ok(megabytes as u32)
}

/// Bytes as a person reads them: `0 MB`, `83 MB`, `1.4 GB`.
#[must_use]
pub fn size_in_words(bytes: u64) -> String {
    let megabytes = bytes as f64 / f64::from(1 << 20);
    if megabytes >= 1024.0 {
        format!("{:.1} GB", megabytes / 1024.0)
    } else if megabytes > 0.0 && megabytes < 1.0 {
        "under 1 MB".to_owned()
    } else {
        format!("{megabytes:.0} MB")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        for (size, expected) in [
            ("500MB", 500),
            ("500", 500),
            ("2 GB", 2048),
            ("1.5g", 1536),
            ("0", 0),
        ] {
            assert_eq!(megabytes(size).unwrap(), expected, "{size}");
        }
        for size in ["", "much", "-1MB", "5kB", "1e99GB", "NaN", "inf"] {
            assert!(megabytes(size).is_err(), "{size}");
        }
        for (bytes, words) in [
            (0, "0 MB"),
            (9, "under 1 MB"),
            (87 << 20, "87 MB"),
            (3 << 29, "1.5 GB"),
        ] {
            assert_eq!(size_in_words(bytes), words);
        }
    }

    #[test]
    fn what_is_kept_is_told_bounded_and_cleared() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home {
            root: folder.path().to_owned(),
            data: folder.path().join("data"),
            cache: folder.path().join("cache"),
        };
        let graphs = CacheKind::Graphs;
        assert_eq!(graphs.usage(&home).limit, Some(1 << 30));
        let place = graphs.folder(&home);
        std::fs::create_dir_all(&place).unwrap();
        for n in 0..3 {
            std::fs::write(place.join(format!("{n}.bin")), vec![0; 1 << 20]).unwrap();
        }
        let usage = graphs.usage(&home);
        assert_eq!(
            (usage.files, usage.bytes, &usage.folder),
            (3, 3 << 20, &place)
        );
        graphs.limit_to(&home, 2).unwrap();
        let usage = graphs.usage(&home);
        assert_eq!((usage.bytes, usage.limit), (1 << 20, Some(2 << 20)));
        assert_eq!(CacheKind::Results.usage(&home).limit, Some(256 << 20));
        assert_eq!(graphs.clear(&home).unwrap(), 1 << 20);
        assert!(CacheKind::Previews.limit_to(&home, 1).is_err());
    }
}
