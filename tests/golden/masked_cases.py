"""Golden cases of votes, masks and layer scaling."""

import numpy as np

from formats import F32, FLOATS, encode
from mixing import mix
from models import edge_model, family, integers, named
from plain_cases import WORKED, is_close


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


def order_cases():
    """Sums whose sign hangs on their order: 1 - 1 + 2^-30 is above 0, and 0 in any order that ends otherwise."""
    tiny = 2.0**-30
    rows = [[1, 1, tiny, -1, 0.5], [-1, tiny, -1, 1, 0.5], [tiny, -1, 1, -tiny, 0.5]]
    base, *experts = ({"w": encode(row, "F32", (5,))} for row in ([0.0] * 5, *rows))
    for name, (method, parameters, _) in SAME_INPUTS.items():
        whole = {"density": 1} if "ties" in name else {}
        yield f"{name}-order-of-sums", with_method(base, experts, method, {**parameters, **whole})


def counted_case():
    """0.29 of 100 elements are 29, though 0.29 times 100 is a little less in float64."""
    assert 0.29 * 100 < 29
    rng = np.random.default_rng(2100)
    base, *experts = ({"w": encode(rng.normal(0.0, 0.1, 100), "F32", (100,))} for _ in range(3))
    yield "ties-29-of-100", with_method(base, experts, "ties", {"density": 0.29})


ALL = (
    every_type_cases,
    parameter_cases,
    masked_mixed_cases,
    masked_copied_cases,
    masked_head_cases,
    masked_scope_cases,
    masked_few_cases,
    border_cases,
    masked_edge_cases,
    worked_mask_cases,
    worked_lines_case,
    one_block_case,
    order_cases,
    counted_case,
)
