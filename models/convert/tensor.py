"""A dense array of 32-bit floats: all the arithmetic that the conversion needs."""

import itertools
import sys
from array import array


class ConversionError(Exception):
    """A weight file does not hold what its converter expects; the message says what."""


def floats_from_bytes(raw):
    """Little-endian 32-bit floats in `raw` as an array."""
    values = array("f")
    values.frombytes(raw)
    if sys.byteorder == "big":
        values.byteswap()
    return values


class Tensor:
    """Values in row-major order with their shape."""

    def __init__(self, shape, values):
        size = 1
        for extent in shape:
            size *= extent
        if size != len(values):
            raise ConversionError(f"{len(values)} values do not fill the shape {list(shape)}")
        self.shape = tuple(shape)
        self.values = values

    @classmethod
    def from_strides(cls, storage, offset, shape, strides):
        """The dense copy of a strided view of `storage` (offset and strides count elements)."""
        if len(shape) != len(strides):
            raise ConversionError(f"shape {list(shape)} and strides {list(strides)} differ in length")
        if any(extent < 1 for extent in shape) or any(stride < 0 for stride in strides) or offset < 0:
            raise ConversionError(f"shape {list(shape)} with strides {list(strides)} is not usable")
        last = offset + sum((extent - 1) * stride for extent, stride in zip(shape, strides))
        if last >= len(storage):
            raise ConversionError(f"a tensor of shape {list(shape)} reaches beyond its storage")
        # Extents of one cost nothing and would make the innermost slice short.
        axes = [(extent, stride) for extent, stride in zip(shape, strides) if extent > 1]
        extent, stride = axes.pop() if axes else (1, 1)
        step = max(stride, 1)
        values = array("f")
        for index in itertools.product(*(range(extent) for extent, _ in axes)):
            start = offset + sum(i * s for i, (_, s) in zip(index, axes))
            if stride == 0:
                values.extend(storage[start : start + 1] * extent)
            else:
                values.extend(storage[start : start + (extent - 1) * step + 1 : step])
        return cls(shape, values)

    def scaled_by_row(self, factors):
        """Every row (first axis) times its factor, computed in double precision."""
        rows = self.shape[0]
        if len(factors) != rows:
            raise ConversionError(f"{len(factors)} factors for {rows} rows")
        width = len(self.values) // rows
        values = array("f")
        for row, factor in enumerate(factors):
            values.extend(value * factor for value in self.values[row * width : (row + 1) * width])
        return Tensor(self.shape, values)

    def to_bytes(self):
        """The values as little-endian bytes."""
        if sys.byteorder == "big":
            swapped = array("f", self.values)
            swapped.byteswap()
            return swapped.tobytes()
        return self.values.tobytes()
