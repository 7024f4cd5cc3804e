"""Reads a PyTorch state dict in the format that `torch.save` wrote before version 1.6.

The file is four pickles (magic number, protocol, system, state dict), a fifth with the storage
keys in order, then the storages: an 8-byte count and raw little-endian elements each. See
`_legacy_save` in torch/serialization.py. Only the three names that such a file needs can be
looked up, so a pickle that asks for anything else is refused instead of run.
"""

import collections
import io
import pickle

from .tensor import ConversionError, Tensor, floats_from_bytes

MAGIC_NUMBER = 0x1950A86A20F9469CFC6C
PROTOCOL_VERSION = 1001
ELEMENT_BYTES = {"FloatStorage": 4, "LongStorage": 8}

_Storage = collections.namedtuple("_Storage", "kind key count")
_View = collections.namedtuple("_View", "storage offset shape strides")


def _rebuild_tensor(storage, offset, shape, strides, *_grad_and_hooks):
    return _View(storage, offset, shape, strides)


class _StateDictUnpickler(pickle.Unpickler):
    _ALLOWED = {
        ("collections", "OrderedDict"): collections.OrderedDict,
        ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
        ("torch", "FloatStorage"): "FloatStorage",
        ("torch", "LongStorage"): "LongStorage",
    }

    def find_class(self, module, name):
        try:
            return self._ALLOWED[(module, name)]
        except KeyError:
            raise ConversionError(f"the weight file asks for {module}.{name}, which no state dict needs") from None

    def persistent_load(self, pid):
        tag, kind, key, _location, count, _view = pid
        if tag != "storage" or kind not in ELEMENT_BYTES:
            raise ConversionError(f"the weight file holds a {tag} of kind {kind}")
        return _Storage(kind, key, count)


def read_state_dict(data):
    """The float tensors in the bytes of a legacy .pth file, by name.

    Integer tensors (`num_batches_tracked`) are left out: no inference needs them.
    """
    stream = io.BytesIO(data)

    def load():
        try:
            return _StateDictUnpickler(stream).load()
        except (pickle.UnpicklingError, EOFError, ValueError, TypeError, AttributeError) as error:
            raise ConversionError(f"not a legacy PyTorch file: {error}") from None

    if load() != MAGIC_NUMBER or load() != PROTOCOL_VERSION:
        raise ConversionError("not a legacy PyTorch file")
    if not load().get("little_endian"):
        raise ConversionError("the weight file is not little-endian")
    views = load()
    kinds = {view.storage.key: view.storage for view in views.values()}
    storages = {}
    for key in load():
        count = int.from_bytes(stream.read(8), "little", signed=True)
        storage = kinds.get(key)
        if storage is None or storage.count != count:
            raise ConversionError(f"storage {key} does not have the announced size")
        raw = stream.read(count * ELEMENT_BYTES[storage.kind])
        if len(raw) != count * ELEMENT_BYTES[storage.kind]:
            raise ConversionError("the weight file ends too early")
        if storage.kind == "FloatStorage":
            storages[key] = floats_from_bytes(raw)
    return {
        name: Tensor.from_strides(storages[view.storage.key], view.offset, view.shape, view.strides)
        for name, view in views.items()
        if view.storage.key in storages
    }
