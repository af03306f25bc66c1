"""Number types and the safetensors format for `make_golden.py`: numpy and the standard library, none of our code.

A tensor is (dtype name, shape, raw little-endian bytes).
"""

import json
import struct

import numpy as np

# ---- number types ----

F32 = np.float32
SIZES = {"F64": 8, "I64": 8, "F32": 4, "I32": 4, "F16": 2, "BF16": 2, "U8": 1, "BOOL": 1}
FLOATS = ("F32", "F16", "BF16")


def bf16_bits(values):
    """Bits of float32 values rounded to bfloat16, to nearest even. No NaN comes here."""
    bits = values.view(np.uint32).astype(np.uint64)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("<u2")


def encode(values, dtype, shape):
    values = np.ascontiguousarray(values, dtype=F32).reshape(-1)
    if dtype == "BF16":
        raw = bf16_bits(values).tobytes()
    else:
        raw = values.astype({"F32": "<f4", "F16": "<f2"}[dtype]).tobytes()
    return (dtype, tuple(shape), raw)


def decode(tensor):
    dtype, _, raw = tensor
    if dtype == "BF16":
        return (np.frombuffer(raw, "<u2").astype(np.uint32) << 16).view(F32)
    return np.frombuffer(raw, {"F32": "<f4", "F16": "<f2"}[dtype]).astype(F32)


# ---- the format: 8 bytes of length, JSON, data; tensors in the order of the safetensors library ----


def file_order(tensors):
    return sorted(tensors, key=lambda name: (-SIZES[tensors[name][0]], name))


def data_section(tensors):
    return b"".join(tensors[name][2] for name in file_order(tensors))


def file_bytes(tensors, metadata):
    header, at = {"__metadata__": metadata}, 0
    for name in file_order(tensors):
        dtype, shape, raw = tensors[name]
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [at, at + len(raw)]}
        at += len(raw)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data_section(tensors)


def read_file(path):
    raw = path.read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + length])
    header.pop("__metadata__", None)
    data = raw[8 + length :]
    return {
        name: (entry["dtype"], tuple(entry["shape"]), data[slice(*entry["data_offsets"])])
        for name, entry in header.items()
    }
