//! A part of the work, for one machine of several.

use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Most parts that work is cut into.
const MOST: u32 = 100_000;

/// One of several parts: files belong to it by the hash of their paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Which, from 0.
    pub number: u32,
    /// How many there are.
    pub of: u32,
}

impl Shard {
    /// Part `number` of `of`; `None` where there is none. Parts may be counted from 0 or from 1: the last
    /// of those counted from 1 is part 0.
    #[must_use]
    pub fn new(number: u32, of: u32) -> Option<Self> {
        ((1..=MOST).contains(&of) && number <= of).then(|| Self {
            number: number % of,
            of,
        })
    }

    /// As a job scheduler says: an array of Slurm (`SLURM_ARRAY_TASK_ID` with its `_MIN` and `_COUNT`), or
    /// ranks (`RANK` and `WORLD_SIZE`).
    #[must_use]
    pub fn of_environment(
        variable: impl Fn(&str) -> Option<String>,
    ) -> Option<(Self, &'static str)> {
        let number = |name: &str| variable(name)?.trim().parse::<u32>().ok();
        if let Some(task) = number("SLURM_ARRAY_TASK_ID") {
            let count = number("SLURM_ARRAY_TASK_COUNT")?;
            let first = number("SLURM_ARRAY_TASK_MIN").unwrap_or(0);
            return Some((
                Self::new(task.checked_sub(first)?, count)?,
                "SLURM_ARRAY_TASK_ID",
            ));
        }
        Some((Self::new(number("RANK")?, number("WORLD_SIZE")?)?, "RANK"))
    }

    /// The folder of its index in the folder of all.
    #[must_use]
    pub fn folder(self, all: &Path) -> PathBuf {
        all.join(format!("shard-{:04}-of-{:04}", self.number, self.of))
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/');
        let numbers =
            parts.and_then(|(k, n)| Some((k.trim().parse().ok()?, n.trim().parse().ok()?)));
        numbers
            .and_then(|(k, n)| Self::new(k, n))
            .ok_or_else(|| format!("{text:?} is no part of a whole; give K/N such as 3/16"))
    }
}

/// The indexes of parts in a folder, in the order of their names; empty where there are none.
#[must_use]
pub fn shards_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut shards: Vec<PathBuf> = entries
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("shard-"))
        .map(|entry| entry.path())
        .filter(|path| super::Manifest::is_in(path))
        .collect();
    shards.sort();
    shards
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_counted_from_0_or_from_1() {
        let from_0: Vec<u32> = (0..3).map(|k| Shard::new(k, 3).unwrap().number).collect();
        let mut from_1: Vec<u32> = (1..=3).map(|k| Shard::new(k, 3).unwrap().number).collect();
        from_1.sort_unstable();
        assert_eq!((from_0, from_1), (vec![0, 1, 2], vec![0, 1, 2]));
        assert_eq!(
            "3/16".parse::<Shard>().unwrap(),
            Shard { number: 3, of: 16 }
        );
        for bad in ["", "3", "4/3", "1/0", "a/b", "-1/3", "1/2/3"] {
            assert!(bad.parse::<Shard>().is_err(), "{bad}");
        }
        let folder = Shard::new(3, 16).unwrap().folder(Path::new("o"));
        assert!(folder.ends_with("shard-0003-of-0016"));
    }

    #[test]
    fn schedulers_say_which_part_it_is() {
        let of = |said: &[(&str, &str)]| {
            let said: Vec<(String, String)> = said
                .iter()
                .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
                .collect();
            let variable =
                |name: &str| said.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
            Shard::of_environment(variable).map(|(shard, _)| (shard.number, shard.of))
        };
        let array = [
            ("SLURM_ARRAY_TASK_ID", "4"),
            ("SLURM_ARRAY_TASK_MIN", "1"),
            ("SLURM_ARRAY_TASK_COUNT", "16"),
        ];
        assert_eq!(of(&array), Some((3, 16)));
        assert_eq!(of(&[("RANK", "2"), ("WORLD_SIZE", "4")]), Some((2, 4)));
        assert_eq!(of(&[("RANK", "2")]), None);
        assert_eq!(of(&[]), None);
    }
}
