//! Appends nodes and constants to the backward pass. Types are tracked along, so that rules can
//! ask for the shape of anything.

use crate::onnx::{ElementType, Node, Tensor, ValueType};

use super::AutodiffError;
use super::sweep::Sweep;

/// The shape of an element-wise result, by the rules of NumPy.
pub(super) fn broadcast(a: &[i64], b: &[i64]) -> Vec<i64> {
    let rank = a.len().max(b.len());
    let at = |dims: &[i64], i: usize| {
        (i + dims.len())
            .checked_sub(rank)
            .and_then(|i| dims.get(i).copied())
            .unwrap_or(1)
    };
    (0..rank)
        .map(|i| match (at(a, i), at(b, i)) {
            (1, other) | (other, _) => other,
        })
        .collect()
}

impl Sweep<'_> {
    fn fresh(&mut self, what: &str) -> String {
        self.serial += 1;
        format!("saliscope/{what}_{}", self.serial)
    }

    /// The type of a value.
    pub(super) fn value_type(&self, node: &Node, value: &str) -> Result<ValueType, AutodiffError> {
        self.types
            .get(value)
            .cloned()
            .ok_or_else(|| damaged(node, &format!("the type of {value:?} is not known")))
    }

    /// The sizes of a value that rules or this file made, or that was asked for before.
    pub(super) fn dims(&self, value: &str) -> Vec<i64> {
        self.types
            .get(value)
            .map(|t| t.dims.clone())
            .unwrap_or_default()
    }

    /// The element type of a value; single precision where it is not known.
    pub(super) fn element(&self, value: &str) -> ElementType {
        self.types
            .get(value)
            .map_or(ElementType::F32, |t| t.element)
    }

    /// Appends a node with one output of the given type.
    pub(super) fn push(&mut self, mut node: Node, element: ElementType, dims: &[i64]) -> String {
        let name = self.fresh(&node.op().to_lowercase());
        node.name = Some(name.clone());
        node.output = vec![name.clone()];
        self.nodes.push(node);
        self.types
            .insert(name.clone(), ValueType::new(element, dims));
        name
    }

    /// An element-wise node of one input.
    pub(super) fn unary(&mut self, op: &str, x: &str) -> String {
        let dims = self.dims(x);
        self.push(Node::new(op, &[x], &[]), self.element(x), &dims)
    }

    /// An element-wise node of two inputs, broadcast.
    pub(super) fn binary(&mut self, op: &str, a: &str, b: &str) -> String {
        let dims = broadcast(&self.dims(a), &self.dims(b));
        self.push(Node::new(op, &[a, b], &[]), self.element(a), &dims)
    }

    pub(super) fn add(&mut self, a: &str, b: &str) -> String {
        self.binary("Add", a, b)
    }

    pub(super) fn sub(&mut self, a: &str, b: &str) -> String {
        self.binary("Sub", a, b)
    }

    pub(super) fn mul(&mut self, a: &str, b: &str) -> String {
        self.binary("Mul", a, b)
    }

    pub(super) fn div(&mut self, a: &str, b: &str) -> String {
        self.binary("Div", a, b)
    }

    /// `x` times a number.
    pub(super) fn scale(&mut self, x: &str, factor: f64) -> String {
        let factor = self.scalar(factor, self.element(x));
        self.mul(x, &factor)
    }

    /// A comparison (`Greater`, `Equal`, ...) as zeros and ones of the element type of `a`.
    pub(super) fn compare(&mut self, op: &str, a: &str, b: &str) -> String {
        let element = self.element(a);
        let dims = broadcast(&self.dims(a), &self.dims(b));
        let truth = self.push(Node::new(op, &[a, b], &[]), ElementType::Bool, &dims);
        self.cast(&truth, element)
    }

    pub(super) fn cast(&mut self, x: &str, element: ElementType) -> String {
        if self.element(x) == element {
            return x.to_owned();
        }
        let dims = self.dims(x);
        self.push(
            Node::new("Cast", &[x], &[]).with_int("to", i64::from(element.code())),
            element,
            &dims,
        )
    }

    /// The same elements in another shape.
    pub(super) fn reshape(&mut self, x: &str, dims: &[i64]) -> String {
        if self.dims(x) == dims {
            return x.to_owned();
        }
        let shape = self.ints(dims);
        self.push(
            Node::new("Reshape", &[x, &shape], &[]),
            self.element(x),
            dims,
        )
    }

    pub(super) fn transpose(&mut self, x: &str, order: &[usize]) -> String {
        let from = self.dims(x);
        if order.iter().enumerate().all(|(i, &o)| i == o) {
            return x.to_owned();
        }
        let dims: Vec<i64> = order.iter().filter_map(|&o| from.get(o).copied()).collect();
        let order: Vec<i64> = order.iter().map(|&o| o as i64).collect();
        self.push(
            Node::new("Transpose", &[x], &[]).with_ints("perm", &order),
            self.element(x),
            &dims,
        )
    }

    /// Swaps the last two dimensions.
    pub(super) fn transpose_last(&mut self, x: &str) -> String {
        let rank = self.dims(x).len();
        let mut order: Vec<usize> = (0..rank).collect();
        if rank >= 2 {
            order.swap(rank - 1, rank - 2);
        }
        self.transpose(x, &order)
    }

    /// The sum over `axes`, which stay with size 1.
    pub(super) fn sum_over(&mut self, x: &str, axes: &[usize]) -> String {
        let mut dims = self.dims(x);
        for &axis in axes {
            if let Some(d) = dims.get_mut(axis) {
                *d = 1;
            }
        }
        if dims == self.dims(x) {
            return x.to_owned();
        }
        let axes: Vec<i64> = axes.iter().map(|&a| a as i64).collect();
        let axes = self.ints(&axes);
        self.push(
            Node::new("ReduceSum", &[x, &axes], &[]).with_int("keepdims", 1),
            self.element(x),
            &dims,
        )
    }

    /// The mean over `axes`, which stay with size 1.
    pub(super) fn mean_over(&mut self, x: &str, axes: &[usize]) -> String {
        let dims = self.dims(x);
        let count: i64 = axes.iter().filter_map(|&a| dims.get(a)).product();
        let sum = self.sum_over(x, axes);
        self.scale(&sum, 1.0 / count.max(1) as f64)
    }

    /// Sums a gradient over the dimensions in which an operand of shape `to` was repeated.
    pub(super) fn unbroadcast(&mut self, gradient: &str, to: &[i64]) -> String {
        let from = self.dims(gradient);
        if from == to {
            return gradient.to_owned();
        }
        let lead = from.len().saturating_sub(to.len());
        let repeated = |(i, &size): (usize, &i64)| {
            let own = i
                .checked_sub(lead)
                .and_then(|i| to.get(i))
                .copied()
                .unwrap_or(1);
            (own == 1 && size != 1).then_some(i)
        };
        let axes: Vec<usize> = from.iter().enumerate().filter_map(repeated).collect();
        let sum = self.sum_over(gradient, &axes);
        self.reshape(&sum, to)
    }

    /// Repeats a value to `dims`.
    pub(super) fn expand(&mut self, x: &str, dims: &[i64]) -> String {
        if self.dims(x) == dims {
            return x.to_owned();
        }
        let shape = self.ints(dims);
        self.push(
            Node::new("Expand", &[x, &shape], &[]),
            self.element(x),
            dims,
        )
    }

    /// Adds zeros before and after each dimension; negative counts cut away.
    pub(super) fn pad(&mut self, x: &str, before: &[i64], after: &[i64]) -> String {
        if before.iter().chain(after).all(|&p| p == 0) {
            return x.to_owned();
        }
        let dims: Vec<i64> = self
            .dims(x)
            .iter()
            .zip(before.iter().zip(after))
            .map(|(d, (b, a))| d + b + a)
            .collect();
        let pads: Vec<i64> = before.iter().chain(after).copied().collect();
        if pads.iter().all(|&p| p <= 0) {
            let starts: Vec<i64> = before.iter().map(|b| -b).collect();
            return self.slice(x, &starts, &dims);
        }
        let pads = self.ints(&pads);
        self.push(Node::new("Pad", &[x, &pads], &[]), self.element(x), &dims)
    }

    /// The block of sizes `dims` that begins at `starts`.
    pub(super) fn slice(&mut self, x: &str, starts: &[i64], dims: &[i64]) -> String {
        let from = self.dims(x);
        let cut: Vec<usize> = (0..from.len())
            .filter(|&i| from.get(i) != dims.get(i))
            .collect();
        if cut.is_empty() {
            return x.to_owned();
        }
        let pick = |values: &[i64]| -> Vec<i64> {
            cut.iter().filter_map(|&i| values.get(i).copied()).collect()
        };
        let begin = pick(starts);
        let end: Vec<i64> = begin.iter().zip(pick(dims)).map(|(b, d)| b + d).collect();
        let axes: Vec<i64> = cut.iter().map(|&i| i as i64).collect();
        let (begin, end, axes) = (self.ints(&begin), self.ints(&end), self.ints(&axes));
        self.push(
            Node::new("Slice", &[x, &begin, &end, &axes], &[]),
            self.element(x),
            dims,
        )
    }

    /// Values one after the other along `axis`.
    pub(super) fn concat(&mut self, parts: &[String], axis: usize) -> String {
        if let [only] = parts {
            return only.clone();
        }
        let mut dims = parts.first().map(|p| self.dims(p)).unwrap_or_default();
        let total = parts
            .iter()
            .filter_map(|p| self.dims(p).get(axis).copied())
            .sum();
        if let Some(d) = dims.get_mut(axis) {
            *d = total;
        }
        let names: Vec<&str> = parts.iter().map(String::as_str).collect();
        let element = parts.first().map_or(ElementType::F32, |p| self.element(p));
        self.push(
            Node::new("Concat", &names, &[]).with_int("axis", axis as i64),
            element,
            &dims,
        )
    }

    /// A product of matrices, batched by the rules of NumPy; both have at least two dimensions.
    pub(super) fn matmul(&mut self, a: &str, b: &str) -> String {
        let (left, right) = (self.dims(a), self.dims(b));
        let batch = |d: &[i64]| {
            d.get(..d.len().saturating_sub(2))
                .unwrap_or_default()
                .to_vec()
        };
        let mut dims = broadcast(&batch(&left), &batch(&right));
        dims.extend(left.iter().rev().nth(1));
        dims.extend(right.last());
        self.push(Node::new("MatMul", &[a, b], &[]), self.element(a), &dims)
    }

    /// A list of whole numbers as a constant.
    pub(super) fn ints(&mut self, values: &[i64]) -> String {
        self.constant(Tensor::from_i64("", &[values.len() as i64], values))
    }

    /// One number as a constant.
    pub(super) fn scalar(&mut self, value: f64, element: ElementType) -> String {
        self.constant(Tensor::from_floats("", &[], element, &[value]))
    }

    /// Numbers as a constant.
    pub(super) fn floats(&mut self, dims: &[i64], values: &[f64], element: ElementType) -> String {
        self.constant(Tensor::from_floats("", dims, element, values))
    }

    /// Zeros that need no space in the file.
    pub(super) fn zeros(&mut self, dims: &[i64], element: ElementType) -> String {
        let zero = self.scalar(0.0, element);
        self.expand(&zero, dims)
    }

    /// A constant; equal ones are stored once.
    pub(super) fn constant(&mut self, mut tensor: Tensor) -> String {
        let mut key = Vec::new();
        key.extend(tensor.data_type.unwrap_or(0).to_le_bytes());
        key.extend((tensor.dims.len() as u64).to_le_bytes());
        key.extend(tensor.dims.iter().flat_map(|d| d.to_le_bytes()));
        let raw = tensor.raw_data.as_deref().unwrap_or_default();
        let shareable = raw.len() <= 4096;
        if shareable {
            key.extend(raw);
            if let Some(name) = self.shared.get(&key) {
                return name.clone();
            }
        }
        let name = self.fresh("constant");
        tensor.name = Some(name.clone());
        let element = tensor.element().unwrap_or(ElementType::F32);
        self.types
            .insert(name.clone(), ValueType::new(element, &tensor.dims));
        self.initializers.push(tensor);
        if shareable {
            self.shared.insert(key, name.clone());
        }
        name
    }

    /// Asks a forward node for its optional output `index` (a pool's indices, a norm's mean).
    pub(super) fn extra_output(
        &mut self,
        node: &Node,
        index: usize,
        element: ElementType,
        dims: &[i64],
    ) -> String {
        if let Some(name) = node.output(index) {
            return name.to_owned();
        }
        let first = node.output.first().cloned().unwrap_or_default();
        if let Some(name) = self.extra_outputs.get(&(first.clone(), index)) {
            return name.clone();
        }
        let name = self.fresh("forward");
        self.types
            .insert(name.clone(), ValueType::new(element, dims));
        self.extra_outputs.insert((first, index), name.clone());
        name
    }
}

/// The name of a node's input that must be there.
pub(super) fn input(node: &Node, index: usize) -> Result<&str, AutodiffError> {
    node.input(index)
        .ok_or_else(|| damaged(node, &format!("input {index} is missing")))
}

/// The gradient of a node's first output, which its rule is only called with if any is there.
pub(super) fn first(gradients: &[Option<String>]) -> Option<&str> {
    gradients.first().and_then(Option::as_deref)
}

pub(super) fn damaged(node: &Node, why: &str) -> AutodiffError {
    AutodiffError::Damaged {
        op: node.op().to_owned(),
        node: node.label().to_owned(),
        why: why.to_owned(),
    }
}

pub(super) fn unsupported(node: &Node, why: &str) -> AutodiffError {
    AutodiffError::Unsupported {
        op: node.op().to_owned(),
        node: node.label().to_owned(),
        why: why.to_owned(),
    }
}

/// An axis counted from the end as one counted from the start.
pub(super) fn axis_of(node: &Node, axis: i64, rank: usize) -> Result<usize, AutodiffError> {
    let positive = if axis < 0 { axis + rank as i64 } else { axis };
    usize::try_from(positive)
        .ok()
        .filter(|&a| a < rank)
        .ok_or_else(|| {
            damaged(
                node,
                &format!("axis {axis} does not exist in {rank} dimensions"),
            )
        })
}

impl Sweep<'_> {
    /// The whole numbers of a constant input; `None` where it is left out.
    pub(super) fn constant_ints(
        &self,
        node: &Node,
        index: usize,
    ) -> Result<Option<Vec<i64>>, AutodiffError> {
        let Some(name) = node.input(index) else {
            return Ok(None);
        };
        let tensor = self
            .constants
            .get(name)
            .ok_or_else(|| unsupported(node, &format!("input {index} depends on the picture")))?;
        tensor
            .to_i64()
            .map(Some)
            .map_err(|e| damaged(node, &e.to_string()))
    }

    /// The numbers of a constant input; `None` where it is left out.
    pub(super) fn constant_floats(
        &self,
        node: &Node,
        index: usize,
    ) -> Result<Option<Vec<f64>>, AutodiffError> {
        let Some(name) = node.input(index) else {
            return Ok(None);
        };
        let tensor = self
            .constants
            .get(name)
            .ok_or_else(|| unsupported(node, &format!("input {index} depends on the picture")))?;
        tensor
            .to_f64()
            .map(Some)
            .map_err(|e| damaged(node, &e.to_string()))
    }
}
