//! Attention rollout (Abnar and Zuidema 2020, arXiv 2005.00928): how much of each place a
//! transformer's last token has taken up, through all blocks.

use ndarray::{Array2, Axis, s};

use super::grad_cam::at_input_size;
use super::question::{check_finite, timed};
use super::{Attribution, Question, SaliencyError};
use crate::progress::Observer;

/// The map, brought to the input's size: the mean attention of all heads, half of it on the token
/// itself for the connection around the block, multiplied from block to block. Values are 0 to 1,
/// the largest 1 before it is resized. It is the same for every class.
///
/// # Errors
/// When the network fails, has no attention between all places of the picture, or the work is
/// cancelled.
pub fn attention_rollout(
    question: Question<'_>,
    observer: &dyn Observer,
) -> Result<Attribution, SaliencyError> {
    observer.check()?;
    let (seconds, attention) = timed(|| question.network.attention(question.input));
    let attention = attention?;
    let mut taken: Option<Array2<f64>> = None;
    for block in &attention.blocks {
        check_finite(block.view(), "the attention")?;
        let tokens = block.dim().1;
        let heads = block.dim().0.max(1) as f64;
        let mean = block.mapv(f64::from).sum_axis(Axis(0)) / heads;
        let with_itself = (mean + Array2::<f64>::eye(tokens)) / 2.0;
        taken = Some(match taken {
            Some(taken) if taken.dim() == with_itself.dim() => with_itself.dot(&taken),
            _ => with_itself,
        });
    }
    let [height, width] = attention.places;
    let first = attention.first;
    let taken = taken.unwrap_or_default();
    let end = (first + height * width).min(taken.ncols());
    let of_places = taken.slice(s![.., first.min(end)..end]);
    // The scores are read from the token in front; without one, from the mean of all.
    let row = if first > 0 && of_places.nrows() > 0 {
        of_places.row(0).to_owned()
    } else {
        of_places.mean_axis(Axis(0)).unwrap_or_default()
    };
    let most = row.iter().copied().fold(0.0, f64::max);
    let factor = if most > 0.0 { 1.0 / most } else { 1.0 };
    let mut small = Array2::<f32>::zeros((height, width));
    small
        .iter_mut()
        .zip(&row)
        .for_each(|(to, from)| *to = (from * factor) as f32);
    observer.progress(1, 1);
    Ok(at_input_size(&question, small.view(), seconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::Target;
    use crate::classifier::{Attention, ClassifierError, Differentiable, Gradient, LayerGradient};
    use crate::progress::Silent;
    use ndarray::{Array3, ArrayView3, array};

    struct Blocks(Vec<Array3<f32>>, usize);

    impl Differentiable for Blocks {
        fn input_shape(&self) -> [usize; 3] {
            [1, 2, 3]
        }

        fn logits(&self, _: ArrayView3<'_, f32>) -> Result<Vec<f32>, ClassifierError> {
            Ok(vec![0.0])
        }

        fn gradient(&self, _: ArrayView3<'_, f32>, _: Target) -> Result<Gradient, ClassifierError> {
            Err(ClassifierError::Run(String::new()))
        }

        fn layer_gradient(
            &self,
            _: ArrayView3<'_, f32>,
            _: Target,
            _: Option<&str>,
        ) -> Result<LayerGradient, ClassifierError> {
            Err(ClassifierError::Run(String::new()))
        }

        fn attention(&self, _: ArrayView3<'_, f32>) -> Result<Attention, ClassifierError> {
            Ok(Attention {
                blocks: self.0.clone(),
                first: self.1,
                places: [1, 2],
            })
        }
    }

    /// Two blocks by hand. With a token in front: row 0 of `(B + 1)/2 (A + 1)/2` is
    /// `0.8 [0.6 0.3 0.1] + 0.2 [0 0.5 0.5] = [. 0.34 0.18]`.
    #[test]
    fn blocks_are_multiplied_from_the_picture_on() {
        let a = array![[[0.2, 0.6, 0.2], [0.0, 0.0, 1.0], [0.0, 0.0, 1.0]]];
        let b = array![[[0.6, 0.4, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]];
        let input = Array3::zeros((1, 2, 3));
        let rollout = |net: Blocks| {
            let question = Question::new(&net, input.view(), Target::Class(0)).unwrap();
            let map = attention_rollout(question, &Silent).unwrap().map.values;
            map.into_raw_vec_and_offset().0
        };
        let got = rollout(Blocks(vec![a, b], 1));
        assert!((got[0] - 1.0).abs() < 1e-6 && (got[1] - 0.18 / 0.34).abs() < 1e-6);
        // Without: the mean over all tokens.
        let c = array![[[0.5, 0.5], [1.0, 0.0]]];
        let got = rollout(Blocks(vec![c], 0));
        assert!((got[0] - 1.0).abs() < 1e-6 && (got[1] - 0.75 / 1.25).abs() < 1e-6);
    }
}
