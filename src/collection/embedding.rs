//! Embeddings as they lie in packs: a byte a number, or two as older indexes have them.

use half::f16;
use serde::{Deserialize, Serialize};

use super::pack::Kind;

/// Numbers that share a least and a step: one that is far larger than others spoils the precision of its
/// own block alone.
const BLOCK: usize = 64;
/// Bytes of a block's least and step.
const HEAD: usize = 8;

/// How the embeddings of a network lie in its pack.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EmbeddingForm {
    /// Two bytes a number: those of indexes of schema 1, which say nothing of it.
    #[default]
    Half,
    /// A byte a number, in blocks of 64 with their least and the step from one value to the next: off by half
    /// a step at most, which is a 510th of the block's range.
    Byte,
}

impl EmbeddingForm {
    /// Records of `width` numbers.
    pub(crate) fn kind(self, width: usize) -> Kind {
        match self {
            Self::Half => Kind {
                name: "embeddings",
                payload: Some(2 * width),
            },
            Self::Byte => Kind {
                name: "embeddings 8",
                payload: Some(width.div_ceil(BLOCK) * HEAD + width),
            },
        }
    }

    /// Numbers as a payload.
    pub(crate) fn encode(self, values: &[f32]) -> Vec<u8> {
        match self {
            Self::Half => {
                let halves = values.iter().map(|&v| f16::from_f32(v).to_le_bytes());
                halves.flatten().collect()
            }
            Self::Byte => {
                let mut out = Vec::with_capacity(values.len() / BLOCK * (BLOCK + HEAD) + BLOCK);
                for block in values.chunks(BLOCK) {
                    let [low, step] = range_of(block);
                    out.extend_from_slice(&low.to_le_bytes());
                    out.extend_from_slice(&step.to_le_bytes());
                    // What is no number becomes 0, which its block's step makes none again.
                    let code = |&v: &f32| ((v - low) / step).round() as u8;
                    if step > 0.0 {
                        out.extend(block.iter().map(code));
                    } else {
                        out.resize(out.len() + block.len(), 0);
                    }
                }
                out
            }
        }
    }

    /// The numbers of a payload.
    pub(crate) fn decode(self, payload: &[u8]) -> Vec<f32> {
        match self {
            Self::Half => {
                let halves = payload.as_chunks::<2>().0.iter();
                halves.map(|b| f16::from_le_bytes(*b).to_f32()).collect()
            }
            Self::Byte => {
                let mut values = Vec::with_capacity(payload.len());
                for block in payload.chunks(HEAD + BLOCK) {
                    let Some((low, rest)) = block.split_first_chunk() else {
                        break;
                    };
                    let Some((step, codes)) = rest.split_first_chunk() else {
                        break;
                    };
                    let (low, step) = (f32::from_le_bytes(*low), f32::from_le_bytes(*step));
                    values.extend(codes.iter().map(|&code| low + f32::from(code) * step));
                }
                values
            }
        }
    }
}

/// The least of some numbers and a 255th of their range; a step that is no number where one of them is none.
fn range_of(block: &[f32]) -> [f32; 2] {
    let low = block.iter().copied().fold(f32::INFINITY, f32::min);
    let high = block.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let step = (high - low) / 255.0;
    // `min` and `max` pass over what is no number.
    if step.is_finite() && block.iter().all(|v| v.is_finite()) {
        [low, step]
    } else {
        [f32::NAN; 2]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers as a network pools them: none below 0, most of them small, some of them large.
    fn pooled(width: usize) -> Vec<f32> {
        let mut state = 9u32;
        let mut next = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32
        };
        (0..width).map(|_| 6.0 * next() * next() * next()).collect()
    }

    #[test]
    fn a_number_comes_back_within_half_a_step_and_a_payload_has_its_size() {
        for width in [1, 4, 63, 64, 65, 512, 1280] {
            let values = pooled(width);
            for form in [EmbeddingForm::Half, EmbeddingForm::Byte] {
                let payload = form.encode(&values);
                assert_eq!(Some(payload.len()), form.kind(width).payload);
                let back = form.decode(&payload);
                assert_eq!(back.len(), width);
                for (block, back) in values.chunks(BLOCK).zip(back.chunks(BLOCK)) {
                    let [_, step] = range_of(block);
                    let most = match form {
                        EmbeddingForm::Half => 6.0 / 2048.0,
                        EmbeddingForm::Byte => 0.501 * step + 1e-6,
                    };
                    let off = block.iter().zip(back).map(|(a, b)| (a - b).abs());
                    assert!(off.fold(0.0, f32::max) <= most, "{width} {form:?}");
                }
            }
        }
        let bytes = EmbeddingForm::Byte.encode(&pooled(1280)).len();
        assert_eq!(bytes, 1280 + 20 * 8);
    }

    #[test]
    fn a_large_number_spoils_its_own_block_alone_and_what_is_none_stays_none() {
        let mut values = pooled(192);
        values[70] = 1e6;
        values[150] = f32::NAN;
        let back = EmbeddingForm::Byte.decode(&EmbeddingForm::Byte.encode(&values));
        assert!((back[3] - values[3]).abs() < 0.02 && (back[70] - 1e6).abs() < 10.0);
        assert!(
            back[128..].iter().all(|v| v.is_nan()) && back[..128].iter().all(|v| v.is_finite())
        );
        let same = EmbeddingForm::Byte.decode(&EmbeddingForm::Byte.encode(&[0.25; 70]));
        assert_eq!(same, [0.25; 70]);
        let far = EmbeddingForm::Byte.decode(&EmbeddingForm::Byte.encode(&[-3e38, 3e38]));
        assert!(far.iter().all(|v| v.is_nan()));
        assert!(EmbeddingForm::Byte.decode(&[1, 2, 3]).is_empty());
    }
}
