//! The average itself, beside the frames: on the graphics card where there is a real one, else by
//! its twin on the processor. A map is uploaded once, however often ticks change.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy::prelude::Image;
use image::RgbImage;
use ndarray::ArrayView2;

use super::card::Card;
use super::state::Summary;
use crate::compare::resample::resize;
use crate::compare::{Average, CompareError, Pair, Similarity, average, average_colours};
use crate::saliency::SaliencyMap;
use crate::saliency::colormap::{Colormap, Scale, colour};
use crate::stage::compute::{ComputeError, Gpu};
use crate::stage::{LayerData, SAFE_SIDE, picture_image};

/// What is averaged.
pub(super) struct Job {
    /// Maps of another round are forgotten.
    pub(super) round: u64,
    /// All maps there are, by the number of their version.
    pub(super) maps: BTreeMap<u64, Arc<SaliencyMap>>,
    /// Those that are averaged; none that has nothing to see in it.
    pub(super) ticked: Vec<u64>,
    /// The map of the original: its size is that of the average.
    pub(super) original: Arc<SaliencyMap>,
    /// The part of the picture that the maps cover, in its fractions.
    pub(super) region: [f32; 4],
    /// The colours to average.
    pub(super) colormap: Option<Colormap>,
    pub(super) top_share: f64,
    /// The card to count on; without one the processor counts.
    pub(super) gpu: Option<Gpu>,
}

/// An average, ready for the stage.
pub(super) struct Averaged {
    /// The versions it is of.
    pub(super) ticked: Vec<u64>,
    pub(super) average: Average,
    pub(super) colours: Option<RgbImage>,
    pub(super) summary: Summary,
    /// Mean and spread.
    pub(super) layers: [LayerData; 2],
    /// The colours as a texture.
    pub(super) texture: Option<Image>,
}

/// Why there is no average.
#[derive(Debug, thiserror::Error)]
pub(super) enum Problem {
    #[error(transparent)]
    Compare(#[from] CompareError),
    #[error(transparent)]
    Compute(#[from] ComputeError),
}

/// What is kept from one average to the next: every map at its size.
#[derive(Default)]
pub(super) struct Table {
    round: u64,
    maps: BTreeMap<u64, Arc<SaliencyMap>>,
    coloured: Option<(Colormap, BTreeMap<u64, Arc<RgbImage>>)>,
    card: Option<Card>,
}

impl Table {
    pub(super) fn count(&mut self, job: Job) -> Result<Averaged, Problem> {
        let Job {
            round,
            maps,
            ticked,
            original,
            region,
            colormap,
            top_share,
            gpu,
        } = job;
        if self.round != round {
            *self = Self {
                round,
                ..Self::default()
            };
        }
        let (rows, columns) = original.values.dim();
        for (number, map) in maps {
            self.maps.entry(number).or_insert_with(|| {
                if map.values.dim() == (rows, columns) {
                    map
                } else {
                    Arc::new(SaliencyMap {
                        values: resize(map.values.view(), rows, columns),
                    })
                }
            });
        }
        let colours = colormap.map(|colormap| self.colour(colormap, &ticked));
        let counted = match gpu {
            Some(gpu) => self.on_card(gpu, &ticked, colormap.is_some()),
            None => Ok(None),
        };
        let (average, colours) = match counted {
            Ok(Some(done)) => done,
            Ok(None) => self.on_processor(&ticked, colours.as_deref())?,
            Err(error) => {
                // A card that was lost, or maps too large for it: the processor can do it.
                tracing::warn!("the graphics card cannot average: {error}");
                self.card = None;
                self.on_processor(&ticked, colours.as_deref())?
            }
        };
        let pair = Pair::new("A", original.values.view(), "the mean", average.mean.view())?;
        let layer = |values: &ndarray::Array2<f32>| {
            let values = values.clone();
            LayerData::of(&SaliencyMap { values }, region)
        };
        let layers = [layer(&average.mean), layer(&average.spread)];
        let [mean, spread] = layers.each_ref().map(LayerData::scale);
        let all = average.spread.iter().map(|&value| f64::from(value));
        let summary = Summary {
            maps: average.maps,
            mean,
            spread,
            typical_spread: all.sum::<f64>() / average.spread.len().max(1) as f64,
            likeness: Similarity::of(&pair, top_share).ok(),
        };
        let texture = colours.as_ref().map(|c| picture_image(c, SAFE_SIDE));
        Ok(Averaged {
            ticked,
            average,
            colours,
            summary,
            layers,
            texture,
        })
    }

    /// The ticked maps in colours, each on its own scale; those that were coloured are kept.
    fn colour(&mut self, colormap: Colormap, ticked: &[u64]) -> Vec<Arc<RgbImage>> {
        if self
            .coloured
            .as_ref()
            .is_none_or(|(known, _)| *known != colormap)
        {
            self.coloured = Some((colormap, BTreeMap::new()));
            if let Some(card) = &mut self.card {
                card.colours = None;
            }
        }
        let (maps, Some((_, coloured))) = (&self.maps, &mut self.coloured) else {
            return Vec::new();
        };
        let mut all = Vec::with_capacity(ticked.len());
        for number in ticked {
            if let Some(map) = maps.get(number) {
                let picture = coloured
                    .entry(*number)
                    .or_insert_with(|| Arc::new(colour(map, Scale::of(map), colormap)));
                all.push(picture.clone());
            }
        }
        all
    }

    fn on_processor(
        &self,
        ticked: &[u64],
        colours: Option<&[Arc<RgbImage>]>,
    ) -> Result<(Average, Option<RgbImage>), Problem> {
        let maps: Vec<(&str, ArrayView2<'_, f32>)> = ticked
            .iter()
            .filter_map(|number| Some(("a version", self.maps.get(number)?.values.view())))
            .collect();
        let colours = match colours {
            Some(colours) => {
                let colours: Vec<&RgbImage> = colours.iter().map(|c| &**c).collect();
                Some(average_colours(&colours)?)
            }
            None => None,
        };
        Ok((average(&maps)?, colours))
    }

    fn on_card(
        &mut self,
        gpu: Gpu,
        ticked: &[u64],
        by_colour: bool,
    ) -> Result<Option<(Average, Option<RgbImage>)>, ComputeError> {
        let card = self.card.get_or_insert_with(|| Card::new(gpu));
        let average = card.average(&self.maps, ticked)?;
        let colours = match (&self.coloured, by_colour) {
            (Some((_, coloured)), true) => Some(card.colours(coloured, ticked)?),
            _ => None,
        };
        Ok(Some((average, colours)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    fn maps(count: u64) -> BTreeMap<u64, Arc<SaliencyMap>> {
        let mut random = StdRng::seed_from_u64(9);
        (0..count)
            .map(|number| {
                // One of them has another size.
                let size = if number == 3 { (20, 30) } else { (40, 50) };
                let values = Array2::from_shape_simple_fn(size, || random.random_range(-1.0..2.0));
                (number, Arc::new(SaliencyMap { values }))
            })
            .collect()
    }

    fn job(maps: &BTreeMap<u64, Arc<SaliencyMap>>, ticked: &[u64], gpu: Option<&Gpu>) -> Job {
        Job {
            round: 1,
            maps: maps.clone(),
            ticked: ticked.to_vec(),
            original: maps[&0].clone(),
            region: [0.0, 0.0, 1.0, 1.0],
            colormap: Some(Colormap::Inferno),
            top_share: 0.1,
            gpu: gpu.cloned(),
        }
    }

    /// Whoever counts: the same average, as maps come and ticks go.
    #[test]
    fn card_and_processor_average_alike() {
        let gpu = Gpu::alone(cfg!(not(target_os = "macos"))).unwrap();
        let (mut card, mut processor) = (Table::default(), Table::default());
        let all = maps(12);
        for ticked in [&[0, 1, 2][..], &[0, 1, 2, 3, 7, 11], &[3], &[1, 2, 11, 4]] {
            let got = card.count(job(&all, ticked, Some(&gpu))).unwrap();
            let want = processor.count(job(&all, ticked, None)).unwrap();
            assert_eq!(got.colours, want.colours, "{ticked:?}");
            assert_eq!(got.average.maps, ticked.len());
            for (got, want) in [
                (&got.average.mean, &want.average.mean),
                (&got.average.spread, &want.average.spread),
            ] {
                for (got, want) in got.iter().zip(want) {
                    assert!((got - want).abs() <= 2e-6, "{got} is not {want}");
                }
            }
        }
        assert!(card.card.is_some(), "the card averaged nothing");
        assert!(card.count(job(&all, &[], Some(&gpu))).is_err());
        assert!(processor.count(job(&all, &[], None)).is_err());
    }

    #[test]
    fn a_single_map_is_its_own_mean() {
        let all = maps(1);
        let counted = Table::default().count(job(&all, &[0], None)).unwrap();
        assert_eq!(counted.average.mean, all[&0].values);
        assert_eq!(counted.summary.typical_spread, 0.0);
        assert_eq!(counted.summary.likeness.unwrap().iou, Some(1.0));
    }

    #[test]
    fn a_new_round_forgets_the_maps_of_the_old_one() {
        let mut table = Table::default();
        let first = maps(2);
        table.count(job(&first, &[0, 1], None)).unwrap();
        let second: BTreeMap<_, _> = maps(5)
            .into_iter()
            .filter(|(number, _)| *number > 3)
            .map(|(_, map)| (0, map))
            .collect();
        let mut again = job(&second, &[0], None);
        again.round = 2;
        let counted = table.count(again).unwrap();
        assert_eq!(counted.average.mean, second[&0].values);
    }
}
