"""Which of the files that were handed in together is the program: one rule for folders, archives and every layout.

Files are looked at by their names, from the surest sign to the weakest; of the scripts that are left, those are
modules that another one imports. What a sign speaks against is passed over where something else is left, and the
report says so. Where no sign decides, nobody guesses.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import PurePosixPath

Parts = tuple[str, ...]  # of a file's path inside what was handed in

NOTEBOOK, SCRIPT = ".ipynb", ".py"
# How systems, browsers and editors name a second one of a file: "week8-Copy1", "week8 (1)", "week8 - Copy".
_MARK_OF_A_COPY = re.compile(
    r"(?:[-_ ]+(?:copy|copie|kopie|copia|cópia|backup|bak|old|orig)[-_ ]*\d*|[-_ ]*\(\d+\)|~)\Z", re.IGNORECASE
)
_UNTITLED = re.compile(r"(?:untitled|unbenannt|sans titre|sin título|scratch|temp|tmp)[-_ ]*\d*", re.IGNORECASE)
_OF_TESTS = re.compile(r"(?:test_.*|.*_tests?|tests?|conftest|setup|noxfile|__init__)", re.IGNORECASE)
_TEST_FOLDERS = frozenset({"test", "tests", "testing"})


@dataclass(frozen=True, kw_only=True)
class PassedOver:
    """A file that is not the program, and why in a sentence."""

    parts: Parts
    reason: str


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What is left: one file where the signs decide."""

    candidates: tuple[Parts, ...]
    passed_over: tuple[PassedOver, ...] = ()


@dataclass
class _Choosing:
    """The files that are left, and those that are not."""

    left: list[Parts]
    gone: list[PassedOver] = field(default_factory=list)

    def without(self, is_worse: Callable[[Parts], bool], reason: str) -> None:
        """Pass over those that a sign speaks against, unless it speaks against all."""
        worse = [each for each in self.left if is_worse(each)]
        if worse and len(worse) < len(self.left):
            self.gone += [PassedOver(parts=each, reason=reason) for each in worse]
            self.left = [each for each in self.left if each not in worse]


def choose(files: Iterable[Parts], *, file_name: str | None = None) -> Choice:
    """The program among files that may all be one. ``file_name`` is a pattern that a course prescribes."""
    choosing = _Choosing(sorted(files))
    if file_name is not None:
        wanted = [each for each in choosing.left if fnmatch(each[-1].casefold(), file_name.casefold())]
        others = [each for each in choosing.left if each not in wanted]
        choosing = _Choosing(wanted, [PassedOver(parts=each, reason=f"not named {file_name}") for each in others])
    choosing.without(_is_of_tests, "a file of tests or of a package")
    choosing.without(lambda each: _UNTITLED.fullmatch(_stem(each)) is not None, "a file without a name of its own")
    names = {(_stem(each).casefold(), _suffix(each)) for each in choosing.left}
    choosing.without(lambda each: _is_copy(each, names), "named like a copy of a file that is there")
    notebooks = {_stem(each).casefold() for each in choosing.left if _suffix(each) == NOTEBOOK}
    choosing.without(
        lambda each: _suffix(each) == SCRIPT and _stem(each).casefold() in notebooks,
        "the same name as the notebook's, as of its export",
    )
    if len(notebooks) == 1:
        choosing.without(lambda each: _suffix(each) == SCRIPT, "a script beside the notebook")
    return Choice(candidates=tuple(choosing.left), passed_over=tuple(choosing.gone))


def without_modules(choice: Choice, importers: Mapping[Parts, Parts]) -> Choice:
    """Of what the names leave: without the modules of another, unless each is one. ``importers`` are by module."""
    left = tuple(each for each in choice.candidates if each not in importers)
    if not left:
        return choice
    gone = [
        PassedOver(parts=each, reason=f"a module that {'/'.join(importers[each])} imports")
        for each in choice.candidates
        if each in importers
    ]
    return Choice(candidates=left, passed_over=(*choice.passed_over, *gone))


def latest(names: Sequence[str]) -> int:
    """Of attachments in the order in which they came: the number of the last one that no sign speaks against."""
    choice = choose([(name,) for name in dict.fromkeys(names)])
    left = {parts[0] for parts in choice.candidates}
    return max(number for number, name in enumerate(names) if name in left)


def _is_of_tests(parts: Parts) -> bool:
    is_test = _suffix(parts) == SCRIPT and _OF_TESTS.fullmatch(_stem(parts)) is not None
    return is_test or not _TEST_FOLDERS.isdisjoint(each.casefold() for each in parts[:-1])


def _is_copy(parts: Parts, names: set[tuple[str, str]]) -> bool:
    """Whether the name without one mark of a copy or more is the name of another file."""
    stem = _stem(parts)
    while found := _MARK_OF_A_COPY.search(stem):
        stem = stem[: found.start()]
        if (stem.casefold(), _suffix(parts)) in names:
            return True
    return False


def _stem(parts: Parts) -> str:
    return PurePosixPath(parts[-1]).stem


def _suffix(parts: Parts) -> str:
    return PurePosixPath(parts[-1]).suffix.casefold()
