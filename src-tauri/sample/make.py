#!/usr/bin/env python3
"""Makes the bundled sample from the project's zoo and its pictures.

    python3 make.py ZOO EXAMPLES

ZOO holds `base/` and `experts/<task>/`, EXAMPLES holds `<task>/learn/<class>/*.png` and `<task>/judge/…`.
Writes beside this script: `base/`, `experts/<task>/` (copies) and `examples/<task>.zip` (at most 400 pictures to learn
from and 200 to judge by, in folders of these names).

Which pictures: the classes of a part take turns, each giving its next picture in order of name. Pictures are stored, not deflated, with one fixed date, so that the same
input gives the same bytes everywhere. Standard library only.
"""

import pathlib
import shutil
import sys
import zipfile

PICTURES = {"learn": 400, "judge": 200}
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


def pack(task: pathlib.Path, target: pathlib.Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for part, most in sorted(PICTURES.items()):
            chosen = sorted(in_turn(task / part)[:most], key=lambda picture: (picture.parent.name, picture.name))
            for picture in chosen:
                entry = zipfile.ZipInfo(f"{part}/{picture.parent.name}/{picture.name}", DATE)
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
