//! How many pixels agree, in the frame in which delta moved: on the graphics card where there is a
//! real one. A software driver would run the same arithmetic on the same processor with more
//! ceremony, so there the pure function counts.

use std::sync::Arc;

use bevy::render::renderer::{RenderAdapterInfo, RenderDevice, RenderQueue};
use wgpu::DeviceType;

use super::state::Agreement;
use crate::compare::Prepared;
use crate::compare::intersection::Counts;
use crate::stage::compute::{Gpu, IntersectionPass, MapPair};

/// Whoever counts.
#[derive(Debug, Default)]
pub(super) struct Counter {
    card: Option<Card>,
    /// What was counted last, and for what.
    last: Option<(Arc<Prepared>, u8, bool, Counts)>,
}

/// A graphics card with the pair that lies on it.
#[derive(Debug)]
struct Card {
    gpu: Gpu,
    pass: IntersectionPass,
    pair: Option<(Arc<Prepared>, bool, MapPair)>,
}

impl Counter {
    /// Counts on the device that Bevy draws with, unless that is the processor itself.
    pub(super) fn of(
        device: Option<&RenderDevice>,
        queue: Option<&RenderQueue>,
        info: Option<&RenderAdapterInfo>,
    ) -> Self {
        match (device, queue, info) {
            (Some(device), Some(queue), Some(info)) if info.device_type != DeviceType::Cpu => {
                Self::on(Gpu::of(device, queue))
            }
            _ => Self::default(),
        }
    }

    /// Counts on this device.
    fn on(gpu: Gpu) -> Self {
        let pass = IntersectionPass::new(&gpu);
        Self {
            card: Some(Card {
                gpu,
                pass,
                pair: None,
            }),
            last: None,
        }
    }

    /// How many pixels agree; what was counted already is not counted again.
    pub(super) fn agreement(
        &mut self,
        of: &Arc<Prepared>,
        delta: u8,
        by_value: bool,
    ) -> Option<Agreement> {
        let counts = match &self.last {
            Some((known, d, v, counts))
                if Arc::ptr_eq(known, of) && *d == delta && *v == by_value =>
            {
                *counts
            }
            _ => {
                let counts = self.count(of, delta, by_value)?;
                self.last = Some((of.clone(), delta, by_value, counts));
                counts
            }
        };
        Some(Agreement {
            share: counts.all.share()?,
            bands: of.by_band(&counts),
        })
    }

    fn count(&mut self, of: &Arc<Prepared>, delta: u8, by_value: bool) -> Option<Counts> {
        if let Some(card) = &mut self.card {
            match card.count(of, delta, by_value) {
                Ok(counts) => return Some(counts),
                Err(error) => {
                    // A card that was lost, or a pair too large for it: the processor can do it.
                    tracing::warn!("the graphics card cannot count: {error}");
                    self.card = None;
                }
            }
        }
        // The maps were checked when they were prepared.
        of.intersection(delta, by_value)
            .ok()
            .map(|(_, counts)| counts)
    }
}

impl Card {
    fn count(
        &mut self,
        of: &Arc<Prepared>,
        delta: u8,
        by_value: bool,
    ) -> Result<Counts, crate::stage::compute::ComputeError> {
        let known = self
            .pair
            .as_ref()
            .is_some_and(|(known, values, _)| Arc::ptr_eq(known, of) && *values == by_value);
        if !known {
            let pair = if by_value {
                let ([a, b], [scale_a, scale_b]) = (of.maps(), of.scales());
                IntersectionPass::values(
                    &self.gpu,
                    (a.values.view(), scale_a),
                    (b.values.view(), scale_b),
                    of.bands(),
                )?
            } else {
                let [a, b] = of.coloured();
                IntersectionPass::colours(&self.gpu, a, b, of.bands())?
            };
            self.pair = Some((of.clone(), by_value, pair));
        }
        match &self.pair {
            Some((_, _, pair)) => self.pass.count(&self.gpu, pair, delta),
            None => Err(crate::stage::compute::ComputeError::Nothing),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::Options;
    use ndarray::Array2;
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    /// The window's figure is the same whoever counts, on random maps of different sizes.
    #[test]
    fn card_and_processor_count_alike() {
        let gpu = Gpu::alone(cfg!(not(target_os = "macos"))).unwrap();
        let (mut card, mut processor) = (Counter::on(gpu), Counter::default());
        let mut random = StdRng::seed_from_u64(5);
        for (a, b) in [((1, 1), (1, 1)), ((33, 57), (33, 57)), ((64, 80), (96, 40))] {
            let mut map =
                |size| Array2::from_shape_simple_fn(size, || random.random_range(-1.0..2.0f32));
            let (a, b) = (map(a), map(b));
            for shared_scale in [false, true] {
                let options = Options {
                    shared_scale,
                    ..Options::default()
                };
                let of = Prepared::new(("a", a.view()), ("b", b.view()), &options).unwrap();
                let of = Arc::new(of);
                for by_value in [false, true] {
                    for delta in [0, 3, 40, 255] {
                        let got = card.agreement(&of, delta, by_value);
                        let want = processor.agreement(&of, delta, by_value);
                        assert!(want.is_some());
                        assert_eq!(got, want, "delta {delta}, values {by_value}");
                    }
                }
            }
        }
        assert!(card.card.is_some(), "the card counted nothing");
    }

    #[test]
    fn the_figure_follows_delta_and_the_rule() {
        let a = Array2::from_shape_fn((20, 20), |(y, x)| (y * 20 + x) as f32);
        let b = a.mapv(|value| value + (value * 0.7).sin() * 30.0);
        let of = Prepared::new(("a", a.view()), ("b", b.view()), &Options::default()).unwrap();
        let (of, mut counter) = (Arc::new(of), Counter::default());
        let mut share = |delta, by_value| counter.agreement(&of, delta, by_value).unwrap().share;
        assert!(share(0, false) < share(40, false));
        assert!(share(40, false) < share(255, false));
        assert_eq!(share(255, true), 1.0);
        assert_ne!(share(10, true), share(10, false));
    }
}
