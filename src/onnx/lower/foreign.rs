//! Operators that no runtime knows: which, where, and who writes such files.

use crate::onnx::{Model, Node, OnnxError};

/// Domains whose operators come with ONNX Runtime.
const KNOWN: [&str; 9] = [
    "",
    "ai.onnx.ml",
    "ai.onnx.preview",
    "ai.onnx.preview.training",
    "com.microsoft",
    "com.microsoft.experimental",
    "com.microsoft.nchwc",
    "com.ms.internal.nhwc",
    "com.microsoft.dml",
];

/// Beginnings of domains, who writes them, and the way out.
const WRITERS: [(&str, &str); 12] = [
    (
        "qonnx.",
        "Brevitas and QONNX write it; export with Brevitas' QCDQ, or convert it with qonnx.transformation.qonnx_to_qcdq",
    ),
    (
        "onnx.brevitas",
        "Brevitas writes it; export with its QCDQ form",
    ),
    (
        "finn.",
        "FINN writes it for an FPGA; use the model before its transformations",
    ),
    (
        "aimet",
        "AIMET writes it; export with its QDQ form, or without the quantisers",
    ),
    (
        "org.pytorch.aten",
        "PyTorch's ATen fallback writes it; export without the fallback",
    ),
    (
        "ai.onnx.contrib",
        "onnxruntime-extensions write it, for preparing files; use the model before that was added",
    ),
    (
        "trt",
        "TensorRT's tools write it for their plug-ins; export for ONNX Runtime",
    ),
    (
        "mmdeploy",
        "MMDeploy writes it; export for its ONNX Runtime backend without custom operators",
    ),
    ("mmcv", "MMCV writes it; export without custom operators"),
    (
        "pkg.",
        "PyTorch's exporter writes it as a function that this file lacks; export it again",
    ),
    (
        "org.openvinotoolkit",
        "OpenVINO's tools write it; export with standard operators",
    ),
    (
        "com.amd.quark",
        "AMD Quark writes it; export with its QDQ form",
    ),
];

/// The first node of a domain that neither ONNX Runtime nor the file itself explains.
///
/// # Errors
/// When there is one.
pub fn refuse_foreign(model: &Model) -> Result<(), OnnxError> {
    let own = |node: &Node| {
        let mut functions = model.functions.iter();
        functions.any(|f| {
            f.name.as_deref() == Some(node.op())
                && f.domain.as_deref().unwrap_or_default() == node.op_domain()
        })
    };
    let mut stack: Vec<&[Node]> = model.graph.iter().map(|g| g.node.as_slice()).collect();
    stack.extend(model.functions.iter().map(|f| f.node.as_slice()));
    while let Some(nodes) = stack.pop() {
        for node in nodes {
            if !KNOWN.contains(&node.op_domain()) && !own(node) {
                return Err(foreign(node));
            }
            let inner = node.attribute.iter();
            let inner = inner.flat_map(|a| a.g.iter().chain(&a.graphs));
            stack.extend(inner.map(|g| g.node.as_slice()));
        }
    }
    Ok(())
}

/// The node that a message of ONNX Runtime is about, which says that it knows no such operator.
#[must_use]
pub fn unregistered(model: &Model, message: &str) -> Option<OnnxError> {
    if !message.contains("egistered") {
        return None;
    }
    let words: Vec<&str> = message
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .collect();
    let mut nodes = model.graph.iter().flat_map(|g| &g.node);
    nodes.find(|n| words.contains(&n.op())).map(foreign)
}

fn foreign(node: &Node) -> OnnxError {
    let domain = node.op_domain();
    let keras = domain.is_empty()
        && [
            "Stateless",
            "ImageProjective",
            "RandomUniformInt",
            "RandomStandard",
        ]
        .iter()
        .any(|start| node.op().starts_with(start));
    let writer = WRITERS.iter().find(|(start, _)| domain.starts_with(start));
    let advice = match writer {
        Some((_, advice)) => advice,
        None if keras => {
            "an augmentation layer of Keras writes it; leave RandomFlip, RandomRotation and the like out before exporting"
        }
        None => "a tool's or its author's own operator; export the network with standard operators",
    };
    OnnxError::Foreign {
        operator: node.op().to_owned(),
        domain: if domain.is_empty() { "ai.onnx" } else { domain }.to_owned(),
        node: node.label().to_owned(),
        advice: (*advice).to_owned(),
    }
}
