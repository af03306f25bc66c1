#!/usr/bin/env python3
"""Makes the golden cases: tiny checkpoints, a recipe each, and the bytes a mix has to give.

An implementation of its own: numpy and the standard library, none of our code. The arithmetic below stands in
`mixing.py` and `masking.py`, the cases in `plain_cases.py` and `masked_cases.py`.
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
import masked_cases  # noqa: E402
import masking  # noqa: E402
import plain_cases  # noqa: E402
from formats import FLOATS, data_section, decode, file_bytes, read_file  # noqa: E402
from mixing import changes_of, mix, recipe  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
SAMPLE = HERE.parent.parent / "src-tauri" / "sample"
VERSIONS = f"numpy {np.__version__}, Python {platform.python_version()}"

# ---- the files of a case ----


def is_finite(tensor):
    return tensor[0] not in FLOATS or bool(np.isfinite(decode(tensor)).all())


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


def everything():
    for cases in plain_cases.ALL + masked_cases.ALL:
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
