"""Writes an assignment with one small exercise of a test's own: its programs, its cases, and what is checked."""

from collections.abc import Mapping
from pathlib import Path

EXERCISE = """\
title = "Own"
entry_point = "{entry}"
kind = "{kind}"
outputs = {outputs}
{top}
[[accepted]]
id = "reference"
source = "reference.py"
entry_point = "{entry}"

[[cases]]
id = "seen"
title = "a visible case"
visible = true
[cases.points]
{points}

[[cases]]
id = "unseen"
title = "a hidden case"
visible = false
[cases.points]
{points}

[[wrong]]
id = "mistake"
title = "A mistake"
message = "Do it otherwise."
{wrong_more}
"""
CASES = """\
import numpy as np
from exercises.spec import CaseInput

CASES = {{
    name: CaseInput(arguments=lambda random, rows=rows: {arguments}, construct={construct})
    for name, rows in (("seen", 3), ("unseen", 4))
}}
"""


def own_exercise(
    tmp_path: Path,
    *,
    right: str,
    wrong: str,
    arguments: str = "{'x': random.uniform(rows, 5)}",
    construct: str = "None",
    points: str = "shape = 2\nvalues = 4",
    outputs: str = '["y"]',
    entry: str = "f",
    top: str = "",
    wrong_more: str = "",
    utils: str = "",
    more_right: Mapping[str, str] | None = None,
) -> Path:
    """The exercise's folder ``own`` in the assignment ``week``; ``right`` is its reference and as it is taught."""
    folder = tmp_path / "week" / "own"
    kind = "class" if construct != "None" else "function"
    skeleton = (
        f"def {entry}(*given):\n    raise NotImplementedError\n"
        if kind == "function"
        else f"class {entry}:\n    def __init__(self, *given):\n        raise NotImplementedError\n"
    )
    files = {
        "../assignment.toml": 'id = "week"\ntitle = "Week"\nversion = "1"\nexercises = ["own"]\n',
        "../utils.py": utils,
        "../pages/10.md": "# Week\n\n{exercise} own\n",
        "exercise.toml": EXERCISE.format(
            entry=entry, kind=kind, outputs=outputs, points=points, top=top, wrong_more=wrong_more
        ),
        "cases.py": CASES.format(arguments=arguments, construct=construct),
        "statement.md": "### Own\n\nDo it.\n",
        "skeleton.py": skeleton,
        "reference.py": right,
        "right/as_taught.py": right,
        "wrong/mistake.py": wrong,
        **{f"right/{name}.py": text for name, text in (more_right or {}).items()},
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent.resolve() / path.name).write_text(text, encoding="utf-8")
    return folder
