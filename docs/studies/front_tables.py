"""Tables of the study of fronts from folders that `tincture-cli trade --json` wrote.

Usage: python3 docs/studies/front_tables.py RUNS
RUNS holds one folder for each run, named SKILLS-SEARCH-SEED-BUDGET, each with a ledger.jsonl. Only the ledgers are read:
counts of right answers, from which scores and hypervolumes are worked out anew, independently of the program.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path


def scores(folder):
    """Scores of all measured mixes [n][t], and those of the starting model [t]."""
    lines = [json.loads(line) for line in (folder / "ledger.jsonl").read_text().splitlines()]
    base = [skill["base"] / skill["examples"] for skill in lines[0]["skills"]]
    return [[right / asked for right, asked in row["counts"]] for row in lines[1:]], base


def volume(points, base):
    """Hypervolume above the base, by slicing along the last skill."""
    sides = [[x - b for x, b in zip(p, base)] for p in points]
    return sliced([s for s in sides if min(s) > 0])


def sliced(sides):
    if not sides:
        return 0.0
    if len(sides[0]) == 1:
        return max(s[0] for s in sides)
    total, above = 0.0, sorted({s[-1] for s in sides})
    for low, high in zip([0.0] + above, above):
        total += (high - low) * sliced([s[:-1] for s in sides if s[-1] >= high])
    return total


def oracle(points, base, fixed, count):
    """Hypervolume of `fixed` and the best `count` of all points, taken greedily."""
    taken = list(fixed)
    for _ in range(count):
        taken.append(max(points, key=lambda p: volume(taken + [p], base)))
    return volume(taken, base)


def main(root):
    found = defaultdict(dict)
    for folder in sorted(Path(root).iterdir()):
        skills, search, seed, budget = folder.name.rsplit("-", 3) if "cma-es" not in folder.name else (
            folder.name.split("-cma-es-")[0], "cma-es", *folder.name.split("-cma-es-")[1].split("-"))
        if search == "line":
            skills, search = skills.removesuffix("-equal"), "equal-line"
        points, base = scores(folder)
        if len(points) == int(budget):
            found[skills].setdefault(search, []).append(volume(points, base))
            if search == "grid":
                found[skills]["points"] = (points, base)
    for skills, runs in found.items():
        grid = runs.get("grid", [None])[0]
        say = (lambda v: f"{100 * v / grid:.1f} %") if grid else (lambda v: f"{100 * v:.3f}")
        cells = [f"{search}: " + " / ".join(say(v) for v in runs[search])
                 for search in ("map", "cma-es", "random", "equal-line") if search in runs]
        if grid:
            points, base = runs["points"]
            fixed = [points[0], points[10], points[110], points[60]]
            cells.append(f"knows the grid: {say(oracle(points, base, fixed, 8))}")
        print(f"{skills}: " + " · ".join(cells))


main(sys.argv[1])
