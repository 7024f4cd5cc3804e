//! Scoring a painting on the device: `shaders/score.wgsl`.

use std::sync::Arc;

use wgpu::{Buffer, ComputePipeline};

use super::{ComputeError, Gpu, bytes_of, counting_grid, label_bytes};
use crate::guess::{Answer, Confusion, Painting, RankSums, Score};

/// The pipeline of the pass; make it once.
#[derive(Debug)]
pub struct ScorePass {
    count: ComputePipeline,
}

/// An answer on the device, ready to score any painting of its size.
#[derive(Debug)]
pub struct ScoreCard {
    answer: Arc<Answer>,
    right: Buffer,
    ranks: Buffer,
    /// What was added to each rank so that none is negative.
    raised: i64,
}

impl ScorePass {
    /// Compiles the shader.
    #[must_use]
    pub fn new(gpu: &Gpu) -> Self {
        let wgsl = include_str!("../../../shaders/score.wgsl");
        Self {
            count: gpu.pipeline("score.wgsl", wgsl, "count"),
        }
    }

    /// Uploads an answer.
    ///
    /// # Errors
    /// [`ComputeError::TooLarge`].
    pub fn card(gpu: &Gpu, answer: Arc<Answer>) -> Result<ScoreCard, ComputeError> {
        // Twice a rank less the mean lies within -n and n.
        let raised = answer.pixels() as i64;
        let ranks: Vec<u32> = answer
            .ranks()
            .iter()
            .map(|&rank| (i64::from(rank) + raised) as u32)
            .collect();
        Ok(ScoreCard {
            right: gpu.storage("answer", &label_bytes(answer.labels().iter().copied()))?,
            ranks: gpu.storage("ranks", &bytes_of(&ranks))?,
            answer,
            raised,
        })
    }

    /// Counts a painting of the answer's size: the same numbers as [`Confusion::of`] and
    /// [`RankSums::of`].
    ///
    /// # Errors
    /// [`ComputeError::SizesDiffer`], [`ComputeError::Readback`].
    pub fn counts(
        &self,
        gpu: &Gpu,
        card: &ScoreCard,
        painting: &Painting,
    ) -> Result<(Confusion, RankSums), ComputeError> {
        let labels = painting.labels();
        let pixels = card.answer.pixels();
        if labels.len() != pixels {
            return Err(ComputeError::SizesDiffer(labels.len(), pixels));
        }
        let painted = gpu.storage("painting", &label_bytes(labels.iter().copied()))?;
        let (groups, stride) = counting_grid(pixels);
        let job = gpu.uniform(&[pixels as u32, stride, 0, 0]);
        let totals = gpu.zeros("score totals", 35)?;
        let bound = gpu.bind(
            &self.count,
            &[
                job.as_entire_binding(),
                painted.as_entire_binding(),
                card.right.as_entire_binding(),
                card.ranks.as_entire_binding(),
                totals.as_entire_binding(),
            ],
        );
        let words = gpu.run(&[(bound, groups)], &[&totals])?;
        let words = words.first().map_or(&[][..], Vec::as_slice);
        let word = |at: usize| words.get(at).copied().map_or(0, u64::from);
        let mut confusion = Confusion::default();
        let mut ranks = RankSums::default();
        for (label, (row, sum)) in confusion.counts.iter_mut().zip(&mut ranks.0).enumerate() {
            for (right, count) in row.iter_mut().enumerate() {
                *count = word(label * 5 + right);
            }
            let raised = word(25 + label) | word(30 + label) << 32;
            let painted: u64 = row.iter().sum();
            *sum = raised as i64 - card.raised * painted as i64;
        }
        Ok((confusion, ranks))
    }

    /// The score of a painting of the answer's size: the same figures as
    /// [`crate::guess::score`].
    ///
    /// # Errors
    /// [`ComputeError::SizesDiffer`], [`ComputeError::Readback`].
    pub fn score(
        &self,
        gpu: &Gpu,
        card: &ScoreCard,
        painting: &Painting,
    ) -> Result<Score, ComputeError> {
        let (confusion, ranks) = self.counts(gpu, card, painting)?;
        Ok(Score::from_counts(&confusion, &ranks, &card.answer))
    }
}
