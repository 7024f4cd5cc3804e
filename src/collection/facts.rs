//! What was computed of a content, as records of fixed size.

use super::coarse_map::{CoarseMap, Figures, PLACES};
use super::pack::Kind;

/// Number of classes that are kept of an answer.
pub const TOP: usize = 5;
/// A class that is none.
pub const NO_CLASS: u32 = u32::MAX;
/// Sides of the colours that stand for a picture when it is a few pixels large.
pub const COLOURS: usize = 4;

pub(crate) const ROWS: Kind = Kind {
    name: "rows",
    payload: None,
};
pub(crate) const THUMBNAILS: Kind = Kind {
    name: "thumbnails",
    payload: None,
};
pub(crate) const TILES: Kind = Kind {
    name: "tiles",
    payload: Some(512),
};
pub(crate) const PICTURES: Kind = Kind {
    name: "pictures",
    payload: Some(76),
};
pub(crate) const ANSWERS: Kind = Kind {
    name: "answers",
    payload: Some(TOP * 8 + 12),
};
pub(crate) const MAPS: Kind = Kind {
    name: "maps",
    payload: Some(8 + 20 + PLACES),
};

/// A picture as it looks, and where its thumbnail lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureFact {
    /// Width in pixels, upright; 0 where nothing is known.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Which of the thumbnails' packs.
    pub(crate) pack: u32,
    /// Bytes of the thumbnail's JPEG.
    pub(crate) length: u32,
    /// Where its record begins.
    pub(crate) offset: u64,
    /// Number of its tile of 32 pixels.
    pub(crate) tile: u32,
    /// 4 x 4 colours, row after row.
    pub colours: [[u8; 3]; COLOURS * COLOURS],
}

impl PictureFact {
    pub(crate) const MISSING: Self = Self {
        width: 0,
        height: 0,
        pack: 0,
        length: 0,
        offset: 0,
        tile: 0,
        colours: [[0; 3]; COLOURS * COLOURS],
    };

    /// Whether it was computed.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.width > 0
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(76);
        for number in [self.width, self.height, self.pack, self.length] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        out.extend_from_slice(&self.offset.to_le_bytes());
        out.extend_from_slice(&self.tile.to_le_bytes());
        out.extend_from_slice(self.colours.as_flattened());
        out
    }

    pub(crate) fn decode(payload: &[u8]) -> Option<Self> {
        let mut read = Reader(payload);
        let [width, height, pack, length] = [read.u32()?, read.u32()?, read.u32()?, read.u32()?];
        let offset = u64::from_le_bytes(read.take()?);
        let tile = read.u32()?;
        let mut colours = [[0; 3]; COLOURS * COLOURS];
        for colour in &mut colours {
            *colour = read.take()?;
        }
        Some(Self {
            width,
            height,
            pack,
            length,
            offset,
            tile,
            colours,
        })
    }
}

/// What a network says of a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answer {
    /// The surest classes, best first, with their probabilities; [`NO_CLASS`] beyond the last.
    pub top: [(u32, f32); TOP],
    /// Probability of the first less that of the second, 0 to 1.
    pub margin: f32,
    /// Entropy of all probabilities, in nats.
    pub entropy: f32,
    /// Number of its embedding.
    pub(crate) embedding: u32,
}

impl Answer {
    /// The network could not be run on the picture.
    pub(crate) const FAILED: Self = Self {
        top: [(NO_CLASS, f32::NAN); TOP],
        margin: f32::NAN,
        entropy: f32::NAN,
        embedding: u32::MAX,
    };

    /// Nothing was computed.
    pub(crate) const MISSING: Self = Self {
        embedding: u32::MAX - 1,
        ..Self::FAILED
    };

    /// Whether it was computed, also if the network failed.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.embedding != Self::MISSING.embedding
    }

    /// The surest class; `None` where there is no answer.
    #[must_use]
    pub fn class(&self) -> Option<u32> {
        let [(class, _), ..] = self.top;
        (class != NO_CLASS).then_some(class)
    }

    /// Its probability, 0 to 1; NaN where there is no answer.
    #[must_use]
    pub fn probability(&self) -> f32 {
        self.top[0].1
    }

    /// Of probabilities that sum to 1; equally sure classes by number.
    #[must_use]
    pub fn of(probabilities: &[f32]) -> Self {
        let mut top = [(NO_CLASS, 0.0f32); TOP];
        for (class, &p) in probabilities.iter().enumerate() {
            // Stays before what is as sure: those come in the order of their numbers.
            let place = top
                .iter()
                .position(|&(there, other)| there == NO_CLASS || p > other);
            if let Some(place) = place {
                top.copy_within(place..TOP - 1, place + 1);
                top[place] = (class as u32, p);
            }
        }
        let entropy: f64 = probabilities
            .iter()
            .map(|&p| f64::from(p))
            .filter(|&p| p > 0.0)
            .map(|p| -p * p.ln())
            .sum();
        let second = if top[1].0 == NO_CLASS { 0.0 } else { top[1].1 };
        Self {
            margin: top[0].1 - second,
            entropy: entropy as f32,
            top,
            embedding: 0,
        }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(TOP * 8 + 12);
        for (class, probability) in self.top {
            out.extend_from_slice(&class.to_le_bytes());
            out.extend_from_slice(&probability.to_le_bytes());
        }
        out.extend_from_slice(&self.margin.to_le_bytes());
        out.extend_from_slice(&self.entropy.to_le_bytes());
        out.extend_from_slice(&self.embedding.to_le_bytes());
        out
    }

    pub(crate) fn decode(payload: &[u8]) -> Option<Self> {
        let mut read = Reader(payload);
        let mut top = [(NO_CLASS, 0.0); TOP];
        for place in &mut top {
            *place = (read.u32()?, read.f32()?);
        }
        Some(Self {
            top,
            margin: read.f32()?,
            entropy: read.f32()?,
            embedding: read.u32()?,
        })
    }
}

/// Where a network looked, and the figures of it.
#[derive(Debug, Clone, PartialEq)]
pub struct MapFact {
    /// The class that is explained; [`NO_CLASS`] where there is no map.
    pub class: u32,
    /// The value that 255 stands for.
    pub scale: f32,
    /// What the map comes to.
    pub figures: Figures,
    /// The map itself.
    pub map: CoarseMap,
}

impl MapFact {
    /// There is no map of that picture.
    pub(crate) fn failed() -> Self {
        let map = CoarseMap::default();
        Self {
            class: NO_CLASS,
            scale: 0.0,
            figures: map.figures(),
            map,
        }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(8 + 20 + PLACES);
        out.extend_from_slice(&self.class.to_le_bytes());
        out.extend_from_slice(&self.scale.to_le_bytes());
        for figure in self.figures.to_array() {
            out.extend_from_slice(&figure.to_le_bytes());
        }
        out.extend_from_slice(&self.map.0);
        out
    }

    pub(crate) fn decode(payload: &[u8]) -> Option<Self> {
        let mut read = Reader(payload);
        Some(Self {
            class: read.u32()?,
            scale: read.f32()?,
            figures: Figures::from_array([
                read.f32()?,
                read.f32()?,
                read.f32()?,
                read.f32()?,
                read.f32()?,
            ]),
            map: CoarseMap(read.take()?),
        })
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*first)
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take()?))
    }

    fn f32(&mut self) -> Option<f32> {
        Some(f32::from_le_bytes(self.take()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_have_the_size_of_their_packs_and_come_back() {
        let picture = PictureFact {
            width: 640,
            height: 480,
            pack: 3,
            length: 4000,
            offset: 1 << 33,
            tile: 9,
            colours: [[1, 2, 3]; 16],
        };
        let bytes = picture.encode();
        assert_eq!(Some(bytes.len()), PICTURES.payload);
        assert_eq!(PictureFact::decode(&bytes), Some(picture));
        let answer = Answer::of(&[0.1, 0.4, 0.1, 0.4]);
        let bytes = answer.encode();
        assert_eq!(Some(bytes.len()), ANSWERS.payload);
        assert_eq!(Answer::decode(&bytes), Some(answer));
        let map = MapFact {
            class: 7,
            scale: 0.5,
            ..MapFact::failed()
        };
        let bytes = map.encode();
        assert_eq!(Some(bytes.len()), MAPS.payload);
        assert_eq!(MapFact::decode(&bytes).unwrap().encode(), bytes);
        assert!(MapFact::decode(&bytes[1..]).is_none() && Answer::decode(&[]).is_none());
    }

    #[test]
    fn the_surest_classes_come_first_and_equal_ones_by_number() {
        let answer = Answer::of(&[0.1, 0.3, 0.05, 0.3, 0.05, 0.2]);
        let classes: Vec<u32> = answer.top.iter().map(|(class, _)| *class).collect();
        assert_eq!(classes, [1, 3, 5, 0, 2]);
        assert_eq!(answer.margin, 0.0);
        // scipy.stats.entropy([0.1, 0.3, 0.05, 0.3, 0.05, 0.2])
        assert!(
            (answer.entropy - 1.574_103).abs() < 1e-5,
            "{}",
            answer.entropy
        );
        let two = Answer::of(&[0.25, 0.75]);
        assert_eq!(two.top[2].0, NO_CLASS);
        assert_eq!(
            (two.class(), two.probability(), two.margin),
            (Some(1), 0.75, 0.5)
        );
        assert_eq!(Answer::FAILED.class(), None);
        assert!(Answer::FAILED.is_known() && !Answer::MISSING.is_known());
    }
}
