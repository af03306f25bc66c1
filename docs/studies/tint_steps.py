#!/usr/bin/env python3
"""How fast PyTorch does what a step of tint costs: forward and backward at batch 32, gradients for every body weight.

    python3 tint_steps.py [zoo] [clip] [--once]     both networks unless named; --once: a single step, to see it run

zoo   the sample's Vision Transformer: pictures 32x32, patch 4, width 96, 4 layers, 4 heads, inner width 384, GELU
clip  a tower of the size of CLIP ViT-B/32: 224x224, patch 32, width 768, 12 layers, 12 heads, quick GELU, features 512

As fast as PyTorch does it plainly: float32, no compiling, THREADS threads, scaled_dot_product_attention, F.layer_norm,
one product for query, key and value. Weights are random; the time does not hang on them. The head is frozen, as it is
one small product. Building the mix, the teacher's answers and the optimiser's step are not in it.
Each line: pictures a second, median of RUNS runs, least and most; a run takes at least SECONDS and `least` steps.
"""

import pathlib
import statistics
import sys
import time

import torch
from torch.nn import functional as F

BATCH, CLASSES, THREADS, RUNS, SECONDS = 32, 10, 2, 5, 0.7

TOWER = {"side": 224, "patch": 32, "width": 768, "layers": 12, "heads": 12}
NETWORKS = {
    "zoo": {"side": 32, "patch": 4, "width": 96, "layers": 4, "heads": 4, "features": None, "quick": False, "least": 1},
    "clip": {**TOWER, "features": 512, "quick": True, "least": 2},
}

# ---- weights ----


def block_shapes(width):
    return {
        "norm1": (2, width),
        "inward": (3 * width, width),
        "inward_bias": (3 * width,),
        "outward": (width, width),
        "outward_bias": (width,),
        "norm2": (2, width),
        "wide": (4 * width, width),
        "wide_bias": (4 * width,),
        "narrow": (width, 4 * width),
        "narrow_bias": (width,),
    }


def shapes(net):
    """Name and shape of every weight; both rows of a norm, factor and shift, stand together."""
    width, patches = net["width"], (net["side"] // net["patch"]) ** 2
    found = {"patch": (width, 3, net["patch"], net["patch"]), "class": (1, 1, width), "place": (1, patches + 1, width)}
    if net["features"]:
        found.update({"before": (2, width), "features": (net["features"], width)})
    else:
        found["patch_bias"] = (width,)
    found["after"] = (2, width)
    for layer in range(net["layers"]):
        found.update({f"{layer}.{name}": shape for name, shape in block_shapes(width).items()})
    return found


def weights(net):
    """Random weights, norms apart: those start at factor 1 and shift 0."""
    made = {}
    for name, shape in shapes(net).items():
        if shape == (2, net["width"]):
            made[name] = torch.stack([torch.ones(shape[1]), torch.zeros(shape[1])])
        else:
            made[name] = torch.randn(shape) * 0.02
    return {name: tensor.requires_grad_() for name, tensor in made.items()}


# ---- the network ----


def norm(row, x):
    return F.layer_norm(x, x.shape[-1:], row[0], row[1], 1e-5)


def block(w, layer, heads, quick, x):
    def part(name):
        return w[f"{layer}.{name}"]

    inward = F.linear(norm(part("norm1"), x), part("inward"), part("inward_bias"))
    q, k, v = inward.unflatten(2, (3, heads, -1)).permute(2, 0, 3, 1, 4)
    mixed = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
    x = x + F.linear(mixed, part("outward"), part("outward_bias"))
    wide = F.linear(norm(part("norm2"), x), part("wide"), part("wide_bias"))
    wide = wide * torch.sigmoid(1.702 * wide) if quick else F.gelu(wide)
    return x + F.linear(wide, part("narrow"), part("narrow_bias"))


def features(net, w, x):
    x = F.conv2d(x, w["patch"], w.get("patch_bias"), stride=net["patch"]).flatten(2).transpose(1, 2)
    x = torch.cat([w["class"].expand(len(x), -1, -1), x], 1) + w["place"]
    if net["features"]:
        x = norm(w["before"], x)
    for layer in range(net["layers"]):
        x = block(w, layer, net["heads"], net["quick"], x)
    x = norm(w["after"], x[:, 0])
    return F.linear(x, w["features"]) if net["features"] else x


def step(net, w, head, x, labels):
    loss = F.cross_entropy(F.linear(features(net, w, x), head), labels)
    gradients = torch.autograd.grad(loss, list(w.values()))
    assert len(gradients) == len(w)


# ---- time ----


def rate(one, least):
    """Pictures a second over one run."""
    steps, start = 0, time.perf_counter()
    while steps < least or time.perf_counter() - start < SECONDS:
        one()
        steps += 1
    return steps * BATCH / (time.perf_counter() - start)


def measure(name, once):
    net = NETWORKS[name]
    torch.manual_seed(20261128)
    w = weights(net)
    head = torch.randn(CLASSES, net["features"] or net["width"])
    x, labels = torch.randn(BATCH, 3, net["side"], net["side"]), torch.arange(BATCH) % CLASSES
    size = sum(tensor.numel() for tensor in w.values())
    start = time.perf_counter()
    step(net, w, head, x, labels)
    if once:
        print(f"{name}: {size} weights, one step, the first, in {time.perf_counter() - start:.2f} s")
        return
    rates = [rate(lambda: step(net, w, head, x, labels), net["least"]) for _ in range(RUNS)]
    middle = statistics.median(rates)
    print(
        f"{name}: {size} weights, {middle:.1f} pictures a second ({min(rates):.1f} to {max(rates):.1f}),"
        f" {middle / BATCH:.2f} steps a second"
    )


def processor():
    info = pathlib.Path("/proc/cpuinfo")
    names = [line for line in info.read_text().splitlines() if line.startswith("model name")] if info.is_file() else []
    return names[0].split(":")[1].strip() if names else "unknown processor"


def main():
    torch.set_num_threads(THREADS)
    print(f"torch {torch.__version__}, {THREADS} threads, {processor()}, batch {BATCH}")
    for name in [name for name in NETWORKS if name in sys.argv] or NETWORKS:
        measure(name, "--once" in sys.argv)


if __name__ == "__main__":
    main()
