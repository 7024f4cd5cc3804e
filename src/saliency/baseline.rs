//! The pictures in which there is nothing to see: where the paths of integrated gradients start.

use ndarray::{Array3, ArrayView3};

use super::gaussian::{Edge, gaussian_filter};
use super::{Baseline, BlackWhite, SaliencyError};

/// Sigma of the blurred baseline as a share of the longer side: no shape survives it.
const BLUR_SHARE: f64 = 0.1;

impl Baseline {
    /// The baseline inputs for `input` (`[height, width, channels]`, network units): two for
    /// [`Baseline::Minmax`], else one.
    ///
    /// # Errors
    /// When black or white is asked for and `black_white` does not say what they are, one value
    /// per channel (a single value counts for all).
    pub fn resolve(
        self,
        input: ArrayView3<'_, f32>,
        black_white: Option<&BlackWhite>,
    ) -> Result<Vec<Array3<f32>>, SaliencyError> {
        let shape = input.raw_dim();
        let flat = |colour: Option<&Vec<f32>>| {
            let colour = colour.ok_or(SaliencyError::UnknownBlackWhite(self.id()))?;
            let channels = input.dim().2;
            if colour.len() != 1 && colour.len() != channels {
                return Err(SaliencyError::UnknownBlackWhite(self.id()));
            }
            let at = |channel: usize| colour[if colour.len() == 1 { 0 } else { channel }];
            Ok(vec![Array3::from_shape_fn(shape, |(_, _, c)| at(c))])
        };
        match self {
            Self::Zero => Ok(vec![Array3::zeros(shape)]),
            Self::Minmax => {
                let fold = |pick: fn(f32, f32) -> f32| input.iter().copied().reduce(pick);
                let (min, max) = (fold(f32::min), fold(f32::max));
                Ok([min, max]
                    .into_iter()
                    .flatten()
                    .map(|value| Array3::from_elem(shape, value))
                    .collect())
            }
            Self::Black => flat(black_white.map(|colours| &colours.black)),
            Self::White => flat(black_white.map(|colours| &colours.white)),
            Self::Blur => {
                let (height, width, _) = input.dim();
                let sigma = height.max(width) as f64 * BLUR_SHARE;
                let wide = input.mapv(f64::from);
                let blurred = gaussian_filter(wide.view(), [sigma; 2], Edge::Reflect);
                Ok(vec![blurred.mapv(|value| value as f32)])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input() -> Array3<f32> {
        Array3::from_shape_fn((6, 5, 3), |(y, x, c)| (y * x) as f32 - 3.0 * c as f32)
    }

    #[test]
    fn minmax_takes_scalars_over_all_channels() {
        let both = Baseline::Minmax.resolve(input().view(), None).unwrap();
        assert_eq!(both.len(), 2);
        assert!(both[0].iter().all(|&value| value == -6.0));
        assert!(both[1].iter().all(|&value| value == 20.0));
    }

    #[test]
    fn black_and_white_need_to_be_known() {
        assert!(Baseline::Black.resolve(input().view(), None).is_err());
        let colours = BlackWhite {
            black: vec![-1.0, -2.0, -3.0],
            white: vec![1.0],
        };
        let black = Baseline::Black
            .resolve(input().view(), Some(&colours))
            .unwrap();
        assert_eq!(black[0][[5, 4, 1]], -2.0);
        let white = Baseline::White
            .resolve(input().view(), Some(&colours))
            .unwrap();
        assert_eq!(white[0][[5, 4, 2]], 1.0);
    }

    #[test]
    fn blur_keeps_the_mean_and_loses_the_detail() {
        let input = Array3::from_shape_fn((40, 40, 1), |(y, x, _)| ((y / 2 + x / 2) % 2) as f32);
        let blurred = &Baseline::Blur.resolve(input.view(), None).unwrap()[0];
        assert!(blurred.iter().all(|&value| (value - 0.5).abs() < 0.05));
    }
}
