#!/usr/bin/env python3
"""Makes `tint.json`: gradients and first steps of the tint procedure on the sample, to check our own training against.

An implementation of its own: torch's automatic differentiation in float64, none of our code; `tinting.py` is the
arithmetic.
    python3 tests/golden/tint_reference.py             writes tint.json from src-tauri/sample
    python3 tests/golden/tint_reference.py --check     writes nothing, says whether all numbers are the same to 1e-9

Sources: Model Tinting, later SyMerge (arXiv:2412.19098) for the visits and the filter; AdaMerging (arXiv:2310.02575)
for the entropy step; Representation Surgery (arXiv:2402.02705) for the adapter; Adam (arXiv:1412.6980). The rate of the
heads is ours: the sample's heads have rows of norm 0.7 and not 100.

A coefficient stands for every tensor of the body and every skill, tensors in the order of the bytes of their names:
    body     W[l] = base[l] + sum over t of clamp(c[l][t], 0, 1) (expert[t][l] - base[l])
             The clamp passes the gradient where 0 <= c <= 1, both ends included, and stops it outside, as torch's did
             when the papers were written. That of torch 2.15 stops it at the ends too, which would hold a coefficient
             that was put back to 0 or 1 there for ever.
    answer   p = softmax(H[s] features(W, x) + b[s]); features are not normalised, as the sample's heads want it
    teacher  q = softmax of the expert's own answer with the expert's own head, which never changes
    kept     a picture stays where argmax q = argmax p or max q >= max p; of equal numbers the first is the largest
    hard     loss = mean over the kept pictures of -log p[argmax q]; with none kept the visit is skipped, without a step
    soft     loss = mean over all pictures of - sum over classes of q log p
    entropy  loss = sum over skills of the mean over pictures of - sum over classes of p log p, heads fixed
    Adam     m = 0.9 m + 0.1 g;  v = 0.999 v + 0.001 g^2
             w = w - rate (m / (1 - 0.9^n)) / (sqrt(v / (1 - 0.999^n)) + 1e-8)
             n counts the steps of this tensor alone; all coefficients are one tensor. A visit leaves the heads of other
             skills out: neither their numbers nor their m, v and n change.
    rounds   in each round one visit of every skill: one loss, then one step of the coefficients and of the skill's
             head. "projected" puts the coefficients back into 0 to 1 after each step, m and v stay as they are.
    surgery  loss = mean over all numbers of |z - U relu(D z) - aim|; the derivatives of relu and of | | at 0 are 0.
             U starts at 0, so the first gradient of D is 0 and its first step, which counts, leaves it where it is.

The pictures are made by the formula under `batch`: what the network sees, already prepared, rounded to float32. Weights
are the sample's float32 numbers; everything after is float64. `float32_differs` holds how far the same run in float32
comes out, the largest difference of each kind of number, and `margin` how far the nearest decision (largest class, kept
or not) is from turning, so that a test in float32 knows what it can ask for.
A key's bias moves all scores of a row alike, so softmax hides it: its gradient is 0 but for rounding, and Adam turns
rounding into steps. These rows, `no_effect`, say nothing; they are left out of `float32_differs` and of --check.
"""

import hashlib
import json
import math
import pathlib
import re
import sys

import numpy as np
import torch

sys.dont_write_bytecode = True
import tinting  # noqa: E402
from tinting import BATCH, SAMPLE, SKILLS, Adam, Zoo, answers, hard, hard_losses, kept, largest, margin  # noqa: E402

OUT = pathlib.Path(__file__).resolve().parent / "tint.json"
VERSIONS = f"torch {torch.__version__.split('+')[0]}, numpy {np.__version__}"

START = 0.25
RATES = {"coefficients": 1e-2, "head": 1e-3, "entropy": 1e-3, "surgery": 1e-3}
ORDERS = [[0, 1, 2, 3], [2, 0, 3, 1], [3, 1, 0, 2]]
# Name, start of every coefficient, whether coefficients are put back into 0 to 1 after each step.
RUNS = [("raw", START, False), ("raw_from_zero", 0.0, False), ("projected_from_zero", 0.0, True)]
SURGERY = {"pictures": 12, "width": 96, "rank": 16, "steps": 5}
FIRST = 8
FOLDERS = ["base", *(f"experts/{skill}" for skill in SKILLS)]

# ---- the parts of the file ----


def first(tensor):
    return tensor.detach().flatten()[:FIRST].tolist()


def visit(zoo, coefficients, head, skill, x, loss_of=hard):
    """Loss (None where nothing is kept), gradients of coefficients, head weight and bias, and both sides' answers."""
    leaves = [tensor.detach().clone().requires_grad_() for tensor in (coefficients, *head)]
    log_p, q = answers(zoo, zoo.body(leaves[0]), leaves[1:], x), tinting.teacher(zoo, skill, x)
    loss = loss_of(log_p, q)
    gradients = torch.autograd.grad(loss, leaves) if loss is not None else None
    return loss, gradients, log_p.detach(), q


def head_gradients(gradients):
    weight, bias = gradients
    return {
        "weight_norm": weight.norm().item(),
        "bias_norm": bias.norm().item(),
        "weight_first": first(weight),
        "bias_first": first(bias),
    }


def one_step(zoo):
    visits = []
    for skill in range(len(SKILLS)):
        loss, gradients, log_p, q = visit(zoo, zoo.filled(START), zoo.heads[skill], skill, zoo.batch(0, skill))
        (student, surety), (label, confidence) = largest(log_p.exp()), largest(q)
        keep = kept(log_p.exp(), q)
        visits.append({
            "skill": skill,
            "teacher": label.tolist(),
            "teacher_confidence": confidence.tolist(),
            "mixed": student.tolist(),
            "mixed_confidence": surety.tolist(),
            "kept": keep.tolist(),
            "kept_count": int(keep.sum()),
            "margin": margin(log_p.exp(), q),
            "loss": loss.item(),
            "loss_without_filter": hard_losses(log_p, q).mean().item(),
            "gradient": gradients[0].tolist(),
            "head_gradient": head_gradients(gradients[1:]),
        })
    return {"start": START, "round": 0, "visits": visits}


def soft_step(zoo):
    visits = []
    for skill in range(len(SKILLS)):
        x = zoo.batch(0, skill)
        loss, gradients, _, _ = visit(zoo, zoo.filled(START), zoo.heads[skill], skill, x, tinting.soft)
        visits.append({
            "skill": skill,
            "loss": loss.item(),
            "gradient": gradients[0].tolist(),
            "head_gradient": head_gradients(gradients[1:]),
        })
    return {"start": START, "round": 0, "visits": visits}


def rounds(zoo, name, start, projected):
    coefficients = zoo.filled(start)
    heads = [tuple(part.clone() for part in head) for head in zoo.heads]
    adam = Adam(RATES["coefficients"])
    head_adams = [(Adam(RATES["head"]), Adam(RATES["head"])) for _ in SKILLS]
    found = {"name": name, "start": start, "projected": projected, "visits": [], "rounds": []}
    for round_, order in enumerate(ORDERS, 1):
        for skill in order:
            loss, gradients, log_p, q = visit(zoo, coefficients, heads[skill], skill, zoo.batch(round_, skill))
            if loss is not None:
                adam.step(coefficients, gradients[0])
                for one, part, gradient in zip(head_adams[skill], heads[skill], gradients[1:]):
                    one.step(part, gradient)
            if projected:
                coefficients.clamp_(0, 1)
            found["visits"].append({
                "round": round_,
                "skill": skill,
                "loss": None if loss is None else loss.item(),
                "kept_count": int(kept(log_p.exp(), q).sum()),
                "margin": margin(log_p.exp(), q),
            })
        numbers = [head_numbers(*head) for head in heads]
        found["rounds"].append({"coefficients": coefficients.tolist(), "heads": numbers})
    return found


def head_numbers(weight, bias):
    return {
        "weight_sum": weight.sum().item(),
        "bias_sum": bias.sum().item(),
        "weight_first": first(weight),
        "bias_first": first(bias),
    }


def three_rounds(zoo):
    return {"orders": ORDERS, "rates": RATES, "runs": [rounds(zoo, *run) for run in RUNS]}


def entropy_loss(zoo, coefficients):
    body = zoo.body(coefficients)
    return [tinting.entropy(answers(zoo, body, zoo.heads[skill], zoo.batch(0, skill))) for skill in range(len(SKILLS))]


def entropy_run(zoo, start, spread):
    """One step of coefficients of the shape of `start`; `spread` gives those of every tensor."""
    leaf = start.clone().requires_grad_()
    losses = entropy_loss(zoo, spread(leaf))
    (gradient,) = torch.autograd.grad(sum(losses), leaf)
    after = start.clone()
    Adam(RATES["entropy"]).step(after, gradient)
    found = {"loss": sum(losses).item(), "losses": [loss.item() for loss in losses]}
    return {**found, "gradient": gradient.tolist(), "coefficients": after.tolist()}


def entropy_step(zoo):
    whole = zoo.filled(START)
    return {
        "start": START,
        "round": 0,
        "rate": RATES["entropy"],
        "layer_wise": entropy_run(zoo, whole, lambda leaf: leaf),
        "task_wise": entropy_run(zoo, whole[0].clone(), lambda leaf: leaf.expand_as(whole)),
    }


FEATURES = {
    "z": "z[n][i] = f32(sin(0.37 (96 n + i)) + 0.3 cos(0.11 i)); n = 0..12, i = 0..96; in f64, rounded once",
    "aim": "aim[n][i] = f32(z[n][i] + 0.2 sin(0.53 n + 0.29 i)); z as rounded",
    "down": "D[j][i] = f32(0.1 cos(0.7 j + 0.13 i)); j = 0..16, i = 0..96",
    "up": "U[i][j] = 0; i = 0..96, j = 0..16",
}


def surgery_start(dtype):
    n, i = np.meshgrid(np.arange(SURGERY["pictures"]), np.arange(SURGERY["width"]), indexing="ij")
    z = (np.sin(0.37 * (96 * n + i)) + 0.3 * np.cos(0.11 * i)).astype(np.float32)
    aim = (z.astype(np.float64) + 0.2 * np.sin(0.53 * n + 0.29 * i)).astype(np.float32)
    j, i = np.meshgrid(np.arange(SURGERY["rank"]), np.arange(SURGERY["width"]), indexing="ij")
    down = (0.1 * np.cos(0.7 * j + 0.13 * i)).astype(np.float32)
    return [torch.from_numpy(array).to(dtype) for array in (z, aim, np.zeros_like(down.T), down)]


def repaired(z, up, down):
    return z - torch.relu(z @ down.T) @ up.T


def surgery(zoo):
    z, aim, up, down = surgery_start(zoo.dtype)
    adams, steps = (Adam(RATES["surgery"]), Adam(RATES["surgery"])), []
    for _ in range(SURGERY["steps"]):
        leaves = [tensor.clone().requires_grad_() for tensor in (up, down)]
        loss = (repaired(z, *leaves) - aim).abs().mean()
        gradients = torch.autograd.grad(loss, leaves)
        for adam, tensor, gradient in zip(adams, (up, down), gradients):
            adam.step(tensor, gradient)
        steps.append({
            "loss": loss.item(),
            "up_gradient_norm": gradients[0].norm().item(),
            "down_gradient_norm": gradients[1].norm().item(),
            "up_sum": up.sum().item(),
            "down_sum": down.sum().item(),
            "up_first": first(up),
            "down_first": first(down),
        })
    loss = (repaired(z, up, down) - aim).abs().mean().item()
    return {**SURGERY, "rate": RATES["surgery"], "formulas": FEATURES, "each_step": steps, "loss_after": loss}


# Probabilities of teacher and mix for two classes: agree, teacher surer, mix surer, equal; then a batch with none kept.
FILTERS = [
    [((0.9, 0.1), (0.6, 0.4)), ((0.7, 0.3), (0.4, 0.6)), ((0.55, 0.45), (0.2, 0.8)), ((0.5, 0.5), (0.5, 0.5))],
    [((0.6, 0.4), (0.4, 0.6)), ((0.55, 0.45), (0.2, 0.8))],
    [((0.55, 0.45), (0.2, 0.8))],
]


def filters(zoo):
    found = []
    for rows in FILTERS:
        q, p = (torch.tensor(side, dtype=zoo.dtype) for side in zip(*rows))
        loss = hard(p.log(), q)
        found.append({
            "teacher": q.tolist(),
            "mixed": p.tolist(),
            "kept": kept(p, q).tolist(),
            "losses": hard_losses(p.log(), q).tolist(),
            "loss": None if loss is None else loss.item(),
        })
    return found


PARTS = {
    "filter": filters,
    "one_step": one_step,
    "soft_step": soft_step,
    "three_rounds": three_rounds,
    "entropy_step": entropy_step,
    "surgery": surgery,
}

# ---- checks by hand ----


class Worked:
    """The two-by-two example of the description of the methods: features W x, two skills, coefficients 0.3."""

    body = Zoo.body

    def __init__(self):
        def matrix(rows):
            return torch.tensor(rows, dtype=torch.float64)

        self.names, self.base = ["w"], {"w": torch.eye(2, dtype=torch.float64)}
        self.changes = {"w": matrix([[[0.4, 0], [0, -0.2]], [[0, 0.5], [-0.5, 0]]])}
        self.experts = [{"w": self.base["w"] + change} for change in self.changes["w"]]
        self.heads = [(matrix(rows), matrix([0, 0])) for rows in ([[1, 0], [0, 1]], [[1, 1], [1, -1]])]

    @staticmethod
    def features(body, x):
        return x @ body["w"].T


def is_close(tensor, printed):
    return torch.allclose(tensor.flatten(), torch.tensor(printed, dtype=tensor.dtype).flatten(), atol=6e-7, rtol=0)


def check_worked():
    printed = [(0.452209, [-0.210992, -0.345590], [0.31, 0.31]), (0.222005, [0.071672, 0.199089], [0.29, 0.29])]
    worked = Worked()
    for skill, (loss, gradient, after) in enumerate(printed):
        coefficients = torch.full((1, 2), 0.3, dtype=torch.float64)
        x = torch.tensor([[1, 0.9]], dtype=torch.float64)
        found, gradients, _, _ = visit(worked, coefficients, worked.heads[skill], skill, x)
        assert is_close(found, loss) and is_close(gradients[0], gradient), skill
        Adam(0.01).step(coefficients, gradients[0])
        assert is_close(coefficients, after), skill
    losses = [part["loss"] for part in filters(Zoo(torch.float64))]
    assert abs(losses[0] - 0.7067) < 1e-4 and losses[2] is None, losses


def check_clamp():
    c = torch.tensor([-1e-9, 0.0, 0.5, 1.0, 1 + 1e-9], dtype=torch.float64, requires_grad=True)
    tinting.clamp(c).sum().backward()
    assert c.grad.tolist() == [0, 1, 1, 1, 0], c.grad


def check_adam():
    """The formula above gives torch's own steps."""
    ours = torch.linspace(-1, 1, 9, dtype=torch.float64)
    theirs = ours.clone().requires_grad_()
    adam, library = Adam(0.01), torch.optim.Adam([theirs], lr=0.01)
    for step in range(5):
        theirs.grad = torch.sin(3 * ours + step)
        adam.step(ours, theirs.grad.clone())
        library.step()
    assert torch.allclose(ours, theirs, atol=1e-15, rtol=1e-13)


PROBES = [
    ("vit.embeddings.patch_embeddings.projection.weight", 1),
    ("vit.encoder.layer.2.attention.attention.query.weight", 0),
    ("vit.layernorm.weight", 3),
]


def losses_at(zoo, skill, coefficients):
    """The three losses at some coefficients, without a gradient."""
    x = zoo.batch(0, skill)
    with torch.no_grad():
        log_p = answers(zoo, zoo.body(coefficients), zoo.heads[skill], x)
        q = tinting.teacher(zoo, skill, x)
        return torch.stack([hard(log_p, q), tinting.soft(log_p, q), sum(entropy_loss(zoo, coefficients))])


def check_differences(zoo, found, skill=1, width=1e-4):
    """Central differences of three coefficients against the gradients of the file, relative to the largest of a row."""
    parts = [found[part]["visits"][skill]["gradient"] for part in ("one_step", "soft_step")]
    parts.append(found["entropy_step"]["layer_wise"]["gradient"])
    worst = 0.0
    for name, column in PROBES:
        row, sides = zoo.names.index(name), []
        for side in (2, 1, -1, -2):
            coefficients = zoo.filled(START)
            coefficients[row, column] += side * width
            sides.append(losses_at(zoo, skill, coefficients))
        slopes = (8 * (sides[1] - sides[2]) - (sides[0] - sides[3])) / (12 * width)
        for slope, part in zip(slopes.tolist(), parts):
            worst = max(worst, abs(slope - part[row][column]) / abs(part[row][column]))
    assert worst < 1e-6, worst
    return worst


# ---- the file ----


def leaves(found, hidden, place=()):
    """Every number with its place, without the rows of `hidden` in tables that have a row for every tensor."""
    pairs = found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else None
    if pairs is None:
        yield place, found
        return
    table = isinstance(found, list) and len(found) == hidden["of"]
    for key, value in pairs:
        if not (table and key in hidden["rows"]):
            yield from leaves(value, hidden, (*place, key))


def apart(a, b, hidden):
    """Largest difference of two results; infinite where their layout, a word, a count or a decision differs."""
    a, b = (dict(leaves(found, hidden)) for found in (a, b))
    if a.keys() != b.keys():
        return math.inf
    worst = 0.0
    for place, value in a.items():
        if isinstance(value, float) and isinstance(b[place], float):
            worst = max(worst, abs(value - b[place]))
        elif value != b[place]:
            return math.inf
    return worst


def by_table(a, b, hidden):
    """Largest differences of two results, told apart by the kind of number."""
    a, b = (dict(leaves(found, hidden)) for found in (a, b))
    worst = {}
    for place, value in a.items():
        kind = next(key for key in reversed(place) if isinstance(key, str))
        if isinstance(value, float):
            worst[kind] = max(worst.get(kind, 0.0), abs(value - b[place]))
    return {kind: float(f"{value:.2g}") for kind, value in worst.items() if value > 0}


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def least_margin(parts):
    visits = parts["one_step"]["visits"] + [visit for run in parts["three_rounds"]["runs"] for visit in run["visits"]]
    return min(visit["margin"] for visit in visits)


def everything():
    zoo, narrow = Zoo(torch.float64), Zoo(torch.float32)
    rows = [at for at, name in enumerate(zoo.names) if name.endswith("attention.key.bias")]
    hidden = {"of": len(zoo.names), "rows": rows}
    found = {
        "made_with": VERSIONS,
        "inputs": {folder: sha256(SAMPLE / folder / "model.safetensors") for folder in FOLDERS},
        "skills": SKILLS,
        "tensors": zoo.names,
        "no_effect": rows,
        "batch": {"formula": BATCH, "probes": probes()},
    }
    parts = {name: make(zoo) for name, make in PARTS.items()}
    single = {name: make(narrow) for name, make in PARTS.items()}
    decided = {name: apart(parts[name], single[name], hidden) for name in PARTS}
    assert all(math.isfinite(value) for value in decided.values()), decided
    assert least_margin(parts) > 1e-3, least_margin(parts)
    found["float32_differs"] = {name: by_table(parts[name], single[name], hidden) for name in PARTS}
    return zoo, {**found, **parts}, hidden


def probes():
    """Sum, and one number far from the corners, of the batches of the first two rounds."""
    places = [(round_, skill) for round_ in (0, 1) for skill in range(len(SKILLS))]
    made = [(round_, skill, tinting.batch(round_, skill).astype(np.float64)) for round_, skill in places]
    return [
        {"round": round_, "skill": skill, "sum": math.fsum(x.ravel().tolist()), "x[5][1][17][9]": float(x[5, 1, 17, 9])}
        for round_, skill, x in made
    ]


def text_of(found):
    """JSON with lists of plain values on one line each."""
    text = json.dumps(found, indent=1, allow_nan=False)
    plain = r"\[[^\[\]{}\"]*\]"
    return re.sub(plain, lambda row: "[" + ", ".join(row[0][1:-1].replace(",", " ").split()) + "]", text) + "\n"


def main():
    torch.set_num_threads(1)
    check_worked()
    check_clamp()
    check_adam()
    zoo, found, hidden = everything()
    worst = check_differences(zoo, found)
    text = text_of(found)
    assert json.loads(text) == found
    if "--check" in sys.argv:
        old = json.loads(OUT.read_text())
        for name in (*PARTS, "inputs", "tensors", "batch", "no_effect"):
            distance = apart(old[name], found[name], hidden)
            if distance > 1e-9:
                sys.exit(f"{name} in {OUT.name} differs by {distance} from what {VERSIONS} makes")
    else:
        OUT.write_text(text)
    print(f"{len(text)} bytes, central differences within {worst:.1e}, {VERSIONS}")


if __name__ == "__main__":
    main()
