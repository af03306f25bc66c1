"""Golden cases of the two methods that need no look at the whole body."""

import numpy as np

from formats import FLOATS, decode, encode
from mixing import mix
from models import edge_model, family, integers, named

# ---- the cases ----


def plain_cases():
    for dtype in FLOATS:
        seed = {"F32": 100, "BF16": 200, "F16": 300}[dtype]
        base, experts = family([(dtype,)] * 4, seed, 3)
        low = dtype.lower()
        yield f"average-{low}", named(None, experts, "average", [None] * 3)
        yield f"average-weighted-{low}", named(None, experts, "average", [2.0, 1.0, 0.5])
        yield f"task-{low}", named(base, experts, "task_arithmetic", [None] * 3)
        yield f"task-strengths-{low}", named(base, experts, "task_arithmetic", [0.3, -0.7, 0.0])
        edges = [edge_model(dtype, turn) for turn in range(3)]
        yield f"average-edges-{low}", named(None, edges[:2], "average", [None] * 2)
        # A strength of 0 gives the base to the bit, -0 and all.
        yield f"task-zero-edges-{low}", named(edges[0], edges[1:], "task_arithmetic", [0.0, 0.0])


def mixed_cases():
    kinds = [("BF16", "F32"), ("F16",), ("F32", "BF16", "F16"), ("BF16",)]
    base, experts = family(kinds, 400, 3)
    for dtype in ("same", "f32", "f16", "bf16"):
        yield f"task-mixed-types-to-{dtype}", named(
            base, experts, "task_arithmetic", [0.4, 0.3, 0.2], dtype=dtype
        )
    yield "average-mixed-types", named(None, experts, "average", [1.0, 3.0, 1.0])


def copied_cases():
    base, experts = family([("F32",)] * 3, 500, 2)
    base.update(integers(0))
    for at, expert in enumerate(experts):
        expert.update(integers(1 + at))
    yield "task-integers-copied", named(base, experts, "task_arithmetic", [0.5, 0.25])
    yield "average-integers-copied", named(None, experts, "average", [None] * 2)


def head_cases():
    heads = [
        {"classifier.weight": (3, 7), "classifier.bias": (3,)},
        {"classifier.weight": (5, 7), "classifier.bias": (5,)},
        {"classifier.weight": (3, 7), "classifier.bias": (3,)},
    ]
    private = ("classifier.weight", "classifier.bias")
    base, experts = family([("F32",)] * 4, 600, 3, heads)
    yield "task-private-heads", named(base, experts, "task_arithmetic", [0.3, 0.4, 0.5], private)
    yield "task-private-heads-shared", named(
        base, experts, "task_arithmetic", [0.3, 0.4, 0.5], private, layout="shared"
    )
    yield "average-private-heads", named(None, experts, "average", [None] * 3, private)
    headed = dict(base)
    headed["classifier.weight"] = encode(np.ones(11 * 7), "F32", (11, 7))
    headed["classifier.bias"] = encode(np.ones(11), "F32", (11,))
    yield "task-head-of-the-base-differs", named(headed, experts[:2], "task_arithmetic", [0.3, 0.4], private)


def scope_cases():
    base, experts = family([("F32",)] * 3, 700, 2)
    scopes = [
        {"match": "norm.*", "strengths": None, "from": "base"},
        {"match": "*.layer.1.*", "strengths": {"a": 0.9}, "from": "mix"},
    ]
    yield "task-scopes", named(base, experts, "task_arithmetic", [0.3, 0.4], scopes=scopes)


# The example that all methods share in the description of the methods.
WORKED = {"base": [1, -2, 0.5, 3], "a": [1.4, -2.1, 0.3, 3.2], "b": [1.1, -1.7, 0.1, 2.4]}
WORKED_RESULTS = {
    "worked-average-3-to-1": ("average", [0.75, 0.25], [1.325, -2.0, 0.25, 3.0]),
    "worked-average-2-to-1": ("average", [2.0, 1.0], [1.3, -1.966667, 0.233333, 2.933333]),
    "worked-task-0.3": ("task_arithmetic", [0.3, 0.3], [1.15, -1.94, 0.32, 2.88]),
    "worked-task-halves": ("task_arithmetic", [0.5, 0.5], [1.25, -1.9, 0.2, 2.8]),
}


def worked_cases():
    base, a, b = ({"w": encode(WORKED[name], "F32", (2, 2))} for name in ("base", "a", "b"))
    for name, (method, strengths, printed) in WORKED_RESULTS.items():
        case = named(base if method == "task_arithmetic" else None, [a, b], method, strengths)
        assert is_close(mix(*case)[0][0]["w"], printed), name
        yield name, case


def is_close(tensor, printed):
    """The printed figures have six decimals; float32 adds a few times 1e-7."""
    return np.abs(decode(tensor) - np.array(printed)).max() < 1e-6


ALL = (plain_cases, mixed_cases, copied_cases, head_cases, scope_cases, worked_cases)
