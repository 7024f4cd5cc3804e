"""Builds an ONNX graph and writes it, after onnx.proto of ONNX 1.12 (IR version 8, opset 17).

Protocol-buffer fields are written in ascending order with no optional extras, so the same
graph always gives the same bytes.
"""

import struct

IR_VERSION, OPSET = 8, 17
FLOAT = 1
ATTRIBUTE_FLOAT, ATTRIBUTE_INT, ATTRIBUTE_STRING, ATTRIBUTE_INTS = 1, 2, 3, 7


def _varint(value):
    value &= 0xFFFFFFFFFFFFFFFF
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _int(field, value):
    return _varint(field << 3) + _varint(value)


def _bytes(field, value):
    if isinstance(value, str):
        value = value.encode()
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _attribute(name, value):
    head = _bytes(1, name)
    if isinstance(value, float):
        return head + _varint(2 << 3 | 5) + struct.pack("<f", value) + _int(20, ATTRIBUTE_FLOAT)
    if isinstance(value, int):
        return head + _int(3, value) + _int(20, ATTRIBUTE_INT)
    if isinstance(value, str):
        return head + _bytes(4, value) + _int(20, ATTRIBUTE_STRING)
    return head + b"".join(_int(8, item) for item in value) + _int(20, ATTRIBUTE_INTS)


def _value_info(name, shape, doc):
    dims = b"".join(_bytes(1, _bytes(2, extent) if isinstance(extent, str) else _int(1, extent)) for extent in shape)
    tensor_type = _int(1, FLOAT) + _bytes(2, dims)
    return _bytes(1, name) + _bytes(2, _bytes(1, tensor_type)) + _bytes(3, doc)


class Graph:
    """A network that grows node by node. Methods return the name of the value they make."""

    def __init__(self, name):
        self.name = name
        self.nodes = []
        self.initializers = []
        self.inputs = []
        self.outputs = []

    def input(self, name, shape, doc):
        """A graph input of 32-bit floats; a text in `shape` is a free dimension."""
        self.inputs.append(_value_info(name, shape, doc))
        return name

    def output(self, name, shape, doc):
        """Marks a value as a graph output."""
        self.outputs.append(_value_info(name, shape, doc))

    def constant(self, name, tensor):
        """An initializer."""
        dims = b"".join(_int(1, extent) for extent in tensor.shape)
        self.initializers.append(dims + _int(2, FLOAT) + _bytes(8, name) + _bytes(9, tensor.to_bytes()))
        return name

    def node(self, operator, name, inputs, output=None, **attributes):
        """A node with one output, named as the node unless said otherwise."""
        output = output or name
        parts = [_bytes(1, value) for value in inputs]
        parts += [_bytes(2, output), _bytes(3, name), _bytes(4, operator)]
        parts += [_bytes(5, _attribute(key, attributes[key])) for key in sorted(attributes)]
        self.nodes.append(b"".join(parts))
        return output

    def to_bytes(self, doc, metadata):
        """The whole model; `metadata` is a dict of texts."""
        graph = b"".join(_bytes(1, node) for node in self.nodes) + _bytes(2, self.name)
        graph += b"".join(_bytes(5, tensor) for tensor in self.initializers)
        graph += b"".join(_bytes(11, value) for value in self.inputs)
        graph += b"".join(_bytes(12, value) for value in self.outputs)
        model = _int(1, IR_VERSION) + _bytes(2, "saliscope") + _bytes(6, doc) + _bytes(7, graph)
        model += _bytes(8, _bytes(1, "") + _int(2, OPSET))
        for key in sorted(metadata):
            model += _bytes(14, _bytes(1, key) + _bytes(2, metadata[key]))
        return model
