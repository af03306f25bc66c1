#!/usr/bin/env python3
"""Makes the golden files of preparing pictures and of scores.

    python3 make_pictures.py

Versions: Python 3.11, transformers 5.23.0 (the processors that work with Pillow), Pillow 13.0.0, numpy 2.4.6.

Writes beside this script a few small pictures, `prepared.json` with what the processors make of them (the bytes after
resizing and cropping in hex, planes [3, h, w]; for some cases the final f32 values, little-endian, in hex), and
`scores.json` with scores computed from random logits in plain numpy, and arrays as numpy saves them.
"""

import json
import pathlib

import numpy as np
from PIL import Image
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

HERE = pathlib.Path(__file__).parent
RANDOM = np.random.default_rng(20)


def noise(height, width, channels):
    return RANDOM.integers(0, 256, (height, width, channels), dtype=np.uint8)


def smooth(height, width):
    y, x = np.mgrid[0:height, 0:width]
    waves = [np.sin(x / 5 + y / 9), np.cos(x / 7), np.sin(y / 4)]
    return np.stack([127 + 100 * wave for wave in waves], axis=-1).astype(np.uint8)


def pictures():
    """The pictures, each in another format and off every model's size."""
    rgb, rgba, gray = noise(23, 37, 3), noise(13, 11, 4), noise(29, 19, 1)[..., 0]
    rgba[0, 0], rgba[0, 1], rgba[0, 2] = (9, 8, 7, 0), (9, 8, 7, 255), (9, 8, 7, 128)
    palette = Image.fromarray(noise(17, 21, 3)).quantize(16)
    made = {
        "noise.png": Image.fromarray(rgb),
        "clear.png": Image.fromarray(rgba),
        "gray.png": Image.fromarray(gray),
        "palette.png": palette,
        "still.gif": palette,
        "noise.bmp": Image.fromarray(noise(9, 31, 3)),
        "noise.webp": Image.fromarray(noise(15, 12, 3)),
        "smooth.jpg": Image.fromarray(smooth(40, 48)),
    }
    for name, picture in made.items():
        extra = {"lossless": True} if name.endswith("webp") else {}
        extra |= {"quality": 95, "subsampling": 0} if name.endswith("jpg") else {}
        picture.save(HERE / name, **extra)
    made["two.gif"] = palette
    palette.save(HERE / "two.gif", save_all=True, append_images=[Image.new("P", palette.size)], duration=100)


def vit(height, width, resample, **more):
    return {
        "image_processor_type": "ViTImageProcessor",
        "do_convert_rgb": True,
        "size": {"height": height, "width": width},
        "resample": resample,
        **more,
    }


def clip(edge, height, width, **more):
    return {
        "image_processor_type": "CLIPImageProcessor",
        "size": {"shortest_edge": edge},
        "crop_size": {"height": height, "width": width},
        **more,
    }


CASES = [
    *[("noise.png", vit(12, 16, resample)) for resample in range(6)],
    ("noise.png", vit(41, 50, 3)),
    ("noise.png", vit(23, 9, 2)),
    ("noise.png", vit(8, 37, 2)),
    ("noise.png", vit(23, 37, 3)),
    ("noise.png", vit(50, 60, 0)),
    ("gray.png", clip(12, 12, 12)),
    ("gray.png", clip(11, 15, 8)),
    ("gray.png", clip(13, 9, 30, resample=2)),
    ("noise.png", clip(14, 13, 13)),
    ("noise.bmp", clip(10, 10, 10)),
    ("clear.png", vit(13, 11, 2)),
    ("clear.png", vit(7, 7, 3)),
    ("palette.png", vit(10, 10, 2)),
    ("still.gif", vit(10, 10, 2)),
    ("two.gif", vit(10, 10, 2)),
    ("noise.webp", vit(9, 9, 3)),
    ("smooth.jpg", vit(40, 48, 2)),
    ("smooth.jpg", clip(16, 16, 16)),
]
# These also keep their values.
VALUES = {0: {}, 11: {}, 16: {"image_mean": [0.1, 0.2, 0.3], "image_std": [0.9, 0.8, 0.7], "rescale_factor": 0.00392156862745098}}


def processor(config):
    kind = ViTImageProcessorPil if config["image_processor_type"].startswith("ViT") else CLIPImageProcessorPil
    return kind(**{key: value for key, value in config.items() if key != "image_processor_type"})


def prepared():
    rows = []
    for index, (name, config) in enumerate(CASES):
        config = config | VALUES.get(index, {})
        with Image.open(HERE / name) as picture:
            bare = processor(config | {"do_rescale": False, "do_normalize": False})
            array = np.asarray(bare(picture, return_tensors="np")["pixel_values"][0])
            assert array.dtype == np.uint8 and array.shape[0] == 3
            row = {"picture": name, "config": config, "shape": array.shape, "bytes": array.tobytes().hex()}
            if index in VALUES:
                values = np.asarray(processor(config)(picture, return_tensors="np")["pixel_values"][0])
                assert values.dtype == np.float32
                row["values"] = values.astype("<f4").tobytes().hex()
            rows.append(row)
    (HERE / "prepared.json").write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")


def scores():
    count, classes = 60, 8
    logits = (RANDOM.normal(size=(count, classes)) * 2).astype(np.float32)
    targets = RANDOM.integers(0, classes - 1, count)
    logits[np.arange(count), targets] += 3.0
    wide = logits.astype(np.float64)
    odds = np.exp(wide - wide.max(axis=1, keepdims=True))
    odds /= odds.sum(axis=1, keepdims=True)
    answers, confidence = odds.argmax(axis=1), odds.max(axis=1)
    correct = answers == targets
    ece = 0.0
    for low, high in zip(np.arange(15) / 15, np.arange(1, 16) / 15):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            ece += inside.mean() * abs(correct[inside].mean() - confidence[inside].mean())
    confusion = np.zeros((classes, classes), dtype=int)
    np.add.at(confusion, (targets, answers), 1)
    order = np.argsort(-wide, axis=1)[:, :5]
    asked = [label for label in range(classes) if (targets == label).any()]
    found = {
        "classes": classes,
        "logits": logits.ravel().tolist(),
        "targets": targets.tolist(),
        "correct": int(correct.sum()),
        "in_top5": int((order == targets[:, None]).any(axis=1).sum()),
        "mean_per_class": float(np.mean([correct[targets == label].mean() for label in asked])),
        "ece": float(ece),
        "confusion": confusion.tolist(),
    }
    (HERE / "scores.json").write_text(json.dumps(found) + "\n")


def arrays():
    images = RANDOM.integers(0, 256, (3, 4, 5, 3), dtype=np.uint8)
    images[1], images[2] = 255, 0
    labels = np.array([7, 0, 2])
    np.savez(HERE / "arrays.npz", images=images, labels=labels)
    np.savez_compressed(HERE / "packed.npz", images=images, labels=labels)
    np.save(HERE / "lone.npy", RANDOM.normal(size=(2, 3)))


pictures()
prepared()
scores()
arrays()
