//! What is like one thing, and what is nearly the same.

use std::collections::BTreeMap;

use super::features::{FEATURES, Features, dot};
use super::neighbours::{Alike, Neighbours};
use crate::collection::Bits;

/// What a length of 1 is, squared.
const ONE: f32 = 16_384.0 * 16_384.0;

/// The things of `among` that are most like a feature, most alike first, of equal ones the earlier: every
/// one is compared. Their places are numbers of `features`.
#[must_use]
pub fn most_alike(
    features: &Features,
    to: &[i16; FEATURES],
    among: &Bits,
    most: usize,
) -> Vec<Alike> {
    if most == 0 {
        return Vec::new();
    }
    // The least of what is kept: nearly all others are passed over by it alone.
    let mut found: Vec<(i32, u32)> = Vec::with_capacity(2 * most);
    let mut least = i32::MIN;
    let order = |&(product, at): &(i32, u32)| (std::cmp::Reverse(product), at);
    for number in among.iter() {
        let Some(own) = features.get(number) else {
            continue;
        };
        let product = dot(own, to);
        if product > least {
            found.push((product, number as u32));
            if found.len() == 2 * most {
                found.select_nth_unstable_by_key(most - 1, order);
                found.truncate(most);
                least = found.last().map_or(least, |(product, _)| *product);
            }
        }
    }
    found.sort_unstable_by_key(order);
    found.truncate(most);
    let alike = |(product, at): (i32, u32)| Alike {
        at,
        cosine: product as f32 / ONE,
    };
    found.into_iter().map(alike).collect()
}

/// The cosine of two vectors, -1 to 1; 0 where one is zero.
#[must_use]
pub fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        a.iter()
            .zip(b)
            .map(|(a, b)| f64::from(*a) * f64::from(*b))
            .sum()
    };
    let length = (dot(a, a) * dot(b, b)).sqrt();
    if length > 0.0 {
        (dot(a, b) / length) as f32
    } else {
        0.0
    }
}

/// Things that are nearly the same, directly or through others of the group: those whose cosine is at
/// least `least`. Groups of two and more, the largest first, of equal ones that of the earlier thing;
/// things by their places, in order.
#[must_use]
pub fn groups_of_near(neighbours: &Neighbours, least: f32) -> Vec<Vec<u32>> {
    let mut leads: Vec<u32> = (0..neighbours.len() as u32).collect();
    for at in 0..neighbours.len() {
        for alike in neighbours
            .get(at)
            .iter()
            .take_while(|alike| alike.cosine >= least)
        {
            let (a, b) = (lead(&mut leads, at as u32), lead(&mut leads, alike.at));
            if let Some(slot) = leads.get_mut(a.max(b) as usize) {
                *slot = a.min(b);
            }
        }
    }
    let mut groups: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for at in 0..neighbours.len() as u32 {
        let lead = lead(&mut leads, at);
        groups.entry(lead).or_default().push(at);
    }
    let mut groups: Vec<Vec<u32>> = groups.into_values().filter(|g| g.len() > 1).collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
    groups
}

/// The first thing of the group that one belongs to.
fn lead(leads: &mut [u32], of: u32) -> u32 {
    let mut at = of;
    while let Some(&next) = leads.get(at as usize).filter(|next| **next != at) {
        // Each looked at is brought nearer, so that ways stay short.
        let after = leads.get(next as usize).copied().unwrap_or(next);
        if let Some(slot) = leads.get_mut(at as usize) {
            *slot = after;
        }
        at = next;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::super::features::SomeVectors;
    use super::super::neighbours::Neighbours;
    use super::*;
    use crate::progress::Silent;

    /// On a circle, by their angles in degrees.
    fn circle(angles: &[f32]) -> Features {
        let vectors: Vec<Option<Vec<f32>>> = angles
            .iter()
            .map(|a| Some(vec![a.to_radians().cos(), a.to_radians().sin()]))
            .collect();
        Features::of(&SomeVectors(&vectors)).unwrap()
    }

    #[test]
    fn the_most_alike_come_first_however_many_there_are() {
        let angles: Vec<f32> = (0..1000).map(|n| (n * 77 % 1000) as f32 * 0.36).collect();
        let features = circle(&angles);
        let among = Bits::of(1000, |n| n != 5);
        let found = most_alike(&features, features.get(5).unwrap(), &among, 20);
        let away = |n: usize| {
            let off = (angles[n] - angles[5]).abs();
            off.min(360.0 - off)
        };
        let mut want: Vec<usize> = (0..1000).filter(|&n| n != 5).collect();
        want.sort_by(|&a, &b| away(a).total_cmp(&away(b)));
        let mut ours: Vec<usize> = found.iter().map(|alike| alike.at as usize).collect();
        assert!(found.is_sorted_by(|a, b| a.cosine >= b.cosine));
        assert!((found[0].cosine - away(want[0]).to_radians().cos()).abs() < 1e-4);
        ours.sort_unstable();
        want.truncate(20);
        want.sort_unstable();
        assert_eq!(ours, want);
        assert!(most_alike(&features, features.get(5).unwrap(), &among, 0).is_empty());
        assert!(most_alike(&features, features.get(5).unwrap(), &Bits::none(9), 3).is_empty());
    }

    #[test]
    fn what_is_nearly_the_same_is_one_group() {
        let features = circle(&[0.0, 90.0, 5.0, 200.0, 10.0, 95.0, 300.0]);
        let things: Vec<u32> = (0..7).collect();
        let near = Neighbours::of(&features, &things, 3, &Silent).unwrap();
        let least = 7.0f32.to_radians().cos();
        // 0 and 10 degrees belong together through 1.
        assert_eq!(groups_of_near(&near, least), [vec![0, 2, 4], vec![1, 5]]);
        assert!(groups_of_near(&near, 1.1).is_empty());
        assert!((cosine(&[1.0, 0.0], &[1.0, 1.0]) - 0.5f32.sqrt()).abs() < 1e-6);
        assert_eq!(cosine(&[0.0], &[1.0]), 0.0);
    }
}
