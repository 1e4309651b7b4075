"""Runs what an author wrote beside an exercise, ``cases.py`` and ``properties.py``: trusted, not always right."""

import runpy
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from exercises.errors import AssignmentBroken
from sandbox.system import noted_interrupts

AUTHORS_FILES = ("cases.py", "properties.py")

_Made = TypeVar("_Made")


def told_as_broken(where: str, make: Callable[[], _Made]) -> _Made:
    """What an author's code makes. Raises AssignmentBroken, with the line, where that raises or would end us."""
    with noted_interrupts() as interrupts:
        try:
            return make()
        except AssignmentBroken:
            raise
        except (Exception, SystemExit) as error:
            interrupts.raise_noted()
            text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            raise AssignmentBroken(
                f"{where} can't be run: {_last_line(error)}{text}",
                expected="code that runs on every machine that grades",
                advice="Correct it there.",
            ) from error


def names_of(path: Path, name: str, what: str) -> Mapping[str, Any]:
    """The dictionary of that name in an author's module. Raises AssignmentBroken."""
    try:
        path.read_bytes()
    except OSError as error:
        raise AssignmentBroken(
            f"{path} can't be read: {error.strerror}",
            expected=what,
            advice="Write it; docs/writing-an-exercise.md says how.",
        ) from error
    found = told_as_broken(str(path), lambda: runpy.run_path(str(path))).get(name)
    if isinstance(found, Mapping):
        return found
    raise AssignmentBroken(
        f"{path} has no dictionary {name}",
        expected=f"{what}: {name} = {{…}}, by the ids in exercise.toml",
        advice="Write it; docs/writing-an-exercise.md says how.",
    )


def _last_line(error: BaseException) -> str:
    """Where an author's file raised it: the innermost line that is not a library's."""
    if isinstance(error, SyntaxError):
        return f"line {error.lineno}: "
    frames = [each for each in traceback.extract_tb(error.__traceback__) if _is_an_authors(Path(each.filename))]
    return f"{Path(frames[-1].filename).name}, line {frames[-1].lineno}: " if frames else ""


def _is_an_authors(path: Path) -> bool:
    return path.name in AUTHORS_FILES
