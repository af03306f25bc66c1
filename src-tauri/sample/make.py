#!/usr/bin/env python3
"""Makes the bundled sample from the project's zoo and its pictures.

    python3 make.py ZOO EXAMPLES

ZOO holds `base/` and `experts/<task>/`, EXAMPLES holds `<task>/learn/<class>/*.png` and `<task>/judge/…`.
Writes beside this script: `base/`, `experts/<task>/` (copies) and `examples/<task>.zip` (200 pictures each).

Which pictures: the classes take turns, each giving its next picture in order of name, from `learn` first and from
`judge` only where `learn` has too few. Pictures are stored, not deflated, with one fixed date, so that the same
input gives the same bytes everywhere. Standard library only.
"""

import pathlib
import shutil
import sys
import zipfile

PICTURES = 200
MODEL_FILES = ["config.json", "model.safetensors", "preprocessor_config.json"]
DATE = (1980, 1, 1, 0, 0, 0)


def copy_model(source: pathlib.Path, target: pathlib.Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for name in MODEL_FILES:
        shutil.copyfile(source / name, target / name)
        (target / name).chmod(0o644)


def in_turn(part: pathlib.Path) -> list[pathlib.Path]:
    """All pictures of a part: the first of every class, then the second of every class, and so on."""
    classes = [sorted(folder.glob("*.png")) for folder in sorted(part.iterdir())]
    longest = max(map(len, classes))
    return [pictures[at] for at in range(longest) for pictures in classes if at < len(pictures)]


def choose(task: pathlib.Path) -> list[pathlib.Path]:
    return (in_turn(task / "learn") + in_turn(task / "judge"))[:PICTURES]


def pack(task: pathlib.Path, target: pathlib.Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    chosen = sorted(choose(task), key=lambda picture: (picture.parent.name, picture.parent.parent.name, picture.name))
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for picture in chosen:
            # The part is in the name, so that nobody scores with a picture that was there to learn from.
            part, label = picture.parent.parent.name, picture.parent.name
            entry = zipfile.ZipInfo(f"{label}/{part}-{picture.name}", DATE)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, picture.read_bytes())


def main() -> None:
    zoo, examples = map(pathlib.Path, sys.argv[1:3])
    here = pathlib.Path(__file__).resolve().parent
    copy_model(zoo / "base", here / "base")
    for expert in sorted((zoo / "experts").iterdir()):
        copy_model(expert, here / "experts" / expert.name)
        pack(examples / expert.name, here / "examples" / f"{expert.name}.zip")


if __name__ == "__main__":
    main()
