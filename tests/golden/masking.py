"""Votes, masks and layer scaling for `make_golden.py`: numpy and the standard library, none of our code.

Everything here works on the changes of a whole body: `{tensor: [change of expert 0, change of expert 1, ...]}`, float32,
for every tensor that is mixed, whatever scope it stands under. The arithmetic is described in `make_golden.py`.
"""

import math

import numpy as np

F32 = np.float32

# ---- parameters ----

DEFAULTS = {"density": 0.2, "shallow": 0.5, "on": "task_arithmetic"}
PER_SKILL = ("tall_masks", "emr")


def parameters(one):
    """The parameters of a recipe with defaults filled in; `selectivity` becomes a list."""
    name, experts = one["method"]["name"], one["experts"]
    known = {
        **DEFAULTS,
        "deep": 2.0 if name == "lines" else 1.5,
        "combine": "mean" if name == "ties" else "sum",
        "k": 2 if len(experts) > 2 else 1,
        **one["method"]["parameters"],
    }
    if name in ("ties", "lines"):
        known["on"] = name
    default = (0.5 if known["on"] == "ties" else 0.6) if name == "tall_masks" else 0.4
    one_for_all = known.get("selectivity", default)
    by_skill = one_for_all if isinstance(one_for_all, dict) else {}
    common = default if by_skill else one_for_all
    known["selectivity"] = [by_skill.get(expert["skill"], common) for expert in experts]
    return known


def default_strength(one):
    known = parameters(one)
    if one["method"]["name"] == "average" or (known["on"] == "ties" and known["combine"] == "mean"):
        return 1.0
    longer = 1.5 if one["method"]["name"] == "consensus" and known["k"] >= 2 else 1.0
    return longer * (1.0 / len(one["experts"]))


# ---- trimming ----


def size_of(changes):
    return sum(row[0].size for row in changes.values())


def kept_of(density, elements):
    """How many elements of a change stay; the factor lets 0.3 of 10 be 3 although 0.3 is a little less than 3/10."""
    return elements if density >= 1 else math.floor(density * elements * (1 + 1e-12))


def places_by_size(changes, expert):
    """Magnitudes of a change in flat order, and places in it: the largest first, of equals the lowest place."""
    flat = np.abs(np.concatenate([changes[name][expert].reshape(-1) for name in sorted(changes)]))
    return flat, np.argsort(-flat, kind="stable")


def trimmed(changes, density):
    """The changes with all but the largest elements set to zero, over the whole body, for each expert."""
    keep, names = kept_of(density, size_of(changes)), sorted(changes)
    result = {name: [] for name in names}
    for expert in range(len(changes[names[0]])):
        flat, places = places_by_size(changes, expert)
        stays, at = np.zeros(flat.size, bool), 0
        stays[places[:keep]] = True
        for name in names:
            row = changes[name][expert]
            result[name].append(np.where(stays[at : at + row.size], row, F32(0)))
            at += row.size
    return result


def thresholds(changes, density):
    """The smallest magnitude that stays, for each expert."""
    keep, experts = kept_of(density, size_of(changes)), len(next(iter(changes.values())))
    ordered = [places_by_size(changes, expert) for expert in range(experts)]
    return [flat[places[keep - 1]] for flat, places in ordered]


# ---- combined changes of one tensor ----


def total(rows):
    acc = np.zeros_like(rows[0])
    for row in rows:
        acc = acc + row
    return acc


def agreeing(trims):
    """For each expert, where its trimmed change has the elected sign. Where the sum is zero, nobody's has."""
    vote = total(trims)
    return [((row > 0) & (vote > 0)) | ((row < 0) & (vote < 0)) for row in trims]


def ties(strengths, trims, combine):
    acc, voices = np.zeros_like(trims[0]), np.zeros_like(trims[0])
    for strength, row, agrees in zip(strengths, trims, agreeing(trims)):
        acc = np.where(agrees, acc + F32(strength) * row, acc)
        voices = voices + agrees.astype(F32)
    return acc if combine == "sum" else np.where(voices > 0, acc / np.maximum(voices, F32(1)), F32(0))


def scaled_sum(strengths, rows):
    acc = np.zeros_like(rows[0])
    for strength, row in zip(strengths, rows):
        acc = acc + F32(strength) * row
    return acc


def block_of(name):
    """What stands before the first number of a dotted name, and that number; None outside numbered blocks."""
    words = name.split(".")
    at = next((at for at, word in enumerate(words) if word.isdigit()), None)
    return None if at is None else (".".join(words[:at]), int(words[at]))


def depth_factor(name, names, shallow, deep):
    stack = block_of(name)
    if stack is None:
        return float(shallow)
    last = max(found[1] for found in map(block_of, names) if found and found[0] == stack[0])
    if last == 0:
        return float(deep)
    return shallow + (deep - shallow) * stack[1] / last


def combined(known, strengths, name, changes, trims):
    """What the method that masks stand on adds to the base."""
    if known["on"] == "ties":
        return ties(strengths, trims[name], known["combine"])
    if known["on"] == "lines":
        factor = depth_factor(name, changes, known["shallow"], known["deep"])
        strengths = [np.float64(strength) * factor for strength in strengths]
    return scaled_sum(strengths, changes[name])


# ---- masks of one tensor ----


def unscaled(known, rows, trims):
    """What masks look at: the combined change with all strengths 1, without any factor of depth."""
    return ties([1.0] * len(trims), trims, "sum") if known["on"] == "ties" else total(rows)


def masks(known, rows, trims):
    """For each expert, which elements its skill needs."""
    all_together = unscaled(known, rows, trims)
    chosen = zip(rows, known["selectivity"])
    return [np.abs(row) > F32(selectivity) * np.abs(all_together - row) for row, selectivity in chosen]


def consensus(known, strengths, name, changes, trims, is_plain):
    change = combined(known, strengths, name, changes, trims)
    if is_plain:
        return change
    needed_by = sum(mask.astype(int) for mask in masks(known, changes[name], trims[name]))
    return np.where(needed_by >= known["k"], change, F32(0))


def tall(known, expert, name, changes, trims, is_plain):
    rows = changes[name]
    change = unscaled(known, rows, trims[name])
    return change if is_plain else np.where(masks(known, rows, trims[name])[expert], change, F32(0))


# ---- EMR ----


def elected(rows):
    """The change of all skills together, and each skill's mask."""
    flag = np.where(total(rows) > 0, F32(1), F32(-1))
    agrees = [row * flag > 0 for row in rows]
    largest = np.zeros_like(flag)
    for row, own in zip(rows, agrees):
        largest = np.maximum(largest, np.where(own, np.abs(row), F32(0)))
    return flag * largest, agrees


def rescalers(changes):
    """For each expert the sum of the tensors' mean magnitudes over the same of what its mask keeps, in float64."""
    own, kept = [], []
    for rows in (changes[name] for name in sorted(changes) if changes[name][0].size):
        one, agrees = elected(rows)
        own.append([mean_magnitude(row) for row in rows])
        kept.append([mean_magnitude(np.where(mask, one, F32(0))) for mask in agrees])
    sums = zip(map(math.fsum, zip(*own)), map(math.fsum, zip(*kept)))
    return [F32(length / left) if left > 0 else F32(1) for length, left in sums]


def mean_magnitude(row):
    return math.fsum(np.abs(row.astype(np.float64)).tolist()) / row.size


def emr(scale, expert, rows):
    one, agrees = elected(rows)
    return np.where(agrees[expert], scale * one, F32(0))


# ---- a whole body ----


class Changes:
    """What a body's tensors are changed by, made once for a recipe."""

    def __init__(self, one, changes):
        self.method, self.known = one["method"]["name"], parameters(one)
        self.changes = changes
        self.trims = trimmed(changes, self.known["density"]) if self.known["on"] == "ties" else changes
        self.scales = rescalers(changes) if self.method == "emr" else None

    def of(self, name, strengths, is_plain, expert):
        """The change of one tensor; `expert` counts only where every skill has a body of its own."""
        at = (name, self.changes, self.trims)
        if self.method == "consensus":
            return consensus(self.known, strengths, *at, is_plain)
        if self.method == "tall_masks":
            return tall(self.known, expert, *at, is_plain)
        if self.method == "emr":
            return emr(self.scales[expert], expert, self.changes[name])
        return combined(self.known, strengths, *at)
