"""Reads the float datasets of an HDF5 file as Keras wrote them.

Covers what such a file contains, after the HDF5 File Format Specification 3.0: superblock 0,
groups as version-1 B-trees with local heaps, version-1 object headers and contiguous,
uncompressed little-endian 32-bit floats. Anything else is refused by name.
"""

import struct

from .tensor import ConversionError, Tensor, floats_from_bytes

SIGNATURE = b"\x89HDF\r\n\x1a\n"
UNDEFINED = 0xFFFFFFFFFFFFFFFF
MESSAGE_DATASPACE, MESSAGE_DATATYPE, MESSAGE_LAYOUT = 0x1, 0x3, 0x8
MESSAGE_CONTINUATION, MESSAGE_SYMBOL_TABLE = 0x10, 0x11
MAX_DEPTH = 16


class _File:
    def __init__(self, data):
        self.data = data

    def unpack(self, form, at):
        try:
            return struct.unpack_from("<" + form, self.data, at)
        except struct.error:
            raise ConversionError("the HDF5 file ends too early") from None

    def expect(self, signature, at):
        if self.data[at : at + 4] != signature:
            raise ConversionError(f"no {signature.decode()} at byte {at} of the HDF5 file")

    def text(self, at):
        end = self.data.find(b"\0", at)
        if end < 0:
            raise ConversionError("the HDF5 file ends too early")
        return self.data[at:end].decode("utf-8", "replace")

    def messages(self, header):
        """Kind and position of each message of a version-1 object header."""
        version, _, total, _, length = self.unpack("BBHII", header)
        if version != 1:
            raise ConversionError(f"HDF5 object header version {version}")
        blocks = [(header + 16, length)]
        found = []
        for start, length in blocks:
            at = start
            while at + 8 <= start + length and len(found) < total:
                kind, size = self.unpack("HH", at)
                found.append((kind, at + 8))
                if kind == MESSAGE_CONTINUATION:
                    blocks.append(self.unpack("QQ", at + 8))
                at += 8 + size
        return found

    def children(self, tree, heap):
        """Name and object header of each member of a group."""
        self.expect(b"HEAP", heap)
        (names,) = self.unpack("Q", heap + 24)
        pending = [tree]
        while pending:
            node = pending.pop()
            if self.data[node : node + 4] == b"SNOD":
                (count,) = self.unpack("H", node + 6)
                for entry in range(node + 8, node + 8 + 40 * count, 40):
                    name, header = self.unpack("QQ", entry)
                    yield self.text(names + name), header
            else:
                self.expect(b"TREE", node)
                (count,) = self.unpack("H", node + 6)
                # A key stands before each child, and one after the last.
                pending.extend(self.unpack("Q", node + 32 + 16 * i)[0] for i in range(count))

    def dataset(self, places):
        version, rank = self.unpack("BB", places[MESSAGE_DATASPACE])
        if version != 1:
            raise ConversionError(f"HDF5 dataspace version {version}")
        shape = self.unpack(f"{rank}Q", places[MESSAGE_DATASPACE] + 8)
        kind, order, _, _, size = self.unpack("BBBBI", places[MESSAGE_DATATYPE])
        if (kind & 15, order & 1, size) != (1, 0, 4):
            return None
        version, layout, address, length = self.unpack("BBQQ", places[MESSAGE_LAYOUT])
        if (version, layout) != (3, 1) or address == UNDEFINED:
            raise ConversionError("an HDF5 dataset is not contiguous")
        if address + length > len(self.data):
            raise ConversionError("the HDF5 file ends too early")
        return Tensor(shape, floats_from_bytes(self.data[address : address + length]))

    def walk(self, header, path, depth, found):
        if depth > MAX_DEPTH:
            raise ConversionError("the groups of the HDF5 file are nested too deeply")
        places = dict(reversed(self.messages(header)))
        if MESSAGE_SYMBOL_TABLE in places:
            for name, child in self.children(*self.unpack("QQ", places[MESSAGE_SYMBOL_TABLE])):
                self.walk(child, f"{path}/{name}" if path else name, depth + 1, found)
        elif MESSAGE_LAYOUT in places:
            tensor = self.dataset(places)
            if tensor is not None:
                found[path] = tensor


def read_datasets(data):
    """All 32-bit float datasets in the bytes of an HDF5 file, by path."""
    file = _File(data)
    if data[:8] != SIGNATURE or file.unpack("B", 8) != (0,) or file.unpack("BB", 13) != (8, 8):
        raise ConversionError("not an HDF5 file with a version-0 superblock")
    found = {}
    file.walk(file.unpack("Q", 64)[0], "", 0, found)
    return found
