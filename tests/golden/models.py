"""Tiny models for the golden cases, and how a case is put together of them."""

import struct

import numpy as np

from formats import F32, decode, encode
from mixing import recipe

# ---- tiny models ----

SHAPES = {
    "embeddings.weight": (5, 7),
    "encoder.layer.0.attention.weight": (7, 7),
    "encoder.layer.0.attention.bias": (7,),
    "encoder.layer.1.attention.weight": (7, 7),
    "encoder.layer.1.attention.bias": (7,),
    "norm.weight": (1, 7),
    "scale": (),
}

# Rounding, both ends of the ranges, and signs of zero: one value for each way an encoder can be wrong.
EDGES = [0.0, -0.0, 1.0, 1.00390625, 1.01171875, 65504.0, -65504.0, 6.1e-5, 5.96e-8, 2.98e-8, 1e-7, 0.333333, -2.5]


def model(seed, spread, dtypes, around=None, heads=None):
    rng = np.random.default_rng(seed)
    tensors = {}
    for at, (name, shape) in enumerate(SHAPES.items()):
        values = rng.normal(0.0, spread, int(np.prod(shape))).astype(F32)
        if around is not None:
            values = decode(around[name]) + values
        tensors[name] = encode(values, dtypes[at % len(dtypes)], shape)
    for name, shape in (heads or {}).items():
        tensors[name] = encode(rng.normal(0.0, 0.7, int(np.prod(shape))), dtypes[0], shape)
    return tensors


def family(dtypes, seed, experts, heads=None):
    """A base and `experts` fine-tunes of it; `dtypes` is one tuple for each, the base first."""
    base = model(seed, 0.05, dtypes[0])
    tuned = [
        model(seed + 1 + at, 0.005, dtypes[1 + at], base, heads[at] if heads else None) for at in range(experts)
    ]
    return base, tuned


def edge_model(dtype, turn):
    values = np.array(EDGES, F32)
    if dtype == "F16":
        values = np.clip(values, -65504.0, 65504.0)
    return {"edges": encode(np.roll(values, turn), dtype, (len(EDGES),)), "nothing": encode([], dtype, (0, 3))}


def integers(shift):
    ids = (np.arange(6) + shift).astype("<i8")
    return {
        "embeddings.position_ids": ("I64", (1, 6), ids.tobytes()),
        "quantised.zero_point": ("U8", (3,), bytes([1 + shift, 2, 255 - shift])),
        "attention.mask": ("BOOL", (2,), bytes([1, shift % 2])),
        "counter.num_batches_tracked": ("I32", (), struct.pack("<i", 7 + shift)),
    }


# ---- cases: (recipe, base, experts, names of private tensors) ----


def named(base, experts, method, strengths, private=(), **more):
    skills = "abcdefg"[: len(experts)]
    triples = [(skill, f"{skill}.safetensors", strength) for skill, strength in zip(skills, strengths)]
    one = recipe(method, "base.safetensors" if base is not None else None, triples, **more)
    return one, base, experts, set(private)
