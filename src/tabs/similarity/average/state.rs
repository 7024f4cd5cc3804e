//! What the view knows of the versions and of their average: plain data.

use std::path::PathBuf;

use bevy::prelude::Vec2;
use bevy_egui::egui::TextureId;

use crate::compare::Similarity;
use crate::saliency::Blank;
use crate::saliency::colormap::Scale;
use crate::stylize::corruption::Corruption;

/// The severities that corruptions have.
pub const SEVERITIES: [u8; 5] = [1, 2, 3, 4, 5];

/// Where a version comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The picture itself.
    Original,
    /// Painted in a texture: its number in the library.
    Texture(u64),
    /// Spoiled, at a severity from 1 to 5.
    Corruption(Corruption, u8),
    /// Another picture: its number in the library.
    Picture(u64),
    /// A map from a file.
    Map(PathBuf),
}

/// What versions are ticked together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Painted in textures.
    Textures,
    /// Spoiled.
    Corruptions,
    /// Files that the person added.
    Files,
}

impl Group {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 3] = [Self::Textures, Self::Corruptions, Self::Files];

    /// What it is called.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Textures => "Textures",
            Self::Corruptions => "Corruptions",
            Self::Files => "Files",
        }
    }
}

/// How far the map of a version is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum VersionStatus {
    /// Nobody has asked for it yet.
    #[default]
    Waiting,
    /// The picture is made, or the map is computed.
    Working,
    /// The map is there.
    Done,
    /// There is none: what happened and what to do.
    Failed(String),
}

/// One version of the picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    /// Its number, which stays.
    pub number: u64,
    /// Where it comes from.
    pub source: Source,
    /// What it is called.
    pub name: String,
    /// True when its map goes into the average.
    pub ticked: bool,
    /// How far its map is.
    pub status: VersionStatus,
    /// Why there is nothing to see in its map, where that is so: it counts in no mean.
    pub blank: Option<Blank>,
    /// A small picture and its size.
    pub small: Option<(TextureId, bevy_egui::egui::Vec2)>,
}

impl Version {
    /// Its group; the original belongs to none.
    #[must_use]
    pub fn group(&self) -> Option<Group> {
        match self.source {
            Source::Original => None,
            Source::Texture(_) => Some(Group::Textures),
            Source::Corruption(..) => Some(Group::Corruptions),
            Source::Picture(_) | Source::Map(_) => Some(Group::Files),
        }
    }
}

/// What was averaged.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// How many maps.
    pub maps: usize,
    /// Lowest and highest value of the mean.
    pub mean: Scale,
    /// Lowest and highest standard deviation.
    pub spread: Scale,
    /// The standard deviation, averaged over the pixels.
    pub typical_spread: f64,
    /// How alike the mean is to the map of the original.
    pub likeness: Option<Similarity>,
}

/// What the three maps hold at one place: the original's, the mean, the spread.
pub type Reading = [Option<f32>; 3];

/// The state of the view.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, in any combination"
)]
#[derive(Debug, Clone, PartialEq)]
pub struct AverageState {
    /// The versions, in the order in which they are shown.
    pub versions: Vec<Version>,
    /// The severity of the corruptions that are listed; 0 lists all.
    pub severity: u8,
    /// Average the colours, as the paper does, instead of the values.
    pub by_colour: bool,
    /// True when the person stopped the work.
    pub stopped: bool,
    /// True where the original is a map from a file: there is no picture to change.
    pub only_files: bool,
    /// What is shown; none until there is a map.
    pub summary: Option<Summary>,
    /// True while `summary` is of other maps than those that are ticked now.
    pub stale: bool,
    /// Why there is no average, where there is a reason to tell.
    pub problem: Option<String>,
    /// The place under the pointer, in fractions of the picture.
    pub pointed: Option<Vec2>,
}

impl Default for AverageState {
    fn default() -> Self {
        Self {
            versions: Vec::new(),
            severity: 3,
            by_colour: false,
            stopped: false,
            only_files: false,
            summary: None,
            stale: false,
            problem: None,
            pointed: None,
        }
    }
}

impl AverageState {
    /// True where this version can be ticked now.
    #[must_use]
    pub fn listed(&self, version: &Version) -> bool {
        let file = version.group() == Some(Group::Files) || version.source == Source::Original;
        match version.source {
            _ if self.only_files && !file => false,
            Source::Corruption(_, severity) => self.severity == 0 || self.severity == severity,
            _ => true,
        }
    }

    /// True where this version counts: ticked, and possible with this original.
    #[must_use]
    pub fn counts(&self, version: &Version) -> bool {
        let file = version.group() == Some(Group::Files) || version.source == Source::Original;
        version.ticked && (file || !self.only_files)
    }

    /// How many are ticked, and how many of those have their map.
    #[must_use]
    pub fn progress(&self) -> (usize, usize) {
        let ticked = || self.versions.iter().filter(|version| self.counts(version));
        let done = ticked().filter(|version| version.status == VersionStatus::Done);
        (done.count(), ticked().count())
    }

    /// The ticked versions whose maps are there and have nothing to see in them.
    pub fn blanks(&self) -> impl Iterator<Item = &Version> {
        let there = |version: &&Version| version.status == VersionStatus::Done;
        self.versions
            .iter()
            .filter(|version| self.counts(version) && version.blank.is_some())
            .filter(there)
    }

    /// What was left out of the mean, in words; `None` where nothing was.
    #[must_use]
    pub fn left_out(&self) -> Option<String> {
        let (done, _) = self.progress();
        let names: Vec<&str> = self.blanks().map(|version| version.name.as_str()).collect();
        let first = names.first()?;
        let blank = names.len();
        if blank == done {
            return Some(
                "There is nothing to see in any of these maps: each has one value everywhere, or none \
                 above 0. Choose another method, network or answer."
                    .to_owned(),
            );
        }
        Some(match names.as_slice() {
            [one] => format!("1 of {done} maps is empty and left out of the mean: {one}."),
            [_, second] => {
                format!("2 of {done} maps are empty and left out of the mean: {first}, {second}.")
            }
            _ => format!(
                "{blank} of {done} maps are empty and left out of the mean: {first} and {} more.",
                blank - 1
            ),
        })
    }

    /// How many of a group are ticked, and how many there are.
    #[must_use]
    pub fn ticks(&self, group: Group) -> (usize, usize) {
        let all = || {
            let versions = self.versions.iter();
            versions.filter(move |version| version.group() == Some(group))
        };
        (
            all().filter(|version| version.ticked).count(),
            all().count(),
        )
    }

    /// True while maps are on their way.
    #[must_use]
    pub fn working(&self) -> bool {
        let open = |version: &Version| {
            let on_its_way = [VersionStatus::Waiting, VersionStatus::Working];
            self.counts(version) && on_its_way.contains(&version.status)
        };
        !self.stopped && self.versions.iter().any(open)
    }

    /// The figures of the maps that are ticked now; none while they are counted.
    #[must_use]
    pub fn figures(&self) -> Option<&Summary> {
        self.summary.as_ref().filter(|_| !self.stale)
    }

    /// Ticks one version, or takes its tick away. A map that failed is tried again.
    pub fn tick(&mut self, number: u64, ticked: bool) {
        if let Some(version) = self.versions.iter_mut().find(|v| v.number == number) {
            version.ticked = ticked;
            if matches!(version.status, VersionStatus::Failed(_)) {
                version.status = VersionStatus::Waiting;
            }
        }
        self.stopped = false;
    }

    /// Ticks every listed version (of a group), or takes every tick away, listed or not.
    pub fn tick_all(&mut self, group: Option<Group>, ticked: bool) {
        let numbers: Vec<u64> = self
            .versions
            .iter()
            .filter(|version| group.is_none() || version.group() == group)
            .filter(|version| !ticked || self.listed(version))
            .map(|version| version.number)
            .collect();
        for number in numbers {
            self.tick(number, ticked);
        }
    }

    /// The version with this number.
    pub(super) fn version_mut(&mut self, number: u64) -> Option<&mut Version> {
        self.versions.iter_mut().find(|v| v.number == number)
    }

    /// Adds a version at the end of its group; returns its number.
    pub(in super::super) fn add(&mut self, source: Source, name: &str, ticked: bool) -> u64 {
        let next = self.versions.iter().map(|v| v.number + 1).max();
        let version = Version {
            number: next.unwrap_or(0),
            source,
            name: name.to_owned(),
            ticked,
            status: VersionStatus::Waiting,
            blank: None,
            small: None,
        };
        let number = version.number;
        let rank = |version: &Version| version.group().map_or(0, |group| 1 + group as usize);
        let place = self
            .versions
            .iter()
            .rposition(|v| rank(v) <= rank(&version));
        self.versions.insert(place.map_or(0, |at| at + 1), version);
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> AverageState {
        let mut state = AverageState::default();
        state.add(Source::Original, "Original", true);
        for severity in SEVERITIES {
            state.add(Source::Corruption(Corruption::Fog, severity), "Fog", false);
        }
        state.add(Source::Map("a.npy".into()), "a", true);
        state.add(Source::Texture(4), "Brick", true);
        state
    }

    #[test]
    fn versions_stand_by_group() {
        let state = state();
        let groups: Vec<_> = state.versions.iter().map(Version::group).collect();
        assert_eq!(groups[..2], [None, Some(Group::Textures)]);
        assert_eq!(groups[7], Some(Group::Files));
        let mut numbers: Vec<u64> = state.versions.iter().map(|v| v.number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), 8);
    }

    #[test]
    fn all_means_what_is_listed_and_none_means_everything() {
        let mut state = state();
        state.tick_all(Some(Group::Corruptions), true);
        assert_eq!(state.ticks(Group::Corruptions), (1, 5));
        state.severity = 0;
        state.tick_all(Some(Group::Corruptions), true);
        assert_eq!(state.ticks(Group::Corruptions), (5, 5));
        assert_eq!(state.ticks(Group::Textures), (1, 1));
        state.severity = 2;
        state.tick_all(None, false);
        assert_eq!(state.progress(), (0, 0));
    }

    #[test]
    fn a_map_without_a_picture_has_no_versions_but_files() {
        let mut state = state();
        assert_eq!(state.progress(), (0, 3));
        state.only_files = true;
        assert_eq!(state.progress(), (0, 2));
        assert!(state.working());
        state.stopped = true;
        assert!(!state.working());
    }

    #[test]
    fn a_failure_is_tried_again_when_it_is_ticked() {
        let mut state = state();
        state.versions[0].status = VersionStatus::Failed("no".to_owned());
        state.stopped = true;
        let number = state.versions[0].number;
        state.tick(number, true);
        assert_eq!(state.versions[0].status, VersionStatus::Waiting);
        assert!(!state.stopped);
    }
}
