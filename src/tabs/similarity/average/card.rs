//! The maps on the graphics card: a map is uploaded once, however often ticks change.

use std::collections::BTreeMap;
use std::sync::Arc;

use image::RgbImage;

use crate::compare::Average;
use crate::saliency::SaliencyMap;
use crate::stage::compute::{AveragePass, ColourStack, ColoursPass, ComputeError, Gpu, MapStack};

/// Coloured maps in one texture array.
const LAYERS: usize = 256;

/// A graphics card with the maps that lie on it.
pub(super) struct Card {
    gpu: Gpu,
    values_pass: AveragePass,
    colours_pass: ColoursPass,
    values: Option<(Vec<u64>, MapStack)>,
    pub(super) colours: Option<(Vec<u64>, ColourStack)>,
}

impl Card {
    pub(super) fn new(gpu: Gpu) -> Self {
        Self {
            values_pass: AveragePass::new(&gpu),
            colours_pass: ColoursPass::new(&gpu),
            gpu,
            values: None,
            colours: None,
        }
    }

    pub(super) fn average(
        &mut self,
        maps: &BTreeMap<u64, Arc<SaliencyMap>>,
        ticked: &[u64],
    ) -> Result<Average, ComputeError> {
        for number in ticked {
            let Some(map) = maps.get(number) else {
                continue;
            };
            match &mut self.values {
                Some((known, _)) if known.contains(number) => {}
                Some((known, stack)) => {
                    stack.push(&self.gpu, map.values.view())?;
                    known.push(*number);
                }
                None => {
                    let stack = MapStack::new(&self.gpu, &[map.values.view()])?;
                    self.values = Some((vec![*number], stack));
                }
            }
        }
        let (known, stack) = self.values.as_ref().ok_or(ComputeError::Nothing)?;
        self.values_pass
            .average(&self.gpu, stack, &ticks(known, ticked))
    }

    pub(super) fn colours(
        &mut self,
        coloured: &BTreeMap<u64, Arc<RgbImage>>,
        ticked: &[u64],
    ) -> Result<RgbImage, ComputeError> {
        for number in ticked {
            let Some(picture) = coloured.get(number) else {
                continue;
            };
            match &mut self.colours {
                Some((known, _)) if known.contains(number) => {}
                Some((known, stack)) => {
                    stack.push(&self.gpu, picture)?;
                    known.push(*number);
                }
                None => {
                    let stack = ColourStack::start(&self.gpu, picture, LAYERS)?;
                    self.colours = Some((vec![*number], stack));
                }
            }
        }
        let (known, stack) = self.colours.as_ref().ok_or(ComputeError::Nothing)?;
        self.colours_pass
            .average(&self.gpu, stack, &ticks(known, ticked))
    }
}

fn ticks(known: &[u64], ticked: &[u64]) -> Vec<bool> {
    known.iter().map(|number| ticked.contains(number)).collect()
}
