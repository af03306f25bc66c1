#!/usr/bin/env python3
"""The study of keep-masks: what is restored, what is removed, and what it costs or gains, on a zoo of real fine-tunes.

    python3 keep_masks.py choose ZOO EXAMPLES OUT   scores of every setting on the part `learn`: OUT/choose.json
    python3 keep_masks.py judge  ZOO EXAMPLES OUT   the settings of `plan()` on the part `judge`, once: OUT/judge.json
    python3 keep_masks.py directions ZOO OUT        how near restored changes are to the specialists': OUT/directions.json
    python3 keep_masks.py defaults ZOO EXAMPLES OUT the recommended defaults on `learn`, also with three skills: printed
    python3 keep_masks.py tables OUT                the tables of keep-masks.md

ZOO holds `base/` and `experts/<skill>/`, EXAMPLES `<skill>/learn/<class>/*.png` and `<skill>/judge/...`.

Settings are chosen on a quarter of `learn`, the part *choose*. The quarters are drawn with SEED; the first one counts, the
other three show how much a choice hangs on its pictures. Causes are looked for on all of `learn`. Nothing is trained, so
no picture of `learn` was seen by a mix. `judge` decides nothing. The arithmetic of the mixes is that of the golden cases
(`tests/golden/masking.py`); forward passes are torch, float32, one thread.
"""

import hashlib
import json
import math
import pathlib
import sys

import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden"))
import formats  # noqa: E402
import masking  # noqa: E402
import mixing  # noqa: E402

SEED, QUARTERS, RESAMPLES = 20261128, 4, 2000
SKILLS = ["fashion_mnist", "letters_latin", "letters_hiragana", "optdigits"]
LAMBDAS = [0.2, 0.3, 0.4, 0.5, 0.6]
WIDER = [0.8, 1.0]
FINE_LAMBDAS = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.5, 2.0]
COSINE_LAMBDAS = [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0]
STRENGTHS = [0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0]
MASKED_STRENGTHS = [0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.8]
MEAN_STRENGTHS = [0.4, 0.7, 1.0, 1.3, 1.6, 2.0]
DENSITIES = [0.05, 0.1, 0.2, 0.4, 0.7, 1.0]
SHALLOW = [0.0, 0.5, 1.0, 1.5]
DEEP = [1.0, 1.5, 2.0, 3.0, 4.0]
RANDOM_SEEDS = range(3)

# ---- pictures ----


def pictures(examples, skill, part, label_of):
    """All pictures of a part in order of their paths, prepared, and the numbers of their classes."""
    paths = sorted((examples / skill / part).glob("*/*.png"))
    pixels = np.stack([np.asarray(Image.open(path).convert("RGB"), np.float32) for path in paths])
    prepared = torch.from_numpy((pixels / 255 - 0.5) / 0.5).permute(0, 3, 1, 2).contiguous()
    return prepared, torch.tensor([label_of[path.parent.name] for path in paths])


def quarters(count, skill):
    """The quarter, 0 to 3, that each picture of `learn` belongs to."""
    rng = np.random.default_rng([SEED, SKILLS.index(skill)])
    return rng.permutation(np.arange(count) % QUARTERS)


# ---- the network: a Vision Transformer with its class token read by a head ----


def tensors(body):
    return {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in body.items()}


def linear(w, place, x):
    return F.linear(x, w[f"{place}.weight"], w[f"{place}.bias"])


def norm(w, place, x):
    return F.layer_norm(x, x.shape[-1:], w[f"{place}.weight"], w[f"{place}.bias"], 1e-12)


def attention(w, place, x, heads=4):
    def part(name):
        row = linear(w, f"{place}.attention.attention.{name}", x)
        return row.view(*row.shape[:2], heads, -1).transpose(1, 2)

    mixed = F.scaled_dot_product_attention(part("query"), part("key"), part("value"))
    return linear(w, f"{place}.attention.output.dense", mixed.transpose(1, 2).flatten(2))


def features(w, x):
    patches = F.conv2d(
        x, w["vit.embeddings.patch_embeddings.projection.weight"], w["vit.embeddings.patch_embeddings.projection.bias"],
        stride=4,
    )
    x = patches.flatten(2).transpose(1, 2)
    x = torch.cat([w["vit.embeddings.cls_token"].expand(len(x), -1, -1), x], 1) + w["vit.embeddings.position_embeddings"]
    for block in range(4):
        place = f"vit.encoder.layer.{block}"
        x = x + attention(w, place, norm(w, f"{place}.layernorm_before", x))
        inner = F.gelu(linear(w, f"{place}.intermediate.dense", norm(w, f"{place}.layernorm_after", x)))
        x = x + linear(w, f"{place}.output.dense", inner)
    return norm(w, "vit.layernorm", x[:, 0])


@torch.inference_mode()
def logits(body, head, x):
    w = tensors(body)
    return torch.cat([F.linear(features(w, batch), *head) for batch in x.split(16)])


# ---- the zoo ----


class Zoo:
    """Base, changes and heads; bodies of mixes; who answers which pictures right."""

    def __init__(self, zoo, examples=None, part=None):
        base = formats.read_file(zoo / "base" / "model.safetensors")
        models = [formats.read_file(zoo / "experts" / skill / "model.safetensors") for skill in SKILLS]
        self.shapes = {name: tensor[1] for name, tensor in base.items()}
        self.base = {name: formats.decode(tensor) for name, tensor in base.items()}
        self.experts = [{name: formats.decode(model[name]) for name in base} for model in models]
        self.heads = [self.head(model) for model in models]
        self.changes = {name: [expert[name] - row for expert in self.experts] for name, row in self.base.items()}
        named = SKILLS if examples else []
        self.pictures = [pictures(examples, skill, part, self.labels(zoo, skill)) for skill in named]
        self.trims, self.seen = {}, {}

    @staticmethod
    def labels(zoo, skill):
        config = json.loads((zoo / "experts" / skill / "config.json").read_text())
        return {label: int(number) for number, label in config["id2label"].items()}

    @staticmethod
    def head(model):
        rows = formats.decode(model["classifier.weight"]).reshape(model["classifier.weight"][1])
        return torch.from_numpy(rows.copy()), torch.from_numpy(formats.decode(model["classifier.bias"]).copy())

    def right(self, body, skills=range(4)):
        """For each skill the pictures answered rightly; equal bodies are measured once."""
        key = hashlib.sha256(b"".join(body[name].tobytes() for name in sorted(body))).hexdigest()
        shaped = {name: row.reshape(self.shapes[name]) for name, row in body.items()}
        for skill in skills:
            if (key, skill) not in self.seen:
                x, y = self.pictures[skill]
                self.seen[key, skill] = (logits(shaped, self.heads[skill], x).argmax(1) == y).numpy()
        return [self.seen[key, skill] for skill in skills]

    def trimmed(self, density, members):
        key = (density, tuple(members))
        if key not in self.trims:
            self.trims[key] = masking.trimmed(self.of(members), density)
        return self.trims[key]

    def of(self, members):
        return {name: [rows[at] for at in members] for name, rows in self.changes.items()}

    def change(self, spec, skill=0):
        """What a setting adds to the base; `skill` counts where every skill has a body of its own."""
        members = spec.get("members", [0, 1, 2, 3])
        one = {
            "method": {"name": spec["method"], "parameters": spec.get("parameters", {})},
            "experts": [{"skill": SKILLS[at]} for at in members],
        }
        known, changes = masking.parameters(one), self.of(members)
        trims = self.trimmed(known["density"], members) if known["on"] == "ties" else changes
        strengths = [spec.get("strength", masking.default_strength(one))] * len(members)
        scales = masking.rescalers(changes) if spec["method"] == "emr" else None

        def of(name):
            at = (name, changes, trims)
            match spec["method"]:
                case "consensus":
                    return masking.consensus(known, strengths, *at, False)
                case "tall_masks":
                    return masking.tall(known, skill, *at, False)
                case "emr":
                    return masking.emr(scales[skill], skill, changes[name])
                case "task_arithmetic":
                    return masking.scaled_sum(strengths, changes[name])
            return masking.combined(known, strengths, *at)

        return {name: of(name) for name in changes}

    def plus(self, change):
        return {name: mixing.changed(row, change[name]) for name, row in self.base.items()}

    def body(self, spec, skill=0):
        match spec["method"]:
            case "base":
                return self.base
            case "specialists":
                return self.experts[skill]
            case "average":
                return {name: mixing.average([1.0] * 4, [expert[name] for expert in self.experts]) for name in self.base}
        return self.plus(self.change(spec, skill))

    def measure(self, spec):
        """Right answers of every skill, from the skill's own body where it has one."""
        if spec["method"] in ("tall_masks", "emr", "specialists"):
            return [self.right(self.body(spec, skill), [skill])[0] for skill in range(4)]
        return self.right(self.body(spec))


def length(change):
    return math.sqrt(sum(float(np.square(row.astype(np.float64)).sum()) for row in change.values()))


# ---- what is measured ----


def spec(method, strength=None, **parameters):
    found = {"method": method, "parameters": parameters}
    return found if strength is None else {**found, "strength": strength}


def grids():
    """Groups of settings; in each the best on *choose* is chosen."""
    lines = {"shallow": 0.5, "deep": 1.5}
    yield "task_arithmetic", [spec("task_arithmetic", c) for c in STRENGTHS]
    yield "ties mean", [spec("ties", c) for c in MEAN_STRENGTHS]
    yield "ties sum", [spec("ties", c, combine="sum") for c in STRENGTHS]
    yield "lines, strength", [spec("lines", c, **lines) for c in STRENGTHS]
    yield "lines at 1/T, shallow and deep", [
        spec("lines", 0.25, shallow=shallow, deep=deep) for shallow in SHALLOW for deep in DEEP
    ]
    for k in (1, 2, 3):
        yield f"consensus k={k}", [
            spec("consensus", c, k=k, selectivity=x) for x in (0.2, 0.4, 0.6) for c in MASKED_STRENGTHS
        ]
        yield f"consensus k={k} on ties sum", [
            spec("consensus", c, k=k, on="ties", selectivity=0.4) for c in MASKED_STRENGTHS
        ]
        yield f"consensus k={k} on ties mean", [
            spec("consensus", c, k=k, on="ties", combine="mean", selectivity=0.4) for c in MEAN_STRENGTHS
        ]
        yield f"consensus k={k} on lines", [
            spec("consensus", c, k=k, on="lines", selectivity=0.4, **lines) for c in MASKED_STRENGTHS
        ]


def fixed():
    """Settings that nobody chose by a score: name and setting."""
    for method in ("base", "specialists", "average"):
        yield method, {"method": method}
    yield "task_arithmetic 1/T", spec("task_arithmetic")
    yield "ties mean 1", spec("ties")
    yield "ties sum 1/T", spec("ties", combine="sum")
    yield "lines 1/T, 0.5 to 1.5", spec("lines", shallow=0.5, deep=1.5)
    yield "lines 1/T, 1 to 2", spec("lines", shallow=1.0, deep=2.0)
    yield "lines 1/T, 1 to 3", spec("lines", shallow=1.0, deep=3.0)
    for k in (1, 2, 3):
        for x in (0.2, 0.4, 0.6):
            yield f"consensus k={k} {x} 1/T", spec("consensus", k=k, selectivity=x)
        yield f"consensus k={k} on ties sum 0.4 1/T", spec("consensus", k=k, on="ties")
        yield f"consensus k={k} on ties mean 0.4 1", spec("consensus", k=k, on="ties", combine="mean")
        yield f"consensus k={k} on lines 0.4 1/T", spec("consensus", k=k, on="lines", shallow=0.5, deep=1.5)
    for x in [*LAMBDAS, *WIDER]:
        yield f"tall {x}", spec("tall_masks", selectivity=x)
        yield f"tall on ties {x}", spec("tall_masks", on="ties", selectivity=x)
    yield "emr", spec("emr")


def by_quarter(zoo, found):
    """Right answers [skill][quarter]."""
    parts = [quarters(len(row), skill) for row, skill in zip(found, SKILLS)]
    return [[int(row[part == at].sum()) for at in range(QUARTERS)] for row, part in zip(found, parts)]


def sizes(zoo):
    counts = [len(y) for _, y in zoo.pictures]
    return [np.bincount(quarters(count, skill)).tolist() for count, skill in zip(counts, SKILLS)]


def accuracy(counts, of, at):
    """Mean accuracy over the skills in one quarter."""
    return float(np.mean([row[at] / total[at] for row, total in zip(counts, of)]))


def tall_grid(zoo, on):
    """Right answers for every selectivity, and how near to the specialist the restored change is."""
    rows = []
    for x in FINE_LAMBDAS:
        one = spec("tall_masks", selectivity=x, on=on)
        changes = [zoo.change(one, skill) for skill in range(4)]
        own = [{name: rows[skill] for name, rows in zoo.changes.items()} for skill in range(4)]
        misses = [{name: a[name] - b[name] for name in a} for a, b in zip(changes, own)]
        rows.append({
            "selectivity": x,
            "right": by_quarter(zoo, [zoo.right(zoo.plus(change), [at])[0] for at, change in enumerate(changes)]),
            "kept": [sum(int((row != 0).sum()) for row in change.values()) for change in changes],
            "miss": [length(miss) / length(change) for miss, change in zip(misses, own)],
        })
    return rows


def needed_by(zoo, x, on="task_arithmetic"):
    one = {"method": {"name": "consensus", "parameters": {"selectivity": x, "on": on}}, "experts": [{"skill": s} for s in SKILLS]}
    known = masking.parameters(one)
    trims = zoo.trimmed(0.2, range(4)) if on == "ties" else zoo.changes
    return {name: sum(m.astype(int) for m in masking.masks(known, rows, trims[name])) for name, rows in zoo.changes.items()}


def removal(zoo):
    """Share of the weights that change, and of the length of the combined change, that are gone, by method, λ and k."""
    rows = []
    for on, more in (("task_arithmetic", {}), ("ties", {}), ("lines", {})):
        for x in LAMBDAS:
            whole = zoo.change(spec("consensus", 0.25, k=0, selectivity=x, on=on, **more))
            for k in (1, 2, 3):
                left = zoo.change(spec("consensus", 0.25, k=k, selectivity=x, on=on, **more))
                alive = sum(int((row != 0).sum()) for row in whole.values())
                kept = sum(int((row != 0).sum()) for row in left.values())
                rows.append({
                    "on": on, "selectivity": x, "k": k, "weights": 1 - kept / alive,
                    "length": math.sqrt(max(0.0, 1 - (length(left) / length(whole)) ** 2)),
                    "left": length(left), "whole": length(whole),
                })
    return rows


def causes(zoo):
    """Consensus k=2, λ 0.4 beside masks that remove as much by other rules; all on the plain sum."""
    counts = needed_by(zoo, 0.4)
    rng_masks = lambda seed: {  # noqa: E731
        name: np.random.default_rng([SEED, seed, at]).permutation(row.reshape(-1)).reshape(row.shape)
        for at, (name, row) in enumerate(sorted(counts.items()))
    }
    rules = {
        "all": (counts, lambda c: c >= 0),
        "needed by 2 or more": (counts, lambda c: c >= 2),
        "needed by 3 or more": (counts, lambda c: c >= 3),
        "needed by fewer than 2": (counts, lambda c: c < 2),
        "needed by exactly 2": (counts, lambda c: c == 2),
        **{f"as many at random, seed {seed}": (rng_masks(seed), lambda c: c >= 2) for seed in RANDOM_SEEDS},
    }
    rows = []
    for strength in (0.25, 0.4):
        whole = zoo.change(spec("task_arithmetic", strength))
        for rule, (table, keeps) in rules.items():
            left = {name: np.where(keeps(table[name]), row, np.float32(0)) for name, row in whole.items()}
            rows.append({"rule": rule, "strength": strength, **scored(zoo, left, whole)})
            if rule != "all":
                ratio = np.float32(length(whole) / length(left))
                longer = {name: ratio * row for name, row in left.items()}
                rows.append({"rule": f"{rule}, length brought back", "strength": strength, **scored(zoo, longer, whole)})
    return rows


def scored(zoo, change, whole):
    return {"right": by_quarter(zoo, zoo.right(zoo.plus(change))), "length": length(change) / length(whole)}


def fewer_skills(zoo):
    """The same with two and three of the skills: restored skills and consensus at 1/T."""
    from itertools import combinations

    rows = []
    for size in (2, 3):
        for members in combinations(range(4), size):
            for x in LAMBDAS:
                one = {**spec("tall_masks", selectivity=x), "members": list(members)}
                right = [int(zoo.right(zoo.body(one, at), [skill])[0].sum()) for at, skill in enumerate(members)]
                rows.append({"members": members, "method": "tall", "selectivity": x, "right": right})
            for k in (0, 1, 2):
                one = {**spec("consensus", k=k), "members": list(members)}
                right = [int(row.sum()) for row in zoo.right(zoo.body(one), members)]
                rows.append({"members": members, "method": "consensus", "k": k, "right": right})
    return rows


def directions(zoo):
    """Cosine between every restored change and the specialist's own, from the weights alone: no picture is read."""
    from itertools import combinations

    groups = [members for size in (2, 3, 4) for members in combinations(range(4), size)]
    return [
        {"members": members, "on": on, "selectivity": x, "cosine": cosines(zoo, members, on, x)}
        for on in ("task_arithmetic", "ties") for members in groups for x in COSINE_LAMBDAS
    ]


def cosines(zoo, members, on, x):
    one = {**spec("tall_masks", selectivity=x, on=on), "members": list(members)}
    return [cosine(zoo.change(one, at), {n: rows[skill] for n, rows in zoo.changes.items()}) for at, skill in enumerate(members)]


def cosine(one, other):
    together = sum(float((one[name].astype(np.float64) * other[name]).sum()) for name in one)
    return together / (length(one) * length(other))


def defaults(zoo):
    """Strengths of 1/T and 1.5/T with and without masks, for all skills and for all triples; means on `learn`."""
    from itertools import combinations

    steep = {"on": "lines", "shallow": 0.5, "deep": 2.0}
    kinds = {"plain sum": {}, "TIES sum": {"on": "ties"}, "LiNeS 0.5 to 1.5": {"on": "lines", "deep": 1.5}, "LiNeS 0.5 to 2": steep}
    for size in (4, 3):
        for kind, parameters in kinds.items():
            for k in (0, 2):
                means = []
                for factor in (1.0, 1.5, 2.0):
                    found = []
                    for members in combinations(range(4), size):
                        one = {**spec("consensus", factor / size, k=k, **parameters), "members": list(members)}
                        found.append(np.mean([row.mean() for row in zoo.right(zoo.body(one), members)]))
                    means.append(f"{100 * np.mean(found):.1f}")
                print(f"| {size} | {kind} | {k} | {' | '.join(means)} |", flush=True)


# ---- phases ----


def choose(zoo):
    def scored_all(all_of):
        print("next group", flush=True)
        return [{"spec": one, "right": by_quarter(zoo, zoo.measure(one))} for one in all_of]

    groups = {name: scored_all(all_of) for name, all_of in grids()}
    rows = [{"name": name, "spec": one, "right": by_quarter(zoo, zoo.measure(one))} for name, one in fixed()]
    print("grids done", flush=True)
    densities = [
        {"combine": combine, "density": density,
         "right": by_quarter(zoo, zoo.measure(spec("ties", combine=combine, density=density)))}
        for combine in ("mean", "sum") for density in DENSITIES
    ]
    whole = {name: [rows[at] for rows in zoo.changes.values()] for at, name in enumerate(SKILLS)}
    return {
        "seed": SEED, "sizes": sizes(zoo), "groups": groups, "fixed": rows, "densities": densities,
        "tall": tall_grid(zoo, "task_arithmetic"), "tall on ties": tall_grid(zoo, "ties"),
        "removal": removal(zoo), "causes": causes(zoo), "fewer": fewer_skills(zoo),
        "lengths": {name: length(dict(enumerate(rows))) for name, rows in whole.items()},
        "base_length": length(zoo.base), "rescalers": [float(r) for r in masking.rescalers(zoo.changes)],
    }


def chosen(found, at):
    """The best setting of every group on one quarter; of equals the first."""
    of = found["sizes"]
    for name, rows in found["groups"].items():
        yield f"{name}, chosen", max(rows, key=lambda row: accuracy(row["right"], of, at))["spec"]
    for on in ("tall", "tall on ties"):
        more = {"on": "ties"} if on == "tall on ties" else {}
        yield f"{on}, chosen by skill", spec("tall_masks", selectivity=best_by_skill(found, on, at, LAMBDAS), **more)
        wide = best_by_skill(found, on, at, [*LAMBDAS, *WIDER])
        yield f"{on}, chosen by skill up to 1", spec("tall_masks", selectivity=wide, **more)
    for k in (1, 2):
        restored = best_by_skill(found, "tall", at, LAMBDAS)
        yield f"consensus k={k}, selectivity of the restored skills, 1/T", spec("consensus", k=k, selectivity=restored)


def best_by_skill(found, on, at, among):
    """For each skill the selectivity whose restored body is best on one quarter; of equals the smallest."""
    grid = [row for row in found[on] if row["selectivity"] in among]
    best = [max(grid, key=lambda row: row["right"][skill][at])["selectivity"] for skill in range(4)]
    return dict(zip(SKILLS, best))


def plan(found):
    """Everything that is judged: name, quarter it was chosen on (None: not chosen) and setting."""
    for name, one in fixed():
        yield name, None, one
    for at in range(QUARTERS):
        for name, one in chosen(found, at):
            yield name, at, one


def judge(zoo, found):
    rows = []
    for name, at, one in plan(found):
        right = ["".join("01"[int(hit)] for hit in row) for row in zoo.measure(one)]
        rows.append({"name": name, "quarter": at, "spec": one, "right": right})
    return {"rows": rows}


# ---- tables ----


def hits(row):
    return [np.frombuffer(text.encode(), np.uint8) - ord("0") for text in row["right"]]


def draws(all_of):
    rng = np.random.default_rng([SEED, 99])
    return [rng.integers(0, len(row), (RESAMPLES, len(row))) for row in all_of]


def spread(row, other, places):
    """Standard deviation of the mean accuracy, or of its difference, when the pictures are drawn again (paired)."""
    own = [a.astype(float) - (b if other is not None else 0) for a, b in zip(row, other if other is not None else row)]
    return float(np.mean([one[place].mean(1) for one, place in zip(own, places)], axis=0).std())


def table(judged):
    first = next(row for row in judged["rows"] if row["name"] == "specialists")
    places, plain = draws(hits(first)), next(row for row in judged["rows"] if row["name"] == "task_arithmetic 1/T")
    print(f"| setting | mean | ± | against plain sum 1/T | {' | '.join(SKILLS)} | of the specialist |")
    print("|---|---|---|---|" + "---|" * (len(SKILLS) + 1))
    for row in (row for row in judged["rows"] if row["quarter"] in (None, 0)):
        own, shares = hits(row), [a.mean() / b.mean() for a, b in zip(hits(row), hits(first))]
        difference = np.mean([a.mean() - b.mean() for a, b in zip(own, hits(plain))])
        cells = [f"{100 * np.mean([a.mean() for a in own]):.1f}", f"{100 * spread(own, None, places):.1f}"]
        cells.append(f"{100 * difference:+.1f} ± {100 * spread(own, hits(plain), places):.1f}")
        cells += [f"{100 * a.mean():.1f}" for a in own] + [f"{100 * np.mean(shares):.1f}"]
        print(f"| {row['name']} | {' | '.join(cells)} |")


def choices(judged):
    print("\n| group | chosen on quarter 1, 2, 3, 4 | judged |\n|---|---|---|")
    names = list(dict.fromkeys(row["name"] for row in judged["rows"] if row["quarter"] is not None))
    for name in names:
        rows = [row for row in judged["rows"] if row["name"] == name and row["quarter"] is not None]
        scores = [100 * np.mean([a.mean() for a in hits(row)]) for row in rows]
        settings = "; ".join(short(row["spec"]) for row in rows)
        print(f"| {name} | {settings} | {', '.join(f'{x:.1f}' for x in scores)}; mean {np.mean(scores):.1f} |")


# What a setting stands on, at equal strengths and each at its best.
PAIRS = [
    *((f"consensus k={k} {x} 1/T", "task_arithmetic 1/T") for k in (1, 2, 3) for x in (0.2, 0.4, 0.6)),
    *((f"consensus k={k} on ties sum 0.4 1/T", "ties sum 1/T") for k in (1, 2, 3)),
    *((f"consensus k={k} on ties mean 0.4 1", "ties mean 1") for k in (1, 2, 3)),
    *((f"consensus k={k} on lines 0.4 1/T", "lines 1/T, 0.5 to 1.5") for k in (1, 2, 3)),
    *((f"consensus k={k}, chosen", "task_arithmetic, chosen") for k in (1, 2, 3)),
    *((f"consensus k={k} on ties sum, chosen", "ties sum, chosen") for k in (1, 2, 3)),
    *((f"consensus k={k} on ties mean, chosen", "ties mean, chosen") for k in (1, 2, 3)),
    *((f"consensus k={k} on lines, chosen", "lines, strength, chosen") for k in (1, 2, 3)),
    ("ties mean, chosen", "task_arithmetic, chosen"), ("ties sum, chosen", "task_arithmetic, chosen"),
    ("ties sum, chosen", "ties mean, chosen"), ("lines, strength, chosen", "task_arithmetic, chosen"),
    ("lines at 1/T, shallow and deep, chosen", "lines 1/T, 0.5 to 1.5"),
    ("lines at 1/T, shallow and deep, chosen", "task_arithmetic 1/T"), ("lines 1/T, 0.5 to 1.5", "lines 1/T, 1 to 2"),
    ("tall 0.6", "tall 0.4"), ("tall 0.6", "tall on ties 0.5"), ("tall, chosen by skill", "tall 0.6"), ("tall 0.6", "emr"),
    ("tall, chosen by skill", "specialists"), ("emr", "specialists"),
]


def over_quarters(judged, name):
    """Right answers of a setting; of a chosen one the mean over the four choices."""
    rows = [hits(row) for row in judged["rows"] if row["name"] == name]
    return [np.mean([row[skill] for row in rows], axis=0) for skill in range(4)]


def pairs(judged):
    places = draws(over_quarters(judged, "specialists"))
    print("\n| setting | against | difference of the means |\n|---|---|---|")
    for one, other in PAIRS:
        a, b = over_quarters(judged, one), over_quarters(judged, other)
        difference = 100 * np.mean([x.mean() - y.mean() for x, y in zip(a, b)])
        print(f"| {one} | {other} | {difference:+.1f} ± {100 * spread(a, b, places):.1f} |")


def short(one):
    shown = {key: value for key, value in one["parameters"].items() if key not in ("on", "combine", "k")}
    words = [" ".join(f"{x:g}" for x in value.values()) if isinstance(value, dict) else f"{value:g}" for value in shown.values()]
    return ", ".join(words + ([f"c {one['strength']:g}"] if "strength" in one else []))


def on_learn(found, right):
    total = [sum(row) for row in found["sizes"]]
    return [100 * sum(row) / of for row, of in zip(right, total)]


def learn_tables(found):
    def cells(right):
        own = on_learn(found, right)
        return f"{np.mean(own):.1f} | " + " | ".join(f"{x:.1f}" for x in own)

    head = f"mean | {' | '.join(SKILLS)} |"
    print(f"\n### fixed, on learn\n| setting | {head}\n|" + "---|" * 6)
    for row in found["fixed"]:
        print(f"| {row['name']} | {cells(row['right'])} |")
    for name, rows in found["groups"].items():
        print(f"\n### {name}, on learn")
        for row in sorted(rows, key=lambda row: -np.mean(on_learn(found, row["right"])))[:6]:
            print(f"| {short(row['spec'])} | {cells(row['right'])} |")
    print("\n### by strength, on learn (best selectivity 0.4)")
    for name, rows in found["groups"].items():
        own = [row for row in rows if row["spec"]["parameters"].get("selectivity", 0.4) == 0.4 and "shallow and" not in name]
        if own:
            print(f"| {name} | " + ", ".join(f"{row['spec']['strength']:g}: {np.mean(on_learn(found, row['right'])):.1f}" for row in own) + " |")
    print("\n### lines grid")
    for row in found["groups"]["lines at 1/T, shallow and deep"]:
        print(f"| {short(row['spec'])} | {cells(row['right'])} |")
    print("\n### densities")
    for row in found["densities"]:
        print(f"| {row['combine']} {row['density']} | {cells(row['right'])} |")
    for on in ("tall", "tall on ties"):
        print(f"\n### {on}")
        for row in found[on]:
            kept = ", ".join(f"{x / 4585.92:.0f}" for x in row["kept"])
            print(f"| {row['selectivity']} | {cells(row['right'])} | {kept} | {', '.join(f'{x:.2f}' for x in row['miss'])} |")
    print("\n### removal")
    for row in found["removal"]:
        print(f"| {row['on']} | {row['selectivity']} | {row['k']} | {row['weights']:.3f} | {row['length']:.3f} | {row['left'] / row['whole']:.3f} |")
    print("\n### causes")
    for row in found["causes"]:
        print(f"| {row['rule']} | {row['strength']} | {row['length']:.3f} | {cells(row['right'])} |")
    print("\n### fewer")
    total = [sum(row) for row in found["sizes"]]
    solo = [sum(row) for row in next(row for row in found["fixed"] if row["name"] == "specialists")["right"]]
    for row in found["fewer"]:
        own = [100 * right / total[at] for right, at in zip(row["right"], row["members"])]
        share = np.mean([right / solo[at] for right, at in zip(row["right"], row["members"])])
        what = row.get("selectivity", row.get("k"))
        print(f"| {row['members']} | {row['method']} {what} | {np.mean(own):.1f} | {', '.join(f'{x:.1f}' for x in own)} | {100 * share:.1f} |")
    print(found["lengths"], found["base_length"], found["rescalers"])


def main():
    torch.set_num_threads(1)
    phase, *rest = sys.argv[1:]
    out = pathlib.Path(rest[-1])
    if phase == "tables":
        found = json.loads((out / "choose.json").read_text())
        if (out / "judge.json").exists():
            judged = json.loads((out / "judge.json").read_text())
            table(judged)
            choices(judged)
            pairs(judged)
        return learn_tables(found)
    zoo, examples = map(pathlib.Path, rest[:2])
    if phase == "directions":
        return (out / "directions.json").write_text(json.dumps(directions(Zoo(zoo))))
    if phase == "defaults":
        return defaults(Zoo(zoo, examples, "learn"))
    if phase == "choose":
        return (out / "choose.json").write_text(json.dumps(choose(Zoo(zoo, examples, "learn"))))
    if (out / "judge.json").exists():
        sys.exit("judge has been read already")
    found = json.loads((out / "choose.json").read_text())
    (out / "judge.json").write_text(json.dumps(judge(Zoo(zoo, examples, "judge"), found)))


if __name__ == "__main__":
    main()
