"""SqueezeNet 1.1 from Keras weights.

Architecture: Iandola et al., "SqueezeNet", 2016, version 1.1, as in rcmalli/keras-squeezenet:
conv1, the pools and conv10 are VALID, the 3 x 3 filters of the fire modules SAME. The logits
are the class averages before the final softmax.
"""

from array import array

from .onnx_write import Graph
from .tensor import ConversionError, Tensor

SIDE = 227
POOL_AFTER = ("fire3", "fire5")
FIRES = tuple(f"fire{number}" for number in range(2, 10))


def _kernel_to_onnx(kernel):
    """Keras' [height, width, in, out] as ONNX' [out, in, height, width]."""
    height, width, inputs, outputs = kernel.shape
    values = array("f")
    for out in range(outputs):
        column = kernel.values[out::outputs]
        for channel in range(inputs):
            values.extend(column[channel::inputs])
    return Tensor((outputs, inputs, height, width), values)


class _Builder:
    def __init__(self, graph, datasets):
        self.graph = graph
        self.datasets = datasets
        self.unused = set(datasets)

    def take(self, layer, kind):
        # Keras 1 writes LAYER/LAYER_W:0, Keras 2 LAYER/LAYER/kernel:0.
        endings = {"kernel": ("kernel:0", "_W:0"), "bias": ("bias:0", "_b:0")}[kind]
        names = [name for name in self.unused if name.startswith(layer + "/") and name.endswith(endings)]
        if len(names) != 1:
            raise ConversionError(f"the weight file has {len(names)} arrays for the {kind} of {layer}")
        self.unused.remove(names[0])
        return self.datasets[names[0]]

    def conv_relu(self, layer, value, stride=1, same=False):
        kernel = _kernel_to_onnx(self.take(layer, "kernel"))
        side = kernel.shape[2]
        pad = side // 2 if same else 0
        inputs = [
            value,
            self.graph.constant(layer + "/weight", kernel),
            self.graph.constant(layer + "/bias", self.take(layer, "bias")),
        ]
        value = self.graph.node(
            "Conv", layer + "/conv", inputs, kernel_shape=[side, side], pads=[pad] * 4, strides=[stride, stride]
        )
        return self.graph.node("Relu", layer + "/relu", [value])

    def pool(self, name, value):
        return self.graph.node("MaxPool", name, [value], kernel_shape=[3, 3], strides=[2, 2])

    def fire(self, name, value):
        """Squeeze to few channels, then expand with 1 x 1 and 3 x 3 filters side by side."""
        value = self.conv_relu(name + "/squeeze1x1", value)
        left = self.conv_relu(name + "/expand1x1", value)
        right = self.conv_relu(name + "/expand3x3", value, same=True)
        return self.graph.node("Concat", name + "/concat", [left, right], axis=1)


def convert(datasets, name, doc, metadata):
    """The ONNX bytes of the network whose Keras weights are in `datasets`."""
    graph = Graph(name)
    builder = _Builder(graph, datasets)
    doc_input = "BGR, x - (103.939, 116.779, 123.68) with x in 0..255, NCHW"
    value = graph.input("input", ["N", 3, SIDE, SIDE], doc_input)
    value = builder.pool("pool1", builder.conv_relu("conv1", value, stride=2))
    for fire in FIRES:
        value = builder.fire(fire, value)
        if fire in POOL_AFTER:
            value = builder.pool("pool" + fire[-1], value)
    value = builder.conv_relu("conv10", value)
    value = graph.node("GlobalAveragePool", "pool10", [value])
    value = graph.node("Flatten", "flatten", [value], output="logits", axis=1)
    if builder.unused:
        raise ConversionError(f"weights that {name} has no place for: {', '.join(sorted(builder.unused)[:4])}")
    graph.output(value, ["N", 1000], "one logit per ImageNet class, before softmax")
    return graph.to_bytes(doc, metadata)
