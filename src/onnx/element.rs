//! What the elements of a tensor are, and how they lie in memory.

use half::{bf16, f16};

/// `TensorProto.DataType`: what the elements of a tensor are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ElementType {
    /// 32 bit float.
    F32,
    /// 64 bit float.
    F64,
    /// 16 bit float (IEEE).
    F16,
    /// 16 bit float with eight exponent bits.
    Bf16,
    /// Signed 64 bit.
    I64,
    /// Signed 32 bit.
    I32,
    /// Signed 16 bit.
    I16,
    /// Signed 8 bit.
    I8,
    /// Unsigned 64 bit.
    U64,
    /// Unsigned 32 bit.
    U32,
    /// Unsigned 16 bit.
    U16,
    /// Unsigned 8 bit.
    U8,
    /// True or false, one byte.
    Bool,
    /// Signed 4 bit, two in a byte, the first in the lower half.
    I4,
    /// Unsigned 4 bit, two in a byte.
    U4,
    /// Signed 2 bit, four in a byte, the first in the lowest bits.
    I2,
    /// Unsigned 2 bit, four in a byte.
    U2,
    /// 4 bit float, two in a byte: 2 exponent bits, 1 mantissa bit, no infinities.
    F4E2M1,
    /// 8 bit float: 4 exponent bits, 3 mantissa bits, no infinities.
    F8E4M3Fn,
    /// As [`Self::F8E4M3Fn`] with no negative zero and a bias of 8.
    F8E4M3FnUz,
    /// 8 bit float: 5 exponent bits, 2 mantissa bits, as IEEE has it.
    F8E5M2,
    /// As [`Self::F8E5M2`] with no infinities, no negative zero and a bias of 16.
    F8E5M2FnUz,
    /// A power of two: 8 exponent bits alone.
    F8E8M0,
}

/// Each type with its number in the file (`onnx.proto`) and its bits.
const TYPES: [(ElementType, i32, usize); 23] = [
    (ElementType::F32, 1, 32),
    (ElementType::U8, 2, 8),
    (ElementType::I8, 3, 8),
    (ElementType::U16, 4, 16),
    (ElementType::I16, 5, 16),
    (ElementType::I32, 6, 32),
    (ElementType::I64, 7, 64),
    (ElementType::Bool, 9, 8),
    (ElementType::F16, 10, 16),
    (ElementType::F64, 11, 64),
    (ElementType::U32, 12, 32),
    (ElementType::U64, 13, 64),
    (ElementType::Bf16, 16, 16),
    (ElementType::F8E4M3Fn, 17, 8),
    (ElementType::F8E4M3FnUz, 18, 8),
    (ElementType::F8E5M2, 19, 8),
    (ElementType::F8E5M2FnUz, 20, 8),
    (ElementType::U4, 21, 4),
    (ElementType::I4, 22, 4),
    (ElementType::F4E2M1, 23, 4),
    (ElementType::F8E8M0, 24, 8),
    (ElementType::U2, 25, 2),
    (ElementType::I2, 26, 2),
];

impl ElementType {
    /// From the number in the file; `None` for texts and complex numbers.
    #[must_use]
    pub fn from_code(code: i32) -> Option<Self> {
        TYPES.iter().find(|t| t.1 == code).map(|t| t.0)
    }

    fn entry(self) -> (Self, i32, usize) {
        // Each type has a row (a test holds that); the first row stands in for one without.
        TYPES.into_iter().find(|t| t.0 == self).unwrap_or(TYPES[0])
    }

    /// The number in the file.
    #[must_use]
    pub fn code(self) -> i32 {
        self.entry().1
    }

    /// Bits of one element.
    #[must_use]
    pub fn bits(self) -> usize {
        self.entry().2
    }

    /// Bytes of `count` elements, which are packed where they are smaller than a byte.
    #[must_use]
    pub fn bytes_of(self, count: usize) -> usize {
        if self.bits() < 8 {
            count.div_ceil(8 / self.bits())
        } else {
            count.saturating_mul(self.bits() / 8)
        }
    }

    /// True for the types that have derivatives.
    #[must_use]
    pub fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F64 | Self::F16 | Self::Bf16)
    }

    /// True for the types in which weights are kept, but nothing is computed: 2 and 4 bits, and
    /// 8 bit floats.
    #[must_use]
    pub fn is_storage(self) -> bool {
        matches!(
            self,
            Self::I4
                | Self::U4
                | Self::I2
                | Self::U2
                | Self::F4E2M1
                | Self::F8E4M3Fn
                | Self::F8E4M3FnUz
                | Self::F8E5M2
                | Self::F8E5M2FnUz
                | Self::F8E8M0
        )
    }

    /// The numbers in little-endian bytes. Of packed types there are as many as fill the bytes.
    pub(super) fn decode(self, raw: &[u8]) -> Vec<f64> {
        fn each<const N: usize>(raw: &[u8], number: impl Fn([u8; N]) -> f64) -> Vec<f64> {
            raw.as_chunks::<N>().0.iter().map(|b| number(*b)).collect()
        }
        match self {
            Self::F32 => each(raw, |b| f64::from(f32::from_le_bytes(b))),
            Self::F64 => each(raw, f64::from_le_bytes),
            Self::F16 => each(raw, |b| f16::from_le_bytes(b).to_f64()),
            Self::Bf16 => each(raw, |b| bf16::from_le_bytes(b).to_f64()),
            Self::I64 => each(raw, |b| i64::from_le_bytes(b) as f64),
            Self::U64 => each(raw, |b| u64::from_le_bytes(b) as f64),
            Self::I32 => each(raw, |b| f64::from(i32::from_le_bytes(b))),
            Self::U32 => each(raw, |b| f64::from(u32::from_le_bytes(b))),
            Self::I16 => each(raw, |b| f64::from(i16::from_le_bytes(b))),
            Self::U16 => each(raw, |b| f64::from(u16::from_le_bytes(b))),
            Self::I8 => each(raw, |[b]| f64::from(b.cast_signed())),
            Self::U8 | Self::Bool => each(raw, |[b]| f64::from(b)),
            Self::I4 | Self::U4 | Self::I2 | Self::U2 | Self::F4E2M1 => {
                let per_byte = 8 / self.bits();
                let mask = (1u8 << self.bits()) - 1;
                let parts = |&byte: &u8| {
                    (0..per_byte).map(move |i| self.small((byte >> (i * self.bits())) & mask))
                };
                raw.iter().flat_map(parts).collect()
            }
            _ => raw.iter().map(|&byte| self.small(byte)).collect(),
        }
    }

    /// The number that the bits of a storage type stand for.
    fn small(self, bits: u8) -> f64 {
        let signed = |bits: u8, size: u32| {
            let value = i32::from(bits);
            f64::from(if value >> (size - 1) == 0 {
                value
            } else {
                value - (1 << size)
            })
        };
        match self {
            Self::I4 => signed(bits, 4),
            Self::I2 => signed(bits, 2),
            Self::F4E2M1 => float(bits, 2, 1, 1),
            Self::F8E4M3Fn if bits & 0x7f == 0x7f => f64::NAN,
            Self::F8E4M3Fn => float(bits, 4, 3, 7),
            Self::F8E5M2 if bits & 0x7f == 0x7c => f64::INFINITY.copysign(float(bits, 5, 2, 15)),
            Self::F8E5M2 if bits & 0x7f > 0x7c => f64::NAN,
            Self::F8E5M2 => float(bits, 5, 2, 15),
            Self::F8E4M3FnUz | Self::F8E5M2FnUz if bits == 0x80 => f64::NAN,
            Self::F8E4M3FnUz => float(bits, 4, 3, 8),
            Self::F8E5M2FnUz => float(bits, 5, 2, 16),
            Self::F8E8M0 if bits == 0xff => f64::NAN,
            Self::F8E8M0 => 2f64.powi(i32::from(bits) - 127),
            _ => f64::from(bits),
        }
    }
}

/// A float of one sign bit, `exponent` and `mantissa` bits, with small numbers below the first
/// power of two.
fn float(bits: u8, exponent: u32, mantissa: u32, bias: i32) -> f64 {
    let sign = if bits >> (exponent + mantissa) & 1 == 0 {
        1.0
    } else {
        -1.0
    };
    let power = i32::from(bits >> mantissa & ((1 << exponent) - 1) as u8);
    let part = f64::from(bits & ((1 << mantissa) - 1)) / f64::from(1u32 << mantissa);
    let size = if power == 0 {
        part * 2f64.powi(1 - bias)
    } else {
        (1.0 + part) * 2f64.powi(power - bias)
    };
    sign * size
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_the_file_round_trip() {
        for (element, code, bits) in TYPES {
            assert_eq!(ElementType::from_code(code), Some(element));
            assert_eq!((element.code(), element.bits()), (code, bits));
        }
        assert_eq!(ElementType::from_code(8), None);
    }

    /// Values by `ml_dtypes` 0.5, which the `onnx` package reads these types with.
    #[test]
    fn small_types_hold_what_others_read_in_them() {
        let bytes = [0x00, 0x01, 0x38, 0x3a, 0x7e, 0xb8, 0xfe, 0x7b];
        let cases: [(ElementType, [f64; 8]); 5] = [
            (
                ElementType::F8E4M3Fn,
                [0.0, 0.001953125, 1.0, 1.25, 448.0, -1.0, -448.0, 352.0],
            ),
            (
                ElementType::F8E4M3FnUz,
                [0.0, 0.0009765625, 0.5, 0.625, 224.0, -0.5, -224.0, 176.0],
            ),
            (
                ElementType::F8E5M2,
                [
                    0.0,
                    1.52587890625e-05,
                    0.5,
                    0.75,
                    f64::NAN,
                    -0.5,
                    f64::NAN,
                    57344.0,
                ],
            ),
            (
                ElementType::F8E5M2FnUz,
                [
                    0.0,
                    7.62939453125e-06,
                    0.25,
                    0.375,
                    49152.0,
                    -0.25,
                    -49152.0,
                    28672.0,
                ],
            ),
            (
                ElementType::F8E8M0,
                [
                    2f64.powi(-127),
                    2f64.powi(-126),
                    2f64.powi(-71),
                    2f64.powi(-69),
                    2f64.powi(-1),
                    2f64.powi(57),
                    2f64.powi(127),
                    2f64.powi(-4),
                ],
            ),
        ];
        for (element, want) in cases {
            for (got, want) in element.decode(&bytes).into_iter().zip(want) {
                assert!(
                    got == want || got.is_nan() && want.is_nan(),
                    "{element:?}: {got} {want}"
                );
            }
        }
        assert_eq!(
            ElementType::I4.decode(&[0x7f, 0x80]),
            [-1.0, 7.0, 0.0, -8.0]
        );
        assert_eq!(ElementType::U4.decode(&[0x1f]), [15.0, 1.0]);
        assert_eq!(
            ElementType::I2.decode(&[0b11_10_01_00]),
            [0.0, 1.0, -2.0, -1.0]
        );
        assert_eq!(
            ElementType::U2.decode(&[0b11_10_01_00]),
            [0.0, 1.0, 2.0, 3.0]
        );
        assert_eq!(
            ElementType::F4E2M1.decode(&[0x17, 0xd2]),
            [6.0, 0.5, 1.0, -3.0]
        );
        assert_eq!(ElementType::U4.bytes_of(3), 2);
        assert_eq!(ElementType::U2.bytes_of(5), 2);
        assert_eq!(ElementType::F32.bytes_of(3), 12);
    }
}
