#!/usr/bin/env python3
"""Makes the golden cases: tiny checkpoints, a recipe each, and the bytes a mix has to give.

An implementation of its own: numpy and the standard library, none of our code. Votes and masks are in `masking.py`.
    python3 tests/golden/make_golden.py                the cases, and from src-tauri/sample `zoo.json`,
                                                       `statistics.json` and `masks.json`
    python3 tests/golden/make_golden.py --check        writes nothing, says whether everything is still the same

Arithmetic, all of it in numpy float32, elements in order, experts in the order of the recipe:
    average          w[t] = float32(strength[t] / sum of strengths), the division in float64
                     y = w[0] x[0];  y = y + w[t] x[t]  for t = 1, 2, ...
    task_arithmetic  acc = 0;  acc = acc + float32(c[t]) (x[t] - b)  for t = 0, 1, ...
                     y = b + acc; where acc is zero, y is b itself, so a base of -0 keeps its sign
All other methods add a change d to the base in the same way: y = b + d; where d is zero, y is b itself. With x[t] - b
called v[t] (rounded to float32, never scaled) and all sums from 0 in the order of the recipe:
    trimming         over all tensors that are mixed together, whatever scope they stand under, N elements in all: of each
                     v[t] exactly floor(density N (1 + 1e-12)) elements of largest magnitude stay, the rest becomes 0.
                     Of equal magnitudes at the border the lowest places stay; places count through the tensors in the
                     order of the bytes of their names. A density of 1 trims nothing. The result is called w[t].
    ties             vote = sum of w[t];  an expert agrees where w[t] and vote have the same sign and are both not 0
                     d = sum over those who agree of float32(c[t]) w[t], and for the mean divided by how many agree
                     Every expert votes, also one of strength 0. Where the vote is 0, d is 0.
    lines            d = sum of float32(c[t] f) v[t];  f = shallow + (deep - shallow) l / (L - 1) in float64 for block l
                     of L, shallow outside the numbered blocks, deep where L is 1
    consensus        s = the change of the method it stands on with all strengths 1: sum of v[t], also for lines; for
                     ties the sum of the w[t] that agree
                     m[t] = |v[t]| > float32(selectivity[t]) |s - v[t]|
                     d = the change of the method it stands on with the strengths of the recipe, where at least k of the
                     m[t] hold, else 0. Scopes "from": "plain" go without the masks.
    tall_masks       for skill t: d = s where m[t] holds, else 0; with "from": "plain" d = s. Strengths play no part.
    emr              flag = 1 where the sum of v[t] is above 0, else -1;  m[t] = v[t] flag > 0
                     u = flag times the largest v[t] flag of those that are above 0, 0 where there are none
                     r[t] = float32(sum over tensors of mean |v[t]| / sum over tensors of mean |u m[t]|), both sums in
                     float64 over all tensors that are mixed; 1 where nothing is kept;  for skill t: d = r[t] u m[t]
The result is rounded once, to nearest even, to the type it is written in.
Integers and other tensors that are not mixed are copied from the base, or from the first expert where there is none.
"""

import hashlib
import json
import math
import pathlib
import platform
import struct
import sys

import numpy as np

sys.dont_write_bytecode = True
import masking  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
SAMPLE = HERE.parent.parent / "src-tauri" / "sample"
VERSIONS = f"numpy {np.__version__}, Python {platform.python_version()}"
F32 = np.float32

# ---- number types: a tensor is (dtype name, shape, raw little-endian bytes) ----

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


# ---- the two methods that need no look at the whole body ----


def average(strengths, models):
    total = sum(np.float64(strength) for strength in strengths)
    weights = [F32(np.float64(strength) / total) for strength in strengths]
    y = weights[0] * models[0]
    for weight, x in zip(weights[1:], models[1:]):
        y = y + weight * x
    return y


def task_arithmetic(strengths, base, models):
    acc = np.zeros_like(base)
    for strength, x in zip(strengths, models):
        acc = acc + F32(strength) * (x - base)
    return changed(base, acc)


def changed(base, change):
    return np.where(change == 0, base, base + change)


# ---- recipes ----


def recipe(method, base, experts, **more):
    """`experts` are (skill, path, strength or None)."""
    return {
        "format": 1,
        "base": {"path": base} if base else None,
        "experts": [{"skill": skill, "path": path, "strength": strength} for skill, path, strength in experts],
        "method": {"name": method, "parameters": more.get("parameters", {})},
        "output": {"dtype": more.get("dtype", "same"), "layout": more.get("layout", "per-skill"), "shard_bytes": None},
        "scopes": more.get("scopes"),
        "seed": 0,
    }


def matches(pattern, name):
    head, star, rest = pattern.partition("*")
    if not star:
        return pattern == name
    return name.startswith(head) and any(matches(rest, name[at:]) for at in range(len(head), len(name) + 1))


def scope_of(one, name):
    return next((scope for scope in one["scopes"] or [] if matches(scope["match"], name)), None)


def strengths_for(one, name):
    """Strength of each expert for the tensor `name`, or None where it is copied from the base."""
    scope = scope_of(one, name)
    if scope and scope.get("from") == "base":
        return None
    default = masking.default_strength(one)
    own = [default if expert["strength"] is None else expert["strength"] for expert in one["experts"]]
    special = (scope or {}).get("strengths") or {}
    return [special.get(expert["skill"], strength) for expert, strength in zip(one["experts"], own)]


SIMPLE = ("average", "task_arithmetic")


def mix(one, base, experts, private):
    """The bodies, and what each skill keeps; `private` are the names of the tensors that belong to one skill.

    There is one body, or one for each skill where the method makes them.
    """
    first = base if base is not None else experts[0]
    per_skill = one["method"]["name"] in masking.PER_SKILL
    known = None if one["method"]["name"] in SIMPLE else masking.Changes(one, changes_of(base, experts, private))
    numbers = range(len(experts)) if per_skill else [0]
    bodies = [
        {name: mixed(one, name, first, experts, known, at) for name in first if name not in private} for at in numbers
    ]
    own = [{name: expert[name] for name in private if name in expert} for expert in experts]
    return bodies, own


def changes_of(base, experts, private):
    names = [name for name, tensor in base.items() if tensor[0] in FLOATS and name not in private]
    return {name: [decode(expert[name]) - decode(base[name]) for expert in experts] for name in names}


def mixed(one, name, first, experts, known, at):
    """One tensor; `first` is the base or, without one, the first expert."""
    dtype, shape, raw = first[name]
    strengths = strengths_for(one, name)
    if dtype not in FLOATS or strengths is None:
        return (dtype, shape, raw)
    models = [decode(expert[name]) for expert in experts]
    if one["method"]["name"] == "average":
        y = average(strengths, models)
    elif known is None:
        y = task_arithmetic(strengths, decode(first[name]), models)
    else:
        is_plain = (scope_of(one, name) or {}).get("from") == "plain"
        y = changed(decode(first[name]), known.of(name, strengths, is_plain, at))
    wanted = one["output"]["dtype"]
    return encode(y, dtype if wanted == "same" else wanted.upper(), shape)


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


# ---- the cases ----


def named(base, experts, method, strengths, private=(), **more):
    skills = "abcdefg"[: len(experts)]
    triples = [(skill, f"{skill}.safetensors", strength) for skill, strength in zip(skills, strengths)]
    one = recipe(method, "base.safetensors" if base is not None else None, triples, **more)
    return one, base, experts, set(private)


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


def is_finite(tensor):
    return tensor[0] not in FLOATS or bool(np.isfinite(decode(tensor)).all())


# ---- the cases of votes and masks ----

MASKING = ("ties", "lines", "consensus", "tall_masks", "emr")


def with_method(base, experts, method, parameters=None, strengths=None, private=(), **more):
    chosen = strengths or [None] * len(experts)
    return named(base, experts, method, chosen, private, parameters=parameters or {}, **more)


# Parameters and strengths that every number type is tried with.
EVERY_TYPE = {
    "ties": ("ties", {}, None),
    "ties-sum": ("ties", {"density": 0.5, "combine": "sum"}, None),
    "ties-strengths": ("ties", {"density": 0.35}, [0.8, -0.5, 0.0]),
    "lines": ("lines", {}, None),
    "lines-strengths": ("lines", {"shallow": 0.2, "deep": 2.0}, [0.3, -0.7, 0.0]),
    "consensus": ("consensus", {}, None),
    "consensus-strengths": ("consensus", {"k": 1, "selectivity": 0.8}, [0.3, -0.7, 0.0]),
    "consensus-ties": ("consensus", {"on": "ties", "density": 0.5}, [0.5, 0.4, 0.3]),
    "consensus-lines": ("consensus", {"on": "lines"}, [0.5, 0.4, 0.0]),
    "tall": ("tall_masks", {}, None),
    "emr": ("emr", {}, None),
}


def every_type_cases():
    for dtype in FLOATS:
        base, experts = family([(dtype,)] * 4, {"F32": 1100, "BF16": 1200, "F16": 1300}[dtype], 3)
        for name, (method, parameters, strengths) in EVERY_TYPE.items():
            yield f"{name}-{dtype.lower()}", with_method(base, experts, method, parameters, strengths)


# With three skills and masks on the plain sum, a selectivity below 1/2 leaves no changed weight that nobody needs, so k of
# 1 removes nothing there.
PARAMETERS = {
    "ties-untrimmed": ("ties", {"density": 1, "combine": "mean"}),
    "ties-untrimmed-sum": ("ties", {"density": 1, "combine": "sum"}),
    "ties-one-stays": ("ties", {"density": 0.01}),
    "consensus-k0": ("consensus", {"k": 0}),
    "consensus-k1-removes-nothing": ("consensus", {"k": 1}),
    "consensus-k1": ("consensus", {"k": 1, "selectivity": 0.8}),
    "consensus-k3": ("consensus", {"k": 3}),
    "consensus-k4-is-the-base": ("consensus", {"k": 4}),
    "consensus-selectivity-0": ("consensus", {"selectivity": 0}),
    "consensus-selectivity-2": ("consensus", {"selectivity": 2, "k": 1}),
    "consensus-selectivity-by-skill": ("consensus", {"selectivity": {"a": 0.2, "c": 0.6}}),
    "consensus-ties-k0": ("consensus", {"on": "ties", "k": 0}),
    "consensus-ties-k1": ("consensus", {"on": "ties", "k": 1, "selectivity": 1.1, "density": 0.7}),
    "consensus-ties-k3": ("consensus", {"on": "ties", "k": 3, "density": 1}),
    "consensus-ties-k4-is-the-base": ("consensus", {"on": "ties", "k": 4}),
    "consensus-ties-mean": ("consensus", {"on": "ties", "combine": "mean", "density": 0.5, "k": 1}),
    "consensus-ties-by-skill": ("consensus", {"on": "ties", "selectivity": {"b": 0.6}, "density": 0.4}),
    "consensus-lines-k0": ("consensus", {"on": "lines", "k": 0, "shallow": 0.3, "deep": 1.0}),
    "consensus-lines-k1": ("consensus", {"on": "lines", "k": 1, "selectivity": 0.7, "shallow": 0, "deep": 4}),
    "consensus-lines-k4-is-the-base": ("consensus", {"on": "lines", "k": 4}),
    "consensus-lines-by-skill": ("consensus", {"on": "lines", "selectivity": {"a": 0.25, "b": 0.3, "c": 0.55}}),
    "tall-selectivity-by-skill": ("tall_masks", {"selectivity": {"a": 0.2, "b": 0.6}}),
    "tall-ties": ("tall_masks", {"on": "ties"}),
    "tall-ties-by-skill": ("tall_masks", {"on": "ties", "density": 0.5, "selectivity": {"c": 0.6}}),
}


def parameter_cases():
    base, experts = family([("F32",)] * 4, 1400, 3)
    for name, (method, parameters) in PARAMETERS.items():
        yield name, with_method(base, experts, method, parameters)


# Every method on the same inputs: the recipe's parameters and strengths of the tables below.
SAME_INPUTS = {
    "ties": ("ties", {"density": 0.4}, [0.9, 0.7, 0.5]),
    "lines": ("lines", {}, [0.4, 0.3, 0.2]),
    "consensus": ("consensus", {}, [0.4, 0.3, 0.2]),
    "consensus-ties": ("consensus", {"on": "ties", "density": 0.6, "k": 1}, [0.9, 0.7, 0.5]),
    "consensus-lines": ("consensus", {"on": "lines"}, [0.4, 0.3, 0.2]),
    "tall": ("tall_masks", {}, None),
    "emr": ("emr", {}, None),
}


def on_same_inputs(ending, base, experts, private=(), **more):
    for name, (method, parameters, strengths) in SAME_INPUTS.items():
        chosen = strengths and strengths[: len(experts)]
        yield f"{name}-{ending}", with_method(base, experts, method, parameters, chosen, private, **more)


def masked_mixed_cases():
    kinds = [("BF16", "F32"), ("F16",), ("F32", "BF16", "F16"), ("BF16",)]
    base, experts = family(kinds, 1500, 3)
    for dtype in ("same", "f16"):
        yield from on_same_inputs(f"mixed-types-to-{dtype}", base, experts, dtype=dtype)


def masked_copied_cases():
    base, experts = family([("F32",)] * 3, 1600, 2)
    base.update(integers(0))
    for at, expert in enumerate(experts):
        expert.update(integers(1 + at))
    yield from on_same_inputs("integers-copied", base, experts)


def masked_head_cases():
    heads = [
        {"classifier.weight": (3, 7), "classifier.bias": (3,)},
        {"classifier.weight": (5, 7), "classifier.bias": (5,)},
        {"classifier.weight": (3, 7), "classifier.bias": (3,)},
    ]
    private = ("classifier.weight", "classifier.bias")
    base, experts = family([("F32",)] * 4, 1700, 3, heads)
    yield from on_same_inputs("private-heads", base, experts, private)
    for name in ("ties", "lines", "consensus"):
        method, parameters, strengths = SAME_INPUTS[name]
        yield f"{name}-private-heads-shared", with_method(
            base, experts, method, parameters, strengths, private, layout="shared"
        )


def masked_scope_cases():
    base, experts = family([("F32",)] * 4, 1800, 3)
    scopes = [
        {"match": "norm.*", "strengths": None, "from": "base"},
        {"match": "embeddings.*", "strengths": {"b": 0.8}, "from": "plain"},
        {"match": "*.layer.1.*", "strengths": {"a": 0.9, "c": -0.2}, "from": "mix"},
    ]
    yield from on_same_inputs("scopes", base, experts, scopes=scopes)


def masked_few_cases():
    base, experts = family([("F32",)] * 3, 1900, 2)
    yield from on_same_inputs("one-expert", base, experts[:1])
    yield from on_same_inputs("two-experts", base, experts)
    yield "consensus-two-experts-k1", with_method(base, experts, "consensus", {"selectivity": 1.5}, [0.6, 0.3])
    yield "consensus-two-experts-k2", with_method(base, experts, "consensus", {"k": 2}, [0.6, 0.3])


# Signs, zeros and equal magnitudes, exact in every number type. Names whose order by bytes is neither the order of the
# file nor that of people: upper case before lower case, 10 before 2.
BORDER_NAMES = ("b.10.w", "b.2.w", "Z", "a")
BORDER = [
    ([1, -1, 1, 0, 0.5, -0.5, 0.25], [1, 1, -1, 0, 0.5, 0.5, 0.5], [-1, 1, 0, 0, 0.5, -0.25, -0.75]),
    ([1, 1, 1], [-1, 1, 0], [0, -2, 0]),
    ([0.5, -1, 1, -1, 2], [0.5, 1, 0, 1, -2], [-1, 0, -1, 0, 0]),
    ([-1, 0, 0.5, 1, -0.5], [0, -0.5, 1, -1, 0.5], [1, 0, -1, 0, 0]),
]
BORDER_BASE = [1.5, -2, 0.5, 3, -0.0, 0.0, 1]


def border(dtype):
    base, experts = {}, [{}, {}, {}]
    for name, rows in zip(BORDER_NAMES, BORDER):
        start = np.array(BORDER_BASE[: len(rows[0])], F32)
        base[name] = encode(start, dtype, start.shape)
        for expert, row in zip(experts, rows):
            expert[name] = encode(start + np.array(row, F32), dtype, start.shape)
    return base, experts


# At densities of 0.2, 0.35 and 0.5 the border lies among equal magnitudes.
BORDER_CASES = {
    "ties-border-0.2": ("ties", {"density": 0.2}, None),
    "ties-border-0.35": ("ties", {"density": 0.35, "combine": "sum"}, [0.5, 0.0, 0.25]),
    "ties-border-0.5": ("ties", {"density": 0.5}, None),
    "consensus-border": ("consensus", {"selectivity": 1, "k": 1}, [0.5, 0.25, 0.5]),
    "consensus-border-0.5": ("consensus", {"selectivity": 0.5}, [0.5, 0.25, 0.5]),
    "consensus-ties-border": ("consensus", {"on": "ties", "density": 0.35, "selectivity": 1, "k": 1}, None),
    "tall-border": ("tall_masks", {"selectivity": {"a": 0.5, "b": 1, "c": 0}}, None),
    "emr-border": ("emr", {}, None),
}


def border_cases():
    for dtype in FLOATS:
        base, experts = border(dtype)
        for name, (method, parameters, strengths) in BORDER_CASES.items():
            yield f"{name}-{dtype.lower()}", with_method(base, experts, method, parameters, strengths)


def masked_edge_cases():
    for dtype in ("F32", "BF16"):
        edges = [edge_model(dtype, turn) for turn in (0, 1, 4)]
        for name, (method, parameters, _) in SAME_INPUTS.items():
            yield f"{name}-edges-{dtype.lower()}", with_method(edges[0], edges[1:], method, parameters)
    edges = [edge_model("F16", turn) for turn in (0, 1, 4)]
    # A density of 0.01 leaves nothing of 13 elements, strengths of 0 leave nothing of anything: the base to the bit.
    yield "ties-nothing-stays-f16", with_method(edges[0], edges[1:], "ties", {"density": 0.01})
    for name in ("ties", "lines", "consensus", "consensus-ties"):
        method, parameters, _ = SAME_INPUTS[name]
        yield f"{name}-zero-edges-f16", with_method(edges[0], edges[1:], method, parameters, [0.0, 0.0])


# ---- the worked examples of votes and masks ----

TALL_BASE = [1, -2, 0.5, 3]
TALL = {"base": TALL_BASE, "a": [2, -2.2, 0.5, 3.5], "b": [1.1, -2.3, 0.5, 2.5]}
RECOVERED = [[1.45, -2.0, 0.05, 3.0], [1.329412, -1.752941, 0.170588, 2.505882]]
# Method, parameters, strengths, numbers in and the bodies printed in the description of the methods.
WORKED_MASKS = {
    "worked-ties-half": ("ties", {"density": 0.5}, None, WORKED, [[1.4, -2.0, 0.1, 2.4]]),
    "worked-ties-untrimmed": ("ties", {"density": 1}, None, WORKED, [[1.25, -1.7, 0.2, 2.4]]),
    "worked-ties-sum": (
        "ties", {"density": 1, "combine": "sum"}, [0.3, 0.3], WORKED, [[1.15, -1.91, 0.32, 2.82]],
    ),
    "worked-consensus": ("consensus", {"k": 2}, [1.0, 1.0], WORKED, [[1.0, -2.0, -0.1, 3.0]]),
    "worked-consensus-1": ("consensus", {}, [0.5, 0.5], WORKED, [[1.25, -1.9, 0.2, 2.8]]),
    "worked-emr": ("emr", {}, None, WORKED, RECOVERED),
    "worked-tall": ("tall_masks", {}, None, TALL, [[2.1, -2.5, 0.5, 3.0], [1.0, -2.5, 0.5, 3.0]]),
    "worked-consensus-of-tall": ("consensus", {"k": 2}, [1.0, 1.0], TALL, [[1.0, -2.5, 0.5, 3.0]]),
    "worked-consensus-of-tall-1": ("consensus", {}, [1.0, 1.0], TALL, [[2.1, -2.5, 0.5, 3.0]]),
}


def worked_mask_cases():
    for name, (method, parameters, strengths, numbers, printed) in WORKED_MASKS.items():
        base, a, b = ({"w": encode(numbers[row], "F32", (2, 2))} for row in ("base", "a", "b"))
        case = with_method(base, [a, b], method, parameters, strengths)
        bodies, _ = mix(*case)
        assert len(bodies) == len(printed) and all(is_close(body["w"], row) for body, row in zip(bodies, printed)), name
        yield name, case


def worked_lines_case():
    """Four blocks and a tensor outside them, all equal: 0.3, 0.5333, 0.7667 and 1 times the sum of the changes."""
    names = ["embeddings.w", *(f"encoder.layer.{block}.w" for block in range(4))]
    base, a, b = ({name: encode(WORKED[row], "F32", (2, 2)) for name in names} for row in ("base", "a", "b"))
    case = with_method(base, [a, b], "lines", {"shallow": 0.3, "deep": 1.0}, [1.0, 1.0])
    change = np.array([0.5, 0.2, -0.6, -0.4])
    for name, factor in zip(names, (0.3, 0.3, 0.533333, 0.766667, 1.0)):
        assert is_close(mix(*case)[0][0][name], np.array(WORKED["base"]) + factor * change), name
    yield "worked-lines", case


def one_block_case():
    base, experts = family([("F32",)] * 3, 2000, 2)
    base, *experts = ({name: model[name] for name in model if ".1." not in name} for model in (base, *experts))
    yield "lines-one-block", with_method(base, experts, "lines", {}, [0.4, 0.3])


def case_files(one, base, experts, private):
    """Every file of a case by name."""
    made = {"format": "pt", "made_with": VERSIONS}
    files = {"recipe.json": (json.dumps(one, indent=1) + "\n").encode()}
    if base is not None:
        files["base.safetensors"] = file_bytes(base, made)
    for entry, expert in zip(one["experts"], experts):
        files[entry["path"]] = file_bytes(expert, made)
    bodies, own = mix(one, base, experts, private)
    assert all(is_finite(tensor) for body in bodies for tensor in body.values()), one
    if one["method"]["name"] not in masking.PER_SKILL and not any(own):
        files["expected.safetensors"] = file_bytes(bodies[0], made)
        return files
    if one["output"]["layout"] == "shared":
        files["expected.safetensors"] = file_bytes(bodies[0], made)
    for entry, kept, body in zip(one["experts"], own, bodies if len(bodies) > 1 else bodies * len(own)):
        whole = kept if one["output"]["layout"] == "shared" else {**body, **kept}
        files[f"expected-{entry['skill']}.safetensors"] = file_bytes(whole, made)
    return files


# ---- the sample: fingerprints instead of bytes ----

ZOO = ["fashion_mnist", "letters_latin", "letters_hiragana", "optdigits"]
ZOO_MIXES = {
    "task-equal": ("task_arithmetic", [None] * 4),
    "task-unequal": ("task_arithmetic", [0.4, 0.3, -0.2, 0.1]),
    "average": ("average", [None] * 4),
    "average-unequal": ("average", [4.0, 3.0, 2.0, 1.0]),
}


def sha256(raw):
    return hashlib.sha256(raw).hexdigest()


def zoo_file(folder):
    """A model of the sample: in a folder of its name, or under `experts/`."""
    found = sorted(SAMPLE.glob(f"**/{folder}/model.safetensors"))
    if len(found) != 1:
        sys.exit(f"{SAMPLE} holds {len(found)} models called {folder}; expected one")
    return found[0]


def zoo():
    base = read_file(zoo_file("base"))
    experts = [read_file(zoo_file(folder)) for folder in ZOO]
    private = {name for name in experts[0] if name.startswith("classifier.")}
    mixes = {}
    for name, (method, strengths) in ZOO_MIXES.items():
        triples = [(folder, folder, strength) for folder, strength in zip(ZOO, strengths)]
        (body,), own = mix(recipe(method, "base", triples), base, experts, private)
        mixes[name] = {
            "method": method,
            "strengths": strengths,
            "tensors": {tensor: sha256(body[tensor][2]) for tensor in sorted(body)},
            "data": {folder: sha256(data_section({**body, **kept})) for folder, kept in zip(ZOO, own)},
        }
    inputs = {folder: sha256(zoo_file(folder).read_bytes()) for folder in ["base", *ZOO]}
    return (json.dumps({"made_with": VERSIONS, "inputs": inputs, "mixes": mixes}, indent=1) + "\n").encode()


# ---- the sample: how the skill changes lie to each other, in float64 ----


def product(a, b):
    """Inner product whose sum is rounded once, so that it is the same on every machine."""
    return math.fsum((a * b).tolist())


def lies(base, changes):
    """Lengths of the changes, the same over the base's length, and the cosines of all pairs, from flat float64 arrays."""
    lengths = [math.sqrt(product(change, change)) for change in changes]
    pairs = [(i, j) for i in range(len(changes)) for j in range(i + 1, len(changes))]
    return {
        "elements": int(base.size),
        "change": lengths,
        "relative": [length / math.sqrt(product(base, base)) for length in lengths],
        "cosine": [product(changes[i], changes[j]) / (lengths[i] * lengths[j]) for i, j in pairs],
    }


def layer_of(tensor):
    """Position and name of the layer that a tensor of the sample belongs to."""
    words = tensor.split(".")
    if words[1] == "embeddings":
        return (0, "embeddings")
    return (1 + int(words[3]), ".".join(words[:4])) if words[1] == "encoder" else (99, "after")


def statistics():
    base = read_file(zoo_file("base"))
    experts = [read_file(zoo_file(folder)) for folder in ZOO]
    wide = {name: decode(base[name]).astype(np.float64) for name in sorted(base) if not name.startswith("classifier.")}
    changes = {name: [decode(expert[name]).astype(np.float64) - row for expert in experts] for name, row in wide.items()}

    def together(names):
        joined = [np.concatenate([changes[name][at] for name in names]) for at in range(len(ZOO))]
        return {"tensors": len(names), **lies(np.concatenate([wide[name] for name in names]), joined)}

    layers = []
    for place in sorted({layer_of(name) for name in wide}):
        layers.append({"name": place[1], **together([name for name in wide if layer_of(name) == place])})
    found = {
        "made_with": VERSIONS,
        "skills": ZOO,
        "total": together(list(wide)),
        "layers": layers,
        "parts": {name: lies(wide[name], changes[name]) for name in wide},
    }
    return (json.dumps(found, indent=1) + "\n").encode()


# ---- the sample: votes and masks, counted ----

SELECTIVITIES = [0.2, 0.4, 0.6]
DENSITY = 0.2
ZOO_MASKS = {
    "ties-mean": ("ties", {}, [None] * 4),
    "ties-sum-unequal": ("ties", {"combine": "sum"}, [0.4, 0.3, -0.2, 0.1]),
    "lines-unequal": ("lines", {}, [0.4, 0.3, -0.2, 0.1]),
    "consensus": ("consensus", {}, [None] * 4),
    "consensus-by-skill": ("consensus", {"k": 1, "selectivity": dict(zip(ZOO, [0.2, 0.3, 0.5, 0.6]))}, [0.5] * 4),
    "consensus-ties": ("consensus", {"on": "ties"}, [None] * 4),
    "consensus-lines": ("consensus", {"on": "lines"}, [None] * 4),
    "tall-0.4": ("tall_masks", {"selectivity": 0.4}, [None] * 4),
    "tall-ties": ("tall_masks", {"on": "ties"}, [None] * 4),
    "emr": ("emr", {}, [None] * 4),
}


def f32(value):
    """A float32 by its bits, and as a decimal that gives the same float32."""
    return {"hex": f"{struct.unpack('<I', struct.pack('<f', value))[0]:08x}", "value": float(f"{value:.9g}")}


def tally(name, rows):
    """Counts of one tensor, laid out as in `protocol::masks::TensorTally`."""
    together, signs = masking.total(rows), np.sign(rows)
    moved = np.any(signs != 0, axis=0)
    one_side = moved & (np.all(signs >= 0, axis=0) | np.all(signs <= 0, axis=0))
    found = {
        "name": name,
        "weights": int(together.size),
        "changed": int(moved.sum()),
        "agreeing": int(one_side.sum()),
        "largest": float(np.abs(together).max()),
        "kept": [],
        "needed_by": [],
        "change_by": [],
    }
    squares = together.astype(np.float64) ** 2
    for kept in (kept_by(rows, selectivity) for selectivity in SELECTIVITIES):
        counts = kept.sum(axis=0)
        found["kept"].append(kept.sum(axis=1).tolist())
        found["needed_by"].append([int((counts == many).sum()) for many in range(len(rows) + 1)])
        found["change_by"].append([math.fsum(squares[counts == many].tolist()) for many in range(len(rows) + 1)])
    return found


def kept_by(rows, selectivity):
    """Masks of all skills at one selectivity on the plain sum, [skill][element]."""
    return np.array(masking.masks({"on": "task_arithmetic", "selectivity": [selectivity] * len(rows)}, rows, rows))


def overlap(changes, selectivity):
    kept = np.concatenate([kept_by(changes[name], selectivity) for name in sorted(changes)], axis=1).astype(np.int64)
    return (kept @ kept.T).tolist()


def fingerprints(method, parameters, strengths, base, experts, private):
    """Hashes of every tensor and of the data section of every skill's model."""
    triples = [(folder, folder, strength) for folder, strength in zip(ZOO, strengths)]
    bodies, own = mix(recipe(method, "base", triples, parameters=parameters), base, experts, private)
    hashed = [{tensor: sha256(body[tensor][2]) for tensor in sorted(body)} for body in bodies]
    per_skill = dict(zip(ZOO, bodies if len(bodies) > 1 else bodies * len(ZOO)))
    return {
        "method": method,
        "parameters": parameters,
        "strengths": strengths,
        # One table for all skills, or one for each.
        "tensors": hashed[0] if len(bodies) == 1 else dict(zip(ZOO, hashed)),
        "data": {skill: sha256(data_section({**per_skill[skill], **kept})) for skill, kept in zip(ZOO, own)},
    }


def mask_counts():
    base = read_file(zoo_file("base"))
    experts = [read_file(zoo_file(folder)) for folder in ZOO]
    private = {name for name in experts[0] if name.startswith("classifier.")}
    changes = changes_of(base, experts, private)
    found = {
        "made_with": VERSIONS,
        "settings": {"on": "task_arithmetic", "selectivities": SELECTIVITIES, "density": DENSITY},
        "skills": ZOO,
        "columns": [[selectivity] * len(ZOO) for selectivity in SELECTIVITIES],
        "tensors": [tally(name, changes[name]) for name in sorted(changes)],
        "overlap": [overlap(changes, selectivity) for selectivity in SELECTIVITIES],
        "ties": {
            "elements": masking.size_of(changes),
            "stay": masking.kept_of(DENSITY, masking.size_of(changes)),
            "thresholds": [f32(value) for value in masking.thresholds(changes, DENSITY)],
        },
        "emr": {"rescalers": [f32(value) for value in masking.rescalers(changes)]},
        "mixes": {name: fingerprints(*mix_of, base, experts, private) for name, mix_of in ZOO_MASKS.items()},
    }
    return (json.dumps(found, indent=1) + "\n").encode()


# ---- all of it ----


PLAIN = (plain_cases, mixed_cases, copied_cases, head_cases, scope_cases, worked_cases)
WITH_MASKS = (
    every_type_cases, parameter_cases, masked_mixed_cases, masked_copied_cases, masked_head_cases, masked_scope_cases,
    masked_few_cases, border_cases, masked_edge_cases, worked_mask_cases, worked_lines_case, one_block_case,
)


def everything():
    for cases in PLAIN + WITH_MASKS:
        for name, case in cases():
            for file, raw in case_files(*case).items():
                yield HERE / "cases" / name / file, raw
    yield HERE / "zoo.json", zoo()
    yield HERE / "statistics.json", statistics()
    yield HERE / "masks.json", mask_counts()


def without_versions(raw):
    return raw.replace(VERSIONS.encode(), b"")


def main():
    check = "--check" in sys.argv
    total = 0
    for path, raw in everything():
        total += len(raw)
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(raw)
        elif not path.is_file() or without_versions(path.read_bytes()) != without_versions(raw):
            sys.exit(f"{path} differs from what {VERSIONS} makes")
    print(f"{total} bytes, {VERSIONS}")


if __name__ == "__main__":
    main()
