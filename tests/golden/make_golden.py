#!/usr/bin/env python3
"""Makes the golden cases: tiny checkpoints, a recipe each, and the bytes a mix has to give.

An implementation of its own: numpy and the standard library, none of our code.
    python3 tests/golden/make_golden.py                the cases, and from src-tauri/sample `zoo.json` and
                                                       `statistics.json`
    python3 tests/golden/make_golden.py --check        writes nothing, says whether everything is still the same

Arithmetic, all of it in numpy float32, elements in order, experts in the order of the recipe:
    average          w[t] = float32(strength[t] / sum of strengths), the division in float64
                     y = w[0] x[0];  y = y + w[t] x[t]  for t = 1, 2, ...
    task_arithmetic  acc = 0;  acc = acc + float32(c[t]) (x[t] - b)  for t = 0, 1, ...
                     y = b + acc; where acc is zero, y is b itself, so a base of -0 keeps its sign
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


# ---- the two methods ----


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
    return np.where(acc == 0, base, base + acc)


# ---- recipes ----


def recipe(method, base, experts, **more):
    """`experts` are (skill, path, strength or None)."""
    return {
        "format": 1,
        "base": {"path": base} if base else None,
        "experts": [{"skill": skill, "path": path, "strength": strength} for skill, path, strength in experts],
        "method": {"name": method, "parameters": {}},
        "output": {"dtype": more.get("dtype", "same"), "layout": more.get("layout", "per-skill"), "shard_bytes": None},
        "scopes": more.get("scopes"),
        "seed": 0,
    }


def matches(pattern, name):
    head, star, rest = pattern.partition("*")
    if not star:
        return pattern == name
    return name.startswith(head) and any(matches(rest, name[at:]) for at in range(len(head), len(name) + 1))


def strengths_for(one, name):
    """Strength of each expert for the tensor `name`, or None where it is copied from the base."""
    scope = next((scope for scope in one["scopes"] or [] if matches(scope["match"], name)), None)
    if scope and scope.get("from") == "base":
        return None
    default = 1.0 if one["method"]["name"] == "average" else 1.0 / len(one["experts"])
    own = [default if expert["strength"] is None else expert["strength"] for expert in one["experts"]]
    special = (scope or {}).get("strengths") or {}
    return [special.get(expert["skill"], strength) for expert, strength in zip(one["experts"], own)]


def mix(one, base, experts, private):
    """The body, and what each skill keeps; `private` are the names of the tensors that belong to one skill."""
    first = base if base is not None else experts[0]
    body = {}
    for name, (dtype, shape, raw) in first.items():
        if name in private:
            continue
        strengths = strengths_for(one, name)
        if dtype not in FLOATS or strengths is None:
            body[name] = (dtype, shape, raw)
            continue
        models = [decode(expert[name]) for expert in experts]
        if one["method"]["name"] == "average":
            y = average(strengths, models)
        else:
            y = task_arithmetic(strengths, decode(base[name]), models)
        wanted = one["output"]["dtype"]
        body[name] = encode(y, dtype if wanted == "same" else wanted.upper(), shape)
    own = [{name: expert[name] for name in private if name in expert} for expert in experts]
    return body, own


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
        body, _ = mix(*case)
        # The printed figures have six decimals; float32 adds a few times 1e-7.
        assert np.abs(decode(body["w"]) - np.array(printed)).max() < 1e-6, name
        yield name, case


def case_files(one, base, experts, private):
    """Every file of a case by name."""
    made = {"format": "pt", "made_with": VERSIONS}
    files = {"recipe.json": (json.dumps(one, indent=1) + "\n").encode()}
    if base is not None:
        files["base.safetensors"] = file_bytes(base, made)
    for entry, expert in zip(one["experts"], experts):
        files[entry["path"]] = file_bytes(expert, made)
    body, own = mix(one, base, experts, private)
    if not any(own):
        files["expected.safetensors"] = file_bytes(body, made)
        return files
    if one["output"]["layout"] == "shared":
        files["expected.safetensors"] = file_bytes(body, made)
    for entry, kept in zip(one["experts"], own):
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
        body, own = mix(recipe(method, "base", triples), base, experts, private)
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


# ---- all of it ----


def everything():
    for cases in (plain_cases, mixed_cases, copied_cases, head_cases, scope_cases, worked_cases):
        for name, case in cases():
            for file, raw in case_files(*case).items():
                yield HERE / "cases" / name / file, raw
    yield HERE / "zoo.json", zoo()
    yield HERE / "statistics.json", statistics()


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
