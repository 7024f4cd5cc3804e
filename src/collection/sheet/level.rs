//! How fine what is drawn of a sheet has to be.

/// As what a picture is drawn, from far to near.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// A few texels of a mosaic that is baked of all.
    #[default]
    Mosaic,
    /// Its tile of 32 pixels.
    Tile,
    /// Its thumbnail of 128 pixels.
    Thumbnail,
    /// The picture itself, made 512 pixels.
    Whole,
}

impl Level {
    /// Sides of a cell, in physical pixels, from which on each level after the first is drawn.
    const FROM: [(f32, Self); 3] = [
        (12.0, Self::Tile),
        (40.0, Self::Thumbnail),
        (150.0, Self::Whole),
    ];

    /// For cells of that side.
    fn of(side: f32) -> Self {
        let reached = Self::FROM.into_iter().rev().find(|(from, _)| side >= *from);
        reached.map_or(Self::Mosaic, |(_, level)| level)
    }
}

/// Chooses a level, and stays with it a while, so that it does not go to and fro with every step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Regime(Level);

/// A level is left only this much beyond its end.
const STAY: f32 = 1.2;

impl Regime {
    /// The level for cells of that many physical pixels.
    pub fn choose(&mut self, side: f32) -> Level {
        self.0 = self.0.clamp(Level::of(side / STAY), Level::of(side * STAY));
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_follow_the_side_and_stay_a_while() {
        let mut regime = Regime::default();
        let mut levels = Vec::new();
        let mut side = 1.0;
        while side < 300.0 {
            levels.push((side, regime.choose(side)));
            side *= 1.03;
        }
        assert!(levels.is_sorted_by_key(|(_, level)| *level));
        let first = |level: Level| levels.iter().find(|(_, l)| *l == level).unwrap().0;
        assert!((12.0..12.0 * 1.3).contains(&first(Level::Tile)));
        assert!((40.0..40.0 * 1.3).contains(&first(Level::Thumbnail)));
        assert!((150.0..150.0 * 1.3).contains(&first(Level::Whole)));
        // To and fro at the edge changes nothing.
        let edge = first(Level::Tile);
        regime.choose(edge);
        for side in [edge * 0.9, edge, edge * 0.85, edge * 1.1] {
            assert_eq!(regime.choose(side), Level::Tile);
        }
        assert_eq!(regime.choose(edge * 0.6), Level::Mosaic);
    }
}
