"""EfficientNet-Lite 0 to 2 from their PyTorch state dicts.

Architecture: Tan and Le, "EfficientNet", ICML 2019, in the Lite form of
tensorflow/tpu models/official/efficientnet/lite (no squeeze-and-excitation, ReLU6, fixed stem
and head). Convolutions pad as TensorFlow's SAME: the odd pixel goes to the bottom right.
Batch norm is folded into the convolution before it.
"""

import math
from array import array

from .onnx_write import Graph
from .tensor import ConversionError, Tensor

# Blocks of each stage before depth scaling, and the stride of the stage's first block.
STAGE_BLOCKS = (1, 2, 2, 3, 3, 4, 1)
STAGE_STRIDES = (1, 2, 2, 2, 1, 2, 1)
BATCH_NORM_EPSILON = 1e-3


def _stage_blocks(depth):
    """Blocks a stage; the Lite family leaves the first and the last stage as they are."""
    last = len(STAGE_BLOCKS) - 1
    return [count if stage in (0, last) else math.ceil(count * depth) for stage, count in enumerate(STAGE_BLOCKS)]


class _Builder:
    def __init__(self, graph, weights):
        self.graph = graph
        self.weights = weights
        self.unused = {name for name in weights if not name.endswith(".num_batches_tracked")}
        self.side = 0
        # Clip's bounds are scalars shared by every activation.
        self.zero = graph.constant("zero", Tensor((), array("f", [0.0])))
        self.six = graph.constant("six", Tensor((), array("f", [6.0])))

    def take(self, name):
        if name not in self.weights:
            raise ConversionError(f"the weight file has no {name}")
        self.unused.discard(name)
        return self.weights[name]

    def relu6(self, name, value):
        return self.graph.node("Clip", name + "/relu6", [value, self.zero, self.six])

    def conv_bn(self, name, value, conv, norm, stride=1):
        """Convolution with the batch norm after it folded in; depthwise where the weights say so."""
        weight = self.take(conv + ".weight")
        gamma, beta, mean, variance = (
            self.take(f"{norm}.{part}").values for part in ("weight", "bias", "running_mean", "running_var")
        )
        scale = [g / math.sqrt(v + BATCH_NORM_EPSILON) for g, v in zip(gamma, variance)]
        bias = array("f", (b - m * s for b, m, s in zip(beta, mean, scale)))
        out_channels, per_group, kernel, _ = weight.shape
        depthwise = conv.endswith("_depthwise_conv")
        if depthwise and per_group != 1:
            raise ConversionError(f"{conv} should be depthwise")
        out_side = -(-self.side // stride)
        padding = max((out_side - 1) * stride + kernel - self.side, 0)
        before, after = padding // 2, padding - padding // 2
        self.side = out_side
        inputs = [
            value,
            self.graph.constant(name + "/weight", weight.scaled_by_row(scale)),
            self.graph.constant(name + "/bias", Tensor((out_channels,), bias)),
        ]
        return self.graph.node(
            "Conv",
            name + "/conv",
            inputs,
            group=out_channels if depthwise else 1,
            kernel_shape=[kernel, kernel],
            pads=[before, before, after, after],
            strides=[stride, stride],
        )

    def block(self, index, name, value, stride):
        """Mobile inverted bottleneck: expand, filter each channel, project, add the input."""
        source, prefix = value, f"_blocks.{index}."
        if prefix + "_expand_conv.weight" in self.weights:
            value = self.conv_bn(name + "/expand", value, prefix + "_expand_conv", prefix + "_bn0")
            value = self.relu6(name + "/expand", value)
        value = self.conv_bn(name + "/depthwise", value, prefix + "_depthwise_conv", prefix + "_bn1", stride)
        value = self.relu6(name + "/depthwise", value)
        value = self.conv_bn(name + "/project", value, prefix + "_project_conv", prefix + "_bn2")
        first = self.weights.get(prefix + "_expand_conv.weight") or self.weights[prefix + "_depthwise_conv.weight"]
        expanded = prefix + "_expand_conv.weight" in self.weights
        in_channels = first.shape[1] if expanded else first.shape[0]
        out_channels = self.weights[prefix + "_project_conv.weight"].shape[0]
        if stride == 1 and in_channels == out_channels:
            value = self.graph.node("Add", name + "/add", [value, source])
        return value


def convert(weights, name, side, depth, doc, metadata):
    """The ONNX bytes of a network.

    `weights` is the state dict, `side` the input's height and width in pixels, `depth` the
    factor on the blocks of the middle stages.
    """
    graph = Graph(name)
    builder = _Builder(graph, weights)
    builder.side = side
    value = graph.input("input", ["N", 3, side, side], "RGB, (x - 127) / 128 with x in 0..255, NCHW")
    value = builder.relu6("stem", builder.conv_bn("stem", value, "_conv_stem", "_bn0", stride=2))
    index = 0
    for stage, (count, stage_stride) in enumerate(zip(_stage_blocks(depth), STAGE_STRIDES), start=1):
        for repeat in range(count):
            stride = stage_stride if repeat == 0 else 1
            value = builder.block(index, f"stage{stage}/block{repeat + 1}", value, stride)
            index += 1
    value = builder.relu6("head", builder.conv_bn("head", value, "_conv_head", "_bn1"))
    value = graph.node("GlobalAveragePool", "pool", [value])
    value = graph.node("Flatten", "flatten", [value], axis=1)
    weight, bias = builder.take("_fc.weight"), builder.take("_fc.bias")
    inputs = [value, graph.constant("classifier/weight", weight), graph.constant("classifier/bias", bias)]
    value = graph.node("Gemm", "classifier", inputs, output="logits", transB=1)
    if builder.unused:
        raise ConversionError(f"weights that {name} has no place for: {', '.join(sorted(builder.unused)[:4])}")
    graph.output(value, ["N", weight.shape[0]], "one logit per ImageNet class, before softmax")
    return graph.to_bytes(doc, metadata)
