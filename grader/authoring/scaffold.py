"""``grade new``: writes an assignment, or an exercise, that works at once and says what to fill in."""

import keyword
import re
import shutil
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path

from exercises.loader import listed_exercises, load_assignment
from grader.course import PUBLIC_SECRET
from grader.errors import UsageProblem
from sandbox.system import deferred_signals

TEMPLATES = Path(__file__).parent / "templates"
# "pages" is the assignment's own folder, and utils its module.
TAKEN = ("pages", "utils")


class ExerciseKind(Enum):
    """What an exercise asks for; the value is the name of its templates' folder."""

    FUNCTION = "function"
    CLASS = "class"


def new_assignment(name: str, into: Path) -> Path:
    """Write the folder of an assignment without exercises. Raises UsageProblem, and overwrites nothing."""
    _check_name(name)
    if not into.is_dir():
        raise UsageProblem(
            f"There is no folder {into}", expected="a folder to write into", advice="Make it, or name another one."
        )
    folder = into / name
    _check_free(folder)
    with _undone_when_stopped(folder):
        _copy(TEMPLATES / "assignment", folder, {"ASSIGNMENT_ID": name, "TITLE": _title(name)})
    return folder


def new_exercise(name: str, assignment: Path, kind: ExerciseKind) -> Path:
    """Write the folder of an exercise, list it and give it a page. Raises UsageProblem, and overwrites nothing."""
    _check_name(name)
    listing = assignment / "assignment.toml"
    if not listing.is_file():
        raise UsageProblem(
            f"There is no assignment.toml in {assignment.resolve()}",
            expected="an assignment's folder",
            advice="Name it with --assignment PATH, or make one: grade new assignment NAME.",
        )
    folder = assignment / name
    _check_free(folder)
    if kind is ExerciseKind.CLASS:
        _check_for_linear(assignment / "utils.py")
    longer = _with_exercise(listing, name)
    entry_point = name if kind is ExerciseKind.FUNCTION else "".join(part.capitalize() for part in name.split("_"))
    page = _next_page(assignment / "pages", name)
    with _undone_when_stopped(folder, page):
        _copy(TEMPLATES / kind.value, folder, {"ENTRY_POINT": entry_point, "TITLE": _title(name)})
        _make_golden(assignment, name)
        with deferred_signals():  # a page without its exercise in the list, or the other way round, is no notebook
            page.parent.mkdir(exist_ok=True)
            page.write_text(f"{{exercise}} {name}\n", encoding="utf-8")
            unfinished = listing.with_name(f".{listing.name}.new")
            unfinished.write_text(longer, encoding="utf-8")
            unfinished.replace(listing)  # last: now the exercise is there
    return folder


@contextmanager
def _undone_when_stopped(folder: Path, *files: Path) -> Iterator[None]:
    """Removes what was written where it did not become whole; nothing of it was there before."""
    try:
        yield
    except BaseException as error:
        with deferred_signals():
            shutil.rmtree(folder, ignore_errors=True)
            for file in files:
                file.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise UsageProblem(
                f"{folder} can't be written: {error.strerror}",
                expected="a folder where you may write, and space in it",
                advice="Make it so, or name another one. Nothing was written.",
            ) from error
        raise


def _check_name(name: str) -> None:
    if re.fullmatch(r"[a-z][a-z0-9_]*", name) is None or keyword.iskeyword(name) or name in TAKEN:
        raise UsageProblem(
            f"{name!r} can't be the name of a folder and of a Python function",
            expected="small letters, digits and _, a letter first, and no word of Python's, nor pages or utils",
            advice="Try something like batch_norm.",
        )


def _check_free(folder: Path) -> None:
    if folder.exists():
        raise UsageProblem(
            f"{folder} is there already",
            expected="a new name",
            advice="Choose another name, or move the folder away. Nothing was written.",
        )


def _check_for_linear(utils: Path) -> None:
    if (
        not utils.is_file()
        or re.search(r"^class Linear\b", utils.read_text(encoding="utf-8"), re.MULTILINE) is None
    ):
        raise UsageProblem(
            f"{utils} has no class Linear, and the example of a class is made with it",
            expected="a Linear layer in utils.py",
            advice="Take --kind function and change it, or add Linear to utils.py.",
        )


def _with_exercise(listing: Path, name: str) -> str:
    """``assignment.toml`` with one more exercise, everything else as it was. Raises UsageProblem."""
    text = listing.read_text(encoding="utf-8")
    names = listed_exercises(listing.parent)
    wanted = {**tomllib.loads(text), "exercises": [*names, name]}
    if names:
        places = [match.end() for match in re.finditer(rf"([\"']){re.escape(names[-1])}\1", text)]
        addition = f', "{name}"'
    else:
        places = [match.end() for match in re.finditer(r"^\s*exercises\s*=\s*\[", text, re.MULTILINE)]
        addition = f'"{name}"'
    for place in reversed(places):
        longer = text[:place] + addition + text[place:]
        try:
            if tomllib.loads(longer) == wanted:
                return longer
        except tomllib.TOMLDecodeError:
            continue
    raise UsageProblem(
        f"The list of exercises in {listing} is written in a way that can't be added to",
        expected='a list such as exercises = ["one", "two"]',
        advice=f'Write it so, or add "{name}" yourself and copy an exercise\'s folder. Nothing was written.',
    )


def _next_page(pages: Path, name: str) -> Path:
    """A page behind all the others: 40_name.md behind 30_other.md."""
    others = sorted(path.name for path in pages.glob("*.md"))
    numbers = [int(match[0]) for other in others if (match := re.match(r"\d+", other))]
    page = f"{max(numbers, default=0) // 10 * 10 + 10}_{name}.md"
    if others and page <= others[-1]:  # names without numbers, or too many
        page = f"{others[-1].removesuffix('.md')}_{name}.md"
    return pages / page


def _make_golden(assignment: Path, name: str) -> None:
    from grader.authoring.golden_builder import build, write  # not at the top: NumPy takes a while

    loaded = load_assignment(str(assignment), exercises=(name,))
    (exercise,) = loaded.exercises
    write(loaded, exercise, build(loaded, exercise, PUBLIC_SECRET), PUBLIC_SECRET)


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _copy(template: Path, folder: Path, words: dict[str, str]) -> None:
    """Every file of a template, with the words put in that are written in capitals there."""
    for source in sorted(path for path in template.rglob("*") if path.is_file() and path.suffix != ".pyc"):
        text = source.read_text(encoding="utf-8")
        for mark, word in words.items():
            text = text.replace(mark, word)
        target = folder / source.relative_to(template)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
