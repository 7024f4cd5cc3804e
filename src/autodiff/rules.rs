//! The registry: which operator is differentiated by which rule.

use crate::onnx::Node;

use super::sweep::Sweep;
use super::{
    AutodiffError, activation, binary, conv, einsum, index, matmul, max_pool, norm, pool,
    quantised, reduce, resize, shape, softmax, unary, windows,
};

/// Appends the nodes that turn the gradients of a node's outputs (`None`: nothing depends on
/// that output) into those of its inputs, and gives them to the sweep.
pub(super) type Rule = fn(&mut Sweep<'_>, &Node, &[Option<String>]) -> Result<(), AutodiffError>;

/// True when the operator has a gradient rule. `domain` is empty for the standard operators.
#[must_use]
pub fn has_rule(domain: &str, operator: &str) -> bool {
    rule(domain, operator).is_some()
}

pub(super) fn rule(domain: &str, operator: &str) -> Option<Rule> {
    match domain {
        "" => standard(operator),
        "com.microsoft" => microsoft(operator),
        _ => None,
    }
}

/// True when the rule of a node takes a gradient phase by phase (see `phased`); for others it is
/// put together first.
pub(super) fn takes_phases(node: &Node) -> bool {
    node.op_domain().is_empty() && matches!(node.op(), "Relu" | "Clip" | "Conv")
}

#[expect(clippy::too_many_lines, reason = "a table with a line an operator")]
fn standard(operator: &str) -> Option<Rule> {
    Some(match operator {
        "Conv" => conv::conv,
        "ConvTranspose" => conv::conv_transpose,
        "Gemm" => matmul::gemm,
        "MatMul" => matmul::matmul,
        "Einsum" => einsum::einsum,

        "MaxPool" => max_pool::max_pool,
        "AveragePool" => pool::average_pool,
        "GlobalAveragePool" => pool::global_average_pool,
        "GlobalMaxPool" => pool::global_max_pool,
        "MaxUnpool" => index::max_unpool,

        "BatchNormalization" => norm::batch_norm,
        "LayerNormalization" | "RMSNormalization" | "SimplifiedLayerNormalization" => {
            norm::layer_norm
        }
        "InstanceNormalization" => norm::instance_norm,
        "GroupNormalization" => norm::group_norm,
        "LRN" => norm::lrn,
        "LpNormalization" => norm::lp_norm,

        "ReduceSum" => reduce::sum,
        "ReduceMean" => reduce::mean,
        "ReduceMax" | "ReduceMin" => reduce::extreme,
        "ReduceProd" => reduce::product,
        "CumSum" => reduce::cumulative_sum,
        "ReduceL1" => reduce::l1,
        "ReduceL2" => reduce::l2,
        "ReduceSumSquare" => reduce::sum_square,
        "ReduceLogSum" => reduce::log_sum,
        "ReduceLogSumExp" => reduce::log_sum_exp,

        "Relu" => activation::relu,
        "LeakyRelu" => activation::leaky_relu,
        "PRelu" => activation::prelu,
        "Elu" | "Selu" | "Celu" => activation::elu,
        "ThresholdedRelu" => activation::thresholded_relu,
        "Shrink" => activation::shrink,
        "Clip" => activation::clip,
        "HardSigmoid" => activation::hard_sigmoid,
        "HardSwish" => activation::hard_swish,

        "Sigmoid" => unary::sigmoid,
        "Tanh" => unary::tanh,
        "Swish" => unary::swish,
        "Gelu" => unary::gelu,
        "Mish" => unary::mish,
        "Erf" => unary::erf,
        "Softplus" => unary::softplus,
        "Softsign" => unary::softsign,
        "Exp" => unary::exp,
        "Log" => unary::log,
        "Sqrt" => unary::sqrt,
        "Reciprocal" => unary::reciprocal,
        "Abs" => unary::abs,
        "Neg" => unary::neg,
        "Sin" => unary::sin,
        "Cos" => unary::cos,
        "Tan" => unary::tan,
        "Asin" => unary::asin,
        "Acos" => unary::acos,
        "Atan" => unary::atan,
        "Sinh" => unary::sinh,
        "Cosh" => unary::cosh,
        "Asinh" => unary::asinh,
        "Acosh" => unary::acosh,
        "Atanh" => unary::atanh,
        "Identity" | "Dropout" | "Cast" => unary::same,
        // Flat almost everywhere, or not a number that changes by small steps.
        "Floor" | "Ceil" | "Round" | "Sign" | "Shape" | "Size" | "ArgMax" | "ArgMin"
        | "Greater" | "GreaterOrEqual" | "Less" | "LessOrEqual" | "Equal" | "Not" | "And"
        | "Or" | "Xor" | "IsNaN" | "IsInf" | "NonZero" | "ConstantOfShape" | "Range"
        | "EyeLike" | "Bernoulli" | "Multinomial" | "RandomNormalLike" | "RandomUniformLike" => {
            unary::flat
        }

        "Add" | "Sub" | "Sum" | "Mean" => binary::sum,
        "Mul" => binary::mul,
        "Div" => binary::div,
        "Pow" => binary::pow,
        "Max" | "Min" => binary::extreme,
        "Mod" => binary::modulo,
        "Where" => binary::where_,

        "Softmax" => softmax::softmax,
        "LogSoftmax" => softmax::log_softmax,

        "Reshape" | "Flatten" | "Squeeze" | "Unsqueeze" => shape::reshape,
        "Transpose" => shape::transpose,
        "Expand" => shape::expand,
        "Tile" => shape::tile,
        "Concat" => shape::concat,
        "Split" => shape::split,
        "Col2Im" => windows::col2im,
        "DepthToSpace" => shape::depth_to_space,
        "SpaceToDepth" => shape::space_to_depth,
        "Slice" => index::slice,
        "Gather" => index::gather,
        "GatherND" | "GatherElements" => index::gather_at,
        "ScatterND" | "ScatterElements" => index::scatter,
        "TopK" => index::top_k,
        "Trilu" => index::triangle,
        "Pad" => index::pad,
        "Resize" => resize::resize,

        "QuantizeLinear" => quantised::quantize,
        "DynamicQuantizeLinear" => quantised::quantize_dynamically,
        "DequantizeLinear" => quantised::dequantize,
        _ => return None,
    })
}

/// Operators that ONNX Runtime writes into networks it has optimised.
fn microsoft(operator: &str) -> Option<Rule> {
    Some(match operator {
        "Gelu" | "FastGelu" => unary::gelu,
        "QuickGelu" => unary::swish,
        "QuantizeLinear" => quantised::quantize,
        "DequantizeLinear" => quantised::dequantize,
        _ => return None,
    })
}
