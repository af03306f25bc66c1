"""The arithmetic of `tint_reference.py`: mixes with coefficients, the network, losses and Adam, in torch.

What each of them is stands at the top of that file.
"""

import math
import pathlib

import numpy as np
import torch
from torch.nn import functional as F

import formats

SAMPLE = pathlib.Path(__file__).resolve().parent.parent.parent / "src-tauri" / "sample"
SKILLS = ["fashion_mnist", "letters_latin", "letters_hiragana", "optdigits"]
PICTURES = 8

# ---- what goes in ----

BATCH = (
    "x[n][c][y][k] = f32(sin(0.11 * (1 + (3 * n + s) % 7) * k + 0.07 * (1 + (5 * n + 2 * s) % 6) * y"
    " + 0.9 * c + 0.5 * n + 1.3 * s + 2.4 * r + 0.3)); n = 0..8 picture, c = 0..3 channel, y = 0..32 row,"
    " k = 0..32 column, s = skill, r = round; % on whole numbers, the rest in f64"
)


def batch(round_, skill):
    n, c, y, k = np.meshgrid(np.arange(PICTURES), np.arange(3), np.arange(32), np.arange(32), indexing="ij")
    waves = 0.11 * (1 + (3 * n + skill) % 7) * k + 0.07 * (1 + (5 * n + 2 * skill) % 6) * y
    return np.sin(waves + 0.9 * c + 0.5 * n + 1.3 * skill + 2.4 * round_ + 0.3).astype(np.float32)


def clamp(c):
    """Into 0 to 1; the gradient passes at both ends."""
    return torch.where((c >= 0) & (c <= 1), c, c.detach().clamp(0, 1))


class Zoo:
    """Base, experts and heads of the sample, in one number type; `batch` makes the prepared pictures."""

    def __init__(self, dtype):
        base = formats.read_file(SAMPLE / "base" / "model.safetensors")
        experts = [formats.read_file(SAMPLE / "experts" / skill / "model.safetensors") for skill in SKILLS]
        self.dtype, self.names = dtype, sorted(base)
        self.base = self.tensors(base, self.names)
        self.experts = [self.tensors(expert, self.names) for expert in experts]
        self.changes = {name: torch.stack([e[name] - self.base[name] for e in self.experts]) for name in self.names}
        heads = [self.tensors(expert, ["classifier.weight", "classifier.bias"]) for expert in experts]
        self.heads = [tuple(head.values()) for head in heads]
        self.features = features

    def tensors(self, file, names):
        arrays = {name: formats.decode(file[name]).reshape(file[name][1]) for name in names}
        return {name: torch.from_numpy(array.copy()).to(self.dtype) for name, array in arrays.items()}

    def batch(self, round_, skill):
        return torch.from_numpy(batch(round_, skill)).to(self.dtype)

    def body(self, coefficients):
        """All weights from coefficients [tensor, skill]."""
        rows = clamp(coefficients)
        return {
            name: self.base[name] + torch.tensordot(row, self.changes[name], 1) for name, row in zip(self.names, rows)
        }

    def filled(self, value):
        return torch.full((len(self.names), len(SKILLS)), value, dtype=self.dtype)


# ---- the network: a Vision Transformer read at its class token ----


def linear(w, place, x):
    return x @ w[f"{place}.weight"].T + w[f"{place}.bias"]


def norm(w, place, x):
    centred = x - x.mean(-1, keepdim=True)
    spread = torch.sqrt((centred**2).mean(-1, keepdim=True) + 1e-12)
    return centred / spread * w[f"{place}.weight"] + w[f"{place}.bias"]


def attention(w, place, x, heads=4):
    q, k, v = (
        linear(w, f"{place}.attention.attention.{part}", x).unflatten(2, (heads, -1)).transpose(1, 2)
        for part in ("query", "key", "value")
    )
    weights = torch.softmax(q @ k.transpose(2, 3) / math.sqrt(q.shape[-1]), -1)
    return linear(w, f"{place}.attention.output.dense", (weights @ v).transpose(1, 2).flatten(2))


def features(w, x):
    """[n, 3, 32, 32] to [n, 96]; patches of 4, 4 blocks, 4 attention heads, exact GELU."""
    patch = "vit.embeddings.patch_embeddings.projection"
    x = F.conv2d(x, w[f"{patch}.weight"], w[f"{patch}.bias"], stride=4).flatten(2).transpose(1, 2)
    x = torch.cat([w["vit.embeddings.cls_token"].expand(len(x), -1, -1), x], 1)
    x = x + w["vit.embeddings.position_embeddings"]
    for block in range(4):
        place = f"vit.encoder.layer.{block}"
        x = x + attention(w, place, norm(w, f"{place}.layernorm_before", x))
        inner = linear(w, f"{place}.intermediate.dense", norm(w, f"{place}.layernorm_after", x))
        inner = inner * (1 + torch.erf(inner / math.sqrt(2))) / 2
        x = x + linear(w, f"{place}.output.dense", inner)
    return norm(w, "vit.layernorm", x[:, 0])


# ---- losses ----


def answers(zoo, body, head, x):
    """Log-probabilities [picture, class]."""
    return torch.log_softmax(zoo.features(body, x) @ head[0].T + head[1], -1)


def teacher(zoo, skill, x):
    with torch.no_grad():
        return answers(zoo, zoo.experts[skill], zoo.heads[skill], x).exp()


def largest(probabilities):
    """First class of largest probability, and that probability."""
    at = torch.from_numpy(np.argmax(probabilities.detach().numpy(), -1))
    return at, probabilities.detach().gather(-1, at[:, None])[:, 0]


def kept(p, q):
    (student, surety), (label, confidence) = largest(p), largest(q)
    return (label == student) | (confidence >= surety)


def hard_losses(log_p, q):
    return -log_p.gather(-1, largest(q)[0][:, None])[:, 0]


def hard(log_p, q):
    keep = kept(log_p.exp(), q)
    return hard_losses(log_p, q)[keep].mean() if keep.any() else None


def soft(log_p, q):
    return -(q * log_p).sum(-1).mean()


def entropy(log_p):
    return -(log_p.exp() * log_p).sum(-1).mean()


def margin(p, q):
    """Least distance of two probabilities on which a label or the keep set hangs."""
    tops = [rows.detach().topk(2).values for rows in (p, q)]
    gaps = torch.cat([top[:, 0] - top[:, 1] for top in tops])
    differ = largest(p)[0] != largest(q)[0]
    sure = (tops[0][:, 0] - tops[1][:, 0]).abs()[differ]
    return torch.cat([gaps, sure]).min().item()


# ---- Adam ----


class Adam:
    """One tensor's state. `step` changes the tensor in place."""

    def __init__(self, rate):
        self.rate, self.m, self.v, self.steps = rate, 0.0, 0.0, 0

    def step(self, tensor, gradient):
        self.steps += 1
        self.m = 0.9 * self.m + 0.1 * gradient
        self.v = 0.999 * self.v + 0.001 * gradient**2
        spread = torch.sqrt(self.v / (1 - 0.999**self.steps)) + 1e-8
        with torch.no_grad():
            tensor -= self.rate * (self.m / (1 - 0.9**self.steps)) / spread
