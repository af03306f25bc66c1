"""How often the sample's models are right on the pictures to judge by, counted without any code of Tincture.

Base, specialists and the equal mix (base plus a quarter of every change, summed in float32 in the order of the recipe)
run in transformers on pictures that Pillow decodes; prepared as each specialist's preprocessor_config.json says.

Made with Python 3.11, torch 2.x, transformers 5.x, safetensors, Pillow, numpy; the versions used are in the output.
Usage: python make_sample_scores.py > sample_scores.json
"""

import io
import json
import pathlib
import shutil
import tempfile
import zipfile

import numpy as np
import PIL
import torch
import transformers
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import ViTConfig, ViTForImageClassification

SAMPLE = pathlib.Path(__file__).resolve().parents[4] / "sample"
TASKS = ["fashion_mnist", "letters_hiragana", "letters_latin", "optdigits"]
torch.set_num_threads(1)


def pictures(task, config):
    """Pixels [n, 3, 32, 32] and classes [n], sorted by name."""
    classes = {name: int(number) for number, name in config.id2label.items()}
    pixels, targets = [], []
    with zipfile.ZipFile(SAMPLE / "examples" / f"{task}.zip") as archive:
        for name in sorted(name for name in archive.namelist() if name.startswith("judge/")):
            gray = np.asarray(Image.open(io.BytesIO(archive.read(name))).convert("RGB"), dtype=np.float32)
            pixels.append(((gray * np.float32(1 / 255) - 0.5) / 0.5).transpose(2, 0, 1))
            targets.append(classes[name.split("/")[1]])
    return torch.from_numpy(np.stack(pixels)), np.array(targets)


def correct(task, body, head, pixels, targets):
    """Loads body and head from a folder, as anybody would, because the library renames tensors while it reads."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(SAMPLE / "experts" / task / "config.json", folder)
        save_file({**body, **head}, f"{folder}/model.safetensors", metadata={"format": "pt"})
        model, about = ViTForImageClassification.from_pretrained(folder, output_loading_info=True)
    assert not any(about[kind] for kind in ("missing_keys", "unexpected_keys", "mismatched_keys")), about
    with torch.no_grad():
        answers = model.eval()(pixels).logits.argmax(-1).numpy()
    return int((answers == targets).sum())


def main():
    base = load_file(SAMPLE / "base" / "model.safetensors")
    experts = {task: load_file(SAMPLE / "experts" / task / "model.safetensors") for task in TASKS}
    quarter = torch.tensor(0.25, dtype=torch.float32)
    equal = {}
    for name, start in base.items():
        change = torch.zeros_like(start)
        for task in TASKS:
            change = change + quarter * (experts[task][name] - start)
        equal[name] = start + change
    rows = {}
    for task in TASKS:
        config = ViTConfig.from_pretrained(SAMPLE / "experts" / task)
        head = {name: value for name, value in experts[task].items() if name.startswith("classifier")}
        pixels, targets = pictures(task, config)
        bodies = {"base": base, "equal": equal, **{f"expert {other}": experts[other] for other in TASKS}}
        strip = lambda weights: {name: value for name, value in weights.items() if not name.startswith("classifier")}
        rows[task] = {"examples": len(targets)} | {
            name: correct(task, strip(body), head, pixels, targets) for name, body in bodies.items()
        }
    versions = {"torch": torch.__version__, "transformers": transformers.__version__, "pillow": PIL.__version__}
    print(json.dumps({"versions": versions, "correct": rows}, indent=1))


main()
