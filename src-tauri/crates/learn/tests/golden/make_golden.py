#!/usr/bin/env python3
"""Makes the golden files of the networks: small random models, their inputs, and what transformers computes.

    python3 make_golden.py ZOO EXAMPLES

Versions: Python 3.11, torch 2.15.0, transformers 5.23.0, safetensors 0.8, numpy, Pillow.

Writes beside this script one `<family>.safetensors` each: `config.json` as text in the metadata, `w.<name>` for the
tensors as `save_pretrained` writes them, the inputs (`pixels`; or `ids`, `mask`), `hidden.<i>` for the state before the
first block and after every block, `features` and `logits`. Weights are drawn wide, so that logits have a standard
deviation of at least 1 and a wrong function shows. `zoo.safetensors` has no weights: pictures of EXAMPLES as bytes, and
logits of the models in ZOO (they lie in the repository's sample); it is compared with ZOO/expected_logits.json.
"""

import json
import pathlib
import sys
import tempfile

import numpy as np
import torch
from PIL import Image
from safetensors.numpy import load_file, save_file
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    BertModel,
    CLIPConfig,
    CLIPModel,
    DeiTConfig,
    DeiTForImageClassification,
    DistilBertConfig,
    DistilBertForSequenceClassification,
    RobertaConfig,
    RobertaForSequenceClassification,
    ViTConfig,
    ViTForImageClassification,
)

HERE = pathlib.Path(__file__).parent
SIZES = dict(hidden_size=20, num_hidden_layers=2, num_attention_heads=2, intermediate_size=28)
PICTURE = dict(image_size=12, patch_size=4)
TEXT = dict(vocab_size=40, max_position_embeddings=14)
TASKS = ["fashion_mnist", "letters_hiragana", "letters_latin", "optdigits"]


def widen(model: torch.nn.Module, seed: int) -> torch.nn.Module:
    """Draws all weights anew: matrices so that sizes are kept, everything else far from its usual start."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, value in model.named_parameters():
            if value.dim() == 0:
                continue
            noise = torch.randn(value.shape, generator=generator)
            is_scale = value.dim() == 1 and "norm" in name.lower() and name.endswith("weight")
            fan = value[0].numel() if value.dim() > 1 and "embeddings" not in name else 1
            width = (4 if "classifier" in name else 1.5) / fan**0.5 if value.dim() > 1 else 0.3
            value.copy_(1 + 0.2 * noise if is_scale else width * noise)
    return model.eval()


def saved(model) -> tuple[dict, str]:
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        weights = load_file(f"{folder}/model.safetensors")
        config = json.loads(pathlib.Path(folder, "config.json").read_text())
    return {f"w.{name}": value for name, value in weights.items()}, json.dumps(config, sort_keys=True)


def write(name: str, tensors: dict, config: str) -> None:
    arrays = {key: np.ascontiguousarray(getattr(value, "numpy", lambda value=value: value)()) for key, value in tensors.items()}
    save_file(arrays, HERE / f"{name}.safetensors", {"config": config})
    logits = arrays.get("logits")
    if logits is not None and name != "zoo":
        assert logits.std() >= 1, (name, logits.std())


def states(prefix: str, hidden) -> dict:
    return {f"{prefix}.{at}": state for at, state in enumerate(hidden)}


def picture_classifier(name: str, kind, config, seed: int) -> None:
    model = widen(kind(config), seed)
    pixels = torch.randn(3, 3, 12, 12, generator=torch.Generator().manual_seed(seed + 1))
    out = model(pixel_values=pixels, output_hidden_states=True)
    weights, text = saved(model)
    write(name, {**weights, "pixels": pixels, **states("hidden", out.hidden_states), "logits": out.logits}, text)


def sentences(seed: int, pad: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Three sentences of 7, 5 and 4 tokens, filled up with `pad`."""
    ids = torch.randint(3, 40, (3, 7), generator=torch.Generator().manual_seed(seed))
    mask = torch.tensor([[1] * length + [0] * (7 - length) for length in (7, 5, 4)])
    return torch.where(mask.bool(), ids, pad), mask


def text_classifier(name: str, kind, config, seed: int) -> None:
    model = widen(kind(config), seed)
    ids, mask = sentences(seed + 1, config.pad_token_id)
    out = model(input_ids=ids, attention_mask=mask, output_hidden_states=True)
    weights, text = saved(model)
    given = {"ids": ids.int(), "mask": mask.int()}
    write(name, {**weights, **given, **states("hidden", out.hidden_states), "logits": out.logits}, text)


def sentence_embedding(seed: int) -> None:
    model = widen(BertModel(BertConfig(**SIZES, **TEXT), add_pooling_layer=False), seed)
    ids, mask = sentences(seed + 1, 0)
    hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state
    mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
    weights, text = saved(model)
    given = {"ids": ids.int(), "mask": mask.int()}
    write("sentence", {**weights, **given, "features": torch.nn.functional.normalize(mean)}, text)


def clip(seed: int) -> None:
    vision, words = dict(**SIZES, **PICTURE), dict(**SIZES, **TEXT, bos_token_id=0, eos_token_id=2, pad_token_id=1)
    model = widen(CLIPModel(CLIPConfig(text_config=words, vision_config=vision, projection_dim=12)), seed)
    pixels = torch.randn(3, 3, 12, 12, generator=torch.Generator().manual_seed(seed + 1))
    # The largest number ends a sentence, as in the published checkpoints.
    ids = torch.randint(3, 39, (4, 6), generator=torch.Generator().manual_seed(seed + 2))
    for row, end in enumerate((5, 3, 4, 2)):
        ids[row, end] = 39
        ids[row, end + 1 :] = 0
    out = model(input_ids=ids, pixel_values=pixels, output_hidden_states=True)
    weights, text = saved(model)
    image, sentence = out.vision_model_output, out.text_model_output
    tensors = {
        "pixels": pixels,
        "ids": ids.int(),
        **states("hidden", image.hidden_states),
        **states("text_hidden", sentence.hidden_states),
        "features": out.image_embeds,
        "text_features": out.text_embeds,
        "logits": out.logits_per_image,
    }
    write("clip", {**weights, **tensors}, text)


def mlp(seed: int) -> None:
    layers = [torch.nn.Linear(5, 8), torch.nn.Linear(8, 6), torch.nn.Linear(6, 3)]
    for at, layer in enumerate(layers):
        widen(layer, seed + at)
    first, second, head = layers
    head.weight.mul_(3)
    vectors = 2 * torch.randn(4, 5, generator=torch.Generator().manual_seed(seed + 9))
    one = torch.nn.functional.gelu(first(vectors))
    two = torch.nn.functional.gelu(second(one))
    named = {"layers.0": first, "layers.1": second, "classifier": head}
    weights = {f"w.{name}.{part}": getattr(layer, part) for name, layer in named.items() for part in ("weight", "bias")}
    config = json.dumps({"model_type": "mlp", "hidden_act": "gelu"})
    write("mlp", {**weights, "vectors": vectors, **states("hidden", [one, two]), "logits": head(two)}, config)


def zoo(models: pathlib.Path, examples: pathlib.Path) -> None:
    expected = json.loads((models / "expected_logits.json").read_text())["tasks"]
    base = load_file(models / "base/model.safetensors")
    tensors = {}
    for task in TASKS:
        rows = expected[task][:4]
        files = [examples.parent / row["file"] for row in rows]
        pictures = np.stack([np.asarray(Image.open(file).convert("L")) for file in files])
        pixels = torch.from_numpy(pictures).float().div(255).sub(0.5).div(0.5)[:, None].repeat(1, 3, 1, 1)
        model = ViTForImageClassification.from_pretrained(models / "experts" / task).eval()
        expert = model(pixel_values=pixels)
        tensors |= {f"{task}.pictures": pictures, f"{task}.expert": expert.logits}
        with tempfile.TemporaryDirectory() as folder:
            head = load_file(models / f"heads/{task}.safetensors")
            save_file({**base, "classifier.weight": head["weight"], "classifier.bias": head["bias"]}, f"{folder}/model.safetensors", {"format": "pt"})
            pathlib.Path(folder, "config.json").write_text((models / "experts" / task / "config.json").read_text())
            body = ViTForImageClassification.from_pretrained(folder).eval()(pixel_values=pixels)
        tensors[f"{task}.base"] = body.logits
        for key, found in (("expert", expert.logits), ("base_body", body.logits)):
            told = torch.tensor([row[key] for row in rows])
            print(task, key, "largest difference from expected_logits.json:", (found - told).abs().max().item())
            assert torch.allclose(found, told, atol=1e-4), (task, key)
    write("zoo", tensors, "{}")


@torch.no_grad()
def main() -> None:
    picture_classifier("vit", ViTForImageClassification, ViTConfig(**SIZES, **PICTURE, num_labels=4), 10)
    deit = DeiTConfig(**SIZES, **PICTURE, num_labels=4, hidden_act="gelu_pytorch_tanh")
    picture_classifier("deit", DeiTForImageClassification, deit, 20)
    clip(30)
    text_classifier("bert", BertForSequenceClassification, BertConfig(**SIZES, **TEXT, num_labels=4), 40)
    text_classifier("roberta", RobertaForSequenceClassification, RobertaConfig(**SIZES, **TEXT, num_labels=4), 50)
    short = DistilBertConfig(dim=20, n_layers=2, n_heads=2, hidden_dim=28, **TEXT, num_labels=4)
    text_classifier("distilbert", DistilBertForSequenceClassification, short, 60)
    sentence_embedding(70)
    mlp(80)
    zoo(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))


if __name__ == "__main__":
    main()
