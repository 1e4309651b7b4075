"""The folder that students get: the notebook without answers, ``utils.py``, a README; nothing of the answer key.

A release knows its own files by a digest in the README's last line. So an old release can be replaced, and a
folder in which somebody has worked never is.
"""

import hashlib
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from exercises.errors import AssignmentBroken
from exercises.loader import load_assignment
from exercises.notebook_builder import NOTEBOOK_NAME, CellKind, Notebook, build_notebook
from exercises.spec import Assignment
from grader.errors import UsageProblem
from grader.output_file import unwritable
from sandbox.system import deferred_signals

README_NAME = "README.md"
UTILS_NAME = "utils.py"
_DIGEST = re.compile(rb"\n<!-- Goldgrade release ([0-9a-f]{64}) -->\n\Z")
_ANOTHER_FOLDER = "Give a folder that does not exist yet, or remove this one if nobody needs what is in it."


def release(name_or_path: str, out: Path) -> tuple[Path, ...]:
    """Write the assignment's release into the folder ``out``; returns the files.

    The folder is new, empty or an untouched earlier release; it is there whole or not at all. Raises
    AssignmentBroken, or UsageProblem when the folder is something else or can't be written.
    """
    files = _files(load_assignment(name_or_path))
    out = out.resolve()
    _check_replaceable(out)
    unfinished = out.with_name(f".{out.name}.{os.getpid()}.new")
    replaced = out.with_name(f".{out.name}.{os.getpid()}.old")
    try:
        try:
            unfinished.mkdir()
            for name, content in files.items():
                (unfinished / name).write_bytes(content)
            _exchange(unfinished, out, replaced)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    except OSError as error:
        raise unwritable(out, error, None) from error
    return tuple(out / name for name in files)


def _exchange(unfinished: Path, out: Path, replaced: Path) -> None:
    """Move the new release to its place, and the old one away. A signal that comes meanwhile waits."""
    with deferred_signals():
        if out.exists():
            out.rename(replaced)
        try:
            unfinished.rename(out)
        except OSError:
            if replaced.exists():
                replaced.rename(out)
            raise
        shutil.rmtree(replaced, ignore_errors=True)


def _files(assignment: Assignment) -> Mapping[str, bytes]:
    """Each file's content, by its name."""
    try:
        notebook = build_notebook(assignment.folder)
        files = {
            NOTEBOOK_NAME: notebook.to_json().encode(),
            UTILS_NAME: (assignment.folder / UTILS_NAME).read_bytes(),
        }
    except (OSError, ValueError) as error:
        raise AssignmentBroken(
            f"{assignment.title} can't be released: {error}",
            expected="pages that place every exercise and question, and utils.py",
            advice="Complete the assignment's folder.",
        ) from error
    readme = _readme(assignment, has_checks=_has_checks(notebook)).encode()
    digest = _digest({**files, README_NAME: readme})
    return {README_NAME: readme + f"\n<!-- Goldgrade release {digest} -->\n".encode(), **files}


def _digest(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _check_replaceable(out: Path) -> None:
    """Raises UsageProblem when something in ``out`` would be lost."""
    here = Path.cwd()
    if out == here or out in here.parents:
        raise UsageProblem(
            f"You are inside of the folder {out}, so it can't be replaced",
            expected="another folder",
            advice="Give the name of a folder that does not exist yet.",
        )
    if not out.exists():
        return
    if not out.is_dir():
        raise UsageProblem(f"{out} is a file", expected="a folder to write", advice="Give another name.")
    try:
        touched = any(out.iterdir()) and not _is_untouched_release(out)
    except OSError as error:
        raise UsageProblem(
            f"{out} can't be read: {error.strerror}", expected="a folder to write", advice=_ANOTHER_FOLDER
        ) from error
    if touched:
        raise UsageProblem(
            f"{out} is not empty, and not a release as it was written: something in it would be lost",
            expected="a new folder, an empty one, or a release in which nobody has changed anything",
            advice=_ANOTHER_FOLDER,
        )


def _is_untouched_release(folder: Path) -> bool:
    paths = {path.name: path for path in folder.iterdir()}
    if set(paths) != {README_NAME, NOTEBOOK_NAME, UTILS_NAME} or not all(map(Path.is_file, paths.values())):
        return False
    files = {name: path.read_bytes() for name, path in paths.items()}
    found = _DIGEST.search(files[README_NAME])
    if found is None:
        return False
    files[README_NAME] = files[README_NAME][: found.start()]
    return found[1].decode() == _digest(files)


def _has_checks(notebook: Notebook) -> bool:
    """Whether some cell shows what a visible check found."""
    return any(cell.kind is CellKind.CODE and "show_result(" in cell.source for cell in notebook.cells)


_CHECKS = """
## What the checks mean

- `[PASS]`: your answer does what the check looks at. The grader looks at more: other sizes, and the numbers
  themselves.
- `[FAIL] … | Not implemented yet.`: the cell still raises `NotImplementedError`, or was not run again.
- `[FAIL] … | …`: what is wrong, in the words that the grader uses too. An exception is shown by its name.

A check says what it found first. Correct that, run the exercise's cell and the check again, and see what is next.
"""


def _questions(count: int) -> str:
    return "question in words is" if count == 1 else f"{count} questions in words are"


def _readme(assignment: Assignment, *, has_checks: bool) -> str:
    exercises = "\n".join(
        f"| {exercise.title} | `{exercise.entry_point}` | {exercise.max_points:g} |"
        for exercise in assignment.exercises
    )
    words = ""
    if assignment.questions:
        counting = [question.points for question in assignment.questions if question.counts]
        free = len(assignment.questions) - len(counting)
        worth = [f"The {_questions(len(counting))} worth {sum(counting):g} points more."] if counting else []
        worth += [f"The {_questions(free)} not part of the score."] if free else []
        words = f"\n{' '.join(worth)} Write each answer\ninto the cell below its question; a person reads it.\n"
    utils = "what you build with, and the checks" if has_checks else "what you build with"
    then = ", then run the check below it" if has_checks else ""
    checks = _CHECKS if has_checks else ""
    return f"""# {assignment.title}

| file | what it is |
|---|---|
| `{NOTEBOOK_NAME}` | the text, the exercises and a place for your answers |
| `{UTILS_NAME}` | {utils}; read it, and leave it as it is |

## Start

You need Python 3.11 or newer. In this folder:

    python -m venv .venv
    .venv/bin/pip install numpy jupyterlab matplotlib
    .venv/bin/jupyter lab {NOTEBOOK_NAME}

On Windows write `.venv\\Scripts\\` instead of `.venv/bin/`. Matplotlib is for the pictures only.

## Work

Run the cells from top to bottom. Each exercise is one cell with a `TODO`: replace `raise NotImplementedError` by
your code{then}.

| exercise | what you write | points |
|---|---|---|
{exercises}
{words}{checks}
## Hand in

Choose *Kernel > Restart Kernel and Run All Cells* once, so that nothing rests on cells that you have deleted. Save,
and hand in `{NOTEBOOK_NAME}` where your course collects it; `{UTILS_NAME}` stays with you. An exercise that is not
finished costs only its own points.
"""
