"""What the layouts share: looking into a folder without following links, choosing a file, making keys."""

import os
import re
import stat
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from grader.intake.class_submissions import ClassSubmission, Skipped
from grader.submission import latest

JUNK = frozenset({"__MACOSX", ".DS_Store", ".ipynb_checkpoints", "Thumbs.db", "desktop.ini", "__pycache__", ".git"})
# Lists and notes that teachers keep beside the work.
LISTS = (".csv", ".xlsx", ".xls", ".ods", ".yml", ".yaml", ".json", ".toml", ".log")
SCRIPT_ENDINGS = (".ipynb", ".py")
PROGRAM_ENDINGS = (*SCRIPT_ENDINGS, ".zip")
_SHIPPED_AGAIN = re.compile(r"utils(-\d+| ?\(\d+\))?\.py")  # as systems and browsers name a second one


@dataclass
class Found:
    """What a layout finds, collected while it reads."""

    works: list[ClassSubmission] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    def skip(self, path: Path, reason: str) -> None:
        self.skipped.append(Skipped(path=path, reason=reason))


@dataclass(frozen=True, kw_only=True)
class DownloadEntry:
    """A file or a folder; never a link, a device or a pipe."""

    path: Path
    is_folder: bool

    @property
    def name(self) -> str:
        return self.path.name


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """Which of the entries that may be somebody's work are named as a layout names them, and which are not."""

    sign: str  # what the form is, after "named like"
    of_form: tuple[str, ...]
    others: tuple[str, ...] = ()

    @property
    def is_the_classs(self) -> bool:
        """At least two thirds agree: no single student of a class makes that, or undoes it."""
        return bool(self.of_form) and 3 * len(self.of_form) >= 2 * self._total

    @property
    def is_divided(self) -> bool:
        """More than a third have the form and too few to settle it."""
        return 3 * len(self.of_form) > self._total and not self.is_the_classs

    @property
    def _total(self) -> int:
        return len(self.of_form) + len(self.others)


def agreement(inside: Iterable[DownloadEntry], sign: str, has_form: Callable[[DownloadEntry], bool]) -> Agreement:
    """Of a folder's entries: a single one may be a student's joke in another system."""
    of_form, others = [], []
    for entry in inside:
        if has_form(entry):
            of_form.append(entry.name)
        elif may_be_work(entry):
            others.append(entry.name)
    return Agreement(sign=sign, of_form=tuple(of_form), others=tuple(others))


def is_real_file(path: Path) -> bool:
    """Whether a file is there, and no link to one. A student's folder that can't be opened stops nobody else."""
    return _mode(path, stat.S_ISREG)


def is_real_folder(path: Path) -> bool:
    """Whether a folder is there, in the same way."""
    return _mode(path, stat.S_ISDIR)


def _mode(path: Path, is_of_kind: Callable[[int], bool]) -> bool:
    try:
        return is_of_kind(path.lstat().st_mode)
    except OSError:
        return False


def may_be_work(entry: DownloadEntry) -> bool:
    """Whether it may be what somebody handed in, in a folder that has a file or a folder for each student."""
    if entry.name.startswith("."):
        return False
    return entry.is_folder or not (is_shipped(entry.name) or entry.path.suffix.lower() in LISTS)


def is_junk(name: str) -> bool:
    """Whether a system or an editor left it there."""
    return name in JUNK or name.startswith(("._", "~$"))


def entries(folder: Path, found: Found | None = None) -> list[DownloadEntry]:
    """What lies in a folder, by name. What is neither a file nor a folder is skipped, and no link is followed."""
    inside = []
    with os.scandir(folder) as listing:
        for item in sorted(listing, key=lambda item: item.name):
            path = Path(item.path)
            if is_junk(item.name):
                continue
            if item.is_dir(follow_symlinks=False):
                inside.append(DownloadEntry(path=path, is_folder=True))
            elif item.is_file(follow_symlinks=False):
                inside.append(DownloadEntry(path=path, is_folder=False))
            elif found is not None:
                found.skip(path, "a link or a device, which is not followed")
    return inside


def chosen_file(files: Sequence[tuple[str, Path]]) -> Path:
    """Of one student's files, by the names that the student gave them: the program, the last one of several that
    no sign speaks against (``program_choice``).

    A zip only where there is no program beside it: it may as well be data.
    """
    programs = [(name, path) for name, path in files if is_program(name)]
    scripts = [(name, path) for name, path in programs if PurePath(name).suffix.lower() in SCRIPT_ENDINGS]
    left = scripts or programs or list(files)
    return left[latest([name for name, _ in left])][1]


def is_program(name: str) -> bool:
    """Whether a file of this name may be somebody's answer."""
    return PurePath(name).suffix.lower() in PROGRAM_ENDINGS and not is_shipped(name)


def is_shipped(name: str) -> bool:
    """Whether a file of this name is what students get."""
    return _SHIPPED_AGAIN.fullmatch(name.lower()) is not None


def slug(text: str) -> str:
    """A name as part of a key: lower case, words joined by a hyphen. Letters of every alphabet stay, with their
    marks: without its vowel signs a name in Thai or Hindi is another one.
    """
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
    kept = "".join(sign if _is_of_word(sign) else " " for sign in folded)
    return "-".join(kept.replace("-", " ").split()).strip("-.")


def _is_of_word(sign: str) -> bool:
    return sign in "@.+" or sign == "_" or sign.isalnum() or unicodedata.category(sign)[0] == "M"


def joined(*parts: str) -> str:
    """Parts of a key, without those that are empty."""
    return "-".join(filter(None, parts))


def skip_rest(found: Found, rest: Iterable[Path], reason: str) -> None:
    """List what was not taken."""
    for path in rest:
        found.skip(path, reason)
