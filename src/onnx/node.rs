//! One operation: make it, read its attributes.

use super::{Attribute, Node, Tensor, attribute_type};

impl Node {
    /// A node of the standard operator set.
    #[must_use]
    pub fn new(op: &str, inputs: &[&str], outputs: &[&str]) -> Self {
        Self {
            input: inputs.iter().map(|&s| s.to_owned()).collect(),
            output: outputs.iter().map(|&s| s.to_owned()).collect(),
            name: Some(outputs.first().map(|o| (*o).to_owned()).unwrap_or_default()),
            op_type: Some(op.to_owned()),
            ..Self::default()
        }
    }

    /// The same node with a whole-number attribute.
    #[must_use]
    pub fn with_int(mut self, name: &str, value: i64) -> Self {
        self.attribute.push(Attribute {
            name: Some(name.to_owned()),
            i: Some(value),
            r#type: Some(attribute_type::INT),
            ..Attribute::default()
        });
        self
    }

    /// The same node with an attribute of whole numbers.
    #[must_use]
    pub fn with_ints(mut self, name: &str, values: &[i64]) -> Self {
        self.attribute.push(Attribute {
            name: Some(name.to_owned()),
            ints: values.to_vec(),
            r#type: Some(attribute_type::INTS),
            ..Attribute::default()
        });
        self
    }

    /// The same node with a number as attribute.
    #[must_use]
    pub fn with_float(mut self, name: &str, value: f32) -> Self {
        self.attribute.push(Attribute {
            name: Some(name.to_owned()),
            f: Some(value),
            r#type: Some(attribute_type::FLOAT),
            ..Attribute::default()
        });
        self
    }

    /// The same node with a text as attribute.
    #[must_use]
    pub fn with_text(mut self, name: &str, value: &str) -> Self {
        self.attribute.push(Attribute {
            name: Some(name.to_owned()),
            s: Some(value.as_bytes().to_vec()),
            r#type: Some(attribute_type::STRING),
            ..Attribute::default()
        });
        self
    }

    /// The operator's name.
    #[must_use]
    pub fn op(&self) -> &str {
        self.op_type.as_deref().unwrap_or_default()
    }

    /// The operator's domain, empty for the standard set.
    #[must_use]
    pub fn op_domain(&self) -> &str {
        match self.domain.as_deref().unwrap_or_default() {
            "ai.onnx" => "",
            other => other,
        }
    }

    /// A name for messages: the node's own, or that of its first output.
    #[must_use]
    pub fn label(&self) -> &str {
        match self.name.as_deref() {
            Some(name) if !name.is_empty() => name,
            _ => self.output.first().map(String::as_str).unwrap_or_default(),
        }
    }

    /// The name of input `index`; `None` where it is left out.
    #[must_use]
    pub fn input(&self, index: usize) -> Option<&str> {
        self.input
            .get(index)
            .map(String::as_str)
            .filter(|name| !name.is_empty())
    }

    /// The name of output `index`; `None` where it is left out.
    #[must_use]
    pub fn output(&self, index: usize) -> Option<&str> {
        self.output
            .get(index)
            .map(String::as_str)
            .filter(|name| !name.is_empty())
    }

    /// The attribute of that name.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attribute
            .iter()
            .find(|a| a.name.as_deref() == Some(name))
    }

    /// A whole-number attribute, or its default.
    #[must_use]
    pub fn int(&self, name: &str, default: i64) -> i64 {
        self.attribute(name).and_then(|a| a.i).unwrap_or(default)
    }

    /// A number attribute, or its default.
    #[must_use]
    pub fn float(&self, name: &str, default: f32) -> f32 {
        self.attribute(name).and_then(|a| a.f).unwrap_or(default)
    }

    /// A text attribute, or its default.
    #[must_use]
    pub fn text<'a>(&'a self, name: &str, default: &'a str) -> &'a str {
        self.attribute(name)
            .and_then(|a| a.s.as_deref())
            .and_then(|s| std::str::from_utf8(s).ok())
            .unwrap_or(default)
    }

    /// An attribute of whole numbers; `None` where it is not given.
    #[must_use]
    pub fn ints(&self, name: &str) -> Option<&[i64]> {
        self.attribute(name).map(|a| a.ints.as_slice())
    }

    /// A tensor attribute.
    #[must_use]
    pub fn tensor(&self, name: &str) -> Option<&Tensor> {
        self.attribute(name).and_then(|a| a.t.as_ref())
    }

    /// Takes an attribute away and returns it.
    pub fn take_attribute(&mut self, name: &str) -> Option<Attribute> {
        let at = self
            .attribute
            .iter()
            .position(|a| a.name.as_deref() == Some(name))?;
        Some(self.attribute.remove(at))
    }
}
