//! The daily challenge: the same pictures for everybody on one day, on any machine.

use crate::files::{from_hexadecimal, sha256};
use crate::guess::crowd::shuffled;
use crate::journal::day_name;

/// Raised when the choice of pictures changes.
const RULE: u32 = 1;
/// A day begins at four in the morning: who plays at night plays the evening's.
const BEGINS: i64 = 4 * 3_600_000;
const DAY: i64 = 86_400_000;

/// The exhibit's day, in days since 1970, at a moment in milliseconds since 1970 (UTC); `utc_offset` in
/// minutes.
#[must_use]
pub fn day_of(millis: i64, utc_offset: i32) -> i64 {
    (millis + i64::from(utc_offset) * 60_000 - BEGINS).div_euclid(DAY)
}

/// Which of the pictures (SHA-256 each, in any order) are played in an exhibit on a day: their hashes in
/// the order of the rounds. As many as `rounds`, or all.
#[must_use]
pub fn pictures(exhibit: &str, day: i64, hashes: &[String], rounds: usize) -> Vec<String> {
    let mut sorted: Vec<&String> = hashes.iter().collect();
    sorted.sort_unstable();
    sorted.dedup();
    let seed = sha256(format!("{exhibit}\n{}\n{RULE}", day_name(day)).as_bytes());
    let bytes = from_hexadecimal(seed.get(..16).unwrap_or_default()).unwrap_or_default();
    let seed = bytes
        .iter()
        .fold(0u64, |seed, &byte| seed << 8 | u64::from(byte));
    shuffled(seed, sorted.len())
        .into_iter()
        .filter_map(|i| sorted.get(i).map(|hash| (*hash).clone()))
        .take(rounds)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_its_pictures_whatever_the_order_and_another_day_others() {
        let hashes: Vec<String> = (0..10).map(|i| sha256(&[i])).collect();
        let mut turned = hashes.clone();
        turned.reverse();
        let mut seen = std::collections::HashSet::new();
        for day in 20_783..20_883 {
            let today = pictures("bonn", day, &hashes, 3);
            assert_eq!(today, pictures("bonn", day, &turned, 3));
            assert_eq!(today.len(), 3);
            seen.insert(today);
        }
        assert!(seen.len() > 80, "{}", seen.len());
        assert_ne!(
            pictures("bonn", 1, &hashes, 10),
            pictures("graz", 1, &hashes, 10)
        );
        assert_eq!(pictures("bonn", 1, &hashes[..2], 9).len(), 2);
        assert_eq!(pictures("bonn", 1, &[], 9), [""; 0]);
    }

    /// Golden: computed by an independent script (hashlib and `SplitMix64` in Python).
    #[test]
    fn three_dates_are_as_they_were() {
        let hashes: Vec<String> = (0..10).map(|i| sha256(&[i])).collect();
        let first = |exhibit: &str, day| -> String {
            let list = pictures(exhibit, day, &hashes, 3);
            list.iter()
                .map(|hash| &hash[..4])
                .collect::<Vec<_>>()
                .join(" ")
        };
        let got = [
            first("bonn", 20_783),
            first("bonn", 20_784),
            first("graz", 19_782),
        ];
        assert_eq!(got, GOLDEN);
    }

    const GOLDEN: [&str; 3] = ["084f dbc1 e77b", "e77b dbc1 4bf5", "e77b 2b4c 6758"];

    #[test]
    fn the_day_changes_at_four_in_the_exhibits_own_time() {
        let at = |hour: i64| 20_783 * DAY + hour * 3_600_000;
        assert_eq!(day_of(at(3), 0), 20_782);
        assert_eq!(day_of(at(4), 0), 20_783);
        assert_eq!(day_of(at(3), 60), 20_783);
        assert_eq!(day_of(at(4), -60), 20_782);
    }
}
