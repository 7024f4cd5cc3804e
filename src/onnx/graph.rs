//! Inputs, outputs, order, who reads what, cutting away what is not used.

use std::collections::{HashMap, HashSet};

use super::{
    Dimension, DimensionValue, ElementType, Graph, Model, Node, OnnxError, OperatorSet, Property,
    Shape, TensorType, Type, ValueInfo,
};

/// Element type and shape of a value whose every size is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueType {
    /// What the elements are.
    pub element: ElementType,
    /// The sizes; empty for a scalar.
    pub dims: Vec<i64>,
}

impl ValueType {
    /// The type of a tensor of these sizes.
    #[must_use]
    pub fn new(element: ElementType, dims: &[i64]) -> Self {
        Self {
            element,
            dims: dims.to_vec(),
        }
    }

    /// Number of elements.
    #[must_use]
    pub fn count(&self) -> i64 {
        self.dims.iter().product()
    }
}

impl ValueInfo {
    /// A tensor of known shape.
    #[must_use]
    pub fn new(name: &str, value_type: &ValueType) -> Self {
        let dim = |&size: &i64| Dimension {
            value: Some(DimensionValue::Size(size)),
        };
        let shape = Shape {
            dim: value_type.dims.iter().map(dim).collect(),
        };
        Self::of(name, value_type.element, Some(shape))
    }

    /// A tensor of which only the element type is known.
    #[must_use]
    pub fn of_unknown_shape(name: &str, element: ElementType) -> Self {
        Self::of(name, element, None)
    }

    fn of(name: &str, element: ElementType, shape: Option<Shape>) -> Self {
        Self {
            name: Some(name.to_owned()),
            r#type: Some(Type {
                tensor_type: Some(TensorType {
                    elem_type: Some(element.code()),
                    shape,
                }),
                ..Type::default()
            }),
        }
    }

    /// Its element type, if it is a tensor of numbers.
    #[must_use]
    pub fn element(&self) -> Option<ElementType> {
        ElementType::from_code(self.r#type.as_ref()?.tensor_type.as_ref()?.elem_type?)
    }

    /// Its sizes, `None` where unknown; `None` when not even the rank is known.
    #[must_use]
    pub fn dims(&self) -> Option<Vec<Option<i64>>> {
        let shape = self.r#type.as_ref()?.tensor_type.as_ref()?.shape.as_ref()?;
        let size = |d: &Dimension| match d.value {
            Some(DimensionValue::Size(size)) if size > 0 => Some(size),
            _ => None,
        };
        Some(shape.dim.iter().map(size).collect())
    }
}

/// Keys of the sentences about how a network was prepared.
const NOTE: &str = "saliscope/note/";

impl Model {
    /// A model of one graph in the standard operator set `opset`.
    #[must_use]
    pub fn new(graph: Graph, opset: i64) -> Self {
        Self {
            // IR version 8 belongs to opset 15 to 18, 10 to 21 (onnx/docs/Versioning.md); readers
            // accept a newer opset in an older IR.
            ir_version: Some(if opset >= 19 { 10 } else { 8 }),
            producer_name: Some("saliscope".to_owned()),
            producer_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            graph: Some(graph),
            opset_import: vec![OperatorSet {
                domain: None,
                version: Some(opset),
            }],
            ..Self::default()
        }
    }

    /// The version of the standard operator set, 1 where it is not imported.
    #[must_use]
    pub fn opset(&self) -> i64 {
        self.opset_import
            .iter()
            .find(|o| matches!(o.domain.as_deref().unwrap_or_default(), "" | "ai.onnx"))
            .and_then(|o| o.version)
            .unwrap_or(1)
    }

    /// Imports the standard operator set in this version, and of the others only those that a
    /// node or function uses.
    pub fn set_opset(&mut self, version: i64) {
        let mut used: HashSet<&str> = self
            .functions
            .iter()
            .filter_map(|f| f.domain.as_deref())
            .collect();
        let nodes = self
            .graph
            .iter()
            .flat_map(|g| &g.node)
            .chain(self.functions.iter().flat_map(|f| &f.node));
        used.extend(nodes.map(Node::op_domain));
        let mut kept = vec![OperatorSet {
            domain: None,
            version: Some(version),
        }];
        kept.extend(
            self.opset_import
                .iter()
                .filter(|o| {
                    let domain = o.domain.as_deref().unwrap_or_default();
                    !matches!(domain, "" | "ai.onnx") && used.contains(domain)
                })
                .cloned(),
        );
        self.opset_import = kept;
    }

    /// Sentences about how the network was prepared, kept in the file.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let notes = self.metadata_props.iter();
        let notes = notes.filter(|p| p.key.as_deref().is_some_and(|k| k.starts_with(NOTE)));
        notes.filter_map(|p| p.value.clone()).collect()
    }

    /// Keeps sentences about how the network was prepared, in place of those before.
    pub fn set_notes(&mut self, notes: &[String]) {
        self.metadata_props
            .retain(|p| p.key.as_deref().is_none_or(|k| !k.starts_with(NOTE)));
        let property = |(i, note): (usize, &String)| Property {
            key: Some(format!("{NOTE}{i}")),
            value: Some(note.clone()),
        };
        self.metadata_props
            .extend(notes.iter().enumerate().map(property));
    }

    /// The graph.
    ///
    /// # Errors
    /// When the file holds none.
    pub fn graph(&self) -> Result<&Graph, OnnxError> {
        self.graph
            .as_ref()
            .ok_or_else(|| OnnxError::NotOnnx("it holds no graph".to_owned()))
    }

    /// The graph, to be changed.
    ///
    /// # Errors
    /// When the file holds none.
    pub fn graph_mut(&mut self) -> Result<&mut Graph, OnnxError> {
        self.graph
            .as_mut()
            .ok_or_else(|| OnnxError::NotOnnx("it holds no graph".to_owned()))
    }
}

impl Graph {
    /// The inputs that the caller must give: old files list the constants among them.
    pub fn required_inputs(&self) -> impl Iterator<Item = &ValueInfo> {
        let constants: HashSet<&str> = self
            .initializer
            .iter()
            .filter_map(|t| t.name.as_deref())
            .collect();
        self.input
            .iter()
            .filter(move |i| !constants.contains(i.name()))
    }

    /// Brings the nodes into an order in which every value is made before it is read.
    ///
    /// # Errors
    /// When there is a cycle, or two nodes make the same value.
    pub fn sort(&mut self) -> Result<(), OnnxError> {
        let mut producer = HashMap::new();
        for (index, node) in self.node.iter().enumerate() {
            for name in node.output.iter().filter(|n| !n.is_empty()) {
                if producer.insert(name.as_str(), index).is_some() {
                    return Err(OnnxError::Graph(format!(
                        "two operators make the value {name:?}"
                    )));
                }
            }
        }
        let mut waits = vec![0usize; self.node.len()];
        let mut readers: Vec<Vec<usize>> = vec![Vec::new(); self.node.len()];
        for (index, node) in self.node.iter().enumerate() {
            for name in outer_reads(node) {
                if let Some(&from) = producer.get(name)
                    && let (Some(wait), Some(list)) = (waits.get_mut(index), readers.get_mut(from))
                {
                    *wait += 1;
                    list.push(index);
                }
            }
        }
        // A heap keeps the file's order among the nodes that are ready.
        let mut ready: std::collections::BinaryHeap<std::cmp::Reverse<usize>> = waits
            .iter()
            .enumerate()
            .filter(|(_, w)| **w == 0)
            .map(|(i, _)| std::cmp::Reverse(i))
            .collect();
        let mut order = Vec::with_capacity(self.node.len());
        while let Some(std::cmp::Reverse(index)) = ready.pop() {
            order.push(index);
            for &reader in readers.get(index).into_iter().flatten() {
                if let Some(wait) = waits.get_mut(reader) {
                    *wait -= 1;
                    if *wait == 0 {
                        ready.push(std::cmp::Reverse(reader));
                    }
                }
            }
        }
        if order.len() != self.node.len() {
            return Err(OnnxError::Graph(
                "its operators read each other in a circle".to_owned(),
            ));
        }
        let mut nodes: Vec<Option<Node>> = std::mem::take(&mut self.node)
            .into_iter()
            .map(Some)
            .collect();
        self.node = order
            .into_iter()
            .filter_map(|i| nodes.get_mut(i).and_then(Option::take))
            .collect();
        Ok(())
    }

    /// Removes nodes and constants that no output needs. The nodes must be in order.
    pub fn prune(&mut self) {
        let mut needed: HashSet<String> = self.output.iter().map(|o| o.name().to_owned()).collect();
        let mut kept = Vec::with_capacity(self.node.len());
        for node in std::mem::take(&mut self.node).into_iter().rev() {
            if node
                .output
                .iter()
                .any(|name| !name.is_empty() && needed.contains(name))
            {
                needed.extend(outer_reads(&node).map(str::to_owned));
                kept.push(node);
            }
        }
        kept.reverse();
        self.node = kept;
        self.initializer
            .retain(|t| t.name.as_deref().is_some_and(|name| needed.contains(name)));
        let constants: HashSet<&str> = self
            .initializer
            .iter()
            .filter_map(|t| t.name.as_deref())
            .collect();
        self.input.retain(|i| !constants.contains(i.name()));
    }
}

/// The values that a node reads, those that its inner graphs take from outside included.
fn outer_reads(node: &Node) -> impl Iterator<Item = &str> {
    let inner = node
        .attribute
        .iter()
        .flat_map(|a| a.g.iter().chain(&a.graphs))
        .flat_map(|graph| {
            // What an inner graph makes itself may be listed too: its names are unique in the file.
            let own = graph
                .node
                .iter()
                .flat_map(|n| n.input.iter().map(String::as_str));
            own.chain(graph.output.iter().map(ValueInfo::name))
                .collect::<Vec<_>>()
        });
    node.input
        .iter()
        .map(String::as_str)
        .chain(inner)
        .filter(|name| !name.is_empty())
}
