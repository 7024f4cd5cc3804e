//! Constants: make them, take their values out.

use half::{bf16, f16};

use super::{OnnxError, Tensor};

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
}

impl ElementType {
    /// From the number in the file; `None` for texts, complex numbers and types that no
    /// classifier computes in.
    #[must_use]
    pub fn from_code(code: i32) -> Option<Self> {
        Some(match code {
            1 => Self::F32,
            2 => Self::U8,
            3 => Self::I8,
            4 => Self::U16,
            5 => Self::I16,
            6 => Self::I32,
            7 => Self::I64,
            9 => Self::Bool,
            10 => Self::F16,
            11 => Self::F64,
            12 => Self::U32,
            13 => Self::U64,
            16 => Self::Bf16,
            _ => return None,
        })
    }

    /// The number in the file.
    #[must_use]
    pub fn code(self) -> i32 {
        match self {
            Self::F32 => 1,
            Self::U8 => 2,
            Self::I8 => 3,
            Self::U16 => 4,
            Self::I16 => 5,
            Self::I32 => 6,
            Self::I64 => 7,
            Self::Bool => 9,
            Self::F16 => 10,
            Self::F64 => 11,
            Self::U32 => 12,
            Self::U64 => 13,
            Self::Bf16 => 16,
        }
    }

    /// Bytes of one element.
    #[must_use]
    pub fn bytes(self) -> usize {
        match self {
            Self::F64 | Self::I64 | Self::U64 => 8,
            Self::F32 | Self::I32 | Self::U32 => 4,
            Self::F16 | Self::Bf16 | Self::I16 | Self::U16 => 2,
            Self::I8 | Self::U8 | Self::Bool => 1,
        }
    }

    /// True for the types that have derivatives.
    #[must_use]
    pub fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F64 | Self::F16 | Self::Bf16)
    }
}

impl Tensor {
    /// A single precision constant. `values` are in row-major order of `dims`.
    #[must_use]
    pub fn from_f32(name: &str, dims: &[i64], values: &[f32]) -> Self {
        Self::from_raw(
            name,
            dims,
            ElementType::F32,
            values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        )
    }

    /// A constant of any float type, rounded from double precision.
    #[must_use]
    pub fn from_floats(name: &str, dims: &[i64], element: ElementType, values: &[f64]) -> Self {
        let raw = match element {
            ElementType::F64 => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
            ElementType::F16 => values
                .iter()
                .flat_map(|v| f16::from_f64(*v).to_le_bytes())
                .collect(),
            ElementType::Bf16 => values
                .iter()
                .flat_map(|v| bf16::from_f64(*v).to_le_bytes())
                .collect(),
            _ => {
                return Self::from_f32(
                    name,
                    dims,
                    &values.iter().map(|v| *v as f32).collect::<Vec<_>>(),
                );
            }
        };
        Self::from_raw(name, dims, element, raw)
    }

    /// An int64 constant, as shapes and axes are.
    #[must_use]
    pub fn from_i64(name: &str, dims: &[i64], values: &[i64]) -> Self {
        Self::from_raw(
            name,
            dims,
            ElementType::I64,
            values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        )
    }

    /// A constant from its little-endian bytes.
    #[must_use]
    pub fn from_raw(name: &str, dims: &[i64], element: ElementType, raw: Vec<u8>) -> Self {
        Self {
            dims: dims.to_vec(),
            data_type: Some(element.code()),
            name: Some(name.to_owned()),
            raw_data: Some(raw),
            ..Self::default()
        }
    }

    /// Its element type; `None` for texts and complex numbers.
    #[must_use]
    pub fn element(&self) -> Option<ElementType> {
        ElementType::from_code(self.data_type.unwrap_or(0))
    }

    /// Product of its dimensions.
    ///
    /// # Errors
    /// When a dimension is negative or the product overflows.
    pub fn count(&self) -> Result<usize, OnnxError> {
        self.dims
            .iter()
            .try_fold(1usize, |n, &d| {
                usize::try_from(d).ok().and_then(|d| n.checked_mul(d))
            })
            .ok_or_else(|| self.damaged(format!("its shape is {:?}", self.dims)))
    }

    fn damaged(&self, why: impl Into<String>) -> OnnxError {
        OnnxError::Tensor {
            name: self.name.clone().unwrap_or_default(),
            why: why.into(),
        }
    }

    /// The values of a numeric tensor, whatever field and type they are stored in.
    ///
    /// # Errors
    /// When there are not as many values as the shape says, or the type holds no numbers.
    pub fn to_f64(&self) -> Result<Vec<f64>, OnnxError> {
        let count = self.count()?;
        let element = self
            .element()
            .ok_or_else(|| self.damaged("it holds no plain numbers"))?;
        let values: Vec<f64> = match (&self.raw_data, element) {
            (Some(raw), _) if !raw.is_empty() || count == 0 => decode(raw, element),
            (_, ElementType::F32) => self.float_data.iter().map(|&v| f64::from(v)).collect(),
            (_, ElementType::F64) => self.double_data.clone(),
            (_, ElementType::I64) => self.int64_data.iter().map(|&v| v as f64).collect(),
            (_, ElementType::U64 | ElementType::U32) => {
                self.uint64_data.iter().map(|&v| v as f64).collect()
            }
            (_, ElementType::F16) => self
                .int32_data
                .iter()
                .map(|&v| f16::from_bits(v as u16).to_f64())
                .collect(),
            (_, ElementType::Bf16) => self
                .int32_data
                .iter()
                .map(|&v| bf16::from_bits(v as u16).to_f64())
                .collect(),
            _ => self.int32_data.iter().map(|&v| f64::from(v)).collect(),
        };
        if values.len() == count {
            Ok(values)
        } else {
            Err(self.damaged(format!("{} values for shape {:?}", values.len(), self.dims)))
        }
    }

    /// The values rounded to single precision.
    ///
    /// # Errors
    /// As [`Self::to_f64`].
    pub fn to_f32(&self) -> Result<Vec<f32>, OnnxError> {
        if let (Some(raw), Some(ElementType::F32)) = (&self.raw_data, self.element())
            && raw.len() == self.count()?.saturating_mul(4)
        {
            let chunks = raw.as_chunks::<4>().0;
            return Ok(chunks.iter().map(|b| f32::from_le_bytes(*b)).collect());
        }
        Ok(self.to_f64()?.into_iter().map(|v| v as f32).collect())
    }

    /// The values of an integer tensor.
    ///
    /// # Errors
    /// As [`Self::to_f64`], and when the elements are floats.
    pub fn to_i64(&self) -> Result<Vec<i64>, OnnxError> {
        if self.element().is_none_or(ElementType::is_float) {
            return Err(self.damaged("whole numbers were expected"));
        }
        if let (Some(raw), Some(ElementType::I64)) = (&self.raw_data, self.element())
            && raw.len() == self.count()?.saturating_mul(8)
        {
            return Ok(raw
                .as_chunks::<8>()
                .0
                .iter()
                .map(|b| i64::from_le_bytes(*b))
                .collect());
        }
        if self.element() == Some(ElementType::I64) && self.int64_data.len() == self.count()? {
            return Ok(self.int64_data.clone());
        }
        Ok(self.to_f64()?.into_iter().map(|v| v as i64).collect())
    }
}

fn decode(raw: &[u8], element: ElementType) -> Vec<f64> {
    match element {
        ElementType::F32 => raw
            .as_chunks::<4>()
            .0
            .iter()
            .map(|b| f64::from(f32::from_le_bytes(*b)))
            .collect(),
        ElementType::F64 => raw
            .as_chunks::<8>()
            .0
            .iter()
            .map(|b| f64::from_le_bytes(*b))
            .collect(),
        ElementType::F16 => raw
            .as_chunks::<2>()
            .0
            .iter()
            .map(|b| f16::from_le_bytes(*b).to_f64())
            .collect(),
        ElementType::Bf16 => raw
            .as_chunks::<2>()
            .0
            .iter()
            .map(|b| bf16::from_le_bytes(*b).to_f64())
            .collect(),
        ElementType::I64 => raw
            .as_chunks::<8>()
            .0
            .iter()
            .map(|b| i64::from_le_bytes(*b) as f64)
            .collect(),
        ElementType::U64 => raw
            .as_chunks::<8>()
            .0
            .iter()
            .map(|b| u64::from_le_bytes(*b) as f64)
            .collect(),
        ElementType::I32 => raw
            .as_chunks::<4>()
            .0
            .iter()
            .map(|b| f64::from(i32::from_le_bytes(*b)))
            .collect(),
        ElementType::U32 => raw
            .as_chunks::<4>()
            .0
            .iter()
            .map(|b| f64::from(u32::from_le_bytes(*b)))
            .collect(),
        ElementType::I16 => raw
            .as_chunks::<2>()
            .0
            .iter()
            .map(|b| f64::from(i16::from_le_bytes(*b)))
            .collect(),
        ElementType::U16 => raw
            .as_chunks::<2>()
            .0
            .iter()
            .map(|b| f64::from(u16::from_le_bytes(*b)))
            .collect(),
        ElementType::I8 => raw.iter().map(|&b| f64::from(b.cast_signed())).collect(),
        ElementType::U8 | ElementType::Bool => raw.iter().map(|&b| f64::from(b)).collect(),
    }
}
