"""Recipes and what they make of a whole body, for `make_golden.py`, which describes the arithmetic."""

import numpy as np

import masking
from formats import F32, FLOATS, decode, encode

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
