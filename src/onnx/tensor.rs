//! Constants: make them, take their values out.

use half::{bf16, f16};

use super::{ElementType, OnnxError, Tensor};

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
            raw_data: Some(raw.into()),
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
        let mut values: Vec<f64> = match (&self.raw_data, element) {
            (Some(raw), _) if !raw.is_empty() || count == 0 => element.decode(raw),
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
            _ if element.is_storage() => {
                // One packed byte an entry.
                let bytes: Vec<u8> = self.int32_data.iter().map(|&v| v as u8).collect();
                element.decode(&bytes)
            }
            _ => self.int32_data.iter().map(|&v| f64::from(v)).collect(),
        };
        // The last byte of packed elements may hold more than there are.
        if element.bits() < 8 && values.len() == element.bytes_of(count) * (8 / element.bits()) {
            values.truncate(count);
        }
        if values.len() == count {
            Ok(values)
        } else {
            Err(self.damaged(format!("{} values for shape {:?}", values.len(), self.dims)))
        }
    }

    /// The bytes of the values, whatever field they are stored in.
    ///
    /// # Errors
    /// When there are not as many values as the shape says.
    pub(super) fn to_bytes(&self, element: ElementType) -> Result<Vec<u8>, OnnxError> {
        fn all<T: Copy, const N: usize>(values: &[T], bytes: impl Fn(T) -> [u8; N]) -> Vec<u8> {
            values.iter().flat_map(|&value| bytes(value)).collect()
        }
        let bytes = match (&self.raw_data, element) {
            (Some(raw), _) if !raw.is_empty() => raw.to_vec(),
            (_, ElementType::F32) => all(&self.float_data, f32::to_le_bytes),
            (_, ElementType::F64) => all(&self.double_data, f64::to_le_bytes),
            (_, ElementType::I64) => all(&self.int64_data, i64::to_le_bytes),
            (_, ElementType::U64) => all(&self.uint64_data, u64::to_le_bytes),
            (_, ElementType::U32) => all(&self.uint64_data, |v| (v as u32).to_le_bytes()),
            (_, ElementType::I32) => all(&self.int32_data, i32::to_le_bytes),
            _ if element.bits() == 16 => all(&self.int32_data, |v| (v as u16).to_le_bytes()),
            _ => all(&self.int32_data, |v| [v as u8]),
        };
        if bytes.len() == element.bytes_of(self.count()?) {
            Ok(bytes)
        } else {
            Err(self.damaged(format!("{} bytes for shape {:?}", bytes.len(), self.dims)))
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
